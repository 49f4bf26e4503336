#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport keep: what mappings need of the host is kept as well.
load ../lib/lab
load ../lib/expect
load ../lib/keep

setup() {
	begin
	forward 0
	bridge_netfilter_off
}

teardown() {
	finish
}

# one mapping, kept
publish() {
	pubport add --to netns:web 8080:80
	keep
}

# all that is needed is on: for clients and for the host itself
is_served() {
	[ "$(ask other 192.168.33.2:8080) $(ask other '[fd33::2]:8080')" = \
		'192.168.33.3 at 172.17.0.2:80 fd33::3 at [fd17::2]:80' ] &&
		[ "$(ask host 127.0.0.1:8080) $(ask host '[::1]:8080')" = \
			'172.17.0.1 at 172.17.0.2:80 fd17::1 at [fd17::2]:80' ]
}

# take COMMAND...: on the host; and what it takes is back soon
take() {
	on host "$@"
	eventually is_on || fail "after $*: $(what_is_on)"
	is_served || fail "after $*"
}

is_on() {
	[ "$(what_is_on)" = "$wanted" ]
}

@test "a setting that somebody turns off is on again" {
	publish
	local wanted
	wanted=$(what_is_on)
	take sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	take sysctl -q -w net.ipv4.conf.eth1.forwarding=0
	take sysctl -q -w net.ipv6.conf.docker0.force_forwarding=0
	take ip -6 route del local ::1 dev docker0 table local
	forward 1
	says "this host was made a router for IPv4"
	forward 0
	take true
	# a restart of the network
	on host ip link set docker0 down
	take ip -batch - <<-END
		link set docker0 up
		address add fd17::1/64 dev docker0 nodad
	END
	contains "said" 'turned on again: route_localnet on docker0' "$(cat "$SAID")"
	pubport flush
	same "what is on" '' "$(what_is_on)"
}

@test "it takes a tenth of a second" {
	publish
	local times=() began
	for _ in {1..2}; do
		on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
		began=${EPOCHREALTIME/./}
		until [ "$(on host cat \
			/proc/sys/net/ipv4/conf/docker0/route_localnet)" = 1 ]; do
			((${EPOCHREALTIME/./} < began + 10000000)) || fail "never"
		done
		times+=($((${EPOCHREALTIME/./} - began)))
	done
	# the faster one, on a machine that does other things
	((times[0] < times[1])) || times=("${times[1]}")
	((times[0] < 100000)) || fail "${times[0]} microseconds"
}

@test "whoever turns a setting off three times in a minute has his way" {
	publish
	local wanted
	wanted=$(what_is_on)
	take sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	take sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	says 'turned off three times in a minute, and left so: route_localnet on docker0'
	# for that setting
	take_but_localnet
	same "times" 1 "$(grep -c 'left so' "$SAID")"
	same "route_localnet" 0 \
		"$(on host sysctl -n net.ipv4.conf.docker0.route_localnet)"
}

take_but_localnet() {
	on host sysctl -q -w net.ipv4.conf.eth1.forwarding=0
	wanted=$(grep -v route_localnet <<<"$wanted")
	eventually is_on || fail "$(what_is_on)"
}

@test "a link that goes down and up takes nothing for good" {
	publish
	local wanted _
	wanted=$(what_is_on)
	for _ in {1..4}; do
		on host ip link set docker0 down
		sleep 0.05
		take ip -batch - <<-END
			link set docker0 up
			address add fd17::1/64 dev docker0 nodad
		END
	done
	! grep 'left so' "$SAID" || fail "that was nobody"
}

@test "an interface that comes is served, and does not make a router" {
	publish
	add_internet
	eventually is_reached_by_internet
	! ask internet 192.168.33.3:8080 >/dev/null || fail "it routes"
	configure host <<<'link delete eth2'
	# its index may be given to another one
	eventually is_forgotten eth2
	umount /run/machines/internet
	add_internet
	eventually is_reached_by_internet
	pubport flush
	same "what is on" '' "$(what_is_on)"
}

is_forgotten() {
	! on host nft list table inet pubport | grep -q "comment \"$1\""
}

is_reached_by_internet() {
	[ "$(ask internet 1.1.1.254:8080) $(ask internet '[fd11::254]:8080')" = \
		'1.1.1.1 at 172.17.0.2:80 fd11::1 at [fd17::2]:80' ]
}

