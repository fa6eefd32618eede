/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/exec/conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "sources/exec/exec.h"
#include "sources/exec/request.h"
#include "sources/exec/session.h"
#include "sources/queries.h"
#include "sources/source.h"

#define TIMEOUT_MS 120000
#define UNKNOWN_REF "likesync-source-test-of-a-reference-that-is-unknown"

/* One run of the checks. */
struct test {
	const struct exec_conformance *t;
	struct exec_session *session;
	struct queries queries;
	char *folder;		/* of the fetch of an unknown reference */
	enum outcome outcome;	/* of the checks so far */
};

static void report(struct test *c, bool well, const char *check,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void report(struct test *c, bool well, const char *check,
    const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	struct error safe;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	error_set(&safe, DONE, "%s", buf_str(&text));
	c->t->report(c->t->ctx, well, check, safe.text);
	if (!well && c->outcome == DONE)
		c->outcome = SERVICE_FAILED;
	buf_free(&text);
}

/* ---- requests ---- */

static char *make_search(void *ctx, int64_t id)
{
	const struct test *c = ctx;

	return exec_request_search(id, c->queries.text[0], c->t->track);
}

static char *make_unknown_fetch(void *ctx, int64_t id)
{
	const struct test *c = ctx;

	return exec_request_fetch(id, UNKNOWN_REF, c->t->track, c->folder,
	    c->t->env->cfg->fetch.max_size, TIMEOUT_MS / 1000);
}

/* ---- checks ---- */

static bool check_start(struct test *c, const struct exec_settings *settings)
{
	const struct exec_message *hello;
	struct error error;

	if (exec_session_start(settings, &c->session, &error) != DONE) {
		report(c, false, "start", "%s", error.text);
		return false;
	}
	hello = exec_session_hello(c->session);
	report(c, true, "start", "%s %s, protocol %d, can%s%s%s%s%s, %d "
	    "request%s at once", *hello->name != '\0' ? hello->name :
	    path_base(c->t->sc->command), hello->version, EXEC_PROTOCOL,
	    hello->search ? " search" : "", hello->isrc ? " isrc" : "",
	    hello->link ? " link" : "", hello->track ? " track" : "",
	    hello->counted ? " counted" : "",
	    hello->parallel, hello->parallel == 1 ? "" : "s");
	return true;
}

static bool check_search(struct test *c)
{
	struct exec_message m;
	struct error error;
	enum outcome o = exec_session_ask(c->session, make_search, c,
	    EXEC_CANDIDATES, TIMEOUT_MS, &m, &error);

	if (o != DONE)
		report(c, false, "search", "%s", error.text);
	else if (m.type == EXEC_ERROR)
		report(c, m.code == EXEC_NOT_FOUND, "search", "\"%s\": error%s"
		    "%s", c->queries.text[0], m.text != NULL ? ": " : "",
		    m.text != NULL ? m.text : "");
	else if (m.dropped > 0)
		report(c, false, "search", "\"%s\": %zu of %zu candidates have "
		    "no title or no valid reference", c->queries.text[0],
		    m.dropped, m.candidates.count + m.dropped);
	else
		report(c, true, "search", "\"%s\": %zu candidate%s",
		    c->queries.text[0], m.candidates.count,
		    m.candidates.count == 1 ? "" : "s");
	exec_message_free(&m);
	return o == DONE;
}

static void *search_once(void *ctx)
{
	struct test *c = ctx;
	struct exec_message m;
	struct error error;
	enum outcome o = exec_session_ask(c->session, make_search, c,
	    EXEC_CANDIDATES, TIMEOUT_MS, &m, &error);

	exec_message_free(&m);
	return o == DONE ? NULL : xstrdup(error.text);
}

static bool check_parallel(struct test *c)
{
	int n = exec_session_hello(c->session)->parallel, started = 0;
	pthread_t threads[EXEC_MAX_PARALLEL];
	char *error = NULL;

	if (n == 1)
		return true;
	while (started < n && pthread_create(&threads[started], NULL,
	    search_once, c) == 0)
		started++;
	for (int i = 0; i < started; i++) {
		void *text;

		pthread_join(threads[i], &text);
		if (error == NULL)
			error = text;
		else
			free(text);
	}
	report(c, error == NULL, "parallel", "%d searches at once: %s", n,
	    error == NULL ? "all answered" : error);
	free(error);
	return error == NULL;
}

static bool check_cancel(struct test *c)
{
	struct exec_message m;
	struct error error;
	enum outcome o = exec_session_ask(c->session, make_search, c,
	    EXEC_CANDIDATES, 0, &m, &error);
	bool well = o == DONE || error.reason == SOURCE_OUTAGE;

	exec_message_free(&m);
	report(c, well, "cancel", "a search that is cancelled: %s", well ?
	    "answered" : error.text);
	return well;
}

static bool check_unknown(struct test *c)
{
	struct exec_message m = { .id = 0 };
	struct error error;
	bool well = false;

	c->folder = path_join(exec_session_folder(c->session), "unknown");
	if (mkdir(c->folder, 0700) != 0)
		error_set(&error, RUN_FAILED, "%s: %s", c->folder,
		    strerror(errno));
	else if (exec_session_ask(c->session, make_unknown_fetch, c, EXEC_DONE,
	    TIMEOUT_MS, &m, &error) == DONE)
		well = m.type == EXEC_ERROR && (m.code == EXEC_NOT_FOUND ||
		    m.code == EXEC_UNAVAILABLE);
	if (m.id > 0 && !well)
		error_set(&error, ITEM_FAILED, m.type == EXEC_DONE ?
		    "answered with a file" : "answered with another error than "
		    "not_found or unavailable");
	report(c, well, "unknown", "a reference that it never gave: %s", well ?
	    "refused" : error.text);
	exec_message_free(&m);
	free(c->folder);
	return well;
}

/* ---- a download ---- */

static void check_file(struct test *c, const char *path)
{
	const struct media_service *media = c->t->env->media_service;
	struct decoded_media decoded;
	struct error error;
	int fd = file_open(path);
	enum outcome o = fd < 0 ? error_set(&error, ITEM_FAILED, "%s",
	    file_strerror(errno)) : media->decode(media->self, fd, &decoded,
	    &error);

	if (fd >= 0)
		close(fd);
	if (o != DONE) {
		report(c, false, "fetch", "%s", error.text);
		return;
	}
	report(c, decoded.complete, "fetch", "%s, %.1f s%s%s",
	    path_base(path), decoded.analysis.duration, decoded.complete ?
	    "" : ": ", decoded.complete ? "" : decoded.fault.text);
	decoded_media_free(&decoded);
}

/* As a run does: by the first candidate. */
static void check_fetch(struct test *c)
{
	struct candidates found = { .count = 0 };
	struct delivery delivery = { .path = NULL };
	struct source s;
	struct error error;

	if (exec_source(c->t->sc, c->t->env, &s, &error) != DONE) {
		report(c, false, "fetch", "%s", error.text);
		return;
	}
	if (s.search(s.self, c->t->track, c->queries.text[0], &found,
	    &error) != DONE)
		report(c, false, "fetch", "%s", error.text);
	else if (found.count == 0)
		report(c, false, "fetch", "no candidates: name a track that "
		    "it has, with --track");
	else if (s.get(s.self, c->t->track, found.items, c->t->folder,
	    &delivery, &error) != DONE)
		report(c, false, "fetch", "%s", error.text);
	else
		check_file(c, delivery.path);
	delivery_free(&delivery);
	candidates_free(&found);
	s.free(s.self);
}

enum outcome exec_conformance_test(const struct exec_conformance *t)
{
	struct test c = { .t = t };
	struct exec_folders folders;
	struct exec_settings settings;
	struct error error;

	exec_settings_make(t->sc, t->env, &folders, &settings);
	queries_make(t->track, false, &c.queries);
	if (check_start(&c, &settings)) {
		const struct exec_message *hello =
		    exec_session_hello(c.session);
		bool goes_on = true;

		/* Searches that count are left to the fetch, which is
		 * reserved. */
		if (hello->search && !hello->counted)
			goes_on = check_search(&c) && check_parallel(&c) &&
			    check_cancel(&c);
		if (hello->search && goes_on)
			goes_on = check_unknown(&c);
		if (!exec_session_end(c.session, &error)) {
			if (goes_on)
				report(&c, false, "end", "%s", error.text);
		} else {
			report(&c, true, "end", "exits with 0 when its input "
			    "ends");
		}
		if (goes_on && t->fetch)
			check_fetch(&c);
	}
	queries_free(&c.queries);
	exec_folders_free(&folders);
	return c.outcome;
}
