# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for pubport, as "pubport completion bash" prints it

# the commands; of one of them the options, those that take a value with what
# completes it, what completes the operands, and how many of them
_pubport_table() {
@TABLE@
}

# what there is of a kind, one a line
_pubport_list() {
	case $1 in
	KEY)
		"${COMP_WORDS[0]}" ls -q
		;;
	NAME)
		# a comma may be part of a name, but a quote never is
		"${COMP_WORDS[0]}" ls --json |
			sed -n 's/.*"name":"\([^"]*\)".*/\1/p' | sort -u
		;;
	TARGET)
		"${COMP_WORDS[0]}" targets -q
		;;
	FILE)
		compopt -o filenames
		compgen -f -- "$2"
		;;
	*)
		echo "${1// /$'\n'}"
		;;
	esac 2>/dev/null
}

# Readline breaks a word at : = and @, and replaces only what comes after.
_pubport() {
	local commands='' options='' values='' operands='' most=''
	local word='' glue='' words=() command='' count=0
	local current previous before='' replaced kind=''

	for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
		if [[ ${words[*]} && ($glue || $word =~ ^[:=@]+$) ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
		glue=''
		[[ $word =~ ^[:=@]+$ ]] && glue=$word word=''
	done
	current=${words[-1]}
	replaced=${current%"$word"}
	unset 'words[-1]'
	previous=${words[*]: -1}

	for word in "${words[@]}"; do
		[[ $word == -* ]] && continue
		[[ $command ]] && ((count += 1))
		command=${command:-$word}
	done
	_pubport_table "$command"

	if [[ $current == --*=* ]]; then
		before=${current%%=*}= current=${current#*=}
		previous=${before%=}
	fi
	if [[ $values == *" $previous="* ]]; then
		kind=${values#*" $previous="} kind=${kind%% *}
	elif [[ $before ]]; then
		return
	elif [[ $current == -* ]]; then
		kind=$options
	elif [[ ! $command ]]; then
		kind=$commands
	elif ((count < most)); then
		kind=$operands
	fi

	COMPREPLY=()
	while read -r word; do
		# what a table says is not trusted: no word that needs quotes
		[[ $word == *[^][A-Za-z0-9_.:/@+,%=-]* ]] && continue
		[[ $word && $word == "$current"* ]] || continue
		word=$before$word
		COMPREPLY+=("${word#"$replaced"}")
	done < <(_pubport_list "$kind" "$current")
}

complete -F _pubport pubport
