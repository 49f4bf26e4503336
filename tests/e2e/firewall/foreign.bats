#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Other people's rules that want the same ports: who publishes one is told.
load ../lib/lab
load ../lib/expect

OURS_FIRST=', too; pubport comes first'
THEIRS_FIRST=', and comes first'

setup() {
	lay
	add_internet
}

teardown() {
	clear_away
}

# lays another table with a nat chain that has the RULES; what it may jump to
# leads each packet elsewhere
nat() {
	local rules=$1 family=${2:-ip} hook=${3:-prerouting} priority=${4:--100}
	on host nft -f - <<-END
		table $family other
		delete table $family other
		table $family other {
			chain elsewhere {
				redirect
			}
			chain $hook {
				type nat hook $hook priority $priority
				$rules
			}
		}
	END
}

# tells NOTICE ARG...: what adding with these arguments says of other tables
tells() {
	local expected=$1
	shift
	run -0 --separate-stderr pubport add --dry-run "$@"
	same "what is said of others" "$expected" \
		"$(grep ': table ' <<<"$stderr" || :)"
}

# the notice for PORTS/PROTOCOL
notice() {
	local what='this port'
	[[ $1 != *-* ]] || what='these ports'
	echo "pubport: $1: table ${2:-ip other} leads $what elsewhere${3-$OURS_FIRST}"
}

