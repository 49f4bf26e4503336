#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong input: one line that names what is wrong, the right exit status,
# nothing on standard output, nothing changed.
load ../lib/lab
load ../lib/expect

setup_file() {
	lay
	add_neighbour
	pubport add --name flask --to 172.17.0.2 --to fd17::2 8080:80
}

teardown_file() {
	clear_away
}

# bad_specs WORDS SPEC...: add says WORDS about each SPEC
bad_specs() {
	local words=$1 spec
	shift
	for spec; do
		rejects 2 "$words" add --to 172.17.0.2 "$spec"
		contains "error" "\"$spec\"" "$stderr"
	done
}

# as_nobody ARG...: the command under test, as a user without rights
as_nobody() {
	install -m 755 "$PUBPORT" /run/pubport
	on host setpriv --reuid 65534 --regid 65534 --clear-groups \
		/run/pubport "$@"
}

# not_permitted WORDS WHY: to nobody, who is told how it may be done
not_permitted() {
	# shellcheck disable=SC2086 # these are words
	run --separate-stderr as_nobody $1
	same "status of $1 ($stderr)" 5 "$status"
	is_one_error "$stderr" "$2"
	same "hint" "hint: sudo pubport $1" "${stderr##*$'\n'}"
	same "output of $1" "" "$output"
}

@test "ports that are none" {
	bad_specs '' 80x x 65536 99999999999 80.0 0x50 ' 80' '80 ' 8080:80x \
		8080:0 8080: : :: 65536:80 8080:65536 +80 8080:-80 ''
}

@test "ranges that are none" {
	bad_specs '' 8010-8000:80-90 8000-8010:9010-9000 8000-8010:9000-9005 \
		8000-:80 8000-8010-8020:80 0-10:0-10 0-10:80 \
		8000-8010:0-10 80:8000-8010
}

@test "protocols that are none" {
	bad_specs '' 8080:80/icmp 8080:80/tcp/udp 8080:80/TCPP /tcp \
		8080/tcp:80
}

@test "host addresses that are none" {
	bad_specs '' 300.1.1.1:8080:80 1.2.3:8080:80 1.2.3.4.5:8080:80 \
		localhost:8080:80 example.org:8080:80 '[fd33::2:8080:80' \
		'fd33::2]:8080:80' '[fd33::g]:8080:80' \
		192.168.33.2/24:8081:80 eth1:8081:80
}

@test "host addresses that are wrong here" {
	rejects 2 '10.9.9.9' add --to 172.17.0.2 10.9.9.9:8081:80
	rejects 2 'fd99::9' add --to fd17::2 '[fd99::9]:8081:80'
	rejects 2 'fd33::2' add --to 172.17.0.2 '[fd33::2]:8081:80'
	rejects 2 '192.168.33.2' add --to fd17::2 192.168.33.2:8081:80
	rejects 2 '224.0.0.1' add --to 172.17.0.2 224.0.0.1:8081:80
	rejects 2 '255.255.255.255' add --to 172.17.0.2 255.255.255.255:8081:80
}

@test "a target that is none" {
	rejects 2 '"300.1.1.1"' add --to 300.1.1.1 8081:80
	rejects 2 '"pid:x"' add --to pid:x 8081:80
	rejects 2 '"pid:"' add --to pid: 8081:80
	rejects 2 '"netns:"' add --to netns: 8081:80
	rejects 2 '""' add --to '' 8081:80
	rejects 2 '"0.0.0.0"' add --to 0.0.0.0 8081:80
	rejects 2 '"fe80::1"' add --to fe80::1 8081:80
	rejects 2 '"224.0.0.1"' add --to 224.0.0.1 8081:80
	rejects 2 '172.17.0.3' add --to 172.17.0.2 --to 172.17.0.3 8081:80
	rejects 2 '"300.1.1.1"' add 8081:300.1.1.1:80
}

@test "a target of another family, in the SPEC" {
	rejects 2 'IPv4' add '192.168.33.2:8081:[fd17::2]:80'
	rejects 2 'IPv6' add '[fd33::2]:8081:172.17.0.2:80'
}

@test "no target where there are several, or none" {
	rejects 2 '"8081:80": which target: ' add -n x 8082:netns:web:80 8081:80
	contains "error" 'pubport add --to netns:web --name x ' "$stderr"
	contains "hint" 'hint: pubport add --to netns:neighbour --name x' \
		"$stderr"
	local words
	read -ra words <<<"${stderr##*hint: pubport}"
	pubport "${words[@]}"
	pubport rm --name x
	run --separate-stderr on other "$PUBPORT" add 8081:80
	same "status" 2 "$status"
	is_one_error "$stderr" '"8081:80": no target is given'
	contains "hint" 'hint: pubport targets' "$stderr"
}

@test "a target that is not there" {
	rejects 4 '"netns:nobody"' add --to netns:nobody 8081:80
	rejects 4 '"netns:/nowhere"' add --to netns:/nowhere 8081:80
	rejects 4 '"pid:4194304"' add --to pid:4194304 8081:80
	rejects 4 '"nobody"' add --to nobody 8081:80
	rejects 4 '"nobody"' add 8081:nobody:80
	rejects 2 'target' add 8081:80
}

