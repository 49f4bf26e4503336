/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that answers what it is told to: see kernel.h. */
#include "harness/kernel.h"

#include "harness/flows.h"
#include "harness/fuzz.h"
#include "netlink/nfnetlink.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/eventfd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef HAS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

/* as any socket's */
#define PORT 4711
/* what the kernel puts into one datagram of a dump */
#define DATAGRAM_MAX (32 * 1024)
/* the first error that there is not */
#define ERROR_END 4096
/* how far behind an answer it is seen that somebody reads there */
#define GUARD 4096
/* what a flow takes, at most */
#define FLOW_MAX 1024
/* each table's name has this number, in all messages of nf_tables */
#define ATTRIBUTE_TABLE 1
/* more files than anybody opens */
#define FDS 1024

/* what a socket waits for */
enum waiting {
	WAITING_NONE,
	WAITING_NEWS,	/* notifications */
	WAITING_DUMP,	/* all that there is of something */
	WAITING_ANSWER, /* one message for each question */
	WAITING_ACK,	/* of an order, perhaps behind an answer */
	WAITING_BATCH,	/* of a transaction */
	WAITING_FLOWS,	/* all that are tracked */
};

/**
 * struct mnl_socket - what libmnl calls one
 * @fd: nobody reads it, but it can be waited for
 * @waiting: what for
 * @seq: sequence number of the question
 * @last: that of the last message of a transaction
 * @looks: whether a question is about something that may not be there
 * @family: of flows
 */
struct mnl_socket {
	int fd;
	enum waiting waiting;
	uint32_t seq;
	uint32_t last;
	bool looks;
	uint8_t family;
};

/* those that are open, by their files */
static struct mnl_socket *sockets[FDS];

/* what is left of the input */
static const uint8_t *rest;
static size_t left;

/**
 * kernel_begin() - begin with an input
 * @data: messages
 * @size: bytes of @data
 */
void kernel_begin(const uint8_t *data, size_t size)
{
	rest = data;
	left = size;
}

/* --------------------------------------------------------------- what is sent
 */

static bool is_of(const struct nlmsghdr *message, uint16_t subsystem)
{
	return NFNL_SUBSYS_ID(message->nlmsg_type) == subsystem;
}

/* the family and the table of an nf_tables message of ours */
static void check_table(const struct nlmsghdr *message)
{
	const struct nfgenmsg *generic = mnl_nlmsg_get_payload(message);
	const struct nlattr *table = nfnl_find(message, ATTRIBUTE_TABLE);

	CHECK(generic->nfgen_family == NFPROTO_INET);
	CHECK(!strcmp(nfnl_name(table), "pubport"));
}

/* a transaction begins, ends, and touches no table but ours */
static void send_batch(struct mnl_socket *socket,
		       const struct nlmsghdr *message, size_t size)
{
	int bytes = (int)size;
	bool ends = false;

	socket->waiting = WAITING_BATCH;
	socket->seq = message->nlmsg_seq;
	for (; mnl_nlmsg_ok(message, bytes);
	     message = mnl_nlmsg_next(message, &bytes)) {
		CHECK(!ends);
		ends = message->nlmsg_type == NFNL_MSG_BATCH_END;
		if (NFNL_SUBSYS_ID(message->nlmsg_type) == NFNL_SUBSYS_NFTABLES)
			check_table(message);
		if (message->nlmsg_flags & NLM_F_ACK)
			socket->last = message->nlmsg_seq;
	}
	CHECK(ends && !bytes && socket->last);
}

