#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The files that commands open: no program that they run gets any of them.
load ../lib/lab
load ../lib/expect

setup() {
	lay
	# the doctor does not end well where it is on
	bridge_netfilter_off
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	clear_away
}

# the system calls that make files
MAKERS=open,openat,openat2,creat,dup,dup2,dup3,pipe,pipe2,memfd_create
MAKERS+=,socket,socketpair,accept,accept4,epoll_create,epoll_create1
MAKERS+=,timerfd_create,eventfd,eventfd2,signalfd,signalfd4
MAKERS+=,inotify_init,inotify_init1

# is_private [STRACE-OPTION]... -- ARG...: each file that pubport makes with
# these arguments closes itself where another program begins
is_private() {
	local options=() left
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	rm -f trace.*
	on host strace -ff -o trace -e trace="execve,poll,$MAKERS" \
		"${options[@]}" "$PUBPORT" "$@" >out 2>&1 3>&- ||
		fail "$* failed: $(<out)"
	((files += $(made | grep -c CLOEXEC)))
	left=$(made | grep -v CLOEXEC) || :
	same "what $* leaves open" "" "$left"
}

# files made by pubport, not by a process that became another program
made() {
	{
		grep -lF "execve(\"$PUBPORT\"" trace.*
		grep -L '^execve(' trace.*
	} | xargs grep -hE "^(${MAKERS//,/|})\(" | grep -v ' = -1 '
}

@test "what a command opens, no program that it runs gets" {
	local files=0
	bridge_netfilter_off
	is_private -- add --to netns:web --ttl 1h --shield 8080:80
	is_private -- add --from 192.168.33.0/24 192.168.33.2::80
	is_private -- ls
	is_private -- targets
	is_private -- port web
	is_private -- stats --no-stream
	is_private -- save ports.json
	is_private -- apply ports.json
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	is_private -- doctor --fix
	is_private -- rm 8080
	is_private -e inject=poll:signal=TERM:when=1+ -- watch
	is_private -e inject=poll:signal=TERM:when=1+ -- keep --state state.json
	is_private -- flush
	((files > 100)) || fail "too few: $files"
}
