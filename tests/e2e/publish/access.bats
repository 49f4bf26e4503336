#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may connect: with --from some clients, and the host itself; all others
# find a closed port.  With --shield everyone, but through mappings only.
load ../lib/lab
load ../lib/expect
load ../lib/families

setup_file() {
	lay
	add_internet
	add_neighbour
	answer_all
}

teardown_file() {
	clear_away
}

setup() {
	to_web=(--to 172.17.0.2 --to fd17::2)
	to_neighbour=(--to 172.17.0.3 --to fd17::3)
	# the other machine may, and nobody else
	from_other=(--from '192.168.33.0/24,fd33::/64')
	bridge_netfilter_off
}

teardown() {
	end_servers
	pubport flush
}

# ------------------------------------------------------------- who sees what --

# The next three print what is expected, a line that begins with the question:
# CLIENT PROTOCOL ADDRESS PORT.

# served CLIENT ADDRESS PORT as SEEN at TARGET PORT
served() {
	local target=$7
	[[ $target != *:* ]] || target=[$target]
	echo "$1 $protocol $2 $3 $5 at $target:$8"
}

# closed CLIENT ADDRESS PORT
closed() {
	echo "$1 $protocol $2 $3 refused"
}

# silent CLIENT ADDRESS PORT: there is no answer
silent() {
	echo "$1 $protocol $2 $3 silent"
}

# asks what is expected on standard input, and compares; the host asks when all
# others have, since its raw socket for sctp takes what would be refused to them
is_so() {
	local expected client
	expected=$(cat)
	for client in other internet neighbour web; do
		questions_of "$client" | survey "$client" \
			>"$BATS_TEST_TMPDIR/$client" &
	done
	wait
	questions_of host | survey host >"$BATS_TEST_TMPDIR/host"
	same "answers" "$(sort <<<"$expected")" \
		"$(sort "$BATS_TEST_TMPDIR"/{other,internet,neighbour,web,host})"
}

# the first four words of what is expected by a client
questions_of() {
	sed -n "s/^\($1\( [^ ]*\)\{3\}\) .*/\1/p" <<<"$expected"
}

# survey CLIENT: questions on standard input, with their answers
survey() {
	local questions
	questions=$(cat)
	[ -z "$questions" ] || paste -d ' ' <(echo "$questions") <(
		jq -cnR '[inputs / " " | [.[1], .[2], (.[3] | tonumber)]]' \
			<<<"$questions" |
			on "$1" "$TOOLS/survey.py" | jq -r '.[][1]'
	)
}

# ------------------------------------------------------------ who gets in --

# only_other PORT TARGET-PORT: through every address of the host
only_other() {
	served other "$eth1" "$1" as "$other" at "$web" "$2"
	served other "$docker0" "$1" as "$other" at "$web" "$2"
	served host "$eth1" "$1" as "$eth1" at "$web" "$2"
	served host "$docker0" "$1" as "$docker0" at "$web" "$2"
	served host "$loopback" "$1" as "$docker0" at "$web" "$2"
	nobody_else "$1"
}

nobody_else() {
	closed internet "$eth1" "$1"
	closed neighbour "$eth1" "$1"
	closed neighbour "$docker0" "$1"
	closed web "$docker0" "$1"
}

@test "a single port is for the networks that --from names, and the host" {
	pubport add "${to_web[@]}" "${from_other[@]}" 8080:80/{tcp,udp,sctp}
	each_way only_other 8080 80 | is_so
	same "connections" '[5,5,5,5,5,5]' \
		"$(pubport ls --json | jq -c 'map(.connections)')"
}

@test "a range is for the networks that --from names, and the host" {
	pubport add "${to_web[@]}" "${from_other[@]}" \
		8000-8010:8000-8010/{tcp,udp,sctp}
	each_way only_other 8005 8005 | is_so
}

@test "a shifted range is for the networks that --from names, and the host" {
	pubport add "${to_web[@]}" "${from_other[@]}" \
		8000-8010:9000-9010/{tcp,udp,sctp}
	each_way only_other 8005 9005 | is_so
}

only_other_at_eth1() {
	served other "$eth1" "$1" as "$other" at "$web" "$2"
	closed other "$docker0" "$1"
	served host "$eth1" "$1" as "$eth1" at "$web" "$2"
	closed host "$docker0" "$1"
	closed host "$loopback" "$1"
	nobody_else "$1"
}