static void send_question(struct mnl_socket *socket,
			  const struct nlmsghdr *message)
{
	CHECK(message->nlmsg_flags & NLM_F_REQUEST);
	socket->seq = message->nlmsg_seq;
	socket->looks = is_of(message, NFNL_SUBSYS_NFTABLES);
	socket->family = nfnl_family(message);
	if ((message->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		socket->waiting = message->nlmsg_flags & NLM_F_ACK
					  ? WAITING_ACK
					  : WAITING_ANSWER;
	else
		socket->waiting = is_of(message, NFNL_SUBSYS_CTNETLINK)
					  ? WAITING_FLOWS
					  : WAITING_DUMP;
}

/* of several questions at once */
static uint32_t last_seq(const struct nlmsghdr *message, size_t size)
{
	uint32_t seq = message->nlmsg_seq;
	int bytes = (int)size;

	for (; mnl_nlmsg_ok(message, bytes);
	     message = mnl_nlmsg_next(message, &bytes))
		seq = message->nlmsg_seq;
	CHECK(bytes <= 0);
	return seq;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *data,
			  size_t size)
{
	struct mnl_socket *mine = (struct mnl_socket *)(uintptr_t)socket;
	const struct nlmsghdr *message = data;

	CHECK(mnl_nlmsg_ok(message, (int)size));
	if (message->nlmsg_type == NFNL_MSG_BATCH_BEGIN) {
		send_batch(mine, message, size);
		return (ssize_t)size;
	}
	send_question(mine, message);
	mine->last = last_seq(message, size);
	return (ssize_t)size;
}

/* ----------------------------------------------------------- what is answered
 */

/**
 * struct datagram - an answer that is being made
 * @socket: whose
 * @at: where the next message goes
 * @room: how much there is
 */
struct datagram {
	const struct mnl_socket *socket;
	uint8_t *at;
	size_t room;
};

/* the kernel has no others */
static void limit_error(struct nlmsghdr *message)
{
	struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type == NLMSG_ERROR &&
	    mnl_nlmsg_get_payload_len(message) >= sizeof(error->error))
		error->error = -abs(error->error % ERROR_END);
}

/* the next message of the input, which goes behind those before it; or NULL */
static struct nlmsghdr *take(struct datagram *datagram)
{
	struct nlmsghdr header, *message = (void *)datagram->at;
	size_t size, padded;

	if (left < sizeof(header))
		return NULL;
	memcpy(&header, rest, sizeof(header));
	size = header.nlmsg_len;
	padded = (size + 3) & ~(size_t)3;
	if (size < sizeof(header) || size > left || padded > datagram->room)
		return NULL;
	memset(datagram->at, 0, padded);
	memcpy(datagram->at, rest, size);
	rest += padded < left ? padded : left;
	left -= padded < left ? padded : left;
	datagram->at += padded;
	datagram->room -= padded;
	message->nlmsg_pid = PORT;
	message->nlmsg_seq = datagram->socket->seq;
	limit_error(message);
	return message;
}

/* a message of its own: NLMSG_DONE, or NLMSG_ERROR with a code */
static void put(struct datagram *datagram, uint16_t type, uint32_t seq,
		int code)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(datagram->at);
	struct nlmsgerr *error =
		mnl_nlmsg_put_extra_header(message, sizeof(*error));

	message->nlmsg_type = type;
	message->nlmsg_seq = seq;
	message->nlmsg_pid = PORT;
	error->error = code;
	datagram->at += message->nlmsg_len;
}

static bool is_end(const struct nlmsghdr *message)
{
	return message->nlmsg_type == NLMSG_DONE ||
	       message->nlmsg_type == NLMSG_ERROR;
}

/* all up to the end of it */
static void answer_dump(struct datagram *datagram, int otherwise)
{
	const struct mnl_socket *socket = datagram->socket;
	const struct nlmsghdr *message;

	while ((message = take(datagram)))
		if (is_end(message))
			return;
	if (socket->waiting == WAITING_DUMP)
		put(datagram, NLMSG_DONE, socket->seq, 0);
	else
		put(datagram, NLMSG_ERROR, socket->seq, otherwise);
}

/* one message for each question */
static void answer_each(struct datagram *datagram, int otherwise)
{
	const struct mnl_socket *socket = datagram->socket;
	struct nlmsghdr *message;

	for (uint32_t seq = socket->seq; seq != socket->last + 1; seq++) {
		message = take(datagram);
		if (message)
			message->nlmsg_seq = seq;
		else
			put(datagram, NLMSG_ERROR, seq, otherwise);
	}
}

