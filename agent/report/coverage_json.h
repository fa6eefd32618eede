/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coverage_json: a coverage as JSON, for commands and web programs. Its members
 * are described in likesync-json(7). */
#ifndef REPORT_COVERAGE_JSON_H
#define REPORT_COVERAGE_JSON_H

#include <stdbool.h>

#include "types/coverage.h"

struct json_writer;

/* Writes one object. missing_only: without the tracks that are in the
 * library. */
void coverage_to_json(const struct coverage *c, bool missing_only,
    struct json_writer *w);

#endif
