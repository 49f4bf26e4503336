#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The doctor: working setups have nothing wrong; each that is broken in one way
# is told to be so in this way and no other, and the command that is told mends
# it.
load ../lib/lab
load ../lib/expect
load ../lib/doctor
load ../lib/programs

setup() {
	lay_plainly
}

teardown() {
	end_fakes
	clear_away
}

needs_bridge_netfilter() {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
}

# runs the commands that doctor with these arguments gives but does not run
does_as_told() {
	local command
	run --separate-stderr pubport doctor "$@"
	command=$(sed -n 's/^      perhaps: //p' <<<"$output")
	[ -n "$command" ] || fail "no command in: $output"
	on host bash -ec "PATH=${PUBPORT%/*}:\$PATH; $command" >/dev/null
}

# ------------------------------------------------------------------- well --

@test "on a bridge, all is well" {
	pubport add --to netns:web 8080:80
	well
	well 8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well 8080
}

@test "of nothing published, nothing is wrong" {
	well
}

@test "behind a routed link, all is well" {
	add_peer
	pubport add --to 192.168.50.2 --to fd50::2 8080:80
	well
}

@test "by a plain wire, all is well" {
	add_namespace lone
	connect host eth4 lone
	configure host <<-END
		address add 10.5.0.1/24 dev eth4
		address add fd05::1/64 dev eth4
	END
	address lone 10.5.0.2/24 fd05::2/64 10.5.0.1 fd05::1
	serve lone 10.5.0.2,fd05::2 80
	pubport add --to netns:lone 8080:80
	well
}

@test "a mapping of each option is well" {
	pubport add --to netns:web --from 192.168.33.0/24,fd33::/64 8080:80
	pubport add --to netns:web --no-loopback 8081:80
	pubport add --to netns:web --shield 8082:80
	pubport add --to netns:web --ttl 1h 8083:80
	pubport add --to netns:web 127.0.0.1:8084:80 '[::1]:8084:80'
	pubport add --to netns:web 192.168.33.2:8085:80 '[fd33::2]:8085:80'
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches host 127.0.0.1:8084 as 172.17.0.1
	well
}

@test "ranges, udp and sctp are well" {
	pubport add --to netns:web 8000-8010:8000-8010 7000-7010:9000-9010/udp
	pubport add --to netns:web 7500-7510:20000-20010 8090:80/udp 8090:80/sctp
	well
	reaches other 192.168.33.2:8005 as 192.168.33.3
	reaches other 192.168.33.2:8090/udp as 192.168.33.3
	well
}

@test "a port of the host itself is well" {
	serve host 0.0.0.0,:: 88
	pubport add --to host 8080:88
	well
	well 8080
}

@test "a host that did not forward is well" {
	forward 0
	add_internet
	pubport add --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
}

@test "with br_netfilter, all is well" {
	needs_bridge_netfilter
	bridge_netfilter 1
	pubport add --to netns:web 8080:80
	reaches web 192.168.33.2:8080 as 172.17.0.1
	well
}

@test "with a strict reverse path filter, all is well" {
	add_internet
	on host sysctl -q -w net.ipv4.conf.all.rp_filter=1
	pubport add --to netns:web 8080:80
	reaches internet 192.168.33.2:8080 as 1.1.1.1
	well
}

@test "an address of the host itself as target is well" {
	forward 0
	serve host 192.168.33.2 88
	pubport add --to 192.168.33.2 8080:88
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
}

@test "targets of both families by different words are well" {
	pubport add --to netns:web --to fd17::2 8080:80 ||
		pubport add --to 172.17.0.2 --to fd17::2 8080:80
	well
}

@test "of two wires into one network, either is right" {
	configure host <<-END
		link add eth4 type veth peer name eth1 netns /run/machines/other
		link set eth4 up
		address add 192.168.33.5/24 dev eth4
	END
	on other ip link set eth1 up
	pubport add --to netns:web 8080:80
	well
}

@test "doctor changes nothing" {
	local before rules
	pubport add --to netns:web 8080:80
	before=$(settings)
	rules=$(ruleset)
	pubport doctor >/dev/null
	same "settings" "$before" "$(settings)"
	same "rules" "$rules" "$(ruleset)"
}

# ------------------------------------------------------------------ words --

@test "what is fine has a line with -v, and nothing is printed with -q" {
	pubport add --to netns:web 192.168.33.2:8080:80
	prints '' doctor -q
	run -0 --separate-stderr pubport doctor -v 192.168.33.2:8080
	contains "report" '  ok  listener: port 80/tcp is open in netns:web' "$output"
	run -0 --separate-stderr pubport doctor
	contains "report" '192.168.33.2:8080 -> 172.17.0.2:80/tcp
  ok  listener' "$output"
}

