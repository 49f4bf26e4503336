/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends netlink requests and receives their answers.
 *
 * Whoever has CAP_NET_ADMIN in a namespace, such as root of a container, may
 * send netlink messages to any socket there, which look like the kernel's.  So
 * sockets are connected to the kernel, which refuses then what others send to
 * them; and what others sent before, or to all who listen, is dropped by its
 * sender's address.
 *
 * The kernel has answered by the time it has taken a request, and goes on with
 * a dump as its answer is received.  So no socket ever waits: what isn't there
 * then was lost.
 *
 * In a namespace of others, what the kernel itself answers is as much as they
 * like, and changes as often.  There, an answer has limits.
 */
#include "netlink/netlink.h"

#include "util/array.h"
#include "util/time.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

/* dumps arrive in pieces as large as this allows, at most 32 KiB each */
#define NETLINK_BUFFER_SIZE (256 * 1024)

/* how often a dump that others disturb starts again */
#define DUMP_TRIES 32

/* as much of what others sent is dropped before somebody else has his turn */
#define DROPPED_MAX 1000

/* in a namespace of others: how many messages an answer may have, and how much
 * processor time all answers together may take */
#define FOREIGN_MESSAGES 16384
#define FOREIGN_NS INT64_C(1000000000)

static void socket_option(struct mnl_socket *socket, int option)
{
	int one = 1;

	/* refused by old kernels only; messages are then less precise */
	(void)mnl_socket_setsockopt(socket, option, &one, sizeof(one));
}

/* from then on, the kernel refuses what others send to it alone; what they sent
 * before would take the room of answers */
