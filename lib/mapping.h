/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as elements of the table's maps, and back. */
#ifndef MAPPING_H
#define MAPPING_H

#include "element.h"

bool mapping_is_range(const struct pubport_mapping *mapping);
bool mapping_is_shifted(const struct pubport_mapping *mapping);
bool mapping_serves_loopback(const struct pubport_mapping *mapping);

enum schema_set_id mapping_set(const struct pubport_key *key);
void mapping_write_key(enum schema_set_id set, const struct pubport_key *key,
		       uint8_t *ret_key, uint8_t *ret_key_end);
int64_t mapping_now_ms(void);
bool mapping_read(enum schema_set_id set, const struct element *element,
		  int64_t now_ms, struct pubport_mapping *ret_mapping);

void mapping_emit_hosts(const struct pubport_mappings *mappings,
			element_emit_fn emit, void *data);
void mapping_emit(const struct pubport_mappings *mappings, element_emit_fn emit,
		  void *data);

static inline void
cleanup_pubport_mappings_done(struct pubport_mappings *mappings)
{
	pubport_mappings_done(mappings);
}

#endif
