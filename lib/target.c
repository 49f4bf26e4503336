/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets: what a user's word for one means, and which ones there are.
 *
 * What is listed, and taken where the user names nothing, is what looks like a
 * container: a namespace on a bridge of the host.  One at the other end of a
 * plain wire may as well be another machine of a lab.  It counts only where it
 * answers to the rest of the world by way of this host, and it is taken only
 * where there is none on a bridge.
 */
#include "target.h"

#include "addr.h"
#include "array.h"
#include "context.h"
#include "error.h"
#include "hint.h"
#include "netns.h"
#include "reach.h"
#include "sockets.h"
#include "util.h"
#include "words.h"

#include <string.h>

/* --------------------------------------------------------------- resolve */

/* kinds of targets that can't be asked for addresses yet, and which command
 * prints the process id or the address of one */
static const struct {
	const char *prefix;
	const char *command;
} runtimes[] = {
	{ "docker:", "docker inspect -f {{.State.Pid}}" },
	{ "podman:", "podman inspect -f {{.State.Pid}}" },
	{ "machine:", "machinectl show -p Leader --value" },
	{ "lxc:", "lxc-info -p -H -n" },
	{ "incus:", "incus list" },
	{ "libvirt:", "virsh domifaddr" },
};

/* @why: words that follow the target in a sentence */
static int refuse(struct pubport_error *error, const char *text,
		  const char *why)
{
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "target \"%.64s\": it %s", text, why);
}

/* refuses what only a later version can resolve */
static int check_runtime(const char *text, struct pubport_error *error)
{
	const char *name;
	size_t length;

	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++) {
		length = strlen(runtimes[i].prefix);
		if (strncmp(text, runtimes[i].prefix, length) != 0)
			continue;
		error_set(error, PUBPORT_USAGE, -EOPNOTSUPP,
			  "target \"%s\": this version can't ask %.*s yet: "
			  "give its address or pid:N",
			  text, (int)length - 1, text);
		/* nothing that a shell or the runtime would take otherwise */
		name = text + length;
		if (strchr(ALNUM, *name) && word_consists_of(name, ALNUM "_.-"))
			error_hint(error, "%s %s", runtimes[i].command, name);
		return -EOPNOTSUPP;
	}
	return 0;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static int enter_failed(struct pubport_error *error, int code, const char *text)
{
	if (code != -EPERM && code != -EACCES)
		return error_set(error, PUBPORT_FAILED, code,
				 "target \"%s\": %s", text, strerror(-code));
	return error_set(error, PUBPORT_NOT_PERMITTED, code,
			 "target \"%s\": not permitted: this needs "
			 "CAP_SYS_ADMIN, to look into a network namespace",
			 text);
}

/* the first address of each family, IPv4 first */
static void choose_addrs(const struct reach *reach,
			 struct target_addrs *ret_addrs)
{
	static const enum pubport_family families[] = { PUBPORT_IPV4,
							PUBPORT_IPV6 };
	size_t i, k;

	ret_addrs->count = 0;
	for (k = 0; k < ARRAY_SIZE(families); k++) {
		for (i = 0; i < reach->count; i++)
			if (reach->addrs[i].addr.family == families[k])
				break;
		if (i < reach->count)
			ret_addrs->items[ret_addrs->count++] =
				reach->addrs[i].addr;
	}
}

static int resolve_netns(struct netlink *route, const char *text,
			 struct target_addrs *ret_addrs,
			 struct pubport_error *error)
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
		return refuse(error, text, "is this host itself: say \"host\"");
	code = reach_inspect(&host, fd, &reach);
	if (code)
		return enter_failed(error, code, text);
	if (!reach.count) {
		error_set(error, PUBPORT_NOT_FOUND, -EADDRNOTAVAIL,
			  "target \"%s\": %s", text,
			  reach.has_others
				  ? "this host reaches none of its addresses "
				    "on-link"
				  : "it has no address on an interface that is "
				    "up");
		error_hint(error, "pubport targets");
		return -EADDRNOTAVAIL;
	}
	choose_addrs(&reach, ret_addrs);
	return 0;
}

