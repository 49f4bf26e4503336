#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ports that were chosen are nobody else's, for as long as a mapping has them.
load ../lib/lab
load ../lib/expect
load ../lib/keep

setup() {
	begin
	on host sysctl -q -w net.ipv4.ip_local_port_range='40000 40019' \
		net.ipv4.ip_local_reserved_ports='7,40005-40006'
	remember_settings
}

teardown() {
	finish
}

reserved() {
	on host sysctl -n net.ipv4.ip_local_reserved_ports
}

# chosen ARG...: the port that add chooses
chosen() {
	pubport add -q --to 172.17.0.2 --to fd17::2 "$@" 2>/dev/null |
		sed -n '1s/.*:\([0-9]*\).*/\1/p'
}

# given ADDRESS PROTOCOL: what the kernel has for programs that ask for any
given() {
	on host "$TOOLS/bind_any.py" "$1" "$2" | tr ' ' '\n'
}

# keeps PORT...: no program gets them; and but for these it gets all that it may
keeps() {
	local wanted address protocol
	wanted=$(seq 40000 40019 | grep -vxF -e 40005 -e 40006 "${@/#/-e}")
	for address in 127.0.0.1 0.0.0.0 192.168.33.2 ::1 ::; do
		for protocol in tcp udp; do
			same "what $address gives in $protocol" "$wanted" \
				"$(given "$address" "$protocol")"
		done
	done
}

@test "the kernel gives a chosen port to nobody, until its mapping goes" {
	local first second third
	first=$(chosen 80)
	second=$(chosen 127.0.0.1::80)
	third=$(chosen '[::1]::80/udp')
	keeps "$first" "$second" "$third"
	reaches other "192.168.33.2:$first" as 192.168.33.3 at 172.17.0.2:80
	pubport rm "127.0.0.1:$second"
	keeps "$first" "$third"
	pubport rm --all
	undone
}

@test "a program that asks for that very port gets it" {
	local port
	port=$(chosen 127.0.0.1::80)
	serve host 192.168.33.2 "$port" tcp
	reaches other "192.168.33.2:$port" as 192.168.33.3 \
		at "192.168.33.2:$port"
}

@test "what several mappings have is reserved until the last one goes" {
	local port
	port=$(chosen 127.0.0.1::80 192.168.33.2::80 '[::1]::80')
	keeps "$port"
	pubport rm "127.0.0.1:$port"
	pubport rm "[::1]:$port"
	keeps "$port"
	pubport rm "192.168.33.2:$port"
	undone
}

@test "several free ports, one after another, are reserved" {
	local port
	port=$(chosen 8000-8003)
	keeps "$port" $((port + 1)) $((port + 2)) $((port + 3))
	pubport rm "$port-$((port + 3))"
	undone
}

@test "many go at once, and what one of the others has stays" {
	local specs=() target
	on host sysctl -q -w net.ipv4.ip_local_port_range='40000 40299'
	for target in {1..150}; do
		specs+=("127.0.0.1::$target")
	done
	chosen "${specs[@]}" '192.168.33.2::150' >/dev/null
	pubport ls -q | grep '^127' | xargs nsenter --net=/run/machines/host -- \
		"$PUBPORT" rm
	same "reserved" "$(printf '%s\n' 7 40005-40006 "$(pubport ls -q |
		sed 's/.*:\(.*\)\/.*/\1/')" | sort)" \
		"$(reserved | tr , '\n' | sort)"
	pubport rm --all
	undone
}

@test "however a mapping ends, its port is released" {
	local port
	chosen --ttl 1 80
	eventually pubport_lists_nothing
	# which may have ended just after that command looked
	pubport ls >/dev/null
	undone
	port=$(chosen 80)
	pubport add -q --replace --to 172.17.0.3 --to fd17::3 "$port:80"
	same "reserved" '7,40005-40006' "$(reserved)"
	pubport rm --all
	chosen 80 >/dev/null
	echo '[]' | pubport apply -
	undone
	chosen 80 >/dev/null
	pubport rm --drain --all
	undone
	chosen 80 >/dev/null
	pubport flush
	undone
}

pubport_lists_nothing() {
	[ -z "$(pubport ls -q)" ]
}

@test "what a killed rm left reserved, the next command releases" {
	local port
	port=$(chosen 80)
	# it comes as far as the transaction
	on host strace -qq -f -o /dev/null -e trace=openat \
		-e inject=openat:signal=KILL:when=1 -P /run/pubport.lock \
		"$PUBPORT" rm "$port" || :
	pubport ls >/dev/null
	undone
}

@test "what was reserved before, or is by others, stays so" {
	local port
	port=$(chosen 80)
	on host sysctl -q -w net.ipv4.ip_local_reserved_ports="$(reserved),40001,9"
	pubport rm --all
	contains "reserved" 7,9, "$(reserved)"
	[ "$port" = 40001 ] || contains "reserved" 40001 "$(reserved)"
	contains "reserved" 40005-40006 "$(reserved)"
	pubport add -q --to 172.17.0.2 40005-40006:80 >/dev/null
	pubport rm --all
	contains "reserved" 40005-40006 "$(reserved)"
}

@test "many that choose at once get a port each, which stays theirs" {
	local ports
	for _ in {1..12}; do
		chosen 127.0.0.1::80 >>"$BATS_TEST_TMPDIR/ports" &
	done
	for _ in {1..40}; do
		given 127.0.0.1 tcp
	done >"$BATS_TEST_TMPDIR/given"
	wait
	mapfile -t ports < <(sort -u "$BATS_TEST_TMPDIR/ports")
	same "number" 12 "${#ports[@]}"
	keeps "${ports[@]}"
	pubport flush
	undone
}

@test "a port that is bound, though nobody listens, is not chosen" {
	on host sysctl -q -w net.ipv4.ip_local_port_range='40000 40001'
	listen bound:127.0.0.1:40000/tcp "bound:[::]:40001/udp"
	same "tcp" 40001 "$(chosen 127.0.0.1::80)"
	same "udp" 40000 "$(chosen 127.0.0.1::80/udp)"
}

@test "another namespace has ports of its own" {
	chosen 80 >/dev/null
	same "reserved there" '' "$(on web sysctl -n \
		net.ipv4.ip_local_reserved_ports)"
}

@test "keep restores it, and it goes with the last one" {
	local port
	port=$(chosen 80)
	keep
	on host nft flush ruleset
	eventually has_table
	eventually pubport_lists "$port"
	keeps "$port"
	pubport rm "$port"
	eventually undone
}

pubport_lists() {
	pubport ls -q | grep -q ":$1/"
}
