/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of ports that are taken apart. */
#include "mapping/portset.h"

#include <string.h>

/* the words of a set in which the ports of a range have their bits */
static size_t first_word(struct pubport_ports ports)
{
	return ports.first / 64U;
}

static size_t end_word(struct pubport_ports ports)
{
	return ports.last ? ports.last / 64U + 1U : 0;
}

/* the ports of a range as bits of one of these words, or of any other */
static uint64_t range_word(struct pubport_ports ports, size_t word)
{
	uint64_t bits = ~UINT64_C(0);

	if (word < first_word(ports) || word >= end_word(ports))
		return 0;
	if (word == ports.first / 64U)
		bits &= ~UINT64_C(0) << ports.first % 64;
	if (word == ports.last / 64U)
		bits &= ~UINT64_C(0) >> (63 - ports.last % 64);
	return bits;
}

/**
 * ports_common() - the ports that two ranges have in common
 * @a: a range
 * @b: another
 *
 * Return: the range of them; all zero when there is none.
 */
struct pubport_ports ports_common(struct pubport_ports a,
				  struct pubport_ports b)
{
	struct pubport_ports both = {
		a.first > b.first ? a.first : b.first,
		a.last < b.last ? a.last : b.last,
	};

	return both.first <= both.last ? both : (struct pubport_ports){ 0, 0 };
}

static struct pubport_ports hull_of(struct pubport_ports a,
				    struct pubport_ports b)
{
	if (!a.last)
		return b;
	if (!b.last)
		return a;
	return (struct pubport_ports){
		a.first < b.first ? a.first : b.first,
		a.last > b.last ? a.last : b.last,
	};
}

/* makes the hull as narrow as its ports allow */
static void trim(struct port_set *view)
{
	const uint64_t *bits = view->set.bits;
	size_t first = view->hull.first / 64U, last = view->hull.last / 64U;

	while (first < last && !bits[first])
		first++;
	while (first < last && !bits[last])
		last--;
	view->hull = (struct pubport_ports){ 0, 0 };
	if (!bits[first])
		return;
	view->hull.first =
		(uint16_t)(64 * first + (size_t)__builtin_ctzll(bits[first]));
	view->hull.last = (uint16_t)(64 * last + 63 -
				     (size_t)__builtin_clzll(bits[last]));
}

/**
 * port_set_clear() - remove all ports
 * @view: the set
 */
void port_set_clear(struct port_set *view)
{
	for (size_t i = first_word(view->hull); i < end_word(view->hull); i++)
		view->set.bits[i] = 0;
	view->hull = (struct pubport_ports){ 0, 0 };
}

/**
 * port_set_copy() - copy a set
 * @to: the copy
 * @from: what to copy
 */
void port_set_copy(struct port_set *to, const struct port_set *from)
{
	port_set_clear(to);
	port_set_join(to, from);
}

/**
 * port_set_keep() - keep only the ports of a range
 * @view: the set
 * @ports: the range
 */
void port_set_keep(struct port_set *view, struct pubport_ports ports)
{
	for (size_t i = first_word(view->hull); i < end_word(view->hull); i++)
		view->set.bits[i] &= range_word(ports, i);
	trim(view);
}

/**
 * port_set_intersect() - keep only the ports of another set
 * @view: the set
 * @other: the other
 */
void port_set_intersect(struct port_set *view, const struct port_set *other)
{
	for (size_t i = first_word(view->hull); i < end_word(view->hull); i++)
		view->set.bits[i] &= other->set.bits[i];
	trim(view);
}

/**
 * port_set_remove() - remove the ports of a range
 * @view: the set
 * @ports: the range
 */
void port_set_remove(struct port_set *view, struct pubport_ports ports)
{
	ports = ports_common(ports, view->hull);
	for (size_t i = first_word(ports); i < end_word(ports); i++)
		view->set.bits[i] &= ~range_word(ports, i);
	trim(view);
}

/**
 * port_set_subtract() - remove the ports of another set
 * @view: the set
 * @other: the other
 */
void port_set_subtract(struct port_set *view, const struct port_set *other)
{
	for (size_t i = first_word(view->hull); i < end_word(view->hull); i++)
		view->set.bits[i] &= ~other->set.bits[i];
	trim(view);
}

/**
 * port_set_add() - add the ports of a range
 * @view: the set
 * @ports: the range, from 1 on, or all zero
 */
void port_set_add(struct port_set *view, struct pubport_ports ports)
{
	for (size_t i = first_word(ports); i < end_word(ports); i++)
		view->set.bits[i] |= range_word(ports, i);
	view->hull = hull_of(view->hull, ports);
}

/**
 * port_set_join() - add the ports of another set
 * @view: the set
 * @other: the other
 */
void port_set_join(struct port_set *view, const struct port_set *other)
{
	for (size_t i = first_word(other->hull); i < end_word(other->hull); i++)
		view->set.bits[i] |= other->set.bits[i];
	view->hull = hull_of(view->hull, other->hull);
}

/**
 * port_set_next() - find the next run of ports without a gap
 * @view: the set
 * @run: the last run, or all zero at first; becomes the next one
 *
 * Return: whether there is one.
 */
bool port_set_next(const struct port_set *view, struct pubport_ports *run)
{
	uint32_t first = run->last ? run->last + 1U : view->hull.first;
	uint32_t end;

	while (first <= view->hull.last &&
	       !port_bits_has(&view->set, (uint16_t)first))
		first++;
	if (first > view->hull.last || port_set_is_empty(view))
		return false;
	for (end = first; end < view->hull.last; end++)
		if (!port_bits_has(&view->set, (uint16_t)(end + 1)))
			break;
	*run = (struct pubport_ports){ (uint16_t)first, (uint16_t)end };
	return true;
}

/**
 * port_set_count() - count the ports
 * @view: the set
 *
 * Return: how many there are.
 */
size_t port_set_count(const struct port_set *view)
{
	size_t count = 0;

	for (size_t i = first_word(view->hull); i < end_word(view->hull); i++)
		count += (size_t)__builtin_popcountll(view->set.bits[i]);
	return count;
}
