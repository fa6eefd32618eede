/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"

struct metric {
	const char *name, *type, *help;
	double (*value)(const struct metrics_input *r);
};

/* One small function a number would say no more than these do. */
#define READ(name, expression) \
	static double name(const struct metrics_input *r) \
	{ \
		return (double)(expression); \
	}

READ(last_run, r->s->ended)
READ(last_success, r->c->last_success)
READ(exit_status, outcome_exit_status(r->s->outcome))
READ(run_seconds, r->s->ended - r->s->started)
READ(runs, r->c->runs)
READ(runs_failed, r->c->runs_failed)
READ(downloads, r->c->downloads)
READ(rejected, r->c->rejected)
READ(searches, r->c->searches)
READ(upscaled, r->c->upscaled)
READ(fetch_seconds, r->c->fetch_seconds)
READ(analyzed, r->c->analyzed)
READ(analysis_failed, r->c->analysis_failed)
READ(hooks_failed, r->c->hooks_failed)
READ(reanalyzed, r->c->reanalyzed)
READ(analysis_backlog, r->s->backlog)
READ(liked, r->s->liked)
READ(in_library, r->s->in_library)
READ(queue, r->s->queue)
READ(queue_wait, r->s->queue_wait_s)
READ(library_files, r->s->library_files)
READ(library_bytes, r->s->library_bytes)
READ(disk_ratio, r->s->disk_percent < 0 ? 0 : r->s->disk_percent / 100)
READ(disk_free, r->s->disk_free)
READ(cap_hour, r->s->cap_hour)
READ(cap_day, r->s->cap_day)
READ(authorization_expiry, r->s->authorization_expires_at)
READ(not_before, r->s->not_before)
READ(document_current, r->c->document_current)
READ(document_bytes, r->s->document_bytes)
READ(document_entries, r->s->document_entries)

static const struct metric metrics[] = {
	{ "likesync_last_run_timestamp_seconds", "gauge",
	    "When the last run ended.", last_run },
	{ "likesync_last_success_timestamp_seconds", "gauge",
	    "When the last run that succeeded ended.", last_success },
	{ "likesync_last_run_exit_status", "gauge",
	    "Exit status of the last run.", exit_status },
	{ "likesync_last_run_duration_seconds", "gauge",
	    "How long the last run took.", run_seconds },
	{ "likesync_runs_total", "counter", "Runs.", runs },
	{ "likesync_runs_failed_total", "counter",
	    "Runs that did not exit 0.", runs_failed },
	{ "likesync_downloads_total", "counter",
	    "Remote downloads that were started; these count against the "
	    "caps.", downloads },
	{ "likesync_searches_total", "counter",
	    "Searches that remote sources were asked.", searches },
	{ "likesync_downloads_upscaled_total", "counter",
	    "Downloads that were made of a lower bit rate.", upscaled },
	{ "likesync_candidates_rejected_total", "counter",
	    "Candidates that turned out not to be the track.", rejected },
	{ "likesync_fetch_duration_seconds_total", "counter",
	    "Time spent on fetching, summed over tracks.", fetch_seconds },
	{ "likesync_analyzed_files_total", "counter",
	    "Files that were analyzed.", analyzed },
	{ "likesync_analysis_failures_total", "counter",
	    "Files that could not be analyzed.", analysis_failed },
	{ "likesync_reanalyzed_files_total", "counter",
	    "Files that were analyzed anew, because an older likesync had "
	    "done it or after a failure that may pass.", reanalyzed },
	{ "likesync_hook_failures_total", "counter",
	    "Hooks and pings that failed.", hooks_failed },
	{ "likesync_analysis_backlog_files", "gauge",
	    "Files that still wait to be analyzed.", analysis_backlog },
	{ "likesync_liked_tracks", "gauge", "Liked Songs.", liked },
	{ "likesync_tracks_in_library", "gauge",
	    "Liked Songs that the library holds.", in_library },
	{ "likesync_queue_length", "gauge",
	    "Liked Songs that are wanted and not held.", queue },
	{ "likesync_queue_wait_seconds", "gauge",
	    "How long the oldest of them has waited.", queue_wait },
	{ "likesync_library_files", "gauge", "Audio files in the library.",
	    library_files },
	{ "likesync_library_size_bytes", "gauge",
	    "Bytes in the library's audio files.", library_bytes },
	{ "likesync_disk_usage_ratio", "gauge",
	    "How full the library's file system is, 0 to 1.", disk_ratio },
	{ "likesync_disk_free_bytes", "gauge",
	    "Bytes free on the library's file system.", disk_free },
	{ "likesync_cap_remaining_hour", "gauge",
	    "Downloads that the hourly cap still allows.", cap_hour },
	{ "likesync_cap_remaining_day", "gauge",
	    "Downloads that the daily cap still allows.", cap_day },
	{ "likesync_authorization_expiry_timestamp_seconds", "gauge",
	    "When the user must authorize again; 0: not authorized.",
	    authorization_expiry },
	{ "likesync_spotify_not_before_timestamp_seconds", "gauge",
	    "Spotify is not asked before this; 0: it may be.", not_before },
	{ "likesync_document_current_timestamp_seconds", "gauge",
	    "When a run last left the analysis document holding all that the "
	    "index knows; 0: never.", document_current },
	{ "likesync_document_size_bytes", "gauge",
	    "Size of the analysis document.", document_bytes },
	{ "likesync_document_entries", "gauge",
	    "Entries in the analysis document.", document_entries },
};

