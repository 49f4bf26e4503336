#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A port on which a process of the host listens is not published over its head.
load ../lib/lab
load ../lib/expect

setup_file() {
	lay
	add_neighbour
}

teardown_file() {
	clear_away
}

teardown() {
	end_servers
	pubport flush
}

# in_use SPEC...: each is a conflict that names the listener
in_use() {
	local spec
	for spec; do
		rejects 3 "is in use by listen.py (pid ${servers[-1]})" \
			add --to 172.17.0.2 --to fd17::2 "$spec"
		contains "error" "\"$spec\"" "$stderr"
	done
}

# not_in_use SPEC...: each can be published
not_in_use() {
	local spec
	for spec; do
		run --separate-stderr pubport add -q --to 172.17.0.2 \
			--to fd17::2 "$spec"
		same "status of $spec ($stderr)" 0 "$status"
		pubport rm -q "$spec" >/dev/null
	done
}

@test "who listens on every address is in the way on each" {
	listen plain:0.0.0.0:8090 plain:0.0.0.0:8091/udp
	in_use 8090:80 192.168.33.2:8090:80 127.0.0.1:8090:80 \
		8091:80/udp 172.17.0.1:8091:80/udp
	not_in_use '[fd33::2]:8090:80' '[::]:8090:80' '[::]:8091:80/udp' \
		8090:80/udp 8091:80 8090:80/sctp 8089:80
}

@test "who listens on one address is in the way there, and on all" {
	listen plain:192.168.33.2:8090 plain:192.168.33.2:8091/udp \
		plain:fd33::2:8092
	in_use 8090:80 0.0.0.0:8090:80 192.168.33.2:8090:80 \
		8091:80/udp 192.168.33.2:8091:80/udp \
		8092:80 '[::]:8092:80' '[fd33::2]:8092:80'
	not_in_use 172.17.0.1:8090:80 127.0.0.1:8090:80 '[::]:8090:80' \
		0.0.0.0:8092:80 '[fd17::1]:8092:80'
}

@test "who listens on [::] is in the way of both families" {
	listen 'dual:[::]:8090' 'dual:[::]:8091/udp'
	in_use 8090:80 0.0.0.0:8090:80 192.168.33.2:8090:80 127.0.0.1:8090:80 \
		'[::]:8090:80' '[fd33::2]:8090:80' '[::1]:8090:80' \
		0.0.0.0:8091:80/udp 192.168.33.2:8091:80/udp '[::]:8091:80/udp'
}

@test "who listens on [::] to IPv6 alone is in the way of IPv6 alone" {
	listen 'plain:[::]:8090' 'plain:[::]:8091/udp'
	in_use 8090:80 '[::]:8090:80' '[fd33::2]:8090:80' \
		'[::1]:8091:80/udp'
	not_in_use 0.0.0.0:8090:80 192.168.33.2:8090:80 192.168.33.2:8091:80/udp
}

@test "who listens on an IPv4 address by an IPv6 socket is in the way there" {
	listen 'plain:[::ffff:192.168.33.2]:8090'
	in_use 8090:80 0.0.0.0:8090:80 192.168.33.2:8090:80
	not_in_use '[::]:8090:80' 172.17.0.1:8090:80
}

@test "who listens on 127.0.0.1 is in the way, but of --no-loopback" {
	listen plain:127.0.0.1:8090 'plain:[::1]:8090'
	in_use 8090:80 0.0.0.0:8090:80 '[::]:8090:80' 127.0.0.1:8090:80 \
		'[::1]:8090:80'
	not_in_use 192.168.33.2:8090:80 '[fd33::2]:8090:80'
	pubport add --no-loopback --to 172.17.0.2 --to fd17::2 8090:80
	reaches other 192.168.33.2:8090 as 192.168.33.3 at 172.17.0.2:80
}

@test "a listener in the middle of a range is in the way of it" {
	listen plain:0.0.0.0:8090
	in_use 8000-8100:8000-8100 8000-8100:9000-9100 \
		192.168.33.2:8090-8091:80-81
	not_in_use 8091-8100:8091-8100 8000-8089:9000-9089
}

@test "sockets that nobody can connect to are not in the way" {
	listen bound:0.0.0.0:8090 connected:192.168.33.2:8091/udp \
		'connected:[fd33::2]:8092/udp'
	not_in_use 8090:80 8091:80/udp 8092:80/udp
}

@test "an ended listener is not in the way" {
	listen plain:192.168.33.2:8090
	serve host 0.0.0.0 8091 tcp
	ask other 192.168.33.2:8091
	end_servers
	not_in_use 8090:80 8091:80
}

@test "listeners in other namespaces are not in the way" {
	# the target listens on 80 itself, and other machines do on more
	serve other 0.0.0.0,:: 8090 tcp
	not_in_use 80:80 8000:80 8090:80
}

@test "of several SPECs the one in the way is named, and none is published" {
	listen plain:0.0.0.0:8091
	rejects 3 '"8091:80"' add --to 172.17.0.2 8090:80 8091:80 8092:80
	prints '' ls -q
}

@test "--force publishes over a listener's head" {
	serve host 0.0.0.0 8090 tcp
	reaches other 192.168.33.2:8090 as 192.168.33.3 at 192.168.33.2:8090
	pubport add --force --to 172.17.0.2 8090:80
	reaches other 192.168.33.2:8090 as 192.168.33.3 at 172.17.0.2:80
	pubport rm 8090
	reaches other 192.168.33.2:8090 as 192.168.33.3 at 192.168.33.2:8090
}

