/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "report/html.h"

/* Made of page.css and page.js by the Makefile. */
static const char style[] =
#include "report/page.css.h"
;
static const char script[] =
#include "report/page.js.h"
;

struct page *page_new(void)
{
	return xcalloc(1, sizeof(struct page));
}

void page_free(struct page *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_arrivals; i++)
		free(p->arrivals[i].item);
	buf_free(&p->missing);
	free(p->runs);
	free(p);
}

/* A run that ended before it counted something recorded 0. */
static double known(const struct json *run, const char *key)
{
	double v = json_get_double(run, key, NAN);

	return v > 0 ? v : NAN;
}

static void copy_text(const struct json *run, const char *key, char *to,
    size_t size)
{
	const char *text = json_get_string(run, key);

	snprintf(to, size, "%s", text != NULL ? text : "");
}

static int64_t time_of(const struct json *run, const char *key)
{
	const char *text = json_get_string(run, key);
	int64_t t = 0;

	return text != NULL && time_from_iso(text, &t) == 0 ? t : 0;
}

void page_add_run(struct page *p, const struct json *run)
{
	int64_t begun = time_of(run, "started"), ended = time_of(run, "ended");
	struct run_point *r;

	if (ended <= 0 || (p->n_runs > 0 && p->runs[p->n_runs - 1].at > ended))
		return;		/* a clock that was set back */
	p->runs = grow(p->runs, &p->cap_runs, p->n_runs, sizeof(*p->runs));
	r = &p->runs[p->n_runs++];
	*r = (struct run_point){
		.at = ended,
		.exit_status = (int)json_get_int(run, "exit_status", 0),
		.seconds = begun > 0 && begun <= ended ?
		    (double)(ended - begun) : 0,
		.fetched = json_get_double(run, "fetched", 0),
		.not_found = json_get_double(run, "not_found", 0),
		.failed = json_get_double(run, "failed", 0),
		.analyzed = json_get_double(run, "analyzed", 0),
		.files = known(run, "library_files"),
		.liked = known(run, "liked"),
		.in_library = known(run, "in_library"),
		.disk_percent = json_get_double(run, "disk_percent", NAN),
		.cap_hour = json_get_double(run, "cap_remaining_hour", NAN),
		.cap_day = json_get_double(run, "cap_remaining_day", NAN),
	};
	copy_text(run, "outcome", r->outcome, sizeof(r->outcome));
	copy_text(run, "why", r->error, sizeof(r->error));
}

void page_add_file(struct page *p, const struct file *f,
    const struct analysis *a, bool is_new)
{
	music_count(&p->music, a);
	if (is_new)
		arrivals_offer(p, f, a);
}

/* ---- the page ---- */

/* The policy names style and script by their hashes, so that no text from
 * outside can ever run. */
void page_policy(struct buf *out)
{
	html_policy(out, "style-src", style);
	html_policy(out, "script-src", script);
}

static void put_head(struct buf *out, const struct page_head *head)
{
	char when[ISO_TIME_LEN];

	time_to_iso(head->made, when);
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\">\n");
	buf_puts(out, "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; base-uri 'none'; form-action 'none'");
	page_policy(out);
	buf_puts(out, "\">\n<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n<meta name=\"color-scheme\" "
	    "content=\"light dark\">\n<meta name=\"generator\" "
	    "content=\"likesync " LIKESYNC_VERSION "\">\n"
	    "<title>likesync: report</title>\n<style>");
	buf_puts(out, style);
	html(out, "</style></head><body>\n<header><h1>likesync</h1>"
	    "<p>The library <code>", head->library, "</code>, as of ");
	buf_printf(out, "<time datetime=\"%s\">%.10s %.5s UTC</time></p>"
	    "</header>\n<main>\n", when, when, when + 11);
}

static void put_tile(struct buf *out, const char *name, const char *key,
    double value, const char *unit)
{
	buf_printf(out, "<div><dt>%s</dt><dd><data id=\"status-%s\" "
	    "value=\"%.15g\">", name, key, value);
	html_number(out, value, unit);
	buf_puts(out, "</data></dd></div>\n");
}

static void put_time_tile(struct buf *out, const char *name, const char *key,
    int64_t t, const char *absent)
{
	char when[ISO_TIME_LEN] = "";

	if (t > 0)
		time_to_iso(t, when);
	buf_printf(out, "<div><dt>%s</dt><dd><time id=\"status-%s\"", name,
	    key);
	if (t > 0)
		buf_printf(out, " datetime=\"%s\">%.10s", when, when);
	else
		buf_printf(out, ">%s", absent);
	buf_puts(out, "</time></dd></div>\n");
}

