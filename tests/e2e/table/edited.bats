#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A table that somebody edited by hand, or loaded again from what nft printed:
# what is in it is shown, and can be removed and replaced.
load ../lib/lab
load ../lib/expect
load ../lib/edited

setup() {
	lay
	add_neighbour
	pubport add --to 172.17.0.3 7777:80
}

teardown() {
	clear_away
}

# takes an element of a mapping away; what is left of it can be removed
loses() {
	local set=$1 element=$2 key=$3
	shift 3
	pubport add "$@"
	on host nft delete element inet pubport "$set" "{ $element }"
	pubport rm "$key"
	prints '0.0.0.0:7777/tcp' ls -q
	same "elements that stay" '' "$(on host nft list table inet pubport |
		grep -E '80(0[0-9]|10|80)')"
	pubport add "$@"
	on host nft delete element inet pubport "$set" "{ $element }"
	pubport add --replace "$@"
	pubport rm "$key"
}

@test "a mapping of which somebody took a part can be removed and replaced" {
	loses shift_any4 'tcp . 8005' 8000-8010 \
		--to 172.17.0.2 8000-8010:9000-9010
	loses redirect_ranges 'ipv4 . tcp . 8005' 0.0.0.0:8000-8010 \
		--to host 0.0.0.0:8000-8010:7000-7010
	loses allowed4 '192.168.33.0 . 0.0.0.0 . tcp . 8080 . 24' 8080 \
		--to 172.17.0.2 --from 192.168.33.0/24 8080:80
	loses no_loopback 'ipv4 . tcp . 8080' 8080 \
		--to 172.17.0.2 --no-loopback 8080:80
	loses option4 '0.0.0.0 . 8080 . 172.17.0.2 . 80 . 262' 8080 \
		--to 172.17.0.2 --masquerade 8080:80
	loses ending4 '0.0.0.0 . tcp . 8080 . 8080 . 172.17.0.2' 8080 \
		--to 172.17.0.2 --ttl 1h 8080:80
}

@test "what is left of a mapping that somebody took away is told" {
	pubport add --to 172.17.0.2 --from 10.0.0.0/8 8080:80
	on host nft delete element inet pubport any4 '{ tcp . 8080 }'
	rejects 3 'left parts of it' \
		add --to 172.17.0.2 --from 10.0.0.0/8 8080:80
}

# --------------------------------------------------- printed, loaded again --

# what "systemctl reload nftables" does with rules that were saved by nft
load_again() {
	on host nft list ruleset >"$BATS_TEST_TMPDIR/ruleset"
	flush_ruleset
	on host nft -f "$BATS_TEST_TMPDIR/ruleset"
}

