#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What each command prints, in each of its forms.
load ../lib/lab
load ../lib/expect

setup() {
	lay
}

teardown() {
	clear_away
}

flask() {
	pubport add --name flask --to 172.17.0.2 8080:80 "$@"
}

keys() {
	pubport ls -q
}

# ------------------------------------------------------------------ add --

@test "add prints a line for each mapping" {
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp
[::]:8080 -> [fd17::2]:80/tcp
192.168.33.2:53 -> 172.17.0.2:8000/udp' \
		add --to 172.17.0.2 --to fd17::2 8080:80 192.168.33.2:53:8000/UDP
}

@test "add -q prints keys" {
	prints '0.0.0.0:8080/tcp
[::]:8080/tcp' add -q --to 172.17.0.2 --to fd17::2 8080:80
}

@test "add --json prints the mapping objects" {
	pubport add --json -n flask --to 172.17.0.2 8080:80 >"$BATS_TEST_TMPDIR/out"
	conforms mapping <"$BATS_TEST_TMPDIR/out"
	same "object" '["0.0.0.0",8080,8080,"tcp","172.17.0.2",80,80,"flask","172.17.0.2",null,[]]' \
		"$(jq -c '.[] | [.host_ip, .host_port, .host_port_end, .protocol,
			.target_ip, .target_port, .target_port_end, .name,
			.target, .expires, .from]' "$BATS_TEST_TMPDIR/out")"
}

# takes SPEC KEY: add takes this form, and it means that key
takes() {
	prints "$2" add -q --to 172.17.0.2 --to fd17::2 "$1"
	prints "$2" rm -q "$1"
}

@test "add takes docker's forms, and rm what add took" {
	takes 8080:80 $'0.0.0.0:8080/tcp\n[::]:8080/tcp'
	takes 8080:80/TCP $'0.0.0.0:8080/tcp\n[::]:8080/tcp'
	takes 192.168.33.2:8080:80 192.168.33.2:8080/tcp
	takes 192.168.33.2:8080:80/udp 192.168.33.2:8080/udp
	takes '[fd33::2]:8080:80/sctp' '[fd33::2]:8080/sctp'
	takes fd33::2:8080:80 '[fd33::2]:8080/tcp'
	takes ::1:8080:80 '[::1]:8080/tcp'
	takes '[::]:8080:80' '[::]:8080/tcp'
	takes 0.0.0.0:8080:80 0.0.0.0:8080/tcp
	takes 127.0.0.1:53:53/udp 127.0.0.1:53/udp
	takes 192.168.33.2:8080:80/ 192.168.33.2:8080/tcp
	takes '[127.0.0.1]:08080:080' 127.0.0.1:8080/tcp
	takes '[::ffff:127.0.0.1]:8080:80' 127.0.0.1:8080/tcp
	takes target=53,published=5353,protocol=udp \
		$'0.0.0.0:5353/udp\n[::]:5353/udp'
	takes 8000-8010:9000-9010/udp \
		$'0.0.0.0:8000-8010/udp\n[::]:8000-8010/udp'
}

@test "add takes ssh's forms, with the target in the SPEC" {
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp' add 8080:172.17.0.2:80
	prints '192.168.33.2:8081 -> 172.17.0.2:80/tcp' \
		add 192.168.33.2:8081:172.17.0.2:80
	prints '[fd33::2]:8082 -> [fd17::2]:80/tcp' \
		add '[fd33::2]:8082:[fd17::2]:80'
	prints '0.0.0.0:8083 -> 172.17.0.2:80/tcp
[::]:8083 -> [fd17::2]:80/tcp' add 8083:web:80
	prints '0.0.0.0:8084 -> 172.17.0.2:80/tcp
[::]:8084 -> [fd17::2]:80/tcp' add 8084:netns:web:80
	prints '0.0.0.0:8085 -> 172.17.0.2:80/tcp' add '8085:[172.17.0.2]:80'
	prints '127.0.0.1:8086 -> 172.17.0.2:80/tcp' \
		add localhost:8086:172.17.0.2:80
	prints '127.0.0.1:8087 -> 172.17.0.2:80/tcp
[::1]:8087 -> [fd17::2]:80/tcp' add localhost:8087:web:80
	prints '127.0.0.1:8087 -> 172.17.0.2:80/tcp
[::1]:8087 -> [fd17::2]:80/tcp' rm localhost:8087:web:80
}

