/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lock for what can't be part of a transaction. */
#ifndef HOST_LOCK_H
#define HOST_LOCK_H

int lock_take(void);

#endif
