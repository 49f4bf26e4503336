/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request to publish comes to.
 *
 * Each SPEC becomes a mapping for each family in which its target has an
 * address; names become addresses, host ports that were left open are chosen,
 * and who may connect is sorted out.  What is wrong is refused in the user's
 * words.  Nothing is changed here.
 */
#include "publish/request.h"

#include "mapping/addr.h"
#include "mapping/helper.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "mapping/mapping_check.h"
#include "mapping/prefix.h"
#include "netlink/kernel.h"
#include "netlink/route.h"
#include "nft/objects.h"
#include "publish/free_port.h"
#include "table/lookup.h"
#include "target/resolve.h"
#include "util/error.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

#define TFTP_PORT 69

/**
 * struct networks - networks of one family
 * @items: apart from each other, in order
 * @count: number of @items
 * @is_empty: whether the request has none, which the user is told once
 */
struct networks {
	struct pubport_network *items;
	size_t count;
	bool is_empty;
};

/**
 * struct share - ports that are chosen for several specs at once
 * @with: of the spec that they were chosen for; NULL as long as that isn't
 *	known
 * @ports: that were chosen for this one
 */
struct share {
	const struct share *with;
	struct pubport_ports ports;
};

/**
 * struct planner - a plan in the making
 * @context: whose host
 * @request: what was asked for
 * @plan: what it comes to so far
 * @error: why it fails, or NULL
 * @common: target of the specs that name none
 * @own: target that the last spec named
 * @common_here: whether a part of @common is this host, or an address of it
 * @own_here: the same of @own
 * @is_family_told: whether the user was told of a family that a target lacks
 * @told_isolated: whether it was told that a target sees this host alone
 * @told_tftp: whether it was told that TFTP is helped
 * @shares: for each spec, whose host ports it has, if they are chosen
 * @taken: for each protocol, host ports asked for or chosen so far
 * @from: for IPv4, and for IPv6, whose clients may connect, unless all may
 */
struct planner {
	struct pubport *context;
	const struct pubport_add_request *request;
	struct plan *plan;
	struct pubport_error *error;
	struct resolved common;
	struct resolved own;
	bool common_here;
	bool own_here;
	bool is_family_told;
	bool told_isolated;
	bool told_tftp;
	struct share *shares;
	struct port_bits taken[3];
	struct networks from[2];
};

static void cleanup_planner(struct planner *planner)
{
	free(planner->shares);
	free(planner->from[0].items);
	free(planner->from[1].items);
}

static int refuse(struct planner *planner, const struct pubport_spec *spec,
		  const char *why)
{
	return error_set(planner->error, PUBPORT_USAGE, -EINVAL, "\"%s\": %s",
			 spec->text, why);
}

/* ------------------------------------------------------------ of callers */

static const char *why_wrong(const struct pubport_add_request *request)
{
	if (request->spec_count ? !request->specs
				: !(request->flags & PUBPORT_ADD_EVERY_PORT))
		return "no specs";
	if (request->target_count && !request->targets)
		return "no targets";
	for (size_t i = 0; i < request->target_count; i++)
		if (!request->targets[i])
			return "a target is NULL";
	if (request->from_count && !request->from)
		return "no networks";
	if (request->ttl > DURATION_MAX)
		return "a time longer than a century";
	return NULL;
}

/**
 * request_check() - look for what no request can have
 * @request: of this version's size
 * @error: what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int request_check(const struct pubport_add_request *request,
		  struct pubport_error *error)
{
	const char *why = why_wrong(request);

	if (why)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_add_request: %s", why);
	for (size_t i = 0; i < request->spec_count; i++) {
		why = spec_why_wrong(&request->specs[i]);
		if (!why)
			continue;
		error_set(error, PUBPORT_USAGE, -EINVAL,
			  "struct pubport_spec: it %s", why);
		error_index(error, i);
		return -EINVAL;
	}
	return 0;
}

/* ----------------------------------------------------------------- clients */

