/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocols, ports, keys and mappings as text. */
#ifndef MAPPING_KEY_H
#define MAPPING_KEY_H

#include "pubport.h"

/* the longest SPEC or KEY; leaves room in a message to say what is wrong */
#define SPEC_TEXT_MAX 200

#define PORTS_TEXT_SIZE 12 /* "65535-65535" and NUL */
#define ADDR_PORTS_TEXT_SIZE (PUBPORT_ADDR_TEXT_SIZE + PORTS_TEXT_SIZE + 3)

bool protocol_is_known(enum pubport_protocol protocol);
int protocol_parse(const char *text, enum pubport_protocol *ret_protocol);
const char *ports_format(struct pubport_ports ports, char *buffer, size_t size);
const char *interface_why_wrong(const char *name);
const char *addr_ports_format(const struct pubport_addr *addr,
			      struct pubport_ports ports, char *buffer,
			      size_t size);
bool spec_is_open(const struct pubport_spec *spec);
struct pubport_key spec_key(const struct pubport_spec *spec,
			    enum pubport_family family);
const char *key_ports_format(const struct pubport_key *key, char *buffer,
			     size_t size);

/* how many ports these are */
static inline unsigned int ports_width(const struct pubport_ports *ports)
{
	return ports->last - ports->first + 1U;
}

/* whether all of them are in a range; 0 stands for any range */
static inline bool ports_within(const struct pubport_ports *ports,
				const struct pubport_ports *range)
{
	return !range->first ||
	       (range->first <= ports->first && ports->last <= range->last);
}

#endif
