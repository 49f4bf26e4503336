#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens to the host around the table, and to the table when others are
# at work: everything is undone, nothing foreign is touched, nothing is lost.
load ../lib/lab
load ../lib/expect

setup() {
	lay
	remember_settings
}

teardown() {
	clear_away
}

@test "the first mapping makes the table, the last one takes it along" {
	! has_table || fail "a table before"
	pubport add --to 172.17.0.2 8080:80 8081:80
	pubport rm 8080
	has_table
	pubport rm 8081
	undone
}

@test "loopback is routed towards the target only, and no longer than needed" {
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	same "route_localnet" '0 0 1' "$(route_localnet all eth1 docker0)"
	contains "routes" 'local ::1 dev docker0' \
		"$(on host ip -6 route show table local)"
	pubport add --to 172.17.0.2 8081:80
	pubport rm 8080
	same "route_localnet" 1 "$(route_localnet docker0)"
	pubport rm 8081
	undone
}

# route_localnet INTERFACE...
route_localnet() {
	local interface values=()
	for interface; do
		values+=("$(on host sysctl -n \
			"net.ipv4.conf.$interface.route_localnet")")
	done
	echo "${values[*]}"
}

@test "--no-loopback leaves the host's settings alone" {
	pubport add --no-loopback --to 172.17.0.2 --to fd17::2 8080:80
	same "route_localnet" '0 0 0' "$(route_localnet all eth1 docker0)"
	same "routes" '' "$(on host ip -6 route show table local |
		grep '^local ::1 .*docker0' || :)"
}

@test "settings that were there before stay" {
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=1
	remember_settings
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	pubport flush
	undone
}

@test "forwarding is turned on, said aloud, and undone with the last" {
	forward 0
	remember_settings
	run --separate-stderr pubport add --to 172.17.0.2 --to fd17::2 8080:80
	same "status ($stderr)" 0 "$status"
	contains "notice" 'forwarding' "$stderr"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other fd33::2:8080 as fd33::3 at '[fd17::2]:80'
	pubport add --to 172.17.0.2 8081:80
	pubport rm 8080
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	pubport rm 8081
	undone
}

