#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Many at once, each with 100 ports: nothing is lost, nothing is there twice, one
# key has one owner.
#
# PUBPORT_ROUNDS is how often the crowd does all it can do at once.
load ../lib/lab
load ../lib/expect

CROWD=64
ROUNDS=${PUBPORT_ROUNDS:-1}
# the hundred ports of one, as keys
HUNDRED=51

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

# publish NUMBER FIRST ARG...: the 100 ports from FIRST on, by one of the crowd
publish() {
	local number=$1 first=$2
	shift 2
	# shellcheck disable=SC2046 # these are words
	pubport add -q --name "n$number" --to "172.17.0.$((number + 1))" "$@" \
		"$first-$((first + 49)):2000-2049" \
		$(seq -f '%.0f:80' $((first + 50)) $((first + 97))) \
		"$((first + 98)):80/udp" "192.168.33.2:$((first + 99)):80"
}

# adds its own hundred
add_hundred() {
	publish "$1" $((1000 + 100 * $1))
}

# how many keys each of the crowd has: COUNT NAME lines
owners() {
	pubport ls --json | jq -r '.[].name' | sort | uniq -c |
		sed 's/^ *//'
}

everyone_has() {
	same "what everyone has" \
		"$(seq -f "$1 n%.0f" "$CROWD" | sort)" "$(owners | sort)"
}

# leads the hundred of the next one elsewhere
take_next() {
	publish "$1" $((1000 + 100 * ($1 % CROWD + 1))) --replace
}

remove_own() {
	pubport rm -q --name "n$1"
}

@test "a crowd adds, replaces and removes, and loses nothing" {
	at_once add_hundred >"$BATS_TEST_TMPDIR/said"
	everyone_has "$HUNDRED"
	same "what they said" "$(sort "$BATS_TEST_TMPDIR/said")" \
		"$(pubport ls -q | sort)"
	same "keys, each once" $((HUNDRED * CROWD)) \
		"$(sort -u "$BATS_TEST_TMPDIR/said" | wc -l)"
	at_once take_next >"$BATS_TEST_TMPDIR/said again"
	everyone_has "$HUNDRED"
	same "keys" "$(sort "$BATS_TEST_TMPDIR/said")" \
		"$(pubport ls -q | sort)"
	at_once remove_own >"$BATS_TEST_TMPDIR/said again"
	same "what was removed" "$(sort "$BATS_TEST_TMPDIR/said")" \
		"$(sort "$BATS_TEST_TMPDIR/said again")"
	! has_table || fail "there is a table: $(pubport ls)"
}

# the kernel resizes maps between transactions
@test "what is listed while maps grow and shrink is all there was at some time" {
	same "other numbers" '' \
		"$(on host "$TOOLS/resize.py" "$PUBPORT" "${PUBPORT_SECONDS:-10}")"
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

# the same ports as everyone else, for clients of its own
take_over() {
	publish "$1" 1000 --replace --from "10.$1.0.0/16"
}

@test "a crowd that replaces the same hundred leaves that of one" {
	at_once take_over >/dev/null
	[[ $(owners) =~ ^$HUNDRED\ n([0-9]+)$ ]] || fail "owners: $(owners)"
	same "keys" "$HUNDRED" "$(pubport ls -q | sort -u | wc -l)"
	same "clients" "10.${BASH_REMATCH[1]}.0.0" "$(on host \
		nft list set inet pubport allowed4 |
		grep -oE '10\.[0-9]+\.0\.0' | sort -u)"
}

come_and_go() {
	local port=$((1000 + $1)) range="$((3000 + 2 * $1))-$((3001 + 2 * $1))"
	pubport add -q --to "172.17.0.$(($1 + 1))" \
		"$port:80" "$range:80-81/udp" &&
		pubport rm -q "$port" "$range/udp"
}

# so that now and then nobody is there
come_and_go_again() {
	local _
	for _ in {1..16}; do
		come_and_go "$1" || return
	done
}

@test "a crowd that comes and goes leaves nothing behind" {
	local before
	before=$(settings)
	forward 0
	at_once come_and_go >/dev/null
	! has_table || fail "there is a table: $(pubport ls)"
	CROWD=4 at_once come_and_go_again >/dev/null
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

# adds its hundred, removes it or leads it elsewhere; or flushes everybody's,
# so that what it had may be gone
do_all() {
	local first=$((1000 + 100 * $1)) status=0
	publish "$1" "$first" >/dev/null
	case $(($1 % 4)) in
	0) pubport flush ;;
	1) pubport rm -q --name "n$1" >/dev/null 2>&1 || status=$? ;;
	*) publish "$1" "$first" --replace >/dev/null ;;
	esac
	((status == 0 || status == 4)) || fail "rm: status $status"
}

@test "a crowd that adds, removes, replaces and flushes leaves whole hundreds" {
	local before
	before=$(settings)
	for _ in $(seq "$ROUNDS"); do
		forward 0
		at_once do_all
		same "parts of a hundred" '' "$(owners | grep -v "^$HUNDRED ")"
		same "keys" "$(pubport ls -q | wc -l)" \
			"$(pubport ls -q | sort -u | wc -l)"
		pubport flush
		! has_table || fail "there is a table"
		forward 0
		same "settings" "$before" "$(settings)"
	done
}
