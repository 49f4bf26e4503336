/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All addresses of a target: what a shield around it covers.
 *
 * They are those of the namespace that has the address that is published, in
 * both families.  Whoever rules that namespace may give it any address, also
 * one of somebody else.  So an address counts only if the host's packets to it
 * enter that namespace, and no other namespace has it.
 *
 * What enters by another way than through this host can't be shielded, which is
 * told; nor can it be known what else a machine has into which nobody can look.
 */
#include "target/ward.h"

#include "mapping/addr.h"
#include "netlink/route.h"
#include "target/reach.h"
#include "util/array.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/* whoever rules a namespace may give it any number of addresses */
#define WARDS_MAX 1024

/**
 * wards_done() - free addresses
 * @wards: filled or all zero
 */
void wards_done(struct wards *wards)
{
	free(wards->items);
	*wards = (struct wards){ .items = NULL };
}

/**
 * struct search - the search for the addresses of one target
 * @context: from where it is seen; told what can't be shielded
 * @host: the same
 * @census: the namespaces of this machine
 * @mapping: that leads to the target
 * @wards: where they go
 */
struct search {
	struct pubport *context;
	struct reach_host host;
	struct census census;
	const struct pubport_mapping *mapping;
	struct wards *wards;
};

static void cleanup_search(struct search *search)
{
	census_done(&search->census);
	reach_host_done(&search->host);
}

/* @interface: 0 where nobody can look for others */
static int add(struct search *search, const struct pubport_addr *addr,
	       unsigned int interface)
{
	struct wards *wards = search->wards;
	struct ward *items =
		array_grow(wards->items, wards->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	wards->items = items;
	items[wards->count++] = (struct ward){
		.addr = *addr,
		.of = search->mapping->target_addr,
		.interface = interface,
		/* of two targets, each has addresses of its own */
		.is_whole = interface && !strchr(search->mapping->target, ','),
	};
	return 0;
}

/* the namespace of somebody else that has an address */
static const char *find_other(const struct search *search,
			      const struct pubport_addr *addr)
{
	const struct census *census = &search->census;
	const struct reach *reach = census->reaches;

	for (size_t i = 0; i < census->list.count; i++, reach++)
		if (reach_find_back(reach, addr) &&
		    !reach_find_back(reach, &search->mapping->target_addr))
			return census->list.items[i].text;
	return NULL;
}

/* whether packets to an address enter a namespace, perhaps by an address that
 * it has, as a router */
static int enters(const struct search *search, const struct interior *inside,
		  const struct pubport_addr *addr, unsigned int *ret_interface)
{
	struct route route;
	int code = route_lookup(search->host.route, addr, &route);

	*ret_interface = 0;
	if (code)
		return code == -ENETUNREACH ? 0 : code;
	if (route.type != RTN_UNICAST ||
	    (route.has_gateway && !interior_find(inside, &route.gateway)))
		return 0;
	if (reach_enters(&search->host, route.interface, inside))
		*ret_interface = route.interface;
	return 0;
}

static int add_address(struct search *search, const struct interior *inside,
		       const struct address_info *address)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];
	unsigned int interface;
	const char *other;
	int code;

	if (address->scope >= RT_SCOPE_LINK ||
	    addr_why_not_target(&address->addr))
		return 0;
	code = enters(search, inside, &address->addr, &interface);
	if (code)
		return code;
	other = find_other(search, &address->addr);
	if (interface && !other)
		return add(search, &address->addr, interface);
	pubport_addr_format(&address->addr, text, sizeof(text));
	if (other)
		context_notice(search->context,
			       "%s of %s is not shielded: %s has it, too", text,
			       search->mapping->target, other);
	else
		context_notice(search->context,
			       "%s of %s can't be shielded: its packets don't "
			       "pass this host",
			       text, search->mapping->target);
	return 0;
}

/* one that ends meanwhile has none, nor has one that has too many to tell */
static int add_netns(struct search *search, const char *text)
{
	CLEANUP(interior_done) struct interior inside = { .known = false };
	int code = interior_open(&inside, text, &search->host, NULL);

	if (code)
		return error_is_shortage(code) || code == -EPERM ? code : 0;
	for (size_t i = 0; !code && i < inside.addresses.count; i++) {
		if (search->wards->count >= WARDS_MAX)
			break;
		code = add_address(search, &inside, &inside.addresses.items[i]);
	}
	return code;
}

/* also by another address of its target */
static bool is_known(const struct search *search)
{
	const struct ward *ward = search->wards->items;

	for (size_t i = 0; i < search->wards->count; i++, ward++)
		if (addr_equal(&ward->addr, &search->mapping->target_addr))
			return true;
	return false;
}

static int add_target(struct search *search)
{
	const struct pubport_mapping *mapping = search->mapping;
	const struct census *census = &search->census;
	const struct reach *reach = census->reaches;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	bool found = false;
	int code = 0;

	for (size_t i = 0; !code && i < census->list.count; i++, reach++) {
		if (!reach_find_back(reach, &mapping->target_addr))
			continue;
		found = true;
		code = add_netns(search, census->list.items[i].text);
	}
	if (code || found)
		return code;
	/* it may be the one that must not be looked into */
	if (census->is_denied && !search->context->is_trial)
		return -EPERM;
	context_notice(search->context,
		       "of %s, %s alone is shielded: nobody can look for "
		       "other addresses of it",
		       mapping->target,
		       pubport_addr_format(&mapping->target_addr, text,
					   sizeof(text)));
	return add(search, &mapping->target_addr, 0);
}

/**
 * wards_find() - find all addresses of targets that are to be shielded
 * @context: from where they are seen; told what can't be shielded
 * @mappings: whose targets, if they want it
 * @ret_wards: all zero; free with wards_done(), also after a failure; without
 *	the rights to look into namespaces there are none, in a trial
 *
 * Return: 0, -EPERM, -ENOMEM, or another negative errno from the kernel.
 */
int wards_find(struct pubport *context, const struct pubport_mappings *mappings,
	       struct wards *ret_wards)
{
	CLEANUP(search)
	struct search search = {
		.context = context,
		.host.netns_fd = -1,
		.wards = ret_wards,
	};
	int code = 0;

	for (size_t i = 0; !code && i < mappings->count; i++) {
		search.mapping = &mappings->items[i];
		if (!(search.mapping->flags & PUBPORT_MAPPING_SHIELD) ||
		    is_known(&search))
			continue;
		if (!search.host.route)
			code = reach_host_init(&search.host, context);
		if (!code && !search.census.reaches)
			code = census_take(&search.census, &search.host);
		if (!code)
			code = add_target(&search);
	}
	return code;
}
