# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Real runtimes, started for the tests on the host of lab.bash, each with a
# container of busybox.  What they keep and what they change ends with ./world.
# Source lab.bash first.

SCRATCH=${BATS_FILE_TMPDIR:?}
export CONTAINERS_CONF=$SCRATCH/containers.conf
export LIBVIRT_DEFAULT_URI=test://$SCRATCH/libvirt.xml
CGROUP=pubport-tests

# ---------------------------------------------------------------- machine --

# the controllers that this machine has, by the older or the newer layout
mount_cgroups() {
	local controller
	if ! grep -q '^1:' /proc/self/cgroup; then
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		return
	fi
	mount -t tmpfs cgroups /sys/fs/cgroup
	cut -d: -f2 /proc/self/cgroup | while read -r controller; do
		[ -n "$controller" ] || continue
		mkdir "/sys/fs/cgroup/${controller#name=}"
		mount -t cgroup -o "${controller/name=/none,name=}" cgroup \
			"/sys/fs/cgroup/${controller#name=}"
	done
}

# the machine as engines want it: the host's devices in /sys, cgroups, and
# folders of their own
prepare_engines() {
	local folder
	on host mount -t sysfs sysfs /sys || return
	mount_cgroups || return
	installed busybox || return
	for folder in /var/lib/{lxc,containers,docker}; do
		[ ! -d "$folder" ] || mount -t tmpfs engines "$folder"
	done
	mkdir -p "$SCRATCH/root/bin"
	cp "$(command -v busybox)" "$SCRATCH/root/bin/"
	ln -s busybox "$SCRATCH/root/bin/sleep"
	mkdir "$SCRATCH/root/"{proc,sys,dev,tmp,etc,run,usr}
}

# empty cgroups stay behind otherwise
remove_cgroups() {
	find /sys/fs/cgroup -depth -type d -path "*/$CGROUP*" -exec rmdir {} +
}

