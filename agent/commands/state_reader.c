/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/state_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/terminal.h"
#include "library/place.h"
#include "records/overrides.h"
#include "types/plan.h"

#define MAX_NAMED 5	/* of the tracks that a message lists */

int state_reader_open_index(const struct config *cfg, struct state_reader *r)
{
	char *dir = path_join(cfg->state.dir, STATE_INDEX);
	char *journal = path_join(cfg->state.dir, STATE_PROVENANCE);
	char *pins = path_join(cfg->state.dir, STATE_PINS);
	char *takedowns = path_join(cfg->state.dir, STATE_TAKEDOWNS);
	struct error error;
	enum outcome o;

	memset(r, 0, sizeof(*r));
	r->library = cfg->library.path;
	o = index_open(dir, true, &r->index, &error);
	if (o == DONE || o == ITEM_FAILED)
		o = provenance_open(journal, true, &r->provenance, &error);
	if (o == DONE)
		o = pins_open(pins, true, &r->pins, &error);
	if (o == DONE)
		o = takedowns_open(takedowns, true, &r->takedowns, &error);
	if (o != DONE) {
		log_error("%s", error.text);
		state_reader_close(r);
	}
	free(takedowns);
	free(pins);
	free(journal);
	free(dir);
	return o == DONE ? -1 : 1;
}

/* Without reading the records of tracks that are in the library. */
static int collect_missing(void *ctx, const struct liked_song *liked)
{
	struct state_reader *r = ctx;
	struct songs *list = &r->songs;
	struct song s;

	r->liked++;
	if ((index_has_identity(r->index, liked->identity) &&
	    overrides_allow(r->pins, r->provenance, liked->key,
	    liked->identity)) ||
	    index_get_song(r->index, liked->key, &s) != DONE)
		return 0;
	list->items = grow(list->items, &list->cap, list->count,
	    sizeof(*list->items));
	list->items[list->count++] = s;
	return 0;
}

int state_reader_open(const struct config *cfg, struct state_reader *r)
{
	int status = state_reader_open_index(cfg, r);

	if (status < 0 && r->index != NULL)
		index_each_liked(r->index, collect_missing, r);
	return status;
}

int state_reader_open_all(const struct config *cfg, struct state_reader *r)
{
	int status = state_reader_open_index(cfg, r);

	if (status < 0 && r->index != NULL)
		index_liked_songs(r->index, &r->songs);
	r->liked = r->songs.count;
	return status;
}

void state_reader_close(struct state_reader *r)
{
	songs_free(&r->songs);
	index_close(r->index);
	provenance_close(r->provenance);
	pins_close(r->pins);
	takedowns_close(r->takedowns);
	memset(r, 0, sizeof(*r));
}

static const struct song *find_key(const struct state_reader *r,
    const char *key)
{
	for (size_t i = 0; i < r->songs.count; i++)
		if (strcmp(r->songs.items[i].track.key, key) == 0)
			return &r->songs.items[i];
	return NULL;
}

/* The liked track of that name, else the only one whose name contains it; NULL
 * with error. */
static const struct song *find_words(const struct state_reader *r,
    const char *words, struct error *error)
{
	const struct song *found = NULL;
	struct buf names = BUF_INIT;
	size_t n = 0;

	if (words[strspn(words, " ")] == '\0') {
		error_set(error, ITEM_FAILED, "'%s': names no track", words);
		return NULL;
	}
	for (size_t i = 0; i < r->songs.count; i++) {
		const struct song *s = &r->songs.items[i];
		char *label = track_label(&s->track);
		bool is_equal = strcasecmp(label, words) == 0;

		if (is_equal || strcasestr(label, words) != NULL) {
			found = s;
			n = is_equal ? 1 : n + 1;
			if (n <= MAX_NAMED)
				buf_printf(&names, "%s%s", n > 1 ? "; " : "",
				    label);
		}
		free(label);
		if (is_equal)
			break;
	}
	if (n == 0)
		error_set(error, ITEM_FAILED, "%s: no liked track has this in "
		    "its name", words);
	else if (n > 1)
		error_set(error, ITEM_FAILED, "%s: matches %zu liked tracks: "
		    "%s%s; give more of the name, or the id", words, n,
		    buf_str(&names), n > MAX_NAMED ? "; ..." : "");
	buf_free(&names);
	return n == 1 ? found : NULL;
}

