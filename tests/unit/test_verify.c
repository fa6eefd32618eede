/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test plays the media service, the matcher and AcoustID. */
#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "sources/acoustid.h"
#include "sources/verify.h"

#define IDENTITY "0123456789abcdef0123456789abcdef"
#define OTHER "ffffffffffffffffffffffffffffffff"
#define BYTES 1000	/* of what came */

enum outcome __wrap_acoustid_lookup(struct acoustid *a,
    const struct fingerprint *f, struct candidates *out, struct error *error);

/* ---- the stage ---- */

static struct {
	struct config cfg;
	struct track track;
	struct fetch_job job;
	struct media_service media_service;
	struct matcher matcher;
	struct fetcher_env env;
	struct error error;

	/* what the media service answers */
	enum outcome decoded;
	struct decoded_media says;
	int decodes;
	/* what the judge says, and what he was asked last */
	bool accepts;
	int judged;
	double length;
	char title[64], artist[64], isrc[16];
	/* what AcoustID says */
	enum outcome looked_up;
	const char *name;	/* of the recording; NULL: not known */
	int lookups;
} s;

static enum outcome decode(void *self, int fd, struct decoded_media *out,
    struct error *error)
{
	(void)self;
	assert_true(fcntl(fd, F_GETFD) >= 0);
	s.decodes++;
	if (s.decoded != DONE)
		return error_set(error, s.decoded, "the worker's reason");
	*out = s.says;
	media_copy(&out->media, &s.says.media);
	fingerprint_copy(&out->fingerprint, &s.says.fingerprint);
	return DONE;
}

static void keep_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text != NULL ? text : "");
}

/* What AcoustID names is another's if it says so. */
static void accept_it(void *self, const struct track *t,
    const struct candidate *c, struct match_result *j)
{
	bool of_acoustid = strcmp(c->ref, "acoustid") == 0;

	(void)self, (void)t;
	memset(j, 0, sizeof(*j));
	j->pick = of_acoustid ? (strcmp(c->title, "Light") == 0 ? 0 : -1) :
	    s.accepts ? 0 : -1;
	snprintf(j->reason, sizeof(j->reason), "the matcher's reason");
	if (of_acoustid)
		return;
	s.judged++;
	s.length = c->duration_s;
	keep_text(s.title, sizeof(s.title), c->title);
	keep_text(s.artist, sizeof(s.artist), c->artist);
	keep_text(s.isrc, sizeof(s.isrc), c->isrc);
}

enum outcome __wrap_acoustid_lookup(struct acoustid *a,
    const struct fingerprint *f, struct candidates *out, struct error *error)
{
	struct candidate *c;

	(void)a;
	assert_ptr_equal(f, &s.job.decoded.fingerprint);
	s.lookups++;
	if (s.looked_up != DONE)
		return error_set(error, s.looked_up, "it is out");
	if (s.name == NULL)
		return DONE;
	c = candidates_add(out);
	c->ref = xstrdup("acoustid");
	c->title = xstrdup(s.name);
	c->artist = xstrdup("Ada");
	return DONE;
}

static void put_file(const char *path, size_t size)
{
	char *bytes = xcalloc(1, size + 1);

	assert_int_equal(file_write(path, bytes, size, 0600), 0);
	free(bytes);
}

/* A job of 200 s whose download came and is what it should be. */
static int begin(void **state)
{
	memset(&s, 0, sizeof(s));
	if (make_folder(state) != 0)
		return -1;
	s.cfg.fetch.max_size = 100 * BYTES;
	s.media_service.decode = decode;
	s.matcher.accept = accept_it;
	s.env = (struct fetcher_env){ .cfg = &s.cfg, .matcher = &s.matcher,
		.media_service = &s.media_service };
	track_init(&s.track);
	s.track.duration_ms = 200000;
	s.job.track = &s.track;
	s.job.candidate.ref = xstrdup("https://example.com/1");
	s.job.candidate.title = xstrdup("offered");
	s.job.delivery.path = path_join(*state, "came");
	put_file(s.job.delivery.path, BYTES);
	s.says.complete = true;
	strcpy(s.says.media.identity, IDENTITY);
	s.says.media.bitrate = 128000;
	s.says.analysis.duration = 200;
	s.accepts = true;
	return 0;
}

static int end(void **state)
{
	media_free(&s.says.media);
	fingerprint_free(&s.says.fingerprint);
	fetch_job_free(&s.job);
	track_free(&s.track);
	return remove_folder(state);
}

