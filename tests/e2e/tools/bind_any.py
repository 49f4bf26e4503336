#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Binds port 0 of ADDRESS until the kernel has none left, and prints the ports.

usage: bind_any.py ADDRESS PROTOCOL
"""
import socket
import sys

address, protocol = sys.argv[1:]
sockets = []
while True:
    one = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET,
                        socket.SOCK_DGRAM if protocol == 'udp'
                        else socket.SOCK_STREAM)
    try:
        one.bind((address, 0))
    except OSError:
        break
    sockets.append(one)
print(*sorted(one.getsockname()[1] for one in sockets))
