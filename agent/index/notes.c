/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small texts and numbers by name. */
#include "index/kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "base/mem.h"

enum outcome index_put_note(struct index *x, const char *name,
    const char *text, struct error *error)
{
	return kv_put(x, KV_NOTES, name, strlen(name), text, strlen(text),
	    error);
}

char *index_get_note(struct index *x, const char *name)
{
	MDB_val v;

	if (kv_get(x, KV_NOTES, name, strlen(name), &v) != DONE)
		return NULL;
	return xstrndup(v.mv_data, v.mv_size);
}

enum outcome index_put_note_int(struct index *x, const char *name, int64_t v,
    struct error *error)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	return index_put_note(x, name, text, error);
}

int64_t index_get_note_int(struct index *x, const char *name,
    int64_t fallback)
{
	char *text = index_get_note(x, name);
	int64_t v = fallback;

	if (text != NULL && !int_parse(text, INT64_MIN, INT64_MAX, &v))
		v = fallback;
	free(text);
	return v;
}
