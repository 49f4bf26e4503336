/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets: what a user's word for one means.
 *
 * A word without a kind is looked for as the name of a network namespace, and
 * every runtime that is installed is asked for it.
 */
#include "target/resolve.h"

#include "host/netns.h"
#include "mapping/addr.h"
#include "mapping/target_name.h"
#include "target/reach.h"
#include "target/refusal.h"
#include "target/runtime_query.h"
#include "target/wanted.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

/* "host" is this host, by the address that it was asked for */
static const struct target_addrs this_host = {
	.items = { { .family = PUBPORT_IPV4 }, { .family = PUBPORT_IPV6 } },
	.count = 2,
};

/**
 * target_choose_addrs() - choose where to publish to
 * @addrs: addresses of a target, in order of preference
 * @count: number of @addrs
 * @ret_addrs: the first of each family
 */
void target_choose_addrs(const struct pubport_target_addr *addrs, size_t count,
			 struct target_addrs *ret_addrs)
{
	static const enum pubport_family families[] = { PUBPORT_IPV4,
							PUBPORT_IPV6 };
	size_t i, k;

	ret_addrs->count = 0;
	for (k = 0; k < ARRAY_SIZE(families); k++) {
		for (i = 0; i < count; i++)
			if (addrs[i].addr.family == families[k])
				break;
		if (i < count)
			ret_addrs->items[ret_addrs->count++] = addrs[i].addr;
	}
}

static int resolve_netns(struct netlink *route, const char *text,
			 struct target *ret_target, struct pubport_error *error)
{
	CLEANUP(reach_host_done) struct reach_host host = { .netns_fd = -1 };
	CLEANUP(close) int fd = -1;
	struct reach reach;
	int code;

	code = netns_open(text, &fd, error);
	if (code)
		return code;
	code = reach_host_init(&host, route);
	if (code)
		return error_kernel(error, code, "network interfaces");
	if (netns_same(fd, host.netns_fd))
		return refusal_this_host(error, text);
	code = reach_inspect(&host, fd, &reach);
	if (code)
		return refusal_closed(error, code, text);
	if (!reach.count)
		return refusal_unreached(error, text, &reach);
	memset(ret_target, 0, sizeof(*ret_target));
	target_choose_addrs(reach.addrs, reach.count, &ret_target->addrs);
	return 0;
}

/* --------------------------------------------------------------- runtimes */

static int resolve_instance(struct pubport *context,
			    const struct wanted *wanted,
			    const struct answer *answer,
			    struct target *ret_target,
			    struct pubport_error *error)
{
	const struct instance *instance = answer->instances.items;
	struct reach reach;
	int code;

	code = wanted_find(context, wanted, answer, &reach, error);
	if (code)
		return code;
	target_choose_addrs(reach.addrs, reach.count, &ret_target->addrs);
	snprintf(ret_target->name, sizeof(ret_target->name), "%.*s",
		 (int)sizeof(ret_target->name) - 1, instance->name);
	memcpy(ret_target->image, instance->image, sizeof(ret_target->image));
	return 0;
}

static int inquiry_failed(struct pubport_error *error, const char *text,
			  const struct answer *answer)
{
	char why[64];

	if (answer->code != -ENOENT)
		return error_set(error, PUBPORT_FAILED, answer->code,
				 "target \"%s\": %s", text, answer->why);
	snprintf(why, sizeof(why), "%s doesn't know it", answer->runtime->kind);
	return refusal_not_found(error, answer->code, text, why);
}

static int resolve_with(struct pubport *context, const struct runtime *runtime,
			const struct wanted *wanted, struct target *ret_target,
			struct pubport_error *error)
{
	CLEANUP(answers_done) struct answers answers = { .count = 0 };
	char why[64];
	int code;

	code = inquiry_name(runtime, wanted->name, &answers);
	if (code)
		return error_memory(error);
	if (!answers.count) {
		snprintf(why, sizeof(why), "\"%s\" is not installed",
			 runtime_program(runtime));
		return refusal_not_found(error, -ENOENT, wanted->text, why);
	}
	if (answers.items[0].code)
		return inquiry_failed(error, wanted->text, &answers.items[0]);
	return resolve_instance(context, wanted, &answers.items[0], ret_target,
				error);
}

