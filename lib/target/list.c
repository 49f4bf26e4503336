/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which targets there are.
 *
 * What runtimes run comes first, under its name there.  Besides, what looks
 * like a container counts: a namespace on a bridge of the host.  One at the
 * other end of a plain wire may as well be another machine of a lab.  It counts
 * only where it answers to the rest of the world by way of this host.
 */
#include "target/list.h"

#include "host/netns.h"
#include "host/process.h"
#include "mapping/add_command.h"
#include "mapping/addr.h"
#include "mapping/target_name.h"
#include "netlink/sock_diag.h"
#include "target/locate.h"
#include "target/reach.h"
#include "target/runtime_query.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

/* ------------------------------------------------------------- listeners */

static int compare_listeners(const void *a, const void *b)
{
	const struct pubport_listener *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->protocol != y->protocol)
		return x->protocol < y->protocol ? -1 : 1;
	return pubport_addr_compare(&x->addr, &y->addr);
}

/* sorts them, and drops those that are there twice */
static size_t tidy_listeners(struct pubport_listener *listeners, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(listeners, count, sizeof(*listeners), compare_listeners);
	for (size_t i = 0; i < count; i++)
		if (!kept ||
		    compare_listeners(&listeners[kept - 1], &listeners[i]) != 0)
			listeners[kept++] = listeners[i];
	return kept;
}

static int read_listeners(int netns_fd, struct pubport_target *target)
{
	CLEANUP(sockets_done) struct sockets sockets = { 0 };
	struct pubport_listener *listeners;
	int code = sockets_read(netns_fd, &sockets);

	if (code || !sockets.count)
		return code;
	listeners = calloc(sockets.count, sizeof(*listeners));
	if (!listeners)
		return -ENOMEM;
	for (size_t i = 0; i < sockets.count; i++) {
		listeners[i].addr = sockets.items[i].addr;
		listeners[i].protocol = sockets.items[i].protocol;
		listeners[i].port = sockets.items[i].port;
	}
	target->listeners = listeners;
	target->listener_count = tidy_listeners(listeners, sockets.count);
	return 0;
}

/* ------------------------------------------------------------------ scan */

/**
 * struct found_targets - what can be published
 * @sure: what a runtime started, and what is on a bridge of the host; sorted
 *	by text
 * @wired: what is behind a plain wire, but answers by way of the host; sorted
 *	by text
 */
struct found_targets {
	struct pubport_targets sure;
	struct pubport_targets wired;
};

static void found_targets_done(struct found_targets *found)
{
	pubport_targets_done(&found->sure);
	pubport_targets_done(&found->wired);
}

DEFINE_CLEANUP(found_targets_done, struct found_targets)

/**
 * struct scan - a search for targets
 * @host: the host
 * @listeners: whether to read them, too
 * @netns: namespaces that are still to be looked at
 * @found: what was found
 * @denied: whether some namespace could not be looked into
 */
struct scan {
	struct reach_host host;
	bool listeners;
	struct netns_list netns;
	struct found_targets found;
	bool denied;
};

static void cleanup_scan_done(struct scan *scan)
{
	found_targets_done(&scan->found);
	netns_list_done(&scan->netns);
	reach_host_done(&scan->host);
}

/* one that has ended meanwhile, or can't be entered, is passed over */
static int pass_over(struct scan *scan, int code)
{
	scan->denied |= code == -EPERM || code == -EACCES;
	return error_is_shortage(code) ? code : 0;
}

/* a new last one, all zero; NULL without memory */
static struct pubport_target *append_target(struct pubport_targets *targets)
{
	struct pubport_target *items;

	items = array_grow(targets->items, targets->count, sizeof(*items));
	if (!items)
		return NULL;
	targets->items = items;
	return memset(&items[targets->count++], 0, sizeof(*items));
}

/* @netns_fd: its namespace, or -1 where that isn't known */
static int add_target(struct scan *scan, struct pubport_targets *targets,
		      int netns_fd, const struct reach *reach,
		      struct pubport_target **ret_target)
{
	struct pubport_target *target = append_target(targets);

	if (!target)
		return -ENOMEM;
	memcpy(target->addrs, reach->addrs, sizeof(target->addrs));
	target->addr_count = reach->count;
	*ret_target = target;
	/* without them it is still a target */
	return scan->listeners && netns_fd >= 0
		       ? pass_over(scan, read_listeners(netns_fd, target))
		       : 0;
}

