/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the doctor found, as it is written down one by one.
 *
 * A report remembers its first failure, so that whoever writes to it need not
 * look.  All text is made printable: names of interfaces, processes and tables
 * come from anyone.
 */
#include "mapping/finding.h"

#include "mapping/add_command.h"
#include "mapping/mapping.h"
#include "mapping/target_name.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <stdarg.h>
#include <string.h>

static void finding_done(struct pubport_finding *finding)
{
	free(finding->subject);
	free(finding->key);
	free(finding->target);
	free(finding->message);
	free(finding->by);
	argv_free(finding->fix);
}

/**
 * pubport_findings_done() - free findings
 * @findings: from pubport_doctor(), or all zero
 */
PUBPORT_EXPORT void pubport_findings_done(struct pubport_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_done(&findings->items[i]);
	free(findings->items);
	memset(findings, 0, sizeof(*findings));
}

/* --------------------------------------------------------------- subject */

/**
 * report_about_host() - the next findings are about the host
 * @report: where they go
 */
void report_about_host(struct report *report)
{
	snprintf(report->subject, sizeof(report->subject), "this host");
	report->key[0] = '\0';
	report->target[0] = '\0';
}

/**
 * report_about_target() - the next findings are about a target
 * @report: where they go
 * @addr: its address
 * @text: how the user wrote it; not trusted
 */
void report_about_target(struct report *report, const struct pubport_addr *addr,
			 const char *text)
{
	pubport_addr_format(addr, report->target, sizeof(report->target));
	if (strcmp(text, report->target) == 0)
		snprintf(report->subject, sizeof(report->subject), "%s", text);
	else
		snprintf(report->subject, sizeof(report->subject), "%s (%s)",
			 report->target, text);
	report->key[0] = '\0';
}

/**
 * report_about_mapping() - the next findings are about a mapping
 * @report: where they go
 * @mapping: which
 */
void report_about_mapping(struct report *report,
			  const struct pubport_mapping *mapping)
{
	pubport_mapping_format(mapping, report->subject,
			       sizeof(report->subject));
	pubport_key_format(&mapping->key, report->key, sizeof(report->key));
	pubport_addr_format(&mapping->target_addr, report->target,
			    sizeof(report->target));
}

/* -------------------------------------------------------------- findings */

/**
 * report_fail() - remember that something could not be done
 * @report: to which nothing is written any more
 * @code: negative errno, or 0 for what went well
 */
void report_fail(struct report *report, int code)
{
	if (!report->error)
		report->error = code;
}

/**
 * report_last() - the finding that was written down last
 * @report: in which
 *
 * Return: it, or NULL where there is none, or after a failure.
 */
struct pubport_finding *report_last(struct report *report)
{
	if (report->error || !report->findings.count)
		return NULL;
	return &report->findings.items[report->findings.count - 1];
}

__attribute__((format(printf, 1, 0))) static char *
format_text(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return NULL;
	text_make_printable(text);
	return text;
}

/* NULL for "" */
static char *copy_text(struct report *report, const char *text)
{
	char *copy = *text ? strdup(text) : NULL;

	if (*text && !copy)
		report_fail(report, -ENOMEM);
	if (copy)
		text_make_printable(copy);
	return copy;
}

static struct pubport_finding *append(struct report *report)
{
	struct pubport_findings *findings = &report->findings;
	struct pubport_finding *items;

	if (report->error)
		return NULL;
	items = array_grow(findings->items, findings->count, sizeof(*items));
	if (!items) {
		report_fail(report, -ENOMEM);
		return NULL;
	}
	findings->items = items;
	return memset(&items[findings->count++], 0, sizeof(*items));
}

/**
 * report_add() - write down what was found
 * @report: where to write it
 * @status: whether it is as it should be, may be wanted, or keeps clients out
 * @client: for whom
 * @check: what was looked at; one word or two, constant
 * @format: how it is
 */
void report_add(struct report *report, enum pubport_finding_status status,
		enum pubport_client client, const char *check,
		const char *format, ...)
{
	struct pubport_finding *finding = append(report);
	va_list args;

	if (!finding)
		return;
	finding->status = status;
	finding->client = client;
	finding->check = check;
	finding->subject = copy_text(report, report->subject);
	finding->key = copy_text(report, report->key);
	finding->target = copy_text(report, report->target);
	va_start(args, format);
	finding->message = format_text(format, args);
	va_end(args);
	if (!finding->message)
		report_fail(report, -ENOMEM);
}

/**
 * report_by() - name who does what was just reported
 * @report: whose last finding
 * @format: a process, a rule, a setting
 */
void report_by(struct report *report, const char *format, ...)
{
	struct pubport_finding *finding = report_last(report);
	va_list args;

	if (!finding)
		return;
	va_start(args, format);
	free(finding->by);
	finding->by = format_text(format, args);
	va_end(args);
	if (!finding->by)
		report_fail(report, -ENOMEM);
}

/* ---------------------------------------------------------------- fixes -- */

/* that many mappings fit into one command */
#define SPECS_MAX 1000

static void take_word(struct report *report, char *word)
{
	struct pubport_finding *finding = report_last(report);

	if (finding)
		report_fail(report, argv_append(&finding->fix, word));
	else
		free(word);
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
 * report_fix_sysctl() - add an interface's sysctl to a command "sysctl -w"
 * @report: whose last finding
 * @directory: "ipv4" or "ipv6"
 * @interface: the interface
 * @name: the sysctl
 * @value: what it is set to
 */
void report_fix_sysctl(struct report *report, const char *directory,
		       const char *interface, const char *name, int value)
{
	/* it takes slashes as well, which a name with dots needs */
	if (strchr(interface, '.'))
		report_fix_word(report, "net/%s/conf/%s/%s=%d", directory,
				interface, name, value);
	else
		report_fix_word(report, "net.%s.conf.%s.%s=%d", directory,
				interface, name, value);
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

/* whether one command can publish both as they are */
static bool same_options(const struct pubport_mapping *a,
			 const struct pubport_mapping *b)
{
	return mapping_equal(a, b, MAPPING_CLIENTS | MAPPING_WORDS) &&
	       a->expires == b->expires &&
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
 * @report: whose last finding, which has no command yet
 * @mappings: which; their target is looked up again, and what they need of the
 *	host is set again
 * @count: number of @mappings, as report_group() says
 */
void report_fix_republish(struct report *report,
			  const struct pubport_mapping *const *mappings,
			  size_t count)
{
	struct pubport_finding *finding = report_last(report);

	if (finding)
		report_fail(report, add_command_republish(mappings, count,
							  &finding->fix));
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
	return finding->fix ? argv_to_text(finding->fix, ret_text) : -ENOENT;
}
