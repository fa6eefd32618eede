/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/json.h"
#include "base/mem.h"
#include "document/document.h"
#include "document/entry.h"
#include "document/patch.h"
#include "types/reason.h"

#define ROOT "/music"

/* A file that everything is known of. */
static struct entry known(void)
{
	return (struct entry){ .path = "Ada/Light.mp3", .size = 4000000,
		.artist = "Ada", .title = "Light",
		.spotify_id = "0123456789abcdefghijKL",
		.isrc = "GBAAA9800322", .analyzed = true,
		.analyzed_at = 1767225600, .added_at = 1767139200,
		.tags = { .genre = "House" },
		.analysis = { .bpm = 124.004, .bpm_confidence = 0.9,
			.key = "A minor", .camelot = "8A", .energy = 7,
			.has_loudness = true, .loudness = -8.21,
			.duration = 187.25, .has_grid = true,
			.first_beat = 0.1, .downbeat = 0.58,
			.beats_per_bar = 4, .constant = true } };
}

struct change {
	const struct entry *e;
	bool moved;
	struct edits edits;
};

static void find(void *ctx, const struct json *v)
{
	struct change *c = ctx;

	entry_edits(v, c->e, ROOT, c->moved, &c->edits);
}

/* What becomes of an entry of the document; the caller frees it. */
static char *merged(const char *text, const struct entry *e, bool moved)
{
	struct change c = { .e = e, .moved = moved };
	struct buf copy = BUF_INIT, out = BUF_INIT;

	buf_puts(&copy, text);
	assert_int_equal(entry_parse(copy.data, copy.len, find, &c), 0);
	assert_int_equal(entry_patch(copy.data, copy.len, &c.edits, &out), 0);
	edits_free(&c.edits);
	buf_free(&copy);
	return buf_take(&out);
}

static void assert_merged(const char *text, const struct entry *e, bool moved,
    const char *expected)
{
	char *out = merged(text, e, moved), *twice = merged(out, e, moved);

	assert_string_equal(out, expected);
	assert_string_equal(twice, expected);	/* and then it stays */
	free(out);
	free(twice);
}

static void a_new_entry_has_all_mandatory_fields(void **state)
{
	struct entry e = known();
	struct buf out = BUF_INIT;

	(void)state;
	entry_render(&e, ROOT, "track_1_abc", false, &out);
	assert_string_equal(buf_str(&out), "{\"id\":\"track_1_abc\","
	    "\"filePath\":\"/music/Ada/Light.mp3\","
	    "\"fileName\":\"Light.mp3\",\"artist\":\"Ada\","
	    "\"title\":\"Light\",\"bpm\":124,\"bpmConfidence\":0.9,"
	    "\"key\":\"A minor\",\"camelotKey\":\"8A\",\"energy\":7,"
	    "\"duration\":187.25,\"fileSize\":4000000,"
	    "\"uploadedAt\":\"2025-12-31T00:00:00Z\","
	    "\"analyzedAt\":\"2026-01-01T00:00:00Z\","
	    "\"analyzerVersion\":\"" ANALYZER_VERSION "\","
	    "\"genre\":\"House\",\"spotifyId\":\"0123456789abcdefghijKL\","
	    "\"isrc\":\"GBAAA9800322\",\"loudness\":-8.21,"
	    "\"beatGrid\":{\"firstBeat\":0.1,\"downbeat\":0.58,"
	    "\"beatsPerBar\":4,\"constant\":true}}");
	buf_free(&out);
}

static void unknown_values_are_not_guessed(void **state)
{
	struct entry e = known();
	struct buf out = BUF_INIT;

	(void)state;
	e.analysis = (struct analysis){ .duration = 3 };
	e.spotify_id = "not an id";
	e.isrc = "gb-aaa-98-00322";
	e.tags.genre = NULL;
	e.added_at = 0;
	entry_render(&e, ROOT, "i", false, &out);
	assert_string_equal(buf_str(&out), "{\"id\":\"i\","
	    "\"filePath\":\"/music/Ada/Light.mp3\","
	    "\"fileName\":\"Light.mp3\",\"artist\":\"Ada\","
	    "\"title\":\"Light\",\"bpm\":0,\"bpmConfidence\":0,"
	    "\"key\":\"Unknown\",\"energy\":5,\"duration\":3,"
	    "\"fileSize\":4000000,"
	    "\"analyzedAt\":\"2026-01-01T00:00:00Z\","
	    "\"analyzerVersion\":\"" ANALYZER_VERSION "\"}");
	buf_free(&out);
}

