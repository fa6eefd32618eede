/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/apple/apple.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#define LIST "Apple Music Library Tracks.json"
#define MAX_NESTED 3		/* archives in each other; Apple packs two */
#define MAX_MEMBERS 10000	/* of one archive */
#define MAX_LIST (256u << 20)	/* 40,000 tracks are 60 MB */
#define MAX_ARCHIVE (1u << 30)	/* unpacked, of all members that are read */
#define MAX_MS 86400000		/* length of a track */

/* ---- archives ---- */

struct unpacking {
	const char *path;
	struct buf *out;	/* the list, once found */
	bool found;
	uint64_t unpacked;	/* bytes of members that were read */
	const char *fault;	/* why it is given up; or NULL */
};

static bool is_archive(const char *text, size_t len)
{
	return len > 4 && memcmp(text, "PK\x03\x04", 4) == 0;
}

/* "Apple Music Library Tracks.json.zip", "Apple_Media_Services.zip". */
static bool may_contain_list(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcasecmp(name + len - 4, ".zip") == 0;
}

static bool read_member(struct unpacking *u, struct archive *a,
    struct buf *out)
{
	char block[65536];
	la_ssize_t n;

	while ((n = archive_read_data(a, block, sizeof(block))) > 0) {
		u->unpacked += (uint64_t)n;
		if (out->len + (size_t)n > MAX_LIST ||
		    u->unpacked > MAX_ARCHIVE) {
			u->fault = "unpacks to more than any library";
			return false;
		}
		buf_append(out, block, (size_t)n);
	}
	if (n < 0)
		u->fault = "is damaged: download it again";
	return n == 0;
}

static void unpack(struct unpacking *u, const char *data, size_t len,
    int nested);

static void take_member(struct unpacking *u, struct archive *a,
    const char *name, int nested)
{
	struct buf text = BUF_INIT;
	bool list = strcmp(path_base(name), LIST) == 0;

	if (!list && (!may_contain_list(name) || nested >= MAX_NESTED))
		return;
	if (read_member(u, a, &text)) {
		if (list) {
			buf_free(u->out);
			*u->out = text;
			u->found = true;
			return;
		}
		if (is_archive(text.data, text.len))
			unpack(u, text.data, text.len, nested + 1);
	}
	buf_free(&text);
}

static void unpack(struct unpacking *u, const char *data, size_t len,
    int nested)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int rc, members = 0;

	archive_read_support_format_zip(a);
	rc = archive_read_open_memory(a, data, len);
	while (rc == ARCHIVE_OK && !u->found && u->fault == NULL) {
		const char *name;

		rc = archive_read_next_header(a, &e);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc < ARCHIVE_WARN || ++members > MAX_MEMBERS) {
			u->fault = "is damaged: download it again";
			break;
		}
		rc = ARCHIVE_OK;
		name = archive_entry_pathname(e);
		if (name != NULL && archive_entry_filetype(e) == AE_IFREG)
			take_member(u, a, name, nested);
	}
	archive_read_free(a);
}

enum outcome apple_unpack(const char *path, struct buf *text,
    struct error *error)
{
	struct buf list = BUF_INIT;
	struct unpacking u = { .path = path, .out = &list };

	if (!is_archive(text->data, text->len))
		return DONE;
	unpack(&u, text->data, text->len, 1);
	if (!u.found) {
		buf_free(&list);
		return error_set(error, RUN_CONFIG, "%s: %s", path, u.fault !=
		    NULL ? u.fault : "contains no \"" LIST "\": request "
		    "\"Apple Media Services information\" at "
		    "privacy.apple.com");
	}
	buf_free(text);
	*text = list;
	return DONE;
}

/* ---- the list ---- */

struct listing {
	struct tracks all;
	bool *loved;
	size_t cap;
};

static bool is_loved(const struct json *v)
{
	const char *rating = json_get_string(v, "Track Like Rating");

	return json_get_bool(v, "Favorite Status - Track", false) ||
	    (rating != NULL && strcasecmp(rating, "liked") == 0);
}

