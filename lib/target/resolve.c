/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets: what a user's word for one means, and what those of a request mean.
 *
 * A word without a kind is looked for as the name of a network namespace, and
 * every runtime that is installed is asked for it.
 *
 * Where a target has addresses in several networks, that one is taken whose
 * answers get back to the host, see target/reach.c, and the user is told how to
 * name another.
 */
#include "target/resolve.h"

#include "host/netns.h"
#include "mapping/addr.h"
#include "mapping/target_name.h"
#include "netlink/kernel.h"
#include "target/list.h"
#include "target/locate.h"
#include "target/reach.h"
#include "target/runtime_query.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/* ------------------------------------------------- why a word is no target */

static int refuse_usage(struct pubport_error *error, const char *text,
			const char *why)
{
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "target \"%.64s\": it %s", text, why);
}

static int refuse_not_found(struct pubport_error *error, int code,
			    const char *text, const char *why)
{
	error_set(error, PUBPORT_NOT_FOUND, code, "target \"%s\": %s", text,
		  why);
	error_hint(error, "pubport targets");
	return code;
}

static int refuse_this_host(struct pubport_error *error, const char *text)
{
	return refuse_usage(error, text, "is this host itself: say \"host\"");
}

static int refuse_unreached(struct pubport_error *error, const char *text,
			    const struct reach *reach)
{
	char why[128];

	if (*reach->child.kind && reach->has_others) {
		snprintf(why, sizeof(why),
			 "it is on a %s of %s, which does not talk to it: this "
			 "host needs a %s of its own there",
			 reach->child.kind, reach->child.parent,
			 reach->child.kind);
		return refuse_not_found(error, -EADDRNOTAVAIL, text, why);
	}
	return refuse_not_found(error, -EADDRNOTAVAIL, text,
				reach->has_others
					? "this host reaches none of its "
					  "addresses on-link"
					: "it has no address on an interface "
					  "that is up");
}

static int refuse_closed(struct pubport_error *error, int code,
			 const char *text)
{
	if (code == -E2BIG || code == -ETIME)
		return error_set(error, PUBPORT_FAILED, code,
				 "target \"%s\": too much is in this "
				 "namespace, or changes all the time",
				 text);
	if (code != -EPERM && code != -EACCES)
		return error_set(error, PUBPORT_FAILED, code,
				 "target \"%s\": %s", text, strerror(-code));
	return error_set(error, PUBPORT_NOT_PERMITTED, code,
			 "target \"%s\": not permitted: this needs "
			 "CAP_SYS_ADMIN, to look into a network namespace",
			 text);
}

/* ---------------------------------------------------- a runtime's instance */

/**
 * struct wanted - an instance that the user names
 * @text: the user's word for it
 * @name: its name, without kind and network
 * @network: the only network that counts, or ""
 */
struct wanted {
	const char *text;
	char name[PUBPORT_TARGET_SIZE];
	const char *network;
};

/* @text: a target as written; @word: its end, behind the kind: NAME or
 * NAME@NETWORK */
static struct wanted parse_wanted(const char *text, const char *word)
{
	size_t length = strcspn(word, "@");
	struct wanted wanted = {
		.text = text,
		.network = word + length + (word[length] == '@'),
	};

	snprintf(wanted.name, sizeof(wanted.name), "%.*s", (int)length, word);
	return wanted;
}

static bool prefix_is_new(const struct instance *instance,
			  const struct reach *reach, size_t at)
{
	const char *network = locate_network(instance, &reach->addrs[at]);

	for (size_t i = 0; i < at; i++)
		if (!strcmp(locate_network(instance, &reach->addrs[i]),
			    network))
			return false;
	return true;
}

static int lacks_network(struct pubport_error *error,
			 const struct wanted *wanted,
			 const struct instance *instance,
			 const struct reach *reach)
{
	char list[160] = "";
	size_t length = 0;

	for (size_t i = 0; i < reach->count && length < sizeof(list); i++)
		if (prefix_is_new(instance, reach, i))
			length += (size_t)snprintf(
				list + length, sizeof(list) - length, "%s%s",
				length ? ", " : "",
				locate_network(instance, &reach->addrs[i]));
	return error_set(error, PUBPORT_NOT_FOUND, -ENOENT,
			 "target \"%s\": this host reaches it in no such "
			 "network, but in %s",
			 wanted->text, list);
}

