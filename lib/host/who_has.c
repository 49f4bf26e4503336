/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks a link who has an address.
 *
 * The kernel's neighbour table has one answer for an address, be it the fastest
 * or the first.  Where two machines claim it, both answer, and both are heard
 * here: to ARP (RFC 826), asked as RFC 5227 probes, and to neighbour
 * solicitations (RFC 4861).
 */
#include "host/who_has.h"

#include "mapping/addr.h"
#include "util/cleanup.h"
#include "util/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* who is there answers within a millisecond or two */
#define WAIT_MS 60

/* reads an answer: whether it is one, about @addr */
typedef bool (*read_answer_fn)(const uint8_t *bytes, size_t length,
			       const struct pubport_addr *addr,
			       uint8_t ret_lladdr[6]);

static int collect(int fd, const struct pubport_addr *addr,
		   read_answer_fn read_answer, struct who_has *who)
{
	int64_t left_ms, until_ms = time_monotonic_ms() + WAIT_MS;
	struct pollfd readable = { fd, POLLIN, 0 };
	uint8_t bytes[256];
	ssize_t length;

	while (who->count < WHO_HAS_MAX &&
	       (left_ms = until_ms - time_monotonic_ms()) > 0) {
		if (poll(&readable, 1, (int)left_ms) <= 0)
			continue;
		length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (length < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (length > 0 && read_answer(bytes, (size_t)length, addr,
					      who->lladdrs[who->count]))
			who->count++;
	}
	return 0;
}

/* a socket for a protocol on a link, and the link-layer address there */
static int open_link(unsigned int interface, uint16_t protocol,
		     struct sockaddr_ll *ret_own)
{
	int fd CLEANUP(close) = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_ll own = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)interface,
	};
	socklen_t size = sizeof(own);

	if (fd < 0 || bind(fd, (const void *)&own, sizeof(own)) < 0 ||
	    getsockname(fd, (void *)&own, &size) < 0)
		return -errno;
	*ret_own = own;
	return TAKE_FD(fd);
}

/* -------------------------------------------------------------------- IPv4 */

static bool read_arp(const uint8_t *bytes, size_t length,
		     const struct pubport_addr *addr, uint8_t ret_lladdr[6])
{
	struct ether_arp arp;

	if (length < sizeof(arp))
		return false;
	memcpy(&arp, bytes, sizeof(arp));
	memcpy(ret_lladdr, arp.arp_sha, sizeof(arp.arp_sha));
	return arp.ea_hdr.ar_op == htons(ARPOP_REPLY) &&
	       !memcmp(arp.arp_spa, addr->bytes, sizeof(arp.arp_spa));
}

static int ask_arp(int fd, const struct sockaddr_ll *own,
		   const struct pubport_addr *addr)
{
	struct ether_arp arp = {
		.ea_hdr = { htons(ARPHRD_ETHER), htons(ETH_P_IP), ETH_ALEN,
			    sizeof(arp.arp_spa), htons(ARPOP_REQUEST) },
	};
	struct sockaddr_ll all = *own;

	memset(all.sll_addr, 0xff, ETH_ALEN);
	memcpy(arp.arp_sha, own->sll_addr, ETH_ALEN);
	memcpy(arp.arp_tpa, addr->bytes, sizeof(arp.arp_tpa));
	return sendto(fd, &arp, sizeof(arp), 0, (const void *)&all,
		      sizeof(all)) < 0
		       ? -errno
		       : 0;
}

static int who_has4(unsigned int interface, const struct pubport_addr *addr,
		    struct who_has *who)
{
	struct sockaddr_ll own = { .sll_family = AF_PACKET };
	int fd CLEANUP(close) = open_link(interface, ETH_P_ARP, &own);
	int code;

	if (fd < 0)
		return fd;
	if (own.sll_hatype != ARPHRD_ETHER)
		return 0;
	code = ask_arp(fd, &own, addr);
	return code ? code : collect(fd, addr, read_arp, who);
}

