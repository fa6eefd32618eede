/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio.h"

#include <math.h>

#include "worker/decode/decode.h"
#include "worker/decode/mp3_header.h"
#include "types/media.h"
#include "types/reason.h"

#define SECONDS 3

/* What came out of a decode. */
struct heard {
	int rate, channels;
	size_t frames, loud;	/* loud: the first frame above a half */
	double power[DECODE_MAX_CHANNELS];	/* sums of squares */
};

static void on_begin(void *ctx, int rate, int channels)
{
	struct heard *h = ctx;

	h->rate = rate;
	h->channels = channels;
}

static void on_samples(void *ctx, const float *samples, size_t frames)
{
	struct heard *h = ctx;

	for (size_t i = 0; i < frames; i++)
		for (int c = 0; c < h->channels; c++) {
			double x = samples[i * (size_t)h->channels + (size_t)c];
			h->power[c] += x * x;
			if (h->loud == 0 && fabs(x) > 0.5)
				h->loud = h->frames + i;
		}
	h->frames += frames;
}

static double rms(const struct heard *h, int channel)
{
	return sqrt(h->power[channel] / (double)h->frames);
}

static void hear(const char *folder, const char *name, struct heard *h,
    struct decoded *d, struct media *m)
{
	const struct decode_sink sink = { .ctx = h, .begin = on_begin,
		.samples = on_samples };
	struct error error = { .text = "" };
	int64_t size;
	int fd = open_in(folder, name, O_RDONLY, &size);
	struct decoder *decoder = decoder_open(fd, size, &error);

	if (decoder == NULL)
		fail_msg("%s: %s", name, error.text);
	memset(h, 0, sizeof(*h));
	memset(m, 0, sizeof(*m));
	decoder_form(decoder, m);
	decoder_run(decoder, &sink, d);
	decoder_free(decoder);
	close(fd);
}

static const struct format {
	const char *name, *options, *container, *codec;
	bool lossless;
} formats[] = {
	{ "vbr.mp3", "-q:a 4", "mp3", "mp3", false },
	{ "cbr.mp3", "-b:a 128k -write_xing 0", "mp3", "mp3", false },
	{ "aac.m4a", "-c:a aac -b:a 128k", "mp4", "aac", false },
	{ "alac.m4a", "-c:a alac", "mp4", "alac", true },
	{ "a.flac", "", "flac", "flac", true },
	{ "vorbis.ogg", "-c:a libvorbis", "ogg", "vorbis", false },
	{ "a.opus", "-c:a libopus", "ogg", "opus", false },
	{ "a.webm", "-c:a libopus", "matroska", "opus", false },
	{ "a.mka", "-c:a flac", "matroska", "flac", true },
	{ "s16.wav", "", "wav", "pcm_s16le", true },
	{ "u8.wav", "-c:a pcm_u8", "wav", "pcm_u8", true },
	{ "s24.wav", "-c:a pcm_s24le", "wav", "pcm_s24le", true },
	{ "s32.wav", "-c:a pcm_s32le", "wav", "pcm_s32le", true },
	{ "f32.wav", "-c:a pcm_f32le", "wav", "pcm_f32le", true },
	{ "f64.wav", "-c:a pcm_f64le", "wav", "pcm_f64le", true },
	{ "a.w64", "", "w64", "pcm_s16le", true },
	{ "a.aiff", "", "aiff", "pcm_s16be", true },
	{ "a.caf", "", "caf", "pcm_s16be", true },
	{ "a.aac", "-c:a aac -f adts", "adts", "aac", false },
	{ "a.ac3", "-c:a ac3", "ac3", "ac3", false },
	{ "a.wv", "-c:a wavpack", "wavpack", "wavpack", true },
	{ "a.tta", "-c:a tta", "tta", "tta", true },
	{ "a.wma", "-c:a wmav2", "asf", "wmav2", false },
};

static void every_format_is_decoded_to_its_end(void **state)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		const struct format *f = &formats[i];
		struct heard h;
		struct decoded d;
		struct media m;

		make_sine(*state, f->name, 440, SECONDS, f->options);
		hear(*state, f->name, &h, &d, &m);
		if (!d.complete)
			fail_msg("%s: %s", f->name, d.fault.text);
		assert_string_equal(m.container, f->container);
		assert_string_equal(m.codec, f->codec);
		assert_int_equal(m.lossless, f->lossless);
		assert_int_equal(h.channels, 2);
		assert_int_equal(h.rate, 48000);
		assert_in_range(d.ms, SECONDS * 1000 - 60, SECONDS * 1000 + 80);
		assert_in_range(m.bitrate, 10000, 8000000);
	}
}

