# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Other programs' tables on the host, as container engines and firewalls have
# them.  lay() puts up those that the variable FOREIGN names, and clear_away()
# sees to it that they are still the same.
#
#	firewalld	runs, with all interfaces in its default zone; there,
#			9092 of the host leads to 9010 of 172.17.0.2
#	iptables	9090 of the host leads to 172.18.0.2 and fd18::2
#	nftables	9091 of the host leads to 172.19.0.2 and fd19::2
#
# firewalld comes first where there are several: it begins by emptying what is
# there of iptables.

# foreign_container NUMBER: a bridge 172.NUMBER.0.0/16 with a container
foreign_container() {
	local number=$1 name=engine-$1
	configure host <<-END
		link add $name type bridge mcast_snooping 0
		link set $name up
		address add 172.$number.0.1/16 dev $name
		address add fd$number::1/64 dev $name
	END
	add_machine "$name"
	connect host "veth-$number" "$name"
	configure host <<<"link set veth-$number master $name"
	address "$name" "172.$number.0.2/16" "fd$number::2/64" \
		"172.$number.0.1" "fd$number::1"
	serve "$name" "172.$number.0.2,fd$number::2" 80
}

# iptables_rules NETWORK TARGET LOOPBACK: of a container engine, with marks as
# some of their plugins set them
iptables_rules() {
	local network=$1 target=$2 loopback=$3
	cat <<-END
		*nat
		:DOCKER - [0:0]
		:HOSTPORT-SETMARK - [0:0]
		:HOSTPORT-MASQ - [0:0]
		-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
		-A OUTPUT ! -d $loopback -m addrtype --dst-type LOCAL -j DOCKER
		-A POSTROUTING -s $network ! -o engine-18 -j MASQUERADE
		-A POSTROUTING -m comment --comment "hairpin" -j HOSTPORT-MASQ
		-A DOCKER -i engine-18 -p tcp -m tcp --dport 9090 -j HOSTPORT-SETMARK
		-A DOCKER -p tcp -m tcp --dport 9090 -j DNAT --to-destination $target
		-A DOCKER -p udp -m udp --dport 9090 -j DNAT --to-destination $target
		-A HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000
		-A HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
		COMMIT
	END
}

lay_iptables() {
	foreign_container 18
	iptables_rules 172.18.0.0/16 172.18.0.2:80 127.0.0.0/8 |
		on host iptables-nft-restore
	iptables_rules fd18::/64 '[fd18::2]:80' ::1 |
		on host ip6tables-nft-restore
}

lay_nftables() {
	foreign_container 19
	on host nft -f - <<-END
		table inet engine {
			map ports4 {
				type inet_proto . inet_service : ipv4_addr . inet_service
				elements = { tcp . 9091 : 172.19.0.2 . 80,
					     udp . 9091 : 172.19.0.2 . 80 }
			}
			map ports6 {
				type inet_proto . inet_service : ipv6_addr . inet_service
				elements = { tcp . 9091 : fd19::2 . 80,
					     udp . 9091 : fd19::2 . 80 }
			}
			chain publish {
				dnat ip to meta l4proto . th dport map @ports4
				dnat ip6 to meta l4proto . th dport map @ports6
			}
			chain prerouting {
				type nat hook prerouting priority -100
				fib daddr type local counter jump publish
			}
			chain output {
				type nat hook output priority -100
				ip daddr != 127.0.0.0/8 fib daddr type local jump publish
			}
			chain postrouting {
				type nat hook postrouting priority 100
				ip saddr 172.19.0.0/16 oifname != "engine-19" counter masquerade
				ip6 saddr fd19::/64 oifname != "engine-19" counter masquerade
				ct status dnat ip saddr 172.19.0.0/16 masquerade
			}
		}
	END
}

# its configuration is the default, its bus our own
lay_firewalld() {
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/foreign-bus
	servers+=("$(dbus-daemon --session --fork --nopidfile --print-pid \
		--address="$DBUS_SYSTEM_BUS_ADDRESS")")
	mkdir -p /run/firewalld
	on host firewalld --nofork --nopid --system-config /run/firewalld \
		--log-target file --log-file /run/firewalld/log \
		>/run/firewalld/output 2>&1 3>&- &
	servers+=($!)
	until_firewalld_answers
	ask_firewalld zone.addForwardPort string: string:9092 string:tcp \
		string:9010 string:172.17.0.2 int32:0
}

# ask_firewalld METHOD ARGUMENT...: on its bus; its own tool takes longer
ask_firewalld() {
	dbus-send --system --print-reply --dest=org.fedoraproject.FirewallD1 \
		/org/fedoraproject/FirewallD1 \
		"org.fedoraproject.FirewallD1.$1" "${@:2}" >/dev/null
}

until_firewalld_answers() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		! ask_firewalld getDefaultZone 2>/dev/null || return 0
		sleep 0.05
	done
	cat /run/firewalld/output /run/firewalld/log >&2
	return 1
}

lay_foreign() {
	local kind ours=("${servers[@]}")
	servers=()
	for kind in $FOREIGN; do
		"lay_$kind"
	done
	# a container's server stays the last one
	servers+=("${ours[@]}")
	remember_foreign_tables
}

# all tables but pubport's, as bytes, with handles, without what only counts
foreign_tables() {
	on host nft list tables | grep -v ' inet pubport$' |
		while read -r table; do
			# nft warns of those that iptables manages
			on host nft -s -a list "$table" 2>/dev/null
		done
}

remember_foreign_tables() {
	foreign_tables >/run/foreign-tables
}

foreign_is_untouched() {
	foreign_tables | diff -u /run/foreign-tables - >&2
}
