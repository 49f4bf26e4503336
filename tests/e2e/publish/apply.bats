#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A file of mappings: saved, and applied again, touching only what differs.
load ../lib/lab
load ../lib/expect

setup() {
	lay
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	clear_away
}

# some of everything that a mapping can be
publish_all_kinds() {
	pubport add --name flask --to netns:web 8080:80 53:53/udp
	pubport add --to 172.17.0.2 8000-8010:9000-9010 9000-9010:9000-9010
	pubport add --from 192.168.33.0/24,10.0.0.0/8 --ttl 1h --no-loopback \
		--shield --to 172.17.0.2 192.168.33.2:8443:80 8100-8103:8000-8003
	pubport add --to host 8888:80
	pubport add --masquerade --to 172.17.0.2 8444:80 8200-8203:8000-8003
	pubport add --helper sip --to 172.17.0.2 5060:5060 5060:5060/udp
}

# the host's rules, without what only counts or runs
still() {
	ruleset | sed 's/ expires [0-9a-z]*//'
}

# edit FILTER: changes ports.json by jq
edit() {
	jq "$1" ports.json >edited.json
	mv edited.json ports.json
}

# entry [KEY VALUE]...: a mapping of other than default values, as JSON
entry() {
	jq -nc '{host_ip: "0.0.0.0", host_port: 8080, protocol: "tcp",
		target_ip: "172.17.0.2", target_port: 80} + ($ARGS.positional |
		[range(0; length; 2) as $i | {(.[$i]): (.[$i + 1] |
			. as $value | try fromjson catch $value)}] |
		add // {})' --args "$@"
}

# ----------------------------------------------------------------- save --

@test "save prints what ls --json prints" {
	prints '[]' save
	publish_all_kinds
	same "what save prints" "$(pubport ls --json)" "$(pubport save)"
	same "what save - prints" "$(pubport ls --json)" "$(pubport save -)"
	[ ! -e - ] || fail "it wrote a file"
	pubport save | conforms mapping
}

@test "save writes a file for its owner alone" {
	mkdir folder
	publish_all_kinds
	prints '' save folder/ports.json
	same "the file" "$(pubport ls --json)" "$(cat folder/ports.json)"
	same "its mode" 600 "$(stat -c %a folder/ports.json)"
	same "the folder" ports.json "$(ls -A folder)"
}

@test "save keeps a file's mode and owner, and a link to it" {
	echo old >ports.json
	chmod 640 ports.json
	! is_guest || skip 'this user namespace has one user only'
	chown 1:1 ports.json
	ln -s ports.json link.json
	pubport save link.json
	same "the file" '[]' "$(cat ports.json)"
	same "what it is" '640 1 1' "$(stat -c '%a %u %g' ports.json)"
	same "the link" ports.json "$(readlink link.json)"
}

@test "save leaves the old file where the disk is full" {
	mkdir small
	mount -t tmpfs -o size=8k small small
	echo old >small/ports.json
	pubport add -q --to 172.17.0.2 8001:80 8002:80 8003:80 >/dev/null
	head -c 8k /dev/zero >small/rest || :
	rejects 1 '"small/ports.json": No space left on device' \
		save small/ports.json
	same "the file" old "$(cat small/ports.json)"
	same "the folder" $'ports.json\nrest' "$(ls -A small)"
	umount small
}

# such as nfs: a file there has a name from the beginning
@test "save does the same on a filesystem that has no nameless files" {
	! is_under_valgrind || skip 'valgrind opens files, too'
	local nth
	mkdir folder
	echo old >folder/ports.json
	chmod 640 folder/ports.json
	publish_all_kinds
	on host strace -o calls -e trace=openat "$PUBPORT" save folder/ports.json
	nth=$(grep -n O_TMPFILE calls | cut -d: -f1)
	echo old >folder/ports.json
	touch folder/ports.json.{1,123456}
	on host strace -o calls -e trace=openat,rename \
		-e inject=openat:error=EOPNOTSUPP:when="$nth" \
		"$PUBPORT" save folder/ports.json
	contains "calls" INJECTED "$(grep O_TMPFILE calls)"
	contains "calls" 'rename("' "$(cat calls)"
	same "the file" "$(pubport ls --json)" "$(cat folder/ports.json)"
	same "its mode" 640 "$(stat -c %a folder/ports.json)"
	same "the folder" $'ports.json\nports.json.1\nports.json.123456' \
		"$(ls -A folder)"
}

