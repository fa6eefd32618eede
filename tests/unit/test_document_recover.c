/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "document/entry.h"
#include "document/recover.h"

#define ROOT "/music"

static struct segment segments[] = {
	{ 0, 0.25f, SEGMENT_INTRO }, { 30.968, 0.75f, SEGMENT_DROP },
	{ 154.839, 0.5f, SEGMENT_OUTRO } };
static uint8_t curve[] = { 0, 29, 57, 58, 100, 7 };
static struct beat_anchor anchors[] = { { 0.58, 124.1 }, { 60, 123.87 } };

/* A file of which all is known that can be known. */
static struct entry known(void)
{
	struct entry e = { .path = "Ada/Light.mp3", .size = 4000000,
		.artist = "Ada", .title = "Light", .analyzed = true,
		.analyzed_at = 1767225600,
		.analysis = { .bpm = 124.13, .bpm_confidence = 0.9,
			.key = "F# minor", .camelot = "11A", .energy = 5,
			.has_loudness = true, .loudness = -8.21,
			.duration = 187.25, .has_grid = true,
			.first_beat = 0.1, .downbeat = 0.58,
			.beats_per_bar = 4, .anchors = anchors,
			.n_anchors = 2 } };

	e.analysis.structure = (struct structure){ .mix_in = 15.5,
		.mix_out = 170.323, .intro_end = 30.968,
		.outro_start = 154.839, .drop = 61.935,
		.segments = segments, .n_segments = 3, .curve = curve,
		.n_curve = 6, .curve_rate = 0.032043, .crossfade_bars = 16,
		.hint_in = TRANSITION_CUT, .hint_out = TRANSITION_ECHO_OUT,
		.clean_outro = true };
	return e;
}

static char *rendered(const struct entry *e)
{
	struct buf out = BUF_INIT;

	entry_render(e, ROOT, "track_1_abc", false, &out);
	buf_putc(&out, '\0');
	return buf_take(&out);
}

static void assert_comes_back(struct entry e)
{
	char *once = rendered(&e), *twice;
	struct json *v = json_parse(once, strlen(once), NULL);

	entry_analysis(v, &e.analysis);
	twice = rendered(&e);
	assert_string_equal(twice, once);
	analysis_free(&e.analysis);
	json_free(v);
	free(once);
	free(twice);
}

static void an_analysis_is_read_back_as_it_was_written(void **state)
{
	struct entry e = known();

	(void)state;
	assert_comes_back(e);
	e.analysis.n_anchors = 0;
	e.analysis.constant = true;
	assert_comes_back(e);
	e.analysis = (struct analysis){ .duration = 3 };
	assert_comes_back(e);
}

static void malformed_fields_of_an_entry_are_unknown(void **state)
{
	static const char *const odd[] = { "[]", "{}", "7",
		"{\"bpm\":\"fast\",\"key\":[],\"energy\":-3,\"duration\":{}}",
		"{\"bpm\":1e300,\"bpmConfidence\":7,\"energy\":11,"
		    "\"loudness\":\"-8\",\"key\":\"H sharp\"}",
		"{\"duration\":9,\"segments\":[1,2],\"energyCurve\":7}",
		"{\"duration\":9,\"segments\":{\"a\":{\"type\":\"drop\"}},"
		    "\"energyCurve\":{\"samples\":[0.5,2],\"sampleRate\":1}}",
		"{\"duration\":9,\"mixPoints\":{\"mixInPoint\":5,"
		    "\"mixOutPoint\":2},\"transitionHints\":[\"cut\"]}",
		"{\"duration\":9,\"beatGrid\":{\"beatsPerBar\":4000}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct json *v = json_parse(odd[i], strlen(odd[i]), NULL);
		struct analysis a;

		assert_non_null(v);
		entry_analysis(v, &a);
		assert_true(a.bpm == 0 && a.energy == 0 && !a.has_grid);
		assert_string_equal(a.key, "");
		assert_true(a.structure.mix_out == 0);
		assert_int_equal(a.structure.n_segments, 0);
		assert_int_equal(a.structure.n_curve, 0);
		assert_int_equal(a.structure.crossfade_bars, 0);
		analysis_free(&a);
		json_free(v);
	}
}

/* ---- from a document ---- */

static void take(void *ctx, struct recovered_entry *r)
{
	struct buf *told = ctx;

	buf_printf(told, "%s %lld %s %.0f\n", r->e->path,
	    (long long)r->analyzed_at, r->version, r->analysis.bpm);
	analysis_free(&r->analysis);
}

#define ROW(name, more) "{\"filePath\":\"" ROOT "/" name "\"," \
	"\"bpm\":120,\"analyzedAt\":\"2026-01-01T00:00:00Z\"," more "}"
#define OURS "\"analyzerVersion\":\"likesync/0.0.9\""

static const char document[] = "{\"tracks\":["
    ROW("ours", "\"fileSize\":5," OURS) ","
    ROW("other-size", "\"fileSize\":6," OURS) ","
    ROW("no-size", OURS) ","
    ROW("theirs", "\"fileSize\":5") ","
    ROW("filled", "\"fileSize\":5,\"loudness\":-9,\"beatGrid\":{}") ","
    ROW("never", "\"analyzedAt\":null,\"fileSize\":5," OURS) ","
    ROW("gone", "\"fileSize\":5," OURS) "]}";

static char *told_of(const char *folder, const char *text, enum outcome *o)
{
	static const char *const names[] = { "ours", "other-size", "no-size",
		"theirs", "filled", "never", "not-in-it" };
	char *path = path_join(folder, "doc.json");
	struct entries files = { .count = 0 };
	struct buf told = BUF_INIT;
	struct error error;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct entry *e = entries_add(&files);

		e->path = xstrdup(names[i]);
		e->size = 5;
	}
	if (text != NULL)
		assert_int_equal(file_write(path, text, strlen(text),
		    0600), 0);
	*o = document_recover(path, ROOT, &files, take, &told, &error);
	entries_free(&files);
	free(path);
	buf_putc(&told, '\0');
	return buf_take(&told);
}

static void our_and_filled_entries_of_unchanged_files_are_recovered(
    void **state)
{
	enum outcome o;
	char *told = told_of(*state, document, &o);

	assert_int_equal(o, DONE);
	assert_string_equal(told, "ours 1767225600 likesync/0.0.9 120\n"
	    "filled 1767225600  120\n");
	free(told);
}

static void a_missing_or_broken_document_has_no_analyses(void **state)
{
	static const char *const texts[] = { NULL, "", "{\"tracks\":[",
		"{\"tracks\":7}", "[]" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		enum outcome o;
		char *told = told_of(*state, texts[i], &o);

		assert_int_equal(o, DONE);
		assert_string_equal(told, "");
		free(told);
	}
}

#define TEST(name) cmocka_unit_test(name)
#define WITH_FOLDER(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_analysis_is_read_back_as_it_was_written),
		TEST(malformed_fields_of_an_entry_are_unknown),
		WITH_FOLDER(our_and_filled_entries_of_unchanged_files_are_recovered),
		WITH_FOLDER(a_missing_or_broken_document_has_no_analyses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