static void our_confidence_is_never_rounded_to_1(void **state)
{
	struct entry e = known();
	struct buf out = BUF_INIT;

	(void)state;
	e.analysis.bpm_confidence = 0.9999;
	entry_render(&e, ROOT, "i", false, &out);
	assert_non_null(strstr(buf_str(&out), "\"bpmConfidence\":0.99,"));
	buf_clear(&out);
	e.analysis.bpm_confidence = 1;
	entry_render(&e, ROOT, "i", false, &out);
	assert_non_null(strstr(buf_str(&out), "\"bpmConfidence\":1,"));
	buf_free(&out);
}

static void any_path_is_read_back_as_it_was_written(void **state)
{
	static const char *const paths[] = { "caf\xe9.mp3", "\xff\x80\xc3.mp3",
		"quote\" back\\ tab\t.mp3", "\xe2\x82\xac \xf0\x9f\x8e\xb5" };
	struct entry e = known();

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct buf out = BUF_INIT;
		struct json *v;
		char *path;

		e.path = (char *)(uintptr_t)paths[i];
		entry_render(&e, ROOT, "i", false, &out);
		v = json_parse(out.data, out.len, NULL);
		path = entry_file_path(v);
		assert_string_equal(path + strlen(ROOT "/"), paths[i]);
		free(path);
		json_free(v);
		buf_free(&out);
	}
}

static void a_byte_that_is_not_utf8_is_written_as_python_does(void **state)
{
	struct entry e = known();
	struct buf out = BUF_INIT;

	(void)state;
	e.path = "caf\xe9.mp3";
	entry_render(&e, ROOT, "i", false, &out);
	assert_non_null(strstr(buf_str(&out), "/music/caf\\udce9.mp3\""));
	buf_free(&out);
}

static void an_entry_by_mixed_in_key_is_never_changed(void **state)
{
	static const char text[] = "{\"bpmConfidence\": 1.0, \"key\":\"\","
	    "\"analyzerVersion\":\"mik\" }";
	struct entry e = known();

	(void)state;
	assert_merged(text, &e, false, text);
	assert_merged(text, &e, true, text);
}

static void only_unknown_fields_are_filled_in_entries_of_others(void **state)
{
	struct entry e = known();

	(void)state;
	assert_merged("{ \"artist\":\"X\" , \"title\":\"Y\",\"bpm\":0,"
	    "\"bpmConfidence\":0.0,\"key\":\"Unknown\",\"energy\":5,"
	    "\"duration\":0,\"fileSize\":1,\"analyzerVersion\":\"o/1\",\n"
	    " \"odd\":[1.50, {\"b\":null}]\t}", &e, false,
	    "{ \"artist\":\"X\" , \"title\":\"Y\",\"bpm\":124,"
	    "\"bpmConfidence\":0.9,\"key\":\"A minor\",\"energy\":7,"
	    "\"duration\":187.25,\"fileSize\":1,\"analyzerVersion\":\"o/1\",\n"
	    " \"odd\":[1.50, {\"b\":null}],\n"
	    " \"genre\":\"House\",\n"
	    " \"spotifyId\":\"0123456789abcdefghijKL\",\n"
	    " \"isrc\":\"GBAAA9800322\",\n \"loudness\":-8.21,\n"
	    " \"beatGrid\":{\"firstBeat\":0.1,\"downbeat\":0.58,"
	    "\"beatsPerBar\":4,\"constant\":true},\n"
	    " \"camelotKey\":\"8A\"\t}");
}

