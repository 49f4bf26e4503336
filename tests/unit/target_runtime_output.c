/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runtimes print: read as it should be, and refused as it should not. */
#include "target/runtime_output.h"
#include "unit.h"

#define LONG                                                                       \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

typedef int (*read_fn)(const char *output, struct instances *instances);

/* "NAME pid PID, ADDRESS of NETWORK, ..." each, or what it failed with */
static const char *summary(read_fn read, const char *output, char text[2048])
{
	struct instances instances = { 0 };
	char address[PUBPORT_ADDR_TEXT_SIZE];
	int code = read(output, &instances);
	char *end = text;

	text[0] = '\0';
	if (code)
		sprintf(text, "%s",
			code == -EBADMSG ? "EBADMSG" : strerror(-code));
	for (size_t i = 0; !code && i < instances.count; i++) {
		const struct instance *item = &instances.items[i];

		end += sprintf(end, "%s%s %s pid %d", i ? "; " : "", item->name,
			       item->running ? "runs" : "idle", item->pid);
		for (size_t k = 0; k < item->addr_count; k++)
			end += sprintf(end, ", %s of %s",
				       pubport_addr_format(&item->addrs[k].addr,
							   address,
							   sizeof(address)),
				       item->addrs[k].network);
	}
	instances_done(&instances);
	return text;
}

#define READS(read, output, expected)                                          \
	assert_string_equal(summary(read, output, (char[2048]){ 0 }), expected)

static void names_are_the_first_words(void **state)
{
	(void)state;
	READS(read_names, "", "");
	READS(read_names, "web\ndb container - -\n\n  x\n",
	      "web idle pid 0; db idle pid 0");
	READS(read_names, "-x\n$(y)\n.z\na/b\na:b\na@b\n\x1b[31m\n\xc3\xa4\n",
	      "");
	READS(read_names, "a.b_c-d", "a.b_c-d idle pid 0");
}

static void containers_are_objects(void **state)
{
	(void)state;
	READS(read_containers, "\n", "");
	READS(read_containers,
	      "{\"id\":\"12\",\"name\":\"/flask\",\"image\":\"i\","
	      "\"running\":true,\"pid\":42,\"networks\":{"
	      "\"bridge\":{\"IPAddress\":\"172.17.0.2\","
	      "\"GlobalIPv6Address\":\"fd17::2\"},"
	      "\"front\":{\"IPAddress\":\"\"}}}\n"
	      "{\"name\":\"idle\",\"running\":false,\"pid\":0,"
	      "\"networks\":null}\n",
	      "flask runs pid 42, 172.17.0.2 of bridge, fd17::2 of bridge; "
	      "idle idle pid 0");
	READS(read_containers, "{}", " idle pid 0");
	READS(read_containers,
	      "{\"name\":1,\"running\":1,\"pid\":-1,\"networks\":[1,{}]}",
	      " idle pid 0");
	READS(read_containers, "{\"pid\":2147483648}", " idle pid 0");
	READS(read_containers, "[]", "EBADMSG");
	READS(read_containers, "{} x", "EBADMSG");
	READS(read_containers, "{\"name\":", "EBADMSG");
}

static void what_is_long_is_cut_and_printable(void **state)
{
	struct instances instances = { 0 };

	(void)state;
	assert_int_equal(read_containers("{\"name\":\"" LONG
					 "\",\"image\":\"\\u001b" LONG
					 "\",\"id\":\"" LONG "\","
					 "\"networks\":{\"" LONG
					 "\":{\"IPAddress\":\"10.0.0.1\"}}}",
					 &instances),
			 0);
	assert_int_equal(strlen(instances.items[0].name),
			 PUBPORT_TARGET_SIZE - 1);
	assert_int_equal(strlen(instances.items[0].image),
			 PUBPORT_IMAGE_SIZE - 1);
	assert_int_equal(instances.items[0].image[0], '?');
	assert_int_equal(strlen(instances.items[0].id), 64);
	assert_int_equal(strlen(instances.items[0].addrs[0].network),
			 INSTANCE_NETWORK_SIZE - 1);
	instances_done(&instances);
}

