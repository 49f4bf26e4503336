#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends netlink messages that look like the kernel's, until it is ended.

usage: forge_netlink.py answers ADDRESS | events

"answers": to each socket of NETLINK_ROUTE and NETLINK_SOCK_DIAG in this network
namespace, an answer to whatever it may have asked, without interfaces, with an
ADDRESS; and part of one, which has no end.  "events": to all who listen to
nf_tables, that table "inet pubport" was deleted, and to all who listen to links,
that there is one.  A line is printed when the first ones were sent.
"""
import os
import socket
import struct
import sys
import time

ROUTE, SOCK_DIAG, NETFILTER = 0, 4, 12
DONE, MULTI = 3, 2
NEWLINK, NEWADDR = 16, 20
NFTABLES, DELTABLE, NEWGEN = 10 << 8, 2, 15
GROUP_LINK, GROUP_NFTABLES = 1, 7
QUESTIONS = range(1, 12)  # sequence numbers of the first questions of a socket


def message(kind, payload, sequence=0, port=0, flags=MULTI):
    payload += bytes(-len(payload) % 4)
    return struct.pack("=IHHII", 16 + len(payload), kind, flags, sequence,
                       port) + payload


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(
        -len(payload) % 4)


def answers(port, address):
    """One that ends, then one that does not."""
    new = struct.pack("=BBBBI", socket.AF_INET, 16, 0, 0, 2) + attribute(
        2, socket.inet_aton(address))
    for sequence in QUESTIONS:
        yield message(NEWADDR, new, sequence, port) + message(
            DONE, bytes(4), sequence, port)
    yield b"".join(message(NEWLINK, bytes(16), sequence, port)
                   for sequence in QUESTIONS)


def ports(bus, mine):
    with open("/proc/net/netlink", encoding="ascii") as file:
        next(file)
        for line in file:
            _, protocol, port, *_ = line.split()
            if int(protocol) == bus and int(port) not in (0, *mine):
                yield int(port)


def open_bus(bus):
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, bus)
    opened.bind((0, 0))
    opened.setblocking(False)
    return opened


def send(sender, data, to):
    try:
        sender.sendto(data, to)
    except OSError:  # it doesn't listen, is gone, or has no room
        pass


def forge_answers(senders, address):
    mine = [sender.getsockname()[0] for sender in senders.values()]
    for bus in ROUTE, SOCK_DIAG:
        for port in ports(bus, mine):
            for data in answers(port, address):
                send(senders[bus], data, (port, 0))


def forge_events(senders):
    inet = struct.pack("!BBH", 1, 0, 0)
    gone = inet + attribute(1, b"pubport\0")
    generation = inet + attribute(1, struct.pack("!I", 1 << 30)) + attribute(
        2, struct.pack("!I", os.getpid())) + attribute(3, b"forger\0")
    send(senders[NETFILTER], message(NFTABLES | DELTABLE, gone, flags=0),
         (0, 1 << GROUP_NFTABLES - 1))
    send(senders[NETFILTER], message(NFTABLES | NEWGEN, generation, flags=0),
         (0, 1 << GROUP_NFTABLES - 1))
    send(senders[ROUTE], message(NEWLINK, bytes(16), flags=0),
         (0, 1 << GROUP_LINK - 1))


def main():
    senders = {bus: open_bus(bus) for bus in (ROUTE, SOCK_DIAG, NETFILTER)}
    while True:
        if sys.argv[1] == "answers":
            forge_answers(senders, sys.argv[2])
        else:
            forge_events(senders)
            time.sleep(0.0001)
        if sys.stdout:
            print("sent", flush=True)
            sys.stdout = None


main()
