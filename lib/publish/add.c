/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Publishes and lists: the doors of the library, and what conflicts are told.
 */
#include "firewall/others.h"
#include "mapping/hint.h"
#include "mapping/mapping.h"
#include "publish/catch_up.h"
#include "publish/change.h"
#include "publish/plan_request.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* ---------------------------------------------------------------- conflicts */

/**
 * struct conflict - a mapping that can't be added
 * @request: what was asked for
 * @spec: index of the spec that asked for the mapping
 * @key: key of the mapping, as text
 */
struct conflict {
	const struct pubport_add_request *request;
	size_t spec;
	char key[PUBPORT_KEY_TEXT_SIZE];
};

static struct conflict conflict_of(const struct pubport_add_request *request,
				   const struct plan *plan, size_t mapping)
{
	struct conflict conflict = { .request = request,
				     .spec = plan->specs[mapping] };

	pubport_key_format(&plan->mappings.items[mapping].key, conflict.key,
			   sizeof(conflict.key));
	return conflict;
}

static int describe(struct pubport_error *error,
		    const struct conflict *conflict, const char *why,
		    const char *with)
{
	error_set(error, PUBPORT_CONFLICT, -EEXIST, "\"%s\": %s %s%s",
		  conflict->request->specs[conflict->spec].text, conflict->key,
		  why, with);
	error_index(error, conflict->spec);
	return -EEXIST;
}

static int conflict_error(const struct change *change,
			  const struct pubport_add_request *request)
{
	const struct plan *plan = change->plan;
	const struct pubport_mapping *items = plan->mappings.items;
	struct pubport_error *error = change->error;
	struct netlink *nft = &change->context->nft;
	struct pubport_mapping there;
	struct conflict conflict;
	bool refuses = true;
	size_t index;

	if (!mappings_find_collision(&plan->mappings, &index)) {
		conflict = conflict_of(request, plan, index);
		return describe(error, &conflict, "is asked for twice",
				", or overlaps another");
	}
	index = change->blamed;
	conflict = conflict_of(request, plan, index);
	if (!table_find(nft, &items[index].key, &there)) {
		describe(error, &conflict, "is published already, to ",
			 there.target);
		hint_add(error, request, "--replace");
		return -EEXIST;
	}
	(void)table_refuses(nft, &items[index].key, &refuses);
	if (!refuses && !mapping_is_range(&items[index])) {
		describe(error, &conflict,
			 "somebody took this mapping away by "
			 "hand, and left parts of it",
			 "");
		error_hint(error, "pubport flush");
		return -EEXIST;
	}
	describe(error, &conflict, "overlaps a range that is published",
		 " already");
	error_hint(error, "pubport ls");
	return -EEXIST;
}

/* --------------------------------------------------------------- the doors */

/* CAP_NET_ADMIN is asked for first, whatever else is missing too */
static int name_missing_right(struct pubport *context,
			      const struct pubport_add_request *request,
			      int code, struct pubport_error *error)
{
	char what[128];
	bool laid;

	if (code != -EPERM || table_exists(&context->nft, &laid) != -EPERM)
		return code;
	snprintf(what, sizeof(what), "\"%.100s\"", request->specs[0].text);
	return error_kernel(error, code, what);
}

/* whether the port that is in the way was our own choice */
static bool was_chosen(const struct change *change)
{
	const struct pubport_mapping *mapping =
		&change->plan->mappings.items[change->blamed];

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
	const unsigned int known = PUBPORT_ADD_REPLACE | PUBPORT_ADD_FORCE |
				   PUBPORT_ADD_NO_LOOPBACK | PUBPORT_ADD_SHIELD;
	size_t size = request->size, mine = sizeof(*ret_request);

	if (size < offsetof(struct pubport_add_request, ttl) ||
	    (size > mine &&
	     !is_zero((const uint8_t *)request + mine, size - mine)) ||
	    request->flags & ~known || !request->spec_count)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_add_request: no specs, or a "
				 "size or flag that this version doesn't know");
	memset(ret_request, 0, mine);
	memcpy(ret_request, request, size < mine ? size : mine);
	return 0;
}

