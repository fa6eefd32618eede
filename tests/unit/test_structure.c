/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <math.h>

#include "base/json.h"
#include "types/media.h"
#include "types/structure.h"

#define DURATION 181.5

/* What is read of text as a structure of DURATION seconds. */
static struct structure read_structure(const char *text)
{
	struct error error;
	struct json *v = json_parse(text, strlen(text), &error);
	struct structure o;

	if (v == NULL)
		fail_msg("%s: %s", text, error.text);
	structure_from_json(&o, v, DURATION);
	json_free(v);
	return o;
}

static char *written(const struct structure *o)
{
	struct json_writer *w = json_writer_new(false);

	structure_to_json(o, w, NULL);
	return json_writer_end(w, NULL);
}

static void a_structure_reads_back_from_its_json(void **state)
{
	static const char text[] = "{\"mix\":{\"in\":15.123456,\"out\":165.5,"
	    "\"intro_end\":15.123456,\"outro_start\":165.5,\"drop\":60.25,"
	    "\"breakdown\":45},\"segments\":["
	    "{\"type\":\"intro\",\"start\":0,\"energy\":0.25},"
	    "{\"type\":\"verse\",\"start\":15.123456,\"energy\":0.5},"
	    "{\"type\":\"breakdown\",\"start\":45,\"energy\":0.125},"
	    "{\"type\":\"buildup\",\"start\":50,\"energy\":0.5},"
	    "{\"type\":\"drop\",\"start\":60.25,\"energy\":1},"
	    "{\"type\":\"unknown\",\"start\":100,\"energy\":0.75},"
	    "{\"type\":\"outro\",\"start\":165.5,\"energy\":0}],"
	    "\"curve\":\"00196432\",\"curve_rate\":0.5,\"hints\":{"
	    "\"in\":\"filter-sweep\",\"out\":\"echo-out\","
	    "\"strong_drop\":true,\"clean_outro\":false,"
	    "\"crossfade_bars\":16}}";
	struct structure o = read_structure(text);
	char *again = written(&o);

	(void)state;
	assert_string_equal(again, text);
	free(again);
	assert_int_equal(o.n_segments, 7);
	assert_int_equal(o.segments[4].type, SEGMENT_DROP);
	assert_int_equal(o.n_curve, 4);
	assert_int_equal(o.curve[2], 100);
	assert_int_equal(o.hint_out, TRANSITION_ECHO_OUT);
	structure_free(&o);
	assert_null(o.segments);
	assert_null(o.curve);
	structure_free(&o);
}

static void an_unknown_structure_is_an_empty_object(void **state)
{
	struct structure o = read_structure("{}");
	char *again = written(&o);

	(void)state;
	assert_string_equal(again, "{}");
	free(again);
	structure_from_json(&o, NULL, DURATION);
	again = written(&o);
	assert_string_equal(again, "{}");
	free(again);
}

/* Each is wrong in one place: that part is unknown, and nothing is kept. */
static void malformed_parts_are_unknown(void **state)
{
	static const char *const bad[] = {
		"{\"mix\":{\"in\":-1,\"out\":5}}",
		"{\"mix\":{\"in\":5,\"out\":5}}",
		"{\"mix\":{\"out\":5}}",
		"{\"mix\":{\"in\":5}}",
		"{\"mix\":{\"in\":182,\"out\":190}}",
		"{\"mix\":{\"in\":\"x\",\"out\":null}}",
		"{\"segments\":[]}",
		"{\"segments\":{\"type\":\"drop\",\"start\":0,\"energy\":1}}",
		"{\"segments\":[{\"type\":\"drop\",\"start\":1,\"energy\":1}]}",
		"{\"segments\":[{\"type\":\"x\",\"start\":0,\"energy\":1}]}",
		"{\"segments\":[{\"type\":\"drop\",\"start\":0,\"energy\":2}]}",
		"{\"segments\":[{\"type\":\"drop\",\"start\":0}]}",
		"{\"segments\":[{\"type\":\"drop\",\"start\":0,\"energy\":1},"
		    "{\"type\":\"drop\",\"start\":0,\"energy\":1}]}",
		"{\"segments\":[{\"type\":\"drop\",\"start\":0,\"energy\":1},"
		    "{\"type\":\"drop\",\"start\":181.5,\"energy\":1}]}",
		"{\"segments\":[0,1,null]}",
		"{\"curve\":\"65\",\"curve_rate\":1}",
		"{\"curve\":\"1\",\"curve_rate\":1}",
		"{\"curve\":\"0g\",\"curve_rate\":1}",
		"{\"curve\":\"\",\"curve_rate\":1}",
		"{\"curve\":\"00\",\"curve_rate\":0}",
		"{\"curve\":\"00\"}",
		"{\"curve\":[1,2],\"curve_rate\":1}",
		"{\"hints\":{\"in\":\"cut\",\"out\":\"cut\","
		    "\"crossfade_bars\":5}}",
		"{\"hints\":{\"in\":\"echo-out\",\"out\":\"cut\","
		    "\"crossfade_bars\":4}}",
		"{\"hints\":{\"out\":\"cut\",\"crossfade_bars\":4}}",
		"[]", "null",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct structure o = read_structure(bad[i]), empty;

		memset(&empty, 0, sizeof(empty));
		if (memcmp(&o, &empty, sizeof(o)) != 0)
			fail_msg("%s", bad[i]);
	}
}

