#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks server.py at an endpoint who it sees, and prints the answer.

usage: ask.py ADDRESS:PORT[/PROTOCOL] [SOURCE-PORT]

exit status, as curl's: 0 answered, 7 refused, 28 no answer in time
"""
import functools
import socket
import sys
import time

import endpoint
import sctp

PATIENCE = 2.0
REFUSED, SILENT = 7, 28


def ask_socket(kind, family, where, source_port):
    with socket.socket(family, kind) as sock:
        sock.settimeout(PATIENCE)
        sock.bind(("", source_port))
        sock.connect(where)
        sock.sendall(b"who?\n")
        return sock.recv(4096)


def ask_sctp(family, where, source_port):
    address, port, *scope = where
    tag = sctp.new_tag()
    ports = (source_port or 1024 + tag % 60000, port)
    with socket.socket(family, socket.SOCK_RAW, sctp.PROTOCOL) as sock:
        sock.connect((address, 0, *scope))
        sock.send(sctp.build(ports, 0, sctp.INIT, tag))
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            packet = sctp.Packet(family, sock.recv(4096))
            if packet.type == sctp.INIT_ACK and packet.tag == tag:
                return packet.cookie
            if packet.own_tag == tag and packet.port == port:
                raise ConnectionRefusedError(0, "It came back to its sender")
    raise socket.timeout


ASK = {
    "tcp": functools.partial(ask_socket, socket.SOCK_STREAM),
    "udp": functools.partial(ask_socket, socket.SOCK_DGRAM),
    "sctp": ask_sctp,
}


def main():
    address, port, protocol = endpoint.parse(sys.argv[1])
    source_port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    family, _, _, _, where = socket.getaddrinfo(
        address, port, flags=socket.AI_NUMERICHOST)[0]
    try:
        answer = ASK[protocol](family, where, source_port)
    except socket.timeout:
        sys.exit(SILENT)
    except OSError as error:
        print(f"ask: {sys.argv[1]}: {error.strerror}", file=sys.stderr)
        sys.exit(REFUSED)
    sys.stdout.write(answer.decode())


main()
