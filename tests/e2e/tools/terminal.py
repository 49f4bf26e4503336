#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ends a command that shows itself on a terminal, and tells how it was left.

usage: terminal.py HOW COMMAND...

HOW is a key (q, Q), ^C, ^Z (and going on after it), a signal (TERM, HUP, ...),
or resize.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 8


def run_shell(terminal, words, report):
    """What a shell does: a command of its own in the foreground."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    pid = os.fork()
    if not pid:
        os.setpgid(0, 0)
        os.tcsetpgrp(terminal, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for fd in 0, 1, 2:
            os.dup2(terminal, fd)
        os.execvp(words[0], words)
    os.write(report, f"{pid}\n".encode())
    status = 0x7f
    while os.WIFSTOPPED(status):
        status = os.waitpid(pid, os.WUNTRACED)[1]
        os.write(report, b"stopped\n" if os.WIFSTOPPED(status) else
                 f"status {os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


class Terminal:
    def __init__(self, words):
        self.main, self.inner = pty.openpty()
        self.resize(10, 80)
        self.before = termios.tcgetattr(self.inner)
        reading, writing = os.pipe()
        if not os.fork():
            run_shell(self.inner, words, writing)
        self.report = os.fdopen(reading)
        self.pid = int(self.report.readline())

    def resize(self, rows, columns):
        fcntl.ioctl(self.main, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def is_as_before(self):
        return termios.tcgetattr(self.inner) == self.before

    def await_frame(self):
        """Waits until the table is shown once more; tells how long it took."""
        start, shown = time.monotonic(), b""
        while b"\x1b[J" not in shown:
            left = start + PATIENCE - time.monotonic()
            if left <= 0 or not select.select([self.main], [], [], left)[0]:
                sys.exit("nothing is shown")
            shown += os.read(self.main, 65536)
        return time.monotonic() - start

    def await_report(self):
        """Waits until it is stopped or has ended, and tells which."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ready = select.select([self.report, self.main], [], [], 1)[0]
            if self.report in ready:
                return self.report.readline().strip()
            if self.main in ready:
                os.read(self.main, 65536)
        os.kill(self.pid, signal.SIGKILL)
        sys.exit("it goes on")

    def type(self, key):
        os.write(self.main, key)

    def signal(self, name):
        os.kill(self.pid, getattr(signal, "SIG" + name))


def stop_and_go_on(terminal, told):
    terminal.type(b"\x1a")
    told.append(terminal.await_report())
    told.append("as before" if terminal.is_as_before() else "changed")
    terminal.signal("CONT")
    terminal.await_frame()
    told.append("shown again")
    terminal.type(b"q")


def change_size(terminal, told):
    terminal.resize(5, 40)
    told.append("shown at once" if terminal.await_frame() < 0.9 else "late")
    terminal.type(b"q")


def main():
    how, words = sys.argv[1], sys.argv[2:]
    terminal, told = Terminal(words), []
    terminal.await_frame()
    if how == "^Z":
        stop_and_go_on(terminal, told)
    elif how == "resize":
        change_size(terminal, told)
    elif how == "^C":
        terminal.type(b"\3")
    elif len(how) > 1:
        terminal.signal(how)
    else:
        terminal.type(how.encode())
    told.append(terminal.await_report())
    told.append("as before" if terminal.is_as_before() else "changed")
    print(*told, sep=", ")


main()
