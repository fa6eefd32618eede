/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify: checks a delivered file: decoded to its end, quality, fingerprints of
 * rejected files, a second match with the decoded length and the tags, and
 * AcoustID.
 */
#ifndef SOURCES_VERIFY_H
#define SOURCES_VERIFY_H

#include "sources/fetcher.h"

/* Examines job->delivery and fills job->decoded. ITEM_FAILED with error: it
 * is not accepted; job->wrong_recording: because it is another recording, not a
 * bad copy. RUN_FAILED: the worker can't be run. STOPPED. */
enum outcome verify_delivery(const struct fetcher_env *env, bool remote,
    struct fetch_job *job, struct error *error);

/* Is this link (as link_plain returns it), path or identity in
 * job->rejected? */
bool verify_is_rejected(const struct fetch_job *job, const char *what);

#endif
