/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "document/document.h"
#include "document/entry.h"
#include "document/swap.h"
#include "document/write.h"

#define ROOT "/music"
#define PATIENT 5000		/* ms: nothing here takes so long */

/* ---- a document in a folder of its own ---- */

struct fixture {
	char *folder, *path, *last_good;
	struct entries entries;
	struct entry_source files;
	struct document d;
	struct document_report r;
	char *map;
	uint64_t salt;		/* files are as new when this changes */
	struct error error;
	size_t ids;		/* calls of on_id */
	bool changed[64];	/* files that each_changed_file names */
	size_t listings;	/* calls of each_file */
};

/* What happens at which moment of a merge; each once. */
static void (*disturbances[N_MERGE_STEPS])(void);

/* The test's own; the moments at which documents are disturbed know no other
 * way to it. */
static struct fixture *fx;

static const struct entry *get_file(void *ctx, const char *path)
{
	const struct fixture *f = ctx;

	for (size_t i = 0; i < f->entries.count; i++)
		if (strcmp(f->entries.items[i].path, path) == 0)
			return &f->entries.items[i];
	return NULL;
}

static void take_id(void *ctx, const char *path, const char *id)
{
	struct fixture *f = ctx;
	struct entry *mine = (struct entry *)(uintptr_t)get_file(f, path);

	assert_non_null(mine);
	f->ids++;
	str_replace(&mine->doc_id, id);
}

/* All that the document may say of the file. */
static uint64_t digest_of(const struct fixture *f, const struct entry *e)
{
	struct buf text = BUF_INIT;
	uint64_t digest;

	entry_render(e, ROOT, "", false, &text);
	buf_printf(&text, "%d %llu %s", e->analyzed,
	    (unsigned long long)f->salt,
	    e->spotify_id != NULL ? e->spotify_id : "?");
	digest = fast_hash64(text.data, text.len);
	buf_free(&text);
	return digest;
}

static void list_file(const struct fixture *f, size_t i,
    void (*row)(void *to, const struct entry_row *r), void *to)
{
	const struct entry *e = &f->entries.items[i];

	row(to, &(struct entry_row){ e->path, e->doc_id, digest_of(f, e) });
}

static void each_file(void *ctx, void (*row)(void *to,
    const struct entry_row *r), void *to)
{
	struct fixture *f = ctx;

	f->listings++;
	for (size_t i = 0; i < f->entries.count; i++)
		list_file(f, i, row, to);
}

static void each_changed_file(void *ctx, void (*row)(void *to,
    const struct entry_row *r), void *to)
{
	const struct fixture *f = ctx;

	for (size_t i = 0; i < f->entries.count; i++)
		if (f->changed[i])
			list_file(f, i, row, to);
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	if (make_folder((void **)&f->folder) != 0)
		return -1;
	f->path = path_join(f->folder, "doc.json");
	f->last_good = path_join(f->folder, "state-last-good");
	f->map = path_join(f->folder, "map");
	f->files = (struct entry_source){ .ctx = f, .each = each_file,
		.get = get_file };
	f->d = (struct document){ .path = f->path, .root = ROOT,
		.last_good = f->last_good, .files = &f->files, .map = f->map,
		.wait_ms = PATIENT, .on_id = take_id, .ctx = f };
	document_test_hook = NULL;
	memset(disturbances, 0, sizeof(disturbances));
	*state = fx = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	int failed = remove_folder((void **)&f->folder);

	document_test_hook = NULL;
	entries_free(&f->entries);
	free(f->d.seen);
	free(f->path);
	free(f->last_good);
	free(f->map);
	free(f);
	return failed;
}

/* An analyzed file of ours. */
static struct entry *add_file(struct fixture *f, const char *path)
{
	struct entry *e = entries_add(&f->entries);

	e->path = xstrdup(path);
	e->size = 1000;
	e->artist = xstrdup("Artist");
	e->title = xstrdup(path);
	e->analyzed = true;
	e->analyzed_at = 1767225600;
	e->analysis = (struct analysis){ .bpm = 124, .bpm_confidence = 0.9,
		.key = "A minor", .camelot = "8A", .energy = 6,
		.duration = 200 };
	return e;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0664);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

/* As if there had been no merge before. */
static void forget(struct fixture *f)
{
	free(f->d.seen);
	f->d.seen = NULL;
}

static char *read_text(const char *path)
{
	struct buf out = BUF_INIT;

	assert_int_equal(file_read(path, 1 << 26, &out), 0);
	buf_putc(&out, '\0');
	return buf_take(&out);
}

static enum outcome merge(struct fixture *f)
{
	f->ids = 0;
	f->error.text[0] = '\0';
	return document_merge(&f->d, &f->r, &f->error);
}

/* Merges and returns the document; the caller frees it. */
static char *merged(struct fixture *f)
{
	enum outcome o = merge(f);

	if (o != DONE)
		fail_msg("%s: %s", outcome_name(o), f->error.text);
	return read_text(f->path);
}

static size_t count_names(const char *folder, const char *part)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	size_t n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += strstr(e->d_name, part) != NULL;
	if (d != NULL)
		closedir(d);
	return n;
}

/* A guard copy may be there: it stays until the next merge. */
static void assert_nothing_is_left(const struct fixture *f)
{
	assert_int_equal(count_names(f->folder, ".likesync-"),
	    count_names(f->folder, ".likesync-seen"));
	assert_int_equal(count_names(f->folder, ".kept-"), 0);
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no %s in %s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("%s in %s", part, text);
}

static size_t count_entries(const char *text)
{
	struct error error;
	struct json *v = json_parse(text, strlen(text), &error);
	size_t n;

	if (v == NULL)
		fail_msg("%s: %s", error.text, text);
	n = json_count(json_get(v, "tracks"));
	json_free(v);
	return n;
}

static void assert_document_has(const struct fixture *f, const char *part)
{
	char *text = read_text(f->path);

	assert_has(text, part);
	free(text);
}

/* ---- what gets into it ---- */

static void a_missing_document_is_created_with_all_files(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	add_file(f, "b/c.flac");
	add_file(f, "not-analyzed.mp3")->analyzed = false;
	text = merged(f);
	assert_has(text, "{\n  \"generatedAt\": \"20");
	assert_has(text, "\"source\": \"likesync\",\n  \"totalFiles\": 2,\n");
	assert_has(text, "\"tracks\": [\n    {\n      \"id\": \"track_1");
	assert_has(text, "\"filePath\": \"/music/b/c.flac\"");
	assert_has(text, "    }\n  ]\n}\n");
	assert_int_equal(count_entries(text), 2);
	assert_true(f->r.written && f->r.read);
	assert_int_equal(f->r.added, 2);
	assert_int_equal(f->r.ours, 2);
	assert_int_equal(f->r.bytes, strlen(text));
	assert_int_equal(f->ids, 2);
	assert_has(text, f->entries.items[0].doc_id);
	assert_nothing_is_left(f);
	free(text);
}

static void without_entries_no_document_is_created(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(merge(f), DONE);
	assert_false(f->r.written);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.read);
}

static void an_unchanged_document_is_not_read(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	assert_int_equal(merge(f), DONE);
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.read || f->r.written);
	assert_int_equal(f->r.entries, 1);
	assert_int_equal(f->r.ours, 1);
	f->salt++;
	assert_int_equal(merge(f), DONE);
	assert_true(f->r.read);
	assert_false(f->r.written);
	assert_int_equal(f->ids, 0);	/* known */
}

static void a_write_by_another_program_is_noticed(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	assert_int_equal(merge(f), DONE);
	write_text(f->path, "{\"tracks\":[{\"id\":\"theirs\"}]}");
	text = merged(f);
	assert_has(text, "{\"id\":\"theirs\"},{\"id\":\"");
	assert_has(text, f->entries.items[0].doc_id);	/* as it was */
	free(text);
}

