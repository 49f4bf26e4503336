#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A table that somebody edited by hand, or loaded again from what nft printed:
# what is in it is shown, and can be removed and replaced.
load lab
load expect

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
	on host nft flush ruleset
	on host nft -f "$BATS_TEST_TMPDIR/ruleset"
}

@test "a table that was loaded again leads where it led, and tells it" {
	pubport add --to 172.17.0.2 8000-8010:9000-9010
	pubport add --to host 0.0.0.0:6000-6005:7000-7005
	pubport add --to 172.17.0.2 --from 192.168.33.0/24,10.0.0.0/8 8080:80
	pubport add --to 172.17.0.2 --from 10.0.0.0/8,10.9.0.0/16 5000-5001:80-81
	local before fields='.host_ip, .host_port, .host_port_end, .target_ip,
		.target_port, .target_port_end, .from'
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
	load_again
	pubport rm 8000-8010 8080 8081 8082
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
