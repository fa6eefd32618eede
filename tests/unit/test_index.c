/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "index/index.h"
#include "index/kv.h"

#define TINY_MAP (64u << 10)
#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* The folder that the index lies in, which it makes itself. */
static const char *index_dir(void **state)
{
	static char dir[600];

	snprintf(dir, sizeof(dir), "%s/state/index", (const char *)*state);
	return dir;
}

static struct index *open_sized(void **state, size_t map)
{
	struct index *x;
	struct error error = { .text = "" };

	if (kv_open(index_dir(state), false, map, &x, &error) != DONE)
		fail_msg("%s", error.text);
	return x;
}

static struct index *open_index(void **state)
{
	return open_sized(state, (size_t)64 << 20);
}

static enum outcome reopen(void **state, bool read_only, struct error *error)
{
	struct index *x;
	enum outcome o = index_open(index_dir(state), read_only, &x, error);

	assert_true((o == DONE) == (x != NULL));
	index_close(x);
	return o;
}

static void put_file(struct index *x, const char *path, const char *identity)
{
	struct file f = { .path = (char *)(uintptr_t)path, .size = 7 };

	memcpy(f.media.identity, identity, strlen(identity) + 1);
	assert_int_equal(index_put_file(x, &f, NULL), DONE);
}

static void assert_path_of(struct index *x, const char *identity,
    const char *path)
{
	struct file f;

	char *alone = index_find_path(x, identity);

	assert_true(str_equal(alone, path));
	free(alone);
	if (path == NULL) {
		assert_int_equal(index_find_identity(x, identity, &f),
		    ITEM_FAILED);
		return;
	}
	assert_int_equal(index_find_identity(x, identity, &f), DONE);
	assert_string_equal(f.path, path);
	file_free(&f);
}

static void put_song(struct index *x, const char *key)
{
	struct song s;

	song_init(&s);
	s.track.key = strdup(key);
	s.track.title = strdup("T");
	s.liked = true;
	assert_int_equal(index_put_song(x, &s, NULL), DONE);
	song_free(&s);
}

/* ---- records ---- */

static void a_song_comes_back_as_it_was_put(void **state)
{
	struct index *x = open_index(state);
	struct song s, r;

	song_init(&s);
	s.track.id = strdup("0123456789abcdefABCDEF");
	s.track.isrc = strdup("GBAYE0601498");
	track_add_artist(&s.track, "Bj\xc3\xb6rk \"B\"");
	s.track.title = strdup("J\xc3\xb3ga\n");
	s.track.duration_ms = 305000;
	s.track.added_at = 1700000000;
	track_set_key(&s.track);
	s.liked = true;
	s.rank = INT64_C(9007199254740993);
	memcpy(s.identity, ID_A, sizeof(ID_A));
	s.how = EVIDENCE_NAME;
	s.attempts = 3;
	s.last_try = 5;
	s.next_attempt = 6;
	snprintf(s.reason, sizeof(s.reason), "none is it");
	s.asked = 281474976710656;
	assert_int_equal(index_put_song(x, &s, NULL), DONE);
	index_close(x);

	x = open_index(state);
	assert_int_equal(index_get_song(x, s.track.key, &r), DONE);
	assert_string_equal(r.track.key, s.track.key);
	assert_string_equal(r.track.title, s.track.title);
	assert_string_equal(r.track.artists[0], s.track.artists[0]);
	assert_int_equal(r.track.added_at, s.track.added_at);
	assert_true(r.liked);
	assert_true(r.rank == s.rank);
	assert_string_equal(r.identity, ID_A);
	assert_int_equal(r.how, EVIDENCE_NAME);
	assert_int_equal(r.attempts, 3);
	assert_int_equal(r.last_try, 5);
	assert_int_equal(r.next_attempt, 6);
	assert_string_equal(r.reason, "none is it");
	assert_true(r.asked == 281474976710656);
	assert_true(index_has_liked(x, s.track.key));
	assert_false(index_has_liked(x, "another"));
	song_free(&r);
	assert_int_equal(index_get_song(x, "another", &r), ITEM_FAILED);
	song_free(&r);	/* initialized also then */
	song_free(&s);
	index_close(x);
}

static int count_song(void *ctx, const struct song *s)
{
	size_t *chars = ctx;

	*chars += strlen(s->track.key);
	return 0;
}

/* LMDB takes keys of 1 to 511 bytes. */
static void keys_of_any_length_are_told_apart(void **state)
{
	struct index *x = open_index(state);
	char key[2001];
	size_t lengths[] = { 0, 1, 256, 257, 511, 512, 1999, 2000 };
	size_t n = sizeof(lengths) / sizeof(*lengths), chars = 0, sum = 0;

	for (size_t i = 0; i < n; i++) {
		struct song s;

		memset(key, 'k', sizeof(key));
		key[lengths[i]] = '\0';
		put_song(x, key);
		assert_int_equal(index_get_song(x, key, &s), DONE);
		assert_string_equal(s.track.key, key);
		song_free(&s);
		sum += lengths[i];
	}
	index_each_song(x, count_song, &chars);
	assert_int_equal(chars, sum);
	index_close(x);
}

static void assert_difference(struct index *x, const char *path, int64_t size,
    int64_t mtime_ns, uint64_t inode, enum index_difference expected)
{
	struct index_comparison *c = index_compare_begin(x);
	char *folder = strchr(path, '/') != NULL ? path_dir(path) : strdup("");

	index_compare_enter(c, folder);
	assert_int_equal(index_compare_file(c, path_base(path), size, mtime_ns,
	    inode), expected);
	index_compare_end(c);
	free(folder);
}

