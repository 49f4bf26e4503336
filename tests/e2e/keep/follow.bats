#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport keep: mappings follow their targets.
load ../lib/lab
load ../lib/expect
load ../lib/keep
load ../lib/programs

setup() {
	begin
}

teardown() {
	finish
	end_fakes
}

@test "mappings follow a target that gets another address" {
	keep
	pubport add --to netns:web 8080:80 192.168.33.2:8000-8010:8000-8010
	pubport add --to 172.17.0.2 9000:80
	configure web <<-END
		address del 172.17.0.2/16 dev eth0
		address add 172.17.0.9/16 dev eth0
	END
	records '0.0.0.0 8080 tcp -> 172.17.0.9 80
0.0.0.0 9000 tcp -> 172.17.0.2 80
192.168.33.2 8000 tcp -> 172.17.0.9 8000
:: 8080 tcp -> fd17::2 80'
	contains "said" "netns:web moved: 0.0.0.0:8080 -> 172.17.0.9:80/tcp" \
		"$(cat "$SAID")"
}

@test "mappings follow a target that is made again, and wait until it is" {
	keep
	pubport add --to netns:web 8080:80
	before=$(published)
	remove_web
	sleep 0.5
	same "published" "$before" "$(published)"
	add_container web 5
	records '0.0.0.0 8080 tcp -> 172.17.0.5 80
:: 8080 tcp -> fd17::5 80'
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.5:80
}

@test "connections to the address that a target gave up are cut" {
	keep
	pubport add --to netns:web 0.0.0.0:8080:80 0.0.0.0:8080:80/udp
	converse 192.168.33.2:8080 192.168.33.2:8080/udp
	answers 172.17.0.2:80 172.17.0.2:80
	configure web <<-END
		address del 172.17.0.2/16 dev eth0
		address add 172.17.0.9/16 dev eth0
		route add default via 172.17.0.1
	END
	serve web 172.17.0.9 80 tcp,udp
	says "netns:web moved: 0.0.0.0:8080 -> 172.17.0.9:80/tcp"
	answers cut 172.17.0.9:80
	same "left to the next command" '' "$(on host nft list ruleset |
		sed -n '/set settling/,/}/ p' | grep elements)"
}

@test "a host that is made a router forwards all" {
	add_internet
	forward 0
	keep
	pubport add --to 172.17.0.2 192.168.33.2:8080:80
	! ask other 1.1.1.1:8080 >/dev/null || fail "it did so before"
	forward 1
	says "this host was made a router for IPv4"
	reaches other 1.1.1.1:8080 as 192.168.33.3
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	# also after it laid what somebody took
	flush_ruleset
	eventually is_published '192.168.33.2:8080->80/tcp'
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 1.1.1.1:8080 as 192.168.33.3
	same "interfaces" '' "$(on host nft list set inet pubport forwarding4 |
		grep elements)"
}

@test "a target that can't be found is told once" {
	keep
	pubport add --to netns:web 8080:80
	remove_web
	says '"netns:web"'
	on host ip link add other0 type bridge
	sleep 0.3
	on host ip link del other0
	sleep 0.3
	same "told" 1 "$(grep -c 'what leads there stays as it is' "$SAID")"
	add_container web 2
	sleep 0.3
	same "published" '0.0.0.0:8080->80/tcp, [::]:8080->80/tcp' "$(published)"
}

# fake_docker SECONDS: takes so long, says where flask is, remembers who asks
fake_docker() {
	begin_fakes
	fake docker <<-END
		echo asked >>"$BATS_TEST_TMPDIR/asked"
		sleep $1
		echo '{"id":"1","name":"/flask","image":"app","running":true,"pid":${servers[0]},
			"networks":{"bridge":{"IPAddress":"'\$(<"$BATS_TEST_TMPDIR/address")'"}}}' |
			tr -d '\n'
	END
	echo 172.17.0.2 >"$BATS_TEST_TMPDIR/address"
}

@test "however many links change, a runtime is asked seldom" {
	local i began count
	fake_docker 0.1
	pubport add --to docker:flask 0.0.0.0:8080:80
	keep
	sleep 0.5
	: >"$BATS_TEST_TMPDIR/asked"
	began=$(date +%s%3N)
	for i in {1..100}; do
		echo "link add other$i type bridge"
		echo "link del other$i"
	done | on host ip -batch -
	sleep 1
	count=$(wc -l <"$BATS_TEST_TMPDIR/asked")
	# an answer takes 100 ms, and for 400 ms after it nobody asks
	((count >= 1 && count <= 2 + ($(date +%s%3N) - began) / 500)) ||
		fail "asked $count times"
	echo 172.17.0.3 >"$BATS_TEST_TMPDIR/address"
	configure web <<-END
		address del 172.17.0.2/16 dev eth0
		address add 172.17.0.3/16 dev eth0
	END
	records '0.0.0.0 8080 tcp -> 172.17.0.3 80'
}

# the keeper's CPU time so far, in ticks, of which a second has 100
cpu_time() {
	awk '{ print $14 + $15 }' "/proc/$KEEP/stat"
}

