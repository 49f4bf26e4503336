/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mappings a request to unpublish means.
 *
 * A KEY, or a SPEC that says which host port, is looked up in constant time.
 * Only names, targets and SPECs whose host port was chosen need the whole list.
 */
#include "table/select.h"

#include "mapping/addr.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "table/allow.h"
#include "table/list.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/**
 * struct selection - mappings being selected
 * @context: where
 * @request: what was asked for
 * @found: what was found so far
 * @all: all mappings, once they were needed
 * @has_all: whether they were
 * @error: why it fails, or NULL
 */
struct selection {
	struct pubport *context;
	const struct pubport_remove_request *request;
	struct pubport_mappings found;
	struct pubport_mappings all;
	bool has_all;
	struct pubport_error *error;
};

static void cleanup_selection(struct selection *selection)
{
	pubport_mappings_done(&selection->found);
	pubport_mappings_done(&selection->all);
}

/* adds a copy, with its networks */
static int append(struct selection *selection,
		  const struct pubport_mapping *mapping)
{
	struct pubport_mappings *found = &selection->found;
	int code = mappings_copy(found, mapping);

	if (!code && !mapping->from_count)
		code = allow_complete(&selection->context->nft,
				      &found->items[found->count - 1]);
	return code ? table_error(&selection->context->nft, code,
				  selection->error)
		    : 0;
}

static int need_all(struct selection *selection)
{
	int code;

	if (selection->has_all)
		return 0;
	code = table_list(&selection->context->nft, &selection->all);
	if (code)
		return table_error(&selection->context->nft, code,
				   selection->error);
	selection->has_all = true;
	return 0;
}

static int missing(struct selection *selection, const char *text,
		   const char *why)
{
	if (selection->request->flags & PUBPORT_REMOVE_IGNORE_MISSING)
		return 0;
	error_set(selection->error, PUBPORT_NOT_FOUND, -ENOENT, "\"%.64s\": %s",
		  text, why);
	error_hint(selection->error, "pubport ls");
	return -ENOENT;
}

/* ----------------------------------------------------------- what matches */

/* several targets are separated by commas */
static bool target_is(const struct pubport_mapping *mapping, const char *text)
{
	size_t length = strlen(text), word;
	struct pubport_addr addr;

	if (!pubport_addr_parse(text, &addr))
		return addr_equal(&addr, &mapping->target_addr);
	for (const char *at = mapping->target; *at; at += word) {
		at += *at == ',';
		word = strcspn(at, ",");
		if (word == length && !strncmp(at, text, length))
			return true;
	}
	return !strcmp(mapping->target, text);
}

static bool spec_matches(const struct pubport_spec *spec,
			 const struct pubport_mapping *mapping)
{
	const struct pubport_key *key = &mapping->key;
	const struct pubport_key meant = spec_key(spec, key->host.family);

	return key->protocol == spec->protocol &&
	       !key_compare_hosts(key, &meant) &&
	       (!spec_is_open(spec) ||
		mapping->flags & PUBPORT_MAPPING_CHOSEN) &&
	       ports_within(&key->ports, &spec->host_ports) &&
	       mapping->target_ports.first == spec->target_ports.first &&
	       mapping->target_ports.last == spec->target_ports.last &&
	       (!spec->target[0] || target_is(mapping, spec->target));
}

/* ---------------------------------------------------------- keys and specs */

/* adds the mapping with a key, if it is there and is what the spec says */
static int take_key(struct selection *selection, const struct pubport_key *key,
		    const struct pubport_spec *spec, size_t *taken)
{
	struct pubport_mapping mapping;
	int code;

	code = table_find(&selection->context->nft, key, &mapping);
	if (code == -ENOENT)
		return 0;
	if (code)
		return table_error(&selection->context->nft, code,
				   selection->error);
	if (spec && !spec_matches(spec, &mapping))
		return 0;
	++*taken;
	return append(selection, &mapping);
}

/* without a host address, those of each family that the spec would make, or on
 * all addresses, are meant */
static int take_keys(struct selection *selection, bool has_host,
		     const struct pubport_key *key,
		     const struct pubport_spec *spec, size_t *taken)
{
	struct pubport_key one = *key;
	int code;

	if (has_host)
		return take_key(selection, key, spec, taken);
	one.host = (struct pubport_addr){ .family = PUBPORT_IPV4 };
	if (spec)
		one = spec_key(spec, PUBPORT_IPV4);
	code = take_key(selection, &one, spec, taken);
	one.host.family = PUBPORT_IPV6;
	if (spec)
		one = spec_key(spec, PUBPORT_IPV6);
	return code ? code : take_key(selection, &one, spec, taken);
}

