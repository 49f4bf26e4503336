# SPDX-License-Identifier: GPL-2.0-or-later
"""The cells of the matrix, and what the contract says of each.

A cell is one question: a client asks, over one protocol, at one address of the
host, for a port that is published in one way.
"""
import collections
import itertools

FAMILIES = "IPv4", "IPv6"
PROTOCOLS = "tcp", "udp", "sctp"


def each(*addresses):
    return dict(zip(FAMILIES, addresses))


# The host's addresses, by interface.  "later" comes to eth1 after the mappings.
# The IPv6 "link-local" is what the interface next to the client has.
HOST = {
    "eth1": each("192.168.33.2", "fd33::2"),
    "eth2": each("1.1.1.254", "fd11::254"),
    "docker0": each("172.17.0.1", "fd17::1"),
    "eth3": each("192.168.99.1", "fd99::1"),
    "later": each("192.168.34.2", "fd34::2"),
    "link-local": each("169.254.33.2", None),
    "loopback": each("127.0.0.1", "::1"),
}

# The machines, with the host's interface that is next to each.
CLIENTS = {
    "other": "eth1",
    "internet": "eth2",
    "host": "eth1",
    "web": "docker0",
    "neighbour": "docker0",
    "peer": "eth3",
}
BRIDGE = "docker0"

TARGETS = {
    "web": each("172.17.0.2", "fd17::2"),
    "peer": each("192.168.50.2", "fd50::2"),
}

PUBLISHED = "all", "eth1", "later", "link-local", "loopback"

Cell = collections.namedtuple("Cell", (
    "target", "family", "published", "loopback", "client", "asked",
    "protocol", "filtered"))
Mapping = collections.namedtuple("Mapping", Cell._fields[:4])

CELLS = list(itertools.starmap(Cell, itertools.product(
    TARGETS, FAMILIES, PUBLISHED, (True, False), CLIENTS, HOST,
    PROTOCOLS, (False, True))))


def mapping_of(cell):
    return Mapping(*cell[:len(Mapping._fields)])


# What becomes of a cell: the server sees the client's own address (the host's
# own is the one that it asked at), or the host's, named by its interface; or
OWN = "own"
REFUSED = "refused"  # by a reset or its like
SILENT = "silent"
NOT_ADDED = "not added"  # add itself refuses the mapping, as wrong usage
NO_QUESTION = "–"  # everybody's loopback is their own

# Why what should be served can't be, as docs/matrix.md numbers it.
LINK_LOCAL = "¹"
FILTERED_BRIDGE = "²"
CONTRARY = "³"


def is_asked(cell):
    return cell.asked != "loopback" or cell.client == "host"


def is_published(cell):
    if cell.asked == "loopback" and not cell.loopback:
        return False
    return cell.published in ("all", cell.asked)


def why_not_added(mapping):
    if mapping.family == "IPv6" and mapping.published == "link-local":
        return LINK_LOCAL
    if mapping.published == "loopback" and not mapping.loopback:
        return CONTRARY
    return None


def expected(cell):
    """What becomes of a cell; and why, where it should be served and can't."""
    link = CLIENTS[cell.target]
    if why_not_added(cell):
        return NOT_ADDED, why_not_added(cell)
    if not is_asked(cell):
        return NO_QUESTION, None
    if not is_published(cell):
        return REFUSED, None
    if cell.family == "IPv6" and cell.asked == "link-local":
        return REFUSED, LINK_LOCAL
    if cell.asked == "loopback":
        if cell.family == "IPv6" and link == BRIDGE and cell.filtered:
            return SILENT, FILTERED_BRIDGE
        return link, None
    if cell.client != "host" and CLIENTS[cell.client] == link:
        return link, None
    return OWN, None
