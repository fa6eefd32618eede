/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spotify/authorization.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/state.h"

#define MAX_FILE (64u << 10)	/* a token is some hundred bytes */
#define MAX_TIME 253402300799	/* the end of the year 9999 */
#define LOGIN "run `likesync auth login`"

void authorization_free(struct authorization *a)
{
	secret_free(a->refresh_token);
	free(a->client_id);
	memset(a, 0, sizeof(*a));
}

static char *ended_path(const char *path)
{
	return xasprintf("%s.ended", path);
}

/* There is no token: there never was one, or it ended. */
static enum outcome explain_absence(const char *path, struct error *error)
{
	char *ended = ended_path(path);
	bool was_there = access(ended, F_OK) == 0;

	free(ended);
	return error_set(error, RUN_AUTH, was_there ?
	    "%s: Spotify's authorization ended: " LOGIN :
	    "%s: not authorized yet: " LOGIN, path);
}

enum outcome authorization_load(const char *path, struct authorization *a,
    struct error *error)
{
	struct buf text = BUF_INIT;
	struct json *v;
	enum outcome o = DONE;

	memset(a, 0, sizeof(*a));
	if (access(path, F_OK) == 0)
		o = private_check(path, error);
	if (o != DONE)
		return o;
	if (file_read(path, MAX_FILE, &text) != 0) {
		o = errno == ENOENT ? explain_absence(path, error) :
		    error_set(error, RUN_AUTH, "%s: can't be read: %s", path,
		    file_strerror(errno));
		buf_free(&text);
		return o;
	}
	v = json_parse(buf_str(&text), text.len, NULL);
	a->refresh_token = xstrdup(json_get_string(v, "refresh_token"));
	secret_add(a->refresh_token);
	a->client_id = xstrdup(json_get_string(v, "client_id"));
	a->authorized_at = json_get_int(v, "authorized_at", 0);
	if (a->authorized_at < 0 || a->authorized_at > MAX_TIME)
		a->authorized_at = 0;
	a->is_estimate = json_get_bool(v, "estimated", false);
	if (a->refresh_token == NULL || *a->refresh_token == '\0')
		o = error_set(error, RUN_AUTH, "%s: has no token: " LOGIN,
		    path);
	json_free(v);
	secret_free_buf(&text);
	if (o != DONE)
		authorization_free(a);
	return o;
}

enum outcome authorization_save(const char *path, const struct authorization *a,
    struct error *error)
{
	struct json_writer *w = json_writer_new(true);
	char *folder = path_dir(path), *text;
	enum outcome o = DONE;
	size_t len;

	secret_add(a->refresh_token);
	json_open_object(w, NULL);
	json_put_string(w, "refresh_token", a->refresh_token);
	json_put_string_if(w, "client_id", a->client_id);
	json_put_int(w, "authorized_at", a->authorized_at);
	if (a->is_estimate)
		json_put_bool(w, "estimated", true);
	json_close(w);
	text = json_writer_end(w, &len);
	if (file_make_dirs(folder, 0700) != 0 ||
	    file_write(path, text, len, 0600) != 0)
		o = error_set(error, RUN_FAILED, "%s: the token can't be "
		    "written: %s", path, strerror(errno));
	secret_free(text);
	free(folder);
	return o;
}

enum outcome authorization_retire(const char *path, struct error *error)
{
	char *ended = ended_path(path);
	bool failed = (rename(path, ended) != 0 && errno != ENOENT) ||
	    file_sync_dir_of(path) != 0;

	free(ended);
	return failed ? error_set(error, RUN_FAILED, "%s: %s", path,
	    strerror(errno)) : DONE;
}

enum outcome authorization_remove(const char *path, struct error *error)
{
	char *ended = ended_path(path);
	bool failed = (unlink(path) != 0 && errno != ENOENT) ||
	    (unlink(ended) != 0 && errno != ENOENT);

	free(ended);
	return failed ? error_set(error, RUN_FAILED, "%s: %s", path,
	    strerror(errno)) : DONE;
}

int64_t authorization_expires_at(const struct authorization *a)
{
	return a->authorized_at + AUTHORIZATION_LIFE_DAYS * 86400LL;
}
