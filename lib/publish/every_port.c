/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request for each port on which its target listens.
 *
 * The namespaces that this host reaches are looked through for the target's
 * addresses, whatever it is called; who listens there at such an address, or at
 * all of them, gets a spec that leaves the host port open.  Ports to which the
 * request leads by itself are left out, as docker run -P does.
 */
#include "publish/every_port.h"

#include "mapping/portset.h"
#include "target/reach.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static const enum pubport_protocol protocols[] = { PUBPORT_TCP, PUBPORT_UDP,
						   PUBPORT_SCTP };

/**
 * struct open_ports - on which ports a target listens
 * @bits: for each of its addresses, and for each of @protocols
 */
struct open_ports {
	struct port_bits bits[2][ARRAY_SIZE(protocols)];
};

/* @bits: for each of @protocols */
static int read_open(const struct census *census,
		     const struct pubport_addr *addr, struct port_bits *bits)
{
	CLEANUP(sockets_done) struct sockets sockets = { .count = 0 };
	const char *text = census_find(census, addr);
	CLEANUP(close) int fd = -1;
	int code = text ? netns_open(text, &fd, NULL) : -ENOENT;

	if (!code)
		code = sockets_read(fd, &sockets);
	for (size_t i = 0; !code && i < sockets.count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(protocols); k++)
			if (sockets.items[i].protocol == protocols[k] &&
			    socket_overlaps(&sockets.items[i], addr))
				port_bits_add(&bits[k], sockets.items[i].port);
	return code;
}

static int read_all(struct pubport *context, const struct target_addrs *addrs,
		    struct open_ports *ret_open)
{
	CLEANUP(reach_host_done) struct reach_host host = { .netns_fd = -1 };
	CLEANUP(census_done) struct census census = { .reaches = NULL };
	int code = reach_host_init(&host, context);

	if (!code)
		code = census_take(&census, &host);
	for (size_t i = 0; !code && i < addrs->count; i++)
		code = read_open(&census, &addrs->items[i], ret_open->bits[i]);
	return code;
}

static bool is_named(const struct pubport_add_request *request,
		     enum pubport_protocol protocol, uint16_t port)
{
	const struct pubport_spec *spec = request->specs;

	for (size_t i = 0; i < request->spec_count; i++, spec++)
		if (!*spec->target && spec->protocol == protocol &&
		    spec->target_ports.first <= port &&
		    port <= spec->target_ports.last)
			return true;
	return false;
}

/* @only: the one address at which it is open, or NULL for each that it has */
static void add_spec(struct every_port *every, enum pubport_protocol protocol,
		     uint16_t port, const struct pubport_addr *only)
{
	size_t at = every->request.spec_count++;
	struct pubport_spec *spec = &every->specs[at];
	const char *host = "";

	spec->protocol = protocol;
	spec->target_ports = (struct pubport_ports){ port, port };
	if (only) {
		host = only->family == PUBPORT_IPV4 ? "0.0.0.0::" : "[::]::";
		spec->has_host = true;
		spec->host.family = only->family;
	}
	snprintf(every->texts[at], sizeof(every->texts[at]), "%s%u/%s", host,
		 port, pubport_protocol_name(protocol));
	spec->text = every->texts[at];
}

static void add_specs(const struct pubport_add_request *request,
		      const struct target_addrs *addrs,
		      const struct open_ports *open, struct every_port *every)
{
	for (size_t k = 0; k < ARRAY_SIZE(protocols); k++) {
		for (uint32_t port = 1; port <= UINT16_MAX; port++) {
			bool first = port_bits_has(&open->bits[0][k],
						   (uint16_t)port);
			bool other = port_bits_has(&open->bits[1][k],
						   (uint16_t)port);

			if ((!first && !other) ||
			    is_named(request, protocols[k], (uint16_t)port))
				continue;
			add_spec(every, protocols[k], (uint16_t)port,
				 addrs->count == 1 || first == other
					 ? NULL
					 : &addrs->items[other]);
		}
	}
}

static size_t count_open(const struct open_ports *open)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(open->bits); i++)
		for (size_t k = 0; k < ARRAY_SIZE(protocols); k++)
			for (size_t j = 0;
			     j < ARRAY_SIZE(open->bits[i][k].bits); j++)
				count += (size_t)__builtin_popcountll(
					open->bits[i][k].bits[j]);
	return count;
}

static int refuse(const struct resolved *target, int code,
		  struct pubport_error *error)
{
	if (code == -ENOMEM)
		return error_memory(error);
	error_set(error, PUBPORT_NOT_FOUND, code,
		  code == -ENODATA ? "target \"%s\": it listens on no port"
				   : "target \"%s\": on which ports it listens "
				     "can't be seen from here",
		  target->text);
	error_hint(error, "pubport targets");
	return code;
}

/**
 * every_port_find() - name the ports on which the target of a request listens
 * @context: whose host
 * @request: what was asked for
 * @target: its target, behind this host
 * @ret_every: free with every_port_done(), also after a failure
 * @error: why it failed, or NULL
 *
 * Return: 0; -ENODATA where it listens on none; -ENOENT where nobody can look
 * into its namespace; -ENOMEM; or another negative errno from the kernel.
 */
int every_port_find(struct pubport *context,
		    const struct pubport_add_request *request,
		    const struct resolved *target, struct every_port *ret_every,
		    struct pubport_error *error)
{
	CLEANUP(free) struct open_ports *open = calloc(1, sizeof(*open));
	struct every_port *every = ret_every;
	size_t most;
	int code;

	if (!open)
		return error_memory(error);
	code = read_all(context, &target->addrs, open);
	if (code)
		return refuse(target, code, error);
	most = request->spec_count + count_open(open);
	every->specs = calloc(most + 1, sizeof(*every->specs));
	every->texts = calloc(most + 1, sizeof(*every->texts));
	if (!every->specs || !every->texts)
		return error_memory(error);
	for (size_t i = 0; i < request->spec_count; i++)
		every->specs[i] = request->specs[i];
	every->request = *request;
	every->request.specs = every->specs;
	add_specs(request, &target->addrs, open, every);
	return every->request.spec_count ? 0 : refuse(target, -ENODATA, error);
}

/**
 * every_port_done() - free what every_port_find() made
 * @every: or all zero
 */
void every_port_done(struct every_port *every)
{
	free(every->specs);
	free(every->texts);
	memset(every, 0, sizeof(*every));
}