/* a spec that left its host port open means the one mapping that matches */
static int take_open_spec(struct selection *selection,
			  const struct pubport_spec *spec, size_t *taken)
{
	const struct pubport_mappings *all = &selection->all;
	const struct pubport_mapping *mapping, *first = NULL;
	int code = need_all(selection);

	for (size_t i = 0; !code && all->items && i < all->count; i++) {
		mapping = &all->items[i];
		if (!spec_matches(spec, mapping))
			continue;
		if (first && first->key.ports.first != mapping->key.ports.first)
			return error_set(selection->error, PUBPORT_USAGE,
					 -EINVAL,
					 "\"%s\": several mappings match: say "
					 "which host port",
					 spec->text);
		first = mapping;
		++*taken;
		code = append(selection, mapping);
	}
	return code;
}

static int take_spec(struct selection *selection,
		     const struct pubport_spec *spec, size_t *taken)
{
	const struct pubport_key key = spec_key(spec, PUBPORT_IPV4);

	if (spec_is_open(spec))
		return take_open_spec(selection, spec, taken);
	return take_keys(selection, spec->has_host, &key, spec, taken);
}

/* what reads as a KEY and is none that is there may still be a SPEC: 80, or
 * ::1:8080:80 */
static int take_text(struct selection *selection, const char *text)
{
	struct pubport_spec spec;
	struct pubport_key key;
	size_t taken = 0;
	bool has_host, is_key;
	int code = 0;

	is_key = !pubport_key_parse(text, &has_host, &key, NULL);
	if (is_key)
		code = take_keys(selection, has_host, &key, NULL, &taken);
	if (code || taken)
		return code;
	code = pubport_spec_parse(text, &spec,
				  is_key ? NULL : selection->error);
	if (!code)
		code = take_spec(selection, &spec, &taken);
	else if (is_key)
		code = 0;
	if (code || taken)
		return code;
	return missing(selection, text, "no such mapping");
}

/* ------------------------------------------------------ names and targets */

static int take_all(struct selection *selection, const char *name,
		    const char *target)
{
	const struct pubport_mappings *all = &selection->all;
	const struct pubport_mapping *mapping;
	size_t before = selection->found.count;
	int code = need_all(selection);

	for (size_t i = 0; !code && all->items && i < all->count; i++) {
		mapping = &all->items[i];
		if ((!name || !strcmp(mapping->name, name)) &&
		    (!target || target_is(mapping, target)))
			code = append(selection, mapping);
	}
	if (code || selection->found.count > before)
		return code;
	if (name)
		return missing(selection, name, "no mapping has this name");
	if (target)
		return missing(selection, target,
			       "no mapping leads to this target");
	return 0;
}

/* ----------------------------------------------------------- each once only */

/* keeps the first of those that were asked for several times, and the order */
static int keep_each_once(struct selection *selection)
{
	struct pubport_mappings *found = &selection->found;
	struct pubport_mapping **sorted CLEANUP(free) =
		mappings_sort(found, false);
	bool *again CLEANUP(free) = calloc(found->count + 1, sizeof(*again));
	size_t kept = 0;

	if (!again || !sorted)
		return error_memory(selection->error);
	for (size_t i = 1; i < found->count; i++)
		again[sorted[i] - found->items] =
			!key_compare(&sorted[i]->key, &sorted[i - 1]->key);
	for (size_t i = 0; i < found->count; i++) {
		if (again[i])
			free(found->items[i].from);
		else
			found->items[kept++] = found->items[i];
	}
	found->count = kept;
	return 0;
}

/**
 * select_mappings() - find the mappings that a request to unpublish means
 * @context: where
 * @request: what was asked for
 * @ret_mappings: each once, in the order of the request; free with
 *	pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Return: 0; -EINVAL for a text that is no KEY and no SPEC, or that several
 * mappings match; -ENOENT when something isn't there; -EPERM; -ENOMEM; or
 * another negative errno from the kernel.
 */
int select_mappings(struct pubport *context,
		    const struct pubport_remove_request *request,
		    struct pubport_mappings *ret_mappings,
		    struct pubport_error *error)
{
	struct selection selection CLEANUP(selection) = {
		.context = context,
		.request = request,
		.error = error,
	};
	int code = 0;

	for (size_t i = 0; !code && i < request->text_count; i++) {
		code = take_text(&selection, request->texts[i]);
		if (code)
			error_index(error, i);
	}
	if (!code && request->name)
		code = take_all(&selection, request->name, NULL);
	if (!code && request->target)
		code = take_all(&selection, NULL, request->target);
	if (!code && request->flags & PUBPORT_REMOVE_ALL)
		code = take_all(&selection, NULL, NULL);
	if (!code)
		code = keep_each_once(&selection);
	if (code)
		return code;
	*ret_mappings = selection.found;
	memset(&selection.found, 0, sizeof(selection.found));
	return 0;
}
