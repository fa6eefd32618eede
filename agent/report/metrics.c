/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

/* A counter's name ends with _total, and no other's. */
static void put_head(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    str_ends_with(name, "_total") ? "counter" : "gauge");
}

static void put_number(struct buf *out, double v)
{
	if (v == (double)(int64_t)v)
		buf_printf(out, " %" PRId64 "\n", (int64_t)v);
	else
		buf_printf(out, " %.6g\n", v);
}

struct metric {
	const char *name, *help;
	double value;
};

static void put_metrics(struct buf *out, const struct metric *m, size_t n)
{
	for (; n > 0; n--, m++) {
		put_head(out, m->name, m->help);
		buf_puts(out, m->name);
		put_number(out, m->value);
	}
}

static void put_run(const struct summary *s, const struct counters *c,
    struct buf *out)
{
	const struct metric metrics[] = {
		{ "likesync_last_run_timestamp_seconds",
		    "When the last run ended.", (double)s->ended },
		{ "likesync_last_success_timestamp_seconds",
		    "When the last successful run ended.",
		    (double)c->last_success },
		{ "likesync_last_run_exit_status",
		    "Exit status of the last run.",
		    outcome_exit_status(s->outcome) },
		{ "likesync_last_run_duration_seconds",
		    "Duration of the last run.",
		    (double)(s->ended - s->started) },
		{ "likesync_document_current_timestamp_seconds",
		    "When a run last brought the analysis document up to "
		    "date; 0: never.", (double)c->document_current },
		{ "likesync_document_size_bytes",
		    "Size of the analysis document.",
		    (double)s->document_bytes },
		{ "likesync_document_entries",
		    "Entries in the analysis document.",
		    (double)s->document_entries },
		{ "likesync_cap_remaining_hour",
		    "Downloads that the hourly cap still allows.",
		    s->cap_hour },
		{ "likesync_cap_remaining_day",
		    "Downloads that the daily cap still allows.", s->cap_day },
		{ "likesync_authorization_expiry_timestamp_seconds",
		    "When the authorization expires; 0: not authorized.",
		    (double)s->authorization_expires_at },
		{ "likesync_spotify_not_before_timestamp_seconds",
		    "No requests to Spotify before this time; 0: no delay.",
		    (double)s->not_before },
	};

	put_metrics(out, metrics, sizeof(metrics) / sizeof(metrics[0]));
}

static void put_library(const struct summary *s, struct buf *out)
{
	const struct metric metrics[] = {
		{ "likesync_analysis_backlog_files",
		    "Files that are still to be analyzed.",
		    (double)s->backlog },
		{ "likesync_liked_tracks",
		    "Liked tracks, and those of followed playlists.",
		    (double)s->liked },
		{ "likesync_listed_tracks",
		    "Of these, tracks of followed playlists that are not "
		    "liked.", (double)s->listed },
		{ "likesync_playlists", "Followed playlists.",
		    (double)s->playlists },
		{ "likesync_tracks_in_library",
		    "Of the liked and followed, tracks in the library.",
		    (double)s->in_library },
		{ "likesync_queue_length",
		    "Tracks that are wanted, liked or in a job, and not in "
		    "the library.",
		    (double)s->queue },
		{ "likesync_queue_wait_seconds",
		    "How long the oldest of these has waited.",
		    (double)s->queue_wait_s },
		{ "likesync_jobs", "Jobs that have not ended.",
		    (double)s->jobs },
		{ "likesync_job_tracks", "Tracks that wait in jobs.",
		    (double)s->job_tracks },
		{ "likesync_library_files", "Audio files in the library.",
		    (double)s->library_files },
		{ "likesync_library_size_bytes",
		    "Size of all audio files in the library.",
		    (double)s->library_bytes },
		{ "likesync_disk_usage_ratio",
		    "Used part of the library's file system, 0 to 1.",
		    s->disk_percent < 0 ? 0 : s->disk_percent / 100 },
		{ "likesync_disk_free_bytes",
		    "Free space on the library's file system.",
		    (double)s->disk_free },
	};

	put_metrics(out, metrics, sizeof(metrics) / sizeof(metrics[0]));
}

static void put_totals(const struct counters *c, struct buf *out)
{
	const struct metric metrics[] = {
		{ "likesync_runs_total", "Runs.", (double)c->runs },
		{ "likesync_runs_failed_total", "Runs that did not exit 0.",
		    (double)c->runs_failed },
		{ "likesync_downloads_total",
		    "Remote downloads started; they count against the caps.",
		    (double)c->downloads },
		{ "likesync_searches_total", "Searches at remote sources.",
		    (double)c->searches },
		{ "likesync_downloads_upscaled_total",
		    "Downloads that were converted from a lower bit rate.",
		    (double)c->upscaled },
		{ "likesync_candidates_rejected_total",
		    "Candidates that proved to be a different recording.",
		    (double)c->rejected },
		{ "likesync_fetch_duration_seconds_total",
		    "Time spent on fetching, summed over tracks.",
		    c->fetch_seconds },
		{ "likesync_analyzed_files_total", "Files that were analyzed.",
		    (double)c->analyzed },
		{ "likesync_analysis_failures_total",
		    "Files that could not be analyzed.",
		    (double)c->analysis_failed },
		{ "likesync_reanalyzed_files_total",
		    "Files that were analyzed again.", (double)c->reanalyzed },
		{ "likesync_hook_failures_total",
		    "Hooks and pings that failed.", (double)c->hooks_failed },
	};

	put_metrics(out, metrics, sizeof(metrics) / sizeof(metrics[0]));
}

