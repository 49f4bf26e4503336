#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is done with the connections of single mappings: --masquerade.
load ../lib/lab
load ../lib/expect
load ../lib/families

setup() {
	lay
	to_web=(--to 172.17.0.2 --to fd17::2)
}

teardown() {
	clear_away
}

# --------------------------------------------------------- --masquerade --

everybody_is_the_host() {
	local port=$1
	reaches other "$eth1:$port/$protocol" as "$docker0"
	reaches other "$docker0:$port/$protocol" as "$docker0"
	reaches web "$eth1:$port/$protocol" as "$docker0"
	reaches neighbour "$eth1:$port/$protocol" as "$docker0"
	reaches host "$eth1:$port/$protocol" as "$docker0"
	reaches host "$loopback:$port/$protocol" as "$docker0"
}

clients_are_seen() {
	local port=$1
	reaches other "$eth1:$port/$protocol" as "$other"
	reaches host "$eth1:$port/$protocol" as "$eth1"
}

@test "with --masquerade a target sees the host, whoever comes" {
	bridge_netfilter_off
	add_neighbour
	pubport add --masquerade "${to_web[@]}" 8080:80/{tcp,udp,sctp} \
		8000-8010:8000-8010/{tcp,udp,sctp} \
		7000-7010:8000-8010/{tcp,udp,sctp}
	each_way everybody_is_the_host 8080
	each_way everybody_is_the_host 8005
	each_way everybody_is_the_host 7005
}

@test "--masquerade is for its own mapping alone" {
	pubport add "${to_web[@]}" 8081:80/{tcp,udp,sctp} 8000-8010:8000-8010
	pubport add --masquerade "${to_web[@]}" 8080:80/{tcp,udp,sctp} \
		7000-7010:8000-8010
	each_way clients_are_seen 8081
	each_family clients_are_seen 8005
	reaches other 192.168.33.2:8080 as 172.17.0.1 at 172.17.0.2:80
}

@test "of two mappings of one port, the one that leads there counts" {
	add_neighbour
	pubport add --masquerade "${to_web[@]}" 8080:80
	pubport add "${to_web[@]}" 192.168.33.2:8080:8000
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:8000
	reaches other 172.17.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	pubport add --replace --masquerade "${to_web[@]}" 192.168.33.2:8080:8000
	pubport add --replace "${to_web[@]}" 8080:80
	reaches other 192.168.33.2:8080 as 172.17.0.1 at 172.17.0.2:8000
	reaches other 172.17.0.1:8080 as 192.168.33.3 at 172.17.0.2:80
}

reached_without_way_back() {
	reaches other "$eth1:8080/$protocol" as "$docker0"
	reaches host "$eth1:8080/$protocol" as "$docker0"
}

@test "a target that has no way back is reached with --masquerade" {
	bridge_netfilter_off
	on web ip -4 route del default
	on web ip -6 route del default
	pubport add --masquerade "${to_web[@]}" 8080:80/{tcp,udp,sctp}
	each_way reached_without_way_back
	pubport doctor
}

@test "--masquerade is listed, saved, and applied again" {
	pubport add --masquerade --name flask --to 172.17.0.2 8080:80
	pubport add --name flask --to 172.17.0.2 8081:80
	same "listed" $'[8080,true]\n[8081,false]' \
		"$(pubport ls --json | jq -c '.[] | [.host_port, .masquerade]')"
	pubport save "$BATS_TEST_TMPDIR/ports.json"
	pubport flush
	pubport apply "$BATS_TEST_TMPDIR/ports.json"
	reaches other 192.168.33.2:8080 as 172.17.0.1 at 172.17.0.2:80
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	prints '' apply "$BATS_TEST_TMPDIR/ports.json"
}

@test "--masquerade goes with its mapping" {
	pubport add --masquerade --to 172.17.0.2 8080:80 7000-7010:8000-8010
	pubport add --to 172.17.0.2 8081:80
	pubport rm 8080 7000-7010
	same "elements" '' "$(on host nft list table inet pubport |
		grep -E '(8080|7000)')"
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport rm --all
	! has_table || fail "the table is still there"
}

@test "UDP that goes on is masqueraded once its mapping is" {
	on web ip -4 route del default
	pubport add --to 172.17.0.2 8080:80/udp
	converse 192.168.33.2:8080/udp
	answers silent
	pubport add --replace --masquerade --to 172.17.0.2 8080:80/udp
	answers 172.17.0.2:80
}

@test "nothing is masqueraded that leads to the host itself" {
	rejects 2 '--masquerade is for targets behind this host' \
		add --masquerade --to host 8080:80
}
