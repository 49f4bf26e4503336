# SPDX-License-Identifier: GPL-2.0-or-later
"""Just enough SCTP (RFC 9260) to ask and to answer: INIT and INIT ACK.

The kernels that run the tests may have no SCTP sockets, but their NAT knows
the protocol; so the tests build the packets themselves, on raw sockets.
"""
import os
import socket
import struct

PROTOCOL = 132
INIT, INIT_ACK = 1, 2
STATE_COOKIE = 7


def _crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC32C = _crc32c_table()


def _checksum(packet):
    crc = 0xFFFFFFFF
    for byte in packet:
        crc = (crc >> 8) ^ _CRC32C[(crc ^ byte) & 0xFF]
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def build(ports, tag, chunk_type, own_tag, cookie=b""):
    """A packet with one INIT or INIT ACK chunk; ports is (source, destination)."""
    body = struct.pack("!IIHHI", own_tag, 65536, 1, 1, 1)
    if cookie:
        body += struct.pack("!HH", STATE_COOKIE, 4 + len(cookie)) + cookie
    chunk = struct.pack("!BBH", chunk_type, 0, 4 + len(body)) + body
    chunk += bytes(-len(chunk) % 4)
    header = struct.pack("!HHI", *ports, tag)
    return header + _checksum(header + bytes(4) + chunk) + chunk


def new_tag():
    return int.from_bytes(os.urandom(4), "big") | 1


class Packet:
    """What arrived: ports, tags, the type of the first chunk, its cookie."""

    def __init__(self, family, data):
        if family == socket.AF_INET:
            # after the IP header, which raw sockets of IPv4 have
            data = data[4 * (data[0] & 15):]
        self.source_port, self.port, self.tag = struct.unpack("!HHI", data[:8])
        self.sound = data[8:12] == _checksum(data[:8] + bytes(4) + data[12:])
        self.type, _, length = struct.unpack("!BBH", data[12:16])
        # an ABORT, which a kernel with SCTP sends, may end here
        (self.own_tag,) = struct.unpack("!I", data[16:20].ljust(4, b"\0"))
        self.cookie = data[36:12 + length]
