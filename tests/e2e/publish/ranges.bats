#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ranges of ports, and free ports that are chosen.
load ../lib/lab
load ../lib/expect

setup() {
	lay
}

teardown() {
	clear_away
}

# the number of mappings that the table stores to get its work done
elements() {
	on host nft -j list table inet pubport |
		jq '[.nftables[].map.elem? // empty | length] | add'
}

# goes_to PORT TARGET-PORT, from another machine
goes_to() {
	reaches other "192.168.33.2:$1" as 192.168.33.3 at "172.17.0.2:$2"
}

@test "all ports are one element" {
	pubport add --to 172.17.0.2 1-65535:1-65535
	same "elements" 1 "$(elements)"
	goes_to 80 80
	goes_to 8010 8010
	goes_to 9000 9000
	prints '0.0.0.0:1-65535/tcp' ls -q
}

# microseconds that it takes to publish a SPEC
takes() {
	local before=${EPOCHREALTIME/[.,]/}
	pubport add --to 172.17.0.2 "$1" >/dev/null
	echo $((${EPOCHREALTIME/[.,]/} - before))
}

@test "all ports are published as soon as one" {
	local one all
	pubport add --to 172.17.0.2 192.168.33.2:7999:80
	one=$(takes 192.168.33.2:8000:80)
	all=$(takes 1-65535:1-65535)
	((all < 8 * one)) || fail "took $all microseconds, one port $one"
}

@test "a range with the same numbers keeps them" {
	prints '0.0.0.0:8000-8010 -> 172.17.0.2:8000-8010/tcp' \
		add --to 172.17.0.2 8000-8010:8000-8010
	same "elements" 1 "$(elements)"
	goes_to 8000 8000
	goes_to 8010 8010
	refused other 192.168.33.2:7999
	refused other 192.168.33.2:8011
}

@test "a range is bounded on a host address of its own too" {
	pubport add --to 172.17.0.2 --to fd17::2 \
		192.168.33.2:8000-8010:8000-8010/udp \
		'[fd33::2]:8000-8010:8000-8010/udp'
	reaches other 192.168.33.2:8010/udp as 192.168.33.3 at 172.17.0.2:8010
	reaches other fd33::2:8010/udp as fd33::3 at '[fd17::2]:8010'
	refused other 192.168.33.2:8010/tcp
	refused other 192.168.33.2:8011/udp
	refused other 172.17.0.1:8010/udp
}

@test "a shifted range leads each port to its partner" {
	prints '0.0.0.0:8000-8010 -> 172.17.0.2:9000-9010/tcp' \
		add --to 172.17.0.2 8000-8010:9000-9010
	local port
	for port in {8000..8010}; do
		goes_to "$port" $((port + 1000))
	done
	refused other 192.168.33.2:7999
	refused other 192.168.33.2:8011
	prints '0.0.0.0:8000-8010->9000-9010/tcp' ls --format '{{.Ports}}'
	prints '0.0.0.0:8000-8010/tcp' ls -q
}

@test "a shifted range leads over IPv6 and through loopback" {
	pubport add --to 172.17.0.2 --to fd17::2 8000-8010:9000-9010/sctp
	reaches other fd33::2:8003/sctp as fd33::3 at '[fd17::2]:9003'
	reaches host 127.0.0.1:8003/sctp as 172.17.0.1 at 172.17.0.2:9003
}

@test "a shifted range goes as one" {
	local before
	before=$(ruleset)
	pubport add --to 172.17.0.2 8000-8010:9000-9010
	pubport rm 8000-8010/tcp
	same "rules" "$before" "$(ruleset)"
	refused other 192.168.33.2:8003
}

@test "ranges that overlap are a conflict" {
	pubport add --to 172.17.0.2 8000-8010:8000-8010 7000-7010:9000-9010
	rejects 3 '8010-8020' add --to 172.17.0.2 8010-8020:8010-8020
	rejects 3 '7990-8000' add --to 172.17.0.2 7990-8000:9000-9010
	rejects 3 '7005-7006' add --to 172.17.0.2 7005-7006:7005-7006
	rejects 3 '6999-7000' add --to 172.17.0.2 6999-7000:9000-9001
	rejects 3 '1-65535' add --to 172.17.0.2 1-65535:1-65535
	rejects 3 '6000-9000' add --to 172.17.0.2 6000-9000:16000-19000
	pubport add --to 172.17.0.2 192.168.33.2:8005-8015:8005-8015 \
		8005-8015:8005-8015/udp 8011-8012:8011-8012
}

