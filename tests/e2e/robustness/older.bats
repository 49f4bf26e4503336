#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels that lack something which newer ones have: what the command does then,
# and what it says.  They are played by tools/older.c, whatever kernel runs.
load ../lib/lab
load ../lib/expect
load ../lib/doctor

setup() {
	lay_plainly
}

teardown() {
	clear_away
}

# what the kernel lacks in this test; see tools/older.c
lacks() {
	export OLDER=$*
}

# the command under test
pubport() {
	on host env LD_PRELOAD="$BUILD/tests/older.so" "$PUBPORT" "$@"
}

# --------------------------------------------- the number of elements of sets

@test "a router is no guarded host where the kernel doesn't count elements" {
	lacks set-count
	pubport add --to netns:web 8080:80
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "a host that is made a router forwards all again where the kernel doesn't count elements" {
	lacks set-count
	forward 0
	pubport add --to netns:web 8080:80 >/dev/null 2>&1
	forward 1
	run --separate-stderr pubport ls
	contains "notice" 'this host was made a router for IPv4' "$stderr"
	run --separate-stderr pubport ls
	same "what is said then" "" "$stderr"
	well
}

@test "a command takes no lock for nothing where the kernel doesn't count elements" {
	lacks set-count
	pubport add --to netns:web 8080:80 >/dev/null
	on host env LD_PRELOAD="$BUILD/tests/older.so" strace -f \
		-o "$BATS_TEST_TMPDIR/calls" -e trace=flock "$PUBPORT" ls
	! grep flock "$BATS_TEST_TMPDIR/calls" || fail 'it takes the lock'
}
