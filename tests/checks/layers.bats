#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The check of layers fails where it should: on trees that are made up.
bats_require_minimum_version 1.5.0

setup() {
	TREE=$BATS_TEST_TMPDIR/tree
	mkdir -p "$TREE"/lib/{util,mapping,netlink,host,target,nft,table} \
		"$TREE"/lib/{firewall,publish,doctor,keep} \
		"$TREE"/cli/{commands,format,files}
	has lib/pubport.h
	has lib/util/array.h
	has lib/mapping/addr.h util/array.h
	has lib/mapping/addr.c mapping/addr.h pubport.h
	has lib/keep/watch.c mapping/addr.h util/array.h
	has cli/format/row.h pubport.h util/array.h
	has cli/commands/ls.c format/row.h
	{
		for room in keep publish doctor firewall table nft target host \
			netlink mapping util; do
			echo "| \`$room/\` | what is in it |"
		done
	} >"$TREE/lib/README.md"
}

# has FILE HEADER...: a file of the tree that includes these
has() {
	{
		echo '/* a file */'
		[ $# -eq 1 ] || printf '#include "%s"\n' "${@:2}"
	} >"$TREE/$1"
}

# finds WORDS: that alone
finds() {
	run -1 "$BATS_TEST_DIRNAME/layers" "$TREE"
	[ "$output" = "$1" ] || {
		echo "found: $output"
		return 1
	}
}

@test "a tree in order is clean" {
	run -0 "$BATS_TEST_DIRNAME/layers" "$TREE"
	[ -z "$output" ]
}

@test "a room includes none that stands above it" {
	has lib/nft/element.h
	has lib/mapping/spec.c nft/element.h
	finds 'mapping/spec.c includes nft/element.h, which is not below'
}

@test "a room includes none that stands beside it" {
	has lib/doctor/doctor.h
	has lib/publish/add.c doctor/doctor.h
	finds 'publish/add.c includes doctor/doctor.h, which is not below'
}

@test "headers have their whole names" {
	has lib/mapping/key.c addr.h
	finds 'mapping/key.c includes addr.h, which is not there'
}

@test "each file is in a room" {
	has lib/stray.c
	mkdir "$TREE/lib/attic"
	has lib/attic/old.c
	finds "attic/old.c is in no room
stray.c is in no room"
}

@test "files of a room include each other in no circle" {
	has lib/nft/element.h nft/rules.h
	has lib/nft/rules.h
	has lib/nft/rules.c nft/sets.h
	has lib/nft/sets.c nft/element.h
	has lib/nft/sets.h
	finds 'a circle: nft/element -> nft/rules -> nft/sets -> nft/element'
}

@test "the public header stands alone" {
	has lib/pubport.h util/array.h
	finds 'pubport.h includes a header of the library'
}

@test "the command line includes nothing of the library but its bottom" {
	has cli/commands/add.c mapping/addr.h
	finds 'cli/commands/add.c includes mapping/addr.h, which is not in cli'
}

@test "the command line's folders know nothing of each other" {
	has cli/files/state.h
	has cli/format/row.h files/state.h
	finds 'cli/format/row.h includes files/state.h, which is not below'
}

@test "the command line's files include each other in no circle" {
	has cli/options.h cli.h
	has cli/cli.h options.h
	finds 'a circle: cli -> options -> cli'
}

@test "each room is described" {
	sed -i /nft/d "$TREE/lib/README.md"
	run -1 "$BATS_TEST_DIRNAME/layers" "$TREE"
	[[ $output == "README.md describes "*", not "* ]]
}

@test "each unit test is named after a file" {
	mkdir -p "$TREE/tests/unit"
	has lib/mapping/mapping_diff.c
	has cli/format/size.c
	has tests/unit/mapping_addr.c
	has tests/unit/mapping_diff.c
	has tests/unit/cli_size.c
	has tests/unit/mapping_gone.c
	finds 'tests/unit/mapping_gone.c is named after no file'
}