/* ffmpeg's sine has a peak of 1/8, and 3 dB less when mono becomes stereo;
 * each of these types must give it back. */
static void samples_of_every_type_are_the_same_sound(void **state)
{
	const double expected = 0.125 / 2;

	for (size_t i = 0; i < COUNT(formats); i++) {
		struct heard h;
		struct decoded d;
		struct media m;

		make_sine(*state, formats[i].name, 440, SECONDS,
		    formats[i].options);
		hear(*state, formats[i].name, &h, &d, &m);
		for (int c = 0; c < 2; c++)
			if (fabs(rms(&h, c) / expected - 1) > 0.06)
				fail_msg("%s: %f", formats[i].name,
				    rms(&h, c));
	}
}

/* LAME delays by 576 samples, decoding by 529; the first tells that in the
 * header, and decoding takes both out again. */
static void what_an_mp3_encoder_added_is_left_out_and_reported(void **state)
{
	static const struct {
		const char *name, *options;
		int rate, delay, header;
	} files[] = {
		{ "a.flac", "-ar 44100", 44100, 0, MP3_BARE },
		{ "b.mp3", "-b:a 192k -write_xing 0", 44100, 0, MP3_BARE },
		{ "c.mp3", "-b:a 192k", 44100, 1105, MP3_XING },
		{ "d.mp3", "-q:a 0 -ac 1 -id3v2_version 0", 44100, 1105,
		    MP3_XING },
		{ "e.mp3", "-b:a 64k -ar 22050", 22050, 1105, MP3_XING },
		{ "f.mp3", "-b:a 64k -ar 22050 -ac 1", 22050, 1105, MP3_XING },
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		char arguments[512];
		struct heard h;
		struct decoded d;
		struct media m;

		snprintf(arguments, sizeof(arguments), "-f lavfi -i \"aevalsrc="
		    "if(between(t\\,1\\,1.2)\\,0.9*sin(2500*(t-1))\\,0)"
		    ":d=3:s=44100\" -ac 2 %s %s", files[i].options,
		    files[i].name);
		ffmpeg(*state, arguments);
		hear(*state, files[i].name, &h, &d, &m);
		assert_int_equal(m.encoder_delay, files[i].delay);
		assert_int_equal(m.header, files[i].header);
		/* The sound begins at 1 s; without the correction the bare
		 * file's is 1105 samples late. */
		assert_in_range(h.loud, files[i].rate + 5 +
		    (strcmp(files[i].name, "b.mp3") == 0 ? 1105 : 0),
		    files[i].rate + 30 +
		    (strcmp(files[i].name, "b.mp3") == 0 ? 1105 : 0));
	}
}

static void the_header_of_an_mp3_is_lames_if_its_checksum_is_right(
    void **state)
{
	/* The beginning of a file of LAME 3.100: MPEG 1, stereo, 128 kbit/s. */
	uint8_t frame[MP3_HEADER_LEN] = { 0xff, 0xfb, 0x90, 0x64 };

	(void)state;
	assert_int_equal(mp3_header_parse(frame, 0), MP3_BARE);
	assert_int_equal(mp3_header_parse(frame, sizeof(frame)), MP3_BARE);
	memcpy(frame + 36, "Info\0\0\0\x0f", 8);
	assert_int_equal(mp3_header_parse(frame, sizeof(frame)), MP3_XING);
	assert_int_equal(mp3_header_parse(frame, 43), MP3_BARE);
	assert_int_equal(mp3_header_parse(frame, 44), MP3_XING);
	memcpy(frame + 156, "LAME3.100", 9);
	assert_int_equal(mp3_header_parse(frame, sizeof(frame)), MP3_XING);
	memcpy(frame + 190, "\x9e\xa3", 2);
	assert_int_equal(mp3_header_parse(frame, sizeof(frame)), MP3_LAME);
	assert_int_equal(mp3_header_parse(frame, 191), MP3_XING);
	assert_int_equal(mp3_header_parse(frame, 192), MP3_LAME);
	frame[100] ^= 1;
	assert_int_equal(mp3_header_parse(frame, sizeof(frame)), MP3_XING);
	/* Layer II, a reserved version, no synchronisation. */
	for (size_t i = 0; i < 3; i++) {
		static const uint8_t seconds[] = { 0xfd, 0xeb, 0xdb };

		frame[1] = seconds[i];
		assert_int_equal(mp3_header_parse(frame, sizeof(frame)),
		    MP3_BARE);
	}
}

