/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction that adds planned mappings. */
#ifndef ADDITION_H
#define ADDITION_H

#include "plan.h"

#include <stdio.h>

/**
 * struct addition - a transaction that adds mappings
 * @context: where
 * @plan: what
 * @replace: whether keys that exist are taken over
 * @replaced: mappings that were taken over, as they were
 * @again: how often it was in vain: then networks that the table has are left
 *	out, and at last cut down to the target alone, for they overlap others
 * @generation: of the ruleset to which the transaction is bound
 * @blamed: index of the mapping that the kernel refused, or BATCH_NO_INDEX
 * @error: why it fails, or NULL
 */
struct addition {
	struct pubport *context;
	const struct plan *plan;
	bool replace;
	struct pubport_mappings replaced;
	int again;
	uint32_t generation;
	size_t blamed;
	struct pubport_error *error;
};

static inline void cleanup_addition_done(struct addition *addition)
{
	pubport_mappings_done(&addition->replaced);
}

int addition_look_ahead(struct addition *addition);
int addition_commit(struct addition *addition);
int addition_print(struct addition *addition, FILE *out);

#endif
