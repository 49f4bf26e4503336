#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Where the kernel's connection tracking is of another opinion than those who
# talk: packets that it calls invalid, connections that it doesn't know, or
# takes for somebody else's.
load ../lib/lab
load ../lib/expect
load ../lib/families

setup() {
	lay
}

teardown() {
	clear_away
}

to_web=(--to 172.17.0.2 --to fd17::2)

# web_runs TOOL WORD...: in the background
web_runs() {
	servers+=("$(on web "$TOOLS/$1" serve "${@:2}")")
}

# ------------------------------------------------------------------ invalid --

# survives MACHINE ENDPOINT ANSWER: the connection goes on after a segment
# beyond its window, and nobody else says anything
survives() {
	same "$1 through $2" "$3" "$(on "$1" "$TOOLS/beyond.py" "$2")"
}

client_survives() {
	local end=$eth1
	[[ $eth1 != *:* ]] || end="[$eth1]"
	survives other "$end:8080" "$other at $server"
	survives other "$end:8005" "$other at ${server%80}8005"
	survives host "$end:8080" "$eth1 at $server"
}

@test "a client's segment beyond the window does no harm" {
	pubport add "${to_web[@]}" 8080:80 8000-8010:8000-8010
	each_family client_survives
	pubport flush
	pubport add "${to_web[@]}" 192.168.33.2:8080:80 '[fd33::2]:8080:80' \
		192.168.33.2:8000-8010:8000-8010 '[fd33::2]:8000-8010:8000-8010'
	each_family client_survives
}

target_survives() {
	local machine end=$eth1
	[[ $eth1 != *:* ]] || end="[$eth1]"
	for machine in other host; do
		web_runs beyond.py "$web" 81
		FROM=server survives "$machine" "$end:8181" "still here"
		kill "${servers[-1]}"
		unset 'servers[-1]'
	done
}

@test "a target's segment beyond the window goes nowhere" {
	pubport add "${to_web[@]}" 8181:81
	each_family target_survives
	pubport flush
	pubport add "${to_web[@]}" 8181-8182:81-82
	each_family target_survives
}

# counts what is invalid, on its way to the host or through it
count_invalid() {
	on host nft -f - <<-END
		table inet count {
			counter input {}
			counter forward {}
			chain input {
				type filter hook input priority 300
				ct state invalid counter name input
			}
			chain forward {
				type filter hook forward priority 300
				ct state invalid counter name forward
			}
		}
	END
}

invalid() {
	on host nft -j list counter inet count "$1" |
		jq '.nftables[1].counter.packets'
}

@test "what is invalid, and of others, passes" {
	add_neighbour
	on other ip route add 172.17.0.0/16 via 192.168.33.2
	serve host 192.168.33.2 9090 tcp
	count_invalid
	pubport add "${to_web[@]}" 8080:80
	survives other 192.168.33.2:9090 '192.168.33.3 at 192.168.33.2:9090'
	same "invalid to the host" 1 "$(invalid input)"
	survives other 172.17.0.3:80 '192.168.33.3 at 172.17.0.3:80'
	same "invalid to others" 1 "$(invalid forward)"
	web_runs beyond.py 172.17.0.2 81
	FROM=server survives other 172.17.0.2:81 "still here"
	same "invalid from another port of the target" 2 "$(invalid forward)"
}

# ---------------------------------------------------------- the host's own --

# own_goes_on FROM TO SPEC [udp]: a connection of the host's own to the other machine,
# which speaks first, after SPEC was published
own_goes_on() {
	local from=$1 to=$2 what=$3 udp=${4-}
	: >"$BATS_TEST_TMPDIR/heard"
	on other "$TOOLS/first.py" serve "$to" 7000 ${udp:+"$udp"} \
		>"$BATS_TEST_TMPDIR/pid"
	on host "$TOOLS/first.py" "$from" 6001 "$to" 7000 ${udp:+"$udp"} \
		>"$BATS_TEST_TMPDIR/heard" 3>&- &
	eventually grep -q connected "$BATS_TEST_TMPDIR/heard"
	[ -z "$udp" ] || on host conntrack -F 2>/dev/null
	pubport add "${to_web[@]}" "$what"
	[ -n "$udp" ] || on host conntrack -F 2>/dev/null
	kill -USR1 "$(cat "$BATS_TEST_TMPDIR/pid")"
	eventually grep -q 'and heard' "$BATS_TEST_TMPDIR/heard"
	pubport flush
	kill "$(cat "$BATS_TEST_TMPDIR/pid")"
	wait
}

