/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the doctor found, as it is written down one by one.
 *
 * A report remembers its first failure, so that whoever writes to it need not
 * look.  All text is made printable: names of interfaces, processes and tables
 * come from anyone.
 */
#include "mapping/finding.h"

#include "util/array.h"
#include "util/cleanup.h"

#include <stdarg.h>
#include <string.h>

static void finding_done(struct pubport_finding *finding)
{
	free(finding->subject);
	free(finding->key);
	free(finding->target);
	free(finding->message);
	free(finding->by);
	for (char **word = finding->fix; word && *word; word++)
		free(*word);
	free(finding->fix);
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
