/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target that is meant where the user names none. */
#include "target/only.h"

#include "mapping/add_command.h"
#include "target/list.h"
#include "util/error.h"

#include <stdio.h>
#include <string.h>

/* the user's words for what lacks a target */
static const char *lacking(const struct pubport_add_request *request)
{
	for (size_t i = 0; i < request->spec_count; i++)
		if (!request->specs[i].target[0])
			return request->specs[i].text;
	return "target";
}

/* the user's command with this target, HINT_SIZE bytes; false where only the
 * option that makes the difference has room */
static bool write_command(const struct pubport_add_request *request,
			  const struct pubport_target *target, char *ret_text)
{
	if (add_command_write(request, "--to", target->text, ret_text))
		return true;
	snprintf(ret_text, HINT_SIZE, "--to %s", target->text);
	return false;
}

/* tells the user the commands for all that could have been meant */
static int several(const struct pubport_targets *targets,
		   const struct pubport_add_request *request,
		   struct pubport_error *error)
{
	const size_t count = targets->count;
	/* what is left of a message beside the words around it */
	char list[sizeof(error->message) - 96], command[HINT_SIZE];
	size_t length = 0, shown;

	for (shown = 0; shown < count; shown++) {
		write_command(request, &targets->items[shown], command);
		if (length + strlen(command) + 32 > sizeof(list))
			break;
		length += (size_t)snprintf(list + length, sizeof(list) - length,
					   "%s%s", shown ? ", " : "", command);
	}
	if (shown < count)
		snprintf(list + length, sizeof(list) - length, " and %zu more",
			 count - shown);
	error_set(error, PUBPORT_USAGE, -EINVAL, "\"%.64s\": which target: %s",
		  lacking(request), list);
	if (write_command(request, &targets->items[0], command))
		error_hint(error, "%s", command);
	else
		error_hint(error, "pubport targets");
	return -EINVAL;
}

/**
 * only_target() - the target that is meant when the user names none
 * @context: from where it is seen; told which runtimes could not be asked
 * @request: what the user asked for
 * @ret_target: the only one that a runtime started or that is on a bridge of
 *	the host; when there is none, the only other one; without its listeners
 * @error: lists the commands for all of them, where there are several
 *
 * Return: 0; -EINVAL when there is none, or several; or as targets_find().
 */
int only_target(struct pubport *context,
		const struct pubport_add_request *request,
		struct pubport_target *ret_target, struct pubport_error *error)
{
	CLEANUP(found_targets_done) struct found_targets found = { 0 };
	const struct pubport_targets *choice;
	int code;

	code = targets_find(context, false, &found, error);
	if (code)
		return code;
	choice = found.sure.count ? &found.sure : &found.wired;
	if (choice->count > 1)
		return several(choice, request, error);
	if (!choice->count) {
		error_set(error, PUBPORT_USAGE, -EINVAL,
			  "\"%.64s\": no target is given, and this host has "
			  "none that could be meant",
			  lacking(request));
		error_hint(error, "pubport targets");
		return -EINVAL;
	}
	*ret_target = choice->items[0];
	return 0;
}