# publish_at_eth1 PORTS...: for each protocol
publish_at_eth1() {
	local ports
	for ports; do
		pubport add "${to_web[@]}" "${from_other[@]}" \
			192.168.33.2:"$ports"/{tcp,udp,sctp} \
			'[fd33::2]':"$ports"/{tcp,udp,sctp}
	done
}

@test "on one address too: a single port, a range, a shifted range" {
	publish_at_eth1 8080:80 8000-8010:8000-8010 7000-7010:9000-9010
	{
		each_way only_other_at_eth1 8080 80
		each_way only_other_at_eth1 8005 8005
		each_way only_other_at_eth1 7005 9005
	} | is_so
}

not_by_loopback() {
	"$@" | grep -v '^host [a-z]* ::1 '
}

@test "with br_netfilter too" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	bridge_netfilter 1
	bridge_netfilter 1 ip6tables
	pubport add "${to_web[@]}" "${from_other[@]}" 8080:80/{tcp,udp,sctp} \
		8000-8010:9000-9010/{tcp,udp,sctp}
	{
		not_by_loopback each_way only_other 8080 80
		not_by_loopback each_way only_other 8005 9005
	} | is_so
}

@test "neighbours and the target itself get in where they are named" {
	pubport add "${to_web[@]}" --from 172.17.0.3,fd17::/64 8080:80
	reaches neighbour 172.17.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	refused web 172.17.0.1:8080
	reaches neighbour '[fd17::1]:8080' as fd17::1 at '[fd17::2]:80'
	reaches web '[fd17::1]:8080' as fd17::1 at '[fd17::2]:80'
	refused other 192.168.33.2:8080
	refused other '[fd33::2]:8080'
}

@test "in a family without a network, the host alone gets in" {
	pubport add "${to_web[@]}" --from 192.168.33.0/24 8080:80 \
		8000-8010:8000-8010
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other 192.168.33.2:8005 as 192.168.33.3
	refused other '[fd33::2]:8080'
	refused other '[fd33::2]:8005'
	refused neighbour '[fd17::1]:8080'
	reaches host '[fd33::2]:8080' as fd33::2
	reaches host '[::1]:8005' as fd17::1
	pubport flush
	pubport add "${to_web[@]}" --from fd33::/64 8080:80
	reaches other '[fd33::2]:8080' as fd33::3
	refused other 192.168.33.2:8080
	reaches host 127.0.0.1:8080 as 172.17.0.1
}

@test "networks of every width, many of them, and some in others" {
	local networks few
	networks=$(printf '10.%s.0.0/16,' {0..119})
	networks+=$(printf 'fd%02d::/16,' {40..99})
	few=192.168.0.0/16,192.168.33.0/24,192.168.33.3/32,192.168.33.3
	pubport add "${to_web[@]}" --from "$networks$few" --from fd33::3/128 \
		8080:80 8000-8010:8000-8010 7000-7010:9000-9010
	each_family many_get_in | is_so
	configure other <<-END
		address add 10.119.0.3/24 dev eth0
		address add 10.120.0.3/24 dev eth0
	END
	configure host <<-END
		address add 10.119.0.2/24 dev eth1
		address add 10.120.0.2/24 dev eth1
	END
	reaches other 10.119.0.2:8080 as 10.119.0.3
	reaches other 10.119.0.2:8005 as 10.119.0.3
	refused other 10.120.0.2:8080
	refused other 10.120.0.2:8005
	same "networks" 121 "$(networks_of 8080 0.0.0.0 | jq length)"
}

many_get_in() {
	local port
	for port in 8080:80 8005:8005 7005:9005; do
		served other "$eth1" "${port%:*}" as "$other" at "$web" "${port#*:}"
		closed internet "$eth1" "${port%:*}"
		closed neighbour "$docker0" "${port%:*}"
	done
}

@test "0.0.0.0/0 and ::/0 are everyone" {
	pubport add "${to_web[@]}" --from 0.0.0.0/0,::/0 8080:80 \
		8000-8010:8000-8010
	reaches internet 192.168.33.2:8080 as 1.1.1.1
	reaches internet 192.168.33.2:8005 as 1.1.1.1
	reaches internet '[fd33::2]:8080' as fd11::1
	reaches web 172.17.0.1:8080 as 172.17.0.1
}

