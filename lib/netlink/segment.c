/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segments of TCP that are sent and seen by their headers alone, with raw
 * sockets and a packet socket: connections of others, of which the host's own
 * TCP knows nothing.
 */
#include "netlink/segment.h"

#include "mapping/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* until it is read, so much may come */
#define SEEN_BUFFER (4 << 20)
#define TTL 64

/* what acknowledges, and does nothing else, is let in */
static int attach_filter(int fd)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x60, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x40, 0, 9),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 7),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0),
		/* IPv6 */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
		BPF_STMT(BPF_LDX | BPF_IMM, sizeof(struct ip6_hdr)),
		/* the flags */
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 13),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SEGMENT_ACK, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 128),
	};
	const struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

/* sees nothing before the filter is there */
static int open_seen(void)
{
	const struct sockaddr_ll all = { .sll_family = AF_PACKET,
					 .sll_protocol = htons(ETH_P_ALL) };
	int fd CLEANUP(close) =
		socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = SEEN_BUFFER;

	if (fd < 0 || attach_filter(fd) ||
	    bind(fd, (const void *)&all, sizeof(all)))
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return TAKE_FD(fd);
}

/**
 * segments_open() - open what sends and sees segments
 * @segments: set; close with segments_close(), also after a failure
 *
 * Return: 0, -EPERM without CAP_NET_RAW, or another negative errno.
 */
int segments_open(struct segments *segments)
{
	int type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;

	segments->ipv4 = socket(AF_INET, type, IPPROTO_RAW);
	/* there may be no IPv6 */
	segments->ipv6 = socket(AF_INET6, type, IPPROTO_RAW);
	segments->seen = segments->ipv4 < 0 ? -1 : open_seen();
	return segments->seen < 0 ? -errno : 0;
}

/**
 * segments_close() - close what segments_open() opened
 * @segments: which
 */
void segments_close(struct segments *segments)
{
	cleanup_close(&segments->ipv4);
	cleanup_close(&segments->ipv6);
	cleanup_close(&segments->seen);
	*segments = (struct segments){ -1, -1, -1 };
}

/* -------------------------------------------------------------------- sent */

static uint32_t add_words(uint32_t sum, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

/* with the addresses around it, of which lengths are even */
static uint16_t checksum(const struct segment_way *way,
			 const struct tcphdr *header)
{
	uint32_t sum = IPPROTO_TCP + sizeof(*header);

	sum = add_words(sum, way->from.bytes, addr_length(&way->from));
	sum = add_words(sum, way->to.bytes, addr_length(&way->to));
	sum = add_words(sum, header, sizeof(*header));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static struct tcphdr write_tcp(const struct segment *segment)
{
	struct tcphdr header = {
		.th_sport = htons(segment->way.from_port),
		.th_dport = htons(segment->way.to_port),
		.th_seq = htonl(segment->sequence),
		.th_ack = htonl(segment->acknowledged),
		.th_off = sizeof(header) / 4,
		.th_flags = segment->flags,
	};

	header.th_sum = checksum(&segment->way, &header);
	return header;
}

static int send_ipv4(int fd, const struct segment *segment)
{
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
	} packet = {
		/* the kernel adds the rest */
		.ip = { .version = IPVERSION,
			.ihl = sizeof(packet.ip) / 4,
			.frag_off = htons(IP_DF),
			.ttl = TTL,
			.protocol = IPPROTO_TCP },
		.tcp = write_tcp(segment),
	};
	struct sockaddr_in to = { .sin_family = AF_INET };

	memcpy(&packet.ip.saddr, segment->way.from.bytes, 4);
	memcpy(&packet.ip.daddr, segment->way.to.bytes, 4);
	memcpy(&to.sin_addr, segment->way.to.bytes, 4);
	return (int)sendto(fd, &packet, sizeof(packet), 0, (const void *)&to,
			   sizeof(to));
}

static int send_ipv6(int fd, const struct segment *segment)
{
	struct {
		struct ip6_hdr ip;
		struct tcphdr tcp;
	} packet = {
		.ip = { .ip6_flow = htonl(6U << 28),
			.ip6_plen = htons(sizeof(packet.tcp)),
			.ip6_nxt = IPPROTO_TCP,
			.ip6_hlim = TTL },
		.tcp = write_tcp(segment),
	};
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };

	memcpy(&packet.ip.ip6_src, segment->way.from.bytes, 16);
	memcpy(&packet.ip.ip6_dst, segment->way.to.bytes, 16);
	memcpy(&to.sin6_addr, segment->way.to.bytes, 16);
	return (int)sendto(fd, &packet, sizeof(packet), 0, (const void *)&to,
			   sizeof(to));
}

/**
 * segment_send() - send a segment, as if somebody did
 * @segments: open
 * @segment: which; translated as other packets that the host sends
 *
 * Return: 0 or a negative errno.
 */
int segment_send(const struct segments *segments, const struct segment *segment)
{
	int sent = segment->way.to.family == PUBPORT_IPV4
			   ? send_ipv4(segments->ipv4, segment)
			   : send_ipv6(segments->ipv6, segment);

	return sent < 0 ? -errno : 0;
}

/* -------------------------------------------------------------------- seen */

static bool read_segment(const uint8_t *packet, size_t length,
			 struct segment *ret_segment)
{
	bool is4 = length && packet[0] >> 4 == IPVERSION;
	size_t first = is4 ? 12 : 8, size = is4 ? 4 : 16;
	size_t start = is4 ? 4 * (size_t)(packet[0] & 0xf)
			   : sizeof(struct ip6_hdr);
	struct segment segment = { .flags = 0 };
	struct tcphdr header;

	if (length < start + sizeof(header) || start < first + 2 * size)
		return false;
	memcpy(&header, packet + start, sizeof(header));
	segment.way.from.family = is4 ? PUBPORT_IPV4 : PUBPORT_IPV6;
	segment.way.to.family = segment.way.from.family;
	memcpy(segment.way.from.bytes, packet + first, size);
	memcpy(segment.way.to.bytes, packet + first + size, size);
	segment.way.from_port = ntohs(header.th_sport);
	segment.way.to_port = ntohs(header.th_dport);
	segment.sequence = ntohl(header.th_seq);
	segment.acknowledged = ntohl(header.th_ack);
	segment.flags = header.th_flags;
	*ret_segment = segment;
	return true;
}

/**
 * segment_receive() - see a segment that acknowledges, and does nothing else
 * @segments: open; what comes in by any interface and leaves by any is seen,
 *	once on each
 * @ret_segment: the next one
 *
 * Return: whether there is one; nobody is waited for.
 */
bool segment_receive(const struct segments *segments,
		     struct segment *ret_segment)
{
	uint8_t packet[128];
	ssize_t length;

	while ((length = recv(segments->seen, packet, sizeof(packet), 0)) >= 0)
		if (read_segment(packet, (size_t)length, ret_segment))
			return true;
	return false;
}

/**
 * segment_way_equal() - compare ways
 * @a: a way
 * @b: another one
 *
 * Return: whether they are the same.
 */
bool segment_way_equal(const struct segment_way *a, const struct segment_way *b)
{
	return a->from_port == b->from_port && a->to_port == b->to_port &&
	       addr_equal(&a->from, &b->from) && addr_equal(&a->to, &b->to);
}
