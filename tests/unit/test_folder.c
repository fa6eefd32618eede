/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files here are not music: a media service that the test plays reads from
 * their first line what they would be. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"
#include "sources/source.h"

/* ---- what the test plays ---- */

static struct {
	struct config cfg;
	struct source_config sc;
	struct media_service media_service;
	struct source_env env;
	struct source source;
	char *inbox, *state, *out;
	int probes;
	enum outcome probe_says;	/* SERVICE_FAILED, STOPPED; DONE */
	const char *touch;		/* is written to while it is probed */
} s;

static void put(const char *path, const char *text)
{
	char *folder = path_dir(path);

	assert_int_equal(file_make_dirs(folder, 0700), 0);
	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
	free(folder);
}

static void put_in(const char *rel, const char *text)
{
	char *path = path_join(s.inbox, rel);

	put(path, text);
	free(path);
}

/* "song TITLE ARTIST MS BITRATE LOSSLESS", with - for what is absent. */
static enum outcome probe(void *self, int fd, struct media *m,
    struct error *error)
{
	char text[256] = "", title[64], artist[64];
	long long ms, bitrate;
	int lossless;

	(void)self;
	memset(m, 0, sizeof(*m));
	s.probes++;
	if (s.touch != NULL)
		put(s.touch, "song Other Ada 200000 320000 0");
	if (s.probe_says != DONE)
		return error_set(error, s.probe_says, "the worker's reason");
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0 || sscanf(text,
	    "song %63s %63s %lld %lld %d", title, artist, &ms, &bitrate,
	    &lossless) != 5)
		return error_set(error, ITEM_FAILED, "is no music");
	strcpy(m->identity, "0123456789abcdef0123456789abcdef");
	m->duration_ms = ms;
	m->bitrate = bitrate;
	m->lossless = lossless != 0;
	if (strcmp(title, "-") != 0)
		m->tags.title = xstrdup(title);
	if (strcmp(artist, "-") != 0)
		m->tags.artist = xstrdup(artist);
	return DONE;
}

static int begin(void **state)
{
	char *tmp;

	memset(&s, 0, sizeof(s));
	if (make_folder(state) != 0)
		return -1;
	s.inbox = path_join(*state, "inbox");
	s.state = path_join(*state, "state");
	s.out = path_join(*state, "out");
	tmp = path_join(s.state, STATE_TMP);
	if (file_make_dirs(s.inbox, 0700) != 0 ||
	    file_make_dirs(tmp, 0700) != 0 || file_make_dirs(s.out, 0700) != 0)
		return -1;
	free(tmp);
	s.cfg.fetch.max_size = 1 << 20;
	s.media_service.probe = probe;
	s.sc = (struct source_config){ .name = (char *)"inbox",
		.type = SOURCE_FOLDER, .path = s.inbox, .archives = true,
		.action = FOLDER_COPY };
	s.env = (struct source_env){ .cfg = &s.cfg, .state_dir = s.state,
		.media_service = &s.media_service };
	return 0;
}

static void close_source(void)
{
	if (s.source.free != NULL)
		s.source.free(s.source.self);
	memset(&s.source, 0, sizeof(s.source));
}

static int end(void **state)
{
	close_source();
	free(s.inbox);
	free(s.state);
	free(s.out);
	return remove_folder(state);
}

/* As the next run does. */
static void open_source(void)
{
	struct error error;

	close_source();
	s.probes = 0;
	if (folder_source(&s.sc, &s.env, &s.source, &error) != DONE)
		fail_msg("%s", error.text);
	assert_false(s.source.remote);
}

static struct candidates list(void)
{
	struct candidates c = { .count = 0 };

	assert_int_equal(s.source.search(s.source.self, NULL, "any", &c, NULL),
	    DONE);
	return c;
}

/* The titles of all that is offered, in order. */
static void assert_offers(const char *expected)
{
	struct candidates c = list();
	char titles[1024] = "";

	for (size_t i = 0; i < c.count; i++) {
		strcat(titles, i > 0 ? " " : "");
		strcat(titles, c.items[i].title);
	}
	candidates_free(&c);
	assert_string_equal(titles, expected);
}

static enum outcome get(const char *ref, struct delivery *d,
    struct error *error)
{
	const struct candidate c = { .ref = (char *)ref };
	struct track t;
	enum outcome o;

	track_init(&t);
	o = s.source.get(s.source.self, &t, &c, s.out, d, error);
	track_free(&t);
	return o;
}

/* Gets the first, or only, thing that is offered. */
static enum outcome get_first(struct delivery *d, struct error *error)
{
	struct candidates c = list();
	enum outcome o = get(c.items[0].ref, d, error);

	candidates_free(&c);
	return o;
}

static void assert_file(const char *path, const char *text)
{
	struct buf b = BUF_INIT;

	assert_int_equal(file_read(path, 4096, &b), 0);
	assert_string_equal(buf_str(&b), text);
	buf_free(&b);
}

#define SONG(title) "song " title " Ada 200000 320000 0"

/* ---- what is offered ---- */