@test "a port of the host itself can be for some too" {
	serve host 0.0.0.0,:: 8090 tcp,udp
	pubport add --to host "${from_other[@]}" 8080:8090/{tcp,udp}
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other '[fd33::2]:8080/udp' as fd33::3
	reaches host 192.168.33.2:8080 as 192.168.33.2
	refused internet 192.168.33.2:8080
	refused internet 192.168.33.2:8080/udp
	refused internet '[fd33::2]:8080'
}

@test "what is routed to a limited port of others passes" {
	pubport add "${to_web[@]}" --from 172.17.0.0/16 8080:80 \
		8000-8010:8000-8010
	reaches other 1.1.1.1:8080 as 192.168.33.3 at 1.1.1.1:8080
	reaches other '[fd11::1]:8080' as fd33::3 at '[fd11::1]:8080'
	reaches other 172.17.0.2:8005 as 192.168.33.3 at 172.17.0.2:8005
}

# --------------------------------------------------------------- precedence --

@test "a limited port in an open range is limited, and the rest open" {
	pubport add "${to_neighbour[@]}" 8000-8010:8000-8010 7000-7010:9000-9010
	pubport add "${to_web[@]}" "${from_other[@]}" 8005:80 7005:80
	each_family limited_in_open | is_so
}

limited_in_open() {
	local port
	for port in 8005 7005; do
		served other "$eth1" "$port" as "$other" at "$web" 80
		closed internet "$eth1" "$port"
	done
	served other "$eth1" 8006 as "$other" at "$neighbour" 8006
	served internet "$eth1" 8006 as "$internet" at "$neighbour" 8006
	served internet "$eth1" 7006 as "$internet" at "$neighbour" 9006
}

@test "an open port in a limited range is open, and the rest limited" {
	pubport add "${to_web[@]}" "${from_other[@]}" 8000-8010:8000-8010 \
		7000-7010:9000-9010
	pubport add "${to_neighbour[@]}" 8005:80 7005:80
	each_family open_in_limited | is_so
}

open_in_limited() {
	local port
	for port in 8005 7005; do
		served other "$eth1" "$port" as "$other" at "$neighbour" 80
		served internet "$eth1" "$port" as "$internet" at "$neighbour" 80
	done
	served other "$eth1" 8006 as "$other" at "$web" 8006
	served other "$eth1" 7006 as "$other" at "$web" 9006
	closed internet "$eth1" 8006
	closed internet "$eth1" 7006
}

@test "a limited address is limited over the open port of all" {
	pubport add "${to_neighbour[@]}" 8080:80 8000-8010:8000-8010
	pubport add "${to_web[@]}" "${from_other[@]}" 192.168.33.2:8080:80 \
		'[fd33::2]:8080:80' 192.168.33.2:8000-8010:9000-9010 \
		'[fd33::2]:8000-8010:9000-9010'
	each_family limited_over_all | is_so
	reaches internet 172.17.0.1:8080 as 1.1.1.1 at 172.17.0.3:80
	reaches internet '[fd17::1]:8005' as fd11::1 at '[fd17::3]:8005'
}

limited_over_all() {
	served other "$eth1" 8080 as "$other" at "$web" 80
	closed internet "$eth1" 8080
	served other "$eth1" 8005 as "$other" at "$web" 9005
	closed internet "$eth1" 8005
}

@test "an open address is open over the limited port of all" {
	pubport add "${to_web[@]}" --from 1.1.1.0/24,fd11::/64 8080:80 \
		8000-8010:8000-8010
	pubport add "${to_neighbour[@]}" 192.168.33.2:8080:80 \
		'[fd33::2]:8080:80' 192.168.33.2:8000-8010:8000-8010 \
		'[fd33::2]:8000-8010:8000-8010'
	each_family open_over_all | is_so
	reaches internet 172.17.0.1:8080 as 1.1.1.1 at 172.17.0.2:80
	refused other 172.17.0.1:8080
	refused other '[fd17::1]:8005'
}

open_over_all() {
	served other "$eth1" 8080 as "$other" at "$neighbour" 80
	served internet "$eth1" 8080 as "$internet" at "$neighbour" 80
	served other "$eth1" 8005 as "$other" at "$neighbour" 8005
	served internet "$eth1" 8005 as "$internet" at "$neighbour" 8005
}

