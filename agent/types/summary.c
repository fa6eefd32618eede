/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/summary.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "types/members.h"

static const struct {
	const char *name, *text;
} stages[STAGE_COUNT] = {
	[STAGE_LIKED] = { "liked", "reading Liked Songs" },
	[STAGE_SCAN] = { "scan", "reading the library" },
	[STAGE_DIFF] = { "diff", "comparing Liked Songs with the library" },
	[STAGE_FETCH] = { "fetch", "fetching" },
	[STAGE_ANALYZE] = { "analyze", "analyzing" },
	[STAGE_DOCUMENT] = { "document", "writing the analysis document" },
};

const char *stage_name(enum stage s)
{
	return stages[s].name;
}

const char *stage_text(enum stage s)
{
	return stages[s].text;
}

#define ALWAYS(name, kind, in, field) \
	MEMBER(name, kind, in, field, .always = true)

/* The counts of a run, in the order in which they came about. */
static const struct member counts[] = {
	ALWAYS("liked", SIZE, summary, liked),
	ALWAYS("new_likes", SIZE, summary, new_likes),
	ALWAYS("unliked", SIZE, summary, unliked),
	ALWAYS("playlists", SIZE, summary, playlists),
	ALWAYS("listed", SIZE, summary, listed),
	ALWAYS("in_library", SIZE, summary, in_library),
	ALWAYS("to_fetch", SIZE, summary, to_fetch),
	ALWAYS("waiting", SIZE, summary, waiting),
	ALWAYS("skipped", SIZE, summary, skipped),
	ALWAYS("fetched", SIZE, summary, got),
	ALWAYS("not_found", SIZE, summary, not_found),
	ALWAYS("failed", SIZE, summary, failed),
	ALWAYS("deferred", SIZE, summary, defer),
	ALWAYS("rejected", SIZE, summary, rejected),
	ALWAYS("searches", SIZE, summary, searches),
	ALWAYS("upscaled", SIZE, summary, upscaled),
	ALWAYS("downloads", SIZE, summary, downloads),
	ALWAYS("files_added", SIZE, summary, files_added),
	ALWAYS("files_changed", SIZE, summary, files_changed),
	ALWAYS("files_moved", SIZE, summary, files_moved),
	ALWAYS("files_removed", SIZE, summary, files_removed),
	ALWAYS("files_unreadable", SIZE, summary, files_unreadable),
	ALWAYS("analyzed", SIZE, summary, analyzed),
	ALWAYS("analysis_failed", SIZE, summary, analysis_failed),
	ALWAYS("reanalyzed", SIZE, summary, reanalyzed),
	ALWAYS("backlog", SIZE, summary, backlog),
	ALWAYS("parts_merged", SIZE, summary, parts_merged),
	ALWAYS("parts_refused", SIZE, summary, parts_refused),
	ALWAYS("analyses_merged", SIZE, summary, analyses_merged),
	ALWAYS("document_entries", SIZE, summary, document_entries),
	ALWAYS("document_ours", SIZE, summary, document_ours),
	ALWAYS("library_files", SIZE, summary, library_files),
	ALWAYS("queue", SIZE, summary, queue),
	ALWAYS("jobs", SIZE, summary, jobs),
	ALWAYS("job_tracks", SIZE, summary, job_tracks),
	MEMBERS_END
};

/* What it left. */
static const struct member state[] = {
	ALWAYS("removal_refused", BOOL, summary, removal_refused),
	ALWAYS("document_written", BOOL, summary, document_written),
	ALWAYS("document_current", BOOL, summary, document_current),
	ALWAYS("document_bytes", INT64, summary, document_bytes),
	ALWAYS("library_bytes", INT64, summary, library_bytes),
	MEMBER("disk_percent", DOUBLE, summary, disk_percent, .decimals = 1,
	    .fallback = -1),
	ALWAYS("disk_free_bytes", INT64, summary, disk_free),
	MEMBER("cap_remaining_hour", INT, summary, cap_hour, .fallback = -1),
	MEMBER("cap_remaining_day", INT, summary, cap_day, .fallback = -1),
	ALWAYS("queue_wait_seconds", INT64, summary, queue_wait_s),
	ALWAYS("authorization_expires_at", TIME, summary,
	    authorization_expires_at),
	ALWAYS("not_before", TIME, summary, not_before),
	MEMBERS_END
};

