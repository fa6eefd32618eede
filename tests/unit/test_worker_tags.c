/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio.h"

#include <strings.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/wait.h>

#include "worker/decode/decode.h"
#include "worker/tags/tagger.h"
#include "worker/tags/tags.h"
#include "types/media.h"
#include "types/written_tags.h"

/*
 * Reading, from names and values.
 */

struct pair {
	const char *name, *value;
};

static const char *find_pair(void *ctx, const char *name)
{
	const struct pair *p = ctx;

	for (; p->name != NULL; p++)
		if (strcasecmp(p->name, name) == 0)
			return p->value;
	return NULL;
}

static void names_of_all_formats_are_known(void **state)
{
	static struct pair pairs[] = {
		{ "artist", "Björk" }, { "title", " Jóga " },
		{ "album", "Homogenic" }, { "ALBUMARTIST", "Björk" },
		{ "date", "1997-09-22" }, { "genre", "Electronic" },
		{ "TSRC", "gb-ayk-97-00012" },
		{ "SPOTIFY_ID", "4uLU6hMCjMI75M1A2tKUQC" },
		{ "source", "ytdlp" }, { "track", "2/10" }, { "disc", "1" },
		{ "TBPM", "81,5" }, { "INITIALKEY", "9A" },
		{ "EnergyLevel", "6" }, { NULL, NULL },
	};
	struct tags t;

	(void)state;
	tags_read(&t, find_pair, pairs);
	assert_string_equal(t.artist, "Björk");
	assert_string_equal(t.title, "Jóga");
	assert_string_equal(t.album, "Homogenic");
	assert_string_equal(t.album_artist, "Björk");
	assert_string_equal(t.date, "1997-09-22");
	assert_string_equal(t.genre, "Electronic");
	assert_string_equal(t.isrc, "GBAYK9700012");
	assert_string_equal(t.spotify_id, "4uLU6hMCjMI75M1A2tKUQC");
	assert_string_equal(t.source, "ytdlp");
	assert_string_equal(t.key, "9A");
	assert_int_equal(t.track_number, 2);
	assert_int_equal(t.disc_number, 1);
	assert_int_equal((int)(t.bpm * 10), 815);
	assert_int_equal(t.energy, 6);
	tags_free(&t);
}

static void the_address_that_spotdl_leaves_is_an_id(void **state)
{
	static struct pair pairs[] = {
		{ "WOAS", "https://open.spotify.com/track/"
		    "4uLU6hMCjMI75M1A2tKUQC?si=0123456789abcdef" },
		{ NULL, NULL },
	}, other[] = {
		{ "WOAS", "https://shop.example/track/Some-Song-Of-Ours" },
		{ NULL, NULL },
	};
	struct tags t;

	(void)state;
	tags_read(&t, find_pair, pairs);
	assert_string_equal(t.spotify_id, "4uLU6hMCjMI75M1A2tKUQC");
	tags_free(&t);
	tags_read(&t, find_pair, other);
	assert_null(t.spotify_id);
	tags_free(&t);
}

static void empty_or_implausible_tags_are_left_out(void **state)
{
	static struct pair pairs[] = {
		{ "artist", "" }, { "title", " \t\n" }, { "genre", "" },
		{ "ISRC", "unknown" }, { "SPOTIFY_ID", "no id" },
		{ "track", "0/0" }, { "disc", "-1" }, { "BPM", "99999" },
		{ "EnergyLevel", "11" }, { "comment", "full of energy" },
		{ NULL, NULL },
	};
	struct tags t;

	(void)state;
	tags_read(&t, find_pair, pairs);
	assert_null(t.artist);
	assert_null(t.title);
	assert_null(t.genre);
	assert_null(t.isrc);
	assert_null(t.spotify_id);
	assert_null(t.key);
	assert_int_equal(t.track_number, 0);
	assert_int_equal(t.disc_number, 0);
	assert_true(t.bpm == 0);
	assert_int_equal(t.energy, 0);
	tags_free(&t);
}