@test "connections of the host's own go on, from a port that is published" {
	own_goes_on 192.168.33.2 192.168.33.3 6001:80
	own_goes_on 192.168.33.2 192.168.33.3 6000-7000:6000-7000
	own_goes_on 192.168.33.2 192.168.33.3 192.168.33.2:6001:80
	own_goes_on fd33::2 fd33::3 6001:80
	own_goes_on fd33::2 fd33::3 6000-7000:6000-7000
}

@test "so do those by udp" {
	own_goes_on 192.168.33.2 192.168.33.3 6001:80/udp udp
	own_goes_on 192.168.33.2 192.168.33.3 6000-7000:6000-7000/udp udp
	own_goes_on fd33::2 fd33::3 '[fd33::2]:6001:80/udp' udp
}

@test "a listener on one address is overridden by force" {
	serve host 192.168.33.2 8080 tcp,udp
	pubport add --force "${to_web[@]}" 8080:80/{tcp,udp}
	reaches other 192.168.33.2:8080 as 192.168.33.3 at 172.17.0.2:80
	reaches other 192.168.33.2:8080/udp as 192.168.33.3 at 172.17.0.2:80
}

# ------------------------------------------------- what others led elsewhere --

@test "what another table leads to the host's loopback arrives" {
	serve host 127.0.0.1 51679 tcp
	on host sysctl -q -w net.ipv4.conf.docker0.route_localnet=1
	on host ip address add 169.254.170.2/32 dev lo
	on host nft -f - <<-END
		table ip ecs {
			chain prerouting {
				type nat hook prerouting priority -100
				ip daddr 169.254.170.2 tcp dport 80 dnat to 127.0.0.1:51679
			}
		}
	END
	reaches web 169.254.170.2:80 as 172.17.0.2 at 127.0.0.1:51679
	pubport add --to fd17::2 8080:80
	reaches web 169.254.170.2:80 as 172.17.0.2 at 127.0.0.1:51679
}

# ------------------------------------------------------------------ related --

# an administrator's rules
assign_ftp_helper() {
	on host nft -f - <<-END
		table inet helper {
			ct helper ftp { type "ftp" protocol tcp; l3proto ip; }
			chain prerouting {
				type filter hook prerouting priority 0
				tcp dport 21 ct helper set "ftp"
			}
		}
	END
}

@test "a server's own connection to its client belongs to the published one" {
	local on
	assign_ftp_helper || skip 'no helper for FTP'
	web_runs active.py 172.17.0.2 21
	for on in 1 0; do
		forward $on
		pubport add --to 172.17.0.2 2121:21
		same "what is sent to the client (forwarding $on)" "the file" \
			"$(on other "$TOOLS/active.py" 192.168.33.2:2121)"
		pubport flush
	done
}

# --------------------------------------------------------------------- late --

# answered MACHINE ADDRESS PORT WHERE: where a late answer comes from
answered() {
	local end=$2
	[[ $2 != *:* ]] || end="[$2]"
	same "answer to $1 by $2, port $3" "$4" \
		"$(on "$1" "$TOOLS/late.py" "$end:$3")"
}

answers_come_back() {
	web_runs late.py "$web" 5000 2.2
	pubport add --to "$web" "[$eth1]:5000:5000/udp" "[$eth1]:6000:5000/udp"
	answered other "$eth1" 5000 "$eth1 5000"
	answered other "$eth1" 6000 "$eth1 6000"
	answered host "$eth1" 6000 "$eth1 6000"
}

@test "udp may be answered late" {
	on host sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=1
	each_family answers_come_back
	pubport add --to 172.17.0.2 5000-5001:5000-5001/udp
	answered other 192.168.33.2 5000 '192.168.33.2 5000'
	pubport add --to 172.17.0.2 127.0.0.1:6000:5000/udp
	answered host 127.0.0.1 6000 '127.0.0.1 6000'
}

forgotten() {
	web_runs late.py "$web" 5000 1
	pubport add --to "$web" 5000:5000/udp
	(sleep 0.4; on host conntrack -F 2>/dev/null) 3>&- &
	answered other "$eth1" 5000 "$eth1 5000"
}

@test "what the kernel forgot leaves by the host's address" {
	each_family forgotten
}

@test "what a target's published port begins leaves by the host's address" {
	serve other 192.168.33.3 7000 udp
	pubport add --to 172.17.0.2 5000:5000/udp
	same "who asks" '192.168.33.2 at 192.168.33.3:7000' \
		"$(on web "$TOOLS/ask.py" 192.168.33.3:7000/udp 5000)"
	same "who asks by another port" '172.17.0.2 at 192.168.33.3:7000' \
		"$(on web "$TOOLS/ask.py" 192.168.33.3:7000/udp 5001)"
	add_neighbour
	same "who asks its neighbour" '172.17.0.2 at 172.17.0.3:80' \
		"$(on web "$TOOLS/ask.py" 172.17.0.3:80/udp 5000)"
}
