/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "library/document_entry.h"
#include "library/document_image.h"
#include "library/document_swap.h"

#define MAX_MERGES 8		/* someone writes faster than we do */
#define LOOK_AGAIN_MS 200	/* at a half-written document */
#define MAX_ENTRY (64u << 20)	/* one that is patched is held in memory */

/* Fewer entries than this share of those seen last, and by more than a few,
 * is no edit but a write under way, or one that went wrong. */
#define SHRUNK_PERCENT 80
#define SHRUNK_FEW 10

/* ---- what we know of how it was left ---- */

struct seen {
	int64_t size, mtime_ns;
	uint64_t inode;
	size_t entries;
};

static bool read_seen(const char *note, struct seen *s)
{
	struct json *v = note != NULL ? json_parse(note, strlen(note), NULL) :
	    NULL;

	memset(s, 0, sizeof(*s));
	if (v == NULL)
		return false;
	s->size = json_get_int(v, "size", -1);
	s->mtime_ns = json_get_int(v, "mtime_ns", 0);
	s->inode = (uint64_t)json_get_int(v, "inode", 0);
	s->entries = (size_t)json_get_int(v, "entries", 0);
	json_free(v);
	return true;
}

static void write_seen(struct document *d, const char *path, size_t entries)
{
	struct json_writer *w;
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	w = json_writer_new(false);
	json_open_object(w, NULL);
	json_put_int(w, "size", st.st_size);
	json_put_int(w, "mtime_ns", st.st_mtim.tv_sec * 1000000000LL +
	    st.st_mtim.tv_nsec);
	json_put_int(w, "inode", (int64_t)st.st_ino);
	json_put_int(w, "entries", (int64_t)entries);
	json_close(w);
	free(d->seen);
	d->seen = json_writer_end(w, NULL);
}

static bool is_as_seen(const char *path, const struct seen *s)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size == s->size &&
	    (uint64_t)st.st_ino == s->inode && st.st_mtim.tv_sec *
	    1000000000LL + st.st_mtim.tv_nsec == s->mtime_ns;
}

/* ---- reading, with patience ---- */

static bool is_shrunken(const struct image *img, const struct seen *s)
{
	return img->count + SHRUNK_FEW < s->entries &&
	    img->count * 100 < s->entries * SHRUNK_PERCENT;
}

/* What is wrong with it, as far as one can see; DONE if nothing. */
static enum outcome read_once(const char *path, const struct known *k,
    const struct seen *s, struct image *img, struct why *why)
{
	enum outcome o = image_read(path, k, img, why);

	if (o == DONE && is_shrunken(img, s))
		o = why_set(why, TRACK_FAILED, "has %zu entries, had %zu",
		    img->count, s->entries);
	if (o == DONE && img->fd < 0 && s->entries > 0)
		o = why_set(why, TRACK_FAILED, "is not there");
	return o;
}

/* Somebody may be in the middle of writing it: looks again until it is whole
 * or patience ends. */
static enum outcome read_patiently(const struct document *d,
    const char *path, const struct known *k, const struct seen *s,
    struct image *img, struct why *why)
{
	int64_t ends = clock_mono_ms() + d->patience_ms;
	struct why wrong = { "" };
	enum outcome o;

	for (;;) {
		o = read_once(path, k, s, img, &wrong);
		if (o == DONE || o == RUN_CONFIG)
			break;
		/* Gone for good: all of ours make a new one. */
		if (clock_mono_ms() >= ends && img->fd < 0)
			return DONE;
		image_free(img);
		if (clock_mono_ms() >= ends)
			break;
		if (clock_sleep_ms(LOOK_AGAIN_MS) != 0)
			return why_set(why, STOPPED, "the run ended");
	}
	if (o == TRACK_FAILED)
		return why_set(why, RUN_FAILED, "%s: %s; it is left as it is. "
		    "The last good one is %s: put it back, or move the broken "
		    "one away to have a new one made", path, wrong.text,
		    d->last_good);
	if (o != DONE)
		*why = wrong;
	return o;
}

/* ---- writing ---- */

struct writing {
	const struct document *d;
	const struct image *img;
	int to;
	char *lead;		/* what stands before each entry */
	off_t run_begin, run_end;	/* bytes that are copied together */
	bool first;		/* no entry was written yet */
	int error;
	char stamp[24];		/* makes new ids unique */
	size_t made;
};

static void put(struct writing *w, const char *text, size_t len)
{
	if (w->error == 0 && file_write_all(w->to, text, len) != 0)
		w->error = errno;
}

