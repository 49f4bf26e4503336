/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KEYs, as a user writes them, and as pubport does.
 *
 * What is one reads the same when it is written out, and is a SPEC as well but
 * for its sense.  What is none says why, and nothing is stored.
 */
#include "harness/fuzz.h"

static void check_same(const struct pubport_key *a, const struct pubport_key *b)
{
	CHECK(!pubport_addr_compare(&a->host, &b->host));
	CHECK(a->protocol == b->protocol);
	CHECK(a->ports.first == b->ports.first);
	CHECK(a->ports.last == b->ports.last);
}

static void check_again(const struct pubport_key *key)
{
	char text[PUBPORT_KEY_TEXT_SIZE], rewritten[PUBPORT_KEY_TEXT_SIZE];
	struct pubport_key again;
	bool has_host;

	CHECK(key->ports.first && key->ports.first <= key->ports.last);
	CHECK(*pubport_key_format(key, text, sizeof(text)));
	CHECK(!pubport_key_parse(text, &has_host, &again, NULL));
	CHECK(has_host);
	check_same(key, &again);
	pubport_key_format(&again, rewritten, sizeof(rewritten));
	CHECK(!strcmp(text, rewritten));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = text_of(data, size);
	struct pubport_error error;
	struct pubport_key key;
	bool has_host;
	int code;

	memset(&key, UNTOUCHED, sizeof(key));
	code = pubport_key_parse(text, &has_host, &key, &error);
	if (code) {
		check_error(&error, code);
		CHECK(code == -EINVAL && error.status == PUBPORT_USAGE);
		check_untouched(&key, sizeof(key));
		return 0;
	}
	CHECK(has_host || pubport_addr_is_any(&key.host));
	check_again(&key);
	return 0;
}
