/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be so, whatever comes from outside. */
#include "harness/fuzz.h"

/**
 * check_failed() - end the process
 * @condition: what isn't so
 * @file: where it was checked
 * @line: where in @file
 */
void check_failed(const char *condition, const char *file, int line)
{
	dprintf(STDERR_FILENO, "%s:%d: not so: %s\n", file, line, condition);
	abort();
}

/**
 * text_of() - make a text of an input
 * @data: the input; it ends at its first NUL
 * @size: bytes of @data
 *
 * Return: a copy of just its length, so that nothing can be read behind it;
 * free with free(3).
 */
char *text_of(const uint8_t *data, size_t size)
{
	size_t length = size ? strnlen((const char *)data, size) : 0;
	char *text = malloc(length + 1);

	CHECK(text);
	if (length)
		memcpy(text, data, length);
	text[length] = '\0';
	return text;
}

/**
 * text_is_printable() - look whether a text can be shown
 * @text: which
 *
 * Return: whether it has neither control characters nor anything but ASCII.
 */
bool text_is_printable(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

/**
 * check_error() - check that a failure is described as it should be
 * @error: as the call filled it in
 * @code: as the call returned it
 */
void check_error(const struct pubport_error *error, int code)
{
	CHECK(code < 0);
	CHECK(error->code == code);
	CHECK(error->status >= PUBPORT_FAILED &&
	      error->status <= PUBPORT_NOT_PERMITTED);
	CHECK(strnlen(error->message, sizeof(error->message)) <
	      sizeof(error->message));
	CHECK(strnlen(error->hint, sizeof(error->hint)) < sizeof(error->hint));
	CHECK(error->message[0] && text_is_printable(error->message));
	CHECK(text_is_printable(error->hint));
}

/**
 * check_untouched() - check that a failed call stored nothing
 * @bytes: what it would have stored to, all UNTOUCHED before
 * @size: how many there are
 */
void check_untouched(const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;

	while (size--)
		CHECK(*byte++ == UNTOUCHED);
}

static bool is_text(const char *text, size_t size)
{
	return strnlen(text, size) < size && text_is_printable(text);
}

static void check_key(const struct pubport_key *key)
{
	char text[PUBPORT_KEY_TEXT_SIZE];
	struct pubport_key again;
	bool has_host;

	CHECK(key->ports.first && key->ports.first <= key->ports.last);
	CHECK(strcmp(pubport_protocol_name(key->protocol), "unknown") != 0);
	CHECK(*pubport_key_format(key, text, sizeof(text)));
	/* others may have made a key of an address that no user may name */
	if (pubport_key_parse(text, &has_host, &again, NULL))
		return;
	CHECK(has_host);
	CHECK(!pubport_addr_compare(&again.host, &key->host));
	CHECK(again.protocol == key->protocol);
	CHECK(again.ports.first == key->ports.first);
	CHECK(again.ports.last == key->ports.last);
}

/**
 * check_mapping() - check what must be so of each mapping
 * @mapping: which, wherever it was read
 */
void check_mapping(const struct pubport_mapping *mapping)
{
	const struct pubport_ports *host = &mapping->key.ports;
	const struct pubport_ports *target = &mapping->target_ports;
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	check_key(&mapping->key);
	CHECK(mapping->target_addr.family == mapping->key.host.family);
	CHECK(target->first && target->first <= target->last);
	CHECK(target->last - target->first == host->last - host->first);
	CHECK(mapping->created >= 0 && mapping->expires >= 0);
	CHECK(*mapping->name && is_text(mapping->name, sizeof(mapping->name)));
	CHECK(*mapping->target);
	CHECK(is_text(mapping->target, sizeof(mapping->target)));
	CHECK(is_text(mapping->image, sizeof(mapping->image)));
	CHECK(!mapping->from_count || mapping->from);
	for (size_t i = 0; i < mapping->from_count; i++)
		CHECK(mapping->from[i].addr.family == mapping->key.host.family);
	CHECK(*pubport_mapping_format(mapping, text, sizeof(text)));
}

/**
 * check_mappings() - check each one, and that all of them can be written
 * @mappings: which
 */
void check_mappings(const struct pubport_mappings *mappings)
{
	CLEANUP(free) char *json = NULL;

	for (size_t i = 0; i < mappings->count; i++)
		check_mapping(&mappings->items[i]);
	CHECK(!pubport_mappings_to_json(mappings, &json));
	CHECK(json[0] == '[');
}
