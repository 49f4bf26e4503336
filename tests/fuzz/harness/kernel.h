/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that answers what it is told to.
 *
 * An input is netlink messages, one after another, as the kernel sends them.
 * Each question takes its answer from there: a dump all messages up to
 * NLMSG_DONE or NLMSG_ERROR, another question one, an order up to its
 * acknowledgement, and a socket that listens up to the end of a transaction.
 * Sequence numbers and ports are put right: answers that are not meant are left
 * out before anybody reads them.  When there are no more messages, dumps are
 * empty, nothing is found, and what is ordered is done.
 *
 * It stands in for libmnl's sockets.  The bytes behind an answer can't be read
 * where the compiler has an address sanitizer.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

void kernel_begin(const uint8_t *data, size_t size);

#endif