static enum outcome verify(bool remote)
{
	decoded_media_free(&s.job.decoded);
	s.error.text[0] = '\0';
	return verify_delivery(&s.env, remote, &s.job, &s.error);
}

/* Refused as another recording, or as a bad copy of perhaps this one? */
static void assert_refused(bool remote, bool wrong_recording,
    const char *reason)
{
	assert_int_equal(verify(remote), ITEM_FAILED);
	assert_int_equal(s.job.wrong_recording, wrong_recording);
	if (strstr(s.error.text, reason) == NULL)
		fail_msg("%s: %s", reason, s.error.text);
}

static void assert_taken(bool remote)
{
	if (verify(remote) != DONE)
		fail_msg("%s", s.error.text);
	assert_false(s.job.wrong_recording);
}

/* ---- did anything come? ---- */

static void nothing_and_an_empty_file_are_not_looked_at(void **state)
{
	char *to = path_join(*state, "elsewhere");

	put_file(s.job.delivery.path, 0);
	assert_refused(true, false, "");
	unlink(s.job.delivery.path);
	assert_refused(true, false, "");
	/* Nor is what a link leads to. */
	put_file(to, BYTES);
	assert_int_equal(symlink(to, s.job.delivery.path), 0);
	assert_refused(true, false, "");
	assert_int_equal(s.decodes, 0);
	free(to);
}

static void an_error_of_the_media_service_is_passed_on(void **state)
{
	(void)state;
	s.decoded = ITEM_FAILED;
	assert_refused(true, false, "the worker's reason");
	s.decoded = STOPPED;
	assert_int_equal(verify(true), STOPPED);
	/* Without the worker no song can be had. */
	s.decoded = SERVICE_FAILED;
	assert_int_equal(verify(true), RUN_FAILED);
	assert_int_equal(s.judged, 0);
}

static void what_is_not_whole_is_a_bad_copy(void **state)
{
	(void)state;
	s.says.complete = false;
	error_set(&s.says.fault, ITEM_FAILED, "it ends early");
	assert_refused(true, false, "it ends early");
	assert_refused(false, false, "it ends early");
}

/* ---- its form ---- */

static void a_download_may_be_as_large_as_it_was_said(void **state)
{
	(void)state;
	s.cfg.fetch.max_size = BYTES;
	assert_taken(true);
	s.cfg.fetch.max_size = BYTES - 1;
	assert_refused(true, false, "max_size");
	/* What the user bought is as it is. */
	assert_taken(false);
}

static void a_download_has_the_least_bit_rate_or_more(void **state)
{
	(void)state;
	s.cfg.fetch.min_bitrate = 128000;
	assert_taken(true);
	s.cfg.fetch.min_bitrate = 128001;
	assert_refused(true, false, "min_bitrate");
	assert_taken(false);
	s.says.media.lossless = true;
	assert_taken(true);
	s.says.media.lossless = false;
	s.says.media.bitrate = 0;	/* not known */
	assert_taken(true);
	s.says.media.bitrate = 1000;
	s.cfg.fetch.min_bitrate = 0;
	assert_taken(true);
}

/* Its sound ends where an encoder at 128 kbit/s ends it. */
static void what_was_made_of_less_counts_as_that(void **state)
{
	(void)state;
	s.says.media.bitrate = 320000;
	s.says.media.sample_rate = 44100;
	s.says.media.channels = 2;
	s.says.analysis.cutoff = 16700;
	s.cfg.fetch.min_bitrate = 128000;
	assert_taken(true);
	assert_int_equal(s.job.upscaled, 1);
	assert_non_null(strstr(s.job.match_result.reason, "128"));
	s.cfg.fetch.min_bitrate = 129000;
	assert_refused(true, false, "min_bitrate");
	s.says.media.lossless = true;
	assert_refused(true, false, "min_bitrate");
	s.cfg.fetch.min_bitrate = 0;
	s.cfg.fetch.reject_upscaled = true;
	assert_refused(true, false, "16.7 kHz");
	s.job.upscaled = 0;
	assert_taken(false);
	assert_int_equal(s.job.upscaled, 0);
}

/* ---- its name and length ---- */

static void assert_length(double decoded, double before, double behind,
    double expected)
{
	s.says.analysis.duration = decoded;
	s.says.analysis.silence[0] = before;
	s.says.analysis.silence[1] = behind;
	assert_taken(false);
	assert_true(s.length <= expected && s.length >= expected);
}

