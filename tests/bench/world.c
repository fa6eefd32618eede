/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * world DIR FILES LIKES [bare]: the state of a user with so many analyzed files and
 * likes, without decoding anything: DIR/library (files of the right size and
 * no content), DIR/state/index with their records, and the likes as Exportify
 * writes them, DIR/likes.csv. One like in a hundred has no file; half of the
 * others are linked by id, half by name. DIR/new.csv is the line of one more,
 * whose file has another spelling of its name. bare: the files are known and not
 * analyzed, as before a merge of parts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "index/index.h"

#define ALBUM 12		/* tracks of an album, one folder each */
#define BATCH 2000		/* records in one transaction */
#define SEGMENTS 12
#define CURVE 200
#define NUMBERS 948		/* of a fingerprint */

static uint64_t state = 1;
static bool bare;

static unsigned int number(unsigned int below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % below;
}

static void die(const char *what)
{
	fprintf(stderr, "world: %s\n", what);
	exit(1);
}

/* The nth of many pronounceable words. */
static void word(char *out, unsigned int n)
{
	static const char *const part[] = { "ka", "lo", "mi", "ren", "so",
		"tu", "va", "shi", "bre", "no", "el", "dar", "fi", "gu", "har",
		"jo" };

	for (*out = '\0'; n > 0 || *out == '\0'; n /= 16)
		strcat(out, part[n % 16]);
	out[0] = (char)(out[0] - 'a' + 'A');
}

struct name {
	char artist[64], album[64], title[64], id[SPOTIFY_ID_LEN + 1];
	int seconds;
};

static void make_name(struct name *n, unsigned int i)
{
	char a[32], b[32];

	word(a, i / ALBUM / 4 * 7 + 300);
	word(b, i / ALBUM / 4 % 900 + 20);
	snprintf(n->artist, sizeof(n->artist), "%s %s", a, b);
	word(a, i / ALBUM * 3 + 5000);
	snprintf(n->album, sizeof(n->album), "%s", a);
	word(a, i * 31 % 1000003 + 4096);
	word(b, i % 1700 + 16);
	snprintf(n->title, sizeof(n->title), "%s %s", a, b);
	snprintf(n->id, sizeof(n->id), "%022u", i + 1);
	n->seconds = 150 + (int)(i % 200);
}

static void make_media(struct media *m, const struct name *n, unsigned int i,
    unsigned int likes)
{
	uint8_t digest[SHA256_LEN];
	char text[32];

	memset(m, 0, sizeof(*m));
	snprintf(text, sizeof(text), "identity %u", i);
	sha256_of(text, strlen(text), digest);
	hex_encode(digest, IDENTITY_LEN / 2, m->identity);
	snprintf(m->codec, sizeof(m->codec), "mp3");
	snprintf(m->container, sizeof(m->container), "mp3");
	m->duration_ms = n->seconds * 1000;
	m->bitrate = 320000;
	m->sample_rate = 44100;
	m->channels = 2;
	m->has_cover = true;
	m->tags.artist = xstrdup(n->artist);
	m->tags.title = xstrdup(n->title);
	m->tags.album = xstrdup(n->album);
	m->tags.date = xstrdup("2019");
	m->tags.genre = xstrdup("House");
	m->tags.track_number = (int)(i % ALBUM) + 1;
	if (i < likes && i % 2 == 0)
		m->tags.spotify_id = xstrdup(n->id);
}

static void make_analysis(struct analysis_record *r, const struct name *n)
{
	struct analysis *a = &r->analysis;
	struct structure *s = &a->structure;

	memset(r, 0, sizeof(*r));
	r->analyzed = r->complete = true;
	r->analyzed_at = clock_wall();
	memcpy(r->version, ANALYZER_VERSION, sizeof(ANALYZER_VERSION));
	a->bpm = 90 + number(800) / 10.0;
	a->bpm_confidence = 0.8;
	key_name((int)number(12), number(2) == 0, a->key, a->camelot);
	a->key_confidence = 0.7;
	a->energy = 1 + (int)number(10);
	a->has_loudness = a->has_grid = a->constant = true;
	a->loudness = -6 - number(80) / 10.0;
	a->duration = n->seconds;
	a->first_beat = a->downbeat = number(1000) / 1000.0;
	a->beats_per_bar = 4;
	s->mix_in = 8;
	s->mix_out = n->seconds - 16;
	s->n_segments = SEGMENTS;
	s->segments = xcalloc(SEGMENTS, sizeof(*s->segments));
	for (int k = 0; k < SEGMENTS; k++)
		s->segments[k] = (struct segment){
			.start = k * n->seconds / (double)SEGMENTS,
			.energy = (float)number(100) / 100,
			.type = (enum segment_type)number(N_SEGMENT_TYPES) };
	s->n_curve = CURVE;
	s->curve = xmalloc(CURVE);
	for (int k = 0; k < CURVE; k++)
		s->curve[k] = (uint8_t)number(101);
	s->curve_rate = CURVE / (double)n->seconds;
}

