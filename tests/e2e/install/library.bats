#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A program of somebody else builds against the installed library, and works.
load ../lib/lab
load ../lib/expect

setup_file() {
	lay
	may_install || return 0
	local root=$BATS_FILE_TMPDIR/root
	meson install -C "$BUILD" --no-rebuild --destdir "$root" --quiet
	PKG_CONFIG_LIBDIR=$(dirname "$(find "$root" -name libpubport.pc)")
	PKG_CONFIG_LIBDIR+=:$(pkg-config --variable pc_path pkg-config)
	export PKG_CONFIG_LIBDIR
	LIBRARY=$(dirname "$(find "$root" -name libpubport.so)")
	export LIBRARY
	# only our own package lies below the root, so it is not a sysroot
	FLAGS="-Wall -Wextra -Wpedantic -Werror
		-I$(dirname "$(find "$root" -name pubport.h)")"
	export FLAGS
}

setup() {
	may_install || skip 'only who built it may install it'
}

teardown_file() {
	clear_away
}

# compile COMPILER... with the flags that pkg-config knows for the option $how
compile() {
	local flags
	flags=$(pkg-config --cflags --libs $how libpubport)
	# shellcheck disable=SC2086 # these are words
	"$@" $FLAGS "$TOOLS/consumer.c" -L"$LIBRARY" $flags \
		-o "$BATS_TEST_TMPDIR/consumer"
}

works() {
	run -0 --separate-stderr on host env LD_LIBRARY_PATH="$LIBRARY" \
		"$BATS_TEST_TMPDIR/consumer" 8080:80
	same "second line" '0.0.0.0:8080 -> 172.17.0.2:80/tcp' "${lines[1]}"
	run on host env LD_LIBRARY_PATH="$LIBRARY" \
		"$BATS_TEST_TMPDIR/consumer" 80x
	same "status" 2 "$status"
	contains "error" '"80x"' "$output"
}

@test "a C99 program builds against the shared library" {
	how='' compile gcc -std=c99
	contains "needed" 'libpubport.so.0' \
		"$(readelf -d "$BATS_TEST_TMPDIR/consumer")"
	works
}

@test "a C++ program builds against the shared library" {
	how='' compile g++ -x c++ -std=c++11
	works
}

@test "a C99 program builds against the static library" {
	mv "$LIBRARY/libpubport.so" "$BATS_TEST_TMPDIR/"
	how=--static compile gcc -std=c99
	mv "$BATS_TEST_TMPDIR/libpubport.so" "$LIBRARY/"
	[[ $(readelf -d "$BATS_TEST_TMPDIR/consumer") != *libpubport* ]] ||
		fail "it is not static"
	works
}

@test "clang takes the header too" {
	how='' compile clang -std=c99
	works
}
