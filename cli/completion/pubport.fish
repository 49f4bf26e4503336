# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for pubport, as "pubport completion fish" prints it

function __pubport_KEY
	pubport ls -q 2>/dev/null
end

# a comma may be part of a name, but a quote never is
function __pubport_NAME
	pubport ls --json 2>/dev/null | sed -n 's/.*"name":"\([^"]*\)".*/\1/p'
end

function __pubport_TARGET
	pubport targets -q 2>/dev/null
end

function __pubport_FILE
	__fish_complete_path (commandline -ct)
end

# the command and its operands so far, as far as they are no options
function __pubport_words
	string match -v -- '-*' (commandline -opc)[2..]
end

# whether one of these is the command; "" is none
function __pubport_is
	set -l words (__pubport_words)
	contains -- "$words[1]" $argv
end

# whether the command has fewer operands than that
function __pubport_has_below
	test (count (__pubport_words)) -le $argv[1]
end

complete -c pubport -f
@TABLE@