static void new_entries_are_laid_out_like_the_others(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	write_text(f->path, "{\"tracks\": [{\"id\": 1}, {\"id\": 2}]}");
	text = merged(f);
	assert_has(text, "{\"id\": 2}, {\"id\":\"track_");
	assert_has(text, "}]}");
	free(text);
	write_text(f->path, "{\n  \"tracks\": [\n    {\n      \"id\": 1\n"
	    "    }\n  ]\n}");
	text = merged(f);
	assert_has(text, "\"id\": 1\n    },\n    {\n      \"id\": \"track_");
	assert_has(text, "\n    }\n  ]\n}");
	free(text);
	forget(f);
	write_text(f->path, "{\n  \"tracks\": []\n}\n");
	text = merged(f);
	assert_has(text, "\"tracks\": [\n    {\n      \"id\": \"track_");
	assert_has(text, "\n    }\n  ]\n}\n");
	free(text);
	write_text(f->path, "{\"tracks\":[\n{\"id\":1},\n{\"id\":2}\n]}");
	text = merged(f);
	assert_has(text, "{\"id\":2},\n{\"id\":\"track_");
	assert_has(text, "}\n]}");
	free(text);
}

static void the_totals_at_the_top_are_updated(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	write_text(f->path, "{ \"totalFiles\" : 7,\"machine\":{\"totalFiles\""
	    ":1},\"tracks\":[{\"analyzedAt\":\"x\"},{}],\"analyzedTracks\":0,"
	    "\"generatedAt\" : null\t, \"source\":\"mik\" }\r\n");
	text = merged(f);
	assert_has(text, "{ \"totalFiles\" : 3,\"machine\":{\"totalFiles\":1}"
	    ",\"tracks\":[");
	assert_has(text, "],\"analyzedTracks\":2,\"generatedAt\" : \"20");
	assert_has(text, "Z\"\t, \"source\":\"mik\" }\r\n");
	free(text);
}

static void only_our_entry_of_a_removed_file_is_removed(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3")->analyzed = false;
	write_text(f->path, "{\"tracks\":[\n"
	    "{\"filePath\":\"/music/gone\",\"analyzerVersion\":\"likesync/1\"}"
	    ",\n\t{\"filePath\":\"/music/gone\",\"analyzerVersion\":\"x\"},"
	    "{\"filePath\":\"/music/gone\",\"analyzerVersion\":\"likesync/1\"}"
	    ",  {\"odd\":1}]}");
	text = merged(f);
	assert_string_equal(text, "{\"tracks\":[\n{\"filePath\":"
	    "\"/music/gone\",\"analyzerVersion\":\"x\"},  {\"odd\":1}]}");
	assert_int_equal(f->r.removed, 2);
	free(text);
	write_text(f->path, "{\"tracks\":[ "
	    "{\"filePath\":\"/music/gone\",\"analyzerVersion\":\"likesync/1\"}"
	    " ]}");
	text = merged(f);
	assert_string_equal(text, "{\"tracks\":[ ]}");
	free(text);
}

static void our_entry_is_removed_where_another_program_has_one(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3")->analyzed = false;
	write_text(f->path, "{\"tracks\":["
	    "{\"id\":\"1\",\"filePath\":\"/music/a.mp3\","
	    "\"analyzerVersion\":\"likesync/1\"},"
	    "{\"id\":\"2\",\"filePath\":\"/music/a.mp3\",\"bpmConfidence\":1},"
	    "{\"id\":\"3\",\"filePath\":\"/music/a.mp3\",\"bpmConfidence\":1},"
	    "{\"id\":\"4\",\"filePath\":\"/music/a.mp3\","
	    "\"analyzerVersion\":\"likesync/1\"}]}");
	text = merged(f);
	assert_string_equal(text, "{\"tracks\":["
	    "{\"id\":\"2\",\"filePath\":\"/music/a.mp3\",\"bpmConfidence\":1},"
	    "{\"id\":\"3\",\"filePath\":\"/music/a.mp3\",\"bpmConfidence\":1}]"
	    "}");
	assert_string_equal(f->entries.items[0].doc_id, "2");
	free(text);
}

static void a_moved_file_is_followed_by_its_id(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "new/a.mp3")->doc_id = xstrdup("track_1_a");
	add_file(f, "new/b.mp3")->doc_id = xstrdup("track_1_b");
	add_file(f, "new/c.mp3")->doc_id = xstrdup("track_1_c");
	write_text(f->path, "{\"tracks\":["
	    "{\"id\":\"track_1_a\",\"filePath\":\"/music/a.mp3\",\"x\":1,"
	    "\"analyzerVersion\":\"likesync/1\"},"
	    "{\"id\":\"track_1_b\",\"filePath\":\"/music/b.mp3\",\"x\":2},"
	    "{\"id\":\"track_1_c\",\"filePath\":\"/music/c.mp3\","
	    "\"bpmConfidence\":1}]}");
	text = merged(f);
	assert_has(text, "\"track_1_a\",\"filePath\":\"/music/new/a.mp3\"");
	assert_has(text, "\"track_1_b\",\"filePath\":\"/music/new/b.mp3\"");
	assert_has(text, "\"track_1_c\",\"filePath\":\"/music/c.mp3\",\"bpmC");
	assert_int_equal(f->r.moved, 2);
	/* What was paid for is not touched, so the file needs another. */
	assert_int_equal(f->r.added, 1);
	assert_string_not_equal(f->entries.items[2].doc_id, "track_1_c");
	free(text);
}

static void files_whose_names_are_not_utf8_are_found(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "caf\xe9.mp3")->analyzed = false;
	add_file(f, "raw\xe9.mp3")->analyzed = false;
	write_text(f->path, "{\"tracks\":["
	    "{\"id\":\"1\",\"filePath\":\"\\/music\\/caf\\udce9.mp3\","
	    "\"fileSize\":9,\"artist\":\"A\",\"title\":\"\\udc00\\ud800\"},"
	    "{\"id\":\"2\",\"filePath\":\"/music/raw\xe9.mp3\","
	    "\"fileSize\":9,\"artist\":\"A\",\"title\":\"T\"}]}");
	text = merged(f);
	assert_false(f->r.written);
	assert_string_equal(f->entries.items[0].doc_id, "1");
	assert_string_equal(f->entries.items[1].doc_id, "2");
	free(text);
}

static void a_link_to_the_document_stays_a_link(void **state)
{
	struct fixture *f = *state;
	char *link_path = path_join(f->folder, "link.json");
	struct stat st;

	add_file(f, "a.mp3");
	assert_int_equal(symlink("doc.json", link_path), 0);
	f->d.path = link_path;
	assert_int_equal(merge(f), DONE);	/* nothing there yet */
	add_file(f, "b.mp3");
	assert_int_equal(merge(f), DONE);
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_document_has(f, "/music/b.mp3");
	f->d.path = f->path;
	free(link_path);
}

static void mode_and_owner_stay_the_same(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	add_file(f, "a.mp3");
	write_text(f->path, "{\"tracks\":[]}");
	assert_int_equal(chmod(f->path, 0626), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(f->path, 12, 34), 0);
	assert_int_equal(merge(f), DONE);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0626);
	assert_true(geteuid() != 0 || (st.st_uid == 12 && st.st_gid == 34));
}

static void a_copy_of_the_last_good_document_is_kept(void **state)
{
	struct fixture *f = *state;
	char *text, *copy;

	add_file(f, "a.mp3");
	text = merged(f);
	copy = read_text(f->last_good);
	assert_string_equal(text, copy);
	free(copy);
	unlink(f->last_good);
	f->salt++;
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.written);
	copy = read_text(f->last_good);
	assert_string_equal(text, copy);
	free(copy);
	free(text);
}

static void make_old(const char *path)
{
	const struct timespec then[2] = { { .tv_sec = 1767225600 },
		{ .tv_sec = 1767225600 } };

	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

static void assert_last_good_is(const struct fixture *f, const char *text)
{
	char *copy = read_text(f->last_good);

	assert_string_equal(copy, text);
	free(copy);
}

/* It costs nothing, and lacks a few new entries of ours at most. */
static void the_document_that_was_replaced_is_the_last_good_one(void **state)
{
	struct fixture *f = *state;
	char *first, *second, *third;

	add_file(f, "a.mp3");
	first = merged(f);
	for (unsigned i = 0; i < 10; i++) {
		char name[32];

		snprintf(name, sizeof(name), "few-%u.mp3", i);
		add_file(f, name);
	}
	second = merged(f);
	assert_last_good_is(f, first);
	for (unsigned i = 0; i < 11; i++) {
		char name[32];

		snprintf(name, sizeof(name), "many-%u.mp3", i);
		add_file(f, name);
	}
	third = merged(f);
	assert_last_good_is(f, third);
	add_file(f, "b.mp3");
	make_old(f->path);
	assert_int_equal(merge(f), DONE);
	assert_last_good_is(f, third);
	assert_nothing_is_left(f);
	free(first);
	free(second);
	free(third);
}

/* ---- any document at all ---- */

static uint32_t dice;

static uint32_t roll(uint32_t sides)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % sides;
}