static const char complete[] = "{\"artist\":\"X\",\"title\":\"Y\","
	"\"bpm\":99,\"bpmConfidence\":0.5,\"key\":\"C major\","
	"\"camelotKey\":\"8B\",\"energy\":5,\"duration\":180,"
	"\"fileSize\":1,\"genre\":\"Pop\",\"isrc\":\"x\","
	"\"spotifyId\":\"y\",\"loudness\":-7,\"beatGrid\":{}%s}";

static void known_fields_of_others_are_not_changed(void **state)
{
	struct entry e = known();
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), complete, "");
	assert_merged(text, &e, false, text);
}

static void a_camelot_code_follows_from_the_key_in_the_entry(void **state)
{
	struct entry e = known();
	char *out;

	(void)state;
	out = merged("{\"bpm\":124,\"key\":\"E minor\",\"loudness\":-7}", &e,
	    false);
	assert_non_null(strstr(out, "\"camelotKey\":\"9A\""));
	assert_non_null(strstr(out, "\"key\":\"E minor\""));
	free(out);
	out = merged("{\"bpm\":124,\"key\":\"\",\"camelotKey\":\"5B\"}", &e,
	    false);
	assert_non_null(strstr(out, "\"key\":\"Eb major\""));
	free(out);
	out = merged("{\"bpm\":124,\"key\":\"H dur\"}", &e, false);
	assert_null(strstr(out, "camelotKey"));
	free(out);
}

static void our_grid_is_not_added_to_another_tempo(void **state)
{
	struct entry e = known();
	char *out;

	(void)state;
	out = merged("{\"bpm\":62}", &e, false);
	assert_null(strstr(out, "beatGrid"));
	free(out);
	out = merged("{\"bpm\":124.02}", &e, false);
	assert_non_null(strstr(out, "beatGrid"));
	free(out);
	/* One serves both as far as a twentieth of a beat a minute. */
	out = merged("{\"bpm\":124.053}", &e, false);
	assert_non_null(strstr(out, "beatGrid"));
	free(out);
	out = merged("{\"bpm\":124.055}", &e, false);
	assert_null(strstr(out, "beatGrid"));
	free(out);
}

static void a_tempo_over_400_is_unknown(void **state)
{
	struct entry e = known();
	struct buf out = BUF_INIT;

	(void)state;
	e.analysis.bpm = 400;
	entry_render(&e, ROOT, "i", false, &out);
	assert_non_null(strstr(buf_str(&out), "\"bpm\":400,"));
	buf_free(&out);
	e.analysis.bpm = 400.5;
	entry_render(&e, ROOT, "i", false, &out);
	assert_non_null(strstr(buf_str(&out), "\"bpm\":0,"));
	buf_free(&out);
}

static void energy_5_is_known_if_tempo_or_key_is(void **state)
{
	struct entry e = known();
	char *out;

	(void)state;
	out = merged("{\"bpm\":124,\"energy\":5}", &e, false);
	assert_non_null(strstr(out, "\"energy\":5"));
	free(out);
	out = merged("{\"key\":\"Unknown\",\"energy\":5}", &e, false);
	assert_non_null(strstr(out, "\"energy\":7"));
	free(out);
}

static void our_entry_is_updated_and_keeps_foreign_fields(void **state)
{
	struct entry e = known();

	(void)state;
	e.analysis = (struct analysis){ .duration = 3 };
	e.tags.genre = e.spotify_id = e.isrc = NULL;
	assert_merged("{\"id\":\"a\", \"artist\":\"Old\",\"title\":\"Light\","
	    " \"bpm\":1,\"mood\" : \"blue\",\"loudness\":-3,"
	    "\"camelotKey\":\"1A\",\"fileSize\":4000000,"
	    "\"analyzedAt\":\"2025-01-01T00:00:00Z\","
	    "\"spotifyId\":\"kept\",\"beatGrid\":{\"firstBeat\":1},"
	    "\"analyzerVersion\":\"likesync/0.0.1\"}", &e, false,
	    "{\"id\":\"a\", \"artist\":\"Ada\",\"title\":\"Light\","
	    " \"bpm\":0,\"mood\" : \"blue\",\"fileSize\":4000000,"
	    "\"analyzedAt\":\"2026-01-01T00:00:00Z\","
	    "\"spotifyId\":\"kept\","
	    "\"analyzerVersion\":\"" ANALYZER_VERSION "\","
	    "\"bpmConfidence\":0,\"key\":\"Unknown\",\"energy\":5,"
	    "\"duration\":3}");
}

