/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings as somebody gives them, in a file or by a call: what was left out,
 * and what is wrong.
 *
 * What "add" makes of words is right by itself.  These were made elsewhere, so
 * each member is looked at, also those that the kernel would take.  Names and
 * targets may have any printable characters: a table that was edited by hand
 * can have such, and what was saved of it must be taken again.
 */
#include "mapping/mapping_check.h"

#include "mapping/addr.h"
#include "mapping/helper.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "mapping/target_name.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/time.h"

#include <string.h>
#include <time.h>

/* ------------------------------------------------------ what was left out */

/* whether it leads to the address that was asked for, at another port */
static bool leads_to_host(const struct pubport_mapping *mapping)
{
	return addr_equal(&mapping->target_addr, &mapping->key.host);
}

static void complete_ports(struct pubport_mapping *mapping)
{
	struct pubport_ports *host = &mapping->key.ports;
	struct pubport_ports *target = &mapping->target_ports;
	int last;

	if (!host->last)
		host->last = host->first;
	last = target->first + host->last - host->first;
	if (!target->last && last <= UINT16_MAX)
		target->last = (uint16_t)last;
}

static void complete_words(struct pubport_mapping *mapping)
{
	if (!mapping->target[0] && leads_to_host(mapping))
		strcpy(mapping->target, "host");
	else if (!mapping->target[0])
		pubport_addr_format(&mapping->target_addr, mapping->target,
				    sizeof(mapping->target));
	if (!mapping->name[0])
		target_name_to_mapping(mapping->target, "", mapping->name);
}

/**
 * mapping_complete() - fill in what was left out
 * @mapping: last ports that are 0, a target and a name that are "" are set as
 *	"add" would set them; its networks are sorted, without those that add
 *	nothing
 */
void mapping_complete(struct pubport_mapping *mapping)
{
	complete_ports(mapping);
	complete_words(mapping);
	mapping->from_count =
		prefixes_reduce(mapping->from, mapping->from_count);
	if (mapping->from_count)
		mapping->flags |= PUBPORT_MAPPING_LIMITED;
}

/* -------------------------------------------------- what a SPEC has wrong */

/**
 * spec_why_wrong() - why nothing can be published by a SPEC, whatever the host
 * @spec: as pubport_spec_parse() reads it, or as somebody filled it in
 *
 * Return: words that follow "it" in a sentence, or NULL when nothing is wrong
 * with it.
 */
const char *spec_why_wrong(const struct pubport_spec *spec)
{
	const struct pubport_ports *host = &spec->host_ports;
	const struct pubport_ports *target = &spec->target_ports;

	if (!protocol_is_known(spec->protocol))
		return "has a protocol that is not tcp, udp or sctp";
	if (!target->first || target->last < target->first)
		return "has target ports that are none";
	if (host->last < host->first || (!host->first && host->last))
		return "has host ports that are none";
	if (host->first && ports_width(target) != 1 &&
	    ports_width(host) != ports_width(target))
		return "has not as many host ports as target ports";
	if (spec->has_host && !addr_is_valid(&spec->host))
		return "has a host address that is none";
	if (spec->has_host && addr_why_not_host(&spec->host))
		return "has a host address on which nothing can be published";
	if (spec->interface[0] &&
	    (interface_why_wrong(spec->interface) || spec->on_loopback ||
	     (spec->has_host && !pubport_addr_is_any(&spec->host))))
		return "has an interface on which nothing can be published";
	if (strnlen(spec->target, sizeof(spec->target)) == sizeof(spec->target))
		return "has a target without an end";
	if (spec->target[0] && target_name_why_wrong(spec->target))
		return "has a target that can't be any";
	return NULL;
}

/* ------------------------------------------------ what a mapping has wrong */

/* each of these looks at some members, and names the one that is wrong */
typedef const char *(*why_wrong_fn)(const struct pubport_mapping *mapping,
				    const char **ret_field);

static const char *addrs_why_wrong(const struct pubport_mapping *mapping,
				   const char **ret_field)
{
	const struct pubport_addr *host = &mapping->key.host;

	*ret_field = "host_ip";
	if (!addr_is_valid(host))
		return "is no address";
	if (addr_why_not_host(host))
		return addr_why_not_host(host);
	*ret_field = "host_interface";
	if (mapping_is_by_interface(mapping) &&
	    interface_why_wrong(mapping->key.interface))
		return interface_why_wrong(mapping->key.interface);
	*ret_field = "host_ip";
	if (mapping_is_by_interface(mapping) && !pubport_addr_is_any(host))
		return "is one address, where host_interface means all";
	*ret_field = "target_ip";
	if (!addr_is_valid(&mapping->target_addr))
		return "is no address";
	if (mapping->target_addr.family != host->family)
		return "is of another family than host_ip";
	return leads_to_host(mapping)
		       ? NULL
		       : addr_why_not_target(&mapping->target_addr);
}

static const char *ports_why_wrong(const struct pubport_mapping *mapping,
				   const char **ret_field)
{
	const struct pubport_ports *host = &mapping->key.ports;
	const struct pubport_ports *target = &mapping->target_ports;
	int more = host->last - host->first;

	*ret_field = "protocol";
	if (!protocol_is_known(mapping->key.protocol))
		return "is not tcp, udp or sctp";
	*ret_field = "host_port";
	if (!host->first)
		return "is not a port from 1 to 65535";
	*ret_field = "host_port_end";
	if (more < 0)
		return "is below host_port";
	*ret_field = "target_port";
	if (!target->first)
		return "is not a port from 1 to 65535";
	if (target->first + more > UINT16_MAX)
		return "leaves no room for as many ports as the host's";
	if (leads_to_host(mapping) && target->first == host->first)
		return "would lead to itself";
	*ret_field = "target_port_end";
	if (target->last - target->first != more)
		return "does not make as many ports as the host's";
	return NULL;
}

