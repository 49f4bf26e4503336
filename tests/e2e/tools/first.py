#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections in which the server speaks first, and only when it is told to.

usage: first.py serve ADDRESS PORT [udp]         in the background, until SIGUSR1
       first.py OWN-ADDRESS OWN-PORT ADDRESS PORT [udp]  prints what comes of it
"""
import signal
import socket
import sys

from endpoint import close_inherited, family_of, go_to_background


def serve(address, port):
    close_inherited()
    listener = socket.create_server((address, int(port)),
                                    family=family_of(address))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    go_to_background()
    connection, _ = listener.accept()
    listener.close()
    signal.sigwait([signal.SIGUSR1])
    connection.sendall(b"it")
    signal.pause()


def serve_udp(address, port):
    close_inherited()
    server = socket.socket(family_of(address), socket.SOCK_DGRAM)
    server.bind((address, int(port)))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    go_to_background()
    _, peer = server.recvfrom(9)
    signal.sigwait([signal.SIGUSR1])
    server.sendto(b"it", peer)
    signal.pause()


KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def listen(own_address, own_port, address, port, protocol="tcp"):
    with socket.socket(family_of(own_address), KINDS[protocol]) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind((own_address, int(own_port)))
        connection.connect((address, int(port)))
        if protocol == "udp":
            connection.send(b"hello")
        print("connected", flush=True)
        try:
            print("and heard", connection.recv(9).decode())
        except ConnectionResetError:
            print("and was reset")


if sys.argv[1] == "serve" and sys.argv[-1] == "udp":
    serve_udp(*sys.argv[2:4])
elif sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    listen(*sys.argv[1:])
