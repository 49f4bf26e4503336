#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ports that are published on an interface, %IFACE: who comes in by it reaches
# them at whatever address the host has, and nobody else does.
load ../lib/lab
load ../lib/expect
load ../lib/families
load ../lib/keep

setup() {
	begin
	add_internet
	add_neighbour
	to_web=(--to 172.17.0.2 --to fd17::2)
	to_neighbour=(--to 172.17.0.3 --to fd17::3)
}

teardown() {
	finish
}

# by_eth1 PORT [TARGET-PORT]
by_eth1() {
	local server=${server%:*}:${2:-80}
	reaches other "$eth1:$1/$protocol" as "$other" at "$server"
	reaches other "$docker0:$1/$protocol" as "$other" at "$server"
	refused internet "$eth1:$1/$protocol"
	refused neighbour "$docker0:$1/$protocol"
	refused host "$eth1:$1/$protocol"
	refused host "$loopback:$1/$protocol"
}

@test "who comes in by the interface reaches every address, nobody else any" {
	answer_all
	pubport add "${to_web[@]}" %eth1:8080:80/{tcp,udp,sctp}
	each_way by_eth1 8080
}

@test "ranges are published on an interface, shifted ones too" {
	answer_all
	pubport add "${to_web[@]}" %eth1:8000-8010:8000-8010/{tcp,udp,sctp} \
		%eth1:7000-7010:9000-9010/{tcp,udp,sctp}
	each_way by_eth1 8003 8003
	each_way by_eth1 7003 9003
}

from_the_link() {
	reaches neighbour "$docker0:8080/$protocol" as "$docker0" at "$server"
	reaches neighbour "$eth1:8080/$protocol" as "$docker0" at "$server"
	refused other "$docker0:8080/$protocol"
}

@test "a neighbour of the target comes in by their link" {
	answer_all
	pubport add "${to_web[@]}" %docker0:8080:80/{tcp,udp,sctp}
	each_way from_the_link
}

@test "an address goes before an interface, that before all addresses" {
	pubport add --to 172.17.0.3 8080:80 8000-8010:8000-8010
	pubport add --to 172.17.0.2 %eth1:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches internet 1.1.1.254:8080 as 1.1.1.1 at 172.17.0.3:80
	reaches host 192.168.33.2:8080 as 192.168.33.2 at 172.17.0.3:80
	pubport add --to 172.17.0.3 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
	reaches other 172.17.0.1:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.3:8005
}

@test "the interface may come later, and its addresses may change" {
	pubport add "${to_web[@]}" %eth7:8080:80
	configure host <<-END
		link set eth1 down
		link set eth1 name eth7
		link set eth7 up
		address add 192.168.33.77/24 dev eth7
	END
	eventually reaches other 192.168.33.77:8080 as 192.168.33.3 \
		at 172.17.0.2:80
	refused internet 192.168.33.77:8080
}

@test "a port of this host is published on an interface" {
	serve host 192.168.33.2,172.17.0.1 81
	pubport add --to host %eth1:8080:81
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 192.168.33.2:81
	refused internet 192.168.33.2:8080
	refused host 192.168.33.2:8080
}

limited() {
	reaches other "$eth1:8080/$protocol" as "$other" at "$server"
	refused internet "$eth1:8080/$protocol"
	refused other "$eth1:8081/$protocol"
}

masqueraded() {
	reaches other "$eth1:8080/$protocol" as "$docker0" at "$server"
}

@test "--masquerade holds on an interface" {
	pubport add "${to_web[@]}" 8080:80
	pubport add "${to_web[@]}" --masquerade %eth1:8080:80/{tcp,udp,sctp} \
		%eth1:8000-8010:8000-8010
	each_way masqueraded
	reaches other 192.168.33.2:8004 as 172.17.0.1 at 172.17.0.2:8004
	reaches internet 1.1.1.254:8080 as 1.1.1.1 at 172.17.0.2:80
	pubport rm --all
}

@test "--from holds on an interface, whatever was limited before" {
	answer_all
	pubport add "${to_neighbour[@]}" --from 9.9.9.9 8080:80
	pubport add "${to_web[@]}" --from 192.168.33.0/24,fd33::/64 \
		%eth1:8080:80/{tcp,udp,sctp}
	pubport add "${to_web[@]}" --from 192.168.34.0/24,fd34::/64 \
		%eth1:8081:80/{tcp,udp,sctp} %eth1:9000-9010:9000-9010
	each_way limited
	refused other 192.168.33.2:9005
	same "networks" '["192.168.33.0/24"]' "$(pubport ls --json |
		jq -c '[.[] | select(.host_port == 8080 and
			.host_interface == "eth1")][0].from')"
}

@test "it ends with its connections, and by itself" {
	pubport add "${to_web[@]}" %eth1:8080:80
	pubport add "${to_web[@]}" --ttl 2 %eth2:8080:80
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	pubport rm %eth1:8080
	answers cut
	refused other 192.168.33.2:8080
	sleep 2
	refused internet 1.1.1.254:8080
	prints "" ls -q
	! has_table || fail "something is left"
}

@test "it ends with its connections where another one leads to the same" {
	pubport add "${to_web[@]}" {%eth1,%eth2}:8080:80{,/udp}
	converse 192.168.33.2:8080{,/udp}
	answers 172.17.0.2:80 172.17.0.2:80
	pubport rm %eth2:8080{,/udp}
	answers 172.17.0.2:80 172.17.0.2:80
	pubport add "${to_web[@]}" %eth2:8080:80{,/udp}
	pubport rm %eth1:8080{,/udp}
	answers cut refused
}

