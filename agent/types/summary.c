/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

const char *stage_name(enum stage s)
{
	static const char *const names[STAGE_COUNT] = {
		[STAGE_LIKED] = "liked", [STAGE_SCAN] = "scan",
		[STAGE_DIFF] = "diff", [STAGE_FETCH] = "fetch",
		[STAGE_ANALYZE] = "analyze", [STAGE_DOCUMENT] = "document",
	};

	return names[s];
}

const char *stage_text(enum stage s)
{
	static const char *const texts[STAGE_COUNT] = {
		[STAGE_LIKED] = "reading Liked Songs",
		[STAGE_SCAN] = "reading the library",
		[STAGE_DIFF] = "comparing Liked Songs with the library",
		[STAGE_FETCH] = "fetching",
		[STAGE_ANALYZE] = "analyzing",
		[STAGE_DOCUMENT] = "writing the analysis document",
	};

	return texts[s];
}

/* The counts of a run, in the order in which they came about. */
static const struct {
	const char *name;
	size_t offset;
} counts[] = {
	{ "liked", offsetof(struct summary, liked) },
	{ "new_likes", offsetof(struct summary, new_likes) },
	{ "unliked", offsetof(struct summary, unliked) },
	{ "in_library", offsetof(struct summary, in_library) },
	{ "to_fetch", offsetof(struct summary, to_fetch) },
	{ "waiting", offsetof(struct summary, waiting) },
	{ "skipped", offsetof(struct summary, skipped) },
	{ "fetched", offsetof(struct summary, got) },
	{ "not_found", offsetof(struct summary, not_found) },
	{ "failed", offsetof(struct summary, failed) },
	{ "deferred", offsetof(struct summary, defer) },
	{ "rejected", offsetof(struct summary, rejected) },
	{ "searches", offsetof(struct summary, searches) },
	{ "upscaled", offsetof(struct summary, upscaled) },
	{ "downloads", offsetof(struct summary, downloads) },
	{ "files_added", offsetof(struct summary, files_added) },
	{ "files_changed", offsetof(struct summary, files_changed) },
	{ "files_moved", offsetof(struct summary, files_moved) },
	{ "files_removed", offsetof(struct summary, files_removed) },
	{ "files_unreadable", offsetof(struct summary, files_unreadable) },
	{ "analyzed", offsetof(struct summary, analyzed) },
	{ "analysis_failed", offsetof(struct summary, analysis_failed) },
	{ "reanalyzed", offsetof(struct summary, reanalyzed) },
	{ "backlog", offsetof(struct summary, backlog) },
	{ "document_entries", offsetof(struct summary, document_entries) },
	{ "document_ours", offsetof(struct summary, document_ours) },
	{ "library_files", offsetof(struct summary, library_files) },
	{ "queue", offsetof(struct summary, queue) },
};

static size_t count_at(const struct summary *s, size_t i)
{
	size_t n;

	memcpy(&n, (const char *)s + counts[i].offset, sizeof(n));
	return n;
}

static void put_time(struct json_writer *w, const char *key, int64_t t)
{
	char text[ISO_TIME_LEN];

	if (t <= 0) {
		json_put_null(w, key);
		return;
	}
	time_to_iso(t, text);
	json_put_string(w, key, text);
}

static void put_sources(const struct summary *s, struct json_writer *w)
{
	json_open_array(w, "sources");
	for (size_t i = 0; i < s->n_sources; i++) {
		const struct source_summary *x = &s->source[i];

		json_open_object(w, NULL);
		json_put_string(w, "name", x->name);
		json_put_int(w, "fetched", (int64_t)x->got);
		json_put_int(w, "not_found", (int64_t)x->not_found);
		json_put_int(w, "failed", (int64_t)x->failed);
		json_put_int(w, "downloads", (int64_t)x->downloads);
		json_put_double(w, "seconds", (double)x->ms / 1000, 3);
		json_put_string_if(w, "unavailable", x->fault);
		if (x->fault[0] != '\0') {
			json_put_bool(w, "must_act", x->must_act);
			put_time(w, "since", x->since);
			put_time(w, "until", x->until);
		}
		json_close(w);
	}
	json_close(w);
}

static void put_place(const struct summary *s, struct json_writer *w)
{
	json_put_bool(w, "document_written", s->document_written);
	json_put_bool(w, "document_current", s->document_current);
	json_put_int(w, "document_bytes", (int64_t)s->document_bytes);
	json_put_int(w, "library_bytes", (int64_t)s->library_bytes);
	if (s->disk_percent >= 0)
		json_put_double(w, "disk_percent", s->disk_percent, 1);
	json_put_int(w, "disk_free_bytes", (int64_t)s->disk_free);
	if (s->cap_hour >= 0) {
		json_put_int(w, "cap_remaining_hour", s->cap_hour);
		json_put_int(w, "cap_remaining_day", s->cap_day);
	}
	json_put_int(w, "queue_wait_seconds", s->queue_wait_s);
	put_time(w, "authorization_expires_at", s->authorization_expires_at);
	put_time(w, "not_before", s->not_before);
}

void summary_put(const struct summary *s, struct json_writer *w)
{
	json_put_string(w, "run", s->run);
	json_put_bool(w, "dry_run", s->dry_run);
	put_time(w, "started", s->started);
	put_time(w, "ended", s->ended);
	json_put_string(w, "outcome", outcome_name(s->outcome));
	json_put_int(w, "exit_status", outcome_exit_status(s->outcome));
	json_put_string_if(w, "why", s->error.text);
	json_put_string_if(w, "stopped", s->stopped);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_put_int(w, counts[i].name, (int64_t)count_at(s, i));
	health_to_json(&s->health, w, "health");
	json_put_bool(w, "removal_refused", s->removal_refused);
	json_put_double(w, "fetch_seconds", (double)s->fetch_ms / 1000, 3);
	put_sources(s, w);
	json_open_object(w, "stage_seconds");
	for (int i = 0; i < STAGE_COUNT; i++)
		json_put_double(w, stage_name((enum stage)i),
		    (double)s->stage_ms[i] / 1000, 3);
	json_close(w);
	put_place(s, w);
}

void summary_to_json(const struct summary *s, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	summary_put(s, w);
	json_close(w);
}

static void add_count(struct buf *b, size_t n, const char *what)
{
	if (n > 0)
		buf_printf(b, "%s%zu %s", b->len > 0 ? ", " : "", n, what);
}

char *summary_text(const struct summary *s)
{
	struct buf b = BUF_INIT;
	char took[32];

	add_count(&b, s->liked, "liked");
	add_count(&b, s->new_likes, "new");
	add_count(&b, s->in_library, "in library");
	add_count(&b, s->got, "fetched");
	add_count(&b, s->not_found, "not found");
	add_count(&b, s->failed, "failed");
	add_count(&b, s->defer, "put back");
	add_count(&b, s->analyzed, "analyzed");
	add_count(&b, s->backlog, "still to analyze");
	add_count(&b, s->queue, "in the queue");
	if (b.len == 0)
		buf_puts(&b, outcome_exit_status(s->outcome) == 0 ?
		    "nothing to do" : "nothing was done");
	duration_to_text(s->ended - s->started, took, sizeof(took));
	buf_printf(&b, "; %s", took);
	if (s->stopped != NULL)
		buf_printf(&b, "; ended by %s", s->stopped);
	return buf_take(&b);
}