@test "save takes no other file's name" {
	mkdir folder
	touch folder/ports.json.{1..2000}
	pubport save folder/ports.json
	same "files" 2001 "$(find folder -type f | wc -l)"
}

@test "save writes to nothing that somebody else put where all may" {
	! is_guest || skip 'this user namespace has one user only'
	local kind
	mkdir -m 1777 sticky
	echo old >victim
	chmod 666 victim
	echo old >sticky/file
	mkfifo sticky/pipe
	ln -s ../victim sticky/link
	chown -h 1:1 sticky/*
	for kind in file pipe link; do
		rejects 1 "\"sticky/$kind\": Permission denied" \
			save "sticky/$kind"
	done
	same "the file" old "$(cat sticky/file)"
	same "where the link leads" old "$(cat victim)"
	chown -h 0:0 sticky/*
	pubport save sticky/link
	same "where the link leads" '[]' "$(cat victim)"
}

@test "save writes to what is no file as to any" {
	same "what the pipe got" '[]' "$(pubport save /dev/stdout | cat)"
	pubport save /dev/null
	[ -c /dev/null ] || fail "/dev/null is a file"
}

@test "save says what it can't write" {
	rejects 1 '"none/ports.json": No such file or directory' \
		save none/ports.json
	mkdir folder
	rejects 1 '"folder": Is a directory' save folder
}

# ---------------------------------------------------------------- apply --

@test "what is saved changes nothing when it is applied" {
	local before
	publish_all_kinds
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	before=$(still)
	pubport ls --json | prints '' apply -
	same "rules" "$before" "$(still)"
	same "connections" 1 "$(pubport ls -f port=8080 --json |
		jq '.[] | .connections | select(. > 0)')"
}

@test "what is saved is there again after it was lost" {
	local before lose
	publish_all_kinds
	pubport save ports.json
	before=$(still)
	for lose in 'nft flush ruleset' "$PUBPORT flush"; do
		# shellcheck disable=SC2086 # these are words
		on host $lose
		pubport apply ports.json
		same "mappings" "$(jq -S 'map(del(.expires, .connections))' \
			ports.json)" "$(pubport ls --json |
			jq -S 'map(del(.expires, .connections))')"
		reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
		reaches other 192.168.33.2:8443 as 192.168.33.3 at 172.17.0.2:80
		reaches host 127.0.0.1:8005 as 172.17.0.1 at 172.17.0.2:9005
	done
	pubport flush
	! has_table || fail "there is a table"
}

@test "only what differs is touched, and printed" {
	pubport add --name stays --to 172.17.0.2 8080:80
	pubport add --name goes --to 172.17.0.2 8081:80
	pubport add --name moves --to 172.17.0.2 8082:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:8082 as 192.168.33.3 at 172.17.0.2:80
	pubport save ports.json
	edit 'map(select(.name != "goes") | if .name == "moves" then
		.target_port = 8000 | .target_port_end = 8000 else . end)'
	edit ". + [$(entry host_ip 192.168.33.2 host_port 8083)]"
	local difference='- 0.0.0.0:8081 -> 172.17.0.2:80/tcp
- 0.0.0.0:8082 -> 172.17.0.2:80/tcp
+ 0.0.0.0:8082 -> 172.17.0.2:8000/tcp
+ 192.168.33.2:8083 -> 172.17.0.2:80/tcp' before
	before=$(ruleset)
	prints "$difference" apply --dry-run ports.json
	same "rules" "$before" "$(ruleset)"
	prints "$difference" apply ports.json
	prints '' apply ports.json
	same "connections of what stays" 1 "$(pubport ls --format \
		'{{.Connections}}' -f name=stays)"
	same "connections of what moved" 0 "$(pubport ls --format \
		'{{.Connections}}' -f name=moves)"
	refused other 192.168.33.2:8081
	reaches other 192.168.33.2:8082 as 192.168.33.3 at 172.17.0.2:8000
	reaches other 192.168.33.2:8083 as 192.168.33.3 at 172.17.0.2:80
}

@test "--json prints an object, -q prints keys" {
	pubport add --to 172.17.0.2 8080:80
	entry host_port 8081 | jq -s . >ports.json
	same "object" '{"removed":[8080],"added":[8081]}' \
		"$(pubport apply --dry-run --json ports.json |
		jq -c 'map_values(map(.host_port))')"
	prints $'- 0.0.0.0:8080/tcp\n+ 0.0.0.0:8081/tcp' apply -q ports.json
	same "object" '{"removed":[],"added":[]}' \
		"$(pubport apply --json ports.json)"
}

@test "anything that differs makes a difference" {
	local field value
	while read -r field value; do
		entry | jq -s . >ports.json
		pubport apply -q ports.json >/dev/null
		edit "map(.$field = $value)"
		prints $'- 0.0.0.0:8080/tcp\n+ 0.0.0.0:8080/tcp' \
			apply -q ports.json
		same "$field" "$value" "$(pubport ls --json | jq -c ".[].$field")"
		prints '' apply ports.json
	done <<-'END'
		target_ip "172.17.0.3"
		name "x"
		target "netns:web"
		image "webapp:noexpose"
		from ["10.0.0.0/8","192.168.33.3/32"]
		no_loopback true
		shield true
		masquerade true
		helper "ftp"
		symmetric true
	END
}

@test "no entry stands for nothing, and the table goes" {
	local before
	forward 0
	before=$(settings)
	publish_all_kinds
	pubport save ports.json
	echo '[]' | pubport apply - >/dev/null
	! has_table || fail "there is a table"
	same "settings" "$before" "$(settings)"
	echo '[]' | prints '' apply -
}

@test "ranges that overlap those before take their place" {
	pubport add -q --to 172.17.0.2 8000-8010:8000-8010 9000-9004:9000-9004
	{
		entry host_port 8003 host_port_end 8005 target_port 9000
		entry host_port 8006 host_port_end 8020 target_port 8006
		entry host_port 8900 host_port_end 9100 target_port 8900
	} | jq -s . >ports.json
	pubport apply ports.json
	refused other 192.168.33.2:8000
	reaches other 192.168.33.2:8004 as 192.168.33.3 at 172.17.0.2:9001
	reaches other 192.168.33.2:8010 as 192.168.33.3 at 172.17.0.2:8010
	reaches other 192.168.33.2:9009 as 192.168.33.3 at 172.17.0.2:9009
	pubport add -q --to 172.17.0.2 8000-8002:8000-8002
	pubport apply ports.json
	refused other 192.168.33.2:8000
}

# ---------------------------------------------------------- connections --

@test "flows of what stays go on, those of what goes are cut" {
	pubport add --to 172.17.0.2 8080:80 8080:80/udp 8081:80
	pubport save ports.json
	converse 192.168.33.2:8080/{tcp,udp} 192.168.33.2:8081
	answers 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80
	edit 'map(select(.host_port == 8080))'
	pubport apply ports.json
	answers 172.17.0.2:80 172.17.0.2:80 cut
	echo '[]' | pubport apply -
	answers cut refused cut
}

@test "where a mapping is replaced, tcp stays and udp moves" {
	add_neighbour
	pubport add --to 172.17.0.2 8080:80 8080:80/udp
	converse 192.168.33.2:8080/{tcp,udp}
	answers 172.17.0.2:80 172.17.0.2:80
	pubport save ports.json
	edit 'map(.target_ip = "172.17.0.3")'
	pubport apply ports.json
	answers 172.17.0.2:80 172.17.0.3:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
}

# ------------------------------------------------------------------ time --

@test "what ends by itself gets what is left of its time" {
	pubport add --ttl 1h --to 172.17.0.2 8080:80
	pubport save ports.json
	pubport flush
	edit 'map(.created = "2001-01-01T00:00:00Z")'
	pubport apply ports.json
	same "created" '2001-01-01T00:00:00Z' \
		"$(pubport ls --json | jq -r '.[].created')"
	same "seconds away" 0 "$(pubport ls --json | jq --slurpfile file \
		ports.json '((.[0].expires | fromdate) -
		($file[0][0].expires | fromdate)) as $away |
		if $away * $away > 4 then $away else 0 end')"
}

@test "what is over is left out" {
	entry expires 2001-01-01T00:00:00Z | jq -s . >ports.json
	prints '' apply ports.json
	pubport add --to 172.17.0.2 8080:80
	prints '- 0.0.0.0:8080 -> 172.17.0.2:80/tcp' apply ports.json
	! has_table || fail "there is a table"
}

@test "with a time or without makes a difference" {
	pubport add --ttl 1h --to 172.17.0.2 8080:80
	pubport save ports.json
	edit 'map(.expires = null)'
	same "lines" 2 "$(pubport apply ports.json | wc -l)"
	same "expires" null "$(pubport ls --json | jq '.[].expires')"
}

# --------------------------------------------------------------- refused --

# refuses_file STATUS WORDS: apply refuses ports.json
refuses_file() {
	rejects "$1" "$2" apply ports.json
	rejects "$1" "$2" apply --dry-run ports.json
}

@test "what is wrong in a file is named by line, entry and field" {
	pubport add --to 172.17.0.2 8080:80
	printf '[\n%s,\n%s\n]\n' "$(entry)" "$(entry host_port 0)" >ports.json
	refuses_file 2 '"ports.json": line 3, entry 2, "host_port": 0 is not'
	printf '[\n%s,\n%s\n]\n' "$(entry)" "$(entry port 1)" >ports.json
	refuses_file 2 '"ports.json": line 3, entry 2, "port": unknown field'
	printf '[\n%s,\n{"host_ip":"::"}]' "$(entry)" >ports.json
	refuses_file 2 'line 3, entry 2, "host_port": it is missing'
	pubport ls --json | jq '.[].target_ip = "fd17::2"' >ports.json
	refuses_file 2 'line 2, entry 1, "target_ip": "fd17::2" is of another'
	printf '[\n%s' "$(entry)" >ports.json
	refuses_file 2 '"ports.json": line 2: '
	printf '[%s,\n%s]' "$(entry name x)" "$(entry name y)" >ports.json
	refuses_file 3 '"ports.json": entry 2: 0.0.0.0:8080/tcp is'
	printf '\0' >ports.json
	refuses_file 2 '"ports.json": not text'
	: >ports.json
	refuses_file 2 '"ports.json": line 1: not an array'
	run --separate-stderr pubport apply --json ports.json
	same "status" 2 "$(jq .error.status <<<"$stderr")"
}

@test "what can't be read is named" {
	rejects 1 '"none.json": No such file or directory' apply none.json
	rejects 1 '".": Is a directory' apply .
	rejects 2 'operand missing: FILE|-' apply
	rejects 2 'one operand too many' apply a b
}

@test "an address that isn't there, and a port that is taken, take --force" {
	entry host_ip 192.168.33.20 | jq -s . >ports.json
	refuses_file 2 '"ports.json": entry 1, 192.168.33.20:8080/tcp: '
	contains "hint" 'hint: pubport apply --force ports.json' "$stderr"
	prints '+ 192.168.33.20:8080 -> 172.17.0.2:80/tcp' \
		apply --force ports.json
	serve host 0.0.0.0 8081
	edit ". + [$(entry host_port 8081)]"
	refuses_file 3 'entry 2, 0.0.0.0:8081/tcp: port 8081/tcp is in use by'
	contains "hint" 'hint: pubport apply --force ports.json' "$stderr"
	prints '+ 0.0.0.0:8081 -> 172.17.0.2:80/tcp' apply --force ports.json
	# what is there already is not asked for again
	prints '' apply ports.json
}

@test "without rights nothing is told and nothing is done" {
	entry | jq -s . >ports.json
	for command in 'apply ports.json' 'apply --dry-run ports.json' \
		'save ports.json' save; do
		# shellcheck disable=SC2086 # these are words
		run --separate-stderr without_rights $command
		same "status of $command" 5 "$status"
		is_one_error "$stderr" 'not permitted'
		same "output of $command" '' "$output"
	done
	entry | jq -s . | diff - ports.json
}

# ------------------------------------------------------------- with others --

# one of the crowd, with its number: the whole file of its parity
apply_one_of_two() {
	pubport apply -q "ports$(($1 % 2)).json" >/dev/null
}

@test "of several at once, one wins as a whole" {
	local number pids=() pid before=()
	seq 8000 8049 | jq -c '{host_ip: "0.0.0.0", host_port: .,
		protocol: "tcp", target_ip: "172.17.0.2", target_port: 80}' |
		jq -s . >ports0.json
	jq 'map(.target_ip = "172.17.0.3" | .host_port += 25)' \
		ports0.json >ports1.json
	for number in $(seq 16); do
		apply_one_of_two "$number" &
		pids+=("$!")
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	same "mappings" 50 "$(pubport ls -q | wc -l)"
	same "targets" 1 "$(pubport ls --json | jq -r '.[].target_ip' |
		sort -u | wc -l)"
}

@test "an element that somebody added by hand is saved, and applied again" {
	pubport add --to 172.17.0.2 8080:80
	on host nft add element inet pubport any4 \
		'{ tcp . 8081 comment "my own: port" : 172.17.0.2 . 80 }'
	pubport ls --json | prints '' apply -
	pubport save ports.json
	flush_ruleset
	pubport apply ports.json
	same "names" $'172.17.0.2\nmy own: port' \
		"$(pubport ls --json | jq -r '.[].name')"
}
