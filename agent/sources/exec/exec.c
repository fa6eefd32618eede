/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exec: searches and downloads by a program of the user's own, which speaks the
 * protocol of docs/sources.md. It is started when the source is opened and
 * serves the whole run. References that are no web links are kept with the
 * source's name before them, "NAME:REF", so that two sources never mean the
 * same.
 */
#include "sources/source.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <errno.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "sources/delivered.h"
#include "sources/exec/exec.h"
#include "sources/exec/request.h"
#include "sources/program.h"
#include "types/link.h"

#define SEARCH_TIMEOUT_MS 120000
#define FOLDERS "sources"	/* in the state folder */
#define RATE_LIMITED_S 900	/* when the program names no time */
#define BY_TRACK "track"	/* the reference of a track itself */

struct exec {
	const struct source_config *sc;
	struct source_env env;
	struct exec_settings settings;
	struct exec_session *session;
	struct exec_folders folders;
	struct arguments words;
	atomic_uint fetches;	/* names their folders */
};

/* ---- errors ---- */

/* What an error of the program means to the fetcher. */
static enum outcome classify(const struct exec *x,
    const struct exec_message *m, bool searching, struct error *error)
{
	static const struct {
		const char *words;
		enum outcome outcome;
		int reason;
	} meanings[] = {
		[EXEC_NOT_FOUND] = { "not found", ITEM_FAILED, SOURCE_GONE },
		[EXEC_UNAVAILABLE] = { "not available", ITEM_FAILED,
			SOURCE_UNCLEAR },
		[EXEC_RATE_LIMITED] = { "rate limited", SERVICE_FAILED,
			SOURCE_REFUSED },
		[EXEC_AUTH] = { "not authorized", SERVICE_FAILED,
			SOURCE_UNUSABLE },
		[EXEC_TEMPORARY] = { "fails for now", SERVICE_FAILED,
			SOURCE_OUTAGE },
	};
	enum outcome o = meanings[m->code].outcome;

	error_set(error, o, "%s: %s%s%s", x->sc->name, meanings[m->code].words,
	    m->text != NULL ? ": " : "", m->text != NULL ? m->text : "");
	error->reason = meanings[m->code].reason;
	error->retry_after = m->retry_after;
	if (m->code == EXEC_RATE_LIMITED && m->retry_after == 0)
		error->retry_after = RATE_LIMITED_S;
	if (m->code == EXEC_UNAVAILABLE && m->retry_after > 0)
		error->reason = SOURCE_NOT_NOW;
	return searching && o == ITEM_FAILED ? DONE : o;
}

/* ---- search ---- */

struct search {
	const struct track *track;
	const char *query;
};

static char *make_search(void *ctx, int64_t id)
{
	const struct search *s = ctx;

	return exec_request_search(id, s->query, s->track);
}

/* For a program that chooses itself: verification decides afterwards. */
static void offer_track(const struct exec *x, const struct track *t,
    struct candidates *out)
{
	struct candidate *c = candidates_add(out);

	c->ref = xasprintf("%s:" BY_TRACK " %s", x->sc->name, t->key);
	c->title = xstrdup(t->title);
	c->artist = track_artists_text(t);
	c->album = xstrdup(t->album);
	c->isrc = xstrdup(t->isrc);
	c->duration_s = (double)t->duration_ms / 1000;
	c->views = -1;
	c->lossless = exec_session_hello(x->session)->lossless;
}

static void take_candidates(const struct exec *x, struct exec_message *m,
    struct candidates *out)
{
	for (size_t i = 0; i < m->candidates.count; i++) {
		struct candidate *c = &m->candidates.items[i];

		if (!link_is_web(c->ref)) {
			char *ref = xasprintf("%s:%s", x->sc->name, c->ref);

			free(c->ref);
			c->ref = ref;
		}
		candidate_copy(candidates_add(out), c);
	}
}

static enum outcome exec_search(void *self, const struct track *t,
    const char *query, struct candidates *out, struct error *error)
{
	struct exec *x = self;
	const struct exec_message *hello = exec_session_hello(x->session);
	struct search s = { .track = t, .query = query };
	struct exec_message m;
	enum outcome o;

	if (!hello->search) {
		if (hello->track)
			offer_track(x, t, out);
		return DONE;
	}
	o = exec_session_ask(x->session, make_search, &s, EXEC_CANDIDATES,
	    SEARCH_TIMEOUT_MS, &m, error);
	if (o == DONE && m.type == EXEC_ERROR)
		o = classify(x, &m, true, error);
	else if (o == DONE)
		take_candidates(x, &m, out);
	out->more = o == DONE && hello->counted && m.candidates.more;
	exec_message_free(&m);
	return o;
}

/* ---- fetch ---- */

struct fetch {
	const struct exec *x;
	const struct track *track;
	const char *ref;	/* the program's own; NULL: by the track */
	char *folder;		/* below the session's */
};

static char *make_fetch(void *ctx, int64_t id)
{
	const struct fetch *f = ctx;

	return exec_request_fetch(id, f->ref, f->track, f->folder,
	    f->x->settings.max_size, f->x->env.cfg->fetch.timeout);
}

/* The reference as the program gave it. */
static const char *own_ref(const struct exec *x, const char *ref)
{
	size_t len = strlen(x->sc->name);

	if (strncmp(ref, x->sc->name, len) != 0 || ref[len] != ':')
		return ref;
	ref += len + 1;
	return exec_session_hello(x->session)->search ||
	    strncmp(ref, BY_TRACK " ", strlen(BY_TRACK " ")) != 0 ? ref : NULL;
}

