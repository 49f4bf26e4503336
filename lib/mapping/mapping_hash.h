/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings that are found by their keys. */
#ifndef MAPPING_MAPPING_HASH_H
#define MAPPING_MAPPING_HASH_H

#include "pubport.h"
#include "util/cleanup.h"

#include <sys/queue.h>

/**
 * struct mapping_hash_entry - a mapping in a hash table
 * @mapping: with its networks, which belong to the entry
 * @ends_ms: when it ends by itself, of CLOCK_MONOTONIC, or 0 for never
 * @is_there: of what a transaction did: whether it is there afterwards
 * @was_removed: of what a transaction did: whether it removed one of that key
 * @next: the next one in its bucket
 * @order: its place among all of the table
 */
struct mapping_hash_entry {
	struct pubport_mapping mapping;
	int64_t ends_ms;
	bool is_there;
	bool was_removed;
	struct mapping_hash_entry *next;
	TAILQ_ENTRY(mapping_hash_entry) order;
};

/**
 * struct mapping_hash - mappings, each in constant time
 * @buckets: entries by the hash of their key
 * @bucket_count: a power of two
 * @count: number of entries
 * @entries: all of them, in the order in which they came
 */
struct mapping_hash {
	struct mapping_hash_entry **buckets;
	size_t bucket_count;
	size_t count;
	TAILQ_HEAD(mapping_hash_order, mapping_hash_entry) entries;
};

int mapping_hash_init(struct mapping_hash *hash);
void mapping_hash_clear(struct mapping_hash *hash);
void mapping_hash_done(struct mapping_hash *hash);

/* the entry that came first, and the one that came after another; or NULL */
static inline struct mapping_hash_entry *
mapping_hash_first(const struct mapping_hash *hash)
{
	return TAILQ_FIRST(&hash->entries);
}

static inline struct mapping_hash_entry *
mapping_hash_next(const struct mapping_hash_entry *entry)
{
	return TAILQ_NEXT(entry, order);
}

DEFINE_CLEANUP(mapping_hash_done, struct mapping_hash)

struct mapping_hash_entry *mapping_hash_find(const struct mapping_hash *hash,
					     const struct pubport_key *key);
struct mapping_hash_entry *mapping_hash_add(struct mapping_hash *hash,
					    const struct pubport_key *key);
void mapping_hash_put(struct mapping_hash *hash,
		      struct mapping_hash_entry *entry);
void mapping_hash_take(struct mapping_hash *hash,
		       struct mapping_hash_entry *entry);
void mapping_hash_entry_free(struct mapping_hash_entry *entry);
void mapping_hash_follow_clock(struct mapping_hash *hash, int64_t boot_then);
int mapping_hash_append(const struct mapping_hash *hash,
			const struct mapping_hash *but,
			struct pubport_mappings *mappings);

#endif