@test "by which interface a symmetric connection came is known from its mark" {
	on host ip route add default via 1.1.1.1
	on host ip route add default via 192.168.33.3 metric 100
	on other ip address add 9.9.9.9/32 dev eth0
	on other ip route add 192.168.33.2 dev eth0 src 9.9.9.9
	pubport add --to 172.17.0.2 --symmetric {%eth1,%eth2}:8080:80
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	pubport rm %eth2:8080
	answers 172.17.0.2:80
}

@test "udp takes the way of its interface at once, and no other does" {
	pubport add "${to_neighbour[@]}" 8080:80/udp
	converse 192.168.33.2:8080/udp
	answers 172.17.0.3:80
	pubport add "${to_web[@]}" %eth2:8080:80/udp
	answers 172.17.0.3:80
	pubport add "${to_web[@]}" %eth1:8080:80/udp
	answers 172.17.0.2:80
	pubport add --replace "${to_neighbour[@]}" %eth1:8080:80/udp
	answers 172.17.0.3:80
}

@test "connections are counted for an interface" {
	pubport add "${to_web[@]}" %eth1:8080:80 %eth1:7000-7010:9000-9010
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:7003 as 192.168.33.3 at 172.17.0.2:9003
	same "connections" '[1,1,0,0]' "$(pubport ls --json |
		jq -c 'map(.connections) | sort | reverse')"
}

# packets in, by interface and host port
counted() {
	pubport stats --no-stream --json | jq -c '.[] | select(
		.host_interface == "'"$1"'" and .host_port == '"$2"' and
		.host_ip == "0.0.0.0") | .packets_in'
}

@test "packets are counted, unless the same is published elsewhere too" {
	pubport add "${to_web[@]}" %eth1:8081:80 \
		{%eth1,%eth2,0.0.0.0,172.17.0.1}:8080:80
	pubport stats --bytes --no-stream >/dev/null
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	[ "$(counted eth1 8081)" -gt 0 ] || fail "nothing is counted"
	same "count of one of several" null "$(counted eth1 8080)"
	pubport add "${to_web[@]}" %eth3:8080:80
	pubport rm %eth1:8080
	pubport rm --all
}

@test "keep brings them back" {
	local before
	pubport add "${to_web[@]}" %eth1:8080:80 %eth1:7000-7010:9000-9010
	pubport add "${to_web[@]}" --from 192.168.33.0/24,fd33::/64 %eth1:8081:80
	before=$(pubport ls -q)
	keep
	on host nft flush ruleset
	eventually prints "$before" ls -q
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:7003 as 192.168.33.3 at 172.17.0.2:9003
}

@test "it is listed, saved and removed by its name" {
	prints '%eth1:8080 -> 172.17.0.2:80/tcp
%eth1:8080 -> [fd17::2]:80/tcp' add --to netns:web %eth1:8080:80
	prints '%eth1:8080->80/tcp' ls --format '{{.Ports}}'
	pubport ls --json | conforms mapping
	pubport ls --json >"$BATS_TEST_TMPDIR/saved"
	same "names" '["0.0.0.0","eth1"]
["::","eth1"]' "$(jq -c '.[] | [.host_ip, .host_interface]' \
		"$BATS_TEST_TMPDIR/saved")"
	prints "" apply "$BATS_TEST_TMPDIR/saved"
	rejects 3 %eth1:8080:80 add --to netns:web %eth1:8080:80
	pubport rm %eth1:8080:80
	pubport apply "$BATS_TEST_TMPDIR/saved"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	prints '%eth1:8080 -> 172.17.0.2:80/tcp' \
		rm '0.0.0.0%eth1:8080:80'
	pubport rm %eth1:8080/tcp
	rejects 4 %eth1:8080 rm %eth1:8080
}

@test "a table that nft printed and loaded again has its interfaces" {
	pubport add "${to_web[@]}" %eth1:8080:80 %eth1:7000-7010:9000-9010
	pubport add "${to_web[@]}" --from 192.168.33.0/24 %eth1:8081:80
	pubport ls >"$BATS_TEST_TMPDIR/before"
	on host nft list table inet pubport >"$BATS_TEST_TMPDIR/table"
	on host nft delete table inet pubport
	on host nft -f "$BATS_TEST_TMPDIR/table"
	prints '%eth1:7000-7010/tcp
%eth1:8080/tcp
%eth1:8081/tcp' ls -q --filter host=%eth1 --filter target=172.17.0.2
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:7003 as 192.168.33.3 at 172.17.0.2:9003
}

@test "what is wrong with an interface is said" {
	local spec
	for spec in %eth1:80 %:8080:80 %lo:8080:80 %sixteen-letters--:8080:80 \
		192.168.33.2%eth1:8080:80 '%eth*:8080:80'; do
		rejects 2 "$spec" add --to netns:web "$spec"
	done
	rejects 2 '"%eth1" is what comes in' add --to netns:web \
		'[::%eth1]:8080:80'
	pubport add --to netns:web %eth9:8080:80
	run pubport doctor
	same "status" 1 "$status"
	contains "report" 'this host has no interface eth9 now' "$output"
	pubport add --to netns:web --from 192.168.33.0/24 %eth1:8080:80
	run pubport doctor
	contains "report" 'nobody may connect by IPv6' "$output"
}
