/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/match_line.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "match/match.h"
#include "types/candidate.h"
#include "types/track.h"

static void candidate_from_json(struct candidate *c, const struct json *v)
{
	const char *title = json_get_string(v, "title");

	c->title = xstrdup(title != NULL ? title : "");
	c->artist = xstrdup(json_get_string(v, "artist"));
	c->album = xstrdup(json_get_string(v, "album"));
	c->channel = xstrdup(json_get_string(v, "channel"));
	c->isrc = xstrdup(json_get_string(v, "isrc"));
	c->duration_s = json_get_double(v, "duration_s", 0);
	c->views = json_get_int(v, "view_count", -1);
	c->verified = json_get_bool(v, "verified", false);
}

static void match_candidates(const struct track *t, const struct json *list,
    struct match_result *r, double *scores)
{
	struct candidates all = { .count = 0 };

	for (size_t i = 0; i < json_count(list); i++)
		candidate_from_json(candidates_add(&all), json_at(list, i));
	match_choose(t, all.items, all.count, r, scores);
	candidates_free(&all);
}

static void match_files(const struct track *t, const struct json *list,
    struct match_result *r, double *scores)
{
	struct library_name *names = xcalloc(json_count(list),
	    sizeof(*names));

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const char *path = json_get_string(v, "path");

		names[i] = (struct library_name){
			.path = path != NULL ? path : "",
			.artist = json_get_string(v, "artist"),
			.title = json_get_string(v, "title"),
			.isrc = json_get_string(v, "isrc"),
			.duration_s = json_get_double(v, "duration_s", 0) };
	}
	match_library(t, names, json_count(list), r, scores);
	free(names);
}

static char *result_text(const struct json *id, const struct match_result *r,
    const double *scores, size_t count)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_tree(w, "id", id);
	if (r->pick >= 0)
		json_put_int(w, "pick", r->pick);
	else
		json_put_null(w, "pick");
	if (r->best >= 0)
		json_put_int(w, "best", r->best);
	json_put_double(w, "score", r->score, 3);
	json_open_array(w, "scores");
	for (size_t i = 0; i < count; i++)
		json_put_double(w, NULL, scores[i], 3);
	json_close(w);
	json_put_string(w, "why", r->reason);
	json_close(w);
	return json_writer_end(w, NULL);
}

char *match_line(const char *line, size_t len, struct error *error)
{
	struct json *v = json_parse(line, len, error);
	const struct json *files, *list;
	struct track t;
	struct match_result r;
	double *scores;
	char *answer;

	if (v == NULL)
		return NULL;
	if (json_type(json_get(v, "track")) != JSON_OBJECT) {
		error_set(error, ITEM_FAILED, "no \"track\" object");
		json_free(v);
		return NULL;
	}
	track_from_json(&t, json_get(v, "track"));
	files = json_get(v, "files");
	list = files != NULL ? files : json_get(v, "candidates");
	scores = xcalloc(json_count(list), sizeof(*scores));
	if (files != NULL)
		match_files(&t, files, &r, scores);
	else
		match_candidates(&t, list, &r, scores);
	answer = result_text(json_get(v, "id"), &r, scores, json_count(list));
	free(scores);
	track_free(&t);
	json_free(v);
	return answer;
}
