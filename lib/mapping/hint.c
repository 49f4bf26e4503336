/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that help, for hints: what the user wrote, and an option more. */
#include "mapping/hint.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

/* what a shell takes as it stands */
#define PLAIN_WORDS                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"_.:/@+,%-"

/**
 * struct command - a command line being written
 * @text: so far
 * @length: bytes of it; at least sizeof(text) when it didn't fit
 */
struct command {
	char text[HINT_SIZE];
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

/* a word with a quote in it can't be helped: then it is as if nothing fitted */
static void append_word(struct command *command, const char *word)
{
	const char *quote;

	if (!word || strchr(word, '\'')) {
		command->length = sizeof(command->text);
		return;
	}
	quote = word[strspn(word, PLAIN_WORDS)] ? "'" : "";
	append(command, " ");
	append(command, quote);
	append(command, word);
	append(command, quote);
}

/* the option that is asked for is there already */
static void append_flags(struct command *command, unsigned int flags,
			 const char *option)
{
	static const struct {
		enum pubport_add_flag flag;
		const char *word;
	} words[] = {
		{ PUBPORT_ADD_REPLACE, "--replace" },
		{ PUBPORT_ADD_FORCE, "--force" },
		{ PUBPORT_ADD_SHIELD, "--shield" },
		{ PUBPORT_ADD_NO_LOOPBACK, "--no-loopback" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & words[i].flag && strcmp(words[i].word, option) != 0)
			append_word(command, words[i].word);
}

static void append_networks(struct command *command,
			    const struct pubport_add_request *request)
{
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	for (size_t i = 0; i < request->from_count; i++) {
		append(command, i ? "," : " --from ");
		append(command, pubport_network_format(&request->from[i], text,
						       sizeof(text)));
	}
}

/**
 * hint_write() - write the same "pubport add" with an option more
 * @request: what the user asked for
 * @option: such as "--force" or "--to netns:web"
 * @ret_text: receives the command, to be pasted into a shell; HINT_SIZE bytes
 *
 * Return: true, or false when it doesn't fit or can't be quoted.
 */
bool hint_write(const struct pubport_add_request *request, const char *option,
		char *ret_text)
{
	struct command command = { .length = 0 };
	char ttl[sizeof(" --ttl 4294967295s")];

	append(&command, "pubport add ");
	append(&command, option);
	append_flags(&command, request->flags, option);
	if (request->ttl) {
		snprintf(ttl, sizeof(ttl), " --ttl %us", request->ttl);
		append(&command, ttl);
	}
	append_networks(&command, request);
	for (size_t i = 0; i < request->target_count; i++) {
		append(&command, " --to");
		append_word(&command, request->targets[i]);
	}
	if (request->name) {
		append(&command, " --name");
		append_word(&command, request->name);
	}
	for (size_t i = 0; i < request->spec_count; i++)
		append_word(&command, request->specs[i].text);
	if (command.length >= sizeof(command.text))
		return false;
	memcpy(ret_text, command.text, command.length + 1);
	return true;
}

/**
 * hint_add() - hint at the same "pubport add" with an option more
 * @error: as filled in by error_set(), or NULL
 * @request: what the user asked for
 * @option: such as "--force"
 */
void hint_add(struct pubport_error *error,
	      const struct pubport_add_request *request, const char *option)
{
	char text[HINT_SIZE];

	if (hint_write(request, option, text))
		error_hint(error, "%s", text);
}