static const char *pick(const char *const *list, size_t n)
{
	return list[roll((uint32_t)n)];
}
#define PICK(list) pick(list, sizeof(list) / sizeof(*(list)))

static void put_blank(struct buf *out)
{
	static const char *const blanks[] = { "", "", "", " ", "\n    ",
		"\t", "\r\n", "  " };

	buf_puts(out, PICK(blanks));
}

static void put_anything(struct buf *out, int depth)
{
	static const char *const values[] = { "0", "-1.50", "1e3", "true",
		"null", "\"\"", "\"x\"", "\"\\u00e9\\udce9\"", "\"\xe9\xff\"",
		"\"\\\"],}{[\\\\\"", "\"\xf0\x9f\x8e\xb5\"", "[]", "{ }",
		"123456789012345678901234567890" };
	uint32_t n = roll(4);

	if (depth > 3 || roll(3) > 0) {
		buf_puts(out, PICK(values));
		return;
	}
	buf_putc(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		put_blank(out);
		put_anything(out, depth + 1);
		put_blank(out);
		buf_puts(out, i + 1 < n ? "," : "");
	}
	buf_putc(out, ']');
}

static void put_member(struct buf *out, const char *name, const char *value)
{
	if (out->data[out->len - 1] != '{')
		buf_putc(out, ',');
	put_blank(out);
	buf_printf(out, "\"%s\"", name);
	put_blank(out);
	buf_putc(out, ':');
	put_blank(out);
	if (value != NULL)
		buf_puts(out, value);
	else
		put_anything(out, 0);
	put_blank(out);
}

enum { STRANGE, PAID_FOR, THEIRS, OURS };

/* A random entry. Only in the last two kinds anything may change. */
static int put_entry(struct buf *out)
{
	static const char *const names[] = { "odd", "mixPoints", "\\u0061",
		"segments", "", "uploadedAt", "x y" };
	static const char *const keys[] = { "\"Unknown\"", "\"A minor\"",
		"null", "\"\"", "17" };
	static const char *const numbers[] = { "0", "120.50", "null", "-3" };
	int kind = (int)roll(4);
	char path[64];

	char id[64];

	buf_putc(out, '{');
	snprintf(path, sizeof(path), "\"/music/%u.mp3\"", roll(30));
	snprintf(id, sizeof(id), "\"track_1_%u\"", roll(30));
	if (kind != STRANGE && roll(3) > 0)
		put_member(out, "id", id);
	while (roll(3) > 0)
		put_member(out, PICK(names), NULL);
	if (kind != STRANGE)
		put_member(out, "filePath", path);
	if (kind == PAID_FOR)
		put_member(out, "bpmConfidence", "1.0");
	while (roll(2) > 0)
		put_member(out, "bpm", PICK(numbers));
	if (roll(2) > 0)
		put_member(out, "key", PICK(keys));
	if (roll(2) > 0)
		put_member(out, "energy", PICK(numbers));
	if (kind == OURS)
		put_member(out, "analyzerVersion", "\"likesync/9\"");
	while (roll(3) > 0)
		put_member(out, PICK(names), NULL);
	buf_putc(out, '}');
	return kind;
}

/* The untouchable entries of a random document, in their order. */
struct treasure {
	char *text[64];
	size_t count;
};

static void put_document(struct buf *out, struct treasure *t)
{
	uint32_t n = roll(12);

	t->count = 0;
	buf_puts(out, "{");
	while (roll(2) > 0)
		put_member(out, roll(2) > 0 ? "machine" : "totalFiles", NULL);
	if (out->data[out->len - 1] != '{')
		buf_putc(out, ',');
	put_blank(out);
	buf_puts(out, "\"tracks\"");
	put_blank(out);
	buf_puts(out, ":[");
	for (uint32_t i = 0; i < n; i++) {
		struct buf entry = BUF_INIT;

		put_blank(out);
		if (put_entry(&entry) <= PAID_FOR)
			t->text[t->count++] = xstrdup(entry.data);
		buf_append(out, entry.data, entry.len);
		put_blank(out);
		buf_puts(out, i + 1 < n ? "," : "");
		buf_free(&entry);
	}
	put_blank(out);
	buf_putc(out, ']');
	while (roll(2) > 0)
		put_member(out, "generatedAt", NULL);
	buf_puts(out, "}");
	put_blank(out);
}

static void assert_treasure_is_there(const struct treasure *t,
    const char *text)
{
	for (size_t i = 0; i < t->count; i++) {
		const char *at = strstr(text, t->text[i]);

		if (at == NULL)
			fail_msg("%s is lost in %s", t->text[i], text);
		text = at + strlen(t->text[i]);
	}
}

static void entries_of_others_never_change(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%u.mp3", i);
		add_file(f, name)->analyzed = i % 5 != 0;
	}
	for (uint32_t seed = 1; seed <= 400;
	    seed += under_valgrind_every(10)) {
		struct buf doc = BUF_INIT;
		struct treasure t;
		char *text, *again;

		dice = seed;
		put_document(&doc, &t);
		write_text(f->path, doc.data);
		forget(f);
		text = merged(f);
		assert_treasure_is_there(&t, text);
		assert_int_equal(count_entries(text), f->r.entries);
		again = merged(f);
		if (f->r.written)
			fail_msg("seed %u: %s became %s", seed, text, again);
		assert_string_equal(text, again);
		for (size_t i = 0; i < t.count; i++)
			free(t.text[i]);
		free(text);
		free(again);
		buf_free(&doc);
	}
	assert_nothing_is_left(f);
}

/* What a run may find after the last one: files changed, moved, gone, new. */
static void edit_library(struct fixture *f)
{
	for (uint32_t n = roll(4) + 1; n > 0; n--) {
		size_t i = roll((uint32_t)f->entries.count);
		struct entry *e = &f->entries.items[i];
		char name[32];

		snprintf(name, sizeof(name), "%u.mp3", roll(40));
		switch (roll(4)) {
		case 0:
			e->analyzed = true;
			e->analyzed_at += 60;
			e->analysis.bpm = 100 + roll(40);
			break;
		case 1:
			if (get_file(f, name) == NULL)
				str_replace(&e->path, name);
			break;
		case 2:
			if (get_file(f, name) == NULL)
				add_file(f, name);
			break;
		case 3:
			if (f->entries.count > 5) {
				entry_free(e);
				*e = f->entries.items[--f->entries.count];
			}
			break;
		}
	}
}

/* Times and the random part of new ids are replaced by as many x. */
static void blank_out(char *text)
{
	for (char *at = text; (at = strstr(at, "\"track_1")) != NULL; at++)
		for (char *c = at + 8; *c != '"'; c++)
			if (strlen(at) > 8 && at[8] != '_')
				*c = 'x';
	for (char *at = text; (at = strstr(at, "generatedAt")) != NULL; at++)
		for (char *c = at + 12; *c != '\0' && *c != '}'; c++)
			if (c[0] == 'Z' && c[1] == '"')
				memset(c - 19, 'x', 19);
}

static char *merged_without_map(struct fixture *f)
{
	unlink(f->map);
	f->salt++;
	return merged(f);
}

/* The ids that the files had, so that a merge can be made twice. */
static char **take_ids(const struct fixture *f)
{
	char **ids = xcalloc(f->entries.count, sizeof(*ids));

	for (size_t i = 0; i < f->entries.count; i++)
		ids[i] = xstrdup(f->entries.items[i].doc_id);
	return ids;
}

static void give_back_ids(struct fixture *f, char **ids)
{
	for (size_t i = 0; i < f->entries.count; i++) {
		free(f->entries.items[i].doc_id);
		f->entries.items[i].doc_id = ids[i];
	}
	free(ids);
}

/* Once with the map and once without, from the same document; the same comes
 * of it, and is whole. */
