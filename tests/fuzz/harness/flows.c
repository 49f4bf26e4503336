/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flows, made of bytes.
 *
 * libnetfilter_conntrack ends the process when an attribute is not of the size
 * that it should have, which no kernel does.  So what flows say is anything,
 * but how they say it is right.
 */
#include "harness/flows.h"

#include "harness/fuzz.h"

#include <assert.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <sys/socket.h>

/* what a flow is made of; zero where there are fewer bytes */
struct material {
	uint8_t protocol;
	uint8_t tcp_state;
	uint8_t sctp_state;
	uint8_t is_counted;
	uint16_t ports[4];
	uint32_t status;
	uint8_t addrs[4][16];
	uint64_t counters[4];
};

static_assert(sizeof(struct material) == FLOW_BYTES, "flows.h says how many");

static const enum nf_conntrack_attr addrs4[] = {
	ATTR_ORIG_IPV4_SRC,
	ATTR_ORIG_IPV4_DST,
	ATTR_REPL_IPV4_SRC,
	ATTR_REPL_IPV4_DST,
};

static const enum nf_conntrack_attr addrs6[] = {
	ATTR_ORIG_IPV6_SRC,
	ATTR_ORIG_IPV6_DST,
	ATTR_REPL_IPV6_SRC,
	ATTR_REPL_IPV6_DST,
};

static const enum nf_conntrack_attr ports[] = {
	ATTR_ORIG_PORT_SRC,
	ATTR_ORIG_PORT_DST,
	ATTR_REPL_PORT_SRC,
	ATTR_REPL_PORT_DST,
};

static const enum nf_conntrack_attr counters[] = {
	ATTR_ORIG_COUNTER_PACKETS,
	ATTR_ORIG_COUNTER_BYTES,
	ATTR_REPL_COUNTER_PACKETS,
	ATTR_REPL_COUNTER_BYTES,
};

static void set_addrs(struct nf_conntrack *flow,
		      const struct material *material, uint8_t family)
{
	for (size_t i = 0; i < ARRAY_SIZE(addrs4); i++)
		nfct_set_attr(flow, family == AF_INET6 ? addrs6[i] : addrs4[i],
			      material->addrs[i]);
}

static void set_ports(struct nf_conntrack *flow,
		      const struct material *material)
{
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		nfct_set_attr_u16(flow, ports[i], material->ports[i]);
}

static void set_state(struct nf_conntrack *flow,
		      const struct material *material)
{
	nfct_set_attr_u32(flow, ATTR_STATUS, material->status);
	if (material->tcp_state)
		nfct_set_attr_u8(flow, ATTR_TCP_STATE, material->tcp_state);
	if (material->sctp_state)
		nfct_set_attr_u8(flow, ATTR_SCTP_STATE, material->sctp_state);
	for (size_t i = 0; material->is_counted && i < ARRAY_SIZE(counters);
	     i++)
		nfct_set_attr_u64(flow, counters[i], material->counters[i]);
}

/**
 * flow_make() - make a message about a flow
 * @bytes: what it is made of
 * @size: number of @bytes
 * @family: AF_INET or AF_INET6
 * @message: with its header; the flow is added to it
 */
void flow_make(const uint8_t *bytes, size_t size, uint8_t family,
	       struct nlmsghdr *message)
{
	struct nf_conntrack *flow = nfct_new();
	struct material material = { 0 };

	CHECK(flow);
	memcpy(&material, bytes,
	       size < sizeof(material) ? size : sizeof(material));
	nfct_set_attr_u8(flow, ATTR_L3PROTO, family);
	nfct_set_attr_u8(flow, ATTR_REPL_L3PROTO, family);
	nfct_set_attr_u8(flow, ATTR_L4PROTO, material.protocol);
	nfct_set_attr_u8(flow, ATTR_REPL_L4PROTO, material.protocol);
	set_addrs(flow, &material, family);
	set_ports(flow, &material);
	set_state(flow, &material);
	CHECK(nfct_nlmsg_build(message, flow) >= 0);
	nfct_destroy(flow);
}

static void take(const struct nf_conntrack *flow, enum nf_conntrack_attr which,
		 void *to, size_t size)
{
	if (nfct_attr_is_set(flow, which) > 0)
		memcpy(to, nfct_get_attr(flow, which), size);
}

/**
 * flow_unmake() - tell of what bytes a flow would be made
 * @message: about the flow, of the kernel
 * @ret_bytes: FLOW_BYTES of them
 */
void flow_unmake(const struct nlmsghdr *message, uint8_t *ret_bytes)
{
	struct nf_conntrack *flow = nfct_new();
	struct material material = { 0 };
	bool is_ipv6;

	CHECK(flow);
	CHECK(nfct_nlmsg_parse(message, flow) >= 0);
	is_ipv6 = nfct_get_attr_u8(flow, ATTR_L3PROTO) == AF_INET6;
	take(flow, ATTR_L4PROTO, &material.protocol, 1);
	take(flow, ATTR_TCP_STATE, &material.tcp_state, 1);
	take(flow, ATTR_SCTP_STATE, &material.sctp_state, 1);
	take(flow, ATTR_STATUS, &material.status, sizeof(material.status));
	material.is_counted = 1;
	for (size_t i = 0; i < 4; i++) {
		take(flow, is_ipv6 ? addrs6[i] : addrs4[i], material.addrs[i],
		     is_ipv6 ? 16 : 4);
		take(flow, ports[i], &material.ports[i], 2);
		take(flow, counters[i], &material.counters[i], 8);
	}
	memcpy(ret_bytes, &material, sizeof(material));
	nfct_destroy(flow);
}
