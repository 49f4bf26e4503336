/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of the host: routes, addresses, links, neighbours,
 * sockets and flows.
 *
 * Whatever it is, numbers have bounds, and names end.
 */
#include "harness/fuzz.h"
#include "harness/kernel.h"
#include "netlink/conntrack.h"
#include "netlink/link.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"
#include "netlink/sock_diag.h"

static const struct pubport_addr target4 = { PUBPORT_IPV4, { 172, 17, 0, 2 } };
static const struct pubport_addr target6 = { PUBPORT_IPV6,
					     { 0xfd, 0x17, [15] = 2 } };

static void check_addr(const struct pubport_addr *addr)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];

	CHECK(addr->family == PUBPORT_IPV4 || addr->family == PUBPORT_IPV6);
	CHECK(*pubport_addr_format(addr, text, sizeof(text)));
}

static void ask_routes(struct netlink *netlink)
{
	CLEANUP(addresses_done) struct addresses addresses = { 0 };
	struct route route;
	bool is;

	/* one of the other family is not read */
	if (!route_lookup(netlink, &target4, &route) && route.gateway.family)
		check_addr(&route.gateway);
	if (!route_lookup(netlink, &target6, &route))
		(void)route_is_on_link(&route);
	(void)route_is_own(netlink, &target4, &is);
	(void)route_has_loopback6(netlink, 1, &is);
	if (addresses_read(netlink, &addresses))
		return;
	for (size_t i = 0; i < addresses.count; i++)
		check_addr(&addresses.items[i].addr);
}

static void check_link(const struct link_info *link)
{
	CHECK(strnlen(link->name, sizeof(link->name)) < sizeof(link->name));
	CHECK(strnlen(link->kind, sizeof(link->kind)) < sizeof(link->kind));
}

static void ask_links(struct netlink *netlink)
{
	CLEANUP(links_done) struct links links = { 0 };
	struct link_info link;
	bool answers;

	if (!link_get(netlink, 1, &link))
		check_link(&link);
	(void)neighbour_answers(netlink, 1, &target6, &answers);
	if (links_read(netlink, &links))
		return;
	for (size_t i = 0; i < links.count; i++)
		check_link(&links.items[i]);
	(void)links_find(&links, 2);
}

static void ask_sockets(struct netlink *netlink)
{
	static const enum pubport_protocol protocols[] = {
		PUBPORT_TCP,
		PUBPORT_UDP,
		PUBPORT_SCTP,
	};
	struct sockets sockets = { 0 };
	struct port_bits set = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		(void)sock_diag_listening(netlink, protocols[i], &sockets);
	for (size_t i = 0; i < sockets.count; i++) {
		CHECK(sockets.items[i].port);
		check_addr(&sockets.items[i].addr);
	}
	(void)sock_diag_used_ports(netlink, PUBPORT_TCP, &target4, &set);
	sockets_done(&sockets);
}

static int look_at_flow(const struct flow *flow, void *data)
{
	struct conntrack_count in, out;

	(void)data;
	check_addr(&flow->client);
	check_addr(&flow->host);
	check_addr(&flow->target);
	CHECK(flow->client.family == flow->host.family);
	(void)flow_is_open(flow);
	conntrack_count(flow, &in, &out);
	return MNL_CB_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(netlink_close) struct netlink netlink = { 0 };
	struct pubport_mapping mapping = {
		.key = {
			.host = { .family = PUBPORT_IPV4 },
			.protocol = PUBPORT_TCP,
			.ports = { 80, 80 },
		},
	};
	const struct pubport_mappings mappings = { &mapping, 1 };

	kernel_begin(data, size);
	CHECK(!netlink_open(&netlink, NETLINK_ROUTE));
	ask_routes(&netlink);
	ask_links(&netlink);
	ask_sockets(&netlink);
	(void)conntrack_dump(&mappings, look_at_flow, NULL);
	return 0;
}
