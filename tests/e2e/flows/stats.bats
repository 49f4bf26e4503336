#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport stats tells what the connections of mappings do.
load ../lib/lab
load ../lib/expect

setup() {
	lay
	counting 0
}

teardown() {
	clear_away
}

# whether the kernel counts packets and bytes
counting() {
	on host sysctl -q -w net.netfilter.nf_conntrack_acct="$1"
}

# converse_on ENDPOINT...: opens a flow to each, and asks through it
converse_on() {
	converse "$@"
	ask_on
}

# asks once more through each flow
ask_on() {
	local words
	echo >&"${talk[1]}"
	read -t 10 -r words <&"${talk[0]}"
	[[ $words == *.2:* || $words == *fd17::2* ]] || fail "answers: $words"
}

hang_up() {
	# shellcheck disable=SC2154 # coproc sets it
	kill "$talk_PID"
	wait "$talk_PID" 2>/dev/null || :
}

# stats EXPRESSION: of each mapping, what jq makes of it
stats() {
	pubport stats --no-stream --json | jq -c ".[] | $1"
}

now() {
	stats '[.host_ip, .host_port, .protocol, .connections_now, .connections]'
}

# ------------------------------------------------------------ what counts --

@test "connections that are open are counted, and all so far" {
	pubport add --to 172.17.0.2 --to fd17::2 8080:80 8080:80/udp
	ask other 192.168.33.2:8080
	converse_on 192.168.33.2:8080 192.168.33.2:8080 192.168.33.2:8080/udp \
		'[fd33::2]:8080'
	same "counts" '["0.0.0.0",8080,"tcp",2,3]
["0.0.0.0",8080,"udp",1,1]
["::",8080,"tcp",1,1]
["::",8080,"udp",0,0]' "$(now)"
	hang_up
	same "counts of tcp" '[0,3]
[0,1]' "$(stats 'select(.protocol == "tcp") | [.connections_now, .connections]')"
}

@test "a flow counts for the mapping that led it" {
	pubport add --to 172.17.0.2 192.168.33.2:8080:80 8080:8000 \
		8001-8003:8001-8003 8005-8007:9005-9007 192.168.33.2:8002:80
	serve host 0.0.0.0 8022
	pubport add --to host 192.168.33.2:8090:8022
	converse_on 192.168.33.2:8080 172.17.0.1:8080 192.168.33.2:8001 \
		192.168.33.2:8002 192.168.33.2:8003 192.168.33.2:8006 \
		192.168.33.2:8007 192.168.33.2:8090
	same "counts" '["0.0.0.0",8001,"tcp",2,2]
["0.0.0.0",8005,"tcp",2,2]
["0.0.0.0",8080,"tcp",1,1]
["192.168.33.2",8002,"tcp",1,1]
["192.168.33.2",8080,"tcp",1,1]
["192.168.33.2",8090,"tcp",1,1]' "$(now)"
	hang_up
}

@test "flows that somebody else led, or nobody, do not count" {
	pubport add --to 172.17.0.2 192.168.33.2:8080:80/udp
	on host nft -f - <<-END
		table ip other {
			chain prerouting {
				type nat hook prerouting priority -150
				udp dport 8080 dnat to 172.17.0.2:8000
			}
		}
	END
	converse_on 192.168.33.2:8080/udp 172.17.0.2:80/udp
	same "counts" '["192.168.33.2",8080,"udp",0,0]' "$(now)"
	hang_up
}

@test "packets and bytes are counted where the kernel does" {
	counting 1
	pubport add --to 172.17.0.2 8080:80/udp
	converse_on 192.168.33.2:8080/udp
	ask_on
	ask_on
	# an IPv4 header, one of udp, and "who?" with its newline
	same "in" '[3,99]' "$(stats '[.packets_in, .bytes_in]')"
	same "out" '3' "$(stats .packets_out)"
	[ "$(stats .bytes_out)" -gt 99 ] || fail "bytes: $(stats .bytes_out)"
	hang_up
	prints "NAME         KEY                NOW       CONNECTIONS   PACKETS IN / OUT   BYTES IN / OUT
172.17.0.2   0.0.0.0:8080/udp   1         1             3 / 3              99B / $(stats .bytes_out)B" \
		stats --no-stream
	same "notices" "" "$stderr"
}

