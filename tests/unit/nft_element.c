/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of elements, byte for byte as the kernel has them. */
#include "mapping/addr.h"
#include "nft/element.h"
#include "unit.h"

#define TARGET4 "ac110002"
#define TARGET6 "fd000000 00000000 00000000 00000002"
#define CLIENT4 "ac110000"
#define CLIENT6 "fd000000 00000000 00000000 00000000"
#define HOST4 "c0a82102"
#define HOST6 "20010db8 00000000 00000000 00000001"
#define SCTP "84000000"
#define P8080 "1f900000"
#define DOCKER0 "03000040"
#define IIFNAME "646f636b 65723000 00000000 00000000"
#define BR0 "04000040"

#define COUNTER4 "01000000 " HOST4 " " P8080 " " TARGET4 " 00500000"
#define COUNTER6 "01000000 " HOST6 " " P8080 " " TARGET6 " 00500000"

static const char *const keys[] = {
	[SET_HOST4] = HOST4 " " SCTP " " P8080,
	[SET_HOST6] = HOST6 " " SCTP " " P8080,
	[SET_ANY4] = SCTP " " P8080,
	[SET_ANY6] = SCTP " " P8080,
	[SET_RANGE_HOST4] = P8080 " " SCTP " " HOST4,
	[SET_RANGE_HOST6] = P8080 " " SCTP " " HOST6,
	[SET_RANGE_ANY4] = P8080 " " SCTP,
	[SET_RANGE_ANY6] = P8080 " " SCTP,
	[SET_SHIFT_HOST4] = HOST4 " " SCTP " " P8080,
	[SET_SHIFT_HOST6] = HOST6 " " SCTP " " P8080,
	[SET_SHIFT_ANY4] = SCTP " " P8080,
	[SET_SHIFT_ANY6] = SCTP " " P8080,
	[SET_NO_LOOPBACK] = "0a000000 " SCTP " " P8080,
	[SET_NO_LOOPBACK_RANGE] = P8080 " " SCTP " 0a000000",
	[SET_HOST_ADDRESSES4] = HOST4,
	[SET_HOST_ADDRESSES6] = HOST6,
	[SET_PUBLISHED4] = HOST4 " " SCTP " " P8080,
	[SET_PUBLISHED6] = HOST6 " " SCTP " " P8080,
	[SET_TARGETS4] = CLIENT4 " " SCTP " 00500000",
	[SET_TARGETS6] = CLIENT6 " " SCTP " 00500000",
	[SET_ENDING4] = HOST4 " " SCTP " " P8080 " 1f9a0000 " TARGET4,
	[SET_ENDING6] = HOST6 " " SCTP " " P8080 " 1f9a0000 " TARGET6,
	[SET_SETTLING4] = HOST4 " " SCTP " " P8080 " 1f9a0000 " TARGET4,
	[SET_SETTLING6] = HOST6 " " SCTP " " P8080 " 1f9a0000 " TARGET6,
	[SET_HAIRPIN4] = HOST4 " " CLIENT4,
	[SET_HAIRPIN6] = HOST6 " " CLIENT6,
	[SET_ROUTE_LOCALNET] = DOCKER0,
	[SET_LOOPBACK_ROUTE] = DOCKER0,
	[SET_FORWARDING4] = DOCKER0,
	[SET_FORWARDING6] = DOCKER0,
	[SET_HAIRPIN_MODE] = DOCKER0,
	[SET_BRIDGES] = DOCKER0 " " BR0,
	[SET_HAIRPIN_LINKS] = DOCKER0 " " BR0,
	[SET_FORWARDING_ALL] = "0a",
	[SET_ENDING_INTERFACE4] = IIFNAME " " SCTP " " P8080
					  " 1f9a0000 " TARGET4,
	[SET_ENDING_INTERFACE6] = IIFNAME " " SCTP " " P8080
					  " 1f9a0000 " TARGET6,
	[SET_SETTLING_INTERFACE4] = IIFNAME " " SCTP " " P8080
					    " 1f9a0000 " TARGET4,
	[SET_SETTLING_INTERFACE6] = IIFNAME " " SCTP " " P8080
					    " 1f9a0000 " TARGET6,
	[SET_INTERFACE4] = IIFNAME " " SCTP " " P8080,
	[SET_INTERFACE6] = IIFNAME " " SCTP " " P8080,
	[SET_RANGE_INTERFACE4] = P8080 " " SCTP " " IIFNAME,
	[SET_RANGE_INTERFACE6] = P8080 " " SCTP " " IIFNAME,
	[SET_SHIFT_INTERFACE4] = IIFNAME " " SCTP " " P8080,
	[SET_SHIFT_INTERFACE6] = IIFNAME " " SCTP " " P8080,
	[SET_REDIRECT_INTERFACE] = IIFNAME " 0a000000 " SCTP " " P8080,
	[SET_REDIRECT_RANGE_INTERFACE] = IIFNAME " 0a000000 " SCTP " " P8080,
	[SET_PUBLISHED_INTERFACE4] = IIFNAME " " SCTP " " P8080,
	[SET_PUBLISHED_INTERFACE6] = IIFNAME " " SCTP " " P8080,
	[SET_LIMITED_INTERFACE4] = IIFNAME " " SCTP " " P8080,
	[SET_LIMITED_INTERFACE6] = IIFNAME " " SCTP " " P8080,
	[SET_LIMITED_RANGE_INTERFACE4] = P8080 " " SCTP " " IIFNAME,
	[SET_LIMITED_RANGE_INTERFACE6] = P8080 " " SCTP " " IIFNAME,
	[SET_ALLOWED_INTERFACE4] = P8080 " " SCTP " " IIFNAME " " CLIENT4,
	[SET_ALLOWED_INTERFACE6] = P8080 " " SCTP " " IIFNAME " " CLIENT6,
	[SET_ALLOWED_RANGE_INTERFACE4] = P8080 " " SCTP " " IIFNAME " " CLIENT4,
	[SET_ALLOWED_RANGE_INTERFACE6] = P8080 " " SCTP " " IIFNAME " " CLIENT6,
	[SET_REDIRECT] = "0a000000 " SCTP " " P8080,
	[SET_REDIRECT_RANGE] = "0a000000 " SCTP " " P8080,
	[SET_LIMITED4] = HOST4 " " SCTP " " P8080,
	[SET_LIMITED6] = HOST6 " " SCTP " " P8080,
	[SET_LIMITED_RANGE4] = P8080 " " SCTP " " HOST4,
	[SET_LIMITED_RANGE6] = P8080 " " SCTP " " HOST6,
	[SET_ALLOWED4] = CLIENT4 " " HOST4 " " SCTP " " P8080 " 18000000",
	[SET_ALLOWED6] = CLIENT6 " " HOST6 " " SCTP " " P8080 " 18000000",
	[SET_ALLOWED_RANGE4] = P8080 " " SCTP " " HOST4 " " CLIENT4,
	[SET_ALLOWED_RANGE6] = P8080 " " SCTP " " HOST6 " " CLIENT6,
	[SET_MASKS4] = CLIENT4,
	[SET_MASKS6] = CLIENT6,
	[SET_SHIELDED4] = HOST4,
	[SET_SHIELDED6] = HOST6,
	[SET_OPTION4] = HOST4 " " P8080 " " TARGET4 " 00500000 01840000",
	[SET_OPTION6] = HOST6 " " P8080 " " TARGET6 " 00500000 01840000",
	[SET_OPTION_RANGE4] = P8080 " " HOST4 " " TARGET4 " 01840000",
	[SET_OPTION_RANGE6] = P8080 " " HOST6 " " TARGET6 " 01840000",
	[SET_OPTION_INTERFACE4] = IIFNAME " " P8080 " " TARGET4
					  " 00500000 01840000",
	[SET_OPTION_INTERFACE6] = IIFNAME " " P8080 " " TARGET6
					  " 00500000 01840000",
	[SET_OPTION_RANGE_INTERFACE4] = P8080 " " IIFNAME " " TARGET4
					      " 01840000",
	[SET_OPTION_RANGE_INTERFACE6] = P8080 " " IIFNAME " " TARGET6
					      " 01840000",
	[SET_UPLINKS] = DOCKER0,
	[SET_COUNTER_TCP4] = COUNTER4,
	[SET_COUNTER_TCP6] = COUNTER6,
	[SET_COUNTER_UDP4] = COUNTER4,
	[SET_COUNTER_UDP6] = COUNTER6,
	[SET_COUNTER_SCTP4] = COUNTER4,
	[SET_COUNTER_SCTP6] = COUNTER6,
	[SET_COUNTER_RANGE4] = P8080 " 01000000 " SCTP " " HOST4 " " TARGET4,
	[SET_COUNTER_RANGE6] = P8080 " 01000000 " SCTP " " HOST6 " " TARGET6,
};

