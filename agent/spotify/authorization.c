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

static void wipe(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void authorization_free(struct authorization *g)
{
	wipe(g->refresh_token);
	free(g->client_id);
	memset(g, 0, sizeof(*g));
}

static char *ended_path(const char *path)
{
	return xasprintf("%s.ended", path);
}

/* There is no token: never was one, or it ended. */
static enum outcome tell_absence(const char *path, struct error *error)
{
	char *ended = ended_path(path);
	bool was_there = access(ended, F_OK) == 0;

	free(ended);
	return error_set(error, RUN_AUTH, was_there ?
	    "%s: Spotify's authorization ended: " LOGIN :
	    "%s: not authorized yet: " LOGIN, path);
}

enum outcome authorization_load(const char *path, struct authorization *g,
    struct error *error)
{
	struct buf text = BUF_INIT;
	struct json *v;
	enum outcome o = DONE;

	memset(g, 0, sizeof(*g));
	if (access(path, F_OK) == 0)
		o = private_check(path, error);
	if (o != DONE)
		return o;
	if (file_read(path, MAX_FILE, &text) != 0) {
		o = errno == ENOENT ? tell_absence(path, error) :
		    error_set(error, RUN_AUTH, "%s: can't be read: %s", path,
		    file_strerror(errno));
		buf_free(&text);
		return o;
	}
	v = json_parse(buf_str(&text), text.len, NULL);
	g->refresh_token = xstrdup(json_get_string(v, "refresh_token"));
	secret_add(g->refresh_token);
	g->client_id = xstrdup(json_get_string(v, "client_id"));
	g->authorized_at = json_get_int(v, "authorized_at", 0);
	if (g->authorized_at < 0 || g->authorized_at > MAX_TIME)
		g->authorized_at = 0;
	g->is_estimate = json_get_bool(v, "estimated", false);
	if (g->refresh_token == NULL || *g->refresh_token == '\0')
		o = error_set(error, RUN_AUTH, "%s: holds no token: " LOGIN,
		    path);
	json_free(v);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_free(&text);
	if (o != DONE)
		authorization_free(g);
	return o;
}

enum outcome authorization_save(const char *path, const struct authorization *g,
    struct error *error)
{
	struct json_writer *w = json_writer_new(true);
	char *folder = path_dir(path), *text;
	enum outcome o = DONE;
	size_t len;

	secret_add(g->refresh_token);
	json_open_object(w, NULL);
	json_put_string(w, "refresh_token", g->refresh_token);
	json_put_string_if(w, "client_id", g->client_id);
	json_put_int(w, "authorized_at", g->authorized_at);
	if (g->is_estimate)
		json_put_bool(w, "estimated", true);
	json_close(w);
	text = json_writer_end(w, &len);
	if (file_make_dirs(folder, 0700) != 0 ||
	    file_write(path, text, len, 0600) != 0)
		o = error_set(error, RUN_FAILED, "%s: the token can't be kept: "
		    "%s", path, strerror(errno));
	wipe(text);
	free(folder);
	return o;
}

enum outcome authorization_retire(const char *path, struct error *error)
{
	char *ended = ended_path(path);
	enum outcome o = DONE;

	if (rename(path, ended) != 0 && errno != ENOENT)
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    strerror(errno));
	else if (file_sync_dir_of(path) != 0)
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    strerror(errno));
	free(ended);
	return o;
}

enum outcome authorization_remove(const char *path, struct error *error)
{
	char *ended = ended_path(path);
	enum outcome o = DONE;

	if ((unlink(path) != 0 && errno != ENOENT) ||
	    (unlink(ended) != 0 && errno != ENOENT))
		o = error_set(error, RUN_FAILED, "%s: %s", path,
		    strerror(errno));
	free(ended);
	return o;
}

int64_t authorization_expires_at(const struct authorization *g)
{
	return g->authorized_at + GRANT_LIFE_DAYS * 86400LL;
}
