#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A user of the machine who is root of namespaces of his own, and has nothing
# else: neither a /run to write to, nor a /proc without the machine's processes.
# Run this with ./guest.
load ../lib/lab
load ../lib/expect

setup() {
	declare -gA processes=()
	[ ! -w /run ] || skip 'this user may write to /run'
	add_own host
	add_own web
	configure host <<-END
		link set lo up
		link add docker0 type bridge
		link set docker0 up
		address add 172.17.0.1/16 dev docker0
		address add fd17::1/64 dev docker0
		link add veth-2 type veth peer name eth0 netns ${processes[web]}
		link set veth-2 master docker0 up
	END
	address web 172.17.0.2/16 fd17::2/64 172.17.0.1 fd17::1
	serve web 172.17.0.2,fd17::2 80
}

teardown() {
	end_servers
	((${#processes[@]} == 0)) || kill "${processes[@]}"
}

# a network namespace that only a process holds
add_own() {
	unshare --net sleep 100 3>&- &
	processes[$1]=$!
	eventually is_apart "$!"
	on "$1" sysctl -q -w net.ipv6.conf.default.accept_dad=0
}

is_apart() {
	[ ! "/proc/$1/ns/net" -ef /proc/self/ns/net ]
}

# those of lab.bash have a file
on() {
	nsenter --net="/proc/${processes[$1]}/ns/net" -- "${@:2}"
}

@test "a container is found, published and unpublished" {
	local before
	before=$(settings)
	same "targets" "[\"pid:${processes[web]}\"]" \
		"$(pubport targets --json | jq -c 'map(.target)')"
	prints $'0.0.0.0:8080 -> 172.17.0.2:80/tcp\n[::]:8080 -> [fd17::2]:80/tcp' \
		add 8080:80
	reaches host 172.17.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	reaches host '[fd17::1]:8080' as fd17::1 at '[fd17::2]:80'
	reaches web 172.17.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	prints $'0.0.0.0:8080/tcp\n[::]:8080/tcp' rm -q --all
	same "settings" "$before" "$(settings)"
	! has_table || fail "the table is still there"
}

@test "what is somebody else's can't be published" {
	rejects 5 'CAP_SYS_PTRACE' add --to pid:1 8080:80
	on web "$PUBPORT" add --to 172.17.0.1 8080:80
	pubport flush
	same "mappings of the other namespace" 0.0.0.0:8080/tcp \
		"$(on web "$PUBPORT" ls -q)"
}

@test "many ports at once are published" {
	pubport add -q --to 172.17.0.2 $(seq -f '%g:80' 10000 10999) >/dev/null
	same "mappings" 1000 "$(pubport ls -q | wc -l)"
	reaches host 172.17.0.1:10999 as 172.17.0.1 at 172.17.0.2:80
}
