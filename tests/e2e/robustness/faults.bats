#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Each system call of each command fails in turn, and each allocation: it does
# all or nothing, and says so.  fault_runner.py has the rules, and what is tried.
load ../lib/lab
load ../lib/expect
load ../lib/programs

# so many faults of each command and kind, of the hundreds that there are
export PUBPORT_ROUNDS=${PUBPORT_ROUNDS:-4}

# all but a right that is missing
SHORTAGES='ENOMEM EINTR ENOBUFS EAGAIN'

setup() {
	lay
	# what is installed here is not pubport's own
	hide_runtimes
	forward 0
	# its settings are to be the same again after minutes of silence
	on host ip link set dev docker0 type bridge ageing_time 8640000
	saved=$BATS_TEST_TMPDIR/saved.json
}

teardown() {
	show_runtimes
	clear_away
}

# each_fault ARG...: pubport with these arguments, as the host is now
each_fault() {
	each_fault_of calls,memory "$@"
}

# each_fault_of KIND,... ARG...
each_fault_of() {
	local said status=0
	said=$(on host "$TOOLS/fault_runner.py" "$@") || status=$?
	grep ' faults of ' <<<"$said" | sed 's/^/# /' >&3
	((status == 0)) || fail "$said"
}

# what these commands are to find
publish_some() {
	pubport add -q --to 172.17.0.2 --to fd17::2 --name web \
		8080:80 53:80/udp 192.168.33.2:8000-8010:9000-9010 >/dev/null
}

publish_limited() {
	pubport add -q --to 172.17.0.2 --from 10.0.0.0/8 --shield --ttl 5h \
		9090:80 >/dev/null
}

@test "add, the first one" {
	each_fault add --to 172.17.0.2 8080:80
	each_fault add --to 172.17.0.2 --to fd17::2 --json \
		192.168.33.2:8000-8010:9000-9010 53:80/udp
}

@test "add, beside others" {
	publish_some
	each_fault add --to 172.17.0.2 --from 10.0.0.0/8 --shield --ttl 5h \
		9090:80
	each_fault add --to netns:web 7070:70
	each_fault add --replace --to 172.17.0.2 8080:81 8000-8010:9000-9010
}

@test "add, as a dry run" {
	publish_some
	# who has no right to look at the table gets another transaction
	ERRORS=$SHORTAGES each_fault add --dry-run --to 172.17.0.2 7070:70
}

@test "rm" {
	publish_some
	each_fault rm 8080
	each_fault rm --name web
	each_fault rm --drain --all
}

@test "rm of what is limited, shielded and ends" {
	publish_limited
	each_fault rm 9090
}

@test "flush" {
	publish_some
	publish_limited
	each_fault flush
}

@test "ls and port" {
	publish_some
	publish_limited
	each_fault ls
	each_fault ls --json
	each_fault ls --format '{{upper .Names}} {{json .From}} {{.Ports}}'
	each_fault port web
}

@test "stats" {
	publish_some
	each_fault stats --no-stream
	each_fault stats --no-stream --json
	each_fault stats --no-stream --bytes
}

@test "targets" {
	# what may not be read of a process is left out
	ERRORS=$SHORTAGES each_fault targets
	ERRORS=$SHORTAGES each_fault targets --json
}

@test "doctor" {
	pubport add -q --to 172.17.0.2 --name web 8080:80 53:80/udp \
		192.168.33.2:8000-8010:9000-9010
	# who may not look into a namespace is told less
	ERRORS=$SHORTAGES each_fault doctor
	ERRORS=$SHORTAGES each_fault doctor --json 8080
}

@test "save and apply" {
	publish_some
	publish_limited
	each_fault save "$saved"
	each_fault save
	pubport save "$saved"
	pubport flush
	each_fault apply "$saved"
	publish_some
	each_fault apply --json "$saved"
	pubport flush
	pubport add -q --to fd17::2 --to 172.17.0.2 8080:80 7001:70
	each_fault apply "$saved"
}

@test "the answer to a transaction is lost" {
	each_fault_of answers add --to 172.17.0.2 8080:80
	publish_some
	each_fault_of answers add --to 172.17.0.2 --ttl 5h 9090:80
	each_fault_of answers add --replace --to 172.17.0.2 8080:81
	each_fault_of answers rm 8080
	pubport save "$saved"
	each_fault_of answers rm --all
	each_fault_of answers flush
	pubport flush
	each_fault_of answers apply "$saved"
}

@test "version and help" {
	each_fault version
	each_fault help add
}

@test "keep and watch, as they start" {
	publish_some
	LASTS=0.2 each_fault keep --state "$BATS_TEST_TMPDIR/state.json"
	LASTS=0.2 each_fault watch
}

@test "no thread to be had is no port that is taken" {
	run on host strace -qq -f -o /dev/null \
		-e inject=clone3,clone:error=EAGAIN \
		"$PUBPORT" add --to netns:web 192.168.33.2::80
	same "status" 1 "$status"
	contains "output" 'target "netns:web": Resource temporarily unavailable' \
		"$output"
}
