#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connects to a server.py again and again until its standard input ends.

usage: COMMAND | hammer.py ADDRESS PORT

Prints how many connections failed, and who answered the others.
"""
import select
import socket
import sys


def ask(where):
    with socket.create_connection(where, timeout=2) as sock:
        sock.sendall(b"who?\n")
        return sock.recv(4096).decode().split()[-1]


def main():
    where = (sys.argv[1], int(sys.argv[2]))
    failures, answered = 0, set()
    while not select.select([sys.stdin], [], [], 0)[0]:
        try:
            answered.add(ask(where))
        except (OSError, IndexError):
            failures += 1
    print(f"{failures} failed; answered by {' '.join(sorted(answered))}")


main()
