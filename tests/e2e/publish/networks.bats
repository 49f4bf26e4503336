#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Targets in several networks: which address is published, and what is told.
load ../lib/lab
load ../lib/expect
load ../lib/keep

setup() {
	begin
	bridge_netfilter_off
}

teardown() {
	finish
}

# the container web is in a second network, by its eth1
add_network() {
	configure host <<-END
		link add br1 type bridge mcast_snooping 0
		link set br1 up
		address add 10.89.1.1/24 dev br1
		address add fd89::1/64 dev br1 nodad
		link add veth-89 type veth peer name eth1 netns /run/machines/web
		link set veth-89 master br1 up
	END
	configure web <<-END
		link set eth1 up
		address add 10.89.1.2/24 dev eth1
		address add fd89::2/64 dev eth1 nodad
	END
	serve web 10.89.1.2,fd89::2 80
}

# leave_by GATEWAY4 GATEWAY6: the way out of web
leave_by() {
	configure web <<-END
		route replace default via $1
		route replace default via $2
	END
}

# rp_filter MACHINE VALUE INTERFACE...
rp_filter() {
	local machine=$1 value=$2 interface
	shift 2
	for interface; do
		on "$machine" sysctl -q -w \
			"net.ipv4.conf.$interface.rp_filter=$value"
	done
}

@test "the address by which answers get back is published" {
	add_network
	rp_filter host 1 docker0 br1 eth1
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp
[::]:8080 -> [fd17::2]:80/tcp' add --to netns:web 8080:80
	leave_by 10.89.1.1 fd89::1
	prints '0.0.0.0:8081 -> 10.89.1.2:80/tcp
[::]:8081 -> [fd89::2]:80/tcp' add --to netns:web 8081:80
	same "said" '' "$stderr"
	reaches other 192.168.33.2:8081 as 192.168.33.3
	reaches other "[fd33::2]:8081" as fd33::3
}

@test "an address whose answers go to another router is not" {
	add_network
	leave_by 172.17.0.3 fd17::3
	on web ip rule add from 10.89.1.2 lookup 89
	on web ip -6 rule add from fd89::2 lookup 89
	configure web <<-END
		route add default via 10.89.1.1 table 89
		route add default via fd89::1 table 89
	END
	prints '0.0.0.0:8080 -> 10.89.1.2:80/tcp
[::]:8080 -> [fd89::2]:80/tcp' add --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other "[fd33::2]:8080" as fd33::3
}

@test "where answers get back by several ways, the default route counts" {
	add_network
	on web ip rule add from 172.17.0.2 lookup 17
	on web ip route add default via 172.17.0.1 table 17
	leave_by 10.89.1.1 fd89::1
	prints '0.0.0.0:8080 -> 10.89.1.2:80/tcp' add --to netns:web 0.0.0.0:8080:80
}

@test "an address that will stay is published" {
	configure web <<-END
		address add 10.17.0.9/32 dev lo
		address add fd17::100/128 dev eth0 nodad
		address del 172.17.0.2/16 dev eth0
		address del fd17::2/64 dev eth0
		address add 172.17.0.2/16 dev eth0
		address add fd17::2/64 dev eth0 nodad
		route add default via 172.17.0.1
		route replace default via fd17::1
	END
	on host ip route add 10.17.0.9 dev docker0
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp
[::]:8080 -> [fd17::2]:80/tcp' add --to netns:web 8080:80
}

@test "what strict filters drop is told" {
	add_network
	leave_by 10.89.1.1 fd89::1
	rp_filter host 1 br1
	run -0 --separate-stderr pubport add --to 172.17.0.2 8080:80
	contains "notice" 'net.ipv4.conf.br1.rp_filter=2' "$stderr"
	! ask other 192.168.33.2:8080 || fail "nothing drops it"
	rp_filter host 2 br1
	reaches other 192.168.33.2:8080 as 192.168.33.3

	rp_filter host 0 br1
	rp_filter host 1 eth1
	rp_filter web 1 eth0
	run -0 --separate-stderr pubport add --to 172.17.0.2 8081:80
	contains "notice" 'net.ipv4.conf.eth0.rp_filter=2' "$stderr"
	! ask other 192.168.33.2:8081 || fail "nothing drops it"
	rp_filter web 2 eth0
	run -0 --separate-stderr pubport add --to 172.17.0.2 \
		0.0.0.0:8082:80
	same "notice" '' "$stderr"
	reaches other 192.168.33.2:8082 as 192.168.33.3
}