static int connect_to_kernel(struct netlink *netlink)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (connect(mnl_socket_get_fd(netlink->socket),
		    (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	(void)netlink_receive(netlink);
	return 0;
}

/**
 * netlink_open() - open a netlink socket in the thread's network namespace
 * @ret_netlink: close with netlink_close()
 * @bus: NETLINK_NETFILTER, NETLINK_ROUTE or NETLINK_SOCK_DIAG
 *
 * Return: 0, or a negative errno from socket(2) or malloc(3).
 */
int netlink_open(struct netlink *ret_netlink, int bus)
{
	struct netlink netlink = { .buffer = malloc(NETLINK_BUFFER_SIZE) };
	int code = netlink.buffer ? 0 : -ENOMEM;

	if (!code)
		netlink.socket =
			mnl_socket_open2(bus, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!code && (!netlink.socket ||
		      mnl_socket_bind(netlink.socket, 0, MNL_SOCKET_AUTOPID)))
		code = -errno;
	if (!code)
		code = connect_to_kernel(&netlink);
	if (code) {
		netlink_close(&netlink);
		return code;
	}
	socket_option(netlink.socket, NETLINK_EXT_ACK);
	socket_option(netlink.socket, NETLINK_CAP_ACK);
	*ret_netlink = netlink;
	return 0;
}

struct visit {
	int netns_fd;
	int (*run)(void *data);
	void *data;
	int code;
};

static void *visit_in_thread(void *data)
{
	struct visit *visit = data;

	visit->code = setns(visit->netns_fd, CLONE_NEWNET) < 0
			      ? -errno
			      : visit->run(visit->data);
	return NULL;
}

/**
 * netlink_do_in() - do something in another network namespace
 * @netns_fd: open file of that namespace
 * @run: what to do; returns 0 or a negative errno
 * @data: handed to @run
 *
 * A thread enters it and ends, so that the caller never leaves its own:
 * setns(2) is a thread's.  A socket stays in the namespace where it was opened.
 *
 * Return: what @run returned, or a negative errno; -EPERM without
 * CAP_SYS_ADMIN there.
 */
int netlink_do_in(int netns_fd, int (*run)(void *data), void *data)
{
	struct visit visit = { netns_fd, run, data, 0 };
	pthread_t thread;
	int code;

	code = pthread_create(&thread, NULL, visit_in_thread, &visit);
	if (code)
		return -code;
	code = pthread_join(thread, NULL);
	return code ? -code : visit.code;
}

struct opening {
	struct netlink *ret_netlink;
	int bus;
};

static int open_there(void *data)
{
	const struct opening *opening = data;

	return netlink_open(opening->ret_netlink, opening->bus);
}

/**
 * netlink_open_in() - open a netlink socket in another network namespace
 * @ret_netlink: close with netlink_close()
 * @bus: as for netlink_open()
 * @netns_fd: open file of that namespace
 *
 * What is asked there has limits: -E2BIG where an answer is too large, -ETIME
 * where all together take too long, or one never stands still.  The rest of
 * such an answer stays in the socket, which must be closed.
 *
 * Return: as netlink_open(), or as netlink_do_in().
 */
int netlink_open_in(struct netlink *ret_netlink, int bus, int netns_fd)
{
	struct opening opening = { ret_netlink, bus };
	int code = netlink_do_in(netns_fd, open_there, &opening);

	ret_netlink->is_foreign = !code;
	ret_netlink->left_ns = FOREIGN_NS;
	return code;
}

/**
 * netlink_close() - close a socket and free its buffer
 * @netlink: open, closed or all zero
 */
void netlink_close(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	free(netlink->buffer);
	memset(netlink, 0, sizeof(*netlink));
}

/**
 * netlink_list_open() - open one more socket
 * @list: where
 * @bus: as for netlink_open()
 * @ret_netlink: the new one; valid until the next is opened
 *
 * Return: 0, or as netlink_open().
 */
int netlink_list_open(struct netlink_list *list, int bus,
		      struct netlink **ret_netlink)
{
	struct netlink *items =
		array_grow(list->items, list->count, sizeof(*items));
	int code;

	if (!items)
		return -ENOMEM;
	list->items = items;
	code = netlink_open(&items[list->count], bus);
	if (!code)
		*ret_netlink = &items[list->count++];
	return code;
}

/**
 * netlink_list_done() - close all sockets
 * @list: filled or all zero
 */
void netlink_list_done(struct netlink_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		netlink_close(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* as much as is unread of notifications; beyond it some are lost */
#define NOTIFICATIONS_MAX (32 * 1024 * 1024)

/* without the right to, it is what the system allows everyone */
static void widen(int fd)
{
	int size = NOTIFICATIONS_MAX;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
}

/**
 * netlink_subscribe() - have a socket told what happens
 * @netlink: open socket, used for nothing else
 * @group: which notifications
 *
 * Return: 0, -EPERM, or another negative errno from setsockopt(2).
 */
int netlink_subscribe(struct netlink *netlink, int group)
{
	widen(mnl_socket_get_fd(netlink->socket));
	if (mnl_socket_setsockopt(netlink->socket, NETLINK_ADD_MEMBERSHIP,
				  &group, sizeof(group)) < 0)
		return -errno;
	return 0;
}

/**
 * netlink_send() - send messages
 * @netlink: open socket
 * @data: the messages
 * @length: bytes of them
 *
 * Return: 0, or a negative errno.
 */
int netlink_send(struct netlink *netlink, const void *data, size_t length)
{
	ssize_t sent;

	do
		sent = mnl_socket_sendto(netlink->socket, data, length);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/**
 * netlink_receive() - receive messages of the kernel into the buffer
 * @netlink: open socket
 *
 * Return: bytes received, or a negative errno: -ENOBUFS when some were lost,
 * -EAGAIN when there are none, or too many of others before them.
 */
ssize_t netlink_receive(struct netlink *netlink)
{
	struct sockaddr_nl sender = { .nl_pid = 0 };
	struct iovec space = { netlink->buffer, NETLINK_BUFFER_SIZE };
	struct msghdr message = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &space,
		.msg_iovlen = 1,
	};
	ssize_t received;

	for (int i = 0; i < DROPPED_MAX; i++) {
		received = TEMP_FAILURE_RETRY(recvmsg(
			mnl_socket_get_fd(netlink->socket), &message, 0));
		if (received < 0)
			return -errno;
		if (sender.nl_pid)
			continue;
		return (message.msg_flags & MSG_TRUNC) ? -ENOSPC : received;
	}
	return -EAGAIN;
}

static void start_clock(struct netlink *netlink)
{
	if (netlink->is_foreign)
		netlink->end_ns = time_thread_ns() + netlink->left_ns;
}

static void stop_clock(struct netlink *netlink)
{
	if (netlink->is_foreign)
		netlink->left_ns = netlink->end_ns - time_thread_ns();
}

static bool is_late(const struct netlink *netlink)
{
	return netlink->is_foreign && time_thread_ns() > netlink->end_ns;
}

/* what the kernel sent may be there for a second try */
static ssize_t receive_again(struct netlink *netlink)
{
	struct pollfd answer = { mnl_socket_get_fd(netlink->socket), POLLIN,
				 0 };
	ssize_t received = netlink_receive(netlink);

	if (received < 0 && poll(&answer, 1, 0) == 1)
		received = netlink_receive(netlink);
	return received == -EAGAIN ? -ENOBUFS : received;
}

/**
 * netlink_receive_answer() - receive what the kernel answers
 * @netlink: open socket that was asked
 * @hear: called for each message, up to the last one of the answer
 * @data: handed to @hear
 *
 * Return: 0; -ENOBUFS when the answer was lost; -E2BIG or -ETIME, see
 * netlink_open_in(); or another negative errno from recvmsg(2).
 */
int netlink_receive_answer(struct netlink *netlink, netlink_hear_fn hear,
			   void *data)
{
	size_t most = netlink->is_foreign ? FOREIGN_MESSAGES : SIZE_MAX;
	const struct nlmsghdr *message;
	bool is_last = false;
	ssize_t received;
	int left;

	while (!is_last) {
		received = receive_again(netlink);
		if (received < 0)
			return (int)received;
		left = (int)received;
		for (message = (const void *)netlink->buffer;
		     !is_last && most && mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left), most--)
			is_last = hear(message, data);
		if (!is_last && !most)
			return -E2BIG;
		if (!is_last && is_late(netlink))
			return -ETIME;
	}
	return 0;
}

/* -------------------------------------------------------------- requests */

/**
 * message_begin() - begin a message
 * @at: room for all of it, zero, as the gaps between attributes stay; it begins
 *	as a struct nlmsghdr
 * @type: message type
 * @flags: NLM_F_ flags besides NLM_F_REQUEST
 * @header_size: size of the fixed header of this type
 *
 * Return: the fixed header.
 */
void *message_begin(void *at, uint16_t type, uint16_t flags, size_t header_size)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(at);

	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return mnl_nlmsg_put_extra_header(message, header_size);
}

static size_t request_length(const struct request *request)
{
	const struct nlmsghdr *last = request->header;

	if (!last)
		return 0;
	return (size_t)((const uint8_t *)last - request->space) +
	       (size_t)MNL_ALIGN((int)last->nlmsg_len);
}

/**
 * request_begin() - begin a request, or one more message of it
 * @request: where
 * @type: message type
 * @flags: NLM_F_ flags besides NLM_F_REQUEST
 * @header_size: size of the fixed header of this type
 *
 * Return: the fixed header, all zero.
 */
void *request_begin(struct request *request, uint16_t type, uint16_t flags,
		    size_t header_size)
{
	request->header = (void *)(request->space + request_length(request));
	return message_begin(request->header, type, flags, header_size);
}

/**
 * struct talk - an answer being read
 * @seq: its sequence number
 * @portid: for whom it is
 * @is_question: whether one message is all of it
 * @reply: called for each message, or NULL
 * @data: handed to @reply
 * @code: first error
 */
struct talk {
	uint32_t seq;
	unsigned int portid;
	bool is_question;
	mnl_cb_t reply;
	void *data;
	int code;
};

/* a dump may fail at its end, which libmnl doesn't read: 0 or a negative errno
 */
static int end_of_dump(const struct nlmsghdr *message)
{
	const int *code = mnl_nlmsg_get_payload(message);

	return mnl_nlmsg_get_payload_len(message) < sizeof(*code) || *code > 0
		       ? 0
		       : *code;
}

static bool hear_answer(const struct nlmsghdr *message, void *data)
{
	struct talk *talk = data;
	int go_on = MNL_CB_OK;

	/* somebody gave up to wait for this one */
	if (message->nlmsg_seq != talk->seq)
		return false;
	/* after an error the rest is read as well: it must not meet the next
	 * answer */
	if (!talk->code)
		go_on = mnl_cb_run(message, message->nlmsg_len, talk->seq,
				   talk->portid, talk->reply, talk->data);
	if (go_on < 0)
		talk->code = -errno;
	if (!talk->code && message->nlmsg_type == NLMSG_DONE)
		talk->code = end_of_dump(message);
	return go_on == MNL_CB_STOP || talk->is_question ||
	       message->nlmsg_type == NLMSG_DONE ||
	       message->nlmsg_type == NLMSG_ERROR;
}

static int talk_once(struct netlink *netlink, struct request *request,
		     mnl_cb_t reply, void *data)
{
	struct nlmsghdr *header = request->header;
	bool dump = (header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	struct talk talk = {
		.is_question = reply && !dump,
		.reply = reply,
		.data = data,
	};
	int code;

	if (!netlink->socket)
		return -EPROTONOSUPPORT;
	if (is_late(netlink))
		return -ETIME;
	/* what is asked for is answered, what is ordered must be asked for */
	if (!dump && !reply)
		header->nlmsg_flags |= NLM_F_ACK;
	talk.portid = mnl_socket_get_portid(netlink->socket);
	talk.seq = header->nlmsg_seq = ++netlink->seq;
	code = netlink_send(netlink, header, header->nlmsg_len);
	if (!code)
		code = netlink_receive_answer(netlink, hear_answer, &talk);
	return code ? code : talk.code;
}

/**
 * netlink_talk() - send one request and read all of its answer
 * @netlink: open socket
 * @request: its last message is sent: a dump; or a question, with @reply, that
 *	is answered by one message; or an order, without, that is acknowledged
 * @reply: called for each message of the answer, or NULL
 * @data: handed to @reply
 *
 * Return: 0, -EPROTONOSUPPORT when the socket could not be opened, -EINTR when
 * a dump was disturbed (start again), a negative errno that the kernel
 * answered, the errno of a @reply that returned MNL_CB_ERROR, or as
 * netlink_receive_answer().  A @reply that returns MNL_CB_STOP ends it with 0;
 * what is left of the answer stays in the socket, which must be closed then.
 */
int netlink_talk(struct netlink *netlink, struct request *request,
		 mnl_cb_t reply, void *data)
{
	int code;

	start_clock(netlink);
	code = talk_once(netlink, request, reply, data);
	stop_clock(netlink);
	return code;
}

/**
 * netlink_dump() - read all that there is, again while others disturb it
 * @netlink: open socket
 * @request: asks for it
 * @reply: called for each message
 * @data: handed to @reply
 * @reset: empties @data; called before each start
 *
 * Return: 0; -EINTR when it was disturbed again and again; or as
 * netlink_talk().
 */
int netlink_dump(struct netlink *netlink, struct request *request,
		 mnl_cb_t reply, void *data, void (*reset)(void *data))
{
	int code, tries = DUMP_TRIES;

	start_clock(netlink);
	do {
		reset(data);
		code = talk_once(netlink, request, reply, data);
	} while (code == -EINTR && --tries);
	stop_clock(netlink);
	return code == -EINTR && netlink->is_foreign ? -ETIME : code;
}

/**
 * netlink_send_all() - send several messages at once
 * @netlink: open socket
 * @request: the messages
 * @ret_first: sequence number of the first one; the others follow
 *
 * Return: 0, -EPROTONOSUPPORT when the socket could not be opened, or another
 * negative errno from the socket.
 */
int netlink_send_all(struct netlink *netlink, struct request *request,
		     uint32_t *ret_first)
{
	struct nlmsghdr *message = (void *)request->space;
	size_t length = request_length(request);
	int rest = (int)length;

	if (!netlink->socket)
		return -EPROTONOSUPPORT;
	*ret_first = netlink->seq + 1;
	for (; mnl_nlmsg_ok(message, rest);
	     message = mnl_nlmsg_next(message, &rest))
		message->nlmsg_seq = ++netlink->seq;
	return netlink_send(netlink, request->space, length);
}

/**
 * struct asking - answers to several questions being read
 * @seq: sequence number of the last question
 * @left: number of answers that are still to come
 * @reply: called for each
 * @data: handed to @reply
 * @code: first error
 */
struct asking {
	uint32_t seq;
	size_t left;
	mnl_cb_t reply;
	void *data;
	int code;
};

/* nfnetlink refuses all that was sent at once, with one answer */
static bool is_refusal(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

	return message->nlmsg_type == NLMSG_ERROR &&
	       mnl_nlmsg_get_payload_len(message) >= sizeof(*error) &&
	       error->error == -EPERM;
}

static bool hear_one(const struct nlmsghdr *message, void *data)
{
	struct asking *asking = data;

	if (asking->seq - message->nlmsg_seq >= asking->left)
		return false;
	asking->left = is_refusal(message) ? 0 : asking->left - 1;
	if (asking->reply(message, asking->data) == MNL_CB_ERROR &&
	    !asking->code)
		asking->code = -errno;
	return !asking->left;
}

/**
 * netlink_ask_all() - send questions at once and read all of their answers
 * @netlink: open socket
 * @questions: one or more, each answered by one message
 * @reply: called for each answer, in order; it may be an NLMSG_ERROR, and the
 *	last one that there is for what is not permitted
 * @data: handed to @reply
 *
 * Return: 0, as netlink_send_all(), or the errno of a @reply that returned
 * MNL_CB_ERROR.
 */
int netlink_ask_all(struct netlink *netlink, struct request *questions,
		    mnl_cb_t reply, void *data)
{
	struct asking asking = { .reply = reply, .data = data };
	uint32_t first = 0;
	int code = netlink_send_all(netlink, questions, &first);

	asking.seq = netlink->seq;
	asking.left = asking.seq - first + 1;
	/* what is left unread would meet the next answer */
	if (!code)
		code = netlink_receive_answer(netlink, hear_one, &asking);
	return code ? code : asking.code;
}
