/* SPDX-License-Identifier: GPL-3.0-or-later */
/* meter: beats, and which of them begin bars. */
#ifndef ANALYSIS_METER_H
#define ANALYSIS_METER_H

#include <stddef.h>

struct meter {
	const double *beats;	/* seconds, rising */
	size_t count;
	size_t downbeat;	/* number of the first one that begins a bar */
	int beats_per_bar;
};

#endif
