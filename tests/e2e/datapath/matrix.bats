#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Every kind of client at every kind of address, and every other combination:
# see ../matrix/run.
load ../lib/expect

setup_file() {
	local status=0
	"$BATS_TEST_DIRNAME/../matrix/run" >"$BATS_FILE_TMPDIR/tables" \
		2>"$BATS_FILE_TMPDIR/wrong" || status=$?
	echo "$status" >"$BATS_FILE_TMPDIR/status"
}

@test "every cell of the matrix is what the contract says" {
	cat "$BATS_FILE_TMPDIR/wrong"
	same "status" 0 "$(<"$BATS_FILE_TMPDIR/status")"
}

@test "docs/matrix.md shows the matrix as it runs" {
	[ -d /proc/sys/net/bridge ] || skip 'br_netfilter is not loaded'
	same "tables" \
		"$(sed -n '/^## As it ran/,$p' "$BATS_TEST_DIRNAME/../../../docs/matrix.md")" \
		"$(<"$BATS_FILE_TMPDIR/tables")"
}
