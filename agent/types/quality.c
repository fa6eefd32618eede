/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/quality.h"

#include <stddef.h>

#include "types/media.h"

/* Where LAME 3.100 cuts stereo at a constant bit rate, as measured, with half
 * of the way to the next (20.1 kHz at 320 kbit/s). AAC cuts a little higher. */
static const struct {
	double below;		/* Hz */
	int64_t bitrate;
} cutoffs[] = {
	{ 13000, 64000 },	/* 11.2 kHz */
	{ 16000, 96000 },	/* 15.3 kHz */
	{ 17700, 128000 },	/* 16.7 kHz */
	{ 19100, 192000 },	/* 18.8 kHz */
	{ 19750, 256000 },	/* 19.5 kHz */
};

/* The bit rate, in bit/s, at which encoders cut the spectrum there; 0:
 * unknown. */
static int64_t of_cutoff(const struct media *m, double hz)
{
	for (size_t i = 0; hz > 0 && i < sizeof(cutoffs) /
	    sizeof(*cutoffs); i++)
		if (hz < cutoffs[i].below)
			return m->channels == 1 ? cutoffs[i].bitrate / 2 :
			    cutoffs[i].bitrate;
	return 0;
}

bool quality_is_upscaled(const struct media *m, const struct analysis *a)
{
	int64_t made_of = of_cutoff(m, a->cutoff);

	/* A low sampling rate explains a low cutoff. */
	if (made_of == 0 || (m->sample_rate > 0 && m->sample_rate < 44100))
		return false;
	return m->lossless || m->bitrate >= made_of + made_of / 2;
}

int64_t quality_bitrate(const struct media *m, const struct analysis *a)
{
	return quality_is_upscaled(m, a) ? of_cutoff(m, a->cutoff) :
	    m->bitrate;
}
