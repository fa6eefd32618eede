/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * acoustid: the names that AcoustID's web service (version 2) has for a
 * fingerprint. The service allows three requests a second: concurrent lookups
 * wait for each other.
 */
#ifndef SOURCES_ACOUSTID_H
#define SOURCES_ACOUSTID_H

#include "base/outcome.h"
#include "types/candidate.h"
#include "types/fingerprint.h"

struct acoustid;

/* key_file holds the application's key. NULL with error: it can't be read.
 * url is borrowed. */
struct acoustid *acoustid_new(const char *url, const char *key_file,
    struct error *error);
void acoustid_free(struct acoustid *a);		/* NULL allowed */

/* Adds the recordings that have this fingerprint, as candidates with a title
 * and an artist; DONE with none is a normal answer. SERVICE_FAILED with error:
 * no answer, which says nothing about the file; after some failures in a row
 * no more requests are made. STOPPED. Thread-safe. */
enum outcome acoustid_lookup(struct acoustid *a, const struct fingerprint *f,
    struct candidates *out, struct error *error);

#endif