@test "with -q, only what is wrong is printed" {
	pubport add --to netns:web 192.168.33.2:8080:81 192.168.33.2:8081:80
	run -1 --separate-stderr pubport doctor -q
	contains "report" '192.168.33.2:8080 -> ' "$output"
	[[ $output != *8081* && $output != *'this host'* ]] ||
		fail "too much in: $output"
}

@test "wrong words are refused" {
	rejects 2 '"nonsense"' doctor nonsense
	rejects 2 '"10.0.0.0/8"' doctor --client 10.0.0.0/8
	rejects 4 '"8080"' doctor 8080
}

@test "without rights, doctor says so" {
	run --separate-stderr without_rights doctor
	same "status" 5 "$status"
	is_one_error "$stderr" 'not permitted'
}

@test "with --fix and --json, the last look is printed" {
	pubport add --to netns:web 192.168.33.2:8080:80
	on host ip link set veth-2 down
	run -0 --separate-stderr pubport doctor --fix --json
	contains "commands" '+ ip link set dev veth-2 up' "$stderr"
	same "wrong" 0 "$(jq 'map(select(.status == "wrong")) | length' \
		<<<"$output")"
}

# -------------------------------------------------------------------- ill --

@test "nothing listens in the target" {
	pubport add --to netns:web 8080:81
	unreached other 192.168.33.2:8080
	ill listener 'nothing listens on port 81/tcp in netns:web' 8080
	ill listener 'nothing listens on port 81/tcp in netns:web'
	contains "report" '80' "$output"
	serve web 172.17.0.2,fd17::2 81 tcp
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "the service in the target listens on 127.0.0.1 only" {
	pubport add --to netns:web 8080:81
	serve web 127.0.0.1 81 tcp
	unreached other 192.168.33.2:8080
	ill listener '127.0.0.1:81 only' 0.0.0.0:8080
	contains "report" 'server.py (pid ' "$output"
	serve web 172.17.0.2 81 tcp
	well 0.0.0.0:8080
}

@test "the service in the target listens in the other family only" {
	serve web 0.0.0.0 81
	serve web ::1 82
	pubport add --to fd17::2 8081:81
	pubport add --to 172.17.0.2 8082:82
	ill listener 'listens on 0.0.0.0:81 only: have it listen on [::]' '[::]:8081'
	ill listener 'listens on [::1]:82 only: have it listen on 0.0.0.0' 8082
}

@test "a link towards the target is down" {
	local scene
	pubport add --to netns:web 192.168.33.2:8080:80
	for scene in 'host docker0' 'host veth-2' 'web eth0'; do
		# shellcheck disable=SC2086 # two words
		set -- $scene
		on "$1" ip link set "$2" down
		unreached other 192.168.33.2:8080
		ill link "$2" 192.168.33.2:8080
		case $1 in
		host)
			mends 192.168.33.2:8080
			soon_reaches other 192.168.33.2:8080 as 192.168.33.3
			;;
		# with the link went its routes
		*)
			pubport doctor --fix >/dev/null || :
			does_as_told
			soon_reaches other 192.168.33.2:8080 as 172.17.0.1
			;;
		esac
	done
}

# as reaches, once neighbours that were sought in vain are sought again
soon_reaches() {
	for _ in {1..5}; do
		ask "$1" "$2" >/dev/null 2>&1 && break
		sleep 0.5
	done
	reaches "$@"
}

@test "the target's address is gone" {
	pubport add --to netns:web 192.168.33.2:8080:80
	on web ip address del 172.17.0.2/16 dev eth0
	unreached other 192.168.33.2:8080
	ill target '172.17.0.2 is gone from netns:web'
	does_as_told
	# with the address went its routes
	does_as_told
	well
	soon_reaches other 192.168.33.2:8080 as 172.17.0.1
}

@test "the target's namespace is gone" {
	pubport add --to netns:web 192.168.33.2:8080:80
	end_servers
	umount /run/netns/web
	rm /run/netns/web /run/machines/web
	ill target 'no such network namespace' 192.168.33.2:8080
}

