/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces: opened by name, path or process, and listed. */
#ifndef HOST_NETNS_H
#define HOST_NETNS_H

#include "pubport.h"
#include "util/cleanup.h"

#include <sys/types.h>

/* where iproute2 keeps the namespaces that have a name */
#define NETNS_DIRECTORY "/run/netns"

/* what targets that are namespaces begin with */
#define NETNS_PREFIX "netns:"
#define NETNS_PID_PREFIX "pid:"

/* NETNS_DIRECTORY or "/proc/PID/ns", and the name of a file in it */
#define NETNS_PATH_SIZE 280

const char *netns_path(const char *text, char *space);
int netns_open(const char *text, int *ret_fd, struct pubport_error *error);
int netns_open_own(int *ret_fd);
bool netns_same(int a_fd, int b_fd);

/**
 * struct netns - a network namespace
 * @text: how to write it: "netns:NAME", or "pid:N" when it has no name
 * @process: command name of the process @pid, printable, or ""
 * @pid: the lowest process in it, or 0
 * @device: device of its file; with @inode, what tells namespaces apart
 * @inode: inode of its file
 */
struct netns {
	char text[PUBPORT_TARGET_SIZE];
	char process[16];
	int pid;
	dev_t device;
	ino_t inode;
};

/**
 * struct netns_list - the network namespaces of this machine
 * @items: free with netns_list_done()
 * @count: number of @items
 * @denied: whether some other user's process could not be looked at
 */
struct netns_list {
	struct netns *items;
	size_t count;
	bool denied;
};

int netns_list(struct netns_list *ret_list);
void netns_list_forget(struct netns_list *list, int fd);
void netns_list_done(struct netns_list *list);

DEFINE_CLEANUP(netns_list_done, struct netns_list)

#endif
