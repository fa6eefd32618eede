/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * acoustid: asks AcoustID's web service (version 2) for the names under which
 * a fingerprint is known. It allows three requests a second; what several
 * threads ask meanwhile goes into one request.
 */
#ifndef SOURCES_ACOUSTID_H
#define SOURCES_ACOUSTID_H

#include "base/outcome.h"
#include "types/candidate.h"
#include "types/fingerprint.h"

struct acoustid;

/* key_file holds the application's key. NULL with why: it can't be read. url
 * is borrowed. */
struct acoustid *acoustid_new(const char *url, const char *key_file,
    struct error *error);
void acoustid_free(struct acoustid *a);		/* NULL allowed */

/* Adds the recordings that it is, as candidates with a title and an artist;
 * none is a normal answer. SERVICE_FAILED with why: it did not answer, which
 * says nothing; it is not asked again after some failures in a row. STOPPED.
 * Thread-safe. */
enum outcome acoustid_lookup(struct acoustid *a, const struct fingerprint *f,
    struct candidates *out, struct error *error);

#endif
