#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Who reaches a published port, how, and as whom: with real packets, for IPv4
# and IPv6, tcp, udp and sctp.
load ../lib/lab
load ../lib/expect
load ../lib/families

setup() {
	lay
	to_web=(--to 172.17.0.2 --to fd17::2)
	to_neighbour=(--to 172.17.0.3 --to fd17::3)
}

teardown() {
	clear_away
}

# publishes 8080 for every protocol, with the options given
publish() {
	pubport add "$@" 8080:80/tcp 8080:80/udp 8080:80/sctp
}

remote_clients_keep_their_address() {
	reaches other "$eth1:8080/$protocol" as "$other" at "$server"
	reaches other "$docker0:8080/$protocol" as "$other" at "$server"
}

@test "remote clients reach every host address and keep their own" {
	publish "${to_web[@]}"
	each_way remote_clients_keep_their_address
}

only_one_address_answers() {
	reaches other "$eth1:8080/$protocol" as "$other" at "$server"
	refused other "$docker0:8080/$protocol"
	refused other "$eth1:8081/$protocol"
	refused host "$docker0:8080/$protocol"
	refused host "$loopback:8080/$protocol"
}

@test "clients are refused where nothing is published" {
	pubport add "${to_web[@]}" \
		192.168.33.2:8080:80/{tcp,udp,sctp} \
		'[fd33::2]:8080:80'/{tcp,udp,sctp}
	each_way only_one_address_answers
}

host_keeps_the_address_it_used() {
	reaches host "$eth1:8080/$protocol" as "$eth1" at "$server"
	reaches host "$docker0:8080/$protocol" as "$docker0" at "$server"
}

@test "the host reaches every address of its own, as that address" {
	publish "${to_web[@]}"
	each_way host_keeps_the_address_it_used
}

loopback_is_masqueraded() {
	reaches host "$loopback:8080/$protocol" as "$docker0" at "$server"
}

@test "the host reaches it through 127.0.0.1 and [::1]" {
	! has_bridge_netfilter || bridge_netfilter 0 ip6tables
	publish "${to_web[@]}"
	each_way loopback_is_masqueraded
}

loopback_only() {
	loopback_is_masqueraded
	refused other "$eth1:8080/$protocol"
	refused host "$eth1:8080/$protocol"
}

# tells_nothing_of_families ARG...: of pubport add
tells_nothing_of_families() {
	run -0 --separate-stderr pubport add "$@"
	[[ $stderr != *'has no IPv'* ]] || fail "$stderr"
}

@test "add says once where localhost doesn't lead to a target of one family" {
	on web ip -6 addr flush dev eth0
	run -0 --separate-stderr pubport add --to netns:web 8080:80 8081:80
	same "notice" "pubport: netns:web has no IPv6 address: localhost, where it is [::1]:8080, does not lead there; say 127.0.0.1:8080" \
		"$stderr"
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	refused host '[::1]:8080'
	# who asks for one family, or for no loopback, knows
	tells_nothing_of_families --to netns:web 0.0.0.0:8082:80
	tells_nothing_of_families --to 172.17.0.2 8083:80
	tells_nothing_of_families --no-loopback --to netns:web 8084:80
	on web ip -6 addr add fd17::2/64 dev eth0 nodad
	tells_nothing_of_families --to netns:web 8085:80
	on web ip -4 addr flush dev eth0
	run -0 --separate-stderr pubport add --to netns:web 8086:80
	contains "notice" 'has no IPv4 address' "$stderr"
}

@test "a mapping on 127.0.0.1 and [::1] is for the host alone" {
	! has_bridge_netfilter || bridge_netfilter 0 ip6tables
	pubport add "${to_web[@]}" \
		127.0.0.1:8080:80/{tcp,udp,sctp} '[::1]:8080:80'/{tcp,udp,sctp}
	each_way loopback_only
}

@test "with br_netfilter for IPv6, add says that [::1] won't do" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	bridge_netfilter 1 ip6tables
	run --separate-stderr pubport add "${to_web[@]}" 8080:80
	same "status" 0 "$status"
	contains "notice" '[::1]' "$stderr"
	contains "notice" 'bridge-nf-call-ip6tables' "$stderr"
}

