/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of a user may consist of: targets and names. */
#include "mapping/target_name.h"

#include "mapping/addr.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

/**
 * word_consists_of() - whether a word has no other characters
 * @word: word
 * @characters: all that it may have
 *
 * Return: true when it has only these; also for an empty word.
 */
bool word_consists_of(const char *word, const char *characters)
{
	return word[strspn(word, characters)] == '\0';
}

/**
 * word_is_name() - whether runtimes of containers may have given it as a name
 * @word: word
 *
 * Return: true for letters, digits and _ . - of which the first is no mark:
 * that is a word to a shell, and never an option.
 */
bool word_is_name(const char *word)
{
	return *word && strchr(ALNUM, *word) &&
	       word_consists_of(word, ALNUM "_.-");
}

/**
 * target_name_is_prefix() - whether a word says how to look a target up
 * @word: its first character
 * @length: its length
 *
 * Return: true for the part before the colon of "netns:NAME" and its like.
 */
bool target_name_is_prefix(const char *word, size_t length)
{
	static const char *const prefixes[] = {
		"netns",   "pid", "docker", "podman",
		"machine", "lxc", "incus",  "libvirt",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strlen(prefixes[i]) == length &&
		    !memcmp(prefixes[i], word, length))
			return true;
	return false;
}

/* NAME or NAME@NETWORK, which becomes part of a command */
static const char *instance_why_wrong(const char *name)
{
	const char *network = strchr(name, '@');
	char space[PUBPORT_TARGET_SIZE];

	if (network && !word_is_name(network + 1))
		return "has no network's name after its @";
	snprintf(space, sizeof(space), "%.*s", (int)strcspn(name, "@"), name);
	return word_is_name(space)
		       ? NULL
		       : "has characters that no name has, or begins "
			 "with a mark";
}

static const char *name_why_wrong(const char *prefix, const char *name)
{
	if (!*name)
		return "has no name after its colon";
	if (!strncmp(prefix, "netns:", strlen("netns:")))
		return NULL;
	if (strncmp(prefix, "pid:", strlen("pid:")) != 0)
		return instance_why_wrong(name);
	if (!word_consists_of(name, DIGITS) || *name == '0')
		return "is not a process id";
	return NULL;
}

/**
 * target_name_why_wrong() - why no target can be written like this
 * @target: target as the user wrote it
 *
 * Only the form is judged; whether there is such a target is not known here.
 *
 * Return: words that follow the target in a sentence, or NULL when it is well
 * formed.
 */
const char *target_name_why_wrong(const char *target)
{
	const char *colon = strchr(target, ':');
	struct pubport_addr addr;

	if (!*target)
		return "is empty";
	if (strlen(target) >= PUBPORT_TARGET_SIZE)
		return "is too long";
	if (!pubport_addr_parse(target, &addr))
		return addr_why_not_target(&addr);
	if (colon && target_name_is_prefix(target, (size_t)(colon - target)))
		return name_why_wrong(target, colon + 1);
	if (word_consists_of(target, DIGITS "."))
		return "is not an IPv4 address";
	if (target[0] == '[')
		return "is not an IPv6 address";
	if (!strchr(ALNUM "_", target[0]) ||
	    !word_consists_of(target, ALNUM "_.-@+"))
		return "is not an address or a name";
	return NULL;
}

/* the number of a process is no name without its kind */
static const char *without_kind(const char *target)
{
	size_t length = strcspn(target, ":");
	const char *slash;

	if (target[length] && target_name_is_prefix(target, length) &&
	    strncmp(target, "pid", length) != 0)
		target += length + 1;
	slash = strrchr(target, '/');
	return slash && slash[1] ? slash + 1 : target;
}

/**
 * target_name_to_mapping() - name the mappings to a target
 * @target: the target as the user wrote it; its kind does not go into the name
 * @own_name: what a runtime calls it, which is better, or ""
 * @ret_name: PUBPORT_NAME_SIZE bytes; a name that pubport_name_check() takes
 */
void target_name_to_mapping(const char *target, const char *own_name,
			    char *ret_name)
{
	const char *name = *own_name ? own_name : without_kind(target);
	char *at = ret_name;

	name += strcspn(name, ALNUM);
	snprintf(ret_name, PUBPORT_NAME_SIZE, "%.*s", PUBPORT_NAME_SIZE - 1,
		 *name ? name : "target");
	while (*(at += strspn(at, ALNUM NAME_MARKS)))
		*at = '_';
}

/**
 * pubport_name_check() - whether mappings can have a name
 * @name: name
 * @error: receives why not
 *
 * Return: 0, or -EINVAL (PUBPORT_USAGE) unless it is 1 to 63 letters, digits
 * and _ . - : / @ + , of which a letter or digit comes first.
 */
PUBPORT_EXPORT int pubport_name_check(const char *name,
				      struct pubport_error *error)
{
	size_t length = strlen(name);

	if (length > 0 && length < PUBPORT_NAME_SIZE &&
	    strchr(ALNUM, name[0]) && word_consists_of(name, ALNUM NAME_MARKS))
		return 0;
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "\"%.64s\": a name is 1 to %d letters, digits or "
			 "any of \"" NAME_MARKS "\", and begins with a letter "
			 "or digit",
			 name, PUBPORT_NAME_SIZE - 1);
}