@test "--replace does not publish over a listener's head" {
	pubport add --to 172.17.0.2 8090:80
	listen plain:0.0.0.0:8090
	rejects 3 "is in use by listen.py (pid ${servers[-1]})" \
		add --replace --to 172.17.0.3 8090:80
}

@test "a listener that can't be seen is in the way all the same" {
	! is_under_valgrind || skip 'valgrind needs /proc'
	listen plain:0.0.0.0:8090
	# as for one without the right to look at others' processes
	run --separate-stderr on host unshare --mount bash -ec '
		mount -t tmpfs none /proc
		mkdir -p /proc/self /proc/sys
		exec "$1" add --to 172.17.0.2 8090:80' - "$PUBPORT"
	same "status ($stderr)" 3 "$status"
	is_one_error "$stderr" 8090/tcp
}

# ------------------------------------------------------------ what is so --

# which mappings there are, and since when
recorded() {
	pubport ls --json | jq -c 'map([.host_port, .protocol, .created])'
}

@test "--ignore-existing is content with what is just so, and touches nothing" {
	local before
	pubport add --to 172.17.0.2 8080:80 8000-8010:9000-9010
	pubport add --to 172.17.0.2 --from 192.168.33.0/24 8081:80
	converse 192.168.33.2:8080
	answers 172.17.0.2:80
	before=$(recorded)
	sleep 1
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp
0.0.0.0:8000-8010 -> 172.17.0.2:9000-9010/tcp' \
		add --ignore-existing --to 172.17.0.2 8080:80 8000-8010:9000-9010
	prints '0.0.0.0:8081/tcp' add -q --ignore-existing --to 172.17.0.2 \
		--from 192.168.33.0/24 --name other 8081:80
	same "mappings" "$before" "$(recorded)"
	answers 172.17.0.2:80
}

@test "--ignore-existing publishes the rest, in the order of the SPECs" {
	pubport add --to 172.17.0.2 8081:80
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp
0.0.0.0:8081 -> 172.17.0.2:80/tcp
0.0.0.0:8082 -> 172.17.0.2:80/tcp' \
		add --ignore-existing --to 172.17.0.2 808{0,1,2}:80
	prints '0.0.0.0:8081/tcp' \
		add --ignore-existing --dry-run -q --to 172.17.0.2 8081:80
}

@test "--ignore-existing means the host ports that were chosen before" {
	local chosen words
	# which of several SPECs that are alike got which port doesn't matter
	again() {
		pubport add -q --ignore-existing "$@" | sort
	}
	for words in 80 '127.0.0.1::80 192.168.33.2::80' '80 80' \
		'8000-8010:80' '192.168.33.2:8000-8010:80/udp' -P '-P 80'; do
		# shellcheck disable=SC2086
		chosen=$(again --to netns:web $words)
		# shellcheck disable=SC2086
		same "keys of $words" "$chosen" \
			"$(again --to netns:web $words)"
		pubport rm -q --all
	done
	chosen=$(again --to netns:web 80)
	[ "$(again --to netns:web --masquerade 80)" != "$chosen" ] ||
		fail "other options, the same key"
	[ "$(again --to 172.17.0.3 80)" != "$chosen" ] ||
		fail "another target, the same key"
	pubport rm -q "[::]:${chosen##*:}"
	[ "$(again --to netns:web 80)" != "$chosen" ] ||
		fail "one of two families, the same keys"
}

@test "--ignore-existing takes no other target, and no other clients, for it" {
	pubport add --to 172.17.0.2 --from 192.168.33.0/24 8080:80
	pubport add --to 172.17.0.2 --ttl 1h 8081:80
	rejects 3 '"8080:80"' add --ignore-existing --to 172.17.0.3 8080:80
	rejects 3 '"8080:81"' add --ignore-existing --to 172.17.0.2 8080:81
	rejects 3 'with other options' add --ignore-existing --to 172.17.0.2 \
		9999:80 8080:80
	rejects 3 'with other options' add --ignore-existing --to 172.17.0.2 \
		8081:80
	rejects 2 '--ignore-existing' add --ignore-existing --replace \
		--to 172.17.0.2 8080:80
}

@test "--ignore-existing of many at once publishes it once" {
	for _ in {1..12}; do
		pubport add -q --ignore-existing --to 172.17.0.2 8080:80 \
			>>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	done
	wait
	same "output" 12 "$(grep -cx 0.0.0.0:8080/tcp "$BATS_TEST_TMPDIR/out")"
	prints '0.0.0.0:8080/tcp' ls -q
}

@test "--replace leaves alone what is just so" {
	local before
	pubport add --to 172.17.0.2 8080:80/{tcp,udp}
	converse 192.168.33.2:8080/{tcp,udp}
	answers 172.17.0.2:80 172.17.0.2:80
	before=$(recorded)
	sleep 1
	pubport add --replace --to 172.17.0.2 8080:80/{tcp,udp}
	same "mappings" "$before" "$(recorded)"
	answers 172.17.0.2:80 172.17.0.2:80
	pubport add --replace --name web --to 172.17.0.2 8080:80
	prints web ls --filter publish=8080/tcp --format '{{.Names}}'
}