static void segments_and_curve_are_limited(void **state)
{
	struct structure o = { .n_segments = STRUCTURE_MAX_SEGMENTS + 1,
		.n_curve = STRUCTURE_MAX_CURVE + 1, .curve_rate = 2 };
	char *text;

	(void)state;
	o.segments = calloc(o.n_segments, sizeof(*o.segments));
	o.curve = calloc(o.n_curve, 1);
	for (size_t i = 0; i < o.n_segments; i++)
		o.segments[i].start = (double)i;
	text = written(&o);
	structure_free(&o);
	o = read_structure(text);
	free(text);
	assert_int_equal(o.n_segments, 0);
	assert_int_equal(o.n_curve, 0);
	assert_null(o.segments);
	assert_null(o.curve);
}

static void a_mix_point_is_not_after_the_end(void **state)
{
	struct structure o = read_structure("{\"mix\":{\"in\":1,\"out\":181.6,"
	    "\"drop\":200,\"outro_start\":-3}}");

	(void)state;
	assert_true(fabs(o.mix_out - DURATION) < 1e-12);
	assert_true(o.drop == 0 && o.outro_start == 0);
}

static void assert_beats(const struct analysis *a, double from, double to,
    double wanted)
{
	double beats = analysis_beats(a, from, to);

	if (fabs(beats - wanted) > 1e-9)
		fail_msg("%g..%g: %g, not %g", from, to, beats, wanted);
}

static void beats_are_counted_by_the_tempo_at_each_time(void **state)
{
	struct beat_anchor anchors[] = { { 10, 60 }, { 20, 120 } };
	struct analysis a = { .bpm = 90 };

	(void)state;
	assert_beats(&a, 4, 8, 6);
	assert_beats(&a, 8, 4, 0);
	a.anchors = anchors;
	a.n_anchors = 2;
	assert_beats(&a, 0, 10, 10);
	assert_beats(&a, 12, 14, 2);
	assert_beats(&a, 15, 25, 15);
	assert_beats(&a, 30, 31, 2);
	assert_beats(&a, 0, 30, 40);
	a = (struct analysis){ .bpm = 0 };
	assert_beats(&a, 0, 30, 0);
}

/* An analysis with these anchors, read; whoever calls frees it. */
static struct analysis read_anchors(const char *anchors)
{
	char text[512];
	struct json *v;
	struct analysis a;

	snprintf(text, sizeof(text), "{\"grid\":{\"beats_per_bar\":4,"
	    "\"anchors\":%s}}", anchors);
	v = json_parse(text, strlen(text), NULL);
	assert_non_null(v);
	analysis_from_json(&a, v);
	json_free(v);
	assert_true(a.has_grid);
	return a;
}

static void anchors_are_in_order_or_there_are_none(void **state)
{
	static const char *const bad[] = { "[]", "{}", "[1]",
		"[{\"time\":-1,\"bpm\":120}]", "[{\"time\":1,\"bpm\":0}]",
		"[{\"time\":1}]", "[{\"time\":2,\"bpm\":120},"
		"{\"time\":2,\"bpm\":120}]", "null" };
	struct analysis a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		a = read_anchors(bad[i]);
		assert_null(a.anchors);
		assert_int_equal(a.n_anchors, 0);
	}
	a = read_anchors("[{\"time\":0,\"bpm\":120},{\"time\":9,\"bpm\":121}]");
	assert_int_equal(a.n_anchors, 2);
	assert_true(fabs(a.anchors[1].bpm - 121) < 1e-9);
	analysis_free(&a);
	assert_null(a.anchors);
}

static void without_structure_an_analysis_has_none(void **state)
{
	static const char text[] = "{\"bpm\":128,\"duration\":180,\"grid\":{"
	    "\"first_beat\":0.1,\"downbeat\":0.1,\"beats_per_bar\":4,"
	    "\"constant\":true}}";
	struct json *v = json_parse(text, strlen(text), NULL);
	struct analysis a;
	struct structure empty;

	(void)state;
	memset(&empty, 0, sizeof(empty));
	analysis_from_json(&a, v);
	json_free(v);
	assert_true(a.has_grid && a.constant);
	assert_true(a.n_anchors == 0 && a.anchors == NULL);
	assert_memory_equal(&a.structure, &empty, sizeof(empty));
}

static void a_tempo_from_tags_removes_the_anchors(void **state)
{
	struct analysis a = read_anchors("[{\"time\":0,\"bpm\":120}]");
	struct tags t = { .bpm = 62 };

	(void)state;
	analysis_apply_tags(&a, &t);
	assert_false(a.has_grid);
	assert_null(a.anchors);
	assert_int_equal(a.n_anchors, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_structure_reads_back_from_its_json),
		cmocka_unit_test(an_unknown_structure_is_an_empty_object),
		cmocka_unit_test(malformed_parts_are_unknown),
		cmocka_unit_test(segments_and_curve_are_limited),
		cmocka_unit_test(a_mix_point_is_not_after_the_end),
		cmocka_unit_test(beats_are_counted_by_the_tempo_at_each_time),
		cmocka_unit_test(anchors_are_in_order_or_there_are_none),
		cmocka_unit_test(without_structure_an_analysis_has_none),
		cmocka_unit_test(a_tempo_from_tags_removes_the_anchors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