static void another_programs_tempo_in_our_entry_stays_until_a_new_analysis(
    void **state)
{
	struct entry e = known();
	char text[512], *out;

	(void)state;
	snprintf(text, sizeof(text), complete, ",\"analyzedAt\":"
	    "\"2026-01-01T00:00:00Z\",\"analyzerVersion\":\"likesync/0\"");
	strcpy(e.version, "likesync/0");
	out = merged(text, &e, false);
	assert_non_null(strstr(out, "\"bpm\":99,\"bpmConfidence\":0.5,"));
	assert_non_null(strstr(out, "\"title\":\"Light\""));
	free(out);
	e.analyzed_at++;
	out = merged(text, &e, false);
	assert_non_null(strstr(out, "\"bpm\":124,\"bpmConfidence\":0.9,"));
	free(out);
	/* By a newer analyzer, also within the same second. */
	e.analyzed_at--;
	strcpy(e.version, ANALYZER_VERSION);
	out = merged(text, &e, false);
	assert_non_null(strstr(out, "\"bpm\":124,\"bpmConfidence\":0.9,"));
	assert_non_null(strstr(out, ANALYZER_VERSION));
	free(out);
}

static void a_tempo_added_to_the_tags_updates_our_entry(void **state)
{
	struct entry e = known();
	char text[512], *out;

	(void)state;
	e.analysis.bpm_confidence = 1;
	snprintf(text, sizeof(text), complete, ",\"analyzedAt\":"
	    "\"2026-01-01T00:00:00Z\",\"analyzerVersion\":\""
	    ANALYZER_VERSION "\"");
	out = merged(text, &e, false);
	assert_non_null(strstr(out, "\"bpm\":124,\"bpmConfidence\":1,"));
	free(out);
}

static void mixed_in_keys_values_stay_in_our_entries_too(void **state)
{
	struct entry e = known();
	char *out;

	(void)state;
	out = merged("{\"bpm\":99,\"bpmConfidence\":1,\"key\":\"C major\","
	    "\"analyzerVersion\":\"likesync/0\"}", &e, false);
	assert_non_null(strstr(out, "\"bpm\":99,\"bpmConfidence\":1,"));
	assert_non_null(strstr(out, "\"key\":\"C major\""));
	free(out);
}

static void a_moved_file_is_followed(void **state)
{
	struct entry e = known();
	char text[640];

	(void)state;
	snprintf(text, sizeof(text), complete, ",\"filePath\":\"/old/a.mp3\","
	    "\"fileName\":\"a.mp3\"");
	assert_merged(text, &e, false, text);
	assert_merged("{\"filePath\":\"/music/old.mp3\",\"artist\":\"X\","
	    "\"title\":\"Y\",\"fileName\":\"old.mp3\",\"bpm\":99,"
	    "\"key\":\"C major\",\"camelotKey\":\"8B\",\"energy\":5,"
	    "\"duration\":180,\"fileSize\":1,\"genre\":\"Pop\","
	    "\"isrc\":\"x\",\"spotifyId\":\"y\",\"loudness\":-7}", &e, true,
	    "{\"filePath\":\"/music/Ada/Light.mp3\",\"artist\":\"X\","
	    "\"title\":\"Y\",\"fileName\":\"Light.mp3\",\"bpm\":99,"
	    "\"key\":\"C major\",\"camelotKey\":\"8B\",\"energy\":5,"
	    "\"duration\":180,\"fileSize\":1,\"genre\":\"Pop\","
	    "\"isrc\":\"x\",\"spotifyId\":\"y\",\"loudness\":-7}");
}

static void text_that_is_not_utf8_is_not_written_again_by_each_run(void **state)
{
	struct entry e = known();
	char *out, *twice;

	(void)state;
	e.title = "caf\xe9";
	out = merged("{\"analyzerVersion\":\"likesync/0\"}", &e, false);
	twice = merged(out, &e, false);
	assert_string_equal(out, twice);
	free(out);
	free(twice);
}

