#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps flows to a server.py open, and asks through them again and again.

usage: talk.py ADDRESS:PORT[/PROTOCOL]...

The flows come from the ports 6001, 6002, and so on.  For each line on standard
input it asks once through each flow, and prints a line with what came of each:
ADDRESS:PORT of the server that answered, or "cut", "refused" or "silent".
"""
import socket
import struct
import sys

import endpoint
import sctp

PATIENCE = 1.0
QUESTION = b"who?\n"
FIRST_PORT = 6001


class Flow:
    kind, number, refusal = socket.SOCK_DGRAM, 0, "refused"

    def __init__(self, source_port, address, port):
        self.source_port = source_port
        self.where = (address, port)
        self.sock = socket.socket(endpoint.family_of(address), self.kind,
                                  self.number)
        self.sock.settimeout(PATIENCE)
        self.connect()

    def connect(self):
        self.sock.bind(("", self.source_port))
        self.sock.connect(self.where)

    def exchange(self):
        self.sock.send(QUESTION)
        return self.sock.recv(4096)

    def ask(self):
        try:
            answer = self.exchange()
        except socket.timeout:
            return "silent"
        except OSError:
            answer = b""
        return answer.decode().split()[-1] if answer else self.refusal


class Stream(Flow):
    kind, refusal = socket.SOCK_STREAM, "cut"

    def connect(self):
        # its end is a reset, so that the next one may have the same ports
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", True, 0))
        super().connect()


class Association(Flow):
    """It never comes to one: each question is another INIT, from one port."""
    kind, number = socket.SOCK_RAW, sctp.PROTOCOL

    def connect(self):
        self.tag = sctp.new_tag()
        self.sock.connect((self.where[0], 0))

    def exchange(self):
        ports = (self.source_port, self.where[1])
        # what others were told is none of ours
        self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.sock.send(sctp.build(ports, 0, sctp.INIT, self.tag))
        while True:
            packet = sctp.Packet(self.sock.family, self.sock.recv(4096))
            if packet.type == sctp.INIT_ACK and packet.tag == self.tag:
                return packet.cookie


FLOWS = {"tcp": Stream, "udp": Flow, "sctp": Association}


def main():
    flows = [FLOWS[protocol](FIRST_PORT + i, address, port)
             for i, (address, port, protocol)
             in enumerate(map(endpoint.parse, sys.argv[1:]))]
    for _ in sys.stdin:
        print(*(flow.ask() for flow in flows), flush=True)


main()
