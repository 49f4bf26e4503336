#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Flows that are there when something changes: which end, which move, which go
# on.  The kernel's own list of them is compared before and after.
load ../lib/lab
load ../lib/expect

setup_file() {
	lay
	add_neighbour
	add_internet
	! has_bridge_netfilter || bridge_netfilter 0 ip6tables
	track_flows
	answer_all
}

teardown_file() {
	clear_away
}

setup() {
	others_translate
}

teardown() {
	end_servers
	pubport flush
	on host nft delete table inet engine
	on host conntrack -F 2>/dev/null
}

# has the kernel keep a list of flows, also of those that nobody translates;
# our sctp associations get no further than to wait for a cookie
track_flows() {
	on host nft -f - <<-END
		table inet track {
			chain arriving {
				type filter hook prerouting priority 0
				ct state new
			}
			chain sent {
				type filter hook output priority 0
				ct state new
			}
		}
	END
	on host sysctl -q -w \
		net.netfilter.nf_conntrack_sctp_timeout_cookie_wait=60
}

# the host's flows, a line each: PROTOCOL CLIENT:PORT HOST:PORT TARGET:PORT
flows() {
	local family
	for family in ipv4 ipv6; do
		on host conntrack -L -f "$family" 2>/dev/null
	done | sed -nE 's/^(tcp|udp|sctp) +[0-9]+ [0-9]+ ([A-Z_]+ )?src=([^ ]+) dst=([^ ]+) sport=([0-9]+) dport=([0-9]+) .*src=([^ ]+) dst=([^ ]+) sport=([0-9]+) dport=.*/\1 \3:\5 \4:\6 \7:\9/p' |
		sort
}

# flow MACHINE SOURCE-PORT ENDPOINT...: one to each, answered or not
flow() {
	local machine=$1 source_port=$2 endpoint
	shift 2
	for endpoint; do
		on "$machine" "$TOOLS/ask.py" "$endpoint" "$source_port" \
			>/dev/null 2>&1 || :
	done
}

# remember the host's flows
remember_flows() {
	flows >"$BATS_TEST_TMPDIR/flows"
}

# ended FLOW...: these ended since, and no other
ended() {
	same "flows that ended" "$(printf '%s\n' "$@" | sort)" \
		"$(flows | comm -23 "$BATS_TEST_TMPDIR/flows" -)"
}

# another program's translation of port 8080, for clients with port 7777
others_translate() {
	on host nft -f - <<-END
		table inet engine {
			chain prerouting {
				type nat hook prerouting priority -100
				meta l4proto { tcp, udp, sctp } th sport 7777 fib daddr type local dnat ip to 172.17.0.3:80
			}
		}
	END
}

# -------------------------------------------------------------------- add --

@test "add ends older udp to its port, and nothing else" {
	pubport add --to 172.17.0.3 --to fd17::3 8082:80/udp
	flow other 5555 192.168.33.2:8080/{udp,tcp,sctp} 172.17.0.1:8080/udp \
		fd33::2:8080/udp 192.168.33.2:{8081,8082}/udp fd33::2:8082/udp
	flow host 5555 127.0.0.1:8080/udp 192.168.33.2:8080/udp
	# to that port of somebody else, from that port, or by another's table
	flow other 5555 172.17.0.2:8080/udp 1.1.1.1:8080/udp
	flow other 8080 192.168.33.2:5000/udp
	flow other 7777 192.168.33.2:8080/udp
	remember_flows
	pubport add --to 172.17.0.2 8080:80/udp
	ended 'udp 192.168.33.3:5555 192.168.33.2:8080 192.168.33.2:8080' \
		'udp 192.168.33.3:5555 172.17.0.1:8080 172.17.0.1:8080' \
		'udp 192.168.33.2:5555 192.168.33.2:8080 192.168.33.2:8080' \
		'udp 127.0.0.1:5555 127.0.0.1:8080 127.0.0.1:8080'
	remember_flows
	pubport add --to fd17::2 8080:80/udp
	ended 'udp fd33::3:5555 fd33::2:8080 fd33::2:8080'
}