@test "what is published just so has its settings turned on again" {
	forward 0
	pubport add --to netns:web 8080:80
	on host sysctl -qw net.ipv4.conf.eth1.forwarding=0
	pubport add --ignore-existing --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "flush undoes forwarding" {
	forward 0
	remember_settings
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	pubport flush
	undone
}

# the test sets it by hand, or looks at it
needs_force_forwarding() {
	[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] ||
		skip 'this kernel has no force_forwarding'
}

@test "forwarding that was on for some interfaces stays on there" {
	needs_force_forwarding
	forward 0
	on host sysctl -q -w net.ipv4.conf.eth1.forwarding=1 \
		net.ipv6.conf.docker0.force_forwarding=1
	remember_settings
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	pubport add --to 172.17.0.2 8081:80
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	pubport rm --all
	undone
}

@test "forwarding that was on for one family is turned on for the other" {
	on host sysctl -q -w net.ipv6.conf.all.forwarding=0
	remember_settings
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	pubport rm 0.0.0.0:8080
	reaches other fd33::2:8080 as fd33::3 at '[fd17::2]:80'
	pubport rm 8080
	undone
}

@test "forwarding is turned on for interfaces that come, with the next add" {
	needs_force_forwarding
	forward 0
	remember_settings
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	add_internet
	pubport add --to 172.17.0.2 --to fd17::2 8081:80
	reaches internet 192.168.33.2:8080 as 1.1.1.1 at 172.17.0.2:80
	pubport rm 8081
	reaches internet fd33::2:8080 as fd11::1 at '[fd17::2]:80'
	pubport rm 8080
	same "forwarding" '0 0' "$(on host sysctl -n net.ipv4.conf.eth2.forwarding \
		net.ipv6.conf.eth2.force_forwarding | xargs)"
	configure host <<<'link delete eth2'
	undone
}

@test "an interface that goes is no hindrance" {
	forward 0
	remember_settings
	add_internet
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	configure host <<<'link delete eth2'
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport rm 8080
	undone
}

# not_reached MACHINE ENDPOINT, whatever the way of refusal
not_reached() {
	local status=0
	ask "$1" "$2" >/dev/null 2>&1 || status=$?
	[ "$status" -ne 0 ] || fail "$1 reaches $2"
}

@test "turning forwarding on does not make the host a router" {
	add_internet
	forward 0
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other fd33::2:8080 as fd33::3 at '[fd17::2]:80'
	not_reached other 1.1.1.1:8080
	not_reached other '[fd11::1]:8080'
	not_reached other 172.17.0.2:80
	not_reached other '[fd17::2]:80'
	not_reached internet 192.168.33.3:80
	reaches host 1.1.1.1:8080 as 1.1.1.254
}

@test "an interface that is renamed is guarded, and all is undone there" {
	add_internet
	forward 0
	remember_settings
	pubport add --to netns:web 8080:80
	rename eth1 lan
	rename docker0 br-web
	not_reached other 1.1.1.1:8080
	not_reached other 172.17.0.2:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	reaches web 192.168.33.2:8080 as 172.17.0.1 at 172.17.0.2:80
	# its settings are known as pubport's, and so they stay
	pubport add --to netns:web 8081:80
	not_reached other 1.1.1.1:8080
	pubport rm 8081
	pubport flush
	same "what is on" '' "$(what_is_on)"
	rename lan eth1
	rename br-web docker0
	undone
}

@test "a name that another interface takes brings it no setting, and loses none" {
	forward 0
	add_internet
	remember_settings
	pubport add --to netns:web 8080:80
	# the two cables of the host change their names
	rename eth1 tmp0
	rename eth2 eth1
	rename tmp0 eth2
	not_reached other 1.1.1.1:8080
	not_reached internet 192.168.33.3:80
	pubport rm 8080
	same "what is on" '' "$(what_is_on)"
	pubport add --to netns:web 8080:80
	rename docker0 br-web
	configure host <<<'link add docker0 type bridge'
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=1
	pubport rm 8080
	same "what is on" 'ipv4/conf/docker0/route_localnet' "$(what_is_on)"
}

@test "a table that nft loads again has the interfaces of its time alone" {
	forward 0
	remember_settings
	pubport add --to netns:web 8080:80
	on host nft -s list table inet pubport >"$BATS_TEST_TMPDIR/table"
	on host nft -f - <<-END
		delete table inet pubport
		include "$BATS_TEST_TMPDIR/table"
	END
	not_reached other 172.17.0.2:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport flush
	undone
	# as after a boot: the indices are those of others
	local index
	index=$(on host ip -j link show eth1 | jq '.[].ifindex + 1073741824')
	sed "s/^\t\telements = { [0-9]* comment \"docker0\"/\t\telements = { $index comment \"docker0\"/" \
		"$BATS_TEST_TMPDIR/table" | on host nft -f -
	on host sysctl -q -w net.ipv4.conf.eth1.route_localnet=1
	pubport rm 8080
	same "what is on" 'ipv4/conf/eth1/route_localnet' "$(what_is_on)"
}

@test "neighbours still talk over the bridge when forwarding was off" {
	forward 0
	add_neighbour
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	reaches neighbour 172.17.0.2:80 as 172.17.0.3
	reaches neighbour 'fd17::2:80' as fd17::3
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
}

# the addresses of the host on one bridge, with the cables as its ports
bridge_the_cables() {
	configure host <<-END
		link add br0 type bridge mcast_snooping 0
		link set br0 up
		link set eth1 master br0
		link set eth2 master br0
		address del 192.168.33.2/24 dev eth1
		address add 192.168.33.2/24 dev br0
		address del 1.1.1.254/24 dev eth2
		address add 1.1.1.254/24 dev br0
	END
}

@test "a bridge does not route for its own clients when forwarding was off" {
	local filtered
	add_internet
	bridge_the_cables
	forward 0
	for filtered in 0 1; do
		bridge_netfilter $filtered
		not_reached other 1.1.1.1:8080
		pubport add --to 172.17.0.2 192.168.33.2:8080:80
		reaches other 192.168.33.2:8080 as 192.168.33.3
		not_reached other 1.1.1.1:8080
		on other ip address add 1.1.1.3/24 dev eth0
		reaches other 1.1.1.1:8080 as 1.1.1.3
		on other ip address del 1.1.1.3/24 dev eth0
		pubport rm 192.168.33.2:8080
	done
}

@test "nor whatever address frames are sent to" {
	local filtered port
	add_internet
	bridge_the_cables
	forward 0
	port=$(mac_of host eth1)
	for filtered in 0 1; do
		bridge_netfilter $filtered
		bridge_netfilter $filtered ip6tables
		pubport add --to 172.17.0.2 192.168.33.2:8080:80
		configure host <<<'link set br0 address 02:00:00:00:00:0'$filtered
		on other ip neighbour flush dev eth0
		reaches other 192.168.33.2:8080 as 192.168.33.3
		not_reached other 1.1.1.1:8080
		on other ip neighbour replace 192.168.33.2 dev eth0 \
			lladdr "$port"
		reaches other 192.168.33.2:8080 as 192.168.33.3
		not_reached other 1.1.1.1:8080
		on other ip neighbour del 192.168.33.2 dev eth0
		pubport rm 192.168.33.2:8080
	done
}

@test "a host that was made a router meanwhile stays one" {
	add_internet
	forward 0
	pubport add --to 172.17.0.2 192.168.33.2:8080:80
	forward 1
	pubport rm 192.168.33.2:8080
	reaches other 1.1.1.1:8080 as 192.168.33.3
}

@test "a host that was made a router meanwhile forwards all again" {
	add_internet
	forward 0
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	not_reached other 1.1.1.1:8080
	not_reached other '[fd11::1]:8080'
	forward 1
	# the next command sees it
	not_reached other 1.1.1.1:8080
	run --separate-stderr pubport ls
	contains "notice" 'made a router for IPv4' "$stderr"
	contains "notice" 'made a router for IPv6' "$stderr"
	reaches other 1.1.1.1:8080 as 192.168.33.3
	reaches other '[fd11::1]:8080' as fd33::3
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other '[fd33::2]:8080' as fd33::3 at '[fd17::2]:80'
	run --separate-stderr pubport rm 8080
	same "notices" '' "$stderr"
	reaches other 1.1.1.1:8080 as 192.168.33.3
}

@test "for the host alone, forwarding is not turned on" {
	forward 0
	! has_bridge_netfilter || bridge_netfilter 0 ip6tables
	run --separate-stderr pubport add --to 172.17.0.2 --to fd17::2 \
		127.0.0.1:8080:80 '[::1]:8080:80'
	same "status" 0 "$status"
	same "notices" '' "$stderr"
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	reaches host '[::1]:8080' as fd17::1 at '[fd17::2]:80'
	same "forwarding" '0 0' "$(on host sysctl -n \
		net.ipv4.conf.eth1.forwarding \
		net.ipv4.conf.docker0.forwarding | xargs)"
	jq 'map(.host_ip |= if . == "::1" then "::" else "0.0.0.0" end)' \
		<<<"$(pubport ls --json)" >"$BATS_TEST_TMPDIR/for-all"
	jq -s add "$BATS_TEST_TMPDIR/for-all" <(pubport ls --json) |
		pubport apply -
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other '[fd33::2]:8080' as fd33::3 at '[fd17::2]:80'
}

@test "without forwarding, clients come in by any interface" {
	add_internet
	forward 0
	pubport add --to 172.17.0.2 192.168.33.2:8080:80
	reaches internet 192.168.33.2:8080 as 1.1.1.1
}

@test "the route of ::1 goes, even if somebody flushed the ruleset" {
	pubport add --to fd17::2 8080:80
	flush_ruleset
	pubport add --to fd17::2 8080:80
	pubport rm 8080
	same "routes of ours" '' \
		"$(on host ip -6 route show table local protocol 112)"
}

# rules of others, as firewalls and container engines have them
foreign_tables() {
	on host nft -f - <<-END
		table ip nat {
			chain DOCKER { tcp dport 9090 counter dnat to 172.17.0.9:90; }
			chain PREROUTING {
				type nat hook prerouting priority -100
				fib daddr type local counter jump DOCKER
			}
		}
		table ip filter {
			set blocked { type ipv4_addr . inet_service; counter
				elements = { 192.0.2.1 . 80 } }
			chain FORWARD {
				type filter hook forward priority 0; policy accept
				ip saddr . tcp dport @blocked drop comment "no way"
			}
		}
		table inet other { chain pubport { counter; }; }
		table ip pubport { chain mine { counter; }; }
	END
}

@test "foreign tables are not touched, byte by byte" {
	foreign_tables
	local foreign
	foreign=$(foreign_rules)
	pubport add --to 172.17.0.2 --to fd17::2 8080:80 8000-8010:9000-9010
	same "foreign rules" "$foreign" "$(foreign_rules)"
	pubport add --replace --to 172.17.0.2 8080:81
	pubport ls >/dev/null
	pubport rm 8080
	same "foreign rules" "$foreign" "$(foreign_rules)"
	pubport flush
	same "rules" "$foreign" "$(on host nft list ruleset)"
}

@test "an explicit mapping wins over an engine's rule for the same port" {
	add_neighbour
	on host nft -f - <<-END
		table ip nat {
			chain PREROUTING {
				type nat hook prerouting priority -100
				fib daddr type local tcp dport 8080 dnat to 172.17.0.3:80
			}
		}
	END
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "nft prints the table with the names of its mappings" {
	pubport add --name flask --to 172.17.0.2 --to fd17::2 \
		8080:80 8000-8010:8000-8010 192.168.33.2:53:53/udp
	run -0 on host nft list table inet pubport
	same "comments" 5 "$(grep -o 'comment "flask"' <<<"$output" | wc -l)"
	contains "table" '8080' "$output"
	contains "table" '8000-8010' "$output"
	on host nft -s list table inet pubport >"$BATS_TEST_TMPDIR/table"
	on host nft delete table inet pubport
	on host nft -f "$BATS_TEST_TMPDIR/table"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	prints 'flask
flask' ls --format '{{.Names}}'
}

@test "after nft flush ruleset, add lays the table again" {
	pubport add --to 172.17.0.2 8080:80
	flush_ruleset
	run -0 --separate-stderr pubport ls -q
	same "keys" '' "$output"
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport rm 8080
	! has_table || fail "the table is still there"
}

@test "an empty table of the name is filled" {
	on host nft add table inet pubport
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport rm 8080
	undone
}

@test "a table of the name that means something else is left alone" {
	on host nft -f - <<-END
		table inet pubport {
			map any4 { type ipv4_addr : ipv4_addr; }
			chain mine { counter; }
		}
	END
	rejects 1 'pubport' add --to 172.17.0.2 8080:80
	contains "hint" 'hint: pubport flush' "$stderr"
}

# ----------------------------------------------------------- many at once --

# each_port COMMAND...: at once for 9001 to 9016, with the port at the end
each_port() {
	local port job jobs=() failures=0
	for port in {9001..9016}; do
		"$@" "$port" &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do
		wait "$job" || ((++failures))
	done
	same "failures" 0 "$failures"
}

add_port() {
	pubport add -q --to 172.17.0.2 "$1:80" >/dev/null
}

remove_port() {
	pubport rm -q "$1" >/dev/null
}

@test "of 16 adds at once, none is lost" {
	each_port add_port
	same "keys" "$(printf '0.0.0.0:%s/tcp\n' {9001..9016})" \
		"$(pubport ls -q | sort)"
}

@test "of 16 removals at once, none is left" {
	each_port add_port
	each_port remove_port
	undone
}

# takes 9000 or finds it taken
compete() {
	local status=0
	pubport add -q --to 172.17.0.2 9000:80 2>/dev/null || status=$?
	echo "$status" >>"$BATS_TEST_TMPDIR/statuses"
}

@test "of 16 adds of one key at once, one wins" {
	each_port compete >/dev/null
	same "winners" 1 "$(grep -c 0 "$BATS_TEST_TMPDIR/statuses")"
	same "losers" 15 "$(grep -c 3 "$BATS_TEST_TMPDIR/statuses")"
	prints '0.0.0.0:9000/tcp' ls -q
}

# changes the generation of the host's rules, often
move_generation() {
	while [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
		echo 'add table ip moving; delete table ip moving'
		sleep 0.005
	done | on host nft -i >/dev/null
}

@test "removals work while others change rules" {
	each_port add_port
	move_generation &
	local mover=$! port
	for port in {9001..9016}; do
		pubport rm -q "$port" || break
	done
	: >"$BATS_TEST_TMPDIR/stop"
	wait "$mover" || :
	undone
}

@test "a killed add is done or not begun" {
	local delay count
	for delay in 0.001 0.003 0.005 0.01 0.015 0.02 0.03 0.05; do
		timeout -s KILL "$delay" nsenter --net=/run/machines/host \
			"$PUBPORT" add -q --to 172.17.0.2 \
			10000-11999:20000-21999 12000:80 >/dev/null 2>&1 || :
		count=$(pubport ls -q | wc -l)
		[[ $count == [02] ]] || fail "$count mappings after $delay s"
		pubport flush
	done
	undone
}

# adds, removes and flushes at once; what fails lost to another
quarrel() {
	local port jobs=()
	for port in 8080 8081 8082; do
		pubport add -q --to 172.17.0.2 "$port:80" >/dev/null 2>&1 &
		jobs+=($!)
		pubport rm -q --all >/dev/null 2>&1 &
		jobs+=($!)
	done
	pubport flush &
	wait "${jobs[@]}" $! || :
}

@test "whoever comes last, no setting is left on" {
	local _
	for _ in {1..15}; do
		quarrel
	done
	pubport rm -q --all
	undone
}

@test "in a user namespace of its own it works too" {
	run -0 unshare --user --map-root-user --net bash -euc '
		ip link set lo up
		ip link add docker0 type bridge
		ip address add 172.17.0.1/16 dev docker0
		ip link set docker0 up
		"$1" add -q --to 172.17.0.2 8080:80 9000-9999:10000-10999
		"$1" ls -q | sort
		"$1" rm --all >/dev/null
		nft list tables' - "$PUBPORT"
	same "keys" '0.0.0.0:8080/tcp
0.0.0.0:9000-9999/tcp
0.0.0.0:8080/tcp
0.0.0.0:9000-9999/tcp' "$output"
}
