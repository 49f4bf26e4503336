# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A real systemd on the host of lab.bash: its root is the machine's with what
# "meson install" puts there, and what is written to it goes with it.  It
# shares /run, so that it sees the namespaces that the lab makes.  Source
# lab.bash first, and expect.bash.

MACHINE=${BATS_FILE_TMPDIR:?}/machine
CGROUPS=$BATS_FILE_TMPDIR/cgroups
CGROUP=$CGROUPS/pubport-tests-$$

# runs a command on the host, beside systemd
beside() {
	nsenter --target "$(<"$MACHINE/pid")" --mount --pid --net --uts --ipc \
		--cgroup -- "$@"
}

# the machine's root, to write on, with pubport installed
lay_root() {
	mkdir "$MACHINE" "$CGROUPS"
	mount -t tmpfs machine "$MACHINE" || return
	mkdir "$MACHINE"/{new,work,root}
	mount -t overlay -o "lowerdir=/,upperdir=$MACHINE/new,workdir=$MACHINE/work" \
		machine "$MACHINE/root" || return
	meson install -C "$BUILD" --no-rebuild --destdir "$MACHINE/root" \
		--quiet || return
	# nothing else is to start
	rm -rf "$MACHINE"/root/etc/systemd/system/*.{wants,requires}
	printf '%032x\n' 1 >"$MACHINE/root/etc/machine-id"
}

# a cgroup for it to be the first of
lay_cgroup() {
	mount -t cgroup2 cgroup2 "$CGROUPS" && mkdir "$CGROUP"
}

# what runs in namespaces of its own: mounts what systemd wants, becomes it
BOOT='
	cd "$1"
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount --rbind /run run
	mount --make-rslave run
	mount -t tmpfs tmp tmp
	mount -t tmpfs dev dev
	for device in null zero full random urandom tty; do
		: >"dev/$device"
		mount --bind "/dev/$device" "dev/$device"
	done
	ln -s pts/ptmx dev/ptmx
	mkdir old
	pivot_root . old
	mount --make-rprivate old
	umount --lazy old
	mount --make-rshared /
	exec env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		container=pubport-tests /lib/systemd/systemd --unit=basic.target'

is_booted() {
	pgrep -P "$(<"$MACHINE/above")" -x systemd >"$MACHINE/pid" &&
		beside systemctl is-system-running
}

boot() {
	[ -x /lib/systemd/systemd ] || { echo "no systemd"; return 1; }
	! is_guest || { echo "only the machine's root may"; return 1; }
	may_install || { echo "only who built it may install it"; return 1; }
	lay_root && lay_cgroup && mount --make-shared /run || return
	bash -c 'echo 0 >"$1/cgroup.procs"; shift; exec "$@"' _ "$CGROUP" \
		nsenter --net=/run/machines/host -- \
		unshare --mount --propagation unchanged --pid --uts --ipc \
		--cgroup --fork --kill-child -- \
		bash -euc "$BOOT" boot "$MACHINE/root" \
		</dev/null >"$MACHINE/said" 2>&1 3>&- &
	echo "$!" >"$MACHINE/above"
	eventually is_booted >/dev/null 2>&1 || { tail -n 1 "$MACHINE/said"; return 1; }
}

cgroup_is_removed() {
	find "$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -d "$CGROUP" ]
}

shut_down() {
	if [ -e "$MACHINE/above" ]; then
		kill -KILL "$(<"$MACHINE/above")"
		eventually cgroup_is_removed
	fi
	umount -q "$CGROUPS" "$MACHINE/root" "$MACHINE"
}
