/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SPEC or KEY cut into its fields. */
#ifndef MAPPING_FIELDS_H
#define MAPPING_FIELDS_H

#include "util/error.h"

/* leaves room in a message to say what is wrong */
#define FIELDS_TEXT_MAX 200

/**
 * struct source - what is being read
 * @text: the user's words
 * @error: receives what is wrong with them
 */
struct source {
	const char *text;
	struct pubport_error *error;
};

/**
 * struct fields - the fields of a SPEC or KEY
 * @copy: what the others point into
 * @host: what stands before all others
 * @host_ports: host port or range
 * @target: target, with its prefix
 * @ports: target ports of a SPEC, host ports of a KEY; never NULL
 * @protocol: what follows the slash
 *
 * They are NULL or "" where the user did not give them.
 */
struct fields {
	char copy[FIELDS_TEXT_MAX + 1];
	char *host;
	char *host_ports;
	char *target;
	char *ports;
	char *protocol;
};

int source_wrong(const struct source *source, const char *format, ...)
	PRINTF(2, 3);
int fields_cut_spec(const struct source *source, struct fields *ret_fields);
int fields_cut_key(const struct source *source, struct fields *ret_fields);

#endif