static void addresses_have_a_bound(void **state)
{
	struct instances instances = { 0 };
	char output[8192] = "[{\"state\":{\"pid\":1,\"network\":{\"eth0\":{"
			    "\"host_name\":\"veth\",\"addresses\":[";
	char *end = output + strlen(output);

	(void)state;
	for (int i = 0; i < 50; i++)
		end += sprintf(end,
			       "%s{\"address\":\"10.0.0.%d\","
			       "\"scope\":\"global\"}",
			       i ? "," : "", i);
	strcpy(end, "]}}}}]");
	assert_int_equal(read_incus(output, &instances), 0);
	assert_int_equal(instances.items[0].addr_count, PUBPORT_TARGET_ADDRS);
	instances_done(&instances);
}

static void machines_are_blocks_of_properties(void **state)
{
	(void)state;
	READS(read_machines, "", "");
	READS(read_machines,
	      "Name=crate\nLeader=42\nClass=container\n\n"
	      "Name=guest\nLeader=43\nClass=vm\n",
	      "crate runs pid 42; guest idle pid 43");
	READS(read_machines, "Name=x\nLeader=12x\nClass=container\n",
	      "x runs pid 0");
	READS(read_machines, "Leader=1\nName=x\n", "EBADMSG");
	READS(read_machines, "rubbish", "EBADMSG");
}

static void incus_prints_an_array(void **state)
{
	(void)state;
	READS(read_incus, "[]", "");
	READS(read_incus,
	      "[{\"name\":\"c1\",\"state\":{\"pid\":7,\"network\":{"
	      "\"docker0\":{\"host_name\":\"\",\"addresses\":[{"
	      "\"address\":\"172.17.0.1\",\"scope\":\"global\"}]},"
	      "\"eth0\":{\"host_name\":\"veth1\",\"addresses\":[{"
	      "\"address\":\"10.1.1.2\",\"scope\":\"global\"},{"
	      "\"address\":\"fe80::1\",\"scope\":\"link\"}]}}}},"
	      "{\"name\":\"c2\",\"state\":null}]",
	      "c1 runs pid 7, 10.1.1.2 of ; c2 idle pid 0");
	READS(read_incus, "[1,\"x\"]", " idle pid 0;  idle pid 0");
	READS(read_incus, "{}", "EBADMSG");
	READS(read_incus, "[] []", "EBADMSG");
	READS(read_incus, "", "EBADMSG");
}

static void lxc_prints_a_number(void **state)
{
	(void)state;
	READS(read_pid, "63\n", " runs pid 63");
	READS(read_pid, "", " idle pid 0");
	READS(read_pid, "-1\n", "EBADMSG");
	READS(read_pid, "6 3\n", "EBADMSG");
	READS(read_pid, "63\n64\n", "EBADMSG");
	READS(read_pid, "99999999999999999999\n", " idle pid 0");
}

static void virsh_prints_a_table(void **state)
{
	(void)state;
	READS(read_domifaddr, "", " runs pid 0");
	READS(read_domifaddr,
	      " Name       MAC address          Protocol     Address\n"
	      "----------------------------------------------------\n"
	      " vnet0      52:54:00:12:34:56    ipv4         10.1.1.2/24\n"
	      " -          -                    ipv6         fd17::2/64\n"
	      " vnet1      52:54:00:12:34:57    N/A          N/A\n\n",
	      " runs pid 0, 10.1.1.2 of , fd17::2 of ");
	READS(read_domifaddr, "a b ipv4 " LONG LONG LONG "\n", " runs pid 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_first_words),
		cmocka_unit_test(containers_are_objects),
		cmocka_unit_test(what_is_long_is_cut_and_printable),
		cmocka_unit_test(addresses_have_a_bound),
		cmocka_unit_test(machines_are_blocks_of_properties),
		cmocka_unit_test(incus_prints_an_array),
		cmocka_unit_test(lxc_prints_a_number),
		cmocka_unit_test(virsh_prints_a_table),
	};

	return cmocka_run_group_tests_name("instance", tests, NULL, NULL);
}
