/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to nftables, and those for a part of the table by its name. */
#ifndef NFT_QUESTION_H
#define NFT_QUESTION_H

#include "netlink/netlink.h"
#include "nft/sets.h"

/* room for one; names of sets and chains are short */
#define QUESTION_SIZE 80

struct nlmsghdr *question_begin(void *at, uint16_t type, uint16_t flags,
				uint8_t family);
size_t question_put(void *at, uint16_t type, uint16_t attribute,
		    const char *name);
int question_find_filled(struct netlink *nft, enum set_id first, size_t count,
			 bool *ret_filled);

#endif
