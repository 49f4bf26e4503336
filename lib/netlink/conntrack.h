/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that the kernel tracks. */
#ifndef NETLINK_CONNTRACK_H
#define NETLINK_CONNTRACK_H

#include "netlink/netlink.h"
#include "netlink/segment.h"
#include "pubport.h"

struct nf_conntrack;

/**
 * struct flow - a connection
 * @client: who began it
 * @host: original destination
 * @port: original destination port
 * @protocol: transport protocol
 * @target: who answers
 * @target_port: and from which port
 * @translated: whether its destination was translated
 * @masqueraded: whether its source was
 * @conntrack: all that the kernel tells of it
 */
struct flow {
	struct pubport_addr client;
	struct pubport_addr host;
	uint16_t port;
	enum pubport_protocol protocol;
	struct pubport_addr target;
	uint16_t target_port;
	bool translated;
	bool masqueraded;
	const struct nf_conntrack *conntrack;
};

/* where the client wanted to; by which interface it came in is not known */
static inline struct pubport_key flow_key(const struct flow *flow)
{
	return (struct pubport_key){
		.host = flow->host,
		.protocol = flow->protocol,
		.ports = { flow->port, flow->port },
	};
}

/**
 * struct conntrack_count - what went one way
 * @packets: packets
 * @bytes: bytes, with those of IP headers
 */
struct conntrack_count {
	uint64_t packets;
	uint64_t bytes;
};

/* returns MNL_CB_OK to go on, MNL_CB_STOP, or MNL_CB_ERROR with errno */
typedef int (*flow_fn)(const struct flow *flow, void *data);

int conntrack_dump(const struct pubport_mappings *mappings, flow_fn each,
		   void *data);
uint32_t flow_mark(const struct flow *flow);
const char *flow_helper(const struct flow *flow);
bool flow_is_open(const struct flow *flow);
bool flow_was_answered(const struct flow *flow);
void flow_ways(const struct flow *flow, struct segment_way *ret_question,
	       struct segment_way *ret_answer);
int flow_copy(const struct flow *flow, struct flow *ret_copy);
void flow_free(struct flow *copy);
void conntrack_count(const struct flow *flow, struct conntrack_count *ret_in,
		     struct conntrack_count *ret_out);
int conntrack_add(struct netlink *netlink, enum pubport_protocol protocol,
		  const struct segment_way *way);
int conntrack_delete(struct netlink *netlink, const struct flow *flow);

#endif
