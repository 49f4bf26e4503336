/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that mend what the doctor found.
 *
 * They are words, to be run without a shell, and kept as they are; only their
 * text for a shell is quoted.  All that goes into them was checked before:
 * names of interfaces are the kernel's, a mapping's name and target are taken
 * only if "pubport add" would take them.
 */
#include "mapping/finding.h"

#include "mapping/key.h"
#include "mapping/target_name.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/strbuf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

/* that many mappings fit into one command */
#define SPECS_MAX 1000

static size_t count_words(char *const *words)
{
	size_t count = 0;

	while (words && words[count])
		count++;
	return count;
}

/* takes the word over; there is always room for the NULL after it */
static void take_word(struct report *report, char *word)
{
	struct pubport_finding *finding = report_last(report);
	size_t count;
	char **words;

	if (!finding || !word) {
		free(word);
		return word ? (void)0 : report_fail(report, -ENOMEM);
	}
	count = count_words(finding->fix);
	words = reallocarray(finding->fix, count + 2, sizeof(*words));
	if (!words) {
		free(word);
		return report_fail(report, -ENOMEM);
	}
	words[count] = word;
	words[count + 1] = NULL;
	finding->fix = words;
}

/**
 * report_fix_words() - add to the command that mends what was just reported
 * @report: whose last finding
 * @words: words, then NULL
 */
void report_fix_words(struct report *report, const char *const *words)
{
	while (*words)
		take_word(report, strdup(*words++));
}

/**
 * report_fix_word() - add one word of that command
 * @report: whose last finding
 * @format: the word
 */
void report_fix_word(struct report *report, const char *format, ...)
{
	va_list args;
	char *word;

	va_start(args, format);
	if (vasprintf(&word, format, args) < 0)
		word = NULL;
	va_end(args);
	take_word(report, word);
}

/**
 * report_ask_first() - let the user decide whether to run that command
 * @report: whose last finding
 *
 * It would make the finding go away, but may not be what the user wants.
 */
void report_ask_first(struct report *report)
{
	struct pubport_finding *finding = report_last(report);

	if (finding)
		finding->ask_first = true;
}

static void fix_networks(struct report *report,
			 const struct pubport_mapping *mapping)
{
	struct strbuf text CLEANUP(strbuf) = { .out = NULL };
	char network[PUBPORT_NETWORK_TEXT_SIZE];

	if (!(mapping->flags & PUBPORT_MAPPING_LIMITED))
		return;
	if (strbuf_open(&text))
		return report_fail(report, -ENOMEM);
	for (size_t i = 0; i < mapping->from_count; i++)
		fprintf(text.out, "%s%s", i ? "," : "",
			pubport_network_format(&mapping->from[i], network,
					       sizeof(network)));
	if (strbuf_close(&text))
		return report_fail(report, -ENOMEM);
	report_fix(report, "--from", text.string);
}

/* the user's own word for it where it is one, else the address */
static void fix_target(struct report *report,
		       const struct pubport_mapping *mapping)
{
	char addr[PUBPORT_ADDR_TEXT_SIZE];

	pubport_addr_format(&mapping->target_addr, addr, sizeof(addr));
	report_fix(report, "--to",
		   target_name_why_wrong(mapping->target) ? addr
							  : mapping->target);
}

/* HOST:PORTS:PORTS/PROTO */
static void fix_spec(struct report *report,
		     const struct pubport_mapping *mapping)
{
	const struct pubport_key *key = &mapping->key;
	char host[ADDR_PORTS_TEXT_SIZE], target[PORTS_TEXT_SIZE];

	report_fix_word(
		report, "%s:%s/%s",
		addr_ports_format(&key->host, key->ports, host, sizeof(host)),
		ports_format(mapping->target_ports, target, sizeof(target)),
		pubport_protocol_name(key->protocol));
}

static bool same_networks(const struct pubport_mapping *a,
			  const struct pubport_mapping *b)
{
	return a->from_count == b->from_count &&
	       (!a->from_count ||
		!memcmp(a->from, b->from, a->from_count * sizeof(*a->from)));
}

/* whether one command can publish both as they are */
static bool same_options(const struct pubport_mapping *a,
			 const struct pubport_mapping *b)
{
	return !strcmp(a->target, b->target) && !strcmp(a->name, b->name) &&
	       a->flags == b->flags && a->expires == b->expires &&
	       same_networks(a, b) &&
	       (!target_name_why_wrong(a->target) ||
		!pubport_addr_compare(&a->target_addr, &b->target_addr));
}

/**
 * report_group() - how many mappings one command can publish
 * @mappings: mappings
 * @count: number of @mappings, at least 1
 *
 * Return: how many of the first ones report_fix_republish() takes at once.
 */
size_t report_group(const struct pubport_mapping *const *mappings, size_t count)
{
	size_t alike = 1;

	while (alike < count && alike < SPECS_MAX &&
	       same_options(mappings[0], mappings[alike]))
		alike++;
	return alike;
}

/**
 * report_fix_republish() - mend it by publishing mappings as they are once more
 * @report: whose last finding
 * @mappings: which; their target is looked up again, and what they need of the
 *	host is set again
 * @count: number of @mappings, as report_group() says
 */
void report_fix_republish(struct report *report,
			  const struct pubport_mapping *const *mappings,
			  size_t count)
{
	const struct pubport_mapping *mapping = mappings[0];
	int64_t left = mapping->expires - (int64_t)time(NULL);

	report_fix(report, "pubport", "add", "--replace");
	if (mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK)
		report_fix(report, "--no-loopback");
	if (mapping->flags & PUBPORT_MAPPING_SHIELD)
		report_fix(report, "--shield");
	if (mapping->expires) {
		report_fix(report, "--ttl");
		report_fix_word(report, "%" PRId64 "s", left > 0 ? left : 1);
	}
	fix_networks(report, mapping);
	fix_target(report, mapping);
	if (!pubport_name_check(mapping->name, NULL))
		report_fix(report, "--name", mapping->name);
	for (size_t i = 0; i < count; i++)
		fix_spec(report, mappings[i]);
}

/**
 * pubport_finding_fix_format() - write the command that mends it for a shell
 * @finding: with a command
 * @ret_text: its words, quoted where they must be; free with free(3)
 *
 * Return: 0, -ENOENT when the finding has none, or -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_finding_fix_format(const struct pubport_finding *finding,
			   char **ret_text)
{
	struct strbuf text CLEANUP(strbuf) = { .out = NULL };

	if (!finding->fix)
		return -ENOENT;
	if (strbuf_open(&text))
		return -ENOMEM;
	for (char **word = finding->fix; *word; word++) {
		if (word != finding->fix)
			fputc(' ', text.out);
		shell_quote(text.out, *word);
	}
	if (strbuf_close(&text))
		return -ENOMEM;
	text_make_printable(text.string);
	*ret_text = TAKE_PTR(text.string);
	return 0;
}