/* A label's value: only these three need a backslash. */
static void put_label(struct buf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			buf_putc(out, '\\');
		if (*value == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *value);
	}
}

static void put_stages(const struct summary *s, struct buf *out)
{
	put_head(out, "likesync_last_run_stage_duration_seconds",
	    "Duration of each stage of the last run.");
	for (int i = 0; i < STAGE_COUNT; i++) {
		buf_printf(out, "likesync_last_run_stage_duration_seconds"
		    "{stage=\"%s\"}", stage_name((enum stage)i));
		put_number(out, (double)s->stage_ms[i] / 1000);
	}
}

static void put_fetches(const struct counters *c, struct buf *out)
{
	static const char name[] = "likesync_fetches_total";

	put_head(out, name, "Attempts to fetch a track, by the last source "
	    "used and by result.");
	for (size_t i = 0; i < c->n_sources; i++) {
		const struct source_counters *s = &c->source[i];
		const struct {
			const char *name;
			uint64_t n;
		} results[] = { { "got", s->got },
			{ "not_found", s->not_found }, { "failed", s->failed } };

		for (size_t k = 0; k < 3; k++) {
			buf_printf(out, "%s{source=\"", name);
			put_label(out, s->name);
			buf_printf(out, "\",result=\"%s\"} %" PRIu64 "\n",
			    results[k].name, results[k].n);
		}
	}
}

static bool is_up(const struct metrics_input *in, const char *name)
{
	char text[ERROR_MAX + 128];

	if (config_source_is_remote(in->cfg, name))
		return !availability_text(availability_of(in->known, name),
		    in->s->ended, text, sizeof(text));
	for (size_t i = 0; i < in->s->n_sources; i++)
		if (strcmp(in->s->source[i].name, name) == 0)
			return in->s->source[i].fault[0] == '\0';
	return true;
}

/* Also in a run that had no need of them: an outage lasts beyond the run that
 * met it. */
static void put_sources_up(const struct metrics_input *in, struct buf *out)
{
	put_head(out, "likesync_source_up",
	    "1: the source is available; 0: it is unavailable.");
	for (char **name = in->cfg->fetch.sources; *name != NULL; name++) {
		buf_puts(out, "likesync_source_up{source=\"");
		put_label(out, *name);
		buf_printf(out, "\"} %d\n", is_up(in, *name));
	}
}

/* One value of a family; help begins it, and is NULL for the others. */
static void put_family(struct buf *out, const char *name, const char *help,
    const char *label, const char *value, size_t n)
{
	if (help != NULL)
		put_head(out, name, help);
	buf_printf(out, "%s{%s=\"%s\"} %zu\n", name, label, value, n);
}

/* Only a run that reaches the document counts these. */
static void put_health(const struct health *h, struct buf *out)
{
	static const char outdated[] = "likesync_analysis_outdated_files";

	if (!h->known)
		return;
	put_head(out, outdated, "Files that an older version analyzed.");
	buf_printf(out, "%s %zu\n", outdated, h->outdated);
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
		put_family(out, "likesync_problem_files",
		    r > REASON_NONE + 1 ? NULL : "Files whose analysis failed "
		    "or is partial, by reason.", "reason",
		    reason_name((enum reason)r), h->problems[r]);
	for (int t = 0; t < TAGGED_COUNT; t++)
		put_family(out, "likesync_tagged_files", t > 0 ? NULL :
		    "Files that have this value both in tags and analysis.",
		    "what", tagged_name((enum tagged)t), h->tagged[t]);
	for (int t = 0; t < TAGGED_COUNT; t++)
		put_family(out, "likesync_tag_disagreements", t > 0 ? NULL :
		    "Of these, files whose tags differ from the analysis.",
		    "what", tagged_name((enum tagged)t), h->disagree[t]);
}

void metrics_render(const struct metrics_input *in, struct buf *out)
{
	put_run(in->s, in->c, out);
	put_library(in->s, out);
	put_totals(in->c, out);
	put_stages(in->s, out);
	put_fetches(in->c, out);
	put_sources_up(in, out);
	put_health(&in->s->health, out);
}

enum outcome metrics_write(const struct config *cfg, const struct summary *s,
    const struct counters *c, struct error *error)
{
	const char *path = cfg->metrics.textfile;
	struct availabilities known;
	const struct metrics_input in = { cfg, &known, s, c };
	struct buf text = BUF_INIT;
	enum outcome o = DONE;

	availability_load(cfg->state.dir, &known);
	metrics_render(&in, &text);
	availabilities_free(&known);
	/* node_exporter runs as another user. */
	if (file_write(path, text.data, text.len, 0644) == 0)
		;
	else if (file_disk_is_full(errno))
		o = file_cant_write(path, errno, RUN_ACT, error);
	else
		o = error_set(error, RUN_CONFIG, "%s: %s; [metrics] textfile "
		    "must be in a folder that this user may write", path,
		    file_strerror(errno));
	buf_free(&text);
	return o;
}
