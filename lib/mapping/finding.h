/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the doctor found, as it is written down one by one. */
#ifndef MAPPING_FINDING_H
#define MAPPING_FINDING_H

#include "pubport.h"
#include "util/error.h"

/**
 * struct report - findings being written down
 * @findings: so far; free with pubport_findings_done()
 * @subject: what the next ones are about
 * @key: the key of the mapping that they are about, or ""
 * @target: the target that they are about, or ""
 * @error: the first failure, or 0; after it all else does nothing
 */
struct report {
	struct pubport_findings findings;
	char subject[PUBPORT_MAPPING_TEXT_SIZE + PUBPORT_TARGET_SIZE];
	char key[PUBPORT_KEY_TEXT_SIZE];
	char target[PUBPORT_ADDR_TEXT_SIZE];
	int error;
};

void report_about_host(struct report *report);
void report_about_target(struct report *report, const struct pubport_addr *addr,
			 const char *text);
void report_about_mapping(struct report *report,
			  const struct pubport_mapping *mapping);

void report_add(struct report *report, enum pubport_finding_status status,
		enum pubport_client client, const char *check,
		const char *format, ...) PRINTF(5, 6);

/* something is as it should be; may be wanted, but the user should know it;
 * keeps clients out */
#define report_ok(report, ...)                                                 \
	report_add(report, PUBPORT_FINDING_OK, __VA_ARGS__)
#define report_note(report, ...)                                               \
	report_add(report, PUBPORT_FINDING_NOTE, __VA_ARGS__)
#define report_wrong(report, ...)                                              \
	report_add(report, PUBPORT_FINDING_WRONG, __VA_ARGS__)

void report_fail(struct report *report, int code);
struct pubport_finding *report_last(struct report *report);

/* these add to the last one */
void report_by(struct report *report, const char *format, ...) PRINTF(2, 3);
void report_fix_words(struct report *report, const char *const *words);
void report_fix_word(struct report *report, const char *format, ...)
	PRINTF(2, 3);
void report_fix_sysctl(struct report *report, const char *directory,
		       const char *interface, const char *name, int value);
size_t report_group(const struct pubport_mapping *const *mappings,
		    size_t count);
void report_fix_republish(struct report *report,
			  const struct pubport_mapping *const *mappings,
			  size_t count);
void report_ask_first(struct report *report);

/* report_fix(report, WORD...) adds words of the command */
#define report_fix(report, ...)                                                \
	report_fix_words(report, (const char *const[]){ __VA_ARGS__, NULL })

static inline void cleanup_report_done(struct report *report)
{
	pubport_findings_done(&report->findings);
}

#endif
