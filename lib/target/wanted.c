/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An instance that the user names, and the network of it that counts.
 *
 * All addresses that the host reaches on-link are as good as each other.  Where
 * they are in several networks the first one is taken, in the order of the
 * instance's interfaces, and the user is told how to name another.
 */
#include "target/wanted.h"

#include "target/locate.h"
#include "target/refusal.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

/**
 * wanted_parse() - take a word for an instance apart
 * @text: the target as written; borrowed
 * @word: its end, behind the kind: NAME or NAME@NETWORK
 *
 * Return: what it says.
 */
struct wanted wanted_parse(const char *text, const char *word)
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
		    !strcmp(addr->interface, wanted->network))
			kept.addrs[kept.count++] = *addr;
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
		return refusal_this_host(error, text);
	case -EADDRNOTAVAIL:
		return refusal_not_found(error, code, text,
					 "its runtime knows no address of it");
	case -ENOENT:
		return refusal_not_found(error, code, text,
					 "its process is not on this machine");
	default:
		return refusal_closed(error, code, text);
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

/**
 * wanted_find() - find the addresses of an instance that the host reaches
 * @context: from where it is seen; told which of several networks is taken
 * @wanted: the user's word for it
 * @answer: what the runtime that knows it says
 * @ret_reach: its addresses, in the network that the user named
 * @error: why it failed, or NULL
 *
 * Return: 0; -ESRCH where it doesn't run; -EADDRNOTAVAIL or -ENOENT where the
 * host reaches no address of it, or none in that network; -EINVAL where it is
 * this host itself; -EPERM or -EACCES without the right to look into it; or
 * another negative errno.
 */
int wanted_find(struct pubport *context, const struct wanted *wanted,
		const struct answer *answer, struct reach *ret_reach,
		struct pubport_error *error)
{
	CLEANUP(reach_host_done) struct reach_host host = { .netns_fd = -1 };
	const struct instance *instance = answer->instances.items;
	CLEANUP(close) int fd = -1;
	struct reach reach;
	int code;

	if (!instance->running)
		return is_idle(error, wanted, answer->runtime);
	code = reach_host_init(&host, &context->route);
	if (code)
		return error_kernel(error, code, "network interfaces");
	code = locate_instance(&host, instance, &fd, &reach);
	if (code)
		return locate_failed(error, code, wanted->text);
	if (!reach.count)
		return refusal_unreached(error, wanted->text, &reach);
	if (wanted->network[0])
		code = keep_network(error, wanted, instance, &reach);
	if (code)
		return code;
	tell_network(context, wanted, instance, &reach);
	*ret_reach = reach;
	return 0;
}
