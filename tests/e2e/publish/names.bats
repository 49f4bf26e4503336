#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Targets by name, with runtimes that are only scripts: what they may answer,
# and how badly they may behave.
load ../lib/lab
load ../lib/expect
load ../lib/programs

setup() {
	lay
	web_pid=${servers[0]}
	hide_runtimes
	begin_fakes
}

teardown() {
	end_fakes
	show_runtimes
	clear_away
}

# fake_docker NAME [PID [JSON]]: a docker with one container
fake_docker() {
	local name=$1 pid=${2:-$web_pid} networks=${3:-null}
	fake docker <<-END
		case \$* in
		ps*) echo 0123456789abcdef0123 ;;
		*"-- $name" | *"-- 0123456789ab"*)
			echo '{"id":"0123456789abcdef0123","name":"/$name",' \\
				'"image":"webapp:noexpose","running":true,' \\
				'"pid":$pid,"networks":$networks}' ;;
		*) echo; echo "Error: No such container: \${*: -1}" >&2; exit 1 ;;
		esac
	END
}

# ------------------------------------------------------------- what is said --

@test "runtimes that aren't installed are not asked" {
	rejects 4 '"docker" is not installed' add --to docker:web 8080:80
	rejects 4 '"virsh" is not installed' add --to libvirt:web 8080:80
	rejects 4 'has this name' add --to nobody 8080:80
	prints 'netns:web' targets -q
}

@test "an address or a namespace with its kind asks nobody" {
	local program
	for program in "${RUNTIMES[@]}"; do
		fake "$program" <<<"echo $program >>$BATS_TEST_TMPDIR/asked"
	done
	pubport add --to 172.17.0.2 8080:80
	pubport add --to netns:web 8081:80
	pubport add --to "pid:$web_pid" 8082:80
	pubport add --to host 8083:80
	pubport rm 8080
	pubport ls
	[ ! -e "$BATS_TEST_TMPDIR/asked" ] ||
		fail "asked: $(<"$BATS_TEST_TMPDIR/asked")"
}

@test "a container's addresses are those of its namespace" {
	fake_docker flask
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp
[::]:8080 -> [fd17::2]:80/tcp' add --to docker:flask 8080:80
	same "mapping" '["flask","docker:flask","webapp:noexpose"]' \
		"$(pubport ls --json | jq -c '.[0] | [.name, .target, .image]')"
	reaches other 192.168.33.2:8080 as 192.168.33.3
	pubport rm --to docker:flask
	prints '' ls -q
}

@test "a container is the only target, and is listed instead of its namespace" {
	fake_docker flask
	run -0 --separate-stderr pubport add 0.0.0.0:8080:80
	same "mapping" '0.0.0.0:8080 -> 172.17.0.2:80/tcp' "$output"
	contains "notice" 'publishing docker:flask (172.17.0.2)' "$stderr"
	prints 'flask docker:flask webapp:noexpose' \
		ls --format '{{.Names}} {{.Target}} {{.Image}}'
	prints 'docker:flask' targets -q
	add_neighbour
	rejects 2 'which target: pubport add --to docker:flask 8081:80' \
		add 8081:80
}

@test "a name that a namespace and a container have" {
	fake_docker web
	rejects 2 '"web"' add --to web 8080:80
	contains "error" '--to netns:web or --to docker:web' "$stderr"
	pubport add --to docker:web 8080:80
	pubport add --to netns:web 8081:80
}

@test "the beginning of an id is no name, unless it is long" {
	fake_docker flask
	rejects 4 '"0123a"' add --to 0123a 8080:80
	fake docker <<-END
		echo '{"id":"a123456789abcdef0123","name":"/flask",' \
			'"running":true,"pid":$web_pid}'
	END
	rejects 4 '"a123"' add --to a123 8080:80
	pubport add --to docker:a123 8080:80
	fake_docker flask
	prints 0.0.0.0:8081/tcp add -q --to 0123456789ab 0.0.0.0:8081:80
}

