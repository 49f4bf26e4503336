/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of networks: what --from is given, and what ls shows of it. */
#include "prefixes.h"

#include "cleanup.h"
#include "util/array.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/**
 * networks_append() - add a network
 * @networks: list
 * @network: copied
 *
 * Return: 0 or -ENOMEM.
 */
int networks_append(struct networks *networks,
		    const struct pubport_network *network)
{
	struct pubport_network *items =
		array_grow(networks->items, networks->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	networks->items = items;
	networks->items[networks->count++] = *network;
	return 0;
}

/**
 * networks_done() - free a list
 * @networks: all zero afterwards
 */
void networks_done(struct networks *networks)
{
	free(networks->items);
	*networks = (struct networks){ 0 };
}

static int append_item(struct networks *networks, const char *item,
		       struct pubport_error *error)
{
	struct pubport_network network;
	int code = pubport_network_parse(item, &network, error);

	if (!code && networks_append(networks, &network) < 0)
		code = error_memory(error);
	return code;
}

/* a comma with nothing before or after it may be a slip */
static int append_list(struct networks *networks, const char *list,
		       struct pubport_error *error)
{
	CLEANUP(free) char *copy = strdup(list);
	char *rest = copy;
	int code = 0;

	if (!copy)
		return error_memory(error);
	for (char *item = strsep(&rest, ","); item && !code;
	     item = strsep(&rest, ","))
		code = *item ? append_item(networks, item, error)
			     : error_set(error, PUBPORT_USAGE, -EINVAL,
					 "--from \"%.64s\": a network is "
					 "missing",
					 list);
	return code;
}

/**
 * networks_parse() - read the values of --from
 * @words: a list each, separated by commas
 * @ret_networks: all of them, in order; free with networks_done()
 * @error: why it failed
 *
 * Return: 0, -EINVAL for an empty item or one that is no network, -ENOMEM.
 */
int networks_parse(const struct words *words, struct networks *ret_networks,
		   struct pubport_error *error)
{
	CLEANUP(networks) struct networks networks = { 0 };
	int code = 0;

	for (size_t i = 0; i < words->count && !code; i++)
		code = append_list(&networks, words->items[i], error);
	if (code < 0)
		return code;
	*ret_networks = networks;
	networks = (struct networks){ 0 };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct pubport_network *left = a;
	const struct pubport_network *right = b;
	int order = pubport_addr_compare(&left->addr, &right->addr);

	return order ? order : (int)left->prefix - (int)right->prefix;
}

/**
 * networks_write() - write each network once, as --from takes them
 * @networks: sorted by this
 * @out: where
 */
void networks_write(struct networks *networks, FILE *out)
{
	struct pubport_network *items = networks->items;
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	if (networks->count)
		qsort(items, networks->count, sizeof(*items), compare);
	for (size_t i = 0; i < networks->count; i++)
		if (!i || compare(&items[i - 1], &items[i]))
			fprintf(out, "%s%s", i ? "," : "",
				pubport_network_format(&items[i], text,
						       sizeof(text)));
}
