/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio.h"

#include "worker/decode/decode.h"
#include "worker/decode/identity.h"
#include "worker/tags/tagger.h"

static void ignore_begin(void *ctx, int rate, int channels)
{
	(void)ctx, (void)rate, (void)channels;
}

static void ignore_samples(void *ctx, const float *samples, size_t frames)
{
	(void)ctx, (void)samples, (void)frames;
}

static void identify(const char *folder, const char *name, char *out)
{
	struct error error = { .text = "" };
	int64_t size;
	int fd = open_in(folder, name, O_RDONLY, &size);
	struct decoder *d = decoder_open(fd, size, &error);
	struct identity *id;

	if (d == NULL)
		fail_msg("%s: %s", name, error.text);
	id = identity_new(decoder_codec(d), decoder_exact_ms(d));
	decoder_packets(d, identity_add, id);
	assert_int_equal(identity_end(id, out), 0);
	decoder_free(d);
	close(fd);
}

/* The same, by the packets of a whole decode. */
static void identify_decoding(const char *folder, const char *name, char *out)
{
	int64_t size;
	int fd = open_in(folder, name, O_RDONLY, &size);
	struct decoder *d = decoder_open(fd, size, NULL);
	struct identity *id = identity_new(decoder_codec(d),
	    decoder_exact_ms(d));
	const struct decode_sink sink = { .ctx = id, .packet = identity_add,
		.begin = ignore_begin, .samples = ignore_samples };
	struct decoded decoded;

	decoder_run(d, &sink, &decoded);
	assert_int_equal(identity_end(id, out), 0);
	decoder_free(d);
	close(fd);
}

static void retag(const char *folder, const char *name, const struct tags *t,
    const void *cover, size_t cover_len)
{
	struct error error = { .text = "" };
	int64_t size;
	int fd = open_in(folder, name, O_RDWR, &size);
	struct decoder *d = decoder_open(fd, size, NULL);

	if (tagger_write(fd, size, decoder_container(d), decoder_codec(d), t,
	    cover, cover_len, &error) < 0)
		fail_msg("%s: %s", name, error.text);
	decoder_free(d);
	close(fd);
}

static const struct format {
	const char *name, *options;
	bool copy;	/* ffmpeg -c copy keeps packets and length */
} formats[] = {
	/* A copy gets a header that states the length. */
	{ "cbr.mp3", "-b:a 192k -write_xing 0", false },
	{ "vbr.mp3", "-q:a 4", true },
	{ "a.m4a", "-c:a aac -b:a 128k", true },
	{ "alac.m4a", "-c:a alac", true },
	{ "a.flac", "", true },
	{ "a.ogg", "-c:a libvorbis", true },
	{ "a.opus", "-c:a libopus", true },
	{ "a.wav", "", true },
	{ "a.aiff", "", true },
};

static void tags_and_covers_do_not_change_it(void **state)
{
	static char cover[100000] = "\xff\xd8\xff";
	static char text[3000];
	struct tags t = { .artist = text, .title = (char *)"Another" };

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *name = formats[i].name;
		char before[IDENTITY_LEN + 1], after[IDENTITY_LEN + 1];

		make_sine(*state, name, 440, 10, formats[i].options);
		identify(*state, name, before);
		retag(*state, name, &t, cover, sizeof(cover));
		identify(*state, name, after);
		assert_string_equal(before, after);
		/* And smaller again, with the room that is then left. */
		t.artist = (char *)"short";
		retag(*state, name, &t, cover, 10);
		t.artist = text;
		identify(*state, name, after);
		assert_string_equal(before, after);
		assert_int_equal(strlen(after), IDENTITY_LEN);
	}
}

static void another_tool_that_copies_the_stream_does_not_change_it(
    void **state)
{
	char arguments[256], before[IDENTITY_LEN + 1],
	    after[IDENTITY_LEN + 1];

	for (size_t i = 0; i < COUNT(formats); i++) {
		if (!formats[i].copy)
			continue;
		make_sine(*state, formats[i].name, 440, 10,
		    formats[i].options);
		snprintf(arguments, sizeof(arguments), "-i %s -c copy "
		    "-metadata title=New copy-%s", formats[i].name,
		    formats[i].name);
		ffmpeg(*state, arguments);
		identify(*state, formats[i].name, before);
		snprintf(arguments, sizeof(arguments), "copy-%s",
		    formats[i].name);
		identify(*state, arguments, after);
		assert_string_equal(before, after);
	}
}

