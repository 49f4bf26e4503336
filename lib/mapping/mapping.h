/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as values: what kind one is, copies, comparison, order. */
#ifndef MAPPING_MAPPING_H
#define MAPPING_MAPPING_H

#include "pubport.h"

/* more networks than that for one mapping are refused */
#define MAPPING_NETWORKS_MAX 65536

/* what mapping_equal() compares */
enum mapping_part {
	MAPPING_TARGET = 1 << 0,  /* where it leads: address and ports */
	MAPPING_CLIENTS = 1 << 1, /* for whom it is: networks and options */
	MAPPING_WORDS = 1 << 2,	  /* name, target, image */
	MAPPING_ORIGIN = 1 << 3,  /* when it was created, with a chosen port? */
};

bool mapping_is_range(const struct pubport_mapping *mapping);
bool mapping_is_redirect(const struct pubport_mapping *mapping);
bool mapping_is_by_interface(const struct pubport_mapping *mapping);
bool mapping_is_by_port(const struct pubport_mapping *mapping);
bool mapping_serves_loopback(const struct pubport_mapping *mapping);
bool mapping_is_over(const struct pubport_mapping *mapping, int64_t now);
int64_t mapping_ends_ms(const struct pubport_mapping *mapping);
uint64_t mapping_lifetime_ms(const struct pubport_mapping *mapping,
			     int64_t now);

int mapping_set_networks(struct pubport_mapping *mapping,
			 const struct pubport_network *networks, size_t count);
int mapping_copy(const struct pubport_mapping *mapping,
		 struct pubport_mapping *ret_copy);
bool mapping_equal(const struct pubport_mapping *a,
		   const struct pubport_mapping *b, unsigned int parts);

struct pubport_mapping *mappings_append(struct pubport_mappings *mappings);
int mappings_move(struct pubport_mappings *mappings,
		  struct pubport_mapping *mapping);
int mappings_copy(struct pubport_mappings *mappings,
		  const struct pubport_mapping *mapping);

bool mappings_have_udp(const struct pubport_mappings *mappings);

int key_compare_hosts(const struct pubport_key *a, const struct pubport_key *b);
int key_compare(const struct pubport_key *a, const struct pubport_key *b);
struct pubport_mapping **mappings_sort(const struct pubport_mappings *mappings,
				       bool ranges_last);
int mappings_find_collision(const struct pubport_mappings *mappings,
			    size_t *ret_index);

/* hands them on: returns them, and @mappings is empty then */
static inline struct pubport_mappings
mappings_take(struct pubport_mappings *mappings)
{
	struct pubport_mappings taken = *mappings;

	*mappings = (struct pubport_mappings){ .items = NULL };
	return taken;
}

static inline void
cleanup_pubport_mappings_done(struct pubport_mappings *mappings)
{
	pubport_mappings_done(mappings);
}

#endif
