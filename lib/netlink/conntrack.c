/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that the kernel tracks, by libnetfilter_conntrack. */
#include "netlink/conntrack.h"

#include "mapping/addr.h"
#include "netlink/nfnetlink.h"
#include "util/cleanup.h"

/* ahead of libnetfilter_conntrack's copy, which may be older */
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_sctp.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netlink.h>
#include <string.h>

/* which parts of CTA_TUPLE_ORIG a dump is filtered by: the kernel's
 * net/netfilter/nf_internals.h has the numbers, no header for users does */
enum {
	FILTER_PROTOCOL = 1 << 3,
	FILTER_DESTINATION_PORT = 1 << 5,
};

/* until the first packet; then as long as others of its protocol */
#define ADDED_TIMEOUT_S 3600

static void cleanup_conntrack(struct nf_conntrack **conntrack)
{
	if (*conntrack)
		nfct_destroy(*conntrack);
}

/* ------------------------------------------------------------------- read */

/**
 * struct end - which address of a connection, in each family
 * @ipv4: attribute
 * @ipv6: attribute
 */
struct end {
	enum nf_conntrack_attr ipv4;
	enum nf_conntrack_attr ipv6;
};

static const struct end client = { ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC };
static const struct end host = { ATTR_ORIG_IPV4_DST, ATTR_ORIG_IPV6_DST };
static const struct end target = { ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV6_SRC };
static const struct end answered = { ATTR_REPL_IPV4_DST, ATTR_REPL_IPV6_DST };

static void read_addr(const struct nf_conntrack *conntrack,
		      enum pubport_family family, const struct end *end,
		      struct pubport_addr *ret_addr)
{
	enum nf_conntrack_attr attribute = family == PUBPORT_IPV4 ? end->ipv4
								  : end->ipv6;

	memset(ret_addr, 0, sizeof(*ret_addr));
	ret_addr->family = family;
	if (nfct_attr_is_set(conntrack, attribute) > 0)
		memcpy(ret_addr->bytes, nfct_get_attr(conntrack, attribute),
		       addr_length(ret_addr));
}

static void read_flow(const struct nf_conntrack *conntrack,
		      struct flow *ret_flow)
{
	enum pubport_family family =
		nfct_get_attr_u8(conntrack, ATTR_ORIG_L3PROTO) == AF_INET6
			? PUBPORT_IPV6
			: PUBPORT_IPV4;
	uint32_t status;

	read_addr(conntrack, family, &client, &ret_flow->client);
	read_addr(conntrack, family, &host, &ret_flow->host);
	read_addr(conntrack, family, &target, &ret_flow->target);
	ret_flow->protocol = (enum pubport_protocol)nfct_get_attr_u8(
		conntrack, ATTR_ORIG_L4PROTO);
	ret_flow->port =
		ntohs(nfct_get_attr_u16(conntrack, ATTR_ORIG_PORT_DST));
	ret_flow->target_port =
		ntohs(nfct_get_attr_u16(conntrack, ATTR_REPL_PORT_SRC));
	status = nfct_get_attr_u32(conntrack, ATTR_STATUS);
	ret_flow->translated = status & IPS_DST_NAT;
	ret_flow->masqueraded = status & IPS_SRC_NAT;
	ret_flow->conntrack = conntrack;
}

static bool has_state(const struct flow *flow, enum nf_conntrack_attr state,
		      unsigned int value)
{
	return nfct_attr_is_set(flow->conntrack, state) > 0 &&
	       nfct_get_attr_u8(flow->conntrack, state) == value;
}

/**
 * flow_mark() - tell the mark of a connection
 * @flow: as conntrack_dump() tells it
 *
 * Return: the mark, or 0.
 */
uint32_t flow_mark(const struct flow *flow)
{
	return nfct_get_attr_u32(flow->conntrack, ATTR_MARK);
}

/**
 * flow_helper() - say which helper looks into a connection
 * @flow: which
 *
 * Return: as the kernel calls it, or "".
 */
const char *flow_helper(const struct flow *flow)
{
	if (nfct_attr_is_set(flow->conntrack, ATTR_HELPER_NAME) <= 0)
		return "";
	return nfct_get_attr(flow->conntrack, ATTR_HELPER_NAME);
}

/**
 * flow_is_open() - tell connections that go on from those that are over
 * @flow: which; the kernel remembers one for a while after its end
 *
 * Return: whether it goes on, as far as the kernel can tell.
 */
bool flow_is_open(const struct flow *flow)
{
	return !has_state(flow, ATTR_TCP_STATE, TCP_CONNTRACK_LAST_ACK) &&
	       !has_state(flow, ATTR_TCP_STATE, TCP_CONNTRACK_TIME_WAIT) &&
	       !has_state(flow, ATTR_TCP_STATE, TCP_CONNTRACK_CLOSE) &&
	       !has_state(flow, ATTR_SCTP_STATE, SCTP_CONNTRACK_CLOSED);
}

