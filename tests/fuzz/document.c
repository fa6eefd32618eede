/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the document: it is merged into a whole one that a second merge
 * has nothing to add to, and read back for what it says; or it is left as it
 * was, byte for byte. */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/state.h"
#include "document/document.h"
#include "document/recover.h"

#define ROOT "/music"

static struct entries *library(void)
{
	static struct entries list;
	static const char *const names[] = { "a.mp3", "b/c.mp3" };

	for (size_t i = list.count; i < sizeof(names) / sizeof(*names); i++) {
		struct entry *e = entries_add(&list);

		e->path = xstrdup(names[i]);
		e->artist = xstrdup("Artist");
		e->title = xstrdup(names[i]);
		e->size = 1000;
		e->analyzed = true;
		e->analyzed_at = 1767225600;
		e->analysis = (struct analysis){ .bpm = 124,
			.bpm_confidence = 0.9, .key = "A minor",
			.camelot = "8A", .energy = 6, .duration = 200 };
	}
	return &list;
}

static void heard(void *ctx, struct recovered_entry *r)
{
	(void)ctx;
	must(r->e != NULL);
	must(r->analysis.bpm == 0 || r->analysis.bpm > 0);
	must(r->analysis.energy >= 0 && r->analysis.energy <= 10);
	analysis_free(&r->analysis);
}

static void each_file(void *ctx, void (*row)(void *to,
    const struct entry_row *r), void *to)
{
	const struct entries *files = library();

	(void)ctx;
	for (size_t i = 0; i < files->count; i++)
		row(to, &(struct entry_row){ .path = files->items[i].path,
		    .digest = i + 1 });
}

static const struct entry *get_file(void *ctx, const char *path)
{
	const struct entries *files = library();

	(void)ctx;
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->items[i].path, path) == 0)
			return &files->items[i];
	return NULL;
}

/* With a map, which the first merge leaves for the second one. */
static enum outcome merge(const char *path, const char *good, const char *map,
    struct document_report *r)
{
	const struct entry_source files = { .each = each_file,
		.get = get_file };
	struct document d = { .path = path, .root = ROOT, .last_good = good,
		.map = map, .files = &files };
	struct error error = { .text = "" };
	enum outcome o = document_merge(&d, r, &error);

	must(o == DONE || error.text[0] != '\0');
	free(d.seen);
	return o;
}

static void is_settled(const char *path, const char *good, const char *map)
{
	struct buf text = BUF_INIT;
	struct document_report r;
	struct json *v;

	must(file_read(path, 1 << 24, &text) == 0);
	v = json_parse(buf_str(&text), text.len, NULL);
	must(json_type(json_get(v, "tracks")) == JSON_ARRAY);
	json_free(v);
	buf_free(&text);
	must(merge(path, good, map, &r) == DONE);
	must(r.by_map);
	must(r.added == 0 && r.removed == 0 && r.filled == 0);
	unlink(map);
	must(merge(path, good, map, &r) == DONE);
	must(!r.by_map);
	must(r.added == 0 && r.removed == 0 && r.filled == 0);
}

static void is_untouched(const char *path, const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT;

	must(file_read(path, 1 << 24, &text) == 0);
	must(text.len == size);
	must(size == 0 || memcmp(text.data, data, size) == 0);
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char top[] = "/tmp/likesync-fuzz-XXXXXX", *path, *good, *map;
	struct document_report r;
	struct error error;

	must(mkdtemp(top) != NULL);
	path = path_join(top, "document.json");
	good = path_join(top, "last-good");
	map = path_join(top, "map");
	must(file_write(path, (const char *)data, size, 0600) == 0);
	(void)document_recover(path, ROOT, library(), heard, NULL, &error);
	if (merge(path, good, map, &r) == DONE)
		is_settled(path, good, map);
	else
		is_untouched(path, data, size);
	free(path);
	free(good);
	free(map);
	folder_remove(top);
	return 0;
}