/* leaves the addresses in the network that the user names */
static int keep_network(struct pubport_error *error,
			const struct wanted *wanted,
			const struct instance *instance, struct reach *reach)
{
	struct reach kept = *reach;

	kept.count = 0;
	for (size_t i = 0; i < reach->count; i++) {
		const struct pubport_target_addr *addr = &reach->addrs[i];

		if (!strcmp(locate_network(instance, addr), wanted->network) ||
		    !strcmp(addr->interface, wanted->network)) {
			kept.backs[kept.count] = reach->backs[i];
			kept.addrs[kept.count++] = *addr;
		}
	}
	if (!kept.count)
		return lacks_network(error, wanted, instance, reach);
	*reach = kept;
	return 0;
}

/* says which of several networks was taken */
static void tell_network(const struct pubport *context,
			 const struct wanted *wanted,
			 const struct instance *instance,
			 const struct reach *reach)
{
	char taken[PUBPORT_ADDR_TEXT_SIZE], other[PUBPORT_ADDR_TEXT_SIZE];
	const struct pubport_target_addr *addrs = reach->addrs;
	const char *first = locate_network(instance, &addrs[0]);
	const char *network;

	for (size_t i = 1; i < reach->count; i++) {
		network = locate_network(instance, &addrs[i]);
		if (!strcmp(network, first) ||
		    addrs[i].addr.family != addrs[0].addr.family)
			continue;
		pubport_addr_format(&addrs[0].addr, taken, sizeof(taken));
		pubport_addr_format(&addrs[i].addr, other, sizeof(other));
		context_notice(context,
			       "%s is in several networks: publishing %s, of "
			       "%s; %s@%s is %s",
			       wanted->text, taken, first, wanted->text,
			       network, other);
		return;
	}
}

static int locate_failed(struct pubport_error *error, int code,
			 const char *text)
{
	switch (code) {
	case -ELOOP:
		return refuse_this_host(error, text);
	case -EADDRNOTAVAIL:
		return refuse_not_found(error, code, text,
					"its runtime knows no address of it");
	case -ENOENT:
		return refuse_not_found(error, code, text,
					"its process is not on this machine");
	default:
		return refuse_closed(error, code, text);
	}
}

static int is_idle(struct pubport_error *error, const struct wanted *wanted,
		   const struct runtime *runtime)
{
	error_set(error, PUBPORT_NOT_FOUND, -ESRCH,
		  "target \"%s\": it is not running", wanted->text);
	error_hint(error, "%s %s", runtime->start, wanted->name);
	return -ESRCH;
}

/* ------------------------------------------------------------- a namespace */

/* "host" is this host, by the address that it was asked for */
static struct target_addrs this_host(void)
{
	return (struct target_addrs){
		.items = { { .family = PUBPORT_IPV4 },
			   { .family = PUBPORT_IPV6 } },
		.count = kernel_has_ipv6() ? 2 : 1,
	};
}