# "PORTS | RULES" of another table, one a line: adding with these arguments
# tells of these PORTS, or of none
each_tells() {
	local ports rules
	while IFS='|' read -r ports rules; do
		ports=${ports//[[:blank:]]/}
		echo "# $rules" >&2
		nat "$rules"
		tells "${ports:+$(notice "$ports")}" --to 172.17.0.2 "$@"
	done
}

# docker's rules, as iptables-save writes them
docker_rules() {
	on host iptables-restore <<-'END'
		*nat
		:PREROUTING ACCEPT [0:0]
		:OUTPUT ACCEPT [0:0]
		:DOCKER - [0:0]
		-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
		-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
		-A DOCKER -i docker0 -j RETURN
		-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.3:80
		-A DOCKER -d 192.168.33.2/32 ! -i docker0 -p udp -m udp --dport 8000:8010 -j DNAT --to-destination 172.17.0.3:80
		-A DOCKER ! -i docker0 -p sctp -m sctp --dport 99 -j DNAT --to-destination 172.17.0.3:80
		COMMIT
	END
}

@test "a port that docker leads elsewhere is told, and published all the same" {
	docker_rules
	run -0 --separate-stderr pubport add --to 172.17.0.2 8080:80
	same "output" '0.0.0.0:8080 -> 172.17.0.2:80/tcp' "$output"
	same "what is told" "$(notice 8080/tcp 'ip nat')" "$stderr"
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
}

@test "docker's other ports, protocols and addresses are told apart" {
	docker_rules
	tells '' --to 172.17.0.2 8081:80 8080:80/udp 8080:80/sctp 99:80
	tells '' --to fd17::2 8080:80
	tells '' --to 172.17.0.2 127.0.0.1:8080:80
	tells "$(notice 99/sctp 'ip nat')" --to 172.17.0.2 99:80/sctp
	tells "$(notice 8000-8010/udp 'ip nat')" \
		--to 172.17.0.2 7000-9000:7000-9000/udp
	tells "$(notice 8002/udp 'ip nat')" \
		--to 172.17.0.2 192.168.33.2:8002:80/udp
	tells '' --to 172.17.0.2 172.17.0.1:8002:80/udp
}

@test "lists, inversions and states of iptables are understood" {
	on host iptables-restore <<-'END'
		*nat
		:PREROUTING ACCEPT [0:0]
		-A PREROUTING -p tcp -m conntrack --ctstate ESTABLISHED -j REDIRECT
		-A PREROUTING -p tcp -m multiport --dports 10,20,30:40 -j REDIRECT
		-A PREROUTING -p udp -m multiport ! --dports 1:50 -m mark --mark 3 -j REDIRECT
		-A PREROUTING -p sctp ! --sport 5 ! --dport 8 -m addrtype ! --dst-type LOCAL -j REDIRECT
		COMMIT
	END
	tells "$(notice 10/tcp 'ip nat')
$(notice 35-40/tcp 'ip nat')" --to 172.17.0.2 10:80 11:80 35-45:35-45
	tells "$(notice 51/udp 'ip nat')" --to 172.17.0.2 50:80/udp 51:80/udp
	tells '' --to 172.17.0.2 9:80/sctp
}

@test "rules of nft for the port are understood" {
	each_tells 8080:80 <<-'END'
		8080/tcp | tcp dport 8080 dnat to 1.1.1.1:80
		8080/tcp | tcp dport 8080 redirect to :80
		8080/tcp | tcp dport 8000-8100 redirect
		8080/tcp | tcp dport >= 8080 redirect
		8080/tcp | tcp dport < 9000 redirect
		8080/tcp | tcp dport != 80 redirect
		8080/tcp | tcp dport { 80, 8080 } redirect
		8080/tcp | tcp dport { 80, 8000-8090 } redirect
		8080/tcp | tcp dport != { 80, 8081-8090 } redirect
		8080/tcp | meta l4proto { tcp, udp } th dport 8080 redirect
		8080/tcp | ip protocol tcp redirect
		8080/tcp | ip ttl 3 ip protocol tcp tcp sport 5 tcp dport 8080 redirect
		8080/tcp | ct state new fib daddr type local redirect
		8080/tcp | tcp dport 8080 goto elsewhere
		8080/tcp | tcp dport vmap { 80 : accept, 8000-8090 : jump elsewhere }
		8080/tcp | tcp dport vmap { 80 : accept, * : jump elsewhere }
		8080/tcp | meta l4proto . th dport vmap { tcp . 8080 : jump elsewhere }
		8080/tcp | dnat to tcp dport map { 8080 : 1.1.1.1 }
		8080/tcp | dnat to meta l4proto . th dport map { tcp . 8080 : 1.1.1.1 }
	END
}

@test "rules of nft for something else are told apart" {
	each_tells 8080:80 <<-'END'
		| tcp dport 8081 redirect
		| udp dport 8080 redirect
		| tcp dport > 8080 redirect
		| tcp dport != 8080 redirect
		| tcp dport != 8000-8090 redirect
		| tcp dport { 80, 8081-65535 } redirect
		| tcp dport != { 80, 8000-8090 } redirect
		| meta l4proto { sctp, udp } th dport 8080 redirect
		| ip ttl 3 ip protocol udp redirect
		| tcp sport 5 tcp dport 8081 redirect
		| ct state established redirect
		| fib daddr type != local redirect
		| tcp dport 8080 accept; redirect
		| tcp dport 8080 return; redirect
		| tcp dport vmap { 8080 : accept, * : jump elsewhere }
		| meta l4proto . th dport vmap { udp . 8080 : jump elsewhere }
		| dnat to meta l4proto . th dport map { tcp . 80 : 1.1.1.1 }
		| meta protocol ip6 redirect
	END
}

@test "addresses of the host and of others are told apart" {
	each_tells 8080:80 <<-'END'
		8080/tcp | ip daddr 192.168.33.2 redirect
		8080/tcp | ip daddr 192.168.0.0/16 redirect
		8080/tcp | ip daddr 192.168.32.0/20 redirect
		8080/tcp | ip daddr { 10.0.0.1, 192.168.33.0-192.168.33.9 } redirect
		8080/tcp | ip daddr . tcp dport { 192.168.33.2 . 8000-8090 } redirect
		| ip daddr 10.0.0.1 redirect
		| ip daddr 10.0.0.0/12 redirect
		| ip daddr { 10.0.0.1, 192.168.33.4-192.168.33.9 } redirect
		| ip daddr . tcp dport { 192.168.33.9 . 8000-8090 } redirect
		| ip saddr 10.0.0.1 ip daddr 192.168.33.9 tcp dport 8080 redirect
		| ip daddr 127.0.0.1 redirect
	END
	nat 'ip daddr 192.168.33.2 redirect'
	tells "$(notice 8080/tcp)" --to 172.17.0.2 192.168.33.2:8080:80
	tells '' --to 172.17.0.2 172.17.0.1:8080:80
}

@test "conditions that can't be told from the outside may hold" {
	each_tells 8080:80 <<-'END'
		8080/tcp | meta mark 3 redirect
		8080/tcp | iifname "eth*" redirect
		8080/tcp | ip saddr 10.0.0.0/8 redirect
		8080/tcp | limit rate 3/second redirect
		8080/tcp | tcp dport & 0xff == 1 redirect
		8080/tcp | ip saddr . tcp dport { 10.0.0.1 . 8080 } redirect
		| ip saddr . tcp dport { 10.0.0.1 . 8081 } redirect
		8080/tcp | tcp dport 8080 meta mark 4 accept; redirect
		8080/tcp | numgen random mod 2 vmap { 0 : jump elsewhere, 1 : return }
	END
}

@test "of many ports those are told that are led elsewhere" {
	each_tells 8000-8200:8000-8200 <<-'END'
		8100/tcp | tcp dport 8100 redirect
		8150-8200/tcp | tcp dport 8150-9000 redirect
		8150-8200/tcp | tcp dport { 80, 8150-65535 } redirect
		8101-8200/tcp | tcp dport 8000-8100 return; redirect
		8100-8101/tcp | tcp dport { 8100, 8101 } redirect
		8110-8120/tcp | tcp dport vmap { 8100 : drop, 8110-8120 : jump elsewhere }
		8100-8110/tcp | meta l4proto . th dport { tcp . 8100-8110 } redirect
	END
}

@test "IPv6 is told apart, and told once where both are led elsewhere" {
	nat 'tcp dport 8080 redirect' ip6
	tells '' --to 172.17.0.2 8080:80
	tells "$(notice 8080/tcp 'ip6 other')" --to fd17::2 8080:80
	nat 'tcp dport 8080 redirect' inet
	tells "$(notice 8080/tcp 'inet other')
$(notice 8080/tcp 'ip6 other')" --to 172.17.0.2 --to fd17::2 8080:80
	nat 'ip6 daddr fd33::2 tcp dport 8080 redirect' ip6
	nat 'meta nfproto ipv6 tcp dport 8081 dnat ip6 to [fd11::1]:80' inet
	tells '' --to fd17::2 '[fd17::1]:8080:80' 8082:80
	tells "$(notice 8080/tcp 'ip6 other')" --to fd17::2 '[fd33::2]:8080:80'
	tells "$(notice 8081/tcp 'inet other')" --to fd17::2 8081:80
}

@test "who comes first is told as it is" {
	nat 'tcp dport 8080 dnat to 172.17.0.2:8000' ip prerouting -100
	tells "$(notice 8080/tcp)" --to 172.17.0.2 8080:80
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	pubport rm 8080
	nat 'tcp dport 8080 dnat to 172.17.0.2:8000' ip prerouting -105
	tells "$(notice 8080/tcp 'ip other' "$THEIRS_FIRST")" \
		--to 172.17.0.2 8080:80
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:8000
}

@test "at the same priority, the one that was laid last comes first" {
	local words=', too, at the same priority: the table that was laid last'
	nat 'tcp dport 8080 dnat to 172.17.0.2:8000' ip prerouting -101
	tells "$(notice 8080/tcp 'ip other' "$words comes first")" \
		--to 172.17.0.2 8080:80
	pubport add --to 172.17.0.2 8080:80
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	nat 'tcp dport 8080 dnat to 172.17.0.2:8000' ip prerouting -101
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:8000
}

@test "what is for the host's own connections counts, too" {
	nat 'tcp dport 8080 redirect' ip output
	tells "$(notice 8080/tcp)" --to 172.17.0.2 8080:80
	tells "$(notice 8080/tcp)" --to 172.17.0.2 127.0.0.1:8080:80
	nat 'ip daddr 127.0.0.0/8 tcp dport 8080 redirect' ip output
	tells "$(notice 8080/tcp)" --to 172.17.0.2 8080:80
	tells '' --to 172.17.0.2 --no-loopback 8080:80
	on host nft delete table ip other
	nat 'tcp dport 8080 redirect' ip prerouting
	tells '' --to 172.17.0.2 127.0.0.1:8080:80
}

@test "what translates nothing is not told" {
	nat 'tcp dport 8080 masquerade' ip postrouting
	tells '' --to 172.17.0.2 8080:80
	on host nft -f - <<-END
		table ip other
		delete table ip other
		table ip asleep {
			flags dormant
			chain prerouting {
				type nat hook prerouting priority -100
				redirect
			}
		}
		table inet filter {
			chain prerouting {
				type filter hook prerouting priority -150
				tcp dport 8080 drop
			}
		}
	END
	tells '' --to 172.17.0.2 8080:80
}

@test "more than eight notices are counted" {
	nat 'tcp dport { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 } redirect'
	run -0 --separate-stderr pubport add --dry-run --to 172.17.0.2 \
		1-20:1-20
	same "lines" 9 "$(wc -l <<<"$stderr")"
	contains "the last one" 'other tables lead 2 more ports or ranges elsewhere' \
		"${stderr##*$'\n'}"
}

@test "an error is told alone, and nothing without the right to look" {
	docker_rules
	pubport add --to 172.17.0.2 8080:80
	rejects 3 'is published already' add --to 172.17.0.2 8080:80
	run -0 --separate-stderr without_rights add --dry-run --to 172.17.0.2 \
		8081:80
	same "errors" '' "$stderr"
}

@test "other tables stay as they are" {
	docker_rules
	nat 'tcp dport 8080 redirect' inet
	local before
	before=$(foreign_rules)
	pubport add --to 172.17.0.2 8080:80
	same "other tables" "$before" "$(foreign_rules)"
	pubport rm 8080
	same "other tables" "$before" "$(foreign_rules)"
}

# ----------------------------------------------------------- large and wild --

# milliseconds FILE: how long adding takes with the ruleset of FILE
milliseconds() {
	on host nft -f "$1"
	local before=${EPOCHREALTIME/[.,]/}
	pubport add -q --to 172.17.0.2 8080:80 >/dev/null
	echo $(((${EPOCHREALTIME/[.,]/} - before) / 1000))
}

@test "any number of rules of others takes an instant" {
	local rules=$BATS_TEST_TMPDIR/rules ms
	{
		echo 'table ip other { chain prerouting {'
		echo 'type nat hook prerouting priority -100'
		seq -f 'tcp dport %g dnat to 1.1.1.1:80' 10000 60000
		printf '}\n}\n'
	} >"$rules"
	ms=$(milliseconds "$rules")
	((ms < 1000)) || fail "took $ms ms"
}

@test "a maze of chains has an end" {
	local rules=$BATS_TEST_TMPDIR/rules i ms
	{
		echo 'table ip other {'
		for i in {15..1}; do
			echo "chain c$i {"
			((i == 15)) || printf 'jump c%d\n%.0s' \
				$((i + 1)) {1..8}
			echo '}'
		done
		echo 'chain prerouting {'
		echo 'type nat hook prerouting priority -100'
		printf 'jump c1\n}\n}\n'
	} >"$rules"
	ms=$(milliseconds "$rules")
	((ms < 1000)) || fail "took $ms ms"
}

# ------------------------------------------------------ who else publishes --

@test "a port that a CNI plugin published is told" {
	local portmap=/usr/lib/cni/portmap
	[ -x $portmap ] || skip "no containernetworking-plugins"
	CNI_COMMAND=ADD CNI_CONTAINERID=web CNI_NETNS=/run/netns/web \
		CNI_IFNAME=eth0 CNI_PATH=${portmap%/*} \
		on host $portmap >/dev/null <<-'END'
		{"cniVersion": "0.4.0", "name": "lab", "type": "portmap",
		 "capabilities": {"portMappings": true},
		 "runtimeConfig": {"portMappings": [
			{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
			{"hostPort": 53, "containerPort": 53, "protocol": "udp",
			 "hostIP": "192.168.33.2"}]},
		 "prevResult": {"cniVersion": "0.4.0",
			"interfaces": [{"name": "eth0", "sandbox": "/run/netns/web"}],
			"ips": [{"version": "4", "interface": 0,
				 "address": "172.17.0.2/16"}]}}
	END
	tells "$(notice 8080/tcp 'ip nat')" --to 172.17.0.2 8080:80 8081:80
	tells "$(notice 53/udp 'ip nat')" --to 172.17.0.2 53:53/udp
	tells '' --to 172.17.0.2 172.17.0.1:53:53/udp
}

@test "a port that podman published is told" {
	local netavark=/usr/lib/podman/netavark
	[ -x $netavark ] || skip "no netavark"
	add_namespace pod
	on host $netavark setup /run/netns/pod >/dev/null <<-'END'
		{"container_id": "0123456789abcdef", "container_name": "pod",
		 "port_mappings": [
			{"container_port": 80, "host_ip": "", "host_port": 8000,
			 "protocol": "tcp", "range": 10}],
		 "networks": {"podman": {"static_ips": ["10.88.0.2"],
			"interface_name": "eth0"}},
		 "network_info": {"podman": {
			"name": "podman", "driver": "bridge",
			"id": "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9",
			"network_interface": "podman0",
			"created": "2021-11-03T00:00:00Z",
			"subnets": [{"subnet": "10.88.0.0/16",
				"gateway": "10.88.0.1"}],
			"ipv6_enabled": false, "internal": false,
			"dns_enabled": false,
			"ipam_options": {"driver": "host-local"}}}}
	END
	tells "$(notice 8000-8009/tcp 'ip nat')" \
		--to 172.17.0.2 7000-9000:7000-9000
	tells '' --to 172.17.0.2 8010:80
}