static const struct member source_counts[] = {
	ALWAYS("fetched", SIZE, source_summary, got),
	ALWAYS("not_found", SIZE, source_summary, not_found),
	ALWAYS("failed", SIZE, source_summary, failed),
	ALWAYS("downloads", SIZE, source_summary, downloads),
	MEMBER("unavailable", CHARS, source_summary, fault),
	MEMBERS_END
};

static const struct member source_outage[] = {
	ALWAYS("must_act", BOOL, source_summary, must_act),
	ALWAYS("since", TIME, source_summary, since),
	ALWAYS("until", TIME, source_summary, until),
	MEMBERS_END
};

static void write_sources(const struct summary *s, struct json_writer *w)
{
	json_open_array(w, "sources");
	for (size_t i = 0; i < s->n_sources; i++) {
		const struct source_summary *x = &s->source[i];

		json_open_object(w, NULL);
		json_put_string(w, "name", x->name);
		json_put_double(w, "seconds", (double)x->ms / 1000, 3);
		members_write(source_counts, x, w);
		if (x->fault[0] != '\0')
			members_write(source_outage, x, w);
		json_close(w);
	}
	json_close(w);
}

void summary_put(const struct summary *s, struct json_writer *w)
{
	json_put_string(w, "run", s->run);
	json_put_bool(w, "dry_run", s->dry_run);
	json_put_time(w, "started", s->started);
	json_put_time(w, "ended", s->ended);
	json_put_string(w, "outcome", outcome_name(s->outcome));
	json_put_int(w, "exit_status", outcome_exit_status(s->outcome));
	json_put_string_if(w, "why", s->error.text);
	json_put_string_if(w, "stopped", s->stopped);
	members_write(counts, s, w);
	health_to_json(&s->health, w, "health");
	json_put_double(w, "fetch_seconds", (double)s->fetch_ms / 1000, 3);
	write_sources(s, w);
	json_open_object(w, "stage_seconds");
	for (int i = 0; i < STAGE_COUNT; i++)
		json_put_double(w, stage_name((enum stage)i),
		    (double)s->stage_ms[i] / 1000, 3);
	json_close(w);
	members_write(state, s, w);
}

void summary_to_json(const struct summary *s, struct json_writer *w,
    const char *key)
{
	json_open_object(w, key);
	summary_put(s, w);
	json_close(w);
}

char *summary_text(const struct summary *s)
{
	const struct {
		size_t n;
		const char *what;
	} told[] = {
		{ s->liked, "liked" }, { s->new_likes, "new" },
		{ s->in_library, "in library" }, { s->got, "fetched" },
		{ s->not_found, "not found" }, { s->failed, "failed" },
		{ s->defer, "deferred" }, { s->analyzed, "analyzed" },
		{ s->parts_merged, "parts merged" },
		{ s->analyses_merged, "analyses merged" },
		{ s->backlog, "still to analyze" },
		{ s->queue, "in the queue" },
	};
	struct buf b = BUF_INIT;
	char took[32];

	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (told[i].n > 0)
			buf_printf(&b, "%s%zu %s", b.len > 0 ? ", " : "",
			    told[i].n, told[i].what);
	if (b.len == 0)
		buf_puts(&b, outcome_exit_status(s->outcome) == 0 ?
		    "nothing to do" : "nothing was done");
	duration_to_text(s->ended - s->started, took, sizeof(took));
	buf_printf(&b, "; %s", took);
	if (s->stopped != NULL)
		buf_printf(&b, "; ended by %s", s->stopped);
	return buf_take(&b);
}
