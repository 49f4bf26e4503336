/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The targets of the mappings that are examined, each once. */
#include "doctor/doctor.h"

#include "mapping/target_name.h"
#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "util/array.h"

#include <string.h>

static int compare_targets(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order =
		pubport_addr_compare(&(*x)->target_addr, &(*y)->target_addr);

	return order ? order : strcmp((*x)->target, (*y)->target);
}

/* those to one target stay as they were */
static int compare_in_order(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order = compare_targets(a, b);

	return order ? order : *x < *y ? -1 : *x > *y;
}

/* of several targets, one a family, the only one that is no address; what was
 * not written by a user names nothing */
static void find_name(const char *text, char *ret_name)
{
	char word[PUBPORT_TARGET_SIZE];
	struct pubport_addr addr;
	int names = 0;

	ret_name[0] = '\0';
	for (size_t length; *text; text += length + (text[length] == ',')) {
		length = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (!pubport_addr_parse(word, &addr))
			continue;
		names++;
		if (!target_name_why_wrong(word))
			memcpy(ret_name, word, sizeof(word));
	}
	if (names > 1)
		ret_name[0] = '\0';
}

static int find_device(struct doctor *doctor, struct doctor_target *target)
{
	struct route route;
	int code;

	target->is_local = pubport_addr_is_any(&target->addr) ||
			   addresses_have(&doctor->addresses, &target->addr);
	if (target->is_local)
		return 0;
	code = route_lookup(&doctor->context->route, &target->addr, &route);
	if (!code)
		target->device =
			links_find(&doctor->host.links, route.interface);
	return code == -ENETUNREACH ? 0 : code;
}

static int add_target(struct doctor *doctor,
		      const struct pubport_mapping **mapping)
{
	struct doctor_target *targets = array_grow(
		doctor->targets, doctor->target_count, sizeof(*targets));

	if (!targets)
		return -ENOMEM;
	doctor->targets = targets;
	targets += doctor->target_count++;
	memset(targets, 0, sizeof(*targets));
	targets->addr = (*mapping)->target_addr;
	targets->text = (*mapping)->target;
	targets->mappings = mapping;
	find_name(targets->text, targets->name);
	return find_device(doctor, targets);
}

/**
 * doctor_find_targets() - find out where the mappings lead
 * @doctor: its targets are set
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int doctor_find_targets(struct doctor *doctor)
{
	size_t count = doctor->mappings.count;
	int code = 0;

	doctor->order = calloc(count + 1, sizeof(*doctor->order));
	if (!doctor->order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		doctor->order[i] = &doctor->mappings.items[i];
	qsort(doctor->order, count, sizeof(*doctor->order), compare_in_order);
	for (size_t i = 0; !code && i < count; i++) {
		if (!i ||
		    compare_targets(&doctor->order[i - 1], &doctor->order[i]))
			code = add_target(doctor, &doctor->order[i]);
		if (!code)
			doctor->targets[doctor->target_count - 1].count++;
	}
	return code;
}
