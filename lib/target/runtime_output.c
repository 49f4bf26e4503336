/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers and virtual machines, as their runtimes print them.
 *
 * Each reader appends what it finds.  Whoever may name a container chooses
 * what is read here: names are cut and made printable, numbers have bounds.
 */
#include "target/runtime_output.h"

#include "mapping/target_name.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/json_get.h"

#include <limits.h>
#include <string.h>

/* the longest line that is looked at */
#define LINE_SIZE 256

/**
 * instances_append() - make room for another instance
 * @instances: where
 *
 * Return: the new last one, all zero; NULL without memory.
 */
struct instance *instances_append(struct instances *instances)
{
	struct instance *items;

	items = array_grow(instances->items, instances->count, sizeof(*items));
	if (!items)
		return NULL;
	instances->items = items;
	return memset(&items[instances->count++], 0, sizeof(*items));
}

/**
 * instances_done() - free them
 * @instances: perhaps none
 */
void instances_done(struct instances *instances)
{
	free(instances->items);
	memset(instances, 0, sizeof(*instances));
}

/* ------------------------------------------------------------------ text */

/* cuts what doesn't fit */
static void copy_text(char *to, size_t size, const char *text)
{
	size_t length = strnlen(text, size - 1);

	memcpy(to, text, length);
	to[length] = '\0';
	text_make_printable(to);
}

/* the next line, without its end; false where there is none */
static bool next_line(const char **text, char ret_line[LINE_SIZE])
{
	size_t length = strcspn(*text, "\n");

	if (!**text)
		return false;
	snprintf(ret_line, LINE_SIZE, "%.*s", (int)length, *text);
	*text += length + ((*text)[length] == '\n');
	return true;
}

static int parse_pid(const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	return *end || pid < 0 || pid > INT_MAX ? 0 : (int)pid;
}

static void add_addr(struct instance *instance, const char *text,
		     const char *network)
{
	struct instance_addr *addr = &instance->addrs[instance->addr_count];

	if (instance->addr_count == ARRAY_SIZE(instance->addrs) ||
	    pubport_addr_parse(text, &addr->addr))
		return;
	copy_text(addr->network, sizeof(addr->network), network);
	instance->addr_count++;
}

/**
 * read_names() - read names, a line each
 * @output: what was printed; of each line, the first word counts
 * @instances: get one for each name; names that can't be a target's are left
 *	out
 *
 * Return: 0 or -ENOMEM.
 */
int read_names(const char *output, struct instances *instances)
{
	char line[LINE_SIZE];
	struct instance *instance;

	while (next_line(&output, line)) {
		line[strcspn(line, " \t")] = '\0';
		if (!word_is_name(line))
			continue;
		instance = instances_append(instances);
		if (!instance)
			return -ENOMEM;
		copy_text(instance->name, sizeof(instance->name), line);
	}
	return 0;
}

/* ----------------------------------------------------- docker and podman */

static int read_container(const cJSON *object, struct instances *instances)
{
	const char *name = json_string(object, "name");
	const cJSON *network;
	struct instance *instance = instances_append(instances);

	if (!instance)
		return -ENOMEM;
	name += *name == '/';
	copy_text(instance->name, sizeof(instance->name), name);
	copy_text(instance->id, sizeof(instance->id),
		  json_string(object, "id"));
	copy_text(instance->image, sizeof(instance->image),
		  json_string(object, "image"));
	instance->running = cJSON_IsTrue(json_member(object, "running"));
	instance->pid = json_integer(object, "pid");
	for (network = json_first(json_member(object, "networks")); network;
	     network = network->next) {
		const char *known_as = network->string ? network->string : "";

		add_addr(instance, json_string(network, "IPAddress"), known_as);
		add_addr(instance, json_string(network, "GlobalIPv6Address"),
			 known_as);
	}
	return 0;
}

/**
 * read_containers() - read what docker or podman say of containers
 * @output: an object each, in the form that runtime.c asks for
 * @instances: get them
 *
 * Return: 0, -EBADMSG for anything else, or -ENOMEM.
 */
int read_containers(const char *output, struct instances *instances)
{
	int code = 0;

	for (;;) {
		CLEANUP(json) cJSON *object = json_next(&output);

		if (!object)
			return *output ? -EBADMSG : 0;
		code = cJSON_IsObject(object)
			       ? read_container(object, instances)
			       : -EBADMSG;
		if (code)
			return code;
	}
}

