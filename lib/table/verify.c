/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares the table in the kernel with the one that pubport lays.
 *
 * Anybody may edit the table.  What it is made of is dumped, and what pubport
 * would lay is laid in a transaction that is never committed; both are read
 * alike, sorted, and compared.  Elements of sets don't count.
 *
 * What is laid when it is first needed counts as laid where a set of it is
 * there.  A rule of ours may stand in its chain twice, if it was put first
 * again, see demand.c.
 */
#include "table/verify.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/nfnetlink.h"
#include "nft/objects.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

/* how often we look again because somebody changes the ruleset meanwhile */
#define VERIFY_TRIES 32

/* in the order in which they are laid, if they are */
static const struct ruleset *const rulesets[] = {
	&ruleset_base,	   &ruleset_forward, &ruleset_ending, &ruleset_settling,
	&ruleset_redirect, &ruleset_limit,   &ruleset_shield, &ruleset_counters,
};

_Static_assert(ARRAY_SIZE(rulesets) <= OPTIONAL_RULESETS,
	       "all rulesets can be laid together");

/**
 * table_diff_done() - free what a diff found
 * @diff: filled or all zero
 */
void table_diff_done(struct table_diff *diff)
{
	pieces_done(&diff->missing);
	pieces_done(&diff->altered);
	pieces_done(&diff->foreign);
}

/* ------------------------------------------------------- what the kernel has
 */

static int read_table(const struct nlmsghdr *message, void *data)
{
	struct table_diff *diff = data;
	uint32_t flags = nfnl_u32(nfnl_find(message, NFTA_TABLE_FLAGS), 0);

	diff->is_there = true;
	diff->is_dormant = flags & NFT_TABLE_F_DORMANT;
	diff->owner = nfnl_u32(nfnl_find(message, NFTA_TABLE_OWNER), 0);
	return MNL_CB_OK;
}

static int ask_for_table(struct netlink *nft, struct table_diff *diff)
{
	struct request request = { .header = NULL };
	int code;

	table_ask(&request, NFT_MSG_GETTABLE, 0, NULL);
	code = netlink_talk(nft, &request, read_table, diff);
	return code == -ENOENT ? 0 : code;
}

/* each of these has the table's name as its attribute 1; for chains the kernel
 * takes no notice of it */
static int dump_pieces(struct netlink *nft, struct pieces *pieces)
{
	static const uint16_t types[] = {
		NFT_MSG_GETSET, NFT_MSG_GETCHAIN,     NFT_MSG_GETRULE,
		NFT_MSG_GETOBJ, NFT_MSG_GETFLOWTABLE,
	};
	int code = 0;

	for (size_t i = 0; !code && i < ARRAY_SIZE(types); i++) {
		struct request request = { .header = NULL };

		nfnl_begin(&request, NFNL_NFT(types[i]), NLM_F_DUMP,
			   NFPROTO_INET);
		mnl_attr_put_strz(request.header, NFTA_RULE_TABLE, SET_TABLE);
		code = netlink_talk(nft, &request, pieces_read, pieces);
		/* a kernel that knows no objects or flowtables has none */
		if (code == -EOPNOTSUPP || code == -EINVAL)
			code = 0;
	}
	return code;
}

/* ------------------------------------------------------- what pubport lays */

static bool has_piece(const struct pieces *pieces, enum piece_kind kind,
		      const char *name)
{
	for (size_t i = 0; i < pieces->count; i++)
		if (pieces->items[i].kind == kind &&
		    !strcmp(pieces->items[i].name, name))
			return true;
	return false;
}

/* by one of its sets, which stay when rules go; chains of that name may be
 * somebody else's */
static bool is_laid(const struct pieces *there, const struct ruleset *ruleset)
{
	enum set_id id;

	for (int i = 0; i < ruleset->set_count; i++) {
		id = (enum set_id)(ruleset->first_set + i);
		if (has_piece(there, PIECE_SET, set_get(id)->name))
			return true;
	}
	return !ruleset->set_count &&
	       has_piece(there, PIECE_CHAIN,
			 ruleset->chains[ruleset->chain_count - 1].name);
}

