/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a word is no target, told in the user's words. */
#include "target/refusal.h"

#include "util/error.h"

#include <string.h>

/**
 * refusal_usage() - refuse a target as it is written
 * @error: caller's, or NULL
 * @text: the target
 * @why: words that follow it in a sentence
 *
 * Return: -EINVAL.
 */
int refusal_usage(struct pubport_error *error, const char *text,
		  const char *why)
{
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "target \"%.64s\": it %s", text, why);
}

/**
 * refusal_not_found() - refuse a target that isn't there
 * @error: caller's, or NULL
 * @code: negative errno
 * @text: the target
 * @why: words that follow it after a colon
 *
 * Return: @code.
 */
int refusal_not_found(struct pubport_error *error, int code, const char *text,
		      const char *why)
{
	error_set(error, PUBPORT_NOT_FOUND, code, "target \"%s\": %s", text,
		  why);
	error_hint(error, "pubport targets");
	return code;
}

/**
 * refusal_this_host() - refuse a target that turns out to be this host
 * @error: caller's, or NULL
 * @text: the target
 *
 * Return: -EINVAL.
 */
int refusal_this_host(struct pubport_error *error, const char *text)
{
	return refusal_usage(error, text, "is this host itself: say \"host\"");
}

/**
 * refusal_unreached() - refuse a target that the host does not reach
 * @error: caller's, or NULL
 * @text: the target
 * @reach: what is known of its addresses
 *
 * Return: -EADDRNOTAVAIL.
 */
int refusal_unreached(struct pubport_error *error, const char *text,
		      const struct reach *reach)
{
	return refusal_not_found(error, -EADDRNOTAVAIL, text,
				 reach->has_others
					 ? "this host reaches none of its "
					   "addresses on-link"
					 : "it has no address on an interface "
					   "that is up");
}

/**
 * refusal_closed() - refuse a target that could not be looked into
 * @error: caller's, or NULL
 * @code: negative errno
 * @text: the target
 *
 * Return: @code.
 */
int refusal_closed(struct pubport_error *error, int code, const char *text)
{
	if (code != -EPERM && code != -EACCES)
		return error_set(error, PUBPORT_FAILED, code,
				 "target \"%s\": %s", text, strerror(-code));
	return error_set(error, PUBPORT_NOT_PERMITTED, code,
			 "target \"%s\": not permitted: this needs "
			 "CAP_SYS_ADMIN, to look into a network namespace",
			 text);
}
