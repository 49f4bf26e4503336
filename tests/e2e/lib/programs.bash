# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The runtimes' programs: hidden, or only scripts.

RUNTIMES=(docker podman machinectl lxc-ls lxc-info incus virsh)
# where programs are looked for, in this order; the first is for fakes
FOLDERS=(/usr/local/{sbin,bin} /usr/{sbin,bin} /{sbin,bin} /snap/bin)

# no runtime is installed
hide_runtimes() {
	local folder program
	hidden=()
	for program in "${RUNTIMES[@]}"; do
		for folder in "${FOLDERS[@]}"; do
			[ -x "$folder/$program" ] || continue
			mount --bind /dev/null "$folder/$program"
			hidden+=("$folder/$program")
		done
	done
}

show_runtimes() {
	((${#hidden[@]} == 0)) || umount "${hidden[@]}"
}

# from now on, fake() can be used
begin_fakes() {
	mount -t tmpfs fakes "${FOLDERS[0]}"
}

end_fakes() {
	umount -q --lazy "${FOLDERS[0]}" || :
}

# fake PROGRAM: it does what standard input says, as a script
fake() {
	{
		echo '#!/bin/bash'
		cat
	} >"${FOLDERS[0]}/$1"
	chmod +x "${FOLDERS[0]}/$1"
}
