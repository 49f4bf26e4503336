/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends the connections of mappings that ended by themselves.
 *
 * The kernel ends a mapping, but not its live connections, and with the mapping
 * goes all that is known of it.  So mappings that end stand in ending4 and
 * ending6 besides.  Each command looks there first: what is there and has no
 * mapping any more ended.  Its connections are cut before it is forgotten, so
 * that whoever is killed in between leaves the rest to the next command.
 */
#include "reap.h"

#include "addr.h"
#include "array.h"
#include "conntrack.h"
#include "element.h"
#include "emit.h"
#include "lifecycle.h"
#include "record.h"
#include "table.h"

#include <errno.h>

/**
 * struct harvest - mappings that may have ended
 * @set: the set that is being dumped
 * @now: seconds since the epoch
 * @mappings: those that should have ended by now
 */
struct harvest {
	enum schema_set_id set;
	int64_t now;
	struct pubport_mappings mappings;
};

static void cleanup_harvest(struct harvest *harvest)
{
	pubport_mappings_done(&harvest->mappings);
}

static void read_ending(enum schema_set_id set, const struct element *element,
			struct pubport_mapping *ret_mapping)
{
	struct pubport_mapping mapping = { .flags = 0 };
	struct element_fields fields;

	element_read_key(schema_set(set), element->key, &fields);
	record_read(element, &mapping);
	mapping.key.host = fields.daddr;
	mapping.key.protocol = fields.protocol;
	mapping.key.ports.first = fields.port;
	mapping.key.ports.last = fields.last_port;
	mapping.target_addr = fields.target;
	/* without a record it may have ended long ago */
	if (!mapping.expires)
		mapping.expires = 1;
	*ret_mapping = mapping;
}

static int take(const struct element *element, void *data)
{
	struct harvest *harvest = data;
	struct pubport_mappings *mappings = &harvest->mappings;
	struct pubport_mapping mapping, *items;

	read_ending(harvest->set, element, &mapping);
	if (mapping.expires > harvest->now)
		return MNL_CB_OK;
	items = array_grow(mappings->items, mappings->count, sizeof(*items));
	if (!items) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	mappings->items = items;
	items[mappings->count++] = mapping;
	return MNL_CB_OK;
}

/* the clock may have been set */
static bool lives(struct netlink *nft, const struct pubport_mapping *mapping)
{
	struct pubport_mapping there;

	return !table_find(nft, &mapping->key, &there) && there.expires &&
	       addr_equal(&there.target_addr, &mapping->target_addr) &&
	       (!mapping->target_ports.first ||
		there.target_ports.first == mapping->target_ports.first);
}

static void keep_ended(struct netlink *nft, struct pubport_mappings *mappings)
{
	size_t kept = 0;

	for (size_t i = 0; i < mappings->count; i++)
		if (!lives(nft, &mappings->items[i]))
			mappings->items[kept++] = mappings->items[i];
	mappings->count = kept;
}

static int find_ended(struct netlink *nft, struct harvest *harvest)
{
	bool has = false;
	int code = table_has(nft, &ruleset_ending, &has);

	if (code || !has)
		return code;
	harvest->now = mapping_now_ms() / 1000;
	for (int set = SET_ENDING4; !code && set <= SET_ENDING6; set++) {
		harvest->set = (enum schema_set_id)set;
		code = element_dump(nft, harvest->set, take, harvest);
		if (code == -ENOENT)
			code = 0;
	}
	keep_ended(nft, &harvest->mappings);
	return code;
}

/* whoever was faster did the same */
static void forget(struct netlink *nft, const struct pubport_mappings *ended)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	struct element_list list = { .batch = &batch, .verb = ELEMENT_DELETE };

	batch_init(&batch, BATCH_ANY_GENERATION);
	emit_endings(ended, element_list_put, &list);
	element_list_end(&list);
	(void)batch_commit(&batch, nft, NULL);
}

/**
 * reap_ended() - cut the connections of mappings that ended by themselves
 * @context: where
 *
 * If they were the last ones, the settings of the host are undone.  What fails
 * is left to the next command.
 */
void reap_ended(struct pubport *context)
{
	struct harvest harvest CLEANUP(harvest) = { .set = SET_ENDING4 };

	if (find_ended(&context->nft, &harvest) || !harvest.mappings.count ||
	    conntrack_cut(context, &harvest.mappings))
		return;
	forget(&context->nft, &harvest.mappings);
	(void)lifecycle_retire(context, NULL);
}
