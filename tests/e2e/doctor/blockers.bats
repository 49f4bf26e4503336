#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Other people's rules that keep clients out: the doctor names them, and gives
# the command of their own tool that lets clients by, and nothing else.  Who
# publishes is told as well.
load ../lib/lab
load ../lib/expect
load ../lib/doctor
load ../lib/foreign

setup() {
	lay_plainly
}

teardown() {
	stop_ufw
	clear_away
}

# nft's own words, on the host
host_nft() {
	on host nft "$@"
}

# other RULES [HOOK [PRIORITY [TYPE [POLICY]]]]: lays somebody's table with one
# chain that has these rules
other() {
	local rules=$1 hook=${2:-forward} priority=${3:-0} type=${4:-filter}
	host_nft -f - <<-END
		table inet other
		delete table inet other
		table inet other {
			chain $hook {
				type $type hook $hook priority $priority; policy ${5:-accept}
				$rules
			}
		}
	END
}

# stopped WORDS: clients were let in, now they are not, the doctor says why, and
# mends it
stopped() {
	unreached other 192.168.33.2:8080
	ill rules "$1"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
}

# ----------------------------------------------------------------- iptables --

@test "iptables: the policy of FORWARD is to drop" {
	pubport add --to netns:web 8080:80
	on host iptables -P FORWARD DROP
	unreached other 192.168.33.2:8080
	reaches other '[fd33::2]:8080' as fd33::3
	ill rules 'table ip filter, chain FORWARD drops packets to port 80/tcp'
	contains "report" 'by: iptables' "$output"
	same "command" "iptables -I FORWARD -p tcp -m conntrack --ctstate DNAT --ctreplsrc 172.17.0.2 --ctreplsrcport 80 -j ACCEPT" "$(commands)"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	on host ip6tables -P FORWARD DROP
	unreached other '[fd33::2]:8080'
	ill rules 'table ip6 filter, chain FORWARD'
	mends
	reaches other '[fd33::2]:8080' as fd33::3
	well
}

@test "iptables: what is let by is what is published, and nothing else" {
	pubport add --to netns:web 8080:80 8000-8010:9000-9010
	on host iptables -P FORWARD DROP
	run -0 --separate-stderr pubport doctor --fix 0.0.0.0:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
	unreached other 192.168.33.2:8005
	unreached other 172.17.0.2:80
	mends
	reaches other 192.168.33.2:8005 as 192.168.33.3 at 172.17.0.2:9005
	same "rules" 2 "$(on host iptables -S FORWARD | grep -c ACCEPT)"
}

@test "iptables: a rule drops, in whatever chain" {
	local rule
	pubport add --to netns:web 192.168.33.2:8080:80
	while read -r rule; do
		echo "# $rule" >&2
		# shellcheck disable=SC2086 # words
		on host iptables $rule
		stopped 'table ip '
		on host iptables-restore </dev/null
		on host nft flush table ip filter 2>/dev/null || :
		on host nft flush table ip mangle 2>/dev/null || :
		on host nft flush table ip raw 2>/dev/null || :
	done <<-'END'
		-A FORWARD -o docker0 -p tcp -m tcp --dport 80 -j DROP
		-A FORWARD -d 172.17.0.0/16 -m conntrack --ctstate NEW -j REJECT
		-A FORWARD -p tcp -m multiport --dports 79,80 -j DROP
		-A FORWARD -m conntrack --ctstate DNAT -j DROP
		-A FORWARD -p tcp -m conntrack --ctorigdstport 8080 -j DROP
		-A FORWARD -s 172.17.0.2 -p tcp --sport 80 -j DROP
		-A FORWARD -i docker0 -m conntrack --ctstate ESTABLISHED -j DROP
		-t mangle -A PREROUTING -i eth1 -p tcp --dport 8080 -j DROP
		-t mangle -A POSTROUTING -o docker0 -p tcp --dport 80 -j DROP
		-t raw -A PREROUTING -p tcp --dport 8080 -m addrtype --dst-type LOCAL -j DROP
		-t raw -A PREROUTING -i docker0 -s 172.17.0.2 -j DROP
	END
}