static int collect_networks(struct planner *planner, enum pubport_family family)
{
	const struct pubport_add_request *request = planner->request;
	struct networks *networks = &planner->from[family == PUBPORT_IPV6];

	networks->items =
		calloc(request->from_count + 1, sizeof(*networks->items));
	if (!networks->items)
		return error_memory(planner->error);
	for (size_t i = 0; i < request->from_count; i++)
		if (request->from[i].addr.family == family)
			networks->items[networks->count++] = request->from[i];
	networks->count = prefixes_reduce(networks->items, networks->count);
	networks->is_empty = !networks->count;
	if (networks->is_empty)
		networks->items[networks->count++] = prefix_loopback(family);
	return 0;
}

/* such clients are led nowhere, see nft/rules.c */
static void tell_linklocal(const struct planner *planner)
{
	const struct pubport_add_request *request = planner->request;
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	for (size_t i = 0; i < request->from_count; i++)
		if (request->from[i].prefix >= 10 &&
		    addr_is_linklocal6(&request->from[i].addr))
			context_notice(planner->context,
				       "--from %s lets nobody in: link-local "
				       "clients can't be served",
				       pubport_network_format(&request->from[i],
							      text,
							      sizeof(text)));
}

/* The networks of the request, which are of both families.  Where it has none
 * of a family, this host alone may connect by that: the mapping is limited to
 * the network of loopback addresses, which no packet from a wire comes from. */
static int read_networks(struct planner *planner)
{
	const struct pubport_add_request *request = planner->request;
	int code;

	if (!request->from_count)
		return 0;
	if (request->from_count > MAPPING_NETWORKS_MAX)
		return error_set(planner->error, PUBPORT_USAGE, -E2BIG,
				 "--from: more than %d networks",
				 MAPPING_NETWORKS_MAX);
	for (size_t i = 0; i < request->from_count; i++)
		if (!prefix_is_valid(&request->from[i]))
			return error_set(planner->error, PUBPORT_USAGE, -EINVAL,
					 "struct pubport_add_request: network "
					 "%zu is none",
					 i);
	tell_linklocal(planner);
	code = collect_networks(planner, PUBPORT_IPV4);
	return code ? code : collect_networks(planner, PUBPORT_IPV6);
}

static int limit(struct planner *planner, struct pubport_mapping *mapping)
{
	enum pubport_family family = mapping->key.host.family;
	struct networks *networks = &planner->from[family == PUBPORT_IPV6];

	if (!planner->request->from_count)
		return 0;
	if (networks->is_empty)
		context_notice(planner->context,
			       "--from has no IPv%d network: by IPv%d %s may "
			       "connect",
			       family, family,
			       mapping_is_by_interface(mapping)
				       ? "nobody"
				       : "this host alone");
	networks->is_empty = false;
	mapping->flags |= PUBPORT_MAPPING_LIMITED;
	return mapping_set_networks(mapping, networks->items, networks->count);
}

/* ---------------------------------------------------------------- targets */

/* no name leads to this host itself but "host" */
static int add_target(struct planner *planner, const char *text,
		      struct resolved *resolved, bool *here)
{
	struct pubport_addr addr;
	bool is_own = !strcmp(text, "host");
	int code =
		resolved_add(planner->context, resolved, text, planner->error);

	if (code)
		return code;
	if (!pubport_addr_parse(text, &addr)) {
		code = route_is_own(&planner->context->route, &addr, &is_own);
		if (!code && !is_own)
			target_notice_filter(planner->context, &addr);
	}
	*here |= is_own;
	return code ? error_kernel(planner->error, code, "routes") : 0;
}

static int find_common_target(struct planner *planner)
{
	const struct pubport_add_request *request = planner->request;
	struct resolved *resolved = &planner->common;
	int code = 0;

	if (resolved->addrs.count)
		return 0;
	if (!request->target_count)
		code = resolved_take_only(planner->context, resolved, request,
					  planner->error);
	for (size_t i = 0; !code && i < request->target_count; i++)
		code = add_target(planner, request->targets[i], resolved,
				  &planner->common_here);
	resolved_set_name(resolved, request->name);
	return code;
}

static int find_own_target(struct planner *planner, const char *text)
{
	struct resolved *resolved = &planner->own;
	int code;

	if (!strcmp(text, resolved->text))
		return 0;
	memset(resolved, 0, sizeof(*resolved));
	planner->own_here = false;
	code = add_target(planner, text, resolved, &planner->own_here);
	resolved_set_name(resolved, planner->request->name);
	return code;
}