static void silence_at_its_ends_makes_it_no_longer(void **state)
{
	(void)state;
	assert_length(200, 0, 0, 200);
	assert_length(206, 2, 2, 202);
	assert_length(210, 5, 10, 200);
	assert_length(190, 5, 5, 190);
	assert_length(206, 0, 0, 206);
}

static void what_the_judge_refuses_is_another_recording(void **state)
{
	(void)state;
	s.accepts = false;
	assert_refused(true, true, "the matcher's reason");
	assert_refused(false, true, "the matcher's reason");
}

static void a_purchase_is_judged_by_its_own_tags(void **state)
{
	(void)state;
	s.says.media.tags.title = xstrdup("tagged");
	s.says.media.tags.artist = xstrdup("Bo");
	s.says.media.tags.isrc = xstrdup("USAAA1200001");
	assert_taken(true);
	assert_string_equal(s.title, "offered");
	assert_string_equal(s.isrc, "USAAA1200001");
	s.job.delivery.keep_tags = true;
	assert_taken(false);
	assert_string_equal(s.title, "tagged");
	assert_string_equal(s.artist, "Bo");
}

/* ---- what was rejected before ---- */

static void sound_like(struct fingerprint *f, uint32_t seed)
{
	fingerprint_free(f);
	f->count = 400;
	f->duration = 200;
	f->items = xcalloc(f->count, sizeof(*f->items));
	for (uint32_t i = 0; i < f->count; i++)
		f->items[i] = (seed + i) * 2654435761u;
}

static void what_was_rejected_comes_back_under_no_other_link(void **state)
{
	const char *const barred[] = { OTHER, IDENTITY, NULL };
	struct fingerprint unwanted = { .count = 0 };

	(void)state;
	s.job.rejected = barred;
	assert_refused(true, true, "rejected before");
	s.job.rejected = NULL;
	sound_like(&s.says.fingerprint, 1);
	sound_like(&unwanted, 1);
	s.job.rejected_prints = &unwanted;
	s.job.n_rejected_prints = 1;
	assert_refused(true, true, "the same audio");
	sound_like(&unwanted, 5000);
	assert_taken(true);
	s.job.n_rejected_prints = 0;
	fingerprint_free(&unwanted);
}

static void what_this_job_rejected_is_known_by_its_sound(void **state)
{
	struct rejection *r = xcalloc(1, sizeof(*r));

	(void)state;
	r->source = xstrdup("web");
	r->ref = xstrdup("https://example.com/0");
	r->error = xstrdup("");
	strcpy(r->identity, IDENTITY);
	s.job.rejections = r;
	s.job.n_rejections = 1;
	assert_refused(true, true, "https://example.com/0");
	strcpy(r->identity, OTHER);
	assert_taken(true);
	sound_like(&s.says.fingerprint, 1);
	sound_like(&r->sound, 1);
	assert_refused(true, true, "https://example.com/0");
}

/* ---- what is no music at its ends ---- */

static void end_with(double extra, double non_music, int at)
{
	s.says.analysis.duration = 200 + extra;
	s.says.analysis.non_music[0] = s.says.analysis.non_music[1] = 0;
	s.says.analysis.non_music[at] = non_music;
}

static void what_is_longer_by_what_is_no_music_has_an_announcement(
    void **state)
{
	(void)state;
	/* From 2 s on, of which six tenths are no music. */
	for (int at = 0; at < 2; at++) {
		end_with(2, 1.2, at);
		assert_refused(true, true, at == 0 ? "beginning" : "end");
		end_with(1.99, 1.2, at);
		assert_taken(true);
		end_with(2, 1.19, at);
		assert_taken(true);
		end_with(8, 4.81, at);
		assert_refused(true, true, "8 s longer");
	}
	/* Its shop put it there. */
	assert_taken(false);
	s.track.duration_ms = 0;
	assert_taken(true);
}

/* ---- tempo ---- */

static void beat(double bpm, double tagged)
{
	s.says.analysis.bpm = bpm;
	s.says.analysis.constant = true;
	s.says.analysis.bpm_confidence = 0.8;
	s.says.media.tags.bpm = tagged;
}