static void left_and_right_stay_apart(void **state)
{
	static const char *const names[] = { "s.wav", "s.flac", "s.mp3",
		"s.m4a", "s.opus" };
	char arguments[256];

	for (size_t i = 0; i < COUNT(names); i++) {
		struct heard h;
		struct decoded d;
		struct media m;

		snprintf(arguments, sizeof(arguments), "-f lavfi -i "
		    "\"aevalsrc='0.5*sin(2000*t)|0':d=2:s=48000\" -b:a 192k %s",
		    names[i]);
		ffmpeg(*state, arguments);
		hear(*state, names[i], &h, &d, &m);
		assert_true(rms(&h, 0) > 0.3);
		assert_true(rms(&h, 1) < 0.01);
	}
}

static void six_channels_are_passed(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	make_sine(*state, "six.flac", 440, 1, "-ac 6");
	hear(*state, "six.flac", &h, &d, &m);
	assert_true(d.complete);
	assert_int_equal(h.channels, 6);
	assert_int_equal(m.channels, 6);
}

static void sixteen_channels_are_passed_too(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	make_sine(*state, "many.wav", 440, 1, "-ac 16");
	hear(*state, "many.wav", &h, &d, &m);
	assert_true(d.complete);
	assert_int_equal(h.channels, 16);
}

static void a_rate_of_its_own_is_kept(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	make_sine(*state, "slow.wav", 440, 1, "-ar 8000 -ac 1");
	hear(*state, "slow.wav", &h, &d, &m);
	assert_int_equal(h.rate, 8000);
	assert_int_equal(h.channels, 1);
	assert_int_equal(h.frames, 8000);
	make_sine(*state, "fast.flac", 440, 1, "-ar 192000 -sample_fmt s32");
	hear(*state, "fast.flac", &h, &d, &m);
	assert_int_equal(h.rate, 192000);
	assert_int_equal(h.frames, 192000);
}

static void a_file_that_was_cut_is_not_complete(void **state)
{
	static const struct {
		const char *name, *options;
	} cut[] = {
		{ "cut.mp3", "-q:a 4" },
		{ "cut.m4a", "-c:a aac -movflags faststart" },
		{ "cut.flac", "" }, { "cut.ogg", "-c:a libvorbis" },
		{ "cut.opus", "-c:a libopus" }, { "cut.webm", "-c:a libopus" },
		{ "cut.wav", "" }, { "cut.aiff", "" },
		{ "cut.wv", "-c:a wavpack" }, { "cut.tta", "-c:a tta" },
	};

	for (size_t i = 0; i < COUNT(cut); i++) {
		struct heard h;
		struct decoded d;
		struct media m;

		make_sine(*state, cut[i].name, 440, 20, cut[i].options);
		cut_file(*state, cut[i].name, 60);
		hear(*state, cut[i].name, &h, &d, &m);
		if (d.complete)
			fail_msg("%s", cut[i].name);
		assert_true(d.fault.text[0] != '\0');
		assert_in_range(d.ms, 5000, 19000);
	}
}

static void a_wrong_length_is_reported(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	(void)state;
	hear("data/media", "lying-length.flac", &h, &d, &m);
	assert_false(d.complete);
	assert_string_equal(d.fault.text, "ends after 1.0 s of 600.0 s");
	assert_int_equal(d.ms, 1000);
	hear("data/media", "lying-length.wav", &h, &d, &m);
	assert_false(d.complete);
}

static void one_flipped_bit_of_a_flac_is_found(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	(void)state;
	hear("data/media", "flipped-bit.flac", &h, &d, &m);
	assert_false(d.complete);
	assert_int_equal(d.errors, 1);
	assert_int_equal(d.fault.reason, REASON_ERRORS);
	/* The frame that is lost is silent, and not left out. */
	assert_int_equal(h.frames, 8000);
}

