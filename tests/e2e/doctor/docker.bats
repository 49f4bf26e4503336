#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Beside a real Docker engine, which drops what it has not published itself:
# who publishes is told, and the doctor mends it.
load ../lib/lab
load ../lib/expect
load ../lib/doctor
load ../lib/engines

# on a host that did not forward before, Docker drops all that it doesn't know
setup_file() {
	add_host
	add_other
	forward 0
	if prepare_engines >"$SCRATCH/reason" 2>&1 &&
		start_docker >"$SCRATCH/docker.out" 2>&1 &&
		start_published >>"$SCRATCH/docker.out" 2>&1; then
		: >"$SCRATCH/docker.runs"
	fi
}

# a container that Docker itself publishes
start_published() {
	docker run --detach --name own --publish 9090:80 webapp:noexpose \
		sleep 1000
	add_instance own "$(docker inspect -f '{{.State.Pid}}' own)"
}

teardown_file() {
	stop_docker >/dev/null 2>&1 || :
	await remove_cgroups || :
}

setup() {
	[ -e "$SCRATCH/docker.runs" ] ||
		skip "docker can't run here: $(grep -hs . "$SCRATCH/reason" "$SCRATCH"/docker.{log,out} | tail -n 1)"
	bridge_netfilter_off
	OWN=$(docker inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' own)
	serve flask 0.0.0.0 80
	serve own "$OWN" 80
}

teardown() {
	end_servers
	pubport flush
}

@test "who publishes a container is told that Docker drops remote clients" {
	reaches other 192.168.33.2:9090 as 192.168.33.3 at "$OWN:80"
	run -0 --separate-stderr pubport add --to docker:flask@bridge \
		192.168.33.2:8080:80
	local command='iptables -I DOCKER-USER -p tcp -m conntrack --ctstate DNAT --ctreplsrc 172.17.0.2 --ctreplsrcport 80 -j ACCEPT'
	same "what is told" "pubport: remote clients will be dropped by table ip filter, chain FORWARD (Docker): $command" "$stderr"
	unreached other 192.168.33.2:8080
	reaches host 192.168.33.2:8080 as 192.168.33.2
	ill rules 'table ip filter, chain FORWARD drops packets to port 80/tcp'
	contains "report" 'by: Docker' "$output"
	same "command" "$command" "$(commands)"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other 192.168.33.2:9090 as 192.168.33.3 at "$OWN:80"
	unreached other 172.17.0.2:80
	well
}

@test "what Docker publishes itself is well" {
	run -0 --separate-stderr pubport add --to docker:own 192.168.33.2:8080:80
	same "what is told" "" "$stderr"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at "$OWN:80"
	well
}
