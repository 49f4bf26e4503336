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
struct pubport_key spec_key(const struct pubport_spec *spec,
			    enum pubport_family family);
const char *key_ports_format(const struct pubport_key *key, char *buffer,
			     size_t size);

#endif
