/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mappings serve, and whose packets come to it. */
#ifndef FIREWALL_SERVICE_H
#define FIREWALL_SERVICE_H

#include "firewall/hooks.h"
#include "firewall/scene.h"
#include "util/cleanup.h"

/**
 * struct services - what mappings to one target serve
 * @items: services, each with mappings of its own; free with services_done()
 * @count: number of @items
 * @order: the mappings, sorted so that those of one service stand together
 */
struct services {
	struct service *items;
	size_t count;
	const struct pubport_mapping **order;
};

int services_find(struct services *services, const struct scene *scene,
		  const struct scene_target *target);
void services_done(struct services *services);

DEFINE_CLEANUP(services_done, struct services)

/**
 * typedef traffic_fn - told of some traffic
 * @traffic: which; holds until it returns
 * @data: as given to services_each_traffic()
 *
 * Return: 0, or a negative errno, with which all ends.
 */
typedef int (*traffic_fn)(const struct traffic *traffic, void *data);

int service_each_traffic(const struct service *service,
			 const struct scene *scene, traffic_fn each,
			 void *data);

#endif
