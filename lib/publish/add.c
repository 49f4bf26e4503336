/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Publishes what a request asks for, and says what is in its way. */
#include "firewall/notice.h"
#include "mapping/add_command.h"
#include "mapping/mapping.h"
#include "publish/commit.h"
#include "publish/existing.h"
#include "publish/request.h"
#include "publish/reserve.h"
#include "table/lookup.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* the mapping that can't be added, and what is in its way */
static int refuse(const struct change *change, size_t mapping, const char *why,
		  const char *with)
{
	const struct pubport_key *key =
		&change->plan.mappings.items[mapping].key;
	char text[PUBPORT_KEY_TEXT_SIZE + PUBPORT_TARGET_SIZE + 64];
	char key_text[PUBPORT_KEY_TEXT_SIZE];

	snprintf(text, sizeof(text), "%s %s%s",
		 pubport_key_format(key, key_text, sizeof(key_text)), why,
		 with);
	return plan_refuse(&change->plan, mapping, -EEXIST, text,
			   change->error);
}

static int refuse_conflict(const struct change *change)
{
	const struct pubport_mappings *planned = &change->plan.mappings;
	const struct pubport_mapping *mapping = &planned->items[change->blamed];
	struct pubport_error *error = change->error;
	struct netlink *nft = &change->context->nft;
	struct pubport_mapping there;
	bool refuses = true;
	size_t index;

	if (!mappings_find_collision(planned, &index))
		return refuse(change, index, "is asked for twice",
			      ", or overlaps another");
	if (!table_find(nft, &mapping->key, &there)) {
		refuse(change, change->blamed,
		       mapping_equal(&there, mapping, MAPPING_TARGET) &&
				       change->plan.request->flags &
					       PUBPORT_ADD_IGNORE_EXISTING
			       ? "is published with other options, to "
			       : "is published already, to ",
		       there.target);
		add_command_hint(error, change->plan.request, "--replace");
		return -EEXIST;
	}
	(void)table_refuses(nft, &mapping->key, &refuses);
	if (!refuses && !mapping_is_range(mapping)) {
		refuse(change, change->blamed,
		       "somebody took this mapping away by hand, and left "
		       "parts of it",
		       "");
		error_hint(error, "pubport flush");
		return -EEXIST;
	}
	refuse(change, change->blamed, "overlaps a range that is published",
	       " already");
	error_hint(error, "pubport ls");
	return -EEXIST;
}

/* CAP_NET_ADMIN is asked for first, whatever else is missing too */
static int name_missing_right(struct pubport *context,
			      const struct pubport_add_request *request,
			      int code, struct pubport_error *error)
{
	char what[128];
	bool laid;

	if (code != -EPERM || table_exists(&context->nft, &laid) != -EPERM)
		return code;
	snprintf(what, sizeof(what), "\"%.100s\"",
		 request->spec_count ? request->specs[0].text
				     : "--publish-all");
	return error_kernel(error, code, what);
}

/* whether the port that is in the way was our own choice */
static bool was_chosen(const struct change *change)
{
	const struct pubport_mapping *mapping =
		&change->plan.mappings.items[change->blamed];

	return mapping->flags & PUBPORT_MAPPING_CHOSEN;
}

static bool is_zero(const void *memory, size_t size)
{
	const uint8_t *bytes = memory;

	while (size && !*bytes)
		bytes++, size--;
	return !size;
}

/* programs that were built for another version know fewer members, or more:
 * what they ask for must not be passed over */
static int copy_request(const struct pubport_add_request *request,
			struct pubport_add_request *ret_request,
			struct pubport_error *error)
{
	const unsigned int known =
		PUBPORT_ADD_REPLACE | PUBPORT_ADD_FORCE |
		PUBPORT_ADD_NO_LOOPBACK | PUBPORT_ADD_SHIELD |
		PUBPORT_ADD_MASQUERADE | PUBPORT_ADD_EVERY_PORT |
		PUBPORT_ADD_SYMMETRIC | PUBPORT_ADD_IGNORE_EXISTING;
	size_t size = request->size, mine = sizeof(*ret_request);

	if (size < offsetof(struct pubport_add_request, ttl) ||
	    (size > mine &&
	     !is_zero((const uint8_t *)request + mine, size - mine)) ||
	    request->flags & ~known)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_add_request: a size or flag "
				 "that this version doesn't know");
	memset(ret_request, 0, mine);
	memcpy(ret_request, request, size < mine ? size : mine);
	return request_check(ret_request, error);
}

/* plans and adds; @ret_again: whether it can't be so any more: ports that we
 * chose are taken by now, or what we would have left alone has come */