static void a_file_comes_back_as_it_was_put(void **state)
{
	struct index *x = open_index(state);
	struct file f, r;

	file_init(&f);
	f.path = strdup("a/b \"c\"\n%41\\ \xff\xfe\xc3.mp3");
	f.size = INT64_C(1) << 40;
	f.mtime_ns = INT64_C(1700000000123456789);
	f.inode = UINT64_MAX - 1;
	f.added_at = 1600000000;
	f.doc_id = strdup("doc-1");
	memcpy(f.media.identity, ID_A, sizeof(ID_A));
	snprintf(f.media.codec, sizeof(f.media.codec), "mp3");
	f.media.duration_ms = 1234;
	f.media.tags.title = strdup("T");
	assert_int_equal(index_put_file(x, &f, NULL), DONE);
	index_close(x);

	x = open_index(state);
	assert_int_equal(index_get_file(x, f.path, &r), DONE);
	assert_string_equal(r.path, f.path);
	assert_true(r.size == f.size && r.mtime_ns == f.mtime_ns);
	assert_true(r.inode == f.inode && r.added_at == f.added_at);
	assert_string_equal(r.doc_id, "doc-1");
	assert_string_equal(r.media.identity, ID_A);
	assert_string_equal(r.media.codec, "mp3");
	assert_int_equal(r.media.duration_ms, 1234);
	assert_string_equal(r.media.tags.title, "T");
	assert_difference(x, f.path, f.size, f.mtime_ns, f.inode, FILE_SAME);
	assert_difference(x, f.path, f.size + 1, f.mtime_ns, f.inode,
	    FILE_CHANGED);
	assert_difference(x, f.path, f.size, f.mtime_ns + 1, f.inode,
	    FILE_CHANGED);
	assert_difference(x, f.path, f.size, f.mtime_ns, 1, FILE_CHANGED);
	assert_difference(x, "a/b", f.size, f.mtime_ns, f.inode, FILE_NEW);
	assert_difference(x, "b", f.size, f.mtime_ns, f.inode, FILE_NEW);
	file_free(&r);
	assert_int_equal(index_get_file(x, "b", &r), ITEM_FAILED);
	file_free(&r);	/* initialized also then */
	file_free(&f);
	index_close(x);
}

static void a_file_without_audio_keeps_its_fault(void **state)
{
	struct index *x = open_index(state);
	struct file f = { .path = (char *)(uintptr_t)"x.mp3",
		.fault = "no audio" }, r;

	assert_int_equal(index_put_file(x, &f, NULL), DONE);
	assert_int_equal(index_get_file(x, "x.mp3", &r), DONE);
	assert_string_equal(r.media.identity, "");
	assert_string_equal(r.fault, "no audio");
	file_free(&r);
	index_close(x);
}

static int list_path(void *ctx, const struct file *f)
{
	char *list = ctx;

	strcat(list, f->path);
	return strcmp(f->path, "stop") == 0 ? 42 : 0;
}

static void identities_follow_their_files(void **state)
{
	struct index *x = open_index(state);
	char list[64] = "";

	put_file(x, "a", ID_A);
	put_file(x, "b", ID_A);
	put_file(x, "c", ID_B);
	index_each_copy(x, ID_A, list_path, list);
	assert_int_equal(strlen(list), 2);
	assert_non_null(strchr(list, 'a'));
	assert_non_null(strchr(list, 'b'));
	/* Its bytes became those of another recording. */
	put_file(x, "a", ID_B);
	assert_path_of(x, ID_A, "b");
	assert_int_equal(index_remove_file(x, "b", NULL), DONE);
	assert_path_of(x, ID_A, NULL);
	assert_int_equal(index_remove_file(x, "b", NULL), DONE);
	assert_int_equal(index_remove_file(x, "a", NULL), DONE);
	assert_path_of(x, ID_B, "c");
	assert_int_equal(index_count_files(x), 1);
	assert_path_of(x, "", NULL);
	assert_path_of(x, "no identity", NULL);
	index_close(x);
}

static void the_state_of_the_files_is_another_after_each_change(void **state)
{
	struct index *x = open_index(state);
	int64_t before = index_files_state(x);

	put_file(x, "a", ID_A);
	assert_true(index_files_state(x) != before);
	before = index_files_state(x);
	assert_true(index_files_state(x) == before);
	assert_int_equal(index_remove_file(x, "a", NULL), DONE);
	assert_true(index_files_state(x) != before);
	index_close(x);
}

