/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of a network namespace, as /proc/net tells of them.
 *
 * A kernel may lack the modules that answer sock_diag, such as udp_diag.  These
 * files are slower to read, and don't tell whether [::] leaves IPv4 alone.
 */
#include "netlink/proc_net.h"

#include "mapping/addr.h"
#include "netlink/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>

/* whoever rules a namespace may open as many as he likes */
#define FOREIGN_SOCKETS 16384

/* numbers in the host's order, each of four bytes of the address */
static bool parse_addr(const char *text, enum pubport_family family,
		       struct pubport_addr *ret_addr)
{
	uint32_t number;

	*ret_addr = (struct pubport_addr){ .family = family };
	if (strlen(text) != 2 * addr_length(ret_addr))
		return false;
	for (size_t i = 0; i < addr_length(ret_addr); i += sizeof(number)) {
		if (sscanf(text + 2 * i, "%8" SCNx32, &number) != 1)
			return false;
		memcpy(ret_addr->bytes + i, &number, sizeof(number));
	}
	return true;
}

/* "0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 UID TIMEOUT INODE" */
static bool parse_inet(const char *line, enum pubport_family family,
		       struct proc_socket *socket)
{
	char addr[33];

	return sscanf(line,
		      "%*d: %32[0-9A-F]:%4" SCNx16
		      " %*[0-9A-F:] %2x %*s %*s %*s %*u %*u %" SCNu32,
		      addr, &socket->port, &socket->state,
		      &socket->inode) == 4 &&
	       parse_addr(addr, family, &socket->addr);
}

/* "ENDPOINT SOCKET TYPE STATE BUCKET PORT UID INODE ADDRESS...": the first
 * address stands for all; the file has both families */
static bool parse_sctp(const char *line, enum pubport_family family,
		       struct proc_socket *socket)
{
	char addr[PUBPORT_ADDR_TEXT_SIZE];

	return sscanf(line,
		      "%*s %*s %*d %u %*d %" SCNu16 " %*u %" SCNu32 " %45s",
		      &socket->state, &socket->port, &socket->inode,
		      addr) == 4 &&
	       !pubport_addr_parse(addr, &socket->addr) &&
	       socket->addr.family == family;
}

/**
 * proc_net_parse() - read a line of one of the files
 * @line: the line
 * @family: of the file; of sctp, that of the sockets that are wanted
 * @protocol: of the file
 * @ret_socket: the socket
 *
 * Return: whether it tells of a socket.
 */
bool proc_net_parse(const char *line, enum pubport_family family,
		    enum pubport_protocol protocol,
		    struct proc_socket *ret_socket)
{
	struct proc_socket socket = { .port = 0 };

	if (!(protocol == PUBPORT_SCTP ? parse_sctp(line, family, &socket)
				       : parse_inet(line, family, &socket)))
		return false;
	*ret_socket = socket;
	return true;
}

/**
 * struct opening - a file that is opened in another namespace
 * @path: its path, by a link that leads to the namespace of whoever follows it
 * @file: the file
 */
struct opening {
	char path[64];
	FILE *file;
};

static int open_there(void *data)
{
	struct opening *opening = data;

	opening->file = fopen(opening->path, "re");
	return opening->file ? 0 : -errno;
}

/* there is no file of a protocol that the kernel doesn't have */
static int open_list(int netns_fd, enum pubport_family family,
		     enum pubport_protocol protocol, FILE **ret_file)
{
	struct opening opening = { .file = NULL };
	int code;

	snprintf(opening.path, sizeof(opening.path),
		 "/proc/thread-self/net/%s%s",
		 protocol == PUBPORT_SCTP ? "sctp/eps"
					  : pubport_protocol_name(protocol),
		 protocol == PUBPORT_SCTP || family == PUBPORT_IPV4 ? "" : "6");
	code = netns_fd < 0 ? open_there(&opening)
			    : netlink_do_in(netns_fd, open_there, &opening);
	*ret_file = opening.file;
	return code == -ENOENT ? 0 : code;
}

/**
 * proc_net_read() - look at each socket of a protocol
 * @netns_fd: the network namespace, or -1 for this one
 * @family: of the sockets
 * @protocol: tcp, udp or sctp; one that the kernel doesn't have has none
 * @each: called for each; returns MNL_CB_OK, or MNL_CB_ERROR with errno set
 * @data: handed to @each
 *
 * Return: 0; -E2BIG where a namespace of others has too many; the errno of
 * @each; or another negative errno.
 */
int proc_net_read(int netns_fd, enum pubport_family family,
		  enum pubport_protocol protocol,
		  int (*each)(const struct proc_socket *socket, void *data),
		  void *data)
{
	FILE *file CLEANUP(fclose) = NULL;
	char *line CLEANUP(free) = NULL;
	struct proc_socket socket;
	size_t size = 0;
	int code = open_list(netns_fd, family, protocol, &file);

	for (size_t i = 0; file && getline(&line, &size, file) > 0; i++) {
		if (netns_fd >= 0 && i > FOREIGN_SOCKETS)
			return -E2BIG;
		if (proc_net_parse(line, family, protocol, &socket) &&
		    each(&socket, data) == MNL_CB_ERROR)
			return -errno;
	}
	return code;
}
