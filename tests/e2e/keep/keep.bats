#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport keep: what is recorded is what is there, or should be; at start it is
# published again.
load ../lib/lab
load ../lib/expect
load ../lib/keep

setup() {
	begin
}

teardown() {
	finish
}

# ------------------------------------------------------------- the record --

@test "each change is recorded" {
	pubport add --to 172.17.0.2 8080:80
	keep
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80'
	pubport add --to 172.17.0.2 53:53/udp
	records '0.0.0.0 53 udp -> 172.17.0.2 53
0.0.0.0 8080 tcp -> 172.17.0.2 80'
	pubport add --replace --to 172.17.0.3 8080:81
	records '0.0.0.0 53 udp -> 172.17.0.2 53
0.0.0.0 8080 tcp -> 172.17.0.3 81'
	pubport rm 53/udp
	records '0.0.0.0 8080 tcp -> 172.17.0.3 81'
	pubport add --ttl 1s --to 172.17.0.2 8081:80
	records '0.0.0.0 8080 tcp -> 172.17.0.3 81
0.0.0.0 8081 tcp -> 172.17.0.2 80'
	records '0.0.0.0 8080 tcp -> 172.17.0.3 81'
	pubport flush
	records ''
}

@test "it is ended by a signal, without a failure, after recording all" {
	local signal
	for signal in TERM INT HUP; do
		# whoever runs this test may ignore it
		keep env --default-signal=HUP
		pubport add --to 172.17.0.2 8080:80
		end_keep "$signal"
		is_recorded '0.0.0.0 8080 tcp -> 172.17.0.2 80'
		pubport flush
		rm "$STATE"
	done
	same "said" "" "$(cat "$SAID")"
}

@test "it goes on when nobody reads what it says, or under nohup" {
	keep bash -c 'trap "" HUP; exec "$@" 2> >(:)' _
	pubport add --to 172.17.0.2 8080:80
	flush_ruleset
	eventually is_published '0.0.0.0:8080->80/tcp'
	kill -HUP "$KEEP"
	pubport add --to 172.17.0.2 8081:80
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80
0.0.0.0 8081 tcp -> 172.17.0.2 80'
}

@test "the record is for root alone, and apply takes it" {
	pubport add --from 192.168.33.0/24 --shield --name flask \
		--to 172.17.0.2 8080:80 8000-8010:9000-9010
	keep
	same "mode" 600 "$(stat -c %a "$STATE")"
	same "difference" "" "$(pubport apply --dry-run "$STATE")"
}

@test "two keepers: the second one says so and ends" {
	keep
	rejects 3 "\"$STATE\": pubport keep is running already (pid $KEEP)" \
		keep --state "$STATE"
	kill_keep
	keep
}

