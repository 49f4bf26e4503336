/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements that mappings are made of. */
#ifndef TABLE_EMIT_H
#define TABLE_EMIT_H

#include "table/mapping_element.h"

enum set_id mapping_no_loopback_set(const struct pubport_mapping *mapping);
enum set_id mapping_limited_set(const struct pubport_key *key);
void mapping_write_allowed_key(enum set_id set, const struct pubport_key *key,
			       const struct pubport_network *network,
			       struct element *element);
void mappings_put_hosts(const struct pubport_mappings *mappings,
			element_emit_fn take, void *data);
void mapping_put_note(enum set_id set4, const struct pubport_mapping *mapping,
		      element_emit_fn take, void *data, size_t index);
void mappings_put_endings(const struct pubport_mappings *mappings,
			  element_emit_fn take, void *data);
void mappings_put(const struct pubport_mappings *mappings, int64_t now,
		  element_emit_fn take, void *data);

#endif
