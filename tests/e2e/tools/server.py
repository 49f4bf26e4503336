#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that tells its clients who they are, over tcp, udp and sctp.

usage: server.py ADDRESS,... PORT[-PORT],... [PROTOCOL,...]

It prints its process id and returns once it listens; it then goes on in the
background.  It answers

    GET /        over tcp, as HTTP:  Remote IP: CLIENT
    anything else, any protocol:     CLIENT at ADDRESS:PORT

where ADDRESS:PORT is the side of the connection that the server sees.
"""
import selectors
import socket
import sys

import sctp
from endpoint import family_of, go_to_background, close_inherited


def endpoint(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def introduce(peer, local):
    return f"{peer[0]} at {endpoint(*local[:2])}\n".encode()


def http(peer):
    body = f"Remote IP: {peer[0]}\n"
    return (f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


class Server:
    def __init__(self):
        self.ready = selectors.DefaultSelector()

    def watch(self, sock, handler):
        sock.setblocking(False)
        self.ready.register(sock, selectors.EVENT_READ, handler)

    def serve_tcp(self, family, address, port):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(128)
        self.watch(sock, lambda: self.watch_connection(sock.accept()[0]))

    def watch_connection(self, connection):
        self.watch(connection, lambda: self.answer_tcp(connection))

    def answer_tcp(self, connection):
        question = connection.recv(4096)
        if question.startswith(b"GET "):
            connection.sendall(http(connection.getpeername()))
            question = b""
        if question:
            connection.sendall(introduce(connection.getpeername(),
                                         connection.getsockname()))
        else:
            self.forget(connection)

    def forget(self, connection):
        self.ready.unregister(connection)
        connection.close()

    def serve_udp(self, family, address, port):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        self.watch(sock, lambda: self.answer_udp(sock))

    def answer_udp(self, sock):
        _, peer = sock.recvfrom(4096)
        sock.sendto(introduce(peer, sock.getsockname()), peer)

    def serve_sctp(self, family, address, ports):
        sock = socket.socket(family, socket.SOCK_RAW, sctp.PROTOCOL)
        sock.bind((address, 0))
        self.watch(sock, lambda: self.answer_sctp(sock, ports))

    def answer_sctp(self, sock, ports):
        data, peer = sock.recvfrom(4096)
        packet = sctp.Packet(sock.family, data)
        if packet.type != sctp.INIT or packet.port not in ports:
            return
        words = introduce(peer, (sock.getsockname()[0], packet.port))
        if not packet.sound:
            words = b"a wrong checksum\n"
        reply = sctp.build((packet.port, packet.source_port), packet.own_tag,
                           sctp.INIT_ACK, 1, words)
        sock.sendto(reply, (peer[0], 0))

    def run(self):
        while True:
            for key, _ in self.ready.select():
                try:
                    key.data()
                except ConnectionError:
                    self.forget(key.fileobj)
                except OSError:
                    pass


def port_list(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def listen(addresses, ports, protocols):
    server = Server()
    for address in addresses:
        family = family_of(address)
        if "sctp" in protocols:
            server.serve_sctp(family, address, ports)
        for port in ports:
            if "tcp" in protocols:
                server.serve_tcp(family, address, port)
            if "udp" in protocols:
                server.serve_udp(family, address, port)
    return server


def main():
    close_inherited()
    addresses, ports = sys.argv[1:3]
    protocols = sys.argv[3] if len(sys.argv) > 3 else "tcp,udp,sctp"
    server = listen(addresses.split(","), list(port_list(ports)),
                    protocols.split(","))
    go_to_background()
    server.run()


main()
