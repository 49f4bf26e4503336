#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Publishes in every way, asks from everywhere, and shows what the server saw.

It runs on the network that ./matrix lays.  Every cell is really asked, and
compared with what the contract says of it.  The tables, in Markdown, go to
standard output; wrong cells are told on standard error, and make the exit
status 1.
"""
import itertools
import json
import os
import subprocess
import sys

import tables
from cells import (CELLS, CLIENTS, HOST, NO_QUESTION, NOT_ADDED, OWN, PROTOCOLS,
                   PUBLISHED, TARGETS, expected, is_asked, mapping_of)

PUBPORT = os.environ["PUBPORT"]
WRONG_USAGE = 2
WRONG_CELLS_SHOWN = 50


def on(machine, *words):
    return ["nsenter", f"--net=/run/machines/{machine}", "--", *words]


def on_host(*words):
    return subprocess.run(on("host", *words), check=True,
                          stdout=subprocess.PIPE).stdout


class Client:
    """A machine that asks: a process there that runs survey.py."""

    def __init__(self, machine):
        program = os.path.join(os.path.dirname(__file__), "../tools/survey.py")
        self.process = subprocess.Popen(
            on(machine, program), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def ask(self, endpoints):
        print(json.dumps(endpoints), file=self.process.stdin, flush=True)

    def answers(self):
        return json.loads(self.process.stdout.readline())


class Lab:
    """The network, with a client on each machine."""

    def __init__(self):
        self.clients = {name: Client(name) for name in CLIENTS}
        links = json.loads(
            on_host("ip", "-j", "-6", "address", "show", "scope", "link"))
        self.link_local = {link["ifname"]: address["local"] for link in links
                           for address in link.get("addr_info", []) if address}

    def address(self, cell):
        """The address at which a cell's client asks."""
        link = CLIENTS[cell.client]
        scope = link if cell.client == "host" else "eth0"
        return (HOST[cell.asked][cell.family]
                or f"{self.link_local[link]}%{scope}")

    def ask_from(self, names, cells):
        """The results of the cells of some clients, which ask all at once."""
        cells_of = {name: [cell for cell in cells if cell.client == name]
                    for name in names}
        for name in names:
            self.clients[name].ask(
                [(cell.protocol, self.address(cell), port(cell))
                 for cell in cells_of[name]])
        return {cell: result(cell, *answer)
                for name in names
                for cell, answer in zip(cells_of[name],
                                        self.clients[name].answers())}

    def ask(self, cells):
        # a raw socket of the host takes every sctp packet before it is
        # connected, so that meanwhile nobody would be refused
        others = [name for name in self.clients if name != "host"]
        return self.ask_from(others, cells) | self.ask_from(["host"], cells)

    def publish(self, mapping):
        """Publishes for all protocols; False if that is wrong usage."""
        address = "" if mapping.published == "all" else (
            HOST[mapping.published][mapping.family] or self.link_local["eth1"])
        where = endpoint(address, port(mapping)).lstrip(":")
        done = subprocess.run(
            on("host", PUBPORT, "add", "-q",
               "--to", TARGETS[mapping.target][mapping.family],
               *["--no-loopback"] * (not mapping.loopback),
               *["--force"] * (mapping.published == "later"),
               *(f"{where}:80/{protocol}" for protocol in PROTOCOLS)),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode not in (0, WRONG_USAGE):
            sys.exit(done.stderr)
        return done.returncode == 0


def port(mapping):
    return (8000 + 10 * list(TARGETS).index(mapping.target)
            + PUBLISHED.index(mapping.published))


def endpoint(address, number):
    return f"[{address}]:{number}" if ":" in address else f"{address}:{number}"


def result(cell, own, answer):
    """What a client was told, in the words of the table."""
    seen, at, where = answer.partition(" at ")
    if not at:
        return answer
    if where != endpoint(TARGETS[cell.target][cell.family], 80):
        return f"at {where}"
    if cell.client == "host":
        own = HOST[cell.asked][cell.family]
    names = {addresses[cell.family]: name for name, addresses in HOST.items()}
    return OWN if seen == own else names.get(seen, seen)


def change_later_addresses(action):
    for address, width in zip(HOST["later"].values(), (24, 64)):
        on_host("ip", "address", action, f"{address}/{width}", "dev", "eth1")


def has_bridge_netfilter():
    return os.path.exists("/proc/sys/net/bridge/bridge-nf-call-iptables")


def filter_bridges(filtered):
    on_host("sysctl", "-q", "-w",
            f"net.bridge.bridge-nf-call-iptables={filtered:d}",
            f"net.bridge.bridge-nf-call-ip6tables={filtered:d}")


def run_cells(lab, cells):
    """The results of cells with the same settings."""
    mappings = dict.fromkeys(map(mapping_of, cells))
    added = set(filter(lab.publish, mappings))
    change_later_addresses("add")
    results = dict.fromkeys(cells, NOT_ADDED)
    there = [cell for cell in cells if mapping_of(cell) in added]
    results |= dict.fromkeys(there, NO_QUESTION)
    results |= lab.ask(list(filter(is_asked, there)))
    change_later_addresses("del")
    on_host(PUBPORT, "flush")
    return results


def run():
    """The results of all cells, but of br_netfilter where it isn't there."""
    lab = Lab()
    results = {}
    modes = (False, True) if has_bridge_netfilter() else (False,)
    for filtered, loopback in itertools.product(modes, (True, False)):
        if has_bridge_netfilter():
            filter_bridges(filtered)
        results |= run_cells(lab, [
            cell for cell in CELLS
            if (cell.filtered, cell.loopback) == (filtered, loopback)])
    return results


def tell_wrong(wrong):
    for cell, found in list(wrong.items())[:WRONG_CELLS_SHOWN]:
        print(f"{cell.family} {cell.protocol} to {cell.target},"
              f" published on {cell.published}"
              f"{'' if cell.loopback else ' --no-loopback'}"
              f"{', with br_netfilter' if cell.filtered else ''}:"
              f" {cell.client} at {cell.asked}: {found},"
              f" not {expected(cell)[0]}", file=sys.stderr)
    print(f"{len(wrong)} cells are wrong", file=sys.stderr)


def main():
    results = run()
    print(*tables.document(results), sep="\n")
    wrong = {cell: found for cell, found in results.items()
             if found != expected(cell)[0]}
    if wrong:
        tell_wrong(wrong)
    sys.exit(bool(wrong))


main()