@test "part of a range can't be removed" {
	pubport add --to 172.17.0.2 8000-8010:8000-8010 7000-7010:9000-9010
	rejects 4 '8005' rm 8005/tcp
	rejects 4 '8000-8005' rm 8000-8005/tcp
	rejects 4 '7005' rm 7005/tcp
	rejects 4 '7000-7005' rm 7000-7005/tcp
}

@test "--replace swaps the target of a range" {
	add_neighbour
	pubport add --to 172.17.0.2 8000-8010:8000-8010 7000-7010:9000-9010
	pubport add --replace --to 172.17.0.3 8000-8010:8000-8010
	pubport add --replace --to 172.17.0.3 7000-7010:8000-8010
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.3:8005
	reaches other 192.168.33.2:7005 as 192.168.33.3 at 172.17.0.3:8005
}

# narrows down what the kernel may choose as a local port
local_ports() {
	on host sysctl -q -w net.ipv4.ip_local_port_range="$1" \
		net.ipv4.ip_local_reserved_ports="$2"
}

@test "a free port comes from the local range, the same in both families" {
	local_ports '40000 40009' ''
	run -0 --separate-stderr pubport add -q --to 172.17.0.2 --to fd17::2 80
	[[ $output =~ ^0.0.0.0:4000([0-9])/tcp$'\n'\[::\]:4000([0-9])/tcp$ ]] ||
		fail "$output"
	same "port" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	reaches other "192.168.33.2:4000${BASH_REMATCH[1]}" as 192.168.33.3 \
		at 172.17.0.2:80
}

@test "a free port is not reserved, not listened on, not published" {
	local_ports '40000 40005' '40000,40002'
	serve host 127.0.0.1 40001 tcp
	serve host ::1 40005 tcp
	pubport add --to 172.17.0.2 40003:80
	prints '0.0.0.0:40004/tcp
[::]:40004/tcp' add -q --to 172.17.0.2 --to fd17::2 80
	rejects 3 'free' add --to 172.17.0.2 --to fd17::2 80
}

@test "a free port is not reserved, however many are" {
	local_ports '40000 40001' "$(seq -s , 1 2 1299),40000,40001"
	rejects 3 'free' add --to 172.17.0.2 80
}

@test "a free port may be in use by another protocol" {
	local_ports '40000 40001' '40001'
	prints '0.0.0.0:40000/tcp' add -q --to 172.17.0.2 80
	prints '0.0.0.0:40000/udp' add -q --to 172.17.0.2 80/udp
}

@test "127.0.0.1::80 and 0:80 choose a free port" {
	local_ports '40000 40001' ''
	run -0 pubport add -q --to 172.17.0.2 127.0.0.1::80
	[[ $output == 127.0.0.1:4000[01]/tcp ]] || fail "$output"
	run -0 pubport add -q --to 172.17.0.2 0:80/udp
	[[ $output == 0.0.0.0:4000[01]/udp ]] || fail "$output"
}

@test "8000-8010:80 takes one free port of the range, until none is left" {
	serve host 0.0.0.0 8001 tcp
	pubport add --to 172.17.0.2 8000:80
	for _ in {1..9}; do
		pubport add -q --to 172.17.0.2 8000-8010:80
	done
	same "keys" "0.0.0.0:8000/tcp
$(printf '0.0.0.0:%s/tcp\n' {8002..8010})" "$(pubport ls -q | sort -V)"
	rejects 3 '8000-8010' add --to 172.17.0.2 8000-8010:80
}

# chooses WHAT NUMBERS KEYS SPEC...: free ports; "A" and "B" stand for the first
# and the second number
chooses() {
	local what=$1 numbers=$2 keys=$3 found
	shift 3
	run -0 --separate-stderr pubport add -q --to netns:web "$@"
	mapfile -t found < <(grep -o '[0-9]*/' <<<"$output" | tr -d / |
		awk '!seen[$0]++')
	same "$what, numbers" "$numbers" "${#found[@]}"
	same "$what" "$(sed "s/A/${found[0]}/; s/B/${found[1]-}/" <<<"$keys")" \
		"$output"
	pubport rm --all
}

