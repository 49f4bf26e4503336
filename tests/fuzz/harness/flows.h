/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows, made of bytes, and bytes made of flows. */
#ifndef FLOWS_H
#define FLOWS_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_BYTES 112

void flow_make(const uint8_t *bytes, size_t size, uint8_t family,
	       struct nlmsghdr *message);
void flow_unmake(const struct nlmsghdr *message, uint8_t *ret_bytes);

#endif