@test "nobody answers for the target's address" {
	pubport add --to 172.17.0.9 192.168.33.2:8080:80
	unreached other 192.168.33.2:8080
	ill target 'nobody answers for 172.17.0.9 on docker0'
	on web ip address add 172.17.0.9/16 dev eth0
	serve web 172.17.0.9 80
	well
	soon_reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "forwarding is turned off after the mapping" {
	local scene
	pubport add --to netns:web 8080:80
	for scene in ipv4.ip_forward=0 ipv4.conf.docker0.forwarding=0 \
		ipv4.conf.eth1.forwarding=0; do
		on host sysctl -q -w "net.$scene"
		unreached other 192.168.33.2:8080
		ill forwarding 'forwarding is off: IPv4' 0.0.0.0:8080
		mends 0.0.0.0:8080
		reaches other 192.168.33.2:8080 as 192.168.33.3
	done
	on host sysctl -q -w net.ipv6.conf.all.forwarding=0
	unreached other '[fd33::2]:8080'
	ill forwarding 'forwarding is off: IPv6'
	mends
	reaches other '[fd33::2]:8080' as fd33::3
}

@test "forwarding that was turned on for a mapping is turned off" {
	forward 0
	pubport add --to netns:web 8080:80
	on host sysctl -q -w net.ipv4.conf.docker0.forwarding=0 \
		net.ipv4.conf.eth1.forwarding=0
	unreached other 192.168.33.2:8080
	ill forwarding 'docker0, eth1'
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	pubport rm 8080
	same "forwarding" 0 "$(on host sysctl -n net.ipv4.conf.eth1.forwarding)"
}

@test "the host is made a router after the mapping" {
	add_internet
	forward 0
	pubport add --to netns:web 8080:80
	forward 1
	unreached other 1.1.1.1:8080
	ill forwarding 'was made a router for IPv4, but still'
	mends
	reaches other 1.1.1.1:8080 as 192.168.33.3
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "a local listener is shadowed" {
	pubport add --to netns:web 8080:80
	serve host 192.168.33.2 8080 tcp
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	ill 'local listener' 'server.py (pid ' 0.0.0.0:8080
	does_as_told 0.0.0.0:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 192.168.33.2:8080
	well
}

@test "a local listener is shadowed by a range, in its protocol only" {
	pubport add --to netns:web 8000-8010:8000-8010/udp
	serve host 192.168.33.2 8005 tcp
	well
	serve host 192.168.33.2 7999,8011 udp
	well
	serve host 192.168.33.2 8010 udp
	ill 'local listener' 'port 8010/udp' 0.0.0.0:8000-8010/udp
}

@test "of many that listen in the target, the first eight are named" {
	pubport add --to netns:web 8080:81
	ill listener '80, 8000, 8001, 8002, 8003, 8004, 8005, 8006/tcp: start'
}

@test "the host address is gone" {
	on host ip address add 192.168.33.9/24 dev eth1
	pubport add --to netns:web 192.168.33.9:8080:80
	reaches other 192.168.33.9:8080 as 192.168.33.3
	on host ip address del 192.168.33.9/24 dev eth1
	unreached other 192.168.33.9:8080
	ill address '192.168.33.9'
	does_as_told
	mends
	reaches other 192.168.33.9:8080 as 192.168.33.3
}

@test "a host address that another machine has is not taken back" {
	on host ip address add 192.168.33.9/24 dev eth1
	pubport add --to netns:web 192.168.33.9:8080:80
	on host ip address del 192.168.33.9/24 dev eth1
	on other ip address add 192.168.33.9/24 dev eth0
	ill address '192.168.33.9'
	does_as_told
	well
}

@test "the target's address changed" {
	pubport add --name flask --to netns:web --no-loopback 8080:80
	on web ip address add 172.17.0.7/16 dev eth0
	on web ip address del 172.17.0.2/16 dev eth0
	on web ip address show dev eth0 | grep -q 172.17.0.7 ||
		on web ip address add 172.17.0.7/16 dev eth0
	on web ip route replace default via 172.17.0.1
	serve web 172.17.0.7 80
	unreached other 192.168.33.2:8080
	ill target 'netns:web is 172.17.0.7 now'
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.7:80
	same "mapping" 'flask netns:web' "$(pubport ls --json |
		jq -r '.[0] | .name + " " + .target')"
}

@test "the target has no route back" {
	pubport add --to netns:web 8080:80
	on web ip -4 route del default
	unreached other 192.168.33.2:8080
	ill 'way back' 'no route back' 0.0.0.0:8080
	does_as_told
	well
	reaches other 192.168.33.2:8080 as 172.17.0.1
	on web ip -6 route del default
	unreached other '[fd33::2]:8080'
	ill 'way back' 'no route back'
	does_as_told
	well
	reaches other '[fd33::2]:8080' as fd17::1
}

@test "the target answers by another router" {
	add_neighbour
	pubport add --to netns:web 192.168.33.2:8080:80
	on web ip route replace default via 172.17.0.3
	unreached other 192.168.33.2:8080
	ill 'way back' '172.17.0.3'
	does_as_told
	well
	reaches other 192.168.33.2:8080 as 172.17.0.1
}

# what may not be wanted is told, and left alone
leaves_alone() {
	local before
	before=$(on web ip route; on web ip address; settings)
	run --separate-stderr pubport doctor --fix
	same "status of doctor --fix" 1 "$status"
	same "what was there" "$before" \
		"$(on web ip route; on web ip address; settings)"
}

@test "routes of a target, addresses and limits are left alone" {
	pubport add --to netns:web 192.168.33.2:8080:80
	on web ip route del default
	leaves_alone
	on web ip route add default via 172.17.0.1
	on web ip address del 172.17.0.2/16 dev eth0
	leaves_alone
	on web ip address add 172.17.0.2/16 dev eth0
	on web ip route add default via 172.17.0.1
	on host ip address del 192.168.33.2/24 dev eth1
	leaves_alone
}

# a target as Calico has them: its gateway is an address that nobody has, for
# which the host answers
@test "behind a gateway that the host stands in for, all is well" {
	add_namespace pod
	connect host cali1 pod
	on host sysctl -q -w net.ipv4.conf.cali1.proxy_arp=1
	configure host <<-END
		route add default via 192.168.33.3
		route add 10.65.0.2 dev cali1
	END
	configure pod <<-END
		link set eth0 up
		address add 10.65.0.2/32 dev eth0
		route add 169.254.1.1 dev eth0
		route add default via 169.254.1.1
	END
	serve pod 10.65.0.2 80
	pubport add --to netns:pod 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	on host sysctl -q -w net.ipv4.conf.cali1.proxy_arp=0
	on pod ip neigh flush all
	ill 'way back' 169.254.1.1
	# one entry, or a static one in the target, does as well
	on host ip neigh add proxy 169.254.1.1 dev cali1
	well
	on host ip neigh del proxy 169.254.1.1 dev cali1
	on pod ip neigh replace 169.254.1.1 dev eth0 lladdr \
		"$(on host ip -j link show cali1 | jq -r '.[0].address')"
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

# a machine behind the bridge and a switch, which can't be looked into, with
# another way out
add_stranger() {
	add_machine switch
	connect host veth-s switch
	configure host <<<"link set veth-s master docker0"
	add_machine stranger
	connect switch port stranger
	configure switch <<-END
		link add br0 type bridge mcast_snooping 0
		link set br0 up
		link set eth0 master br0
		link set eth0 up
		link set port master br0
	END
	address stranger 172.17.0.77/16 fd17::77/64 172.17.0.9 fd17::9
	serve stranger 172.17.0.77 80
}

@test "a target that can't be looked into does not answer" {
	add_stranger
	pubport add --to 172.17.0.77 192.168.33.2:8080:80
	well
	unreached other 192.168.33.2:8080
	ill 'way back' 'was asked by 192.168.33.3 port'
	contains "report" 'perhaps: pubport add --replace --masquerade' "$output"
	on stranger ip route replace default via 172.17.0.1
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	pubport flush
	on stranger ip route replace default via 172.17.0.9
	pubport add --to 172.17.0.77 192.168.33.2:8080:80
	unreached other 192.168.33.2:8080
	does_as_told
	reaches other 192.168.33.2:8080 as 172.17.0.1
}

@test "the target takes a client for a neighbour" {
	pubport add --to netns:web 192.168.33.2:8080:80
	on web ip route add 192.168.33.0/24 dev eth0
	unreached other 192.168.33.2:8080
	ill 'way back' 'takes it for a neighbour on eth0'
	on host sysctl -q -w net.ipv4.conf.docker0.proxy_arp=1
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "the target has another link into the clients' network" {
	pubport add --to netns:web 192.168.33.2:8080:80
	configure web <<-END
		link add eth1 type bridge
		link set eth1 up
		address add 192.168.33.9/24 dev eth1
	END
	unreached other 192.168.33.2:8080
	ill 'way back' 'takes it for a neighbour on eth1'
	ill 'way back' 'takes it for a neighbour on eth1' --client 192.168.33.3
	does_as_told
	well
	reaches other 192.168.33.2:8080 as 172.17.0.1
}

# a second network of the target's, by which it answers
second_network() {
	configure host <<-END
		link add br1 type bridge mcast_snooping 0
		link set br1 up
		address add 10.89.1.1/24 dev br1
		link add veth-b type veth peer name eth1 netns /run/machines/web
		link set veth-b master br1
		link set veth-b up
	END
	configure web <<-END
		link set eth1 up
		address add 10.89.1.2/24 dev eth1
		route replace default via 10.89.1.1
	END
}

@test "a strict reverse path filter drops answers from a second network" {
	second_network
	pubport add --to 172.17.0.2 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	on host sysctl -q -w net.ipv4.conf.br1.rp_filter=1
	unreached other 192.168.33.2:8080
	ill 'reverse path' 'rp_filter is strict on br1'
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "the target's reverse path filter drops clients" {
	second_network
	pubport add --to 172.17.0.2 192.168.33.2:8080:80
	on web sysctl -q -w net.ipv4.conf.eth0.rp_filter=1
	unreached other 192.168.33.2:8080
	ill 'reverse path' "the target's rp_filter is strict on eth0"
	does_as_told
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

# a macvlan of the uplink, which the host itself is not heard by
add_macvlan() {
	add_namespace mac
	configure host <<-END
		link add mac0 link eth1 type macvlan mode bridge
		link set mac0 netns mac name eth0
	END
	configure mac <<-END
		link set eth0 up
		address add 192.168.33.50/24 dev eth0
		route add default via 192.168.33.2
	END
	serve mac 192.168.33.50 80
}

@test "a macvlan is up, but not heard by its parent" {
	add_macvlan
	rejects 4 'macvlan of eth1' add --to netns:mac 192.168.33.2:8080:80
	pubport add --to 192.168.33.50 192.168.33.2:8080:80
	ill target 'is on a macvlan of eth1'
}

@test "by a macvlan of the host's own, a target answers its neighbours directly" {
	add_macvlan
	configure host <<-END
		link add shim link eth1 type macvlan mode bridge
		address add 192.168.33.61/32 dev shim
		link set shim up
		route add 192.168.33.50 dev shim
	END
	pubport add --to netns:mac 192.168.33.2:8080:80
	reaches host 192.168.33.2:8080 as 192.168.33.2
	unreached other 192.168.33.2:8080
	ill 'way back' 'its answers go by 192.168.33.2, which does not hear it'
	ill 'way back' 'takes it for a neighbour on eth0' --client 192.168.33.3
}

@test "an address that the host has by a local route is well" {
	on host ip route add local 192.168.33.128/25 dev lo
	pubport add --to netns:web 192.168.33.200:8080:80
	on other ip route add 192.168.33.200 via 192.168.33.2
	reaches other 192.168.33.200:8080 as 192.168.33.3
	well
}

@test "a client with a link-local address is not served" {
	pubport add --to netns:web 8080:80
	ill client 'is link-local' --client fe80::1
	run -1 --separate-stderr pubport doctor --fix --client fe80::1
	[[ $output != *'+ '* ]] || fail "a command was run: $output"
	rejects 2 '"224.0.0.1"' doctor --client 224.0.0.1
	rejects 2 '"ff02::1"' doctor --client ff02::1
	rejects 2 '"0.0.0.0"' doctor --client 0.0.0.0
	run -0 --separate-stderr pubport add --to netns:web --from fe80::/10 \
		'[::]:8081:80'
	contains "notice" 'link-local' "$stderr"
}

@test "the number of a target's process was given again" {
	pubport add --to "pid:${servers[0]}" 192.168.33.2:8080:80
	well
	# as if it was published before the process began
	pubport ls --json |
		jq --arg created "$(date -u -d '1 hour ago' +%FT%TZ)" \
			'map(.created = $created)' >"$BATS_TEST_TMPDIR/old.json"
	pubport flush
	pubport apply "$BATS_TEST_TMPDIR/old.json"
	# the clock may have been set meanwhile: it has the address
	well
	sed -i "s/pid:${servers[0]}/pid:$$/" "$BATS_TEST_TMPDIR/old.json"
	pubport flush
	pubport apply "$BATS_TEST_TMPDIR/old.json"
	ill target 'another process has the number'
	run -1 pubport doctor --fix
	[[ $output != *'+ '* ]] || fail "a command was run: $output"
}

@test "commands are looked for in fixed folders, with a clean environment" {
	local folder=$BATS_TEST_TMPDIR/bin
	mkdir "$folder"
	printf '#!/bin/bash\ntouch %s/run\n' "$folder" >"$folder/ip"
	chmod +x "$folder/ip"
	pubport add --to netns:web 192.168.33.2:8080:80
	on host ip link set veth-2 down
	begin_fakes
	fake ip <<-'END'
		env >/run/environment
		exec /sbin/ip "$@"
	END
	LD_BIND_NOT=1 IFS_OF_CALLER=1 PATH=$folder:$PATH \
		run -0 --separate-stderr pubport doctor --fix
	[ ! -e "$folder/run" ] || fail "the caller's ip was run"
	[ -e /run/environment ] || fail "ip was not run"
	! grep -E 'IFS_OF_CALLER|LD_BIND_NOT' /run/environment ||
		fail "the caller's environment came along"
}

# -------------------------------------------------------------- uplinks --

# a second uplink, eth2, which has the default route
two_uplinks() {
	add_internet
	configure host <<-END
		route add default via 1.1.1.1
		route add default via 192.168.33.3 table 33
	END
}

@test "answers leave by another uplink than those of the host's own services" {
	two_uplinks
	pubport add --to netns:web 192.168.33.2:8080:80
	well
	on host ip rule add from 192.168.33.2 priority 500 lookup 33
	ill 'routing
uplink' 'come in by eth1, for 192.168.33.2, leave by eth2'
	contains "report" 'by: ip rule 500: from 192.168.33.2/32 lookup 33' "$output"
	# what marks do, nobody knows
	on host ip rule add fwmark 7 priority 400 lookup 33
	run --separate-stderr pubport doctor
	contains "report" 'unless marks say otherwise' "$output"
	pubport rm --all
	pubport add --to netns:web 1.1.1.254:8080:80
	well
}

@test "this host's own packets are routed elsewhere by their address" {
	two_uplinks
	pubport add --to netns:web 8080:80
	on host ip rule add from 1.1.1.254 priority 500 lookup 33
	on host ip route replace default via 1.1.1.1 table 33
	unreached host 1.1.1.254:8080
	ill routing 'by its address 1.1.1.254: packets from there leave by eth2'
	mends
	reaches host 1.1.1.254:8080 as 1.1.1.254
}

@test "a VPN that takes the default route is noted" {
	configure host <<-END
		route add default via 192.168.33.3
		link add vpn type bridge
		link set vpn up
		address add 10.8.0.2/24 dev vpn
		route add default dev vpn table 51820
		rule add priority 600 lookup main suppress_prefixlength 0
		rule add priority 601 not fwmark 51820 lookup 51820
	END
	pubport add --to netns:web 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	contains "report" '--  uplink' "$output"
	contains "report" 'leave by vpn' "$output"
}

@test "an ip rule sends the answers elsewhere" {
	local action
	add_internet
	pubport add --to netns:web 192.168.33.2:8080:80
	on host ip route add default via 1.1.1.1 table 100
	for action in 'lookup 100' blackhole unreachable prohibit; do
		# shellcheck disable=SC2086 # two words
		on host ip rule add from 172.17.0.0/16 priority 500 $action
		unreached other 192.168.33.2:8080
		ill routing 'ip rule 500: from 172.17.0.0/16'
		mends
		reaches other 192.168.33.2:8080 as 192.168.33.3
		# one for each network
		while on host ip rule del priority 499 2>/dev/null; do :; done
		on host ip rule del priority 500
	done
}

@test "an ip rule by ports sends the answers elsewhere" {
	add_internet
	pubport add --to netns:web 192.168.33.2:8443:443 192.168.33.2:8080:80
	on host ip route add default via 1.1.1.1 table 100
	on host ip rule add ipproto tcp sport 81 priority 500 lookup 100
	well 192.168.33.2:8080
	on host ip rule add ipproto tcp sport 80 priority 500 lookup 100
	unreached other 192.168.33.2:8080
	ill routing 'ip rule 500: sport 80 lookup 100' 192.168.33.2:8080
	mends 192.168.33.2:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "an ip rule by a mark is noted" {
	add_internet
	pubport add --to netns:web 192.168.33.2:8080:80
	on host ip route add default via 1.1.1.1 table 100
	on host ip rule add fwmark 7 priority 500 lookup 100
	well
	contains "report" '--  routing' "$output"
	contains "report" 'marked with 0x7: they leave by eth2' "$output"
}

@test "an ip rule sends packets to the target elsewhere" {
	add_internet
	pubport add --to netns:web 192.168.33.2:8080:80
	on host ip route add default via 1.1.1.1 table 100
	on host ip rule add iif eth1 priority 500 lookup 100
	unreached other 192.168.33.2:8080
	ill routing 'ip rule 500: iif eth1'
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

# a second wire between the host and the other machine, on which its packets to
# the host's address do not go, but the answers come back
second_wire() {
	configure host <<-END
		link add eth4 type veth peer name eth1 netns /run/machines/other
		link set eth4 up
		address add 10.9.9.1/24 dev eth4
	END
	configure other <<-END
		link set eth1 up
		address add 10.9.9.9/24 dev eth1
		route add 192.168.33.2 dev eth0 src 10.9.9.9
	END
}

@test "a strict reverse path filter drops whose answers go another way" {
	second_wire
	pubport add --to netns:web 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 10.9.9.9
	on host sysctl -q -w net.ipv4.conf.all.rp_filter=1
	well
	unreached other 192.168.33.2:8080
	ill 'reverse path' 'rp_filter is strict on eth1, eth4 and'
	mends
	reaches other 192.168.33.2:8080 as 10.9.9.9
}

# fake_docker RUNNING PID: a docker with one container, flask
fake_docker() {
	fake docker <<-END
		case \$* in
		ps*) echo 0123456789abcdef0123 ;;
		*) echo '{"id":"0123456789abcdef0123","name":"/flask",' \
			'"image":"webapp:noexpose","running":$1,' \
			'"pid":$2,"networks":null}' ;;
		esac
	END
}

@test "a container stopped, or is another one now" {
	begin_fakes
	fake_docker true "${servers[0]}"
	add_neighbour
	pubport add --to docker:flask 192.168.33.2:8080:80
	well
	fake_docker false 0
	ill target 'docker:flask' 192.168.33.2:8080
	contains "report" '      perhaps: docker start flask' "$output"
	fake_docker true "${servers[1]}"
	ill target 'docker:flask is 172.17.0.3 now'
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
	rm "${FOLDERS[0]}/docker"
	well
}

# one that the kernel remembers from before the mapping
@test "a stale conntrack entry leads past the mapping" {
	needs_conntrack
	pubport add --to netns:web 8080:80/udp
	on host conntrack -I -p udp -s 192.168.33.3 -d 192.168.33.2 \
		--sport 5555 --dport 8080 -r 192.168.33.2 -q 192.168.33.3 \
		--reply-port-src 8080 --reply-port-dst 5555 -t 300 >/dev/null 2>&1
	not_from other 192.168.33.2:8080/udp 5555
	ill connections '192.168.33.3 port 5555' 0.0.0.0:8080/udp
	mends 0.0.0.0:8080/udp
	on other "$TOOLS/ask.py" 192.168.33.2:8080/udp 5555
}

needs_conntrack() {
	command -v conntrack >/dev/null || skip 'conntrack is not installed'
}

# not_from MACHINE ENDPOINT PORT: it gets no answer from this port of its own
not_from() {
	local status=0
	on "$1" "$TOOLS/ask.py" "$2" "$3" >/dev/null 2>&1 || status=$?
	[ "$status" -ne 0 ] || fail "$1 reaches $2 from port $3"
}

@test "with br_netfilter, a target needs hairpin mode to reach itself" {
	needs_bridge_netfilter
	pubport add --to netns:web 192.168.33.2:8080:80
	reaches web 192.168.33.2:8080 as 172.17.0.1
	bridge_netfilter 1
	unreached web 192.168.33.2:8080
	ill hairpin 'veth-2 of docker0 needs hairpin mode'
	mends
	reaches web 192.168.33.2:8080 as 172.17.0.1
}

@test "a single bridge that shows its packets needs hairpin mode as well" {
	needs_bridge_netfilter
	on host ip link set docker0 type bridge nf_call_iptables 1
	ask host 172.17.0.2:80 >/dev/null
	pubport add --to 172.17.0.2 192.168.33.2:8080:80
	reaches web 192.168.33.2:8080 as 172.17.0.1
	well
	on host bridge link set dev veth-2 hairpin off
	unreached web 192.168.33.2:8080
	ill hairpin 'veth-2 of docker0 needs hairpin mode'
	contains "report" 'nf_call_iptables 1 of the bridge docker0' "$output"
}

@test "with br_netfilter, neighbours behind isolated ports don't reach it" {
	needs_bridge_netfilter
	add_neighbour
	bridge_netfilter 1
	on host bridge link set dev veth-2 isolated on
	on host bridge link set dev veth-3 isolated on
	ask neighbour 172.17.0.1:80 >/dev/null 2>&1 || :
	ask host 172.17.0.2:80 >/dev/null
	run -0 --separate-stderr pubport add --to 172.17.0.2 8080:80
	contains "notice" 'behind an isolated port of its bridge, veth-2' \
		"$stderr"
	unreached neighbour 192.168.33.2:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
	ill hairpin 'must not be isolated'
	contains "report" 'perhaps: sysctl -w net.bridge.bridge-nf-call-iptables=0' \
		"$output"
	bridge_netfilter 0
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
	well
}

@test "with br_netfilter for IPv6, [::1] gets no answer" {
	needs_bridge_netfilter
	pubport add --to netns:web '[::1]:8080:80'
	reaches host '[::1]:8080' as fd17::1
	bridge_netfilter 1 ip6tables
	unreached host '[::1]:8080'
	ill loopback '[::1] gets no answer'
	does_as_told
	well
	reaches host '[::1]:8080' as fd17::1
}

@test "route_localnet is turned off" {
	pubport add --to netns:web 8080:80
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	unreached host 127.0.0.1:8080
	ill loopback 'route_localnet'
	mends
	reaches host 127.0.0.1:8080 as 172.17.0.1
}

@test "a client is outside of --from" {
	pubport add --to netns:web --from 10.0.0.0/8 192.168.33.2:8080:80
	unreached other 192.168.33.2:8080
	run -0 --separate-stderr pubport doctor
	contains "report" '  --  from' "$output"
	contains "report" '10.0.0.0/8' "$output"
	ill from '192.168.33.3 may not connect' --client 192.168.33.3
	mends --client 192.168.33.3
	reaches other 192.168.33.2:8080 as 192.168.33.3
	same "networks" '10.0.0.0/8 192.168.33.3/32' \
		"$(pubport ls --json | jq -r '.[0].from | join(" ")')"
}

# the kernel's limit is for the whole machine, so a file stands before it
@test "the connection tracking table is full" {
	local limit=/proc/sys/net/netfilter/nf_conntrack_max
	local file=$BATS_TEST_TMPDIR/max
	[ -e "$limit" ] || skip 'nf_conntrack is not loaded'
	pubport add --to netns:web 192.168.33.2:8080:80
	ask other 192.168.33.2:8080 >/dev/null
	on host cat /proc/sys/net/netfilter/nf_conntrack_count >"$file"
	on host mount --bind "$file" "$limit"
	ill tracking 'table is full'
	does_as_told
	on host umount "$limit"
	well
}

# ------------------------------------------------------------------- state --

# what keep would have recorded
record() {
	STATE=$BATS_TEST_TMPDIR/state.json
	pubport ls --json >"$STATE"
}

@test "a mapping is gone because the ruleset was flushed" {
	pubport add --name flask --from 192.168.33.0/24 \
		--to netns:web 192.168.33.2:8080:80
	record
	well --state "$STATE" 192.168.33.2:8080
	flush_ruleset
	unreached other 192.168.33.2:8080
	ill published 'the ruleset was flushed' --state "$STATE" 192.168.33.2:8080
	mends --state "$STATE" 192.168.33.2:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
	same "mapping" "$(jq 'map(del(.created, .connections))' "$STATE")" \
		"$(pubport ls --json | jq 'map(del(.created, .connections))')"
}

@test "all mappings are gone because the ruleset was flushed" {
	pubport add --to netns:web 8080:80 8000-8010:9000-9010 8090:80/udp
	record
	flush_ruleset
	ill published 'the ruleset was flushed' --state "$STATE"
	mends --state "$STATE"
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.2:9005
	reaches other '[fd33::2]:8080' as fd33::3
	same "mappings" "$(jq -c '.[] | [.host_ip, .host_port, .protocol]' \
		"$STATE" | sort)" "$(pubport ls --json |
			jq -c '.[] | [.host_ip, .host_port, .protocol]' | sort)"
}

@test "one mapping of several is gone" {
	pubport add --to netns:web 192.168.33.2:8080:80 192.168.33.2:8081:80
	record
	on host nft delete element inet pubport host4 \
		'{ 192.168.33.2 . tcp . 8081 }'
	ill published '192.168.33.2:8081/tcp' --state "$STATE"
	mends --state "$STATE"
	reaches other 192.168.33.2:8081 as 192.168.33.3
}

@test "what was never published is no finding" {
	pubport add --to netns:web 192.168.33.2:8080:80
	record
	rejects 4 'no such mapping' doctor --state "$STATE" 9999
	rejects 4 'no such mapping' doctor 9999
}

@test "a state file that is damaged is told" {
	pubport add --to netns:web 192.168.33.2:8080:80
	echo '[{"host_ip":' >"$BATS_TEST_TMPDIR/state.json"
	run -0 --separate-stderr pubport doctor \
		--state "$BATS_TEST_TMPDIR/state.json"
	contains "report" '  --  state' "$output"
}

@test "what can't be a state file is not waited for" {
	rejects 2 '"": the name of the state file is missing' doctor --state ''
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	contains "report" "can't be read: it is not a regular file" \
		"$(pubport doctor --state "$BATS_TEST_TMPDIR/pipe" || :)"
}
