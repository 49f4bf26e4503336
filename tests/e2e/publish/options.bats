#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is done with the connections of single mappings: --masquerade, --helper,
# --symmetric.
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

@test "a target that is seen to have no way back is masqueraded" {
	bridge_netfilter_off
	on web ip -4 route del default
	on web ip -6 route del default
	run --separate-stderr pubport add --to netns:web 8080:80/{tcp,udp,sctp} \
		127.0.0.1:8081:80
	contains "notice" 'netns:web has no way back beyond its network' "$stderr"
	same "notices" 1 "$(wc -l <<<"$stderr")"
	same "listed" $'8080\n' \
		"$(pubport ls --json | jq '.[] | select(.masquerade) | .host_port' |
			sort -u)"$'\n'
	each_way reached_without_way_back
	pubport doctor
	on web ip route add 192.168.33.0/24 via 172.17.0.1
	pubport add --replace --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other fd33::2:8080 as fd17::1
}

@test "--masquerade is listed, saved, and applied again" {
	pubport add --masquerade --name flask --to 172.17.0.2 8080:80
	pubport add --name flask --to 172.17.0.2 8081:80
	same "listed" $'[8080,true]\n[8081,false]' \
		"$(pubport ls --json | jq -c '.[] | [.host_port, .masquerade]')"
	prints 'masquerade' ls --format '{{.Options}}'
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

# ------------------------------------------------------------- --helper --

# helped MACHINE PROTOCOL ADDRESS PORT: it gets data by a second connection
helped() {
	same "$2 from $3 port $4" data \
		"$(on "$1" "$TOOLS/helped.py" "ask-$2" "$3" "$4")"
}

serve_helped() {
	servers+=("$(on web "$TOOLS/helped.py" "serve-$1" "$2" "$3")")
}

tftp_and_ftp() {
	helped other tftp "$eth1" 6969
	helped other ftp "$eth1" 2121
	helped host tftp "$eth1" 6969
	helped host ftp "$eth1" 2121
}

@test "with --helper, TFTP and FTP find their second connections" {
	local address
	for address in 172.17.0.2 fd17::2; do
		serve_helped tftp "$address" 69
		serve_helped ftp "$address" 21
	done
	pubport add --helper tftp "${to_web[@]}" 6969:69/udp
	pubport add --helper ftp "${to_web[@]}" 2121:21
	ipv4 tftp_and_ftp
	ipv6 tftp_and_ftp
	pubport add --replace --helper ftp --masquerade "${to_web[@]}" 2121:21
	helped other ftp 192.168.33.2 2121
}

ftp_by_each() {
	helped other ftp "$eth1" 2122
	helped other ftp "$eth1" 2123
	helped other ftp "$eth1" 21
}

@test "a helper is for ranges and interfaces too" {
	local address
	for address in 172.17.0.2 fd17::2; do
		serve_helped ftp "$address" 21
	done
	pubport add --helper ftp "${to_web[@]}" %eth1:2122:21 \
		2123-2124:21-22 20-21:20-21
	ipv4 ftp_by_each
	ipv6 ftp_by_each
}

@test "a helper is for its own mapping alone" {
	serve_helped tftp 172.17.0.2 69
	pubport add --helper none --to 172.17.0.2 69:69/udp
	! helped other tftp 192.168.33.2 69 2>/dev/null || fail "it is helped"
	pubport add --helper tftp --to 172.17.0.2 6969:69/udp
	helped other tftp 192.168.33.2 6969
	! helped other tftp 192.168.33.2 69 2>/dev/null || fail "it is helped"
	pubport add --replace --helper tftp --to 172.17.0.2 69:69/udp
	helped other tftp 192.168.33.2 69
	same "listed" '["tftp","tftp"]' "$(pubport ls --json | jq -c 'map(.helper)')"
}

@test "TFTP is helped without being asked, unless it is not to be" {
	serve_helped tftp 172.17.0.2 69
	run --separate-stderr pubport add --to 172.17.0.2 6969:69/udp
	contains "notice" 'as with --helper tftp' "$stderr"
	helped other tftp 192.168.33.2 6969
	pubport add --helper none --to 172.17.0.2 69:69/udp
	! helped other tftp 192.168.33.2 69 2>/dev/null || fail "it is helped"
	same "listed" '[null,"tftp"]' "$(pubport ls --json | jq -c 'map(.helper)')"
}

@test "--helper is saved, and applied again" {
	serve_helped tftp 172.17.0.2 69
	pubport add --helper tftp --to 172.17.0.2 69:69/udp
	pubport save "$BATS_TEST_TMPDIR/ports.json"
	pubport flush
	pubport apply "$BATS_TEST_TMPDIR/ports.json"
	helped other tftp 192.168.33.2 69
	prints '' apply "$BATS_TEST_TMPDIR/ports.json"
}

@test "a helper that there isn't, or that is for something else, is refused" {
	rejects 2 '"foo": not one of' add --helper foo --to 172.17.0.2 21:21
	rejects 2 '"69:69": helper "tftp" is not for tcp' \
		add --helper tftp --to 172.17.0.2 70:70/udp 69:69
	rejects 2 '--helper is for targets behind this host' \
		add --helper ftp --to host 21:2121
	echo '[{"host_ip":"0.0.0.0","host_port":69,"protocol":"tcp",
		"target_ip":"172.17.0.2","target_port":69,"helper":"tftp"}]' \
		>"$BATS_TEST_TMPDIR/wrong.json"
	rejects 2 "\"tftp\" is no helper of the kernel's for that protocol" \
		apply "$BATS_TEST_TMPDIR/wrong.json"
}