@test "where the kernel does not count, it says so" {
	pubport add --to 172.17.0.2 --name web 8080:80
	prints 'NAME      KEY                NOW       CONNECTIONS   PACKETS IN / OUT   BYTES IN / OUT
web       0.0.0.0:8080/tcp   0         0             -                  -' \
		stats --no-stream
	same "notice" 'pubport: packets and bytes are not counted: pubport stats --bytes counts them' \
		"$stderr"
	same "numbers" '[null,null,null,null]' \
		"$(stats '[.packets_in, .packets_out, .bytes_in, .bytes_out]')"
	run --separate-stderr pubport -q stats --no-stream
	same "notices" "" "$stderr"
}

@test "each connection counts once, and only what may connect" {
	local all='select(.host_ip != "::") | [.host_port, .connections]'
	serve host 192.168.33.2,127.0.0.1 8022,8200-8203 tcp
	pubport add --to 172.17.0.2 8080:80 8001-8003:8004-8006
	pubport add --to host 8090:8022 8100-8103:8200-8203
	pubport add --to 172.17.0.2 --from 10.0.0.0/8 8081:80
	pubport add --to 172.17.0.2 --no-loopback 8082:80
	# fifty at once
	on other bash -c 'for i in {1..50}; do
		exec {fd}<>/dev/tcp/192.168.33.2/8080
	done'
	ask host 127.0.0.1:8080
	ask other 192.168.33.2:8002
	# what the host sends to itself passes two hooks
	ask host 127.0.0.1:8090
	ask other 192.168.33.2:8102
	# these are no connections
	refused other 192.168.33.2:8081
	refused host 127.0.0.1:8082
	refused other 192.168.33.2:8103/udp
	same "connections" '[8001,1]
[8080,51]
[8081,0]
[8082,0]
[8090,1]
[8100,1]' "$(stats "$all")"
	# a table that was printed and loaded again
	on host nft list table inet pubport >"$BATS_TEST_TMPDIR/table"
	on host nft delete table inet pubport
	on host nft -f "$BATS_TEST_TMPDIR/table"
	ask other 192.168.33.2:8003
	same "connections" '[8001,2]
[8080,51]
[8081,0]
[8082,0]
[8090,1]
[8100,1]' "$(stats "$all")"
	# one that is replaced begins anew, one that has an end as well
	pubport add --replace --to 172.17.0.2 8080:8000
	pubport add --replace --ttl 1h --to 172.17.0.2 8001-8003:8004-8006
	ask other 192.168.33.2:8080
	ask other 192.168.33.2:8001
	same "connections" '[8001,1]
[8080,1]' "$(stats "select(.host_port == 8001 or .host_port == 8080) | $all")"
}

@test "each of many flows is found among many mappings" {
	pubport add -q --to 172.17.0.2 $(seq -f '%g:80/udp' 10000 19999) \
		20000-29999:20000-29999/udp >/dev/null
	on other bash -c 'for i in {19500..20499}; do
		echo >/dev/udp/192.168.33.2/$i
	done'
	same "flows" '1000 500' "$(pubport stats --no-stream --json |
		jq -r '"\(map(.connections_now) | add) \(.[-1].connections_now)"')"
}

# ----------------------------------------------------------------- forms --

@test "without a mapping there is the header alone" {
	prints 'NAME      KEY       NOW       CONNECTIONS   PACKETS IN / OUT   BYTES IN / OUT' \
		stats --no-stream
	prints '[]' stats --no-stream --json
}

@test "--json is as its schema says" {
	counting 1
	pubport add --to 172.17.0.2 --to fd17::2 --from 192.168.33.0/24 8080:80
	pubport stats --no-stream --json | conforms stats
	counting 0
	pubport stats --no-stream --json | conforms stats
	# each second, one a line
	pubport stats --json | head -n 4 >"$BATS_TEST_TMPDIR/lines"
	jq -s . "$BATS_TEST_TMPDIR/lines" | conforms stats
	same "lines" 4 "$(jq -c 'type' "$BATS_TEST_TMPDIR/lines" | wc -l)"
	same "seconds" true \
		"$(jq -s '.[0].time != .[3].time' "$BATS_TEST_TMPDIR/lines")"
}

