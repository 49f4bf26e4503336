#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs pubport again and again, each time with another fault.

usage: fault_runner.py calls|answers|memory,... ARG...

Run it on the host of lib/lab.bash, where PUBPORT is the program and BUILD what was
built.  Of "pubport ARG...", each system call fails in turn, once with each of
ERRORS; or the answer to each transaction is lost, whether it took place or not;
or each allocation fails, once alone, and once with all after it.
PUBPORT_ROUNDS of these faults are tried, evenly spread.  ERRORS may be set to
fewer; with LASTS the command goes on, and is ended after so many
seconds.

Whatever fails, pubport has to do all of it, as if nothing had happened, or to
say in one line what failed, and change nothing; and to free what it took.
"""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

PUBPORT = os.environ['PUBPORT']
ROUNDS = int(os.environ['PUBPORT_ROUNDS'])
ERRORS = os.environ.get('ERRORS', 'ENOMEM EINTR ENOBUFS EAGAIN EPERM').split()
LASTS = float(os.environ.get('LASTS', 0))
HANGS_AFTER = 30

# the kernel may interrupt these: then they are to be done again
INTERRUPTED = {'sendto', 'recvmsg', 'poll', 'flock'}
# these end a process or a thread, or the C library takes a failure for a bug
UNTOUCHED = {'exit_group', 'exit', 'futex'}


def read(path):
    try:
        with open(path, encoding='ascii', errors='replace') as file:
            return file.read()
    except OSError:
        return ''


def start(argv, **more):
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            errors='replace', **more)


def run(argv, **more):
    """The command's status, output and complaint."""
    process = start(argv, **more)
    if LASTS:
        end_later(process)
    try:
        out, err = process.communicate(timeout=HANGS_AFTER)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, '', ''
    return process.returncode, out, err


def ends(process, seconds):
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False


def end_later(process):
    """Ends what goes on, by reading no more, or by a signal."""
    if ends(process, LASTS):
        return
    process.stdout.close()
    if ends(process, LASTS):
        return
    # what strace runs, or it itself
    children = read(f'/proc/{process.pid}/task/{process.pid}/children')
    for pid in children.split() or [process.pid]:
        try:
            os.kill(int(pid), signal.SIGTERM)
        except ProcessLookupError:
            pass


# ------------------------------------------------------------------- state --

def settings():
    names = ['ipv4/conf/*/route_localnet', 'ipv4/conf/*/forwarding',
             'ipv6/conf/*/forwarding', 'ipv6/conf/*/force_forwarding']
    values = [path + '=' + read(path).strip() for name in names
              for path in sorted(glob.glob('/proc/sys/net/' + name))]
    routes = [words[0] + ' dev ' + words[-1] for words in
              map(str.split, read('/proc/net/ipv6_route').splitlines())]
    ports = subprocess.run(['bridge', '-d', 'link'], text=True, check=True,
                           stdout=subprocess.PIPE).stdout
    return values + sorted(routes) + ports.splitlines()


