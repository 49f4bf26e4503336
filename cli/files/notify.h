/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd wants to know of a service. */
#ifndef CLI_FILES_NOTIFY_H
#define CLI_FILES_NOTIFY_H

void systemd_tell(const char *state);

#endif
