/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces: seen from within, and which of their addresses the host
 * reaches, by what way.
 *
 * Those that count are reached on-link.  That the host has a route to the same
 * subnet is not enough: several labs on one machine may all have a 172.17.0.2.
 * So we also follow the wires.  Each link of the namespace that leads to the
 * host ends at a device of the host, its port; an address counts when the
 * host's route leaves by that port, by the bridge that the port is in, or by a
 * VLAN or the like on top of these.
 *
 * Of a macvlan or ipvlan, the end at the host is the parent, which does not
 * talk to its children.  Only the host's own child of that parent does.
 *
 * What is attached in other ways (a card moved into the namespace, an Open
 * vSwitch, another namespace that switches between) can't be told from a
 * stranger with the same address, and does not count.
 *
 * Where a mapping names its target by an address, its namespace is the one that
 * has this address, by a wire that leads to the host: a census of all
 * namespaces tells.  Targets that have none, such as virtual machines, can't be
 * looked into.
 */
#include "target/reach.h"

#include "mapping/addr.h"
#include "netlink/route.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <string.h>

/* a bound for devices on top of each other, which might form a ring */
#define LAYERS_MAX 8

/* whoever rules a namespace may give it any number of addresses: of each family
 * that many are looked at */
#define ADDRESSES_MAX 1024

/**
 * reach_host_init() - look at the host
 * @host: end with reach_host_done()
 * @context: who looks, in the calling thread's namespace
 *
 * Return: 0, or a negative errno; @host is then as good as ended.
 */
int reach_host_init(struct reach_host *host, struct pubport *context)
{
	int code;

	memset(host, 0, sizeof(*host));
	host->context = context;
	host->route = &context->route;
	host->netns_fd = -1;
	code = links_read(host->route, &host->links);
	if (!code)
		code = netns_open_own(&host->netns_fd);
	if (code)
		reach_host_done(host);
	return code;
}

/**
 * reach_host_done() - free what is known of the host
 * @host: as begun by reach_host_init(), or ended
 */
void reach_host_done(struct reach_host *host)
{
	cleanup_close(&host->netns_fd);
	host->netns_fd = -1;
	links_done(&host->links);
}

/* ------------------------------------------------------- seen from within */

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