/* plans and adds; -EAGAIN: ports that we chose are taken by now */
static int plan_and_add(struct pubport *context,
			const struct pubport_add_request *request,
			struct plan *plan, struct pubport_error *error)
{
	struct change change CLEANUP(change_done) = {
		.context = context,
		.plan = plan,
		.replace = request->flags & PUBPORT_ADD_REPLACE,
		.error = error,
	};
	int code;

	code = plan_request(context, request, plan, error);
	if (code)
		return name_missing_right(context, request, code, error);
	code = change_commit(&change);
	if (!code) {
		change_settle(&change);
		others_tell(context, &plan->mappings);
		return 0;
	}
	if (code == -EEXIST && was_chosen(&change))
		return -EAGAIN;
	if (code == -EEXIST)
		code = conflict_error(&change, request);
	/* settings may be on for nothing now; the first error counts */
	if (code != -ESTALE)
		(void)lifecycle_retire(context, NULL);
	return name_missing_right(context, request, code, error);
}

/**
 * pubport_add() - publish, all or nothing
 * @context: where
 * @request: what
 * @ret_added: what was published, in the order of the specs; free with
 *	pubport_mappings_done()
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

	if (code)
		return code;
	catch_up(context);
	code = -EAGAIN;
	for (int i = 0; i < TABLE_TRIES && code == -EAGAIN; i++) {
		struct plan plan CLEANUP(plan_done) = { .specs = NULL };

		code = plan_and_add(context, &copy, &plan, error);
		if (code)
			continue;
		*ret_added = plan.mappings;
		memset(&plan.mappings, 0, sizeof(plan.mappings));
	}
	if (code == -EAGAIN)
		error_set(error, PUBPORT_CONFLICT, code,
			  "host ports: each free one is taken at once by "
			  "somebody else");
	return code;
}

static int plan_to_nft(struct change *change, char **ret_text)
{
	struct text text CLEANUP(text_done) = { .out = NULL };
	int code;

	if (text_open(&text))
		return error_memory(change->error);
	code = change_print(change, text.out);
	if (!code && text_close(&text))
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
	struct plan plan CLEANUP(plan_done) = { .specs = NULL };
	struct change change CLEANUP(change_done) = {
		.context = context,
		.plan = &plan,
		.error = error,
	};
	struct pubport_add_request copy = { .size = 0 };
	int code = copy_request(request, &copy, error);

	if (code)
		return code;
	change.replace = copy.flags & PUBPORT_ADD_REPLACE;
	context->is_trial = true;
	code = plan_request(context, &copy, &plan, error);
	context->is_trial = false;
	if (code)
		return code;
	code = change_look_ahead(&change);
	if (code == -EEXIST)
		return conflict_error(&change, &copy);
	/* without the right to look, or nftables, nothing is in conflict */
	if (code && !table_cant_be_asked(code))
		return error_kernel(error, code, TABLE_TEXT);
	code = 0;
	if (ret_nft)
		code = plan_to_nft(&change, ret_nft);
	if (code)
		return code;
	others_tell(context, &plan.mappings);
	*ret_planned = plan.mappings;
	memset(&plan.mappings, 0, sizeof(plan.mappings));
	return 0;
}

/**
 * pubport_list() - list what is published
 * @context: where
 * @ret_mappings: in no order; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Connections of mappings that ended by themselves are cut, as by each call
 * that looks at the table.
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, -ENOMEM, or another negative errno
 * from the kernel.
 */
PUBPORT_EXPORT int pubport_list(struct pubport *context,
				struct pubport_mappings *ret_mappings,
				struct pubport_error *error)
{
	PROGRESS_OF(context);
	int code;

	catch_up(context);
	code = table_list(&context->nft, ret_mappings);
	return code ? error_kernel(error, code, TABLE_TEXT) : 0;
}
