#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job: a container runs already, its port gets published.
load ../lib/lab
load ../lib/expect

setup() {
	lay
}

teardown() {
	clear_away
}

# sees CLIENT MACHINE URL: what the web server says to curl
sees() {
	same "$2 at $3" "Remote IP: $1" "$(on "$2" curl -m 3 -sS "$3")"
}

# connection_refused MACHINE URL, in curl's words
connection_refused() {
	run on "$1" curl -m 3 -sS "$2"
	same "status of curl $2" 7 "$status"
	contains "curl $2" "Failed to connect" "$output"
}

@test "the container is published on every address of the host" {
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp' \
		add --name flask --to 172.17.0.2 8080:80
	sees 172.17.0.1 host http://172.17.0.1:8080/
	sees 192.168.33.2 host http://192.168.33.2:8080/
	sees 172.17.0.1 host http://127.0.0.1:8080/
	sees 192.168.33.3 other http://192.168.33.2:8080/
}

@test "ls prints a table of names and ports" {
	pubport add --name flask --to 172.17.0.2 8080:80
	prints 'NAMES     PORTS
flask     0.0.0.0:8080->80/tcp' \
		ls --format 'table {{.Names}}\t{{.Ports}}'
}

@test "the only container is published on one address, without --to" {
	prints '192.168.33.2:8080 -> 172.17.0.2:80/tcp' \
		add 192.168.33.2:8080:80/tcp
	contains "notice" netns:web "$stderr"
	sees 192.168.33.2 host http://192.168.33.2:8080/
	sees 192.168.33.3 other http://192.168.33.2:8080/
	connection_refused host http://172.17.0.1:8080/
	connection_refused host http://127.0.0.1:8080/
	connection_refused other http://172.17.0.1:8080/
}

@test "with two containers, it asks which" {
	add_neighbour
	rejects 2 'target' add 192.168.33.2:8080:80/tcp
	contains "hint" 'pubport add' "$stderr"
	contains "hint" 'netns:web' "$stderr"
	contains "hint" 'netns:neighbour' "$stderr"
}

@test "the only container is a process without a name" {
	umount /run/netns/web
	rm /run/netns/web
	prints '192.168.33.2:8080 -> 172.17.0.2:80/tcp' \
		add 192.168.33.2:8080:80/tcp
	contains "notice" "pid:${servers[-1]}" "$stderr"
	sees 192.168.33.3 other http://192.168.33.2:8080/
}

@test "what was published is unpublished, and nothing stays behind" {
	local rules before
	rules=$(ruleset) before=$(settings)
	pubport add --name flask --to 172.17.0.2 8080:80
	pubport rm 0.0.0.0:8080/tcp
	same "rules" "$rules" "$(ruleset)"
	same "settings" "$before" "$(settings)"
	connection_refused host http://172.17.0.1:8080/
	connection_refused other http://192.168.33.2:8080/
}