/* Sixty bytes of zeros in each tenth of the file but the first. */
static void spoil(const char *folder, const char *name)
{
	static const char zeros[60];
	int64_t size;
	int fd = open_in(folder, name, O_RDWR, &size);

	for (int i = 1; i < 10; i++)
		assert_int_equal(pwrite(fd, zeros, sizeof(zeros),
		    size * i / 10), sizeof(zeros));
	close(fd);
}

static void what_errors_take_away_does_not_shift_the_rest(void **state)
{
	static const struct {
		const char *name, *options;
	} spoilt[] = {
		{ "spoilt.flac", "" },
		{ "spoilt.m4a", "-c:a aac -movflags faststart" },
		{ "spoilt.opus", "-c:a libopus" },
		{ "spoilt.ogg", "-c:a libvorbis" },
	};

	for (size_t i = 0; i < COUNT(spoilt); i++) {
		struct heard h;
		struct decoded d;
		struct media m;

		make_sine(*state, spoilt[i].name, 440, 60, spoilt[i].options);
		spoil(*state, spoilt[i].name);
		hear(*state, spoilt[i].name, &h, &d, &m);
		if (d.fault.reason != REASON_ERRORS || d.ms < 59900 ||
		    d.ms > 60100)
			fail_msg("%s: %ld ms: %s", spoilt[i].name, (long)d.ms,
			    d.fault.text);
	}
}

static void rubbish_after_an_mp3_is_no_fault(void **state)
{
	static const char zeros[3000];
	struct heard h;
	struct decoded d;
	struct media m;

	make_sine(*state, "rubbish.mp3", 440, 10, "-b:a 128k");
	append_bytes(*state, "rubbish.mp3", zeros, sizeof(zeros));
	hear(*state, "rubbish.mp3", &h, &d, &m);
	assert_true(d.complete);
	/* In the middle it is one. */
	int fd = open_in(*state, "rubbish.mp3", O_RDWR, NULL);
	assert_int_equal(pwrite(fd, zeros, sizeof(zeros), 60000),
	    sizeof(zeros));
	close(fd);
	hear(*state, "rubbish.mp3", &h, &d, &m);
	assert_false(d.complete);
}

static void a_change_of_sample_rate_is_reported(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	make_sine(*state, "one.mp3", 440, 2, "-write_xing 0 -id3v2_version 0");
	make_sine(*state, "two.mp3", 440, 2,
	    "-ar 44100 -write_xing 0 -id3v2_version 0");
	copy_file(*state, "one.mp3", *state, "both.mp3");
	int64_t size;
	int fd = open_in(*state, "two.mp3", O_RDONLY, &size);
	char *rest = malloc((size_t)size);
	assert_int_equal(read(fd, rest, (size_t)size), size);
	close(fd);
	append_bytes(*state, "both.mp3", rest, (size_t)size);
	free(rest);
	hear(*state, "both.mp3", &h, &d, &m);
	assert_false(d.complete);
	assert_non_null(strstr(d.fault.text, "sample rate"));
	assert_in_range(d.ms, 1900, 2100);
}

/* More than libavformat looks through by itself. */
static void a_cover_of_megabytes_does_not_hide_the_audio(void **state)
{
	static const unsigned char head[10] = { 'I', 'D', '3', 4, 0, 0,
		1, 0x40, 0, 0 };	/* 3 MiB, seven bits a byte */
	char *zeros = calloc(1, 3u << 20);
	struct heard h;
	struct decoded d;
	struct media m;
	int64_t size;
	int fd;

	make_sine(*state, "plain.mp3", 440, SECONDS, "-id3v2_version 0");
	append_bytes(*state, "heavy.mp3", head, sizeof(head));
	append_bytes(*state, "heavy.mp3", zeros, 3u << 20);
	free(zeros);
	fd = open_in(*state, "plain.mp3", O_RDONLY, &size);
	char *rest = malloc((size_t)size);
	assert_int_equal(read(fd, rest, (size_t)size), size);
	close(fd);
	append_bytes(*state, "heavy.mp3", rest, (size_t)size);
	free(rest);
	hear(*state, "heavy.mp3", &h, &d, &m);
	assert_true(d.complete);
	assert_string_equal(m.container, "mp3");
}