/* Under the names of `status --json`, where it has them. */
static void put_tiles(struct buf *out, const struct page_head *h)
{
	const struct {
		const char *name, *key;
		double value;
		const char *unit;
	} tiles[] = {
		{ "liked", "liked", (double)h->liked, "" },
		{ "in library", "in_library", (double)h->in_library, "" },
		{ "missing", "missing", (double)h->missing, "" },
		{ "files", "library_files", (double)h->library_files, "" },
		{ "fetched in total", "fetched_total",
		    (double)h->counters->fetched, "" },
		{ "runs", "runs_total", (double)h->counters->runs, "" },
		{ "disk free", "disk_free_gigabytes",
		    floor((double)h->disk_free_bytes / (1 << 30)), " GB" },
	};

	buf_puts(out, "<dl class=\"tiles\">\n");
	for (size_t i = 0; i < sizeof(tiles) / sizeof(*tiles); i++)
		put_tile(out, tiles[i].name, tiles[i].key, tiles[i].value,
		    tiles[i].unit);
	if (h->disk_percent >= 0)
		put_tile(out, "disk used", "disk_percent",
		    round(h->disk_percent * 10) / 10, "%");
	put_time_tile(out, "last success", "last_success", h->last_success,
	    "never");
	put_time_tile(out, "authorized until", "authorization_expires_at",
	    h->authorization_expires_at, h->needs_authorization ?
	    "not authorized" : "no account needed");
	buf_puts(out, "</dl>\n");
}

static void put_warnings(struct buf *out, const struct page_head *h)
{
	if (h->n_warnings == 0) {
		buf_puts(out, "<p id=\"healthy\" class=\"good\">No action is "
		    "needed.</p>\n");
		return;
	}
	buf_puts(out, "<ul id=\"healthy\" class=\"warnings\">\n");
	for (size_t i = 0; i < h->n_warnings; i++)
		html(out, "<li>", h->warnings[i], "</li>\n");
	buf_puts(out, "</ul>\n");
}

static void open_section(struct buf *out, const char *id, const char *title)
{
	buf_printf(out, "<section aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">%s"
	    "</h2>\n", id, id, title);
}

/* The figure that everything is about. */
static void put_share(struct buf *out, const struct page_head *h)
{
	if (h->liked == 0)
		return;
	buf_printf(out, "<p class=\"share\"><b>%zu%%</b> of ",
	    h->in_library * 100 / h->liked);
	html_count(out, (double)h->liked);
	buf_puts(out, " liked tracks are in the library.</p>\n");
}

static void put_contents(struct buf *out)
{
	static const struct {
		const char *id, *title;
	} sections[] = {
		{ "figures", "Figures" }, { "missing", "Missing tracks" },
		{ "new", "New this week" }, { "runs", "Runs" },
		{ "music", "Music" },
	};

	buf_puts(out, "<nav aria-label=\"Contents\"><ul>");
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		buf_printf(out, "<li><a href=\"#h-%s\">%s</a></li>",
		    sections[i].id, sections[i].title);
	buf_puts(out, "</ul></nav>\n");
}

/* What a person must do, then the share in the library; after the figures, what
 * changes from day to day comes before what hardly does. */
static void put_sections(struct buf *out, const struct page *p,
    const struct page_head *head)
{
	put_warnings(out, head);
	put_share(out, head);
	put_contents(out);
	open_section(out, "figures", "Figures");
	put_tiles(out, head);
	buf_puts(out, "</section>\n");
	open_section(out, "missing", "Missing tracks");
	put_missing(out, p, head->missing);
	buf_puts(out, "</section>\n");
	open_section(out, "new", "New this week");
	put_arrivals(out, p);
	buf_puts(out, "</section>\n");
	open_section(out, "runs", "Runs");
	put_run_charts(out, p, head);
	put_runs(out, p);
	buf_puts(out, "</section>\n");
	open_section(out, "music", "Music");
	buf_printf(out, "<p><data id=\"analyzed\" value=\"%zu\">",
	    p->music.analyzed);
	html_count(out, (double)p->music.analyzed);
	buf_puts(out, "</data> of ");
	html_count(out, (double)p->music.files);
	buf_puts(out, " files are analyzed.</p>\n");
	put_music_charts(out, &p->music);
	buf_puts(out, "</section>\n");
}

char *page_render(const struct page *p, const struct page_head *head,
    size_t *len)
{
	struct buf out = BUF_INIT;

	put_head(&out, head);
	put_sections(&out, p, head);
	buf_puts(&out, "</main>\n<footer><p>Made by <code>likesync report"
	    "</code> " LIKESYNC_VERSION ". This page loads nothing from "
	    "elsewhere.</p></footer>\n<script>");
	buf_puts(&out, script);
	buf_puts(&out, "</script>\n</body></html>\n");
	*len = out.len;
	return buf_take(&out);
}
