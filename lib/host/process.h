/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of processes, and which one a socket belongs to. */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct process - a process
 * @pid: its id, as this mount of /proc numbers it
 * @name: its command name, printable
 */
struct process {
	int pid;
	char name[16];
};

int process_started(int pid, int64_t *ret_started);
int process_name(int pid, char *ret_name, size_t size);
int process_find_socket(uint32_t inode, struct process *ret_process);

#endif