# ---------------------------------------------------------- --symmetric --

# the machine far, which reaches eth1 by other and eth2 by internet; the host
# answers by the one that it was asked by, and only those packets are let by
add_two_uplinks() {
	local machine number=1
	add_internet
	add_machine far
	for machine in other internet; do
		configure far <<-END
			link add to-$machine type veth peer name to-far netns /run/machines/$machine
			link set to-$machine up
			address add 10.9.$number.2/24 dev to-$machine
			address add fd09:$number::2/64 dev to-$machine nodad
		END
		configure "$machine" <<-END
			link set to-far up
			address add 10.9.$number.1/24 dev to-far
			address add fd09:$number::1/64 dev to-far nodad
			route add 203.0.113.9/32 via 10.9.$number.2
			route add fd99::9/128 via fd09:$number::2
		END
		on "$machine" sysctl -q -w net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
		number=$((number + 1))
	done
	configure far <<-END
		address add 203.0.113.9/32 dev lo
		address add fd99::9/128 dev lo nodad
		route add 192.168.33.0/24 via 10.9.1.1 src 203.0.113.9
		route add 1.1.1.0/24 via 10.9.2.1 src 203.0.113.9
		route add fd33::/64 via fd09:1::1 src fd99::9
		route add fd11::/64 via fd09:2::1 src fd99::9
	END
	lets_by other '{ 192.168.33.0/24 }' '{ fd33::/64 }'
	lets_by internet '{ 1.1.1.0/24 }' '{ fd11::/64 }'
	configure host <<-END
		route add default via 1.1.1.1
		route add default via fd11::1
		route add default via 192.168.33.3 table 33
		route add default via fd33::3 table 33
		rule add from 192.168.33.2 lookup 33
	END
	on host ip -6 rule add from fd33::2 lookup 33
}

# lets_by MACHINE IPV4 IPV6: what the host sends from elsewhere is dropped
lets_by() {
	on "$1" nft "table inet provider { chain forward {
		type filter hook forward priority 0
		iifname eth0 ip saddr != $2 drop
		iifname eth0 ip6 saddr != $3 drop
	}; }"
}

