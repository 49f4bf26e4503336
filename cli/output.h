/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command prints alike. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli.h"

int output_fail(int code, struct pubport_error *error);
int output_open(struct pubport_error *error);
void output_error(const struct cli *cli, const struct pubport_error *error);
void output_notice(void *data, const char *message);
void output_text(const char *text);
int output_json(int code, char *text, struct pubport_error *error);
int output_mappings(const struct cli *cli,
		    const struct pubport_mappings *mappings,
		    struct pubport_error *error);
int output_close(struct pubport_error *error);

#endif
