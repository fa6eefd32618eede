/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * requests: files by which any process asks the holder of the run lock to
 * change records: queue a job, cancel one, pin or reject. Such a file lies in
 * requests/ of the state folder, is complete when it has its name, and stays
 * until the change is on stable storage: so a request outlives kills of both
 * sides, and is applied at least once. Applied twice it must change nothing.
 */
#ifndef RECORDS_REQUESTS_H
#define RECORDS_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"

struct json;
struct json_writer;

#define REQUEST_NAME_MAX 64

/* Closes the open object of request and writes it as requests/NAME.json; name
 * has letters, digits and '-'. request is freed. DONE when it is on stable
 * storage, also if a request of this name is there: the name must say all that
 * matters. RUN_ACT (the disk is full) or RUN_FAILED with error. */
enum outcome request_write(const char *state_dir, const char *name,
    struct json_writer *request, struct error *error);

/* Is a request waiting? Cheap; false also if there is no folder. */
bool requests_waiting(const char *state_dir);

/* Applies one request: DONE, or ITEM_FAILED with error if it is not one that
 * can be applied. Anything else leaves it for later and ends requests_take. */
typedef enum outcome request_apply(void *ctx, const struct json *request,
    struct error *error);

/* For the holder of the run lock: calls apply for each request, in the order of
 * their times, cancels last, and removes it afterwards. One that can't be read or applied is
 * moved to requests/refused/ and logged. *taken: how many were applied. */
enum outcome requests_take(const char *state_dir, request_apply *apply,
    void *ctx, size_t *taken, struct error *error);

/* For readers: calls each for the requests that wait, in the same order. */
void requests_each(const char *state_dir, void (*each)(void *ctx,
    const struct json *request), void *ctx);

#endif
