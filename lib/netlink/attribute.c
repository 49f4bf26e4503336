/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the attributes of netlink messages.
 *
 * Whatever the kernel answers is checked before it is used; and much of it
 * others wrote, such as rules.  So whoever reads an attribute may hand in NULL
 * for one that isn't there, and one that has not the size or the form that it
 * should have counts as if it weren't there either.
 */
#include "netlink/attribute.h"

#include <string.h>

/**
 * message_parse() - take a message apart
 * @message: the message
 * @type: type that it should have
 * @header_size: size of the fixed header of this type
 * @ret_attributes: what follows the fixed header
 *
 * Return: the fixed header, or NULL when the message has another type or is too
 * short for it; it has no attributes then.
 */
const void *message_parse(const struct nlmsghdr *message, uint16_t type,
			  size_t header_size, struct attributes *ret_attributes)
{
	size_t length = mnl_nlmsg_get_payload_len(message);
	size_t begin = (size_t)MNL_ALIGN((int)header_size);

	memset(ret_attributes, 0, sizeof(*ret_attributes));
	if (message->nlmsg_type != type || length < header_size)
		return NULL;
	ret_attributes->at = mnl_nlmsg_get_payload_offset(message, begin);
	ret_attributes->length = length > begin ? length - begin : 0;
	return mnl_nlmsg_get_payload(message);
}

/**
 * attr_find() - find an attribute
 * @attributes: where
 * @type: its type
 *
 * libmnl's own loop takes five calls an attribute.
 *
 * Return: the first of this type, or NULL.
 */
const struct nlattr *attr_find(const struct attributes *attributes,
			       uint16_t type)
{
	const struct nlattr *attribute = attributes->at;
	size_t step, left = attributes->length;

	while (left >= sizeof(*attribute)) {
		if (attribute->nla_len < sizeof(*attribute) ||
		    attribute->nla_len > left)
			return NULL;
		if ((attribute->nla_type & NLA_TYPE_MASK) == type)
			return attribute;
		step = (size_t)MNL_ALIGN(attribute->nla_len);
		if (step > left)
			return NULL;
		attribute = (const void *)((const uint8_t *)attribute + step);
		left -= step;
	}
	return NULL;
}

/**
 * attr_find_nested() - find an attribute in a nest
 * @nest: the nest, or NULL
 * @type: its type
 *
 * Return: the first of this type, or NULL.
 */
const struct nlattr *attr_find_nested(const struct nlattr *nest, uint16_t type)
{
	struct attributes attributes;

	if (!nest)
		return NULL;
	attributes.at = nest + 1;
	attributes.length = nest->nla_len - sizeof(*nest);
	return attr_find(&attributes, type);
}

/**
 * attr_bytes() - the bytes that an attribute holds
 * @attribute: the attribute, or NULL
 * @length: how many they must be
 * @ret_bytes: the bytes
 *
 * Return: whether it holds that many.
 */
bool attr_bytes(const struct nlattr *attribute, size_t length, void *ret_bytes)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != length)
		return false;
	memcpy(ret_bytes, mnl_attr_get_payload(attribute), length);
	return true;
}

/**
 * attr_text() - the text that an attribute holds
 * @attribute: the attribute, or NULL
 *
 * Return: the text, within the message; or "".
 */
const char *attr_text(const struct nlattr *attribute)
{
	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attribute);
}