@test "iptables-legacy: its rules are not looked at, and that is told" {
	command -v iptables-legacy >/dev/null || skip 'there is none'
	pubport add --to netns:web 192.168.33.2:8080:80
	on host iptables-legacy -P FORWARD DROP ||
		skip "the kernel knows it no more"
	unreached other 192.168.33.2:8080
	well
	contains "report" '--  rules: iptables-legacy is in use' "$output"
}

# ---------------------------------------------------------------------- nft --

@test "nft: somebody's forward chain rejects" {
	pubport add --to netns:web 8080:80
	other 'iifname "eth1" reject'
	unreached other 192.168.33.2:8080
	unreached other '[fd33::2]:8080'
	ill rules 'table inet other, chain forward rejects packets to port 80/tcp'
	contains "report" 'by: table inet other, chain forward, rule handle' \
		"$output"
	same "commands" "nft insert rule inet other forward ct status dnat ct reply ip saddr 172.17.0.2 meta l4proto tcp ct reply proto-src 80 accept
nft insert rule inet other forward ct status dnat ct reply ip6 saddr fd17::2 meta l4proto tcp ct reply proto-src 80 accept" "$(commands)"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other '[fd33::2]:8080' as fd33::3
	unreached other 172.17.0.2:80
	well
}

@test "nft: a rule stops requests or answers, at whatever hook" {
	local hook priority rules
	pubport add --to netns:web 192.168.33.2:8080:80
	while IFS='|' read -r hook priority rules; do
		echo "# $hook $priority $rules" >&2
		# shellcheck disable=SC2086 # words
		other "$rules" $hook $priority
		stopped 'table inet other, chain '
	done <<-'END'
		forward | 0 | drop
		forward | 0 | ct state new reject with tcp reset
		forward | 0 | ct state established drop
		forward | 0 | ct status dnat drop
		forward | 0 | ct direction reply drop
		forward | 0 | meta l4proto tcp ct original proto-dst 8080 drop
		forward | 0 | ct original ip daddr 192.168.33.2 drop
		forward | 0 | ct reply ip saddr 172.17.0.2 drop
		forward | 0 | ip daddr 172.17.0.0/16 tcp dport != 22 drop
		forward | 0 | ip saddr 172.17.0.2 tcp sport 80 drop
		forward | 0 | iif "eth1" oif "docker0" drop
		forward | 0 | ip saddr 192.168.33.0/24 drop
		forward | 0 | tcp dport { 22, 443 } accept; drop
		forward | 0 | tcp dport vmap { 80 : drop, 443 : accept }
		forward | -300 | meta l4proto tcp drop
		forward | 0 | limit rate 1/hour log; counter drop
		prerouting | -300 | tcp dport 8080 drop
		prerouting | -150 | fib daddr type local tcp dport 8080 drop
		prerouting | 0 | tcp dport 80 ct state new drop
		prerouting | -300 | ip saddr 172.17.0.2 tcp sport 80 drop
		postrouting | 0 | oifname "docker0" tcp dport 80 drop
		postrouting | 0 | ct state established oifname "eth1" drop
		postrouting | 300 | ip saddr 192.168.33.0/24 oifname "docker0" drop
		forward | 0 | tcp flags & (fin|syn|rst|ack) == syn drop
		forward | 0 | tcp flags & (syn|ack) == syn|ack drop
		prerouting | -300 | tcp dport 8080 notrack
		prerouting | -300 | tcp flags & (syn|ack) == syn tcp dport 8080 notrack
		prerouting | -300 | ip saddr 172.17.0.2 tcp sport 80 notrack
		prerouting | -300 | iifname "eth1" ct zone set 7
		prerouting | -300 | iifname "docker0" tcp sport 80 ct zone set 7
	END
}