def table():
    """The words of pubport's table: sets are listed in any order."""
    text = subprocess.run(['nft', '-s', 'list', 'table', 'inet', 'pubport'],
                          text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    text = re.sub(r'(expires|timeout) \w+', '', text)
    # what the next command does for this one
    text = re.sub(r'(set settling. {[^{}]*elements = {)([^}]*)', lambda owed:
                  owed[1] + re.sub(r'\S[^,]*', r'settling \g<0>', owed[2]), text)
    return sorted(filter(None, map(str.strip, re.split(
        r'[,{}\n]|elements =', text))))


def state():
    return table() + settings()


def mappings(words):
    # the comment of an interface, which is a number, is its name
    return [word for word in words
            if ' comment ' in word and not re.match(r'1073\d{6} ', word)]


def difference(before, after):
    words = ([f'\n- {word}' for word in before if word not in after] +
             [f'\n+ {word}' for word in after if word not in before])
    return ''.join(words[:5] + ['\n...'] * (len(words) > 5))


class Start:
    """The mappings that there are now, to begin with each time."""

    def __init__(self):
        self.mappings = subprocess.run([PUBPORT, 'save'], text=True, check=True,
                                       stdout=subprocess.PIPE).stdout
        self.state = state()

    def over(self):
        if state() == self.state:
            return
        subprocess.run([PUBPORT, '-q', 'flush'], check=True)
        if self.mappings != '[]\n':
            subprocess.run([PUBPORT, '-q', 'apply', '-'], text=True, check=True,
                           input=self.mappings, stdout=subprocess.DEVNULL)
        if state() != self.state:
            sys.exit('it can not be as before again:' +
                     difference(self.state, state()))


# ------------------------------------------------------------------ faults --

class Calls:
    """System calls of the first thread that fail."""

    def __init__(self, argv):
        self.argv = argv
        self.trace = tempfile.NamedTemporaryFile()

    def strace(self, *options):
        return run(['strace', '-o', self.trace.name, *options, PUBPORT,
                    *self.argv])

    def faults(self):
        self.strace()
        counts = {}
        is_ours = False
        for line in read(self.trace.name).splitlines():
            call = re.match(r'\w*(?=\()', line)
            if not call:
                continue
            call = call[0]
            counts[call] = counts.get(call, 0) + 1
            # this one tells by what it returns
            if is_ours and call == 'brk':
                yield call, counts[call], 'retval=0'
            elif is_ours and call not in UNTOUCHED:
                for error in ERRORS:
                    yield call, counts[call], 'error=' + error
            # the last thing that the dynamic linker does
            is_ours = is_ours or call == 'munmap'

    def run(self, fault):
        call, number, how = fault
        return self.strace('-e', f'trace={call}', '-e',
                           f'inject={call}:{how}:when={number}')

    def wrong(self, fault, status):
        call, _, how = fault
        if how == 'error=EINTR' and call in INTERRUPTED and status:
            return 'not done again'
        return None

    def happened(self):
        return 'INJECTED' in read(self.trace.name)

    def describe(self, fault):
        hit = [line for line in read(self.trace.name).splitlines()
               if 'INJECTED' in line]
        return ' '.join(map(str, fault)) + ': ' + ' '.join(hit)[:200]

    @staticmethod
    def lasts(_):
        return False


class Answers(Calls):
    """Transactions whose answer is lost, and that took place or did not."""

    def faults(self):
        self.strace()
        counts = {'sendto': 0, 'recvmsg': 0, 'poll': 0}
        for line in read(self.trace.name).splitlines():
            call = line.split('(')[0]
            if call in counts:
                counts[call] += 1
            if call == 'sendto' and 'BATCH_BEGIN' in line:
                for took_place in (True, False):
                    yield took_place, *counts.values()

    def run(self, fault):
        took_place, sent, received, polled = fault
        unsent = ['-e', f'inject=sendto:retval=1:when={sent}']
        return self.strace(
            '-e', 'trace=sendto,recvmsg,poll', *([] if took_place else unsent),
            '-e', f'inject=recvmsg:error=ENOBUFS:when={received + 1}',
            '-e', f'inject=poll:retval=0:when={polled + 1}')

    def wrong(self, fault, status):
        return 'not found out' if status else None


class Memory:
    """Allocations that fail."""

    SHIM = os.environ['BUILD'] + '/tests/failing.so'

    def __init__(self, argv):
        self.argv = argv
        self.report = tempfile.NamedTemporaryFile()

    def run(self, fault):
        with open(self.report.name, 'w', encoding='ascii'):
            pass
        return run([PUBPORT, *self.argv], env={
            **os.environ, 'LD_PRELOAD': self.SHIM, 'FAILING_AT': fault,
            'FAILING_REPORT': self.report.name,
            # what was freed is written over
            'MALLOC_PERTURB_': '165'})

    def faults(self):
        self.run('0')
        for number in range(1, int(read(self.report.name).split()[0]) + 1):
            yield str(number)
            yield f'{number}+'

    def wrong(self, _fault, _status):
        left = read(self.report.name).split()[1:]
        if left and left != ['0', '0']:
            return f'{left[0]} not freed, {left[1]} files left open'
        return None

    def happened(self):
        return True

    def describe(self, fault):
        return 'allocation ' + fault

    @staticmethod
    def lasts(fault):
        return fault.endswith('+')


# ---------------------------------------------------------------- judgment --

def timeless(text):
    """Its lines, without times, in any order."""
    text = re.sub(r'Up [\w ]*?(?=  |,|\n|$)', 'Up', text)
    text = re.sub(r'[\w ]+ left|"\d{4}-[-\d]+T[:\d]+Z"', 'time', text)
    return sorted(re.sub(r'[ ,]+', ' ', text).splitlines())


def is_one_error(text):
    if text.startswith('{'):
        text = 'pubport: ' + json.loads(text)['error']['message'] + '\n'
    hint = r'(hint: .+\n)?'
    # what goes on says other things before
    notices = r'(pubport: .+\n)*' if LASTS else ''
    return re.fullmatch(notices + r'pubport: .+: .+\n' + hint, text)


class Judge:
    """Knows what pubport does when nothing fails."""

    def __init__(self, argv, before):
        self.before = before.state
        self.status, out, err = run([PUBPORT, *argv])
        if self.status:
            sys.exit(f'it fails without a fault: {out}{err}')
        self.output = timeless(out)
        self.after = state()
        # first counting begins, then it looks; both are done, or the first
        self.counts = '--bytes' in argv

    def wrong(self, status, out, err, lasts):
        now = state()
        if status is None:
            return 'it hangs'
        if not 0 <= status <= 5:
            return 'it crashes'
        if not status:
            return self.wrong_success(out, err, now, lasts)
        if not is_one_error(err):
            return 'not one error'
        # what can't be told may be done
        if 'standard output: ' in err or self.counts and not out:
            return None if now in (self.before, self.after) or \
                lasts and self.settles(now) else \
                'half done:' + difference(self.before, now)
        if out:
            return 'an output: ' + out
        # without any memory, settings can't be undone at once
        if lasts and mappings(now) in (mappings(self.before),
                                       mappings(self.after)):
            return None
        return None if now == self.before else \
            'not undone:' + difference(self.before, now)

    def settles(self, now):
        """Whether nothing but connections is left to the next command."""
        return self.after == [word for word in now
                              if not word.startswith('settling')]

    def wrong_success(self, out, err, now, lasts):
        if now != self.after and not (
                lasts and mappings(now) == mappings(self.after) and (
                    err or self.settles(now))):
            return 'not done:' + difference(self.after, now)
        # what could not be looked at is left out, and it says so
        if timeless(out) != self.output and not err:
            return 'another output:' + difference(self.output, timeless(out))
        return None


def choose(faults):
    step = max(1.0, len(faults) / ROUNDS)
    return [faults[int(i * step)] for i in range(int(len(faults) / step))]


KINDS = {'calls': Calls, 'answers': Answers, 'memory': Memory}


def each_fault(kind, argv, before, judge):
    """How many of the faults of a kind went wrong."""
    source = KINDS[kind](argv)
    faults = list(source.faults())
    before.over()
    chosen = choose(faults)
    bad = 0
    began = time.monotonic()
    for fault in chosen:
        status, out, err = source.run(fault)
        why = judge.wrong(status, out, err, source.lasts(fault))
        why = why or source.wrong(fault, status)
        if why and source.happened():
            bad += 1
            print(f'{source.describe(fault)}: {why}\nstatus {status}: {err}')
        before.over()
    print(f'{" ".join(argv)}: {len(chosen)} of {len(faults)} faults of {kind} '
          f'in {time.monotonic() - began:.0f} s, {bad} wrong')
    return bad


def main():
    kinds, *argv = sys.argv[1:]
    before = Start()
    judge = Judge(argv, before)
    before.over()
    bad = [each_fault(kind, argv, before, judge) for kind in kinds.split(',')]
    sys.exit(any(bad))


main()