static int plan_and_add(struct change *change,
			const struct pubport_add_request *request,
			struct pubport_mappings *ret_added, bool *ret_again)
{
	struct hold hold CLEANUP(hold_end) = { .count = 0 };
	struct existing existing CLEANUP(existing_done) = { .count = 0 };
	struct pubport *context = change->context;
	bool ignores = request->flags & PUBPORT_ADD_IGNORE_EXISTING;
	int code = request_plan(context, request, &change->plan, change->error);

	if (!code)
		code = existing_leave(change, request, &existing);
	if (code)
		return name_missing_right(context, request, code,
					  change->error);
	code = hold_ports(&hold, &change->plan.mappings);
	*ret_again = code == -EADDRINUSE;
	if (code)
		return *ret_again ? code : error_memory(change->error);
	code = commit_change(change);
	*ret_again =
		code == -EEXIST &&
		(was_chosen(change) || (ignores && existing_has_come(change)));
	if (code == -EEXIST && !*ret_again)
		code = refuse_conflict(change);
	code = commit_finish(change, code);
	if (code)
		return name_missing_right(context, request, code,
					  change->error);
	notice_other_tables(context, &change->plan.mappings);
	return existing_join(change, &existing, ret_added);
}

/**
 * pubport_add() - publish, all or nothing
 * @context: where
 * @request: what
 * @ret_added: what was published, and what was so already, in the order of the
 *	specs; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Return: 0; -EINVAL for what is wrong in the request; -ENOENT for a target
 * that isn't there; -EEXIST for a key that is published already or asked for
 * twice; -EADDRINUSE when no host port is free; -EPERM without CAP_NET_ADMIN;
 * -EMSGSIZE for more at once than a user namespace may send; -ENOMEM; or
 * another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_add(struct pubport *context,
			       const struct pubport_add_request *request,
			       struct pubport_mappings *ret_added,
			       struct pubport_error *error)
{
	PROGRESS_OF(context);
	struct pubport_add_request copy = { .size = 0 };
	int code = copy_request(request, &copy, error);
	bool again = true;

	if (code)
		return code;
	catch_up(context, true);
	for (int i = 0; i < TABLE_TRIES && again; i++) {
		struct change change CLEANUP(change_done) = {
			.context = context,
			.replace = copy.flags & PUBPORT_ADD_REPLACE,
			.error = error,
		};

		again = false;
		code = plan_and_add(&change, &copy, ret_added, &again);
	}
	return again ? error_set(error, PUBPORT_CONFLICT, -EADDRINUSE,
				 "host ports: each free one is taken at once "
				 "by somebody else")
		     : code;
}

static int plan_to_nft(struct change *change, char **ret_text)
{
	struct strbuf text CLEANUP(strbuf_done) = { .out = NULL };
	int code;

	if (strbuf_open(&text))
		return error_memory(change->error);
	code = change_print(change, text.out);
	if (!code && strbuf_close(&text))
		code = error_memory(change->error);
	if (!code)
		*ret_text = TAKE_PTR(text.string);
	return code;
}

/**
 * pubport_plan() - find out what pubport_add() would do
 * @context: where
 * @request: what
 * @ret_planned: what would be published; free with pubport_mappings_done()
 * @ret_nft: the transaction as nft syntax, for "nft -f"; free with free(); or
 *	NULL
 * @error: why it would fail, or NULL
 *
 * It needs no rights, unless to look into the namespace of a target; without
 * them it doesn't tell whether a key is published already.
 *
 * Return: 0, or as pubport_add().
 */
PUBPORT_EXPORT int pubport_plan(struct pubport *context,
				const struct pubport_add_request *request,
				struct pubport_mappings *ret_planned,
				char **ret_nft, struct pubport_error *error)
{
	PROGRESS_OF(context);
	struct change change CLEANUP(change_done) = {
		.context = context,
		.error = error,
	};
	struct pubport_add_request copy = { .size = 0 };
	struct existing existing CLEANUP(existing_done) = { .count = 0 };
	int code = copy_request(request, &copy, error);

	if (code)
		return code;
	change.replace = copy.flags & PUBPORT_ADD_REPLACE;
	context->is_trial = true;
	code = request_plan(context, &copy, &change.plan, error);
	context->is_trial = false;
	if (code)
		return code;
	code = existing_leave(&change, &copy, &existing);
	if (code)
		return code;
	code = commit_look_ahead(&change);
	if (code == -EEXIST)
		return refuse_conflict(&change);
	/* without the right to look, or nftables, nothing is in conflict */
	if (code && !table_cant_be_asked(code))
		return table_error(&context->nft, code, error);
	code = ret_nft ? plan_to_nft(&change, ret_nft) : 0;
	if (code)
		return code;
	notice_other_tables(context, &change.plan.mappings);
	return existing_join(&change, &existing, ret_planned);
}
