# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A network to publish ports in, of network namespaces:
#
#	other 192.168.33.3 ------ eth1 192.168.33.2 +------+ docker0 172.17.0.1
#	                                            | host |    |-- web 172.17.0.2
#	internet 1.1.1.1 --------- eth2 1.1.1.254   +------+    `-- neighbour .3
#
# The same with IPv6: fd33::/64, fd11::/64, fd17::/64.  The host runs pubport;
# web and neighbour are its containers; the others are machines of their own,
# of which it knows nothing.  Source this inside of ./world.

LAB=${BASH_SOURCE[0]%/*}
TOOLS=$LAB/../tools
: "${PUBPORT:=pubport}"
: "${CONTAINER_SERVES:=80,8000-8010,9000-9010}"	# ports, perhaps protocols
export PYTHONDONTWRITEBYTECODE=1
servers=()	# processes of serve()
# shellcheck source=tests/e2e/lib/foreign.bash
. "$LAB/foreign.bash"

# runs a command on a machine
on() {
	local machine=$1
	shift
	nsenter --net="/run/machines/$machine" -- "$@"
}

# the command under test, run on the host
pubport() {
	on host "$PUBPORT" "$@"
}

# does "ip" commands on a machine, from standard input
configure() {
	on "$1" ip -batch -
}

# a machine that the host knows nothing of
add_machine() {
	local name=$1
	: >"/run/machines/$name"
	unshare --net="/run/machines/$name" sysctl -q -w \
		net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.default.accept_dad=0
	configure "$name" <<-END
		link set lo up
	END
}

# a machine that is a named namespace, as "ip netns" has them
add_namespace() {
	local name=$1
	: >"/run/netns/$name"
	ln -s "/run/netns/$name" /run/machines/
	add_machine "$name"
}

# a cable from INTERFACE of MACHINE to PEER, the new eth0 of the machine there
connect() {
	local machine=$1 interface=$2 peer=$3
	configure "$machine" <<-END
		link add $interface type veth peer name eth0 netns /run/machines/$peer
		link set $interface up
	END
}

# gives the eth0 of MACHINE its addresses and its way out
address() {
	local machine=$1 ipv4=$2 ipv6=$3 gateway4=$4 gateway6=$5
	configure "$machine" <<-END
		link set eth0 up
		address add $ipv4 dev eth0
		address add $ipv6 dev eth0 nodad
		route add default via $gateway4
		route add default via $gateway6
	END
}

add_host() {
	add_namespace host
	configure host <<-END
		link add docker0 type bridge mcast_snooping 0
		link set docker0 up
		address add 172.17.0.1/16 dev docker0
		address add fd17::1/64 dev docker0 nodad
	END
}

add_other() {
	add_machine other
	connect host eth1 other
	configure host <<-END
		address add 192.168.33.2/24 dev eth1
		address add fd33::2/64 dev eth1 nodad
	END
	address other 192.168.33.3/24 fd33::3/64 192.168.33.2 fd33::2
}

add_internet() {
	add_machine internet
	connect host eth2 internet
	configure host <<-END
		address add 1.1.1.254/24 dev eth2
		address add fd11::254/64 dev eth2 nodad
	END
	address internet 1.1.1.1/24 fd11::1/64 1.1.1.254 fd11::254
	serve internet 1.1.1.1,fd11::1 8080
}

# a machine at the end of a point-to-point link: neither end is in a network of
# the other's, each has a route to it
add_peer() {
	add_machine peer
	connect host eth3 peer
	configure host <<-END
		address add 192.168.99.1/32 dev eth3
		address add fd99::1/128 dev eth3 nodad
		route add 192.168.50.2 dev eth3
		route add fd50::2 dev eth3
	END
	configure peer <<-END
		link set eth0 up
		address add 192.168.50.2/32 dev eth0
		address add fd50::2/128 dev eth0 nodad
		route add 192.168.99.1 dev eth0
		route add fd99::1 dev eth0
		route add default via 192.168.99.1
		route add default via fd99::1
	END
	serve peer 192.168.50.2,fd50::2 80
}

# a container NAME on the bridge, with addresses that end in NUMBER
add_container() {
	local name=$1 number=$2
	add_namespace "$name"
	connect host "veth-$number" "$name"
	configure host <<-END
		link set veth-$number master docker0
	END
	address "$name" "172.17.0.$number/16" "fd17::$number/64" \
		172.17.0.1 fd17::1
	serve "$name" "172.17.0.$number,fd17::$number" "${CONTAINER_SERVES[@]}"
}

# the container web goes, as "ip netns" does it: whoever looks into it just
# then may go on
remove_web() {
	end_servers
	on host ip link del veth-2
	rm /run/machines/web
	umount --lazy /run/netns/web
	rm /run/netns/web
}

add_neighbour() {
	add_container neighbour 3
}

# serve MACHINE ADDRESS,... PORT,... [PROTOCOL,...]: see ../tools/server.py
serve() {
	local machine=$1
	shift
	servers+=("$(on "$machine" "$TOOLS/server.py" "$@")")
}

# listen KIND:ADDRESS:PORT[/PROTOCOL]...: on the host, see listen.py
listen() {
	servers+=("$(on host "$TOOLS/listen.py" "$@")")
}

# mac_of MACHINE INTERFACE
mac_of() {
	on "$1" ip -j link show "$2" | jq -r '.[].address'
}

# rename INTERFACE NAME: on the host, as udev does; older kernels want it down
rename() {
	on host ip link set "$1" name "$2" ||
		skip 'this kernel renames no interface that is up'
}

# whether the host forwards packets
forward() {
	on host sysctl -q -w net.ipv4.ip_forward="$1" \
		net.ipv6.conf.all.forwarding="$1"
}

# whether the host's bridges show their packets to its firewall
bridge_netfilter() {
	on host sysctl -q -w "net.bridge.bridge-nf-call-${2:-iptables}=$1"
}

has_bridge_netfilter() {
	on host sysctl net.bridge.bridge-nf-call-iptables >/dev/null 2>&1
}

bridge_netfilter_off() {
	! has_bridge_netfilter || {
		bridge_netfilter 0
		bridge_netfilter 0 ip6tables
	}
}

# each packet to a closed port gets its answer, not only some a second
answer_all() {
	on host sysctl -q -w net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratemask=0
}

flush_ruleset() {
	on host nft flush ruleset
}

# the whole network, but for the neighbour and the internet
lay() {
	add_host
	add_other
	add_container web 2
	forward 1
	[ -z "${FOREIGN-}" ] || lay_foreign
}

# ends what serve() started
end_servers() {
	((${#servers[@]} == 0)) || kill "${servers[@]}"
	servers=()
}

clear_away() {
	[ -z "${FOREIGN-}" ] || foreign_is_untouched
	local handle
	end_servers
	for handle in /run/netns/* /run/machines/*; do
		[ -L "$handle" ] || umount "$handle"
		rm "$handle"
	done
	[ ! -d /run/valgrind ] || nothing_was_found
}

# by valgrind, where pubport ran under it
nothing_was_found() {
	local found
	found=$("$LAB/../../valgrind/findings" /run/valgrind/*) || :
	rm -r /run/valgrind
	[ -z "$found" ] || { printf '%s\n' "$found" >&2; return 1; }
}
