/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks a link who has an address. */
#ifndef HOST_WHO_HAS_H
#define HOST_WHO_HAS_H

#include "pubport.h"

#include <stddef.h>
#include <stdint.h>

#define WHO_HAS_MAX 4

/**
 * struct who_has - who says that he has an address
 * @lladdrs: the link-layer address of each answer, the first ones
 * @count: number of @lladdrs; one who has it answers once
 */
struct who_has {
	uint8_t lladdrs[WHO_HAS_MAX][6];
	size_t count;
};

int who_has(unsigned int interface, const struct pubport_addr *addr,
	    struct who_has *ret_who);

#endif
