/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that help the user: "pubport add" with an option more, or again. */
#ifndef MAPPING_ADD_COMMAND_H
#define MAPPING_ADD_COMMAND_H

#include "pubport.h"

/* a hint and its NUL */
#define HINT_SIZE sizeof(((struct pubport_error *)NULL)->hint)

/* a command is its words, then NULL */
int argv_append(char ***words, char *word);
int argv_to_text(char *const *words, char **ret_text);
void argv_free(char **words);

bool add_command_write(const struct pubport_add_request *request,
		       const char *option, const char *value, char *ret_text);
void add_command_hint(struct pubport_error *error,
		      const struct pubport_add_request *request,
		      const char *option);
int add_command_republish(const struct pubport_mapping *const *mappings,
			  size_t count, char ***ret_words);

#endif
