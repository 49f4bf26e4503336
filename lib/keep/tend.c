/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps what mappings need of the host.
 *
 * When something changes that may matter, all that mappings need is looked up,
 * and what is off or forgotten is there again a moment later, by the same
 * transaction that adds mappings: after "sysctl --system" or a restart of the
 * network, for a bridge that was made again, for an interface that comes.
 *
 * Somebody may want a setting off.  When it goes for the third time in a minute
 * it is left alone, until it is on, and was for a minute.  What goes with an
 * interface that is put down doesn't count.
 */
#include "keep/tend.h"

#include "publish/upkeep.h"
#include "table/settings.h"
#include "util/array.h"
#include "util/time.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* one change brings others; within 100 ms all is to be there */
#define SETTLE_MS 20
/* looking takes at most one part of the time in so many */
#define SHARE 5
/* for what nobody tells, and for what failed */
#define GLANCE_MS 1000
#define GLANCE_SOON_MS 60
#define IDLE_MS 30000
#define MINUTE_MS 60000

static void look_soon(struct tend *tend, int64_t now_ms)
{
	int64_t at_ms = now_ms + SETTLE_MS;

	if (at_ms < tend->rest_ms)
		at_ms = tend->rest_ms;
	if (at_ms < tend->due_ms)
		tend->due_ms = at_ms;
}

/* ---------------------------------------------------------- lost too often */

static struct lost_setting *find_lost(const struct tend *tend,
				      const struct host_setting *setting)
{
	for (size_t i = 0; i < tend->lost_count; i++)
		if (tend->lost[i].setting.kind == setting->kind &&
		    tend->lost[i].setting.index == setting->index)
			return &tend->lost[i];
	return NULL;
}

/* NULL without memory */
static struct lost_setting *
add_lost(struct tend *tend, const struct host_setting *setting, int64_t now_ms)
{
	struct lost_setting *lost =
		array_grow(tend->lost, tend->lost_count, sizeof(*lost));

	if (!lost)
		return NULL;
	tend->lost = lost;
	lost += tend->lost_count++;
	*lost = (struct lost_setting){
		.setting = *setting,
		.at_ms = { now_ms - MINUTE_MS - 1, now_ms - MINUTE_MS - 1 },
	};
	return lost;
}

/* whether a setting that is off is to be turned on */
static bool may_turn_on(struct tend *tend, const struct host_setting *setting,
			int64_t now_ms)
{
	struct lost_setting *lost = find_lost(tend, setting);

	if (!lost)
		lost = add_lost(tend, setting, now_ms);
	if (!lost)
		return true;
	lost->is_left_alone = lost->at_ms[0] >= now_ms - MINUTE_MS;
	lost->at_ms[0] = lost->at_ms[1];
	lost->at_ms[1] = now_ms;
	return !lost->is_left_alone;
}

/* nobody took what goes with an interface that is put down */
static void forgive(void *data, unsigned int index)
{
	struct tend *tend = data;
	size_t kept = 0;

	for (size_t i = 0; i < tend->lost_count; i++)
		if (tend->lost[i].setting.index != index ||
		    tend->lost[i].is_left_alone)
			tend->lost[kept++] = tend->lost[i];
	tend->lost_count = kept;
}

static bool is_over(struct lost_setting *lost, struct pubport *context,
		    int64_t now_ms)
{
	bool on = false;

	if (!host_setting_locate(&lost->setting))
		return true;
	if (lost->at_ms[1] >= now_ms - MINUTE_MS)
		return false;
	return !lost->is_left_alone ||
	       (!host_setting_get(&context->route, &lost->setting, &on) && on);
}

/* those that stay off; what was lost long ago is forgotten */
static int find_left_alone(struct tend *tend, struct pubport *context,
			   int64_t now_ms, struct host_settings *ret_settings)
{
	struct lost_setting *lost = tend->lost;
	size_t kept = 0;
	int code = 0;

	for (size_t i = 0; i < tend->lost_count; i++)
		if (!is_over(&lost[i], context, now_ms))
			lost[kept++] = lost[i];
	tend->lost_count = kept;
	for (size_t i = 0; !code && i < kept; i++)
		if (lost[i].is_left_alone)
			code = host_settings_add(ret_settings,
						 lost[i].setting.kind,
						 lost[i].setting.index,
						 lost[i].setting.interface);
	return code;
}

/* ------------------------------------------------------------------- looked */

/* "route_localnet on docker0, hairpin mode on veth1" */
static const char *list_settings(const struct host_settings *settings,
				 char *text, size_t size)
{
	const struct host_setting *setting = settings->items;
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < settings->count && length < size; i++, setting++)
		length += (size_t)snprintf(text + length, size - length,
					   "%s%s on %s", i ? ", " : "",
					   host_setting_name(setting),
					   setting->interface);
	return text;
}

/* which of those that are off to turn on; the others are added to @but */
static int choose(struct tend *tend, struct pubport *context,
		  const struct host_settings *wanted, int64_t now_ms,
		  struct host_settings *but, struct host_settings *ret_on)
{
	struct host_settings left CLEANUP(host_settings_done) = { 0 };
	const struct host_setting *setting = wanted->items;
	char text[256];
	int code = 0;

