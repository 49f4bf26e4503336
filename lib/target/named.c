/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets as a request names them. */
#include "target/named.h"

#include "mapping/target_name.h"
#include "target/only.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static bool has_family(const struct target_addrs *addrs,
		       enum pubport_family family)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (addrs->items[i].family == family)
			return true;
	return false;
}

static bool add_addrs(struct target_addrs *addrs,
		      const struct target_addrs *more)
{
	for (size_t i = 0; i < more->count; i++) {
		if (addrs->count == ARRAY_SIZE(addrs->items) ||
		    has_family(addrs, more->items[i].family))
			return false;
		addrs->items[addrs->count++] = more->items[i];
	}
	return true;
}

/* an address has many spellings, but is one target */
static const char *one_spelling(const char *text,
				char space[PUBPORT_ADDR_TEXT_SIZE])
{
	struct pubport_addr addr;

	return pubport_addr_parse(text, &addr)
		       ? text
		       : pubport_addr_format(&addr, space,
					     PUBPORT_ADDR_TEXT_SIZE);
}

static void keep_first(char *to, size_t size, const char *text)
{
	if (!*to)
		snprintf(to, size, "%s", text);
}

static int add_target(struct named *named, const char *text,
		      const struct target *target, struct pubport_error *error)
{
	size_t length = strlen(named->text);
	char space[PUBPORT_ADDR_TEXT_SIZE];

	if (!add_addrs(&named->addrs, &target->addrs))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "target \"%s\": there is one of its family "
				 "already, \"%s\"",
				 text, named->text);
	if (length + 1 + strlen(text) >= sizeof(named->text))
		return error_set(error, PUBPORT_USAGE, -ENAMETOOLONG,
				 "target \"%s\": too long", text);
	snprintf(named->text + length, sizeof(named->text) - length, "%s%s",
		 length ? "," : "", one_spelling(text, space));
	keep_first(named->own_name, sizeof(named->own_name), target->name);
	keep_first(named->image, sizeof(named->image), target->image);
	return 0;
}

/**
 * named_add() - resolve a target and add it
 * @context: from where it is seen
 * @named: where
 * @text: the target as the user wrote it
 * @error: why it failed, or NULL
 *
 * Return: 0; -EINVAL for a word that names nothing, or for a second target of
 * one family; -ENAMETOOLONG; or as target_resolve().
 */
int named_add(struct pubport *context, struct named *named, const char *text,
	      struct pubport_error *error)
{
	struct target target;
	int code = target_resolve(context, text, &target, error);

	return code ? code : add_target(named, text, &target, error);
}

/**
 * named_take_only() - take the only target that there is, and say so
 * @context: from where it is seen
 * @named: where; empty
 * @request: what the user asked for, without a target
 * @error: why it failed, or NULL
 *
 * Return: 0, or as only_target().
 */
int named_take_only(struct pubport *context, struct named *named,
		    const struct pubport_add_request *request,
		    struct pubport_error *error)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];
	struct target target = { 0 };
	struct pubport_target only;
	int code;

	code = only_target(context, request, &only, error);
	if (code)
		return code;
	target_choose_addrs(only.addrs, only.addr_count, &target.addrs);
	memcpy(target.image, only.image, sizeof(target.image));
	code = add_target(named, only.text, &target, error);
	if (code)
		return code;
	pubport_addr_format(&named->addrs.items[0], text, sizeof(text));
	context_notice(context, "publishing %s (%s)", only.text, text);
	return 0;
}

/**
 * named_set_name() - name the mappings to a target
 * @named: the target; its name is set
 * @given: name that the user gave, or NULL for that of the target
 */
void named_set_name(struct named *named, const char *given)
{
	if (given)
		snprintf(named->name, sizeof(named->name), "%s", given);
	else
		target_name_to_mapping(named->text, named->own_name,
				       named->name);
}
