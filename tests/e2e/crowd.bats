#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Many at once: nothing is lost, nothing is there twice, one key has one owner.
load lab
load expect

CROWD=64

setup() {
	add_host
	configure host <<-END
		address add 192.168.33.2/24 dev docker0
	END
}

teardown() {
	clear_away
}

# each of the crowd does COMMAND... with its number, all at once; prints what
# they say, and fails if one of them does
at_once() {
	local number pids=() pid failed=0
	for number in $(seq "$CROWD"); do
		"$@" "$number" &
		pids+=("$!")
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=1
	done
	return "$failed"
}

add_ten() {
	pubport add -q --to "172.17.0.$(($1 + 1))" \
		$((1000 + 10 * $1))-$((1004 + 10 * $1)):2000-2004 \
		$((1005 + 10 * $1)):80{,/udp} \
		"192.168.33.2:$((1000 + $1)):80"
}

@test "a crowd adds to no table, and everything is there once" {
	at_once add_ten >"$BATS_TEST_TMPDIR/said"
	same "mappings" $((4 * CROWD)) "$(pubport ls -q | sort -u | wc -l)"
	same "what they said" "$(sort "$BATS_TEST_TMPDIR/said")" \
		"$(pubport ls -q | sort)"
}

# everyone wants the same key, and says who got it
contend() {
	local status=0
	pubport add -q --to "172.17.0.$(($1 + 1))" --name "n$1" 8080:80 \
		>/dev/null 2>&1 || status=$?
	echo "$status"
}

@test "of a crowd that wants one key, one gets it and the rest conflict" {
	run at_once contend
	same "statuses" "0 3" "$(sort -u <<<"$output" | xargs)"
	same "winners" 1 "$(grep -cx 0 <<<"$output")"
	same "mappings" 1 "$(pubport ls -q | wc -l)"
}

take_over() {
	pubport add -q --replace --to "172.17.0.$(($1 + 1))" 8080:80
}

@test "a crowd that replaces one key leaves one mapping" {
	pubport add --to 172.17.0.2 8080:80
	at_once take_over
	prints '0.0.0.0:8080/tcp' ls -q
}

come_and_go() {
	add_ten "$1" >/dev/null &&
		pubport rm "$((1005 + 10 * $1))" "$((1005 + 10 * $1))/udp" \
			"192.168.33.2:$((1000 + $1))" \
			"$((1000 + 10 * $1))-$((1004 + 10 * $1))" >/dev/null
}

@test "a crowd that comes and goes leaves nothing behind" {
	local before
	before=$(settings)
	forward 0
	at_once come_and_go
	! has_table || fail "there is a table: $(pubport ls)"
	forward 0
	same "settings" "$before" "$(settings)"
}

limit_and_shield() {
	pubport add -q --to "172.17.0.$(($1 % 8 + 2))" --shield \
		--from "10.0.0.0/$(($1 % 24 + 8)),192.168.33.0/24" \
		$((1000 + $1)):80 "$((3000 + 2 * $1))-$((3001 + 2 * $1)):90-91"
}

@test "a crowd lays what is laid on demand once" {
	at_once limit_and_shield >/dev/null
	same "mappings" $((2 * CROWD)) "$(pubport ls -q | wc -l)"
	same "shields" 8 "$(on host nft -j list set inet pubport shielded4 |
		jq '.nftables[].set.elem? // empty | length')"
	same "masks" 24 "$(on host nft -j list set inet pubport masks4 |
		jq '.nftables[].set.elem? // empty | length')"
	pubport rm --all >/dev/null
	! has_table || fail "there is a table"
}

flush_or_add() {
	if (($1 % 4)); then
		add_ten "$1" >/dev/null
	else
		pubport flush
	fi
}

@test "a crowd that adds and flushes leaves whole additions only" {
	at_once flush_or_add
	local number
	for number in $(seq "$CROWD"); do
		case $(pubport ls -q | grep -cE \
			"^0\.0\.0\.0:($((1000 + 10 * number))-|$((1005 + 10 * number))/)|\.2:$((1000 + number))/") in
		0 | 4) ;;
		*) fail "a part of addition $number: $(pubport ls -q)" ;;
		esac
	done
	pubport flush
	! has_table || fail "there is a table"
}
