#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks server.py at many endpoints at once who it sees.

Each line of standard input is a JSON array of endpoints, [PROTOCOL, ADDRESS,
PORT].  It is answered by a line on standard output, a JSON array that has for
each endpoint [OWN, ANSWER]: the client's own address, and what the server said,
or "refused", or "silent", or whatever else went wrong.
"""
import asyncio
import collections
import contextlib
import errno
import json
import os
import socket
import sys

import sctp

PATIENCE = 2.0
AT_ONCE = 16  # several clients at once must fit into a server's backlog

# a reset or unreachable port; an unreachable protocol, of IPv4 and of IPv6
REFUSALS = errno.ECONNREFUSED, errno.ENOPROTOOPT, errno.EPROTO


async def ask_socket(sock, where):
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, where)
    await loop.sock_sendall(sock, b"who?\n")
    return await loop.sock_recv(sock, 4096)


async def ask_sctp(sock, where):
    address, port, *scope = where
    tag = sctp.new_tag()
    sock.connect((address, 0, *scope))
    sock.send(sctp.build((1024 + tag % 60000, port), 0, sctp.INIT, tag))
    while True:
        data = await asyncio.get_running_loop().sock_recv(sock, 4096)
        packet = sctp.Packet(sock.family, data)
        if packet.type == sctp.INIT_ACK and packet.tag == tag:
            return packet.cookie
        if packet.own_tag == tag and packet.port == port:
            raise ConnectionRefusedError(errno.ECONNREFUSED,
                                         "It came back to its sender")


ASK = {
    "tcp": (ask_socket, socket.SOCK_STREAM, 0),
    "udp": (ask_socket, socket.SOCK_DGRAM, 0),
    "sctp": (ask_sctp, socket.SOCK_RAW, sctp.PROTOCOL),
}


async def ask(protocol, address, port):
    asking, kind, number = ASK[protocol]
    family, *_, where = socket.getaddrinfo(
        address, port, flags=socket.AI_NUMERICHOST)[0]
    with socket.socket(family, kind, number) as sock:
        sock.setblocking(False)
        try:
            answer = (await asyncio.wait_for(asking(sock, where),
                                             PATIENCE)).decode().strip()
        except asyncio.TimeoutError:
            answer = "silent"
        except OSError as error:
            answer = ("refused" if error.errno in REFUSALS
                      else os.strerror(error.errno).lower())
        return sock.getsockname()[0], answer


async def survey(endpoints):
    room = asyncio.Semaphore(AT_ONCE)
    # a raw socket hears of all packets from an address: one at a time there
    alone = collections.defaultdict(asyncio.Lock)

    async def ask_in_turn(protocol, address, port):
        turn = (alone[address] if protocol == "sctp"
                else contextlib.nullcontext())
        async with turn, room:
            return await ask(protocol, address, port)

    return await asyncio.gather(*(ask_in_turn(*each) for each in endpoints))


def main():
    for line in sys.stdin:
        print(json.dumps(asyncio.run(survey(json.loads(line)))), flush=True)


main()
