/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_path: paths, and links that are paths, as members of a journal's line.
 * Paths need not be UTF-8: one that is not is written as hex digits, in a
 * member of its own name (NAME_hex).
 */
#ifndef RECORDS_JSON_PATH_H
#define RECORDS_JSON_PATH_H

struct json;
struct json_writer;

void json_path_put(struct json_writer *w, const char *name, const char *bytes);
/* NULL if there is none; caller frees. */
char *json_path_get(const struct json *v, const char *name);

#endif
