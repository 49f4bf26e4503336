#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The machine that runs the tests and the demo stays as it is.  This file alone
# runs outside of a world, to look at the machine itself.
bats_require_minimum_version 1.5.0

E2E=$BATS_TEST_DIRNAME/..

# what the tests could have changed on the machine
machine() {
	[ "$(id -u)" -ne 0 ] || nft -s list ruleset
	ip -4 route show table all
	ip -6 route show table all | sed 's/ expires [0-9]*sec//'
	ip rule
	ip -6 rule
	ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/'
	grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf \
		/proc/sys/net/ipv4/ip_forward || :
	ls /run/netns 2>/dev/null || :
}

setup() {
	machine >"$BATS_TEST_TMPDIR/before"
}

is_untouched() {
	machine | diff "$BATS_TEST_TMPDIR/before" - >&2
}

@test "the demo shows what it promises, and leaves the machine as it was" {
	run -0 "$E2E/lib/world" "$E2E/../demo" inside
	is_untouched
	[[ $output == *'Remote IP: 192.168.33.3'* ]]
	[[ $output != *WRONG* ]]
}

@test "the demo tells by its exit status when something is wrong" {
	run -1 env PUBPORT=/bin/false "$E2E/lib/world" "$E2E/../demo" inside
	is_untouched
	[[ $output == *WRONG* ]]
}

@test "the tests leave the machine as it was" {
	run -0 "$E2E/lib/world" bats --formatter tap "$E2E/publish/scenario.bats"
	is_untouched
}

@test "a killed world takes its processes and namespaces along" {
	"$E2E/lib/world" bash -euc '
		. "$1/lib/lab.bash"
		lay
		readlink /proc/self/ns/pid >"$2"
		exec sleep 1000' - "$E2E" "$BATS_TEST_TMPDIR/namespace" 3>&- &
	local world=$! waits=0
	while [ ! -s "$BATS_TEST_TMPDIR/namespace" ] && ((waits++ < 100)); do
		sleep 0.1
	done
	kill -KILL "$world"
	wait "$world" || :
	waits=0
	until is_gone || ((waits++ > 100)); do
		sleep 0.1
	done
	is_gone
	is_untouched
}

# nothing is left of the world that noted down its namespace
is_gone() {
	! readlink /proc/[0-9]*/ns/pid |
		grep -qxF "$(<"$BATS_TEST_TMPDIR/namespace")"
}