static void a_folder_is_read_with_its_subfolders(void **state)
{
	(void)state;
	put_in("a.mp3", SONG("A"));
	put_in("album/disc 1/b.flac", SONG("B"));
	put_in("c.M4A", SONG("C"));
	open_source();
	assert_int_equal(s.probes, 3);
	assert_offers("A B C");
}

static void other_files_are_skipped(void **state)
{
	char *link = path_join(s.inbox, "link.mp3");
	char *outside = path_join(*state, "outside.mp3");

	put_in("a.mp3", SONG("A"));
	put_in("cover.jpg", SONG("Cover"));
	put_in(".hidden.mp3", SONG("Hidden"));
	put_in(".cache/b.mp3", SONG("Cached"));
	put_in("empty.mp3", "");
	put_in("broken.mp3", "noise");
	put(outside, SONG("Outside"));
	assert_int_equal(symlink(outside, link), 0);
	open_source();
	assert_offers("A");
	assert_int_equal(s.probes, 2);
	free(outside);
	free(link);
}

static void folders_are_entered_however_deep(void **state)
{
	char rel[512] = "";

	(void)state;
	for (int i = 0; i < 99; i++)
		strcat(rel, "d/");
	strcat(rel, "a.mp3");
	put_in(rel, SONG("Deep"));
	open_source();
	assert_offers("Deep");
}

static void the_best_of_equals_comes_first(void **state)
{
	(void)state;
	put_in("1.mp3", "song Low Ada 200000 128000 0");
	put_in("3.mp3", "song Also Ada 200000 320000 0");
	put_in("2.mp3", "song High Ada 200000 320000 0");
	put_in("4.flac", "song Lossless Ada 200000 100000 1");
	open_source();
	assert_offers("Lossless High Also Low");
}

static void a_file_without_a_title_is_named_by_its_file_name(void **state)
{
	struct candidates c;

	(void)state;
	put_in("Ada - Light.v2.mp3", "song - Bo 200500 320000 0");
	open_source();
	c = list();
	assert_int_equal(c.count, 1);
	assert_string_equal(c.items[0].title, "Ada - Light.v2");
	/* Then the artist's tag says nothing either. */
	assert_null(c.items[0].artist);
	candidates_free(&c);
}

static void half_a_second_is_rounded_down(void **state)
{
	struct candidates c;

	(void)state;
	put_in("1.mp3", "song A Ada 200500 320000 0");
	put_in("2.mp3", "song B Ada 200501 320000 0");
	open_source();
	c = list();
	assert_true(c.items[0].duration_s >= 200 &&
	    c.items[0].duration_s <= 200);
	assert_true(c.items[1].duration_s >= 201 &&
	    c.items[1].duration_s <= 201);
	candidates_free(&c);
}

static void a_missing_folder_is_an_error(void **state)
{
	struct source source;
	struct error error;

	(void)state;
	s.sc.path = (char *)"/nowhere/at/all";
	assert_int_equal(folder_source(&s.sc, &s.env, &source, &error),
	    SERVICE_FAILED);
	assert_non_null(strstr(error.text, "/nowhere/at/all"));
	assert_non_null(strstr(error.text, "[source.inbox]"));
	s.sc.path = NULL;
	assert_int_equal(folder_source(&s.sc, &s.env, &source, &error),
	    SERVICE_FAILED);
}

static void without_the_worker_it_cannot_be_read(void **state)
{
	struct source source;
	struct error error;

	(void)state;
	put_in("a.mp3", SONG("A"));
	s.probe_says = SERVICE_FAILED;
	assert_int_equal(folder_source(&s.sc, &s.env, &source, &error),
	    SERVICE_FAILED);
	s.probe_says = DONE;
	open_source();
	assert_offers("A");
}

/* ---- from one run to the next ---- */

static void an_unchanged_file_is_not_read_again(void **state)
{
	char *gone = path_join(s.inbox, "b.mp3");

	(void)state;
	put_in("a.mp3", SONG("A"));
	put_in("b.mp3", SONG("B"));
	put_in("broken.mp3", "noise");
	open_source();
	assert_int_equal(s.probes, 3);
	open_source();
	assert_int_equal(s.probes, 0);
	assert_offers("A B");
	put_in("a.mp3", SONG("Anew"));
	unlink(gone);
	open_source();
	assert_int_equal(s.probes, 1);
	assert_offers("Anew");
	free(gone);
}

static void a_file_that_is_being_written_is_left_for_the_next_run(void **state)
{
	char *path = path_join(s.inbox, "a.mp3");

	(void)state;
	put(path, SONG("Half"));
	s.touch = path;
	open_source();
	assert_offers("");
	s.touch = NULL;
	open_source();
	assert_offers("Other");
	free(path);
}

static void with_a_damaged_cache_files_are_read_again(void **state)
{
	char *cache = path_join(s.state, "source-inbox.json");

	(void)state;
	put_in("a.mp3", SONG("A"));
	open_source();
	assert_int_equal(access(cache, F_OK), 0);
	put(cache, "{\"cut");
	open_source();
	assert_int_equal(s.probes, 1);
	assert_offers("A");
	free(cache);
}

