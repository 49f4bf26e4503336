#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport watch tells each change as it happens, once, and who did it.
load ../lib/lab
load ../lib/expect

setup() {
	add_host
	configure host <<-END
		address add 192.168.33.2/24 dev docker0
	END
	TOLD=$BATS_TEST_TMPDIR/told
}

teardown() {
	if [ -n "${WATCH-}" ]; then
		kill -KILL "$WATCH"
		wait "$WATCH" 2>/dev/null || :
	fi
	clear_away
}

# a port comes and goes, and it is told
is_watched() {
	pubport add -q --to 172.17.0.2 9999:9999 >/dev/null
	pubport rm -q 9999 >/dev/null
	grep -q 9999 "$TOLD"
}

# watch ARG...: in the background, from now on
watch() {
	nsenter --net=/run/machines/host -- "$PUBPORT" watch "$@" \
		>>"$TOLD" 2>"$TOLD.errors" 3>&- &
	WATCH=$!
	eventually is_watched
}

# lines that were told, without numbers of processes; what valgrind runs has
# another name
told() {
	grep -v 9999 "$TOLD" |
		sed 's/ (pid [1-9][0-9]*)//; s/memcheck-[a-z0-9]*-/pubport/'
}

is_told() {
	[ "$(told)" = "$1" ]
}

has_told() {
	(($(told | wc -l) >= $1))
}

# tells EXPECTED: and forgets it
tells() {
	eventually is_told "$1" ||
		same "what is told" "$1" "$(told)"
	: >"$TOLD"
}

# nothing was told so far: what comes next comes first
tells_nothing() {
	pubport add -q --to 172.17.0.2 9998:80 >/dev/null
	tells 'added 0.0.0.0:9998 -> 172.17.0.2:80/tcp, by pubport'
	pubport rm 9998 >/dev/null
	tells 'removed 0.0.0.0:9998 -> 172.17.0.2:80/tcp, by pubport'
}

# ended HOW: with status 0, and without an error
ended() {
	local status=0
	wait "$WATCH" || status=$?
	WATCH=
	same "status after $1" 0 "$status"
	same "errors" "" "$(cat "$TOLD.errors")"
}

# -------------------------------------------------------------- changes --

@test "what is added and removed is told, in order" {
	watch
	pubport add --to 172.17.0.2 --to fd17::2 8080:80 8000-8010:9000-9010/udp
	tells 'added 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport
added [::]:8080 -> [fd17::2]:80/tcp, by pubport
added 0.0.0.0:8000-8010 -> 172.17.0.2:9000-9010/udp, by pubport
added [::]:8000-8010 -> [fd17::2]:9000-9010/udp, by pubport'
	pubport rm 8000-8010/udp
	tells 'removed 0.0.0.0:8000-8010 -> 172.17.0.2:9000-9010/udp, by pubport
removed [::]:8000-8010 -> [fd17::2]:9000-9010/udp, by pubport'
	pubport flush
	tells 'removed 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport
removed [::]:8080 -> [fd17::2]:80/tcp, by pubport'
}

@test "what is replaced is told as one change" {
	watch
	pubport add --to 172.17.0.2 8080:80
	tells 'added 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport'
	pubport add --replace --to 172.17.0.3 8080:81
	tells 'replaced 0.0.0.0:8080 -> 172.17.0.3:81/tcp, was 172.17.0.2:80/tcp, by pubport'
}

@test "what ends by itself is told when it does" {
	pubport add --ttl 2s --to 172.17.0.2 8079:80
	watch
	pubport add --ttl 1s --to 172.17.0.2 8080:80
	tells 'added 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport
expired 0.0.0.0:8080 -> 172.17.0.2:80/tcp'
	tells 'expired 0.0.0.0:8079 -> 172.17.0.2:80/tcp'
	# removed before, it does not end once more
	pubport add --ttl 1s --to 172.17.0.2 8080:80
	pubport rm 8080
	tells 'added 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport
removed 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport'
	sleep 1.2
	tells_nothing
}

