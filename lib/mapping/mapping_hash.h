/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings that are found by their keys. */
#ifndef MAPPING_MAPPING_HASH_H
#define MAPPING_MAPPING_HASH_H

#include "pubport.h"

#include <sys/queue.h>

/**
 * struct catalog_entry - a mapping in a catalog
 * @mapping: with its networks, which belong to the entry
 * @ends_ms: when it ends by itself, of CLOCK_MONOTONIC, or 0 for never
 * @is_there: of what a transaction did: whether it is there afterwards
 * @was_removed: of what a transaction did: whether it removed one of that key
 * @next: the next one in its bucket
 * @order: its place among all of the catalog
 */
struct catalog_entry {
	struct pubport_mapping mapping;
	int64_t ends_ms;
	bool is_there;
	bool was_removed;
	struct catalog_entry *next;
	TAILQ_ENTRY(catalog_entry) order;
};

/**
 * struct catalog - mappings, each in constant time
 * @buckets: entries by the hash of their key
 * @bucket_count: a power of two
 * @count: number of entries
 * @entries: all of them, in the order in which they came
 */
struct catalog {
	struct catalog_entry **buckets;
	size_t bucket_count;
	size_t count;
	TAILQ_HEAD(catalog_order, catalog_entry) entries;
};

int catalog_init(struct catalog *catalog);
void catalog_clear(struct catalog *catalog);
void catalog_done(struct catalog *catalog);

static inline void cleanup_catalog_done(struct catalog *catalog)
{
	catalog_done(catalog);
}

struct catalog_entry *catalog_first(const struct catalog *catalog);
struct catalog_entry *catalog_next(const struct catalog_entry *entry);
struct catalog_entry *catalog_find(const struct catalog *catalog,
				   const struct pubport_key *key);
struct catalog_entry *catalog_add(struct catalog *catalog,
				  const struct pubport_key *key);
void catalog_put(struct catalog *catalog, struct catalog_entry *entry);
void catalog_take(struct catalog *catalog, struct catalog_entry *entry);
void catalog_entry_free(struct catalog_entry *entry);
int catalog_append(const struct catalog *catalog, const struct catalog *but,
		   struct pubport_mappings *mappings);

#endif
