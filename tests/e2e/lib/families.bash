# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What is tested for IPv4 and IPv6, and for each protocol.

# the addresses of lab.bash's network in each family
ipv4() {
	local eth1=192.168.33.2 docker0=172.17.0.1 loopback=127.0.0.1
	local other=192.168.33.3 internet=1.1.1.1
	local web=172.17.0.2 neighbour=172.17.0.3 server=172.17.0.2:80
	"$@"
}

ipv6() {
	local eth1=fd33::2 docker0=fd17::1 loopback=::1
	local other=fd33::3 internet=fd11::1
	local web=fd17::2 neighbour=fd17::3 server='[fd17::2]:80'
	"$@"
}

# each_way COMMAND...: with $protocol and the addresses of each family
each_way() {
	local protocol
	for protocol in tcp udp sctp; do
		ipv4 "$@"
		ipv6 "$@"
	done
}

# each_family COMMAND...: the same for tcp alone
each_family() {
	local protocol=tcp
	ipv4 "$@"
	ipv6 "$@"
}
