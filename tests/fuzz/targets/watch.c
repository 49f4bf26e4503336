/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications of the kernel, about any table, as watch and keep read them.
 *
 * Whatever they are, each event follows from those before: what is added wasn't
 * there, what is removed, replaced or expired was, and in the end all that is
 * there is what the watch lists.
 */
#include "harness/fuzz.h"
#include "harness/kernel.h"
#include "mapping/mapping.h"
#include "mapping/mapping_hash.h"

/* an input has no more of them */
#define EVENTS_MAX 100000

static void cleanup_context(struct pubport **context)
{
	pubport_close(*context);
}

static void cleanup_watch(struct pubport_watch **watch)
{
	pubport_watch_close(*watch);
}

static void add(struct mapping_hash *known,
		const struct pubport_mapping *mapping)
{
	CHECK(!mapping_hash_find(known, &mapping->key));
	CHECK(mapping_hash_add(known, &mapping->key));
}

static void take(struct mapping_hash *known,
		 const struct pubport_mapping *mapping)
{
	struct mapping_hash_entry *entry =
		mapping_hash_find(known, &mapping->key);

	CHECK(entry);
	mapping_hash_take(known, entry);
	mapping_hash_entry_free(entry);
}

static void check_event(const struct pubport_event *event)
{
	CLEANUP(free) char *json = NULL;

	CHECK(strnlen(event->process, sizeof(event->process)) <
	      sizeof(event->process));
	CHECK(text_is_printable(event->process));
	if (event->mapping)
		check_mapping(event->mapping);
	if (event->before)
		check_mapping(event->before);
	CHECK(!pubport_event_to_json(event, &json));
}

static void follow(struct mapping_hash *known,
		   const struct pubport_event *event)
{
	switch (event->change) {
	case PUBPORT_CHANGE_ADDED:
		CHECK(event->mapping && !event->before);
		add(known, event->mapping);
		return;
	case PUBPORT_CHANGE_REMOVED:
	case PUBPORT_CHANGE_EXPIRED:
		CHECK(event->mapping && !event->before);
		take(known, event->mapping);
		return;
	case PUBPORT_CHANGE_REPLACED:
		CHECK(event->mapping && event->before);
		CHECK(event->mapping != event->before);
		take(known, event->before);
		add(known, event->mapping);
		return;
	case PUBPORT_CHANGE_TABLE_LOST:
	case PUBPORT_CHANGE_TABLE_RESTORED:
		CHECK(!event->mapping && !event->before);
		return;
	}
	CHECK(false);
}

static void list(const struct pubport_watch *watch,
		 struct pubport_mappings *ret_mappings)
{
	CHECK(!pubport_watch_list(watch, ret_mappings, NULL));
	check_mappings(ret_mappings);
}

static void begin(const struct pubport_watch *watch, struct mapping_hash *known)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings mappings = { 0 };

	list(watch, &mappings);
	for (size_t i = 0; i < mappings.count; i++)
		add(known, &mappings.items[i]);
}

static void end(const struct pubport_watch *watch,
		const struct mapping_hash *known)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings mappings = { 0 };

	list(watch, &mappings);
	CHECK(mappings.count == known->count);
	for (size_t i = 0; i < mappings.count; i++)
		CHECK(mapping_hash_find(known, &mappings.items[i].key));
}

static void follow_all(struct pubport_watch *watch)
{
	CLEANUP(mapping_hash_done) struct mapping_hash known;
	struct pubport_event event;
	struct pubport_error error;
	int code = 0, events = 0;

	CHECK(!mapping_hash_init(&known));
	begin(watch, &known);
	while (!code) {
		code = pubport_watch_next(watch, &event, &error);
		if (code)
			break;
		CHECK(++events < EVENTS_MAX);
		check_event(&event);
		follow(&known, &event);
	}
	if (code != -EAGAIN)
		check_error(&error, code);
	end(watch, &known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(context) struct pubport *context = NULL;
	CLEANUP(watch) struct pubport_watch *watch = NULL;
	struct pubport_error error;
	int code;

	kernel_begin(data, size);
	CHECK(!pubport_open(&context, NULL));
	code = pubport_watch_open(context, &watch, &error);
	if (code)
		check_error(&error, code);
	else
		follow_all(watch);
	return 0;
}
