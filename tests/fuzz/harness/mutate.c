/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes netlink messages so that most of them can still be read.
 *
 * What is changed at random alone has lengths that don't fit, and gets no
 * further than to where that is seen.  So mostly a message or an attribute is
 * picked, however deep in others it is, and its payload changed, its type, or
 * it is taken out, doubled, or put in from another input; the lengths around it
 * follow.  Now and then bytes change as they like.
 */
#include "harness/mutate.h"

#include "harness/fuzz.h"

#include <linux/netlink.h>

#define DEPTH_MAX 10
#define PIECE_MAX 4096

/* what libFuzzer has for its own changes */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/**
 * struct input - an input that is being changed
 * @data: messages
 * @size: bytes of @data
 * @max: how many there may be
 */
struct input {
	uint8_t *data;
	size_t size;
	size_t max;
};

/**
 * struct node - a message or an attribute
 * @at: where it begins
 * @length: of its header and its payload
 * @header: bytes before what its payload consists of
 */
struct node {
	size_t at;
	size_t length;
	size_t header;
};

/**
 * struct path - a node, and all that it is in
 * @nodes: the outermost one first
 * @depth: number of @nodes; 0 for none
 */
struct path {
	struct node nodes[DEPTH_MAX];
	size_t depth;
};

static size_t padded(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

/* ----------------------------------------------------------------- reading */

static size_t length_at(const uint8_t *data, size_t at, bool is_message)
{
	uint32_t whole;
	uint16_t half;

	memcpy(&whole, data + at, sizeof(whole));
	memcpy(&half, data + at, sizeof(half));
	return is_message ? whole : half;
}

/* the node at a place, which ends before @end; false where there is none */
static bool node_at(const uint8_t *data, size_t at, size_t end, bool is_message,
		    struct node *ret_node)
{
	size_t header = is_message ? NLMSG_HDRLEN : NLA_HDRLEN;

	if (at > end || end - at < header)
		return false;
	*ret_node =
		(struct node){ at, length_at(data, at, is_message), header };
	return ret_node->length >= header && ret_node->length <= end - at;
}

/* how many nodes stand between two places; 0 where something else does */
static size_t count_nodes(const uint8_t *data, size_t at, size_t end,
			  bool is_message)
{
	struct node node;
	size_t count = 0;

	for (; at < end; at += padded(node.length), count++)
		if (!node_at(data, at, end, is_message, &node))
			return is_message ? count : 0;
	return count;
}

static bool pick(const uint8_t *data, size_t at, size_t end, bool is_message,
		 struct node *ret_node)
{
	size_t count = count_nodes(data, at, end, is_message);

	if (!count)
		return false;
	count = (size_t)rand() % count;
	while (node_at(data, at, end, is_message, ret_node) && count--)
		at += padded(ret_node->length);
	return true;
}

/* where a node's attributes begin: a message has one of these before them */
static bool find_attributes(const uint8_t *data, bool is_message,
			    struct node *node)
{
	static const size_t fixed[] = { 4, 8, 12, 16, 20, 72 };
	size_t end = node->at + node->length;

	if (!is_message)
		return count_nodes(data, node->at + NLA_HDRLEN, end, false);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (!count_nodes(data, node->at + NLMSG_HDRLEN + fixed[i], end,
				 false))
			continue;
		node->header = NLMSG_HDRLEN + fixed[i];
		return true;
	}
	return false;
}

/* a message, or mostly something in it */
static void walk(const uint8_t *data, size_t size, struct path *ret_path)
{
	struct node *nodes = ret_path->nodes, *node;

	ret_path->depth = 0;
	if (!pick(data, 0, size, true, &nodes[0]))
		return;
	for (ret_path->depth = 1; ret_path->depth < DEPTH_MAX && rand() % 5;
	     ret_path->depth++) {
		node = &nodes[ret_path->depth - 1];
		if (!find_attributes(data, node == nodes, node))
			return;
		pick(data, node->at + node->header, node->at + node->length,
		     false, &nodes[ret_path->depth]);
	}
}

/* ---------------------------------------------------------------- changing */

static void set_length(struct input *input, const struct node *node,
		       bool is_message)
{
	uint32_t whole = (uint32_t)node->length;
	uint16_t half = (uint16_t)node->length;

	if (is_message)
		memcpy(input->data + node->at, &whole, sizeof(whole));
	else
		memcpy(input->data + node->at, &half, sizeof(half));
}

