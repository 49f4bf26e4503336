#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds and removes elements of a map as fast as it can, one transaction each.

usage: churn.py COUNT

The map is any4 of the table inet pubport.  Each of COUNT changes adds a tcp
port that isn't there, or removes one that is, in turn; at the end every other
port from 1024 on is there.  Prints how many changes a second it made.
"""
import socket
import struct
import sys
import time

PORTS = 1000  # 1024 to 2023

NETLINK_NETFILTER, REQUEST, CREATE, EXCL, ACK = 12, 0x1, 0x400, 0x200, 0x4
BATCH_BEGIN, BATCH_END = 0x10, 0x11
NFTABLES, NEWSETELEM, DELSETELEM, INET = 10, 12, 14, 1
NESTED = 0x8000


def attribute(kind, data):
    padding = bytes(-len(data) % 4)
    return struct.pack("=HH", len(data) + 4, kind) + data + padding


def nest(kind, *parts):
    return attribute(kind | NESTED, b"".join(parts))


def message(kind, flags, resource, family=0, payload=b""):
    body = struct.pack("!BBH", family, 0, resource) + payload
    return struct.pack("=IHHII", len(body) + 16, kind, flags | REQUEST, 1,
                       0) + body


def transaction(port, add):
    key = bytes([socket.IPPROTO_TCP, 0, 0, 0]) + struct.pack("!HH", port, 0)
    target = socket.inet_aton("172.17.0.2") + struct.pack("!HH", 80, 0)
    parts = [nest(1, attribute(1, key))]
    if add:
        parts.append(nest(2, attribute(1, target)))
    elements = nest(3, nest(1, *parts))
    change = message(
        NFTABLES << 8 | (NEWSETELEM if add else DELSETELEM),
        CREATE | EXCL if add else 0, 0, INET,
        attribute(1, b"pubport\0") + attribute(2, b"any4\0") + elements)
    return (message(BATCH_BEGIN, 0, NFTABLES) + change
            + message(BATCH_END, 0, NFTABLES))


def changes(count):
    """Pairs of ports: one of them is added, then the other is removed."""
    there = set()
    for i in range(count):
        port = 1024 + i * 7 % PORTS
        add = port not in there
        (there.add if add else there.remove)(port)
        yield transaction(port, add)


def main():
    count = int(sys.argv[1])
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_NETFILTER) as netlink:
        ready = list(changes(count))
        start = time.monotonic()
        for batch in ready:
            netlink.send(batch)
        print(int(count / (time.monotonic() - start)))


main()