/* One edit made to text. */
static void assert_patched(const char *text, const char *name,
    const char *value, const char *expected)
{
	struct edits edits = { .count = 1, .items = { { .name = name,
		.text = (char *)(uintptr_t)value } } };
	struct buf in = BUF_INIT, out = BUF_INIT;

	buf_puts(&in, text);
	assert_int_equal(entry_patch(in.data, in.len, &edits, &out), 0);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&in);
	buf_free(&out);
}

static void a_member_is_changed_in_its_place(void **state)
{
	(void)state;
	assert_patched("{\"a\":1,\"b\" : \"x\" }", "b", "2",
	    "{\"a\":1,\"b\" : 2 }");
	assert_patched("{\"a\":{\"b\":1},\"b\":[1]}", "b", "2",
	    "{\"a\":{\"b\":1},\"b\":2}");
	assert_patched("{\"\\u0062\":1}", "b", "2", "{\"\\u0062\":2}");
	assert_patched("{\"\":[1,2],\"q\\\"\":\"\\\\\",\"b\":1}", "b", "2",
	    "{\"\":[1,2],\"q\\\"\":\"\\\\\",\"b\":2}");
}

static void of_several_members_of_one_name_the_last_counts(void **state)
{
	(void)state;
	assert_patched("{\"b\":1,\"b\":3,\"c\":0}", "b", "2",
	    "{\"b\":1,\"b\":2,\"c\":0}");
	assert_patched("{\"b\":1,\"a\":0,\"b\":3}", "b", NULL, "{\"a\":0}");
}

static void a_new_member_is_spaced_like_its_neighbours(void **state)
{
	(void)state;
	assert_patched("{}", "b", "2", "{\"b\":2}");
	assert_patched("{\"a\":1}", "b", "2", "{\"a\":1,\"b\":2}");
	assert_patched("{\"a\": 1, \"c\": 3}", "b", "2",
	    "{\"a\": 1, \"c\": 3, \"b\": 2}");
	assert_patched("{\n  \"a\" : 1\n}", "b", "2",
	    "{\n  \"a\" : 1,\n  \"b\" : 2\n}");
	assert_patched("{\"\":[]}", "b", "2", "{\"\":[],\"b\":2}");
}

static void a_removed_member_leaves_no_comma(void **state)
{
	(void)state;
	assert_patched("{\"a\":1, \"b\":2,\n\"c\":3}", "b", NULL,
	    "{\"a\":1,\n\"c\":3}");
	assert_patched("{ \"b\":2, \"c\":3}", "b", NULL, "{ \"c\":3}");
	assert_patched("{\"a\":1, \"b\":2 }", "b", NULL, "{\"a\":1 }");
	assert_patched("{\"b\":2}", "b", NULL, "{}");
	assert_patched("{\"a\":1}", "b", NULL, "{\"a\":1}");
}

static void text_that_is_not_an_object_is_not_patched(void **state)
{
	static const char *const bad[] = { "[1]", "1", "{\"a\":", "", "{} {}" };
	struct edits none = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct buf in = BUF_INIT, out = BUF_INIT;

		buf_puts(&in, bad[i]);
		assert_int_equal(entry_patch(buf_str(&in), in.len, &none,
		    &out), -1);
		assert_int_equal(out.len, 0);
		buf_free(&in);
		buf_free(&out);
	}
}

