#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels that lack something which newer ones have: what the command does then,
# and what it says.  They are played by tools/older.c, whatever kernel runs.
load ../lib/lab
load ../lib/expect
load ../lib/doctor

setup() {
	lay_plainly
}

teardown() {
	clear_away
}

# what the kernel lacks in this test; see tools/older.c
lacks() {
	export OLDER=$*
}

# the command under test
pubport() {
	on host env LD_PRELOAD="$BUILD/tests/older.so" "$PUBPORT" "$@"
}

# --------------------------------------------- the number of elements of sets

@test "a router is no guarded host where the kernel doesn't count elements" {
	lacks set-count
	pubport add --to netns:web 8080:80
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "a host that is made a router forwards all again where the kernel doesn't count elements" {
	lacks set-count
	forward 0
	pubport add --to netns:web 8080:80 >/dev/null 2>&1
	forward 1
	run --separate-stderr pubport ls
	contains "notice" 'this host was made a router for IPv4' "$stderr"
	run --separate-stderr pubport ls
	same "what is said then" "" "$stderr"
	well
}

@test "a command takes no lock for nothing where the kernel doesn't count elements" {
	lacks set-count
	pubport add --to netns:web 8080:80 >/dev/null
	on host env LD_PRELOAD="$BUILD/tests/older.so" strace -f \
		-o "$BATS_TEST_TMPDIR/calls" -e trace=flock "$PUBPORT" ls
	! grep flock "$BATS_TEST_TMPDIR/calls" || fail 'it takes the lock'
}

# -------------------------------------------------------------- helpers --

@test "a helper that the kernel lacks is named, with the module that helps" {
	lacks ct-helpers
	rejects 1 '"69:69/udp": this kernel has no helper "tftp"' \
		add --helper tftp --to netns:web 69:69/udp
	contains "hint" 'modprobe nf_conntrack_tftp' "$stderr"
	lacks nat-helpers
	rejects 1 'module nf_nat_tftp is not loaded' \
		add --helper tftp --to netns:web 69:69/udp
	contains "hint" 'modprobe nf_nat_tftp' "$stderr"
}

@test "where the kernel lacks a helper, its mapping is restored without it" {
	pubport add -q --helper tftp --to netns:web 69:69/udp
	pubport add -q --to netns:web 8080:80
	pubport save "$BATS_TEST_TMPDIR/ports.json"
	pubport flush
	lacks ct-helpers
	run --separate-stderr pubport apply --force "$BATS_TEST_TMPDIR/ports.json"
	same "status ($stderr)" 0 "$status"
	contains "notice" 'this kernel has no helper "tftp"' "$stderr"
	reaches other 192.168.33.2:8080 as 192.168.33.3
	same "helpers" '[null]' "$(pubport ls --json | jq -c 'map(.helper)|unique')"
}

# ------------------------------------------------------------------- no IPv6 --

@test "without IPv6, what is published is IPv4" {
	lacks ipv6
	prints '0.0.0.0:8080 -> 172.17.0.2:80/tcp' add --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches host 127.0.0.1:8080 as 172.17.0.1
	well
	run --separate-stderr pubport targets
	contains "targets" 'netns:web' "$output"
}

@test "without IPv6, a port of the host is led to another in IPv4 alone" {
	lacks ipv6
	prints '0.0.0.0:8080 -> 0.0.0.0:80/tcp' add --to host 8080:80
}

@test "without IPv6, what asks for it is told why not" {
	lacks ipv6
	rejects 2 'this kernel has no IPv6' add --to netns:web '[::]:8080:80'
	rejects 2 'this kernel has no IPv6' add --to host '[::1]:8080:80'
	run --separate-stderr pubport add --to fd17::2 8080:80
	contains "notice" 'fd17::2 can'"'"'t be reached now: this kernel has no IPv6' "$stderr"
}

# ------------------------------------------------------- no modules of sock_diag --

@test "without sock_diag, ports that local processes listen on are a conflict" {
	lacks sock-diag
	listen plain:0.0.0.0:8090 plain:192.168.33.2:8091/udp plain:fd33::2:8090
	rejects 3 '8090/tcp is in use by' add --to netns:web 8090:80
	rejects 3 '8091/udp is in use by' add --to netns:web 8091:80/udp
	rejects 3 '8090/tcp is in use by' \
		add --to netns:web '[fd33::2]:8090:80'
	pubport add --to netns:web 8082:80
}

@test "without sock_diag, targets have listeners" {
	lacks sock-diag
	run --separate-stderr pubport targets
	contains "targets" '80/tcp' "$output"
	pubport add --to netns:web 8080:80
	well
}

# ------------------------------------------------------------ missing modules --

# lacking MODULE ARG...: without it, pubport with these arguments says so, and
# nothing is changed
lacking() {
	local OLDER=$1 settings
	export OLDER
	shift
	settings=$(settings)
	rejects 1 "this kernel lacks $OLDER" "$@"
	same "hint" "hint: modprobe $OLDER" "$(tail -n 1 <<<"$stderr")"
	same "settings" "$settings" "$(settings)"
}

@test "a module that is missing is named, and what helps" {
	local module
	for module in nfnetlink nf_tables nft_chain_nat nft_ct nft_fib_inet \
		nft_masq nft_nat; do
		lacking $module add --to 172.17.0.2 8080:80
	done
}

@test "without nf_tables, whatever command needs it names it" {
	lacking nf_tables ls
	lacking nf_tables rm 8080
	lacking nf_tables flush
	lacking nf_tables doctor
	lacking nfnetlink ls
}

@test "without nf_conntrack_netlink, what can't be done is said" {
	lacks nf_conntrack_netlink
	pubport add --to 172.17.0.2 8080:80
	lacking nf_conntrack_netlink stats --no-stream
	run --separate-stderr pubport doctor
	same "status" 0 "$status"
	contains "report" 'this kernel lacks nf_conntrack_netlink' "$output"
	contains "report" 'perhaps: modprobe nf_conntrack_netlink' "$output"
	run --separate-stderr pubport rm 8080
	same "status" 0 "$status"
	contains "notice" 'this kernel lacks nf_conntrack_netlink' "$stderr"
}

# ---------------------------------- an interface that can't forward IPv6 alone --

# not_reached MACHINE ENDPOINT, by a way through the host
not_reached() {
	! on "$1" timeout 1 "$TOOLS/ask.py" "$2" >/dev/null 2>&1 ||
		fail "$1 reaches $2"
}

@test "IPv6 is forwarded for published ports alone, and said once" {
	lacks force-forwarding
	forward 0
	add_internet
	remember_settings
	run --separate-stderr pubport add --to fd17::2 8080:80
	same "forwarding in what is said" 1 "$(grep -c forwarding <<<"$stderr")"
	reaches other fd33::2:8080 as fd33::3 at '[fd17::2]:80'
	reaches internet '[fd11::254]:8080' as fd11::1 at '[fd17::2]:80'
	not_reached other '[fd11::1]:8080'
	not_reached other '[fd17::2]:80'
	well
	pubport rm 8080
	undone
}

@test "an interface that comes later routes no IPv6 either" {
	lacks force-forwarding
	forward 0
	pubport add --to fd17::2 8080:80
	add_internet
	reaches internet '[fd11::254]:8080' as fd11::1 at '[fd17::2]:80'
	not_reached internet '[fd17::2]:80'
	not_reached other '[fd11::1]:8080'
	pubport add --to fd17::2 8081:80
	not_reached internet '[fd17::2]:80'
}

@test "each interface hears routers as before, and keeps what it heard" {
	lacks force-forwarding
	forward 0
	on host sysctl -qw net.ipv6.conf.eth1.accept_ra=1
	on other sysctl -qw net.ipv6.conf.all.forwarding=1
	on other "$TOOLS/advertise.py" eth0 1800
	eventually heard 1800
	pubport add --to fd17::2 8080:80
	heard 1800
	on other "$TOOLS/advertise.py" eth0 900
	eventually heard 900
	same "accept_ra" 1 "$(on host sysctl -n net.ipv6.conf.eth1.accept_ra)"
	pubport rm 8080
	heard 900
}

# heard SECONDS: the host has a default route for at most that long
heard() {
	local left
	left=$(on host ip -6 route show default proto ra |
		sed -n 's/.*expires \([0-9]*\)sec.*/\1/p')
	[ "${left:-0}" -gt "$(($1 - 100))" ] && [ "$left" -le "$1" ]
}

@test "a host that is made a router for IPv6 meanwhile forwards all again" {
	lacks force-forwarding
	forward 0
	add_internet
	pubport add --to fd17::2 8080:80
	not_reached other '[fd11::1]:8080'
	forward 1
	run --separate-stderr pubport ls
	contains "notice" 'made a router for IPv6' "$stderr"
	reaches other '[fd11::1]:8080' as fd33::3
	well
	pubport rm 8080
	same "forwarding" 1 "$(on host sysctl -n net.ipv6.conf.all.forwarding)"
}

@test "a host whose ruleset was flushed routes no IPv6 with the next add" {
	lacks force-forwarding
	forward 0
	add_internet
	pubport add --to fd17::2 8080:80
	flush_ruleset
	pubport add --to fd17::2 8080:80
	not_reached other '[fd11::1]:8080'
	pubport rm 8080
	same "forwarding" 0 "$(on host sysctl -n net.ipv6.conf.all.forwarding)"
}

@test "IPv6 that is not forwarded is ill, and mended" {
	lacks force-forwarding
	forward 0
	pubport add --to netns:web 8080:80
	on host sysctl -qw net.ipv6.conf.all.forwarding=0
	ill forwarding 'forwarding is off: IPv6 packets'
	run pubport doctor
	[[ $output != *'ok  forwarding'* ]] || fail 'it is ok as well'
	contains "report" "mend: pubport add --replace --to netns:web" "$output"
	pubport add --replace --to netns:web '[::]:8080:80'
	well
}
