#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Has sockets of every kind open, and answers nobody.

usage: listen.py KIND:ADDRESS:PORT[/PROTOCOL]...

It prints its process id and returns once they are open; it then goes on in the
background.  KIND is

    plain       listens; of IPv6, to IPv6 alone
    dual        listens at [::], to both families
    bound       is bound to the port, but does not listen
    connected   is connected, from that port
"""
import socket
import sys
import time

import endpoint

TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
SOMEWHERE = {socket.AF_INET: "192.168.33.3", socket.AF_INET6: "fd33::3"}


def open_socket(text):
    kind, where = text.split(":", 1)
    address, port, protocol = endpoint.parse(where)
    family = endpoint.family_of(address)
    sock = socket.socket(family, TYPES[protocol])
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY,
                        kind != "dual" and "." not in address)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    if kind == "connected":
        sock.connect((SOMEWHERE[family], 9))
    elif kind != "bound" and protocol == "tcp":
        sock.listen()
    return sock


def main():
    endpoint.close_inherited()
    sockets = [open_socket(text) for text in sys.argv[1:]]
    endpoint.go_to_background()
    while sockets:
        time.sleep(3600)


main()