static void merge_both_ways(struct fixture *f, uint32_t seed)
{
	char *before = read_text(f->path), *spliced, *streamed, *again;
	char **ids = take_ids(f);
	struct document_report r;

	spliced = merged(f);
	f->files.each_changed = NULL;
	r = f->r;
	assert_true(r.by_map || !r.read);
	assert_int_equal(count_entries(spliced), r.entries);
	again = merged(f);
	assert_string_equal(spliced, again);
	free(again);
	f->salt++;
	again = merged(f);
	assert_true(f->r.by_map);
	assert_string_equal(spliced, again);
	free(again);
	give_back_ids(f, ids);
	write_text(f->path, before);
	streamed = merged_without_map(f);
	assert_false(f->r.by_map);
	blank_out(spliced);
	blank_out(streamed);
	if (strcmp(spliced, streamed) != 0)
		fail_msg("seed %u: of %s came %s, and by the map %s", seed,
		    before, streamed, spliced);
	r.by_map = false;
	r.read = true;
	if (r.written)
		assert_memory_equal(&r, &f->r, sizeof(r));
	free(before);
	free(spliced);
	free(streamed);
}

/* A made-up document, into which so many files are merged. */
static void begin_at_random(struct fixture *f, uint32_t seed, unsigned files)
{
	struct buf doc = BUF_INIT;
	struct treasure t;

	dice = seed;
	entries_free(&f->entries);
	for (unsigned i = 0; i < files; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%u.mp3", i);
		add_file(f, name)->analyzed = i % 5 != 0;
	}
	put_document(&doc, &t);
	write_text(f->path, doc.data);
	forget(f);
	assert_int_equal(merge(f), DONE);
	for (size_t i = 0; i < t.count; i++)
		free(t.text[i]);
	buf_free(&doc);
}

static void a_merge_by_the_map_writes_what_a_stream_does(void **state)
{
	struct fixture *f = *state;

	for (uint32_t seed = 1; seed <= 300;
	    seed += under_valgrind_every(10)) {
		begin_at_random(f, seed, 20);
		for (int n = 0; n < 3; n++) {
			edit_library(f);
			merge_both_ways(f, seed);
		}
	}
	assert_nothing_is_left(f);
}

/* The file is as long as before, so only a hash can tell. */
static void flip_a_byte(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char c = 0;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	c = (char)(c ^ 1);
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

/* Files come and change, and some are named although they have not. */
static void change_library(struct fixture *f)
{
	memset(f->changed, 0, sizeof(f->changed));
	for (uint32_t n = roll(4) + 1; n > 0; n--) {
		size_t i = roll((uint32_t)f->entries.count);
		char name[32];

		snprintf(name, sizeof(name), "%u.mp3", roll(40));
		f->changed[i] = true;
		if (roll(3) == 0) {
			str_replace(&f->entries.items[i].spotify_id,
			    "4uLU6hMCjMI75M1A2tKUQC");
		} else if (roll(2) == 0) {
			f->entries.items[i].analyzed = true;
			f->entries.items[i].analyzed_at += 60;
			f->entries.items[i].analysis.bpm = 100 + roll(40);
		} else if (get_file(f, name) == NULL) {
			f->changed[f->entries.count] = true;
			add_file(f, name);
		}
	}
}

static void the_changed_files_suffice_for_a_merge(void **state)
{
	struct fixture *f = *state;
	size_t partial = 0, merges = 0;

	for (uint32_t seed = 1; seed <= 300;
	    seed += under_valgrind_every(10)) {
		begin_at_random(f, seed, 15);
		for (int n = 0; n < 3; n++) {
			change_library(f);
			f->files.each_changed = each_changed_file;
			f->listings = 0;
			free(merged(f));
			partial += f->listings == 0;
			merges++;
			change_library(f);
			merge_both_ways(f, seed);
		}
	}
	assert_in_range(partial, 2 * merges / 3, merges);
	assert_nothing_is_left(f);
}

static void all_files_are_asked_for_if_changed_ones_do_not_suffice(
    void **state)
{
	struct fixture *f = *state;
	char *text;

	for (int i = 0; i < 3; i++)
		add_file(f, i == 0 ? "a.mp3" : i == 1 ? "b.mp3" : "c.mp3");
	free(merged(f));
	f->files.each_changed = each_changed_file;
	f->changed[1] = true;
	f->entries.items[1].analysis.bpm = 99;
	f->entries.items[1].analyzed_at += 60;
	f->listings = 0;
	text = merged(f);
	assert_has(text, "99");
	assert_int_equal(f->listings, 0);
	free(text);
	/* Without a map. */
	unlink(f->map);
	f->entries.items[1].analysis.bpm = 98;
	f->entries.items[1].analyzed_at += 60;
	text = merged(f);
	assert_has(text, "98");
	assert_int_equal(f->listings, 1);
	/* Another program has dropped all entries. */
	free(text);
	write_text(f->path, "{\"tracks\": []}");
	f->d.wait_ms = 0;
	merge(f);
	assert_int_equal(f->listings, 2);
}

static void a_map_that_does_not_fit_is_not_used(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char *text;

	add_file(f, "a.mp3");
	add_file(f, "b.mp3");
	assert_int_equal(merge(f), DONE);
	assert_int_equal(stat(f->map, &st), 0);
	for (off_t at = 0; at < st.st_size; at += 7) {
		f->salt++;
		flip_a_byte(f->map, at);
		assert_int_equal(merge(f), DONE);
		assert_false(f->r.by_map || f->r.written);
		f->salt++;
		assert_int_equal(merge(f), DONE);
		assert_true(f->r.by_map);
	}
	f->salt++;
	assert_int_equal(truncate(f->map, st.st_size - 1), 0);
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.by_map);
	f->salt++;
	f->d.root = "/elsewhere";
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.by_map);
	f->salt++;
	text = read_text(f->path);
	write_text(f->path, text);
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.by_map);
	free(text);
}

static void of_two_files_with_one_id_the_second_gets_another(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3")->doc_id = xstrdup("track_1_a");
	add_file(f, "b.mp3")->doc_id = xstrdup("track_1_a");
	text = merged(f);
	assert_int_equal(f->r.added, 2);
	assert_string_equal(f->entries.items[0].doc_id, "track_1_a");
	assert_string_not_equal(f->entries.items[1].doc_id, "track_1_a");
	free(text);
}

static void an_entry_over_16_mb_is_copied_unchanged(
    void **state)
{
	struct fixture *f = *state;
	size_t len = 17u << 20;
	char *wave = xmalloc(len + 1), *doc, *text;

	memset(wave, 'w', len);
	wave[len] = '\0';
	add_file(f, "a.mp3");
	doc = xasprintf("{\"tracks\":[{\"filePath\":\"/music/a.mp3\","
	    "\"wave\":\"%s\"},{\"analyzerVersion\":\"likesync/1\"}]}", wave);
	write_text(f->path, doc);
	text = merged(f);
	assert_int_equal(f->r.filled, 0);
	assert_int_equal(f->r.removed, 1);
	assert_int_equal(strncmp(text, doc, len), 0);
	assert_int_equal(strlen(text), strlen("{\"tracks\":[{\"filePath\":"
	    "\"/music/a.mp3\",\"wave\":\"\"}]}") + len);
	free(wave);
	free(doc);
	free(text);
}

/* ---- half-written ---- */

/* What nobody of ours reads may be nested as its writer likes. */
static void deeply_nested_fields_of_others_survive(void **state)
{
	static const int depths[] = { 63, 64, 65, 100000 };
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	for (size_t i = 0; i < sizeof(depths) / sizeof(*depths); i++) {
		size_t depth = (size_t)depths[i];
		char *deep = xcalloc(1, 2 * depth + 1), *before, *text, *at;

		memset(deep, '[', depth);
		memset(deep + depth, ']', depth);
		before = xasprintf("{\"x\":%s,\"tracks\":[{\"filePath\":"
		    "\"/music/a.mp3\",\"y\":%s},{\"z\":[{\"q\":%s}]}]}",
		    deep, deep, deep);
		write_text(f->path, before);
		text = merged(f);
		assert_has(text, "\"bpm\":");
		at = text;
		for (int n = 0; n < 3; n++) {
			at = strstr(at, deep);
			assert_non_null(at);
			at += 2 * depth;
		}
		free(deep);
		free(before);
		free(text);
	}
}

/* "tracks" and a NUL is another name; a path with a NUL is no file's. */
static void names_are_compared_to_their_end(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	write_text(f->path, "{\"tracks\\u0000\":[7],\"tracks\":["
	    "{\"filePath\":\"/music/a.mp3\\u0000.txt\",\"bpm\\u0000\":1}]}");
	text = merged(f);
	assert_has(text, "{\"tracks\\u0000\":[7],\"tracks\":["
	    "{\"filePath\":\"/music/a.mp3\\u0000.txt\",\"bpm\\u0000\":1}");
	assert_has(text, "\"/music/a.mp3\"");
	assert_int_equal(f->r.added, 1);
	free(text);
}