@test "add takes the target from PUBPORT_TARGET" {
	PUBPORT_TARGET=172.17.0.2 prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp' \
		add 8080:80
	PUBPORT_TARGET=172.17.0.3 prints '0.0.0.0:8081 -> 172.17.0.2:80/tcp' \
		add --to 172.17.0.2 8081:80
}

@test "add publishes all SPECs or none" {
	flask
	rejects 3 '8080:80' add --to 172.17.0.2 8081:80 8082:80 8080:80
	rejects 2 '"80x"' add --to 172.17.0.2 8081:80 80x
	prints '0.0.0.0:8080/tcp' ls -q
}

@test "add --dry-run prints what add would do, as nft takes it" {
	is_as_dry --name flask --to 172.17.0.2 --to fd17::2 \
		8080:80 192.168.33.2:53:53/udp '[::1]:8080:80' \
		1000-2000:1000-2000 8000-8010:9000-9010/sctp
}

@test "add --dry-run prints what is laid when it is first needed" {
	is_as_dry --to 172.17.0.2 --to fd17::2 --shield --ttl 1h \
		--from 10.0.0.0/8,192.168.33.3,fd33::/64,fd34::/64 \
		8080:80 192.168.33.2:53:53/udp '[fd33::2]:53:53/udp' \
		1000-2000:1000-2000 8000-8010:9000-9010
	is_as_dry --to 172.17.0.2 --to fd17::2 --masquerade \
		8080:80 192.168.33.2:53:53/udp '[fd33::2]:53:53/sctp' \
		1000-2000:1000-2000 8000-8010:9000-9010
	is_as_dry --to 172.17.0.2 --to fd17::2 --symmetric \
		8080:80 8000-8010:9000-9010/udp
	is_as_dry --to 172.17.0.2 --to fd17::2 --helper ftp --masquerade 21:21
	is_as_dry --to 172.17.0.2 --to fd17::2 --helper sip 5060:5060 5060:80/udp
	is_as_dry --to host 8080:80 8000-8010:9000-9010/udp 192.168.33.2:1:80 \
		%eth1:8080:80 %eth1:8000-8010:9000-9010
	is_as_dry --to 172.17.0.2 --to fd17::2 --ttl 1h \
		--from 10.0.0.0/8,fd33::/64 \
		%eth1:8080:80 %eth1:1000-2000:1000-2000 %eth1:1-9:2-10
	is_as_dry --to 172.17.0.2 --to fd17::2 --masquerade %eth1:8080:80 \
		%eth1:1000-2000:1000-2000 8080:80
}

# is_as_dry ARG...: pubport add lays what nft lays by its dry run
is_as_dry() {
	local words=("$@")
	pubport add --dry-run "${words[@]}" >"$BATS_TEST_TMPDIR/nft"
	! has_table || fail "it was not dry"
	on host nft -c -f "$BATS_TEST_TMPDIR/nft"
	on host nft -f "$BATS_TEST_TMPDIR/nft"
	local dry
	dry=$(on host nft -s list table inet pubport)
	on host nft delete table inet pubport
	pubport add "${words[@]}"
	same "table" "$(unordered <<<"$dry")" \
		"$(on host nft -s list table inet pubport | unordered)"
	pubport flush
}

# intervals come in no order, and time runs
unordered() {
	sed 's/ expires [0-9smh]*//g; s/elements = {//; s/[,} \t]*$//
		s/^[ \t]*//' | sort
}