static void a_tag_that_claims_the_whole_file_hides_nothing(void **state)
{
	static const unsigned char head[10] = { 'I', 'D', '3', 3, 0, 0,
		0x7f, 0x7f, 0x7f, 0x7f };
	struct heard h;
	struct decoded d;
	struct media m;
	int64_t size;
	int fd;

	make_sine(*state, "bare.mp3", 440, SECONDS, "-id3v2_version 0");
	fd = open_in(*state, "bare.mp3", O_RDONLY, &size);
	char *rest = malloc((size_t)size);
	assert_int_equal(read(fd, rest, (size_t)size), size);
	close(fd);
	append_bytes(*state, "lying.mp3", head, sizeof(head));
	append_bytes(*state, "lying.mp3", rest, (size_t)size);
	free(rest);
	hear(*state, "lying.mp3", &h, &d, &m);
	assert_true(d.complete);
	assert_in_range(d.ms, SECONDS * 1000 - 60, SECONDS * 1000 + 80);
}

static void video_beside_the_audio_is_passed_over(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	ffmpeg(*state, "-f lavfi -i color=red:s=64x64:d=3 "
	    "-f lavfi -i sine=duration=3 -c:v mpeg4 -c:a aac clip.mp4");
	hear(*state, "clip.mp4", &h, &d, &m);
	assert_true(d.complete);
	assert_string_equal(m.codec, "aac");
	assert_false(m.has_cover);
}

static void files_without_audio_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *name;
		enum reason reason;
	} bad[] = {
		{ "absurd-rate.wav", REASON_UNSUPPORTED },
		{ "concat.mp3", REASON_NOT_AUDIO },
		{ "cover.jpg", REASON_NOT_AUDIO },
		{ "deep-atoms.m4a", REASON_DAMAGED },
		{ "empty.mp3", REASON_NOT_AUDIO },
		{ "endless-atom.m4a", REASON_NO_AUDIO },
		{ "lying-tag-size.mp3", REASON_NOT_AUDIO },
		{ "no-moov.m4a", REASON_DAMAGED },
		{ "picture.mp3", REASON_NOT_AUDIO },
		{ "playlist.mp3", REASON_NOT_AUDIO },
		{ "random.mp3", REASON_NOT_AUDIO },
		{ "seventeen-channels.wav", REASON_UNSUPPORTED },
		{ "tag-only.mp3", REASON_NOT_AUDIO },
		{ "text.mp3", REASON_NOT_AUDIO },
		{ "zero.m4a", REASON_NOT_AUDIO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error error = { .text = "" };
		int64_t size;
		int fd = open_in("data/media", bad[i].name, O_RDONLY, &size);

		if (decoder_open(fd, size, &error) != NULL ||
		    error.reason != (int)bad[i].reason)
			fail_msg("%s: %s", bad[i].name, error.text);
		assert_true(error.text[0] != '\0');
		close(fd);
	}
}

static void a_file_without_samples_is_not_complete(void **state)
{
	struct heard h;
	struct decoded d;
	struct media m;

	(void)state;
	hear("data/media", "no-samples.wav", &h, &d, &m);
	assert_false(d.complete);
	assert_int_equal(d.ms, 0);
	assert_int_equal(h.frames, 0);
}

static void only_a_stated_length_is_exact(void **state)
{
	static const struct {
		const char *name, *options;
		int64_t exact;
	} files[] = {
		{ "stated.mp3", "-q:a 4", 3024 },
		{ "reckoned.mp3", "-b:a 128k -write_xing 0", 0 },
		{ "stated.flac", "", 3000 }, { "stated.m4a", "", 3000 },
		{ "reckoned.aac", "-c:a aac", 0 },
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		int64_t size;
		int fd;

		make_sine(*state, files[i].name, 440, 3, files[i].options);
		fd = open_in(*state, files[i].name, O_RDONLY, &size);
		struct decoder *d = decoder_open(fd, size, NULL);
		assert_non_null(d);
		assert_int_equal(decoder_exact_ms(d), files[i].exact);
		decoder_free(d);
		close(fd);
	}
}

