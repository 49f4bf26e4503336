/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists what is published. */
#include "table/list.h"
#include "publish/settle.h"
#include "table/lookup.h"
#include "util/error.h"

/**
 * pubport_list() - list what is published
 * @context: where
 * @ret_mappings: in no order; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Connections of mappings that ended by themselves are cut, as by each call
 * that looks at the table.
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, -ENOMEM, or another negative errno
 * from the kernel.
 */
PUBPORT_EXPORT int pubport_list(struct pubport *context,
				struct pubport_mappings *ret_mappings,
				struct pubport_error *error)
{
	PROGRESS_OF(context);
	int code;

	catch_up(context, false);
	code = table_list(&context->nft, ret_mappings);
	return code ? table_error(&context->nft, code, error) : 0;
}
