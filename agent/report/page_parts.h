/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_parts: what the report page collects, and its sections. Private to
 * page*.c. */
#ifndef REPORT_PAGE_PARTS_H
#define REPORT_PAGE_PARTS_H

#include "base/buf.h"
#include "report/page.h"

#define MAX_ARRIVALS 24
#define MAX_MISSING 1000	/* rows; more would be slow on a phone */
#define CURVE_POINTS 48		/* of an arrival's energy curve */

/* One run, as far as it is drawn. NAN: the run ended before it was known. */
struct run_point {
	int64_t at;		/* when it ended */
	char outcome[16];
	int exit_status;
	char error[160];
	double seconds, fetched, not_found, failed, analyzed;
	double files, liked, in_library, disk_percent, cap_hour, cap_day;
};

/* Tempo in steps of 5 BPM, loudness in steps of 1 LUFS; values outside count
 * at the ends. */
#define TEMPO_LOW 60
#define TEMPO_STEP 5
#define TEMPO_BINS 28		/* to 200 */
#define ENERGY_BINS 10
#define LOUDNESS_LOW (-24)
#define LOUDNESS_BINS 24	/* to 0 */

struct music {
	size_t files, analyzed;
	double tempo[TEMPO_BINS];
	double minor[12], major[12];
	double energy[ENERGY_BINS];	/* energy 1 first */
	double loudness[LOUDNESS_BINS];
};

struct page {
	struct run_point *runs;
	size_t n_runs, cap_runs;
	struct music music;
	struct arrival {
		int64_t at;
		char *item;	/* its markup; owned */
	} arrivals[MAX_ARRIVALS];	/* newest first */
	size_t n_arrivals;
	struct buf missing;	/* table rows */
	size_t n_missing;
};

/* page_charts.c */
void put_run_charts(struct buf *out, const struct page *p,
    const struct page_head *head);
void music_count(struct music *m, const struct analysis *a);
void put_music_charts(struct buf *out, const struct music *m);
/* page_lists.c */
void put_runs(struct buf *out, const struct page *p);
void arrivals_offer(struct page *p, const struct file *f,
    const struct analysis *a);
void put_arrivals(struct buf *out, const struct page *p);
void put_missing(struct buf *out, const struct page *p, size_t missing);

#endif
