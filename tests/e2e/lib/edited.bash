# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A table that somebody edits by hand, and what is expected of it then.

nft() {
	on host nft "$@"
}

# the table's sets, chains and rules, without elements: one a line, sorted; not
# what came with the first rm
bare_table() {
	nft -s -t list table inet pubport |
		sed '1d; $d' |
		awk 'BEGIN { RS = "" } { gsub(/\n/, ";"); print }' |
		grep -v 'set settling[46]' | sort
}

# the handle of the rule of CHAIN that is TEXT
rule() {
	nft -a list chain inet pubport "$1" |
		sed -n "s/^\t*$2 # handle \([0-9]*\)$/\1/p"
}

# a set of the table that is laid anew by hand, otherwise
lays_anew() {
	local kind=$1 name=$2 as=$3
	nft flush table inet pubport
	nft delete map inet pubport "$name"
	nft add "$kind" inet pubport "$name" "{ $as }"
}

# commands that only look do it, whatever the table is like; the doctor last, in
# $output
can_be_looked_at() {
	local look
	for look in ls 'ls --json' 'port 7777' 'stats --no-stream' save; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr pubport $look
		[[ $status == [04] ]] ||
			fail "pubport $look: status $status: $stderr"
	done
	run --separate-stderr pubport doctor
	[[ $status == [01] && ! $stderr ]] ||
		fail "pubport doctor: status $status: $stderr"
}

# all begins anew
starts_afresh() {
	pubport flush
	same "tables" '' "$(nft list tables)"
	pubport add -q --to 172.17.0.3 7777:80
}

# doctor_says WORDS: of the table, at the top
doctor_says() {
	run --separate-stderr pubport doctor
	contains "doctor" "$1" "$output"
}

# stays_foreign WORDS COMMAND...: what a command of nft put into the table is not
# taken away with the last mapping, but by flush
stays_foreign() {
	local words=$1 before
	shift
	nft "$@"
	before=$(bare_table)
	can_be_looked_at
	pubport add -q --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	run --separate-stderr pubport rm 8080 7777
	same "status" 0 "$status"
	contains "what rm says" "table inet pubport stays, for somebody else's $words" \
		"$stderr"
	run --separate-stderr pubport apply - <<<'[]'
	same "status" 0 "$status"
	same "the table" "$before" "$(bare_table)"
	same "mappings" '' "$(pubport ls -q)"
	same "what is on" '' "$(nft list set inet pubport route_localnet |
		grep elements)"
	pubport add -q --to 172.17.0.2 8080:80
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	starts_afresh
}

# is_mended COMMAND...: what commands of nft took out of the table is laid again
# by what is published next, and all is as it was
is_mended() {
	local before command
	before=$(bare_table)
	for command; do
		# shellcheck disable=SC2086 # words
		nft $command
	done
	[[ $(bare_table) != "$before" ]] || fail "nothing is missing: $*"
	can_be_looked_at
	rejects 3 'is published already' add --to 172.17.0.2 8080:80
	pubport add -q --replace --to 172.17.0.2 8080:80
	same "the table after $*" "$before" "$(bare_table)"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches host 127.0.0.1:7777 as 172.17.0.1 at 172.17.0.3:80
}

# refuses_other KIND DEFINITION: a map that was laid anew by hand
refuses_other() {
	pubport add -q --to 172.17.0.2 192.168.33.2:8080:80
	lays_anew "$1" any4 "$2"
	can_be_looked_at
	contains "doctor" "table inet pubport: $1 \"any4\": not as" "$output"
	rejects 1 "$1 \"any4\" is not as pubport lays it" \
		add --replace --to 172.17.0.2 9090:80
	pubport rm 192.168.33.2:8080
	rejects 4 'no such mapping' rm 9090
	nft list table inet pubport | grep -q "$1 any4"
	starts_afresh
}

# tells_of PORT: whoever watches tells that it is published
tells_of() {
	# by another name: what is just so would be left alone, and not told
	pubport add -q --replace --name "$1-$RANDOM" --to 172.17.0.2 "$1:80"
	grep -q "\"host_port\":$1" "$BATS_TEST_TMPDIR/told"
}