static void text_that_is_not_utf8_is_mended(void **state)
{
	static const struct {
		const char *raw, *mended;
	} cases[] = {
		{ "Beyonc\xe9", "Beyoncé" },		/* Latin-1 */
		{ "Sigur R\xc3\xb3s", "Sigur Rós" },
		{ "Rós, cut within an \xc3", "Rós, cut within an" },
		{ "\x93Heroes\x94", "“Heroes”" },	/* of Windows */
		{ "Cut within a \xe2\x82", "Cut within a" },
		{ "two\nlines\x01", "two lines" },
		{ "\xff\xfe", "ÿþ" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair pairs[] = { { "title", cases[i].raw },
			{ NULL, NULL } };
		struct tags t;

		tags_read(&t, find_pair, pairs);
		assert_string_equal(t.title, cases[i].mended);
		tags_free(&t);
	}
}

static void a_text_is_cut_at_a_character(void **state)
{
	static char text[3 * TAG_MAX];
	struct pair pairs[] = { { "title", text }, { NULL, NULL } };
	struct tags t;

	(void)state;
	text[0] = 'x';
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "é", 2);
	tags_read(&t, find_pair, pairs);
	assert_int_equal(strlen(t.title), TAG_MAX - 1);
	tags_free(&t);
}

static void mixed_in_key_is_read_out_of_the_comment(void **state)
{
	static const struct {
		const char *comment, *key;
		int energy;
	} cases[] = {
		{ "8A - Energy 7", "8A", 7 }, { "Energy 10", NULL, 10 },
		{ "12B - Energy 3", "12B", 3 }, { "Energy: 5", NULL, 5 },
		{ "EnergyLevel 4", NULL, 4 }, { "F#m - Energy 2", "F#m", 2 },
		{ "8A", "8A", 0 }, { "Energy drinks", NULL, 0 },
		{ "Energy 11", NULL, 0 }, { "Best of 2011", NULL, 0 },
		{ "08A - 128.00", "08A", 0 }, { "12m", NULL, 0 },
		{ "A", NULL, 0 }, { "2B continued", NULL, 0 },
		{ "13A", NULL, 0 }, { "8", NULL, 0 }, { "8Ab", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair pairs[] = { { "comment", cases[i].comment },
			{ NULL, NULL } };
		struct tags t;

		tags_read(&t, find_pair, pairs);
		assert_int_equal(t.energy, cases[i].energy);
		if (cases[i].key == NULL)
			assert_null(t.key);
		else
			assert_string_equal(t.key, cases[i].key);
		tags_free(&t);
	}
}

static void a_key_that_is_none_gives_way(void **state)
{
	static const struct {
		const char *tag, *comment, *key;
	} cases[] = {
		{ "8A/9A", NULL, "8A" }, { "o", "8A - Energy 7", "8A" },
		{ "Am/Em", "3B", "Am" }, { "1m", "3B", "1m" },
		{ "All", NULL, "All" }, { "C#m", NULL, "C#m" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair pairs[] = { { "TKEY", cases[i].tag },
			{ "comment", cases[i].comment }, { NULL, NULL } };
		struct tags t;

		tags_read(&t, find_pair, pairs);
		assert_string_equal(t.key, cases[i].key);
		tags_free(&t);
	}
}

static void the_first_tempo_that_is_plausible_counts(void **state)
{
	static const char grid[] = "YXBwbGljYXRpb24vb2N0ZXQtc3RyZWFtAABTZXJh"
	    "dG8gQmVhdEdyaWQAAQAAAAABPpwoOELmAAA3";
	static const struct {
		const char *tbpm, *bpm, *serato, *grid;
		double is;
	} cases[] = {
		{ "0", "126,5", NULL, NULL, 126.5 },
		{ "124", "126.5", "128", grid, 124 },
		{ "0", "", "128.000000", grid, 128 },
		{ NULL, NULL, NULL, grid, 115 },
		{ "fast", "-3", "1e9", "????", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair pairs[] = { { "TBPM", cases[i].tbpm },
			{ "BPM", cases[i].bpm },
			{ "SERATO_BPM", cases[i].serato },
			{ "SERATO_BEATGRID", cases[i].grid }, { NULL, NULL } };
		struct tags t;

		tags_read(&t, find_pair, pairs);
		assert_true(t.bpm > cases[i].is - 0.01 &&
		    t.bpm < cases[i].is + 0.01);
		tags_free(&t);
	}
}

/*
 * Writing, and reading back from the file.
 */

struct both {
	struct decoder *decoder;
	struct tag_reader *reader;
};

static const char *find_in_both(void *ctx, const char *name)
{
	struct both *b = ctx;
	const char *value = b->reader != NULL ?
	    tag_reader_find(b->reader, name) : NULL;

	return value != NULL ? value : decoder_tag(b->decoder, name);
}

/* Reads a file's tags; raw is the value of one more by its name, or NULL. */
static bool read_back(const char *folder, const char *name, struct tags *t,
    const char *raw_name, char *raw)
{
	int64_t size;
	int fd = open_in(folder, name, O_RDONLY, &size);
	struct both b = { .decoder = decoder_open(fd, size, NULL) };
	struct media m = { .codec = "" };
	const char *value;

	if (b.decoder == NULL)
		fail_msg("%s", name);
	b.reader = tag_reader_open(fd, size, decoder_container(b.decoder));
	tags_read(t, find_in_both, &b);
	decoder_form(b.decoder, &m);
	if (raw_name != NULL) {
		value = find_in_both(&b, raw_name);
		snprintf(raw, 256, "%s", value != NULL ? value : "(none)");
	}
	tag_reader_free(b.reader);
	decoder_free(b.decoder);
	close(fd);
	return m.has_cover;
}

static int write_tags(const char *folder, const char *name,
    const struct tags *t, const void *cover, size_t len, struct error *error)
{
	int64_t size;
	int fd = open_in(folder, name, O_RDWR, &size);
	struct decoder *d = decoder_open(fd, size, NULL);
	int rc = tagger_write(fd, size, decoder_container(d), decoder_codec(d),
	    t, cover, len, error);

	decoder_free(d);
	close(fd);
	return rc;
}

static const struct format {
	const char *name, *options;
} formats[] = {
	{ "a.mp3", "-b:a 128k -id3v2_version 3" },
	{ "a.m4a", "-c:a aac -movflags faststart" },
	{ "b.m4a", "-c:a aac" },
	{ "a.flac", "" },
	{ "a.ogg", "-c:a libvorbis" },
	{ "a.opus", "-c:a libopus" },
	{ "f.oga", "-c:a flac -f ogg" },
	{ "a.wav", "" },
	{ "a.aiff", "-write_id3v2 1" },
};

static const struct tags full = {
	.artist = (char *)"Röyksopp, Robyn and Añejo 東京",
	.title = (char *)"Do It Again — “live”",
	.album = (char *)"Album", .album_artist = (char *)"Various",
	.date = (char *)"2014-05-23", .genre = (char *)"Synth-pop",
	.isrc = (char *)"GBAYK9700012",
	.spotify_id = (char *)"4uLU6hMCjMI75M1A2tKUQC",
	.source = (char *)"ytdlp:https://example.org/?a=b",
	.track_number = 12, .disc_number = 2,
};

static void assert_full(const struct tags *t)
{
	assert_string_equal(t->artist, full.artist);
	assert_string_equal(t->title, full.title);
	assert_string_equal(t->album, full.album);
	assert_string_equal(t->album_artist, full.album_artist);
	assert_string_equal(t->date, full.date);
	assert_string_equal(t->genre, full.genre);
	assert_string_equal(t->isrc, full.isrc);
	assert_string_equal(t->spotify_id, full.spotify_id);
	assert_string_equal(t->source, full.source);
	assert_int_equal(t->track_number, full.track_number);
	assert_int_equal(t->disc_number, full.disc_number);
}

static size_t read_fixture(const char *name, char *out, size_t size)
{
	int fd = open_in("data/media", name, O_RDONLY, NULL);
	ssize_t n = read(fd, out, size);

	close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static void on_begin(void *ctx, int rate, int channels)
{
	(void)ctx, (void)rate, (void)channels;
}

static void on_samples(void *ctx, const float *samples, size_t frames)
{
	(void)samples;
	*(size_t *)ctx += frames;
}

static void assert_plays(const char *folder, const char *name)
{
	size_t frames = 0;
	const struct decode_sink sink = { .ctx = &frames, .begin = on_begin,
		.samples = on_samples };
	struct decoded decoded;
	int64_t size;
	int fd = open_in(folder, name, O_RDONLY, &size);
	struct decoder *d = decoder_open(fd, size, NULL);

	assert_non_null(d);
	decoder_run(d, &sink, &decoded);
	if (!decoded.complete)
		fail_msg("%s: %s", name, decoded.fault.text);
	assert_in_range(frames, 48000 * 3 - 3000, 48000 * 3 + 4000);
	decoder_free(d);
	close(fd);
}

static void tags_come_back_from_every_format(void **state)
{
	static const char *const covers[] = { "cover.png", "cover.jpg" };
	char image[1024];

	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *name = formats[i].name;

		make_sine(*state, name, 440, 3, formats[i].options);
		for (size_t c = 0; c < COUNT(covers); c++) {
			size_t len = read_fixture(covers[c], image,
			    sizeof(image));
			struct error error = { .text = "" };
			struct tags t;

			if (write_tags(*state, name, &full, image, len,
			    &error) < 0)
				fail_msg("%s: %s", name, error.text);
			bool cover = read_back(*state, name, &t, NULL, NULL);
			assert_full(&t);
			assert_true(cover);
			tags_free(&t);
			assert_plays(*state, name);
		}
	}
}

/* Our own tempo, key and energy are told from the user's by a tag beside
 * them. */
static void our_own_analysis_is_no_tag_of_the_user(void **state)
{
	const struct tags ours = { .bpm = 124.03, .key = (char *)"8A",
		.energy = 7, .analysis = (char *)"bpm=124.03 key=8A energy=7" };
	const struct tags theirs = { .bpm = 130, .key = (char *)"5A",
		.energy = 3 };

	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *name = formats[i].name;
		struct tags t;

		make_sine(*state, name, 440, 3, formats[i].options);
		assert_int_equal(write_tags(*state, name, &ours, NULL, 0,
		    NULL), 0);
		read_back(*state, name, &t, NULL, NULL);
		if (t.analysis == NULL)
			fail_msg("%s", name);
		assert_string_equal(t.analysis, ours.analysis);
		assert_true(t.bpm == 0);
		assert_null(t.key);
		assert_int_equal(t.energy, 0);
		tags_free(&t);
		assert_plays(*state, name);
		assert_int_equal(write_tags(*state, name, &theirs, NULL, 0,
		    NULL), 0);
		read_back(*state, name, &t, NULL, NULL);
		assert_true(t.bpm == 130);
		assert_string_equal(t.key, "5A");
		assert_int_equal(t.energy, 3);
		tags_free(&t);
	}
}

static void keys_are_spelled_as_the_user_wants(void **state)
{
	static const char *const keys[][3] = {
		{ "8A", "1m", "Am" }, { "8B", "1d", "C" },
		{ "7B", "12d", "F" }, { "12A", "5m", "C#m" },
		{ "1B", "6d", "B" }, { "2A", "7m", "D#m" },
	};
	struct analysis a = { .bpm = 0 };
	struct written_tags w;
	struct tags t = { .key = NULL };
	char key[8], *text;

	(void)state;
	key_spell(&a, KEY_CAMELOT, key);
	assert_string_equal(key, "");
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(key_parse(keys[i][0], a.key, a.camelot), 0);
		for (int n = KEY_CAMELOT; n <= KEY_MUSICAL; n++) {
			char back[12], code[4];

			key_spell(&a, (enum key_notation)n, key);
			assert_string_equal(key, keys[i][n - KEY_CAMELOT]);
			assert_int_equal(key_parse(key, back, code), 0);
			assert_string_equal(code, keys[i][0]);
		}
	}
	/* Only what the user's tags lack. */
	a.bpm = 124.026;
	a.energy = 7;
	written_tags_choose(&a, KEY_OPEN, &t, &w);
	text = written_tags_text(&w);
	assert_string_equal(text, "bpm=124.03 key=7m energy=7");
	free(text);
	t = (struct tags){ .bpm = 99, .key = (char *)"x", .energy = 1 };
	written_tags_choose(&a, KEY_OPEN, &t, &w);
	text = written_tags_text(&w);
	assert_string_equal(text, "");
	free(text);
}

static void what_we_do_not_name_survives(void **state)
{
	const struct tags t = { .title = (char *)"New" };
	char options[256], raw[256];

	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *name = formats[i].name;
		const char *kept = strcmp(name, "a.wav") == 0 ? "copyright" :
		    "composer";
		struct tags back;

		snprintf(options, sizeof(options), "%s -metadata artist=Old "
		    "-metadata title=Old -metadata %s='The One' "
		    "-metadata comment='Energy 4'", formats[i].options, kept);
		make_sine(*state, name, 440, 3, options);
		assert_int_equal(write_tags(*state, name, &t, NULL, 0, NULL),
		    0);
		read_back(*state, name, &back, kept, raw);
		assert_string_equal(back.title, "New");
		assert_string_equal(back.artist, "Old");
		assert_int_equal(back.energy, 4);
		assert_string_equal(raw, "The One");
		tags_free(&back);
	}
}