static void an_analysis_comes_back_as_it_was_put(void **state)
{
	struct index *x = open_index(state);
	struct beat_anchor anchors[] = { { 0.5, 127 }, { 31.5, 128.5 } };
	struct segment whole = { 0, 0.5f, SEGMENT_DROP };
	struct analysis_record a = { .analyzed = true, .analyzed_at = 77,
		.complete = true, .fault = "f", .version = "likesync/0.1.0",
		.analysis = { .bpm = 127.98, .key = "A minor",
		    .camelot = "8A", .energy = 6, .has_loudness = true,
		    .loudness = -9.25, .duration = 60, .has_grid = true,
		    .beats_per_bar = 4, .anchors = anchors, .n_anchors = 2,
		    .structure = { .segments = &whole, .n_segments = 1 } } }, r;

	assert_int_equal(index_put_analysis(x, ID_A, &a, NULL), DONE);
	assert_int_equal(index_get_analysis(x, ID_A, &r), DONE);
	assert_true(r.analyzed && r.complete);
	assert_int_equal(r.analyzed_at, 77);
	assert_string_equal(r.fault, "f");
	assert_string_equal(r.version, "likesync/0.1.0");
	assert_string_equal(r.analysis.camelot, "8A");
	assert_true(r.analysis.bpm > 127.97 && r.analysis.bpm < 127.99);
	assert_true(r.analysis.has_loudness);
	assert_int_equal(r.analysis.n_anchors, 2);
	assert_true(r.analysis.anchors[1].time > 31.4);
	assert_int_equal(r.analysis.structure.n_segments, 1);
	analysis_record_free(&r);
	assert_int_equal(index_get_analysis(x, ID_B, &r), ITEM_FAILED);
	assert_false(r.analyzed);
	index_close(x);
}

static void notes_are_texts_and_numbers(void **state)
{
	struct index *x = open_index(state);
	char *text;

	assert_null(index_get_note(x, "n"));
	assert_int_equal(index_get_note_int(x, "n", -5), -5);
	assert_int_equal(index_put_note(x, "n", "text", NULL), DONE);
	text = index_get_note(x, "n");
	assert_string_equal(text, "text");
	free(text);
	assert_int_equal(index_get_note_int(x, "n", -5), -5);
	assert_int_equal(index_put_note_int(x, "n", INT64_MIN, NULL), DONE);
	assert_true(index_get_note_int(x, "n", 0) == INT64_MIN);
	assert_int_equal(index_put_note(x, "empty", "", NULL), DONE);
	text = index_get_note(x, "empty");
	assert_string_equal(text, "");
	free(text);
	index_close(x);
}

/* ---- what a run compares with ---- */

static void list_gone(void *ctx, const char *path)
{
	char *list = ctx;

	strcat(list, path);
	strcat(list, ";");
}

static void a_comparison_names_what_the_library_lacks(void **state)
{
	struct index *x = open_index(state);
	struct index_comparison *c;
	char list[100] = "";

	put_file(x, "a", ID_A);
	put_file(x, "d/a", ID_A);
	put_file(x, "d/b", ID_A);
	put_file(x, "d/e/a", ID_A);
	c = index_compare_begin(x);
	index_compare_enter(c, "");
	assert_int_equal(index_compare_file(c, "a", 7, 0, 0), FILE_SAME);
	assert_int_equal(index_compare_file(c, "b", 7, 0, 0), FILE_NEW);
	index_compare_leave(c, list_gone, list);
	assert_string_equal(list, "");
	index_compare_enter(c, "d");
	assert_int_equal(index_compare_file(c, "b", 8, 0, 0), FILE_CHANGED);
	index_compare_leave(c, list_gone, list);
	assert_string_equal(list, "d/a;d/b;");
	list[0] = '\0';
	index_compare_enter(c, "new");
	index_compare_leave(c, list_gone, list);
	index_compare_rest(c, list_gone, list);
	assert_string_equal(list, "d/e/a;");
	index_compare_end(c);
	index_close(x);
}

static void names_of_any_length_are_told_apart(void **state)
{
	static const size_t lengths[] = { 1, 255, 399, 400, 401, 2000 };
	struct index *x = open_index(state);
	char path[2003] = "d/", list[4000] = "";
	struct index_comparison *c;
	struct file f;

	memset(path + 2, 'n', 2000);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		path[2 + lengths[i]] = '\0';
		put_file(x, path, ID_A);
		assert_int_equal(index_get_file(x, path, &f), DONE);
		assert_string_equal(f.path, path);
		file_free(&f);
		assert_int_equal(index_count_files(x), i + 1);
		path[2 + lengths[i]] = 'n';
	}
	c = index_compare_begin(x);
	index_compare_rest(c, list_gone, list);
	assert_int_equal(strlen(list), 1 + 255 + 399 + 400 + 401 + 2000 +
	    6 * strlen("d/;"));
	index_compare_end(c);
	index_close(x);
}

/* A word for each letter of the path. */
static void letters_of(const struct file *f, index_add_word *add, void *ctx)
{
	for (const char *p = f->path; *p != '\0'; p++)
		add(ctx, (char[]){ *p, '\0' });
}

/* Two of them. */
static void fewer_letters_of(const struct file *f, index_add_word *add,
    void *ctx)
{
	add(ctx, (char[]){ f->path[0], '\0' });
	add(ctx, f->media.tags.title != NULL ? f->media.tags.title : "none");
}

static void assert_word(struct index *x, const char *word, const char *expected)
{
	char list[100] = "";
	uint32_t *numbers;
	size_t count = index_files_with_word(x, word, &numbers);

	for (size_t i = 0; i < count; i++)
		sprintf(list + strlen(list), "%u;", numbers[i]);
	assert_string_equal(list, expected);
	free(numbers);
}

