#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Targets by the names that real runtimes know, started here: see engines.bash.
load ../lib/lab
load ../lib/expect
load ../lib/engines

ENGINES=(docker podman lxc machine libvirt)

# starts what can be started; says why for what can't
setup_file() {
	add_host
	add_other
	forward 1
	if ! prepare_engines >"$SCRATCH/reason" 2>&1; then
		return
	fi
	local engine
	for engine in "${ENGINES[@]}"; do
		if "start_$engine" >"$SCRATCH/$engine.out" 2>&1; then
			: >"$SCRATCH/$engine.runs"
		fi
	done
}

teardown_file() {
	local engine
	# also those that got halfway
	for engine in "${ENGINES[@]}"; do
		"stop_$engine" >/dev/null 2>&1 || :
	done
	await remove_cgroups || :
}

teardown() {
	end_servers
	pubport flush
}

# skips the test where an engine could not be started
needs() {
	local engine
	for engine in "$@"; do
		[ -e "$SCRATCH/$engine.runs" ] ||
			skip "$engine can't run here: $(why_not "$engine")"
	done
}

# the last thing that was said when it was started
why_not() {
	grep -hs . "$SCRATCH/reason" "$SCRATCH/$1".{log,out} | tail -n 1
}

# publishes NAME as KIND:NAME, at ADDRESS, and is reached from elsewhere
publishes() {
	local kind=$1 name=$2 address=$3
	serve "$name" "$address" 80
	prints "192.168.33.2:8080 -> $address:80/tcp" \
		add --to "$kind:$name" 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	same "mapping" "$name $kind:$name" \
		"$(pubport ls --json | jq -r '.[] | "\(.name) \(.target)"')"
}

@test "docker: a container is published by its name" {
	needs docker
	publishes docker flask 172.17.0.2
	same "image" webapp:noexpose "$(pubport ls --format '{{.Image}}')"
}

@test "podman: a container is published by its name" {
	needs podman
	publishes podman django 10.88.0.2
	same "image" localhost/webapp:podman \
		"$(pubport ls --format '{{.Image}}')"
}

@test "lxc: a container is published by its name" {
	needs lxc
	publishes lxc box 172.17.0.101
}

@test "machine: a container of systemd-nspawn is published by its name" {
	needs machine
	publishes machine crate 172.17.0.102
}


@test "libvirt: a virtual machine is published at the address of its lease" {
	needs libvirt
	prints '192.168.33.2:8080 -> 172.17.0.111:80/tcp' \
		add --to libvirt:vm 192.168.33.2:8080:80
	prints 'vm libvirt:vm' ls --format '{{.Names}} {{.Target}}'
}

@test "docker: an id names a container too" {
	needs docker
	local id
	id=$(docker ps --quiet --filter name=flask)
	pubport add --to "docker:${id:0:4}" 8080:80
	pubport add --to "$id" 8081:80
	same "mappings" "flask docker:${id:0:4}
flask $id" "$(pubport ls --json | jq -r '.[] |
		select(.host_ip == "0.0.0.0") | "\(.name) \(.target)"')"
}

@test "docker: of several networks one is taken, and can be named" {
	needs docker
	run -0 --separate-stderr pubport add --to docker:flask 0.0.0.0:8080:80
	same "mapping" '0.0.0.0:8080 -> 172.17.0.2:80/tcp' "$output"
	contains "notice" 'docker:flask is in several networks: publishing 172.17.0.2, of bridge; docker:flask@front is 172.31.5.2' "$stderr"
	run --separate-stderr pubport doctor 8080
	same "the doctor's notice" "" "$stderr"
	run -0 --separate-stderr pubport add --to docker:flask@front 0.0.0.0:8081:80
	same "mapping" '0.0.0.0:8081 -> 172.31.5.2:80/tcp' "$output"
	same "notice" "" "$stderr"
	same "name" flask "$(pubport ls --json |
		jq -r '.[] | select(.host_port == 8081).name')"
	prints '0.0.0.0:8082 -> 172.31.5.2:80/tcp' add --to flask@front 8082:80
	rejects 4 '"docker:flask@back"' add --to docker:flask@back 8083:80
	contains "error" 'in bridge, front' "$stderr"
}

@test "docker: a container that isn't there, or doesn't run" {
	needs docker
	rejects 4 '"docker:nobody"' add --to docker:nobody 8080:80
	contains "error" "docker doesn't know it" "$stderr"
	docker create --name asleep webapp:noexpose sleep 1000
	rejects 4 '"docker:asleep"' add --to docker:asleep 8080:80
	contains "error" 'not running' "$stderr"
	contains "hint" 'hint: docker start asleep' "$stderr"
	rejects 4 '"asleep"' add --to asleep 8080:80
	docker rm asleep
}

@test "docker: a container on the host's own network is the host" {
	needs docker
	docker run --detach --name hosted --network host webapp:noexpose \
		sleep 1000
	rejects 2 'say "host"' add --to docker:hosted 8080:80
	docker rm --force hosted
}

@test "docker: one container in another's network is as good as that" {
	needs docker
	docker run --detach --name sidecar --network container:flask \
		webapp:noexpose sleep 1000
	run -0 pubport add --to sidecar 8080:80
	contains "mapping" '0.0.0.0:8080 -> 172.17.0.2:80/tcp' "$output"
	docker rm --force sidecar
}

@test "lxc and machine: what isn't there, or doesn't run" {
	needs lxc machine
	rejects 4 "lxc doesn't know it" add --to lxc:nobody 8080:80
	rejects 4 'not running' add --to lxc:idle 8080:80
	contains "hint" 'hint: lxc-start --name idle' "$stderr"
	rejects 4 "machine doesn't know it" add --to machine:nobody 8080:80
}

@test "libvirt: a virtual machine that isn't there" {
	needs libvirt
	rejects 4 "libvirt doesn't know it" add --to libvirt:nobody 8080:80
}

@test "a name alone is enough where one knows it" {
	needs docker podman lxc machine libvirt
	local name
	for name in flask django box crate vm; do
		pubport add -q --to "$name" 0.0.0.0::80
	done
	same "names" 'box crate django flask vm' \
		"$(pubport ls --format '{{.Names}}' | sort | xargs)"
	rejects 4 '"nobody"' add --to nobody 8080:80
	contains "error" 'no network namespace, container or machine has this name' "$stderr"
	contains "hint" 'hint: pubport targets' "$stderr"
}

@test "a name that two know is an error that shows both" {
	needs docker podman
	docker run --detach --name django webapp:noexpose sleep 1000
	rejects 2 '"django"' add --to django 8080:80
	contains "error" '--to docker:django or --to podman:django' "$stderr"
	docker rm --force django
}

@test "targets lists each once, and none that doesn't run" {
	needs docker podman lxc machine libvirt
	docker create --name asleep webapp:noexpose sleep 1000
	serve flask 172.17.0.2 80 tcp
	same "targets" 'docker:flask webapp:noexpose 172.17.0.2 docker0
libvirt:vm - 172.17.0.111 docker0
lxc:box - 172.17.0.101 docker0
machine:crate - 172.17.0.102 docker0
podman:django localhost/webapp:podman 10.88.0.2 podman0' \
		"$(pubport targets --json | jq -r '.[] |
		"\(.target) \(.image // "-") \(.addresses[0].address) \(.addresses[0].interface)"')"
	contains "ports" '172.17.0.2:80/tcp' "$(pubport targets)"
	same "process" "$(docker inspect -f '{{.State.Pid}}' flask) sleep" \
		"$(pubport targets --json | jq -r '.[0] | "\(.pid) \(.process)"')"
	docker rm asleep
}
