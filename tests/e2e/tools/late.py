#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""UDP whose answers come late.

usage: late.py serve ADDRESS PORT SECONDS  in the background
       late.py ADDRESS:PORT                prints where the answer comes from
"""
import socket
import sys
import time

from endpoint import close_inherited, family_of, go_to_background, parse


def serve(address, port, seconds):
    close_inherited()
    server = socket.socket(family_of(address), socket.SOCK_DGRAM)
    server.bind((address, int(port)))
    go_to_background()
    while True:
        _, peer = server.recvfrom(4096)
        time.sleep(float(seconds))
        server.sendto(b"at last\n", peer)


def ask(endpoint):
    address, port, _ = parse(endpoint)
    client = socket.socket(family_of(address), socket.SOCK_DGRAM)
    client.settimeout(4)
    client.sendto(b"who?\n", (address, port))
    try:
        _, peer = client.recvfrom(4096)
        print(f"{peer[0]} {peer[1]}")
    except socket.timeout:
        print("nowhere")


if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    ask(sys.argv[1])