/* "host" is this host, by the address that it was asked for */
static const struct target_addrs this_host = {
	.items = { { .family = PUBPORT_IPV4 }, { .family = PUBPORT_IPV6 } },
	.count = 2,
};

/**
 * target_resolve() - the addresses that a target stands for
 * @route: open NETLINK_ROUTE socket; may be NULL when @text is an address
 * @text: an address, "host", "netns:NAME", "netns:/path", "pid:N", or the name
 *	of a namespace
 * @ret_addrs: the address; 0.0.0.0 and :: for "host", which is asked by
 *	whatever address of it a client used; of a namespace, the first of
 *	each family that the host reaches on-link
 * @error: quotes @text
 *
 * Return: 0; -EINVAL when @text is no target; -EOPNOTSUPP for a kind that this
 * version doesn't know to ask; -ENOENT or -ESRCH when there is no such
 * namespace or process; -EADDRNOTAVAIL when the host reaches no address of it;
 * -EPERM or -EACCES without the right to look into it; or another negative
 * errno.
 */
int target_resolve(struct netlink *route, const char *text,
		   struct target_addrs *ret_addrs, struct pubport_error *error)
{
	const char *why = target_why_wrong(text);
	struct pubport_addr addr;
	int code;

	if (!is_printable(text))
		why = "has characters that can't be printed";
	if (why)
		return refuse(error, text, why);
	if (pubport_addr_parse(text, &addr) == 0) {
		*ret_addrs = (struct target_addrs){ { addr }, 1 };
		return 0;
	}
	if (strcmp(text, "host") == 0) {
		*ret_addrs = this_host;
		return 0;
	}
	code = check_runtime(text, error);
	return code ? code : resolve_netns(route, text, ret_addrs, error);
}

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
	static const enum pubport_protocol protocols[] = {
		PUBPORT_TCP,
		PUBPORT_UDP,
		PUBPORT_SCTP,
	};
	CLEANUP(netlink_close) struct netlink diag = { 0 };
	CLEANUP(sockets_done) struct sockets sockets = { 0 };
	struct pubport_listener *listeners;
	int code;

	code = netlink_open_in(&diag, NETLINK_SOCK_DIAG, netns_fd);
	for (size_t i = 0; !code && i < ARRAY_SIZE(protocols); i++)
		code = sockets_listening(&diag, protocols[i], &sockets);
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

/* ------------------------------------------------------------------ list */

/**
 * struct scan - a search for targets
 * @host: the host
 * @listeners: whether to read them, too
 * @bridged: targets on a bridge of the host
 * @wired: targets behind a plain wire, which answer by way of the host
 * @denied: whether some namespace could not be looked into
 */
struct scan {
	struct reach_host host;
	bool listeners;
	struct pubport_targets bridged;
	struct pubport_targets wired;
	bool denied;
};