static int take_entry(void *ctx, const struct json *v, off_t begin, off_t end)
{
	struct listing *l = ctx;
	struct track *t = tracks_add(&l->all);
	const char *date = json_get_string(v, "Date Added To Library");
	const char *title = json_get_string(v, "Title");
	int64_t ms = json_get_int(v, "Track Duration", 0);

	(void)begin, (void)end;
	track_add_artist(t, json_get_string(v, "Artist"));
	t->title = xstrdup(title != NULL ? title : "");
	t->album = xstrdup(json_get_string(v, "Album"));
	t->duration_ms = ms > 0 && ms <= MAX_MS ? ms : 0;
	if (date == NULL || time_from_iso(date, &t->added_at) != 0 ||
	    t->added_at < 0)
		t->added_at = 0;
	l->loved = grow(l->loved, &l->cap, l->all.count - 1,
	    sizeof(*l->loved));
	l->loved[l->all.count - 1] = is_loved(v);
	return 0;
}

/* The stream reads arrays of an object. */
static int read_array(struct listing *l, const char *text, size_t len,
    struct error *error)
{
	const struct json_stream_handler h = { .array = "tracks",
		.keep_depth = 1, .on_element = take_entry, .ctx = l };
	static const char before[] = "{\"tracks\":", after[] = "}";
	struct json_stream *s = json_stream_new(&h);
	int failed = json_stream_feed(s, before, strlen(before), error) ||
	    json_stream_feed(s, text, len, error) ||
	    json_stream_feed(s, after, strlen(after), error) ||
	    json_stream_finish(s, error);

	json_stream_free(s);
	return failed;
}

enum outcome apple_read_export(const char *path, const char *text, size_t len,
    const char *which, struct track_list *out, struct error *error)
{
	struct listing l = { .loved = NULL };
	struct error wrong;
	enum outcome o;

	if (strcmp(which, APPLE_LOVED) != 0 && strcmp(which, APPLE_ALL) != 0)
		o = error_set(error, ITEM_FAILED, "%s: the privacy export "
		    "names no playlist's tracks: give Library.xml for \"%s\"",
		    path, which);
	else if (read_array(&l, text, len, &wrong) != 0)
		o = error_set(error, RUN_CONFIG, "%s: %s; download the export "
		    "again", path, wrong.text);
	else
		o = apple_choose(path, &l.all, l.loved, which, out, error);
	tracks_free(&l.all);
	free(l.loved);
	return o;
}

/* ---- which ---- */

/* The latest first; else as in the file. */
static int latest_first(const void *a, const void *b)
{
	const struct track *x = a, *y = b;

	if (x->added_at != y->added_at)
		return x->added_at > y->added_at ? -1 : 1;
	return (x->position > y->position) - (x->position < y->position);
}

enum outcome apple_choose(const char *path, struct tracks *all,
    const bool *loved, const char *which, struct track_list *out,
    struct error *error)
{
	bool only_loved = strcmp(which, APPLE_LOVED) == 0;

	for (size_t i = 0; i < all->count; i++) {
		struct track *t = &all->items[i];

		if (only_loved && !loved[i])
			continue;
		track_set_key(t);
		t->position = (unsigned)i + 1;
		*tracks_add(&out->tracks) = *t;
		track_init(t);
	}
	/* As a list of likes it would say that everything was unliked. */
	if (only_loved && out->tracks.count == 0)
		return error_set(error, RUN_CONFIG, "%s: none of its %zu tracks "
		    "is loved: set [spotify] liked_list to all or to a "
		    "playlist's name", path, all->count);
	if (out->tracks.count > 0)
		qsort(out->tracks.items, out->tracks.count,
		    sizeof(*out->tracks.items), latest_first);
	for (size_t i = 0; i < out->tracks.count; i++)
		out->tracks.items[i].position = (unsigned)++out->rows;
	return DONE;
}
