/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/state_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/terminal.h"
#include "library/place.h"
#include "records/overrides.h"
#include "types/plan.h"

#define MAX_NAMED 5	/* of the tracks that are meant perhaps */

enum outcome state_reader_open(const struct config *cfg, struct state_reader *v,
    struct error *error)
{
	char *dir = path_join(cfg->state.dir, STATE_INDEX);
	char *journal = path_join(cfg->state.dir, STATE_PROVENANCE);
	char *pins = path_join(cfg->state.dir, STATE_PINS);
	enum outcome o;

	memset(v, 0, sizeof(*v));
	v->library = cfg->library.path;
	o = index_open(dir, true, &v->index, error);
	if (o == ITEM_FAILED)
		o = DONE;
	if (o == DONE && access(journal, F_OK) == 0)
		o = provenance_open(journal, &v->provenance, error);
	if (o == DONE && access(pins, F_OK) == 0)
		o = pins_open(pins, &v->pins, error);
	if (o == DONE && v->index != NULL)
		index_liked_songs(v->index, &v->songs);
	free(pins);
	free(journal);
	free(dir);
	return o;
}

void state_reader_close(struct state_reader *v)
{
	songs_free(&v->songs);
	index_close(v->index);
	provenance_close(v->provenance);
	pins_close(v->pins);
	memset(v, 0, sizeof(*v));
}

/* The liked song with that key; NULL. */
static const struct song *find_key(const struct state_reader *v,
    const char *key)
{
	for (size_t i = 0; i < v->songs.count; i++)
		if (strcmp(v->songs.items[i].track.key, key) == 0)
			return &v->songs.items[i];
	return NULL;
}

/* The liked song whose name holds these words, and no other's; or that is
 * named so. NULL with why. */
static const struct song *find_words(const struct state_reader *v,
    const char *words, struct error *error)
{
	const struct song *found = NULL;
	struct buf names = BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < v->songs.count; i++) {
		const struct song *s = &v->songs.items[i];
		char *label = track_label(&s->track);
		bool is_it = strcasecmp(label, words) == 0;

		if (is_it || strcasestr(label, words) != NULL) {
			found = s;
			n = is_it ? 1 : n + 1;
			if (n <= MAX_NAMED)
				buf_printf(&names, "%s%s", n > 1 ? "; " : "",
				    label);
		}
		free(label);
		if (is_it)
			break;
	}
	if (n == 0)
		error_set(error, ITEM_FAILED, "%s: no liked track is named so",
		    words);
	else if (n > 1)
		error_set(error, ITEM_FAILED, "%s: may be %zu tracks: %s%s; "
		    "say more of its name, or its id", words, n,
		    buf_str(&names), n > MAX_NAMED ? "; ..." : "");
	buf_free(&names);
	return n == 1 ? found : NULL;
}

enum outcome state_reader_find_track(const struct state_reader *v,
    const char *text, char **key, char **label, struct error *error)
{
	char id[SPOTIFY_ID_LEN + 1];
	bool is_id = spotify_id_parse(text, id) == 0;
	const struct song *s = find_key(v, is_id ? id : text);

	if (s == NULL && is_id) {
		*key = xstrdup(id);
		*label = xstrdup(id);
		return DONE;
	}
	if (s == NULL)
		s = find_words(v, text, error);
	if (s == NULL)
		return ITEM_FAILED;
	*key = xstrdup(s->track.key);
	*label = track_label(&s->track);
	return DONE;
}

char *view_file(const struct state_reader *v, const struct song *s)
{
	struct file f;
	char *path = NULL;

	if (s->identity[0] == '\0' || !overrides_allow(v->pins, v->provenance,
	    s->track.key, s->identity))
		return NULL;
	if (index_find_identity(v->index, s->identity, &f) == DONE)
		path = xstrdup(f.path);
	file_free(&f);
	return path;
}

bool view_is_held(const struct state_reader *v, const struct song *s)
{
	char *path = view_file(v, s);

	free(path);
	return path != NULL;
}

