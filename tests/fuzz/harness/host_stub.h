/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rest of a machine: one whose settings can be read and written without
 * consequences, which has three interfaces, and where no process is seen.
 *
 * Linked with --wrap for each of its functions.
 */
#ifndef HOST_STUB_H
#define HOST_STUB_H

#include <stdbool.h>

void host_begin(bool settings_are_on);

#endif
