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
