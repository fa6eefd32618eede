/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple Music's Library.xml and privacy export, whole and hostile. */
#include "test.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "imports/list_file.h"

#define LIBRARY "data/export/apple-library.xml"

static const char tracks[] = "[{\"Title\":\"Light\",\"Artist\":\"Ada\","
	"\"Album\":\"Sun\",\"Track Duration\":20000,"
	"\"Apple Music Track Identifier\":1,\"Favorite Status - Track\":true,"
	"\"Date Added To Library\":\"2020-01-02T03:04:05Z\"},"
	"{\"Title\":\"Bus\",\"Artist\":\"Bo\",\"Track Like Rating\":\"liked\","
	"\"Genres\":{\"a\":[1]}},"
	"{\"Title\":\"Rain\",\"Artist\":\"Dee\",\"Track Duration\":-1,"
	"\"Track Like Rating\":\"none\"},{\"Title\":null}]";

/* ---- Library.xml ---- */

static void loved_and_favorited_tracks_come_the_latest_first(void **state)
{
	struct track_list l;
	struct error error;

	(void)state;
	assert_int_equal(list_file_read(LIBRARY, "loved", &l, &error), DONE);
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].title, "Bus");
	assert_string_equal(l.tracks.items[0].artists[0], "Bo & Cy");
	assert_int_equal(l.tracks.items[0].duration_ms, 180500);
	assert_string_equal(l.tracks.items[1].title, "Light");
	assert_string_equal(l.tracks.items[1].album, "Sun & Moon");
	assert_string_equal(l.tracks.items[1].release_date, "2019");
	/* 2020-01-02T03:04:05Z */
	assert_int_equal(l.tracks.items[1].added_at, 1577934245);
	assert_true(l.complete);
	assert_int_equal(l.episodes, 1);
	track_list_free(&l);
}

static void all_tracks_or_those_of_a_playlist_can_be_wanted(void **state)
{
	struct track_list l;
	struct error error;

	(void)state;
	assert_int_equal(list_file_read(LIBRARY, "all", &l, &error), DONE);
	assert_int_equal(l.tracks.count, 3);
	track_list_free(&l);
	assert_int_equal(list_file_read(LIBRARY, "road", &l, &error), DONE);
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.name, "Road");
	assert_string_equal(l.tracks.items[0].title, "Rain");
	assert_int_equal(l.tracks.items[1].position, 3);
	assert_int_equal(l.rows, 4);
	track_list_free(&l);
	assert_int_equal(list_file_read(LIBRARY, "Rood", &l, &error),
	    RUN_CONFIG);
	assert_non_null(strstr(error.text, "no playlist \"Rood\""));
	assert_int_equal(list_file_read_playlist(LIBRARY, NULL, &l, &error),
	    DONE);
	assert_int_equal(l.tracks.count, 3);
	track_list_free(&l);
}

static void a_library_of_which_nothing_is_loved_is_no_empty_list(void **state)
{
	static const char text[] = "<?xml version=\"1.0\"?><plist><dict><key>"
		"Tracks</key><dict><key>1</key><dict><key>Name</key><string>A"
		"</string></dict></dict></dict></plist>";
	char *path = path_join(*state, "Library.xml");
	struct track_list l;
	struct error error;

	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
	assert_int_equal(list_file_read(path, "loved", &l, &error),
	    RUN_CONFIG);
	assert_non_null(strstr(error.text, "none of its 1 tracks is loved"));
	free(path);
}

/* ---- hostile property lists ---- */

static enum outcome read_text(const char *folder, const char *text,
    struct error *error)
{
	char *path = path_join(folder, "Library.xml");
	struct track_list l;
	enum outcome o;

	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
	o = list_file_read(path, "all", &l, error);
	if (o == DONE)
		track_list_free(&l);
	free(path);
	return o;
}

static void assert_refused(const char *folder, const char *text,
    const char *reason)
{
	struct error error;

	assert_int_equal(read_text(folder, text, &error), RUN_CONFIG);
	if (strstr(error.text, reason) == NULL)
		fail_msg("%s: %s", reason, error.text);
}

/* Tracks in so many arrays below the three elements that are always there. */
static char *nested(int arrays)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, "<plist><dict><key>x</key>");
	for (int i = 0; i < arrays; i++)
		buf_puts(&b, "<array>");
	for (int i = 0; i < arrays; i++)
		buf_puts(&b, "</array>");
	buf_puts(&b, "<key>Tracks</key><dict/></dict></plist>");
	return buf_take(&b);
}

static void a_hostile_property_list_is_refused_before_it_is_read(void **state)
{
	const char *f = *state;

	assert_refused(f, "<?xml version=\"1.0\"?><!DOCTYPE plist [<!ENTITY a "
	    "\"aa\">]><plist><dict/></plist>", "declares entities");
	assert_refused(f, "<?xml?><!ENTITY a \"b\"><plist/>",
	    "declares entities");
	assert_refused(f, "<plist><dict>", "is cut short");
	assert_refused(f, "<plist><dict><key>Tracks</key><di", "is cut short");
	assert_refused(f, "<plist></dict></plist></a>", "no well-formed XML");
	assert_refused(f, "<plist><array/></plist>", "contains no Tracks");
	assert_refused(f, "<plist><dict><key>Tracks</key><array/></dict>"
	    "</plist>", "contains no Tracks");
	assert_refused(f, "<?xml version=\"1.0\"?>", "no property list");
	assert_refused(f, "<?xml version=\"1.0\"?><svg/>", "no property list");
}

