#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Whoever rules a namespace that pubport looks into, or that sends to those who
# listen, is not believed, and nobody has to wait for him.
load ../lib/lab
load ../lib/expect
load ../lib/keep

setup() {
	begin
	bridge_netfilter_off
	forger=
}

teardown() {
	[ -z "$forger" ] || kill "$forger"
	finish
}

# forge MACHINE WHAT...: see ../tools/forge_netlink.py
forge() {
	local machine=$1
	shift
	on "$machine" "$TOOLS/forge_netlink.py" "$@" \
		>"$BATS_TEST_TMPDIR/forged" 3>&- &
	forger=$!
	eventually grep -q sent "$BATS_TEST_TMPDIR/forged"
}

# slowly ARG...: pubport, which gives others time before each question
slowly() {
	on host timeout 20 strace -qq -f -o /dev/null \
		-e inject=sendto:delay_enter=10000 "$PUBPORT" "$@"
}

@test "what another process answers in a container's namespace is not believed" {
	local _
	forge web answers 172.17.0.66
	for _ in {1..5}; do
		same "planned" '172.17.0.2
fd17::2' "$(slowly add --dry-run --json --to netns:web 8080:80 |
			jq -r '.[].target_ip')"
	done
	contains "targets" 'netns:web 172.17.0.2, fd17::2 docker0 - server.py 172.17.0.2:80/tcp' \
		"$(slowly targets | tr -s ' ')"
	slowly add --to netns:web 8080:80 >/dev/null
	slowly doctor >"$BATS_TEST_TMPDIR/findings" ||
		fail "$(cat "$BATS_TEST_TMPDIR/findings")"
}

@test "events that another process sends are not believed" {
	pubport add --to 172.17.0.2 0.0.0.0:8080:80
	on host "$PUBPORT" watch >"$BATS_TEST_TMPDIR/seen" 3>&- &
	watch=$!
	keep
	forge host events
	sleep 0.5
	pubport rm 8080
	eventually grep -q removed "$BATS_TEST_TMPDIR/seen"
	kill "$watch"
	same "events" 1 "$(wc -l <"$BATS_TEST_TMPDIR/seen")"
	same "said" '' "$(cat "$SAID")"
	end_keep TERM
}

# gives web COUNT bridges with 1000 addresses each
fill_web() {
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++) {
			print "link add fill" i " type bridge"
			print "link set fill" i " up"
			for (k = 0; k < 1000; k++)
				print "address add 10." i "." int(k / 256) "." k % 256 "/16 dev fill" i
		}
	}' | configure web
}

@test "many addresses of a namespace are not all looked up" {
	fill_web 10
	on host strace -qq -f -o "$BATS_TEST_TMPDIR/trace" -e trace=sendto \
		"$PUBPORT" add --dry-run --to netns:web 8080:80 >/dev/null
	((sent = $(wc -l <"$BATS_TEST_TMPDIR/trace")))
	((sent < 1500)) || fail "$sent questions"
}

@test "a namespace with too many addresses is passed over" {
	add_neighbour
	fill_web 17
	rejects 1 'target "netns:web": too much is in this namespace' \
		add --to netns:web 8080:80
	same "targets" 'netns:neighbour' "$(pubport targets |
		awk 'NR > 1 { print $1 }')"
}
