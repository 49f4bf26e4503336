/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the table without any mapping.
 *
 * The text comes from schema.c and ruleset.c, as the messages of skeleton.c do,
 * so that "nft -f" of it makes the table that they make; a test compares them.
 */
#include "nft/objects.h"

#include "nft/sets.h"

#include <linux/netfilter/nf_tables.h>
#include <string.h>

static void print_set(FILE *out, const struct set *set)
{
	uint32_t flags = set_flags(set);

	fprintf(out, "\t%s %s {\n\t\ttype ",
		flags & NFT_SET_MAP ? "map" : "set", set->name);
	for (size_t i = 0; i < set_field_count(set); i++)
		fprintf(out, "%s%s", i ? " . " : "",
			set_field_type(set, i)->name);
	if (set->data == DATA_PORT)
		fprintf(out, " : %s", set_port_type()->name);
	else if (flags & NFT_SET_MAP)
		fprintf(out, " : %s", set_addr_type(set)->name);
	if (set->data == DATA_ADDR_PORT)
		fprintf(out, " . %s", set_port_type()->name);
	fputc('\n', out);
	if (flags & (NFT_SET_INTERVAL | NFT_SET_TIMEOUT))
		fprintf(out, "\t\tflags %s%s%s\n",
			flags & NFT_SET_INTERVAL ? "interval" : "",
			(flags & NFT_SET_INTERVAL) && (flags & NFT_SET_TIMEOUT)
				? ","
				: "",
			flags & NFT_SET_TIMEOUT ? "timeout" : "");
	if (set_counts(set))
		fprintf(out, "\t\tcounter\n");
	fprintf(out, "\t}\n");
}

static void print_chain(FILE *out, const struct ruleset *ruleset,
			const struct ruleset_chain *chain)
{
	const struct ruleset_rule *rule = ruleset->rules;

	fprintf(out, "\tchain %s {\n", chain->name);
	if (chain->type)
		fprintf(out,
			"\t\ttype %s hook %s priority %d; policy accept;\n",
			chain->type, chain->hook_name, chain->priority);
	for (size_t i = 0; i < ruleset->rule_count; i++, rule++)
		if (!rule->first && !strcmp(rule->chain, chain->name))
			fprintf(out, "\t\t%s\n", rule->text);
	fprintf(out, "\t}\n");
}

/**
 * print_rule() - write a rule that is put first as nft syntax
 * @out: where
 * @rule: which
 */
void print_rule(FILE *out, const struct ruleset_rule *rule)
{
	fprintf(out, "insert rule inet %s %s %s\n", SET_TABLE, rule->chain,
		rule->text);
}

static void print_declarations(FILE *out, const struct ruleset *ruleset,
			       const char *comment)
{
	fprintf(out, "table inet %s {\n", SET_TABLE);
	if (comment)
		fprintf(out, "\tcomment \"%s\"\n", comment);
	for (int i = 0; i < ruleset->set_count; i++)
		print_set(out, set_get((enum set_id)(ruleset->first_set + i)));
	for (size_t i = 0; i < ruleset->chain_count; i++)
		print_chain(out, ruleset, &ruleset->chains[i]);
	fprintf(out, "}\n");
}

/**
 * print_ruleset() - write what is laid together as nft syntax
 * @out: where
 * @ruleset: which
 */
void print_ruleset(FILE *out, const struct ruleset *ruleset)
{
	print_declarations(out, ruleset, NULL);
	for (size_t i = 0; i < ruleset->rule_count; i++)
		if (ruleset->rules[i].first)
			print_rule(out, &ruleset->rules[i]);
}

/**
 * print_table() - write the empty table as nft syntax
 * @out: where
 */
void print_table(FILE *out)
{
	print_declarations(out, &ruleset_base, SET_COMMENT);
}