	for (size_t i = 0; !code && i < wanted->count; i++, setting++) {
		if (!setting->is_off)
			continue;
		if (may_turn_on(tend, setting, now_ms)) {
			code = host_settings_add(ret_on, setting->kind,
						 setting->index,
						 setting->interface);
			continue;
		}
		code = host_settings_add(&left, setting->kind, setting->index,
					 setting->interface);
		if (!code)
			code = host_settings_add(but, setting->kind,
						 setting->index,
						 setting->interface);
	}
	if (left.count)
		context_notice(context,
			       "turned off three times in a minute, and left "
			       "so: %s",
			       list_settings(&left, text, sizeof(text)));
	return code;
}

/* of forwarding it is told when it is turned on */
static void tell_restored(struct pubport *context, struct host_settings *on)
{
	char text[256];
	size_t kept = 0;

	for (size_t i = 0; i < on->count; i++)
		if (on->items[i].kind != HOST_FORWARDING4 &&
		    on->items[i].kind != HOST_FORWARDING6 &&
		    on->items[i].kind != HOST_FORWARDING_ALL)
			on->items[kept++] = on->items[i];
	on->count = kept;
	if (kept)
		context_notice(context, "turned on again: %s",
			       list_settings(on, text, sizeof(text)));
}

static int look(struct tend *tend, struct pubport *context,
		const struct mapping_hash *known, int64_t now_ms,
		bool *ret_restored, struct pubport_error *why)
{
	struct host_settings but CLEANUP(host_settings_done) = { 0 };
	struct host_settings on CLEANUP(host_settings_done) = { 0 };
	struct upkeep upkeep CLEANUP(upkeep_done) = { .is_lost = false };
	const struct host_settings *wanted = &upkeep.plan.needs.settings;
	bool changed = false;
	int code = find_left_alone(tend, context, now_ms, &but);

	if (!code)
		code = upkeep_survey(context, known, &but, &upkeep, why);
	if (!code)
		code = host_events_watch(&tend->events, &upkeep.plan.mappings,
					 wanted, &changed);
	if (!code)
		code = upkeep_lay_rest(context, known, &upkeep, why);
	if (changed || upkeep.is_late)
		look_soon(tend, now_ms);
	if (code || !upkeep.is_lost)
		return code;
	code = choose(tend, context, wanted, now_ms, &but, &on);
	if (!code)
		code = upkeep_restore(context, known, &but, why);
	*ret_restored = !code;
	if (!code)
		tell_restored(context, &on);
	return code;
}

/* whether something was laid again */
static bool look_and_tell(struct tend *tend, struct pubport *context,
			  const struct mapping_hash *known, int64_t now_ms)
{
	struct pubport_error why = { .message = "no memory" };
	bool restored = false;
	int code = look(tend, context, known, now_ms, &restored, &why);

	if (code && tend->due_ms > now_ms + GLANCE_MS)
		tend->due_ms = now_ms + GLANCE_MS;
	if (code && code != -EINTR && !tend->is_failed)
		context_notice(context, "what mappings need of this host: %s",
			       why.message);
	tend->is_failed = code && code != -EINTR;
	return restored;
}

/**
 * tend_run() - do what there is to do
 * @tend: which
 * @context: whose host; told of what is turned on
 * @known: the mappings, or NULL while some of them are not there
 *
 * Return: whether settings may be on that were not before.
 */
bool tend_run(struct tend *tend, struct pubport *context,
	      const struct mapping_hash *known)
{
	int64_t now_ms = time_monotonic_ms(), took_ms;
	bool heard = host_events_hear(&tend->events, forgive, tend);
	bool restored = false;

	if (tend->glance_ms <= now_ms) {
		heard |= host_events_look(&tend->events);
		tend->glance_ms = now_ms + GLANCE_MS;
	}
	if (heard) {
		look_soon(tend, now_ms);
		/* what brings sysctls is told a moment before */
		tend->glance_ms = now_ms + GLANCE_SOON_MS;
	}
	if (!known || tend->due_ms > now_ms)
		return false;
	tend->due_ms = now_ms + IDLE_MS;
	forwarding_release(context);
	if (known->count)
		restored = look_and_tell(tend, context, known, now_ms);
	took_ms = time_monotonic_ms() - now_ms;
	tend->rest_ms = now_ms + SHARE * took_ms;
	if (tend->due_ms < tend->rest_ms)
		tend->due_ms = tend->rest_ms;
	return restored;
}

/**
 * tend_due_ms() - tell when tend_run() has something to do
 * @tend: which
 *
 * Return: milliseconds of CLOCK_MONOTONIC, if its epoll doesn't tell before.
 */
int64_t tend_due_ms(const struct tend *tend)
{
	return tend->events.count && tend->glance_ms < tend->due_ms
		       ? tend->glance_ms
		       : tend->due_ms;
}

/**
 * tend_open() - begin to keep what mappings need
 * @tend: end with tend_close(), also after a failure
 * @epoll: is to tell when tend_run() has something to do
 *
 * Return: 0 or a negative errno.
 */
int tend_open(struct tend *tend, int epoll)
{
	memset(tend, 0, sizeof(*tend));
	return host_events_open(&tend->events, epoll);
}

/**
 * tend_close() - end it
 * @tend: as opened by tend_open(); what mappings need stays
 */
void tend_close(struct tend *tend)
{
	host_events_close(&tend->events);
	free(tend->lost);
}