loopback_is_left_out() {
	refused host "$loopback:8080/$protocol"
	host_keeps_the_address_it_used
	remote_clients_keep_their_address
}

@test "--no-loopback leaves 127.0.0.1 and [::1] out" {
	publish --no-loopback "${to_web[@]}"
	each_way loopback_is_left_out
}

@test "--no-loopback leaves 127.0.0.1 out of ranges too" {
	pubport add --no-loopback "${to_web[@]}" 8000-8010:8000-8010
	refused host 127.0.0.1:8005
	reaches host 192.168.33.2:8005 as 192.168.33.2 at 172.17.0.2:8005
}

@test "--no-loopback of one address says nothing of all addresses" {
	pubport add --no-loopback "${to_web[@]}" 192.168.33.2:8080:80 \
		172.17.0.1:8080:80
	pubport add "${to_web[@]}" 8080:80
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	pubport rm 192.168.33.2:8080
	pubport add --no-loopback --replace "${to_web[@]}" 8080:80 \
		192.168.33.2:8080:80
	refused host 127.0.0.1:8080
	pubport rm --all
}

hairpin() {
	reaches web "$eth1:8080/$protocol" as "$docker0" at "$server"
	reaches web "$docker0:8080/$protocol" as "$docker0" at "$server"
	reaches neighbour "$eth1:8080/$protocol" as "$docker0" at "$server"
	reaches neighbour "$docker0:8080/$protocol" as "$docker0" at "$server"
}

@test "the target and its neighbour reach it, without br_netfilter" {
	bridge_netfilter_off
	add_neighbour
	publish "${to_web[@]}"
	each_way hairpin
}

@test "a target of which the bridge heard nothing for minutes reaches itself" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	bridge_netfilter 1
	reaches host 172.17.0.2:80 as 172.17.0.1 at 172.17.0.2:80
	on host bridge fdb del "$(mac_of web eth0)" dev veth-2 master
	pubport add "${to_web[@]}" 8080:80
	reaches web 192.168.33.2:8080 as 172.17.0.1 at 172.17.0.2:80
}

@test "a neighbour that somebody set for good stays so, heard or not" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	local lladdr
	bridge_netfilter 1
	reaches host 172.17.0.2:80 as 172.17.0.1 at 172.17.0.2:80
	lladdr=$(mac_of web eth0)
	on host ip neighbour replace 172.17.0.2 lladdr "$lladdr" dev docker0 \
		nud permanent
	on host bridge fdb del "$lladdr" dev veth-2 master
	pubport add --to 172.17.0.2 8080:80
	same "neighbour" "172.17.0.2 lladdr $lladdr PERMANENT" \
		"$(on host ip neighbour show 172.17.0.2 dev docker0 | xargs)"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "the target and its neighbour reach it, with br_netfilter" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	bridge_netfilter 1 iptables
	bridge_netfilter 1 ip6tables
	add_neighbour
	publish "${to_web[@]}"
	each_way hairpin
}

# machines inner and beside behind web, which is their router
add_behind_web() {
	local name number=2
	on web sysctl -q -w net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	for name in inner beside; do
		add_machine "$name"
		connect web "to-$name" "$name"
		address "$name" "10.20.$number.2/24" "fd20:$number::2/64" \
			"10.20.$number.1" "fd20:$number::1"
		configure web <<-END
			address add 10.20.$number.1/24 dev to-$name
			address add fd20:$number::1/64 dev to-$name nodad
		END
		number=$((number + 1))
	done
	configure host <<-END
		route add 10.20.0.0/16 via 172.17.0.2
		route add fd20::/16 via fd17::2
	END
	serve inner 10.20.2.2,fd20:2::2 80
}

hairpin_behind_web() {
	reaches inner "$eth1:8080/$protocol" as "$docker0"
	reaches beside "$eth1:8080/$protocol" as "$docker0"
	reaches web "$eth1:8080/$protocol" as "$docker0"
	reaches other "$eth1:8080/$protocol" as "$other"
}

