# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests expect, as commands that fail the test where it is not so.

bats_require_minimum_version 1.5.0

# fails the test, with WORDS
fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# same WHAT EXPECTED ACTUAL
same() {
	[ "$2" = "$3" ] || {
		printf '%s: expected (-), but found (+):\n' "$1"
		diff -u <(printf '%s\n' "$2") <(printf '%s\n' "$3")
	} >&2
}

# contains WHAT WORDS TEXT
contains() {
	[[ $3 == *"$2"* ]] || fail "$1: no '$2' in: $3"
}

# is_printable TEXT: nothing in it is an order to a terminal
is_printable() {
	[ -z "$(LC_ALL=C tr -d '\n\t\40-\176' <<<"$1")" ] || fail "${1@Q}"
}

# conforms SCHEMA: JSON on standard input, to docs/SCHEMA.schema.json
conforms() {
	/usr/bin/python3 "$TOOLS/conforms.py" "$LAB/../../../docs/$1.schema.json"
}

# ---------------------------------------------------------- connections --

# asks at ENDPOINT, ADDRESS:PORT[/PROTOCOL], who the server sees
ask() {
	local machine=$1 endpoint=$2
	on "$machine" "$TOOLS/ask.py" "$endpoint"
}

# reaches MACHINE ENDPOINT as CLIENT [at TARGET]
reaches() {
	local answer
	answer=$(ask "$1" "$2") || fail "$1 does not reach $2: status $?"
	same "who $1 is through $2" "$4 at ${6-${answer##* }}" "$answer"
}

# refused MACHINE ENDPOINT: by a reset or its like, at once
refused() {
	local status=0
	ask "$1" "$2" >/dev/null 2>&1 || status=$?
	same "$1 at $2, status" 7 "$status"
}

# converse ENDPOINT...: opens a flow to each, from the other machine
converse() {
	coproc talk { on other "$TOOLS/talk.py" "$@" 3>&- 2>/dev/null; }
}

# answers WORD...: what is answered through each flow now
answers() {
	local words
	echo >&"${talk[1]}"
	read -t 10 -r words <&"${talk[0]}"
	same "answers" "$*" "$words"
}

# ------------------------------------------------------------- in a while --

# eventually COMMAND...: within ten seconds it succeeds
eventually() {
	local _
	for _ in {1..100}; do
		! "$@" || return 0
		sleep 0.1
	done
	fail "not even now: $*"
}

# ---------------------------------------------------- the command's words --

# prints EXPECTED ARG...: pubport with these arguments, on standard output
prints() {
	local expected=$1
	shift
	run --separate-stderr pubport "$@"
	same "status of pubport $* ($stderr)" 0 "$status"
	same "output of pubport $*" "$expected" "$output"
}

# rejects STATUS WORDS ARG...: pubport with these arguments says WORDS, in one
# line with at most a hint after it, and changes nothing
rejects() {
	local wanted=$1 words=$2 before
	shift 2
	before=$(ruleset)
	run --separate-stderr pubport "$@"
	same "status of pubport $* ($stderr)" "$wanted" "$status"
	is_one_error "$stderr" "$words"
	same "output of pubport $*" "" "$output"
	same "rules after pubport $*" "$before" "$(ruleset)"
}

# is_one_error TEXT WORDS: "pubport: WHAT: WHY" with WORDS in it, then at most
# one "hint:" line
is_one_error() {
	local error hint more
	{ read -r error && read -r hint; read -r more; } <<<"$1" || :
	[[ $error == 'pubport: '*?': '?* ]] || fail "not an error line: $error"
	contains "error" "$2" "$error"
	[[ $hint == '' || $hint == 'hint: '?* ]] || fail "not a hint: $hint"
	same "after the hint" "" "$more"
}

# ------------------------------------------------------ the host's state --

# the host's rules as bytes, without numbers that only count
ruleset() {
	on host nft -s list ruleset
}

# rules that are not pubport's
foreign_rules() {
	on host nft list tables | grep -v ' inet pubport$' |
		while read -r table; do
			on host nft list "$table"
		done
}

has_table() {
	on host nft list tables | grep -q ' inet pubport$'
}

# what a mapping may change on the host besides the table
settings() {
	on host grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf \
		/proc/sys/net/ipv4/ip_forward \
		/proc/sys/net/ipv4/ip_local_reserved_ports || :
	on host ip -4 route show table all
	on host ip -6 route show table all
	on host ip -4 rule
	on host bridge -d link
}

# the settings that undone() expects
remember_settings() {
	before=$(settings)
}

# pubport left nothing behind
undone() {
	same "settings" "$before" "$(settings)"
	! has_table || fail "the table is still there"
}

# the settings that are on for single interfaces: files of /proc/sys/net, routes
what_is_on() {
	on host sh -c 'cd /proc/sys/net && grep -l 1 ipv4/conf/*/forwarding \
		ipv4/conf/*/route_localnet ipv6/conf/*/force_forwarding' || :
	on host ip -6 route show table local protocol 112
}

# --------------------------------------------------------- where it runs --

# whether the pubport under test is tests/valgrind/pubport
is_under_valgrind() {
	[ -n "${PROGRAM-}" ]
}

# whether root is somebody else outside of this user namespace
is_guest() {
	local users
	read -r _ _ users </proc/self/uid_map
	[ "$users" -ne 4294967295 ]
}

# whether meson lets us: it keeps a log of that
may_install() {
	[ -w "$BUILD/meson-logs" ]
}

# the command under test on the host, as root without any capability
without_rights() {
	on host setpriv --bounding-set=-all --inh-caps=-all -- "$PUBPORT" "$@"
}
