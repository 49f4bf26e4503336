/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an instance of a runtime is, and how the host reaches it. */
#ifndef TARGET_LOCATE_H
#define TARGET_LOCATE_H

#include "target/reach.h"
#include "target/runtime_output.h"

int locate_instance(const struct reach_host *host,
		    const struct instance *instance, int *ret_netns_fd,
		    struct reach *ret_reach);
const char *locate_network(const struct instance *instance,
			   const struct pubport_target_addr *addr);

#endif
