/* SPDX-License-Identifier: GPL-3.0-or-later */
/* delivered: the file that a program left in its folder. */
#ifndef SOURCES_DELIVERED_H
#define SOURCES_DELIVERED_H

#include "base/outcome.h"

struct delivery;
struct media_service;

/*
 * Fills out with the file at path, which the program reported, and a cover beside
 * it. The worker moves the audio into another container where needed
 * (worker/decode/remux.h); a file that it can't open is delivered unchanged,
 * for verification. ITEM_FAILED with error: path is not a file in folder.
 * RUN_LATER: no room for another file. RUN_FAILED: the worker can't be run.
 * STOPPED.
 */
enum outcome delivered_take(const struct media_service *media_service,
    const char *path, const char *folder, struct delivery *out,
    struct error *error);

#endif