@test "a folder that can't be made is an error, one that can is root's" {
	rejects 1 '"/proc/none": ' keep --state /proc/none/state.json
	record_in "$BATS_TEST_TMPDIR/new/state.json"
	keep
	same "mode" 700 "$(stat -c %a "${STATE%/*}")"
}

@test "what can't be a state file is refused" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	rejects 2 "\"$BATS_TEST_TMPDIR/pipe\": not a regular file" \
		keep --state "$BATS_TEST_TMPDIR/pipe"
	rejects 2 'not a regular file' keep --state /dev/null
	[ -c /dev/null ] || fail "/dev/null was moved"
	rejects 2 '"": the name of the state file is missing' keep --state ''
}

@test "a full disk is told once, and written to when it has room again" {
	local disk=$BATS_TEST_TMPDIR/disk old
	mkdir "$disk"
	mount -t tmpfs -o size=16k,mode=700 disk "$disk"
	record_in "$disk/state.json"
	pubport add --to 172.17.0.2 8080:80
	keep
	old=$(cat "$STATE")
	head -c 16k /dev/zero >"$disk/other" 2>/dev/null || :
	pubport add --to 172.17.0.2 8081:80
	says "\"$STATE\": No space left on device"
	same "record" "$old" "$(cat "$STATE")"
	flush_ruleset
	eventually is_published '0.0.0.0:8080->80/tcp, 0.0.0.0:8081->80/tcp'
	rm "$disk/other"
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80
0.0.0.0 8081 tcp -> 172.17.0.2 80'
	same "told" 1 "$(grep -c 'No space' "$SAID")"
	same "files" 'state.json
state.json.lock' "$(cd "$disk" && ls state*)"
	end_keep TERM
	umount "$disk"
}

@test "a record behind a link is written, and the link stays" {
	ln -s elsewhere.json "$STATE"
	echo '[]' >"$BATS_TEST_TMPDIR/elsewhere.json"
	pubport add --to 172.17.0.2 8080:80
	keep
	records '0.0.0.0 8080 tcp -> 172.17.0.2 80'
	same "link" elsewhere.json "$(readlink "$STATE")"
}

# ---------------------------------------------------------------- at start --

@test "what is recorded is published again at start" {
	pubport add --from 192.168.33.0/24 --shield --name flask --ttl 1h \
		--to 172.17.0.2 8080:80 8000-8010:9000-9010
	pubport add --no-loopback --to netns:web 192.168.33.2:8081:80
	before=$(whole)
	keep
	kill_keep
	flush_ruleset
	keep
	same "mappings" "$before" "$(whole)"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	contains "said" "mappings missing: 3 mappings restored in " \
		"$(cat "$SAID")"
}

@test "what is there counts more than what is recorded" {
	pubport add --to 172.17.0.2 8080:80 8000-8010:8000-8010 9000:90
	keep
	kill_keep
	pubport flush
	pubport add --to 172.17.0.3 8080:81 8005-8020:8005-8020
	keep
	records '0.0.0.0 8005 tcp -> 172.17.0.3 8005
0.0.0.0 8080 tcp -> 172.17.0.3 81
0.0.0.0 9000 tcp -> 172.17.0.2 90'
	contains "said" "0.0.0.0:8000-8010 -> 172.17.0.2:8000-8010/tcp: not restored" \
		"$(cat "$SAID")"
}

@test "what ended meanwhile is not published again" {
	pubport add --ttl 1s --to 172.17.0.2 8080:80
	keep
	kill_keep
	flush_ruleset
	sleep 1.1
	keep
	records ''
	same "published" "" "$(pubport ls -q)"
}

# broken CONTENT: is moved aside, as it is, and keeps nothing from working
broken() {
	printf '%b' "$1" >"$STATE"
	keep
	contains "said" "; moved to \"$STATE.broken-" "$(cat "$SAID")"
	same "aside" "$(printf '%b' "$1" | sha256sum)" \
		"$(cat "$STATE".broken-* | sha256sum)"
	contains "published" 0.0.0.0:7000/tcp "$(pubport ls -q)"
	end_keep TERM
	rm "$STATE".broken-*
	: >"$SAID"
}

@test "a scrambled record is moved aside, reported, and nothing else is lost" {
	local content
	pubport add --to 172.17.0.2 7000:80
	for content in '' 'x' '{}' '[{}]' '[1]' '[null,' '[\\0]' '\\0\\0\\0' \
		'[]]' '"' '\\xff\\xfe' '[{"host_ip":"0.0.0.0"}]' \
		"$(printf '[%.0s' {1..2000})"; do
		broken "$content"
	done
}

@test "of a record that was cut short, what is whole is published" {
	pubport add --to 172.17.0.2 7000:80 7001:80 7002:80
	keep
	kill_keep
	flush_ruleset
	truncate -s -40 "$STATE"
	keep
	same "published" '0.0.0.0:7000/tcp
0.0.0.0:7001/tcp' "$(pubport ls -q)"
	contains "said" "moved to \"$STATE.broken-" "$(cat "$SAID")"
}

@test "killed while it writes, it leaves a record that is whole" {
	local i rounds=${PUBPORT_ROUNDS:-5}
	keep
	for ((i = 1; i <= rounds; i++)); do
		pubport add -q --to 172.17.0.2 $((7000 + i)):80 >/dev/null
		sleep "0.$((i * 17 % 30 + 10))"
		kill_keep
		recorded >/dev/null
		keep
	done
	records "$(for ((i = 1; i <= rounds; i++)); do
		echo "0.0.0.0 $((7000 + i)) tcp -> 172.17.0.2 80"
	done)"
	same "files" 'state.json
state.json.lock' "$(cd "${STATE%/*}" && ls state*)"
}

@test "mappings to targets that are away take hardly longer to restore" {
	! is_under_valgrind || skip 'valgrind takes time'
	has_bridge_netfilter || skip "no br_netfilter here"
	bridge_netfilter 1
	python3 -c 'import json; print(json.dumps([{"host_ip": "0.0.0.0",
		"host_port": 7000 + i, "protocol": "tcp",
		"target_ip": f"172.17.5.{i + 1}", "target_port": 80}
		for i in range(250)]))' >"$STATE"
	keep
	local ms
	ms=$(sed -n 's/.*250 mappings restored in \([0-9]*\) ms/\1/p' "$SAID")
	# one after the other took 7 seconds
	[ "$ms" -lt 3000 ] || fail "$ms ms"
}

# ----------------------------------------------------------------- the unit --

@test "the capabilities of its unit are enough" {
	local capabilities
	capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' \
		"$BUILD/cli/pubport.service" | tr 'A-Z ' 'a-z,' |
		sed 's/cap_/+/g')
	forward 0
	keep setpriv --bounding-set=-all,"$capabilities" --no-new-privs
	pubport add --to netns:web 8080:80
	before=$(published)
	flush_ruleset
	eventually is_published "$before"
	configure web <<-END
		address del 172.17.0.2/16 dev eth0
		address add 172.17.0.9/16 dev eth0
	END
	records '0.0.0.0 8080 tcp -> 172.17.0.9 80
:: 8080 tcp -> fd17::2 80'
}

@test "the unit is one that systemd takes" {
	local unit=$BUILD/cli/pubport.service
	command -v systemd-analyze >/dev/null || skip "no systemd"
	contains "command" "pubport keep" "$(cat "$unit")"
	sed "s|^ExecStart=[^ ]*|ExecStart=$PUBPORT|" "$unit" \
		>"$BATS_TEST_TMPDIR/pubport.service"
	same "complaints" "" \
		"$(systemd-analyze --man=no verify "$BATS_TEST_TMPDIR/pubport.service" 2>&1)"
}
