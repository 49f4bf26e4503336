#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands that are killed at random moments, one after another, on a host with
# mappings of all kinds: each was done or not begun, what is there works, the
# next command does as well, and in the end nothing is left behind.
#
# PUBPORT_ROUNDS is how many of each command are killed; PUBPORT_SEED makes the
# same choices again, as far as time allows.
load ../lib/lab
load ../lib/expect
load ../lib/crash

ROUNDS=${PUBPORT_ROUNDS:-12}
SEED=${PUBPORT_SEED:-$RANDOM}

# what may be there, each with one of two targets
KINDS=(
	'--to 172.17.0.T --to fd17::T 8080:80 8000-8010:9000-9010'
	'--to 172.17.0.T 192.168.33.2:53:80/udp 192.168.33.2:60-69:70-79/udp'
	'--to 172.17.0.T --to fd17::T --from 192.168.33.0/24,fd33::/64
		8081:80 9000-9010:9000-9010'
	'--to 172.17.0.T --shield 8082:80'
	'--to fd17::T --ttl 240h 8083:80 [fd33::2]:8083:8000'
	'--to host 8084:8T 7000-7001:8T0-8T1'
	'--to 172.17.0.T --no-loopback 8085:80'
	'--to 172.17.0.T --masquerade 8086:80 7100-7101:8000-8001'
	'--to 172.17.0.T --symmetric --helper sip 5060:5060'
)
NOTHING=000000000

setup() {
	lay_crashing
	# else [::1] doesn't work
	! has_bridge_netfilter || bridge_netfilter 0 ip6tables
	SAID=$BATS_TEST_TMPDIR/said
	# the longest time after which a command is killed
	span_us=20000
	# for each kind, its target's number or 0
	world=$NOTHING
	RANDOM=$SEED
	record_kinds
}

teardown() {
	clear_away
}

# -------------------------------------------------------------- the world --

# words of KIND with TARGET, as add takes them
words_of() {
	# shellcheck disable=SC2206 # these are words
	words=(--name "kind$1" ${KINDS[$1]//T/$2})
}

# what add would publish of each kind
record_kinds() {
	local kind target words
	for kind in "${!KINDS[@]}"; do
		for target in 2 3; do
			words_of "$kind" "$target"
			pubport add --dry-run --json "${words[@]}" \
				>"$BATS_TEST_TMPDIR/$kind-$target.json"
			brief <"$BATS_TEST_TMPDIR/$kind-$target.json" \
				>"$BATS_TEST_TMPDIR/$kind-$target.brief"
		done
	done
}

# the files of what is in WORLD, of a sort
files_of() {
	local kind
	files=()
	for kind in "${!KINDS[@]}"; do
		((!${1:kind:1})) ||
			files+=("$BATS_TEST_TMPDIR/$kind-${1:kind:1}.$2")
	done
}

# mappings as JSON, a line each, without what depends on the time
brief() {
	sed -nE '/^\{/ {
		s/,$//
		s/"created":"[^"]*",|"connections":[0-9]+,?//g
		s/("expires":)"[^"]*"/\1"yes"/
		p
	}'
}

look() {
	there=$(pubport ls --json | brief | sort)
}

mappings_of() {
	local files
	files_of "$1" brief
	sort /dev/null "${files[@]}"
}

# whether WORLD is what there is
is_world() {
	[ "$there" = "$(mappings_of "$1")" ]
}

expect_world() {
	look
	same "after pubport $*" "$(mappings_of "$world")" "$there"
}

# the settings of what is there are on
has_settings() {
	local conf=/proc/sys/net/ipv4/conf/docker0
	((!${world:0:1})) || same "route_localnet, forwarding" $'1\n1' \
		"$(on host cat $conf/route_localnet $conf/forwarding)"
}

# what is there works, wherever it leads by now
use() {
	local target
	if ((target = ${world:0:1})); then
		reaches other 192.168.33.2:8080 as 192.168.33.3 at \
			"172.17.0.$target:80"
		reaches host 127.0.0.1:8080 as 172.17.0.1 at \
			"172.17.0.$target:80"
		reaches host '[::1]:8080' as fd17::1 at "[fd17::$target]:80"
	fi
	if ((target = ${world:1:1})); then
		reaches other 192.168.33.2:53/udp as 192.168.33.3 at \
			"172.17.0.$target:80"
	else
		# a flow that will be in the way of a mapping
		on other bash -c 'echo >/dev/udp/192.168.33.2/53'
	fi
}

# --------------------------------------------------------------- commands --
# Each sets the words of a command, and the world after it.

# puts TARGET in the place of the kind
after_it() {
	after=${world:0:kind}$1${world:kind+1}
}