static void another_tempo_than_its_tags_say_was_sped_up(void **state)
{
	/* 0.02 octaves are 1.396 %; halves, thirds and their like are ways to
	 * count. */
	static const double ways[] = { 1, 2, 4, 0.5, 0.25, 1.5, 3, 4.0 / 3,
		2.0 / 3, 1.0 / 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		beat(120 * ways[i] * 1.0138, 120);
		assert_taken(true);
		beat(120 * ways[i] / 1.0138, 120);
		assert_taken(true);
		beat(120 * ways[i] * 1.0141, 120);
		assert_refused(true, true, "120.0");
		beat(120 * ways[i] / 1.0141, 120);
		assert_refused(true, true, "120.0");
	}
	assert_taken(false);
}

static void a_tempo_that_is_not_sure_says_nothing(void **state)
{
	(void)state;
	beat(120, 100);
	assert_refused(true, true, "");
	s.says.analysis.bpm_confidence = 0.79;
	assert_taken(true);
	beat(120, 100);
	s.says.analysis.constant = false;
	assert_taken(true);
	beat(0, 100);
	assert_taken(true);
	/* Tags hold what is no tempo, too: 40 to 260 can be one. */
	beat(50, 40);
	assert_refused(true, true, "");
	beat(50, 39.9);
	assert_taken(true);
	beat(200, 260);
	assert_refused(true, true, "");
	beat(200, 260.1);
	assert_taken(true);
}

/* ---- AcoustID ---- */

static void ask_acoustid(const char *name, enum outcome o)
{
	s.env.acoustid = (struct acoustid *)&s;	/* it is only passed on */
	s.name = name;
	s.looked_up = o;
}

static void another_sound_by_acoustid_is_another_recording(void **state)
{
	(void)state;
	ask_acoustid("Dark", DONE);
	assert_refused(true, true, "Ada - Dark");
	ask_acoustid("Light", DONE);
	assert_taken(true);
	assert_non_null(strstr(s.job.match_result.reason, "AcoustID"));
	/* A purchase is not asked about. */
	s.lookups = 0;
	assert_taken(false);
	assert_int_equal(s.lookups, 0);
}

static void what_acoustid_does_not_know_or_say_does_not_count(void **state)
{
	(void)state;
	ask_acoustid(NULL, DONE);
	assert_taken(true);
	ask_acoustid(NULL, SERVICE_FAILED);
	assert_taken(true);
	assert_int_equal(s.lookups, 2);
	ask_acoustid(NULL, STOPPED);
	assert_int_equal(verify(true), STOPPED);
}

/* ---- pins ---- */

static void what_the_user_pinned_is_not_judged(void **state)
{
	(void)state;
	s.job.pinned = "https://example.com/1";
	s.accepts = false;
	s.cfg.fetch.max_size = 1;
	end_with(20, 20, 0);
	assert_taken(true);
	assert_int_equal(s.judged, 0);
	s.says.complete = false;
	error_set(&s.says.fault, ITEM_FAILED, "it ends early");
	assert_refused(true, false, "it ends early");
}

static void a_pinned_file_is_taken_as_it_is_but_for_another(void **state)
{
	(void)state;
	s.job.pinned = s.job.delivery.path;
	s.job.pinned_identity = IDENTITY;
	s.says.complete = false;
	assert_taken(false);
	s.job.pinned_identity = OTHER;
	assert_refused(false, false, s.job.pinned);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_and_an_empty_file_are_not_looked_at),
		TEST(an_error_of_the_media_service_is_passed_on),
		TEST(what_is_not_whole_is_a_bad_copy),
		TEST(a_download_may_be_as_large_as_it_was_said),
		TEST(a_download_has_the_least_bit_rate_or_more),
		TEST(what_was_made_of_less_counts_as_that),
		TEST(silence_at_its_ends_makes_it_no_longer),
		TEST(what_the_judge_refuses_is_another_recording),
		TEST(a_purchase_is_judged_by_its_own_tags),
		TEST(what_was_rejected_comes_back_under_no_other_link),
		TEST(what_this_job_rejected_is_known_by_its_sound),
		TEST(what_is_longer_by_what_is_no_music_has_an_announcement),
		TEST(another_tempo_than_its_tags_say_was_sped_up),
		TEST(a_tempo_that_is_not_sure_says_nothing),
		TEST(another_sound_by_acoustid_is_another_recording),
		TEST(what_acoustid_does_not_know_or_say_does_not_count),
		TEST(what_the_user_pinned_is_not_judged),
		TEST(a_pinned_file_is_taken_as_it_is_but_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
