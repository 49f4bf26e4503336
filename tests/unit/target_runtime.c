/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of runtimes: every row is whole, and its kind is a target's. */
#include "mapping/target_name.h"
#include "target/runtime.h"
#include "unit.h"

static void every_row_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < RUNTIME_COUNT; i++) {
		const struct runtime *row = &runtime_table[i];

		assert_true(
			target_name_is_prefix(row->kind, strlen(row->kind)));
		assert_non_null(row->read);
		assert_non_null(row->start);
		assert_non_null(row->show[0][0]);
		assert_string_equal(runtime_program(row), row->show[0][0]);
		assert_true(row->list[0] || row->takes_names);
		assert_null(row->list[RUNTIME_WORDS - 1]);
		for (size_t k = 0; k < RUNTIME_SOURCES; k++)
			assert_null(row->show[k][RUNTIME_WORDS - 1]);
	}
}

static void targets_name_their_runtime(void **state)
{
	const char *name;

	(void)state;
	assert_string_equal(runtime_find("docker:flask", &name)->kind,
			    "docker");
	assert_string_equal(name, "flask");
	assert_string_equal(runtime_find("incus:a@b", &name)->kind, "incus");
	assert_string_equal(name, "a@b");
	assert_null(runtime_find("docker", &name));
	assert_null(runtime_find("dock:x", &name));
	assert_null(runtime_find("dockers:x", &name));
	assert_null(runtime_find("netns:x", &name));
	assert_null(runtime_find("pid:1", &name));
	assert_null(runtime_find("fd17::2", &name));
	assert_null(runtime_find("", &name));
}

static void names_become_part_of_commands(void **state)
{
	static const char *const wrong[] = {
		"docker:",     "docker:-f",   "docker:$(x)",   "docker:a b",
		"docker:a\nb", "docker:a/b",  "docker:a@",     "docker:@a",
		"docker:a@-b", "docker:a@b@", "virsh:a",       "libvirt:a;b",
		"lxc:../a",    "incus:a?b",   "machine:.host",
	};
	static const char *const right[] = {
		"docker:flask", "podman:a_b.c-d", "lxc:1",
		"incus:web-1",	"libvirt:win10",  "docker:a@b.c_d-e",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_non_null(target_name_why_wrong(wrong[i]));
	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		assert_null(target_name_why_wrong(right[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(targets_name_their_runtime),
		cmocka_unit_test(names_become_part_of_commands),
	};

	return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
