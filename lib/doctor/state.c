/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings that are recorded, but not published any more.
 *
 * Whoever flushes the ruleset takes all mappings along.  "pubport keep" records
 * them in a file, an array as "pubport ls --json" prints it.  The file is read
 * with care, since anybody may have edited it.
 */
#include "doctor/doctor.h"

#include "mapping/key.h"
#include "mapping/mapping.h"
#include "table/lookup.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* a file larger than that is none of keep's */
#define FILE_MAX (64 * 1024 * 1024)

/* ---------------------------------------------------------------- reading */

/* the file may be anything: never wait for a pipe's other end */
static int read_regular(const char *path, char **ret_text)
{
	int fd CLEANUP(close) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat file;
	size_t length;

	if (fd < 0 || fstat(fd, &file) < 0)
		return -errno;
	if (!S_ISREG(file.st_mode))
		return -EBADF;
	return file_read(fd, FILE_MAX, ret_text, &length);
}

/* no file records nothing */
static int read_state(const char *path, struct pubport_mappings *mappings,
		      struct pubport_error *error)
{
	char *text CLEANUP(free) = NULL;
	int code = read_regular(path, &text);

	if (code == -ENOENT)
		return 0;
	if (code)
		return error_set(error, PUBPORT_FAILED, code, "%s",
				 code == -EBADF ? "it is not a regular file"
						: strerror(-code));
	return pubport_mappings_from_json(text, mappings, error);
}

/* ---------------------------------------------------------------- telling */

/**
 * struct missing - mappings that are recorded, but not in the table
 * @recorded: all that are recorded
 * @items: those that are missing, on the heap
 * @count: number of @items
 * @flushed: whether the whole table is gone
 */
struct missing {
	struct pubport_mappings recorded;
	const struct pubport_mapping **items;
	size_t count;
	bool flushed;
};

static void cleanup_missing(struct missing *missing)
{
	pubport_mappings_done(&missing->recorded);
	free(missing->items);
}

/* what one command publishes stands together */
static int compare_options(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order = strcmp((*x)->target, (*y)->target);

	if (!order)
		order = strcmp((*x)->name, (*y)->name);
	return order ? order : key_compare(&(*x)->key, &(*y)->key);
}

static int find_missing(struct doctor *doctor, struct missing *missing)
{
	struct pubport_mappings *recorded = &missing->recorded;
	struct netlink *nft = &doctor->scene.context->nft;
	struct pubport_mapping there;
	bool laid;
	int code = table_exists(nft, &laid);

	missing->items =
		calloc(recorded->count + 1, sizeof(struct pubport_mapping *));
	if (!missing->items)
		return -ENOMEM;
	for (size_t i = 0; !code && i < recorded->count; i++) {
		if (mapping_is_over(&recorded->items[i], time(NULL)))
			continue;
		code = table_find(nft, &recorded->items[i].key, &there);
		if (code == -ENOENT) {
			missing->items[missing->count++] = &recorded->items[i];
			code = 0;
		}
	}
	if (code)
		return code;
	missing->flushed = !laid;
	qsort(missing->items, missing->count, sizeof(struct pubport_mapping *),
	      compare_options);
	return 0;
}

static void tell_missing(struct doctor *doctor, const struct missing *missing,
			 const struct pubport_mapping *const *mappings,
			 size_t count)
{
	struct report *report = &doctor->report;
	char more[32] = "";

	if (count > 1)
		snprintf(more, sizeof(more), " and %zu more", count - 1);
	report_about_mapping(report, mappings[0]);
	report_wrong(report, PUBPORT_CLIENT_ANY, "published",
		     "%s%s %s recorded, but not published any more: %s",
		     report->key, more, count > 1 ? "are" : "is",
		     missing->flushed ? "the ruleset was flushed"
				      : "somebody took it out of the table");
	report_by(report, "%s",
		  missing->flushed ? "nft flush ruleset, or the like"
				   : "another program");
	report_fix_republish(report, mappings, count);
}

/* what can't be read becomes a note: the mappings that are there matter more */
static int open_state(struct doctor *doctor, struct missing *missing)
{
	struct pubport_error why;
	int code = read_state(doctor->state, &missing->recorded, &why);

	if (!code)
		return find_missing(doctor, missing);
	if (error_is_shortage(code))
		return code;
	report_about_host(&doctor->report);
	report_note(&doctor->report, PUBPORT_CLIENT_ANY, "state",
		    "%s can't be read: %s", doctor->state, why.message);
	return 0;
}

/**
 * doctor_check_state() - look for mappings that are recorded, but not there
 *
 * A host_check_fn.
 */
int doctor_check_state(struct doctor *doctor)
{
	struct missing missing CLEANUP(missing) = { .count = 0 };
	int code = open_state(doctor, &missing);
	size_t count;

	for (size_t i = 0; !code && i < missing.count; i += count) {
		count = report_group(missing.items + i, missing.count - i);
		tell_missing(doctor, &missing, missing.items + i, count);
	}
	return code;
}

static bool is_meant(const struct pubport_key *key,
		     const struct pubport_spec *wanted)
{
	const struct pubport_key meant = spec_key(wanted, key->host.family);

	return !key_compare(key, &meant);
}

/* the host side of a KEY or a SPEC */
static bool read_wanted(const char *text, struct pubport_spec *ret_wanted)
{
	struct pubport_spec wanted = { .text = text };
	struct pubport_key key;

	if (pubport_key_parse(text, &wanted.has_host, &key, NULL))
		return !pubport_spec_parse(text, ret_wanted, NULL);
	wanted.host = key.host;
	memcpy(wanted.interface, key.interface, sizeof(wanted.interface));
	wanted.protocol = key.protocol;
	wanted.host_ports = key.ports;
	*ret_wanted = wanted;
	return true;
}

/**
 * doctor_check_missing() - look whether a mapping is recorded, but not there
 * @doctor: whose report it goes into
 * @text: KEY or SPEC of the mapping
 * @ret_found: whether it is recorded
 *
 * Return: 0, -ENOMEM, or another negative errno from the kernel.
 */
int doctor_check_missing(struct doctor *doctor, const char *text,
			 bool *ret_found)
{
	struct missing missing CLEANUP(missing) = { .count = 0 };
	struct pubport_spec wanted;
	int code = open_state(doctor, &missing);

	*ret_found = false;
	if (code || !read_wanted(text, &wanted))
		return code;
	for (size_t i = 0; i < missing.count; i++) {
		if (!is_meant(&missing.items[i]->key, &wanted))
			continue;
		tell_missing(doctor, &missing, missing.items + i, 1);
		*ret_found = true;
	}
	return 0;
}
