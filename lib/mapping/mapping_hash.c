/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings that are found by their keys, in a hash table. */
#include "mapping/mapping_hash.h"

#include "mapping/mapping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;

	while (size--)
		hash = (hash ^ *byte++) * 0x100000001b3; /* FNV-1a */
	return hash;
}

static size_t hash(const struct pubport_key *key)
{
	uint64_t value = 0xcbf29ce484222325;

	value = hash_bytes(value, key->host.bytes, sizeof(key->host.bytes));
	value = hash_bytes(value, &key->host.family, sizeof(key->host.family));
	value = hash_bytes(value, &key->protocol, sizeof(key->protocol));
	value = hash_bytes(value, &key->ports, sizeof(key->ports));
	return (size_t)(value ^ value >> 32);
}

static struct mapping_hash_entry **bucket_of(const struct mapping_hash *catalog,
					     const struct pubport_key *key)
{
	return &catalog->buckets[hash(key) & (catalog->bucket_count - 1)];
}

/**
 * mapping_hash_init() - make an empty catalog
 * @catalog: end with mapping_hash_done(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_hash_init(struct mapping_hash *catalog)
{
	TAILQ_INIT(&catalog->entries);
	catalog->count = 0;
	catalog->bucket_count = FIRST_BUCKETS;
	catalog->buckets =
		calloc(FIRST_BUCKETS, sizeof(struct mapping_hash_entry *));
	return catalog->buckets ? 0 : -ENOMEM;
}

/**
 * mapping_hash_clear() - free all entries
 * @catalog: empty afterwards
 */
void mapping_hash_clear(struct mapping_hash *catalog)
{
	struct mapping_hash_entry *entry;

	while ((entry = mapping_hash_first(catalog))) {
		mapping_hash_take(catalog, entry);
		mapping_hash_entry_free(entry);
	}
}

/**
 * mapping_hash_done() - free a catalog and all entries
 * @catalog: made by mapping_hash_init(), or all zero
 */
void mapping_hash_done(struct mapping_hash *catalog)
{
	if (catalog->buckets)
		mapping_hash_clear(catalog);
	free(catalog->buckets);
	catalog->buckets = NULL;
}

/**
 * mapping_hash_first() - find the entry that came first
 * @catalog: where
 *
 * Return: the entry, or NULL.
 */
struct mapping_hash_entry *
mapping_hash_first(const struct mapping_hash *catalog)
{
	return TAILQ_FIRST(&catalog->entries);
}

/**
 * mapping_hash_next() - find the entry that came after another
 * @entry: the other, in a catalog
 *
 * Return: the entry, or NULL.
 */
struct mapping_hash_entry *
mapping_hash_next(const struct mapping_hash_entry *entry)
{
	return TAILQ_NEXT(entry, order);
}

/**
 * mapping_hash_find() - find the entry of a key
 * @catalog: where
 * @key: which
 *
 * Return: the entry, or NULL.
 */
struct mapping_hash_entry *mapping_hash_find(const struct mapping_hash *catalog,
					     const struct pubport_key *key)
{
	struct mapping_hash_entry *entry = *bucket_of(catalog, key);

	while (entry && key_compare(&entry->mapping.key, key))
		entry = entry->next;
	return entry;
}

/**
 * mapping_hash_add() - find the entry of a key, or make one
 * @catalog: where
 * @key: which
 *
 * Return: the entry, all zero but for its key if it is new; NULL without
 * memory.
 */
struct mapping_hash_entry *mapping_hash_add(struct mapping_hash *catalog,
					    const struct pubport_key *key)
{
	struct mapping_hash_entry *entry = mapping_hash_find(catalog, key);

	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->mapping.key = *key;
	mapping_hash_put(catalog, entry);
	return entry;
}

/* without memory it goes on with fewer buckets than would be good */
static void grow(struct mapping_hash *catalog)
{
	size_t count = 2 * catalog->bucket_count;
	struct mapping_hash_entry **buckets =
		calloc(count, sizeof(struct mapping_hash_entry *));
	struct mapping_hash_entry *entry, **bucket;

	if (!buckets)
		return;
	free(catalog->buckets);
	catalog->buckets = buckets;
	catalog->bucket_count = count;
	for (entry = mapping_hash_first(catalog); entry;
	     entry = mapping_hash_next(entry)) {
		bucket = bucket_of(catalog, &entry->mapping.key);
		entry->next = *bucket;
		*bucket = entry;
	}
}

/**
 * mapping_hash_put() - put an entry into a catalog
 * @catalog: has none of its key
 * @entry: on the heap, in no catalog; belongs to @catalog then
 */
void mapping_hash_put(struct mapping_hash *catalog,
		      struct mapping_hash_entry *entry)
{
	struct mapping_hash_entry **bucket;

	if (catalog->count == catalog->bucket_count)
		grow(catalog);
	bucket = bucket_of(catalog, &entry->mapping.key);
	entry->next = *bucket;
	*bucket = entry;
	TAILQ_INSERT_TAIL(&catalog->entries, entry, order);
	catalog->count++;
}

/**
 * mapping_hash_take() - take an entry out of its catalog
 * @catalog: where it is
 * @entry: belongs to the caller then
 */
void mapping_hash_take(struct mapping_hash *catalog,
		       struct mapping_hash_entry *entry)
{
	struct mapping_hash_entry **link =
		bucket_of(catalog, &entry->mapping.key);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	TAILQ_REMOVE(&catalog->entries, entry, order);
	catalog->count--;
}

/**
 * mapping_hash_entry_free() - free an entry
 * @entry: in no catalog, or NULL
 */
void mapping_hash_entry_free(struct mapping_hash_entry *entry)
{
	if (!entry)
		return;
	free(entry->mapping.from);
	free(entry);
}

/**
 * mapping_hash_append() - copy the mappings of a catalog
 * @catalog: which
 * @but: those whose key is in that one are left out; or NULL
 * @mappings: what there is so far; on the heap
 *
 * Return: 0, or -ENOMEM, and some may have been copied.
 */
int mapping_hash_append(const struct mapping_hash *catalog,
			const struct mapping_hash *but,
			struct pubport_mappings *mappings)
{
	const struct mapping_hash_entry *entry;
	int code = 0;

	TAILQ_FOREACH(entry, &catalog->entries, order)
	if (!but || !mapping_hash_find(but, &entry->mapping.key))
		code = code ? code : mappings_copy(mappings, &entry->mapping);
	return code;
}
