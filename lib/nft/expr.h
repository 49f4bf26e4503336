/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the expressions of an nftables rule, one nft word at a time. */
#ifndef NFT_EXPR_H
#define NFT_EXPR_H

#include "pubport.h"

#include <stdint.h>

struct nftnl_rule;

/**
 * struct expr - a rule being built
 * @rule: where expressions are appended; the caller's
 * @error: first error, 0 so far; after it appending does nothing
 */
struct expr {
	struct nftnl_rule *rule;
	int error;
};

/* the 4-byte registers; a value takes as many as it needs, from one on */
#define EXPR_REG(n) ((uint32_t)(NFT_REG32_00 + (n)))

void expr_meta(struct expr *expr, uint32_t key, uint32_t reg);
void expr_payload(struct expr *expr, uint32_t base, uint32_t offset,
		  uint32_t length, uint32_t reg);
void expr_compare(struct expr *expr, uint32_t operator, uint32_t reg,
		  const void *data, uint32_t length);
void expr_mask(struct expr *expr, uint32_t reg, const void *mask,
	       uint32_t length);
void expr_constant(struct expr *expr, uint32_t reg, const void *data,
		   uint32_t length);
void expr_fib_type(struct expr *expr, uint32_t which, uint32_t reg);
void expr_ct(struct expr *expr, uint32_t key, uint32_t reg);
void expr_ct_tuple(struct expr *expr, uint32_t key, uint8_t direction,
		   uint32_t reg);
void expr_lookup(struct expr *expr, const char *set, uint32_t reg);
void expr_map(struct expr *expr, const char *map, uint32_t reg,
	      uint32_t ret_reg);
void expr_dnat(struct expr *expr, enum pubport_family family, uint32_t addr_reg,
	       uint32_t port_reg);
void expr_masquerade(struct expr *expr);
void expr_reject(struct expr *expr, uint32_t type);
void expr_verdict(struct expr *expr, int verdict, const char *chain);

#endif