static void files_are_listed_by_their_words(void **state)
{
	struct index *x = open_index(state);
	struct file f = { .path = (char *)(uintptr_t)"ab", .size = 7,
		.media = { .identity = ID_A } };

	put_file(x, "ab", ID_A);
	assert_word(x, "a", "");
	assert_int_equal(index_use_words(x, letters_of, 1, NULL), DONE);
	assert_word(x, "a", "1;");
	put_file(x, "bcc", ID_A);
	put_file(x, "bd", "");		/* no audio */
	assert_word(x, "b", "1;2;");
	assert_word(x, "c", "2;");
	assert_word(x, "d", "");
	index_close(x);

	/* Other words: all lists are made anew. */
	x = open_index(state);
	assert_int_equal(index_use_words(x, fewer_letters_of, 2, NULL), DONE);
	assert_word(x, "b", "2;");
	assert_word(x, "none", "1;2;");
	f.media.tags.title = (char *)(uintptr_t)"t";
	assert_int_equal(index_put_file(x, &f, NULL), DONE);
	assert_word(x, "none", "2;");
	assert_word(x, "t", "1;");
	assert_int_equal(index_remove_file(x, "ab", NULL), DONE);
	assert_word(x, "a", "");
	assert_word(x, "t", "");
	assert_int_equal(index_get_numbered(x, 1, &f), ITEM_FAILED);
	assert_int_equal(index_get_numbered(x, 2, &f), DONE);
	assert_string_equal(f.path, "bcc");
	file_free(&f);
	index_close(x);
}

static void like(struct index *x, const char *key, int64_t at, bool liked,
    const char *identity)
{
	struct song s;

	song_init(&s);
	s.track.key = strdup(key);
	s.track.title = strdup("T");
	s.track.added_at = at;
	s.rank = at;
	s.liked = liked;
	s.next_attempt = 5;
	snprintf(s.identity, sizeof(s.identity), "%s", identity);
	s.how = *identity != '\0' ? EVIDENCE_ISRC : EVIDENCE_NONE;
	assert_int_equal(index_put_song(x, &s, NULL), DONE);
	song_free(&s);
}

static int list_liked(void *ctx, const struct liked_song *s)
{
	char *list = ctx;

	assert_int_equal(s->next_attempt, 5);
	assert_int_equal(s->how, s->identity[0] != '\0' ? EVIDENCE_ISRC :
	    EVIDENCE_NONE);
	assert_false(s->has_name || s->is_local);
	sprintf(list + strlen(list), "%s%.1s;", s->key, s->identity);
	return 0;
}

static void assert_liked(struct index *x, const char *expected)
{
	char list[100] = "";

	index_each_liked(x, list_liked, list);
	assert_string_equal(list, expected);
}

static void liked_songs_come_newest_first(void **state)
{
	struct index *x = open_index(state);
	struct song s;

	like(x, "k", 0, true, "");
	like(x, "l", 1700000000, true, ID_A);
	like(x, "m", -5, true, "");
	like(x, "n", 1700000001, true, "");
	like(x, "o", 1700000001, true, "");
	like(x, "p", 3, false, ID_A);
	like(x, "o", 1700000002, true, ID_B);	/* liked again, and linked */
	assert_liked(x, "ob;n;la;k;m;");
	assert_int_equal(index_find_song_of(x, ID_B, &s), DONE);
	assert_string_equal(s.track.key, "o");
	song_free(&s);
	like(x, "o", 1700000002, true, "");
	assert_int_equal(index_find_song_of(x, ID_B, &s), ITEM_FAILED);
	like(x, "n", 1700000001, false, "");
	assert_liked(x, "o;la;k;m;");
	index_close(x);
}

static void change(struct index *x, const char *key, bool liked, bool listed)
{
	struct song s;

	assert_int_equal(index_get_song(x, key, &s), DONE);
	s.liked = liked;
	s.listed = listed;
	assert_int_equal(index_put_song(x, &s, NULL), DONE);
	assert_int_equal(index_has_liked(x, key), liked);
	song_free(&s);
}

static int list_both(void *ctx, const struct liked_song *s)
{
	sprintf((char *)ctx + strlen(ctx), "%s%s;", s->key, s->is_liked ?
	    "+" : "");
	return 0;
}

static int list_key(void *ctx, const struct song *s)
{
	strcat(strcat(ctx, s->track.key), ";");
	return 0;
}

static void songs_of_followed_lists_are_wanted_as_likes_are(void **state)
{
	struct index *x = open_index(state);
	char list[100] = "";

	like(x, "k", 1, true, "");
	like(x, "l", 2, true, "");
	like(x, "m", 3, false, "");
	assert_liked(x, "l;k;");
	change(x, "k", true, true);
	change(x, "m", false, true);
	index_each_liked(x, list_both, list);
	assert_string_equal(list, "m;l+;k+;");
	change(x, "k", false, true);
	change(x, "l", false, false);
	*list = '\0';
	index_each_liked(x, list_both, list);
	assert_string_equal(list, "m;k;");
	*list = '\0';
	index_each_other_song(x, list_key, list);
	assert_string_equal(list, "l;");
	change(x, "m", false, false);
	change(x, "k", false, false);
	assert_liked(x, "");
	index_close(x);
}

/* More than LMDB hands over at once. */
static void a_word_may_have_thousands_of_files(void **state)
{
	struct index *x = open_index(state);
	uint32_t *numbers;
	char path[20];

	assert_int_equal(index_use_words(x, fewer_letters_of, 1, NULL), DONE);
	assert_int_equal(index_begin(x, NULL), DONE);
	for (int i = 1; i <= 5000; i++) {
		snprintf(path, sizeof(path), "%d", i);
		put_file(x, path, ID_A);
	}
	assert_int_equal(index_commit(x, NULL), DONE);
	assert_int_equal(index_files_with_word(x, "none", &numbers), 5000);
	assert_int_equal(index_count_with_word(x, "none"), 5000);
	assert_int_equal(index_count_with_word(x, "non"), 0);
	assert_true(index_file_has_word(x, "none", 5000));
	assert_false(index_file_has_word(x, "none", 5001));
	assert_false(index_file_has_word(x, "non", 1));
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(numbers[i], i + 1);
	free(numbers);
	index_close(x);
}

