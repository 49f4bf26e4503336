/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request for each port on which its target listens. */
#ifndef PUBLISH_EVERY_PORT_H
#define PUBLISH_EVERY_PORT_H

#include "netlink/context.h"
#include "target/resolve.h"
#include "util/cleanup.h"

#define EVERY_PORT_TEXT_SIZE sizeof("0.0.0.0::65535/sctp")

/**
 * struct every_port - a request that names the ports
 * @request: what was asked for, with these specs
 * @specs: its specs
 * @texts: the words of those that were added
 */
struct every_port {
	struct pubport_add_request request;
	struct pubport_spec *specs;
	char (*texts)[EVERY_PORT_TEXT_SIZE];
};

int every_port_find(struct pubport *context,
		    const struct pubport_add_request *request,
		    const struct resolved *target, struct every_port *ret_every,
		    struct pubport_error *error);
void every_port_done(struct every_port *every);

#endif
