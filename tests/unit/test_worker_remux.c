/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio.h"

#include "worker/decode/decode.h"
#include "worker/decode/remux.h"
#include "base/hash.h"
#include "types/media.h"

#define SECONDS 12	/* of several fragments */

static void on_samples(void *ctx, const float *samples, size_t frames)
{
	(void)samples;
	*(size_t *)ctx += frames;
}

static void on_begin(void *ctx, int rate, int channels)
{
	(void)ctx;
	assert_true(rate > 0 && channels > 0);
}

static bool on_packet(void *ctx, const void *data, size_t len)
{
	sha256_add(ctx, data, len);
	return true;
}

static struct decoder *open_file(int fd)
{
	struct error error = { .text = "" };
	struct decoder *d = decoder_open(fd, lseek(fd, 0, SEEK_END), &error);

	if (d == NULL)
		fail_msg("%s", error.text);
	return d;
}

static void hash_packets(int fd, uint8_t hash[SHA256_LEN])
{
	struct sha256 *h = sha256_new();
	struct decoder *d = open_file(fd);

	decoder_packets(d, on_packet, h);
	decoder_free(d);
	sha256_end(h, hash);
}

static void streaming_containers_are_remuxed_for_players(void **state)
{
	static const struct {
		const char *name, *options, *container, *codec;
	} files[] = {
		{ "a.webm", "-c:a libopus", "ogg", "opus" },
		{ "b.webm", "-c:a libvorbis", "ogg", "vorbis" },
		{ "c.mka", "-c:a aac", "mp4", "aac" },
		{ "d.m4a", "-c:a aac -movflags +empty_moov+default_base_moof"
		    "+frag_keyframe -frag_duration 2000000", "mp4", "aac" },
		{ "e.m4a", "-c:a aac -movflags +dash+empty_moov -frag_duration "
		    "2000000", "mp4", "aac" },
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		const struct decode_sink sink = { .begin = on_begin,
			.samples = on_samples, .ctx = &(size_t){ 0 } };
		uint8_t before[SHA256_LEN], after[SHA256_LEN];
		struct error error = { .text = "" };
		struct decoded out;
		struct decoder *d;
		const char *target;
		int from, to;

		make_sine(*state, files[i].name, 440, SECONDS,
		    files[i].options);
		from = open_in(*state, files[i].name, O_RDONLY, NULL);
		append_bytes(*state, "out", "", 0);
		to = open_in(*state, "out", O_RDWR, NULL);
		assert_int_equal(ftruncate(to, 0), 0);
		d = open_file(from);
		target = remux_target(d, from);
		if (target == NULL)
			fail_msg("%s: stays", files[i].name);
		assert_string_equal(target, files[i].container);
		if (remux_write(d, target, to, &error) != 0)
			fail_msg("%s: %s", files[i].name, error.text);
		decoder_free(d);
		d = open_file(to);
		assert_string_equal(decoder_container(d), files[i].container);
		assert_string_equal(decoder_codec(d), files[i].codec);
		assert_null(remux_target(d, to));
		decoder_run(d, &sink, &out);
		if (!out.complete)
			fail_msg("%s: %s", files[i].name, out.fault.text);
		assert_in_range(out.ms, SECONDS * 1000 - 60,
		    SECONDS * 1000 + 80);
		decoder_free(d);
		hash_packets(from, before);
		hash_packets(to, after);
		assert_memory_equal(before, after, SHA256_LEN);
		close(from);
		close(to);
	}
}

static void other_containers_stay(void **state)
{
	static const struct {
		const char *name, *options;
	} files[] = {
		{ "f.m4a", "-c:a aac" }, { "g.mp3", "" }, { "h.flac", "" },
		{ "i.opus", "-c:a libopus" }, { "j.ogg", "-c:a libvorbis" },
		{ "k.wav", "" }, { "l.m4a", "-c:a alac" },
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		struct decoder *d;
		int fd;

		make_sine(*state, files[i].name, 440, 1, files[i].options);
		fd = open_in(*state, files[i].name, O_RDONLY, NULL);
		d = open_file(fd);
		if (remux_target(d, fd) != NULL)
			fail_msg("%s: is moved", files[i].name);
		decoder_free(d);
		close(fd);
	}
}

/* A disk that is full is told, whatever the muxer makes of it. */
static void write_errors_are_reported(void **state)
{
	struct error error = { .text = "" };
	struct decoder *d;
	int from, full = open("/dev/full", O_RDWR | O_CLOEXEC);

	assert_true(full >= 0);
	make_sine(*state, "m.webm", 440, SECONDS, "-c:a libopus");
	from = open_in(*state, "m.webm", O_RDONLY, NULL);
	d = open_file(from);
	assert_int_equal(remux_write(d, "ogg", full, &error), -1);
	assert_true(error.text[0] != '\0');
	decoder_free(d);
	close(from);
	close(full);
}

static int set_up(void **state)
{
	decoder_setup();
	return make_folder(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streaming_containers_are_remuxed_for_players),
		cmocka_unit_test(other_containers_stay),
		cmocka_unit_test(write_errors_are_reported),
	};

	return cmocka_run_group_tests(tests, set_up, remove_folder);
}