/**
 * flow_was_answered() - tell connections that both sides sent something by
 * @flow: which
 *
 * Return: whether the kernel saw an answer.
 */
bool flow_was_answered(const struct flow *flow)
{
	return nfct_get_attr_u32(flow->conntrack, ATTR_STATUS) & IPS_SEEN_REPLY;
}

/**
 * flow_ways() - say from where to where packets of a connection go
 * @flow: which
 * @ret_question: from the client to the host, before they are translated
 * @ret_answer: from who answers, likewise
 */
void flow_ways(const struct flow *flow, struct segment_way *ret_question,
	       struct segment_way *ret_answer)
{
	const struct nf_conntrack *conntrack = flow->conntrack;

	ret_question->from = flow->client;
	ret_question->from_port =
		ntohs(nfct_get_attr_u16(conntrack, ATTR_ORIG_PORT_SRC));
	ret_question->to = flow->host;
	ret_question->to_port = flow->port;
	ret_answer->from = flow->target;
	ret_answer->from_port = flow->target_port;
	read_addr(conntrack, flow->host.family, &answered, &ret_answer->to);
	ret_answer->to_port =
		ntohs(nfct_get_attr_u16(conntrack, ATTR_REPL_PORT_DST));
}

/**
 * flow_copy() - copy a connection, to be kept
 * @flow: which
 * @ret_copy: the copy; free with flow_free()
 *
 * Return: 0 or -ENOMEM.
 */
int flow_copy(const struct flow *flow, struct flow *ret_copy)
{
	struct nf_conntrack *conntrack = nfct_clone(flow->conntrack);

	if (!conntrack)
		return -ENOMEM;
	*ret_copy = *flow;
	ret_copy->conntrack = conntrack;
	return 0;
}

/**
 * flow_free() - free a copy
 * @copy: from flow_copy()
 */
void flow_free(struct flow *copy)
{
	nfct_destroy((struct nf_conntrack *)(uintptr_t)copy->conntrack);
	copy->conntrack = NULL;
}

static uint64_t read_number(const struct flow *flow,
			    enum nf_conntrack_attr attribute)
{
	if (nfct_attr_is_set(flow->conntrack, attribute) <= 0)
		return 0;
	return nfct_get_attr_u64(flow->conntrack, attribute);
}

/**
 * conntrack_count() - tell how much went by a connection
 * @flow: which
 * @ret_in: from the client; zero where the kernel doesn't count
 * @ret_out: to the client
 */
void conntrack_count(const struct flow *flow, struct conntrack_count *ret_in,
		     struct conntrack_count *ret_out)
{
	ret_in->packets = read_number(flow, ATTR_ORIG_COUNTER_PACKETS);
	ret_in->bytes = read_number(flow, ATTR_ORIG_COUNTER_BYTES);
	ret_out->packets = read_number(flow, ATTR_REPL_COUNTER_PACKETS);
	ret_out->bytes = read_number(flow, ATTR_REPL_COUNTER_BYTES);
}

/* -------------------------------------------------------- asking the kernel */

/**
 * conntrack_delete() - have the kernel forget a connection
 * @netlink: open NETLINK_NETFILTER socket, not that of a dump
 * @flow: which; it may have ended meanwhile
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int conntrack_delete(struct netlink *netlink, const struct flow *flow)
{
	struct request request = { .header = NULL };
	int code;

	nfnl_begin(&request, NFNL_CT(IPCTNL_MSG_CT_DELETE), 0,
		   (uint8_t)addr_af(&flow->host));
	if (nfct_nlmsg_build(request.header, flow->conntrack) < 0)
		return -EINVAL;
	code = netlink_talk(netlink, &request, NULL, NULL);
	return code == -ENOENT ? 0 : code;
}

static void set_addr(struct nf_conntrack *conntrack, const struct end *end,
		     const struct pubport_addr *addr)
{
	bool is4 = addr->family == PUBPORT_IPV4;

	nfct_set_attr(conntrack, is4 ? end->ipv4 : end->ipv6, addr->bytes);
}

/**
 * conntrack_add() - have the kernel know a connection that it doesn't track
 * @netlink: open NETLINK_NETFILTER socket
 * @protocol: udp; others have states
 * @way: from who began it to the other end; both sent something
 *
 * Return: 0, also where the kernel knows it, or some connection in its place;
 * -ENOMEM, -EPERM, or another negative errno.
 */
