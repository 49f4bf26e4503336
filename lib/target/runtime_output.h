/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers and virtual machines, as their runtimes print them. */
#ifndef TARGET_RUNTIME_OUTPUT_H
#define TARGET_RUNTIME_OUTPUT_H

#include "pubport.h"
#include "util/cleanup.h"

#define INSTANCE_NETWORK_SIZE 64

/**
 * struct instance_addr - an address that a runtime says an instance has
 * @addr: the address
 * @network: name of the runtime's network, printable, or ""
 */
struct instance_addr {
	struct pubport_addr addr;
	char network[INSTANCE_NETWORK_SIZE];
};

/**
 * struct instance - a container or virtual machine
 * @name: as it is written behind its kind, printable; "" where what was read
 *	does not tell
 * @id: its number with the runtime, printable, or ""
 * @image: image of a container, printable, or ""
 * @running: whether it runs
 * @pid: a process in it, or 0; may be one of another machine
 * @addrs: addresses that it has, perhaps none, perhaps not all
 * @addr_count: number of @addrs
 */
struct instance {
	char name[PUBPORT_TARGET_SIZE];
	char id[65];
	char image[PUBPORT_IMAGE_SIZE];
	bool running;
	int pid;
	struct instance_addr addrs[PUBPORT_TARGET_ADDRS];
	size_t addr_count;
};

/**
 * struct instances - an array of them on the heap
 * @items: free with instances_done()
 * @count: number of @items
 */
struct instances {
	struct instance *items;
	size_t count;
};

struct instance *instances_append(struct instances *instances);
void instances_done(struct instances *instances);

DEFINE_CLEANUP(instances_done, struct instances)

int read_names(const char *output, struct instances *instances);
int read_containers(const char *output, struct instances *instances);
int read_machines(const char *output, struct instances *instances);
int read_incus(const char *output, struct instances *instances);
int read_pid(const char *output, struct instances *instances);
int read_domifaddr(const char *output, struct instances *instances);

#endif