static int find_target(struct planner *planner, const struct pubport_spec *spec,
		       const struct resolved **ret_resolved)
{
	*ret_resolved = spec->target[0] ? &planner->own : &planner->common;
	return spec->target[0] ? find_own_target(planner, spec->target)
			       : find_common_target(planner);
}

/* ------------------------------------------------------------------ hosts */

/* appends the host addresses that a spec is for, one a family; none where its
 * target has no address of that family */
static void append_hosts(const struct pubport_spec *spec,
			 const struct resolved *resolved, struct choice *choice)
{
	const struct target_addrs *addrs = &resolved->addrs;

	for (size_t i = 0; i < addrs->count; i++) {
		struct pubport_key key = spec_key(spec, addrs->items[i].family);

		if (key.host.family == addrs->items[i].family)
			choice->keys[choice->key_count++] = key;
	}
}

static int list_hosts(struct planner *planner, const struct pubport_spec *spec,
		      const struct resolved *resolved, struct choice *choice)
{
	char why[160];

	append_hosts(spec, resolved, choice);
	if (choice->key_count)
		return 0;
	if (spec->host.family == PUBPORT_IPV6 && !kernel_has_ipv6())
		return refuse(planner, spec, "this kernel has no IPv6");
	snprintf(why, sizeof(why),
		 "the host address is IPv%d, and target %.100s has none",
		 spec->host.family, resolved->text);
	return refuse(planner, spec, why);
}

/* ------------------------------------------------------------------ ports */

static struct port_bits *taken_ports(struct planner *planner,
				     enum pubport_protocol protocol)
{
	switch (protocol) {
	case PUBPORT_TCP:
		return &planner->taken[0];
	case PUBPORT_UDP:
		return &planner->taken[1];
	case PUBPORT_SCTP:
		break;
	}
	return &planner->taken[2];
}

/* whether two specs differ in their host addresses at most */
static bool are_alike(const struct pubport_spec *a,
		      const struct pubport_spec *b)
{
	return a->protocol == b->protocol &&
	       a->target_ports.first == b->target_ports.first &&
	       a->target_ports.last == b->target_ports.last &&
	       a->host_ports.first == b->host_ports.first &&
	       a->host_ports.last == b->host_ports.last &&
	       !strcmp(a->target, b->target);
}

/* whether one of the addresses from @at on is among those before */
static bool repeats(const struct choice *choice, size_t at)
{
	for (size_t i = at; i < choice->key_count; i++)
		for (size_t k = 0; k < at; k++)
			if (!key_compare_hosts(&choice->keys[i],
					       &choice->keys[k]))
				return true;
	return false;
}

/* adds the host addresses of the specs that are the same but for these */
static void join_alike(struct planner *planner, size_t index,
		       const struct resolved *resolved, struct choice *choice)
{
	const struct pubport_add_request *request = planner->request;
	struct share *shares = planner->shares;

	for (size_t i = index; i < request->spec_count; i++) {
		size_t before = choice->key_count;

		if (shares[i].with ||
		    !are_alike(&request->specs[index], &request->specs[i]))
			continue;
		append_hosts(&request->specs[i], resolved, choice);
		if (repeats(choice, before))
			choice->key_count = before;
		else
			shares[i].with = &shares[index];
	}
}

/* free ones, for this spec and for those that are like it */
static int choose_ports(struct planner *planner, size_t index,
			const struct resolved *resolved)
{
	const struct pubport_spec *spec = &planner->request->specs[index];
	size_t left = planner->request->spec_count - index;
	struct pubport_key *keys CLEANUP(free) =
		calloc(2 * left, sizeof(*keys));
	struct choice choice = {
		.keys = keys,
		.protocol = spec->protocol,
		.from = spec->host_ports,
		.width = ports_width(&spec->target_ports),
		.taken = taken_ports(planner, spec->protocol),
	};
	int code;

	if (!keys)
		return error_memory(planner->error);
	join_alike(planner, index, resolved, &choice);
	code = free_port_choose(&planner->context->nft,
				&planner->context->route, &choice,
				&planner->shares[index].ports);
	if (code == -EADDRINUSE)
		return error_set(planner->error, PUBPORT_CONFLICT, code,
				 "\"%s\": no free host port is left",
				 spec->text);
	return code ? error_kernel(planner->error, code, "sockets") : 0;
}