_Static_assert(ARRAY_SIZE(keys) == SET_COUNT, "there is a key of each set");

static const struct set *set_at(size_t id)
{
	return set_get((enum set_id)id);
}

static struct element_fields fields_for(const struct set *set)
{
	bool four = set->family == PUBPORT_IPV4;

	return (struct element_fields){
		.saddr = addr(four ? "172.17.0.0" : "fd00::"),
		.daddr = addr(four ? "192.168.33.2" : "2001:db8::1"),
		.family = PUBPORT_IPV6,
		.protocol = PUBPORT_SCTP,
		.port = 8080,
		.iif = 3,
		.oif = 4,
		.iifname = "docker0",
		.prefix = 24,
		.last_port = 8090,
		.target = addr(four ? "172.17.0.2" : "fd00::2"),
		.target_port = 80,
		.is_reply = true,
		.option = set_option(OPTION_MASQUERADE, PUBPORT_SCTP),
		.sport = 80,
	};
}

static void keys_are_written(void **state)
{
	const uint8_t zero[ELEMENT_KEY_MAX] = { 0 };
	uint8_t key[ELEMENT_KEY_MAX];

	(void)state;
	for (size_t id = 0; id < SET_COUNT; id++) {
		const struct set *set = set_at(id);
		struct element_fields fields = fields_for(set);
		uint32_t length = set_key_length(set);

		memset(key, 0xff, sizeof(key));
		element_write_key(set, &fields, key);
		check_bytes(key, length, keys[id]);
		assert_memory_equal(key + length, zero, sizeof(key) - length);
	}
}

