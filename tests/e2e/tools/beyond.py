#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends a segment far beyond the window through a connection of its own.

usage: beyond.py ADDRESS:PORT        connects there, to a server.py
       beyond.py serve ADDRESS PORT  accepts one connection; in the background

Afterwards the one that connected asks who it is, and prints the answer; and from
which addresses else it was sent anything, if it was.
"""
import os
import signal
import socket
import struct
import sys
import time

from endpoint import close_inherited, family_of, go_to_background, parse

FAR = 50_000_000
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
RECEIVED, SENT = 1, 2
REPAIR_ENDS, REPAIR_BEGINS = -1, 1
PUSH_ACK = 0x18
ANY_PROTOCOL = 0x0003


def sequence_numbers(connection):
    """What it sends next, and what it expects."""
    numbers = []
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_BEGINS)
    for queue in SENT, RECEIVED:
        connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        numbers.append(connection.getsockopt(socket.IPPROTO_TCP,
                                             TCP_QUEUE_SEQ) & 0xFFFFFFFF)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_ENDS)
    return numbers


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def send_beyond(connection):
    own, peer = connection.getsockname(), connection.getpeername()
    sent, received = sequence_numbers(connection)
    start = struct.pack("!HHIIBBH", own[1], peer[1],
                        (sent + FAR) % 2 ** 32, received, 5 << 4, PUSH_ACK,
                        1024)
    data = struct.pack("!HH", 0, 0) + b"beyond"
    pseudo = b"".join(socket.inet_pton(connection.family, end[0])
                      for end in (own, peer))
    pseudo += struct.pack("!II", len(start + data), socket.IPPROTO_TCP)
    total = checksum(pseudo + start + data)
    raw = socket.socket(connection.family, socket.SOCK_RAW,
                        socket.IPPROTO_TCP)
    raw.bind((own[0], 0))
    raw.sendto(start + struct.pack("!HH", total, 0) + data[4:], (peer[0], 0))


def serve(address, port):
    close_inherited()
    listener = socket.create_server((address, int(port)),
                                    family=family_of(address))
    go_to_background()
    connection, _ = listener.accept()
    connection.recv(4096)
    send_beyond(connection)
    time.sleep(0.3)
    connection.sendall(b"still here\n")
    signal.pause()


def ask(endpoint):
    address, port, _ = parse(endpoint)
    wire = watch()
    connection = socket.create_connection((address, port), timeout=5)
    if os.environ.get("FROM") != "server":
        send_beyond(connection)
        time.sleep(0.3)
    connection.sendall(b"who?\n")
    print(connection.recv(4096).decode().strip() or "ended")
    for source in sources(wire, connection) - {address}:
        print("and something from", source)


def watch():
    """What comes by the wire, where it is the only one."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                         socket.htons(ANY_PROTOCOL))
    wire.setblocking(False)
    names = [name for _, name in socket.if_nameindex()]
    wire.bind(("eth0" if "eth0" in names else "lo", ANY_PROTOCOL))
    return wire


def sources(wire, connection):
    """Of whatever tcp came to where the connection is."""
    own = socket.inet_pton(connection.family, connection.getsockname()[0])
    found = set()
    while True:
        try:
            data, (_, kind, *_) = wire.recvfrom(4096)
        except BlockingIOError:
            return found
        first, last, number = (8, 40, 6) if kind == 0x86DD else (12, 20, 9)
        source, target = (data[first:(first + last) // 2],
                          data[(first + last) // 2:last])
        if (kind in (0x0800, 0x86DD) and target == own and
                data[number] == socket.IPPROTO_TCP):
            found.add(socket.inet_ntop(connection.family, source))


if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    ask(sys.argv[1])
