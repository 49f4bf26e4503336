/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Appends the expressions of an nftables rule, one nft word at a time. */
#ifndef NFT_EXPR_H
#define NFT_EXPR_H

#include "pubport.h"

#include <stdint.h>

struct nftnl_rule;

/**
 * struct rule_builder - a rule that is being built
 * @nft: libnftnl's, to which expressions are appended
 * @error: -ENOMEM after the first failure; then all else does nothing
 */
struct rule_builder {
	struct nftnl_rule *nft;
	int error;
};

/* the 4-byte registers; a value takes as many as it needs, from one on */
#define EXPR_REG(n) ((uint32_t)(NFT_REG32_00 + (n)))

void expr_meta(struct rule_builder *rule, uint32_t key, uint32_t reg);
void expr_payload(struct rule_builder *rule, uint32_t base, uint32_t offset,
		  uint32_t length, uint32_t reg);
void expr_payload_set(struct rule_builder *rule, uint32_t base, uint32_t offset,
		      uint32_t length, uint32_t reg);
void expr_socket(struct rule_builder *rule, uint32_t key, uint32_t reg);
void expr_compare(struct rule_builder *rule, uint32_t operator, uint32_t reg,
		  const void *data, uint32_t length);
void expr_mask(struct rule_builder *rule, uint32_t reg, const void *mask,
	       uint32_t length);
void expr_constant(struct rule_builder *rule, uint32_t reg, const void *data,
		   uint32_t length);
void expr_set_bits(struct rule_builder *rule, uint32_t reg, uint32_t bits);
void expr_fib_type(struct rule_builder *rule, uint32_t which, uint32_t reg);
void expr_ct(struct rule_builder *rule, uint32_t key, uint32_t reg);
void expr_ct_set(struct rule_builder *rule, uint32_t key, uint32_t reg);
void expr_meta_set(struct rule_builder *rule, uint32_t key, uint32_t reg);
void expr_value(struct rule_builder *rule, uint32_t reg, const void *data,
		uint32_t length);
void expr_ct_tuple(struct rule_builder *rule, uint32_t key, uint8_t direction,
		   uint32_t reg);
void expr_lookup(struct rule_builder *rule, const char *set, uint32_t reg);
void expr_map(struct rule_builder *rule, const char *map, uint32_t reg,
	      uint32_t ret_reg);
void expr_dnat(struct rule_builder *rule, enum pubport_family family,
	       uint32_t addr_reg, uint32_t port_reg);
void expr_masquerade(struct rule_builder *rule);
void expr_object(struct rule_builder *rule, uint32_t type, const char *object);
void expr_reject(struct rule_builder *rule, uint32_t type);
void expr_verdict(struct rule_builder *rule, int verdict, const char *chain);

#endif