/* ---- what has changed ---- */

static int list_change(void *ctx, const char *path, enum file_change change)
{
	char *list = ctx;
	size_t n = strlen(list);

	snprintf(list + n, 200 - n, "%s %d;", path, (int)change);
	return 0;
}

static void assert_changes(struct index *x, const char *expected)
{
	char list[200] = "";

	index_each_change(x, list_change, list);
	assert_string_equal(list, expected);
}

static void forget_changes(struct index *x)
{
	assert_int_equal(index_begin(x, NULL), DONE);
	assert_int_equal(index_forget_changes(x, NULL), DONE);
	assert_int_equal(index_commit(x, NULL), DONE);
	assert_changes(x, "");
}

static void link_song(struct index *x, const char *title, const char *identity,
    int attempts)
{
	struct song s;

	song_init(&s);
	s.track.key = strdup("k");
	s.track.title = strdup(title);
	s.attempts = attempts;
	memcpy(s.identity, identity, strlen(identity) + 1);
	s.how = *identity != '\0' ? EVIDENCE_NAME : EVIDENCE_NONE;
	assert_int_equal(index_put_song(x, &s, NULL), DONE);
	song_free(&s);
}

/* 0: another link, 1: added, 2: otherwise, 3: removed. */
static void files_that_change_are_listed_with_how(void **state)
{
	const struct analysis_record r = { .analyzed = true };
	struct index *x = open_index(state);

	put_file(x, "a", ID_A);
	put_file(x, "b", ID_B);
	put_file(x, "c", ID_B);
	assert_int_equal(index_put_analysis(x, ID_B, &r, NULL), DONE);
	assert_changes(x, "a 1;b 1;c 1;");
	forget_changes(x);
	link_song(x, "t", ID_A, 0);
	assert_changes(x, "a 0;");
	forget_changes(x);
	link_song(x, "t", ID_A, 1);
	assert_changes(x, "");
	link_song(x, "another", ID_A, 1);
	assert_changes(x, "a 0;");
	link_song(x, "another", ID_B, 1);
	assert_changes(x, "a 0;b 0;c 0;");
	assert_int_equal(index_put_analysis(x, ID_A, &r, NULL), DONE);
	assert_int_equal(index_remove_file(x, "b", NULL), DONE);
	put_file(x, "b", ID_B);
	put_file(x, "c", ID_A);
	assert_changes(x, "a 2;b 3;c 2;");
	forget_changes(x);
	put_file(x, "d", ID_A);
	assert_int_equal(index_remove_file(x, "d", NULL), DONE);
	put_file(x, "e", "");
	put_file(x, "e", ID_B);
	link_song(x, "another", "", 1);
	assert_changes(x, "b 0;d 3;e 1;");
	index_close(x);
}

static void of_too_many_changes_none_is_relied_on(void **state)
{
	struct index *x = open_index(state);
	char path[20];

	assert_int_equal(index_begin(x, NULL), DONE);
	for (int i = 1; i <= 4095; i++) {
		snprintf(path, sizeof(path), "%d", i);
		put_file(x, path, ID_A);
	}
	assert_true(index_knows_changes(x));
	put_file(x, "4096", ID_A);
	assert_false(index_knows_changes(x));
	put_file(x, "4097", ID_A);
	assert_int_equal(kv_count(x, KV_CHANGES), 4096);
	assert_int_equal(index_forget_changes(x, NULL), DONE);
	assert_true(index_knows_changes(x));
	assert_int_equal(index_commit(x, NULL), DONE);
	index_close(x);
}

/* ---- damaged records ---- */

/* Turns one byte of a stored value over. */
static void spoil(struct index *x, enum kv_table t, const void *key,
    size_t len, size_t at)
{
	MDB_val v;
	uint8_t copy[1000];

	assert_int_equal(kv_get(x, t, key, len, &v), DONE);
	assert_in_range(v.mv_size, at + 1, sizeof(copy));
	memcpy(copy, v.mv_data, v.mv_size);
	copy[at] ^= 0x10;
	assert_int_equal(kv_put(x, t, key, len, copy, v.mv_size, NULL), DONE);
}

static void a_damaged_record_is_as_if_it_were_not_there(void **state)
{
	struct analysis_record a = { .analyzed = true, .version = "v" };
	struct index *x = open_index(state);
	uint8_t identity[KV_HASH_LEN], file[] = { 0, 0, 0, 1, 'a' };
	size_t songs = 0;
	struct song s;
	struct file f;

	put_song(x, "key");
	put_file(x, "a", ID_A);
	assert_int_equal(index_put_analysis(x, ID_A, &a, NULL), DONE);
	assert_true(index_analysis_digest(x, ID_A) != 0);
	spoil(x, KV_TRACKS, "key", 3, 10);
	assert_int_equal(index_get_song(x, "key", &s), ITEM_FAILED);
	index_each_song(x, count_song, &songs);
	assert_int_equal(songs, 0);
	kv_identity(ID_A, identity);
	spoil(x, KV_ANALYSES, identity, sizeof(identity), 10);
	assert_int_equal(index_get_analysis(x, ID_A, &a), ITEM_FAILED);
	assert_int_equal(index_get_analysis_head(x, ID_A, &a), ITEM_FAILED);
	assert_difference(x, "a", 7, 0, 0, FILE_SAME);
	spoil(x, KV_FILES, file, sizeof(file), 45);
	assert_int_equal(index_get_file(x, "a", &f), ITEM_FAILED);
	assert_path_of(x, ID_A, NULL);
	/* So the next scan opens it again. */
	assert_difference(x, "a", 7, 0, 0, FILE_CHANGED);
	put_file(x, "a", ID_B);
	assert_path_of(x, ID_A, NULL);
	assert_path_of(x, ID_B, "a");
	assert_int_equal(index_count_files(x), 1);
	index_close(x);
}

