/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other people's rules that keep clients out, as the doctor tells them. */
#ifndef DOCTOR_RULES_H
#define DOCTOR_RULES_H

#include "doctor/doctor.h"

int doctor_check_legacy(struct doctor *doctor);
int doctor_check_rules(struct doctor *doctor, struct doctor_target *target);

#endif
