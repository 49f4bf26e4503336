/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of ls: what is published of one target. */
#ifndef CLI_FORMAT_ROW_H
#define CLI_FORMAT_ROW_H

#include "format/template.h"
#include "pubport.h"

/**
 * struct row - the mappings of one target
 * @mappings: at least one
 * @count: number of @mappings
 * @name: the first of their names in the alphabet
 * @created: when the oldest was made, in seconds since the epoch
 * @expires: when the first of them expires, or 0 for never
 * @now: the time that durations are counted from
 */
struct row {
	const struct pubport_mapping **mappings;
	size_t count;
	const char *name;
	int64_t created;
	int64_t expires;
	int64_t now;
};

/**
 * struct rows - all rows; free with rows_done()
 * @items: newest first, then by name
 * @count: number of @items
 * @mappings: what the rows' own arrays are parts of
 */
struct rows {
	struct row *items;
	size_t count;
	const struct pubport_mapping **mappings;
};

int rows_group(const struct pubport_mappings *mappings, struct rows *ret_rows);
void rows_done(struct rows *rows);

static inline void cleanup_rows(struct rows *rows)
{
	rows_done(rows);
}

/* what ls can show of a row, in the order of the alphabet */
extern const struct template_field row_fields[];

#endif