@test "free ports that differ in the host address alone are the same" {
	chooses 'families' 1 $'127.0.0.1:A/tcp\n[::1]:A/tcp' \
		127.0.0.1::80 '[::1]::80'
	chooses 'addresses' 1 \
		$'127.0.0.1:A/tcp\n192.168.33.2:A/tcp\n172.17.0.1:A/tcp' \
		127.0.0.1::80 192.168.33.2::80 172.17.0.1::80
	chooses 'a range' 1 $'127.0.0.1:A/tcp\n192.168.33.2:A/tcp' \
		127.0.0.1:8000-8010:80 192.168.33.2:8000-8010:80
	chooses 'the same twice' 2 \
		$'127.0.0.1:A/tcp\n[::1]:A/tcp\n127.0.0.1:B/tcp\n[::1]:B/tcp' \
		127.0.0.1::80 '[::1]::80' 127.0.0.1::80 '[::1]::80'
	chooses 'others' 2 $'127.0.0.1:A/tcp\n192.168.33.2:B/tcp' \
		127.0.0.1::80 192.168.33.2::81
}

@test "free ports that are to be the same are free on each address" {
	local_ports '40000 40003' ''
	pubport add --to 172.17.0.2 127.0.0.1:40000:80 192.168.33.2:40001:80
	serve host 172.17.0.1 40003 tcp
	run -0 --separate-stderr pubport add -q --to 172.17.0.2 \
		127.0.0.1::80 192.168.33.2::80 172.17.0.1::80
	same "keys" '127.0.0.1:40002/tcp
192.168.33.2:40002/tcp
172.17.0.1:40002/tcp' "$output"
	rejects 3 'no free host port' add --to 172.17.0.2 \
		127.0.0.1::80 192.168.33.2::80 172.17.0.1::80
}

@test "several free ports in one command differ" {
	local_ports '40000 40003' ''
	run -0 --separate-stderr pubport add -q --to 172.17.0.2 80 8000 8001 8002
	same "keys" "$(printf '0.0.0.0:%s/tcp\n' {40000..40003})" \
		"$(sort <<<"$output")"
}

# --------------------------------------------------------- --publish-all --

# the host side without its number, the target side
sides() {
	# shellcheck disable=SC2001 # it is done line by line
	sed 's/:[0-9]* ->/ ->/' <<<"$1"
}

@test "-P publishes each port on which the target listens, to a free one" {
	local_ports '40000 40099' ''
	serve web 0.0.0.0 7000 tcp
	serve web 127.0.0.1 7001 tcp
	serve web fd17::2 7002 udp
	run -0 --separate-stderr pubport add -P --to netns:web
	contains "mappings" '0.0.0.0 -> 172.17.0.2:7000/tcp' "$(sides "$output")"
	contains "mappings" '[::] -> [fd17::2]:7002/udp' "$(sides "$output")"
	# those at a loopback address, or in the other family
	[[ $output != *:7001/* && $output != *'[fd17::2]:7000/'* &&
		$output != *'172.17.0.2:7002/'* ]] || fail "$output"
	# the lab's own server: both families, the same number
	same "numbers of port 80" 1 "$(grep ':80/tcp' <<<"$output" |
		grep -o ':[0-9]* ' | sort -u | wc -l)"
	same "mappings of port 80" '0.0.0.0 -> 172.17.0.2:80/tcp
[::] -> [fd17::2]:80/tcp' "$(sides "$(grep ':80/tcp' <<<"$output")")"
	port=$(sed -n 's/^0.0.0.0:\([0-9]*\) -> .*:7000\/tcp/\1/p' <<<"$output")
	reaches other "192.168.33.2:$port" as 192.168.33.3 at 172.17.0.2:7000
}

@test "-P leaves to a SPEC what it names, and takes an address" {
	serve web 0.0.0.0 7000 tcp
	run -0 --separate-stderr pubport add --publish-all --to 172.17.0.2 8080:80
	contains "mappings" '0.0.0.0:8080 -> 172.17.0.2:80/tcp' "$output"
	same "mappings of port 80" 1 "$(grep -c ':80/tcp' <<<"$output")"
	same "mappings of port 7000" 1 "$(grep -c ':7000/tcp' <<<"$output")"
	PUBPORT_TARGET=172.17.0.2 pubport add -P --dry-run --json |
		jq -e 'any(.target_port == 7000)'
}

@test "-P says where there is nothing to publish" {
	rejects 2 'SPEC' add --to 172.17.0.2
	rejects 2 'not for the host itself' add -P --to host
	rejects 4 "can't be seen" add -P --to 172.17.0.77
	add_namespace idle
	connect host idle idle
	on host ip link set idle master docker0
	on idle ip link set eth0 up
	on idle ip addr add 172.17.0.9/16 dev eth0
	rejects 4 'listens on no port' add -P --to 172.17.0.9
}