@test "what docker tells has to do where the process is elsewhere" {
	local networks='{"bridge":{"IPAddress":"172.17.0.2"},"far":{"IPAddress":"10.9.9.9"}}'
	local pid
	add_neighbour
	# nowhere; in the host's own network; in one without any; in another's
	servers+=("$(on host "$TOOLS/server.py" 127.0.0.1 1)")
	for pid in 4194303 "${servers[-1]}" $$ "${servers[1]}"; do
		fake_docker flask "$pid" "$networks"
		prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp' \
			add --to docker:flask@bridge 8080:80
		pubport rm 8080
	done
	rejects 4 'in no such network, but in bridge' \
		add --to docker:flask@far 8080:80
	fake_docker flask 4194303 '{"far":{"IPAddress":"10.9.9.9"}}'
	rejects 4 'this host reaches none of its addresses' \
		add --to docker:flask 8080:80
	fake_docker flask 4194303
	rejects 4 'its process is not on this machine' \
		add --to docker:flask 8080:80
}

@test "incus: containers by their process, machines by their addresses" {
	fake incus <<-END
		cat <<-JSON
			[{"name": "web-1", "status": "Running", "state": {
				"pid": $web_pid, "network": {"eth0": {
					"host_name": "veth1", "addresses": [
					{"family": "inet", "address": "172.17.0.2",
					 "netmask": "16", "scope": "global"},
					{"family": "inet6", "address": "fe80::1",
					 "netmask": "64", "scope": "link"}]}}}},
			 {"name": "web", "status": "Running", "state": {
				"pid": $$, "network": {
				"docker0": {"host_name": "", "addresses": [
					{"family": "inet", "address": "172.17.0.9",
					 "netmask": "16", "scope": "global"}]},
				"enp5s0": {"host_name": "tap1", "addresses": [
					{"family": "inet", "address": "172.17.0.7",
					 "netmask": "16", "scope": "global"}]}}}},
			 {"name": "idle", "status": "Stopped", "state": {
				"pid": 0, "network": null}}]
		JSON
	END
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp' \
		add --to incus:web-1 0.0.0.0:8080:80
	prints '0.0.0.0:8081 -> 172.17.0.7:80/tcp' add --to incus:web 8081:80
	rejects 4 'not running' add --to incus:idle 8082:80
	rejects 4 "incus doesn't know it" add --to incus:we 8082:80
	prints $'incus:web\nincus:web-1' targets -q
}

@test "libvirt: leases first, then the guest's agent, then arp" {
	fake virsh <<-'END'
		echo "$*" >>"$XDG_LOG"
		case $* in
		list*) printf 'vm\nother\n\n' ;;
		*agent*other*) echo 'error: Guest agent is not responding' >&2
			exit 1 ;;
		*lease*vm | *arp*other) printf ' %s\n' 'Name MAC Protocol Address' \
			'vnet0 52:54:00:00:00:01 ipv4 172.17.0.3/16' \
			'- - ipv6 fe80::1/64' '- - ipv6 fd17::3/64' ;;
		*off) echo 'error: domain is not running' >&2; exit 1 ;;
		*none) echo "error: failed to get domain 'none'" >&2; exit 1 ;;
		esac
	END
	export XDG_LOG=$BATS_TEST_TMPDIR/log
	prints '0.0.0.0:8080 -> 172.17.0.3:80/tcp
[::]:8080 -> [fd17::3]:80/tcp' add --to libvirt:vm 8080:80
	same "questions" 'domifaddr --source lease --domain vm' "$(<"$XDG_LOG")"
	pubport add --to libvirt:other 8081:80
	same "questions" 4 "$(wc -l <"$XDG_LOG")"
	rejects 4 'not running' add --to libvirt:off 8082:80
	rejects 4 "libvirt doesn't know it" add --to libvirt:none 8082:80
	rejects 4 'its runtime knows no address of it' \
		add --to libvirt:silent 8082:80
	prints $'libvirt:other\nlibvirt:vm\nnetns:web' targets -q
}

