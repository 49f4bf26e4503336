/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends TCP connections between others, a client and a target.
 *
 * When the kernel is made to forget a connection, neither end is told.  A
 * client that only listens would hang, and what the target still sends would
 * leave with its own address.  So both are sent a reset before.
 *
 * A reset counts only with the number that its receiver expects next, and
 * nobody keeps these numbers.  But TCP answers to a SYN in the midst of a
 * connection by saying where it is (RFC 5961, 4).  The target is sent one, as
 * from the client, by the way that the kernel still translates; its answer has
 * the numbers of both.  It is near, so that is done in no time.  If it does not
 * answer, the client is sent the same, and its answer finds nobody here, whose
 * TCP resets it.
 */
#include "publish/reset.h"

#include "util/array.h"
#include "util/time.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* how long targets are waited for that don't answer */
#define RESET_PATIENCE_MS 50
#define RESET_PORTS 65536

/**
 * struct reset - a connection to be ended
 * @flow: which; a copy, with all that the kernel tells of it
 * @question: from the client to the host
 * @answer: from the target, to where it sends its answers
 * @next: with the same port to answer to, counted from 1; 0 for none
 * @is_made: whether both ends were sent a reset
 */
struct reset {
	struct flow flow;
	struct segment_way question;
	struct segment_way answer;
	size_t next;
	bool is_made;
};

/**
 * resets_done() - free connections
 * @resets: filled, or RESETS_NONE, which it is then
 */
void resets_done(struct resets *resets)
{
	for (size_t i = 0; i < resets->count; i++)
		flow_free(&resets->items[i].flow);
	free(resets->items);
	free(resets->by_port);
	segments_close(&resets->segments);
	*resets = (struct resets)RESETS_NONE;
}

static struct segment_way turned(const struct segment_way *way)
{
	return (struct segment_way){ way->to, way->to_port, way->from,
				     way->from_port };
}

/* what can't be sent is as if nobody got it */
static void say(const struct resets *resets, const struct segment_way *way,
		uint8_t flags, uint32_t sequence)
{
	const struct segment segment = { *way, sequence, 0, flags };

	(void)segment_send(&resets->segments, &segment);
}

/* ------------------------------------------------------------------ answers */

/* what the host itself sends is seen as the client gets it */
static bool is_answer(const struct reset *reset, const struct segment *segment)
{
	struct segment_way to_client = turned(&reset->question);

	return segment_way_equal(&segment->way, &reset->answer) ||
	       segment_way_equal(&segment->way, &to_client);
}

static struct reset *find_reset(const struct resets *resets,
				const struct segment *segment)
{
	size_t next = resets->by_port[segment->way.to_port];

	for (; next; next = resets->items[next - 1].next)
		if (is_answer(&resets->items[next - 1], segment))
			return &resets->items[next - 1];
	return NULL;
}

static void hear(struct resets *resets)
{
	struct segment_way to_client;
	struct segment segment;
	struct reset *reset;

	while (segment_receive(&resets->segments, &segment)) {
		reset = find_reset(resets, &segment);
		if (!reset || reset->is_made)
			continue;
		to_client = turned(&reset->question);
		say(resets, &to_client, SEGMENT_RST, segment.sequence);
		say(resets, &reset->question, SEGMENT_RST,
		    segment.acknowledged);
		reset->is_made = true;
		resets->waiting--;
	}
}

/* -------------------------------------------------------------------- asked */

static int open_once(struct resets *resets)
{
	int code;

	if (resets->by_port)
		return 0;
	code = segments_open(&resets->segments);
	if (code)
		return code;
	resets->by_port = calloc(RESET_PORTS, sizeof(*resets->by_port));
	return resets->by_port ? 0 : -ENOMEM;
}

/**
 * resets_add() - begin to end a connection
 * @resets: it is added to it
 * @flow: which; the kernel must still know it
 *
 * Return: 0, -EPERM without CAP_NET_RAW, -ENOMEM, or another negative errno;
 * then nothing was done.
 */
int resets_add(struct resets *resets, const struct flow *flow)
{
	struct reset reset = { .is_made = false }, *items;
	size_t *last;
	int code = open_once(resets);

	if (code)
		return code;
	items = array_grow(resets->items, resets->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	resets->items = items;
	code = flow_copy(flow, &reset.flow);
	if (code)
		return code;
	flow_ways(flow, &reset.question, &reset.answer);
	last = &resets->by_port[reset.answer.to_port];
	reset.next = *last;
	items[resets->count++] = reset;
	*last = resets->count;
	resets->waiting++;
	say(resets, &reset.question, SEGMENT_SYN, 0);
	hear(resets);
	return 0;
}

static void wait_for_answers(struct resets *resets)
{
	struct pollfd seen = { resets->segments.seen, POLLIN, 0 };
	int64_t left, end = time_monotonic_ms() + RESET_PATIENCE_MS;

	while (resets->waiting) {
		left = end - time_monotonic_ms();
		if (left <= 0 || poll(&seen, 1, (int)left) < 0)
			return;
		hear(resets);
	}
}

/**
 * resets_make() - end connections, and have the kernel forget them
 * @resets: which
 * @nft: open NETLINK_NETFILTER socket
 *
 * Return: 0, or the first negative errno of what the kernel did not forget.
 */
int resets_make(struct resets *resets, struct netlink *nft)
{
	struct segment_way to_client;
	int code = 0, failed;

	wait_for_answers(resets);
	for (size_t i = 0; i < resets->count; i++) {
		failed = conntrack_delete(nft, &resets->items[i].flow);
		code = code ? code : failed;
		if (resets->items[i].is_made)
			continue;
		to_client = turned(&resets->items[i].question);
		say(resets, &to_client, SEGMENT_SYN | SEGMENT_ACK, 0);
	}
	return code;
}
