/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and closes contexts, and passes notices on. */
#include "netlink/context.h"

#include "util/error.h"

#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>

/**
 * pubport_version() - tell the library's version
 *
 * Return: such as "0.1.0".
 */
PUBPORT_EXPORT const char *pubport_version(void)
{
	return PUBPORT_VERSION;
}

/**
 * pubport_open() - open a context for the thread's network namespace
 * @ret_context: close with pubport_close()
 * @error: why it failed, or NULL
 *
 * It needs no rights: what the kernel refuses is refused later.
 *
 * Return: 0, -ENOMEM, or a negative errno from socket(2).
 */
PUBPORT_EXPORT int pubport_open(struct pubport **ret_context,
				struct pubport_error *error)
{
	struct pubport *context = calloc(1, sizeof(*context));
	int code;

	if (!context)
		return error_memory(error);
	context->stop = -1;
	code = netlink_open(&context->route, NETLINK_ROUTE);
	if (!code)
		code = netlink_open(&context->nft, NETLINK_NETFILTER);
	/* a dry run does without, all else is told when it asks */
	if (code == -EPROTONOSUPPORT)
		code = 0;
	if (code) {
		pubport_close(context);
		return error_kernel(error, code, "netlink");
	}
	context->nft.progress = &context->progress;
	*ret_context = context;
	return 0;
}

/**
 * pubport_close() - close a context
 * @context: as opened by pubport_open(), or NULL
 */
PUBPORT_EXPORT void pubport_close(struct pubport *context)
{
	if (!context)
		return;
	netlink_list_done(&context->peeks);
	netlink_close(&context->nft);
	netlink_close(&context->route);
	free(context);
}

/**
 * pubport_set_notice() - choose who is told what the user should know
 * @context: whose notices
 * @notice: told each notice, or NULL for nobody
 * @data: handed to @notice
 */
PUBPORT_EXPORT void pubport_set_notice(struct pubport *context,
				       pubport_notice_fn notice, void *data)
{
	context->notice = notice;
	context->notice_data = data;
}

/**
 * pubport_set_progress() - choose who is told how far a call is
 * @context: whose calls
 * @progress: told again and again, or NULL for nobody
 * @data: handed to @progress
 */
PUBPORT_EXPORT void pubport_set_progress(struct pubport *context,
					 pubport_progress_fn progress,
					 void *data)
{
	context->progress = (struct progress){ .tell = progress, .data = data };
}

/**
 * context_must_stop() - look whether what takes long is to be left off
 * @context: whose call
 *
 * Return: that.
 */
bool context_must_stop(const struct pubport *context)
{
	struct pollfd stop = { context->stop, POLLIN, 0 };

	return poll(&stop, 1, 0) > 0;
}

/**
 * context_notice() - tell the user something
 * @context: whose notice
 * @format: one line without a newline
 */
void context_notice(const struct pubport *context, const char *format, ...)
{
	char message[384];
	va_list args;

	if (!context->notice)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	text_make_printable(message);
	context->notice(context->notice_data, message);
}