# ----------------------------------------------------------- how it is said --

@test "a runtime that does not run is passed over in silence" {
	fake docker <<<'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2; exit 1'
	run -0 --separate-stderr pubport targets -q
	same "targets" netns:web "$output"
	same "notices" "" "$(pubport targets 2>&1 >/dev/null)"
	rejects 4 'machine has this name' add --to nobody 8080:80
	rejects 1 'Is the docker daemon running?' add --to docker:web 8080:80
	pubport add --to web 8080:80
}

@test "a runtime that fails is passed over with a notice" {
	fake podman <<<'echo "Error: no rights" >&2; exit 125'
	run -0 --separate-stderr pubport targets
	contains "targets" netns:web "$output"
	same "notice" 'pubport: "podman ps" failed: Error: no rights' "$stderr"
	rejects 4 'but "podman inspect" failed: Error: no rights' \
		add --to nobody 8080:80
	run -0 --separate-stderr pubport add --to web 8080:80
	contains "notice" '"podman inspect" failed: Error: no rights' "$stderr"
	rejects 1 '"podman inspect" failed: Error: no rights' \
		add --to podman:web 8080:80
}

@test "a runtime that hangs is given up" {
	fake docker <<<'trap "" TERM HUP INT; sleep 1000; sleep 1000'
	fake podman <<<'sleep 1000'
	SECONDS=0
	rejects 1 '"docker inspect" gave no answer within 5 seconds' \
		add --to docker:web 8080:80
	run -0 --separate-stderr pubport targets
	contains "targets" netns:web "$output"
	contains "notice" '"docker ps" gave no answer within 5 seconds' "$stderr"
	contains "notice" '"podman ps" gave no answer within 5 seconds' "$stderr"
	((SECONDS < 14)) || fail "it took $SECONDS seconds"
	! pgrep -f 'sleep 1000' || fail "some of it still runs"
}

# answers WORDS ERROR: what docker answers with is refused, and shown as it is
# safe to
answers() {
	local answer=$1 words=$2
	fake docker <<<"$answer"
	rejects 1 "$words" add --to docker:web 8080:80
	[[ $stderr != *[![:print:][:space:]]* ]] ||
		fail "not printable: $stderr"
}

@test "a caller that ignores the end of its children" {
	fake_docker flask
	same "what is published" '0.0.0.0:8080 -> 172.17.0.2:80/tcp' \
		"$(trap '' CHLD
			pubport add --to docker:flask 0.0.0.0:8080:80)"
}

@test "a runtime that answers with rubbish" {
	answers 'echo rubbish' '"docker inspect" printed what can'
	answers 'echo "[1]"' '"docker inspect" printed what can'
	answers 'echo "{"' '"docker inspect" printed what can'
	answers 'head -c 100000 /dev/urandom' '"docker inspect" printed what can'
	answers 'printf "%0.s[" {1..100000}' '"docker inspect" printed what can'
	answers 'printf "%0.s{\"a\":" {1..100000}' '"docker inspect" printed what can'
	answers 'exec yes "{}"' '"docker inspect" printed more than 4 MiB'
	answers 'exec yes >&2' '"docker inspect" printed more than 4 MiB'
	answers 'printf "\e]0;title\a\e[31mred\n" >&2; exit 1' \
		'"docker inspect" failed: ?]0;title??[31mred'
	answers 'exit 3' '"docker inspect" failed with status 3'
	answers 'kill -SEGV $$' '"docker inspect" failed with status 139'
	rejects 4 'machine has this name; but "docker inspect"' add --to nobody 8080:80
}