@test "a pipe gets a table each second, until nobody reads" {
	pubport add --to 172.17.0.2 --name web 8080:80
	run -0 bash -o pipefail -c '"$@" | head -n 5 | cut -d " " -f 1' bash \
		nsenter --net=/run/machines/host -- "$PUBPORT" stats
	same "first words" 'NAME
web

NAME
web' "$output"
}

@test "a signal ends it with status 0" {
	! is_under_valgrind || skip 'it ends where it is'
	local signal status pid
	for signal in INT TERM; do
		nsenter --net=/run/machines/host -- "$PUBPORT" stats \
			>"$BATS_TEST_TMPDIR/$signal" 3>&- &
		pid=$!
		until [ -s "$BATS_TEST_TMPDIR/$signal" ]; do
			sleep 0.1
		done
		kill -s "$signal" "$pid"
		status=0
		wait "$pid" || status=$?
		same "status after SIG$signal" 0 "$status"
	done
}

@test "without the right to, it says so" {
	run --separate-stderr without_rights stats --no-stream
	same "status" 5 "$status"
	is_one_error "$stderr" 'not permitted'
}

# -------------------------------------------------------------- terminal --

# on_terminal ROWS COLUMNS COMMANDS: runs them there, with stats as a command
# for the live table, and keys from standard input; prints what it sends
on_terminal() {
	SHELL=/bin/bash script -qec "
		stats() { nsenter --net=/run/machines/host -- '$PUBPORT' stats; }
		stty rows $1 cols $2
		$3" /dev/null 2>&1 | tr -d '\r'
}

# the frames of what a terminal was sent, each with its lines
frames() {
	sed 's/\x1b\[2J//; s/\x1b\[K//g; s/\x1b\[J/\n/g; s/\x1b\[H/FRAME\n/g'
}

@test "a terminal shows a table, and q ends it" {
	! is_under_valgrind || skip 'valgrind takes time'
	pubport add --to 172.17.0.2 --name web 8080:80
	{ sleep 1.5; printf q; sleep 0.5; } | on_terminal 24 120 '
		stats; echo "status $?"; stty -a' >"$BATS_TEST_TMPDIR/sent"
	frames <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/frames"
	contains "sent" 'web       0.0.0.0:8080/tcp' "$(<"$BATS_TEST_TMPDIR/sent")"
	contains "sent" 'status 0' "$(<"$BATS_TEST_TMPDIR/sent")"
	# one at once, one after a second
	same "frames" 2 "$(grep -c '^NAME ' "$BATS_TEST_TMPDIR/frames")"
	# the terminal is as before
	contains "terminal" ' icanon' "$(<"$BATS_TEST_TMPDIR/sent")"
	contains "terminal" ' echo ' "$(<"$BATS_TEST_TMPDIR/sent")"
}

@test "a small terminal shows what there is room for, and follows its size" {
	! is_under_valgrind || skip 'valgrind takes time'
	pubport add --to 172.17.0.2 --name web 8001-8009:8001-8009 8010:80 \
		8011:80 8012:80 8013:80
	{ sleep 1.5; printf q; sleep 0.5; } | on_terminal 4 30 '
		{ sleep 0.5; stty rows 3 cols 20 </dev/tty; } &
		stats' | frames >"$BATS_TEST_TMPDIR/frames"
	same "first frame" 'NAME      KEY
web       0.0.0.0:8001-8009/tc
web       0.0.0.0:8010/tcp
...' "$(sed -n '/FRAME/,$p' "$BATS_TEST_TMPDIR/frames" | sed -n '3,6s/ *$//p')"
	same "last frame" 'NAME      KEY
web       0.0.0.0:80
...' "$(grep -A 2 '^NAME' "$BATS_TEST_TMPDIR/frames" | tail -n 3 |
		sed 's/ *$//')"
}

@test "an interrupt leaves a terminal as it was" {
	pubport add --to 172.17.0.2 --name web 8080:80
	{ sleep 0.7; printf '\003'; sleep 0.5; } | on_terminal 24 80 '
		trap : INT
		stats; echo "status $?"; stty -a' >"$BATS_TEST_TMPDIR/sent"
	contains "sent" 'status 0' "$(<"$BATS_TEST_TMPDIR/sent")"
	contains "terminal" ' icanon' "$(<"$BATS_TEST_TMPDIR/sent")"
}
