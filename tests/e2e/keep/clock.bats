#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The clock of the calendar is set: time passes all the same.
load ../lib/lab
load ../lib/expect
load ../lib/keep

setup() {
	! is_under_valgrind || skip 'valgrind loads its own'
	begin
	export CLOCK_OFF=$BATS_TEST_TMPDIR/off
	CLOCK=(env "LD_PRELOAD=$BUILD/tests/clock.so")
	set_clock 0
}

teardown() {
	finish
}

# the clock of pubport is off by SECONDS from now on
set_clock() {
	echo "$1" >"$CLOCK_OFF.new"
	mv "$CLOCK_OFF.new" "$CLOCK_OFF"
}

# pubport by that clock
pubport() {
	on host "${CLOCK[@]}" "$PUBPORT" "$@"
}

# for how many seconds the kernel keeps port PORT, or nothing
left() {
	on host nft -j list map inet pubport any4 | jq --argjson port "$1" '
		.nftables[] | .map?.elem? // [] | .[] | .[0].elem |
		select(.val.concat[1] == $port) | .expires'
}

is_left() {
	[ "$(left "$1")" ]
}

# lasts PORT FROM TO: the kernel keeps it for so many seconds
lasts() {
	local seconds
	eventually is_left "$1"
	seconds=$(left "$1")
	((seconds >= $2 && seconds <= $3)) || fail "$1 lasts $seconds s"
}

# a machine without a battery for its clock boots long ago
@test "what was saved lasts no longer when the clock is behind" {
	local off
	pubport add --ttl 1h --to 172.17.0.2 8080:80
	pubport save "$BATS_TEST_TMPDIR/saved"
	for off in -86400 -1700000000; do
		set_clock 0
		pubport flush
		set_clock $off
		pubport apply "$BATS_TEST_TMPDIR/saved"
		lasts 8080 3500 3600
		pubport flush
		cp "$BATS_TEST_TMPDIR/saved" "$STATE"
		keep "${CLOCK[@]}"
		lasts 8080 3500 3600
		kill_keep
	done
}

@test "a keeper goes by the time that passed, however the clock is set" {
	local off
	keep "${CLOCK[@]}"
	for off in 86400 -86400 0; do
		pubport add --ttl 20m --to 172.17.0.2 8080:80
		pubport add --to 172.17.0.2 8081:80
		eventually is_recorded "0.0.0.0 8080 tcp -> 172.17.0.2 80
0.0.0.0 8081 tcp -> 172.17.0.2 80"
		set_clock $off
		flush_ruleset
		lasts 8080 1100 1200
		contains "status of 8081" 'Up Less than' "$(age 8081)$(age 8081 |
			sed -n 's/^Up [0-9]* second.*/Up Less than/p')"
		pubport rm --all
		eventually is_recorded ''
	done
}

age() {
	pubport ls --filter "publish=$1" --format '{{.Status}}'
}

@test "what a mapping says of its age survives that the clock is set" {
	local off created
	pubport add --ttl 20m --to 172.17.0.2 8080:80
	for off in 0 86400 -86400 100000000; do
		set_clock $off
		created=$(pubport ls --json | jq -r '.[0].created | fromdate')
		created=$(($(date +%s) + off - created))
		((created >= -3 && created < 60)) || fail "$created s old"
		contains "status" 'minutes left' "$(age 8080)"
	done
}

@test "what ended while the clock was behind is settled" {
	forward 0
	pubport add --ttl 2s --to 172.17.0.2 0.0.0.0:8080:80
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	sleep 3
	set_clock -86400
	pubport ls >/dev/null
	answers cut
	! has_table || fail "the table is still there"
	same "what is on" '' "$(what_is_on)"
}

@test "a process is followed after the clock was set" {
	local off pid=${servers[0]} number=3
	pubport add --to "pid:$pid" 0.0.0.0:8080:80
	keep "${CLOCK[@]}"
	for off in -86400 86400; do
		set_clock $off
		configure web <<-END
			address del 172.17.0.$((number - 1))/16 dev eth0
			address add 172.17.0.$number/16 dev eth0
		END
		records "0.0.0.0 8080 tcp -> 172.17.0.$number 80"
		((++number))
	done
}
