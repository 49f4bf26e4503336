# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A keeper on the host of lab.bash, its record, and what it says.  Source
# lab.bash and expect.bash first.

# the network, and no keeper yet
begin() {
	STATE=$BATS_TEST_TMPDIR/state.json
	SAID=$BATS_TEST_TMPDIR/said
	: >"$SAID"
	KEEP=
	lay
}

# record_in FILE: where the keeper is to record, from now on
record_in() {
	STATE=$1
}

# all of it goes
finish() {
	if [ -n "$KEEP" ]; then
		kill -KILL "$KEEP"
		wait "$KEEP" 2>/dev/null || :
	fi
	clear_away
}

# keep [COMMAND]...: in the background, by a command; it runs once it has recorded what there is
keep() {
	local state=$STATE.none
	[ ! -e "$STATE" ] || state=$(stat -Lc %i "$STATE")
	nsenter --net=/run/machines/host -- "$@" "$PUBPORT" keep --state "$STATE" \
		>>"$SAID" 2>&1 3>&- &
	KEEP=$!
	eventually is_recorded_anew "$state"
}

is_recorded_anew() {
	[ -e "$STATE" ] && [ "$(stat -Lc %i "$STATE")" != "$1" ]
}

# end_keep SIGNAL: and expects that it ends well
end_keep() {
	local status=0
	kill -"$1" "$KEEP"
	wait "$KEEP" || status=$?
	KEEP=
	same "status" 0 "$status"
}

kill_keep() {
	kill -KILL "$KEEP"
	wait "$KEEP" 2>/dev/null || :
	KEEP=
}

# what is recorded: KEY -> TARGET, a line each
recorded() {
	jq -r '.[] | "\(.host_ip) \(.host_port) \(.protocol) -> " +
		"\(.target_ip) \(.target_port)"' "$STATE" | sort
}

is_recorded() {
	[ "$(recorded)" = "$1" ]
}

records() {
	eventually is_recorded "$1" || same "recorded" "$1" "$(recorded)"
}

published() {
	pubport ls --no-trunc --format '{{.Ports}}'
}

is_published() {
	[ "$(published)" = "$1" ]
}

# all that is known of the mappings, but for what the kernel counts, and when
# they end, which is read as their time runs
whole() {
	pubport ls --json | sed 's/"connections":[0-9]*/"connections":0/
		s/"expires":"[^"]*"/"expires":true/'
}

is_as_before() {
	[ "$(whole)" = "$before" ]
}

# says WORDS: what the keeper said has them, by now
says() {
	eventually grep -qF -- "$1" "$SAID" ||
		fail "not said: $1, but: $(cat "$SAID")"
}
