# SPDX-License-Identifier: GPL-2.0-or-later
"""The results of the matrix, as Markdown: one table a target and family.

What is the same is shown once: protocols and modes of br_netfilter in one
field, clients in one row, addresses in one column, mappings with and without
--no-loopback in one block.
"""
import itertools

from cells import (CLIENTS, FAMILIES, HOST, NO_QUESTION, NOT_ADDED,
                   PUBLISHED, TARGETS, expected)

MODES = {
    (True, False): " `[--no-loopback]`",
    (True,): "",
    (False,): " `--no-loopback`",
}


def grouped(keys, value):
    """The keys, in tuples of those that have the same value."""
    groups = {}
    for key in keys:
        groups.setdefault(value(key), []).append(key)
    return list(map(tuple, groups.values()))


def words(cell, result):
    """One result, with the number of its reason; bold if it is wrong."""
    wanted, reason = expected(cell)
    if result != wanted:
        return f"**{result}, not {wanted}**"
    return f"{result} {reason}" if reason else result


def field(said):
    """What is said of cells that differ in protocol and br_netfilter only."""
    off, on = ({text for cell, text in said.items() if cell.filtered == mode}
               for mode in (False, True))
    if len(off | on) == 1:
        return (off | on).pop()
    if len(off) == len(on) == 1:
        return f"{off.pop()}; with br_netfilter {on.pop()}"
    return "; ".join(
        f"{cell.protocol}{' with br_netfilter' * cell.filtered} {text}"
        for cell, text in said.items())


def fields(results, target, family):
    """The fields of a table, by (published, loopback, client, asked)."""
    places = {}
    for cell, result in results.items():
        if (cell.target, cell.family) == (target, family):
            place = cell.published, cell.loopback, cell.client, cell.asked
            places.setdefault(place, {})[cell] = words(cell, result)
    return {place: field(said) for place, said in places.items()}


def names(clients, target):
    if len(clients) == len(CLIENTS):
        return "all"
    return ", ".join(f"{client} (target)" if client == target else client
                     for client in clients)


def block(field_at, target, columns, published, modes):
    """The rows of one mapping, which is the same in these modes."""
    def row(client, addresses):
        return tuple(field_at[published, modes[0], client, asked]
                     for asked in addresses)

    label = published + MODES[modes]
    for clients in grouped(CLIENTS, lambda client: row(client, HOST)):
        yield label, names(clients, target), *row(
            clients[0], [addresses[0] for addresses in columns])
        label = ""


def table(results, target, family):
    field_at = fields(results, target, family)
    columns = grouped(HOST, lambda asked: tuple(
        field_at[(*place, asked)] for place in itertools.product(
            PUBLISHED, (True, False), CLIENTS)))
    yield "published on", "client", *map(", ".join, columns)
    for published in PUBLISHED:
        for modes in grouped((True, False), lambda loopback: tuple(
                field_at[published, loopback, *place]
                for place in itertools.product(CLIENTS, HOST))):
            yield from block(field_at, target, columns, published, modes)


def markdown(rows):
    """Rows, of which the first is the head, in columns."""
    head, *body = rows
    widths = [max(map(len, column)) for column in zip(head, *body)]
    for row in head, ["-" * width for width in widths], *body:
        yield "| " + " | ".join(map(str.ljust, row, widths)) + " |"


def document(results):
    """The lines of all tables."""
    asked = sum(result not in (NOT_ADDED, NO_QUESTION)
                for result in results.values())
    yield from ("## As it ran", "", f"{asked} questions were asked.")
    for target, family in itertools.product(TARGETS, FAMILIES):
        yield from ("", f"### {family}, published: `{target}`", "")
        yield from markdown(table(results, target, family))