/* ---- getting ---- */

static void a_copy_is_delivered_and_the_file_stays(void **state)
{
	struct delivery d;
	struct error error;

	(void)state;
	put_in("a.mp3", SONG("A"));
	open_source();
	assert_int_equal(get_first(&d, &error), DONE);
	assert_memory_equal(d.path, s.out, strlen(s.out));
	assert_file(d.path, SONG("A"));
	assert_null(d.original);
	assert_true(d.keep_tags);
	assert_false(d.as_is);
	delivery_free(&d);
}

static void a_file_to_be_moved_is_copied_and_named(void **state)
{
	char *path = path_join(s.inbox, "a.mp3");
	struct delivery d;
	struct error error;

	(void)state;
	put(path, SONG("A"));
	s.sc.action = FOLDER_MOVE;
	open_source();
	assert_int_equal(get_first(&d, &error), DONE);
	assert_string_equal(d.original, path);
	/* It is removed by who placed the copy, and not before. */
	assert_file(path, SONG("A"));
	delivery_free(&d);
	free(path);
}

static void a_file_to_be_linked_is_not_copied(void **state)
{
	char *path = path_join(s.inbox, "a.mp3");
	struct delivery d;
	struct error error;

	(void)state;
	put(path, SONG("A"));
	s.sc.action = FOLDER_LINK;
	open_source();
	assert_int_equal(get_first(&d, &error), DONE);
	assert_string_equal(d.path, path);
	assert_true(d.as_is);
	assert_null(d.original);
	delivery_free(&d);
	free(path);
}

static void a_file_that_was_removed_is_not_delivered(void **state)
{
	char *path = path_join(s.inbox, "a.mp3");
	struct delivery d;
	struct error error;

	(void)state;
	put(path, SONG("A"));
	open_source();
	unlink(path);
	assert_int_equal(get_first(&d, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, path));
	delivery_free(&d);
	assert_int_equal(get("/etc/passwd", &d, &error), ITEM_FAILED);
	delivery_free(&d);
	free(path);
}

/* ---- archives ---- */

static void put_zip(const char *rel, const char *const *members,
    const char *const *texts)
{
	char *path = path_join(s.inbox, rel);
	struct archive *a = archive_write_new();

	archive_write_set_format_zip(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (; *members != NULL; members++, texts++) {
		struct archive_entry *e = archive_entry_new();

		archive_entry_set_pathname(e, *members);
		archive_entry_set_size(e, (la_int64_t)strlen(*texts));
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_write_header(a, e);
		archive_write_data(a, *texts, strlen(*texts));
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
	free(path);
}

static const char *const members[] = { "album/01 - a.mp3", "notes.txt",
	"album/02 - b.flac", "../c.mp3", NULL };
static const char *const texts[] = { SONG("A"), SONG("Notes"), SONG("B"),
	"noise", NULL };

static void an_archive_is_read_once(void **state)
{
	(void)state;
	put_zip("shop.zip", members, texts);
	open_source();
	assert_offers("A B");
	assert_int_equal(s.probes, 3);
	open_source();
	assert_offers("A B");
	assert_int_equal(s.probes, 0);
	s.sc.archives = false;
	open_source();
	assert_offers("");
}

static void a_member_is_unpacked_under_another_name(void **state)
{
	struct delivery d;
	struct error error;

	(void)state;
	put_zip("shop.zip", members, texts);
	s.sc.action = FOLDER_MOVE;
	open_source();
	assert_int_equal(get_first(&d, &error), DONE);
	assert_memory_equal(d.path, s.out, strlen(s.out));
	assert_null(strchr(d.path + strlen(s.out) + 1, '/'));
	assert_file(d.path, SONG("A"));
	/* The rest of the purchase is still in there. */
	assert_null(d.original);
	delivery_free(&d);
}

static void a_damaged_archive_does_not_hide_other_files(void **state)
{
	(void)state;
	put_in("a.mp3", SONG("A"));
	put_in("broken.zip", "PK\003\004 and no more");
	open_source();
	assert_offers("A");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_folder_is_read_with_its_subfolders),
		TEST(other_files_are_skipped),
		TEST(folders_are_entered_however_deep),
		TEST(the_best_of_equals_comes_first),
		TEST(a_file_without_a_title_is_named_by_its_file_name),
		TEST(half_a_second_is_rounded_down),
		TEST(a_missing_folder_is_an_error),
		TEST(without_the_worker_it_cannot_be_read),
		TEST(an_unchanged_file_is_not_read_again),
		TEST(a_file_that_is_being_written_is_left_for_the_next_run),
		TEST(with_a_damaged_cache_files_are_read_again),
		TEST(a_copy_is_delivered_and_the_file_stays),
		TEST(a_file_to_be_moved_is_copied_and_named),
		TEST(a_file_to_be_linked_is_not_copied),
		TEST(a_file_that_was_removed_is_not_delivered),
		TEST(an_archive_is_read_once),
		TEST(a_member_is_unpacked_under_another_name),
		TEST(a_damaged_archive_does_not_hide_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