/* the first of each family; @addrs: in order of preference */
static void choose_addrs(const struct pubport_target_addr *addrs, size_t count,
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

/* tells what a strict reverse path filter drops */
static void tell_filter(const struct pubport *context,
			const struct pubport_addr *addr,
			const struct reach *reach)
{
	const struct reach_back *back = reach_find_back(reach, addr);
	char text[PUBPORT_ADDR_TEXT_SIZE];

	if (!back || back->way != BACK_FILTERED)
		return;
	pubport_addr_format(addr, text, sizeof(text));
	if (back->inside)
		context_notice(context,
			       "%s answers by another interface than %s, so it "
			       "drops what comes in there from afar, until "
			       "net.ipv4.conf.%s.rp_filter=2 in its network "
			       "namespace",
			       text, back->filter, back->filter);
	else
		context_notice(context,
			       "answers of %s from afar come in by %s and are "
			       "dropped there, until "
			       "net.ipv4.conf.%s.rp_filter=2",
			       text, back->filter, back->filter);
}

/* those whose answers get back as those of the address that is taken */
static void choose_good(const struct reach *reach,
			const struct pubport_addr *taken, struct target *target)
{
	const struct reach_back *back = reach_find_back(reach, taken);

	for (size_t i = 0; i < reach->count; i++)
		if (reach->addrs[i].addr.family == taken->family &&
		    reach->backs[i].way == back->way)
			target->good[target->good_count++] =
				reach->addrs[i].addr;
}

static void choose(const struct pubport *context, const struct reach *reach,
		   struct target *target)
{
	const struct pubport_addr *taken = target->addrs.items;

	choose_addrs(reach->addrs, reach->count, &target->addrs);
	target->good_count = 0;
	for (size_t i = 0; i < target->addrs.count; i++, taken++) {
		target->addrs.is_isolated[i] =
			reach_find_back(reach, taken)->way == BACK_NOWHERE;
		choose_good(reach, taken, target);
		target->links[i] = *reach_find_back(reach, taken);
		tell_filter(context, taken, reach);
	}
}

/**
 * target_notice_filter() - tell what a strict reverse path filter drops
 * @context: from where the target is seen; told
 * @addr: the target, an address; where nobody can look into its namespace,
 *	nothing is told
 *
 * Namespaces are looked into only if this host has such a filter.
 */
void target_notice_filter(struct pubport *context,
			  const struct pubport_addr *addr)
{
	CLEANUP(reach_host_done) struct reach_host host = { .netns_fd = -1 };
	CLEANUP(census_done) struct census census = { .reaches = NULL };
	bool any = false;

	if (addr->family != PUBPORT_IPV4 || !context->notice ||
	    links_any_strict(&context->route, &any) || !any ||
	    reach_host_init(&host, context) || census_take(&census, &host))
		return;
	for (size_t i = 0; i < census.list.count; i++)
		tell_filter(context, addr, &census.reaches[i]);
}

static int resolve_netns(struct pubport *context, const char *text,
			 struct target *ret_target, struct pubport_error *error)
{
	CLEANUP(reach_host_done) struct reach_host host = { .netns_fd = -1 };
	CLEANUP(close) int fd = -1;
	struct reach reach;
	int code;

	code = netns_open(text, &fd, error);
	if (code)
		return code;
	code = reach_host_init(&host, context);
	if (code)
		return error_kernel(error, code, "network interfaces");
	if (netns_same(fd, host.netns_fd))
		return refuse_this_host(error, text);
	code = reach_inspect(&host, fd, &reach);
	if (code)
		return refuse_closed(error, code, text);
	if (!reach.count)
		return refuse_unreached(error, text, &reach);
	memset(ret_target, 0, sizeof(*ret_target));
	ret_target->is_inside = true;
	choose(context, &reach, ret_target);
	return 0;
}

/* --------------------------------------------------------------- runtimes */

static int resolve_instance(struct pubport *context,
			    const struct wanted *wanted,
			    const struct answer *answer,
			    struct target *ret_target,
			    struct pubport_error *error)
{
	CLEANUP(reach_host_done) struct reach_host host = { .netns_fd = -1 };
	const struct instance *instance = answer->instances.items;
	CLEANUP(close) int fd = -1;
	struct reach reach;
	int code;

	if (!instance->running)
		return is_idle(error, wanted, answer->runtime);
	code = reach_host_init(&host, context);
	if (code)
		return error_kernel(error, code, "network interfaces");
	code = locate_instance(&host, instance, &fd, &reach);
	if (code)
		return locate_failed(error, code, wanted->text);
	if (!reach.count)
		return refuse_unreached(error, wanted->text, &reach);
	if (wanted->network[0])
		code = keep_network(error, wanted, instance, &reach);
	if (code)
		return code;
	tell_network(context, wanted, instance, &reach);
	ret_target->is_inside = fd >= 0;
	choose(context, &reach, ret_target);
	snprintf(ret_target->name, sizeof(ret_target->name), "%.*s",
		 (int)sizeof(ret_target->name) - 1, instance->name);
	memcpy(ret_target->image, instance->image, sizeof(ret_target->image));
	return 0;
}

static int query_failed(struct pubport_error *error, const char *text,
			const struct answer *answer)
{
	char why[64];

	if (answer->code != -ENOENT)
		return error_set(error, PUBPORT_FAILED, answer->code,
				 "target \"%s\": %s", text, answer->why);
	snprintf(why, sizeof(why), "%s doesn't know it", answer->runtime->kind);
	return refuse_not_found(error, answer->code, text, why);
}

static int resolve_with(struct pubport *context, const struct runtime *runtime,
			const struct wanted *wanted, struct target *ret_target,
			struct pubport_error *error)
{
	CLEANUP(answers_done) struct answers answers = { .count = 0 };
	char why[64];
	int code;

	code = runtime_query_name(context, runtime, wanted->name, &answers);
	if (code)
		return error_memory(error);
	if (!answers.count) {
		snprintf(why, sizeof(why), "\"%s\" is not installed",
			 runtime_program(runtime));
		return refuse_not_found(error, -ENOENT, wanted->text, why);
	}
	if (answers.items[0].code)
		return query_failed(error, wanted->text, &answers.items[0]);
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
	return refuse_not_found(error, -ENOENT, text, why);
}

static int resolve_name(struct pubport *context, const struct wanted *wanted,
			struct target *ret_target, struct pubport_error *error)
{
	CLEANUP(answers_done) struct answers answers = { .count = 0 };
	CLEANUP(close) int fd = -1;
	bool is_netns = netns_open(wanted->text, &fd, NULL) != -ENOENT;
	const struct answer *known = NULL, *failed = NULL;

	if (word_is_name(wanted->name) &&
	    runtime_query_name(context, NULL, wanted->name, &answers))
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
		return is_netns ? resolve_netns(context, wanted->text,
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
		return refuse_usage(error, text, why);
	runtime = runtime_find(text, &name);
	wanted = parse_wanted(text, runtime ? name : text);
	if (strcmp(text, "host") == 0)
		target.addrs = this_host();
	else if (runtime)
		code = resolve_with(context, runtime, &wanted, &target, error);
	else if (pubport_addr_parse(text, &target.addrs.items[0]) != 0)
		code = strchr(text, ':')
			       ? resolve_netns(context, text, &target, error)
			       : resolve_name(context, &wanted, &target, error);
	if (!code)
		*ret_target = target;
	return code;
}

/* ------------------------------------------------------------ of a request */

static bool has_family(const struct target_addrs *addrs,
		       enum pubport_family family)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (addrs->items[i].family == family)
			return true;
	return false;
}

static bool add_addrs(struct target_addrs *addrs,
		      const struct target_addrs *more)
{
	for (size_t i = 0; i < more->count; i++) {
		if (addrs->count == ARRAY_SIZE(addrs->items) ||
		    has_family(addrs, more->items[i].family))
			return false;
		addrs->is_isolated[addrs->count] = more->is_isolated[i];
		addrs->items[addrs->count++] = more->items[i];
	}
	return true;
}

/* an address has many spellings, but is one target */
static const char *one_spelling(const char *text,
				char space[PUBPORT_ADDR_TEXT_SIZE])
{
	struct pubport_addr addr;

	return pubport_addr_parse(text, &addr)
		       ? text
		       : pubport_addr_format(&addr, space,
					     PUBPORT_ADDR_TEXT_SIZE);
}

static void keep_first(char *to, size_t size, const char *text)
{
	if (!*to)
		snprintf(to, size, "%s", text);
}

static int add_target(struct resolved *resolved, const char *text,
		      const struct target *target, struct pubport_error *error)
{
	size_t length = strlen(resolved->text);
	char space[PUBPORT_ADDR_TEXT_SIZE];

	if (!add_addrs(&resolved->addrs, &target->addrs))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "target \"%s\": there is one of its family "
				 "already, \"%s\"",
				 text, resolved->text);
	if (length + 1 + strlen(text) >= sizeof(resolved->text))
		return error_set(error, PUBPORT_USAGE, -ENAMETOOLONG,
				 "target \"%s\": too long", text);
	snprintf(resolved->text + length, sizeof(resolved->text) - length,
		 "%s%s", length ? "," : "", one_spelling(text, space));
	keep_first(resolved->own_name, sizeof(resolved->own_name),
		   target->name);
	keep_first(resolved->image, sizeof(resolved->image), target->image);
	return 0;
}