@test "networks are a mapping's own, not those of another on the same port" {
	pubport add "${to_web[@]}" --from 192.168.33.0/24 8080:80
	pubport add "${to_neighbour[@]}" --from 1.1.1.0/24 192.168.33.2:8080:80 \
		8080:80/udp 8081:80
	reaches internet 192.168.33.2:8080 as 1.1.1.1 at 172.17.0.3:80
	refused other 192.168.33.2:8080
	reaches other 172.17.0.1:8080 as 192.168.33.3 at 172.17.0.2:80
	refused internet 172.17.0.1:8080
	refused other 192.168.33.2:8080/udp
	refused other 192.168.33.2:8081
}

# ---------------------------------------------------------- changes and end --

# networks_of PORT HOST: as ls --json has them
networks_of() {
	pubport ls --json | jq -c ".[] |
		select(.host_port == $1 and .host_ip == \"$2\").from"
}

@test "ls --json has the networks" {
	pubport add "${to_web[@]}" --from 192.168.33.3,10.0.0.0/8 \
		--from fd33::/64 8080:80 8000-8010:9000-9010
	pubport add --to 172.17.0.2 8081:80
	same "IPv4" '["10.0.0.0/8","192.168.33.3/32"]' "$(networks_of 8080 0.0.0.0)"
	same "IPv6" '["fd33::/64"]' "$(networks_of 8080 ::)"
	same "range" '["10.0.0.0/8","192.168.33.3/32"]' \
		"$(networks_of 8000 0.0.0.0)"
	same "none" '[]' "$(networks_of 8081 0.0.0.0)"
}

# what the table has besides mappings
limits() {
	on host nft -j list table inet pubport | jq '[.nftables[].set |
		select(.name // "" | test("limited|allowed")).elem[]?] | length'
}

@test "rm takes the networks along" {
	pubport add --to 172.17.0.2 8081:80
	pubport add "${to_web[@]}" --from 192.168.33.0/24,10.0.0.0/8,fd33::/64 \
		8080:80 8000-8010:8000-8010 7000-7010:9000-9010 \
		192.168.33.2:8080:80 '[fd33::2]:8000-8010:8000-8010'
	(($(limits) > 0)) || fail "nothing is limited"
	pubport rm 8080 8000-8010 7000-7010 192.168.33.2:8080 \
		'[fd33::2]:8000-8010'
	same "elements" 0 "$(limits)"
	pubport add "${to_neighbour[@]}" 8080:80 8000-8010:8000-8010
	reaches internet 192.168.33.2:8080 as 1.1.1.1 at 172.17.0.3:80
	reaches internet '[fd33::2]:8005' as fd11::1 at '[fd17::3]:8005'
}

@test "--ttl takes the networks along" {
	pubport add --ttl 2 "${to_web[@]}" --from 192.168.33.0/24,10.0.0.0/8,fd33::/64 \
		8080:80 8000-8010:8000-8010 7000-7010:9000-9010
	refused internet 192.168.33.2:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
	sleep 2.2
	same "elements" 0 "$(limits)"
	pubport add "${to_neighbour[@]}" 8080:80 8000-8010:8000-8010
	reaches internet 192.168.33.2:8080 as 1.1.1.1 at 172.17.0.3:80
	reaches internet 192.168.33.2:8005 as 1.1.1.1 at 172.17.0.3:8005
}

@test "--replace changes the networks at once" {
	pubport add "${to_web[@]}" "${from_other[@]}" 8080:80 8000-8010:9000-9010
	pubport add --replace "${to_web[@]}" --from 1.1.1.0/24,fd11::/64 8080:80 \
		8000-8010:9000-9010
	refused other 192.168.33.2:8080
	refused other '[fd33::2]:8005'
	reaches internet 192.168.33.2:8080 as 1.1.1.1 at 172.17.0.2:80
	reaches internet '[fd33::2]:8005' as fd11::1 at '[fd17::2]:9005'
	same "networks" '["1.1.1.0/24"]' "$(networks_of 8080 0.0.0.0)"
	pubport add --replace "${to_web[@]}" 8080:80 8000-8010:9000-9010
	same "elements" 0 "$(limits)"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport add --replace "${to_web[@]}" "${from_other[@]}" 8080:80
	refused internet 192.168.33.2:8080
}

@test "--replace cuts udp of those who may not any more, and lets tcp end" {
	pubport add --to 172.17.0.2 8080:80/{tcp,udp} 8000-8010:8000-8010/udp
	converse 192.168.33.2:8080/{tcp,udp} 192.168.33.2:8005/udp
	answers 172.17.0.2:80 172.17.0.2:80 172.17.0.2:8005
	pubport add --replace --to 172.17.0.2 --from 192.168.33.0/24 \
		8080:80/{tcp,udp} 8000-8010:8000-8010/udp
	answers 172.17.0.2:80 172.17.0.2:80 172.17.0.2:8005
	pubport add --replace --to 172.17.0.2 --from 1.1.1.1 8080:80/{tcp,udp} \
		8000-8010:8000-8010/udp
	answers 172.17.0.2:80 refused refused
}

@test "the same key is a conflict, whoever it is for" {
	pubport add --to 172.17.0.2 --from 192.168.33.0/24 8080:80
	rejects 3 8080 add --to 172.17.0.2 8080:80
	rejects 3 8080 add --to 172.17.0.3 --from 1.1.1.1 8080:80
	pubport rm 8080
	pubport add --to 172.17.0.2 8080:80
	rejects 3 8080 add --to 172.17.0.2 --from 1.1.1.1 8080:80
}

# ---------------------------------------------------------------- attempts --

# forge MACHINE INTERFACE SOURCE DESTINATION: packets to port 8080
forge() {
	on "$1" "$TOOLS/forge.py" "$(mac_of host "$2")" "$3" "$4" 8080 \
		tcp,udp,sctp
}

# an address of the host is no pass, if it comes by a wire
@test "who pretends to be the host doesn't get in" {
	pubport add "${to_web[@]}" --from 10.0.0.0/8,fd10::/16 \
		8080:80/{tcp,udp,sctp}
	forge other eth1 192.168.33.2 192.168.33.2
	forge other eth1 172.17.0.1 192.168.33.2
	forge other eth1 fd33::2 fd33::2
	forge other eth1 fd17::1 fd33::2
	forge neighbour docker0 172.17.0.1 172.17.0.1
	forge neighbour docker0 fd17::1 fd17::1
	refused other 192.168.33.2:8080
	same "connections" '[0,0,0,0,0,0]' \
		"$(pubport ls --json | jq -c 'map(.connections)')"
	# as that network's own they would
	forge other eth1 10.1.2.3 192.168.33.2
	forge other eth1 fd10::3 fd33::2
	same "connections" '[1,1,1,1,1,1]' \
		"$(pubport ls --json | jq -c 'map(.connections)')"
}

@test "what is no network is refused" {
	local network
	for network in x 192.168.33.0/33 fd33::/129 192.168.33.0/ 1.2.3/24 \
		192.168.33.0/-1 192.168.33.0/x ' 1.1.1.1' 1.1.1.1/024x \
		localhost 192.168.33.3/24 fd33::3/64; do
		rejects 2 "\"$network\"" add --to 172.17.0.2 \
			--from "$network" 8080:80
		rejects 2 "\"$network\"" add --to 172.17.0.2 \
			--from "10.0.0.0/8,$network,fd10::/16" 8080:80
	done
	for network in '' ',' '10.0.0.0/8,' ',10.0.0.0/8' \
		'10.0.0.0/8,,fd10::/16'; do
		rejects 2 "\"$network\"" add --to 172.17.0.2 \
			--from "$network" 8080:80
	done
}

# ---------------------------------------------------------------- --shield --

insiders_reach_it() {
	served neighbour "$web" 80 as "$neighbour" at "$web" 80
	served neighbour "$web" 8000 as "$neighbour" at "$web" 8000
	served host "$web" 80 as "$docker0" at "$web" 80
}

outsiders_reach_it() {
	served other "$web" 80 as "$other" at "$web" 80
	served internet "$web" 8000 as "$internet" at "$web" 8000
}

outsiders_dont_reach_it() {
	silent other "$web" 80
	silent internet "$web" 8000
}

# 8080 to 80, for every client; and 8005 to 9005
mappings_lead_to_it() {
	served other "$eth1" 8080 as "$other" at "$web" 80
	served other "$eth1" 8005 as "$other" at "$web" 9005
	served internet "$docker0" 8080 as "$internet" at "$web" 80
	served neighbour "$docker0" 8080 as "$docker0" at "$web" 80
	served web "$docker0" 8080 as "$docker0" at "$web" 80
	served host "$eth1" 8080 as "$eth1" at "$web" 80
	served host "$loopback" 8080 as "$docker0" at "$web" 80
}

# what others have is none of the shield's business, nor are answers to it
others_are_reached() {
	served other "$neighbour" 80 as "$other" at "$neighbour" 80
	served web "$internet" 8080 as "$web" at "$internet" 8080
}

# shielded each_way|each_family
shielded() {
	{
		"$1" insiders_reach_it
		"$1" outsiders_dont_reach_it
		"$1" others_are_reached
	} | is_so
}

not_shielded() {
	{
		each_family insiders_reach_it
		each_family outsiders_reach_it
	} | is_so
}

publish_shielded() {
	pubport add --shield "${to_web[@]}" 8080:80/{tcp,udp,sctp} \
		8000-8010:9000-9010/{tcp,udp,sctp}
}

@test "a shield leaves mappings as the only way to a target" {
	not_shielded
	publish_shielded
	shielded each_way
	each_way mappings_lead_to_it | is_so
	pubport flush
	not_shielded
}

@test "a shield holds with br_netfilter too" {
	has_bridge_netfilter || skip 'br_netfilter is not loaded'
	bridge_netfilter 1
	bridge_netfilter 1 ip6tables
	publish_shielded
	shielded each_way
	not_by_loopback each_way mappings_lead_to_it | is_so
}

@test "a shield lasts until the last mapping with one goes" {
	pubport add --shield "${to_web[@]}" 8080:80 8081:80
	pubport add --shield "${to_web[@]}" 192.168.33.2:7000-7010:7000-7010 \
		'[fd33::2]:7000-7010:7000-7010'
	pubport add "${to_web[@]}" 8082:80
	pubport rm 8080 8081
	shielded each_family
	pubport rm 192.168.33.2:7000-7010 '[fd33::2]:7000-7010'
	not_shielded
}

@test "a shield is for all addresses of one target" {
	pubport add --shield --to 172.17.0.2 8080:80
	local protocol=tcp
	{
		ipv4 outsiders_dont_reach_it
		ipv6 outsiders_dont_reach_it
		ipv4 others_are_reached
		ipv6 others_are_reached
	} | is_so
}

@test "a shield ends with --ttl" {
	pubport add --shield --ttl 4 "${to_web[@]}" 8080:80
	each_family outsiders_dont_reach_it | is_so
	sleep 2
	not_shielded
}

@test "--replace moves the shield to the new target" {
	pubport add --shield "${to_neighbour[@]}" 8080:80
	not_shielded
	pubport add --replace --shield "${to_web[@]}" 8080:80
	shielded each_family
	pubport add --replace "${to_web[@]}" 8080:80
	not_shielded
}

@test "connections that are open don't get through a shield" {
	converse 172.17.0.2:80/{tcp,udp} 192.168.33.2:8080
	pubport add --to 172.17.0.2 8080:80
	answers 172.17.0.2:80 172.17.0.2:80 172.17.0.2:80
	pubport add --shield --to 172.17.0.2 8081:80
	answers silent silent 172.17.0.2:80
}

@test "a shield around a target at the end of a point-to-point link" {
	add_peer
	reaches other 192.168.50.2:80 as 192.168.33.3
	pubport add --shield --to 192.168.50.2 --to fd50::2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 192.168.50.2:80
	reaches other '[fd33::2]:8080' as fd33::3 at '[fd50::2]:80'
	reaches host 192.168.50.2:80 as 192.168.99.1
	{
		echo other tcp 192.168.50.2 80 silent
		echo other udp fd50::2 80 silent
		echo web udp 192.168.50.2 80 silent
		echo neighbour tcp fd50::2 80 silent
	} | is_so
}

# a network that begins where a larger one of another mapping does
@test "a network is no larger since another mapping has a larger one" {
	pubport add --to 172.17.0.2 --from 192.168.0.0/24 8080:80
	pubport add --to 172.17.0.2 --from 192.168.0.0/16 8081:80
	pubport add --to fd17::2 --from fd33::/127 8080:80
	pubport add --to fd17::2 --from fd33::/64 8081:80
	refused other 192.168.33.2:8080
	refused other fd33::2:8080
	reaches other 192.168.33.2:8081 as 192.168.33.3 at 172.17.0.2:80
	reaches other fd33::2:8081 as fd33::3 at '[fd17::2]:80'
	pubport add --replace --to 172.17.0.2 --from 192.168.0.0/16 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport add --replace --to 172.17.0.2 --from 192.168.0.0/24 8080:80
	refused other 192.168.33.2:8080
}