/* The name of a file in the folder; NULL: it is elsewhere. */
static const char *name_in(const char *folder, const char *file)
{
	size_t len = strlen(folder);

	if (strncmp(file, folder, len) == 0 && file[len] == '/')
		file += len + 1;
	return *file == '\0' || strchr(file, '/') != NULL ||
	    strcmp(file, ".") == 0 || strcmp(file, "..") == 0 ? NULL : file;
}

/* Moves the fetch's folder to where the program can't reach it, and takes the
 * file from there. */
static enum outcome take_file(const struct exec *x, const struct fetch *f,
    const char *file, const char *folder, struct delivery *out,
    struct error *error)
{
	const char *name = name_in(f->folder, file);
	struct stat st;
	enum outcome o;
	char *path;

	if (name == NULL)
		return exec_session_put_out(x->session, "reports a file that "
		    "is not in the folder that it was given", error);
	if (rename(f->folder, folder) != 0 || chmod(folder, 0700) != 0)
		return error_set(error, RUN_LATER, "%s: can't be moved: %s",
		    f->folder, strerror(errno));
	path = path_join(folder, name);
	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		o = exec_session_put_out(x->session, "reports a file that does "
		    "not exist, or is empty", error);
	else if ((uint64_t)st.st_size > x->settings.max_size)
		o = error_set(error, ITEM_FAILED, "%s: larger than max_size",
		    x->sc->name);
	else
		o = delivered_take(x->env.media_service, path, folder, out,
		    error);
	if (o == ITEM_FAILED)
		error->reason = SOURCE_UNCLEAR;
	free(path);
	return o;
}

static enum outcome exec_get(void *self, const struct track *t,
    const struct candidate *c, const char *folder, struct delivery *out,
    struct error *error)
{
	struct exec *x = self;
	struct fetch f = { .x = x, .track = t, .ref = own_ref(x, c->ref) };
	struct exec_message m;
	enum outcome o;

	memset(out, 0, sizeof(*out));
	f.folder = xasprintf("%s/%u", exec_session_folder(x->session),
	    atomic_fetch_add(&x->fetches, 1) + 1);
	if (mkdir(f.folder, 0700) != 0) {
		o = file_cant_write(f.folder, errno, RUN_LATER, error);
		free(f.folder);
		return o;
	}
	error->retry_after = 0;
	o = exec_session_ask(x->session, make_fetch, &f, EXEC_DONE,
	    x->env.cfg->fetch.timeout * 1000, &m, error);
	if (o == DONE && m.type == EXEC_ERROR)
		o = classify(x, &m, false, error);
	else if (o == DONE)
		o = take_file(x, &f, m.file, folder, out, error);
	exec_message_free(&m);
	folder_remove(f.folder);
	free(f.folder);
	return o;
}

/* ---- opening ---- */

void exec_settings_make(const struct source_config *sc,
    const struct source_env *env, struct exec_folders *folders,
    struct exec_settings *settings)
{
	folders->state = sc->state != NULL ? xstrdup(sc->state) :
	    xasprintf("%s/" FOLDERS "/%s", env->state_dir, sc->name);
	folders->tmp = path_join(env->state_dir, STATE_TMP);
	*settings = (struct exec_settings){ .cfg = env->cfg,
		.name = sc->name, .command = sc->command, .args = sc->args,
		.state = folders->state, .tmp = folders->tmp,
		.max_size = env->cfg->fetch.max_size,
		.parallel = env->cfg->fetch.parallel };
}

void exec_folders_free(struct exec_folders *folders)
{
	free(folders->state);
	free(folders->tmp);
}

static enum outcome exec_check(void *self, char *version, size_t size,
    struct error *error)
{
	const struct exec *x = self;
	const struct exec_message *hello = exec_session_hello(x->session);

	(void)error;
	snprintf(version, size, "%s%s%s", *hello->name != '\0' ? hello->name :
	    path_base(x->sc->command), *hello->version != '\0' ? " " : "",
	    hello->version);
	return DONE;
}

static void exec_free(void *self)
{
	struct exec *x = self;
	struct error error;

	if (x->session != NULL && !exec_session_end(x->session, &error))
		log_debug("%s", error.text);
	exec_folders_free(&x->folders);
	arguments_free(&x->words);
	free(x);
}

enum outcome exec_source_of(const struct source_config *sc,
    const struct source_env *env, const struct arguments *words,
    struct source *s, struct error *error)
{
	struct exec *x = xcalloc(1, sizeof(*x));
	const struct exec_message *hello;
	enum outcome o;

	x->sc = sc;
	x->env = *env;
	exec_settings_make(sc, env, &x->folders, &x->settings);
	x->words = *words;
	x->settings.words = x->words.argv;
	o = exec_session_start(&x->settings, &x->session, error);
	if (o != DONE) {
		exec_free(x);
		return o;
	}
	hello = exec_session_hello(x->session);
	*s = (struct source){ .name = sc->name, .remote = true,
		.by_isrc = hello->isrc, .links = hello->link,
		.lossless = hello->lossless, .counted_search = hello->counted,
		.self = x,
		.search = exec_search, .get = exec_get, .check = exec_check,
		.free = exec_free };
	return DONE;
}

enum outcome exec_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error)
{
	const struct arguments none = { .n = 0 };

	return exec_source_of(sc, env, &none, s, error);
}
