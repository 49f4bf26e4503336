# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs that serve, and those that ask, have in common."""
import os
import re
import socket
import sys


def parse(text):
    """ADDRESS:PORT[/PROTOCOL], an IPv6 address in brackets."""
    address, port, protocol = re.fullmatch(
        r"\[?(.*?)\]?:(\d+)(?:/(\w+))?", text).groups()
    return address, int(port), protocol or "tcp"


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def close_inherited():
    """Whoever waits for the end of these files need not wait for us."""
    os.closerange(3, 256)


def go_to_background():
    """Prints the process id of what goes on there."""
    child = os.fork()
    if child:
        print(child)
        sys.exit()
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in 0, 1, 2:
        os.dup2(nothing, fd)