# the bridge goes with all that was on there, and another one takes its place
make_bridge_again() {
	configure host <<-END
		link delete docker0
		link add docker0 type bridge mcast_snooping 0
		link set docker0 up
		address add 172.17.0.1/16 dev docker0
		address add fd17::1/64 dev docker0 nodad
		link set veth-2 master docker0
	END
}

@test "a bridge that is made again is served as the one before" {
	publish
	pubport add --shield --to 172.17.0.2 8081:80
	make_bridge_again
	eventually is_served
	add_neighbour
	eventually is_reached_by_neighbour
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1 at 172.17.0.2:80
	pubport flush
	same "what is on" '' "$(what_is_on)"
}

# past the shield, as whoever is in the target's own network may
is_reached_by_neighbour() {
	ask neighbour 172.17.0.2:80 >/dev/null
}

@test "a target that gets a wire of its own anew is served there" {
	add_wire
	pubport add --to netns:wired 8080:80
	keep
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 10.9.0.2:80
	configure host <<<'link delete wire0'
	umount --lazy /run/netns/wired
	rm /run/netns/wired /run/machines/wired
	add_wire
	eventually is_reached_on_its_wire
	reaches wired 192.168.33.2:8080 as 10.9.0.1 at 10.9.0.2:80
}

# a machine that is no bridge's, as systemd-nspawn has them
add_wire() {
	add_namespace wired
	connect host wire0 wired
	configure host <<-END
		address add 10.9.0.1/28 dev wire0
		address add fd09::1/64 dev wire0 nodad
	END
	address wired 10.9.0.2/28 fd09::2/64 10.9.0.1 fd09::1
	serve wired 10.9.0.2,fd09::2 80
}

is_reached_on_its_wire() {
	[ "$(ask other 192.168.33.2:8080) $(ask host 127.0.0.1:8080)" = \
		'192.168.33.3 at 10.9.0.2:80 10.9.0.1 at 10.9.0.2:80' ] &&
		[ "$(ask host '[::1]:8080')" = 'fd09::1 at [fd09::2]:80' ]
}

@test "an interface that is renamed is kept by its new name" {
	publish
	rename docker0 br-web
	rename eth1 lan
	sleep 0.2
	local wanted
	wanted=$(what_is_on)
	contains "what is on" 'ipv4/conf/br-web/route_localnet' "$wanted"
	take sysctl -q -w net.ipv4.conf.br-web.route_localnet=0
	take sysctl -q -w net.ipv4.conf.lan.forwarding=0
	flush_ruleset
	eventually is_served
	pubport flush
	same "what is on" '' "$(what_is_on)"
}

@test "bridged packets that pass the hooks later are sent back as well" {
	has_bridge_netfilter || skip "no br_netfilter here"
	publish
	bridge_netfilter 1
	eventually is_reached_by_itself
	bridge_netfilter 0
}

is_reached_by_itself() {
	[ "$(ask web 192.168.33.2:8080)" = '172.17.0.1 at 172.17.0.2:80' ]
}

@test "routing rules of uplinks, and chosen ports, are kept" {
	add_internet
	on host ip route add default via 192.168.33.3
	on host ip route add default via 1.1.1.1 metric 9
	pubport add --symmetric --to netns:web 8080:80
	pubport add --to netns:web 80
	keep
	local wanted
	wanted=$(lasting)
	contains "what is kept" 0x70000000 "$wanted"
	# as networkd does with what it doesn't know
	on host ip rule flush protocol 112
	eventually is_lasting
	on host ip route flush table all protocol 112
	eventually is_lasting
	on host sysctl -q -w net.ipv4.ip_local_reserved_ports=
	eventually is_lasting
	# and then it rests
	sleep 0.3
	local before
	before=$(ticks)
	sleep 1
	(($(ticks) - before < 5)) || fail "it goes on and on"
	pubport flush
	same "what is left" '' "$(lasting)"
}

lasting() {
	on host ip rule | grep 0x7 || :
	on host ip route show table all protocol 112
	on host sysctl -n net.ipv4.ip_local_reserved_ports | grep . || :
}

is_lasting() {
	[ "$(lasting)" = "$wanted" ]
}

# the keeper's processor time so far, in hundredths of seconds
ticks() {
	awk '{ print $14 + $15 }' "/proc/$KEEP/stat"
}

@test "what was taken while nobody kept it is laid when keep begins" {
	pubport add --to netns:web 8080:80
	local wanted
	wanted=$(what_is_on)
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	keep
	take true
}
