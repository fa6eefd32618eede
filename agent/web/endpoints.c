/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/endpoints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "records/jobs.h"
#include "types/track.h"
#include "web/audio.h"
#include "web/login.h"
#include "web/pages.h"
#include "web/program.h"

#define JSON_TYPE "application/json"
#define FORM_TYPE "application/x-www-form-urlencoded"
#define MAX_LINK 2048
#define POLL_S 5		/* between two looks at a job's status */

struct endpoint {
	const char *method, *path;
	bool has_id;		/* path ends in a slash; an id follows */
	enum right needs;
	bool changes;
	const char *type;	/* of the body; NULL: none is read */
	void (*answer)(struct web *w);
};

/* ---- playlists ---- */

bool endpoints_is_link(const char *text)
{
	static const char *const begins[] = { "https://", "http://",
		"spotify:" };
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		size_t n = utf8_printable(text + i, len - i);

		if (n == 0 || text[i] == ' ')
			return false;
		i += n;
	}
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (strncasecmp(text, begins[i], strlen(begins[i])) == 0)
			return len <= MAX_LINK;
	return false;
}

/* The body as an object; NULL: it is none, and that is answered. */
static struct json *read_object(struct web *w)
{
	const struct buf *body = &w->request->body;
	struct error error;
	struct json *v = json_parse(buf_str(body), body->len, &error);

	if (v == NULL || json_type(v) != JSON_OBJECT) {
		answer_problem(w->answer, 400, v == NULL ? error.text :
		    "the body is no JSON object");
		json_free(v);
		return NULL;
	}
	return v;
}

/* The link in "playlistUrl", or NULL after an answer. */
static const char *link_of(struct web *w, const struct json *body)
{
	const char *link = json_whole_string(json_get(body, "playlistUrl"));

	if (link != NULL && endpoints_is_link(link))
		return link;
	answer_problem(w->answer, 422, "playlistUrl: not a link of a playlist, "
	    "album or track");
	return NULL;
}

static struct json *read_coverage(struct web *w)
{
	struct json *body = read_object(w), *coverage = NULL;
	const char *link = body != NULL ? link_of(w, body) : NULL;
	const char *const args[] = { "playlist", "--json", link, NULL };

	if (link != NULL)
		coverage = call_likesync(w, args, NULL);
	json_free(body);
	return coverage;
}

static void check_coverage(struct web *w)
{
	call_answer(w, 200, read_coverage(w));
}

/* Both lists of a coverage are in the playlist's order. */
static void put_files(struct json_writer *out, const struct json *in_library)
{
	static const char *const members[] = { "position", "name", "artist",
		"spotifyId", "file" };

	json_open_array(out, "files");
	for (size_t i = 0; i < json_count(in_library); i++) {
		json_open_object(out, NULL);
		for (size_t m = 0; m < sizeof(members) / sizeof(*members); m++)
			json_put_tree(out, members[m], json_get(
			    json_at(in_library, i), members[m]));
		json_close(out);
	}
	json_close(out);
}

static void playlist_to_mix(struct web *w)
{
	struct json *coverage = read_coverage(w);
	const struct json *missing = json_get(coverage, "missingTracks");
	struct json_writer *out;
	char *address;

	if (coverage == NULL)
		return;
	out = json_writer_new(false);
	json_open_object(out, NULL);
	json_put_string(out, "status", json_count(missing) > 0 ?
	    "partial_match" : "complete");
	json_put_tree(out, "playlist", json_get(coverage, "playlist"));
	json_put_tree(out, "totalTracks", json_get(coverage, "totalTracks"));
	json_put_tree(out, "matched", json_get(coverage, "availableTracks"));
	json_put_int(out, "missing", (int64_t)json_count(missing));
	put_files(out, json_get(coverage, "inLibrary"));
	if (json_count(missing) > 0) {
		json_put_tree(out, "missingTracks", missing);
		address = xasprintf("%s/api/queue-downloads",
		    w->request->script);
		json_put_string(out, "downloadQueueUrl", address);
		free(address);
	}
	answer_json(w->answer, 200, out);
	json_free(coverage);
}

/* ---- jobs ---- */

/* A run that has the lock takes the request; the one that waits for the lock
 * serves what came after it. */
static void start_run(const struct web *w)
{
	static const char *const args[] = { "queue", "run", "--wait", NULL };
	struct error error = { .text = "" };
	struct program *p;

	if (w->cfg->web.start != WEB_START_SPAWN)
		return;
	p = program_find(w->cfg->file, &error);
	if (p == NULL || !program_detach(p, args))
		log_error("likesync queue run: can't be started: %s",
		    p == NULL ? error.text : strerror(errno));
	program_free(p);
}

