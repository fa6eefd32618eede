/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coverage: compares a list with the library. Reads index and records only, so
 * it works beside a run.
 */
#ifndef RUN_COVERAGE_H
#define RUN_COVERAGE_H

#include "run/linking.h"
#include "types/coverage.h"

struct jobs;

/* Fills out from the list, which it takes over: *list is empty afterwards. in:
 * as for linking_new; index NULL: nothing is in the library. jobs: whose tracks
 * wait; NULL: none. The caller frees out by coverage_free. */
void coverage_make(const struct linking_input *in, const struct jobs *jobs,
    struct track_list *list, struct coverage *out);

#endif