static void check_field(enum set_field field, const struct element_fields *read,
			const struct element_fields *written)
{
	switch (field) {
	case FIELD_SADDR:
		assert_true(addr_equal(&read->saddr, &written->saddr));
		break;
	case FIELD_DADDR:
		assert_true(addr_equal(&read->daddr, &written->daddr));
		break;
	case FIELD_PROTOCOL:
		assert_int_equal(read->protocol, written->protocol);
		break;
	case FIELD_PORT:
		assert_int_equal(read->port, written->port);
		break;
	case FIELD_SPORT:
		assert_int_equal(read->sport, written->sport);
		break;
	case FIELD_NFPROTO:
		assert_int_equal(read->family, written->family);
		break;
	case FIELD_IIF:
		assert_int_equal(read->iif, written->iif);
		break;
	case FIELD_OIF:
		assert_int_equal(read->oif, written->oif);
		break;
	case FIELD_IIFNAME:
		assert_string_equal(read->iifname, written->iifname);
		break;
	case FIELD_PREFIX:
		assert_int_equal(read->prefix, written->prefix);
		break;
	case FIELD_LAST_PORT:
		assert_int_equal(read->last_port, written->last_port);
		break;
	case FIELD_TARGET:
		assert_true(addr_equal(&read->target, &written->target));
		break;
	case FIELD_TARGET_PORT:
		assert_int_equal(read->target_port, written->target_port);
		break;
	case FIELD_DIRECTION:
		assert_int_equal(read->is_reply, written->is_reply);
		break;
	case FIELD_OPTION:
		assert_int_equal(read->option, written->option);
		break;
	case FIELD_NONE:
		break;
	}
}

static void what_is_written_can_be_read(void **state)
{
	uint8_t key[ELEMENT_KEY_MAX];

	(void)state;
	for (size_t id = 0; id < SET_COUNT; id++) {
		const struct set *set = set_at(id);
		struct element_fields written = fields_for(set);
		struct element_fields read;

		element_write_key(set, &written, key);
		element_read_key(set, key, &read);
		for (size_t i = 0; i < SET_KEY_FIELDS; i++)
			check_field(set->key[i], &read, &written);
	}
}

/* the table may hold a name without a NUL */
static void long_names_end(void **state)
{
	uint8_t key[ELEMENT_KEY_MAX];
	struct element_fields read;

	(void)state;
	memset(key, 'x', sizeof(key));
	element_read_key(set_get(SET_INTERFACE4), key, &read);
	assert_string_equal(read.iifname, "xxxxxxxxxxxxxxx");
}

/* the table may hold any number: no two are one interface */
static void indices_come_back(void **state)
{
	uint8_t key[ELEMENT_KEY_MAX];
	struct element_fields read;

	(void)state;
	memset(key, 0xff, sizeof(key));
	element_read_key(set_get(SET_BRIDGES), key, &read);
	assert_int_equal(read.iif, UINT32_MAX - SET_INTERFACE);
	assert_int_equal(read.oif, UINT32_MAX - SET_INTERFACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_written),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(long_names_end),
		cmocka_unit_test(indices_come_back),
	};

	return cmocka_run_group_tests_name("element", tests, NULL, NULL);
}
