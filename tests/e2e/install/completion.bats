#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The shells complete pubport's command line.
load ../lib/lab
load ../lib/expect

setup_file() {
	lay
	pubport add --name flask --to 172.17.0.2 --to fd17::2 8080:80
	pubport add --name a,b --to 172.17.0.2 192.168.33.2:53:53/udp
	# a command as the shells find it
	mkdir "$BATS_FILE_TMPDIR/bin"
	cat >"$BATS_FILE_TMPDIR/bin/pubport" <<-END
		#!/bin/sh
		exec nsenter --net=/run/machines/host -- "$PUBPORT" "\$@"
	END
	chmod +x "$BATS_FILE_TMPDIR/bin/pubport"
	export SHELLS_PATH=$BATS_FILE_TMPDIR/bin:$PATH
	local shell
	for shell in bash zsh fish; do
		"$PUBPORT" completion $shell >"$BATS_FILE_TMPDIR/$shell"
	done
}

teardown_file() {
	clear_away
}

# in_bash WORD...: what bash makes of the last of the words, each on a line
in_bash() {
	env PATH="$SHELLS_PATH" bash -euo pipefail -c '
		source "$1"
		shift
		complete -p pubport | grep -q -- "-F _pubport pubport$"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_pubport pubport "${@: -1}" "${@: -2:1}"
		printf "%s\n" "${COMPREPLY[@]}" | sort' \
		bash "$BATS_FILE_TMPDIR/bash" pubport "$@"
}

# bash EXPECTED WORD...
bash_completes() {
	local expected=$1
	shift
	same "pubport $*" "$(tr ' ' '\n' <<<"$expected" | sort)" \
		"$(in_bash "$@")"
}

commands() {
	pubport help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

needs() {
	command -v "$1" >/dev/null || skip "there is no $1"
}

# in_fish LINE: what fish makes of its last word
in_fish() {
	PATH=$SHELLS_PATH HOME=$BATS_TEST_TMPDIR fish -c '
		source $argv[1]
		complete -C $argv[2]' "$BATS_FILE_TMPDIR/fish" "$1" |
		cut -f 1 | sort
}

fish_completes() {
	same "$2" "$(tr ' ' '\n' <<<"$1" | sort)" "$(in_fish "$2")"
}

# ----------------------------------------------------------------- bash --

@test "bash completes commands" {
	bash_completes "$(commands | tr '\n' ' ' | sed 's/ $//')" ''
	bash_completes 'rm' r
	bash_completes 'completion' help c
	bash_completes 'bash zsh fish' completion ''
	bash_completes '' completion bash ''
	bash_completes '' no-such-command ''
}

@test "bash completes all options of each command, and no others" {
	local command
	for command in $(commands); do
		same "options of $command" \
			"$(pubport help "$command" |
				sed -n 's/^  \(-.,\|   \) --\([a-z-]*\).*/--\2/p' |
				sort)" \
			"$(in_bash "$command" --)"
	done
	bash_completes '--replace' --json add 8080:80 --r
}

@test "bash completes keys, names and targets" {
	local keys='0.0.0.0:8080/tcp [::]:8080/tcp 192.168.33.2:53/udp'
	bash_completes "$keys" rm ''
	bash_completes "$keys" rm --drain 0.0.0.0:8080/tcp ''
	bash_completes 'flask a,b' port ''
	bash_completes '' port flask ''
	bash_completes 'flask' rm --name f
	bash_completes 'flask' rm -n f
	bash_completes 'netns:web' add --to ''
	bash_completes 'netns:web' add 8080:80 -t n
	bash_completes '' add --ttl ''
	bash_completes '' add ''
}

@test "bash completes words that readline breaks" {
	bash_completes '8080/tcp' rm 0.0.0.0 : 80
	bash_completes '8080/tcp' rm 0.0.0.0 :
	bash_completes '8080/tcp' rm '[' :: ']' : 8
	bash_completes 'web' add --to netns :
	bash_completes 'netns:web' add --to =
	bash_completes 'web' add --to = netns : w
	bash_completes '--to=netns:web' add --to=n
	bash_completes '' add --ttl=
}

@test "bash does what was completed" {
	pubport add --to 172.17.0.2 192.168.33.2:8099:80
	printf '%s\n' 'PS1= ' "source $BATS_FILE_TMPDIR/bash" \
		$'pubport rm 192.168.33.2:809\t' $'exi\t' |
		PATH=$SHELLS_PATH script -qec 'bash --norc -i' /dev/null
	[[ $(pubport ls -q) != *8099* ]] || fail "it is still there"
}

@test "bash offers no name that a shell could take for more" {
	on host nft add element inet pubport any4 \
		'{ tcp . 9999 comment "x$(id>pwned)" : 172.17.0.2 . 80 }'
	contains "names" 'x$(id' "$(pubport ls --json)"
	bash_completes 'flask a,b' port ''
	pubport rm 0.0.0.0:9999
}

@test "bash's script is clean" {
	shellcheck -s bash "$BATS_FILE_TMPDIR/bash"
}

# ---------------------------------------------------------------- others --

@test "zsh takes its script" {
	needs zsh
	zsh -n "$BATS_FILE_TMPDIR/zsh"
	same "first line" '#compdef pubport' "$(head -n 1 "$BATS_FILE_TMPDIR/zsh")"
	# each option of each command has its text
	local command option
	for command in $(commands); do
		for option in $(in_bash "$command" --); do
			grep -q -- "$option=*\\[" "$BATS_FILE_TMPDIR/zsh" ||
				fail "no $option of $command"
		done
	done
}

@test "fish completes" {
	needs fish
	fish_completes "$(commands | tr '\n' ' ' | sed 's/ $//')" 'pubport '
	fish_completes '0.0.0.0:8080/tcp [::]:8080/tcp 192.168.33.2:53/udp' \
		'pubport --json rm '
	fish_completes 'flask a,b' 'pubport port '
	fish_completes '' 'pubport port flask '
	fish_completes 'netns:web' 'pubport add 8080:80 --to '
	fish_completes '--replace' 'pubport add --r'
	fish_completes '--filter --format' 'pubport ps --f'
	fish_completes 'bash zsh fish' 'pubport completion '
}

@test "the scripts are installed where the shells look" {
	local root=$BATS_TEST_TMPDIR/root file
	may_install || skip 'only who built it may install it'
	meson install -C "$BUILD" --no-rebuild --destdir "$root" --quiet
	for file in bash-completion/completions/pubport.bash \
		zsh/site-functions/_pubport \
		fish/vendor_completions.d/pubport.fish; do
		[ -n "$(find "$root" -path "*/share/$file" -size +0)" ] ||
			fail "no $file"
	done
}

@test "another shell is an error that names those there are" {
	rejects 2 'bash, zsh or fish' completion tcsh
	rejects 2 'bash|zsh|fish' completion
}