@test "iptables: packets are not tracked, or in a zone of their own" {
	local rule
	pubport add --to netns:web 192.168.33.2:8080:80
	while read -r rule; do
		echo "# $rule" >&2
		# shellcheck disable=SC2086 # words
		on host iptables -t raw $rule
		stopped 'table ip raw, chain PREROUTING '
		on host iptables -t raw -F
	done <<-'END'
		-A PREROUTING -i eth1 -p tcp --dport 8080 -j CT --notrack
		-A PREROUTING -i eth1 -p tcp --syn -j NOTRACK
		-A PREROUTING -i docker0 -p tcp --sport 80 -j CT --notrack
		-A PREROUTING -i eth1 -j CT --zone 5
	END
}

@test "nft: this host's own packets are not tracked" {
	pubport add --to netns:web 127.0.0.1:8080:80
	reaches host 127.0.0.1:8080 as 172.17.0.1
	other 'oif "lo" notrack' output -300
	unreached host 127.0.0.1:8080
	ill rules 'out of connection tracking'
	mends
	reaches host 127.0.0.1:8080 as 172.17.0.1
}

# hidden WORDS: who connects is hidden from the target, and that is a note
hidden() {
	reaches other 192.168.33.2:8080 as 172.17.0.1
	well
	contains "report" '--  rules' "$output"
	contains "report" "$1" "$output"
}

@test "another table masquerades clients" {
	local rules
	pubport add --to netns:web 192.168.33.2:8080:80
	for rules in masquerade 'ip saddr 192.168.33.0/24 snat ip to 172.17.0.1' \
		'oifname "docker0" masquerade'; do
		other "$rules" postrouting 100 nat
		hidden 'table inet other, chain postrouting masquerades packets to port 80/tcp'
	done
	other masquerade postrouting 50 nat
	hidden 'table inet other, chain postrouting masquerades'
	host_nft delete table inet other
	on host iptables -t nat -A POSTROUTING -j MASQUERADE
	hidden 'table ip nat, chain POSTROUTING masquerades'
	on host iptables -t nat -F
	on host iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 \
		-j MASQUERADE
	well
	[[ $output != *'--  rules'* ]] || fail "a note in: $output"
}

# below FAMILY HOOK DEVICE RULES: as other(), for packets as they are on the
# wire; DEVICE may be ""
below() {
	local at=$1 hook=$2 device=$3 rules=$4 family
	for family in inet netdev bridge; do
		host_nft -f - <<<"table $family other; delete table $family other"
	done
	host_nft -f - <<-END
		table $at other {
			chain it {
				type filter hook $hook ${device:+device $device} priority 0
				$rules
			}
		}
	END
}

@test "nft: packets are stopped at an interface or a bridge" {
	local family hook device rules
	pubport add --to netns:web 192.168.33.2:8080:80
	while read -r family hook device rules; do
		echo "# $family $hook $device $rules" >&2
		[ "$device" != - ] || device=
		below "$family" "$hook" "$device" "$rules"
		stopped "table $family other, chain it drops "
	done <<-'END'
		netdev ingress eth1 tcp dport 8080 drop
		netdev ingress eth1 ip daddr 192.168.33.2 drop
		inet ingress eth1 ip saddr 192.168.33.0/24 tcp dport 8080 drop
		netdev egress eth1 tcp sport 8080 drop
		netdev egress veth-2 ip daddr 172.17.0.2 tcp dport 80 drop
		netdev ingress veth-2 ip saddr 172.17.0.2 drop
		netdev egress docker0 ip saddr 192.168.33.0/24 drop
		bridge input - ip saddr 172.17.0.2 tcp sport 80 drop
		bridge prerouting - iifname "veth-2" ip protocol tcp drop
		bridge output - oifname "veth-2" tcp dport 80 drop
		bridge postrouting - ether type ip ip daddr 172.17.0.2 drop
	END
}