/**
 * struct masking - masks being read
 * @set: of which set
 * @laid: they are added to it
 */
struct masking {
	enum set_id set;
	struct optional *laid;
};

static int read_mask(const struct element *element, void *data)
{
	const struct masking *masking = data;
	struct optional *laid = masking->laid;
	struct pubport_network network = { .prefix = 0 };
	struct element_fields fields;
	struct pubport_addr mask;

	element_read_key(set_get(masking->set), element->key, &fields);
	network.addr.family = fields.saddr.family;
	while (network.prefix < 8 * addr_length(&fields.saddr) &&
	       fields.saddr.bytes[network.prefix / 8] &
		       0x80 >> network.prefix % 8)
		network.prefix++;
	mask = prefix_mask(&network);
	if (addr_equal(&mask, &fields.saddr) &&
	    laid->mask_count < OPTIONAL_MASKS)
		laid->masks[laid->mask_count++] = network;
	return MNL_CB_OK;
}

static int find_masks(struct netlink *nft, struct optional *laid)
{
	struct masking masking = { SET_MASKS4, laid };
	int code = element_dump(nft, SET_MASKS4, read_mask, &masking);

	masking.set = SET_MASKS6;
	if (!code || code == -ENOENT)
		code = element_dump(nft, SET_MASKS6, read_mask, &masking);
	return code == -ENOENT ? 0 : code;
}

static int find_laid(struct netlink *nft, const struct pieces *there,
		     struct optional *laid)
{
	for (size_t i = 0; i < ARRAY_SIZE(rulesets); i++)
		if (rulesets[i] == &ruleset_base || is_laid(there, rulesets[i]))
			laid->rulesets[laid->ruleset_count++] = rulesets[i];
	return find_masks(nft, laid);
}

static int draw(const struct optional *laid, struct pieces *pieces)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	const struct nlmsghdr *message;
	int left;

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	optional_add(laid, &tx);
	if (tx.error)
		return tx.error;
	left = (int)tx.length;
	for (message = (const void *)tx.data; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		if (pieces_read(message, pieces) == MNL_CB_ERROR)
			return -ENOMEM;
	return 0;
}

/* -------------------------------------------------------------- compared */

/* put first again by demand.c */
static bool is_again(const struct pieces *there, size_t index)
{
	const struct piece *piece = &there->items[index];

	return index && !piece_compare(piece, piece - 1) &&
	       !strncmp(piece->detail, "@limited", strlen("@limited"));
}

/* both are sorted */
static int compare(const struct pieces *ours, const struct pieces *there,
		   struct table_diff *diff)
{
	size_t i = 0, j = 0;
	int code = 0, order, name;

	while (!code && (i < ours->count || j < there->count)) {
		order = name = i == ours->count ? 1 : -1;
		if (i < ours->count && j < there->count) {
			order = piece_compare(&ours->items[i],
					      &there->items[j]);
			name = piece_compare_name(&ours->items[i],
						  &there->items[j]);
		}
		if (order && !name && ours->items[i].kind != PIECE_RULE) {
			code = pieces_add(&diff->altered, &there->items[j]);
			order = 0;
		} else if (order < 0) {
			code = pieces_add(&diff->missing, &ours->items[i]);
		} else if (order > 0 && !is_again(there, j)) {
			code = pieces_add(&diff->foreign, &there->items[j]);
		}
		i += order <= 0;
		j += order >= 0;
	}
	return code;
}