static void an_id3v1_tag_at_the_end_does_not_change_it(void **state)
{
	static const char tag[128] = "TAGTitle";
	char before[IDENTITY_LEN + 1], after[IDENTITY_LEN + 1];

	/* Short enough that all of it is hashed, to its very end. */
	make_sine(*state, "short.mp3", 440, 3, "-b:a 128k -write_xing 0");
	identify(*state, "short.mp3", before);
	append_bytes(*state, "short.mp3", tag, sizeof(tag));
	identify(*state, "short.mp3", after);
	assert_string_equal(before, after);
}

static void other_audio_is_another_file(void **state)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		char one[IDENTITY_LEN + 1], two[IDENTITY_LEN + 1];

		make_sine(*state, formats[i].name, 440, 5, formats[i].options);
		identify(*state, formats[i].name, one);
		make_sine(*state, formats[i].name, 441, 5, formats[i].options);
		identify(*state, formats[i].name, two);
		assert_string_not_equal(one, two);
	}
}

static void a_longer_one_with_the_same_beginning_is_another_file(
    void **state)
{
	char one[IDENTITY_LEN + 1], two[IDENTITY_LEN + 1];

	make_sine(*state, "short.wav", 440, 10, "");
	make_sine(*state, "long.wav", 440, 11, "");
	identify(*state, "short.wav", one);
	identify(*state, "long.wav", two);
	assert_string_not_equal(one, two);
}

static void decoding_gives_the_same_identity_as_probing(void **state)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		char look[IDENTITY_LEN + 1], decode[IDENTITY_LEN + 1];

		make_sine(*state, formats[i].name, 440, 5, formats[i].options);
		identify(*state, formats[i].name, look);
		identify_decoding(*state, formats[i].name, decode);
		assert_string_equal(look, decode);
	}
}

static void how_it_is_cut_into_packets_does_not_matter(void **state)
{
	static unsigned char data[2 * IDENTITY_BYTES];
	static const size_t steps[] = { 1, 7, 4096, sizeof(data) };
	char first[IDENTITY_LEN + 1] = "", out[IDENTITY_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 31 >> 3);
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct identity *id = identity_new("mp3", 1000);
		size_t at = 0;

		while (identity_add(id, data + at, steps[i]))
			at += steps[i];
		assert_int_equal(identity_end(id, out), 0);
		if (i == 0)
			strcpy(first, out);
		assert_string_equal(out, first);
	}
}

/* Whoever changes this makes every file of every library a new one. */
static void it_is_what_it_was(void **state)
{
	char out[IDENTITY_LEN + 1];
	struct identity *id = identity_new("mp3", 258000);

	(void)state;
	assert_true(identity_add(id, "audio", 5));
	assert_int_equal(identity_end(id, out), 0);
	assert_string_equal(out, "d412579d757c224b54b59131ea998b9b");
}

static void without_audio_there_is_none(void **state)
{
	char out[IDENTITY_LEN + 1];
	struct identity *id = identity_new("mp3", 1000);

	(void)state;
	assert_true(identity_add(id, "", 0));
	assert_int_equal(identity_end(id, out), -1);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_and_covers_do_not_change_it),
		cmocka_unit_test(
		    another_tool_that_copies_the_stream_does_not_change_it),
		cmocka_unit_test(an_id3v1_tag_at_the_end_does_not_change_it),
		cmocka_unit_test(other_audio_is_another_file),
		cmocka_unit_test(
		    a_longer_one_with_the_same_beginning_is_another_file),
		cmocka_unit_test(decoding_gives_the_same_identity_as_probing),
		cmocka_unit_test(how_it_is_cut_into_packets_does_not_matter),
		cmocka_unit_test(it_is_what_it_was),
		cmocka_unit_test(without_audio_there_is_none),
	};

	decoder_setup();
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