@test "nft: what stops others at an interface or a bridge is well" {
	local family hook device rules
	add_neighbour
	pubport add --to netns:web 192.168.33.2:8080:80
	while read -r family hook device rules; do
		echo "# $family $hook $device $rules" >&2
		[ "$device" != - ] || device=
		below "$family" "$hook" "$device" "$rules"
		reaches other 192.168.33.2:8080 as 192.168.33.3
		well
		[[ $output != *'--  rules'* ]] || fail "a note in: $output"
	done <<-'END'
		netdev ingress eth1 tcp dport 80 drop
		netdev ingress docker0 tcp dport 8081 drop
		netdev ingress veth-3 drop
		netdev egress veth-3 drop
		netdev egress eth1 tcp sport 80 drop
		bridge forward - drop
		bridge input - tcp dport 8081 drop
		bridge output - oifname "veth-3" drop
	END
}

@test "nft: packets to one address of the host are dropped" {
	pubport add --to netns:web 8080:80
	other 'ip daddr 192.168.33.2 tcp dport 8080 drop' prerouting -300
	unreached other 192.168.33.2:8080
	ill rules 'table inet other, chain prerouting drops packets to port 8080/tcp'
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "nft: for a mapping of one interface, the others don't matter" {
	add_internet
	pubport add --to netns:web %eth1:8080:80
	other 'iifname "eth2" drop; oifname "eth2" drop'
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	other 'iifname "eth1" drop'
	ill rules 'table inet other, chain forward drops'
}

@test "ebtables: answers are dropped at the bridge" {
	command -v ebtables-nft >/dev/null || skip 'there is none'
	pubport add --to netns:web 192.168.33.2:8080:80
	on host ebtables-nft -A INPUT -p IPv4 --ip-proto tcp --ip-sport 81 \
		-j DROP
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	on host ebtables-nft -A INPUT -p IPv4 --ip-src 172.17.0.0/16 \
		--ip-proto tcp --ip-sport 80 -j DROP
	stopped 'table bridge filter, chain INPUT drops answers of port 80/tcp'
}

@test "nft: a port of the host itself is closed at the interface" {
	serve host 0.0.0.0 88
	pubport add --to host 0.0.0.0:8080:88
	below netdev ingress eth1 'tcp dport 8080 drop'
	stopped 'table netdev other, chain it drops packets to port 8080/tcp'
}

@test "nft: a policy drops" {
	pubport add --to netns:web 192.168.33.2:8080:80
	other 'ct state established,related accept; ct state invalid drop; tcp dport 22 accept' \
		forward 0 filter drop
	stopped 'table inet other, chain forward drops packets to port 80/tcp'
	other 'ct status dnat ct state new accept' forward 0 filter drop
	stopped 'table inet other, chain forward drops answers of port 80/tcp'
}

@test "nft: this host's own packets are dropped" {
	pubport add --to netns:web 192.168.33.2:8080:80 127.0.0.1:8080:80
	reaches host 127.0.0.1:8080 as 172.17.0.1
	other 'oifname "docker0" drop' output
	reaches host 127.0.0.1:8080 as 172.17.0.1
	well
	other 'ct status dnat drop' output
	unreached host 127.0.0.1:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
	ill rules 'table inet other, chain output drops packets to port 80/tcp'
	contains "report" "this host" "$output"
	mends
	reaches host 127.0.0.1:8080 as 172.17.0.1
	other 'iifname "docker0" drop' input
	unreached host 127.0.0.1:8080
	ill rules 'table inet other, chain input drops answers of port 80/tcp'
	mends
	reaches host 127.0.0.1:8080 as 172.17.0.1
	well
}

@test "nft: a port of the host itself is closed" {
	serve host 0.0.0.0 88
	pubport add --to host 0.0.0.0:8080:88
	well
	other 'iifname "lo" accept; ct state established accept; tcp dport 22 accept' \
		input 0 filter drop
	unreached other 192.168.33.2:8080
	reaches host 127.0.0.1:8080 as 127.0.0.1
	ill rules 'table inet other, chain input drops packets to port 88/tcp'
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	unreached other 192.168.33.2:88
	well
}

@test "nft: the target's neighbours are dropped" {
	add_neighbour
	pubport add --to netns:web 192.168.33.2:8080:80
	other 'iifname "docker0" oifname "docker0" reject'
	unreached neighbour 192.168.33.2:8080
	reaches other 192.168.33.2:8080 as 192.168.33.3
	ill rules 'table inet other, chain forward rejects'
	contains "report" 'neighbours' "$output"
	mends
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
}

@test "nft: of many ports, those are told that are dropped" {
	pubport add --to netns:web 192.168.33.2:8000-8010:9000-9010/udp
	other 'udp dport 9003-9005 drop; udp dport 9007 drop'
	reaches other 192.168.33.2:8000/udp as 192.168.33.3
	unreached other 192.168.33.2:8004/udp
	ill rules 'drops packets to ports 9003-9005/udp'
	contains "report" 'drops packets to port 9007/udp' "$output"
	mends
	reaches other 192.168.33.2:8004/udp as 192.168.33.3
	reaches other 192.168.33.2:8007/udp as 192.168.33.3
}

@test "nft: a name that is no plain word gets into no command" {
	pubport add --to netns:web 192.168.33.2:8080:80
	on host nft -f - <<-'END'
		table ip filter {
			chain FORWARD {
				type filter hook forward priority 0
			}
		}
	END
	on host iptables -N 'x;flush'
	on host iptables -A FORWARD -j 'x;flush'
	on host iptables -A 'x;flush' -p tcp --dport 80 -j DROP
	stopped 'chain x;flush drops'
}

# --------------------------------------------------------------------- well --

# each_well: with the rules of each line of standard input, "HOOK | PRIORITY |
# RULES", clients get in, and the doctor is content
each_well() {
	local hook priority rules
	while IFS='|' read -r hook priority rules; do
		echo "# $hook $priority $rules" >&2
		# shellcheck disable=SC2086 # words
		other "$rules" $hook $priority filter
		reaches other 192.168.33.2:8080 as 192.168.33.3
		reaches host 127.0.0.1:8080 as 172.17.0.1
		well
	done
}

@test "rules that drop others are well" {
	pubport add --to netns:web 8080:80
	each_well <<-'END'
		forward | 0 | tcp dport 8080 drop
		forward | 0 | ct state invalid drop
		forward | 0 | ct status dnat accept; drop
		forward | 0 | ct state established accept; ip daddr 172.17.0.0/16 accept; ip protocol tcp drop
		forward | 0 | meta l4proto tcp ct original proto-dst 8080 accept; ct reply ip saddr 172.17.0.2 accept; meta nfproto ipv4 drop
		forward | 0 | ip saddr 10.0.0.0/8 drop
		forward | 0 | ip saddr 192.168.33.7 drop
		forward | 0 | iifname "eth1" oifname "eth1" drop
		forward | 0 | meta mark 7 drop
		forward | 0 | tcp sport 22 drop
		forward | 0 | limit rate over 1000/second drop
		forward | 0 | fib saddr . iif oif missing drop
		prerouting | -300 | iifname "eth1" ip daddr 172.17.0.0/16 drop
		prerouting | -150 | tcp dport 80 drop
		prerouting | 0 | tcp dport 8080 drop
		input | 0 | iifname "eth1" drop
		output | 0 | oifname "eth1" drop
		postrouting | 0 | tcp dport 8080 drop
		postrouting | 300 | ip daddr 10.0.0.0/8 drop
		prerouting | -300 | tcp dport 80 notrack
		prerouting | -150 | notrack
		prerouting | -300 | iifname "eth1" ct original zone set 7
		forward | 0 | ct state new tcp flags & (fin|syn|rst|ack) != syn drop
		forward | 0 | tcp flags & (fin|syn) == fin|syn drop
	END
}

@test "what may be dropped, on conditions that aren't known, is no more than a note" {
	pubport add --to netns:web 192.168.33.2:8080:80
	other 'meta mark 0 accept' forward 0 filter drop
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	contains "report" '--  rules' "$output"
	contains "report" 'may drop' "$output"
}

# jumps into jumps, in the end to a hundred rules, 32768 times
maze() {
	local i
	echo 'table ip other {'
	echo 'chain c6 {'
	printf 'tcp dport %d drop\n' {1001..1100}
	echo '}'
	for i in {5..1}; do
		echo "chain c$i {"
		printf "jump c$((i + 1))\n%.0s" {1..8}
		echo '}'
	done
	echo 'chain forward { type filter hook forward priority 0'
	printf 'jump c1\n}\n}\n'
}

@test "a maze of rules has an end, and is no finding" {
	pubport add --to netns:web 192.168.33.2:8080:80
	maze >"$BATS_TEST_TMPDIR/rules"
	host_nft -f "$BATS_TEST_TMPDIR/rules"
	well
	contains "report" 'too many rules' "$output"
	run -0 --separate-stderr pubport add --to netns:web 192.168.33.2:8081:80
	same "what is told" "" "$stderr"
}

# ----------------------------------------------------------- who comes first --

@test "another nat table takes the port first" {
	local rule
	pubport add --to netns:web 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	for rule in 'redirect to :9' 'dnat ip to 172.17.0.2:9'; do
		other "tcp dport 8080 $rule" prerouting -150 nat
		stopped 'table inet other, chain prerouting leads packets to port 8080/tcp elsewhere'
	done
	on host iptables -t nat -A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 9
	well
	reaches other 192.168.33.2:8080 as 192.168.33.3
}

@test "another nat table at the same priority takes the port if it was laid later" {
	other 'tcp dport 8080 redirect to :9' prerouting -101 nat
	pubport add --to netns:web 192.168.33.2:8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	contains "report" 'may lead packets to port 8080/tcp elsewhere' "$output"
	other 'tcp dport 8080 redirect to :9' prerouting -101 nat
	stopped 'table inet other, chain prerouting leads packets to port 8080/tcp elsewhere'
}

@test "another nat table takes this host's own connections first" {
	pubport add --to netns:web 127.0.0.1:8080:80
	other 'tcp dport 8080 redirect to :9' output -150 nat
	unreached host 127.0.0.1:8080
	ill rules 'table inet other, chain output leads packets to port 8080/tcp elsewhere'
	mends
	reaches host 127.0.0.1:8080 as 172.17.0.1
}

# ---------------------------------------------------------------------- ufw --

# ufw on the host, with a configuration of its own
host_ufw() {
	on host ufw "$@" >/dev/null
}

start_ufw() {
	command -v ufw >/dev/null || skip 'ufw is not installed'
	[ -r /etc/ufw/user.rules ] || skip "only root may read ufw's rules"
	cp -a /etc/ufw /run/ufw
	mount --bind /run/ufw /etc/ufw
	host_ufw --force enable
}

stop_ufw() {
	! mountpoint -q /etc/ufw || umount /etc/ufw
	rm -rf /run/ufw
}

@test "ufw: routed packets are denied" {
	start_ufw
	pubport add --to netns:web 8080:80
	unreached other 192.168.33.2:8080
	ill rules 'table ip filter, chain FORWARD drops packets to port 80/tcp'
	contains "report" 'by: ufw' "$output"
	same "commands" 'ufw route allow proto tcp from any to 172.17.0.2 port 80
ufw route allow proto tcp from any to fd17::2 port 80' "$(commands)"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other '[fd33::2]:8080' as fd33::3
	unreached other 172.17.0.2:8000
	well
}

@test "ufw: a rule of the user denies" {
	start_ufw
	pubport add --to netns:web 192.168.33.2:8000-8010:9000-9010/udp
	host_ufw route deny to 172.17.0.0/16
	unreached other 192.168.33.2:8005/udp
	ill rules 'chain ufw-user-forward'
	same "command" 'ufw route prepend allow proto udp from any to 172.17.0.2 port 9000:9010' "$(commands)"
	mends
	reaches other 192.168.33.2:8005/udp as 192.168.33.3
	well
}

@test "ufw: a port of the host itself is closed" {
	start_ufw
	serve host 0.0.0.0 88
	pubport add --to host 0.0.0.0:8080:88
	unreached other 192.168.33.2:8080
	ill rules 'chain INPUT drops packets to port 88/tcp'
	same "command" 'ufw allow proto tcp from any to any port 88' \
		"$(commands)"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
}

@test "ufw: inactive, all is well" {
	start_ufw
	host_ufw disable
	pubport add --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
	on host iptables -P FORWARD DROP
	stopped 'table ip filter, chain FORWARD'
}

# ---------------------------------------------------------------- firewalld --

needs_firewalld() {
	command -v firewalld >/dev/null || skip 'firewalld is not installed'
	lay_firewalld
}

@test "firewalld: as it comes, all is well" {
	needs_firewalld
	pubport add --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches host 127.0.0.1:8080 as 172.17.0.1
	well
}

@test "firewalld: a zone rejects, since the rule for what is published is gone" {
	needs_firewalld
	pubport add --to netns:web 192.168.33.2:8080:80
	host_nft -a list chain inet firewalld filter_FORWARD |
		sed -n 's/.*ct status dnat accept # handle //p' |
		while read -r handle; do
			host_nft delete rule inet firewalld filter_FORWARD \
				handle "$handle"
		done
	unreached other 192.168.33.2:8080
	ill rules 'table inet firewalld, chain filter_FWD_public rejects packets to port 80/tcp'
	contains "report" 'by: firewalld' "$output"
	same "command" 'firewall-cmd --reload' "$(commands)"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
}

@test "firewalld: panic mode drops all" {
	needs_firewalld
	pubport add --to netns:web 192.168.33.2:8080:80
	on host firewall-cmd --panic-on
	unreached other 192.168.33.2:8080
	ill rules 'firewalld, panic mode'
	contains "report" 'perhaps: firewall-cmd --panic-off' "$output"
	on host firewall-cmd --panic-off
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
}

# as firewalld has it from 2.3 on; to let by a port that it forwards itself is
# then its own work
strict_rules() {
	host_nft -f - <<-END
		table inet firewalld {
			chain filter_FORWARD_dnat {
				reject with icmpx admin-prohibited
			}
		}
		insert rule inet firewalld filter_FORWARD ct status dnat jump filter_FORWARD_dnat
		insert rule inet firewalld filter_FORWARD ct state { established, related } accept
	END
}

@test "firewalld: with StrictForwardPorts" {
	needs_firewalld
	pubport add --to netns:web 8080:80
	strict_rules
	unreached other 192.168.33.2:8080
	ill rules 'table inet firewalld, chain filter_FORWARD_dnat rejects'
	contains "report" 'by: firewalld, StrictForwardPorts' "$output"
	local expected='firewall-cmd --add-forward-port=port=8080:proto=tcp:toport=80:toaddr=172.17.0.2
firewall-cmd --add-forward-port=port=8080:proto=tcp:toport=80:toaddr=fd17::2'
	same "commands" "$expected" "$(commands)"
	while read -r command; do
		# shellcheck disable=SC2086 # words
		on host $command
	done <<<"$expected"
	grep -q '^StrictForwardPorts' /etc/firewalld/firewalld.conf ||
		host_nft insert rule inet firewalld filter_FORWARD_dnat \
			meta l4proto tcp ct original proto-dst 8080 accept
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other '[fd33::2]:8080' as fd33::3
	well
}

# ------------------------------------------------------------------- docker --

# what Docker lays for a container 172.17.0.3 that publishes 9090, on a host
# that did not forward before
docker_rules() {
	on host iptables-restore <<-'END'
		*filter
		:INPUT ACCEPT [0:0]
		:FORWARD DROP [0:0]
		:OUTPUT ACCEPT [0:0]
		:DOCKER - [0:0]
		:DOCKER-ISOLATION-STAGE-1 - [0:0]
		:DOCKER-ISOLATION-STAGE-2 - [0:0]
		:DOCKER-USER - [0:0]
		-A FORWARD -j DOCKER-USER
		-A FORWARD -j DOCKER-ISOLATION-STAGE-1
		-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A FORWARD -o docker0 -j DOCKER
		-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
		-A FORWARD -i docker0 -o docker0 -j ACCEPT
		-A DOCKER -d 172.17.0.3/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
		-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
		-A DOCKER-ISOLATION-STAGE-1 -j RETURN
		-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
		-A DOCKER-ISOLATION-STAGE-2 -j RETURN
		-A DOCKER-USER -j RETURN
		COMMIT
		*nat
		:PREROUTING ACCEPT [0:0]
		:OUTPUT ACCEPT [0:0]
		:POSTROUTING ACCEPT [0:0]
		:DOCKER - [0:0]
		-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
		-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
		-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
		-A DOCKER -i docker0 -j RETURN
		-A DOCKER ! -i docker0 -p tcp -m tcp --dport 9090 -j DNAT --to-destination 172.17.0.3:80
		COMMIT
	END
}

LET_BY='iptables -I DOCKER-USER -p tcp -m conntrack --ctstate DNAT --ctreplsrc 172.17.0.2 --ctreplsrcport 80 -j ACCEPT'
DROPPED='remote clients will be dropped by table ip filter, chain FORWARD (Docker)'

@test "docker's rules: who publishes is told, and the doctor mends it" {
	add_neighbour
	docker_rules
	reaches other 192.168.33.2:9090 as 192.168.33.3 at 172.17.0.3:80
	run -0 --separate-stderr pubport add --to netns:web 192.168.33.2:8080:80
	same "what is told" "pubport: $DROPPED: $LET_BY" "$stderr"
	reaches host 192.168.33.2:8080 as 192.168.33.2
	reaches neighbour 192.168.33.2:8080 as 172.17.0.1
	unreached other 192.168.33.2:8080
	ill rules 'table ip filter, chain FORWARD drops packets to port 80/tcp'
	contains "report" 'by: Docker' "$output"
	contains "report" 'remote clients' "$output"
	same "command" "$LET_BY" "$(commands)"
	mends
	reaches other 192.168.33.2:8080 as 192.168.33.3
	reaches other 192.168.33.2:9090 as 192.168.33.3 at 172.17.0.3:80
	unreached other 172.17.0.2:80
	run -0 --separate-stderr pubport add --to netns:web 192.168.33.2:8081:80
	same "what is told" "" "$stderr"
	well
}

@test "docker's rules: its own published port is well with pubport, too" {
	add_neighbour
	docker_rules
	run -0 --separate-stderr pubport add --to netns:neighbour \
		192.168.33.2:8080:80
	same "what is told" "" "$stderr"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.3:80
	well
}

@test "docker's rules: for one network of several, isolation is as it should be" {
	docker_rules
	on host ip link add front type bridge
	on host ip link set front up
	on host ip address add 172.31.5.1/24 dev front
	on host iptables -I DOCKER-ISOLATION-STAGE-1 -i front ! -o front \
		-j DOCKER-ISOLATION-STAGE-2
	on host iptables -P FORWARD ACCEPT
	pubport add --to netns:web 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3
	well
}

# what Docker lays for a network that is --internal
@test "docker's rules: an internal network is kept apart on purpose" {
	docker_rules
	on host iptables -P FORWARD ACCEPT
	on host iptables -I DOCKER-ISOLATION-STAGE-1 ! -s 172.17.0.0/16 \
		-o docker0 -j DROP
	on host iptables -I DOCKER-ISOLATION-STAGE-1 ! -d 172.17.0.0/16 \
		-i docker0 -j DROP
	pubport add --to netns:web 192.168.33.2:8080:80
	unreached other 192.168.33.2:8080
	ill rules 'Docker, a network with --internal'
	same "commands" '' "$(commands)"
	contains "report" "perhaps: $LET_BY" "$output"
	run -1 pubport doctor --fix
	unreached other 192.168.33.2:8080
}

@test "ten rules that keep clients out are told in eight notices and one" {
	on host iptables -P FORWARD DROP
	run -0 --separate-stderr pubport add --dry-run --to 172.17.0.2 \
		1:1 2:3 3:5 4:7 5:9 6:11 7:13 8:15 9:17 10:19
	same "lines" 9 "$(grep -c 'remote clients' <<<"$stderr")"
	contains "the last one" 'keep remote clients from 2 more' \
		"${stderr##*$'\n'}"
}