@test "a table that was loaded again leads where it led, and tells it" {
	pubport add --to 172.17.0.2 8000-8010:9000-9010
	pubport add --to host 0.0.0.0:6000-6005:7000-7005
	pubport add --to 172.17.0.2 --from 192.168.33.0/24,10.0.0.0/8 8080:80
	pubport add --to 172.17.0.2 --from 10.0.0.0/8,10.9.0.0/16 5000-5001:80-81
	pubport add --to 172.17.0.2 --masquerade 8083:80 5002-5003:80-81
	pubport add --to 172.17.0.2 --symmetric 8084:80
	pubport add --to 172.17.0.2 --helper ftp 21:21 2121-2122:2121-2122
	local before fields='.host_ip, .host_port, .host_port_end, .target_ip,
		.target_port, .target_port_end, .from, .masquerade, .helper, .symmetric'
	before=$(pubport ls --json | jq -c ".[] | [$fields]" | sort)
	load_again
	same "mappings" "$before" \
		"$(pubport ls --json | jq -c ".[] | [$fields]" | sort)"
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.2:9005
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "a table that was loaded again gives up what is removed" {
	pubport add --to 172.17.0.2 8000-8010:9000-9010
	pubport add --to 172.17.0.2 --from 10.0.0.0/8 8080:80
	pubport add --to 172.17.0.2 --no-loopback 8081:80
	pubport add --to 172.17.0.2 --shield 8082:80
	pubport add --to 172.17.0.2 --masquerade 8083:80
	load_again
	pubport rm 8000-8010 8080 8081 8082 8083
	refused other 192.168.33.2:8005
	pubport add --to 172.17.0.3 8000-8010:8000-8010 8080:80 8081:80
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.3:8005
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
	reaches host 127.0.0.1:8081 as 172.17.0.1 at 172.17.0.3:80
	reaches other 172.17.0.2:80 as 192.168.33.3 at 172.17.0.2:80
}

@test "a table that was loaded again is replaced" {
	pubport add --to 172.17.0.2 8000-8010:9000-9010
	pubport add --to 172.17.0.2 --from 10.0.0.0/8 8080:80
	load_again
	pubport add --replace --to 172.17.0.3 8000-8010:8000-8010 8080:80
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.3:8005
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
}

@test "in a table that was loaded again, mappings that ended are forgotten" {
	pubport add --ttl 1s --to 172.17.0.2 8080:80
	load_again
	sleep 1.2
	prints '0.0.0.0:7777/tcp' ls -q
	same "what is remembered" '' \
		"$(on host nft list set inet pubport ending4 | grep 8080)"
	pubport add --to 172.17.0.2 8080:80
}

# ----------------------------------------------------- elements, by hand --

@test "an element that somebody added is a mapping like others" {
	nft add element inet pubport any4 '{ tcp . 1234 comment "by hand" : 172.17.0.2 . 80 }'
	nft add element inet pubport range_any4 '{ 3000-3010 . udp : 172.17.0.2 }'
	prints $'0.0.0.0:1234/tcp\n0.0.0.0:7777/tcp\n0.0.0.0:3000-3010/udp' ls -q
	prints '80/tcp -> 0.0.0.0:1234' port 'by hand'
	prints '' apply - <<<"$(pubport ls --json)"
	reaches other 192.168.33.2:1234 as 192.168.33.3 at 172.17.0.2:80
	rejects 3 'is published already' add --to 172.17.0.3 1234:80
	rejects 3 'overlaps a range' add --to 172.17.0.3 3005-3015:80-90/udp
	pubport add --replace --to 172.17.0.3 1234:80
	reaches other 192.168.33.2:1234 as 192.168.33.3 at 172.17.0.3:80
	pubport rm 1234 3000-3010/udp
	prints '0.0.0.0:7777/tcp' ls -q
}

@test "an element that can't be a mapping is passed over, and stays" {
	nft -f - <<-'END'
		add element inet pubport any4 { icmp . 1234 : 172.17.0.2 . 99 }
		add element inet pubport any4 { tcp . 0 : 1.2.3.4 . 5 }
		add element inet pubport any4 { tcp . 5 : 1.2.3.4 . 0 }
		add element inet pubport range_any4 { 20-25 . 6-17 : 1.2.3.4 }
		add element inet pubport range_host4 { 30-35 . tcp . 10.0.0.0/8 : 1.2.3.4 }
		add element inet pubport range_any4 { 0-3 . tcp : 1.2.3.4 }
	END
	local before
	pubport add -q --to 172.17.0.2 8080:80
	pubport rm 8080
	before=$(nft -s list table inet pubport)
	prints '0.0.0.0:7777/tcp' ls -q
	can_be_looked_at
	pubport add --to 172.17.0.2 8080:80
	pubport rm 8080
	same "the table" "$before" "$(nft -s list table inet pubport)"
	rejects 4 'no such mapping' rm 20-25
	rejects 3 '30-35/tcp overlaps' add --to 172.17.0.2 10.0.0.0:30-35:30-35 \
		--force
	run --separate-stderr pubport rm --all
	contains "what it says" "stays, for somebody else's elements of" \
		"$stderr"
	same "elements" "$(grep -c '1\.2\.3\.4' <<<"$before")" \
		"$(nft list table inet pubport | grep -c '1\.2\.3\.4')"
	starts_afresh
}

@test "what names no interface is not taken for a setting" {
	nft add element inet pubport route_localnet \
		'{ 0, 999, 1073741824, 1073742823 comment "../all", 2147483647 comment "all" }'
	nft add element inet pubport forwarding4 \
		'{ 1073742823 comment "../../ipv4/eth1" }'
	on host sysctl -q -w net.ipv4.conf.all.route_localnet=1
	pubport rm --all
	same "setting" 1 "$(on host sysctl -n net.ipv4.conf.all.route_localnet)"
	same "tables" '' "$(nft list tables)"
}

# ------------------------------------------------ what is not pubport's --

@test "what somebody put into the table goes with flush alone" {
	stays_foreign 'chain "mine"' add chain inet pubport mine
	stays_foreign 'set "mine"' \
		add set inet pubport mine '{ type ipv4_addr; }'
	stays_foreign 'counter "mine"' add counter inet pubport mine
	stays_foreign 'quota "mine"' \
		add quota inet pubport mine '{ over 10 mbytes }'
	stays_foreign 'rule in chain "prerouting"' \
		insert rule inet pubport prerouting tcp dport '{ 1, 2 }' counter
	stays_foreign 'rule in chain "guard"' \
		add rule inet pubport guard ip saddr 6.6.6.6 drop
	stays_foreign 'elements of "shift_any4"' \
		add element inet pubport shift_any4 '{ tcp . 99 : 1.2.3.4 . 5 }'
	stays_foreign 'elements of "no_loopback"' \
		add element inet pubport no_loopback '{ ipv4 . tcp . 99 }'
	# of which nothing else is needed
	stays_foreign 'chain "shield"' \
		add chain inet pubport shield '{ type filter hook input priority 5; }'
}

@test "a table that was there before is used, and stays" {
	pubport flush
	nft -f - <<-'END'
		table inet pubport {
			chain mine {
				type filter hook input priority 0;
				tcp dport 9999 counter
			}
			set theirs {
				type ipv4_addr
				elements = { 1.2.3.4 }
			}
		}
	END
	local before after
	before=$(nft -s list table inet pubport)
	can_be_looked_at
	pubport rm --all
	pubport flush --drain
	same "the table" "$before" "$(nft -s list table inet pubport)"
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	pubport rm 8080
	refused other 192.168.33.2:8080
	after=$(nft -s list table inet pubport)
	contains "the table" 'tcp dport 9999 counter' "$after"
	contains "the table" 'elements = { 1.2.3.4 }' "$after"
	starts_afresh
}

@test "a table whose chains have the names of ours is let alone" {
	local chain before
	for chain in guard output any_address4; do
		pubport flush
		nft add table inet pubport
		nft add chain inet pubport $chain \
			'{ type filter hook output priority 3; }'
		nft add rule inet pubport $chain counter
		before=$(nft -s list table inet pubport)
		can_be_looked_at
		rejects 1 "chain \"$chain\" is not as pubport lays it" \
			add --to 172.17.0.2 8080:80
		same "hint" 'hint: pubport flush' "${stderr##*$'\n'}"
		pubport rm --all
		pubport apply - <<<'[]'
		same "the table" "$before" "$(nft -s list table inet pubport)"
	done
	starts_afresh
}

@test "a table of the name in another family is nobody's business" {
	nft -f - <<-'END'
		table ip pubport {
			map any4 {
				type inet_service : ipv4_addr
				elements = { 80 : 1.2.3.4 }
			}
			chain prerouting {
			}
		}
	END
	local before
	before=$(nft list table ip pubport)
	prints '0.0.0.0:7777/tcp' ls -q
	pubport add --to 172.17.0.2 8080:80
	pubport rm --all
	pubport flush
	same "the other table" "$before" "$(nft list table ip pubport)"
}

@test "thousands of sets of somebody else's are in nobody's way" {
	local sets=${PUBPORT_SETS:-2000} i
	for ((i = 1; i <= sets; i++)); do
		echo "add set inet pubport set$i { type ipv4_addr; }"
	done | nft -f -
	can_be_looked_at
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	run --separate-stderr pubport rm --all
	contains "what it says" "set \"set1\" and $((sets - 1)) more" "$stderr"
	same "sets" "$sets" "$(nft list sets inet | grep -c 'set set[0-9]')"
	starts_afresh
}

# --------------------------------------------------------- what is missing --

@test "rules and chains that somebody took away are laid again" {
	pubport add -q --to 172.17.0.2 8080:80
	is_mended 'flush table inet pubport'
	is_mended 'flush chain inet pubport any_address4'
	is_mended 'delete chain inet pubport prerouting' \
		'flush chain inet pubport hairpin'
	is_mended "delete rule inet pubport publish4 handle $(rule publish4 \
		'jump any_address4')"
	is_mended 'flush table inet pubport' \
		'delete chain inet pubport publish4' \
		'delete chain inet pubport guard' \
		'delete map inet pubport host6' \
		'delete set inet pubport host_addresses6'
}

@test "what is laid when it is needed is laid again in its order" {
	forward 0
	pubport add -q --to host 8888:80 0.0.0.0:6000-6002:7000-7002
	pubport add -q --to 172.17.0.2 --from 192.168.33.0/24 8081:80
	pubport add -q --to 172.17.0.2 --shield 8080:80
	pubport add -q --to 172.17.0.2 --masquerade 8082:80
	pubport add -q --to 172.17.0.2 --helper tftp 69:69/udp
	pubport add -q --to 172.17.0.2 --symmetric 8084:80
	is_mended 'flush table inet pubport'
	is_mended 'flush chain inet pubport client_any4' \
		'flush chain inet pubport any_address4'
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	nft flush chain inet pubport client_any4
	doctor_says 'lacks what pubport laid in it: rule in chain "client_any4"'
}

@test "what is published again by apply is laid again" {
	pubport ls --json | jq '.[0].target_ip = "172.17.0.2"' \
		>"$BATS_TEST_TMPDIR/wanted"
	local before
	before=$(bare_table)
	nft flush table inet pubport
	pubport apply "$BATS_TEST_TMPDIR/wanted"
	same "the table" "$before" "$(bare_table)"
	reaches other 192.168.33.2:7777 as 192.168.33.3 at 172.17.0.2:80
}

@test "where somebody else's rules are among ours, nothing is laid" {
	pubport add -q --to 172.17.0.2 8080:80
	nft delete rule inet pubport publish4 handle "$(rule publish4 \
		'jump any_address4')"
	nft add rule inet pubport publish4 tcp dport 99 accept
	can_be_looked_at
	rejects 1 'chain "publish4" lacks rules of pubport' \
		add --replace --to 172.17.0.2 8080:80
	local hint=${stderr##*hint: }
	doctor_says "perhaps: $hint"
	on host sh -c "$hint"
	pubport add --replace --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "what is left of a table without rules can be removed" {
	pubport add -q --to 172.17.0.2 8080:80
	nft flush table inet pubport
	nft delete chain inet pubport guard
	pubport rm 8080
	prints '0.0.0.0:7777/tcp' ls -q
	pubport rm --all
	same "tables" '' "$(nft list tables)"
}

# ------------------------------------------------------------- other kinds --

@test "a map of another kind is told by its name" {
	local pair='inet_proto . inet_service'
	refuses_other map "type inet_service : ipv4_addr; elements = { 80 : 1.2.3.4 }"
	refuses_other map "type $pair : verdict; elements = { tcp . 80 : drop }"
	refuses_other set "type $pair; elements = { tcp . 80 }"
	refuses_other map "type $pair : ipv4_addr . inet_service; flags interval; elements = { tcp . 80-90 : 1.2.3.4 . 5 }"
	refuses_other map "type $pair : ipv4_addr . inet_service; size 1; elements = { tcp . 80 : 1.2.3.4 . 5 }"
	refuses_other map "type $pair : ipv4_addr . inet_service; timeout 1h; elements = { tcp . 80 : 1.2.3.4 . 5 }"
}

@test "a map that somebody made too small is told by its name" {
	pubport add -q --to 172.17.0.2 8080:80
	nft list table inet pubport |
		sed '/map any4 {/,/}/s/flags timeout/size 2; &/' \
			>"$BATS_TEST_TMPDIR/table"
	nft delete table inet pubport
	nft -f "$BATS_TEST_TMPDIR/table"
	rejects 1 'map "any4" is not as pubport lays it' \
		add --to 172.17.0.2 8081:80
	prints $'0.0.0.0:7777/tcp\n0.0.0.0:8080/tcp' ls -q
}

@test "a chain of another kind is told by its name" {
	nft flush table inet pubport
	nft delete chain inet pubport prerouting
	nft add chain inet pubport prerouting \
		'{ type filter hook forward priority 0; }'
	can_be_looked_at
	rejects 1 'chain "prerouting" is not as pubport lays it' \
		add --to 172.17.0.2 8080:80
	starts_afresh
	nft chain inet pubport guard '{ policy drop; }'
	doctor_says 'chain "guard": not as pubport lays it'
	doctor_says 'perhaps: pubport flush'
	starts_afresh
}

@test "a table that was switched off is told, and switched on by the hint" {
	pubport add -q --to 172.17.0.2 8080:80
	nft add table inet pubport '{ flags dormant; }'
	can_be_looked_at
	rejects 1 'somebody switched it off (flags dormant)' \
		add --replace --to 172.17.0.2 8080:80
	rejects 1 'somebody switched it off' add --to 172.17.0.2 8081:80
	doctor_says 'table inet pubport is switched off'
	pubport rm 7777
	pubport doctor --fix >/dev/null
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "a table that belongs to another program is told" {
	pubport flush
	local pipe=$BATS_TEST_TMPDIR/commands
	mkfifo "$pipe"
	nft -i <"$pipe" >/dev/null 3>&- &
	exec 9>"$pipe"
	echo 'add table inet pubport { flags owner; }' >&9
	eventually has_table
	can_be_looked_at
	rejects 5 'it belongs to another program (netlink port' \
		add --to 172.17.0.2 8080:80
	rejects 5 'it belongs to another program' flush
	pubport rm --all
	exec 9>&-
	wait
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

# ----------------------------------------------------------------- the doctor --

@test "the doctor finds what is missing, and what he says mends it" {
	! is_under_valgrind || skip 'under valgrind, a program cannot run itself'
	pubport add -q --to 172.17.0.2 8080:80
	doctor_says 'nothing is wrong'
	nft flush table inet pubport
	doctor_says 'table: table inet pubport lacks what pubport laid in it:'
	run --separate-stderr pubport doctor --fix
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:7777 as 192.168.33.3 at 172.17.0.3:80
	doctor_says 'nothing is wrong'
}

@test "the doctor notes what is not pubport's, and finds nothing wrong" {
	nft add chain inet pubport mine
	doctor_says "has what pubport didn't lay: chain \"mine\""
	doctor_says 'nothing is wrong'
}

@test "a table that was loaded again is as pubport lays it" {
	forward 0
	pubport add -q --to host 8888:80
	pubport add -q --to 172.17.0.2 --from 10.0.0.0/8,192.168.33.0/24 \
		8081:80 9000-9001:80-81
	pubport add -q --to 172.17.0.2 --shield --ttl 1h 8082:80
	pubport add -q --to fd17::2 --from fd33::/64 8083:80
	pubport add -q --to 172.17.0.2 --masquerade 8084:80
	pubport add -q --to 172.17.0.2 --helper ftp 21:21
	pubport add -q --to 172.17.0.2 --symmetric 8085:80
	load_again
	run --separate-stderr pubport doctor
	[[ $output != *'table inet pubport'* ]] || fail "$output"
	pubport rm --all
	same "tables" '' "$(nft list tables)"
}

# --------------------------------------------------------------- who watches --

@test "whoever watches goes on whatever is done to the table" {
	on host "$PUBPORT" watch --json >"$BATS_TEST_TMPDIR/told" 3>&- &
	local watcher=$!
	eventually tells_of 9000
	nft add element inet pubport any4 '{ icmp . 9 : 1.2.3.4 . 5 }'
	nft add chain inet pubport mine
	nft flush table inet pubport
	lays_anew map any4 'type inet_service : ipv4_addr; elements = { 80 : 1.2.3.4 }'
	nft delete table inet pubport
	nft add table inet pubport
	pubport flush
	eventually tells_of 8080
	kill "$watcher"
}