static int find_ports(struct planner *planner, size_t index,
		      const struct resolved *resolved,
		      struct pubport_ports *ret_ports)
{
	const struct pubport_spec *spec = &planner->request->specs[index];
	const struct share *share = &planner->shares[index];
	int code = 0;

	if (!spec_is_open(spec)) {
		*ret_ports = spec->host_ports;
		return 0;
	}
	if (share->with)
		share = share->with;
	else
		code = choose_ports(planner, index, resolved);
	if (!code)
		*ret_ports = share->ports;
	return code;
}

/* --------------------------------------------------------------- mappings */

/**
 * struct onward - the published port of this host that a spec leads to
 * @found: whether there is one
 * @published: its mapping
 */
struct onward {
	bool found;
	struct pubport_mapping published;
};

/* whether the spec left its host ports open */
static bool is_chosen(const struct pubport_spec *spec,
		      const struct pubport_ports *ports)
{
	return spec->host_ports.first != ports->first ||
	       spec->host_ports.last != ports->last;
}

/* this host is asked by the same address, at another port */
static const struct pubport_addr *target_of(const struct resolved *resolved,
					    const struct pubport_addr *host)
{
	const struct pubport_addr *target = host;

	for (size_t i = 0; i < resolved->addrs.count; i++)
		if (resolved->addrs.items[i].family == host->family &&
		    !pubport_addr_is_any(&resolved->addrs.items[i]))
			target = &resolved->addrs.items[i];
	return target;
}

/* where the packet would be led, if a connection could be led twice */
static void lead_on(const struct planner *planner,
		    const struct pubport_mapping *published,
		    struct pubport_mapping *mapping)
{
	struct pubport_ports asked = mapping->target_ports;
	char key[PUBPORT_KEY_TEXT_SIZE], text[PUBPORT_MAPPING_TEXT_SIZE];

	mapping->target_ports.first =
		(uint16_t)(published->target_ports.first +
			   (asked.first - published->key.ports.first));
	mapping->target_ports.last = (uint16_t)(mapping->target_ports.first +
						(asked.last - asked.first));
	mapping->target_addr = published->target_addr;
	memcpy(mapping->target, published->target, sizeof(mapping->target));
	memcpy(mapping->image, published->image, sizeof(mapping->image));
	mapping->flags |= published->flags & PUBPORT_MAPPING_MASQUERADE;
	if (!mapping->helper[0])
		memcpy(mapping->helper, published->helper,
		       sizeof(mapping->helper));
	if (!planner->request->name)
		memcpy(mapping->name, published->name, sizeof(mapping->name));
	context_notice(planner->context,
		       "%s is published itself, so %s leads to its target, %s",
		       pubport_key_format(&published->key, key, sizeof(key)),
		       pubport_mapping_format(mapping, text, sizeof(text)),
		       published->target);
}

static bool is_isolated(const struct resolved *resolved,
			enum pubport_family family)
{
	for (size_t i = 0; i < resolved->addrs.count; i++)
		if (resolved->addrs.items[i].family == family)
			return resolved->addrs.is_isolated[i];
	return false;
}

/* a target that has no way back can answer nobody but this host */
static void masquerade_isolated(struct planner *planner,
				const struct resolved *resolved,
				struct pubport_mapping *mapping)
{
	if (mapping->flags & PUBPORT_MAPPING_MASQUERADE ||
	    addr_is_loopback(&mapping->key.host) ||
	    !is_isolated(resolved, mapping->key.host.family))
		return;
	mapping->flags |= PUBPORT_MAPPING_MASQUERADE;
	if (!planner->told_isolated)
		context_notice(planner->context,
			       "%s has no way back beyond its network: it sees "
			       "this host instead of its clients, as with "
			       "--masquerade",
			       resolved->text);
	planner->told_isolated = true;
}

/* it answers from another port, so that it can't do without */
static void help_tftp(struct planner *planner, struct pubport_mapping *mapping)
{
	const struct helper_info *tftp = helper_get(HELPER_TFTP);
	const struct pubport_ports *ports = &mapping->target_ports;

	if (planner->request->helper || mapping->key.protocol != PUBPORT_UDP ||
	    ports->first != TFTP_PORT || ports->last != TFTP_PORT ||
	    helper_try(&planner->context->nft, HELPER_TFTP) ||
	    kernel_lacks_nat_helper(tftp->name))
		return;
	snprintf(mapping->helper, sizeof(mapping->helper), "%s", tftp->name);
	if (!planner->told_tftp)
		context_notice(planner->context,
			       "port 69/udp is for TFTP: the kernel's helper "
			       "looks into it, as with --helper tftp; --helper "
			       "none has it let be");
	planner->told_tftp = true;
}