@test "mappings follow a target whose way out is another" {
	add_network
	keep
	pubport add --to netns:web 8080:80
	leave_by 10.89.1.1 fd89::1
	says 'netns:web moved: 0.0.0.0:8080 -> 10.89.1.2:80/tcp'
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other "[fd33::2]:8080" as fd33::3
	# without a way out none is better than the other
	on web ip route del default
	sleep 0.5
	same "published" '0.0.0.0:8080 10.89.1.2' "$(pubport ls --json | jq -r \
		'.[] | "\(.host_ip):\(.host_port) \(.target_ip)"' | head -1)"
}

@test "mappings stay where their target has one more address" {
	keep
	pubport add --to netns:web 8080:80
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	configure web <<-END
		address add fd17::99/64 dev eth0 nodad
		address add 172.17.0.99/16 dev eth0
	END
	sleep 0.5
	same "said" '' "$(cat "$SAID")"
	answers 172.17.0.2:80
}

# ------------------------------------------------ networks on a target's link --

# join NETWORK4 NETWORK6: the containers are in these networks as well
join() {
	configure web <<-END
		address add $1.2/24 dev eth0
		address add $2::2/64 dev eth0 nodad
	END
	configure neighbour <<-END
		address add $1.3/24 dev eth0
		address add $2::3/64 dev eth0 nodad
		route change default via 172.17.0.1 src $1.3
		route change default via fd17::1 src $2::3
	END
}

@test "neighbours in a network that a route leads to are masqueraded" {
	add_neighbour
	join 10.77.0 fd77
	configure host <<-END
		route add 10.77.0.0/24 dev docker0
		route add fd77::/64 dev docker0
	END
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
	reaches neighbour "[fd33::2]:8080" as fd17::1
	reaches other 192.168.33.2:8080 as 192.168.33.3
	same "doctor" 0 "$(pubport doctor >/dev/null; echo $?)"
}

@test "the doctor tells of a network that came later, and add takes it in" {
	add_neighbour
	pubport add --to netns:web 192.168.33.2:8080:80
	join 10.77.0 fd77
	configure host <<-END
		address add 10.77.0.1/24 dev docker0
	END
	run -1 --separate-stderr pubport doctor
	contains "doctor" '10.77.0.0 to 10.77.0.255' "$output"
	pubport doctor --fix
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
}

@test "a network that gets wider is taken in by the next add" {
	add_neighbour
	configure host <<-END
		address del 172.17.0.1/16 dev docker0
		address add 172.17.0.1/28 dev docker0
	END
	pubport add --to 172.17.0.2 0.0.0.0:8080:80
	configure neighbour <<-END
		address add 172.17.9.3/16 dev eth0
		route change default via 172.17.0.1 src 172.17.9.3
	END
	configure host <<-END
		address add 172.17.0.1/16 dev docker0
	END
	pubport add --to 172.17.0.2 0.0.0.0:8081:80
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
	same "doctor" 0 "$(pubport doctor >/dev/null; echo $?)"
}

# ------------------------------------------------- shields around networks --

# the elements of both sets, in order
shielded() {
	for set in shielded4 shielded6; do
		on host nft -j list set inet pubport $set
	done | jq -r '.nftables[].set.elem[]? | .elem.val? // .' | sort
}

is_shielded() {
	[ "$(shielded)" = "$1" ]
}

# unreached ENDPOINT...: the other machine gets no answer there
unreached() {
	local endpoint
	for endpoint; do
		! on other timeout 1 "$TOOLS/ask.py" "$endpoint" >/dev/null 2>&1 ||
			fail "$endpoint is reached"
	done
}

