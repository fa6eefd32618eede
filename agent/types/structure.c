/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/structure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "types/members.h"

static const char *const segment_types[N_SEGMENT_TYPES] = {
	[SEGMENT_UNKNOWN] = "unknown",
	[SEGMENT_INTRO] = "intro",
	[SEGMENT_VERSE] = "verse",
	[SEGMENT_BUILDUP] = "buildup",
	[SEGMENT_DROP] = "drop",
	[SEGMENT_BREAKDOWN] = "breakdown",
	[SEGMENT_OUTRO] = "outro",
};

static const char *const transitions[N_TRANSITIONS] = {
	[TRANSITION_LONG_BLEND] = "long-blend",
	[TRANSITION_SHORT_BLEND] = "short-blend",
	[TRANSITION_CUT] = "cut",
	[TRANSITION_FILTER_SWEEP] = "filter-sweep",
	[TRANSITION_ECHO_OUT] = "echo-out",
};

void structure_free(struct structure *o)
{
	free(o->segments);
	free(o->curve);
	memset(o, 0, sizeof(*o));
}

const char *segment_type_name(enum segment_type type)
{
	return segment_types[type];
}

const char *transition_name(enum transition t)
{
	return transitions[t];
}

/* Which of the names is v's text? -1: none. */
static int find_name(const struct json *v, const char *const *names, int count)
{
	const char *text = json_string(v);

	for (int i = 0; text != NULL && i < count; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return -1;
}

/* ---- mix points ---- */

static const struct member mix_members[] = {
	MEMBER("in", DOUBLE, structure, mix_in, .fallback = -1, .decimals = 6,
	    .always = true),
	MEMBER("out", DOUBLE, structure, mix_out, .decimals = 6),
	MEMBER("intro_end", DOUBLE, structure, intro_end, .decimals = 6),
	MEMBER("outro_start", DOUBLE, structure, outro_start, .decimals = 6),
	MEMBER("drop", DOUBLE, structure, drop, .decimals = 6),
	MEMBER("breakdown", DOUBLE, structure, breakdown, .decimals = 6),
	MEMBERS_END
};

static void mix_from_json(struct structure *o, const struct json *v,
    double duration)
{
	double *const points[] = { &o->intro_end, &o->outro_start, &o->drop,
		&o->breakdown };

	members_read(mix_members, o, v);
	/* The duration may have been measured again since. */
	o->mix_out = fmin(o->mix_out, duration);
	if (o->mix_in < 0 || o->mix_in >= o->mix_out) {
		members_read(mix_members, o, NULL);
		o->mix_in = 0;
	}
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
		if (*points[i] > duration)
			*points[i] = 0;
}

/* ---- sections ---- */

/* All of them or none: with one left out, those beside it would be too long. */
static void segments_from_json(struct structure *o, const struct json *v,
    double duration)
{
	struct segment list[STRUCTURE_MAX_SEGMENTS];
	size_t count = json_count(v);
	double last = 0;

	if (json_type(v) != JSON_ARRAY || count == 0 ||
	    count > STRUCTURE_MAX_SEGMENTS)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct json *s = json_at(v, i);
		int type = find_name(json_get(s, "type"), segment_types,
		    N_SEGMENT_TYPES);
		double start = json_get_double(s, "start", -1);
		double energy = json_get_double(s, "energy", -1);

		if (type < 0 || !(energy >= 0 && energy <= 1) ||
		    !(start < duration) || !(i == 0 ? fabs(start) < 1e-9 :
		    start > last))
			return;
		last = start;
		list[i] = (struct segment){ .start = start,
			.energy = (float)energy,
			.type = (enum segment_type)type };
	}
	o->segments = xcalloc(count, sizeof(*o->segments));
	memcpy(o->segments, list, count * sizeof(*list));
	o->n_segments = count;
}

/* ---- energy ---- */

static void curve_from_json(struct structure *o, const struct json *v)
{
	const char *hex = json_get_string(v, "curve");
	size_t count = hex != NULL ? strlen(hex) / 2 : 0;
	double rate = json_get_double(v, "curve_rate", 0);
	uint8_t curve[STRUCTURE_MAX_CURVE];

	if (count == 0 || count > STRUCTURE_MAX_CURVE ||
	    !(rate > 0 && rate < 99) || hex_decode(hex, curve, count) != 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (curve[i] > 100)
			return;
	o->curve = xmalloc(count);
	memcpy(o->curve, curve, count);
	o->n_curve = count;
	o->curve_rate = rate;
}

/* ---- hints ---- */

static const struct member hint_members[] = {
	MEMBER("strong_drop", BOOL, structure, strong_drop, .always = true),
	MEMBER("clean_outro", BOOL, structure, clean_outro, .always = true),
	MEMBER("crossfade_bars", INT, structure, crossfade_bars),
	MEMBERS_END
};

static void hints_from_json(struct structure *o, const struct json *v)
{
	int in = find_name(json_get(v, "in"), transitions, N_TRANSITIONS);
	int out = find_name(json_get(v, "out"), transitions, N_TRANSITIONS);
	int64_t bars = json_get_int(v, "crossfade_bars", 0);

	if (in < 0 || in == TRANSITION_ECHO_OUT || out < 0 ||
	    (bars != 4 && bars != 8 && bars != 16 && bars != 32))
		return;
	o->hint_in = (enum transition)in;
	o->hint_out = (enum transition)out;
	members_read(hint_members, o, v);
}

/* ---- all of it ---- */

void structure_to_json(const struct structure *o, struct json_writer *w,
    const char *key)
{
	char hex[2 * STRUCTURE_MAX_CURVE + 1];

	json_open_object(w, key);
	if (o->mix_out > 0)
		members_to_json(mix_members, o, w, "mix");
	if (o->n_segments > 0)
		json_open_array(w, "segments");
	for (size_t i = 0; i < o->n_segments; i++) {
		const struct segment *s = &o->segments[i];

		json_open_object(w, NULL);
		json_put_string(w, "type", segment_type_name(s->type));
		json_put_double(w, "start", s->start, 6);
		json_put_double(w, "energy", (double)s->energy, 4);
		json_close(w);
	}
	if (o->n_segments > 0)
		json_close(w);
	if (o->n_curve > 0 && o->n_curve <= STRUCTURE_MAX_CURVE) {
		hex_encode(o->curve, o->n_curve, hex);
		json_put_string(w, "curve", hex);
		json_put_double(w, "curve_rate", o->curve_rate, 9);
	}
	if (o->crossfade_bars > 0) {
		json_open_object(w, "hints");
		json_put_string(w, "in", transition_name(o->hint_in));
		json_put_string(w, "out", transition_name(o->hint_out));
		members_write(hint_members, o, w);
		json_close(w);
	}
	json_close(w);
}

void structure_from_json(struct structure *o, const struct json *v,
    double duration)
{
	memset(o, 0, sizeof(*o));
	mix_from_json(o, json_get(v, "mix"), duration);
	segments_from_json(o, json_get(v, "segments"), duration);
	curve_from_json(o, v);
	hints_from_json(o, json_get(v, "hints"));
}
