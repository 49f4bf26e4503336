/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where targets that have names are, and which mappings lead elsewhere. */
#include "keep/whereabouts.h"

#include "host/process.h"
#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "util/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * whereabouts_done() - free whereabouts
 * @whereabouts: filled or all zero
 */
void whereabouts_done(struct whereabouts *whereabouts)
{
	free(whereabouts->items);
	memset(whereabouts, 0, sizeof(*whereabouts));
}

/* ---------------------------------------------------------------- the names */

/* whether a target is asked for where it is: "netns:web" and "web", but not
 * "172.17.0.2" or "host" */
static bool is_name(const char *text, size_t length)
{
	char word[PUBPORT_TARGET_SIZE];
	struct pubport_addr addr;

	snprintf(word, sizeof(word), "%.*s", (int)length, text);
	return strcmp(word, "host") != 0 && pubport_addr_parse(word, &addr);
}

/* calls for each part of a target of one or two, until it says true */
static bool any_part(const char *text,
		     bool (*each)(const char *part, size_t length, void *data),
		     void *data)
{
	size_t length;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		if (each(text, length, data))
			return true;
		if (!text[length])
			return false;
	}
}

static bool part_is_name(const char *part, size_t length, void *data)
{
	(void)data;
	return is_name(part, length);
}

