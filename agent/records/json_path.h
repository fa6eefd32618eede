/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bytes: paths, and links that are paths, in a journal's line. They need not
 * be UTF-8; one that is not stands there as hex digits, in a member with a
 * name of its own.
 */
#ifndef RECORDS_JSON_PATH_H
#define RECORDS_JSON_PATH_H

struct json;
struct json_writer;

void json_path_put(struct json_writer *w, const char *name, const char *bytes);
/* NULL if there is none; caller frees. */
char *json_path_get(const struct json *v, const char *name);

#endif