static void the_total_of_tracks_stays(void **state)
{
	static const char *const names[] = { "a.mp3", "b.m4a" };
	const struct tags t = { .track_number = 4 };
	char raw[256];

	for (size_t i = 0; i < COUNT(names); i++) {
		struct tags back;

		make_sine(*state, names[i], 440, 3,
		    "-metadata track=3/12");
		assert_int_equal(write_tags(*state, names[i], &t, NULL, 0,
		    NULL), 0);
		read_back(*state, names[i], &back, "track", raw);
		assert_string_equal(raw, "4/12");
		assert_int_equal(back.track_number, 4);
		tags_free(&back);
	}
}

static void tempo_key_and_energy_are_read_from_files(void **state)
{
	static const struct {
		const char *name, *options;
		double bpm;
	} files[] = {
		{ "mik.mp3", "-metadata TBPM=127.5 -metadata TKEY=8A "
		    "-metadata comment='8A - Energy 7'", 127.5 },
		{ "mik.flac", "-metadata BPM=127.5 -metadata INITIALKEY=8A "
		    "-metadata EnergyLevel=7", 127.5 },
		{ "mik.ogg", "-c:a libvorbis -metadata BPM=127.5 "
		    "-metadata INITIALKEY=8A -metadata EnergyLevel=7", 127.5 },
		/* A whole number by its format. */
		{ "mik.m4a", "-metadata tmpo=128 "
		    "-metadata comment='8A - Energy 7'", 128 },
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		struct tags t;

		make_sine(*state, files[i].name, 440, 3, files[i].options);
		read_back(*state, files[i].name, &t, NULL, NULL);
		assert_true(t.bpm >= files[i].bpm && t.bpm <= files[i].bpm);
		assert_string_equal(t.key, "8A");
		assert_int_equal(t.energy, 7);
		tags_free(&t);
	}
}