/* ---- brackets ---- */

static void what_is_aborted_is_not_there(void **state)
{
	struct index *x = open_index(state);

	assert_int_equal(index_begin(x, NULL), DONE);
	put_file(x, "a", ID_A);
	assert_int_equal(index_count_files(x), 1);
	index_abort(x);
	assert_int_equal(index_count_files(x), 0);
	assert_path_of(x, ID_A, NULL);
	index_abort(x);		/* without a bracket: nothing */
	assert_int_equal(index_commit(x, NULL), RUN_FAILED);
	put_file(x, "a", ID_A);
	assert_int_equal(index_begin(x, NULL), DONE);
	put_file(x, "b", ID_B);
	index_close(x);		/* aborts */
	x = open_index(state);
	assert_int_equal(index_count_files(x), 1);
	index_close(x);
}

static void a_bracket_is_not_opened_twice(void **state)
{
	struct index *x = open_index(state);
	struct error error;

	assert_int_equal(index_begin(x, NULL), DONE);
	assert_int_equal(index_begin(x, &error), RUN_FAILED);
	put_file(x, "a", ID_A);
	assert_int_equal(index_commit(x, NULL), DONE);
	assert_path_of(x, ID_A, "a");
	index_close(x);
}

static void a_bracket_in_which_a_change_failed_is_lost(void **state)
{
	struct index *x = open_index(state);

	assert_int_equal(index_begin(x, NULL), DONE);
	put_file(x, "a", ID_A);
	assert_int_equal(index_put_note(x, "", "no key", NULL), RUN_FAILED);
	assert_int_equal(index_commit(x, NULL), RUN_FAILED);
	assert_int_equal(index_count_files(x), 0);
	put_file(x, "a", ID_A);
	assert_int_equal(index_count_files(x), 1);
	index_close(x);
}

struct asker {
	struct index *x;
	size_t met;
};

static int ask_on(void *ctx, const struct file *f)
{
	struct asker *a = ctx;
	struct file r;
	size_t inner = 0;

	assert_path_of(a->x, f->media.identity, f->path);
	assert_int_equal(index_get_file(a->x, f->path, &r), DONE);
	file_free(&r);
	index_each_song(a->x, count_song, &inner);
	assert_int_equal(inner, 3);
	/* Changing it under the loop is refused, not deadly. */
	assert_int_equal(index_put_note(a->x, "n", "v", NULL), RUN_FAILED);
	a->met++;
	return 0;
}

static void who_goes_through_it_may_ask_on(void **state)
{
	struct index *x = open_index(state);
	struct asker a = { .x = x };
	char list[64] = "";

	put_song(x, "abc");
	put_file(x, "a", ID_A);
	put_file(x, "b", ID_B);
	assert_int_equal(index_each_file(x, ask_on, &a), 0);
	assert_int_equal(a.met, 2);
	assert_int_equal(index_begin(x, NULL), DONE);
	assert_int_equal(index_each_file(x, ask_on, &a), 0);
	assert_int_equal(index_commit(x, NULL), DONE);
	assert_int_equal(a.met, 4);
	put_file(x, "stop", ID_A);
	assert_int_equal(index_each_file(x, list_path, list), 42);
	index_close(x);
}

/* ---- the map ---- */

static void put_many(struct index *x, const char *prefix, int count)
{
	char name[64], *text = xmalloc(3001);

	memset(text, 't', 3000);
	text[3000] = '\0';
	for (int i = 0; i < count; i++) {
		struct error error = { .text = "" };

		snprintf(name, sizeof(name), "%s%d", prefix, i);
		if (index_put_note(x, name, text, &error) != DONE)
			fail_msg("%s: %s", name, error.text);
	}
	free(text);
}

static void assert_many(struct index *x, const char *prefix, int count)
{
	char name[64];

	for (int i = 0; i < count; i++) {
		char *text;

		snprintf(name, sizeof(name), "%s%d", prefix, i);
		text = index_get_note(x, name);
		assert_non_null(text);
		assert_int_equal(strlen(text), 3000);
		free(text);
	}
}

static void a_full_map_fails_the_transaction_and_keeps_what_was_committed(
    void **state)
{
	struct index *x = open_sized(state, TINY_MAP);
	enum outcome o = DONE;
	struct error error = { .text = "" };
	char value[3001];

	memset(value, 'v', 3000);
	value[3000] = '\0';
	put_file(x, "before", ID_A);
	assert_int_equal(index_begin(x, NULL), DONE);
	for (int i = 0; i < 1000 && o == DONE; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		o = index_put_note(x, name, value, &error);
	}
	assert_int_equal(o, RUN_FAILED);
	assert_non_null(strstr(error.text, "largest size"));
	assert_int_equal(index_commit(x, NULL), RUN_FAILED);
	assert_null(index_get_note(x, "n0"));
	assert_path_of(x, ID_A, "before");
	index_close(x);
	/* A program with a larger map goes on with it. */
	x = open_index(state);
	assert_path_of(x, ID_A, "before");
	put_many(x, "n", 1000);
	assert_many(x, "n", 1000);
	index_close(x);
}