static void queue_downloads(struct web *w)
{
	static const char *const from_tracks[] = { "queue", "add", "--json",
		"--by", "web", NULL };
	struct json *body = read_object(w), *job;
	const char *link = NULL;

	if (body == NULL)
		return;
	if (json_get(body, "tracks") == NULL) {
		link = link_of(w, body);
		if (link == NULL) {
			json_free(body);
			return;
		}
	}
	if (link != NULL) {
		const char *const from_link[] = { "queue", "add", "--json",
			"--by", "web", link, NULL };

		job = call_likesync(w, from_link, NULL);
	} else {
		job = call_likesync(w, from_tracks, buf_str(&w->request->body));
	}
	if (json_get_string(job, "jobId") != NULL)
		start_run(w);
	call_answer(w, json_get_string(job, "jobId") != NULL ? 202 : 200, job);
	json_free(body);
}

static void download_status(struct web *w)
{
	const char *id = strrchr(w->request->path, '/') + 1;
	const char *const args[] = { "queue", "--json", id, NULL };
	struct json *job;
	bool ended;

	if (!job_id_is_valid(id)) {
		answer_problem(w->answer, 404, "there is no such job");
		return;
	}
	job = call_likesync(w, args, NULL);
	if (job == NULL)
		return;
	ended = json_type(json_get(job, "completedAt")) != JSON_NULL;
	call_answer(w, 200, job);
	if (!ended)
		answer_header(w->answer, "Retry-After: %d", POLL_S);
	answer_etag(w->answer, w->request->none_match);
}

/* Also of a job whose cancel is requested already. */
static void cancel_download(struct web *w)
{
	struct json *body = read_object(w);
	const char *id = json_whole_string(json_get(body, "jobId"));
	const char *const args[] = { "queue", "cancel", "--json", id, NULL };

	if (body == NULL)
		return;
	if (id == NULL || !job_id_is_valid(id))
		answer_problem(w->answer, 422, "jobId: not the id of a job");
	else
		call_answer(w, 200, call_likesync(w, args, NULL));
	json_free(body);
}

static void jobs(struct web *w)
{
	static const char *const args[] = { "queue", "--json", NULL };

	if (call_pass_on(w, args, JSON_TYPE))
		answer_etag(w->answer, w->request->none_match);
}

static void own_playlists(struct web *w)
{
	static const char *const args[] = { "playlist", "--own", "--json",
		NULL };

	call_pass_on(w, args, JSON_TYPE);
}

/* ---- decisions ---- */

/* A path below the library folder: neither absolute nor with "." or ".."
 * parts. */
