/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the table and its elements as nft syntax.
 *
 * The text comes from sets.c and rules.c, as the messages of objects.c do, so
 * that "nft -f" of it makes the table that they make; a test compares them.
 */
#include "nft/print.h"

#include "mapping/addr.h"
#include "nft/userdata.h"
#include "util/error.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* ------------------------------------------------------------------ table */

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
	else if (set->data == DATA_MARK)
		fprintf(out, " : %s", set_mark_type()->name);
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

static void print_helper(FILE *out, const struct helper_info *helper)
{
	fprintf(out,
		"\tct helper %s {\n"
		"\t\ttype \"%s\" protocol %s\n"
		"\t}\n",
		helper->object, helper->kernel_name,
		pubport_protocol_name(helper->protocol));
}

static void print_timeout(FILE *out)
{
	fprintf(out,
		"\tct timeout %s {\n"
		"\t\tprotocol udp; l3proto ip\n"
		"\t\tpolicy = { unreplied : %u }\n"
		"\t}\n",
		RULE_TIMEOUT, RULE_TIMEOUT_S);
}

static void print_chain_rule(FILE *out, const struct ruleset_rule *rule)
{
	fputs("\t\t", out);
	rule_print(rule, out);
	fputc('\n', out);
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
			print_chain_rule(out, rule);
	fprintf(out, "\t}\n");
}

/**
 * print_rule() - write a rule that is put first as nft syntax
 * @out: where
 * @rule: which
 */
void print_rule(FILE *out, const struct ruleset_rule *rule)
{
	fprintf(out, "insert rule inet %s %s ", SET_TABLE, rule->chain);
	rule_print(rule, out);
	fputc('\n', out);
}

static void print_declarations(FILE *out, const struct ruleset *ruleset,
			       const char *comment)
{
	fprintf(out, "table inet %s {\n", SET_TABLE);
	if (comment)
		fprintf(out, "\tcomment \"%s\"\n", comment);
	for (int i = 0; i < ruleset->set_count; i++)
		print_set(out, set_get((enum set_id)(ruleset->first_set + i)));
	if (ruleset->helper)
		print_helper(out, helper_get(ruleset->helper));
	if (ruleset->has_timeout)
		print_timeout(out);
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

/* --------------------------------------------------------------- elements */

static void print_addr(FILE *out, const struct pubport_addr *first,
		       const struct pubport_addr *last)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];

	fputs(pubport_addr_format(first, text, sizeof(text)), out);
	if (pubport_addr_compare(first, last))
		fprintf(out, "-%s",
			pubport_addr_format(last, text, sizeof(text)));
}

static void print_field(FILE *out, enum set_field field,
			const struct element_fields *first,
			const struct element_fields *last)
{
	switch (field) {
	case FIELD_SADDR:
		print_addr(out, &first->saddr, &last->saddr);
		break;
	case FIELD_DADDR:
		print_addr(out, &first->daddr, &last->daddr);
		break;
	case FIELD_PROTOCOL:
		fputs(pubport_protocol_name(first->protocol), out);
		break;
	case FIELD_PORT:
		fprintf(out, "%u", first->port);
		if (first->port != last->port)
			fprintf(out, "-%u", last->port);
		break;
	case FIELD_SPORT:
		fprintf(out, "%u", first->sport);
		break;
	case FIELD_NFPROTO:
		fputs(first->family == PUBPORT_IPV4 ? "ipv4" : "ipv6", out);
		break;
	case FIELD_IIF:
		fprintf(out, "%u", first->iif | SET_INTERFACE);
		break;
	case FIELD_OIF:
		fprintf(out, "%u", first->oif | SET_INTERFACE);
		break;
	case FIELD_IIFNAME:
		fprintf(out, "\"%s\"", first->iifname);
		break;
	case FIELD_PREFIX:
		fprintf(out, "%u", first->prefix);
		break;
	case FIELD_LAST_PORT:
		fprintf(out, "%u", first->last_port);
		break;
	case FIELD_TARGET:
		print_addr(out, &first->target, &last->target);
		break;
	case FIELD_TARGET_PORT:
		fprintf(out, "%u", first->target_port);
		break;
	case FIELD_DIRECTION:
		fputs(first->is_reply ? "reply" : "original", out);
		break;
	case FIELD_OPTION:
		fprintf(out, "%u", first->option);
		break;
	case FIELD_NONE:
		break;
	}
}

static void print_data(FILE *out, const struct set *map, const uint8_t *data)
{
	struct pubport_addr addr = { .family = map->family };
	char text[PUBPORT_ADDR_TEXT_SIZE];
	uint16_t port_be;
	uint32_t mark;

	fputs(" : ", out);
	if (map->data == DATA_MARK) {
		memcpy(&mark, data, sizeof(mark));
		fprintf(out, "0x%08x", mark);
		return;
	}
	if (map->data != DATA_PORT) {
		memcpy(addr.bytes, data, addr_length(&addr));
		data += addr_length(&addr);
		fputs(pubport_addr_format(&addr, text, sizeof(text)), out);
	}
	if (map->data == DATA_ADDR_PORT)
		fputs(" . ", out);
	if (map->data == DATA_ADDR)
		return;
	memcpy(&port_be, data, sizeof(port_be));
	fprintf(out, "%u", ntohs(port_be));
}

/**
 * print_element() - write what adds or deletes an element
 * @syntax: a struct printer
 * @set: set of the element
 * @element: what to write
 * @index: of no account
 */
void print_element(void *syntax, enum set_id set, const struct element *element,
		   size_t index)
{
	const struct set *description = set_get(set);
	const struct printer *how = syntax;
	FILE *out = how->out;
	const uint8_t *key_end = description->interval ? element->key_end
						       : element->key;
	struct element_fields first, last;
	char comment[PUBPORT_NAME_SIZE];

	(void)index;
	element_read_key(description, element->key, &first);
	element_read_key(description, key_end, &last);
	fprintf(out, "%s element inet %s %s { ", how->verb, SET_TABLE,
		description->name);
	for (size_t i = 0; i < set_field_count(description); i++) {
		fputs(i ? " . " : "", out);
		print_field(out, description->key[i], &first, &last);
	}
	if (element->timeout_ms % 1000)
		fprintf(out, " timeout %" PRIu64 "ms", element->timeout_ms);
	else if (element->timeout_ms)
		fprintf(out, " timeout %" PRIu64 "s",
			element->timeout_ms / 1000);
	userdata_read_comment(element, comment, sizeof(comment));
	if (comment[0])
		fprintf(out, " comment \"%s\"", comment);
	if (description->data != DATA_NONE)
		print_data(out, description, element->data);
	fputs(" }\n", out);
}
