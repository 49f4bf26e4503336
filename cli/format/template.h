/* SPDX-License-Identifier: GPL-2.0-or-later */
/* docker's --format: text with {{.Field}} and functions in it. */
#ifndef CLI_FORMAT_TEMPLATE_H
#define CLI_FORMAT_TEMPLATE_H

#include "pubport.h"

#include <stdbool.h>
#include <stdio.h>

/**
 * struct template_field - what a template can show of a row
 * @name: as in {{.Name}}; a table of fields ends with a NULL name
 * @header: title of its column
 * @write: prints it; returns 0 or a negative errno
 */
struct template_field {
	const char *name;
	const char *header;
	int (*write)(FILE *out, const void *row);
};

struct template;

int template_new(const char *text, const struct template_field *fields,
		 struct template **ret_template, struct pubport_error *error);
void template_free(struct template *template);
int template_write(const struct template *template, const void *row, FILE *out);

static inline void cleanup_template(struct template **template)
{
	template_free(*template);
}

#endif
