/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request to publish comes to: mappings, and what they need.
 *
 * Nothing is changed here.  Each SPEC becomes a mapping for each family in
 * which its target has an address; names become addresses, host ports that
 * were left open are chosen, and what can be told to be wrong without trying
 * is refused in the user's words.
 */
#include "publish/plan_request.h"

#include "host/listener.h"
#include "mapping/addr.h"
#include "mapping/hint.h"
#include "netlink/route.h"
#include "publish/clients.h"
#include "publish/free_port.h"
#include "target/named.h"
#include "util/error.h"

#include <string.h>
#include <time.h>

/**
 * struct planner - a plan in the making
 * @context: whose host
 * @request: what was asked for
 * @plan: what it comes to so far
 * @error: why it fails, or NULL
 * @common: target of the specs that name none
 * @own: target that the last spec named
 * @host: host address that was last found to be the host's own
 * @needy: for each family, the mapping whose needs were last found out
 * @taken: for each protocol, host ports asked for or chosen so far
 * @clients: who may connect
 */
struct planner {
	struct pubport *context;
	const struct pubport_add_request *request;
	struct plan plan;
	struct pubport_error *error;
	struct named common;
	struct named own;
	struct pubport_addr host;
	struct pubport_mapping needy[2];
	struct port_bits taken[3];
	struct clients clients;
};

static void cleanup_planner(struct planner *planner)
{
	plan_done(&planner->plan);
	clients_done(&planner->clients);
}

static int refuse(struct planner *planner, const struct pubport_spec *spec,
		  const char *why)
{
	return error_set(planner->error, PUBPORT_USAGE, -EINVAL, "\"%s\": %s",
			 spec->text, why);
}

/* ---------------------------------------------------------------- targets */

static int find_common_target(struct planner *planner)
{
	const struct pubport_add_request *request = planner->request;
	struct named *named = &planner->common;
	int code = 0;

	if (named->addrs.count)
		return 0;
	if (!request->target_count)
		code = named_take_only(planner->context, named, request,
				       planner->error);
	for (size_t i = 0; !code && i < request->target_count; i++)
		code = named_add(planner->context, named, request->targets[i],
				 planner->error);
	named_set_name(named, request->name);
	return code;
}

static int find_own_target(struct planner *planner, const char *text)
{
	struct named *named = &planner->own;
	int code;

	if (!strcmp(text, named->text))
		return 0;
	memset(named, 0, sizeof(*named));
	code = named_add(planner->context, named, text, planner->error);
	named_set_name(named, planner->request->name);
	return code;
}

static int find_target(struct planner *planner, const struct pubport_spec *spec,
		       const struct named **ret_named)
{
	*ret_named = spec->target[0] ? &planner->own : &planner->common;
	return spec->target[0] ? find_own_target(planner, spec->target)
			       : find_common_target(planner);
}

/* ------------------------------------------------------------------ hosts */

static int check_host(struct planner *planner, const struct pubport_spec *spec,
		      const struct pubport_addr *host)
{
	char text[PUBPORT_ADDR_TEXT_SIZE], why[160];
	bool is_own;
	int code;

	if (pubport_addr_is_any(host) || addr_equal(host, &planner->host) ||
	    planner->request->flags & PUBPORT_ADD_FORCE)
		return 0;
	code = route_is_own(&planner->context->route, host, &is_own);
	if (code)
		return error_kernel(planner->error, code, "routes");
	if (!is_own) {
		snprintf(why, sizeof(why), "%s is not an address of this host",
			 pubport_addr_format(host, text, sizeof(text)));
		code = refuse(planner, spec, why);
		hint_add(planner->error, planner->request, "--force");
		return code;
	}
	planner->host = *host;
	return 0;
}