/* ---------------------------------------------------------------- others */

static const char *after(const char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(line, prefix, length) == 0 ? line + length : NULL;
}

/* what it says of a machine, a property a line; the name comes first */
static void read_property(const char *line, struct instance *instance)
{
	const char *class = after(line, "Class=");
	const char *leader = after(line, "Leader=");

	if (leader)
		instance->pid = parse_pid(leader);
	/* a virtual machine's process is in the host's own namespace */
	if (class)
		instance->running = strcmp(class, "container") == 0;
}

/**
 * read_machines() - read what machinectl says of machines
 * @output: the properties Name, Class and Leader, a line each
 * @instances: get them; what is no container counts as not running
 *
 * Return: 0, -EBADMSG for anything else, or -ENOMEM.
 */
int read_machines(const char *output, struct instances *instances)
{
	struct instance *instance = NULL;
	char line[LINE_SIZE];
	const char *name;

	while (next_line(&output, line)) {
		name = after(line, "Name=");
		if (name) {
			instance = instances_append(instances);
			if (!instance)
				return -ENOMEM;
			copy_text(instance->name, sizeof(instance->name), name);
		} else if (instance) {
			read_property(line, instance);
		} else {
			return -EBADMSG;
		}
	}
	return 0;
}

/* interfaces that only the inside of a virtual machine has don't count */
static void read_incus_network(const cJSON *network, struct instance *instance)
{
	const cJSON *addr;

	if (!*json_string(network, "host_name"))
		return;
	for (addr = json_first(json_member(network, "addresses")); addr;
	     addr = addr->next)
		if (strcmp(json_string(addr, "scope"), "global") == 0)
			add_addr(instance, json_string(addr, "address"), "");
}

/**
 * read_incus() - read what incus says of instances
 * @output: an array, as "incus list --format json" prints it
 * @instances: get them
 *
 * Return: 0, -EBADMSG for anything else, or -ENOMEM.
 */
int read_incus(const char *output, struct instances *instances)
{
	CLEANUP(json) cJSON *array = json_next(&output);
	const cJSON *object, *state, *network;
	struct instance *instance;

	if (!cJSON_IsArray(array) || *output)
		return -EBADMSG;
	for (object = json_first(array); object; object = object->next) {
		instance = instances_append(instances);
		if (!instance)
			return -ENOMEM;
		copy_text(instance->name, sizeof(instance->name),
			  json_string(object, "name"));
		state = json_member(object, "state");
		instance->pid = json_integer(state, "pid");
		instance->running = instance->pid > 0;
		for (network = json_first(json_member(state, "network"));
		     network; network = network->next)
			read_incus_network(network, instance);
	}
	return 0;
}

/**
 * read_pid() - read the number of a container's first process
 * @output: the number, or nothing where the container does not run
 * @instances: get one, without a name
 *
 * Return: 0, -EBADMSG for anything else, or -ENOMEM.
 */
int read_pid(const char *output, struct instances *instances)
{
	struct instance *instance;
	char line[LINE_SIZE] = "";

	next_line(&output, line);
	if (!word_consists_of(line, DIGITS) || *output)
		return -EBADMSG;
	instance = instances_append(instances);
	if (!instance)
		return -ENOMEM;
	instance->pid = parse_pid(line);
	instance->running = instance->pid > 0;
	return 0;
}

/**
 * read_domifaddr() - read the addresses of a virtual machine
 * @output: a table, as "virsh domifaddr" prints it: interface, hardware
 *	address, "ipv4" or "ipv6", address with prefix
 * @instances: get one, without a name
 *
 * Return: 0 or -ENOMEM.
 */
int read_domifaddr(const char *output, struct instances *instances)
{
	struct instance *instance = instances_append(instances);
	char line[LINE_SIZE], family[8], text[PUBPORT_NETWORK_TEXT_SIZE];

	if (!instance)
		return -ENOMEM;
	instance->running = true;
	while (next_line(&output, line)) {
		if (sscanf(line, "%*s %*s %7s %49s", family, text) != 2 ||
		    strncmp(family, "ipv", 3) != 0)
			continue;
		text[strcspn(text, "/")] = '\0';
		add_addr(instance, text, "");
	}
	return 0;
}