pick_kind() {
	kind=$((RANDOM % ${#KINDS[@]}))
}

choose_add() {
	pick_kind
	local target=$((RANDOM % 2 + 2)) words
	words_of "$kind" "$target"
	# what is there already is taken over
	command=(add -q "${words[@]}")
	((!${world:kind:1})) || command=(add -q --replace "${words[@]}")
	after_it "$target"
}

choose_replace() {
	choose_add
	command=(add -q --replace "${command[@]:2}")
}

choose_rm() {
	pick_kind
	if ((RANDOM % 4 == 0)); then
		command=(rm -q --all)
		after=$NOTHING
	else
		command=(rm -q --ignore-missing --name "kind$kind")
		after_it 0
	fi
}

choose_apply() {
	local files
	after=
	for kind in "${!KINDS[@]}"; do
		after+=$((RANDOM % 2 * (RANDOM % 2 + 2)))
	done
	files_of "$after" json
	echo "[$(sed -n '/^{/ s/,*$/,/p' /dev/null "${files[@]}" |
		sed '$ s/,$//')]" >"$BATS_TEST_TMPDIR/apply"
	command=(apply "$BATS_TEST_TMPDIR/apply")
}

choose_flush() {
	command=(flush)
	after=$NOTHING
}

choose_ls() {
	command=(ls)
	after=$world
}

# does something that works, whatever happened before
do_something() {
	local kind after command
	local choices=(add add replace replace apply apply rm flush ls)
	choose_"${choices[RANDOM % 9]}"
	pubport "${command[@]}" >/dev/null 2>"$SAID" ||
		fail "pubport ${command[*]}: $(<"$SAID")"
	world=$after
	expect_world "${command[@]}"
}

# ------------------------------------------------------------------ kills --

# pubport with these arguments, killed after at most $span_us; whether that was
# before its end
killed() {
	local status=0 after_us=$(((RANDOM << 15 | RANDOM) % span_us + 1))
	on host timeout --foreground --signal KILL \
		"$(printf 0.%06d "$after_us")" "$PUBPORT" "$@" \
		>/dev/null 2>"$SAID" || status=$?
	case $status in
	# so that nearly all are killed, whatever they take
	137) span_us=$((span_us + span_us / 50)) ;;
	# 124: it ended as it was to be killed
	0 | 124) span_us=$((span_us - span_us / 5)) ;;
	*) fail "pubport $*: status $status: $(<"$SAID")" ;;
	esac
	((status == 137))
}

# kills the chosen command: it is done then, or not begun
kill_it() {
	if ! killed "${command[@]}"; then
		world=$after
		expect_world "${command[@]}"
		return
	fi
	((++kills % 100)) || printf '# %d killed\n' "$kills" >&3
	look
	if ! is_world "$world"; then
		is_world "$after" ||
			fail "a half of pubport ${command[*]}: $there"
		world=$after
		((++dones))
	fi
	has_settings
}

# kill_each COMMAND: as often as it is to be killed
kill_each() {
	local kind after command kills=0 dones=0
	printf '# %s: seed %d\n' "$1" "$SEED" >&3
	while ((kills < ROUNDS)); do
		choose_"$1"
		while [ "$after" = "$world" ]; do
			do_something
			choose_"$1"
		done
		kill_it
		((RANDOM % 3)) || use
		do_something
		((RANDOM % 4)) || nothing_stays
	done
	nothing_stays
	printf '# %s: killed %d times, done by then %d times\n' \
		"$1" "$kills" "$dones" >&3
}

nothing_stays() {
	clean_up >/dev/null
	world=$NOTHING
	undone
}

@test "an add that is killed at any moment is done or not begun" {
	kill_each add
}

@test "an rm that is killed at any moment is done or not begun" {
	kill_each rm
}

@test "a replacement that is killed at any moment is done or not begun" {
	kill_each replace
}

@test "an apply that is killed at any moment is done or not begun" {
	kill_each apply
}

@test "a flush that is killed at any moment is done or not begun" {
	kill_each flush
}

@test "a save that is killed at any moment leaves the old file or the new one" {
	local kills=0 left
	printf '# save: seed %d\n' "$SEED" >&3
	cd "$BATS_TEST_TMPDIR" || return
	while ((kills < ROUNDS)); do
		pubport save file
		cp file old
		do_something
		pubport save new
		! killed save file || ((++kills))
		cmp -s file old || cmp -s file new || fail "$(<file)"
	done
	# it has another name for a moment, that of a process
	left=$(find . -name 'file.*' | wc -l)
	printf '# save: killed %d times, files left: %d\n' "$kills" "$left" >&3
	((left <= 1 + kills / 20)) || fail "$left files are left"
}
