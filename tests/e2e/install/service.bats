#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pubport keep as the service of a real systemd, in the sandbox of its unit.
load ../lib/lab
load ../lib/expect
load ../lib/systemd

setup_file() {
	lay
	if boot >"$BATS_FILE_TMPDIR/reason" 2>&1; then
		: >"$BATS_FILE_TMPDIR/runs"
	fi
	printf '%s\n' "${servers[@]}" >"$BATS_FILE_TMPDIR/servers"
}

teardown_file() {
	shut_down || :
	mapfile -t servers <"$BATS_FILE_TMPDIR/servers"
	clear_away
}

setup() {
	[ -e "$BATS_FILE_TMPDIR/runs" ] ||
		skip "systemd can't run here: $(tail -n 1 "$BATS_FILE_TMPDIR/reason")"
	mapfile -t servers <"$BATS_FILE_TMPDIR/servers"
	STATE=$MACHINE/root/var/lib/pubport/state.json
	forward 0
	before=$(settings)
}

teardown() {
	[ -e "$BATS_FILE_TMPDIR/runs" ] || return 0
	pubport flush
	[ -z "$before" ] || same "settings" "$before" "$(settings)"
	beside systemctl stop pubport
	beside systemctl reset-failed pubport || :
	rm -f "$STATE"
	printf '%s\n' "${servers[@]}" >"$BATS_FILE_TMPDIR/servers"
}

start_service() {
	beside systemctl start pubport || {
		beside journalctl --quiet --unit pubport >&2
		return 1
	}
}

# property NAME: of the service
property() {
	beside systemctl show --value --property "$1" pubport
}

records() {
	eventually is_recorded "$@"
}

is_recorded() {
	[ "$(jq -r '.[] | "\(.host_port) \(.target_ip)"' "$STATE")" = "$*" ]
}

is_published() {
	[ "$(pubport ls -q)" = "$*" ]
}

@test "it has started when what it records is published" {
	mkdir -p "${STATE%/*}"
	echo '[{"host_ip":"0.0.0.0","host_port":8080,"protocol":"tcp","target_ip":"172.17.0.2","target_port":80}]' \
		>"$STATE"
	start_service
	same "published" 0.0.0.0:8080/tcp "$(pubport ls -q)"
	same "mode of its folder" 700 "$(stat -c %a "${STATE%/*}")"
}

@test "in its sandbox it restores mappings, and settings of the host" {
	start_service
	pubport add --to netns:web 0.0.0.0:8080:80
	records 8080 172.17.0.2
	flush_ruleset
	eventually is_published 0.0.0.0:8080/tcp
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
	# and turns them on, where they went
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=0
	flush_ruleset
	eventually is_published 0.0.0.0:8080/tcp
	reaches host 127.0.0.1:8080 as 172.17.0.1 at 172.17.0.2:80
}

@test "in its sandbox it follows what changes in other namespaces" {
	start_service
	pubport add --to netns:web 0.0.0.0:8080:80
	configure web <<-END
		address del 172.17.0.2/16 dev eth0
		address add 172.17.0.9/16 dev eth0
	END
	records 8080 172.17.0.9
	remove_web
	add_container web 2
	records 8080 172.17.0.2
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "its sandbox has no more rights than its unit says" {
	local status
	start_service
	status=$(beside cat "/proc/$(property MainPID)/status")
	# NET_BROADCAST 11, NET_ADMIN 12, NET_RAW 13, SYS_PTRACE 19, SYS_ADMIN 21
	contains "rights" $'CapBnd:\t0000000000283800' "$status"
	contains "new ones" $'NoNewPrivs:\t1' "$status"
	contains "system calls" $'Seccomp:\t2' "$status"
}

@test "stopped, it ends well; what it kept stays, and is recorded" {
	start_service
	pubport add --to 172.17.0.2 8080:80
	beside systemctl stop pubport
	same "result" success "$(property Result)"
	is_recorded 8080 172.17.0.2
	same "published" 0.0.0.0:8080/tcp "$(pubport ls -q)"
}

@test "killed, it is started again, and restores what went meanwhile" {
	local pid
	start_service
	pubport add --to 172.17.0.2 8080:80
	records 8080 172.17.0.2
	pid=$(property MainPID)
	beside kill -KILL "$pid"
	flush_ruleset
	eventually is_published 0.0.0.0:8080/tcp
	[ "$(property MainPID)" -ne "$pid" ]
	# the memory of these went while nobody kept it
	before=
}

@test "what systemctl restart nftables takes is there again" {
	beside systemctl cat nftables >/dev/null 2>&1 || skip "no nftables.service"
	start_service
	pubport add --to 172.17.0.2 8080:80
	records 8080 172.17.0.2
	beside systemctl restart nftables
	eventually is_published 0.0.0.0:8080/tcp
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	contains "journal" "table lost (nft, pid " \
		"$(beside journalctl --quiet --unit pubport)"
	beside systemctl stop nftables
}