static void a_large_transaction_can_be_aborted(void **state)
{
	struct index *x = open_index(state);

	put_file(x, "a", ID_A);
	assert_int_equal(index_begin(x, NULL), DONE);
	put_many(x, "n", 200);
	index_abort(x);
	assert_null(index_get_note(x, "n0"));
	assert_path_of(x, ID_A, "a");
	index_close(x);
}

/* ---- beside each other ---- */

static void wait_for(int fd)
{
	char c;

	assert_int_equal(read(fd, &c, 1), 1);
}

/* The other process: opens for reading, says so, waits until the writer is
 * done, and looks again with a new snapshot. */
static int read_beside(void **state, int from, int to)
{
	struct index *x;
	bool good;

	if (index_open(index_dir(state), true, &x, NULL) != DONE)
		return 1;
	good = index_count_files(x) == 1 &&
	    index_put_note(x, "n", "v", NULL) == RUN_FAILED;
	if (write(to, "r", 1) != 1)
		return 2;
	wait_for(from);
	/* One reader sees one state of things, however much is written. */
	good = good && index_count_files(x) == 1;
	index_close(x);
	if (index_open(index_dir(state), true, &x, NULL) != DONE)
		return 3;
	good = good && index_count_files(x) == 2;
	assert_many(x, "n", 1000);
	index_close(x);
	return good ? 0 : 4;
}

