# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What commands that were killed must leave possible: to undo everything, in
# whatever way.

# lays the network, on a host that needs all of its settings turned on
lay_crashing() {
	lay
	add_neighbour
	! has_bridge_netfilter || bridge_netfilter 1
	forward 0
	remember_settings
	cleanings=0
}

# undoes everything, in another way each time
clean_up() {
	case $((cleanings++ % 3)) in
	0) pubport rm -q --all ;;
	1) pubport flush ;;
	2)
		pubport add -q --to 172.17.0.3 7777:80
		pubport rm -q --all
		;;
	esac
}