/* made of the bytes of messages */
static void answer_flows(struct datagram *datagram)
{
	const struct mnl_socket *socket = datagram->socket;
	const uint8_t *payload;
	size_t length;
	struct nlmsghdr *message;
	struct nfgenmsg *generic;
	uint8_t space[DATAGRAM_MAX];

	for (;;) {
		struct datagram taken = { socket, space, sizeof(space) };
		const struct nlmsghdr *from = take(&taken);

		if (!from || is_end(from) || datagram->room < FLOW_MAX)
			break;
		message = mnl_nlmsg_put_header(datagram->at);
		message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
				      IPCTNL_MSG_CT_NEW;
		message->nlmsg_seq = socket->seq;
		message->nlmsg_pid = PORT;
		generic = mnl_nlmsg_put_extra_header(message, sizeof(*generic));
		payload = mnl_nlmsg_get_payload(from);
		length = mnl_nlmsg_get_payload_len(from);
		generic->nfgen_family = socket->family;
		/* who asks for both gets some of each */
		if (socket->family == AF_UNSPEC)
			generic->nfgen_family =
				length && *payload & 1 ? AF_INET6 : AF_INET;
		flow_make(payload, length, generic->nfgen_family, message);
		datagram->at += message->nlmsg_len;
		datagram->room -= message->nlmsg_len;
	}
	put(datagram, NLMSG_DONE, socket->seq, 0);
}

/* an error is of any message of a transaction, or there is none */
static void answer_batch(struct datagram *datagram)
{
	const struct mnl_socket *socket = datagram->socket;
	uint32_t count = socket->last - socket->seq + 1, number = 0;
	struct nlmsghdr *message;

	if (left >= sizeof(*message)) {
		memcpy(&number, rest + offsetof(struct nlmsghdr, nlmsg_seq),
		       sizeof(number));
		message = take(datagram);
		if (message)
			message->nlmsg_seq += number % count;
	}
	put(datagram, NLMSG_ERROR, socket->last, 0);
}

/* up to the end of a transaction; -1 where there is nothing, or too much */
static int answer_news(struct datagram *datagram)
{
	const struct nlmsghdr *message = take(datagram);

	if (!message)
		return EAGAIN;
	if (message->nlmsg_type == NLMSG_OVERRUN)
		return ENOBUFS;
	while (message && message->nlmsg_type !=
				  (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN))
		message = take(datagram);
	return 0;
}

static int answer(struct datagram *datagram)
{
	const struct mnl_socket *socket = datagram->socket;
	int otherwise = socket->looks ? -ENOENT : 0;

	switch (socket->waiting) {
	case WAITING_NONE:
		return EAGAIN;
	case WAITING_NEWS:
		return answer_news(datagram);
	case WAITING_DUMP:
	case WAITING_ACK:
		answer_dump(datagram, otherwise);
		return 0;
	case WAITING_ANSWER:
		answer_each(datagram, otherwise);
		return 0;
	case WAITING_BATCH:
		answer_batch(datagram);
		return 0;
	case WAITING_FLOWS:
		answer_flows(datagram);
		return 0;
	}
	return 0;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *received, int flags);

ssize_t __wrap_recvmsg(int fd, struct msghdr *received, int flags)
{
	uint8_t *buffer = received->msg_iov->iov_base;
	struct datagram datagram = { sockets[fd], buffer, DATAGRAM_MAX };
	size_t length;
	int code;

	CHECK(sockets[fd] && !flags);
	CHECK(received->msg_iov->iov_len >= 2 * DATAGRAM_MAX);
	ASAN_UNPOISON_MEMORY_REGION(buffer, DATAGRAM_MAX + GUARD);
	code = answer(&datagram);
	if (code) {
		errno = code;
		return -1;
	}
	memset(received->msg_name, 0, received->msg_namelen);
	length = (size_t)(datagram.at - buffer);
	ASAN_POISON_MEMORY_REGION(datagram.at, GUARD);
	return (ssize_t)length;
}

/* ----------------------------------------------------------------- sockets */

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *socket = calloc(1, sizeof(*socket));

	(void)bus;
	CHECK(socket && flags == (SOCK_CLOEXEC | SOCK_NONBLOCK));
	socket->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(socket->fd >= 0 && socket->fd < FDS);
	sockets[socket->fd] = socket;
	return socket;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
	(void)socket;
	(void)groups;
	(void)pid;
	return 0;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	const struct sockaddr_nl *kernel = (const void *)address;

	CHECK(sockets[fd] && length == sizeof(*kernel) && !kernel->nl_pid);
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *socket, int type,
			  void *value, socklen_t length)
{
	(void)value;
	(void)length;
	if (type == NETLINK_ADD_MEMBERSHIP)
		sockets[socket->fd]->waiting = WAITING_NEWS;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return PORT;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	return socket->fd;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	sockets[socket->fd] = NULL;
	close(socket->fd);
	free(socket);
	return 0;
}
