#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists mappings while their number changes, so that the kernel resizes maps.

usage: resize.py PUBPORT SECONDS

Prints each number of different keys that was listed, if it never was one.
"""
import json
import subprocess
import sys
import threading
import time

SIZES = 6400, 40, 3000


def mappings(count):
    return json.dumps([{"host_ip": "0.0.0.0", "host_port": 1000 + i,
                        "protocol": "tcp", "target_ip": "172.17.0.2",
                        "target_port": 80} for i in range(count)])


def change(pubport, end):
    files = list(map(mappings, SIZES))
    while time.monotonic() < end:
        for text in files:
            subprocess.run([pubport, "apply", "-q", "-"], input=text,
                           stdout=subprocess.DEVNULL, text=True, check=True)


def main():
    pubport, end = sys.argv[1], time.monotonic() + float(sys.argv[2])
    changing = threading.Thread(target=change, args=(pubport, end))
    changing.start()
    while time.monotonic() < end:
        keys = subprocess.run([pubport, "ls", "-q"], stdout=subprocess.PIPE,
                              check=True, text=True).stdout.split()
        if len(set(keys)) not in (0, *SIZES):
            print(len(set(keys)))
    changing.join()


main()