static void the_descriptor_keeps_its_position(void **state)
{
	struct heard h;
	struct decoded d;
	int64_t size;
	int fd;

	make_sine(*state, "position.m4a", 440, 1, "");
	fd = open_in(*state, "position.m4a", O_RDONLY, &size);
	assert_int_equal(lseek(fd, 17, SEEK_SET), 17);
	struct decoder *decoder = decoder_open(fd, size, NULL);
	const struct decode_sink sink = { .ctx = &h, .begin = on_begin,
		.samples = on_samples };
	memset(&h, 0, sizeof(h));
	decoder_run(decoder, &sink, &d);
	decoder_free(decoder);
	assert_true(d.complete);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 17);
	close(fd);
}

/* Text that names a file for libav to open, by every format of its that does
 * so; under any name, and after an ID3 tag as well. */
static void what_names_other_files_is_no_audio(void **state)
{
	static const char tag[] = "ID3\4\0\0\0\0\0\1\0";
	const char *song = "song.mp3";
	static const char *const texts[] = {
		"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s/%s\n"
		    "#EXT-X-ENDLIST\n",
		"ffconcat version 1.0\nfile '%s/%s'\n",
		"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:"
		    "2011\" profiles=\"urn:mpeg:dash:profile:isoff-on-demand:"
		    "2011\" type=\"static\" mediaPresentationDuration=\"PT9S\">"
		    "<Period><AdaptationSet mimeType=\"audio/mp4\">"
		    "<Representation id=\"a\" bandwidth=\"1\"><BaseURL>%s/%s"
		    "</BaseURL></Representation></AdaptationSet></Period></MPD>",
		"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=%s%s\nc=IN IP4 127.0.0.1\n"
		    "t=0 0\nm=audio 9 RTP/AVP 0\n",
		"<?xml version=\"1.0\"?><imf>%s/%s</imf>",
		"{\"webvtt\": \"%s/%s\"}",
		"[playlist]\nFile1=%s/%s\nNumberOfEntries=1\n",
	};

	make_sine(*state, song, 440, 1, "");
	for (size_t i = 0; i < 2 * COUNT(texts); i++) {
		char text[2048];
		size_t n = i % 2 == 0 ? 0 : sizeof(tag) - 1;
		struct error error = { .text = "" };
		int64_t size;
		int fd;

		memcpy(text, tag, n);
		snprintf(text + n, sizeof(text) - n, texts[i / 2],
		    (const char *)*state, song);
		fd = open_in(*state, "list.webm", O_RDWR | O_CREAT | O_TRUNC,
		    &size);
		size = (int64_t)(n + strlen(text + n));
		assert_int_equal(write(fd, text, (size_t)size), size);
		if (decoder_open(fd, size, &error) != NULL)
			fail_msg("%s was opened", text + n);
		assert_int_equal(reason_of(&error), REASON_NOT_AUDIO);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_decoded_to_its_end),
		cmocka_unit_test(samples_of_every_type_are_the_same_sound),
		cmocka_unit_test(
		    what_an_mp3_encoder_added_is_left_out_and_reported),
		cmocka_unit_test(
		    the_header_of_an_mp3_is_lames_if_its_checksum_is_right),
		cmocka_unit_test(left_and_right_stay_apart),
		cmocka_unit_test(six_channels_are_passed),
		cmocka_unit_test(a_rate_of_its_own_is_kept),
		cmocka_unit_test(a_file_that_was_cut_is_not_complete),
		cmocka_unit_test(a_wrong_length_is_reported),
		cmocka_unit_test(one_flipped_bit_of_a_flac_is_found),
		cmocka_unit_test(rubbish_after_an_mp3_is_no_fault),
		cmocka_unit_test(a_change_of_sample_rate_is_reported),
		cmocka_unit_test(a_cover_of_megabytes_does_not_hide_the_audio),
		cmocka_unit_test(video_beside_the_audio_is_passed_over),
		cmocka_unit_test(files_without_audio_are_refused_with_a_reason),
		cmocka_unit_test(what_names_other_files_is_no_audio),
		cmocka_unit_test(a_file_without_samples_is_not_complete),
		cmocka_unit_test(only_a_stated_length_is_exact),
		cmocka_unit_test(the_descriptor_keeps_its_position),
		cmocka_unit_test(what_errors_take_away_does_not_shift_the_rest),
		cmocka_unit_test(sixteen_channels_are_passed_too),
		cmocka_unit_test(
		    a_tag_that_claims_the_whole_file_hides_nothing),
	};

	decoder_setup();
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