static void analyze_prints_null_for_unknown_values(void **state)
{
	struct decoded_media e = { .media.tags.artist = xstrdup("Ada"),
		.analysis.duration = 1.5, .complete = true };
	struct buf out = BUF_INIT;

	(void)state;
	document_print("/x/caf\xe9.mp3", 12, &e, false, &out);
	assert_string_equal(buf_str(&out),
	    "{\"filePath\":\"/x/caf\\udce9.mp3\","
	    "\"fileName\":\"caf\\udce9.mp3\",\"artist\":\"Ada\","
	    "\"title\":null,\"bpm\":null,\"bpmConfidence\":0,\"key\":null,"
	    "\"camelotKey\":null,\"energy\":null,\"duration\":1.5,"
	    "\"fileSize\":12,\"analyzerVersion\":\"" ANALYZER_VERSION "\","
	    "\"loudness\":null,\"beatGrid\":null,\"mixPoints\":null,"
	    "\"segments\":null,\"energyCurve\":null,"
	    "\"transitionHints\":null,\"lossless\":false,"
	    "\"spectralCeiling\":null,\"upscaled\":false,"
	    "\"reason\":null,\"why\":null}");
	decoded_media_free(&e);
	buf_free(&out);
}

static void analyze_prints_the_reason_of_an_incomplete_file(void **state)
{
	struct decoded_media e = { .complete = false };
	struct buf out = BUF_INIT;

	(void)state;
	reason_set(&e.fault, REASON_TRUNCATED, "ends after %d s", 3);
	document_print("/x/a.mp3", 12, &e, false, &out);
	assert_non_null(strstr(buf_str(&out), "\"reason\":\"truncated\","
	    "\"why\":\"ends after 3 s\"}"));
	buf_clear(&out);
	/* A failure that nobody gave a reason for has one all the same. */
	error_set(&e.fault, ITEM_FAILED, "odd");
	document_print("/x/a.mp3", 12, &e, false, &out);
	assert_non_null(strstr(buf_str(&out),
	    "\"reason\":\"damaged\",\"why\":\"odd\"}"));
	buf_free(&out);
}

/* ---- how a recording is built ---- */

/* Two sections, a curve, points and hints; what it points to is static. */
static struct entry built(void)
{
	static struct segment segments[] = {
		{ .start = 0, .energy = 0.301f, .type = SEGMENT_INTRO },
		{ .start = 31.5554, .energy = 0.9f, .type = SEGMENT_DROP },
	};
	static uint8_t curve[] = { 0, 7, 100 };
	struct entry e = known();

	e.analysis.structure = (struct structure){ .mix_in = 31.5554,
		.mix_out = 187.25, .intro_end = 31.5554,
		.segments = segments, .n_segments = 2, .curve = curve,
		.n_curve = 3, .curve_rate = 0.5, .crossfade_bars = 16,
		.hint_in = TRANSITION_LONG_BLEND,
		.hint_out = TRANSITION_ECHO_OUT, .strong_drop = true };
	return e;
}

#define MIX_POINTS "\"mixPoints\":{\"mixInPoint\":31.555," \
	"\"mixOutPoint\":187.25,\"introEnd\":31.555}"
#define SEGMENTS "\"segments\":[{\"type\":\"intro\",\"startTime\":0," \
	"\"endTime\":31.555,\"avgEnergy\":0.3,\"beatCount\":65}," \
	"{\"type\":\"drop\",\"startTime\":31.555,\"endTime\":187.25," \
	"\"avgEnergy\":0.9,\"beatCount\":322}]"
#define ENERGY_CURVE "\"energyCurve\":{\"samples\":[0,0.07,1]," \
	"\"sampleRate\":0.5}"
#define TRANSITION_HINTS "\"transitionHints\":{\"preferredInType\":" \
	"\"long-blend\",\"preferredOutType\":\"echo-out\"," \
	"\"hasStrongDrop\":true,\"hasCleanOutro\":false," \
	"\"idealCrossfadeBars\":16}"

static void structure_is_written_with_the_documents_names(
    void **state)
{
	struct entry e = built();
	struct buf out = BUF_INIT;

	(void)state;
	entry_render(&e, ROOT, "i", false, &out);
	assert_non_null(strstr(buf_str(&out), "\"constant\":true},"
	    MIX_POINTS "," SEGMENTS "," ENERGY_CURVE "," TRANSITION_HINTS "}"));
	buf_free(&out);
}

static void a_curve_takes_one_line_in_an_indented_document(void **state)
{
	struct entry e = built();
	struct buf out = BUF_INIT;

	(void)state;
	entry_render(&e, ROOT, "i", true, &out);
	assert_non_null(strstr(buf_str(&out), ": [0,0.07,1],\n"));
	buf_free(&out);
}