/* puts bytes in the place of others; the first @depth nodes are around them */
static void put(struct input *input, struct path *path, size_t depth, size_t at,
		size_t old, const uint8_t *bytes, size_t length)
{
	size_t gap = padded(length), end = at + padded(old);

	if (end > input->size)
		end = input->size;
	if (input->size - (end - at) + gap > input->max ||
	    (depth > 1 && path->nodes[1].length + gap > UINT16_MAX))
		return;
	memmove(input->data + at + gap, input->data + end, input->size - end);
	memset(input->data + at, 0, gap);
	if (length)
		memcpy(input->data + at, bytes, length);
	input->size = input->size - (end - at) + gap;
	for (size_t i = 0; i < depth; i++) {
		path->nodes[i].length += gap - (end - at);
		set_length(input, &path->nodes[i], i == 0);
	}
}

static void change_payload(struct input *input, struct path *path)
{
	struct node *node = &path->nodes[path->depth - 1];
	size_t at = node->at + node->header;
	size_t length = node->length - node->header;
	uint8_t piece[PIECE_MAX];

	if (length > sizeof(piece) / 2)
		return;
	memcpy(piece, input->data + at, length);
	length = LLVMFuzzerMutate(piece, length, 2 * length + 8);
	put(input, path, path->depth, at, node->length - node->header, piece,
	    length);
	/* of the node itself, without what fills it up */
	if (node->length == node->header + padded(length)) {
		node->length = node->header + length;
		set_length(input, node, path->depth == 1);
	}
}

/* the type of an attribute stands right behind its length, so does a message's
 * with its flags */
static void change_type(struct input *input, const struct path *path)
{
	const struct node *node = &path->nodes[path->depth - 1];
	uint8_t *type =
		input->data + node->at +
		(path->depth == 1 ? sizeof(uint32_t) : sizeof(uint16_t));

	LLVMFuzzerMutate(type, path->depth == 1 ? 4 : 1,
			 path->depth == 1 ? 4 : 1);
}

static void take_out(struct input *input, struct path *path)
{
	const struct node *node = &path->nodes[path->depth - 1];

	put(input, path, path->depth - 1, node->at, node->length, NULL, 0);
}

/* a node before one of the same kind */
static void put_in(struct input *input, struct path *path, const uint8_t *bytes,
		   size_t length)
{
	if (length <= PIECE_MAX)
		put(input, path, path->depth - 1,
		    path->nodes[path->depth - 1].at, 0, bytes, length);
}

static void put_twice(struct input *input, struct path *path)
{
	const struct node *node = &path->nodes[path->depth - 1];
	uint8_t piece[PIECE_MAX];

	if (node->length > sizeof(piece))
		return;
	memcpy(piece, input->data + node->at, node->length);
	put_in(input, path, piece, node->length);
}

/**
 * LLVMFuzzerCustomMutator() - change an input: what libFuzzer calls
 * @data: the input
 * @size: bytes of @data
 * @max_size: how many there may be
 * @seed: of what is left to chance
 *
 * Return: how many there are.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	struct input input = { data, size, max_size };
	struct path path;

	srand(seed);
	walk(data, size, &path);
	if (!path.depth || rand() % 16 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	switch (rand() % 8) {
	case 0:
		change_type(&input, &path);
		break;
	case 1:
		take_out(&input, &path);
		break;
	case 2:
		put_twice(&input, &path);
		break;
	default:
		change_payload(&input, &path);
		break;
	}
	return input.size;
}

/**
 * LLVMFuzzerCustomCrossOver() - put a part of one input into another: likewise
 * @data1: the other
 * @size1: bytes of @data1
 * @data2: whose part
 * @size2: bytes of @data2
 * @out: where
 * @max_out_size: how many bytes there may be
 * @seed: of what is left to chance
 *
 * Return: how many there are.
 */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
				 const uint8_t *data2, size_t size2,
				 uint8_t *out, size_t max_out_size,
				 unsigned int seed)
{
	struct input input = { out, size1, max_out_size };
	const struct node *node;
	struct path to, from;

	srand(seed);
	if (size1 > max_out_size)
		return 0;
	memcpy(out, data1, size1);
	walk(data1, size1, &to);
	walk(data2, size2, &from);
	if (!to.depth || !from.depth)
		return size1;
	/* messages among messages, attributes among attributes */
	if (to.depth == 1 || from.depth == 1)
		to.depth = from.depth = 1;
	node = &from.nodes[from.depth - 1];
	put_in(&input, &to, data2 + node->at, node->length);
	return input.size;
}