@test "add --dry-run fits what is published already" {
	flask
	pubport add --dry-run --no-loopback --to 172.17.0.2 8081:80 |
		on host nft -f -
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "add --dry-run --json prints the mapping objects" {
	pubport add --dry-run --json --to 172.17.0.2 8080:80 | conforms mapping
	! has_table || fail "it was not dry"
}

@test "add --dry-run needs no rights" {
	run --separate-stderr without_rights add --dry-run --to 172.17.0.2 8080:80
	same "status ($stderr)" 0 "$status"
	contains "output" '172.17.0.2' "$output"
}

@test "add --dry-run finds what is published already, if it may look" {
	flask
	rejects 3 '8080:80' add --dry-run --to 172.17.0.2 8080:80
	run -0 without_rights add --dry-run --to 172.17.0.2 8080:80
}

@test "add --ttl unpublishes by itself" {
	local before
	before=$(settings)
	pubport add --ttl 2 --to 172.17.0.2 8080:80
	run -0 pubport ls --format '{{.Expires}}|{{.Status}}'
	[[ $output == 'in '*' second'*'|Up '*', '*' left' ]] || fail "$output"
	sleep 2.1
	has_table || fail "there is no table"
	prints '' ls -q
	! has_table || fail "the table is still there"
	same "settings" "$before" "$(settings)"
}

@test "add --ttl takes units, and ls --json tells the end" {
	local ttl
	for ttl in 90 90s 1m30s; do
		pubport add --ttl "$ttl" --to 172.17.0.2 8080:80
		pubport ls --json | conforms mapping
		# counted from when the kernel got it
		same "90 seconds" true "$(pubport rm --json 8080 | jq '.[] |
			(.expires | fromdate) - (.created | fromdate) |
			. >= 90 and . < 95')"
	done
	rejects 2 '"1y"' add --ttl 1y --to 172.17.0.2 8080:80
}

# ------------------------------------------------------------------- rm --

@test "rm takes keys, with and without a host" {
	pubport add --to 172.17.0.2 --to fd17::2 8080:80 8081:80 8082:80/udp
	prints '0.0.0.0:8080/tcp' rm -q 0.0.0.0:8080/tcp
	prints $'0.0.0.0:8081/tcp\n[::]:8081/tcp' rm -q 8081/tcp
	prints $'0.0.0.0:8082/udp\n[::]:8082/udp' rm -q 8082/udp
	prints '[::]:8080/tcp' rm -q 8080
	prints '' ls -q
}

@test "rm prints what it removed" {
	flask
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp' rm 8080
	flask
	pubport rm --json 8080 | conforms mapping
}

@test "rm removes by name, by target, or all" {
	add_neighbour
	flask 8081:80
	pubport add --name other --to 172.17.0.3 8082:80 8083:80
	pubport rm --name flask
	prints $'0.0.0.0:8082/tcp\n0.0.0.0:8083/tcp' ls -q
	flask 8081:80
	pubport rm --to 172.17.0.3
	prints $'0.0.0.0:8080/tcp\n0.0.0.0:8081/tcp' ls -q
	pubport rm --all
	prints '' ls -q
}

@test "rm takes the target as it was written" {
	pubport add --to netns:web 8080:80
	pubport rm --to netns:web
	prints '' ls -q
}

@test "rm of many prints them in the order of ls" {
	pubport add -q -n many --to 172.17.0.2 --to fd17::2 9001:80 8002:80 \
		5353:53/udp 3000-3010:3000-3010
	pubport add -q -n many --to 172.17.0.2 127.0.0.1:7003:80 \
		192.168.33.2:8004:80
	same "what rm prints" "$(pubport ls -q)" "$(pubport rm -q --name many)"
}

@test "rm of what ls -q prints leaves nothing" {
	pubport add --to 172.17.0.2 --to fd17::2 8080:80 127.0.0.1:53:53/udp \
		'[::1]:53:53/udp' 192.168.33.2:7000-7010:9000-9010/sctp \
		1000-2000:1000-2000
	local keys
	mapfile -t keys < <(pubport ls -q)
	pubport rm "${keys[@]}"
	! has_table || fail "the table is still there"
}

@test "rm removes all or none" {
	flask
	rejects 4 '"9999"' rm 8080 9999
	prints '0.0.0.0:8080/tcp' ls -q
}

@test "rm --ignore-missing removes what there is" {
	flask
	prints '0.0.0.0:8080/tcp' rm -q --ignore-missing 9999 8080 1-5/udp
	prints '' rm -q --ignore-missing 8080
}

@test "rm of the same key twice removes it once" {
	flask
	prints '0.0.0.0:8080/tcp' rm -q 8080 0.0.0.0:8080/tcp
}

# ------------------------------------------------------------------- ls --

@test "ls prints a table, as ls, list, ps and without a command" {
	flask
	local command
	for command in ls list ps 'ls --no-trunc' ''; do
		# shellcheck disable=SC2086 # these are words
		run -0 --separate-stderr pubport $command
		[[ ${lines[0]} =~ ^NAME\ {6}TARGET\ {7}STATUS\ +PORTS\ {18}CONNECTIONS$ ]] ||
			fail "header: ${lines[0]}"
		[[ ${lines[1]} =~ ^flask\ {5}172.17.0.2\ {3}Up\ .*\ {3}0.0.0.0:8080-\>80/tcp\ {3}0$ ]] ||
			fail "row: ${lines[1]}"
		same "rows" 2 "${#lines[@]}"
	done
}

@test "ls without a mapping is the header alone" {
	run -0 --separate-stderr pubport ls
	same "rows" 1 "${#lines[@]}"
	contains "header" 'NAME ' "$output"
	prints '[]' ls --json
	prints '' ls -q
	prints '' ls --format '{{.Names}}'
}

@test "ls merges consecutive ports, and orders them as docker does" {
	pubport add --name flask --to netns:web \
		192.168.33.2:9998:9998/udp 192.168.33.2:9999:9999/udp \
		192.168.33.2:7001:80 192.168.33.2:7002:81 \
		8080:80 127.0.0.1:8080:80
	prints '192.168.33.2:9998-9999->9998-9999/udp, 0.0.0.0:8080->80/tcp, 127.0.0.1:8080->80/tcp, 192.168.33.2:7001->80/tcp, [::]:8080->80/tcp, 192.168.33.2:7002->81/tcp' \
		ls --format '{{.Ports}}'
}

@test "ls sorts host addresses by number" {
	pubport add --name flask --to 172.17.0.2 \
		192.168.33.2:8080:80 127.0.0.1:8080:80 172.17.0.1:8080:80
	prints '127.0.0.1:8080->80/tcp, 172.17.0.1:8080->80/tcp, 192.168.33.2:8080->80/tcp' \
		ls --format '{{.Ports}}'
}

@test "ls --json is the mapping objects" {
	pubport add --name flask --to netns:web 8080:80 7000-7010:9000-9010/udp
	pubport ls --json | conforms mapping
	same "objects" '["0.0.0.0",7000,7010,"udp","172.17.0.2",9000,9010,"flask","netns:web",0]
["0.0.0.0",8080,8080,"tcp","172.17.0.2",80,80,"flask","netns:web",0]
["::",7000,7010,"udp","fd17::2",9000,9010,"flask","netns:web",0]
["::",8080,8080,"tcp","fd17::2",80,80,"flask","netns:web",0]' \
		"$(pubport ls --json | jq -c '.[] | [.host_ip, .host_port,
			.host_port_end, .protocol, .target_ip, .target_port,
			.target_port_end, .name, .target, .connections]' | sort)"
}

@test "ls --json tells when a mapping was made" {
	local before after created
	before=$(date -u +%FT%TZ)
	flask
	after=$(date -u +%FT%TZ)
	created=$(pubport ls --json | jq -r '.[].created')
	[[ ! $created < $before && ! $created > $after ]] ||
		fail "$created is not from $before to $after"
}

@test "ls --format has the fields of docker" {
	flask
	prints 'flask flask 172.17.0.2 - 0.0.0.0:8080->80/tcp 0' ls --format \
		'{{.Name}} {{.Names}} {{.Target}} {{.Image}} {{.Ports}} {{.Connections}}'
	run -0 pubport ls --format '{{.Status}}'
	[[ $output == 'Up '* ]] || fail "$output"
	run -0 pubport ls --format '{{.CreatedAt}}|{{.RunningFor}}|{{.Expires}}|{{.From}}'
	[[ $output == 20[0-9][0-9]-*'|'*' ago|'* ]] || fail "$output"
}

@test "ls --format has the functions of docker" {
	flask
	prints '"flask" FLASK flask fla' ls --format \
		'{{json .Names}} {{upper .Names}} {{lower .Names}} {{truncate .Names 3}}'
	prints '[ flask  ]' ls --format '[{{pad .Names 1 2}}]'
	prints 'f-ask' ls --format '{{join (split .Names "l") "-"}}'
	prints 'flask
.' ls --format '{{println .Names}}.'
	prints 'FLASK' ls --format '{{.Names | upper}}'
	prints 'a	b' ls --format 'a\tb'
}

@test "ls --format has letters of UTF-8, whatever the locale" {
	flask
	LC_ALL=C prints 'Éa [é a] "\ufffd" 10000' ls --format \
		'{{title "éa"}} {{split "éa" ""}} {{json (truncate "é" 1)}} {{10000}}'
}

@test "help ls names all fields and functions" {
	local help words word
	help=$(pubport help ls)
	for words in '{{.Nope}}' '{{nope .Names}}'; do
		run -2 pubport ls --format "$words"
		for word in ${output#*known are}; do
			contains "help ls" " $word" "$help"
		done
	done
}

@test "ls --format json prints an object a line" {
	flask 8081:81
	run -0 --separate-stderr pubport ls --format json
	local line
	for line in "${lines[@]}"; do
		jq -e .Names <<<"$line" >/dev/null || fail "$line"
	done
}

@test "ls --format table aligns its columns" {
	add_neighbour
	flask
	pubport add --name a-longer-name --to 172.17.0.3 8081:80
	prints 'NAMES           PORTS
a-longer-name   0.0.0.0:8081->80/tcp
flask           0.0.0.0:8080->80/tcp' \
		ls --format 'table {{.Names}}\t{{.Ports}}'
}

@test "ls --filter narrows down" {
	add_neighbour
	flask
	pubport add --name other --to 172.17.0.3 8081:80/udp
	prints flask ls --filter name=flask --format '{{.Names}}'
	prints other ls --filter target=172.17.0.3 --format '{{.Names}}'
	prints '0.0.0.0:8080/tcp' ls -q --filter name=flask
	prints '' ls -q --filter name=nobody
	same "objects" 1 "$(pubport ls --json --filter name=other | jq length)"
}

@test "ls without a mapping finds wrong words too" {
	rejects 2 '"Nope"' ls --format '{{.Nope}}'
	rejects 2 '"nope=1"' ls --filter nope=1
}

# ---------------------------------------------------------- port, targets --

@test "port answers as docker port does" {
	pubport add --name flask --to 172.17.0.2 --to fd17::2 \
		8080:80 127.0.0.1:53:53/udp
	prints '53/udp -> 127.0.0.1:53
80/tcp -> 0.0.0.0:8080
80/tcp -> [::]:8080' port flask
	prints $'0.0.0.0:8080\n[::]:8080' port flask 80
	prints $'0.0.0.0:8080\n[::]:8080' port flask 80/tcp
	prints '127.0.0.1:53' port flask 53/udp
	rejects 4 '53/tcp' port flask 53/tcp
	rejects 4 '"nobody"' port nobody
}

@test "port -q prints the host's ends alone" {
	flask 127.0.0.1:8000-8010:9000-9010
	prints $'0.0.0.0:8080\n127.0.0.1:8000-8010' port -q flask
	prints '127.0.0.1:8001' port -q flask 9001
}

@test "targets shows what can be published" {
	run -0 --separate-stderr pubport targets
	contains "targets" netns:web "$output"
	contains "targets" 172.17.0.2 "$output"
	contains "targets" docker0 "$output"
	contains "targets" 80 "$output"
	[[ $output != *netns:host* ]] || fail "the host is no target: $output"
}

@test "targets --json is data" {
	run -0 --separate-stderr pubport targets --json
	same "the only target" netns:web "$(jq -r '.[].target' <<<"$output")"
	contains "data" '"172.17.0.2"' "$output"
	contains "data" '"fd17::2"' "$output"
	contains "data" '"docker0"' "$output"
	jq -e '.. | numbers | select(. == 9010)' <<<"$output" >/dev/null
}

@test "targets without any says so" {
	umount /run/netns/web
	rm /run/netns/web
	kill "${servers[-1]}"
	unset 'servers[-1]'
	rejects 2 'target' add 8080:80
}

# ------------------------------------------------- flush, help, version --

@test "flush removes everything" {
	local before
	before=$(settings)
	pubport add --to netns:web 8080:80 7000-7010:7000-7010/udp
	pubport flush
	! has_table || fail "the table is still there"
	same "settings" "$before" "$(settings)"
	prints '' flush
	prints '' flush --json
}

@test "help and version answer without rights" {
	run -0 without_rights help
	local command
	for command in add rm ls port targets flush help version; do
		contains "help" "$command" "$output"
	done
	run -0 without_rights --help
	contains "help" 'add' "$output"
	run -0 without_rights help add
	contains "help add" '--replace' "$output"
	run -0 without_rights add --help
	contains "add --help" '--replace' "$output"
	run -0 without_rights version
	[[ $output =~ ^pubport\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "$output"
	same "version" "$output" "$(pubport --version)"
}

# -------------------------------------------------- where options stand --

@test "options stand before or after the operands, also as --option=VALUE" {
	prints '0.0.0.0:8080/tcp' -q add --to 172.17.0.2 8080:80
	prints '0.0.0.0:8081/tcp' add 8081:80 --to=172.17.0.2 -q
	prints '0.0.0.0:8082/tcp' add 8082:80 -qt172.17.0.2 -n flask
	prints '0.0.0.0:8083/tcp' add -q --to 172.17.0.2 -- 8083:80
	rejects 2 '"--quiet"' add --to 172.17.0.2 -- 8084:80 --quiet
	pubport --json ls | conforms mapping
	pubport ls --json | conforms mapping
}

@test "-q before the command is ls -q" {
	flask
	prints '0.0.0.0:8080/tcp' -q
}