static int verify_once(struct netlink *nft, struct table_diff *diff)
{
	struct pieces ours CLEANUP(pieces_done) = { NULL, 0 };
	struct pieces there CLEANUP(pieces_done) = { NULL, 0 };
	uint32_t after = 0;
	int code;

	table_diff_done(diff);
	*diff = (struct table_diff){ .is_there = false };
	code = table_generation(nft, &diff->generation);
	if (!code)
		code = ask_for_table(nft, diff);
	if (code || !diff->is_there)
		return code;
	code = dump_pieces(nft, &there);
	if (!code)
		code = find_laid(nft, &there, &diff->laid);
	if (!code)
		code = table_generation(nft, &after);
	if (!code && after != diff->generation)
		code = -EINTR;
	if (!code)
		code = draw(&diff->laid, &ours);
	pieces_sort(&ours);
	pieces_sort(&there);
	return code ? code : compare(&ours, &there, diff);
}

/**
 * verify_table() - find out how the table differs from the one we lay
 * @nft: open NETLINK_NETFILTER socket
 * @ret_diff: what is different, as it was at one moment; free with
 *	table_diff_done(), also after a failure
 *
 * Return: 0, -EPERM, -ENOMEM, -EINTR when the ruleset never stood still, or
 * another negative errno.
 */
int verify_table(struct netlink *nft, struct table_diff *ret_diff)
{
	int code = -EINTR;

	for (int i = 0; i < VERIFY_TRIES && code == -EINTR; i++)
		code = verify_once(nft, ret_diff);
	return code;
}

/* ------------------------------------------------------------------- told */

/**
 * verify_find_mixed() - find a chain whose rules can't be laid again
 * @diff: of the table
 *
 * Return: the name of one that lacks rules and has others, so that nobody knows
 * between which of them ours are to stand; or NULL.
 */
const char *verify_find_mixed(const struct table_diff *diff)
{
	const struct pieces *missing = &diff->missing;

	for (size_t i = 0; i < missing->count; i++)
		if (missing->items[i].kind == PIECE_RULE &&
		    has_piece(&diff->foreign, PIECE_RULE,
			      missing->items[i].name))
			return missing->items[i].name;
	return NULL;
}

/**
 * verify_refuse() - describe why what is missing can't be laid
 * @diff: of the table
 * @error: caller's, or NULL
 *
 * Return: -ESTALE, described; or 0 where nothing is in the way.
 */
int verify_refuse(const struct table_diff *diff, struct pubport_error *error)
{
	const char *mixed = verify_find_mixed(diff);
	char text[PIECE_TEXT_SIZE];

	if (diff->altered.count) {
		error_set(error, PUBPORT_FAILED, -ESTALE,
			  TABLE_TEXT ": %s is not as pubport lays it",
			  piece_format(diff->altered.items, text,
				       sizeof(text)));
		error_hint(error, "pubport flush");
	} else if (mixed) {
		error_set(error, PUBPORT_FAILED, -ESTALE,
			  TABLE_TEXT ": chain \"%s\" lacks rules of "
				     "pubport's, and has others",
			  mixed);
		error_hint(error, "nft flush chain inet " SET_TABLE " %s",
			   mixed);
	} else if (diff->is_dormant) {
		error_set(error, PUBPORT_FAILED, -ESTALE,
			  TABLE_TEXT ": somebody switched it off (flags "
				     "dormant)");
		error_hint(error, "nft add table inet " SET_TABLE);
	}
	return diff->altered.count || mixed || diff->is_dormant ? -ESTALE : 0;
}

/**
 * verify_explain() - describe why the kernel refused a change of the table
 * @nft: open NETLINK_NETFILTER socket
 * @code: what it answered
 * @error: caller's, or NULL
 *
 * Return: @code, or -ESTALE for a table that somebody changed by hand.
 */
int verify_explain(struct netlink *nft, int code, struct pubport_error *error)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };

	error_kernel(error, code, TABLE_TEXT);
	if (code == -ENOMEM || verify_table(nft, &diff))
		return code;
	if (code == -EPERM && diff.owner)
		return error_set(error, PUBPORT_NOT_PERMITTED, code,
				 TABLE_TEXT ": it belongs to another program "
					    "(netlink port %u)",
				 diff.owner);
	if (code != -EPERM && verify_refuse(&diff, error))
		return -ESTALE;
	return code;
}
