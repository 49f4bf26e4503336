/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table that stays lost: "nft flush table", "nft delete chain". */
#include "keep/loss.h"

#include <string.h>

/**
 * loss_add() - take note of what a transaction took
 * @loss: what was lost before, or all zero
 * @transaction: all of it was read
 */
void loss_add(struct loss *loss, const struct transaction *transaction)
{
	if (!transaction->took_rules)
		return;
	loss->rules = true;
	loss->sets |= transaction->took_sets;
	loss->pid = transaction->pid;
	memcpy(loss->process, transaction->process, sizeof(loss->process));
}

/**
 * loss_take() - hand on what was lost
 * @loss: all zero afterwards
 *
 * Return: what it was.
 */
struct loss loss_take(struct loss *loss)
{
	struct loss taken = *loss;

	memset(loss, 0, sizeof(*loss));
	return taken;
}