static void a_format_without_tags_is_refused_by_its_name(void **state)
{
	struct error error = { .text = "" };

	make_sine(*state, "a.webm", 440, 3, "-c:a libopus");
	assert_int_equal(write_tags(*state, "a.webm", &full, NULL, 0, &error),
	    -1);
	assert_non_null(strstr(error.text, "matroska"));
	assert_plays(*state, "a.webm");
}

static char *slurp(const char *folder, const char *name, size_t *len)
{
	int64_t size;
	int fd = open_in(folder, name, O_RDONLY, &size);
	char *data = malloc((size_t)size);

	assert_int_equal(read(fd, data, (size_t)size), size);
	close(fd);
	*len = (size_t)size;
	return data;
}

/* Sites deliver WebP, and error pages, by the name of a JPEG. */
static void a_cover_of_another_kind_is_left_out_and_the_rest_written(
    void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} covers[] = {
		{ "RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10"
		    "\x11\x11\x88\x88\xfe\x07", 33 },
		{ "<html>", 6 }, { "\xff\xd8", 2 }, { "GIF89a", 6 },
	};

	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *name = formats[i].name;

		make_sine(*state, name, 440, 3, formats[i].options);
		for (size_t c = 0; c < COUNT(covers); c++) {
			struct error error = { .text = "" };
			struct tags t;

			if (write_tags(*state, name, &full, covers[c].bytes,
			    covers[c].len, &error) < 0)
				fail_msg("%s: %s", name, error.text);
			assert_false(read_back(*state, name, &t, NULL, NULL));
			assert_full(&t);
			tags_free(&t);
			assert_plays(*state, name);
		}
	}
}

