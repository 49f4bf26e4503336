/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that help, for hints: what the user wrote, and an option more. */
#include "hint.h"

#include "error.h"

#include <stdio.h>
#include <string.h>

/* what a shell takes as it stands */
#define PLAIN_WORDS                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"_.:/@+,%-[]"

/**
 * struct command - a command line being written
 * @text: so far
 * @length: bytes of it; at least sizeof(text) when it didn't fit
 */
struct command {
	char text[sizeof(((struct pubport_error *)NULL)->hint)];
	size_t length;
};

static void append(struct command *command, const char *text)
{
	size_t room = sizeof(command->text);

	if (command->length < room)
		command->length +=
			(size_t)snprintf(command->text + command->length,
					 room - command->length, "%s", text);
}

/* a word with a quote in it can't be helped: then there is no hint */
static void append_word(struct command *command, const char *word)
{
	const char *quote = word[strspn(word, PLAIN_WORDS)] ? "'" : "";

	if (strchr(word, '\''))
		command->length = sizeof(command->text);
	append(command, " ");
	append(command, quote);
	append(command, word);
	append(command, quote);
}

/**
 * hint_add() - hint at the same "pubport add" with an option more
 * @error: as filled in by error_set(), or NULL
 * @request: what the user asked for
 * @spec: which of its specs
 * @option: such as "--force"
 */
void hint_add(struct pubport_error *error,
	      const struct pubport_add_request *request, size_t spec,
	      const char *option)
{
	struct command command = { .length = 0 };

	append(&command, "pubport add ");
	append(&command, option);
	for (size_t i = 0; i < request->target_count; i++) {
		append(&command, " --to");
		append_word(&command, request->targets[i]);
	}
	if (request->name) {
		append(&command, " --name");
		append_word(&command, request->name);
	}
	append_word(&command, request->specs[spec].text);
	if (command.length < sizeof(command.text))
		error_hint(error, "%s", command.text);
}