static void put_head(struct buf *out, const char *name, const char *type,
    const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    type);
}

static void put_number(struct buf *out, double v)
{
	if (v == (double)(int64_t)v)
		buf_printf(out, " %" PRId64 "\n", (int64_t)v);
	else
		buf_printf(out, " %.6g\n", v);
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
	put_head(out, "likesync_last_run_stage_duration_seconds", "gauge",
	    "How long each stage of the last run took.");
	for (int i = 0; i < STAGE_COUNT; i++) {
		buf_printf(out, "likesync_last_run_stage_duration_seconds"
		    "{stage=\"%s\"}", stage_name((enum stage)i));
		put_number(out, (double)s->stage_ms[i] / 1000);
	}
}

static void put_result(struct buf *out, const struct source_counters *s,
    const char *result, uint64_t n)
{
	buf_puts(out, "likesync_fetches_total{source=\"");
	put_label(out, s->name);
	buf_printf(out, "\",result=\"%s\"} %" PRIu64 "\n", result, n);
}

static void put_fetches(const struct counters *c, struct buf *out)
{
	put_head(out, "likesync_fetches_total", "counter",
	    "Attempts to get a track, by the source that ended it and by how.");
	for (size_t i = 0; i < c->n_sources; i++) {
		put_result(out, &c->source[i], "got", c->source[i].got);
		put_result(out, &c->source[i], "not_found",
		    c->source[i].not_found);
		put_result(out, &c->source[i], "failed", c->source[i].failed);
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
	put_head(out, "likesync_source_up", "gauge",
	    "1: the source is available; 0: it is unavailable.");
	for (char **name = in->cfg->fetch.sources; *name != NULL; name++) {
		buf_puts(out, "likesync_source_up{source=\"");
		put_label(out, *name);
		buf_printf(out, "\"} %d\n", is_up(in, *name));
	}
}

static void put_labelled(struct buf *out, const char *name, const char *label,
    const char *value, size_t n)
{
	buf_printf(out, "%s{%s=\"%s\"} %zu\n", name, label, value, n);
}

/* What only a run that came as far as the document has counted. */
static void put_health(const struct health *h, struct buf *out)
{
	static const char problems[] = "likesync_problem_files",
	    tagged[] = "likesync_tagged_files",
	    disagree[] = "likesync_tag_disagreements",
	    outdated[] = "likesync_analysis_outdated_files";

	if (!h->known)
		return;
	put_head(out, outdated, "gauge",
	    "Files that an older likesync analyzed, to be done anew.");
	buf_printf(out, "%s %zu\n", outdated, h->outdated);
	put_head(out, problems, "gauge",
	    "Files that can't be analyzed, or not whole, by reason.");
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
		put_labelled(out, problems, "reason",
		    reason_name((enum reason)r), h->problems[r]);
	put_head(out, tagged, "gauge",
	    "Files whose tags say what we hear too.");
	for (int t = 0; t < TAGGED_COUNT; t++)
		put_labelled(out, tagged, "what", tagged_name((enum tagged)t),
		    h->tagged[t]);
	put_head(out, disagree, "gauge",
	    "Of these, files whose tags say otherwise.");
	for (int t = 0; t < TAGGED_COUNT; t++)
		put_labelled(out, disagree, "what",
		    tagged_name((enum tagged)t), h->disagree[t]);
}

void metrics_render(const struct metrics_input *in, struct buf *out)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const struct metric *m = &metrics[i];

		put_head(out, m->name, m->type, m->help);
		buf_puts(out, m->name);
		put_number(out, m->value(in));
	}
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