# waits up to 10 seconds for COMMAND to succeed
await() {
	local try
	for ((try = 0; try < 100; try++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}

# a machine NAME for lab.bash, that is the namespace of process PID
add_instance() {
	local name=$1 pid=$2
	: >"/run/machines/$name"
	mount --bind "/proc/$pid/ns/net" "/run/machines/$name"
}

# ---------------------------------------------------------------- engines --

# whether all of these PROGRAMs are there; says which one isn't
installed() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null ||
			{ echo "$program is not installed"; return 1; }
	done
}

start_docker() {
	installed dockerd docker || return
	on host dockerd --storage-driver vfs --cgroup-parent "/$CGROUP" \
		--data-root "$SCRATCH/docker" --exec-root "$SCRATCH/docker-exec" \
		--pidfile "$SCRATCH/docker.pid" --host unix:///run/docker.sock \
		--bip 172.17.0.1/16 --ipv6 --fixed-cidr-v6 fd17::/64 \
		>"$SCRATCH/docker.log" 2>&1 3>&- &
	await docker version || return
	tar -C "$SCRATCH/root" -c . | docker import - webapp:noexpose
	docker run --detach --name flask webapp:noexpose sleep 1000
	docker network create --subnet 172.31.5.0/24 front
	docker network connect front flask
	add_instance flask "$(docker inspect -f '{{.State.Pid}}' flask)"
}

stop_docker() {
	if [ -e "$SCRATCH/docker.pid" ]; then
		docker ps --quiet --all | xargs -r docker rm --force
		kill "$(<"$SCRATCH/docker.pid")"
		await test ! -e "$SCRATCH/docker.pid"
	fi
	umount "$SCRATCH"/docker-exec/netns/* "$SCRATCH/docker"
}

start_podman() {
	installed podman || return
	cat >"$CONTAINERS_CONF" <<-END
		[network]
		network_backend = "netavark"
		network_config_dir = "$SCRATCH/networks"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
	END
	tar -C "$SCRATCH/root" -c . |
		podman --storage-driver vfs import - webapp:podman
	on host podman --storage-driver vfs run --detach --name django \
		--cgroup-parent "/$CGROUP" localhost/webapp:podman sleep 1000
	add_instance django "$(podman inspect -f '{{.State.Pid}}' django)"
}

stop_podman() {
	on host podman rm --force --time 0 --all
}

start_lxc() {
	installed lxc-start lxc-info || return
	local name
	for name in box idle; do
		mkdir -p "/var/lib/lxc/$name"
		cp -r "$SCRATCH/root" "/var/lib/lxc/$name/rootfs"
		cat >"/var/lib/lxc/$name/config" <<-END
			lxc.rootfs.path = dir:/var/lib/lxc/$name/rootfs
			lxc.uts.name = $name
			lxc.net.0.type = veth
			lxc.net.0.link = docker0
			lxc.net.0.flags = up
			lxc.net.0.ipv4.address = 172.17.0.101/16
			lxc.net.0.ipv4.gateway = 172.17.0.1
			lxc.init.cmd = /bin/sleep 1000
			lxc.apparmor.profile = unconfined
			lxc.cgroup.dir.container = $CGROUP/lxc
			lxc.cgroup.dir.monitor = $CGROUP/lxc-monitor
			lxc.cgroup.dir.monitor.pivot = $CGROUP/lxc-pivot
		END
	done
	on host lxc-start --name box --logfile "$SCRATCH/lxc.log" || return
	add_instance box "$(on host lxc-info --name box --pid --no-humanize)"
}

stop_lxc() {
	on host lxc-stop --kill --name box
}

# machined knows a machine by the unit that its cgroup is of
enter_unit() {
	local hierarchy
	for hierarchy in /sys/fs/cgroup{,/systemd,/unified}; do
		[ -e "$hierarchy/cgroup.procs" ] || continue
		mkdir -p "$hierarchy/$CGROUP.service"
		echo "$BASHPID" >"$hierarchy/$CGROUP.service/cgroup.procs"
	done
}

start_machine() {
	installed machinectl systemd-nspawn dbus-daemon || return
	mkdir -p /run/dbus /run/systemd/system
	dbus-daemon --system --nofork --nopidfile >"$SCRATCH/machine.log" 2>&1 3>&- &
	machine_daemons=($!)
	await test -S /run/dbus/system_bus_socket || return
	/lib/systemd/systemd-machined >>"$SCRATCH/machine.log" 2>&1 3>&- &
	machine_daemons+=($!)
	await machinectl list || return
	cp -r "$SCRATCH/root" "$SCRATCH/nspawn"
	(
		enter_unit
		on host systemd-nspawn --quiet --machine crate --keep-unit \
			--directory "$SCRATCH/nspawn" --network-bridge docker0 \
			--as-pid2 /bin/sleep 1000 >>"$SCRATCH/machine.log" 2>&1 3>&-
	) &
	nspawn=$!
	await machinectl show crate || return
	add_instance crate "$(machinectl show --property Leader --value crate)"
	configure crate <<-END
		link set host0 up
		address add 172.17.0.102/16 dev host0
		route add default via 172.17.0.1
	END
}

# what systemd would do for machined, were it there
stop_machine() {
	if [ -n "${nspawn-}" ]; then
		kill -KILL "$(machinectl show --property Leader --value crate)"
		wait "$nspawn"
	fi
	kill "${machine_daemons[@]}"
	wait "${machine_daemons[@]}"
}

# the driver for tests, within virsh itself, tells where a machine would be
start_libvirt() {
	installed virsh || return
	cat >"$SCRATCH/libvirt.xml" <<-END
		<node>
		  <domain type="test">
		    <name>vm</name><memory>1</memory><os><type>hvm</type></os>
		    <devices>
		      <interface type="network"><source network="lab"/></interface>
		    </devices>
		  </domain>
		  <network>
		    <name>lab</name><bridge name="docker0"/>
		    <ip address="172.17.0.1" netmask="255.255.0.0">
		      <dhcp><range start="172.17.0.110" end="172.17.0.119"/></dhcp>
		    </ip>
		  </network>
		</node>
	END
	virsh list --name
}

stop_libvirt() {
	:
}