static void a_missing_last_good_copy_is_not_offered(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, "{\"tracks\":[]}x");
	f->d.wait_ms = 0;
	assert_int_equal(merge(f), RUN_FAILED);
	assert_null(strstr(f->error.text, f->last_good));
	assert_has(f->error.text, "Move it away");
}

static void a_broken_document_is_left_alone(void **state)
{
	static const char *const broken[] = { "", "{\"tracks\":[{\"id\":\"1\"",
		"{\"tracks\":{}}", "{\"tracks\":[]}x", "[]", "{}",
		"{\"tracks\":[],\"tracks\":[]}" };
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	assert_int_equal(merge(f), DONE);
	f->d.wait_ms = 0;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		char *text, *note = xstrdup(f->d.seen);

		write_text(f->path, broken[i]);
		assert_int_equal(merge(f), RUN_FAILED);
		assert_has(f->error.text, f->path);
		assert_has(f->error.text, f->last_good);
		text = read_text(f->path);
		assert_string_equal(text, broken[i]);
		assert_string_equal(f->d.seen, note);
		free(text);
		free(note);
	}
	assert_int_equal(count_names(f->folder, "last-good"), 1);
	assert_nothing_is_left(f);
}

static void an_empty_file_on_first_contact_is_filled(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, " \n");
	f->d.wait_ms = 0;
	assert_int_equal(merge(f), DONE);
	assert_document_has(f, "/music/a.mp3");
	assert_nothing_is_left(f);
}

static char *many(size_t n)
{
	struct buf out = BUF_INIT;

	buf_puts(&out, "{\"tracks\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s{\"id\":\"%zu\"}", i > 0 ? "," : "", i);
	buf_puts(&out, "]}");
	return buf_take(&out);
}

static void a_shrunken_document_is_left_alone_unless_confirmed(void **state)
{
	struct fixture *f = *state;
	char *all = many(100), *most = many(85), *half = many(50);

	add_file(f, "a.mp3");
	write_text(f->path, all);
	assert_int_equal(merge(f), DONE);
	write_text(f->path, most);
	assert_int_equal(merge(f), DONE);
	assert_int_equal(f->r.entries, 86);
	f->d.wait_ms = 0;
	write_text(f->path, half);
	assert_int_equal(merge(f), RUN_FAILED);
	assert_has(f->error.text, "50 entries");
	assert_int_equal(unlink(f->last_good), 0);
	assert_int_equal(merge(f), DONE);
	assert_int_equal(f->r.entries, 51);
	free(all);
	free(most);
	free(half);
}

/* How the next run finds a document that had `before` entries, ours included,
 * and has now so many. */
static enum outcome merge_shrunken(struct fixture *f, size_t before,
    size_t now)
{
	char *all = many(before - 1), *rest = many(now);
	enum outcome o;

	unlink(f->last_good);
	write_text(f->path, all);
	assert_int_equal(merge(f), DONE);
	assert_int_equal(f->r.entries, before);
	write_text(f->path, rest);
	f->d.wait_ms = 0;
	o = merge(f);
	free(all);
	free(rest);
	return o;
}

static void ten_entries_or_a_fifth_of_them_may_go(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	assert_int_equal(merge_shrunken(f, 100, 80), DONE);
	assert_int_equal(merge_shrunken(f, 100, 79), RUN_FAILED);
	assert_int_equal(merge_shrunken(f, 40, 30), DONE);
	assert_int_equal(merge_shrunken(f, 40, 29), RUN_FAILED);
}

static void a_document_without_our_newest_entries_is_complete(void **state)
{
	struct fixture *f = *state;
	char name[32];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d.mp3", i);
		add_file(f, name);
	}
	write_text(f->path, "{\"tracks\":[{\"id\":\"x\"}]}");
	assert_int_equal(merge(f), DONE);
	assert_int_equal(f->r.added, 100);
	write_text(f->path, "{\"tracks\":[{\"id\":\"x\"}]}");
	f->d.wait_ms = 0;
	assert_int_equal(merge(f), DONE);
	assert_int_equal(f->r.added, 100);
}

static void at_moment(enum merge_step m)
{
	void (*now)(void) = disturbances[m];

	disturbances[m] = NULL;
	if (now != NULL)
		now();
}

static void disturb_at(enum merge_step m, void (*what)(void))
{
	disturbances[m] = what;
	document_test_hook = at_moment;
}

/* Another program: opens path and writes `first`; told to go on, `second`, and
 * closes. */
struct writer {
	pid_t pid;
	int go;			/* closed: it goes on */
};

static struct writer writer;

static void write_in_two(const char *path, int flags, const char *first,
    const char *second, int told, int go)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	char c;

	if (fd < 0 || file_write_all(fd, first, strlen(first)) != 0 ||
	    file_write_all(told, "x", 1) != 0 || read(go, &c, 1) != 0 ||
	    file_write_all(fd, second, strlen(second)) != 0)
		_exit(1);
	_exit(0);
}

static void start_writer(const char *path, int flags, const char *first,
    const char *second)
{
	int told[2], go[2];
	char c;

	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	writer.pid = fork();
	assert_true(writer.pid >= 0);
	if (writer.pid == 0) {
		close(go[1]);
		write_in_two(path, flags, first, second, told[1], go[0]);
	}
	close(told[1]);
	close(go[0]);
	assert_int_equal(read(told[0], &c, 1), 1);
	close(told[0]);
	writer.go = go[1];
}

static void let_writer_go(void)
{
	close(writer.go);
}

static void end_writer(void)
{
	int status;

	assert_int_equal(waitpid(writer.pid, &status, 0), writer.pid);
	assert_int_equal(status, 0);
}

static void kill_writer(void)
{
	assert_int_equal(kill(writer.pid, SIGKILL), 0);
	assert_int_equal(waitpid(writer.pid, NULL, 0), writer.pid);
	let_writer_go();
}

static void an_unfinished_write_is_waited_for(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	write_text(f->path, "{\"tracks\":[{\"id\":\"old\"}]}");
	start_writer(f->path, O_TRUNC, "{\"tracks\":[{\"id\":",
	    "\"theirs\"}]}");
	/* Its second half comes while we wait, as soon as it runs. */
	let_writer_go();
	text = merged(f);
	assert_has(text, "{\"id\":\"theirs\"},{\"id\":\"track_");
	end_writer();
	free(text);
}

static void a_document_that_vanished_is_waited_for_and_written_again(
    void **state)
{
	struct fixture *f = *state;
	int64_t began;

	add_file(f, "a.mp3");
	assert_int_equal(merge(f), DONE);
	unlink(f->path);
	f->d.wait_ms = 300;
	began = clock_mono_ms();
	assert_int_equal(merge(f), DONE);
	assert_true(clock_mono_ms() - began >= 300);
	assert_int_equal(f->r.added, 1);
	assert_document_has(f, "/music/a.mp3");
	assert_document_has(f, f->entries.items[0].doc_id);
}

/* ---- races ---- */

#define THEIRS "{\"machine\":1,\"tracks\":[{\"id\":\"theirs\"},{\"id\":\"t\"}]}"
#define BEFORE "{\"machine\":0,\"tracks\":[{\"id\":\"before\"}]}"

/* A document of which no merge has seen another. */
static void begin_anew(const struct fixture *f)
{
	char *guard = path_join(f->folder, ".doc.json.likesync-seen");

	unlink(guard);
	free(guard);
	write_text(f->path, BEFORE);
}

static void rewrite_in_place(void)
{
	write_text(fx->path, THEIRS);
}

static void rename_over(void)
{
	char *other = path_join(fx->folder, "other");

	write_text(other, THEIRS);
	assert_int_equal(rename(other, fx->path), 0);
	free(other);
}

static void remove_it(void)
{
	unlink(fx->path);
}

