/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change of the mappings, and what it does to the table. */
#ifndef PUBLISH_CHANGE_H
#define PUBLISH_CHANGE_H

#include "publish/plan.h"
#include "publish/settle.h"
#include "table/shield.h"
#include "util/cleanup.h"

#include <stdio.h>

struct change;

/* looks at the table, and says what is to be done: sets @plan, @removed, @gone
 * and @is_last; returns 0 or a negative errno, described */
typedef int (*change_look_fn)(struct change *change);

/**
 * struct change - mappings that go and mappings that come, in one transaction
 * @context: where
 * @plan: what is added; none at all is fine
 * @replace: whether keys that exist are taken over
 * @only_removes: whether @plan stays empty, whatever @look finds
 * @is_upkeep: whether @plan is published already, and only what it needs is to
 *	be there again
 * @drains: whether connections of @removed are left alone
 * @look: called before each try, or NULL where @plan holds whatever the table
 *	is; then what is in the table is no conflict
 * @data: for @look
 * @removed: mappings that go, as they were: first those that nothing takes the
 *	place of
 * @gone: how many of @removed these are
 * @is_last: whether nothing is published after it
 * @ours: settings of the host that @plan needs, and that are on because of us
 * @shields: targets that are shielded from then on, and no longer
 * @again: how often it was in vain: then of networks the part that the table
 * has is left out, and each element is asked for before it is deleted
 * @is_plain: whether the kernel may lack what ruleset_own and ruleset_late need
 * @counts: whether packets and bytes of mappings are counted
 * @generation: of the ruleset to which the transaction is bound
 * @blamed: index of the mapping that the kernel refused, or
 *	TRANSACTION_NO_INDEX
 * @error: why it fails, or NULL
 */
struct change {
	struct pubport *context;
	struct plan plan;
	bool replace;
	bool only_removes;
	bool is_upkeep;
	bool drains;
	change_look_fn look;
	void *data;
	struct pubport_mappings removed;
	size_t gone;
	bool is_last;
	struct host_settings ours;
	struct shield_change shields;
	int again;
	bool is_plain;
	bool counts;
	uint32_t generation;
	size_t blamed;
	struct pubport_error *error;
};

struct settlement change_settlement(const struct change *change);
int change_fill(struct change *change, bool has_table, struct transaction *tx);
int change_print(struct change *change, FILE *out);
void change_done(struct change *change);

DEFINE_CLEANUP(change_done, struct change)

#endif
