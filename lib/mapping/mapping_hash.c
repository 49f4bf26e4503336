/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings that are found by their keys, in a hash table. */
#include "mapping/mapping_hash.h"

#include "mapping/mapping.h"
#include "util/time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64

/* FNV-1a */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;

	while (size--)
		hash = (hash ^ *byte++) * 0x100000001b3;
	return hash;
}

static struct mapping_hash_entry **bucket_of(const struct mapping_hash *hash,
					     const struct pubport_key *key)
{
	uint64_t value = 0xcbf29ce484222325;

	value = hash_bytes(value, &key->host, sizeof(key->host));
	value = hash_bytes(value, key->interface, strlen(key->interface));
	value = hash_bytes(value, &key->protocol, sizeof(key->protocol));
	value = hash_bytes(value, &key->ports, sizeof(key->ports));
	value ^= value >> 32;
	return &hash->buckets[value & (hash->bucket_count - 1)];
}

/**
 * mapping_hash_init() - make an empty hash table
 * @hash: end with mapping_hash_done(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_hash_init(struct mapping_hash *hash)
{
	TAILQ_INIT(&hash->entries);
	hash->count = 0;
	hash->bucket_count = FIRST_BUCKETS;
	hash->buckets =
		calloc(FIRST_BUCKETS, sizeof(struct mapping_hash_entry *));
	return hash->buckets ? 0 : -ENOMEM;
}

/**
 * mapping_hash_find() - find the entry of a key
 * @hash: where
 * @key: which
 *
 * Return: the entry, or NULL.
 */
struct mapping_hash_entry *mapping_hash_find(const struct mapping_hash *hash,
					     const struct pubport_key *key)
{
	struct mapping_hash_entry *entry = *bucket_of(hash, key);

	while (entry && key_compare(&entry->mapping.key, key))
		entry = entry->next;
	return entry;
}

static void put_into_bucket(struct mapping_hash *hash,
			    struct mapping_hash_entry *entry)
{
	struct mapping_hash_entry **bucket =
		bucket_of(hash, &entry->mapping.key);

	entry->next = *bucket;
	*bucket = entry;
}

/* without memory it goes on with fewer buckets than would be good */
static void grow(struct mapping_hash *hash)
{
	size_t count = 2 * hash->bucket_count;
	struct mapping_hash_entry **buckets =
		calloc(count, sizeof(struct mapping_hash_entry *));
	struct mapping_hash_entry *entry;

	if (!buckets)
		return;
	free(hash->buckets);
	hash->buckets = buckets;
	hash->bucket_count = count;
	for (entry = mapping_hash_first(hash); entry;
	     entry = mapping_hash_next(entry))
		put_into_bucket(hash, entry);
}

/**
 * mapping_hash_put() - put an entry into a hash table
 * @hash: has none of its key
 * @entry: on the heap, in no table; belongs to @hash then
 */
void mapping_hash_put(struct mapping_hash *hash,
		      struct mapping_hash_entry *entry)
{
	if (hash->count == hash->bucket_count)
		grow(hash);
	put_into_bucket(hash, entry);
	TAILQ_INSERT_TAIL(&hash->entries, entry, order);
	hash->count++;
}

/**
 * mapping_hash_add() - find the entry of a key, or make one
 * @hash: where
 * @key: which
 *
 * Return: the entry, all zero but for its key if it is new; NULL without
 * memory.
 */
struct mapping_hash_entry *mapping_hash_add(struct mapping_hash *hash,
					    const struct pubport_key *key)
{
	struct mapping_hash_entry *entry = mapping_hash_find(hash, key);

	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->mapping.key = *key;
	mapping_hash_put(hash, entry);
	return entry;
}

/**
 * mapping_hash_take() - take an entry out of its hash table
 * @hash: where it is
 * @entry: belongs to the caller then
 */
void mapping_hash_take(struct mapping_hash *hash,
		       struct mapping_hash_entry *entry)
{
	struct mapping_hash_entry **link = bucket_of(hash, &entry->mapping.key);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	TAILQ_REMOVE(&hash->entries, entry, order);
	hash->count--;
}

/**
 * mapping_hash_entry_free() - free an entry
 * @entry: in no table, or NULL
 */
void mapping_hash_entry_free(struct mapping_hash_entry *entry)
{
	if (!entry)
		return;
	free(entry->mapping.from);
	free(entry);
}

/**
 * mapping_hash_clear() - free all entries
 * @hash: empty afterwards
 */
void mapping_hash_clear(struct mapping_hash *hash)
{
	struct mapping_hash_entry *entry;

	while ((entry = mapping_hash_first(hash))) {
		mapping_hash_take(hash, entry);
		mapping_hash_entry_free(entry);
	}
}

/**
 * mapping_hash_done() - free a hash table and all entries
 * @hash: made by mapping_hash_init(), or all zero
 */
void mapping_hash_done(struct mapping_hash *hash)
{
	if (hash->buckets)
		mapping_hash_clear(hash);
	free(hash->buckets);
	hash->buckets = NULL;
}

/**
 * mapping_hash_follow_clock() - have times be by the clock as it is set now
 * @hash: whose mappings
 * @boot_then: time_boot() as it was by the clock that they are by
 */
void mapping_hash_follow_clock(struct mapping_hash *hash, int64_t boot_then)
{
	struct mapping_hash_entry *entry = mapping_hash_first(hash);
	int64_t until_ms = time_now_ms() - time_monotonic_ms();
	struct pubport_mapping *mapping;

	for (; entry; entry = mapping_hash_next(entry)) {
		mapping = &entry->mapping;
		mapping->created =
			time_follow_clock(mapping->created, boot_then);
		if (entry->ends_ms)
			mapping->expires = (until_ms + entry->ends_ms) / 1000;
	}
}

/**
 * mapping_hash_append() - copy the mappings of a hash table
 * @hash: which
 * @but: those whose key is in that one are left out; or NULL
 * @mappings: what there is so far; on the heap
 *
 * Return: 0, or -ENOMEM, and some may have been copied.
 */
int mapping_hash_append(const struct mapping_hash *hash,
			const struct mapping_hash *but,
			struct pubport_mappings *mappings)
{
	const struct mapping_hash_entry *entry = mapping_hash_first(hash);
	int code = 0;

	for (; !code && entry; entry = mapping_hash_next(entry))
		if (!but || !mapping_hash_find(but, &entry->mapping.key))
			code = mappings_copy(mappings, &entry->mapping);
	return code;
}
