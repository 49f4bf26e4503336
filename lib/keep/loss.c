/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table that stays lost: "nft flush table", "nft delete chain". */
#include "keep/loss.h"

#include <string.h>

/**
 * loss_add() - take note of what a transaction took
 * @loss: what was lost before, or all zero
 * @notification: all of it was read
 */
void loss_add(struct loss *loss, const struct notification *notification)
{
	if (!notification->took_rules)
		return;
	loss->rules = true;
	loss->sets |= notification->took_sets;
	loss->pid = notification->pid;
	memcpy(loss->process, notification->process, sizeof(loss->process));
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