static int scan_netns(struct scan *scan, const struct netns *netns)
{
	CLEANUP(close) int fd = -1;
	struct pubport_target *target;
	struct reach reach;
	int code;

	code = netns_open(netns->text, &fd, NULL);
	if (!code)
		code = reach_inspect(&scan->host, fd, &reach);
	if (code)
		return pass_over(scan, code);
	if (!reach.count || !(reach.by_bridge || reach.returns))
		return 0;
	code = add_target(
		scan, reach.by_bridge ? &scan->found.sure : &scan->found.wired,
		fd, &reach, &target);
	if (code)
		return code;
	memcpy(target->text, netns->text, sizeof(target->text));
	memcpy(target->process, netns->process, sizeof(target->process));
	target->pid = netns->pid;
	return 0;
}

/* -------------------------------------------------------------- instances */

static int scan_instance(struct scan *scan, const char *kind,
			 const struct instance *instance)
{
	CLEANUP(close) int fd = -1;
	struct pubport_target *target;
	struct reach reach;
	int code;

	if (!instance->running || !word_is_name(instance->name) ||
	    strlen(kind) + 1 + strlen(instance->name) >= sizeof(target->text))
		return 0;
	code = locate_instance(&scan->host, instance, &fd, &reach);
	if (code)
		return pass_over(scan, code);
	if (fd >= 0)
		netns_list_forget(&scan->netns, fd);
	if (!reach.count)
		return 0;
	code = add_target(scan, &scan->found.sure, fd, &reach, &target);
	if (code)
		return code;
	snprintf(target->text, sizeof(target->text), "%s:%s", kind,
		 instance->name);
	memcpy(target->image, instance->image, sizeof(target->image));
	if (fd < 0)
		return 0;
	target->pid = instance->pid;
	return process_name(target->pid, target->process,
			    sizeof(target->process));
}

/* a runtime that could not be asked is passed over, but not in silence */
static int scan_runtimes(struct scan *scan, const struct pubport *context)
{
	CLEANUP(answers_done) struct answers answers = { .count = 0 };
	int code = runtime_query_all(context, &answers);

	for (size_t i = 0; !code && i < answers.count; i++) {
		const struct answer *answer = &answers.items[i];
		const struct instances *instances = &answer->instances;

		if (answer->code && answer->code != -ENOENT &&
		    answer->code != -ENOTCONN)
			context_notice(context, "%s", answer->why);
		for (size_t k = 0; !code && k < instances->count; k++)
			code = scan_instance(scan, answer->runtime->kind,
					     &instances->items[k]);
	}
	return code;
}

/* ------------------------------------------------------------------ lists */