static bool is_text(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length] >= ' ' && text[length] <= '~')
		length++;
	return length && length < size && !text[length];
}

static const char *words_why_wrong(const struct pubport_mapping *mapping,
				   const char **ret_field)
{
	*ret_field = "name";
	/* nft shows it as a comment, between quotes */
	if (!is_text(mapping->name, sizeof(mapping->name)) ||
	    strchr(mapping->name, '"'))
		return "is not 1 to 63 printable characters without a quote";
	*ret_field = "target";
	if (!is_text(mapping->target, sizeof(mapping->target)))
		return "is not 1 to 109 printable characters";
	*ret_field = "image";
	if (mapping->image[0] &&
	    !is_text(mapping->image, sizeof(mapping->image)))
		return "is not 1 to 55 printable characters";
	return NULL;
}

static const char *times_why_wrong(const struct pubport_mapping *mapping,
				   const char **ret_field)
{
	int64_t now = time(NULL);

	*ret_field = "created";
	if (mapping->created < 0)
		return "is not a time since 1970";
	*ret_field = "expires";
	if (mapping->expires < 0)
		return "is not a time since 1970";
	/* the clock may be behind */
	if (mapping->created > now)
		now = mapping->created;
	if (mapping->expires - DURATION_MAX > now)
		return "is more than a century away";
	return NULL;
}

/* in order, none in another one: as the table has them */
static bool is_apart(const struct pubport_network *networks, size_t index)
{
	return !index ||
	       (prefix_compare(&networks[index - 1], &networks[index]) < 0 &&
		!prefix_contains(&networks[index - 1], &networks[index].addr));
}

static const char *from_why_wrong(const struct pubport_mapping *mapping,
				  const char **ret_field)
{
	const struct pubport_network *from = mapping->from;
	bool limited = mapping->flags & PUBPORT_MAPPING_LIMITED;

	*ret_field = "from";
	if (limited != (mapping->from_count > 0))
		return "is not what the flags say";
	if (mapping->from_count > MAPPING_NETWORKS_MAX)
		return "has more than 65536 networks";
	if (mapping->from_count && !from)
		return "is NULL";
	for (size_t i = 0; i < mapping->from_count; i++) {
		if (from[i].addr.family != mapping->key.host.family)
			return "has a network of another family than host_ip";
		if (!prefix_is_valid(&from[i]) || !is_apart(from, i))
			return "is not a list of networks in order";
	}
	return NULL;
}

#define BEHIND_HOST "is for targets behind this host, not for the host itself"

static const char *flags_why_wrong(const struct pubport_mapping *mapping,
				   const char **ret_field)
{
	const unsigned int known =
		PUBPORT_MAPPING_NO_LOOPBACK | PUBPORT_MAPPING_CHOSEN |
		PUBPORT_MAPPING_LIMITED | PUBPORT_MAPPING_SHIELD |
		PUBPORT_MAPPING_MASQUERADE | PUBPORT_MAPPING_RESERVED |
		PUBPORT_MAPPING_SYMMETRIC;

	*ret_field = "flags";
	if (mapping->flags & ~known)
		return "has one that this version doesn't know";
	*ret_field = "no_loopback";
	if (mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK &&
	    addr_is_loopback(&mapping->key.host))
		return "is not for a loopback address";
	*ret_field = "shield";
	if (mapping->flags & PUBPORT_MAPPING_SHIELD && leads_to_host(mapping))
		return BEHIND_HOST;
	*ret_field = "masquerade";
	if (mapping->flags & PUBPORT_MAPPING_MASQUERADE &&
	    leads_to_host(mapping))
		return BEHIND_HOST;
	*ret_field = "symmetric";
	if (mapping->flags & PUBPORT_MAPPING_SYMMETRIC &&
	    leads_to_host(mapping))
		return BEHIND_HOST;
	*ret_field = "helper";
	if (mapping->helper[0] && !helper_of(mapping))
		return "is no helper of the kernel's for that protocol";
	if (mapping->helper[0] && leads_to_host(mapping))
		return BEHIND_HOST;
	return NULL;
}

/**
 * mapping_why_wrong() - why a mapping can't be published, whatever the host
 * @mapping: as somebody gives it; completed
 * @ret_field: the member that is wrong, as JSON names it
 *
 * Return: words that follow the member's value in a sentence, or NULL when
 * nothing is wrong with it.
 */
const char *mapping_why_wrong(const struct pubport_mapping *mapping,
			      const char **ret_field)
{
	static const why_wrong_fn checks[] = {
		addrs_why_wrong, ports_why_wrong, words_why_wrong,
		times_why_wrong, from_why_wrong,  flags_why_wrong,
	};
	const char *why = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(checks) && !why; i++)
		why = checks[i](mapping, ret_field);
	return why;
}

/**
 * mappings_check() - look for mappings that can't be published
 * @mappings: as somebody gives them, or NULL
 * @error: names the first one, and what is wrong with it
 *
 * Return: 0 or -EINVAL.
 */
int mappings_check(const struct pubport_mappings *mappings,
		   struct pubport_error *error)
{
	const char *field, *why = NULL;
	size_t i;

	if (!mappings || (mappings->count && !mappings->items))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_mappings: no mappings");
	for (i = 0; i < mappings->count; i++) {
		why = mapping_why_wrong(&mappings->items[i], &field);
		if (why)
			break;
	}
	if (!why)
		return 0;
	error_set(error, PUBPORT_USAGE, -EINVAL, "entry %zu, \"%s\": it %s",
		  i + 1, field, why);
	error_index(error, i);
	return -EINVAL;
}