static void a_reader_works_beside_a_writer(void **state)
{
	struct index *x;
	int there[2], back[2], status;
	pid_t child;

	index_close(open_index(state));	/* makes the folder */
	assert_int_equal(pipe(there), 0);
	assert_int_equal(pipe(back), 0);
	x = open_index(state);
	put_file(x, "a", ID_A);
	index_close(x);
	child = fork();
	if (child == 0)
		_exit(read_beside(state, there[0], back[1]));
	x = open_index(state);
	wait_for(back[0]);
	put_file(x, "b", ID_B);
	put_many(x, "n", 1000);
	assert_int_equal(write(there[1], "w", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	index_close(x);
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
}

/* The place among the readers and the open bracket are left. There are 126
 * places. */
static void a_killed_process_leaves_no_trace(void **state)
{
	struct index *x = open_index(state);
	int status;
	pid_t child;

	put_file(x, "a", ID_A);
	index_close(x);
	for (int i = 0; i < 200; i++) {
		child = fork();
		if (child == 0) {
			x = open_index(state);
			index_count_files(x);
			index_begin(x, NULL);
			put_file(x, "b", ID_B);
			raise(SIGKILL);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, SIGKILL);
	}
	x = open_index(state);
	assert_int_equal(index_count_files(x), 1);
	put_file(x, "c", ID_B);
	index_close(x);
}

/* ---- what is found on opening ---- */

static void data_path(void **state, char out[700])
{
	snprintf(out, 700, "%s/data.mdb", index_dir(state));
}

static void a_missing_index_is_made_or_told(void **state)
{
	struct stat st;
	struct error error;
	char path[700];

	assert_int_equal(reopen(state, true, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "no index yet"));
	assert_int_equal(reopen(state, false, &error), DONE);
	assert_int_equal(reopen(state, true, &error), DONE);
	assert_int_equal(stat(index_dir(state), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	data_path(state, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void an_empty_file_is_no_index_yet(void **state)
{
	struct error error;
	char path[700];

	index_close(open_index(state));
	data_path(state, path);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(reopen(state, true, &error), ITEM_FAILED);
	assert_int_equal(reopen(state, false, &error), DONE);
}

static void a_newer_schema_is_left_alone(void **state)
{
	struct index *x = open_index(state);
	struct error error;

	put_file(x, "a", ID_A);
	index_put_note_int(x, KV_SCHEMA_NOTE, 1000, NULL);
	index_close(x);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(reopen(state, i == 1, &error), RUN_FAILED);
		assert_non_null(strstr(error.text, index_dir(state)));
		assert_non_null(strstr(error.text, "away, the next run "
		    "rebuilds it"));
	}
}

static void an_older_schema_is_begun_anew(void **state)
{
	struct index *x = open_index(state);
	struct error error;

	put_file(x, "a", ID_A);
	put_many(x, "n", 100);
	index_put_note_int(x, KV_SCHEMA_NOTE, 0, NULL);
	index_close(x);
	assert_int_equal(reopen(state, true, &error), ITEM_FAILED);
	x = open_index(state);
	assert_int_equal(index_count_files(x), 0);
	assert_path_of(x, ID_A, NULL);
	assert_null(index_get_note(x, "n0"));
	index_close(x);
	assert_int_equal(reopen(state, true, &error), DONE);
}

static void assert_damaged(void **state)
{
	struct error error;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(reopen(state, i == 1, &error), RUN_FAILED);
		assert_non_null(strstr(error.text, index_dir(state)));
		assert_non_null(strstr(error.text, "damaged"));
		assert_non_null(strstr(error.text, "away, the next run "
		    "rebuilds it"));
	}
}

/* Fills an index and overwrites a part of its file with one byte. */
static void damage(void **state, off_t from, size_t len, int byte)
{
	struct index *x = open_index(state);
	char path[700], *bytes = xmalloc(len);
	int fd;

	put_file(x, "a", ID_A);
	put_many(x, "n", 300);
	index_close(x);
	data_path(state, path);
	memset(bytes, byte, len);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, bytes, len, from), (ssize_t)len);
	close(fd);
	free(bytes);
}

static void garbage_is_told_as_damage(void **state)
{
	damage(state, 0, 8192, 0x5a);
	assert_damaged(state);
}

/* Reading there is SIGBUS: it must be told, not died of. */
static void a_file_that_was_cut_off_is_told_as_damage(void **state)
{
	char path[700];

	damage(state, 0, 0, 0);
	data_path(state, path);
	assert_int_equal(truncate(path, 100000), 0);
	assert_damaged(state);
}

/* There was no room for more when it was made. */
static void a_file_that_never_was_an_index_is_made_anew(void **state)
{
	struct error error;

	damage(state, 0, 0, 0);
	for (off_t size = 0; size < 8192; size += 4095) {
		char path[700];

		data_path(state, path);
		assert_int_equal(truncate(path, size), 0);
		assert_int_equal(reopen(state, true, &error), ITEM_FAILED);
		assert_int_equal(reopen(state, false, &error), DONE);
	}
}

static void pages_of_zeros_are_told_as_damage(void **state)
{
	damage(state, 8192, 400000, 0);
	assert_damaged(state);
}

static void pages_of_garbage_are_told_as_damage(void **state)
{
	damage(state, 8192, 400000, 0xff);
	assert_damaged(state);
}

/* Pages that go bad on the disk leave its times as they are: the process that
 * meets one is killed, and the next one reads everything. */
static void damage_that_left_no_trace_is_found_after_a_crash(void **state)
{
	struct index *x;
	struct timespec times[2];
	struct stat st;
	char path[700], note[700], *text;
	pid_t child;
	int status, fd;

	damage(state, 0, 0, 0);
	data_path(state, path);
	snprintf(note, sizeof(note), "%s/checked", index_dir(state));
	assert_int_equal(access(note, F_OK), 0);
	assert_int_equal(stat(path, &st), 0);
	fd = open(path, O_WRONLY);
	text = xcalloc(1, 400000);
	assert_int_equal(pwrite(fd, text, 400000, 8192), 400000);
	free(text);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	/* The change of ctime betrays this one; so a note that fits is made. */
	assert_int_equal(stat(path, &st), 0);
	fd = open(note, O_WRONLY | O_TRUNC);
	dprintf(fd, "%llu %lld %lld %lld\n", (unsigned long long)st.st_ino,
	    (long long)st.st_size,
	    st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec,
	    st.st_ctim.tv_sec * 1000000000LL + st.st_ctim.tv_nsec);
	close(fd);
	child = fork();
	if (child == 0) {
		fd = open("/dev/null", O_WRONLY);
		dup2(fd, STDERR_FILENO);
		for (int i = 0; i < 2; i++)
			signal(i == 0 ? SIGSEGV : SIGABRT, SIG_DFL);
		if (index_open(index_dir(state), true, &x, NULL) != DONE)
			_exit(1);
		raise(SIGSEGV);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		assert_int_equal(access(note, F_OK), -1);
	assert_damaged(state);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_song_comes_back_as_it_was_put),
		TEST(keys_of_any_length_are_told_apart),
		TEST(a_file_comes_back_as_it_was_put),
		TEST(a_file_without_audio_keeps_its_fault),
		TEST(identities_follow_their_files),
		TEST(the_state_of_the_files_is_another_after_each_change),
		TEST(an_analysis_comes_back_as_it_was_put),
		TEST(notes_are_texts_and_numbers),
		TEST(a_comparison_names_what_the_library_lacks),
		TEST(names_of_any_length_are_told_apart),
		TEST(files_are_listed_by_their_words),
		TEST(a_word_may_have_thousands_of_files),
		TEST(files_that_change_are_listed_with_how),
		TEST(of_too_many_changes_none_is_relied_on),
		TEST(liked_songs_come_newest_first),
		TEST(songs_of_followed_lists_are_wanted_as_likes_are),
		TEST(a_damaged_record_is_as_if_it_were_not_there),
		TEST(what_is_aborted_is_not_there),
		TEST(a_bracket_is_not_opened_twice),
		TEST(a_bracket_in_which_a_change_failed_is_lost),
		TEST(who_goes_through_it_may_ask_on),
		TEST(a_full_map_fails_the_transaction_and_keeps_what_was_committed),
		TEST(a_large_transaction_can_be_aborted),
		TEST(a_reader_works_beside_a_writer),
		TEST(a_killed_process_leaves_no_trace),
		TEST(a_missing_index_is_made_or_told),
		TEST(an_empty_file_is_no_index_yet),
		TEST(a_newer_schema_is_left_alone),
		TEST(an_older_schema_is_begun_anew),
		TEST(garbage_is_told_as_damage),
		TEST(a_file_that_was_cut_off_is_told_as_damage),
		TEST(a_file_that_never_was_an_index_is_made_anew),
		TEST(pages_of_zeros_are_told_as_damage),
		TEST(pages_of_garbage_are_told_as_damage),
		TEST(damage_that_left_no_trace_is_found_after_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