/* -------------------------------------------------------------------- IPv6 */

static bool read_advertisement(const uint8_t *bytes, size_t length,
			       const struct pubport_addr *addr,
			       uint8_t ret_lladdr[6])
{
	struct {
		struct nd_neighbor_advert header;
		struct nd_opt_hdr option;
		uint8_t lladdr[6];
	} answer;

	if (length < sizeof(answer))
		return false;
	memcpy(&answer, bytes, sizeof(answer));
	memcpy(ret_lladdr, answer.lladdr, sizeof(answer.lladdr));
	return answer.header.nd_na_type == ND_NEIGHBOR_ADVERT &&
	       answer.option.nd_opt_type == ND_OPT_TARGET_LINKADDR &&
	       !memcmp(&answer.header.nd_na_target, addr->bytes,
		       sizeof(answer.header.nd_na_target));
}

static int set_options(int fd, unsigned int interface)
{
	int hops = 255, index = (int)interface;
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter,
			  sizeof(filter)) < 0 ||
			       setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS,
					  &hops, sizeof(hops)) < 0 ||
			       setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
					  &index, sizeof(index)) < 0 ||
			       setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX,
					  &index, sizeof(index)) < 0
		       ? -errno
		       : 0;
}

/* who is asked without an address of the link to answer to may be silent */
static int solicit(int fd, const struct sockaddr_ll *own,
		   const struct pubport_addr *addr)
{
	struct {
		struct nd_neighbor_solicit header;
		struct nd_opt_hdr option;
		uint8_t lladdr[6];
	} question;
	struct sockaddr_in6 group = {
		.sin6_family = AF_INET6,
		/* ff02::1:ff00:0/104, the rest is the end of the address */
		.sin6_addr.s6_addr = { 0xff, 0x02, [11] = 1, 0xff },
		.sin6_scope_id = (uint32_t)own->sll_ifindex,
	};

	memset(&question, 0, sizeof(question));
	question.header.nd_ns_type = ND_NEIGHBOR_SOLICIT;
	memcpy(&question.header.nd_ns_target, addr->bytes,
	       sizeof(question.header.nd_ns_target));
	question.option.nd_opt_type = ND_OPT_SOURCE_LINKADDR;
	question.option.nd_opt_len = 1;
	memcpy(question.lladdr, own->sll_addr, sizeof(question.lladdr));
	memcpy(group.sin6_addr.s6_addr + 13, addr->bytes + 13, 3);
	return sendto(fd, &question, sizeof(question), 0, (const void *)&group,
		      sizeof(group)) < 0
		       ? -errno
		       : 0;
}

static int who_has6(unsigned int interface, const struct pubport_addr *addr,
		    struct who_has *who)
{
	struct sockaddr_ll own = { .sll_family = AF_PACKET };
	int link CLEANUP(close) = open_link(interface, 0, &own);
	int fd CLEANUP(close) =
		socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	int code;

	if (link < 0 || fd < 0)
		return link < 0 ? link : -errno;
	if (own.sll_hatype != ARPHRD_ETHER)
		return 0;
	code = set_options(fd, interface);
	if (!code)
		code = solicit(fd, &own, addr);
	return code ? code : collect(fd, addr, read_advertisement, who);
}

/**
 * who_has() - ask a link who has an address
 * @interface: index of the host's interface there
 * @addr: the address
 * @ret_who: who answered in a moment; nobody does where links have no addresses
 *
 * Return: 0; -EPERM without CAP_NET_RAW; or another negative errno.
 */
int who_has(unsigned int interface, const struct pubport_addr *addr,
	    struct who_has *ret_who)
{
	struct who_has who = { .count = 0 };
	int code = addr->family == PUBPORT_IPV4
			   ? who_has4(interface, addr, &who)
			   : who_has6(interface, addr, &who);

	if (!code)
		*ret_who = who;
	return code;
}
