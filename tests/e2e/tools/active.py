#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""FTP's active mode, and nothing else of it: the server connects to its client.

usage: active.py serve ADDRESS PORT   one client after another, in the background
       active.py ADDRESS:PORT         prints what the server sends
"""
import socket
import sys

from endpoint import close_inherited, go_to_background, parse


def serve(address, port):
    close_inherited()
    listener = socket.create_server((address, int(port)))
    go_to_background()
    while True:
        control, _ = listener.accept()
        control.sendall(b"220 hello\r\n")
        control.recv(4096)
        control.sendall(b"230 you may\r\n")
        words = control.recv(4096).decode().split()[1].split(",")
        client = ".".join(words[:4]), int(words[4]) * 256 + int(words[5])
        control.sendall(b"200 yes\r\n")
        try:
            with socket.create_connection(client, 2) as data:
                data.sendall(b"the file\n")
        except OSError:
            pass
        control.close()


def ask(endpoint):
    address, port, _ = parse(endpoint)
    control = socket.create_connection((address, port), timeout=5)
    control.recv(4096)
    # the kernel's helper begins to look at what follows a whole line
    control.sendall(b"USER me\r\n")
    control.recv(4096)
    own = control.getsockname()[0]
    listener = socket.create_server((own, 0))
    listener.settimeout(2)
    port = listener.getsockname()[1]
    numbers = own.split(".") + [str(port >> 8), str(port & 255)]
    control.sendall(f"PORT {','.join(numbers)}\r\n".encode())
    try:
        print(listener.accept()[0].recv(4096).decode().strip())
    except socket.timeout:
        print("nothing")


if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    ask(sys.argv[1])
