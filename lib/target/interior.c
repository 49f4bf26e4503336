/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network namespace of a target, seen from within.
 *
 * Where a mapping names its target by an address, the namespace is the one
 * that has this address, by a wire that leads to the host: a census of all
 * namespaces tells.  Targets that have none, such as virtual machines, can't be
 * looked into.
 */
#include "target/interior.h"

#include "mapping/addr.h"
#include "util/error.h"

#include <linux/netlink.h>
#include <string.h>

/**
 * interior_done() - leave a namespace
 * @interior: entered or all zero
 */
void interior_done(struct interior *interior)
{
	sockets_done(&interior->sockets);
	addresses_done(&interior->addresses);
	links_done(&interior->links);
	netlink_close(&interior->route);
	memset(interior, 0, sizeof(*interior));
}

static int look_around(struct interior *interior, int netns_fd,
		       const struct reach_host *host)
{
	int code = netlink_open_in(&interior->route, NETLINK_ROUTE, netns_fd);

	if (!code)
		code = links_read(&interior->route, &interior->links);
	if (!code)
		code = link_netnsid(&interior->route, host->netns_fd,
				    &interior->host_id);
	if (!code)
		code = addresses_read(&interior->route, &interior->addresses);
	return code ? code : sockets_read(netns_fd, &interior->sockets);
}

/**
 * interior_open() - look into a namespace
 * @interior: all zero; end with interior_done()
 * @text: "netns:NAME", "netns:/path", "pid:N", or just NAME
 * @host: from where it is seen
 * @error: quotes @text
 *
 * Return: 0; -ENOENT or -ESRCH when there is no such namespace; -EPERM or
 * -EACCES without the right to look into it; or another negative errno.
 */
int interior_open(struct interior *interior, const char *text,
		  const struct reach_host *host, struct pubport_error *error)
{
	char space[NETNS_PATH_SIZE];
	int fd CLEANUP(close) = -1;
	int code = netns_open(text, &fd, error);

	if (code)
		return code;
	code = look_around(interior, fd, host);
	if (code) {
		interior_done(interior);
		return error_kernel(error, code, text);
	}
	snprintf(interior->text, sizeof(interior->text), "%s", text);
	snprintf(interior->path, sizeof(interior->path), "%s",
		 netns_path(text, space));
	interior->known = true;
	return 0;
}

/**
 * interior_find() - an address of a namespace
 * @interior: entered
 * @addr: which
 *
 * Return: it, or NULL.
 */
const struct address_info *interior_find(const struct interior *interior,
					 const struct pubport_addr *addr)
{
	return addresses_find(&interior->addresses, addr);
}

/**
 * interior_link() - the interface of a namespace that a target is reached by
 * @interior: entered
 * @addr: the target's address
 *
 * Return: the one that has the address; where none has it, the first one that
 * leads to the host; or NULL.
 */
const struct link_info *interior_link(const struct interior *interior,
				      const struct pubport_addr *addr)
{
	const struct address_info *address = interior_find(interior, addr);

	if (address)
		return links_find(&interior->links, address->interface);
	for (size_t i = 0; i < interior->links.count; i++)
		if (interior->host_id >= 0 &&
		    interior->links.items[i].link_netnsid == interior->host_id)
			return &interior->links.items[i];
	return NULL;
}

/* ---------------------------------------------------------------- census */

/* one that ended meanwhile, or can't be entered, reaches nothing */
static int count_netns(struct census *census, size_t index,
		       const struct reach_host *host)
{
	int fd CLEANUP(close) = -1;
	int code = netns_open(census->list.items[index].text, &fd, NULL);

	if (!code)
		code = reach_inspect(host, fd, &census->reaches[index]);
	return error_is_shortage(code) ? code : 0;
}

/**
 * census_take() - find out which namespace has which address
 * @census: all zero; end with census_done(), also after a failure
 * @host: from where they are seen
 *
 * Return: 0, -ENOMEM, or another negative errno where /proc is missing.
 */
int census_take(struct census *census, const struct reach_host *host)
{
	int code = netns_list(&census->list);

	if (code)
		return code;
	census->reaches =
		calloc(census->list.count + 1, sizeof(*census->reaches));
	if (!census->reaches)
		return -ENOMEM;
	for (size_t i = 0; !code && i < census->list.count; i++)
		code = count_netns(census, i, host);
	return code;
}

/**
 * census_done() - free what is known of namespaces
 * @census: taken or all zero
 */
void census_done(struct census *census)
{
	netns_list_done(&census->list);
	free(census->reaches);
	memset(census, 0, sizeof(*census));
}

/**
 * census_find() - the namespace that has an address
 * @census: taken or all zero
 * @addr: which
 *
 * Return: how to write it, such as "pid:23", or NULL when none is known.
 */
const char *census_find(const struct census *census,
			const struct pubport_addr *addr)
{
	for (size_t i = 0; census->reaches && i < census->list.count; i++)
		for (size_t j = 0; j < census->reaches[i].count; j++)
			if (addr_equal(&census->reaches[i].addrs[j].addr, addr))
				return census->list.items[i].text;
	return NULL;
}
