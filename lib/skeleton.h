/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lays the table without any mapping, takes it away, and prints it. */
#ifndef SKELETON_H
#define SKELETON_H

#include "batch.h"

#include <stdio.h>

void skeleton_lay(struct batch *batch);
void skeleton_lay_forward(struct batch *batch);
void skeleton_delete(struct batch *batch);
void skeleton_print(FILE *out);
void skeleton_print_forward(FILE *out);

#endif