static void cleanup_scan_done(struct scan *scan)
{
	pubport_targets_done(&scan->bridged);
	pubport_targets_done(&scan->wired);
	reach_host_done(&scan->host);
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

static int scan_found(struct scan *scan, const struct netns *netns,
		      int netns_fd, const struct reach *reach)
{
	struct pubport_target *target =
		append_target(reach->by_bridge ? &scan->bridged : &scan->wired);

	if (!target)
		return -ENOMEM;
	memcpy(target->text, netns->text, sizeof(target->text));
	memcpy(target->process, netns->process, sizeof(target->process));
	target->pid = netns->pid;
	memcpy(target->addrs, reach->addrs, sizeof(target->addrs));
	target->addr_count = reach->count;
	if (!scan->listeners)
		return 0;
	/* without them it is still a target */
	return read_listeners(netns_fd, target) == -ENOMEM ? -ENOMEM : 0;
}

/* one that has ended meanwhile, or can't be entered, is passed over */
static int scan_netns(struct scan *scan, const struct netns *netns)
{
	CLEANUP(close) int fd = -1;
	struct reach reach;
	int code;

	code = netns_open(netns->text, &fd, NULL);
	if (!code)
		code = reach_inspect(&scan->host, fd, &reach);
	scan->denied |= code == -EPERM || code == -EACCES;
	if (code)
		return code == -ENOMEM ? code : 0;
	if (!reach.count || !(reach.by_bridge || reach.returns))
		return 0;
	return scan_found(scan, netns, fd, &reach);
}

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

static int scan_run(struct scan *scan, struct netlink *route,
		    struct pubport_error *error)
{
	CLEANUP(netns_list_done) struct netns_list list = { 0 };
	int code;

	code = reach_host_init(&scan->host, route);
	if (!code)
		code = netns_list(&list);
	for (size_t i = 0; !code && i < list.count; i++)
		code = scan_netns(scan, &list.items[i]);
	if (code)
		return error_kernel(error, code, "targets");
	sort_targets(&scan->bridged);
	sort_targets(&scan->wired);
	scan->denied |= list.denied;
	if (!scan->denied || scan->bridged.count || scan->wired.count)
		return 0;
	return error_set(error, PUBPORT_NOT_PERMITTED, -EPERM,
			 "targets: not permitted: this needs CAP_SYS_ADMIN and "
			 "CAP_SYS_PTRACE, to look into network namespaces");
}

/**
 * target_list() - what can be published
 * @route: open NETLINK_ROUTE socket
 * @ret_targets: those on a bridge of the host first, then the others, each
 *	sorted by text; free with pubport_targets_done()
 * @error: describes a failure
 *
 * Return: 0, perhaps with no target; -EPERM when there is none, and some could
 * not be looked into; -ENOMEM; or another negative errno.
 */
int target_list(struct netlink *route, struct pubport_targets *ret_targets,
		struct pubport_error *error)
{
	CLEANUP(scan_done)
	struct scan scan = { .host.netns_fd = -1, .listeners = true };
	struct pubport_target *target;
	int code;

	code = scan_run(&scan, route, error);
	if (code)
		return code;
	for (size_t i = 0; i < scan.wired.count; i++) {
		target = append_target(&scan.bridged);
		if (!target)
			return error_memory(error);
		*target = scan.wired.items[i];
		scan.wired.items[i].listeners = NULL;
	}
	*ret_targets = scan.bridged;
	scan.bridged = (struct pubport_targets){ 0 };
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
	char option[sizeof("--to ") + PUBPORT_TARGET_SIZE];

	snprintf(option, sizeof(option), "--to %s", target->text);
	if (hint_write(request, option, ret_text))
		return true;
	memcpy(ret_text, option, sizeof(option));
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
 * target_only() - the target that is meant when the user names none
 * @route: open NETLINK_ROUTE socket
 * @request: what the user asked for
 * @ret_target: the only one on a bridge of the host; when there is none, the
 *	only other one; without its listeners
 * @error: lists the commands for all of them, where there are several
 *
 * Return: 0; -EINVAL when there is none, or several; or as target_list().
 */
int target_only(struct netlink *route,
		const struct pubport_add_request *request,
		struct pubport_target *ret_target, struct pubport_error *error)
{
	CLEANUP(scan_done) struct scan scan = { .host.netns_fd = -1 };
	const struct pubport_targets *choice;
	int code;

	code = scan_run(&scan, route, error);
	if (code)
		return code;
	choice = scan.bridged.count ? &scan.bridged : &scan.wired;
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

/**
 * pubport_targets_list() - list what can be published
 * @context: from where it is seen
 * @ret_targets: free with pubport_targets_done()
 * @error: why it failed, or NULL
 *
 * Return: 0, -EPERM where no namespace may be entered (CAP_SYS_ADMIN), -ENOMEM,
 * or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_targets_list(struct pubport *context,
					struct pubport_targets *ret_targets,
					struct pubport_error *error)
{
	return target_list(&context->route, ret_targets, error);
}
