/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/exec/request.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "sources/exec/reader.h"
#include "types/track.h"

static struct json_writer *begin(const char *type, int64_t id)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "type", type);
	json_put_int(w, "id", id);
	return w;
}

static char *end(struct json_writer *w)
{
	struct buf line = BUF_INIT;
	char *text;

	json_close(w);
	text = json_writer_end(w, NULL);
	buf_puts(&line, text);
	buf_putc(&line, '\n');
	free(text);
	return buf_take(&line);
}

static void put_track(struct json_writer *w, const struct track *t)
{
	json_open_object(w, "track");
	json_open_array(w, "artists");
	for (size_t i = 0; i < t->n_artists; i++)
		json_put_string(w, NULL, t->artists[i]);
	json_close(w);
	json_put_string(w, "title", t->title);
	json_put_string_if(w, "album", t->album);
	if (t->duration_ms > 0)
		json_put_double(w, "duration", (double)t->duration_ms / 1000,
		    3);
	json_put_string_if(w, "isrc", t->isrc);
	json_put_string_if(w, "spotify_id", t->id);
	json_close(w);
}

char *exec_request_hello(int64_t id, const struct exec_hello *h)
{
	struct json_writer *w = begin("hello", id);

	json_put_int(w, "protocol", EXEC_PROTOCOL);
	json_put_string(w, "likesync", LIKESYNC_VERSION);
	json_put_string(w, "source", h->source);
	json_put_string(w, "state", h->state);
	json_put_string(w, "folder", h->folder);
	json_put_int(w, "max_size", (int64_t)h->max_size);
	json_put_int(w, "parallel", h->parallel);
	return end(w);
}

char *exec_request_search(int64_t id, const char *query,
    const struct track *t)
{
	struct json_writer *w = begin("search", id);

	json_put_string(w, "query", query);
	put_track(w, t);
	return end(w);
}

char *exec_request_fetch(int64_t id, const char *ref, const struct track *t,
    const char *folder, uint64_t max_size, int64_t timeout)
{
	struct json_writer *w = begin("fetch", id);

	json_put_string_if(w, "ref", ref);
	put_track(w, t);
	json_put_string(w, "folder", folder);
	json_put_int(w, "max_size", (int64_t)max_size);
	json_put_int(w, "timeout", timeout);
	return end(w);
}

char *exec_request_cancel(int64_t id)
{
	return end(begin("cancel", id));
}
