/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All other words that a user writes: addresses, networks, durations, times,
 * names and targets.
 *
 * What is one of them reads the same when it is written out.  What is none says
 * why, and nothing is stored.
 */
#include "harness/fuzz.h"
#include "mapping/prefix.h"
#include "mapping/target_name.h"
#include "util/time.h"

/* ten thousand years */
#define TIME_MAX (INT64_C(10000) * 366 * 24 * 3600)

static void try_addr(const char *text)
{
	char rewritten[PUBPORT_ADDR_TEXT_SIZE];
	struct pubport_addr addr, again;

	memset(&addr, UNTOUCHED, sizeof(addr));
	if (pubport_addr_parse(text, &addr)) {
		check_untouched(&addr, sizeof(addr));
		return;
	}
	CHECK(*pubport_addr_format(&addr, rewritten, sizeof(rewritten)));
	CHECK(!pubport_addr_parse(rewritten, &again));
	CHECK(!pubport_addr_compare(&addr, &again));
}

static void try_network(const char *text)
{
	struct pubport_network network, again;
	char rewritten[PUBPORT_NETWORK_TEXT_SIZE];
	struct pubport_error error;
	int code;

	memset(&network, UNTOUCHED, sizeof(network));
	code = pubport_network_parse(text, &network, &error);
	if (code) {
		check_error(&error, code);
		check_untouched(&network, sizeof(network));
		return;
	}
	CHECK(prefix_is_valid(&network));
	CHECK(prefix_contains(&network, &network.addr));
	CHECK(*pubport_network_format(&network, rewritten, sizeof(rewritten)));
	CHECK(!pubport_network_parse(rewritten, &again, NULL));
	CHECK(!prefix_compare(&network, &again));
}

static void try_duration(const char *text)
{
	struct pubport_error error;
	uint32_t seconds = 0;
	int code = pubport_duration_parse(text, &seconds, &error);

	if (code)
		check_error(&error, code);
	CHECK(!code == (seconds > 0));
}

static void try_timestamp(const char *text)
{
	char rewritten[TIMESTAMP_SIZE];
	int64_t seconds, again;

	if (timestamp_parse(text, &seconds))
		return;
	CHECK(seconds >= 0 && seconds < TIME_MAX);
	CHECK(*timestamp_format(seconds, rewritten));
	CHECK(!timestamp_parse(rewritten, &again));
	CHECK(seconds == again);
}

static void try_name(const char *text)
{
	struct pubport_error error;
	int code = pubport_name_check(text, &error);

	if (code)
		check_error(&error, code);
	else
		CHECK(*text && strlen(text) < PUBPORT_NAME_SIZE &&
		      text_is_printable(text));
	if (!target_name_why_wrong(text))
		CHECK(*text && strlen(text) < PUBPORT_TARGET_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = text_of(data, size);

	try_addr(text);
	try_network(text);
	try_duration(text);
	try_timestamp(text);
	try_name(text);
	return 0;
}