static void copy_bytes(struct writing *w, off_t begin, off_t end)
{
	off_t copied;

	if (w->error != 0 || begin >= end)
		return;
	if (lseek(w->img->fd, begin, SEEK_SET) < 0 ||
	    file_copy(w->img->fd, w->to, end - begin, &copied) != 0)
		w->error = errno;
	else if (copied != end - begin)
		w->error = ESTALE;	/* it shrank under us */
}

/* Bytes that follow on those before are copied in one go. */
static void copy_later(struct writing *w, off_t begin, off_t end)
{
	if (begin != w->run_end) {
		copy_bytes(w, w->run_begin, w->run_end);
		w->run_begin = begin;
	}
	w->run_end = end;
}

static void flush(struct writing *w)
{
	copy_bytes(w, w->run_begin, w->run_end);
	w->run_begin = w->run_end = 0;
}

static size_t read_bytes(const struct image *img, off_t begin, off_t end,
    char *to)
{
	size_t len = (size_t)(end - begin), got = 0;

	while (got < len) {
		ssize_t n = pread(img->fd, to + got, len - got,
		    begin + (off_t)got);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

static void put_patched(struct writing *w, const struct piece *p)
{
	size_t len = (size_t)(p->end - p->begin);
	struct buf out = BUF_INIT;
	char *text;

	flush(w);
	if (len > MAX_ENTRY) {
		copy_later(w, p->begin, p->end);
		return;
	}
	text = xmalloc(len);
	if (read_bytes(w->img, p->begin, p->end, text) == len &&
	    entry_patch(text, len, &p->set, &out) == 0)
		put(w, out.data, out.len);
	else
		w->error = ESTALE;
	free(text);
	buf_free(&out);
}

/* The blanks before an entry, with a comma in front unless it is the first. */
static void put_separator(struct writing *w, off_t begin, off_t end)
{
	char text[256], *p = text;
	size_t len = (size_t)(end - begin);
	bool comma;

	if (len > sizeof(text) ||
	    read_bytes(w->img, begin, end, text) != len)
		len = 0;
	comma = memchr(text, ',', len) != NULL;
	if (comma && !w->first) {
		copy_later(w, begin, end);
		return;
	}
	flush(w);
	if (!w->first)
		put(w, ",", 1);
	if (comma) {	/* what was before it is dropped */
		p = (char *)memchr(text, ',', len) + 1;
		len -= (size_t)(p - text);
	}
	put(w, p, len);
}

static void put_entries(struct writing *w)
{
	off_t at = w->img->array_begin + 1;

	for (size_t i = 0; i < w->img->count; i++) {
		const struct piece *p = &w->img->pieces[i];

		if (p->fate != DROP) {
			put_separator(w, at, p->begin);
			if (p->fate == PATCH)
				put_patched(w, p);
			else
				copy_later(w, p->begin, p->end);
			w->first = false;
		}
		at = p->end;
	}
	flush(w);
}

static void put_new_entry(struct writing *w, const struct entry *e)
{
	struct fields set = { .count = 0 };
	struct buf out = BUF_INIT;
	char *id = xasprintf("track_%s%zx", w->stamp, w->made++);

	if (!w->first)
		buf_putc(&out, ',');
	buf_puts(&out, w->lead);
	fields_for_new(e, w->d->root, id, &set);
	entry_render(&set, w->lead, &out);
	put(w, out.data, out.len);
	w->first = false;
	if (w->error == 0 && w->d->on_id != NULL)
		w->d->on_id(w->d->ctx, e, id);
	fields_free(&set);
	buf_free(&out);
	free(id);
}

static bool is_new(const struct document *d, const struct image *img,
    size_t i)
{
	return d->entries->items[i].analyzed && !img->told[i];
}

static size_t count_new(const struct document *d, const struct image *img)
{
	size_t n = 0;

	for (size_t i = 0; i < d->entries->count; i++)
		n += is_new(d, img, i);
	return n;
}

/* The value of a top-level member after the merge. */
static char *top_value(const struct writing *w, int which, size_t n_new)
{
	size_t entries = w->img->count - w->img->dropped + n_new;
	char when[ISO_TIME_LEN];

	switch (which) {
	case 0:
		time_to_iso(clock_wall(), when);
		return xasprintf("\"%s\"", when);
	case 1:
		return xasprintf("%zu", entries);
	default:
		return xasprintf("%zu", w->img->analyzed + n_new);
	}
}

/* Copies what stands outside the array, with our values in their places. */
static void put_outside(struct writing *w, off_t begin, off_t end,
    size_t n_new)
{
	for (;;) {
		int next = -1;
		char *value;

		for (int i = 0; i < 3; i++)
			if (w->img->top[i].end > 0 &&
			    w->img->top[i].begin >= begin &&
			    w->img->top[i].end <= end && (next < 0 ||
			    w->img->top[i].begin < w->img->top[next].begin))
				next = i;
		if (next < 0)
			break;
		copy_bytes(w, begin, w->img->top[next].begin);
		value = top_value(w, next, n_new);
		put(w, value, strlen(value));
		free(value);
		begin = w->img->top[next].end;
	}
	copy_bytes(w, begin, end);
}

/* The blanks before the first entry are the document's style. */
static char *find_lead(const struct image *img)
{
	char text[64];
	size_t len;

	if (img->count == 0)
		return xstrdup("");
	len = (size_t)(img->pieces[0].begin - img->array_begin - 1);
	if (len >= sizeof(text) || read_bytes(img, img->array_begin + 1,
	    img->pieces[0].begin, text) != len)
		return xstrdup("");
	return xstrndup(text, len);
}

static void put_new_entries(struct writing *w)
{
	for (size_t i = 0; i < w->d->entries->count; i++)
		if (is_new(w->d, w->img, i))
			put_new_entry(w, &w->d->entries->items[i]);
}

/* From nothing: compact but for a line an entry. */
static void write_first(struct writing *w, size_t n_new)
{
	char when[ISO_TIME_LEN];
	char *head;

	time_to_iso(clock_wall(), when);
	head = xasprintf("{\"generatedAt\":\"%s\",\"source\":\"likesync\","
	    "\"totalFiles\":%zu,\"analyzedTracks\":%zu,\"tracks\":[", when,
	    n_new, n_new);
	put(w, head, strlen(head));
	put_new_entries(w);
	put(w, "]}\n", 3);
	free(head);
}

static int write_new(const struct document *d, const struct image *img,
    int to, size_t n_new)
{
	struct writing w = { .d = d, .img = img, .to = to, .first = true };
	uint8_t salt[3];
	char hex[7];

	random_bytes(salt, sizeof(salt));
	hex_encode(salt, sizeof(salt), hex);
	snprintf(w.stamp, sizeof(w.stamp), "%lld_%s",
	    (long long)clock_wall(), hex);
	if (img->fd < 0) {
		w.lead = xstrdup("\n");
		write_first(&w, n_new);
	} else {
		w.lead = find_lead(img);
		put_outside(&w, 0, img->array_begin + 1, n_new);
		put_entries(&w);
		put_new_entries(&w);
		copy_bytes(&w, img->count > 0 ?
		    img->pieces[img->count - 1].end : img->array_begin + 1,
		    img->array_end);
		put_outside(&w, img->array_end, img->st.st_size, n_new);
	}
	free(w.lead);
	errno = w.error;
	return w.error == 0 ? 0 : -1;
}

/* ---- the merge ---- */

static void know_entries(struct known *k, const struct document *d)
{
	k->d = d;
	k->by_path = map_new();
	k->by_id = map_new();
	for (size_t i = 0; i < d->entries->count; i++) {
		struct entry *e = &d->entries->items[i];
		char *path = path_join(d->root, e->path);

		map_put_str(k->by_path, path, e);
		if (e->doc_id != NULL)
			map_put_str(k->by_id, e->doc_id, e);
		free(path);
	}
}

static void forget_entries(struct known *k)
{
	map_free(k->by_path, NULL);
	map_free(k->by_id, NULL);
}

static void keep_last_good(const struct document *d, const char *path)
{
	char *fresh = xasprintf("%s.new", d->last_good);
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (from < 0 || to < 0 || file_copy(from, to, -1, NULL) != 0 ||
	    rename(fresh, d->last_good) != 0) {
		log_warning("%s: no copy of the document could be kept: %s",
		    d->last_good, strerror(errno));
		unlink(fresh);
	}
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	free(fresh);
}

/* Writes and exchanges once. *again: another writer was faster, and what he
 * wrote is the base of the next merge (left under the temporary name, if it
 * is not in place). */
static enum outcome write_once(struct document *d, struct swap *s,
    const struct image *img, size_t n_new, bool *again, struct why *why)
{
	int fd = swap_create(s, img);
	enum outcome o;

	*again = false;
	if (fd < 0 || write_new(d, img, fd, n_new) != 0) {
		bool moved_on = fd >= 0 && errno == ESTALE;

		o = why_set(why, errno == ENOSPC || errno == EDQUOT ?
		    RUN_LATER : RUN_FAILED, "%s: can't be written: %s; the "
		    "document is as it was", s->temporary, strerror(errno));
		if (fd >= 0)
			close(fd);
		unlink(s->temporary);
		*again = moved_on;
		return moved_on ? DONE : o;
	}
	o = swap_exchange(s, fd, img, d->patience_ms, again, why);
	close(fd);
	return o;
}

static void fill_report(const struct document *d, const struct image *img,
    size_t n_new, struct document_report *r)
{
	struct stat st;

	r->read = true;
	r->entries = img->count - img->dropped + n_new;
	r->ours = img->ours + n_new;
	r->added = n_new;
	r->updated = img->updated;
	r->filled = img->filled;
	r->moved = img->moved;
	r->removed = img->dropped;
	r->bytes = stat(d->path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static enum outcome merge_once(struct document *d, struct swap *s,
    const struct known *k, const struct seen *seen, bool *again,
    struct document_report *r, struct why *why)
{
	struct image img = { .fd = -1 };
	enum outcome o = read_patiently(d, s->path, k, seen, &img, why);
	size_t n_new = o == DONE ? count_new(d, &img) : 0;

	*again = false;
	if (o == DONE && (image_needs_writing(&img, n_new) ||
	    img.fd < 0)) {
		o = swap_check(s, d, why);
		if (o == DONE && (img.fd >= 0 || n_new > 0)) {
			o = write_once(d, s, &img, n_new, again, why);
			r->written = o == DONE && !*again;
		}
	}
	if (o == DONE && !*again) {
		fill_report(d, &img, n_new, r);
		write_seen(d, s->path, r->entries);
		if (r->written ||
		    (img.fd >= 0 && access(d->last_good, F_OK) != 0))
			keep_last_good(d, s->path);
	}
	image_free(&img);
	return o;
}

enum outcome document_merge(struct document *d, struct document_report *r,
    struct why *why)
{
	struct swap s;
	struct known k;
	struct seen seen;
	bool again = true;
	enum outcome o = DONE;

	memset(r, 0, sizeof(*r));
	swap_init(&s, d);
	swap_recover(&s);
	if (read_seen(d->seen, &seen) && !d->changed &&
	    is_as_seen(s.path, &seen)) {
		r->entries = seen.entries;
		r->bytes = (uint64_t)seen.size;
		swap_free(&s);
		return DONE;
	}
	know_entries(&k, d);
	for (r->merges = 0; o == DONE && again; r->merges++) {
		if (r->merges == MAX_MERGES) {
			o = why_set(why, RUN_LATER, "%s: another program "
			    "keeps writing it", d->path);
			break;
		}
		o = merge_once(d, &s, &k, &seen, &again, r, why);
		if (o == DONE && again)
			swap_put_back(&s);
	}
	forget_entries(&k);
	swap_free(&s);
	return o;
}

/* ---- for `analyze` ---- */

static void put_or_null(struct json_writer *w, const char *key,
    const char *text)
{
	json_put_string(w, key, text != NULL && *text != '\0' ? text : NULL);
}

static void print_grid(struct json_writer *w, const struct analysis *a)
{
	if (!a->has_grid) {
		json_put_null(w, "beatGrid");
		return;
	}
	json_open_object(w, "beatGrid");
	json_put_double(w, "firstBeat", a->first_beat, 4);
	json_put_double(w, "downbeat", a->downbeat, 4);
	json_put_int(w, "beatsPerBar", a->beats_per_bar);
	json_put_bool(w, "constant", a->constant);
	json_close(w);
}

void document_print(const char *path, int64_t size, const struct media *m,
    const struct analysis *a, struct buf *out)
{
	struct json_writer *w = json_writer_new(false);
	char *text;

	json_open_object(w, NULL);
	json_put_string(w, "filePath", path);
	json_put_string(w, "fileName", path_base(path));
	put_or_null(w, "artist", m->tags.artist);
	put_or_null(w, "title", m->tags.title);
	if (a->bpm > 0)
		json_put_double(w, "bpm", a->bpm, 2);
	else
		json_put_null(w, "bpm");
	json_put_double(w, "bpmConfidence", a->bpm > 0 ? a->bpm_confidence :
	    0, 3);
	put_or_null(w, "key", a->key);
	put_or_null(w, "camelotKey", a->camelot);
	if (a->energy > 0)
		json_put_int(w, "energy", a->energy);
	else
		json_put_null(w, "energy");
	json_put_double(w, "duration", a->duration, 3);
	if (a->has_loudness)
		json_put_double(w, "loudness", a->loudness, 2);
	else
		json_put_null(w, "loudness");
	print_grid(w, a);
	json_put_int(w, "fileSize", size);
	json_put_string_if(w, "genre", m->tags.genre);
	json_put_string_if(w, "isrc", m->tags.isrc);
	json_put_string(w, "analyzerVersion", ANALYZER_VERSION);
	json_close(w);
	text = json_writer_end(w, NULL);
	buf_puts(out, text);
	free(text);
}