@test "while a runtime takes its time, it rests" {
	local before
	fake_docker 2
	pubport add --to docker:flask 0.0.0.0:8080:80
	keep
	before=$(cpu_time)
	on host ip link add other0 type bridge
	on host ip link del other0
	sleep 1.5
	(($(cpu_time) - before < 10)) ||
		fail "$(($(cpu_time) - before)) ticks"
}

@test "a runtime that hangs does not keep the keeper from its end" {
	local began
	fake_docker 0
	pubport add --to docker:flask 0.0.0.0:8080:80
	fake_docker 1000
	: >"$BATS_TEST_TMPDIR/asked"
	keep
	eventually grep -q asked "$BATS_TEST_TMPDIR/asked"
	began=$(date +%s%3N)
	end_keep TERM
	(($(date +%s%3N) - began < 2000)) || fail "$(($(date +%s%3N) - began)) ms"
}

@test "many mappings that move are told in a line" {
	# shellcheck disable=SC2046 # a word each
	pubport add -q --to netns:web $(seq -f '0.0.0.0:%g:80' 7001 7500) >/dev/null
	keep
	configure web <<-END
		address del 172.17.0.2/16 dev eth0
		address add 172.17.0.9/16 dev eth0
	END
	says "netns:web moved: 500 mappings -> 172.17.0.9"
	same "lines" 1 "$(wc -l <"$SAID")"
}

# ------------------------------------------------- addresses of others --

# web lets go of its addresses, and takes those that end in NUMBER
take_addresses() {
	configure web <<-END
		address flush dev eth0 scope global
		address add 172.17.0.$1/16 dev eth0
		address add fd17::$1/64 dev eth0 nodad
		route replace default via 172.17.0.1
		route replace default via fd17::1
	END
}

@test "no mapping follows a target to an address that another one has" {
	add_neighbour
	pubport add --to netns:web 8080:80
	keep
	take_addresses 3
	says 'netns:web has fd17::3 now, and so has netns:neighbour; what leads there stays as it is'
	on host ip link add other0 type bridge
	on host ip link del other0
	sleep 0.5
	same "told" 1 "$(grep -c 'fd17::3 now, and so has' "$SAID")"
	refused_or_silent other 192.168.33.2:8080
	take_addresses 9
	records '0.0.0.0 8080 tcp -> 172.17.0.9 80
:: 8080 tcp -> fd17::9 80'
}

refused_or_silent() {
	! ask "$1" "$2" >/dev/null 2>&1 || fail "$1 reaches $2"
}

# a virtual machine, which nobody can look into, with addresses that end in 7
add_virtual_machine() {
	add_machine vm
	connect host veth-7 vm
	configure host <<<'link set veth-7 master docker0'
	address vm 172.17.0.7/16 fd17::7/64 172.17.0.1 fd17::1
}

@test "nor to one for which somebody else answers on the link" {
	add_virtual_machine
	pubport add --to netns:web 8080:80
	keep
	take_addresses 7
	says "netns:web has fd17::7 now, and so has $(mac_of vm eth0)"
	configure vm <<-END
		address del fd17::7/64 dev eth0
	END
	configure web <<<'address del fd17::7/64 dev eth0'
	says "netns:web has 172.17.0.7 now, and so has $(mac_of vm eth0)"
	same "recorded" '0.0.0.0 8080 tcp -> 172.17.0.2 80
:: 8080 tcp -> fd17::2 80' "$(recorded)"
	# also where it is silent itself, or says that it is the other one
	on web sysctl -q -w net.ipv4.conf.eth0.arp_ignore=8
	configure web <<-END
		link set eth0 address $(mac_of vm eth0)
		address add 172.17.0.7/32 dev lo
	END
	sleep 1
	same "recorded" '0.0.0.0 8080 tcp -> 172.17.0.2 80
:: 8080 tcp -> fd17::2 80' "$(recorded)"
}

@test "what a runtime tells of a container counts, not what it gave itself" {
	add_neighbour
	fake_docker 0
	pubport add --to docker:flask 0.0.0.0:8080:80
	keep
	configure web <<-END
		address del 172.17.0.2/16 dev eth0
		address add 172.17.0.8/16 dev eth0
	END
	sleep 1
	same "recorded" '0.0.0.0 8080 tcp -> 172.17.0.2 80' "$(recorded)"
	echo 172.17.0.8 >"$BATS_TEST_TMPDIR/address"
	on host ip link add other0 type bridge
	records '0.0.0.0 8080 tcp -> 172.17.0.8 80'
}

@test "many targets that go are told in few lines" {
	local i
	for i in {1..30}; do
		ln -s web "/run/netns/other$i"
		pubport add -q --to "netns:other$i" "0.0.0.0:$((7000 + i)):80" >/dev/null
	done
	keep
	rm /run/netns/other*
	says "more targets can't be found"
	# some may go in a look of their own
	(($(wc -l <"$SAID") <= 22)) || fail "$(cat "$SAID")"
}