static void a_library_may_be_nested_so_deep_and_no_deeper(void **state)
{
	struct error error;
	char *text = nested(30);

	assert_int_equal(read_text(*state, text, &error), DONE);
	free(text);
	text = nested(31);
	assert_refused(*state, text, "nested deeper");
	free(text);
	text = nested(1000000);
	assert_refused(*state, text, "nested deeper");
	free(text);
}

static void a_library_that_is_cut_anywhere_is_never_read_in_part(void **state)
{
	struct buf text = BUF_INIT;
	struct error error;

	assert_int_equal(file_read(LIBRARY, 1 << 20, &text), 0);
	for (size_t len = strlen("<?xml"); len + 2 < text.len; len += 7) {
		char *part = xstrndup(buf_str(&text), len);

		assert_int_equal(read_text(*state, part, &error), RUN_CONFIG);
		free(part);
	}
	buf_free(&text);
}

/* ---- the privacy export ---- */

/* A zip file with one member. */
static void zip(const char *name, const void *data, size_t len,
    struct buf *out)
{
	static char made[1 << 20];
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used = 0;

	archive_write_set_format_zip(a);
	assert_int_equal(archive_write_open_memory(a, made, sizeof(made),
	    &used), ARCHIVE_OK);
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)len);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data, len), len);
	archive_entry_free(e);
	archive_write_close(a);
	archive_write_free(a);
	buf_clear(out);
	buf_append(out, made, used);
}

static enum outcome read_bytes(const char *folder, const struct buf *b,
    const char *which, struct track_list *l, struct error *error)
{
	char *path = path_join(folder, "export.zip");
	enum outcome o;

	assert_int_equal(file_write(path, b->data, b->len, 0600), 0);
	o = list_file_read(path, which, l, error);
	free(path);
	return o;
}

static void an_archive_in_an_archive_is_read(void **state)
{
	struct buf inner = BUF_INIT, outer = BUF_INIT;
	struct track_list l;
	struct error error;

	zip("Apple Music Activity/Apple Music Library Tracks.json", tracks,
	    strlen(tracks), &inner);
	zip("Apple_Media_Services/Apple Music Library Tracks.json.zip",
	    inner.data, inner.len, &outer);
	assert_int_equal(read_bytes(*state, &outer, "loved", &l, &error),
	    DONE);
	assert_int_equal(l.tracks.count, 2);
	assert_string_equal(l.tracks.items[0].title, "Light");
	assert_int_equal(l.tracks.items[0].duration_ms, 20000);
	track_list_free(&l);
	assert_int_equal(read_bytes(*state, &outer, "all", &l, &error), DONE);
	assert_int_equal(l.tracks.count, 3);
	assert_int_equal(l.unusable, 1);
	track_list_free(&l);
	assert_int_equal(read_bytes(*state, &outer, "Road", &l, &error),
	    RUN_CONFIG);
	assert_non_null(strstr(error.text, "give Library.xml"));
	buf_free(&inner);
	buf_free(&outer);
}

static void archives_are_opened_three_deep_and_no_deeper(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct track_list l;
	struct error error;

	zip("Apple Music Library Tracks.json", tracks, strlen(tracks), &a);
	zip("a.zip", a.data, a.len, &b);
	zip("b.zip", b.data, b.len, &a);
	assert_int_equal(read_bytes(*state, &a, "all", &l, &error), DONE);
	track_list_free(&l);
	zip("c.zip", a.data, a.len, &b);
	assert_int_equal(read_bytes(*state, &b, "all", &l, &error),
	    RUN_CONFIG);
	assert_non_null(strstr(error.text, "contains no \"Apple Music"));
	buf_free(&a);
	buf_free(&b);
}

static void a_damaged_or_foreign_archive_is_named(void **state)
{
	struct buf a = BUF_INIT;
	struct track_list l;
	struct error error;

	zip("song.mp3", "x", 1, &a);
	assert_int_equal(read_bytes(*state, &a, "all", &l, &error),
	    RUN_CONFIG);
	zip("Apple Music Library Tracks.json", tracks, strlen(tracks), &a);
	for (size_t len = 5; len + 30 < a.len; len += 11) {
		struct buf part = { .data = a.data, .len = len };

		if (read_bytes(*state, &part, "all", &l, &error) == DONE)
			track_list_free(&l);
		else
			assert_true(error.text[0] != '\0');
	}
	zip("Apple Music Library Tracks.json", "[{\"Title\":", 10, &a);
	assert_int_equal(read_bytes(*state, &a, "all", &l, &error),
	    RUN_CONFIG);
	buf_free(&a);
}

#define IN_A_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    loved_and_favorited_tracks_come_the_latest_first),
		cmocka_unit_test(
		    all_tracks_or_those_of_a_playlist_can_be_wanted),
		IN_A_FOLDER(a_library_of_which_nothing_is_loved_is_no_empty_list),
		IN_A_FOLDER(
		    a_hostile_property_list_is_refused_before_it_is_read),
		IN_A_FOLDER(a_library_may_be_nested_so_deep_and_no_deeper),
		IN_A_FOLDER(
		    a_library_that_is_cut_anywhere_is_never_read_in_part),
		IN_A_FOLDER(an_archive_in_an_archive_is_read),
		IN_A_FOLDER(archives_are_opened_three_deep_and_no_deeper),
		IN_A_FOLDER(a_damaged_or_foreign_archive_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
