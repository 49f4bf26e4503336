#compdef pubport
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh completion for pubport, as "pubport completion zsh" prints it

# the commands; of one of them the options and operands, for _arguments
_pubport_table() {
@TABLE@
}

_pubport_offer() {
	local -a found=(${(f)1})
	compadd -a found
}

_pubport_KEY() {
	_pubport_offer "$(pubport ls -q 2>/dev/null)"
}

# a comma may be part of a name, but a quote never is
_pubport_NAME() {
	_pubport_offer "$(pubport ls --json 2>/dev/null |
		sed -n 's/.*"name":"\([^"]*\)".*/\1/p')"
}

_pubport_TARGET() {
	_pubport_offer "$(pubport targets -q 2>/dev/null)"
}

_pubport_FILE() {
	_files
}

_pubport() {
	local curcontext=$curcontext state line
	local -A opt_args
	local -a commands options operands

	_pubport_table ''
	_arguments -C -s $options '1:command:->command' '*::operand:->operand' &&
		return
	case $state in
	command)
		_describe command commands
		;;
	operand)
		_pubport_table $words[1]
		_arguments -s $options $operands
		;;
	esac
}

# read from a folder of $fpath, it is the function; else it is sourced
if [[ $funcstack[1] == _pubport ]]; then
	_pubport "$@"
else
	compdef _pubport pubport
fi
