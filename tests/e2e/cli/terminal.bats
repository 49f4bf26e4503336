#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What commands show on a terminal while they work, and what a pipe gets.
load ../lib/lab
load ../lib/expect
load ../lib/programs

setup() {
	lay
	# a container runtime that takes its time
	begin_fakes
	runtime 2.5
}

teardown() {
	end_fakes
	clear_away
}

# a docker that answers after so many seconds
runtime() {
	fake docker <<<"sleep $1; echo 'no daemon' >&2; exit 1"
}

# on_terminal COMMANDS: what a terminal of 80 columns is sent by them, with
# pubport as a command on the host
on_terminal() {
	SHELL=/bin/bash script -qec "
		pubport() { nsenter --net=/run/machines/host -- '$PUBPORT' \"\$@\"; }
		stty cols ${COLUMNS:-80} -onlcr
		$1" /dev/null </dev/null
}

# what is left of it: each line that was cleared is gone
left() {
	sed 's/.*\r\x1b\[K//'
}

# how often a line was cleared
cleared() {
	grep -o $'\r\x1b\\[K' | wc -l
}

# ------------------------------------------------------------- how far it is --

@test "what takes longer than a second shows how far it is, and leaves nothing" {
	local sent
	sent=$(on_terminal 'pubport targets; echo "status $?"')
	contains "sent" $'\r\x1b[Kpubport: looking for targets (1 s)' "$sent"
	contains "sent" $'\r\x1b[Kpubport: looking for targets (2 s)' "$sent"
	same "what is left" "$(pubport targets 2>&1)
status 0" "$(left <<<"$sent")"
}

@test "what takes no second shows nothing" {
	local sent
	runtime 0
	sent=$(on_terminal 'pubport targets; pubport ls')
	same "cleared lines" 0 "$(cleared <<<"$sent")"
	contains "sent" 'LISTENING' "$sent"
}

@test "only a terminal is shown it, and not with -q or --json" {
	local sent err=$BATS_TEST_TMPDIR/err
	sent=$(on_terminal "pubport targets 2>'$err'; pubport -q targets
		pubport --json targets")
	same "cleared lines" 0 "$(cleared <<<"$sent$(<"$err")")"
	# where standard error is one, whatever standard output is
	sent=$(on_terminal "pubport targets >'$err'")
	contains "sent" $'\r\x1b[Kpubport: looking for targets (1 s)' "$sent"
	same "what is left" "" "$(left <<<"$sent" | grep -v '" failed: ')"
	contains "output" LISTENING "$(<"$err")"
}

@test "it is gone before an error, or what else is to be known" {
	local sent
	sent=$(on_terminal 'pubport add --to nobody 8080:80; echo "status $?"')
	contains "sent" $'\r\x1b[Kpubport: planning' "$sent"
	same "what is left" "$(pubport add --to nobody 8080:80 2>&1)
status 4" "$(left <<<"$sent")"
}

@test "a small terminal keeps it on one line" {
	local sent
	sent=$(COLUMNS=20 on_terminal 'pubport targets')
	contains "sent" $'\r\x1b[Kpubport: looking fo\r' "$sent"
}

@test "it tells how much of the table is read" {
	local sent
	pubport add -q --to 172.17.0.2 $(seq -f '%g:80/udp' 5001 65000) >/dev/null
	sent=$(on_terminal 'pubport ls | wc -l')
	# where it takes no second, nothing
	[[ $sent != *$'\r'* ||
	   $sent == *$'\r\x1b[Kpubport: reading the table: '[0-9]*' ('* ]] ||
		fail "sent: $sent"
	same "what is left" 2 "$(left <<<"$sent")"
}

# ----------------------------------------------------------------- the pipe --

# status of pubport ARG... where the reader takes a line and goes
into_closed_pipe() {
	bash -c 'nsenter --net=/run/machines/host -- "$0" "$@" 2>"'"$BATS_TEST_TMPDIR"'/err" |
		head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"' "$PUBPORT" "$@"
}

@test "a reader that goes ends a command quietly, as other commands end" {
	runtime 0
	pubport add -q --to 172.17.0.2 $(seq -f '%g:80/udp' 1001 21000) >/dev/null
	# by SIGPIPE: nothing is said
	same "ls" 141 "$(into_closed_pipe ls -q)"
	same "ls says" "" "$(<"$BATS_TEST_TMPDIR/err")"
	same "ls --json" 141 "$(into_closed_pipe ls --json)"
	same "stats" 0 "$(into_closed_pipe stats)"
	same "stats says" "" "$(grep -v 'not counted' "$BATS_TEST_TMPDIR/err" || :)"
	same "stats --json" 0 "$(into_closed_pipe stats --json)"
	same "help" 0 "$(into_closed_pipe help)"
}

@test "a program that reads gets each object at once" {
	runtime 0
	pubport add --to 172.17.0.2 8080:80
	coproc objects { pubport stats --json 3>&-; }
	local first second
	read -t 5 -r first <&"${objects[0]}"
	read -t 5 -r second <&"${objects[0]}"
	# shellcheck disable=SC2154 # coproc sets it
	kill "$objects_PID"
	wait "$objects_PID" 2>/dev/null || :
	same "ports" '8080 8080' "$(jq -r .host_port <<<"$first") $(jq -r .host_port <<<"$second")"
	coproc objects { pubport watch --json 3>&-; }
	sleep 0.5
	pubport rm 8080
	read -t 5 -r first <&"${objects[0]}"
	kill "$objects_PID"
	wait "$objects_PID" 2>/dev/null || :
	same "event" removed "$(jq -r .event <<<"$first")"
}

# ---------------------------------------------------------- the live table --

# live HOW: how the live table ended, and how it left the terminal: see terminal.py
live() {
	"$TOOLS/terminal.py" "$1" nsenter --net=/run/machines/host -- \
		"$PUBPORT" stats
}

@test "the terminal is as before, however the live table ends" {
	local how
	runtime 0
	pubport add --to 172.17.0.2 --name web 8080:80
	for how in q Q ^C INT TERM QUIT HUP; do
		same "after $how" 'status 0, as before' "$(live "$how")"
	done
}

@test "stopped, it leaves the terminal to others, and shows itself again" {
	runtime 0
	pubport add --to 172.17.0.2 --name web 8080:80
	same "after ^Z" 'stopped, as before, shown again, status 0, as before' \
		"$(live ^Z)"
}

@test "a terminal that changes its size is filled again at once" {
	runtime 0
	pubport add --to 172.17.0.2 --name web 8080:80
	same "after its size changed" 'shown at once, status 0, as before' \
		"$(live resize)"
}

@test "what is in a table cannot command a terminal" {
	local escape=$'\033[31m\233\a\r' sent
	runtime 0
	pubport add --to 172.17.0.2 --name web 8080:80/udp
	on host nft delete element inet pubport any4 '{ udp . 8080 }'
	on host nft -f - <<-END
		add element inet pubport any4 { udp . 8080 comment "x${escape}é" : 172.17.0.2 . 80 }
	END
	sent=$({ sleep 0.7; printf q; sleep 0.3; } | SHELL=/bin/bash script -qec "
		stty rows 10 cols 80 -onlcr
		nsenter --net=/run/machines/host -- '$PUBPORT' stats" /dev/null |
		sed 's/\x1b\[[HJK2]*[HJK]//g')
	contains "sent" '0.0.0.0:8080/udp' "$sent"
	same "escapes" 0 "$(LC_ALL=C grep -c $'[\001-\010\013\014\016-\037\177-\377]' \
		<<<"${sent//$'\r'/}" || :)"
}