static void a_write_during_the_merge_is_merged_too(void **state)
{
	static void (*const ways[])(void) = { rewrite_in_place, rename_over };
	static const enum merge_step moments[] = { AFTER_READ, AFTER_WRITE,
		BEFORE_EXCHANGE };
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	for (size_t i = 0; i < 12; i++) {
		char *text;

		begin_anew(f);
		/* At rest, it is not hashed when it comes out unchanged. */
		if (i >= 6)
			make_old(f->path);
		disturb_at(moments[i % 3], ways[i / 3 % 2]);
		text = merged(f);
		assert_null(disturbances[moments[i % 3]]);
		assert_has(text, "{\"machine\":1,\"tracks\":[{\"id\":\"theirs\"}"
		    ",{\"id\":\"t\"},{\"id\":\"track_");
		assert_lacks(text, "before");
		assert_int_equal(f->r.merges, 2);
		assert_int_equal(f->r.added, 1);
		assert_nothing_is_left(f);
		free(text);
	}
}

static void bytes_other_than_those_that_were_read_are_not_written(
    void **state)
{
	struct fixture *f = *state;
	char *to = path_join(f->folder, "to");
	int fd = open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct copy copy = { .fd = -1 };
	struct file_table files;
	struct reading r;

	write_text(f->path, BEFORE);
	table_init(&files, &f->files, ROOT, NULL);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(reading_open(&r, f->path,
		    &(struct read_options){ .files = &files }, NULL), DONE);
		r.hash[0] = (uint8_t)(r.hash[0] ^ i);
		errno = 0;
		assert_int_equal(merge_write(&r, &files, fd, &copy), -i);
		assert_int_equal(errno, i == 0 ? 0 : EAGAIN);
		reading_close(&r);
	}
	table_free(&files);
	close(fd);
	free(to);
}

/* As rsync does with --inplace --times. */
static void rewrite_keeping_size_and_mtime(void)
{
	struct timespec times[2];
	struct stat st;

	assert_int_equal(stat(fx->path, &st), 0);
	times[0] = times[1] = st.st_mtim;
	write_text(fx->path, "{\"machine\":1,\"tracks\":[{\"id\":\"theirs\"}]}");
	assert_int_equal(utimensat(AT_FDCWD, fx->path, times, 0), 0);
}

static void a_write_that_keeps_size_and_mtime_is_found_by_its_hash(
    void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, rewrite_keeping_size_and_mtime);
	assert_int_equal(merge(f), DONE);
	assert_int_equal(f->r.merges, 2);
	assert_document_has(f, "{\"id\":\"theirs\"},{\"id\":\"track_");
}

static void a_change_of_ctime_alone_is_a_concurrent_write(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(AFTER_WRITE, rewrite_keeping_size_and_mtime);
	assert_int_equal(merge(f), DONE);
	assert_int_equal(f->r.merges, 2);
	assert_document_has(f, "{\"id\":\"theirs\"},{\"id\":\"track_");
}

static void a_write_after_the_exchange_is_found_by_the_next_run(
    void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(AFTER_EXCHANGE, rewrite_in_place);
	assert_int_equal(merge(f), DONE);
	text = merged(f);
	assert_true(f->r.read && f->r.written);
	assert_has(text, "{\"id\":\"t\"},{\"id\":\"track_");
	assert_nothing_is_left(f);
	free(text);
}

static void a_document_removed_before_the_exchange_is_written_again(
    void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, remove_it);
	assert_int_equal(merge(f), DONE);
	assert_document_has(f, "/music/a.mp3");
	assert_nothing_is_left(f);
}

static void a_document_created_meanwhile_is_not_replaced(
    void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	disturb_at(AFTER_WRITE, rewrite_in_place);
	assert_int_equal(merge(f), DONE);
	assert_document_has(f, "{\"id\":\"t\"},{\"id\":\"track_");
	assert_nothing_is_left(f);
}

/* Truncates, and is half way when the exchange comes. */
static void begin_slowly(void)
{
	start_writer(fx->path, O_TRUNC, "{\"machine\":1,\"tracks\":[{\"id\":",
	    "\"theirs\"},{\"id\":\"t\"}]}");
}

static void a_writer_between_two_writes_is_waited_for(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, begin_slowly);
	disturb_at(AFTER_EXCHANGE, let_writer_go);
	text = merged(f);
	end_writer();
	assert_has(text, "{\"machine\":1,\"tracks\":[{\"id\":\"theirs\"}"
	    ",{\"id\":\"t\"},{\"id\":\"track_");
	assert_lacks(text, "before");
	assert_int_equal(f->r.merges, 2);
	assert_nothing_is_left(f);
	free(text);
}

static void a_document_of_a_writer_that_died_is_set_aside(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	f->d.wait_ms = 200;
	disturb_at(BEFORE_EXCHANGE, begin_slowly);
	disturb_at(AFTER_EXCHANGE, kill_writer);
	assert_int_equal(merge(f), DONE);
	assert_document_has(f, "{\"id\":\"before\"},{\"id\":\"track_");
	assert_int_equal(count_names(f->folder, ".likesync-"), 0);
	assert_int_equal(count_names(f->folder, "doc.kept-"), 1);
}

/* Has it open, and has not written yet. */
static void open_only(void)
{
	start_writer(fx->path, 0, "", THEIRS);
}

static void a_writer_that_only_has_it_open_is_waited_for(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, open_only);
	disturb_at(AFTER_EXCHANGE, let_writer_go);
	assert_int_equal(merge(f), DONE);
	end_writer();
	assert_document_has(f, "{\"id\":\"t\"},{\"id\":\"track_");
	assert_nothing_is_left(f);
}

static void a_writer_slower_than_the_wait_is_merged_by_the_next_run(
    void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	f->d.wait_ms = 200;
	disturb_at(BEFORE_EXCHANGE, open_only);
	assert_int_equal(merge(f), DONE);
	assert_document_has(f, "{\"id\":\"before\"},{\"id\":\"track_");
	assert_int_equal(count_names(f->folder, ".likesync-"), 1);
	assert_int_equal(merge(f), DONE);	/* still open */
	assert_int_equal(count_names(f->folder, ".likesync-"), 1);
	let_writer_go();
	end_writer();
	assert_int_equal(merge(f), DONE);
	assert_document_has(f, "{\"id\":\"t\"},{\"id\":\"track_");
	assert_nothing_is_left(f);
}

static void rewrite_after_slow_one(void)
{
	let_writer_go();
	end_writer();
	write_text(fx->path, "{\"tracks\":[{\"id\":\"third\"}]}");
}

static void documents_of_two_concurrent_writers_are_both_kept(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, begin_slowly);
	disturb_at(AFTER_EXCHANGE, rewrite_after_slow_one);
	assert_int_equal(merge(f), DONE);
	assert_document_has(f, "{\"id\":\"third\"},{\"id\":\"track_");
	assert_int_equal(count_names(f->folder, "doc.kept-"), 1);
	assert_int_equal(count_names(f->folder, ".likesync-"), 0);
}

/* The files that were set aside and have part in them. */
static size_t count_kept_with(const struct fixture *f, const char *part)
{
	DIR *d = opendir(f->folder);
	const struct dirent *e;
	size_t n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char *path = path_join(f->folder, e->d_name);
		char *text = strstr(path, ".kept-") != NULL ?
		    read_text(path) : NULL;

		n += text != NULL && strstr(text, part) != NULL;
		free(text);
		free(path);
	}
	closedir(d);
	return n;
}

static void third_program_replaces(void)
{
	char *other = path_join(fx->folder, "other");

	write_text(other, "{\"tracks\":[{\"id\":\"third\"}]}");
	assert_int_equal(rename(other, fx->path), 0);
	free(other);
}

/* Ours has gone in, a newer one is about to be put back, and a third program
 * replaces ours: all three are there afterwards. */
static void a_document_written_while_another_is_put_back_is_kept(
    void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, rename_over);
	disturb_at(BEFORE_SWAP_BACK, third_program_replaces);
	assert_int_equal(merge(f), DONE);
	assert_null(disturbances[BEFORE_SWAP_BACK]);
	assert_document_has(f, "{\"id\":\"t\"},{\"id\":\"track_");
	assert_int_equal(count_kept_with(f, "third"), 1);
}

/* Another reads ours in the moment that it stands, and writes that back with
 * an entry of its own. */
static char *based_on_ours;

static void read_ours(void)
{
	char *text = read_text(fx->path);
	char *end = strrchr(text, ']');

	*end = '\0';
	based_on_ours = xasprintf("%s,{\"id\":\"late\"}]}", text);
	free(text);
}

static void write_ours_back_in_place(void)
{
	write_text(fx->path, based_on_ours);
	free(based_on_ours);
}