/* ------------------------------------------------------------- plain names */

/* two that know a name, and how to write each */
static int several_know(struct pubport_error *error,
			const struct wanted *wanted, const char *first,
			const char *second)
{
	error_set(error, PUBPORT_USAGE, -EINVAL,
		  "target \"%s\": which one: --to %s:%s or --to %s:%s",
		  wanted->text, first, wanted->text, second, wanted->text);
	error_hint(error, "pubport targets");
	return -EINVAL;
}

static int nobody_knows(struct pubport_error *error, const char *text,
			const struct answer *failed)
{
	char why[300];

	snprintf(why, sizeof(why),
		 "no network namespace, container or machine has this name%s%s",
		 failed ? "; but " : "", failed ? failed->why : "");
	return refusal_not_found(error, -ENOENT, text, why);
}

static int resolve_name(struct pubport *context, const struct wanted *wanted,
			struct target *ret_target, struct pubport_error *error)
{
	CLEANUP(answers_done) struct answers answers = { .count = 0 };
	CLEANUP(close) int fd = -1;
	bool is_netns = netns_open(wanted->text, &fd, NULL) != -ENOENT;
	const struct answer *known = NULL, *failed = NULL;

	if (word_is_name(wanted->name) &&
	    inquiry_name(NULL, wanted->name, &answers))
		return error_memory(error);
	for (size_t i = 0; i < answers.count; i++) {
		const struct answer *answer = &answers.items[i];

		if (!answer->code && known)
			return several_know(error, wanted, known->runtime->kind,
					    answer->runtime->kind);
		if (!answer->code)
			known = answer;
		else if (answer->code != -ENOENT && answer->code != -ENOTCONN)
			failed = answer;
	}
	if (is_netns && known)
		return several_know(error, wanted, "netns",
				    known->runtime->kind);
	if (is_netns || known) {
		if (failed)
			context_notice(context, "%s", failed->why);
		return is_netns ? resolve_netns(&context->route, wanted->text,
						ret_target, error)
				: resolve_instance(context, wanted, known,
						   ret_target, error);
	}
	return nobody_knows(error, wanted->text, failed);
}

/* --------------------------------------------------------------- any word */

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/**
 * target_resolve() - what a target stands for
 * @context: from where it is seen; unused when @text is an address or "host"
 * @text: an address, "host", "netns:NAME", "netns:/path", "pid:N", a runtime's
 *	kind and a name as in "docker:NAME" or "docker:NAME@NETWORK", or the
 *	name of any of these alone
 * @ret_target: its addresses: the one that @text is; 0.0.0.0 and :: for
 *	"host", which is asked by whatever address of it a client used;
 *	otherwise the first of each family that the host reaches on-link
 * @error: quotes @text
 *
 * Return: 0; -EINVAL when @text is no target, or more than one; -ENOENT or
 * -ESRCH when there is none, or it doesn't run; -EADDRNOTAVAIL when the host
 * reaches no address of it; -EPERM or -EACCES without the right to look into
 * it; -ETIMEDOUT, -EFBIG, -EBADMSG or -EIO when its runtime gave no answer that
 * can be used; or another negative errno.
 */
int target_resolve(struct pubport *context, const char *text,
		   struct target *ret_target, struct pubport_error *error)
{
	const char *why = target_name_why_wrong(text), *name;
	struct target target = { .addrs.count = 1 };
	const struct runtime *runtime;
	struct wanted wanted;
	int code = 0;

	if (!is_printable(text))
		why = "has characters that can't be printed";
	if (why)
		return refusal_usage(error, text, why);
	runtime = runtime_find(text, &name);
	wanted = wanted_parse(text, runtime ? name : text);
	if (strcmp(text, "host") == 0)
		target.addrs = this_host;
	else if (runtime)
		code = resolve_with(context, runtime, &wanted, &target, error);
	else if (pubport_addr_parse(text, &target.addrs.items[0]) != 0)
		code = strchr(text, ':')
			       ? resolve_netns(&context->route, text, &target,
					       error)
			       : resolve_name(context, &wanted, &target, error);
	if (!code)
		*ret_target = target;
	return code;
}