int conntrack_add(struct netlink *netlink, enum pubport_protocol protocol,
		  const struct segment_way *way)
{
	struct nf_conntrack *conntrack CLEANUP(conntrack) = nfct_new();
	struct request request = { .header = NULL };
	int code;

	if (!conntrack)
		return -ENOMEM;
	nfct_set_attr_u8(conntrack, ATTR_ORIG_L3PROTO,
			 (uint8_t)addr_af(&way->from));
	nfct_set_attr_u8(conntrack, ATTR_ORIG_L4PROTO, (uint8_t)protocol);
	set_addr(conntrack, &client, &way->from);
	set_addr(conntrack, &host, &way->to);
	nfct_set_attr_u16(conntrack, ATTR_ORIG_PORT_SRC, htons(way->from_port));
	nfct_set_attr_u16(conntrack, ATTR_ORIG_PORT_DST, htons(way->to_port));
	nfct_setobjopt(conntrack, NFCT_SOPT_SETUP_REPLY);
	nfct_set_attr_u32(conntrack, ATTR_TIMEOUT, ADDED_TIMEOUT_S);
	nfct_set_attr_u32(conntrack, ATTR_STATUS,
			  IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED);
	nfnl_begin(&request, NFNL_CT(IPCTNL_MSG_CT_NEW),
		   NLM_F_CREATE | NLM_F_EXCL, (uint8_t)addr_af(&way->from));
	if (nfct_nlmsg_build(request.header, conntrack) < 0)
		return -EINVAL;
	code = netlink_talk(netlink, &request, NULL, NULL);
	return code == -EEXIST ? 0 : code;
}

/* has the kernel leave out flows that can't match; older ones don't */
static int put_filter(struct nlmsghdr *request, const struct pubport_key *key)
{
	struct nf_conntrack *conntrack CLEANUP(conntrack) = nfct_new();
	uint32_t flags = FILTER_PROTOCOL | FILTER_DESTINATION_PORT;
	struct nlattr *nest;

	if (!conntrack)
		return -ENOMEM;
	nfct_set_attr_u8(conntrack, ATTR_ORIG_L3PROTO,
			 (uint8_t)addr_af(&key->host));
	nfct_set_attr_u8(conntrack, ATTR_ORIG_L4PROTO, (uint8_t)key->protocol);
	nfct_set_attr_u16(conntrack, ATTR_ORIG_PORT_SRC, 0);
	nfct_set_attr_u16(conntrack, ATTR_ORIG_PORT_DST,
			  htons(key->ports.first));
	if (nfct_nlmsg_build(request, conntrack) < 0)
		return -EINVAL;
	nest = mnl_attr_nest_start(request, CTA_FILTER);
	mnl_attr_put_u32(request, CTA_FILTER_ORIG_FLAGS, flags);
	mnl_attr_put_u32(request, CTA_FILTER_REPLY_FLAGS, 0);
	mnl_attr_nest_end(request, nest);
	return 0;
}

/**
 * struct dump - connections being read
 * @each: called for each
 * @data: handed to @each
 */
struct dump {
	flow_fn each;
	void *data;
};

static int read_message(const struct nlmsghdr *message, void *data)
{
	struct nf_conntrack *conntrack CLEANUP(conntrack) = nfct_new();
	const struct dump *dump = data;
	struct flow flow;

	if (!conntrack) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	/* the library reads the header without a look at the length */
	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg) ||
	    nfct_nlmsg_parse(message, conntrack) < 0)
		return MNL_CB_OK;
	read_flow(conntrack, &flow);
	return dump->each(&flow, dump->data);
}

/* one walk of the kernel's list takes as long for both as for one of them */
static int common_family(const struct pubport_mappings *mappings)
{
	int family = addr_af(&mappings->items[0].key.host);

	for (size_t i = 1; i < mappings->count; i++)
		if (addr_af(&mappings->items[i].key.host) != family)
			return AF_UNSPEC;
	return family;
}

/* the protocol and single port of all of them, or NULL */
static const struct pubport_key *
common_port(const struct pubport_mappings *mappings)
{
	const struct pubport_key *key, *first = &mappings->items[0].key;

	for (size_t i = 0; i < mappings->count; i++) {
		key = &mappings->items[i].key;
		if (key->protocol != first->protocol ||
		    key->ports.first != first->ports.first ||
		    key->ports.last != first->ports.first)
			return NULL;
	}
	return first;
}

/**
 * conntrack_dump() - look at each connection that may be of mappings
 * @mappings: others may be left out, by family, protocol and port
 * @each: called for each
 * @data: handed to @each
 *
 * It has a socket of its own, so that @each may ask others.
 *
 * Return: 0, -ENOMEM, -EPERM, or another negative errno.
 */
int conntrack_dump(const struct pubport_mappings *mappings, flow_fn each,
		   void *data)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };
	struct dump dump = { each, data };
	struct request request = { .header = NULL };
	const struct pubport_key *port;
	int family, code = 0;

	if (!mappings->count)
		return 0;
	family = common_family(mappings);
	port = common_port(mappings);
	nfnl_begin(&request, NFNL_CT(IPCTNL_MSG_CT_GET), NLM_F_DUMP,
		   (uint8_t)family);
	/* a filter of ports is for one family only */
	if (port && family != AF_UNSPEC)
		code = put_filter(request.header, port);
	if (!code)
		code = netlink_open(&netlink, NETLINK_NETFILTER);
	if (!code)
		code = netlink_talk(&netlink, &request, read_message, &dump);
	return code;
}
