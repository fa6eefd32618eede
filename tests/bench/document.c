/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document DOCUMENT STATE FILES CHANGED [SEGMENTS]: merges a library of so many
 * made-up, analyzed files into the document, as a run does; the first CHANGED
 * ones have been analyzed again. STATE is a folder for the map and the last
 * good copy. SEGMENTS, 0 to 64, sets the size of an entry, by default to 7 KB.
 * A JSON object: seconds of CPU, peak memory in MB (all of it, and without
 * mapped files), entries, and whether the map was used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fast_hash.h"
#include "base/file.h"
#include "base/mem.h"
#include "document/document.h"
#include "document/swap.h"

#define SEGMENTS 64
#define CURVE 256	/* 4 for each segment */

struct library {
	long files, changed;
	size_t segments_wanted;
	struct entry e;
	struct segment segments[SEGMENTS];
	uint8_t curve[CURVE];
	char path[64], id[32], title[32], artist[32], genre[8];
};

/* The n-th file; the first ones have changed. */
static void make_entry(struct library *l, long n)
{
	struct analysis *a = &l->e.analysis;

	memset(&l->e, 0, sizeof(l->e));
	snprintf(l->path, sizeof(l->path), "Artist %ld/Album/Title %ld.mp3",
	    n / 12, n);
	snprintf(l->artist, sizeof(l->artist), "Artist %ld", n / 12);
	snprintf(l->title, sizeof(l->title), "Title %ld", n);
	snprintf(l->id, sizeof(l->id), "track_%ld_made", n);
	l->e.path = l->path;
	l->e.artist = l->artist;
	l->e.title = l->title;
	l->e.size = 8000000 + n;
	l->e.analyzed = true;
	l->e.analyzed_at = 1767225600 + (n < l->changed ? 60 : 0);
	l->e.added_at = 1767225600;
	*a = (struct analysis){ .bpm = 120 + (double)(n % 40),
		.bpm_confidence = 0.9, .key = "A minor", .camelot = "8A",
		.energy = 6, .duration = 200 + (double)(n % 100),
		.has_loudness = true, .loudness = -9.5, .has_grid = true,
		.beats_per_bar = 4, .constant = true };
	a->structure = (struct structure){ .mix_in = 1, .mix_out = 190,
		.segments = l->segments, .n_segments = l->segments_wanted,
		.curve = l->curve, .n_curve = l->segments_wanted * 4,
		.curve_rate = 1.28,
		.crossfade_bars = 16 };
	for (size_t i = 0; i < SEGMENTS; i++)
		l->segments[i] = (struct segment){ .start = 3.1 * (double)i,
			.energy = 0.5F, .type = i % N_SEGMENT_TYPES };
	memset(l->curve, 42, CURVE);
}

static void each_file(void *ctx, void (*row)(void *to,
    const struct entry_row *r), void *to)
{
	struct library *l = ctx;

	for (long n = 0; n < l->files; n++) {
		char path[64];
		struct entry_row r = { .path = path };

		snprintf(path, sizeof(path), "Artist %ld/Album/Title %ld.mp3",
		    n / 12, n);
		r.digest = fast_hash64(path, strlen(path)) +
		    (n < l->changed);
		row(to, &r);
	}
}

static const struct entry *get_file(void *ctx, const char *path)
{
	struct library *l = ctx;
	const char *number = strrchr(path, ' ');

	make_entry(l, number != NULL ? atol(number) : 0);
	return &l->e;
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* VmHWM: the most memory so far, of this program alone (getrusage() counts the
 * one that started it, too); RssAnon: what it has now besides mapped files. */
static double memory_mb(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	size_t n = strlen(name);
	char line[128];
	long kb = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			kb = strtol(line + n + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return (double)kb / 1024;
}

static double own_mb;

static void note_memory(enum merge_step m)
{
	double now = memory_mb("RssAnon");

	(void)m;
	if (now > own_mb)
		own_mb = now;
}

int main(int argc, char **argv)
{
	struct library l = { .files = argc > 4 ? atol(argv[3]) : 0 };
	struct entry_source files = { .ctx = &l, .each = each_file,
		.get = get_file };
	struct document d = { .path = argc > 4 ? argv[1] : "",
		.root = "/music", .files = &files };
	struct document_report r;
	struct error error;
	double before;

	if (argc < 5)
		return 64;
	l.changed = atol(argv[4]);
	l.segments_wanted = argc > 5 ? (size_t)atol(argv[5]) : SEGMENTS;
	d.map = path_join(argv[2], "document.map");
	d.last_good = path_join(argv[2], "document.last-good");
	document_test_hook = note_memory;
	before = cpu_s();
	if (document_merge(&d, &r, &error) != DONE) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	printf("{\"cpu_s\": %.4f, \"peak_mb\": %.1f, \"own_mb\": %.1f, "
	    "\"entries\": %zu, "
	    "\"added\": %zu, \"updated\": %zu, \"filled\": %zu, "
	    "\"written\": %s, \"by_map\": %s}\n", cpu_s() - before,
	    memory_mb("VmHWM"), own_mb, r.entries, r.added, r.updated,
	    r.filled, r.written ? "true" : "false",
	    r.by_map ? "true" : "false");
	return 0;
}