void view_each_unavailable(const struct config *cfg, void (*each)(void *ctx,
    const struct availability *a, const char *text), void *ctx)
{
	int64_t now = clock_wall();
	struct availabilities all;

	availability_load(cfg->state.dir, &all);
	for (char **name = cfg->fetch.sources; *name != NULL; name++) {
		const struct availability *a = availability_of(&all, *name);
		char text[WHY_MAX + 128];

		if (a != NULL && availability_text(a, now, text, sizeof(text)))
			each(ctx, a, text);
	}
	availabilities_free(&all);
}

static void put_source(void *ctx, const struct availability *a,
    const char *text)
{
	struct json_writer *w = ctx;
	char when[ISO_TIME_LEN];

	json_open_object(w, NULL);
	json_put_string(w, "name", a->name);
	time_to_iso(a->since, when);
	json_put_string(w, "since", a->since > 0 ? when : NULL);
	time_to_iso(a->until, when);
	json_put_string(w, "until", a->until > 0 ? when : NULL);
	json_put_bool(w, "must_act", a->must_act);
	json_put_string(w, "why", a->reason);
	json_put_string(w, "text", text);
	json_close(w);
}

void view_put_sources(const struct config *cfg, struct json_writer *w)
{
	json_open_array(w, "unavailable");
	view_each_unavailable(cfg, put_source, w);
	json_close(w);
}

void view_print_attempts(int attempts)
{
	if (attempts == 1)
		print_part("tried once");
	else
		print_part("tried %d times", attempts);
}

static void print_nearest(const char *where, const struct best_rejected *n)
{
	if (n->ref == NULL) {
		print_line("    nearest %s: no candidates", where);
		return;
	}
	print_line("    nearest %s: %s", where, n->name);
	print_line("        %s: %s", n->ref, n->error);
}

void view_print_nearest(const struct song *s)
{
	if (s->attempts > 0)
		print_nearest("at the sources", &s->best_rejected);
	if (s->attempts > 0 || s->nearest_file.ref != NULL)
		print_nearest("in the library", &s->nearest_file);
}

bool view_is_removed(const struct state_reader *v, const struct song *s)
{
	return !view_is_held(v, s) &&
	    overrides_deleted_by_user(v->pins, v->provenance, s->track.key);
}

static bool is_behind_link(const struct state_reader *v, const struct song *s)
{
	const struct origin *o = provenance_of_track(v->provenance,
	    s->track.key);

	return place_is_behind_link(v->library, o->path);
}

/* What the user said of it, and what comes of that; NULL: nothing. */
static const char *word_on(const struct state_reader *v, const struct song *s)
{
	const struct pin *pin = v->pins != NULL ? pins_of(v->pins,
	    s->track.key) : NULL;

	if (pin == NULL && s->identity[0] != '\0' && v->pins != NULL &&
	    pins_changed_at(v->pins, s->track.key) >= s->last_try)
		return "you rejected the file that held it; the next run "
		    "looks for another";
	if (pin == NULL || pins_changed_at(v->pins, s->track.key) < s->last_try)
		return NULL;
	if (pin->identity == NULL)
		return "you pinned a link; the next run fetches it";
	if (access(pin->ref, F_OK) != 0)
		return "the file that you pinned is not there any more: pin "
		    "another, or forget the pin";
	return "you pinned a file; the next run takes it";
}

const char *view_reason(const struct state_reader *v, const struct song *s)
{
	const char *word = word_on(v, s);

	if (view_is_removed(v, s))
		return is_behind_link(v, s) ? BEHIND_LINK : REMOVED_BY_YOU;
	if (word != NULL)
		return word;
	if (s->track.is_local)
		return "a local file of your own inside Spotify";
	if (!track_has_name(&s->track))
		return "Spotify has no artist or title for it any more";
	return s->reason[0] != '\0' ? s->reason : "not tried yet";
}
