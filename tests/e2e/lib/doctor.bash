# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests expect of the doctor.  Source lab.bash and expect.bash first.

# without br_netfilter, with which there is more to be told
lay_plainly() {
	lay
	bridge_netfilter_off
}

# well ARG...: doctor with these arguments finds nothing wrong
well() {
	run --separate-stderr pubport doctor "$@"
	same "status of doctor $* ($stderr$output)" 0 "$status"
	contains "report" 'nothing is wrong' "$output"
}

# ill CHECK WORDS ARG...: with these arguments, doctor finds CHECK wrong, and
# nothing else, and says WORDS
ill() {
	local check=$1 words=$2
	shift 2
	run --separate-stderr pubport doctor --json "$@"
	same "status of doctor $* ($stderr$output)" 1 "$status"
	conforms finding <<<"$output"
	same "what is wrong" "$check" "$(jq -r \
		'[.[] | select(.status == "wrong").check] | unique[]' <<<"$output")"
	contains "what doctor says" "$words" \
		"$(jq -r '.[] | select(.status == "wrong") | .message, .by' <<<"$output")"
	run --separate-stderr pubport doctor "$@"
	same "status of doctor $*" 1 "$status"
	contains "report" '  !!  ' "$output"
	contains "report" "$words" "$output"
}

# doctor with these arguments mends it all, and says by which commands
mends() {
	run --separate-stderr pubport doctor --fix "$@"
	same "status of doctor --fix $* ($stderr$output)" 0 "$status"
	contains "report" '+ ' "$output"
	contains "report" 'nothing is wrong' "$output"
}

# the commands that doctor gives, one a line
commands() {
	pubport doctor | sed -n 's/^      mend: //p' | sort -u
}

# unreached MACHINE ENDPOINT: whatever happens to its packets, within a second
unreached() {
	! on "$1" timeout 1 "$TOOLS/ask.py" "$2" >/dev/null 2>&1 ||
		fail "$1 reaches $2"
}
