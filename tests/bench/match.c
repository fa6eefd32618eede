/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * match FILES TRACKS [same]: CPU seconds for listing so many files in a new index by
 * the words of their names, and for finding so many tracks among them; the
 * latter by Levenshtein's distance of all with all, extrapolated from a sample;
 * peak memory. same: there are seven titles, of two words, for all. One JSON
 * object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "run/linking.h"

#define VOCABULARY 20000	/* words, the first ones far more frequent */
#define SAMPLE 3		/* tracks, for the other way */

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double peak_mb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

/* Numbers that are the same on every run. */
static unsigned int next_number(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(*state >> 33);
}

static void append_words(char *out, size_t size, unsigned int count,
    uint64_t *state)
{
	static const char *const syllables[] = { "ka", "lo", "mi", "ren", "so",
		"tu", "va", "shi", "bré", "no", "el", "dar", "fi", "gu", "har",
		"jo" };

	for (; count > 0; count--) {
		/* Twice a small part of a small part: frequent words. */
		unsigned int v = next_number(state) % VOCABULARY;
		unsigned int w = next_number(state) % (v + 1);
		size_t n = strlen(out);

		snprintf(out + n, size - n, "%s%s%s%s", n > 0 ? " " : "",
		    syllables[w % 16], syllables[w / 16 % 16],
		    w > 255 ? syllables[w / 256 % 16] : "");
		if (w >= 4096) {
			n = strlen(out);
			snprintf(out + n, size - n, "%s",
			    syllables[w / 4096 % 16]);
		}
	}
}

static bool same;	/* titles */

struct name {
	char artist[96], title[160], path[300];
	int seconds;
};

/* Song n: two words by one of 8,000 artists; one in five is a remix. */
static void make_name(struct name *s, uint64_t n)
{
	uint64_t state = n * 2654435761u + 1, artist = next_number(&state) %
	    8000 + 77;

	memset(s, 0, sizeof(*s));
	append_words(s->artist, sizeof(s->artist), 2, &artist);
	append_words(s->title, sizeof(s->title), 1 + next_number(&state) % 3,
	    &state);
	if (next_number(&state) % 5 == 0) {
		size_t len = strlen(s->title);

		snprintf(s->title + len, sizeof(s->title) - len, " (");
		append_words(s->title, sizeof(s->title), 1, &state);
		len = strlen(s->title);
		snprintf(s->title + len, sizeof(s->title) - len, " Remix)");
	}
	if (same) {
		static const char *const titles[] = { "Intro", "Love",
			"Love (Live)", "Love Intro", "Intro Love (Remix)",
			"Untitled", "The Love" };

		snprintf(s->title, sizeof(s->title), "%s", titles[n % 7]);
	}
	s->seconds = 120 + (int)(next_number(&state) % 300);
	snprintf(s->path, sizeof(s->path), "%s/%s - %s.mp3", s->artist,
	    s->artist, s->title);
}

static struct index *new_index(void)
{
	char dir[] = "/tmp/likesync-match-XXXXXX";
	struct index *x;
	struct error error;

	if (mkdtemp(dir) == NULL ||
	    index_open(dir, false, &x, &error) != DONE ||
	    linking_prepare(x, &error) != DONE) {
		fprintf(stderr, "match: %s: %s\n", dir, error.text);
		exit(1);
	}
	/* The files go when the index is closed. */
	for (int i = 0; i < 2; i++) {
		char *path = path_join(dir, i == 0 ? "data.mdb" : "lock.mdb");

		unlink(path);
		free(path);
	}
	rmdir(dir);
	return x;
}

static void add_files(struct index *x, size_t files)
{
	struct error error = { .text = "" };
	enum outcome o = index_begin(x, &error);

	for (size_t i = 0; i < files && o == DONE; i++) {
		struct name s;
		struct file f = { .path = s.path };

		make_name(&s, i);
		snprintf(f.media.identity, sizeof(f.media.identity), "%032zx",
		    i + 1);
		f.media.tags.artist = i % 2 == 0 ? s.artist : NULL;
		f.media.tags.title = i % 2 == 0 ? s.title : NULL;
		o = index_put_file(x, &f, &error);
	}
	if (o != DONE || index_commit(x, &error) != DONE) {
		fprintf(stderr, "match: %s\n", error.text);
		exit(1);
	}
}

/* Half of what is liked is there. */
static size_t find_all(struct index *x, size_t files, size_t tracks)
{
	const struct linking_input in = { .index = x };
	struct linking *l = linking_new(&in);
	struct error error;
	size_t found = 0;

	if (index_begin(x, &error) != DONE)
		exit(1);
	for (size_t i = 0; i < tracks; i++) {
		struct name s;
		char *artists[] = { s.artist };
		struct song liked;

		make_name(&s, i % 2 == 0 ? i * (files / tracks) : files + i);
		song_init(&liked);
		liked.track = (struct track){ .artists = artists,
			.n_artists = 1, .title = s.title, .key = s.path,
			.duration_ms = s.seconds * 1000 };
		linking_update(l, &liked);
		found += liked.identity[0] != '\0';
		best_rejected_free(&liked.nearest_file);
	}
	index_abort(x);
	linking_free(l);
	return found;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static size_t levenshtein(const char *a, const char *b)
{
	size_t row[512], n = strlen(b);

	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t before = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < n; k++) {
			size_t old = row[k + 1];

			row[k + 1] = least(row[k + 1] + 1, row[k] + 1,
			    before + (a[i] != b[k]));
			before = old;
		}
	}
	return row[n];
}

static size_t compare_all(size_t files, size_t tracks)
{
	size_t closest = 0;

	for (size_t i = 0; i < tracks; i++) {
		struct name t, f;

		make_name(&t, i);
		for (size_t k = 0; k < files; k++) {
			make_name(&f, k);
			closest += levenshtein(t.path, f.path) == 0;
		}
	}
	return closest;
}

int main(int argc, char **argv)
{
	size_t files = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	size_t tracks = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
	struct index *x = new_index();
	double start = cpu_s(), listed, ours, theirs, mb;
	size_t found, equal;

	same = argc > 3;
	add_files(x, files);
	listed = cpu_s() - start;
	start = cpu_s();
	found = find_all(x, files, tracks);
	ours = cpu_s() - start;
	mb = peak_mb();
	index_close(x);
	start = cpu_s();
	equal = compare_all(files, SAMPLE);
	theirs = (cpu_s() - start) / SAMPLE * (double)tracks;
	printf("{\"files\": %zu, \"tracks\": %zu, \"found\": %zu, "
	    "\"listed_s\": %.3f, \"cpu_s\": %.3f, \"peak_mb\": %.1f, \"levenshtein_s\": %.0f, "
	    "\"sample\": %zu}\n", files, tracks, found, listed, ours, mb, theirs, equal);
	return 0;
}