@test "wrong options" {
	rejects 2 '"--frobnicate"' add --frobnicate 8081:80
	rejects 2 '"--frobnicate"' --frobnicate
	rejects 2 '"-Z"' add -Z 8081:80
	rejects 2 '"-Z"' add -qZ 8081:80
	rejects 2 '"--to"' add 8081:80 --to
	rejects 2 '"-t"' add 8081:80 -t
	rejects 2 '"--force=yes"' add --force=yes --to 172.17.0.2 8081:80
	rejects 2 '"--replace"' rm --replace 8080
	rejects 2 '"--to"' ls --to 172.17.0.2
}

@test "wrong commands and operands" {
	rejects 2 '"publish"' publish 8081:80
	rejects 2 '"ad"' ad 8081:80
	rejects 2 '"nothing"' help nothing
	rejects 2 'SPEC' add --to 172.17.0.2
	rejects 2 'KEY' rm
	rejects 2 'NAME' port
	rejects 2 '"more"' port flask 80 more
	rejects 2 '"more"' targets more
	rejects 2 '"more"' flush more
	rejects 2 '"more"' version more
	rejects 2 '"more"' ls more
}

# means HINT ARG...: pubport takes a wrong word in these arguments for another
means() {
	local hint=$1
	shift
	rejects 2 ' meant?' "$@"
	contains "error" "hint: $hint" "$stderr"
}

@test "a wrong word tells which was meant" {
	means "pubport add 8081:80 '--name=a b'" ad 8081:80 '--name=a b'
	means 'pubport rm 8081' mr 8081
	means 'pubport doctor' doctro
	means 'pubport targets' tar
	means 'pubport help stats' help stat
	means 'pubport help add' add --relpace 8081:80
	contains "error" '"--replace"' "$stderr"
	rejects 2 '"frobnicate": no such command' frobnicate
	same "error" '' "$(grep meant <<<"$stderr")"
	contains "error" 'hint: pubport help' "$stderr"
	rejects 2 '"--frobnicate": unknown option' add --frobnicate 8081:80
	same "error" '' "$(grep meant <<<"$stderr")"
}

@test "names that are none" {
	local long
	printf -v long '%0200d' 0
	rejects 2 '""' add --name '' --to 172.17.0.2 8081:80
	rejects 2 '63' add --name "$long" --to 172.17.0.2 8081:80
	rejects 2 'name' add --name $'two\nlines' --to 172.17.0.2 8081:80
	rejects 2 'name' add --name $'\e[31mred' --to 172.17.0.2 8081:80
	rejects 2 'name' add --name $'\x80\xff' --to 172.17.0.2 8081:80
}

@test "words as long as can be" {
	local long
	printf -v long '%0100000d' 1
	rejects 2 '' add --to 172.17.0.2 "$long"
	rejects 2 'too long' add --to "$long" 8081:80
	rejects 2 'not like' add --to 172.17.0.2 --ttl "x$long" 8081:80
	rejects 2 '' add --to 172.17.0.2 "$long:8081:80"
	rejects 2 '' rm "$long"
	rejects 2 '' "$long"
	rejects 2 '' ls --format "{{.$long}}"
	rejects 2 '' ls --filter "$long"
	rejects 4 '' port "$long"
}

# prints neither to standard output nor to standard error what a terminal obeys
@test "no escape sequence reaches the terminal" {
	local evil=$'\e[31m\r\x07\x9b' words
	for words in "add --to 172.17.0.2 $evil" "add --to $evil 8081:80" \
		"add --name $evil --to 172.17.0.2 8081:80" "rm $evil" "$evil" \
		"ls --format {{.$evil}}" "ls --filter $evil" "port $evil" \
		"help $evil" "--$evil" "add --to netns:$evil 8081:80" \
		"--json add --to 172.17.0.2 $evil"; do
		# shellcheck disable=SC2086 # these are words
		run --separate-stderr pubport $words
		[ "$status" -ne 0 ] || fail "taken: $words"
		is_printable "$output$stderr"
	done
}

# is_printable TEXT: as one or more lines
@test "no escape sequence from the table reaches the terminal" {
	local evil=$'e\e[31mvil'
	pubport add --dry-run --name flask --to 172.17.0.2 8082:80 |
		sed "s/flask/$evil/" | on host nft -f -
	local command
	for command in 'ls' 'ls --json' 'ls -q' 'ls --format {{.Names}}' \
		'ls --format json' 'port flask' 'rm 8082'; do
		# shellcheck disable=SC2086 # these are words
		run pubport $command
		is_printable "$output"
	done
}

