#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends packets to a neighbour on the wire, whatever their addresses say.

usage: forge.py [--by HOP | --back-by HOP] [--from-port PORT] \\
	MAC SOURCE,... DESTINATION,... PORT,... PROTOCOL,...

It sends one for each way to put these together.  With --by and --back-by, they
are source-routed, which only IPv4 can be: they are for HOP, which is asked to
send them on to DESTINATION; or they say that they came by HOP, so that answers
are to go back by it.
"""
import argparse
import itertools
import socket
import struct

import sctp

SYN = 2
LOOSE_SOURCE_ROUTE, END_OF_OPTIONS = 131, 0


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", 0xFFFF - total or 0xFFFF)


def tcp(ports):
    return struct.pack("!HHIIBBHHH", *ports, 1, 0, 5 << 4, SYN, 1024, 0, 0)


def udp(ports):
    return struct.pack("!HHHH", *ports, 8 + 4, 0) + b"who?"


def sctp_init(ports):
    return sctp.build(ports, 0, sctp.INIT, 1)


TRANSPORT = {  # its number, its segment, where its checksum is to be put
    "tcp": (socket.IPPROTO_TCP, tcp, 16),
    "udp": (socket.IPPROTO_UDP, udp, 6),
    "sctp": (sctp.PROTOCOL, sctp_init, None),
}


def transport(protocol, ports, addresses):
    number, build, at = TRANSPORT[protocol]
    segment = build(ports)
    if at is not None:
        pseudo = addresses + struct.pack("!II", len(segment), number)
        segment = segment[:at] + checksum(pseudo + segment) + segment[at + 2:]
    return number, segment


def ipv6(number, source, destination, segment):
    header = struct.pack("!IHBB", 6 << 28, len(segment), number, 64)
    return header + source + destination + segment


def source_route(next_hop, address):
    """An option with one address, which is the NEXT_HOP or the last one."""
    return struct.pack("!BBB4sB", LOOSE_SOURCE_ROUTE, 7, 4 if next_hop else 8,
                       address, END_OF_OPTIONS)


def ipv4(number, source, destination, segment, by, back_by):
    options = b""
    if by:
        options, destination = source_route(True, destination), by
    elif back_by:
        options = source_route(False, back_by)
    words = 5 + len(options) // 4
    start = struct.pack("!BBHHHBB", 4 << 4 | words, 0,
                        4 * words + len(segment), 1, 0, 64, number)
    rest = source + destination + options
    return start + checksum(start + rest) + rest + segment


def packet(source, destination, ports, protocol, *hops):
    """Its ethertype and its bytes."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    source, destination, *hops = (text and socket.inet_pton(family, text)
                                  for text in (source, destination, *hops))
    number, segment = transport(protocol, ports, source + destination)
    if family == socket.AF_INET6:
        return 0x86DD, ipv6(number, source, destination, segment)
    return 0x0800, ipv4(number, source, destination, segment, *hops)


def items(text):
    return text.split(",")


def numbers(text):
    return [int(item) for item in items(text)]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--by")
    parser.add_argument("--back-by")
    parser.add_argument("--from-port", type=int, default=4444)
    parser.add_argument("mac")
    parser.add_argument("sources", type=items)
    parser.add_argument("destinations", type=items)
    parser.add_argument("ports", type=numbers)
    parser.add_argument("protocols", type=items)
    return parser.parse_args()


def main():
    words = parse()
    neighbour = bytes.fromhex(words.mac.replace(":", ""))
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as wire:
        for source, destination, port, protocol in itertools.product(
                words.sources, words.destinations, words.ports,
                words.protocols):
            kind, data = packet(source, destination, (words.from_port, port),
                                protocol, words.by, words.back_by)
            wire.sendto(data, ("eth0", kind, 0, 0, neighbour))


main()
