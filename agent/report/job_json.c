/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/job_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

static const char *const state_names[] = {
	[JOB_WAITING] = "waiting", [JOB_COMPLETED] = "completed",
	[JOB_TRACK_FAILED] = "failed",
};

/* "15 minutes": rounded up, as nobody waits for a second. */
static void eta_to_text(int64_t seconds, char *out, size_t size)
{
	int64_t n = (seconds + 59) / 60;
	const char *unit = "minute";

	if (n >= 48 * 60) {
		n = (n + 24 * 60 - 1) / (24 * 60);
		unit = "day";
	} else if (n >= 2 * 60) {
		n = (n + 59) / 60;
		unit = "hour";
	} else if (n == 0) {
		n = 1;
	}
	snprintf(out, size, "%lld %s%s", (long long)n, unit, n == 1 ? "" : "s");
}

static void put_eta(struct json_writer *w, int64_t seconds)
{
	char text[32];

	if (seconds < 0) {
		json_put_null(w, "eta");
		json_put_null(w, "etaSeconds");
		return;
	}
	eta_to_text(seconds, text, sizeof(text));
	json_put_string(w, "eta", text);
	json_put_int(w, "etaSeconds", seconds);
}

static void put_track(struct json_writer *w, const struct job_track *t)
{
	char *artist = track_artists_text(&t->track);

	json_open_object(w, NULL);
	json_put_string(w, "key", t->track.key);
	json_put_string(w, "name", t->track.title);
	json_put_string(w, "artist", artist);
	json_put_string(w, "spotifyId", t->track.id);
	json_put_string(w, "status", state_names[t->state]);
	json_put_string_if(w, "reason", t->reason);
	if (t->state != JOB_WAITING)
		json_put_time(w, "completedAt", t->at);
	json_close(w);
	free(artist);
}

void job_to_json(const struct job *job, int64_t eta_s, bool with_tracks,
    struct json_writer *w)
{
	json_open_object(w, NULL);
	json_put_string(w, "jobId", job->id);
	json_put_string_if(w, "name", job->name);
	json_put_string_if(w, "link", job->link);
	json_put_string_if(w, "requestedBy", job->by);
	json_put_string(w, "status", job_status_name(job_status(job)));
	json_put_int(w, "completed", (int64_t)job->completed);
	json_put_int(w, "failed", (int64_t)job->failed);
	json_put_int(w, "total", (int64_t)job->count);
	put_eta(w, job_has_ended(job) ? -1 : eta_s);
	json_put_time(w, "createdAt", job->created_at);
	json_put_time(w, "startedAt", job->started_at);
	json_put_time(w, "completedAt", job->completed_at);
	if (with_tracks) {
		json_open_array(w, "tracks");
		for (size_t i = 0; i < job->count; i++)
			put_track(w, &job->tracks[i]);
		json_close(w);
	}
	json_close(w);
}