static int enter(struct interior *interior, const struct reach_host *host,
		 int netns_fd)
{
	int code = netlink_open_in(&interior->route, NETLINK_ROUTE, netns_fd);

	if (!code)
		code = links_read(&interior->route, &interior->links);
	if (!code)
		code = link_netnsid(&interior->route, host->netns_fd,
				    &interior->host_id);
	if (!code)
		code = addresses_read(&interior->route, &interior->addresses);
	return code;
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
	code = enter(interior, host, fd);
	if (!code)
		code = sockets_read(fd, &interior->sockets);
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

/* --------------------------------------------------------------- the way */

/* how the host's packets get into a namespace; a higher one is better */
enum way {
	WAY_NONE,
	WAY_WIRE,
	WAY_BRIDGE,
};

/* goes down from @device, by which the host sends, layer by layer to @port */
static enum way way_by_port(const struct reach_host *host,
			    const struct link_info *device,
			    const struct link_info *port)
{
	for (int i = 0; device && i < LAYERS_MAX; i++) {
		if (device->index == port->index)
			return WAY_WIRE;
		if (device->index == port->master)
			return WAY_BRIDGE;
		if (!device->link || device->link_netnsid >= 0)
			return WAY_NONE;
		device = links_find(&host->links, device->link);
	}
	return WAY_NONE;
}

/* the way from @device of the host into a namespace by its interface @link */
static enum way way_by_link(const struct reach_host *host,
			    const struct link_info *device,
			    const struct link_info *link)
{
	const struct link_info *port = links_find(&host->links, link->link);

	if (!port)
		return WAY_NONE;
	if (link_is_child(link))
		return link_is_child(device) && device->link == port->index
			       ? WAY_BRIDGE
			       : WAY_NONE;
	return way_by_port(host, device, port);
}

/* the best way from an interface of the host into a namespace */
static enum way find_way(const struct reach_host *host, unsigned int interface,
			 const struct interior *inside)
{
	const struct link_info *device = links_find(&host->links, interface);
	enum way way, best = WAY_NONE;

	if (!device || inside->host_id < 0)
		return WAY_NONE;
	for (size_t i = 0; i < inside->links.count; i++) {
		if (inside->links.items[i].link_netnsid != inside->host_id)
			continue;
		way = way_by_link(host, device, &inside->links.items[i]);
		if (way > best)
			best = way;
	}
	return best;
}

/**
 * reach_enters() - look whether packets enter a namespace
 * @host: from where
 * @interface: index of the host's interface that they leave by
 * @inside: the namespace
 *
 * Return: whether a wire or a bridge leads from there into it.
 */
bool reach_enters(const struct reach_host *host, unsigned int interface,
		  const struct interior *inside)
{
	return find_way(host, interface, inside) != WAY_NONE;
}

/* ------------------------------------------------------------- addresses */

/* whether an address could be a target at all */
static bool is_usable(const struct interior *inside,
		      const struct address_info *address)
{
	const struct link_info *link =
		links_find(&inside->links, address->interface);

	return link && link->up && address->scope < RT_SCOPE_LINK &&
	       !(address->flags & IFA_F_DADFAILED) &&
	       !addr_why_not_target(&address->addr);
}

/* neither about to go, nor one that is moved about */
static bool is_staying(const struct address_info *address)
{
	return !(address->flags & (IFA_F_DEPRECATED | IFA_F_TEMPORARY)) &&
	       address->interface != LOOPBACK_IFINDEX &&
	       address->prefix < 8 * addr_length(&address->addr);
}

/* -------------------------------------------------------------- the way back
 */

/* the host's interface at the other end of @link, or the bridge that it is in
 */
static const struct link_info *other_end(const struct reach_host *host,
					 const struct interior *inside,
					 const struct link_info *link)
{
	const struct link_info *port = NULL;

	if (link && inside->host_id >= 0 &&
	    link->link_netnsid == inside->host_id && !link_is_child(link))
		port = links_find(&host->links, link->link);
	return port && port->master ? links_find(&host->links, port->master)
				    : port;
}

/* whether a packet that leaves the namespace comes to the host: it is sent to
 * an address of it, or there is nobody else at the end of the wire */
static int comes_to_host(const struct reach_host *host,
			 const struct route_choice *out,
			 const struct link_info *end, bool *ret_comes)
{
	struct route back = { .type = RTN_UNSPEC };
	int code = 0;

	if (out->has_gateway && out->gateway.family)
		code = route_lookup(host->route, &out->gateway, &back);
	*ret_comes = (!code && back.type == RTN_LOCAL) ||
		     (end && strcmp(end->kind, "bridge") != 0);
	return code == -ENETUNREACH ? 0 : code;
}

/* what comes in by one interface and is answered by another is dropped by
 * strict filters: in the namespace what asks, at the host what is answered */
static int find_filter(const struct reach_host *host, struct interior *inside,
		       const struct link_info *in, const struct link_info *end,
		       struct reach_back *back)
{
	const struct link_info *filter = in;
	bool strict = false;
	int code = link_is_strict(&inside->route, in->index, &strict);

	back->inside = strict;
	if (!code && !strict && end) {
		filter = end;
		code = link_is_strict(host->route, end->index, &strict);
	}
	if (code || !strict)
		return code;
	back->way = BACK_FILTERED;
	memcpy(back->filter, filter->name, sizeof(back->filter));
	text_make_printable(back->filter);
	return 0;
}

/* without a way to anywhere there may be one to an address of the host beyond
 * the link; @device: the host's end of that */
static int knows_host(const struct reach_host *host, struct interior *inside,
		      enum pubport_family family,
		      const struct link_info *device, bool *ret_knows)
{
	CLEANUP(addresses_done) struct addresses addresses = { 0 };
	const struct address_info *address;
	struct route route;
	int code = addresses_read(host->route, &addresses);

	*ret_knows = false;
	for (size_t i = 0; !code && !*ret_knows && i < addresses.count; i++) {
		address = &addresses.items[i];
		if (address->addr.family != family ||
		    address->interface == device->index ||
		    addr_is_loopback(&address->addr) ||
		    addr_is_linklocal6(&address->addr))
			continue;
		code = route_lookup(&inside->route, &address->addr, &route);
		*ret_knows = !code;
		if (code == -ENETUNREACH)
			code = 0;
	}
	return code;
}

/* how the answers of an address get back, by its @device of the host */
static int find_back(const struct reach_host *host, struct interior *inside,
		     const struct address_info *address,
		     const struct link_info *device, struct reach_back *back)
{
	const struct route_packet packet = {
		.from = address->addr,
		.to = *addr_anywhere(address->addr.family),
	};
	const struct link_info *in, *end;
	struct route_choice out;
	bool comes = false;
	int code = route_choose(&inside->route, &packet, &out);

	back->way = BACK_NONE;
	if (!code && out.code) {
		code = knows_host(host, inside, packet.to.family, device,
				  &comes);
		back->way = comes ? BACK_NONE : BACK_NOWHERE;
		return code;
	}
	if (code)
		return code;
	in = links_find(&inside->links, address->interface);
	end = other_end(host, inside,
			links_find(&inside->links, out.interface));
	code = comes_to_host(host, &out, end, &comes);
	if (code || !comes)
		return code;
	back->way = out.interface == address->interface ? BACK_SAME
							: BACK_OTHER;
	if (back->way == BACK_SAME || packet.to.family != PUBPORT_IPV4)
		return 0;
	return find_filter(host, inside, in, end == device ? NULL : end, back);
}

/* ------------------------------------------------------------ preference */

/**
 * struct candidate - an address that may be a target
 * @at: the address
 * @back: how its answers get back
 */
struct candidate {
	struct pubport_target_addr at;
	struct reach_back back;
};

/* one that comes later is worse, where nothing else tells */
static bool is_better(const struct candidate *candidate,
		      const struct reach *reach, size_t than)
{
	enum pubport_family family = reach->addrs[than].addr.family;
	const struct reach_back *a = &candidate->back, *b = &reach->backs[than];

	if (candidate->at.addr.family != family)
		return candidate->at.addr.family < family;
	if (a->way != b->way)
		return a->way < b->way;
	if (a->is_default != b->is_default)
		return a->is_default;
	return a->stays && !b->stays;
}

static void insert(struct reach *reach, const struct candidate *candidate)
{
	const size_t max = ARRAY_SIZE(reach->addrs);
	size_t at = reach->count;

	while (at && is_better(candidate, reach, at - 1))
		at--;
	reach->has_others |= reach->count == max;
	if (at == max)
		return;
	reach->count += reach->count < max;
	for (size_t i = reach->count - 1; i > at; i--) {
		reach->addrs[i] = reach->addrs[i - 1];
		reach->backs[i] = reach->backs[i - 1];
	}
	reach->addrs[at] = candidate->at;
	reach->backs[at] = candidate->back;
}

static struct candidate candidate_of(const struct pubport_addr *addr,
				     const struct link_info *device)
{
	struct candidate candidate = { .at.addr = *addr };

	memcpy(candidate.at.interface, device->name, sizeof(device->name));
	text_make_printable(candidate.at.interface);
	return candidate;
}

/* the first one that is out of reach since it is on a child of the host's */
static void note_child(const struct reach_host *host,
		       const struct interior *inside,
		       const struct pubport_addr *addr, struct reach *reach)
{
	const struct link_info *link = interior_link(inside, addr), *parent;
	struct reach_child *child = &reach->child;

	if (*child->kind || !link || !link_is_child(link) ||
	    inside->host_id < 0 || link->link_netnsid != inside->host_id)
		return;
	parent = links_find(&host->links, link->link);
	if (!parent)
		return;
	child->addr = *addr;
	memcpy(child->kind, link->kind, sizeof(child->kind));
	memcpy(child->parent, parent->name, sizeof(child->parent));
	text_make_printable(child->parent);
}

static void note_link(const struct interior *inside,
		      const struct link_info *link, struct reach_back *back)
{
	memcpy(back->lladdr, link->lladdr, sizeof(back->lladdr));
	if (inside->host_id >= 0 && link->link_netnsid == inside->host_id)
		back->port = link->link;
}

static int reach_address(const struct reach_host *host, struct interior *inside,
			 const struct address_info *address,
			 unsigned int way_out, struct reach *reach)
{
	const struct link_info *device = NULL;
	struct candidate candidate;
	enum way way = WAY_NONE;
	struct route route;
	int code = route_lookup(host->route, &address->addr, &route);

	if (code && code != -ENETUNREACH)
		return code;
	if (!code && route_is_on_link(&route))
		way = find_way(host, route.interface, inside);
	if (way != WAY_NONE)
		device = links_find(&host->links, route.interface);
	if (!device) {
		reach->has_others = true;
		note_child(host, inside, &address->addr, reach);
		return 0;
	}
	candidate = candidate_of(&address->addr, device);
	candidate.back.is_default = address->interface == way_out;
	candidate.back.stays = is_staying(address);
	note_link(inside, links_find(&inside->links, address->interface),
		  &candidate.back);
	code = find_back(host, inside, address, device, &candidate.back);
	if (code)
		return code;
	reach->by_bridge |= way == WAY_BRIDGE;
	reach->returns |= candidate.back.way < BACK_NONE;
	insert(reach, &candidate);
	return 0;
}

static int reach_family(const struct reach_host *host, struct interior *inside,
			enum pubport_family family, struct reach *reach)
{
	const struct address_info *address = inside->addresses.items;
	size_t left = ADDRESSES_MAX;
	struct route out = { .interface = 0 };
	int code = route_lookup(&inside->route, addr_anywhere(family), &out);

	if (code == -ENETUNREACH)
		code = 0;
	for (size_t i = 0; !code && i < inside->addresses.count; i++, address++)
		if (address->addr.family == family && left && left-- &&
		    is_usable(inside, address))
			code = reach_address(host, inside, address,
					     out.interface, reach);
	reach->has_others |= !left;
	return code;
}

/**
 * reach_inspect() - what of a namespace the host reaches
 * @host: the host
 * @netns_fd: the namespace
 * @ret_reach: what was found, perhaps no address
 *
 * IPv4 comes first.  Of each family those come first whose answers get back to
 * the host, then those on the interface of the default route, then those that
 * are likely to stay; otherwise the kernel's order holds.
 *
 * Return: 0, or a negative errno; -EPERM without CAP_SYS_ADMIN there.
 */
int reach_inspect(const struct reach_host *host, int netns_fd,
		  struct reach *ret_reach)
{
	CLEANUP(interior_done) struct interior inside = { .known = false };
	struct reach reach = { .count = 0 };
	int code = enter(&inside, host, netns_fd);

	if (!code)
		code = reach_family(host, &inside, PUBPORT_IPV4, &reach);
	if (!code)
		code = reach_family(host, &inside, PUBPORT_IPV6, &reach);
	if (!code)
		*ret_reach = reach;
	return code;
}

/**
 * reach_find_back() - how the answers of an address get back
 * @reach: what the host reaches
 * @addr: the address
 *
 * Return: how, or NULL where @addr is none of @reach.
 */
const struct reach_back *reach_find_back(const struct reach *reach,
					 const struct pubport_addr *addr)
{
	for (size_t i = 0; i < reach->count; i++)
		if (addr_equal(&reach->addrs[i].addr, addr))
			return &reach->backs[i];
	return NULL;
}

/**
 * reach_told() - whether the host reaches an address of which it was told
 * @host: the host
 * @addr: the address; where it is, nobody can tell
 * @reach: gets the address, if the host reaches it on-link
 *
 * Return: 0, or a negative errno when that can't be found out.
 */
int reach_told(const struct reach_host *host, const struct pubport_addr *addr,
	       struct reach *reach)
{
	const struct link_info *device = NULL;
	struct candidate candidate;
	struct route route;
	int code = -ENETUNREACH;

	if (!addr_why_not_target(addr))
		code = route_lookup(host->route, addr, &route);
	if (code && code != -ENETUNREACH)
		return code;
	if (!code && route_is_on_link(&route))
		device = links_find(&host->links, route.interface);
	if (!device) {
		reach->has_others = true;
		return 0;
	}
	candidate = candidate_of(addr, device);
	reach->by_bridge |= strcmp(device->kind, "bridge") == 0;
	insert(reach, &candidate);
	return 0;
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
	census->is_denied |= code == -EPERM || code == -EACCES;
	return error_is_shortage(code) ? code : 0;
}

/**
 * census_take() - find out which namespace has which address
 * @census: all zero; end with census_done(), also after a failure
 * @host: from where they are seen
 *
 * Return: 0, -ENOMEM, -ECANCELED when it was told to stop, or another negative
 * errno where /proc is missing.
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
		code = context_must_stop(host->context)
			       ? -ECANCELED
			       : count_netns(census, i, host);
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

/**
 * census_find_child() - the macvlan or the like that has an address
 * @census: taken or all zero
 * @addr: which
 *
 * Return: it, where a namespace has it there and the host doesn't reach it, or
 * NULL.
 */
const struct reach_child *census_find_child(const struct census *census,
					    const struct pubport_addr *addr)
{
	for (size_t i = 0; census->reaches && i < census->list.count; i++) {
		const struct reach_child *child = &census->reaches[i].child;

		if (*child->kind && addr_equal(&child->addr, addr))
			return child;
	}
	return NULL;
}