/* the host addresses that a spec is for, one a family */
static int list_hosts(struct planner *planner, const struct pubport_spec *spec,
		      const struct named *named, struct choice *choice)
{
	const struct target_addrs *addrs = &named->addrs;
	char why[160];

	choice->host_count = 0;
	for (size_t i = 0; i < addrs->count; i++) {
		struct pubport_addr host = { .family = addrs->items[i].family };

		if (spec->has_host)
			host = spec->host;
		if (host.family == addrs->items[i].family)
			choice->hosts[choice->host_count++] = host;
	}
	if (choice->host_count)
		return check_host(planner, spec, &choice->hosts[0]);
	snprintf(why, sizeof(why),
		 "the host address is IPv%d, and target %.100s has none",
		 spec->host.family, named->text);
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

static unsigned int width_of(const struct pubport_ports *ports)
{
	return ports->last - ports->first + 1U;
}

static int find_ports(struct planner *planner, const struct pubport_spec *spec,
		      struct choice *choice, struct pubport_ports *ret_ports)
{
	int code;

	choice->protocol = spec->protocol;
	choice->from = spec->host_ports;
	choice->width = width_of(&spec->target_ports);
	choice->taken = taken_ports(planner, spec->protocol);
	if (spec->host_ports.first &&
	    width_of(&spec->host_ports) == choice->width) {
		*ret_ports = spec->host_ports;
		return 0;
	}
	code = free_port_choose(&planner->context->nft,
				&planner->context->route, choice, ret_ports);
	if (code == -EADDRINUSE)
		return error_set(planner->error, PUBPORT_CONFLICT, code,
				 "\"%s\": no free host port is left",
				 spec->text);
	return code ? error_kernel(planner->error, code, "sockets") : 0;
}

/* --------------------------------------------------------------- mappings */

static int add_needs(struct planner *planner,
		     const struct pubport_mapping *mapping)
{
	enum pubport_family family = mapping->key.host.family;
	struct pubport_mapping *last = &planner->needy[family == PUBPORT_IPV6];
	int code;

	if (addr_equal(&mapping->target_addr, &last->target_addr) &&
	    addr_equal(&mapping->key.host, &last->key.host))
		return 0;
	code = needs_add(planner->context, mapping, &planner->plan.needs);
	if (code)
		return error_kernel(planner->error, code, mapping->target);
	*last = *mapping;
	return 0;
}

static int complete_needs(struct planner *planner)
{
	int code = needs_complete(planner->context, &planner->plan.needs);

	return code ? error_kernel(planner->error, code, "bridges") : 0;
}

/* whether the spec left its host ports open */
static bool is_chosen(const struct pubport_spec *spec,
		      const struct pubport_ports *ports)
{
	return spec->host_ports.first != ports->first ||
	       spec->host_ports.last != ports->last;
}

/* this host is asked by the same address, at another port */
static const struct pubport_addr *target_of(const struct named *named,
					    const struct pubport_addr *host)
{
	const struct pubport_addr *target = host;

	for (size_t i = 0; i < named->addrs.count; i++)
		if (named->addrs.items[i].family == host->family &&
		    !pubport_addr_is_any(&named->addrs.items[i]))
			target = &named->addrs.items[i];
	return target;
}

static int add_mapping(struct planner *planner, const struct named *named,
		       const struct pubport_key *key, size_t spec)
{
	const struct pubport_add_request *request = planner->request;
	struct pubport_mapping *mapping = plan_append(&planner->plan, spec);

	if (!mapping)
		return error_memory(planner->error);
	mapping->key = *key;
	mapping->target_ports = request->specs[spec].target_ports;
	mapping->created = planner->plan.now;
	mapping->target_addr = *target_of(named, &key->host);
	if (request->ttl)
		mapping->expires = mapping->created + request->ttl;
	if (is_chosen(&request->specs[spec], &key->ports))
		mapping->flags |= PUBPORT_MAPPING_CHOSEN;
	if (request->flags & PUBPORT_ADD_NO_LOOPBACK)
		mapping->flags |= PUBPORT_MAPPING_NO_LOOPBACK;
	if (request->flags & PUBPORT_ADD_SHIELD)
		mapping->flags |= PUBPORT_MAPPING_SHIELD;
	memcpy(mapping->target, named->text, sizeof(mapping->target));
	memcpy(mapping->name, named->name, sizeof(mapping->name));
	memcpy(mapping->image, named->image, sizeof(mapping->image));
	if (clients_limit(&planner->clients, planner->context, mapping))
		return error_memory(planner->error);
	return add_needs(planner, mapping);
}

static int check_redirect(struct planner *planner,
			  const struct pubport_spec *spec,
			  const struct pubport_ports *host_ports)
{
	if (planner->request->flags & PUBPORT_ADD_SHIELD)
		return refuse(planner, spec,
			      "--shield is for targets behind this host, not "
			      "for the host itself");
	if (host_ports->first == spec->target_ports.first)
		return refuse(planner, spec,
			      "this port of the host would lead to itself");
	return 0;
}

static int plan_spec(struct planner *planner, size_t index)
{
	const struct pubport_spec *spec = &planner->request->specs[index];
	struct pubport_key key = { .protocol = spec->protocol };
	const struct named *named;
	struct choice choice;
	int code;

	code = find_target(planner, spec, &named);
	if (!code)
		code = list_hosts(planner, spec, named, &choice);
	if (!code && spec->has_host && addr_is_loopback(&spec->host) &&
	    planner->request->flags & PUBPORT_ADD_NO_LOOPBACK)
		code = refuse(planner, spec,
			      "a loopback address, with --no-loopback");
	if (!code)
		code = find_ports(planner, spec, &choice, &key.ports);
	if (!code && pubport_addr_is_any(&named->addrs.items[0]))
		code = check_redirect(planner, spec, &key.ports);
	for (size_t i = 0; !code && i < choice.host_count; i++) {
		key.host = choice.hosts[i];
		code = add_mapping(planner, named, &key, index);
	}
	if (code)
		error_index(planner->error, index);
	return code;
}

/* ports that are asked for can't be chosen for another spec */
static void take_fixed_ports(struct planner *planner)
{
	const struct pubport_spec *spec = planner->request->specs;
	const struct pubport_spec *end = spec + planner->request->spec_count;

	for (; spec < end; spec++) {
		if (!spec->host_ports.first ||
		    width_of(&spec->host_ports) !=
			    width_of(&spec->target_ports))
			continue;
		port_bits_add_range(taken_ports(planner, spec->protocol),
				    spec->host_ports);
	}
}

/* a port that a local process listens on is published by force only */
static int check_listeners(struct planner *planner)
{
	const struct pubport_spec *specs = planner->request->specs;
	const struct plan *plan = &planner->plan;
	char why[OCCUPANT_TEXT_SIZE];
	struct listener listener;
	size_t spec;
	int code;

	if (planner->request->flags & PUBPORT_ADD_FORCE || !plan->specs)
		return 0;
	code = listener_find(&plan->mappings, &listener);
	if (code)
		return code == -ENOENT
			       ? 0
			       : error_kernel(planner->error, code, "sockets");
	spec = plan->specs[listener.mapping];
	error_set(planner->error, PUBPORT_CONFLICT, -EADDRINUSE, "\"%s\": %s",
		  specs[spec].text, listener_describe(&listener, why));
	hint_add(planner->error, planner->request, "--force");
	error_index(planner->error, spec);
	return -EADDRINUSE;
}

/**
 * plan_request() - find out what a request to publish comes to
 * @context: whose host; told which target was chosen and what can't be had
 * @request: what was asked for
 * @ret_plan: end with plan_done()
 * @error: why it failed, or NULL
 *
 * Return: 0; -EINVAL for what is wrong in a spec or a target; -ENOENT for a
 * target that isn't there; -EADDRINUSE when no host port is free, or a local
 * process listens on one; -ENOMEM; or another negative errno from the kernel.
 */
int plan_request(struct pubport *context,
		 const struct pubport_add_request *request,
		 struct plan *ret_plan, struct pubport_error *error)
{
	struct planner planner CLEANUP(planner) = {
		.context = context,
		.request = request,
		.error = error,
		.plan.now = time(NULL),
	};
	int code = 0;

	if (request->name)
		code = pubport_name_check(request->name, error);
	take_fixed_ports(&planner);
	if (!code)
		code = clients_read(request, &planner.clients, error);
	progress_begin(&context->progress, "planning", request->spec_count);
	for (size_t i = 0; !code && i < request->spec_count; i++) {
		code = plan_spec(&planner, i);
		progress_step(&context->progress);
	}
	if (!code)
		code = complete_needs(&planner);
	if (!code)
		code = check_listeners(&planner);
	if (code)
		return code;
	*ret_plan = planner.plan;
	memset(&planner.plan, 0, sizeof(planner.plan));
	return 0;
}