static void rename_ours_back(void)
{
	char *other = path_join(fx->folder, "other");

	write_text(other, based_on_ours);
	assert_int_equal(rename(other, fx->path), 0);
	free(based_on_ours);
	free(other);
}

static void entries_dropped_by_a_program_that_read_ours_are_kept(void **state)
{
	static void (*const ways[])(void) = { write_ours_back_in_place,
		rename_ours_back };
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	for (size_t i = 0; i < 2; i++) {
		write_text(f->path, BEFORE);
		disturb_at(BEFORE_EXCHANGE, rename_over);
		disturb_at(BEFORE_SWAP_BACK, read_ours);
		disturb_at(AFTER_SWAP_BACK, ways[i]);
		assert_int_equal(merge(f), DONE);
		assert_document_has(f, "{\"id\":\"late\"}");
		assert_int_equal(count_names(f->folder, "doc.kept-"), i + 1);
		assert_int_equal(count_names(f->folder, ".likesync-"), 0);
	}
}

static void entries_dropped_before_the_next_run_are_kept_by_it(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, rename_over);
	disturb_at(BEFORE_SWAP_BACK, read_ours);
	assert_int_equal(merge(f), DONE);
	assert_nothing_is_left(f);
	rename_ours_back();
	assert_int_equal(merge(f), DONE);
	assert_int_equal(count_names(f->folder, "doc.kept-"), 1);
	assert_int_equal(count_names(f->folder, ".likesync-"), 0);
}

static void without_a_lost_entry_the_next_run_removes_the_guard_copy(
    void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, rename_over);
	assert_int_equal(merge(f), DONE);
	assert_int_equal(count_names(f->folder, ".likesync-seen"), 1);
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.read);
	assert_int_equal(count_names(f->folder, ".likesync-"), 0);
	assert_nothing_is_left(f);
}

static void rewrite_always(enum merge_step m)
{
	static char rows[512];
	char text[600];

	if (m != BEFORE_EXCHANGE)
		return;
	snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows),
	    ",{\"id\":\"%zu\"}", strlen(rows));
	snprintf(text, sizeof(text), "{\"tracks\":[{\"id\":\"before\"}%s]}",
	    rows);
	write_text(fx->path, text);
}

static void a_document_that_keeps_changing_is_left_to_the_next_run(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	document_test_hook = rewrite_always;
	assert_int_equal(merge(f), RUN_LATER);
	assert_has(f->error.text, f->path);
	assert_int_equal(f->ids, 0);
	document_test_hook = NULL;
	assert_int_equal(merge(f), DONE);
	assert_nothing_is_left(f);
}

static void change_while_copied(enum merge_step m)
{
	if (m != AFTER_READ)
		return;
	document_test_hook = NULL;
	write_text(fx->path, "{\"machine\":0,\"tracks\":[{\"id\":\"beyond\"}]}");
}

static void a_document_that_changes_while_copied_is_read_again(void **state)
{
	struct fixture *f = *state;
	char *text;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	document_test_hook = change_while_copied;
	text = merged(f);
	assert_has(text, "{\"id\":\"beyond\"},{\"id\":\"track_");
	assert_int_equal(f->r.merges, 2);
	free(text);
}

/* ---- kills ---- */

static enum merge_step last_moment;

static void die_then(enum merge_step m)
{
	at_moment(m);
	if (m == last_moment)
		_exit(9);
}

/* Runs the merge in a process that ends at the given moment; false if that
 * moment did not come. */
static bool merge_and_die(struct fixture *f, enum merge_step m)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		last_moment = m;
		document_test_hook = die_then;
		_exit(merge(f) == DONE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	memset(disturbances, 0, sizeof(disturbances));
	document_test_hook = NULL;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 9;
}

static void killed_at_any_step_the_next_run_ends_the_same(void **state)
{
	struct fixture *f = *state;
	int kills = 0;

	add_file(f, "a.mp3");
	for (enum merge_step m = 0; m < N_MERGE_STEPS; m++) {
		char *text;

		write_text(f->path, BEFORE);
		kills += merge_and_die(f, m);
		text = merged(f);
		assert_has(text, "{\"machine\":0,\"tracks\":[{\"id\":"
		    "\"before\"},{\"id\":\"track_");
		assert_int_equal(count_entries(text), 2);
		assert_nothing_is_left(f);
		free(text);
	}
	assert_int_equal(kills, 5);
}

static void killed_during_a_race_the_other_writers_entries_survive(void **state)
{
	static void (*const ways[])(void) = { rewrite_in_place, rename_over };
	struct fixture *f = *state;
	int kills = 0;

	add_file(f, "a.mp3");
	for (enum merge_step m = 0; m < 2 * N_MERGE_STEPS; m++) {
		char *text;

		begin_anew(f);
		disturb_at(BEFORE_EXCHANGE, ways[m / N_MERGE_STEPS]);
		kills += merge_and_die(f, m % N_MERGE_STEPS);
		/* Before the exchange there was no other writer. */
		if (m % N_MERGE_STEPS < BEFORE_EXCHANGE)
			rewrite_in_place();
		text = merged(f);
		assert_has(text, "{\"machine\":1,\"tracks\":[{\"id\":\"theirs\"}"
		    ",{\"id\":\"t\"},{\"id\":\"track_");
		assert_int_equal(count_entries(text), 3);
		assert_nothing_is_left(f);
		free(text);
	}
	assert_int_equal(kills, 2 * N_MERGE_STEPS);
}

static void an_idle_run_finishes_what_a_killed_one_left(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	disturb_at(BEFORE_EXCHANGE, rewrite_in_place);
	assert_true(merge_and_die(f, AFTER_EXCHANGE));
	assert_int_equal(merge(f), DONE);
	assert_true(f->r.written);
	assert_document_has(f, "{\"id\":\"t\"},{\"id\":\"track_");
	assert_nothing_is_left(f);
}

/* ---- where it can't be done ---- */

/* Runs the merge as somebody who is not root; its outcome. */
static enum outcome merge_as_nobody(struct fixture *f, gid_t gid)
{
	int out[2];
	pid_t pid;
	int status;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		enum outcome o = RUN_FAILED;

		if (setgid(gid) == 0 && setuid(65534) == 0)
			o = merge(f);
		file_write_all(out[1], &f->error, sizeof(f->error));
		_exit((int)o);
	}
	assert_int_equal(read(out[0], &f->error, sizeof(f->error)),
	    sizeof(f->error));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(out[0]);
	close(out[1]);
	return (enum outcome)WEXITSTATUS(status);
}

static void a_missing_permission_is_reported_with_its_fix(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	/* The folder is closed. */
	assert_int_equal(chmod(f->folder, 0755), 0);
	assert_int_equal(chmod(f->path, 0666), 0);
	assert_int_equal(merge_as_nobody(f, 65534), RUN_CONFIG);
	assert_has(f->error.text, "nobody");
	/* The file is closed. */
	assert_int_equal(chmod(f->folder, 0777), 0);
	assert_int_equal(chmod(f->path, 0644), 0);
	assert_int_equal(merge_as_nobody(f, 65534), RUN_CONFIG);
	assert_has(f->error.text, f->path);
	assert_document_has(f, BEFORE);
	assert_nothing_is_left(f);
}

static void a_replacement_locks_nobody_out(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	if (geteuid() != 0)
		skip();
	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	assert_int_equal(chmod(f->folder, 0777), 0);
	/* Its owner would be left with the others' right to read. */
	assert_int_equal(chown(f->path, 12, 34), 0);
	assert_int_equal(chmod(f->path, 0606), 0);
	assert_int_equal(merge_as_nobody(f, 65534), DONE);
	write_text(f->path, BEFORE);
	assert_int_equal(chown(f->path, 12, 34), 0);
	assert_int_equal(chmod(f->path, 0666), 0);
	assert_int_equal(merge_as_nobody(f, 34), DONE);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_gid, 34);
	assert_int_equal(st.st_mode & 07777, 0666);
	write_text(f->path, BEFORE);
	assert_int_equal(chown(f->path, 12, 34), 0);
	assert_int_equal(chmod(f->path, 0662), 0);
	f->d.wait_ms = 0;
	assert_int_not_equal(merge_as_nobody(f, 65534), DONE);
	assert_document_has(f, BEFORE);
	assert_int_equal(count_names(f->folder, ".likesync-tmp"), 0);
}