@test "what is in an answer is not trusted either" {
	fake docker <<-END
		case \$* in
		ps*) printf 'aaa\nbbb\nccc\nddd\n--help\n\$(reboot)\n' ;;
		*--help* | *reboot*) echo "{}" ;;
		*) cat <<-'JSON' ;;
			{"name": "/a\u001b[31mb", "running": true, "pid": $web_pid}
			{"name": "/--all", "running": true, "pid": $web_pid}
			{"name": "/noname$(printf '%0300d' 0)", "running": true,
			 "pid": $web_pid}
			{"name": ["x"], "running": "yes", "pid": "12"}
			{"name": "/nopid", "running": true, "pid": -1}
			{"name": "/far", "running": true, "pid": 1e99,
			 "networks": {"n": {"IPAddress": "1.2.3.4/24"}, "m": 1}}
			{"name": "/ok", "running": true, "pid": $web_pid,
			 "image": "a\u001b[31m$(printf '%0300d' 0)"}
		JSON
		esac
	END
	prints 'docker:ok' targets -q
	same "image" "a?[31m$(printf '%049d' 0)" \
		"$(pubport targets --json | jq -r '.[].image')"
}

@test "names that can't be any" {
	fake docker <<<"echo asked >>$BATS_TEST_TMPDIR/asked"
	local name
	# shellcheck disable=SC2016 # words that a shell would take otherwise
	for name in '$(reboot)' --help -a '../x' 'a b' 'a;b' "a'b" 'a@' '@a' \
		'a@-b' 'a@b@c' 'a/b' $'a\nb' 'ä'; do
		rejects 2 'target' add --to "docker:$name" 8080:80
	done
	[ ! -e "$BATS_TEST_TMPDIR/asked" ] || fail "docker was asked"
}

# ------------------------------------------- a published port as a target --

# leads_on TARGET: what leads to 8080 there reaches the container behind it
leads_on() {
	run -0 --separate-stderr pubport add --to "$1" 192.168.33.2:9000:8080
	same "mapping" '192.168.33.2:9000 -> 172.17.0.2:80/tcp' "$output"
	contains "notice" 'is published itself' "$stderr"
	same "of" 'flask netns:web' \
		"$(pubport ls --format '{{.Names}} {{.Target}}')"
	reaches other 192.168.33.2:9000 as 192.168.33.3
	pubport rm 192.168.33.2:9000
}

@test "what leads to a published port leads to its target" {
	pubport add -n flask --to netns:web 0.0.0.0:8080:80
	leads_on host
	leads_on 192.168.33.2
	prints '0.0.0.0:9000 -> 172.17.0.2:80/tcp' add --to host 9000:8080
	pubport rm 8080 9000
	pubport add --to netns:web 192.168.33.2:8000-8010:9000-9010
	prints '192.168.33.2:7000-7003 -> 172.17.0.2:9002-9005/tcp' \
		add --to 192.168.33.2 192.168.33.2:7000-7003:8002-8005
	reaches other 192.168.33.2:7001 as 192.168.33.3
	run -0 --separate-stderr pubport add --to 192.168.33.2 \
		192.168.33.2:7010-7013:8009-8012
	contains "notice" 'gets no answer' "$stderr"
}

@test "what leads to a port that some address alone publishes is told" {
	pubport add --to netns:web 192.168.33.2:8080:80
	run -0 --separate-stderr pubport add --to host 0.0.0.0:9000:8080
	contains "notice" '192.168.33.2:8080/tcp is published itself' "$stderr"
	run -1 --separate-stderr pubport doctor 0.0.0.0:9000
	contains "doctor" 'is published itself, to netns:web' "$output"
	pubport rm 9000
	pubport add --to netns:web %eth1:8081:80
	prints '%eth1:9000 -> 172.17.0.2:80/tcp
%eth1:9000 -> [fd17::2]:80/tcp' add --to host %eth1:9000:8081
	reaches other 192.168.33.2:9000 as 192.168.33.3
}

@test "the doctor leads on what came before the port was published" {
	pubport add --to host 0.0.0.0:9000:8080
	pubport add --to netns:web 0.0.0.0:8080:80
	run -1 --separate-stderr pubport doctor 0.0.0.0:9000
	contains "doctor" 'is published itself, to netns:web' "$output"
	pubport doctor --fix 0.0.0.0:9000
	reaches other 192.168.33.2:9000 as 192.168.33.3
}
