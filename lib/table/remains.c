/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the table that is not pubport's.
 *
 * The last mapping takes the table with it, but not what somebody else put
 * there.  Sets that tell of mappings must be empty by then; what was noted down
 * besides (networks, interfaces, masks) stays for as long as the table does,
 * and nobody knows who put it there.
 */
#include "table/remains.h"

#include "table/emit.h"
#include "table/verify.h"

#include <errno.h>
#include <string.h>

static const struct {
	enum set_id first;
	enum set_id last;
} of_mappings[] = {
	{ SET_HOST4, SET_NO_LOOPBACK_RANGE },
	{ SET_REDIRECT, SET_ALLOWED_RANGE6 },
	{ SET_SHIELDED4, SET_OWN_LINK6 },
};

static void count_removed(void *data, enum set_id set,
			  const struct element *element, size_t index)
{
	size_t *counts = data;

	(void)element;
	(void)index;
	counts[set]--;
}

static int count_there(const struct element *element, void *data)
{
	size_t *count = data;

	(void)element;
	++*count;
	return MNL_CB_OK;
}

/* how many elements are there that are not of removed mappings */
static int count_elements(struct netlink *nft,
			  const struct pubport_mappings *removed,
			  size_t counts[SET_COUNT])
{
	int code = 0, set;

	mappings_put(removed, 0, count_removed, counts);
	for (size_t i = 0; !code && i < ARRAY_SIZE(of_mappings); i++)
		for (set = (int)of_mappings[i].first;
		     !code && set <= (int)of_mappings[i].last; set++) {
			code = element_dump(nft, (enum set_id)set, count_there,
					    &counts[set]);
			if (code == -ENOENT)
				code = 0;
		}
	return code;
}

static int tell_elements(struct netlink *nft,
			 const struct pubport_mappings *removed, char *ret_text)
{
	size_t counts[SET_COUNT] = { 0 };
	int code = count_elements(nft, removed, counts);

	for (int set = 0; !code && set < SET_COUNT; set++)
		if (counts[set])
			snprintf(ret_text, REMAINS_TEXT_SIZE,
				 "elements of \"%s\"",
				 set_get((enum set_id)set)->name);
	return code;
}

static void tell_piece(const struct pieces *pieces, size_t more, char *ret_text)
{
	char text[PIECE_TEXT_SIZE];
	size_t length = (size_t)snprintf(ret_text, REMAINS_TEXT_SIZE, "%s",
					 piece_format(pieces->items, text,
						      sizeof(text)));

	if (more)
		snprintf(ret_text + length, REMAINS_TEXT_SIZE - length,
			 " and %zu more", more);
}

/**
 * remains_find() - find what the table has that is not pubport's
 * @nft: open NETLINK_NETFILTER socket
 * @removed: all mappings, that don't count
 * @ret_text: REMAINS_TEXT_SIZE bytes: what there is, for a message, or ""
 *
 * Return: 0, -EINTR when somebody changed the table meanwhile, -ENOMEM, -EPERM,
 * or another negative errno.
 */
int remains_find(struct netlink *nft, const struct pubport_mappings *removed,
		 char *ret_text)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };
	const struct pieces *foreign = &diff.foreign;
	const struct pieces *altered = &diff.altered;
	int code = verify_table(nft, &diff);

	ret_text[0] = '\0';
	if (code)
		return code;
	if (!foreign->count && !altered->count)
		return tell_elements(nft, removed, ret_text);
	tell_piece(foreign->count ? foreign : altered,
		   foreign->count + altered->count - 1, ret_text);
	return 0;
}