static bool is_below(const char *path)
{
	for (const char *p = path; ; p++) {
		size_t len = strcspn(p, "/");

		if (len == 0 || (len == 1 && p[0] == '.') ||
		    (len == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += len;
		if (*p == '\0')
			return true;
	}
}

/* The file or link of a decision, for the command line; NULL: neither is
 * given well. Caller frees. */
static char *decided_ref(const struct web *w, const struct json *body)
{
	const char *file = json_whole_string(json_get(body, "file"));
	const char *link = json_whole_string(json_get(body, "link"));

	if (file != NULL && is_below(file))
		return xasprintf("%s/%s", w->cfg->library.path, file);
	return link != NULL && endpoints_is_link(link) &&
	    strncasecmp(link, "http", 4) == 0 ? xstrdup(link) : NULL;
}

/* Does the decision name a file that is not the library's, perhaps through a
 * link? One that is gone can still be forgotten. */
static bool is_elsewhere(const struct web *w, const struct json *body,
    bool forgets)
{
	const char *file = json_whole_string(json_get(body, "file"));
	int fd = file != NULL ? audio_open(w->cfg, file) : -1;
	bool gone = fd < 0 && errno == ENOENT;

	if (fd >= 0)
		close(fd);
	return file != NULL && fd < 0 && !(gone && forgets);
}

/* `likesync pin` or `likesync reject`. */
static void decide(struct web *w, const char *command)
{
	struct json *body = read_object(w);
	const char *text = json_whole_string(json_get(body, "spotifyId"));
	bool forgets = json_get_bool(body, "forget", false);
	enum json_type forget = json_type(json_get(body, "forget"));
	char *ref = decided_ref(w, body);
	const char *args[6] = { command, "--json" };
	char id[SPOTIFY_ID_LEN + 1];
	size_t n = 2;

	if (body == NULL)
		return;
	if (text == NULL || spotify_id_parse(text, id) != 0) {
		answer_problem(w->answer, 422, "spotifyId: not the ID of a "
		    "track");
	} else if (ref == NULL && !forgets) {
		answer_problem(w->answer, 422, "give file, a path below the "
		    "library folder, or link, an address");
	} else if (forget != JSON_BOOL && forget != JSON_NULL) {
		answer_problem(w->answer, 422, "forget: not true or false");
	} else if (is_elsewhere(w, body, forgets)) {
		answer_problem(w->answer, 404, "the library has no such audio "
		    "file");
	} else {
		if (forgets)
			args[n++] = "--forget";
		args[n++] = id;
		/* A track has one pin. */
		if (!forgets || strcmp(command, "pin") != 0)
			args[n++] = ref;
		call_answer(w, 200, call_likesync(w, args, NULL));
	}
	free(ref);
	json_free(body);
}

static void pin(struct web *w)
{
	decide(w, "pin");
}

static void reject(struct web *w)
{
	decide(w, "reject");
}

/* ---- exports ---- */

static void export_list(struct web *w)
{
	static const struct {
		const char *format, *type, *name;
	} formats[] = {
		{ "m3u8", "audio/x-mpegurl", "playlist.m3u8" },
		{ "rekordbox", "application/xml", "rekordbox.xml" },
		{ "traktor", "application/xml", "traktor.nml" },
		{ "matched-tracks", JSON_TYPE, "matched-tracks.json" },
		{ "csv", "text/csv; charset=utf-8", "playlist.csv" },
	};
	const char *format = strrchr(w->request->path, '/') + 1;
	char *link = url_query_get(w->request->query, "playlistUrl");
	const char *const args[] = { "export", format, "--as-is", "--json",
		"-o", "-", "--playlist", link, NULL };
	size_t i = 0;

	while (i < sizeof(formats) / sizeof(*formats) &&
	    strcmp(formats[i].format, format) != 0)
		i++;
	if (i == sizeof(formats) / sizeof(*formats))
		answer_problem(w->answer, 404, "there is no such format");
	else if (link == NULL || !endpoints_is_link(link))
		answer_problem(w->answer, 422, "playlistUrl: not a link of a "
		    "playlist, album or track");
	else if (call_pass_on(w, args, formats[i].type))
		answer_header(w->answer, "Content-Disposition: attachment; "
		    "filename=\"%s\"", formats[i].name);
	free(link);
}

/* ---- the library and the runs ---- */

/* The members of `likesync status --json` that names (NULL-ended) lists. */
static void answer_status(struct web *w, const char *option,
    const char *const *names)
{
	const char *const args[] = { "status", "--json", option, NULL };
	struct json *v = call_likesync(w, args, NULL);
	struct json_writer *out;

	if (v == NULL)
		return;
	out = json_writer_new(false);
	json_open_object(out, NULL);
	for (; *names != NULL; names++)
		if (json_get(v, *names) != NULL)
			json_put_tree(out, *names, json_get(v, *names));
	answer_json(w->answer, 200, out);
	answer_etag(w->answer, w->request->none_match);
	json_free(v);
}

static void library(struct web *w)
{
	static const char *const names[] = { "library_files", "liked",
		"in_library", "missing", "waiting", "backlog", "disk_percent",
		"disk_free_bytes", "health", "warnings", "new", NULL };

	answer_status(w, "--new", names);
}

static void runs(struct web *w)
{
	static const char *const names[] = { "healthy", "running",
		"last_success", "runs_total", "fetched_total", "runs", NULL };

	answer_status(w, NULL, names);
}

/* ---- all of them ---- */

static const struct endpoint endpoints[] = {
	{ "POST", "/api/check-playlist-coverage", false, RIGHT_READ, true,
	  JSON_TYPE, check_coverage },
	{ "POST", "/api/queue-downloads", false, RIGHT_CHANGE, true,
	  JSON_TYPE, queue_downloads },
	{ "GET", "/api/download-status/", true, RIGHT_READ, false, NULL,
	  download_status },
	{ "POST", "/api/playlist-to-mix", false, RIGHT_READ, true, JSON_TYPE,
	  playlist_to_mix },
	{ "GET", "/api/library", false, RIGHT_READ, false, NULL, library },
	{ "GET", "/api/runs", false, RIGHT_READ, false, NULL, runs },
	{ "GET", "/api/playlists", false, RIGHT_READ, false, NULL,
	  own_playlists },
	{ "GET", "/api/jobs", false, RIGHT_READ, false, NULL, jobs },
	{ "POST", "/api/cancel-download", false, RIGHT_CHANGE, true,
	  JSON_TYPE, cancel_download },
	{ "POST", "/api/pin", false, RIGHT_CHANGE, true, JSON_TYPE, pin },
	{ "POST", "/api/reject", false, RIGHT_CHANGE, true, JSON_TYPE,
	  reject },
	{ "GET", "/api/export/", true, RIGHT_READ, false, NULL, export_list },
	{ "GET", "/api/audio", false, RIGHT_READ, false, NULL, audio_answer },
	{ "GET", "/", false, RIGHT_READ, false, NULL, pages_main },
	{ "GET", "/report", false, RIGHT_READ, false, NULL, pages_report },
	{ "GET", "/login", false, RIGHT_NONE, false, NULL, login_show },
	{ "POST", "/login", false, RIGHT_NONE, true, FORM_TYPE, login_begin },
	{ "POST", "/logout", false, RIGHT_NONE, true, FORM_TYPE, login_end },
};

#define N_ENDPOINTS (sizeof(endpoints) / sizeof(*endpoints))

static bool has_path(const struct endpoint *e, const char *path)
{
	size_t len = strlen(e->path);

	return e->has_id ? strncmp(path, e->path, len) == 0 &&
	    strchr(path + len, '/') == NULL : strcmp(path, e->path) == 0;
}

/* HEAD is GET without the body. NULL: allow (a list of methods, "" for no such
 * address) says what there is. */
static const struct endpoint *find_endpoint(const struct web_request *r,
    struct buf *allow)
{
	const char *method = strcmp(r->method, "HEAD") == 0 ? "GET" :
	    r->method;

	for (const struct endpoint *e = endpoints; e < endpoints + N_ENDPOINTS;
	    e++) {
		if (!has_path(e, r->path))
			continue;
		if (strcmp(e->method, method) == 0)
			return e;
		buf_printf(allow, "%s%s", allow->len > 0 ? ", " : "",
		    strcmp(e->method, "GET") == 0 ? "GET, HEAD" : e->method);
	}
	return NULL;
}

static void refuse_address(struct web *w, const struct buf *allow)
{
	answer_problem(w->answer, allow->len > 0 ? 405 : 404, NULL);
	if (allow->len > 0)
		answer_header(w->answer, "Allow: %s", buf_str(allow));
}

/* Whoever shows nothing learns nothing, except where to log in; sets
 * w->right. */
static bool has_right(struct web *w, const struct endpoint *e)
{
	enum right needs = e != NULL ? e->needs : RIGHT_READ;

	w->right = rights_of_request(&w->access, w->request, clock_wall());
	if (w->right >= needs)
		return true;
	if (w->right == RIGHT_NONE) {
		if (e != NULL && e->type == NULL &&
		    request_is_of_browser(w->request))
			pages_login(w, 401, NULL);
		else
			answer_problem(w->answer, 401, "show the token: "
			    "Authorization: Bearer TOKEN");
		answer_header(w->answer, "WWW-Authenticate: Bearer");
	} else {
		answer_problem(w->answer, 403, "this token allows only to "
		    "read");
	}
	return false;
}

static void answer_endpoint(struct web *w, const struct endpoint *e)
{
	struct error error;
	int status;

	if (e->type != NULL && !request_has_type(w->request, e->type)) {
		answer_problem(w->answer, 415, e->type);
		return;
	}
	if (e->type != NULL) {
		status = request_read_body(w->body_fd, REQUEST_BODY_MS,
		    w->request, &error);
		if (status != 0) {
			answer_problem(w->answer, status, error.text);
			return;
		}
	}
	e->answer(w);
}

void endpoints_answer(struct web *w)
{
	struct buf allow = BUF_INIT;
	const struct endpoint *e = find_endpoint(w->request, &allow);

	if (!rights_host_is_ours(&w->access, w->request))
		answer_problem(w->answer, 421, "this host is not the one of "
		    "[web] origin");
	else if (!has_right(w, e))
		;	/* answered */
	else if (!rights_same_origin(&w->access, w->request,
	    e != NULL && e->changes))
		answer_problem(w->answer, 403, "a page of another origin sent "
		    "this request");
	else if (e != NULL)
		answer_endpoint(w, e);
	else
		refuse_address(w, &allow);
	buf_free(&allow);
}
