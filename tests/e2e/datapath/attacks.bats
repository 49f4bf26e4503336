#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Attacks, with real packets.  Each is tried twice: as it is, where nothing may
# get through, and without what keeps it out, where the same packets do; so
# that no test passes since its packets were never good for anything.
load ../lib/lab
load ../lib/expect

setup() {
	lay
	to_web=(--to 172.17.0.2 --to fd17::2)
	declare -gA macs=()
}

teardown() {
	clear_away
}

# ----------------------------------------------------------- the attackers --

# each_side COMMAND...: with a $machine next to the host's $interface, and, in
# each family, the addresses there of both: $attacker and $host
each_side() {
	local side machine interface attacker host
	for side in \
		'other eth1 192.168.33.3 192.168.33.2' \
		'other eth1 fd33::3 fd33::2' \
		'internet eth2 1.1.1.1 1.1.1.254' \
		'internet eth2 fd11::1 fd11::254' \
		'neighbour docker0 172.17.0.3 172.17.0.1' \
		'neighbour docker0 fd17::3 fd17::1' \
		'web docker0 172.17.0.2 172.17.0.1' \
		'web docker0 fd17::2 fd17::1'; do
		read -r machine interface attacker host <<<"$side"
		"$@"
	done
}

is_ipv6() {
	[[ $attacker == *:* ]]
}

loopback() {
	if is_ipv6; then echo ::1; else echo 127.0.0.1; fi
}

# forge [OPTION VALUE] SOURCE,... DESTINATION,... PORT,...: packets of each
# protocol from $machine to the host's $interface, see forge.py
forge() {
	: "${macs[$interface]:=$(mac_of host "$interface")}"
	on "$machine" "$TOOLS/forge.py" "${@:1:$#-3}" "${macs[$interface]}" \
		"${@: -3}" tcp,udp,sctp
}

# ------------------------------------------------------------ the victims --

# watch MACHINE CONDITION4 CONDITION6: counts, by their sources, the packets
# that arrive there under these conditions
watch() {
	on "$1" nft -f - <<-END
		table inet watch {
			set ipv4 { type ipv4_addr; flags dynamic; }
			set ipv6 { type ipv6_addr; flags dynamic; }
			chain arrivals {
				type filter hook input priority 0
				meta l4proto != { tcp, udp, sctp } return
				$2 add @ipv4 { ip saddr counter }
				$3 add @ipv6 { ip6 saddr counter }
			}
		}
	END
}

# counts what arrives at port 80 of the target, and what comes by a wire to
# the host's loopback
watch_victims() {
	watch web 'th dport 80' 'th dport 80'
	watch host 'iif != "lo" ip daddr 127.0.0.0/8' 'iif != "lo" ip6 daddr ::1'
}

# arrivals MACHINE: who got there with how many packets, a line each; they are
# there once an ordinary connection, opened later, was answered
arrivals() {
	ask other 192.168.33.2:8888 >/dev/null
	on "$1" nft -j list table inet watch | jq -r '
		.nftables[].set.elem[]?.elem | "\(.val) \(.counter.packets)"' |
		sort
}

none_arrived() {
	same "arrivals at the target" '' "$(arrivals web)"
	same "arrivals at the host's loopback" '' "$(arrivals host)"
}

# as an administrator may have done for other reasons
open_loopback() {
	on host sysctl -q -w net.ipv4.conf.all.route_localnet=1
}

without_guard() {
	local chain
	for chain in $(on host nft list table inet pubport |
		sed -n 's/^\tchain \(guard[^ ]*\) {$/\1/p'); do
		on host nft flush chain inet pubport "$chain"
	done
}

# a mapping on loopback, another that shows that all is well, and a service of
# the host itself
publish_on_loopback() {
	pubport add -q "${to_web[@]}" 127.0.0.1:8080:80/{tcp,udp,sctp} \
		'[::1]:8080:80'/{tcp,udp,sctp} 8888:8000 >/dev/null
	serve host 127.0.0.1 8081 tcp,udp
}

