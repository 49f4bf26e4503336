#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport stats --bytes counts packets and bytes, while it is asked for.
load ../lib/lab
load ../lib/expect

setup() {
	lay
	on host sysctl -q -w net.netfilter.nf_conntrack_acct=0
}

teardown() {
	clear_away
}

# begins to count, and prints nothing
count() {
	pubport stats --bytes --no-stream -q >/dev/null
}

# stats EXPRESSION: of each mapping, what jq makes of it
stats() {
	pubport stats --no-stream --json | jq -c ".[] | $1"
}

# counted KEY: packets and bytes in and out of a mapping
counted() {
	stats "select(\"\(.host_ip):\(.host_port)/\(.protocol)\" == \"$1\") |
		[.packets_in, .packets_out, .bytes_in, .bytes_out] | @text"
}

# asks by udp, as ask(), and adds to what a mapping must have counted
tell() {
	local answer header=28
	answer=$(ask "$@") || fail "$1 does not reach $2: status $?"
	[[ $2 != *\[* ]] || header=48
	((++packets, in += header + 5, out += header + ${#answer} + 1))
}

# as_told KEY: what was asked by tell() is what the mapping counted; then from 0
as_told() {
	same "$1" "\"[$packets,$packets,$in,$out]\"" "$(counted "$1")"
	packets=0 in=0 out=0
}

# watches the packets of a port where they come in at the target, and counts
# them there, by rules that are not pubport's
observe() {
	on web nft -f - <<-END
		table inet observer {
			counter in { }
			counter out { }
			chain input {
				type filter hook input priority 0
				tcp dport $1 counter name in
			}
			chain output {
				type filter hook output priority 0
				tcp sport $1 counter name out
			}
		}
	END
}

# packets and bytes in and out, as observe() has them
observed() {
	on web nft -j list counters | jq -c '[.nftables[].counter | values] |
		[.[0].packets, .[1].packets, .[0].bytes, .[1].bytes] | @text'
}

# pass MACHINE ENDPOINT BYTES: sends that much there, and waits for its end
pass() {
	on "$1" timeout 20 python3 - "$2" "$3" <<-END
		import re, socket, sys
		address, port = re.fullmatch(r"\[?(.*?)\]?:(\d+)", sys.argv[1]).groups()
		sock = socket.create_connection((address, port))
		sock.sendall(b"x" * int(sys.argv[2]))
		sock.shutdown(socket.SHUT_WR)
		while sock.recv(65536):
		    pass
	END
}

# a server on web that sends back all that it gets, COUNT times
echoes() {
	on web timeout 20 python3 - "$1" "$2" 3>&- <<-END &
		import socket, sys
		server = socket.create_server(("", int(sys.argv[1])), family=socket.AF_INET6,
		                              dualstack_ipv6=True)
		for _ in range(int(sys.argv[2])):
		    connection = server.accept()[0]
		    while data := connection.recv(65536):
		        connection.sendall(data)
		    connection.close()
	END
	eventually on web bash -c "ss -ltn | grep -q :$1"
}

# ----------------------------------------------------------- while it lasts --

@test "there is no rule for it unless --bytes asks, and none after --no-bytes" {
	local before
	pubport add --to 172.17.0.2 8080:80 9000-9003:9000-9003/udp
	before=$(ruleset)
	pubport stats --no-stream >/dev/null
	same "rules after stats" "$before" "$(ruleset)"
	run --separate-stderr pubport stats --bytes --no-stream
	same "notice" 'pubport: counting packets and bytes from now on, until pubport stats --no-bytes' \
		"$stderr"
	run --separate-stderr pubport stats --bytes --no-stream
	same "notice" "" "$stderr"
	contains "rules" 'chain count_postrouting' "$(ruleset)"
	contains "rules" '@counter_tcp4 return' "$(ruleset)"
	pubport stats --no-bytes --no-stream >/dev/null 2>&1
	same "rules after --no-bytes" "$before" "$(ruleset)"
	# as often as you like
	pubport stats --no-bytes --no-stream -q >/dev/null
	same "rules after --no-bytes" "$before" "$(ruleset)"
	rejects 2 '"--no-bytes": not with --bytes' stats --bytes --no-bytes
}

@test "it goes with the last mapping, and with flush" {
	pubport add --to 172.17.0.2 8080:80 8081:80
	count
	pubport rm 8080
	contains "rules" 'chain count_postrouting' "$(ruleset)"
	pubport rm 8081
	same "rules" "" "$(ruleset)"
	pubport add --to 172.17.0.2 8080:80
	count
	pubport flush
	same "rules" "" "$(ruleset)"
	# without a mapping there is nothing to count
	count
	same "rules" "" "$(ruleset)"
}

@test "the rules can be printed and loaded again by nft" {
	pubport add --to 172.17.0.2 --to fd17::2 8080:80 \
		192.168.33.2:9000-9003:9000-9003/udp 7000:80/sctp
	pubport add --to host 8090:8022 8100-8109:8200-8209/udp
	count
	tell other 192.168.33.2:9001/udp
	on host nft list table inet pubport >"$BATS_TEST_TMPDIR/before"
	on host nft delete table inet pubport
	on host nft -f "$BATS_TEST_TMPDIR/before"
	on host nft list table inet pubport |
		diff "$BATS_TEST_TMPDIR/before" -
	tell other 192.168.33.2:9001/udp
	as_told 192.168.33.2:9000/udp
}

@test "add, rm, replace and apply go on as before" {
	pubport add --to 172.17.0.2 8080:80/udp 8000-8003:8000-8003/udp
	count
	tell other 192.168.33.2:8080/udp
	# one that is added is counted from its beginning
	pubport add --to 172.17.0.2 8081:80/udp 9000-9003:9001-9004/udp
	as_told 0.0.0.0:8080/udp
	tell other 192.168.33.2:8081/udp
	as_told 0.0.0.0:8081/udp
	tell other 192.168.33.2:9002/udp
	as_told 0.0.0.0:9000/udp
	# one that is replaced begins anew, one that stays goes on
	pubport add --replace --to 172.17.0.2 8081:8000/udp
	same "replaced" '"[0,0,0,0]"' "$(counted 0.0.0.0:8081/udp)"
	pubport ls --json | jq 'map(select(.host_port != 8080))' |
		pubport apply -
	tell other 192.168.33.2:8081/udp
	as_told 0.0.0.0:8081/udp
	pubport ls --json | pubport apply -
	pubport rm --all
	same "rules" "" "$(ruleset)"
}

@test "a mapping that ends takes its counters along" {
	pubport add --to 172.17.0.2 8080:80/udp
	count
	pubport add --ttl 1s --to 172.17.0.2 8081:80/udp 9000-9003:9000-9003/udp
	pubport add --ttl 1h --to 172.17.0.2 8082:80/udp
	eventually eval '! pubport ls -q | grep -q 8081'
	same "elements" '' "$(on host nft list table inet pubport |
		grep -E 'original . 0.0.0.0 . 8081|9000-9003 . original' || :)"
	pubport add --to 172.17.0.2 8081:80/udp 9000-9003:9000-9003/udp
	tell other 192.168.33.2:8081/udp
	as_told 0.0.0.0:8081/udp
}

@test "what was added by somebody who knew nothing of it is counted from then on" {
	pubport add --to 172.17.0.2 8080:80/udp 8081:80/udp
	count
	on host nft delete element inet pubport counter_udp4 \
		'{ original . 0.0.0.0 . 8081 . 172.17.0.2 . 80,
		   reply . 0.0.0.0 . 8081 . 172.17.0.2 . 80 }'
	same "numbers" '"[null,null,null,null]"' "$(counted 0.0.0.0:8081/udp)"
	same "since" 'null' "$(stats 'select(.host_port == 8081).counted_since')"
	count
	tell other 192.168.33.2:8081/udp
	as_told 0.0.0.0:8081/udp
	# and what is not there can be removed
	on host nft delete element inet pubport counter_udp4 \
		'{ original . 0.0.0.0 . 8081 . 172.17.0.2 . 80 }'
	pubport rm 8081/udp
	pubport add --to 172.17.0.2 8081:80/udp
	on host nft delete element inet pubport counter_udp4 \
		'{ original . 0.0.0.0 . 8081 . 172.17.0.2 . 80 }'
	pubport add --replace --to 172.17.0.2 8081:8000/udp
}

@test "a table whose rules somebody took apart is not touched" {
	pubport add --to 172.17.0.2 8080:80/udp
	count
	on host nft 'flush chain inet pubport count_postrouting
		delete chain inet pubport count_postrouting'
	rejects 1 'it is not as pubport makes it' stats --no-bytes --no-stream
	on host nft 'flush chain inet pubport count_input
		delete chain inet pubport count_input'
	rejects 1 'it is not as pubport makes it' stats --bytes --no-stream
	pubport rm --all
	same "rules" "" "$(ruleset)"
}

@test "add --dry-run prints what it adds to what counts" {
	pubport add --to 172.17.0.2 8080:80/udp
	count
	contains "transaction" \
		'counter_udp4 { reply . 0.0.0.0 . 8081 . 172.17.0.2 . 80 }' \
		"$(pubport add --to 172.17.0.2 --dry-run 8081:80/udp)"
	pubport add --to 172.17.0.2 --dry-run 8081:80/udp 9000-9003:9001-9004 |
		on host nft -f -
	tell other 192.168.33.2:8081/udp
	as_told 0.0.0.0:8081/udp
}

@test "without the right to, it says so" {
	pubport add --to 172.17.0.2 8080:80
	run --separate-stderr without_rights stats --no-stream --bytes
	same "status" 5 "$status"
	is_one_error "$stderr" 'not permitted'
	run --separate-stderr without_rights stats --no-stream --no-bytes
	same "status" 5 "$status"
	is_one_error "$stderr" 'not permitted'
}

# ------------------------------------------------------------ what it counts --

# whoever the client is, and whatever the mapping: each packet once
each_way() {
	serve host 192.168.33.2,172.17.0.1,127.0.0.1,fd33::2,::1 \
		8022,8200-8209 udp
	pubport add --to 172.17.0.2 --to fd17::2 8080:80/udp \
		8001-8003:8001-8003/udp 9001-9003:9002-9004/udp
	pubport add --to 172.17.0.2 192.168.33.2:8080:8000/udp \
		192.168.33.2:9001-9003:9001-9003/udp
	pubport add --to host 8090:8022/udp 8100-8109:8200-8209/udp \
		192.168.33.2:8091:8022/udp
	count
	# 192.168.33.2:8080 is a mapping of its own
	tell host 127.0.0.1:8080/udp
	tell host 172.17.0.1:8080/udp
	tell other 172.17.0.1:8080/udp
	tell neighbour 172.17.0.1:8080/udp
	tell web 172.17.0.1:8080/udp
	as_told 0.0.0.0:8080/udp
	tell other 192.168.33.2:8080/udp
	tell web 192.168.33.2:8080/udp
	as_told 192.168.33.2:8080/udp
	tell other 172.17.0.1:8002/udp
	tell host 127.0.0.1:8003/udp
	tell neighbour 192.168.33.2:8001/udp
	as_told 0.0.0.0:8001/udp
	tell other 172.17.0.1:9001/udp
	tell web 172.17.0.1:9003/udp
	as_told 0.0.0.0:9001/udp
	tell other 192.168.33.2:9001/udp
	as_told 192.168.33.2:9001/udp
	# the host itself: what it sends to itself comes in again
	tell other 172.17.0.1:8090/udp
	tell host 127.0.0.1:8090/udp
	tell host 192.168.33.2:8090/udp
	tell web 172.17.0.1:8090/udp
	as_told 0.0.0.0:8090/udp
	tell other 192.168.33.2:8105/udp
	tell host 127.0.0.1:8109/udp
	as_told 0.0.0.0:8100/udp
	tell other 192.168.33.2:8091/udp
	tell host 192.168.33.2:8091/udp
	as_told 192.168.33.2:8091/udp
	tell other '[fd33::2]:8080/udp'
	tell host '[fd33::2]:8080/udp'
	tell host '[::1]:8080/udp'
	tell neighbour '[fd17::1]:8080/udp'
	tell web '[fd33::2]:8080/udp'
	as_told :::8080/udp
	tell other '[fd33::2]:9002/udp'
	as_told :::9001/udp
	tell other '[fd33::2]:8090/udp'
	tell host '[::1]:8090/udp'
	as_told :::8090/udp
}

@test "each packet counts once, whoever the client is and whatever the mapping" {
	bridge_netfilter_off
	add_neighbour
	each_way
}

@test "with br_netfilter as well" {
	has_bridge_netfilter || skip "no br_netfilter"
	bridge_netfilter 1 iptables
	bridge_netfilter 0 ip6tables
	add_neighbour
	each_way
}

@test "tcp counts as it arrives at the target, in both directions" {
	echoes 7000 2
	pubport add --to 172.17.0.2 --to fd17::2 8080:7000
	count
	observe 7000
	# segments that one machine made one of stay one on its way
	pass other 192.168.33.2:8080 3000000
	pass other '[fd33::2]:8080' 200000
	# the last segments may still be on their way
	for _ in {1..20}; do
		told=$(pubport stats --no-stream --json | jq -c '
			[map(.packets_in), map(.packets_out), map(.bytes_in), map(.bytes_out)] |
			map(add) | @text')
		[ "$(observed)" != "$told" ] || break
		sleep 0.1
	done
	same "as observed" "$(observed)" "$told"
	[ "$(stats 'select(.host_ip == "0.0.0.0").bytes_in')" -gt 3000000 ] ||
		fail "too little"
	[ "$(stats 'select(.host_ip == "0.0.0.0").bytes_out')" -gt 3000000 ] ||
		fail "too little"
	wait
}

@test "sctp counts" {
	pubport add --to 172.17.0.2 8080:80/sctp
	count
	ask other 192.168.33.2:8080/sctp
	same "packets" '1 1' "$(stats '"\(.packets_in) \(.packets_out)"' | tr -d '"')"
}

@test "it counts all so far, also of connections that nobody remembers" {
	pubport add --to 172.17.0.2 8080:80/udp
	count
	for _ in 1 2 3; do
		tell other 192.168.33.2:8080/udp
		on host conntrack -F 2>/dev/null
	done
	same "now" 0 "$(stats .connections_now)"
	as_told 0.0.0.0:8080/udp
}

@test "only what goes by the mapping counts" {
	pubport add --to 172.17.0.2 192.168.33.2:8080:80/udp 8081:80/udp
	count
	# nobody translates
	ask other 172.17.0.2:80/udp
	# somebody else does, to another port
	on host nft -f - <<-END
		table ip other {
			chain prerouting {
				type nat hook prerouting priority -150
				udp dport 8081 dnat to 172.17.0.2:8000
			}
		}
	END
	ask other 192.168.33.2:8081/udp
	# an error is no packet of the connection
	on web nft -f - <<-END
		table inet filter {
			chain input {
				type filter hook input priority 0
				udp dport 80 reject
			}
		}
	END
	run -7 ask other 192.168.33.2:8080/udp
	same "counts" '[8081,0,0]
[8080,1,0]' "$(stats '[.host_port, .packets_in, .packets_out]')"
}

@test "what goes on after a replacement counts for nobody else" {
	pubport add --to 172.17.0.2 8080:80
	count
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	[ "$(stats .packets_in)" -gt 2 ] || fail "packets: $(stats .packets_in)"
	# the same host, another port
	pubport add --replace --to 172.17.0.2 8080:8000
	answers 172.17.0.2:80
	same "packets" '0' "$(stats .packets_in)"
	# shellcheck disable=SC2154 # coproc sets it
	kill "$talk_PID"
	wait "$talk_PID" 2>/dev/null || :
}

@test "what others drop does not count" {
	pubport add --to 172.17.0.2 8080:80/udp
	count
	on host nft -f - <<-END
		table ip filter {
			chain forward {
				type filter hook forward priority 0
				udp dport 80 drop
			}
		}
	END
	run -28 ask other 192.168.33.2:8080/udp
	same "packets" 0 "$(stats .packets_in)"
}

# ------------------------------------------------------------------ as told --

@test "numbers say since when they count" {
	pubport add --to 172.17.0.2 8080:80
	same "before" '[null,null]' "$(stats '[.counted_since, .bytes_in]')"
	sleep 1
	count
	same "after" true "$(stats '.counted_since > .created and .bytes_in == 0')"
	pubport add --to 172.17.0.2 8081:80
	same "new" true \
		"$(stats 'select(.host_port == 8081) | .counted_since == .created')"
	pubport stats --no-stream --json | conforms stats
}

@test "each of ten thousand has its own counters" {
	pubport add -q --to 172.17.0.2 $(seq -f '%g:80/udp' 10000 19999) >/dev/null
	count
	tell other 192.168.33.2:10500/udp
	as_told 0.0.0.0:10500/udp
	same "packets" '1 1' "$(pubport stats --no-stream --json |
		jq -r '"\(map(.packets_in) | add) \(map(.packets_out) | add)"')"
	pubport rm 10500/udp
	same "elements" 9999 "$(on host nft list set inet pubport counter_udp4 |
		grep -c 'reply . 0.0.0.0')"
}

# --------------------------------------------------------- beside the others --

@test "the doctor takes it for a part of the table" {
	pubport add --to 172.17.0.2 8080:80
	same "before" 0 "$(pubport doctor --json | jq '[.[] | select(.check == "table" and .status != "ok")] | length')"
	count
	same "while it counts" 0 "$(pubport doctor --json | jq '[.[] | select(.check == "table" and .status != "ok")] | length')"
	on host nft flush chain inet pubport count_tcp4
	same "with a part missing" 1 "$(pubport doctor --json | jq '[.[] | select(.check == "table" and .status != "ok")] | length')"
}

@test "keep restores what is published, and stats --bytes counts it again" {
	local keeper
	pubport add --to 172.17.0.2 8080:80/udp
	nsenter --net=/run/machines/host -- "$PUBPORT" keep \
		--state "$BATS_TEST_TMPDIR/state" 3>&- 2>/dev/null &
	keeper=$!
	eventually test -s "$BATS_TEST_TMPDIR/state"
	count
	tell other 192.168.33.2:8080/udp
	as_told 0.0.0.0:8080/udp
	# what ends by intention stays so
	pubport stats --no-bytes --no-stream >/dev/null 2>&1
	sleep 0.5
	[[ $(ruleset) != *count_* ]] || fail "it counts again"
	count
	on host nft delete table inet pubport
	eventually eval '[ "$(pubport ls -q)" = 0.0.0.0:8080/udp ]'
	same "numbers" null "$(stats .bytes_in)"
	count
	tell other 192.168.33.2:8080/udp
	as_told 0.0.0.0:8080/udp
	kill "$keeper"
	wait "$keeper" || :
}
