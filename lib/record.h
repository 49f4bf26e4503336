/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping's record, which travels in the userdata of its element. */
#ifndef RECORD_H
#define RECORD_H

#include "element.h"

void record_write(const struct pubport_mapping *mapping,
		  struct element *element);
void record_read(const struct element *element,
		 struct pubport_mapping *mapping);
void record_write_comment(struct element *element, const char *comment);
void record_read_comment(const struct element *element, char *ret_comment,
			 size_t size);

#endif