@test "who is behind the same router as the target reaches it" {
	bridge_netfilter_off
	add_behind_web
	publish --to 10.20.2.2 --to fd20:2::2
	each_way hairpin_behind_web
}

passes_untouched() {
	reaches other "$internet:8080/$protocol" as "$other" \
		at "$(endpoint "$internet" 8080)"
	reaches web "$internet:8080/$protocol" as "$web" \
		at "$(endpoint "$internet" 8080)"
	reaches host "$internet:8080/$protocol" as "$(source_towards_internet)" \
		at "$(endpoint "$internet" 8080)"
}

endpoint() {
	[[ $1 == *:* ]] && printf '[%s]:%s' "$1" "$2" || printf '%s:%s' "$1" "$2"
}

source_towards_internet() {
	[[ $internet == *:* ]] && echo fd11::254 || echo 1.1.1.254
}

@test "clients on every network of the target's link are answered" {
	add_neighbour
	bridge_netfilter 0
	on host ip address add 10.5.0.1/16 dev docker0
	on web ip address add 10.5.0.2/16 dev eth0
	on neighbour ip address add 10.5.0.3/16 dev eth0
	pubport add --to 172.17.0.2 8080:80
	reaches neighbour 10.5.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	reaches web 10.5.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
}

@test "a broad route to the target costs no client its address" {
	add_machine peer
	connect host eth3 peer
	configure host <<-END
		address add 192.168.99.1/32 dev eth3
		route add 192.168.0.0/16 dev eth3
	END
	configure peer <<-END
		link set eth0 up
		address add 192.168.50.2/32 dev eth0
		route add 192.168.99.1 dev eth0
		route add default via 192.168.99.1
	END
	serve peer 192.168.50.2 80
	pubport add --to 192.168.50.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 192.168.50.2:80
	reaches host 127.0.0.1:8080 as 192.168.99.1 at 192.168.50.2:80
}

@test "traffic that is not for the host passes untouched" {
	add_internet
	publish "${to_web[@]}"
	each_way passes_untouched
	pubport flush
	pubport add "${to_web[@]}" 1-65535:1-65535/{tcp,udp,sctp}
	each_way passes_untouched
	pubport flush
	pubport add "${to_web[@]}" 8070-8080:9000-9010/{tcp,udp,sctp}
	each_way passes_untouched
}

@test "a host address comes before all addresses" {
	add_neighbour
	publish "${to_web[@]}"
	publish_on_eth1 "${to_neighbour[@]}"
	each_way address_beats_all
}

publish_on_eth1() {
	pubport add "$@" 192.168.33.2:8080:80/{tcp,udp,sctp} \
		'[fd33::2]:8080:80'/{tcp,udp,sctp}
}

address_beats_all() {
	reaches other "$eth1:8080/$protocol" as "$other" \
		at "$(endpoint "$neighbour" 80)"
	reaches other "$docker0:8080/$protocol" as "$other" at "$server"
}

@test "a single port comes before a range, whichever was first" {
	add_neighbour
	pubport add "${to_web[@]}" 8000-8010:8000-8010 7000-7010:9000-9010
	pubport add "${to_neighbour[@]}" 8005:80 7005:80
	pubport add "${to_neighbour[@]}" 6005:80 5005:80
	pubport add "${to_web[@]}" 6000-6010:8000-8010 5000-5010:9000-9010
	ipv4 single_beats_range
	ipv6 single_beats_range
}

single_beats_range() {
	local port
	for port in 8005 7005 6005 5005; do
		reaches other "$eth1:$port" as "$other" \
			at "$(endpoint "$neighbour" 80)"
	done
	reaches other "$eth1:8004" as "$other" at "$(endpoint "$web" 8004)"
	reaches other "$eth1:7006" as "$other" at "$(endpoint "$web" 9006)"
	reaches other "$eth1:6004" as "$other" at "$(endpoint "$web" 8004)"
	reaches other "$eth1:5006" as "$other" at "$(endpoint "$web" 9006)"
}

