/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction that adds planned mappings, and removes others. */
#ifndef PUBLISH_CHANGE_H
#define PUBLISH_CHANGE_H

#include "publish/plan.h"
#include "publish/settle.h"

#include <stdio.h>

/* until so many tries were in vain it was others who laid the same at once, not
 * a network that overlaps one of ours */
#define CHANGE_AGAIN_WHOLE 8

struct change;

/* looks at the table, and says what is to be done: sets what @plan points to,
 * and @removed; returns 0 or a negative errno, described */
typedef int (*change_look_fn)(struct change *change);

/**
 * struct change - a transaction that adds mappings
 * @context: where
 * @plan: what; none at all is fine
 * @replace: whether keys that exist are taken over
 * @look: called before each try, or NULL where @plan holds whatever the table
 *	is; then what is in the table is no conflict
 * @data: for @look
 * @removed: mappings that go, as they were: first those that nothing takes the
 *	place of
 * @gone: how many of @removed these are
 * @drains: whether connections of @removed are left alone
 * @again: how often it was in vain: then networks that the table has are left
 *	out, and at last cut down to the target alone, for they overlap others
 * @counts: whether packets and bytes of mappings are counted
 * @generation: of the ruleset to which the transaction is bound
 * @blamed: index of the mapping that the kernel refused, or
 * TRANSACTION_NO_INDEX
 * @error: why it fails, or NULL
 */
struct change {
	struct pubport *context;
	const struct plan *plan;
	bool replace;
	change_look_fn look;
	void *data;
	struct pubport_mappings removed;
	size_t gone;
	bool drains;
	int again;
	bool counts;
	uint32_t generation;
	size_t blamed;
	struct pubport_error *error;
};

static inline void cleanup_change_done(struct change *change)
{
	pubport_mappings_done(&change->removed);
}

/* what becomes of connections after it */
static inline struct settlement change_settlement(const struct change *change)
{
	static const struct pubport_mappings none;

	return (struct settlement){
		.added = &change->plan->mappings,
		.removed = change->drains ? &none : &change->removed,
		.gone = change->drains ? 0 : change->gone,
	};
}

int change_look_ahead(struct change *change);
int change_commit(struct change *change);
void change_settle(const struct change *change);
int change_print(struct change *change, FILE *out);

#endif
