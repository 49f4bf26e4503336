#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ports that come and go, again and again: all is as it was before.
#
# PUBPORT_ROUNDS is how often, in one process; fewer times where each time takes
# longer.
load ../lib/lab
load ../lib/expect

ROUNDS=${PUBPORT_ROUNDS:-400}

setup() {
	lay
	forward 0
	# else there is a notice each time
	! has_bridge_netfilter || bridge_netfilter 0 ip6tables
	remember_settings
}

teardown() {
	clear_away
}

# cycles COUNT: see cycles.c, of which some figures are told; what the C library
# keeps for later is not to be taken for growth
cycles() {
	local status=0
	on host env \
		GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0 \
		"$BUILD/tests/endurance/cycles" "$1" \
		>"$BATS_TEST_TMPDIR/figures" || status=$?
	sed 's/^/# /' "$BATS_TEST_TMPDIR/figures" >&3
	return "$status"
}

# mappings that stay, with all that is of no mapping alone, such as the ports of
# targets
publish_others() {
	pubport add -q --to 172.17.0.2 --to fd17::2 9999:80 9997:53/udp \
		9980-9981:9980-9981 9980-9981:9980-9981/udp
	pubport add -q --to 172.17.0.2 --from 10.0.0.0/8 192.168.33.2:9998:80
	elements=$(elements)
}

# what is in the sets and maps
elements() {
	on host nft -j list table inet pubport | jq -c '.nftables[] |
		.set // .map // empty | select(.elem) | [.name, .elem]' | sort
}

others_stay() {
	same "what is in the table" "$elements" "$(elements)"
	pubport flush
	undone
}

@test "cycles of add and rm in one process leave nothing behind" {
	publish_others
	cycles "$ROUNDS"
	others_stay
}

@test "cycles that lay the table and delete it leave nothing behind" {
	cycles $((ROUNDS / 10))
	same "rules" '' "$(ruleset)"
	same "settings" "$before" "$(settings)"
}

@test "cycles of commands leave nothing behind" {
	publish_others
	for _ in $(seq $((ROUNDS / 20))); do
		pubport add --to 172.17.0.2 --to fd17::2 8080:80
		pubport add --to 172.17.0.2 --from 10.0.0.0/8 --ttl 1h \
			--shield 8081:80 8000-8010:9000-9010/udp
		pubport rm 8080
		pubport rm 8081 8000-8010/udp
	done >/dev/null
	others_stay
}
