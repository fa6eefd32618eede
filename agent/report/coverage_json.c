/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/coverage_json.h"

#include <stdlib.h>

#include "base/json.h"

static void put_list(const struct track_list *l, struct json_writer *w)
{
	json_open_object(w, "playlist");
	json_put_string(w, "id", l->id);
	json_put_string(w, "kind", l->kind);
	json_put_string(w, "name", l->name);
	json_put_string(w, "owner", l->owner);
	json_put_string_if(w, "snapshotId", l->snapshot);
	json_put_bool(w, "complete", l->complete);
	json_close(w);
}

static void put_entry(const struct coverage_entry *e, struct json_writer *w)
{
	const struct track *t = e->track;
	char *artist = track_artists_text(t);

	json_open_object(w, NULL);
	json_put_int(w, "position", t->position);
	json_put_string(w, "name", t->title);
	json_put_string(w, "artist", artist);
	json_put_string(w, "spotifyId", t->id);
	json_put_string_if(w, "album", t->album);
	json_put_string_if(w, "isrc", t->isrc);
	if (t->duration_ms > 0)
		json_put_int(w, "durationMs", t->duration_ms);
	json_put_string(w, "state", coverage_state_name(e->state));
	if (e->state == COVERAGE_IN_LIBRARY) {
		json_put_string(w, "file", e->file);
		json_put_string(w, "evidence", evidence_name(e->how));
		json_put_double(w, "score", e->score, 3);
	} else {
		json_put_string(w, "reason", e->reason);
		json_put_int(w, "attempts", e->attempts);
		if (e->next_attempt > 0)
			json_put_time(w, "nextAttempt", e->next_attempt);
		best_rejected_to_json(&e->nearest_file, w, "nearestFile");
		best_rejected_to_json(&e->best_rejected, w, "bestRejected");
	}
	json_close(w);
	free(artist);
}

static void put_entries(const struct coverage *c, const char *key,
    bool in_library, struct json_writer *w)
{
	json_open_array(w, key);
	for (size_t i = 0; i < c->list.tracks.count; i++)
		if ((c->entries[i].state == COVERAGE_IN_LIBRARY) == in_library)
			put_entry(&c->entries[i], w);
	json_close(w);
}

void coverage_to_json(const struct coverage *c, bool missing_only,
    struct json_writer *w)
{
	const struct track_list *l = &c->list;

	json_open_object(w, NULL);
	put_list(l, w);
	json_put_int(w, "totalTracks", (int64_t)l->tracks.count);
	json_put_int(w, "availableTracks", (int64_t)c->in_library);
	json_put_int(w, "waitingTracks", (int64_t)c->waiting);
	put_entries(c, "missingTracks", false, w);
	if (!missing_only)
		put_entries(c, "inLibrary", true, w);
	json_put_int(w, "skipped", track_list_skipped(l));
	json_open_object(w, "skippedEntries");
	json_put_int(w, "episodes", l->episodes);
	json_put_int(w, "localFiles", l->local);
	json_put_int(w, "unavailable", l->unusable);
	json_close(w);
	json_close(w);
}