enum outcome state_reader_find_track(const struct state_reader *r,
    const char *text, char **key, char **label, struct error *error)
{
	char id[SPOTIFY_ID_LEN + 1];
	bool is_id = spotify_id_parse(text, id) == 0;
	const struct song *s = find_key(r, is_id ? id : text);

	if (s == NULL && is_id) {
		*key = xstrdup(id);
		*label = xstrdup(id);
		return DONE;
	}
	if (s == NULL)
		s = find_words(r, text, error);
	if (s == NULL)
		return ITEM_FAILED;
	*key = xstrdup(s->track.key);
	*label = track_label(&s->track);
	return DONE;
}

char *state_reader_file(const struct state_reader *r, const struct song *s)
{
	if (s->identity[0] == '\0' || !overrides_allow(r->pins, r->provenance,
	    s->track.key, s->identity))
		return NULL;
	return index_find_path(r->index, s->identity);
}

static bool is_in_library(const struct state_reader *r, const struct song *s)
{
	char *path = state_reader_file(r, s);

	free(path);
	return path != NULL;
}

void each_unavailable_source(const struct config *cfg, void (*each)(void *ctx,
    const struct availability *a, const char *text), void *ctx)
{
	int64_t now = clock_wall();
	struct availabilities all;

	availability_load(cfg->state.dir, &all);
	for (char **name = cfg->fetch.sources; *name != NULL; name++) {
		const struct availability *a = availability_of(&all, *name);
		char text[ERROR_MAX + 128];

		if (a != NULL && availability_text(a, now, text, sizeof(text)))
			each(ctx, a, text);
	}
	availabilities_free(&all);
}

static void put_source(void *ctx, const struct availability *a,
    const char *text)
{
	struct json_writer *w = ctx;

	json_open_object(w, NULL);
	json_put_string(w, "name", a->name);
	json_put_time(w, "since", a->since);
	json_put_time(w, "until", a->until);
	json_put_bool(w, "must_act", a->must_act);
	json_put_string(w, "why", a->reason);
	json_put_string(w, "text", text);
	json_close(w);
}

void put_unavailable_sources(const struct config *cfg, struct json_writer *w)
{
	json_open_array(w, "unavailable");
	each_unavailable_source(cfg, put_source, w);
	json_close(w);
}

void print_attempts(int attempts)
{
	if (attempts == 1)
		print_part("tried once");
	else
		print_part("tried %d times", attempts);
}

static void print_rejected(int indent, const char *where,
    const struct best_rejected *n)
{
	print_line("%*sbest rejected %s: %s", indent, "", where,
	    n->ref != NULL ? n->name : "no candidates");
	if (n->ref != NULL)
		print_line("%*s%s: %s", indent + 4, "", n->ref, n->reason);
}

void print_best_rejected(int indent, int attempts,
    const struct best_rejected *at_sources,
    const struct best_rejected *in_library)
{
	if (attempts > 0)
		print_rejected(indent, "at the sources", at_sources);
	if (attempts > 0 || in_library->ref != NULL)
		print_rejected(indent, "in the library", in_library);
}

bool state_reader_was_deleted(const struct state_reader *r,
    const struct song *s)
{
	return !is_in_library(r, s) &&
	    !takedowns_is_cold(r->takedowns, s->track.key) &&
	    overrides_deleted_by_user(r->pins, r->provenance, s->track.key);
}

/* What the next run does because of a pin or rejection since the last try;
 * NULL: nothing. */
static const char *override_reason(const struct state_reader *r,
    const struct song *s)
{
	const struct pin *pin;

	if (pins_changed_at(r->pins, s->track.key) < s->last_try)
		return NULL;
	pin = pins_of(r->pins, s->track.key);
	if (pin == NULL)
		return s->identity[0] == '\0' ? NULL : "you rejected its "
		    "file; the next run searches for another";
	if (pin->identity == NULL)
		return "you pinned a link; the next run fetches it";
	if (access(pin->ref, F_OK) != 0)
		return "the file that you pinned is gone: pin another, or "
		    "forget the pin";
	return "you pinned a file; the next run uses it";
}

const char *state_reader_reason(const struct state_reader *r,
    const struct song *s)
{
	const char *reason = override_reason(r, s);

	if (takedowns_forbid(r->takedowns, s->track.key))
		return FORGOTTEN_BY_YOU;
	if (state_reader_was_deleted(r, s))
		return place_is_behind_link(r->library, provenance_of_track(
		    r->provenance, s->track.key)->path) ? BEHIND_LINK :
		    REMOVED_BY_YOU;
	if (reason != NULL)
		return reason;
	if (s->track.is_local)
		return "a local file, which Spotify does not have";
	if (!track_has_name(&s->track))
		return "Spotify no longer has an artist or title for it";
	return s->reason[0] != '\0' ? s->reason : "not tried yet";
}