static int add_mapping(struct planner *planner, const struct resolved *resolved,
		       const struct pubport_key *key, size_t spec,
		       const struct onward *onward)
{
	const struct pubport_add_request *request = planner->request;
	struct pubport_mapping *mapping = plan_append(planner->plan, spec);

	if (!mapping)
		return error_memory(planner->error);
	mapping->key = *key;
	mapping->target_ports = request->specs[spec].target_ports;
	mapping->created = planner->plan->now;
	mapping->target_addr = *target_of(resolved, &key->host);
	if (request->ttl)
		mapping->expires = mapping->created + request->ttl;
	if (is_chosen(&request->specs[spec], &key->ports))
		mapping->flags |= PUBPORT_MAPPING_CHOSEN;
	if (!request->specs[spec].host_ports.first)
		mapping->flags |= PUBPORT_MAPPING_RESERVED;
	if (request->flags & PUBPORT_ADD_NO_LOOPBACK)
		mapping->flags |= PUBPORT_MAPPING_NO_LOOPBACK;
	if (request->flags & PUBPORT_ADD_SHIELD)
		mapping->flags |= PUBPORT_MAPPING_SHIELD;
	if (request->flags & PUBPORT_ADD_SYMMETRIC)
		mapping->flags |= PUBPORT_MAPPING_SYMMETRIC;
	if (request->flags & PUBPORT_ADD_MASQUERADE)
		mapping->flags |= PUBPORT_MAPPING_MASQUERADE;
	memcpy(mapping->target, resolved->text, sizeof(mapping->target));
	memcpy(mapping->name, resolved->name, sizeof(mapping->name));
	memcpy(mapping->image, resolved->image, sizeof(mapping->image));
	if (request->helper && !helper_is_none(request->helper))
		snprintf(mapping->helper, sizeof(mapping->helper), "%s",
			 request->helper);
	masquerade_isolated(planner, resolved, mapping);
	if (onward->found)
		lead_on(planner, &onward->published, mapping);
	if (!mapping_is_redirect(mapping))
		help_tftp(planner, mapping);
	return limit(planner, mapping) ? error_memory(planner->error) : 0;
}

static int check_redirect(struct planner *planner,
			  const struct pubport_spec *spec,
			  const struct pubport_ports *host_ports)
{
	if (host_ports->first == spec->target_ports.first)
		return refuse(planner, spec,
			      "this port of the host would lead to itself");
	return 0;
}

/* what is not for the host itself */
static int check_behind(struct planner *planner,
			const struct pubport_spec *spec)
{
	const unsigned int flags = planner->request->flags;
	const char *helper = planner->request->helper;
	char why[96];

	if (!(flags & (PUBPORT_ADD_SHIELD | PUBPORT_ADD_MASQUERADE |
		       PUBPORT_ADD_SYMMETRIC)) &&
	    (!helper || helper_is_none(helper)))
		return 0;
	snprintf(why, sizeof(why),
		 "%s is for targets behind this host, not for the host itself",
		 flags & PUBPORT_ADD_SHIELD	  ? "--shield"
		 : flags & PUBPORT_ADD_MASQUERADE ? "--masquerade"
		 : flags & PUBPORT_ADD_SYMMETRIC  ? "--symmetric"
						  : "--helper");
	return refuse(planner, spec, why);
}

/* what is published of a port of this host, for all packets that are led there
 * or for some: then it covers none of them */
static int find_published(struct netlink *nft, const struct pubport_key *packet,
			  struct pubport_mapping *ret_published, bool *ret_some)
{
	int code = table_lookup(nft, packet, ret_published);

	*ret_some = code == -ENOENT && pubport_addr_is_any(&packet->host);
	return *ret_some ? table_lookup_narrower(nft, packet, ret_published)
			 : code;
}