# --------------------------------------------------------------- loopback --

forge_loopback() {
	local loopback
	loopback=$(loopback)
	is_ipv6 || loopback+=,127.9.9.9
	forge "$attacker,$loopback,$host" "$loopback,$host" 8080,8081
}

forge_to_loopback() {
	forge "$attacker" "$(loopback)" 8080,8081
}

# loopback_is_guarded FILTERED MORE: with br_netfilter, or without.  What arrives
# at the target without the guard are 3 packets of each attacker, where those of
# its neighbours are masqueraded, and MORE: IPv6 itself drops what is for ::1,
# but only after the hooks of a bridge.
loopback_is_guarded() {
	local filtered=$1 more=$2
	add_neighbour
	add_internet
	bridge_netfilter "$filtered"
	bridge_netfilter "$filtered" ip6tables
	open_loopback
	publish_on_loopback
	watch_victims
	each_side forge_loopback
	none_arrived
	same "connections" '0 0 0 0 0 0' "$(pubport ls --json | jq -r '
		map(select(.host_port == 8080).connections) | join(" ")')"
	without_guard
	each_side forge_to_loopback
	same "arrivals at the target, without the guard" \
		"1.1.1.1 3
172.17.0.1 6
192.168.33.3 3$more" "$(arrivals web)"
	same "arrivals at the host's loopback, without the guard" \
		'1.1.1.1 3
172.17.0.2 3
172.17.0.3 3
192.168.33.3 3' "$(arrivals host)"
}

@test "forged packets don't reach loopback, without br_netfilter" {
	has_bridge_netfilter || bridge_netfilter() { :; }
	loopback_is_guarded 0 ''
}

@test "forged packets don't reach loopback, with br_netfilter" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	loopback_is_guarded 1 '
fd17::1 6'
}

# what a container's root may do to its own loopback addresses
loopback_is_at_the_host() {
	configure "$1" <<-END
		address delete 127.0.0.1/8 dev lo
		address delete ::1/128 dev lo
		route add 127.0.0.1 via 172.17.0.1
		route add ::1 via fd17::1
	END
	on "$1" sysctl -q -w net.ipv4.conf.all.route_localnet=1
}

# unanswered MACHINE ENDPOINT...: all at once
unanswered() {
	local machine=$1 endpoint status jobs=()
	shift
	for endpoint; do
		ask "$machine" "$endpoint" >/dev/null &
		jobs+=($!)
	done
	for endpoint; do
		status=0
		wait "${jobs[0]}" || status=$?
		jobs=("${jobs[@]:1}")
		same "$machine at $endpoint, status" 28 "$status"
	done
}

@test "a container that sends 127.0.0.1 to the host gets no answer" {
	local machine
	add_neighbour
	publish_on_loopback
	for machine in neighbour web; do
		loopback_is_at_the_host "$machine"
		unanswered "$machine" {127.0.0.1,'[::1]'}:{8080,8081}/{tcp,udp}
	done
	without_guard
	reaches neighbour 127.0.0.1:8080/tcp as 172.17.0.1 at 172.17.0.2:80
	reaches neighbour 127.0.0.1:8080/udp as 172.17.0.1 at 172.17.0.2:80
	reaches neighbour 127.0.0.1:8081/tcp as 172.17.0.3 at 127.0.0.1:8081
	reaches neighbour 127.0.0.1:8081/udp as 172.17.0.3 at 127.0.0.1:8081
	reaches web 127.0.0.1:8080/tcp as 172.17.0.1 at 172.17.0.2:80
	reaches web 127.0.0.1:8081/tcp as 172.17.0.2 at 127.0.0.1:8081
}

# ---------------------------------------------------------- source routes --

# for the host as the next hop, which then puts the last one in its place, after
# the hooks of prerouting have looked at it
forge_route_to_loopback() {
	is_ipv6 || forge --by "$host" "$attacker" 127.0.0.1 8080,8081
}

