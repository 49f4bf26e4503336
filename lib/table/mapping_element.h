/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements that mappings are made of, and mappings read from elements. */
#ifndef TABLE_MAPPING_ELEMENT_H
#define TABLE_MAPPING_ELEMENT_H

#include "netlink/conntrack.h"
#include "nft/element.h"

/* why a mapping is remembered: it ends by itself, or its connections are to be
 * settled */
enum note_kind {
	NOTE_ENDING,
	NOTE_SETTLING,
};

bool mapping_leads_there(const struct pubport_mapping *mapping,
			 const struct flow *flow);

enum set_id mapping_set(const struct pubport_key *key);
enum set_id mapping_set_of(const struct pubport_key *key, bool range);
enum set_id mapping_port_set(const struct pubport_mapping *mapping);
struct pubport_key mapping_read_key(enum set_id set, const uint8_t *key);
void mapping_write_key(enum set_id set, const struct pubport_key *key,
		       uint8_t *ret_key, uint8_t *ret_key_end);
struct element_fields mapping_key_fields(const struct pubport_key *key);
struct element_fields
mapping_tracked_fields(const struct pubport_mapping *mapping);
bool mapping_has_options(const struct pubport_mapping *mapping);
enum set_id mapping_option_set(const struct pubport_key *key);
void mapping_write_option_key(const struct pubport_mapping *mapping,
			      unsigned int option, struct element *element);
enum set_id mapping_no_loopback_set(const struct pubport_mapping *mapping);
enum set_id mapping_limited_set(const struct pubport_key *key);
void mapping_write_allowed_key(enum set_id set, const struct pubport_key *key,
			       const struct pubport_network *network,
			       struct element *element);

void mappings_put_hosts(const struct pubport_mappings *mappings,
			element_put_fn put, void *data);
void mappings_put_targets(const struct pubport_mappings *mappings,
			  element_put_fn put, void *data);
enum set_id mapping_note_set(enum note_kind kind,
			     const struct pubport_key *key);
void mapping_put_note(enum note_kind kind,
		      const struct pubport_mapping *mapping, element_put_fn put,
		      void *data, size_t index);
void mappings_put_endings(const struct pubport_mappings *mappings,
			  element_put_fn put, void *data);
void mappings_put(const struct pubport_mappings *mappings, int64_t now,
		  element_put_fn put, void *data);

bool mapping_read(enum set_id set, const struct element *element,
		  int64_t now_ms, struct pubport_mapping *ret_mapping);

#endif