@test "a key that ended and is added again at once is told as both" {
	watch
	pubport add --ttl 1s --to 172.17.0.2 8080:80
	until pubport add --to 172.17.0.3 8080:80 2>/dev/null; do :; done
	tells 'added 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport
expired 0.0.0.0:8080 -> 172.17.0.2:80/tcp
added 0.0.0.0:8080 -> 172.17.0.3:80/tcp, by pubport'
}

@test "a table that somebody else deletes is lost, and restored" {
	pubport add --to 172.17.0.2 8080:80 192.168.33.2:53:53/udp
	watch
	flush_ruleset
	tells 'table lost, by nft
removed 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by nft
removed 192.168.33.2:53 -> 172.17.0.2:53/udp, by nft'
	pubport add --to 172.17.0.2 8080:80
	tells 'table restored, by pubport
added 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport'
	pubport rm --all
	tells 'removed 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport'
	pubport add --to 172.17.0.2 8080:80
	tells 'added 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by pubport'
}

@test "what somebody else does to the table is told, with his name" {
	pubport add --to 172.17.0.2 8080:80 8081:81
	watch
	on host nft delete element inet pubport any4 '{ tcp . 8080 }'
	tells 'removed 0.0.0.0:8080 -> 172.17.0.2:80/tcp, by nft'
	on host nft add element inet pubport any4 \
		'{ tcp . 8082 : 172.17.0.3 . 82 }'
	tells 'added 0.0.0.0:8082 -> 172.17.0.3:82/tcp, by nft'
	pubport rm 8081
	tells 'removed 0.0.0.0:8081 -> 172.17.0.2:81/tcp, by pubport'
	on host nft flush map inet pubport any4
	tells 'removed 0.0.0.0:8082 -> 172.17.0.3:82/tcp, by nft'
}

@test "what is not a mapping of ours is passed over" {
	pubport add --to 172.17.0.2 8080:80
	watch
	on host nft -f - <<-'END'
		add table ip pubport
		add map ip pubport any4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
		add element ip pubport any4 { tcp . 81 : 10.0.0.1 . 80 }
		add table inet other
		add map inet other any4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
		add element inet other any4 { tcp . 81 : 10.0.0.1 . 80 }
		add element inet pubport any4 { icmp . 81 : 10.0.0.1 . 80 }
		add element inet pubport any4 { tcp . 0 : 10.0.0.1 . 80 }
		delete table inet other
		delete table ip pubport
	END
	tells_nothing
}

# ----------------------------------------------------------------- forms --

@test "-q tells keys" {
	watch -q
	pubport add --to 172.17.0.2 8080:80
	pubport add --replace --to 172.17.0.3 8080:80
	pubport rm 8080
	tells 'added 0.0.0.0:8080/tcp
replaced 0.0.0.0:8080/tcp
removed 0.0.0.0:8080/tcp'
}

@test "--json tells objects, one a line" {
	watch --json
	pubport add --to 172.17.0.2 --name web --from 10.0.0.0/8 8080:80
	pubport add --replace --to 172.17.0.3 8080:80
	flush_ruleset
	eventually has_told 4
	while read -r line; do
		conforms event <<<"$line"
	done <"$TOLD"
	same "events" '["added","10.0.0.0/8","172.17.0.2",null,"pubport",true]
["replaced",null,"172.17.0.3","172.17.0.2","pubport",true]
["table lost",null,null,null,"nft",true]
["removed",null,"172.17.0.3",null,"nft",true]' \
		"$(told | jq -c '[.event, .mapping.from[0], .mapping.target_ip,
			.before.target_ip, .process, .pid > 0]')"
	same "mapping" '"web"' \
		"$(told | head -n 1 | jq -c .mapping.name)"
}

@test "all networks of a mapping are told" {
	local networks
	networks=$(printf '10.%s.0.0/16,' {1..120})
	watch --json
	pubport add --to 172.17.0.2 --from "${networks%,}" 8080:80
	pubport rm 8080
	eventually has_told 2
	same "networks" '["added",120,"10.1.0.0/16","10.120.0.0/16"]
["removed",120,"10.1.0.0/16","10.120.0.0/16"]' \
		"$(told | jq -c '[.event, (.mapping.from | length),
			.mapping.from[0], .mapping.from[119]]')"
}

# ------------------------------------------------------------------ much --

