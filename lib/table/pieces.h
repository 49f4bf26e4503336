/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table is made of besides elements, read from messages. */
#ifndef TABLE_PIECES_H
#define TABLE_PIECES_H

#include <libmnl/libmnl.h>
#include <stddef.h>

/* a longer name is none of ours, and is cut */
#define PIECE_NAME_SIZE 64
#define PIECE_DETAIL_SIZE 96
#define PIECE_TEXT_SIZE (PIECE_NAME_SIZE + 32)

enum piece_kind {
	PIECE_SET,
	PIECE_CHAIN,
	PIECE_RULE,
	PIECE_OTHER, /* a counter, a flowtable, ... */
};

/**
 * struct piece - a set, a chain, a rule or something else of the table
 * @kind: which of these
 * @noun: nft's word for it, constant
 * @name: its name; of a rule, that of its chain
 * @detail: what it is like: the same text for two that do the same
 */
struct piece {
	enum piece_kind kind;
	const char *noun;
	char name[PIECE_NAME_SIZE];
	char detail[PIECE_DETAIL_SIZE];
};

/**
 * struct pieces - an array of pieces
 * @items: free with pieces_done()
 * @count: number of @items
 */
struct pieces {
	struct piece *items;
	size_t count;
};

int pieces_add(struct pieces *pieces, const struct piece *piece);
int pieces_read(const struct nlmsghdr *message, void *pieces);
void pieces_sort(struct pieces *pieces);
int piece_compare(const struct piece *a, const struct piece *b);
int piece_compare_name(const struct piece *a, const struct piece *b);
const char *piece_format(const struct piece *piece, char *text, size_t size);
void pieces_done(struct pieces *pieces);

static inline void cleanup_pieces_done(struct pieces *pieces)
{
	pieces_done(pieces);
}

#endif