# as if it was an answer of the published port
forge_routed_answer() {
	[ "$attacker" != 172.17.0.2 ] ||
		forge --by "$host" --from-port 80 "$attacker" 127.0.0.1 8081
}

forge_source_routes() {
	each_side forge_route_to_loopback
	each_side forge_routed_answer
}

@test "source-routed packets don't reach loopback" {
	add_neighbour
	add_internet
	open_loopback
	publish_on_loopback
	watch_victims
	forge_source_routes
	none_arrived
	source_routes host 1
	forge_source_routes
	none_arrived
	on host nft delete table inet pubport
	forge_source_routes
	same "arrivals at the host's loopback, without the table" '1.1.1.1 6
172.17.0.2 9
172.17.0.3 6
192.168.33.3 6' "$(arrivals host)"
}

# source_routes MACHINE 0|1: whether it lets packets choose their way
source_routes() {
	on "$1" sysctl -q -w net.ipv4.conf.all.accept_source_route="$2"
}

# claims to come from a network that may, and wants the answer back
forge_client() {
	local machine=other interface=eth1
	forge --back-by 192.168.33.3 10.1.2.3 192.168.33.2 8080
}

@test "who forges an address of --from gets no answer by a source route" {
	pubport add --to 172.17.0.2 --from 10.0.0.0/8 8080:80/{tcp,udp,sctp}
	pubport add --to 172.17.0.2 8888:8000
	watch_victims
	forge_client
	none_arrived
	source_routes host 1
	forge_client
	none_arrived
	# where both agree, it is routing that leads the answer past --from
	source_routes web 1
	forge_client
	same "arrivals at the target" '10.1.2.3 3' "$(arrivals web)"
}

# ---------------------------------------------------------------- transit --

# without the rule that lets go what is not for the host
without_transit_rule() {
	local handle
	handle=$(on host nft -a list chain inet pubport prerouting |
		sed -n 's/.*fib daddr type != local return.*# handle //p')
	on host nft delete rule inet pubport prerouting handle "$handle"
}

each_protocol() {
	local protocol
	for protocol in tcp udp sctp; do
		"$@"
	done
}

publish_transit_ports() {
	pubport add -q "${to_web[@]}" 8080:80/{tcp,udp,sctp} \
		8005:80/{tcp,udp,sctp} >/dev/null
}

routed_transit_passes() {
	reaches other "1.1.1.1:8080/$protocol" as 192.168.33.3 at 1.1.1.1:8080
	reaches other "[fd11::1]:8080/$protocol" as fd33::3 at '[fd11::1]:8080'
}

routed_transit_is_taken() {
	reaches other "1.1.1.1:8080/$protocol" as 192.168.33.3 at 172.17.0.2:80
	reaches other "[fd11::1]:8080/$protocol" as fd33::3 at '[fd17::2]:80'
}

@test "what is routed to a published port of others passes" {
	add_internet
	publish_transit_ports
	each_protocol routed_transit_passes
	without_transit_rule
	each_protocol routed_transit_is_taken
}

bridged_transit_passes() {
	reaches web "172.17.0.3:8005/$protocol" as 172.17.0.2 \
		at 172.17.0.3:8005
	reaches web "[fd17::3]:8005/$protocol" as fd17::2 at '[fd17::3]:8005'
}

bridged_transit_is_taken() {
	reaches web "172.17.0.3:8005/$protocol" as 172.17.0.1 at 172.17.0.2:80
}

@test "what is bridged to a published port of others passes" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	add_neighbour
	publish_transit_ports
	local filtered
	for filtered in 0 1; do
		bridge_netfilter "$filtered"
		bridge_netfilter "$filtered" ip6tables
		each_protocol bridged_transit_passes
	done
	without_transit_rule
	each_protocol bridged_transit_is_taken
}

connections() {
	pubport ls --json | jq '[.[].connections] | add'
}

# forge_to_all PORT, from which
forge_to_all() {
	local machine=other interface=eth1
	forge --from-port "$1" 192.168.33.3 \
		192.168.33.255,255.255.255.255,224.0.0.1 8080
	forge --from-port "$1" fd33::3 ff02::1 8080
}