@test "wrong formats" {
	rejects 2 '"Nope"' ls --format '{{.Nope}}'
	contains "error" '.Names' "$stderr"
	contains "error" '.Connections' "$stderr"
	rejects 2 '"nope"' ls --format '{{nope .Names}}'
	contains "error" 'truncate' "$stderr"
	rejects 2 '' ls --format '{{.Names'
	rejects 2 '' ls --format '{{'
	rejects 2 '' ls --format '{{}}'
	rejects 2 '' ls --format '{{truncate .Names}}'
	rejects 2 '' ls --format '{{truncate .Names "x"}}'
	rejects 2 '' ls --format '{{pad .Names 1 99999999999}}'
	rejects 2 '' ls --format '{{.Names | }}'
	rejects 2 '' ls --format '{{upper "open}}'
	rejects 2 '' ls --format 'table {{.Nope}}'
}

@test "wrong filters" {
	rejects 2 '"nope=1"' ls --filter nope=1
	rejects 2 '"name"' ls --filter name
	rejects 2 '""' ls --filter ''
}

@test "what is published already" {
	rejects 3 '8080' add --to 172.17.0.2 8080:80
	rejects 3 '8080' add --to 172.17.0.3 8080:80
	rejects 3 '8080' add --to fd17::2 '[::]:8080:80'
	rejects 3 '8081' add --to 172.17.0.2 8081:80 8081:81
	rejects 3 '8081' add --replace --to 172.17.0.2 8081:80 8081:81
}

@test "what is not published" {
	rejects 4 '"8080/udp"' rm 8080/udp
	rejects 4 '"9999"' rm 9999
	rejects 4 '"192.168.33.2:8080/tcp"' rm 192.168.33.2:8080/tcp
	rejects 4 '"nobody"' rm --name nobody
	rejects 4 '"172.17.0.3"' rm --to 172.17.0.3
	rejects 4 '"nobody"' port nobody
	rejects 2 '"80x"' rm 80x
	rejects 2 '"1.2.3:80/tcp"' rm 1.2.3:80/tcp
}

@test "an ordinary user is not permitted, and told why" {
	on host setpriv --reuid 65534 --regid 65534 --clear-groups true 2>&1 ||
		skip 'this user namespace has one user only'
	local words before
	before=$(ruleset)
	for words in 'add --to 172.17.0.2 8081:80' 'rm 8080' 'rm --all' flush \
		'add --to 172.17.0.2 8080:80' ls 'port flask' save watch stats \
		doctor; do
		not_permitted "$words" 'not permitted: this needs CAP_NET_ADMIN'
	done
	not_permitted targets 'not permitted: this needs CAP_SYS_ADMIN'
	not_permitted keep 'Permission denied'
	same "rules" "$before" "$(ruleset)"
	run -0 as_nobody add --dry-run --to 172.17.0.2 8081:80
}

@test "root without CAP_NET_ADMIN is not permitted, and told why" {
	run --separate-stderr without_rights add --to 172.17.0.2 8081:80
	same "status" 5 "$status"
	is_one_error "$stderr" 'CAP_NET_ADMIN'
}

@test "with --json, an error is an object" {
	run --separate-stderr pubport --json add --to 172.17.0.2 8080:80
	same "status" 3 "$status"
	same "output" "" "$output"
	same "error" '3 true true' "$(jq -r '.error |
		"\(.status) \(.message | contains("8080")) \(has("hint"))"' \
		<<<"$stderr")"
	run --separate-stderr pubport add --to 172.17.0.2 80x --json
	same "status" 2 "$(jq .error.status <<<"$stderr")"
}

@test "output that can't be written is an error" {
	on host bash -c '"$1" ls >/dev/full 2>/run/error' - "$PUBPORT" &&
		fail "it was silent"
	is_one_error "$(</run/error)" ''
}

# with_closed FD ARG...: the command under test without a standard file
with_closed() {
	# shellcheck disable=SC2016 # it is for the inner shell
	on host bash -c 'eval "shift; exec \"\$@\" $1>&-"' - "$1" "$PUBPORT" \
		"${@:2}"
}

@test "a closed standard output is an error before anything is done" {
	local before words
	before=$(ruleset)
	for words in 'add --to 172.17.0.2 8081:80' 'rm --all' flush ls version; do
		# shellcheck disable=SC2086 # these are words
		run --separate-stderr with_closed 1 $words
		same "status of $words" 1 "$status"
		same "error" 'pubport: standard output: Bad file descriptor' \
			"$stderr"
	done
	same "rules" "$before" "$(ruleset)"
	run --separate-stderr with_closed 1 ls --json
	same "status" 1 "$(jq .error.status <<<"$stderr")"
}

@test "closed standard input and error do no harm" {
	local fd
	for fd in 0 2; do
		run -0 with_closed "$fd" add --to 172.17.0.2 127.0.0.1:8081:80
		contains "output" '127.0.0.1:8081 ->' "$output"
		run -0 with_closed "$fd" rm -q 127.0.0.1:8081
		contains "output" '127.0.0.1:8081/tcp' "$output"
	done
}

@test "what was done before the output failed stays done" {
	on host bash -c '"$1" add --to 172.17.0.2 8081:80 >/dev/full 2>/run/error' \
		- "$PUBPORT" && fail "it was silent"
	is_one_error "$(</run/error)" 'standard output: '
	prints '0.0.0.0:8081/tcp' rm -q 8081
}