@test "add on one address, or of a range, ends older udp there alone" {
	flow other 5555 {192.168.33.2,172.17.0.1}:{8080,8089,8090,8091}/udp
	remember_flows
	pubport add --to 172.17.0.2 192.168.33.2:8080-8090:9080-9090/udp
	ended 'udp 192.168.33.3:5555 192.168.33.2:8080 192.168.33.2:8080' \
		'udp 192.168.33.3:5555 192.168.33.2:8089 192.168.33.2:8089' \
		'udp 192.168.33.3:5555 192.168.33.2:8090 192.168.33.2:8090'
}

@test "add of another protocol ends nothing" {
	flow other 5555 192.168.33.2:8080/udp
	remember_flows
	pubport add --to 172.17.0.2 8080:80/{tcp,sctp}
	ended ''
}

@test "add of all protocols ends older udp alone" {
	serve host 192.168.33.2 8080 tcp
	converse 192.168.33.2:8080/{tcp,udp,sctp}
	answers 192.168.33.2:8080 refused refused
	remember_flows
	pubport add --force --to 172.17.0.2 8080:80/{tcp,udp,sctp}
	ended 'udp 192.168.33.3:6002 192.168.33.2:8080 192.168.33.2:8080'
	answers 192.168.33.2:8080 172.17.0.2:80 refused
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "add --no-loopback leaves flows to 127.0.0.1 alone" {
	serve host 127.0.0.1 8080 udp
	flow host 5555 127.0.0.1:8080/udp
	remember_flows
	pubport add --no-loopback --to 172.17.0.2 8080:80/udp
	ended ''
}

@test "udp that was sent before goes the new way at once" {
	converse 192.168.33.2:8080/udp '[fd33::2]:8080/udp' \
		192.168.33.2:8005/udp
	answers refused refused refused
	pubport add --to 172.17.0.2 --to fd17::2 8080:80/udp 8000-8010:8000-8010/udp
	answers 172.17.0.2:80 '[fd17::2]:80' 172.17.0.2:8005
}

@test "a more specific mapping takes udp of another, and not the reverse" {
	pubport add --to 172.17.0.3 8080:80/udp 8000-8010:8000-8010/udp
	converse 192.168.33.2:8080/udp 172.17.0.1:8080/udp 192.168.33.2:8005/udp \
		192.168.33.2:8006/udp
	answers 172.17.0.3:80 172.17.0.3:80 172.17.0.3:8005 172.17.0.3:8006
	pubport add --to 172.17.0.2 192.168.33.2:8080:80/udp 8005:8005/udp
	answers 172.17.0.2:80 172.17.0.3:80 172.17.0.2:8005 172.17.0.3:8006
	pubport rm 8080/udp 8000-8010/udp
	answers 172.17.0.2:80 refused 172.17.0.2:8005 refused
	remember_flows
	pubport add --to 172.17.0.3 8080:80/udp 8000-8010:8000-8010/udp
	ended 'udp 192.168.33.3:6002 172.17.0.1:8080 172.17.0.1:8080' \
		'udp 192.168.33.3:6004 192.168.33.2:8006 192.168.33.2:8006'
}

# ------------------------------------------- mappings with all kinds of flows --

# two mappings to the same port, each with flows of every protocol, family and
# kind of client; and flows of another's translation of the same host port
publish_and_converse() {
	flow other 7777 192.168.33.2:8080/{udp,sctp}
	pubport add --to 172.17.0.2 --to fd17::2 {8080,8081}:80/{tcp,udp,sctp}
	converse {192.168.33.2,'[fd33::2]'}:{8080,8081}/{tcp,udp,sctp}
	all_answer
	flow host 5555 {127.0.0.1,'[::1]'}:{8080,8081}/{udp,sctp}
	flow neighbour 5555 172.17.0.1:{8080,8081}/{udp,sctp}
	remember_flows
}

all_answer() {
	answers 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 \
		172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 \
		'[fd17::2]:80' '[fd17::2]:80' '[fd17::2]:80' \
		'[fd17::2]:80' '[fd17::2]:80' '[fd17::2]:80'
}

# flows_of_8080 PROTOCOL...: those of the first mapping
flows_of_8080() {
	local protocol
	for protocol; do
		grep "^$protocol .*:8080 .*\(172.17.0.2\|fd17::2\):80$" \
			"$BATS_TEST_TMPDIR/flows"
	done
}

only_8081_answers() {
	answers cut refused refused 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 \
		cut refused refused '[fd17::2]:80' '[fd17::2]:80' '[fd17::2]:80'
}

@test "rm ends its own flows, of every protocol and client, and no others" {
	publish_and_converse
	pubport rm 8080/tcp 8080/udp 8080/sctp
	same "flows of 8080" 12 "$(flows_of_8080 tcp udp sctp | wc -l)"
	ended "$(flows_of_8080 tcp udp sctp)"
	only_8081_answers
}

@test "rm of one protocol ends flows of that protocol" {
	publish_and_converse
	pubport rm 8080/sctp
	ended "$(flows_of_8080 sctp)"
	remember_flows
	pubport rm 8080/tcp
	ended "$(flows_of_8080 tcp)"
}

@test "rm of one family ends flows of that family" {
	publish_and_converse
	pubport rm 0.0.0.0:8080/udp
	ended "$(flows_of_8080 udp | grep -v fd17)"
}

@test "rm leaves flows that another mapping leads to the same target" {
	pubport add --to 172.17.0.2 {,192.168.33.2:}8080:80/{tcp,udp} \
		8000-8010:8000-8010/udp 8005:8005/udp
	converse {192.168.33.2,172.17.0.1}:8080/{tcp,udp} 192.168.33.2:8005/udp
	answers 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 \
		172.17.0.2:8005
	remember_flows
	pubport rm 8080 8080/udp 8005/udp
	ended 'tcp 192.168.33.3:6003 172.17.0.1:8080 172.17.0.2:80' \
		'udp 192.168.33.3:6004 172.17.0.1:8080 172.17.0.2:80'
	answers 172.17.0.2:80 172.17.0.2:80 cut refused 172.17.0.2:8005
	pubport rm 192.168.33.2:8080 192.168.33.2:8080/udp 8000-8010/udp
	answers cut refused cut refused refused
}

@test "rm of a shifted range ends flows of each of its ports" {
	pubport add --to 172.17.0.2 8000-8010:9000-9010/{tcp,udp} 8011:9001/udp
	converse 192.168.33.2:{8000,8010}/{tcp,udp} 192.168.33.2:8011/udp
	answers 172.17.0.2:9000 172.17.0.2:9000 172.17.0.2:9010 172.17.0.2:9010 \
		172.17.0.2:9001
	pubport rm 8000-8010 8000-8010/udp
	answers cut refused cut refused 172.17.0.2:9001
}

@test "rm ends many flows at once" {
	pubport add --to 172.17.0.2 {8080,8081}:80/udp
	on other python3 - <<-END
		import socket
		for port in range(10000, 11000):
		    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
		        sock.bind(("", port))
		        sock.sendto(b"who?", ("192.168.33.2", 8080))
		        sock.sendto(b"who?", ("192.168.33.2", 8081))
	END
	same "flows" 2000 "$(flows | wc -l)"
	pubport rm 8080/udp
	same "flows" 1000 "$(flows | wc -l)"
	same "flows of 8081" 1000 "$(flows | grep -c ' 192.168.33.2:8081 ')"
}

@test "rm of a port of the host ends its flows" {
	serve host 192.168.33.2,127.0.0.1 8090 tcp,udp
	pubport add --to host 8080:8090/{tcp,udp} 8081:8090/udp
	converse 192.168.33.2:8080/{tcp,udp} 192.168.33.2:{8081,8090}/udp
	answers 192.168.33.2:8090 192.168.33.2:8090 192.168.33.2:8090 \
		192.168.33.2:8090
	pubport rm 8080/tcp 8080/udp
	answers cut refused 192.168.33.2:8090 192.168.33.2:8090
}

# ---------------------------------------------------------- both ends told --

# listens MACHINE OWN-ADDRESS HOST-ADDRESS: through port 8181, to a server that
# never says anything
listens() {
	local file=$BATS_TEST_TMPDIR/$1-$3
	: >"$file"
	servers+=("$(on "$server" "$TOOLS/first.py" serve "$address" 81)")
	on "$1" "$TOOLS/first.py" "$2" 0 "$3" 8181 >"$file" 3>&- &
	eventually grep -q connected "$file"
}

was_reset() {
	grep -q 'was reset' "$BATS_TEST_TMPDIR/$1-$3"
}

# each_listener COMMAND...: with a machine, its address, and the host's
each_listener() {
	local address
	address=$address4
	"$@" other 192.168.33.3 192.168.33.2
	"$@" host 192.168.33.2 192.168.33.2
	"$@" host 127.0.0.1 127.0.0.1
	"$@" neighbour 172.17.0.3 192.168.33.2
	address=$address6
	"$@" other fd33::3 fd33::2
	"$@" host fd33::2 fd33::2
	"$@" neighbour fd17::3 fd33::2
}

nobody_is_connected() {
	same "connections of the server" '' \
		"$(on "$server" ss -Htn state established "sport = 81")"
}

# counts what comes to the other machine from the containers' own addresses
count_leaks() {
	on other nft -f - <<-END
		table inet leaks {
			counter leaked {}
			chain input {
				type filter hook input priority 0
				ip saddr 172.17.0.0/16 counter name leaked
				ip6 saddr fd17::/64 counter name leaked
			}
		}
	END
}

no_leaks() {
	same "packets with a private address" 0 "$(on other nft -j list \
		counter inet leaks leaked | jq '.nftables[1].counter.packets')"
	on other nft delete table inet leaks
}

@test "rm resets both ends of open connections" {
	local server=web address4=172.17.0.2 address6=fd17::2
	count_leaks
	pubport add --to 172.17.0.2 --to fd17::2 8181:81
	each_listener listens
	pubport rm 8181
	eventually each_listener was_reset
	eventually nobody_is_connected
	no_leaks
}

@test "rm resets both ends, where both are the host's" {
	local server=host address4=192.168.33.2 address6=fd33::2
	pubport add --to host 8181:81
	address=192.168.33.2 listens other 192.168.33.3 192.168.33.2
	address=fd33::2 listens other fd33::3 fd33::2
	pubport rm 8181
	eventually was_reset other 192.168.33.3 192.168.33.2
	eventually was_reset other fd33::3 fd33::2
	eventually nobody_is_connected
}

@test "rm --to and replaced mappings leave other connections open" {
	local server=web address=172.17.0.2
	pubport add --to 172.17.0.2 8181:81 8182:81
	listens other 192.168.33.3 192.168.33.2
	pubport rm 8182
	pubport add --replace --to 172.17.0.3 8181:80
	pubport rm --drain 8181
	sleep 0.2
	! was_reset other 192.168.33.3 192.168.33.2 || fail "it was reset"
	kill -USR1 "${servers[-1]}"
	eventually grep -q 'and heard it' \
		"$BATS_TEST_TMPDIR/other-192.168.33.2"
}

@test "rm tells a client whose target is silent" {
	local server=web address=172.17.0.2
	pubport add --to 172.17.0.2 8181:81
	listens other 192.168.33.3 192.168.33.2
	on web ip link set eth0 down
	pubport rm 8181
	eventually was_reset other 192.168.33.3 192.168.33.2
	configure web <<-END
		link set eth0 up
		route add default via 172.17.0.1
		address add fd17::2/64 dev eth0 nodad
		route add default via fd17::1
	END
}

# ---------------------------------------------------------------- --drain --

@test "rm --drain ends no flow, and they go on" {
	publish_and_converse
	pubport rm --drain 8080/tcp 8080/udp 8080/sctp
	ended ''
	all_answer
	refused other 192.168.33.2:8080/tcp
	refused other 192.168.33.2:8080/udp
	refused other '[fd33::2]:8080/sctp'
}

# its transaction is held up, so that there is time for it
@test "rm --drain ends no flow that began while it ran" {
	local calls=$BATS_TEST_TMPDIR/calls transaction remover
	pubport add -q --to 172.17.0.2 8080:80
	on host strace -o "$calls" -e trace=sendto "$PUBPORT" rm -q --drain 8080
	transaction=$(awk '/BATCH_BEGIN/ { print NR; exit }' "$calls")
	pubport add -q --to 172.17.0.2 8080:80
	on host strace -o "$calls" -e trace=sendto \
		-e inject=sendto:delay_enter=3000000:when="$transaction" \
		"$PUBPORT" rm -q --drain 8080 3>&- &
	remover=$!
	sleep 0.5
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	wait "$remover"
	has_table || fail "the table is gone"
	prints '' ls -q
	answers 172.17.0.2:80
}

@test "flush --drain ends no flow, and they go on" {
	publish_and_converse
	pubport flush --drain
	ended ''
	all_answer
}

@test "flush ends the flows of all mappings, and no others" {
	publish_and_converse
	pubport flush
	ended "$(grep -v ':7777 ' "$BATS_TEST_TMPDIR/flows")"
	answers cut refused refused cut refused refused \
		cut refused refused cut refused refused
}

# -------------------------------------------------------------- --replace --

@test "--replace moves new flows and udp at once, and lets the others end" {
	publish_and_converse
	pubport add --replace --to 172.17.0.3 --to fd17::3 8080:80/{tcp,udp,sctp}
	ended "$(flows_of_8080 udp)"
	answers 172.17.0.2:80 172.17.0.3:80 172.17.0.2:80 \
		172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 \
		'[fd17::2]:80' '[fd17::3]:80' '[fd17::2]:80' \
		'[fd17::2]:80' '[fd17::2]:80' '[fd17::2]:80'
	local protocol
	for protocol in tcp udp sctp; do
		reaches other "192.168.33.2:8080/$protocol" as 192.168.33.3 \
			at 172.17.0.3:80
		reaches other "[fd33::2]:8080/$protocol" as fd33::3 \
			at '[fd17::3]:80'
	done
}

@test "--replace by the same target ends nothing" {
	publish_and_converse
	pubport add --replace --name same --to 172.17.0.2 --to fd17::2 \
		8080:80/{tcp,udp,sctp}
	ended ''
}

@test "--replace of a range moves its udp" {
	pubport add --to 172.17.0.2 8000-8010:9000-9010/{tcp,udp}
	converse 192.168.33.2:8005/{tcp,udp} 192.168.33.2:8006/udp
	answers 172.17.0.2:9005 172.17.0.2:9005 172.17.0.2:9006
	pubport add --replace --to 172.17.0.2 8000-8010:8000-8010/{tcp,udp}
	answers 172.17.0.2:9005 172.17.0.2:8005 172.17.0.2:8006
	pubport add --replace --to 172.17.0.3 8000-8010:8000-8010/{tcp,udp}
	answers 172.17.0.2:9005 172.17.0.3:8005 172.17.0.3:8006
}

# ------------------------------------------------------------------- --ttl --

@test "flows of what ended by itself end with the next command, and no others" {
	flow other 7777 192.168.33.2:8080/{udp,sctp}
	pubport add --ttl 2 --to 172.17.0.2 8080:80/{tcp,udp,sctp}
	pubport add --ttl 90 --to 172.17.0.2 8081:80/{tcp,udp,sctp}
	pubport add --ttl 2 --to 172.17.0.2 8000-8010:9000-9010/udp
	converse 192.168.33.2:{8080,8081}/{tcp,udp,sctp} 192.168.33.2:8005/udp
	answers 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 \
		172.17.0.2:80 172.17.0.2:80 172.17.0.2:9005
	remember_flows
	sleep 2.1
	pubport ls >/dev/null
	ended "$(flows_of_8080 tcp udp sctp)" \
		'udp 192.168.33.3:6007 192.168.33.2:8005 172.17.0.2:9005'
	answers cut refused refused 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80 \
		refused
}

@test "flows of the last mapping, which ended by itself, end too" {
	pubport add --ttl 1 --to 172.17.0.2 8080:80
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	sleep 1.2
	refused other 192.168.33.2:8080
	answers 172.17.0.2:80
	prints '[]' ls --json
	answers cut
	! has_table || fail "the table stays"
}

@test "flows of what was published again, before they were ended, go on" {
	pubport add --ttl 1 --to 172.17.0.2 8080:80/tcp
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	sleep 1.1
	pubport add --to 172.17.0.2 8080:80
	answers 172.17.0.2:80
}

# ------------------------------------------------- conntrack that refuses --

publish_with_flow() {
	pubport add -q --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	same "flows" 1 "$(flows | grep -c :8080)"
}

# refusing WHICH ARG...: pubport with these arguments, while the kernel refuses
# its first question to connection tracking, or that and all after it ("+")
refusing() {
	local calls=$BATS_TEST_TMPDIR/calls which=$1 first
	shift
	publish_with_flow
	on host strace -o "$calls" -e trace=sendto "$PUBPORT" "$@" >/dev/null
	first=$(awk '/CTNETLINK/ { print NR; exit }' "$calls")
	publish_with_flow
	run --separate-stderr on host strace -o "$calls" -e trace=sendto \
		-e inject=sendto:error=ENOBUFS:when="$first$which" \
		"$PUBPORT" "$@"
	contains "calls" INJECTED "$(cat "$calls")"
}

@test "connections are cut, though conntrack refuses at first" {
	local command
	for command in 'rm 8080' 'rm --all' flush; do
		# shellcheck disable=SC2086 # words of a command
		refusing '' $command
		same "status of $command" 0 "$status"
		same "what $command says" '' "$stderr"
		same "flows after $command" 0 "$(flows | grep -c :8080)"
		! has_table || fail "the table stays after $command"
	done
}

@test "connections are cut by the next command, when conntrack refuses for good" {
	refusing + rm 8080
	same "status" 0 "$status"
	contains "notice" 'until the next command' "$stderr"
	same "flows" 1 "$(flows | grep -c :8080)"
	prints '' ls -q
	same "flows" 0 "$(flows | grep -c :8080)"
	! has_table || fail "the table stays"
}

# words as strace writes them that it can't make sense of
traced() {
	printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'
}

@test "a command that finds nothing left to settle reads no list of it" {
	printf '6.16\n%s\n' "$(uname -r)" | sort -CV ||
		skip 'this kernel does not tell how many elements a set has'
	local calls=$BATS_TEST_TMPDIR/calls set
	pubport add -q --to 172.17.0.3 8088:80
	pubport add -q --ttl 1h --to 172.17.0.3 8089:80/udp
	pubport rm -q 8089/udp
	on host strace -s 200 -o "$calls" -e trace=sendto \
		"$PUBPORT" add -q --to 172.17.0.2 8080:80
	for set in ending4 settling4; do
		grep -F "$(traced $set)" "$calls" | grep -q 'MSG_GETSET,' ||
			fail "it did not ask for $set"
		! grep -F "$(traced $set)" "$calls" | grep -q DUMP ||
			fail "it read all of $set"
	done
}
