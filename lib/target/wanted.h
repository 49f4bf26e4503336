/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instance that the user names, and the network of it that counts. */
#ifndef TARGET_WANTED_H
#define TARGET_WANTED_H

#include "netlink/context.h"
#include "target/answer.h"
#include "target/reach.h"

/**
 * struct wanted - an instance that the user names
 * @text: the user's word for it
 * @name: its name, without kind and network
 * @network: the only network that counts, or ""
 */
struct wanted {
	const char *text;
	char name[PUBPORT_TARGET_SIZE];
	const char *network;
};

struct wanted wanted_parse(const char *text, const char *word);
int wanted_find(struct pubport *context, const struct wanted *wanted,
		const struct answer *answer, struct reach *ret_reach,
		struct pubport_error *error);

#endif