static int compare_texts(const void *a, const void *b)
{
	const struct whereabout *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static struct whereabout *find(const struct whereabouts *whereabouts,
			       const char *text)
{
	struct whereabout wanted = { .text = "" };

	if (!whereabouts->count)
		return NULL;
	snprintf(wanted.text, sizeof(wanted.text), "%s", text);
	return bsearch(&wanted, whereabouts->items, whereabouts->count,
		       sizeof(wanted), compare_texts);
}

/* what was told of it before counts still */
static int add(struct whereabouts *whereabouts, const char *text,
	       const struct whereabouts *before)
{
	const struct whereabout *old = find(before, text);
	struct whereabout *items = array_grow(
		whereabouts->items, whereabouts->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	whereabouts->items = items;
	items += whereabouts->count++;
	memset(items, 0, sizeof(*items));
	snprintf(items->text, sizeof(items->text), "%s", text);
	items->is_lost = old && old->is_lost;
	return 0;
}

static void sort(struct whereabouts *whereabouts)
{
	struct whereabout *items = whereabouts->items;
	size_t kept = 0;

	if (!whereabouts->count)
		return;
	qsort(items, whereabouts->count, sizeof(*items), compare_texts);
	for (size_t i = 1; i < whereabouts->count; i++)
		if (compare_texts(&items[i], &items[kept]))
			items[++kept] = items[i];
	whereabouts->count = kept + 1;
}

static void cleanup_whereabouts(struct whereabouts *whereabouts)
{
	whereabouts_done(whereabouts);
}

/**
 * whereabouts_list() - list the targets that have names
 * @whereabouts: as they were before; they aren't resolved then
 * @known: the mappings
 *
 * Return: 0, or -ENOMEM, and they are as they were.
 */
int whereabouts_list(struct whereabouts *whereabouts,
		     const struct mapping_hash *known)
{
	struct whereabouts listed CLEANUP(whereabouts) = { 0 };
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	const char *text, *last = "";
	int code = 0;

	/* neighbours mostly lead to the same target */
	for (; !code && entry; entry = mapping_hash_next(entry), last = text) {
		text = entry->mapping.target;
		if (strcmp(text, last) != 0 &&
		    any_part(text, part_is_name, NULL))
			code = add(&listed, text, whereabouts);
	}
	if (code)
		return code;
	sort(&listed);
	whereabouts_done(whereabouts);
	*whereabouts = listed;
	memset(&listed, 0, sizeof(listed));
	return 0;
}

/* ----------------------------------------------------------------- resolved */

/**
 * struct resolving - a target of one or two being resolved
 * @context: from where it is seen
 * @whereabout: what comes of it
 */
struct resolving {
	struct pubport *context;
	struct whereabout *whereabout;
};

static bool resolve_part(const char *part, size_t length, void *data)
{
	const struct resolving *resolving = data;
	struct target_addrs *addrs = &resolving->whereabout->addrs;
	char word[PUBPORT_TARGET_SIZE];
	struct pubport_error why;
	struct target target;

	if (!is_name(part, length))
		return false;
	snprintf(word, sizeof(word), "%.*s", (int)length, part);
	if (target_resolve(resolving->context, word, &target, &why)) {
		snprintf(resolving->whereabout->why,
			 sizeof(resolving->whereabout->why), "%.199s",
			 why.message);
		return false;
	}
	for (size_t i = 0; i < target.addrs.count; i++)
		if (addrs->count < ARRAY_SIZE(addrs->items))
			addrs->items[addrs->count++] = target.addrs.items[i];
	return false;
}

/**
 * whereabouts_resolve() - find out where the targets are
 * @whereabouts: from whereabouts_list()
 * @context: from where they are seen
 */
void whereabouts_resolve(struct whereabouts *whereabouts,
			 struct pubport *context)
{
	struct resolving resolving = { .context = context };

	for (size_t i = 0; i < whereabouts->count; i++) {
		resolving.whereabout = &whereabouts->items[i];
		any_part(whereabouts->items[i].text, resolve_part, &resolving);
	}
}

/**
 * whereabouts_next_lost() - find a target that can't be found any more
 * @whereabouts: resolved; the target counts as lost from then on
 *
 * Return: the target, with the reason; or NULL when there is no other one.
 */
const struct whereabout *whereabouts_next_lost(struct whereabouts *whereabouts)
{
	struct whereabout *item = whereabouts->items;

	for (size_t i = 0; i < whereabouts->count; i++, item++) {
		if (item->addrs.count)
			item->is_lost = false;
		else if (!item->is_lost && item->why[0]) {
			item->is_lost = true;
			return item;
		}
	}
	return NULL;
}

/* ------------------------------------------------------------ what has moved
 */

/* numbers of processes are given again: one that began after the mapping is
 * another one */
static bool part_is_other_process(const char *part, size_t length, void *data)
{
	const struct pubport_mapping *mapping = data;
	int64_t started;

	(void)length;
	return !strncmp(part, "pid:", 4) &&
	       (process_started(atoi(part + 4), &started) ||
		started > mapping->created + 1);
}

static const struct pubport_addr *find_addr(const struct target_addrs *addrs,
					    enum pubport_family family)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (addrs->items[i].family == family)
			return &addrs->items[i];
	return NULL;
}

static const struct pubport_addr *
find_new_addr(const struct whereabouts *whereabouts,
	      struct pubport_mapping *mapping)
{
	const struct whereabout *target = find(whereabouts, mapping->target);
	const struct pubport_addr *addr;

	addr = target ? find_addr(&target->addrs, mapping->key.host.family)
		      : NULL;
	if (!addr || addr_equal(addr, &mapping->target_addr) ||
	    any_part(mapping->target, part_is_other_process, mapping))
		return NULL;
	return addr;
}

/**
 * whereabouts_moved() - list the mappings whose targets are elsewhere
 * @whereabouts: resolved
 * @known: the mappings
 * @ret_moved: they lead to where their targets are, and have no networks; free
 *	with pubport_mappings_done()
 *
 * Return: 0 or -ENOMEM.
 */
int whereabouts_moved(const struct whereabouts *whereabouts,
		      const struct mapping_hash *known,
		      struct pubport_mappings *ret_moved)
{
	struct pubport_mappings moved CLEANUP(pubport_mappings_done) = { 0 };
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	const struct pubport_addr *addr;
	struct pubport_mapping mapping, *items;

	for (; whereabouts->count && entry; entry = mapping_hash_next(entry)) {
		mapping = entry->mapping;
		addr = find_new_addr(whereabouts, &mapping);
		if (!addr)
			continue;
		items = array_grow(moved.items, moved.count, sizeof(*items));
		if (!items)
			return -ENOMEM;
		moved.items = items;
		mapping.target_addr = *addr;
		mapping.from = NULL;
		mapping.from_count = 0;
		items[moved.count++] = mapping;
	}
	*ret_moved = moved;
	memset(&moved, 0, sizeof(moved));
	return 0;
}