far_is_answered() {
	local far=203.0.113.9
	[[ $eth1 != *:* ]] || far=fd99::9
	reaches far "$eth1:8080/$protocol" as "$far" at "$server"
	reaches far "$eth2:8080/$protocol" as "$far" at "$server"
	reaches other "$eth1:8080/$protocol" as "$other" at "$server"
	reaches host "$eth1:8080/$protocol" as "$eth1" at "$server"
	reaches host "$eth2:8080/$protocol" as "$eth2" at "$server"
}

@test "with --symmetric, answers leave by the uplink that the client came in by" {
	local eth2 rules
	bridge_netfilter_off
	add_two_uplinks
	remember_settings
	rules=$(on host ip -6 rule)
	pubport add --symmetric "${to_web[@]}" 8080:80/{tcp,udp} \
		8000-8010:9000-9010
	local protocol
	for protocol in tcp udp; do
		eth2=1.1.1.254 ipv4 far_is_answered
		eth2=fd11::254 ipv6 far_is_answered
	done
	reaches far 192.168.33.2:8005 as 203.0.113.9 at 172.17.0.2:9005
	pubport rm 8080/tcp 8080/udp
	pubport rm 8000-8010
	undone
	same "IPv6 rules" "$rules" "$(on host ip -6 rule)"
}

@test "the doctor offers --symmetric, and finds nothing wrong with it" {
	bridge_netfilter_off
	add_two_uplinks
	pubport add --name flask --to 172.17.0.2 8080:80
	run --separate-stderr pubport doctor
	contains "report" 'answers to clients who come in by eth1' "$output"
	contains "report" 'pubport add --replace --symmetric' "$output"
	pubport add --replace --symmetric --name flask --to 172.17.0.2 8080:80
	pubport doctor
}

@test "--symmetric is for its own mapping alone, and leaves others' marks" {
	bridge_netfilter_off
	add_two_uplinks
	pubport add --to 172.17.0.2 8081:80
	pubport add --symmetric --to 172.17.0.2 8080:80
	! reaches far 192.168.33.2:8081 as 203.0.113.9 2>/dev/null ||
		fail "it is answered by the wrong uplink"
	reaches far 192.168.33.2:8080 as 203.0.113.9
	on host nft 'table ip others { chain c {
		type filter hook prerouting priority -150
		tcp dport 8080 ct mark set 5
	}; }'
	ask other 192.168.33.2:8080
	same "marks" 'mark=5' "$(on host conntrack -L -s 192.168.33.3 2>/dev/null |
		grep -o 'mark=[0-9]*' | sort -u)"
}

@test "--symmetric is saved, and applied again" {
	bridge_netfilter_off
	add_two_uplinks
	pubport add --symmetric --to 172.17.0.2 8080:80
	same "listed" true "$(pubport ls --json | jq '.[].symmetric')"
	pubport save "$BATS_TEST_TMPDIR/ports.json"
	pubport flush
	pubport apply "$BATS_TEST_TMPDIR/ports.json"
	reaches far 192.168.33.2:8080 as 203.0.113.9
	prints '' apply "$BATS_TEST_TMPDIR/ports.json"
}

own_addresses_work() {
	reaches host "$eth1:8080/$protocol" as "$eth1" at "$server"
	reaches host "$docker0:8080/$protocol" as "$docker0" at "$server"
}

@test "rules by the host's own addresses don't keep it from its targets" {
	bridge_netfilter_off
	add_two_uplinks
	remember_settings
	run --separate-stderr pubport add "${to_web[@]}" 8080:80/{tcp,udp,sctp}
	contains "notice" 'adding "ip rule to 172.17.0.2 lookup main"' "$stderr"
	each_way own_addresses_work
	run --separate-stderr pubport add "${to_web[@]}" 8081:80
	same "notices of the next" '' "$stderr"
	pubport rm --all
	undone
	same "IPv6 rules" '' "$(on host ip -6 rule | grep proto || :)"
}

@test "where no rule keeps the host from a target, none is added" {
	on host ip rule add from 10.0.0.0/8 lookup 44
	remember_settings
	pubport add --to 172.17.0.2 8080:80
	same "rules" "$(grep lookup <<<"$before")" "$(on host ip -4 rule)"
}
