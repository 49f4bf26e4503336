/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runtimes know of a name, or run at all. */
#ifndef TARGET_RUNTIME_QUERY_H
#define TARGET_RUNTIME_QUERY_H

#include "target/answer.h"

int inquiry_name(const struct runtime *runtime, const char *name,
		 struct answers *ret_answers);
int inquiry_all(struct answers *ret_answers);

#endif
