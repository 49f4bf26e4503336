#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Protocols that open a second connection: as much of them as helpers read.

usage: helped.py serve-tftp|serve-ftp ADDRESS PORT
       helped.py ask-tftp|ask-ftp ADDRESS PORT

A server prints its process id and goes on in the background.  A client prints
"data" once that came by the second connection, and from the right address.
"""
import socket
import sys

from endpoint import family_of, go_to_background, close_inherited


def udp(address, port=0):
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sock.bind((address, port))
    return sock


def listen(address, port=0):
    sock = socket.socket(family_of(address), socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(16)
    return sock


def serve_tftp(sock, address):
    """Each answer comes from a port of its own."""
    while True:
        _, client = sock.recvfrom(512)
        udp(address).sendto(b"\0\3\0\1data", client)


def ask_tftp(address, port):
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sock.settimeout(3)
    sock.sendto(b"\0\1file\0octet\0", (address, port))
    answer, server = sock.recvfrom(512)
    assert server[0] == address, server
    print(answer[4:].decode())


def serve_ftp(sock, address):
    """Passive: it says by which port the data is to be fetched."""
    while True:
        control, _ = sock.accept()
        data = listen(address)
        port = data.getsockname()[1]
        control.sendall(b"220 hello\r\n")
        control.recv(512)
        if ":" in address:
            answer = f"229 Entering Extended Passive Mode (|||{port}|)\r\n"
        else:
            host = address.replace(".", ",")
            answer = (f"227 Entering Passive Mode "
                      f"({host},{port >> 8},{port & 255})\r\n")
        control.sendall(answer.encode())
        data.settimeout(5)
        try:
            data.accept()[0].sendall(b"data")
        except socket.timeout:
            pass
        data.close()
        control.close()


def ask_ftp(address, port):
    control = socket.create_connection((address, port), 3)
    control.recv(512)
    control.sendall(b"EPSV\r\n" if ":" in address else b"PASV\r\n")
    answer = control.recv(512).decode()
    numbers = answer[answer.index("(") + 1:answer.index(")")]
    where = (address, int(numbers.strip("|") or 0)) if ":" in address else (
        ".".join(numbers.split(",")[:4]),
        int(numbers.split(",")[4]) * 256 + int(numbers.split(",")[5]))
    assert where[0] == address, where
    print(socket.create_connection(where, 3).recv(512).decode())


def main():
    close_inherited()
    what, address, port = sys.argv[1:4]
    if what == "ask-tftp":
        ask_tftp(address, int(port))
    elif what == "ask-ftp":
        ask_ftp(address, int(port))
    else:
        tftp = what == "serve-tftp"
        sock = (udp if tftp else listen)(address, int(port))
        go_to_background()
        (serve_tftp if tftp else serve_ftp)(sock, address)


main()
