/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as elements of the table's maps, and back. */
#ifndef TABLE_MAPPING_ELEMENT_H
#define TABLE_MAPPING_ELEMENT_H

#include "netlink/conntrack.h"
#include "nft/element.h"

/**
 * struct mapping_change - mappings that go and come in one transaction
 * @removed: those that go
 * @added: those that come
 * @now: seconds since the epoch, from which on those that come last
 */
struct mapping_change {
	const struct pubport_mappings *removed;
	const struct pubport_mappings *added;
	int64_t now;
};

bool mapping_leads_there(const struct pubport_mapping *mapping,
			 const struct flow *flow);

enum set_id mapping_set(const struct pubport_key *key);
enum set_id mapping_port_set(const struct pubport_mapping *mapping);
void mapping_write_key(enum set_id set, const struct pubport_key *key,
		       uint8_t *ret_key, uint8_t *ret_key_end);
struct element_fields mapping_key_fields(const struct pubport_key *key);
void mapping_write_data(enum set_id set, const struct pubport_mapping *mapping,
			uint16_t port, uint8_t *ret_data);
bool mapping_read(enum set_id set, const struct element *element,
		  int64_t now_ms, struct pubport_mapping *ret_mapping);

#endif
