/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of save and apply.
 *
 * What can be read is the same when it is written and read again, and is
 * written the same then.  What can't says why, and nothing is stored.
 */
#include "harness/fuzz.h"
#include "mapping/mapping.h"

static void check_same(const struct pubport_mappings *a,
		       const struct pubport_mappings *b)
{
	CHECK(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		/* counted by the kernel, never read */
		CHECK(!a->items[i].connections);
		CHECK(a->items[i].flags == b->items[i].flags);
		CHECK(a->items[i].from_count == b->items[i].from_count);
	}
}

static void check_again(const struct pubport_mappings *mappings)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings again = { 0 };
	CLEANUP(free) char *text = NULL;
	CLEANUP(free) char *rewritten = NULL;

	CHECK(!pubport_mappings_to_json(mappings, &text));
	CHECK(!pubport_mappings_from_json(text, &again, NULL));
	check_same(mappings, &again);
	CHECK(!pubport_mappings_to_json(&again, &rewritten));
	CHECK(!strcmp(text, rewritten));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = text_of(data, size);
	struct pubport_mappings mappings;
	struct pubport_error error;
	int code;

	memset(&mappings, UNTOUCHED, sizeof(mappings));
	code = pubport_mappings_from_json(text, &mappings, &error);
	if (code) {
		check_error(&error, code);
		check_untouched(&mappings, sizeof(mappings));
		return 0;
	}
	check_mappings(&mappings);
	check_again(&mappings);
	pubport_mappings_done(&mappings);
	return 0;
}