static int compare_targets(const void *a, const void *b)
{
	const struct pubport_target *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static void sort_targets(struct pubport_targets *targets)
{
	if (targets->count)
		qsort(targets->items, targets->count, sizeof(*targets->items),
		      compare_targets);
}

/* -EPERM where there is none, and some could not be looked into */
static int find_targets(struct pubport *context, bool listeners,
			struct found_targets *ret_found,
			struct pubport_error *error)
{
	CLEANUP(scan_done)
	struct scan scan = { .host.netns_fd = -1, .listeners = listeners };
	struct found_targets *found = &scan.found;
	int code;

	code = reach_host_init(&scan.host, context);
	if (!code)
		code = netns_list(&scan.netns);
	if (!code)
		code = scan_runtimes(&scan, context);
	for (size_t i = 0; !code && i < scan.netns.count; i++)
		code = scan_netns(&scan, &scan.netns.items[i]);
	if (code)
		return error_kernel(error, code, "targets");
	scan.denied |= scan.netns.denied;
	if (scan.denied && !found->sure.count && !found->wired.count)
		return error_set(error, PUBPORT_NOT_PERMITTED, -EPERM,
				 "targets: not permitted: this needs "
				 "CAP_SYS_ADMIN and CAP_SYS_PTRACE, to look "
				 "into network namespaces");
	if (scan.denied)
		context_notice(context, "some network namespaces can't be "
					"looked into: not permitted");
	sort_targets(&found->sure);
	sort_targets(&found->wired);
	*ret_found = *found;
	memset(found, 0, sizeof(*found));
	return 0;
}

/**
 * pubport_targets_done() - free a list of targets
 * @targets: from pubport_targets_list(), or all zero
 */
PUBPORT_EXPORT void pubport_targets_done(struct pubport_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		free(targets->items[i].listeners);
	free(targets->items);
	memset(targets, 0, sizeof(*targets));
}

/**
 * pubport_targets_list() - list what can be published
 * @context: from where it is seen; told which runtimes could not be asked
 * @ret_targets: what runtimes started and what is on a bridge of the host
 *	first, then the others, each sorted by text; free with
 * pubport_targets_done()
 * @error: why it failed, or NULL
 *
 * Return: 0, -EPERM where no namespace may be entered (CAP_SYS_ADMIN), -ENOMEM,
 * or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_targets_list(struct pubport *context,
					struct pubport_targets *ret_targets,
					struct pubport_error *error)
{
	PROGRESS_OF(context);
	CLEANUP(found_targets_done) struct found_targets found = { 0 };
	struct pubport_target *target;
	int code;

	progress_begin(progress, "looking for targets", 0);
	code = find_targets(context, true, &found, error);
	if (code)
		return code;
	for (size_t i = 0; i < found.wired.count; i++) {
		target = append_target(&found.sure);
		if (!target)
			return error_memory(error);
		*target = found.wired.items[i];
		found.wired.items[i].listeners = NULL;
	}
	*ret_targets = found.sure;
	found.sure = (struct pubport_targets){ 0 };
	return 0;
}

/* ------------------------------------------------------------ the only one */

/* the user's words for what lacks a target */
static const char *lacking(const struct pubport_add_request *request)
{
	for (size_t i = 0; i < request->spec_count; i++)
		if (!request->specs[i].target[0])
			return request->specs[i].text;
	return "target";
}

/* the user's command with this target, HINT_SIZE bytes; false where only the
 * option that makes the difference has room */
static bool write_command(const struct pubport_add_request *request,
			  const struct pubport_target *target, char *ret_text)
{
	if (add_command_write(request, "--to", target->text, ret_text))
		return true;
	snprintf(ret_text, HINT_SIZE, "--to %s", target->text);
	return false;
}

/* tells the user the commands for all that could have been meant */
static int several(const struct pubport_targets *targets,
		   const struct pubport_add_request *request,
		   struct pubport_error *error)
{
	const size_t count = targets->count;
	/* what is left of a message beside the words around it */
	char list[sizeof(error->message) - 96], command[HINT_SIZE];
	size_t length = 0, shown;

	for (shown = 0; shown < count; shown++) {
		write_command(request, &targets->items[shown], command);
		if (length + strlen(command) + 32 > sizeof(list))
			break;
		length += (size_t)snprintf(list + length, sizeof(list) - length,
					   "%s%s", shown ? ", " : "", command);
	}
	if (shown < count)
		snprintf(list + length, sizeof(list) - length, " and %zu more",
			 count - shown);
	error_set(error, PUBPORT_USAGE, -EINVAL, "\"%.64s\": which target: %s",
		  lacking(request), list);
	if (write_command(request, &targets->items[0], command))
		error_hint(error, "%s", command);
	else
		error_hint(error, "pubport targets");
	return -EINVAL;
}

/**
 * targets_find_only() - the target that is meant when the user names none
 * @context: from where it is seen; told which runtimes could not be asked
 * @request: what the user asked for
 * @ret_target: the only one that a runtime started or that is on a bridge of
 *	the host; when there is none, the only other one; without its listeners
 * @error: lists the commands for all of them, where there are several
 *
 * Return: 0; -EINVAL when there is none, or several; or as find_targets().
 */
int targets_find_only(struct pubport *context,
		      const struct pubport_add_request *request,
		      struct pubport_target *ret_target,
		      struct pubport_error *error)
{
	CLEANUP(found_targets_done) struct found_targets found = { 0 };
	const struct pubport_targets *choice;
	int code;

	code = find_targets(context, false, &found, error);
	if (code)
		return code;
	choice = found.sure.count ? &found.sure : &found.wired;
	if (choice->count > 1)
		return several(choice, request, error);
	if (!choice->count) {
		error_set(error, PUBPORT_USAGE, -EINVAL,
			  "\"%.64s\": no target is given, and this host has "
			  "none that could be meant",
			  lacking(request));
		error_hint(error, "pubport targets");
		return -EINVAL;
	}
	*ret_target = choice->items[0];
	return 0;
}
