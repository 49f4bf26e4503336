#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Other programs translate and filter on the same host: published ports work as
# ever, theirs too, and their tables stay as they are, byte by byte.  See
# lib/foreign.bash for what is there.  Other files run beside them as well:
#
#	FOREIGN='iptables nftables' tests/e2e/lib/world bats \
#		tests/e2e/datapath/datapath.bats
load ../lib/lab
load ../lib/expect

setup_file() {
	local kind
	for kind in iptables nftables firewalld; do
		is_here "$kind" || continue
		run_matrix "$kind" 3>&- &
		echo $! >"$BATS_FILE_TMPDIR/$kind.pid"
	done
}

# whether the program that lays a KIND of table is here
is_here() {
	[ "$1" != firewalld ] || command -v firewalld >/dev/null
}

# runs the matrix beside a KIND of table, in a world of its own
run_matrix() {
	local status=0 output=$BATS_FILE_TMPDIR/$1
	FOREIGN=$1 "$LAB/world" "$LAB/../matrix/run" \
		>"$output.tables" 2>"$output.wrong" || status=$?
	echo "$status" >"$output.status"
}

# the exit status of the matrix beside a KIND of table
matrix_status() {
	local output=$BATS_FILE_TMPDIR/$1
	while kill -0 "$(<"$output.pid")" 2>/dev/null; do
		sleep 0.1
	done
	cat "$output.wrong" >&2
	cat "$output.status"
}

# beside KIND...: the network, with the tables of others
beside() {
	[[ $* != *firewalld* ]] || is_here firewalld || {
		FOREIGN=''
		skip 'there is no firewalld'
	}
	FOREIGN=$*
	lay
}

teardown() {
	[ -z "$FOREIGN" ] || clear_away
}

# ------------------------------------------------------- the others' ports --

# engine_publishes PORT NUMBER, see foreign_container
engine_publishes() {
	local port=$1 ipv4=172.$2.0.2 ipv6=fd$2::2 protocol
	for protocol in tcp udp; do
		reaches other "192.168.33.2:$port/$protocol" as 192.168.33.3 \
			at "$ipv4:80"
		reaches other "[fd33::2]:$port/$protocol" as fd33::3 \
			at "[$ipv6]:80"
		reaches host "192.168.33.2:$port/$protocol" as 192.168.33.2 \
			at "$ipv4:80"
	done
	reaches "engine-$2" 1.1.1.1:8080 as 1.1.1.254 at 1.1.1.1:8080
	reaches "engine-$2" '[fd11::1]:8080' as fd11::254 at '[fd11::1]:8080'
}

others_publish() {
	engine_publishes 9090 18
	engine_publishes 9091 19
}

@test "ports that others publish work before, beside and after ours" {
	beside iptables nftables
	add_internet
	others_publish
	pubport add --to 172.17.0.2 --to fd17::2 8080:80/{tcp,udp} \
		9080-9089:8000-8009/{tcp,udp}
	others_publish
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport flush
	others_publish
}

@test "a range around the ports of others, and their targets, can be published" {
	beside iptables nftables
	pubport add --to 172.17.0.2 9000-9099:9000-9099
	reaches other 192.168.33.2:9005 as 192.168.33.3 at 172.17.0.2:9005
	# what was published by hand comes first
	refused other 192.168.33.2:9090
	reaches other 192.168.33.2:9090/udp as 192.168.33.3 at 172.18.0.2:80
	pubport add --to 172.18.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.18.0.2:80
	reaches engine-18 192.168.33.2:8080 as 172.18.0.1 at 172.18.0.2:80
	pubport rm 9000-9099
	reaches other 192.168.33.2:9090 as 192.168.33.3 at 172.18.0.2:80
	pubport rm 8080
	reaches other 192.168.33.2:9090 as 192.168.33.3 at 172.18.0.2:80
}

# --------------------------------------------------------------- firewalld --

@test "a port that firewalld forwards works beside ours" {
	beside firewalld
	reaches other 192.168.33.2:9092 as 192.168.33.3 at 172.17.0.2:9010
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:9092 as 192.168.33.3 at 172.17.0.2:9010
	pubport rm 8080
	reaches other 192.168.33.2:9092 as 192.168.33.3 at 172.17.0.2:9010
}

@test "published ports stay when firewalld reloads" {
	beside firewalld
	pubport add --to 172.17.0.2 8080:80
	ask_firewalld reload
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	remember_foreign_tables
	pubport rm 8080
}

# firewalld forwards nothing by itself but from one interface of a zone to
# another
@test "what firewalld lets pass to a port that is published passes untouched" {
	beside firewalld
	add_internet
	refused other 1.1.1.1:8080
	ask_firewalld zone.addInterface string: string:eth1
	ask_firewalld zone.addInterface string: string:eth2
	remember_foreign_tables
	pubport add --to 172.17.0.2 8080:80
	reaches other 1.1.1.1:8080 as 192.168.33.3 at 1.1.1.1:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

# ------------------------------------------------------------- the matrix --

@test "every cell of the matrix is right beside an iptables nat table" {
	same "status" 0 "$(matrix_status iptables)"
}

@test "every cell of the matrix is right beside another nftables nat table" {
	same "status" 0 "$(matrix_status nftables)"
}

# tables of the matrix; closed ports are refused in firewalld's own words
cells() {
	sed -E 's/\*\*(no route to host|permission denied), not refused\*\*/refused/g
		s/ [¹²³]//g; s/ +/ /g; s/-+/-/g' "$BATS_FILE_TMPDIR/$1.tables"
}

@test "every cell of the matrix is right beside firewalld" {
	is_here firewalld || skip 'there is no firewalld'
	matrix_status nftables
	matrix_status firewalld >/dev/null
	same "cells" "$(cells nftables)" "$(cells firewalld)"
	# its tables were looked at after the last cell
	grep -q 'cells are wrong$' "$BATS_FILE_TMPDIR/firewalld.wrong"
	same "changes of its tables" '' \
		"$(grep '^[+-]' "$BATS_FILE_TMPDIR/firewalld.wrong")"
}