/* A limit of size stands for the full disk: write fails just so. */
static int write_without_room(const char *folder, const char *name)
{
	static char cover[100000] = "\xff\xd8\xff";
	int64_t size;
	int status;

	close(open_in(folder, name, O_RDONLY, &size));
	pid_t child = fork();
	if (child == 0) {
		struct rlimit r = { (rlim_t)size + 5000,
			(rlim_t)size + 5000 };
		struct error error = { .text = "" };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &r);
		int rc = write_tags(folder, name, &full, cover,
		    sizeof(cover), &error);
		_exit(rc == -1 && strstr(error.text, "File too large") != NULL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static void a_full_disk_is_noticed_and_the_file_left_alone(void **state)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *name = formats[i].name;
		size_t before_len, after_len;
		char *before, *after;

		make_sine(*state, name, 440, 3, formats[i].options);
		before = slurp(*state, name, &before_len);
		if (!write_without_room(*state, name))
			fail_msg("%s", name);
		after = slurp(*state, name, &after_len);
		assert_int_equal(before_len, after_len);
		assert_memory_equal(before, after, after_len);
		free(before);
		free(after);
	}
}

/* Whatever is claimed of a file: an answer, and no crash. */
static void hostile_files_do_not_break_the_tagger(void **state)
{
	static const char *const files[] = { "random.mp3", "zero.m4a",
		"deep-atoms.m4a", "endless-atom.m4a", "no-moov.m4a",
		"tag-only.mp3", "lying-tag-size.mp3", "lying-length.wav",
		"lying-length.flac", "flipped-bit.flac", "text.mp3",
		"empty.mp3", "no-samples.wav" };
	static const char *const as[] = { "mp3", "mp4", "flac", "wav",
		"aiff" };

	for (size_t i = 0; i < COUNT(files); i++)
		for (size_t k = 0; k < COUNT(as); k++) {
			struct error error = { .text = "" };
			int64_t size;

			copy_file("data/media", files[i], *state, "hostile");
			int fd = open_in(*state, "hostile", O_RDWR, &size);
			tag_reader_free(tag_reader_open(fd, size, as[k]));
			int rc = tagger_write(fd, size, as[k], "", &full,
			    NULL, 0, &error);
			assert_true(rc == 0 || error.text[0] != '\0');
			close(fd);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_all_formats_are_known),
		cmocka_unit_test(the_address_that_spotdl_leaves_is_an_id),
		cmocka_unit_test(empty_or_implausible_tags_are_left_out),
		cmocka_unit_test(text_that_is_not_utf8_is_mended),
		cmocka_unit_test(a_text_is_cut_at_a_character),
		cmocka_unit_test(mixed_in_key_is_read_out_of_the_comment),
		cmocka_unit_test(tags_come_back_from_every_format),
		cmocka_unit_test(our_own_analysis_is_no_tag_of_the_user),
		cmocka_unit_test(keys_are_spelled_as_the_user_wants),
		cmocka_unit_test(what_we_do_not_name_survives),
		cmocka_unit_test(the_total_of_tracks_stays),
		cmocka_unit_test(tempo_key_and_energy_are_read_from_files),
		cmocka_unit_test(a_format_without_tags_is_refused_by_its_name),
		cmocka_unit_test(
		    a_cover_of_another_kind_is_left_out_and_the_rest_written),
		cmocka_unit_test(
		    a_full_disk_is_noticed_and_the_file_left_alone),
		cmocka_unit_test(hostile_files_do_not_break_the_tagger),
		cmocka_unit_test(a_key_that_is_none_gives_way),
		cmocka_unit_test(the_first_tempo_that_is_plausible_counts),
	};

	decoder_setup();
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
