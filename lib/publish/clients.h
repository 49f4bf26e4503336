/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may connect to what is published. */
#ifndef PUBLISH_CLIENTS_H
#define PUBLISH_CLIENTS_H

#include "netlink/context.h"

/**
 * struct networks - networks of one family
 * @items: apart from each other, in order
 * @count: number of @items
 * @is_empty: whether the request has none, which the user is told once
 */
struct networks {
	struct pubport_network *items;
	size_t count;
	bool is_empty;
};

/**
 * struct clients - who may connect
 * @everyone: nobody is kept out
 * @ipv4: whose IPv4 clients may
 * @ipv6: whose IPv6 clients may
 */
struct clients {
	bool everyone;
	struct networks ipv4;
	struct networks ipv6;
};

int clients_read(const struct pubport_add_request *request,
		 struct clients *ret_clients, struct pubport_error *error);
int clients_limit(struct clients *clients, const struct pubport *context,
		  struct pubport_mapping *mapping);
void clients_done(struct clients *clients);

#endif