static void make_sound(struct fingerprint *f, const struct name *n)
{
	memset(f, 0, sizeof(*f));
	f->duration = n->seconds;
	f->count = NUMBERS;
	f->items = xmalloc(NUMBERS * sizeof(*f->items));
	for (int k = 0; k < NUMBERS; k++)
		f->items[k] = number(UINT32_MAX);
}

/* Creates the file and fills f's stamp. */
static void make_file(const char *library, struct file *f)
{
	char *path = path_join(library, f->path);
	char *slash = strrchr(path, '/');
	struct stat st;
	int fd;

	*slash = '\0';
	if (file_make_dirs(path, 0755) != 0)
		die(path);
	*slash = '/';
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, 4000000 + number(5000000)) != 0 ||
	    fstat(fd, &st) != 0)
		die(path);
	close(fd);
	f->size = st.st_size;
	f->mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	f->inode = st.st_ino;
	free(path);
}

static void add_file(struct index *x, const char *library, unsigned int i,
    unsigned int likes)
{
	struct analysis_record r;
	struct fingerprint sound;
	struct name n;
	struct file f;

	make_name(&n, i);
	file_init(&f);
	f.path = xasprintf("%s/%s/%02u %s.mp3", n.artist, n.album,
	    i % ALBUM + 1, n.title);
	make_file(library, &f);
	make_media(&f.media, &n, i, likes);
	f.added_at = clock_wall();
	make_analysis(&r, &n);
	make_sound(&sound, &n);
	if (index_put_file(x, &f, NULL) != DONE || (!bare &&
	    (index_put_analysis(x, f.media.identity, &r, NULL) != DONE ||
	    index_put_fingerprint(x, f.media.identity, &sound, NULL) != DONE)))
		die("the index can't be written");
	fingerprint_free(&sound);
	analysis_record_free(&r);
	file_free(&f);
}

static void write_new_like(const char *path, unsigned int i)
{
	FILE *out = fopen(path, "w");
	struct name n;

	if (out == NULL)
		die(path);
	make_name(&n, i);
	fprintf(out, "spotify:track:%s,%s - Remastered 2011,%s,%s,%d,"
	    "2026-01-01T00:00:00Z\n", n.id, n.title, n.album, n.artist,
	    n.seconds * 1000);
	if (fclose(out) != 0)
		die(path);
}

static void write_likes(const char *path, unsigned int files,
    unsigned int likes)
{
	FILE *out = fopen(path, "w");
	char when[ISO_TIME_LEN];
	struct name n;

	if (out == NULL)
		die(path);
	fputs("Track URI,Track Name,Album Name,Artist Name(s),"
	    "Duration (ms),Added At\n", out);
	for (unsigned int i = 0; i < likes; i++) {
		make_name(&n, i % 100 == 99 ? files + i : i);
		time_to_iso(1700000000 - (int64_t)i * 3600, when);
		fprintf(out, "spotify:track:%s,%s,%s,%s,%d,%s\n", n.id, n.title,
		    n.album, n.artist, n.seconds * 1000, when);
	}
	if (fclose(out) != 0)
		die(path);
}

int main(int argc, char **argv)
{
	unsigned int files = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	unsigned int likes = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	char *library, *dir, *list, *more;
	struct index *x;
	struct error error;

	bare = argc == 5 && strcmp(argv[4], "bare") == 0;
	if (argc != 4 && !bare)
		die("usage: world DIR FILES LIKES [bare]");
	library = path_join(argv[1], "library");
	dir = path_join(argv[1], "state/index");
	list = path_join(argv[1], "likes.csv");
	more = path_join(argv[1], "new.csv");
	if (file_make_dirs(library, 0755) != 0 || file_make_dirs(dir, 0700) !=
	    0 || index_open(dir, false, &x, &error) != DONE)
		die(argv[1]);
	for (unsigned int i = 0; i < files; i++) {
		if (i % BATCH == 0 && index_begin(x, &error) != DONE)
			die(error.text);
		add_file(x, library, i, likes);
		if ((i % BATCH == BATCH - 1 || i + 1 == files) &&
		    index_commit(x, &error) != DONE)
			die(error.text);
	}
	index_close(x);
	write_likes(list, files, likes);
	write_new_like(more, likes);
	free(library);
	free(dir);
	free(list);
	free(more);
	return 0;
}