@test "a range on a host address comes before a single port on all" {
	add_neighbour
	pubport add "${to_neighbour[@]}" 8005:80 7005:80
	pubport add "${to_web[@]}" 192.168.33.2:8000-8010:8000-8010 \
		192.168.33.2:7000-7010:9000-9010
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.2:8005
	reaches other 192.168.33.2:7005 as 192.168.33.3 at 172.17.0.2:9005
	reaches other 172.17.0.1:8005 as 192.168.33.3 at 172.17.0.3:80
}

@test "a single port on a host address comes before a range there" {
	add_neighbour
	pubport add "${to_web[@]}" 192.168.33.2:8000-8010:8000-8010 \
		192.168.33.2:7000-7010:9000-9010
	pubport add "${to_neighbour[@]}" 192.168.33.2:8005:80 192.168.33.2:7005:80
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.3:80
	reaches other 192.168.33.2:7005 as 192.168.33.3 at 172.17.0.3:80
	reaches other 192.168.33.2:8006 as 192.168.33.3 at 172.17.0.2:8006
	reaches other 192.168.33.2:7006 as 192.168.33.3 at 172.17.0.2:9006
}

# swaps the target of 8080 often
swap_targets() {
	for _ in {1..20}; do
		pubport add -q --replace --to 172.17.0.3 8080:80 >&2 &&
			pubport add -q --replace --to 172.17.0.2 8080:80 >&2 ||
			return
	done
}

@test "--replace swaps the target with no moment without" {
	add_neighbour
	pubport add --to 172.17.0.2 8080:80
	same "connections" \
		'0 failed; answered by 172.17.0.2:80 172.17.0.3:80' \
		"$(swap_targets | on other "$TOOLS/hammer.py" 192.168.33.2 8080)"
	prints '0.0.0.0:8080/tcp' ls -q
}

@test "--replace swaps one family, and adds what was not there" {
	add_neighbour
	pubport add "${to_web[@]}" 8080:80
	pubport add --replace --to 172.17.0.3 8080:80 8081:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.3:80
	reaches other fd33::2:8080 as fd33::3 at '[fd17::2]:80'
}

@test "an address that the host gets later is published too" {
	publish "${to_web[@]}"
	configure host <<-END
		address add 192.168.34.2/24 dev eth1
		address add fd34::2/64 dev eth1
	END
	local protocol
	for protocol in tcp udp sctp; do
		reaches other "192.168.34.2:8080/$protocol" as 192.168.33.3
		reaches other "fd34::2:8080/$protocol" as fd33::3
		reaches host "192.168.34.2:8080/$protocol" as 192.168.34.2
	done
}

@test "link-local clients, which can't be translated, are left alone" {
	local link_local
	link_local=$(on host ip -j -6 address show eth1 scope link |
		jq -r '.[].addr_info[].local // empty')
	publish "${to_web[@]}"
	refused other "$link_local%eth0:8080"
	refused other "$link_local%eth0:8080/udp"
}

@test "--force publishes on an address that the host gets later" {
	pubport add --force --to 172.17.0.2 192.168.33.20:8080:80
	configure host <<<'address add 192.168.33.20/24 dev eth1'
	reaches other 192.168.33.20:8080 as 192.168.33.3 at 172.17.0.2:80
	refused other 192.168.33.2:8080
}

@test "a namespace is published in each family that it has" {
	pubport add --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other fd33::2:8080 as fd33::3 at '[fd17::2]:80'
}

@test "a process's namespace is published" {
	pubport add --to "pid:${servers[-1]}" 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other fd33::2:8080 as fd33::3 at '[fd17::2]:80'
}

@test "connections are counted" {
	pubport add --to 172.17.0.2 8080:80
	ask other 192.168.33.2:8080
	ask other 192.168.33.2:8080
	ask host 127.0.0.1:8080
	same "connections" 3 "$(pubport ls --json | jq '.[].connections')"
}
