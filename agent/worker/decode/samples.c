/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode/samples.h"

#include <stdint.h>

#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>

/* One function per type: copies every in_step-th sample of in to every
 * out_step-th of out. */
#define CONVERTER(name, type, expression) \
static void name(float *out, size_t out_step, const void *in, \
    size_t in_step, size_t count) \
{ \
	const type *sample = in; \
	for (size_t i = 0; i < count; i++) { \
		const type s = sample[i * in_step]; \
		out[i * out_step] = (expression); \
	} \
}

CONVERTER(from_u8, uint8_t, ((float)s - 128.0f) / 128.0f)
CONVERTER(from_s16, int16_t, (float)s / 32768.0f)
CONVERTER(from_s32, int32_t, (float)s / 2147483648.0f)
CONVERTER(from_s64, int64_t, (float)s / 9223372036854775808.0f)
CONVERTER(from_flt, float, s)
/* Clamped first: converting a value beyond the range of float is undefined. */
CONVERTER(from_dbl, double, s > 64 ? 64.0f : s >= -64 ? (float)s : \
    s < -64 ? -64.0f : 0.0f)

static const struct converter {
	enum AVSampleFormat format;	/* interleaved */
	void (*run)(float *out, size_t out_step, const void *in,
	    size_t in_step, size_t count);
} converters[] = {
	{ AV_SAMPLE_FMT_FLT, from_flt }, { AV_SAMPLE_FMT_S16, from_s16 },
	{ AV_SAMPLE_FMT_S32, from_s32 }, { AV_SAMPLE_FMT_U8, from_u8 },
	{ AV_SAMPLE_FMT_DBL, from_dbl }, { AV_SAMPLE_FMT_S64, from_s64 },
};

static const struct converter *find_converter(enum AVSampleFormat format)
{
	enum AVSampleFormat packed = av_get_packed_sample_fmt(format);

	for (size_t i = 0; i < sizeof(converters) / sizeof(converters[0]); i++)
		if (converters[i].format == packed)
			return &converters[i];
	return NULL;
}

bool samples_supported(const AVFrame *f)
{
	return f->nb_samples >= 0 && f->ch_layout.nb_channels > 0 &&
	    find_converter((enum AVSampleFormat)f->format) != NULL;
}

void samples_convert(const AVFrame *f, size_t first, size_t count,
    size_t channels, float *out)
{
	const struct converter *c =
	    find_converter((enum AVSampleFormat)f->format);
	size_t width = (size_t)av_get_bytes_per_sample(c->format);
	size_t has = (size_t)f->ch_layout.nb_channels;
	bool planar = av_sample_fmt_is_planar((enum AVSampleFormat)f->format);

	for (size_t i = 0; i < channels; i++) {
		size_t from = i < has ? i : has - 1;
		const uint8_t *in = planar ?
		    f->extended_data[from] + first * width :
		    f->extended_data[0] + (first * has + from) * width;

		c->run(out + i, channels, in, planar ? 1 : has, count);
	}
}
