#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport keep: whatever becomes of the ruleset, the mappings are there.
load ../lib/lab
load ../lib/expect
load ../lib/keep

setup() {
	begin
}

teardown() {
	finish
}

# ------------------------------------------------------- the table is lost --

@test "a thousand mappings are there again after somebody's flush" {
	local ports=() port
	for port in {20000..20997}; do
		ports+=("$port:80")
	done
	pubport add -q --name many --to 172.17.0.2 "${ports[@]}" >/dev/null
	pubport add --from 192.168.33.0/24 --ttl 1h --to 172.17.0.2 \
		8080:80 8080:80/udp
	before=$(whole)
	keep
	converse 192.168.33.2:8080/{tcp,udp}
	answers 172.17.0.2:80 172.17.0.2:80
	for _ in 1 2 3; do
		flush_ruleset
		eventually is_as_before
	done
	answers 172.17.0.2:80 172.17.0.2:80
	reaches other 192.168.33.2:20500 as 192.168.33.3 at 172.17.0.2:80
	contains "said" "table lost (nft, pid " "$(cat "$SAID")"
	contains "said" "): 1,000 mappings restored in " "$(cat "$SAID")"
	same "errors" 3 "$(wc -l <"$SAID")"
	same "recorded" 1000 "$(recorded | wc -l)"
}

@test "it doesn't matter how the table went" {
	local how
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	before=$(whole)
	keep
	for how in 'delete table inet pubport' 'flush ruleset' \
		'flush ruleset; add table inet pubport' \
		'delete table inet pubport; add table inet filter'; do
		on host nft "$how"
		case $how in
		*'add table inet pubport'*) on host nft delete table inet pubport ;;
		esac
		eventually is_as_before
	done
}

# what reloading a firewall does whose rules were saved by nft
load_again() {
	{
		echo flush ruleset
		on host nft list ruleset
	} >"$BATS_TEST_TMPDIR/ruleset"
	on host nft -f "$BATS_TEST_TMPDIR/ruleset"
}

@test "a table that was printed and loaded again gets its records back" {
	pubport add --from 192.168.33.0/24 -n shop --to netns:web 0.0.0.0:8080:80
	pubport add --to netns:web 0.0.0.0:8000-8010:9000-9010
	pubport add --to 172.17.0.2 --no-loopback --shield 8081:80
	before=$(whole)
	keep
	load_again
	eventually is_as_before
	same "lost" "" "$(pubport apply --dry-run "$STATE")"
	kill_keep
	# and what nobody kept meanwhile is known as it is
	load_again
	rm "$STATE"
	before=$(whole)
	keep
	load_again
	eventually is_as_before
	flush_ruleset
	eventually is_as_before
}

@test "what pubport takes away stays away" {
	keep
	pubport add --to 172.17.0.2 8080:80 8081:80
	pubport flush
	records ''
	pubport add --to 172.17.0.2 8080:80
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80'
	pubport rm 8080
	records ''
	pubport add --to 172.17.0.2 8080:80
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80'
	pubport flush --drain
	records ''
	same "published" "" "$(pubport ls -q)"
	same "said" "" "$(cat "$SAID")"
}

@test "settings of the host are undone after somebody's flush, too" {
	forward 0
	before=$(settings)
	keep
	pubport add --to 172.17.0.2 --to fd17::2 8080:80
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80
:: 8080 tcp -> fd17::2 80'
	flush_ruleset
	eventually is_published '0.0.0.0:8080->80/tcp, [::]:8080->80/tcp'
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	contains "forwarding" "chain forward" \
		"$(on host nft list table inet pubport)"
	pubport flush
	same "settings" "$before" "$(settings)"
}

# ------------------------------------------------------- its rules are lost --

# is_reached PORT: through the host, from elsewhere
is_reached() {
	ask other "192.168.33.2:$1" >/dev/null 2>&1
}

@test "rules that somebody took are laid again, and mappings keep their counters" {
	local how
	pubport add --to 172.17.0.2 8080:80
	pubport add --from 192.168.33.0/24 --to 172.17.0.2 8081:80
	keep
	before=$(sets)
	for how in 'flush table inet pubport' \
		'flush chain inet pubport prerouting' \
		'flush chain inet pubport any_address4' \
		'flush chain inet pubport client_any4' \
		'flush table inet pubport; delete chain inet pubport prerouting'; do
		on host nft "$how"
		eventually is_reached 8080
		eventually is_reached 8081
	done
	on host nft delete rule inet pubport publish4 handle \
		"$(on host nft -a list chain inet pubport publish4 |
			sed -n 's/.*jump any_address4 # handle //p')"
	eventually is_reached 8080
	same "sets" "$before" "$(sets)"
	says "rules lost (nft, pid "
	says "): laid again"
	same "times" 6 "$(wc -l <"$SAID")"
	contains "connections" '"connections":' "$(pubport ls --json)"
	[ "$(pubport ls --json | jq '.[0].connections')" -ge 6 ]
}

# the table's sets as nft has them, without what only counts
sets() {
	on host nft -s list table inet pubport | sed '/^\tchain/,/^\t}/d
		s/counter packets [0-9]* bytes [0-9]*//'
}

@test "sets that somebody took are laid again, with their mappings" {
	pubport add --to 172.17.0.2 8080:80
	keep
	before=$(whole)
	on host nft 'flush table inet pubport; delete map inet pubport any4'
	eventually is_reached 8080
	same "mappings" "$before" "$(whole)"
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80'
}

@test "rules that went before it began are laid again" {
	pubport add --to 172.17.0.2 8080:80
	on host nft flush table inet pubport
	refused other 192.168.33.2:8080
	keep
	is_reached 8080
}

@test "what somebody put into the table is none of its business" {
	keep
	pubport add --to 172.17.0.2 8080:80
	on host nft add chain inet pubport theirs
	on host nft insert rule inet pubport publish4 ip saddr 10.9.9.9 drop
	on host nft flush chain inet pubport output
	says "rules lost"
	on host nft delete chain inet pubport theirs
	is_reached 8080
	contains "their rule" 'ip saddr 10.9.9.9 drop' "$(ruleset)"
}

@test "an element that somebody takes by hand is a mapping removed" {
	pubport add --to 172.17.0.2 8080:80 8081:80
	keep
	on host nft delete element inet pubport any4 '{ tcp . 8080 }'
	records '0.0.0.0 8081 tcp -> 172.17.0.2 80'
	on host nft flush map inet pubport any4
	records ''
}

# ---------------------------------------------------------- many at once --

is_recorded_as_it_is() {
	[ "$(recorded | awk '{ print $2 }')" = "$(pubport ls -q |
		sed 's/.*:\([0-9]*\).*/\1/' | sort)" ]
}

@test "after thousands of changes a second it records what is there" {
	local changes=${PUBPORT_ROUNDS:-1000}
	pubport add --to 172.17.0.2 80:80
	keep
	on host "$TOOLS/churn.py" "$changes"
	eventually is_recorded_as_it_is
	# 60,000 of them are more than the kernel has room for
	kill -STOP "$KEEP"
	on host "$TOOLS/churn.py" "$((changes + 501))"
	kill -CONT "$KEEP"
	eventually is_recorded_as_it_is
}

# -------------------------------------------------------------- connections --

@test "connections end with a mapping that ends by itself" {
	keep
	pubport add --ttl 2s --to 172.17.0.2 8080:80
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80'
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	records ''
	answers cut
}