/* A connection is translated once.  So a port of this host that is published
 * itself is no place to lead to, but its target is.  Without a right to look,
 * or nftables, nothing is published. */
static int find_onward(struct planner *planner, const struct pubport_spec *spec,
		       const struct pubport_key *from,
		       const struct pubport_addr *target,
		       struct onward *ret_onward)
{
	struct pubport_mapping *published = &ret_onward->published;
	struct pubport *context = planner->context;
	struct pubport_ports ports = spec->target_ports;
	bool is_own = pubport_addr_is_any(target), some = false;
	struct pubport_key packet = *from;
	char key[PUBPORT_KEY_TEXT_SIZE];
	int code = 0;

	packet.host = *target;
	packet.ports = (struct pubport_ports){ ports.first, ports.first };
	if (!is_own)
		code = route_is_own(&context->route, target, &is_own);
	if (!code && is_own)
		code = find_published(&context->nft, &packet, published, &some);
	if (!is_own || code == -ENOENT || table_cant_be_asked(code))
		return 0;
	if (code)
		return table_error(&context->nft, code, planner->error);
	ret_onward->found = !some && published->key.ports.last >= ports.last;
	if (!ret_onward->found)
		context_notice(context,
			       "%s is published itself, to %s: what \"%s\" "
			       "leads there gets no answer",
			       pubport_key_format(&published->key, key,
						  sizeof(key)),
			       published->target, spec->text);
	return 0;
}

/* a family in which the port is not published is left out where it is in the
 * other one */
static int find_onwards(struct planner *planner,
			const struct pubport_spec *spec,
			const struct resolved *resolved, struct choice *choice,
			struct onward onwards[2])
{
	size_t found = 0, count = 0;
	int code = 0;

	for (size_t i = 0; !code && i < choice->key_count; i++) {
		code = find_onward(planner, spec, &choice->keys[i],
				   target_of(resolved, &choice->keys[i].host),
				   &onwards[i]);
		found += onwards[i].found;
	}
	for (size_t i = 0; found && i < choice->key_count; i++) {
		if (!onwards[i].found)
			continue;
		choice->keys[count] = choice->keys[i];
		onwards[count++] = onwards[i];
	}
	if (found)
		choice->key_count = found;
	else if (!code)
		code = check_behind(planner, spec);
	return code;
}

static int check_helper(struct planner *planner,
			const struct pubport_spec *spec)
{
	const char *helper = planner->request->helper;
	char why[96];

	if (!helper || helper_is_none(helper) ||
	    helper_find(helper, spec->protocol))
		return 0;
	snprintf(why, sizeof(why), "helper \"%s\" is not for %s", helper,
		 pubport_protocol_name(spec->protocol));
	return refuse(planner, spec, why);
}

/* Of "localhost", programs try ::1 before 127.0.0.1, and some nothing else.  A
 * target that has addresses of one family alone is told of, once a request,
 * since a connection can't be led from one family to the other.  An address
 * tells that by itself. */
static void tell_family(struct planner *planner,
			const struct pubport_spec *spec,
			const struct resolved *resolved,
			struct pubport_ports ports)
{
	const struct target_addrs *addrs = &resolved->addrs;
	enum pubport_family lacks = addrs->items[0].family == PUBPORT_IPV4
					    ? PUBPORT_IPV6
					    : PUBPORT_IPV4;
	struct pubport_addr asked = addr_loopback(lacks);
	struct pubport_addr instead = addr_loopback(addrs->items[0].family);
	struct pubport_addr given;
	char from[ADDR_PORTS_TEXT_SIZE], to[ADDR_PORTS_TEXT_SIZE];
	bool is_own = false;

	if (spec->has_host || spec->interface[0] || addrs->count > 1 ||
	    !pubport_addr_parse(resolved->text, &given) ||
	    planner->is_family_told || pubport_addr_is_any(&addrs->items[0]) ||
	    planner->request->flags & PUBPORT_ADD_NO_LOOPBACK ||
	    route_is_own(&planner->context->route, &asked, &is_own) || !is_own)
		return;
	planner->is_family_told = true;
	context_notice(planner->context,
		       "%s has no IPv%d address: localhost, where it is %s, "
		       "does not lead there; say %s",
		       resolved->text, lacks,
		       addr_ports_format(&asked, ports, from, sizeof(from)),
		       addr_ports_format(&instead, ports, to, sizeof(to)));
}

