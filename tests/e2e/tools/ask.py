#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks server.py at an endpoint who it sees, and prints the answer.

usage: ask.py ADDRESS:PORT[/PROTOCOL] [SOURCE-PORT]

exit status, as curl's: 0 answered, 7 refused, 28 no answer in time
"""
import os
import re
import socket
import sys
import time

import sctp

PATIENCE = 2.0
REFUSED, SILENT = 7, 28


def parse(text):
    address, port, protocol = re.fullmatch(
        r"\[?(.*?)\]?:(\d+)(?:/(\w+))?", text).groups()
    return address, int(port), protocol or "tcp"


def ask_stream(family, where, source_port):
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(PATIENCE)
        sock.bind(("", source_port))
        sock.connect(where)
        sock.sendall(b"who?\n")
        return sock.recv(4096)


def ask_datagram(family, where, source_port):
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.bind(("", source_port))
        sock.connect(where)
        sock.send(b"who?\n")
        return sock.recv(4096)


def ask_sctp(family, where, source_port):
    address, port, *scope = where
    tag = int.from_bytes(os.urandom(4), "big") | 1
    ports = (source_port or 1024 + tag % 60000, port)
    with socket.socket(family, socket.SOCK_RAW, sctp.PROTOCOL) as sock:
        sock.connect((address, 0, *scope))
        sock.send(sctp.build(ports, 0, sctp.INIT, tag))
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            data = sock.recv(4096)
            if family == socket.AF_INET:
                data = data[4 * (data[0] & 15):]
            packet = sctp.Packet(data)
            if packet.type == sctp.INIT_ACK and packet.tag == tag:
                return packet.cookie
            if packet.own_tag == tag and packet.port == port:
                raise ConnectionRefusedError(0, "It came back to its sender")
    raise socket.timeout


ASK = {"tcp": ask_stream, "udp": ask_datagram, "sctp": ask_sctp}


def main():
    address, port, protocol = parse(sys.argv[1])
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