/**
 * resolved_add() - resolve a target and add it
 * @context: from where it is seen
 * @resolved: where
 * @text: the target as the user wrote it
 * @error: why it failed, or NULL
 *
 * Return: 0; -EINVAL for a word that names nothing, or for a second target of
 * one family; -ENAMETOOLONG; or as target_resolve().
 */
int resolved_add(struct pubport *context, struct resolved *resolved,
		 const char *text, struct pubport_error *error)
{
	struct target target;
	int code = target_resolve(context, text, &target, error);

	return code ? code : add_target(resolved, text, &target, error);
}

/**
 * resolved_take_only() - take the only target that there is, and say so
 * @context: from where it is seen
 * @resolved: where; empty
 * @request: what the user asked for, without a target
 * @error: why it failed, or NULL
 *
 * Return: 0, or as targets_find_only().
 */
int resolved_take_only(struct pubport *context, struct resolved *resolved,
		       const struct pubport_add_request *request,
		       struct pubport_error *error)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];
	struct target target = { 0 };
	struct pubport_target only;
	int code;

	code = targets_find_only(context, request, &only, error);
	if (code)
		return code;
	choose_addrs(only.addrs, only.addr_count, &target.addrs);
	memcpy(target.image, only.image, sizeof(target.image));
	code = add_target(resolved, only.text, &target, error);
	if (code)
		return code;
	pubport_addr_format(&resolved->addrs.items[0], text, sizeof(text));
	context_notice(context, "publishing %s (%s)", only.text, text);
	return 0;
}

/**
 * resolved_set_name() - name the mappings to a target
 * @resolved: the target; its name is set
 * @given: name that the user gave, or NULL for that of the target
 */
void resolved_set_name(struct resolved *resolved, const char *given)
{
	if (given)
		snprintf(resolved->name, sizeof(resolved->name), "%s", given);
	else
		target_name_to_mapping(resolved->text, resolved->own_name,
				       resolved->name);
}