# what was told, taken together, is what there is
is_up_to_date() {
	"$TOOLS/replay.py" "$TOLD" >"$TOLD.keys" 2>"$TOLD.sum" &&
		pubport ls -q >"$TOLD.now" &&
		cmp -s "$TOLD.keys" "$TOLD.now"
}

@test "ten thousand changes and more a second are all told" {
	pubport add -q --to 172.17.0.2 80:80
	pubport rm 80
	watch --json
	pubport add -q --to 172.17.0.2 65000:80
	local rate
	rate=$(on host "$TOOLS/churn.py" 30500)
	eventually is_up_to_date
	echo "# $rate changes a second, $(<"$TOLD.sum")" >&3
	same "keys" 501 "$(wc -l <"$TOLD.now")"
}

@test "fifty thousand at once are told" {
	watch --json
	pubport add -q --to 172.17.0.2 $(seq -f '%g:80' 10000 59999) >/dev/null
	eventually is_up_to_date
	same "keys" 50000 "$(wc -l <"$TOLD.now")"
	# a guest has less room for what the kernel tells
	is_guest || is_under_valgrind || same "by whom" '["pubport"]' \
		"$(tail -n 50000 "$TOLD" | jq -sc 'map(.process) | unique')"
	flush_ruleset
	eventually is_up_to_date
	same "keys" 0 "$(wc -l <"$TOLD.now")"
}

@test "what the kernel had no room to tell is made good" {
	watch --json
	pubport add -q --to 172.17.0.2 65000:80
	kill -STOP "$WATCH"
	on host "$TOOLS/churn.py" 50300 >/dev/null
	kill -CONT "$WATCH"
	eventually is_up_to_date
	same "keys" 301 "$(wc -l <"$TOLD.now")"
	[[ $(<"$TOLD.sum") != *' 0 by nobody known' ]] ||
		fail "nothing was lost: $(<"$TOLD.sum")"
	# and it goes on as before
	pubport rm 65000
	eventually is_up_to_date
	# a table that was lost meanwhile
	kill -STOP "$WATCH"
	on host "$TOOLS/churn.py" 50300 >/dev/null
	flush_ruleset
	kill -CONT "$WATCH"
	eventually is_up_to_date
	same "the loss" '["table lost",null]' \
		"$(jq -c 'select(.event == "table lost") | [.event, .process]' \
			"$TOLD")"
}

# ------------------------------------------------------------------- end --

@test "it ends with status 0 when it is told to" {
	! is_under_valgrind || skip 'it ends where it is'
	local signal
	for signal in INT TERM; do
		watch
		kill -s "$signal" "$WATCH"
		ended "SIG$signal"
		: >"$TOLD"
	done
}

@test "it ends with status 0 when nobody reads any more" {
	! is_under_valgrind || skip 'it ends where it is'
	mkfifo "$TOLD.pipe"
	nsenter --net=/run/machines/host -- "$PUBPORT" watch \
		>"$TOLD.pipe" 2>"$TOLD.errors" 3>&- &
	WATCH=$!
	head -n 1 "$TOLD.pipe" >"$TOLD" 3>&- &
	local head=$!
	eventually is_watched
	wait "$head"
	# without any further change
	ended "the pipe was closed"
	same "lines" 1 "$(wc -l <"$TOLD")"
}

@test "a signal ends it also when nobody reads a pipe that is full" {
	! is_under_valgrind || skip 'it ends where it is'
	mkfifo "$TOLD.pipe"
	exec 4<>"$TOLD.pipe"
	nsenter --net=/run/machines/host -- "$PUBPORT" watch --json \
		>"$TOLD.pipe" 2>"$TOLD.errors" 3>&- 4<&- &
	WATCH=$!
	pubport add -q --to 172.17.0.2 80:80
	sleep 0.3
	on host "$TOOLS/churn.py" 1500 >/dev/null
	sleep 0.3
	kill "$WATCH"
	ended "the pipe was full"
	exec 4<&-
}

@test "without the right to, it says so" {
	run --separate-stderr without_rights watch
	same "status" 5 "$status"
	is_one_error "$stderr" 'not permitted'
}

@test "it takes no operands" {
	rejects 2 'one operand too many' watch 8080
}
