#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands that are killed, at each of their system calls in turn that changes
# something: what was asked for holds as a whole or not at all, and commands
# after that leave nothing behind.
load ../lib/lab
load ../lib/expect
load ../lib/crash

setup() {
	lay_crashing
	mappings=(--to 172.17.0.2 --to fd17::2
		8080:80 192.168.33.2:53:80/udp 8000-8010:9000-9010)
}

teardown() {
	clear_away
}

# changes ARG...: the system calls by which pubport with these arguments
# changes something or cuts connections, or tells of it, each with its number
# among its like
changes() {
	on host strace -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto,write \
		"$PUBPORT" "$@" >/dev/null 2>&1
	awk '/^sendto/ {
			sendto++
			if (/BATCH_BEGIN|CTNETLINK|RTM_(NEW|DEL)ROUTE|RTM_SETLINK/)
				print "sendto", sendto
		}
		# where others changed interfaces just then, it is done again
		/^write/ && !/ERESTART/ { print "write", ++write }
	' "$BATS_TEST_TMPDIR/calls"
}

# killed_at CALL NUMBER ARG...: pubport with these arguments, killed as it
# begins its NUMBERth CALL
killed_at() {
	local call=$1 number=$2 status=0
	shift 2
	on host strace -o /dev/null -e trace="$call" \
		-e inject="$call:signal=KILL:when=$number" \
		"$PUBPORT" "$@" >/dev/null 2>&1 || status=$?
	same "status when killed at $call $number" 137 "$status"
}

# no flows, but neighbours that are known: it makes a difference of some calls
begin_anew() {
	reaches host 172.17.0.2:80 as 172.17.0.1 at 172.17.0.2:80
	reaches host 172.17.0.3:80 as 172.17.0.1 at 172.17.0.3:80
	reaches host '[fd17::2]:80' as fd17::1 at '[fd17::2]:80'
	on host conntrack -F 2>/dev/null
}

# each_kill PREPARE CHECK ARG...: for each way to kill pubport with these
# arguments in the middle: PREPARE, kill it, CHECK
each_kill() {
	local prepare=$1 check=$2 call number calls
	shift 2
	begin_anew
	"$prepare"
	mapfile -t calls < <(changes "$@")
	((${#calls[@]} >= 6)) || fail "too few changes: ${calls[*]}"
	clean_up
	for call in "${calls[@]}"; do
		number=${call#* } call=${call% *}
		begin_anew
		"$prepare"
		killed_at "$call" "$number" "$@"
		echo "after it was killed at $call $number:"
		"$check"
	done
}

publish_all() {
	pubport add -q "${mappings[@]}"
}

count() {
	pubport ls -q | wc -l
}

# all of them are there and work, or none is
all_work_or_none() {
	case $(count) in
	0) ;;
	5)
		reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
		reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
		;;
	*) fail "$(count) mappings of 5 are there" ;;
	esac
}

# of a command that does all or nothing, and what comes after it
all_or_none() {
	all_work_or_none
	clean_up
	undone
}

@test "an add that is killed is done or not begun, and can be undone" {
	each_kill true all_or_none add "${mappings[@]}"
}

@test "an rm that is killed is done or not begun, and can be ended" {
	each_kill publish_all all_or_none rm --all
}

keys=(8080 192.168.33.2:53/udp 8000-8010)

# also when it finds nothing to do
again_or_none() {
	local status=0
	all_work_or_none
	pubport rm "${keys[@]}" || status=$?
	((status == 0 || status == 4)) || fail "status $status"
	undone
}

@test "an rm that is killed can be done again" {
	each_kill publish_all again_or_none rm "${keys[@]}"
}

@test "a flush that is killed can be ended" {
	each_kill publish_all all_or_none flush
}

publish_one() {
	pubport add -q --to 172.17.0.3 9999:80
	# another interface that forwarding is to be turned on for
	configure host <<<'link set eth5 up'
}

# the other mapping never notices
the_other_works() {
	[[ $(count) == [16] ]] || fail "$(count) mappings of 1 or 6 are there"
	reaches other 192.168.33.2:9999 as 192.168.33.3 at 172.17.0.3:80
	reaches host 127.0.0.1:9999 as 172.17.0.1 at 172.17.0.3:80
	configure host <<<'link set eth5 down'
	clean_up
	undone
}

@test "an add beside another mapping that is killed does not touch it" {
	configure host <<-END
		link add eth5 type veth peer name eth6
		address add 10.5.5.1/24 dev eth5
	END
	remember_settings
	each_kill publish_one the_other_works add "${mappings[@]}"
}

# ------------------------------------------------------------------ flows --

# how many flows are led to the first target
flows() {
	on host conntrack -L 2>/dev/null | grep -c ' src=172.17.0.2 ' || :
}

publish_with_flows() {
	publish_all
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:53/udp as 192.168.33.3 at 172.17.0.2:80
	same "flows" 2 "$(flows)"
}

# by the next command, whatever it is
cut_or_not_removed() {
	case $(count) in
	0) same "flows of nothing" 0 "$(flows)" ;;
	5) same "flows of all" 2 "$(flows)" ;;
	*) fail "$(count) mappings of 5 are there" ;;
	esac
	clean_up
	undone
}

@test "what an rm that is killed removed loses its connections" {
	each_kill publish_with_flows cut_or_not_removed rm --all
	each_kill publish_with_flows cut_or_not_removed rm "${keys[@]}"
}

@test "what a flush that is killed removed loses its connections" {
	each_kill publish_with_flows cut_or_not_removed flush
}

@test "what an apply that is killed removed loses its connections" {
	echo '[]' >"$BATS_TEST_TMPDIR/nothing"
	each_kill publish_with_flows cut_or_not_removed \
		apply "$BATS_TEST_TMPDIR/nothing"
}

# TCP may end in peace
moved_or_not_replaced() {
	case $(pubport port 172.17.0.3 | wc -l) in
	0) same "flows as before" 2 "$(flows)" ;;
	2) same "flows of tcp" 1 "$(flows)" ;;
	*) fail "$(pubport ls)" ;;
	esac
	clean_up
	undone
}

@test "what an add that is killed took the place of loses its udp" {
	each_kill publish_with_flows moved_or_not_replaced \
		add --replace --to 172.17.0.3 8080:80 192.168.33.2:53:80/udp
}

# by a client that sends from the same port again
ask_again() {
	on other "$TOOLS/ask.py" 192.168.33.2:53/udp 6001 2>&1
}

publish_one_after_udp() {
	pubport add -q --to 172.17.0.3 9999:80
	! ask_again || fail "somebody answers"
}

leads_udp_or_not_there() {
	case $(count) in
	1) ;;
	6) ask_again ;;
	*) fail "$(count) mappings of 1 or 6 are there" ;;
	esac
	clean_up
	undone
}

@test "what an add that is killed added has the udp from before" {
	each_kill publish_one_after_udp leads_udp_or_not_there \
		add "${mappings[@]}"
}
