#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends a packet to a neighbour on the wire, whatever its addresses say.

usage: forge.py MAC SOURCE DESTINATION PORT PROTOCOL
"""
import socket
import struct
import sys

SYN = 2


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", 0xFFFF - total or 0xFFFF)


def tcp(port):
    return struct.pack("!HHIIBBHHH", 4444, port, 1, 0, 5 << 4, SYN, 1024, 0, 0)


def udp(port):
    return struct.pack("!HHHH", 4444, port, 8 + 4, 0) + b"who?"


TRANSPORT = {  # its number, its segment, where its checksum stands
    "tcp": (socket.IPPROTO_TCP, tcp, 16),
    "udp": (socket.IPPROTO_UDP, udp, 6),
}


def datagram(source, destination, port, protocol):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    addresses = (socket.inet_pton(family, source)
                 + socket.inet_pton(family, destination))
    number, build, at = TRANSPORT[protocol]
    segment = build(port)
    pseudo = addresses + struct.pack("!II", len(segment), number)
    segment = (segment[:at] + checksum(pseudo + segment) + segment[at + 2:])
    if family == socket.AF_INET6:
        header = struct.pack("!IHBB", 6 << 28, len(segment), number, 64)
        return 0x86DD, header + addresses + segment
    start = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(segment), 1, 0, 64,
                        number)
    header = start + checksum(start + addresses) + addresses
    return 0x0800, header + segment


def main():
    mac, source, destination, port, protocol = sys.argv[1:]
    kind, packet = datagram(source, destination, int(port), protocol)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as wire:
        wire.sendto(packet, ("eth0", kind, 0, 0,
                             bytes.fromhex(mac.replace(":", ""))))


main()