static void a_document_that_is_not_a_file_is_refused(void **state)
{
	struct fixture *f = *state;

	add_file(f, "a.mp3");
	f->d.path = f->folder;
	assert_int_equal(merge(f), RUN_CONFIG);
	f->d.path = f->path;
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(merge(f), RUN_CONFIG);
}

static void a_missing_folder_is_not_created(void **state)
{
	struct fixture *f = *state;
	char *path = path_join(f->folder, "no/such/doc.json");

	add_file(f, "a.mp3");
	f->d.path = path;
	assert_int_equal(merge(f), RUN_CONFIG);
	assert_has(f->error.text, "mounted");
	f->d.path = f->path;
	free(path);
}

static void a_full_disk_leaves_it_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small = { 64, 64 };

	add_file(f, "a.mp3");
	write_text(f->path, BEFORE);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(merge(f), RUN_FAILED);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_document_has(f, BEFORE);
	assert_nothing_is_left(f);
}

/* As on a file system that can't exchange files. */
static void hash_text(const char *text, uint8_t hash[FAST_HASH_LEN])
{
	struct fast_hash *h = fast_hash_new();

	fast_hash_add(h, text, strlen(text));
	fast_hash_end(h, hash);
}

static enum swapped swap_plainly(struct fixture *f, const char *read_as,
    struct outgoing *out)
{
	uint8_t old[FAST_HASH_LEN], new[FAST_HASH_LEN];
	enum swapped how;
	struct swap s;

	swap_init(&s, f->path);
	s.no_exchange = true;
	write_text(s.work, "new");
	hash_text(read_as, old);
	hash_text("new", new);
	how = swap_in(&s, old, new, out);
	swap_free(&s);
	return how;
}

static void without_an_exchange_the_old_file_is_checked_as_well(
    void **state)
{
	struct fixture *f = *state;
	struct outgoing out;
	char *text;

	write_text(f->path, "old");
	assert_int_equal(swap_plainly(f, "old", &out), SWAP_DONE);
	text = read_text(out.path);
	assert_string_equal(text, "old");
	assert_document_has(f, "new");
	unlink(out.path);
	outgoing_free(&out);
	free(text);

	write_text(f->path, "newer");
	assert_int_equal(swap_plainly(f, "old", &out), SWAP_RACED);
	assert_null(out.path);
	assert_document_has(f, "newer");
	assert_nothing_is_left(f);
}

/* ---- how long it takes ---- */

/* LIKESYNC_BENCH=1: 313 MB in 30,000 entries, as the largest in the field. */
static void a_313_mb_document_takes_seconds_and_little_memory(void **state)
{
	struct fixture *f = *state;
	struct buf entry = BUF_INIT;
	struct rusage usage;
	int64_t began;
	int fd;

	if (getenv("LIKESYNC_BENCH") == NULL)
		skip();
	fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_int_equal(file_write_all(fd, "{\"tracks\":[", 11), 0);
	for (int i = 0; i < 30000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%d.mp3", i);
		add_file(f, name);
		buf_clear(&entry);
		buf_printf(&entry, "%s{\"id\":\"%d\",\"filePath\":\"/music/%s\""
		    ",\"bpm\":%d,\"segments\":[", i > 0 ? "," : "", i, name,
		    i % 2 == 0 ? 0 : 120);
		for (int k = 0; k < 97; k++)
			buf_printf(&entry, "%s{\"type\":\"verse\",\"startTime\""
			    ":%d.125,\"endTime\":%d.125,\"avgEnergy\":0.4321098"
			    "7654321,\"beatCount\":4,\"x\":\"0123456789\"}",
			    k > 0 ? "," : "", 2 * k, 2 * k + 2);
		buf_puts(&entry, "]}");
		assert_int_equal(file_write_all(fd, entry.data, entry.len),
		    0);
	}
	assert_int_equal(file_write_all(fd, "]}", 2), 0);
	close(fd);
	buf_free(&entry);
	began = clock_mono_ms();
	assert_int_equal(merge(f), DONE);
	getrusage(RUSAGE_SELF, &usage);
	assert_int_equal(f->r.filled, 30000);
	print_message("merged %.0f MB in %lld ms, %ld MB resident\n",
	    (double)f->r.bytes / 1e6, (long long)(clock_mono_ms() - began),
	    usage.ru_maxrss / 1024);
	assert_true(usage.ru_maxrss < 100 * 1024);
	began = clock_mono_ms();
	assert_int_equal(merge(f), DONE);
	assert_false(f->r.written);
	print_message("read again in %lld ms\n",
	    (long long)(clock_mono_ms() - began));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_missing_document_is_created_with_all_files),
		TEST(without_entries_no_document_is_created),
		TEST(an_unchanged_document_is_not_read),
		TEST(a_write_by_another_program_is_noticed),
		TEST(new_entries_are_laid_out_like_the_others),
		TEST(the_totals_at_the_top_are_updated),
		TEST(only_our_entry_of_a_removed_file_is_removed),
		TEST(our_entry_is_removed_where_another_program_has_one),
		TEST(a_moved_file_is_followed_by_its_id),
		TEST(files_whose_names_are_not_utf8_are_found),
		TEST(a_link_to_the_document_stays_a_link),
		TEST(mode_and_owner_stay_the_same),
		TEST(a_copy_of_the_last_good_document_is_kept),
		TEST(the_document_that_was_replaced_is_the_last_good_one),
		TEST(entries_of_others_never_change),
		TEST(a_merge_by_the_map_writes_what_a_stream_does),
		TEST(the_changed_files_suffice_for_a_merge),
		TEST(all_files_are_asked_for_if_changed_ones_do_not_suffice),
		TEST(a_map_that_does_not_fit_is_not_used),
		TEST(of_two_files_with_one_id_the_second_gets_another),
		TEST(an_entry_over_16_mb_is_copied_unchanged),
		TEST(deeply_nested_fields_of_others_survive),
		TEST(names_are_compared_to_their_end),
		TEST(a_missing_last_good_copy_is_not_offered),
		TEST(a_broken_document_is_left_alone),
		TEST(an_empty_file_on_first_contact_is_filled),
		TEST(a_shrunken_document_is_left_alone_unless_confirmed),
		TEST(ten_entries_or_a_fifth_of_them_may_go),
		TEST(a_document_without_our_newest_entries_is_complete),
		TEST(an_unfinished_write_is_waited_for),
		TEST(a_document_that_vanished_is_waited_for_and_written_again),
		TEST(a_write_during_the_merge_is_merged_too),
		TEST(bytes_other_than_those_that_were_read_are_not_written),
		TEST(a_write_that_keeps_size_and_mtime_is_found_by_its_hash),
		TEST(a_change_of_ctime_alone_is_a_concurrent_write),
		TEST(a_write_after_the_exchange_is_found_by_the_next_run),
		TEST(a_document_removed_before_the_exchange_is_written_again),
		TEST(a_document_created_meanwhile_is_not_replaced),
		TEST(a_writer_between_two_writes_is_waited_for),
		TEST(a_document_of_a_writer_that_died_is_set_aside),
		TEST(a_writer_that_only_has_it_open_is_waited_for),
		TEST(a_writer_slower_than_the_wait_is_merged_by_the_next_run),
		TEST(documents_of_two_concurrent_writers_are_both_kept),
		TEST(a_document_written_while_another_is_put_back_is_kept),
		TEST(entries_dropped_by_a_program_that_read_ours_are_kept),
		TEST(entries_dropped_before_the_next_run_are_kept_by_it),
		TEST(without_a_lost_entry_the_next_run_removes_the_guard_copy),
		TEST(a_document_that_keeps_changing_is_left_to_the_next_run),
		TEST(a_document_that_changes_while_copied_is_read_again),
		TEST(killed_at_any_step_the_next_run_ends_the_same),
		TEST(killed_during_a_race_the_other_writers_entries_survive),
		TEST(an_idle_run_finishes_what_a_killed_one_left),
		TEST(a_missing_permission_is_reported_with_its_fix),
		TEST(a_replacement_locks_nobody_out),
		TEST(a_document_that_is_not_a_file_is_refused),
		TEST(a_missing_folder_is_not_created),
		TEST(a_full_disk_leaves_it_as_it_was),
		TEST(without_an_exchange_the_old_file_is_checked_as_well),
		TEST(a_313_mb_document_takes_seconds_and_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
