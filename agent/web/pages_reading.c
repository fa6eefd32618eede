/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/http.h"
#include "base/json.h"
#include "base/mem.h"
#include "report/html.h"
#include "web/endpoints.h"

static const char *text_of(const struct json *v, const char *key)
{
	const char *text = json_get_string(v, key);

	return text != NULL ? text : "";
}

/* Replaces the problem that is the answer by its sentence in the page. */
static void put_problem(struct web *w, struct buf *out)
{
	const struct buf *body = &w->answer->body;
	struct json *v = json_parse(buf_str(body), body->len, NULL);
	const char *detail = json_get_string(v, "detail");

	html(out, "<p class=\"alarm reading\" role=\"alert\">",
	    detail != NULL ? detail : text_of(v, "title"), "</p>\n");
	json_free(v);
}

static void open_table(struct buf *out, const char *title,
    const char *caption, const char *const *columns)
{
	html(out, "<section class=\"reading\"><h2>", title, "</h2>\n"
	    "<table><caption>", caption, "</caption>");
	html_table_head(out, columns, 0, 0);
}

static void close_table(struct buf *out)
{
	buf_puts(out, "</tbody></table></section>\n");
}

/* ---- coverage ---- */

static void put_track(struct buf *out, const struct json *t)
{
	const char *file = json_get_string(t, "file");
	const struct json *near = json_get(t, "nearestFile");

	buf_printf(out, "<tr><td class=\"n\">%lld</td>",
	    (long long)json_get_int(t, "position", 0));
	html(out, "<th scope=\"row\">", text_of(t, "name"),
	    "<span class=\"artist\">", text_of(t, "artist"), "</span></th>"
	    "<td>", file != NULL ? "in the library" : text_of(t, "state"),
	    "<span class=\"artist\">", file != NULL ? file :
	    text_of(t, "reason"), "</span>");
	if (near != NULL)
		html(out, "<span class=\"artist\">nearest file: ",
		    text_of(near, "ref"), " (", text_of(near, "why"),
		    ")</span>");
	buf_puts(out, "</td></tr>\n");
}

/* Both lists are in the playlist's order. */
static void put_tracks(struct buf *out, const struct json *missing,
    const struct json *in_library)
{
	size_t m = 0, n = 0;

	while (m < json_count(missing) || n < json_count(in_library)) {
		const struct json *a = json_at(missing, m);
		const struct json *b = json_at(in_library, n);
		bool first = b == NULL || (a != NULL &&
		    json_get_int(a, "position", 0) <
		    json_get_int(b, "position", 0));

		put_track(out, first ? a : b);
		m += first;
		n += !first;
	}
}

static void put_coverage(struct web *w, const char *link, struct buf *out)
{
	static const char *const columns[] = { "#", "Track", "State", NULL };
	const char *const args[] = { "playlist", "--json", link, NULL };
	struct json *v = NULL;
	char *caption;

	if (endpoints_is_link(link))
		v = call_likesync(w, args, NULL);
	else
		answer_problem(w->answer, 422, "not a link of a playlist, "
		    "album or track");
	if (v == NULL) {
		put_problem(w, out);
		return;
	}
	caption = xasprintf("%lld of %lld tracks in the library",
	    (long long)json_get_int(v, "availableTracks", 0),
	    (long long)json_get_int(v, "totalTracks", 0));
	open_table(out, text_of(json_get(v, "playlist"), "name"), caption,
	    columns);
	free(caption);
	put_tracks(out, json_get(v, "missingTracks"),
	    json_get(v, "inLibrary"));
	close_table(out);
	json_free(v);
}

/* ---- lists ---- */

static void put_own(struct buf *out, const struct json *p)
{
	char *link = url_encode(text_of(p, "link"));

	html(out, "<tr><th scope=\"row\"><a href=\"?playlistUrl=", link, "\">",
	    text_of(p, "name"), "</a></th>");
	buf_printf(out, "<td class=\"n\">%lld</td></tr>\n",
	    (long long)json_get_int(p, "tracks", 0));
	free(link);
}

static void put_job(struct buf *out, const struct json *j)
{
	html(out, "<tr><th scope=\"row\">", json_get_string(j, "name") != NULL ?
	    text_of(j, "name") : text_of(j, "jobId"), "</th><td>",
	    text_of(j, "status"), "</td>");
	buf_printf(out, "<td class=\"n\">%lld of %lld</td>",
	    (long long)json_get_int(j, "completed", 0),
	    (long long)json_get_int(j, "total", 0));
	html(out, "<td>", text_of(j, "eta"), "</td></tr>\n");
}

struct list {
	const char *title, *array;
	const char *args[4];
	const char *columns[5];
	void (*put)(struct buf *out, const struct json *v);
};

static void put_list(struct web *w, const struct list *l, struct buf *out)
{
	struct json *v = call_likesync(w, l->args, NULL);
	const struct json *items = json_get(v, l->array);

	if (v == NULL) {
		put_problem(w, out);
		return;
	}
	open_table(out, l->title, "", l->columns);
	for (size_t i = 0; i < json_count(items); i++)
		l->put(out, json_at(items, i));
	close_table(out);
	json_free(v);
}

void pages_put_reading(struct web *w, struct buf *out)
{
	static const struct list own = { "Your playlists", "playlists",
		{ "playlist", "--own", "--json" }, { "Playlist", "Tracks" },
		put_own };
	static const struct list queue = { "Queue", "jobs",
		{ "queue", "--json" }, { "Job", "State", "Tracks", "Left" },
		put_job };
	const char *query = w->request->query;
	char *link = url_query_get(query, "playlistUrl");
	char *own_asked = url_query_get(query, "own");
	char *queue_asked = url_query_get(query, "queue");

	if (link != NULL && *link != '\0')
		put_coverage(w, link, out);
	if (own_asked != NULL)
		put_list(w, &own, out);
	if (queue_asked != NULL)
		put_list(w, &queue, out);
	free(queue_asked);
	free(own_asked);
	free(link);
}