@test "what is for everybody on the wire is not taken" {
	publish_transit_ports
	forge_to_all 4444
	same "connections" 0 "$(connections)"
	without_transit_rule
	forge_to_all 5555
	same "connections, without the rule" 12 "$(connections)"
}

# ---------------------------------------------------- the target's address --

# the target goes, and its neighbour takes its addresses
neighbour_becomes_the_target() {
	configure web <<<'link set eth0 down'
	configure neighbour <<-END
		address add 172.17.0.2/16 dev eth0
		address add fd17::2/64 dev eth0
	END
	serve neighbour 172.17.0.2,fd17::2 80
	on host ip neighbour flush dev docker0
}

@test "a neighbour with the target's address gets its clients, but no further" {
	add_neighbour
	add_container database 4
	neighbour_becomes_the_target
	publish_on_loopback
	pubport add -q "${to_web[@]}" 8083:80 >/dev/null
	pubport add -q --to 172.17.0.4 127.0.0.1:8084:80 >/dev/null
	# nothing but the link layer could tell them apart
	reaches other 192.168.33.2:8083 as 192.168.33.3 at 172.17.0.2:80
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	configure neighbour <<-END
		address delete 127.0.0.1/8 dev lo
		route add 127.0.0.1 via 172.17.0.1 src 172.17.0.2
	END
	on neighbour sysctl -q -w net.ipv4.conf.all.route_localnet=1
	unanswered neighbour 127.0.0.1:{8080,8081,8084}
	refused neighbour 172.17.0.1:8084
	without_guard
	reaches neighbour 127.0.0.1:8081 as 172.17.0.2 at 127.0.0.1:8081
	reaches neighbour 127.0.0.1:8084 as 172.17.0.1 at 172.17.0.4:80
}

# forge_answer MACHINE INTERFACE SOURCE:PORT DESTINATION:PORT: what could be
# taken for an answer of the target
forge_answer() {
	local machine=$1 interface=$2 source=$3 destination=$4
	forge --from-port "${source##*:}" "${source%:*}" "${destination%:*}" \
		"${destination##*:}"
}

@test "forged answers get into no flow but that of their own address" {
	! has_bridge_netfilter || bridge_netfilter 0 ip6tables
	add_neighbour
	publish_on_loopback
	on host "$TOOLS/ask.py" 127.0.0.1:8080/udp 5555
	on host "$TOOLS/ask.py" '[::1]:8080/udp' 5555
	watch_victims
	forge_answer neighbour docker0 172.17.0.3:80 172.17.0.1:5555
	forge_answer neighbour docker0 172.17.0.2:81 172.17.0.1:5555
	forge_answer neighbour docker0 172.17.0.2:80 172.17.0.1:5556
	forge_answer neighbour docker0 fd17::3:80 fd17::1:5555
	forge_answer neighbour docker0 fd17::2:81 fd17::1:5555
	forge_answer neighbour docker0 fd17::2:80 fd17::1:5556
	# from anywhere but the target's link, nothing at all
	forge_answer other eth1 172.17.0.2:80 172.17.0.1:5555
	forge_answer other eth1 fd17::2:80 fd17::1:5555
	same "arrivals at the host's loopback" '' "$(arrivals host)"
	# nothing but the link layer could tell these from the target's
	forge_answer neighbour docker0 172.17.0.2:80 172.17.0.1:5555
	forge_answer neighbour docker0 fd17::2:80 fd17::1:5555
	same "arrivals at the host's loopback" '172.17.0.2 1
fd17::2 1' "$(arrivals host)"
}

# ---------------------------------------------------------------- escapes --

# is_printable TEXT: as one or more lines
# named WORDS COMMAND...: pubport says WORDS, and nothing that a terminal obeys
named() {
	local words=$1 command said
	shift
	for command; do
		# shellcheck disable=SC2086 # these are words
		said=$(pubport $command 2>&1) || :
		contains "output of $command" "$words" "$said"
		is_printable "$said"
	done
}

