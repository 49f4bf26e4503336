#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport keep: whatever becomes of the ruleset, the mappings are there; what is
# recorded is what is there, or should be.
load lab
load expect

setup() {
	STATE=$BATS_TEST_TMPDIR/state.json
	SAID=$BATS_TEST_TMPDIR/said
	KEEP=
	lay
}

teardown() {
	if [ -n "$KEEP" ]; then
		kill -KILL "$KEEP"
		wait "$KEEP" 2>/dev/null || :
	fi
	clear_away
}

# keep [COMMAND]...: in the background, by a command; it runs once it has recorded what there is
keep() {
	local state=$STATE.none
	[ ! -e "$STATE" ] || state=$(stat -c %i "$STATE")
	nsenter --net=/run/machines/host -- "$@" "$PUBPORT" keep --state "$STATE" \
		>>"$SAID" 2>&1 3>&- &
	KEEP=$!
	eventually is_recorded_anew "$state"
}

is_recorded_anew() {
	[ -e "$STATE" ] && [ "$(stat -c %i "$STATE")" != "$1" ]
}

# end_keep SIGNAL: and expects that it ends well
end_keep() {
	local status=0
	kill -"$1" "$KEEP"
	wait "$KEEP" || status=$?
	KEEP=
	same "status" 0 "$status"
}

kill_keep() {
	kill -KILL "$KEEP"
	wait "$KEEP" 2>/dev/null || :
	KEEP=
}

# what is recorded: KEY -> TARGET, a line each
recorded() {
	python3 - "$STATE" <<-'END'
		import json, sys
		for line in sorted(
		        f"{m['host_ip']} {m['host_port']} {m['protocol']} ->"
		        f" {m['target_ip']} {m['target_port']}"
		        for m in json.load(open(sys.argv[1]))):
		    print(line)
	END
}

is_recorded() {
	[ "$(recorded)" = "$1" ]
}

records() {
	eventually is_recorded "$1" || same "recorded" "$1" "$(recorded)"
}

published() {
	pubport ls --no-trunc --format '{{.Ports}}'
}

is_published() {
	[ "$(published)" = "$1" ]
}

# all that is known of the mappings, but for what the kernel counts, and when
# they end, which is read as their time runs
whole() {
	pubport ls --json | sed 's/"connections":[0-9]*/"connections":0/
		s/"expires":"[^"]*"/"expires":true/'
}

is_as_before() {
	[ "$(whole)" = "$before" ]
}

# converse ENDPOINT...: opens a flow to each, from the other machine
converse() {
	coproc talk { on other "$LAB/talk.py" "$@" 3>&- 2>/dev/null; }
}

# answers WORD...: what is answered through each flow now
answers() {
	local words
	echo >&"${talk[1]}"
	read -t 10 -r words <&"${talk[0]}"
	same "answers" "$*" "$words"
}

flush_ruleset() {
	on host nft flush ruleset
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
	for signal in TERM INT; do
		keep
		pubport add --to 172.17.0.2 8080:80
		end_keep "$signal"
		is_recorded '0.0.0.0 8080 tcp -> 172.17.0.2 80'
		pubport flush
		rm "$STATE"
	done
	same "said" "" "$(cat "$SAID")"
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

@test "a folder that can't be written is an error" {
	rejects 1 "\"/proc/none/state.json.lock\": " \
		keep --state /proc/none/state.json
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
	local i
	keep
	for i in {1..20}; do
		pubport add -q --to 172.17.0.2 $((7000 + i)):80 >/dev/null
		sleep "0.$((i * 17 % 30 + 10))"
		kill_keep
		recorded >/dev/null
		keep
	done
	records "$(for i in {1..20}; do
		echo "0.0.0.0 $((7000 + i)) tcp -> 172.17.0.2 80"
	done)"
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

# ----------------------------------------------------------------- targets --

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
	end_servers
	on host ip link del veth-2
	rm /run/machines/web
	umount /run/netns/web
	rm /run/netns/web
	sleep 0.5
	same "published" "$before" "$(published)"
	add_container web 5
	records '0.0.0.0 8080 tcp -> 172.17.0.5 80
:: 8080 tcp -> fd17::5 80'
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.5:80
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