static int plan_spec(struct planner *planner, size_t index)
{
	const struct pubport_spec *spec = &planner->request->specs[index];
	struct pubport_ports ports = { 0, 0 };
	struct onward onwards[2] = { { .found = false } };
	const struct resolved *resolved = NULL;
	struct pubport_key keys[2];
	struct choice choice = { .keys = keys };
	int code;

	code = check_helper(planner, spec);
	if (!code)
		code = find_target(planner, spec, &resolved);
	if (!code)
		code = list_hosts(planner, spec, resolved, &choice);
	if (!code && addr_is_loopback(&keys[0].host) &&
	    planner->request->flags & PUBPORT_ADD_NO_LOOPBACK)
		code = refuse(planner, spec,
			      "a loopback address, with --no-loopback");
	if (!code)
		code = find_ports(planner, index, resolved, &ports);
	if (!code && pubport_addr_is_any(&resolved->addrs.items[0]))
		code = check_redirect(planner, spec, &ports);
	if (!code &&
	    (spec->target[0] ? planner->own_here : planner->common_here))
		code = find_onwards(planner, spec, resolved, &choice, onwards);
	for (size_t i = 0; !code && i < choice.key_count; i++) {
		keys[i].ports = ports;
		code = add_mapping(planner, resolved, &keys[i], index,
				   &onwards[i]);
	}
	if (code)
		error_index(planner->error, index);
	else
		tell_family(planner, spec, resolved, ports);
	return code;
}

/* goes on with a request that names the ports on which the target listens */
static int ask_for_every_port(struct planner *planner)
{
	struct plan *plan = planner->plan;
	int code = find_common_target(planner);

	if (code)
		return code;
	if (planner->common_here)
		return error_set(planner->error, PUBPORT_USAGE, -EINVAL,
				 "\"--publish-all\": it is for targets behind "
				 "this host, not for the host itself");
	code = every_port_find(planner->context, planner->request,
			       &planner->common, &plan->every, planner->error);
	if (!code)
		planner->request = plan->request = &plan->every.request;
	return code;
}

/* ports that are asked for can't be chosen for another spec */
static void take_fixed_ports(struct planner *planner)
{
	const struct pubport_spec *spec = planner->request->specs;
	const struct pubport_spec *end = spec + planner->request->spec_count;

	for (; spec < end; spec++) {
		if (!spec_is_open(spec))
			port_bits_add_range(taken_ports(planner,
							spec->protocol),
					    spec->host_ports);
	}
}

/**
 * request_plan() - find out what a request to publish comes to
 * @context: whose host; told which target was chosen and what can't be had
 * @request: what was asked for; must live as long as the plan
 * @plan: empty; end with plan_done(), also after a failure
 * @error: why it failed, or NULL
 *
 * Return: 0; -EINVAL for what is wrong in a spec or a target; -ENOENT for a
 * target that isn't there; -EADDRINUSE when no host port is free, or a local
 * process listens on one; -ENOMEM; or another negative errno from the kernel.
 */
int request_plan(struct pubport *context,
		 const struct pubport_add_request *request, struct plan *plan,
		 struct pubport_error *error)
{
	struct planner planner CLEANUP(planner) = {
		.context = context,
		.request = request,
		.plan = plan,
		.error = error,
	};
	int code = 0;

	plan_clear(plan);
	plan->request = request;
	if (request->flags & PUBPORT_ADD_EVERY_PORT) {
		code = ask_for_every_port(&planner);
		request = planner.request;
	}
	if (code)
		return code;
	planner.shares = calloc(request->spec_count, sizeof(*planner.shares));
	if (!planner.shares)
		return error_memory(error);
	if (request->name)
		code = pubport_name_check(request->name, error);
	if (!code && request->helper)
		code = helper_check(request->helper, error);
	take_fixed_ports(&planner);
	if (!code)
		code = read_networks(&planner);
	progress_begin(&context->progress, "planning", request->spec_count);
	for (size_t i = 0; !code && i < request->spec_count; i++) {
		code = plan_spec(&planner, i);
		progress_step(&context->progress);
	}
	return code ? code
		    : plan_check(context, request->flags & PUBPORT_ADD_FORCE,
				 plan, error);
}
