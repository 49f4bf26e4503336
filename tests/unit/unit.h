/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test needs. */
#ifndef UNIT_H
#define UNIT_H

#include "pubport.h"
#include "util/cleanup.h"

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

static inline struct pubport_addr addr(const char *text)
{
	struct pubport_addr result;

	if (pubport_addr_parse(text, &result))
		fail_msg("\"%s\" should be an address", text);
	return result;
}

static inline struct pubport_network network(const char *text)
{
	struct pubport_network result;

	if (pubport_network_parse(text, &result, NULL))
		fail_msg("\"%s\" should be a network", text);
	return result;
}

/* host address and ports, protocol, target ports; leads to one of TEST-NET-1 */
static inline struct pubport_mapping mapping(const char *host_text,
					     struct pubport_ports host,
					     struct pubport_ports target,
					     enum pubport_protocol protocol)
{
	struct pubport_mapping result = {
		.key = {
			.host = addr(host_text),
			.protocol = protocol,
			.ports = host,
		},
		.target_ports = target,
	};

	result.target_addr = addr(result.key.host.family == PUBPORT_IPV4
					  ? "192.0.2.2"
					  : "2001:db8::2");
	return result;
}

/* @expected: hexadecimal, a blank after each 4 bytes */
static inline void check_bytes(const uint8_t *bytes, size_t length,
			       const char *expected)
{
	char text[1024] = "";
	char *end = text;

	assert_in_range(length, 0, 256);
	for (size_t i = 0; i < length; i++)
		end += sprintf(end, i && i % 4 == 0 ? " %02x" : "%02x",
			       bytes[i]);
	assert_string_equal(text, expected);
}

#endif
