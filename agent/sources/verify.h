/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify: what came is looked at before it is believed: decoded to its end,
 * its form, whether it sounds like something that was rejected, the judge's
 * second look at its length and its tags, and AcoustID's opinion.
 */
#ifndef SOURCES_VERIFY_H
#define SOURCES_VERIFY_H

#include "sources/fetcher.h"

/* Examines job->delivery and fills job->examination. TRACK_FAILED with why:
 * it is not to be had; job->wrong_recording tells that it is another recording, rather
 * than a bad copy. RUN_FAILED: the worker can't be run. STOPPED. */
enum outcome verify_delivery(const struct fetcher_env *env, bool remote,
    struct fetch_job *job, struct error *error);

/* Is this among what job->rejected bars? A link in its one spelling, a path
 * or an identity. */
bool verify_is_rejected(const struct fetch_job *job, const char *what);

#endif
