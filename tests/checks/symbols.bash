# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Which names the libraries show to programs.

# what pubport.h declares
declared() {
	gcc -fpreprocessed -dD -E -P "$1/lib/pubport.h" |
		grep -o '\bpubport_[a-z0-9_]*(' | tr -d '(' | sort -u
}

# what the symbol map says
mapped() {
	grep -o '\bpubport_[a-z0-9_]*;' "$1/lib/libpubport.map" |
		tr -d ';' | sort -u
}

# what a shared library exports
exported() {
	nm -D --defined-only "$1" |
		sed -n 's/^[0-9a-f]* [^A] \([^@]*\).*/\1/p' | sort -u
}

# what a static library shows to whom links it
archived() {
	nm -g --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort -u
}
