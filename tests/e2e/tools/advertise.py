#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells a link that here is its router, for some seconds.

usage: advertise.py INTERFACE SECONDS
"""
import socket
import struct
import sys

ROUTER_ADVERTISEMENT = 134


def main():
    interface = socket.if_nametoindex(sys.argv[1])
    out = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                        socket.IPPROTO_ICMPV6)
    out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    out.sendto(struct.pack("!BBHBBHII", ROUTER_ADVERTISEMENT, 0, 0, 64, 0,
                           int(sys.argv[2]), 0, 0),
               ("ff02::1", 0, 0, interface))


main()
