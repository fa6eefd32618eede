/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/availability.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "types/members.h"

#define MAX_FILE (1u << 20)	/* a source takes a kilobyte */
#define MAX_ITEMS 64		/* more than any configuration names */
#define MAX_FAILURES 30		/* the wait has not grown since the seventh */

static const struct member members[] = {
	MEMBER("failures", INT, availability, failures, .high = MAX_FAILURES,
	    .always = true),
	MEMBER("since", INT64, availability, since, .always = true),
	MEMBER("until", INT64, availability, until, .always = true),
	MEMBER("must_act", BOOL, availability, must_act, .always = true),
	MEMBER("refused", BOOL, availability, refused, .always = true),
	MEMBER("worked", INT64, availability, worked, .always = true),
	MEMBER("reason", CHARS, availability, reason),
	MEMBER("streak", INT, availability, streak, .always = true),
	MEMBER("searching", BOOL, availability, searching, .always = true),
	MEMBERS_END
};

/* A time further ahead than any wait was written with a wrong clock; it is
 * not waited for. */
static bool is_ahead(int64_t until, int64_t now)
{
	return until > now && until - now <= COOLDOWN_MAX_S;
}

enum availability_state availability_state(const struct availability *a,
    int64_t now)
{
	if (a == NULL || a->since == 0)
		return SOURCE_AVAILABLE;
	return is_ahead(a->until, now) ? SOURCE_COOLING : SOURCE_UNTESTED;
}

bool availability_text(const struct availability *a, int64_t now, char *out,
    size_t size)
{
	char wait[32];

	out[0] = '\0';
	switch (availability_state(a, now)) {
	case SOURCE_AVAILABLE:
		return false;
	case SOURCE_COOLING:
		duration_to_text(a->until - now, wait, sizeof(wait));
		snprintf(out, size, "unavailable, not asked for another %s: %s",
		    wait, a->reason);
		break;
	case SOURCE_UNTESTED:
		snprintf(out, size, "unavailable, the next run tests it: %s",
		    a->reason);
		break;
	}
	return true;
}

/* ---- tracks ---- */

static size_t find_track(const struct availability *a, const char *key)
{
	size_t i = 0;

	while (i < a->n_tracks && strcmp(a->tracks[i], key) != 0)
		i++;
	return i;
}

bool availability_failed_for(const struct availability *a, const char *key)
{
	return a != NULL && find_track(a, key) < a->n_tracks;
}

/* Puts the track last; tells whether it is new to the streak. */
static bool note_track(struct availability *a, const char *key)
{
	size_t at = find_track(a, key);
	bool known = at < a->n_tracks;
	bool is_new = !known || at + (size_t)a->streak < a->n_tracks;

	if (strlen(key) >= AVAILABILITY_KEY)
		return false;
	if (!known)
		at = 0;
	if (known || a->n_tracks == AVAILABILITY_TRACKS) {
		a->n_tracks--;
		memmove(a->tracks + at, a->tracks + at + 1,
		    (a->n_tracks - at) * sizeof(a->tracks[0]));
	}
	snprintf(a->tracks[a->n_tracks++], AVAILABILITY_KEY, "%s", key);
	return is_new;
}

/* ---- outages ---- */

static int64_t cooldown(int failures)
{
	int64_t wait = COOLDOWN_FIRST_S;

	for (int i = 1; i < failures && wait < COOLDOWN_LAST_S; i++)
		wait *= 2;
	return wait < COOLDOWN_LAST_S ? wait : COOLDOWN_LAST_S;
}

static void wait_at_least(struct availability *a, int64_t seconds, int64_t now)
{
	if (seconds > COOLDOWN_MAX_S)
		seconds = COOLDOWN_MAX_S;
	if (seconds > 0 && (!is_ahead(a->until, now) ||
	    a->until < now + seconds))
		a->until = now + seconds;
}

static void set_reason(struct availability *a, const char *reason)
{
	snprintf(a->reason, sizeof(a->reason), "%s", reason);
}