static void a_changing_tempo_has_anchors(void **state)
{
	static struct beat_anchor anchors[] = { { 0.1, 120.004 },
		{ 60.12345, 124 } };
	struct entry e = built();
	struct buf out = BUF_INIT;

	(void)state;
	e.analysis.constant = false;
	e.analysis.anchors = anchors;
	e.analysis.n_anchors = 2;
	entry_render(&e, ROOT, "i", false, &out);
	assert_non_null(strstr(buf_str(&out), "\"constant\":false,"
	    "\"anchors\":[{\"time\":0.1,\"bpm\":120},"
	    "{\"time\":60.123,\"bpm\":124}]}"));
	assert_non_null(strstr(buf_str(&out), "\"beatCount\":63}"));
	buf_free(&out);
}

static void mix_points_and_segments_are_filled_in_entries_of_others(
    void **state)
{
	struct entry e = built();
	char *out;

	(void)state;
	out = merged("{\"bpm\":124,\"mixPoints\":null}", &e, false);
	assert_non_null(strstr(out, MIX_POINTS));
	assert_non_null(strstr(out, SEGMENTS));
	free(out);
	out = merged("{\"bpm\":124,\"mixPoints\":{\"mixInPoint\":1}}", &e,
	    false);
	assert_non_null(strstr(out, "{\"bpm\":124,"
	    "\"mixPoints\":{\"mixInPoint\":1},"));
	free(out);
	out = merged("{\"bpm\":62}", &e, false);
	assert_non_null(strstr(out, MIX_POINTS));
	assert_null(strstr(out, "segments"));
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_new_entry_has_all_mandatory_fields),
		cmocka_unit_test(unknown_values_are_not_guessed),
		cmocka_unit_test(
		    our_confidence_is_never_rounded_to_1),
		cmocka_unit_test(any_path_is_read_back_as_it_was_written),
		cmocka_unit_test(
		    a_byte_that_is_not_utf8_is_written_as_python_does),
		cmocka_unit_test(
		    an_entry_by_mixed_in_key_is_never_changed),
		cmocka_unit_test(
		    only_unknown_fields_are_filled_in_entries_of_others),
		cmocka_unit_test(known_fields_of_others_are_not_changed),
		cmocka_unit_test(
		    a_camelot_code_follows_from_the_key_in_the_entry),
		cmocka_unit_test(our_grid_is_not_added_to_another_tempo),
		cmocka_unit_test(a_tempo_over_400_is_unknown),
		cmocka_unit_test(
		    energy_5_is_known_if_tempo_or_key_is),
		cmocka_unit_test(
		    our_entry_is_updated_and_keeps_foreign_fields),
		cmocka_unit_test(
		    another_programs_tempo_in_our_entry_stays_until_a_new_analysis),
		cmocka_unit_test(mixed_in_keys_values_stay_in_our_entries_too),
		cmocka_unit_test(a_moved_file_is_followed),
		cmocka_unit_test(
		    text_that_is_not_utf8_is_not_written_again_by_each_run),
		cmocka_unit_test(a_member_is_changed_in_its_place),
		cmocka_unit_test(of_several_members_of_one_name_the_last_counts),
		cmocka_unit_test(a_new_member_is_spaced_like_its_neighbours),
		cmocka_unit_test(a_removed_member_leaves_no_comma),
		cmocka_unit_test(text_that_is_not_an_object_is_not_patched),
		cmocka_unit_test(
		    structure_is_written_with_the_documents_names),
		cmocka_unit_test(
		    a_curve_takes_one_line_in_an_indented_document),
		cmocka_unit_test(a_changing_tempo_has_anchors),
		cmocka_unit_test(
		    mix_points_and_segments_are_filled_in_entries_of_others),
		cmocka_unit_test(
		    analyze_prints_null_for_unknown_values),
		cmocka_unit_test(analyze_prints_the_reason_of_an_incomplete_file),
		cmocka_unit_test(
		    a_tempo_added_to_the_tags_updates_our_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
