/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, ports and protocols: what they are, and how they are written. */
#ifndef ADDR_H
#define ADDR_H

#include "pubport.h"

#define PORTS_TEXT_SIZE 12 /* "65535-65535" and NUL */
#define ADDR_PORTS_TEXT_SIZE (PUBPORT_ADDR_TEXT_SIZE + PORTS_TEXT_SIZE + 3)

int addr_af(const struct pubport_addr *addr);
size_t addr_length(const struct pubport_addr *addr);
bool addr_equal(const struct pubport_addr *a, const struct pubport_addr *b);
bool addr_prefix_match(const struct pubport_addr *addr,
		       const struct pubport_addr *prefix, unsigned int length);

bool addr_is_loopback(const struct pubport_addr *addr);
bool addr_is_multicast(const struct pubport_addr *addr);
bool addr_is_linklocal6(const struct pubport_addr *addr);
bool addr_is_v4mapped(const struct pubport_addr *addr);
const char *addr_why_not_host(const struct pubport_addr *addr);
const char *addr_why_not_target(const struct pubport_addr *addr);

int protocol_parse(const char *text, enum pubport_protocol *ret_protocol);
const char *ports_format(struct pubport_ports ports, char *buffer, size_t size);
const char *addr_ports_format(const struct pubport_addr *addr,
			      struct pubport_ports ports, char *buffer,
			      size_t size);

#endif
