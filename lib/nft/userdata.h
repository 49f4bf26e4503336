/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping's record, which travels in the userdata of its element. */
#ifndef NFT_USERDATA_H
#define NFT_USERDATA_H

#include "nft/element.h"

void userdata_write(const struct pubport_mapping *mapping,
		    struct element *element);
void userdata_read(const struct element *element,
		   struct pubport_mapping *mapping);
void userdata_write_end(const struct pubport_mapping *mapping,
			struct element *element);
int64_t userdata_read_end(const struct element *element);
void userdata_write_time(struct element *element, int64_t seconds);
void userdata_write_comment(struct element *element, const char *comment);
void userdata_read_comment(const struct element *element, char *ret_comment,
			   size_t size);

void userdata_write_interface(struct element *element, const char *name);
bool userdata_read_interface(const struct element *element,
			     char ret_name[PUBPORT_IFNAME_SIZE]);

/* as many as fit: of IPv4, five bytes each */
#define USERDATA_NETWORKS_MAX 50

size_t userdata_networks_max(enum pubport_family family);
void userdata_write_networks(struct element *element,
			     const struct pubport_network *networks,
			     size_t count);
size_t userdata_read_networks(const struct element *element,
			      enum pubport_family family,
			      struct pubport_network *ret_networks);

#endif
