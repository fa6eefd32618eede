/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/state.h"

#define MAX_FILE (64u << 10)	/* 32 keys are 4 KB */
#define NO_SUCCESS "no run succeeded"

/* A time in the future is from a clock that was wrong. */
static bool is_recent(int64_t at, int64_t now)
{
	return at <= now && now - at < ALERT_DAY_S;
}

static void take(struct alerts *a, const struct json *v, int64_t now)
{
	const char *key = json_get_string(v, "key");
	int64_t at = json_get_int(v, "at", 0);

	if (key == NULL || strlen(key) >= ALERT_KEY || !is_recent(at, now) ||
	    a->count == MAX_ALERTS)
		return;
	memcpy(a->told[a->count].key, key, strlen(key) + 1);
	a->told[a->count++].at = at;
}

void alerts_load(const char *state_dir, struct alerts *a, int64_t now)
{
	char *path = path_join(state_dir, STATE_ALERTS);
	struct json *v = json_read(path, MAX_FILE);
	const struct json *told;

	memset(a, 0, sizeof(*a));
	a->failing_since = json_get_int(v, "failing_since", 0);
	if (a->failing_since < 0 || a->failing_since > now) {
		a->failing_since = now;
		a->changed = true;
	}
	told = json_get(v, "told");
	for (size_t i = 0; i < json_count(told); i++)
		take(a, json_at(told, i), now);
	json_free(v);
	free(path);
}

enum outcome alerts_save(const char *state_dir, const struct alerts *a,
    struct error *error)
{
	struct json_writer *w;
	enum outcome o;
	char *path;

	if (!a->changed)
		return DONE;
	w = json_writer_new(true);
	json_open_object(w, NULL);
	json_put_int(w, "failing_since", a->failing_since);
	json_open_array(w, "told");
	for (size_t i = 0; i < a->count; i++) {
		json_open_object(w, NULL);
		json_put_string(w, "key", a->told[i].key);
		json_put_int(w, "at", a->told[i].at);
		json_close(w);
	}
	path = path_join(state_dir, STATE_ALERTS);
	o = json_write(w, path, error);
	free(path);
	return o;
}

bool alerts_tell(struct alerts *a, const char *key, int64_t now)
{
	size_t i = 0;

	while (i < a->count && strncmp(a->told[i].key, key,
	    ALERT_KEY - 1) != 0)
		i++;
	if (i < a->count && is_recent(a->told[i].at, now))
		return false;
	if (i == MAX_ALERTS)
		return true;
	a->count += i == a->count;
	snprintf(a->told[i].key, ALERT_KEY, "%s", key);
	a->told[i].at = now;
	a->changed = true;
	return true;
}

bool alerts_note_run(struct alerts *a, bool succeeded, int64_t now)
{
	int64_t since = succeeded ? 0 :
	    a->failing_since != 0 ? a->failing_since : now;

	a->changed = a->changed || since != a->failing_since;
	a->failing_since = since;
	if (since == 0 || now - since < ALERT_DAY_S)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (is_recent(a->told[i].at, now))
			return false;
	return alerts_tell(a, NO_SUCCESS, now);
}