bool availability_fail(struct availability *a, const char *key,
    const struct outage *o, int64_t now)
{
	bool cooling = availability_state(a, now) == SOURCE_COOLING;

	a->searching = (a->streak == 0 || a->searching) && o->searching;
	if (note_track(a, key) && a->streak < AVAILABILITY_TRACKS)
		a->streak++;
	set_reason(a, o->reason);
	a->refused = o->refused;
	if (a->since == 0 && o->retry_after == 0 && !o->at_once &&
	    a->streak < (o->unclear ? UNCLEAR_TRACKS : OUTAGE_TRACKS))
		return false;
	if (a->since == 0)
		a->since = now;
	a->must_act = o->must_act;
	/* A download that was running when the source became unavailable is no
	 * test. An outage that a person must end adds no waiting time. */
	if (!cooling && !o->at_once) {
		a->failures += a->failures < MAX_FAILURES;
		wait_at_least(a, cooldown(a->failures), now);
	}
	wait_at_least(a, o->retry_after, now);
	return true;
}

bool availability_close(struct availability *a, const char *reason,
    int64_t now)
{
	bool known = a->must_act && strcmp(a->reason, reason) == 0;

	if (a->since == 0)
		a->since = now;
	a->must_act = true;
	a->until = 0;
	set_reason(a, reason);
	return !known;
}

static void end_outage(struct availability *a)
{
	a->failures = 0;
	a->since = a->until = 0;
	a->must_act = a->refused = a->searching = false;
	a->streak = 0;
	a->reason[0] = '\0';
}

bool availability_reopen(struct availability *a)
{
	/* A track failed, and none has succeeded since. */
	if (!a->must_act || a->streak != 0)
		return false;
	end_outage(a);
	return true;
}

bool availability_succeed(struct availability *a, bool delivered, int64_t now)
{
	bool matters = a->since != 0 || a->n_tracks > 0;

	if (!matters || (!delivered && !a->searching))
		return false;
	end_outage(a);
	if (delivered)
		a->worked = now;
	return true;
}

/* ---- the list and its file ---- */

void availabilities_free(struct availabilities *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

const struct availability *availability_of(const struct availabilities *list,
    const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

struct availability *availability_add(struct availabilities *list,
    const char *name)
{
	const struct availability *known = availability_of(list, name);
	struct availability *a;

	if (known != NULL)
		return &list->items[known - list->items];
	if (strlen(name) >= AVAILABILITY_NAME || list->count == MAX_ITEMS)
		return NULL;
	a = array_add(&list->items, &list->cap, &list->count, sizeof(*a));
	memcpy(a->name, name, strlen(name));
	return a;
}

static void read_source(struct availabilities *list, const struct json *v)
{
	const char *name = json_get_string(v, "name");
	const struct json *tracks = json_get(v, "tracks");
	struct availability *a = name != NULL ? availability_add(list, name) :
	    NULL;

	if (a == NULL)
		return;
	for (size_t i = 0; i < json_count(tracks); i++)
		if (json_string(json_at(tracks, i)) != NULL)
			note_track(a, json_string(json_at(tracks, i)));
	members_read(members, a, v);
	if (a->streak > (int)a->n_tracks)
		a->streak = (int)a->n_tracks;
}

void availability_load(const char *state_dir, struct availabilities *list)
{
	char *path = path_join(state_dir, STATE_SOURCES);
	struct json *v = json_read(path, MAX_FILE);

	memset(list, 0, sizeof(*list));
	for (size_t i = 0; i < json_count(json_get(v, "sources")); i++)
		read_source(list, json_at(json_get(v, "sources"), i));
	json_free(v);
	free(path);
}

static void write_source(const struct availability *a, struct json_writer *w)
{
	json_open_object(w, NULL);
	json_put_string(w, "name", a->name);
	members_write(members, a, w);
	json_open_array(w, "tracks");
	for (size_t i = 0; i < a->n_tracks; i++)
		json_put_string(w, NULL, a->tracks[i]);
	json_close(w);
	json_close(w);
}

enum outcome availability_save(const char *state_dir,
    const struct availabilities *list, struct error *error)
{
	char *path = path_join(state_dir, STATE_SOURCES);
	struct json_writer *w = json_writer_new(false);
	enum outcome o;

	json_open_object(w, NULL);
	json_open_array(w, "sources");
	for (size_t i = 0; i < list->count; i++)
		write_source(&list->items[i], w);
	o = json_write(w, path, error);
	free(path);
	return o;
}
