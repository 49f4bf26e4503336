/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the attributes of netlink messages. */
#ifndef NETLINK_ATTRIBUTE_H
#define NETLINK_ATTRIBUTE_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libmnl's own loop narrows a long, which -Wconversion refuses */
#define attr_for_each_nested(attribute, nest)                                  \
	for ((attribute) = mnl_attr_get_payload(nest);                         \
	     mnl_attr_ok(attribute,                                            \
			 (int)((const char *)mnl_attr_get_payload(nest) +      \
			       mnl_attr_get_payload_len(nest) -                \
			       (const char *)(attribute)));                    \
	     (attribute) = mnl_attr_next(attribute))

/**
 * struct attributes - attributes one after another
 * @at: where they begin
 * @length: number of bytes there; 0: none
 */
struct attributes {
	const void *at;
	size_t length;
};

const void *message_parse(const struct nlmsghdr *message, uint16_t type,
			  size_t header_size,
			  struct attributes *ret_attributes);

const struct nlattr *attr_find(const struct attributes *attributes,
			       uint16_t type);
const struct nlattr *attr_find_nested(const struct nlattr *nest, uint16_t type);

bool attr_bytes(const struct nlattr *attribute, size_t length, void *ret_bytes);
const char *attr_text(const struct nlattr *attribute);

#endif
