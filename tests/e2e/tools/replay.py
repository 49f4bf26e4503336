#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what "pubport watch --json" printed, and prints what is left by it.

usage: replay.py FILE

Prints the keys in order, as "pubport ls -q" does, and on standard error how many
events there were, and how many of them nobody known did.
"""
import json
import sys


def key(mapping):
    host = mapping["host_ip"]
    return (f"[{host}]" if ":" in host else host,
            mapping["host_port"], mapping["host_port_end"],
            mapping["protocol"])


def text(parts):
    host, first, last, protocol = parts
    ports = first if first == last else f"{first}-{last}"
    return f"{host}:{ports}/{protocol}"


def main():
    there, events, unknown = set(), 0, 0
    for line in open(sys.argv[1]):
        event = json.loads(line)
        events += 1
        unknown += event["process"] is None
        if event["mapping"] is None:
            continue
        name = key(event["mapping"])
        if event["event"] == "added":
            assert name not in there, f"{line} is there already"
            there.add(name)
        elif event["event"] == "replaced":
            assert name in there, f"{line} isn't there"
        else:
            there.remove(name)
    for name in sorted(there):
        print(text(name))
    print(f"{events} events, {unknown} by nobody known", file=sys.stderr)


main()
