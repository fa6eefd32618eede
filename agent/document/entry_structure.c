/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "document/entry_structure.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "types/media.h"

#define TIME_DECIMALS 3	/* one rounding for all, which keeps their order */

static void put_time(struct json_writer *w, const char *key, double seconds)
{
	json_put_double(w, key, fmax(seconds, 0), TIME_DECIMALS);
}

void put_beat_grid(struct json_writer *w, const char *key,
    const struct analysis *a)
{
	json_open_object(w, key);
	put_time(w, "firstBeat", a->first_beat);
	put_time(w, "downbeat", a->downbeat);
	json_put_int(w, "beatsPerBar", a->beats_per_bar);
	json_put_bool(w, "constant", a->constant);
	if (a->n_anchors > 0) {
		json_open_array(w, "anchors");
		for (size_t i = 0; i < a->n_anchors; i++) {
			json_open_object(w, NULL);
			put_time(w, "time", a->anchors[i].time);
			json_put_double(w, "bpm", a->anchors[i].bpm, 2);
			json_close(w);
		}
		json_close(w);
	}
	json_close(w);
}

void put_mix_points(struct json_writer *w, const char *key,
    const struct analysis *a)
{
	const struct structure *o = &a->structure;
	const struct {
		const char *name;
		double at;
	} points[] = {
		{ "dropPoint", o->drop },
		{ "breakdownPoint", o->breakdown },
		{ "outroStart", o->outro_start },
		{ "introEnd", o->intro_end },
	};

	json_open_object(w, key);
	put_time(w, "mixInPoint", o->mix_in);
	put_time(w, "mixOutPoint", o->mix_out);
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		if (points[i].at > 0)
			put_time(w, points[i].name, points[i].at);
	}
	json_close(w);
}

void put_segments(struct json_writer *w, const char *key,
    const struct analysis *a)
{
	const struct structure *o = &a->structure;

	json_open_array(w, key);
	for (size_t i = 0; i < o->n_segments; i++) {
		const struct segment *s = &o->segments[i];
		double end = i + 1 < o->n_segments ? s[1].start : a->duration;

		json_open_object(w, NULL);
		json_put_string(w, "type", segment_type_name(s->type));
		put_time(w, "startTime", s->start);
		put_time(w, "endTime", end);
		json_put_double(w, "avgEnergy", (double)s->energy, 2);
		json_put_int(w, "beatCount",
		    llround(analysis_beats(a, s->start, end)));
		json_close(w);
	}
	json_close(w);
}

/* The samples go on one line even in an indented document, where a line for
 * each would make up most of the file. */
void put_energy_curve(struct json_writer *w, const char *key,
    const struct analysis *a)
{
	const struct structure *o = &a->structure;
	struct json_writer *samples = json_writer_new(false);
	size_t len;
	char *text;

	json_open_array(samples, NULL);
	for (size_t i = 0; i < o->n_curve; i++)
		json_put_double(samples, NULL, o->curve[i] / 100.0, 2);
	json_close(samples);
	text = json_writer_end(samples, &len);
	json_open_object(w, key);
	json_put_raw(w, "samples", text, len);
	json_put_double(w, "sampleRate", o->curve_rate, 6);
	json_close(w);
	free(text);
}

void put_transition_hints(struct json_writer *w, const char *key,
    const struct analysis *a)
{
	const struct structure *o = &a->structure;

	json_open_object(w, key);
	json_put_string(w, "preferredInType", transition_name(o->hint_in));
	json_put_string(w, "preferredOutType", transition_name(o->hint_out));
	json_put_bool(w, "hasStrongDrop", o->strong_drop);
	json_put_bool(w, "hasCleanOutro", o->clean_outro);
	json_put_int(w, "idealCrossfadeBars", o->crossfade_bars);
	json_close(w);
}