@test "a shield covers the target's networks, of both families" {
	add_network
	on other ip route replace default via 192.168.33.2
	reaches other 10.89.1.2:80 as 192.168.33.3
	pubport add --shield --to 172.17.0.2 192.168.33.2:8080:80
	same "notice" '' "$stderr"
	unreached 172.17.0.2:80 '[fd17::2]:80' 10.89.1.2:80 '[fd89::2]:80'
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches host 10.89.1.2:80 as 10.89.1.1
	# another one that calls it otherwise keeps it up
	pubport add --shield --to netns:web 192.168.33.2:8081:80
	pubport rm 192.168.33.2:8080
	unreached 172.17.0.2:80 '[fd17::2]:80' 10.89.1.2:80 '[fd89::2]:80'
	pubport rm 192.168.33.2:8081
	reaches other 10.89.1.2:80 as 192.168.33.3
	reaches other '[fd17::2]:80' as fd33::3
}

@test "a shield covers what the host routes to the target" {
	on web ip address add 10.17.0.9/32 dev lo
	on host ip route add 10.17.0.9 via 172.17.0.2
	serve web 10.17.0.9 80
	pubport add --shield --to netns:web 192.168.33.2:8080:80
	same "shielded" '10.17.0.9
172.17.0.2
fd17::2' "$(shielded)"
	unreached 10.17.0.9:80
}

@test "the doctor tells of an address that came after the shield" {
	pubport add --shield --to netns:web 192.168.33.2:8080:80
	same "doctor" 0 "$(pubport doctor >/dev/null; echo $?)"
	add_network
	run -1 --separate-stderr pubport doctor
	contains "doctor" 'its address 10.89.1.2 is not' "$output"
	contains "doctor" 'its address fd89::2 is not' "$output"
	pubport doctor --fix
	unreached 10.89.1.2:80 '[fd89::2]:80'
}

@test "what can't be shielded is told, and nobody else is" {
	add_neighbour
	configure web <<-END
		address add 172.17.0.3/16 dev eth0
		address add 192.168.33.3/32 dev lo
	END
	run -0 --separate-stderr pubport add --shield --to netns:web \
		192.168.33.2:8080:80
	contains "notice" '172.17.0.3 of netns:web is not shielded: netns:neighbour has it, too' "$stderr"
	contains "notice" "192.168.33.3 of netns:web can't be shielded" "$stderr"
	same "shielded" '172.17.0.2
fd17::2' "$(shielded)"
	run -0 --separate-stderr pubport add --shield --to 172.17.0.77 \
		192.168.33.2:8081:80
	contains "notice" '172.17.0.77 alone is shielded' "$stderr"
}

@test "a shield that somebody wants for a while lasts for all that want it" {
	pubport add --shield --ttl 1h --to netns:web 192.168.33.2:8080:80
	pubport add --shield --to 172.17.0.2 192.168.33.2:8081:80
	pubport rm 192.168.33.2:8080
	same "shielded" '172.17.0.2
fd17::2' "$(shielded)"
	same "until" '' "$(on host nft list set inet pubport shielded4 |
		grep expires)"
	pubport add --shield --ttl 1h --to netns:web 192.168.33.2:8080:80
	pubport rm 192.168.33.2:8081
	contains "until" ' expires ' \
		"$(on host nft list set inet pubport shielded4)"
	pubport rm 192.168.33.2:8080
	has_table && fail "the table stays" || :
}

# ------------------------------------------------------------- with a keeper --

@test "keep takes in networks of a link that come later" {
	add_neighbour
	keep
	pubport add --to netns:web 8080:80
	join 10.77.0 fd77
	configure host <<-END
		address add 10.77.0.1/24 dev docker0
		route add fd77::/64 dev docker0
	END
	sleep 0.5
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
	on host ip route add 10.78.0.0/24 dev docker0
	join 10.78.0 fd78
	sleep 0.5
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "keep shields addresses that a target gets later, and no longer" {
	keep
	pubport add --shield --to netns:web 192.168.33.2:8080:80
	add_network
	eventually is_shielded '10.89.1.2
172.17.0.2
fd17::2
fd89::2'
	unreached 10.89.1.2:80 '[fd89::2]:80'
	on web ip address del 10.89.1.2/24 dev eth1
	eventually is_shielded '172.17.0.2
fd17::2
fd89::2'
	reaches other 192.168.33.2:8080 as 192.168.33.3
	pubport flush
	! has_table || fail "the table is left"
}