# serve_as NAME MACHINE ADDRESS PORT: a process of that name
serve_as() {
	ln -sf "$(realpath "$TOOLS/server.py")" "$BATS_TEST_TMPDIR/$1"
	servers+=("$(on "$2" "$BATS_TEST_TMPDIR/$1" "$3" "$4" tcp)")
}

@test "no escape sequence of a process's name reaches the terminal" {
	kill "${servers[@]}"
	servers=()
	serve_as $'\e[31mevil\x9b' host 0.0.0.0 8080
	serve_as $'\e[31mevil\x9b' web 172.17.0.2 80
	named '[31mevil' 'add --to 172.17.0.2 8080:80' targets \
		'targets --json' '--json add --to 172.17.0.2 8080:80'
}

@test "no escape sequence of an interface's name reaches the terminal" {
	forward 0
	rename eth1 $'\e[31mevil\x9b'
	rename docker0 $'\e[32mgreen\x9b'
	named '[31mevil' 'add --to 172.17.0.2 8080:80'
	named '[32mgreen' targets 'targets --json'
}

@test "no escape sequence of a namespace's name reaches the terminal" {
	local evil=$'\e[31mevil\x9b'
	add_container "$evil" 4
	named '[31mevil' "add --to netns:$evil 8080:80"
	# such a namespace is told by its process
	named 'pid:' targets 'targets --json' 'add 8080:80'
}

# ------------------------------------------------------------- direct ways --

# forge_past SOURCE TARGET: packets to a target's own address
forge_past() {
	local machine=other interface=eth1
	forge --from-port 5555 "$1" "$2" 80
}

@test "no source address and no open connection is a way past a shield" {
	pubport add --shield "${to_web[@]}" 8080:80/{tcp,udp,sctp}
	pubport add "${to_web[@]}" 8888:8000
	on other "$TOOLS/ask.py" 192.168.33.2:8080/udp 5555
	watch_victims
	forge_past 192.168.33.3,172.17.0.1,172.17.0.9,192.168.33.2 172.17.0.2
	forge_past fd33::3,fd17::1,fd17::9,fd33::2 fd17::2
	none_arrived
	on host nft flush chain inet pubport shield
	forge_past 192.168.33.3,172.17.0.9 172.17.0.2
	forge_past fd33::3,fd17::9 fd17::2
	same "who arrives at the target, without the shield" '172.17.0.9
192.168.33.3
fd17::9
fd33::3' "$(arrivals web | cut -d ' ' -f 1)"
}

# sent to the host, which sends it on to the target
forge_route_past() {
	local machine=other interface=eth1
	forge --by 192.168.33.2 192.168.33.3 172.17.0.2 80
}

@test "no source route is a way past a shield" {
	pubport add --shield "${to_web[@]}" 8080:80/{tcp,udp,sctp} 8888:8000
	source_routes host 1
	source_routes web 1
	watch_victims
	forge_route_past
	none_arrived
	on host nft flush chain inet pubport shield
	forge_route_past
	same "who arrives at the target, without the shield" '192.168.33.3 3' \
		"$(arrivals web)"
}

@test "an open connection is no way to the target that is not routed to" {
	forward 0
	pubport add "${to_web[@]}" 8080:80/{tcp,udp,sctp} 8888:8000
	on other "$TOOLS/ask.py" 192.168.33.2:8080/udp 5555
	watch_victims
	forge_past 192.168.33.3,172.17.0.9 172.17.0.2
	forge_past fd33::3,fd17::9 fd17::2
	none_arrived
	on host nft flush chain inet pubport forward
	forge_past 192.168.33.3,172.17.0.9 172.17.0.2
	forge_past fd33::3,fd17::9 fd17::2
	same "who arrives at the target, without the chain" '172.17.0.9
192.168.33.3
fd17::9
fd33::3' "$(arrivals web | cut -d ' ' -f 1)"
}
