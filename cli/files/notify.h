/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd wants to know of a service. */
#ifndef SYSTEMD_H
#define SYSTEMD_H

void systemd_tell(const char *state);

#endif
