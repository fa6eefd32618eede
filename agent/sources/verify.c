/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/verify.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "records/takedowns.h"
#include "sources/acoustid.h"
#include "types/quality.h"

#define MIN_EXTRA_S 2.0		/* lengths differ by less for many reasons */
#define MIN_IDLE_SHARE 0.6	/* of it, for it to be the reason */
#define SURE_TEMPO 0.8		/* see tempo.h */
#define TEMPO_SLACK 0.02	/* octaves: 1.4 % */

/* The distances, in octaves, between counts of one beat. */
static const double same_tempo[] = { 0, 1, 2, 0.58496, 1.58496, 0.41504 };

bool verify_is_rejected(const struct fetch_job *job, const char *what)
{
	for (const char *const *r = job->rejected; r != NULL && *r != NULL;
	    r++)
		if (strcmp(*r, what) == 0)
			return true;
	return false;
}

static enum outcome check_form(const struct fetcher_env *env, bool remote,
    const struct fetch_job *job, off_t size, struct error *error)
{
	const struct config *cfg = env->cfg;
	const struct media *m = &job->decoded.media;
	const struct analysis *a = &job->decoded.analysis;
	int64_t worth = quality_bitrate(m, a);
	bool upscaled = quality_is_upscaled(m, a);

	if (!job->decoded.complete)
		return error_set(error, ITEM_FAILED, "%s",
		    job->decoded.fault.text);
	/* Purchases are taken in any quality. */
	if (!remote)
		return DONE;
	if ((uint64_t)size > cfg->fetch.max_size)
		return error_set(error, ITEM_FAILED, "%lld MB is over max_size",
		    (long long)size >> 20);
	if (upscaled && cfg->fetch.reject_upscaled)
		return error_set(error, ITEM_FAILED, "is upscaled from about "
		    "%lld kbit/s: no sound above %.1f kHz",
		    (long long)worth / 1000, a->cutoff / 1000);
	if (cfg->fetch.min_bitrate > 0 && (!m->lossless || upscaled) &&
	    worth > 0 && worth < cfg->fetch.min_bitrate)
		return error_set(error, ITEM_FAILED, "%lld kbit/s%s is under "
		    "min_bitrate", (long long)worth / 1000, upscaled ?
		    ", from which it is upscaled," : "");
	return DONE;
}

/* A pinned file is not matched; a download of a pinned link must be
 * complete. */
static enum outcome check_pinned(const struct fetch_job *job,
    struct error *error)
{
	const struct decoded_media *e = &job->decoded;

	if (job->pinned_identity == NULL && !e->complete)
		return error_set(error, ITEM_FAILED, "%s", e->fault.text);
	if (job->pinned_identity != NULL &&
	    strcmp(job->pinned_identity, e->media.identity) != 0)
		return error_set(error, ITEM_FAILED, "%s: is no longer the "
		    "file that you pinned; pin it again to use it",
		    job->pinned);
	return DONE;
}

/* The length without silence at the ends, but not below the track's. */
static double length_of(const struct fetch_job *job)
{
	const struct analysis *a = &job->decoded.analysis;
	double wanted = (double)job->track->duration_ms / 1000;
	double sounding = a->duration - a->silence[0] - a->silence[1];

	return a->duration <= wanted ? a->duration : fmax(sounding,
	    fmin(wanted, a->duration));
}

/* Matches again, with the decoded length and the tags. */
static enum outcome check_name(const struct fetcher_env *env,
    struct fetch_job *job, struct error *error)
{
	const struct tags *t = &job->decoded.media.tags;
	struct candidate got = job->candidate;
	struct match_result j;

	got.duration_s = length_of(job);
	if (t->title != NULL && job->delivery.keep_tags) {
		got.title = t->title;
		got.artist = t->artist;
	}
	if (t->isrc != NULL)
		got.isrc = t->isrc;
	env->matcher->accept(env->matcher->self, job->track, &got, &j);
	if (j.pick == 0)
		return DONE;
	return error_set(error, ITEM_FAILED, "the file does not match: %s",
	    j.reason);
}

/* Is it a rejected file, under another name or link? */
static enum outcome check_sound(const struct fetch_job *job,
    struct error *error)
{
	const struct decoded_media *e = &job->decoded;
	const struct takedown *forgotten = takedowns_match(job->takedowns,
	    e->media.identity, &e->fingerprint);

	if (forgotten != NULL)
		return error_set(error, ITEM_FAILED, "is a recording that you "
		    "forgot: %s", forgotten->label);
	if (verify_is_rejected(job, e->media.identity))
		return error_set(error, ITEM_FAILED, "is the same file as one "
		    "rejected before");
	for (size_t i = 0; i < job->n_rejected_prints; i++)
		if (fingerprint_same(&e->fingerprint, &job->rejected_prints[i]))
			return error_set(error, ITEM_FAILED, "has the same "
			    "audio as a rejected file");
	for (size_t i = 0; i < job->n_rejections; i++) {
		const struct rejection *r = &job->rejections[i];

		if (strcmp(r->identity, e->media.identity) == 0 ||
		    fingerprint_same(&e->fingerprint, &r->sound))
			return error_set(error, ITEM_FAILED, "has the same "
			    "audio as %s", r->ref);
	}
	return DONE;
}

/* Is it longer than the track by about the non-music at its ends? */
static enum outcome check_ends(const struct fetch_job *job, struct error *error)
{
	const struct analysis *a = &job->decoded.analysis;
	double length = (double)job->track->duration_ms / 1000;
	double extra = a->duration - a->silence[0] - a->silence[1] - length;
	int end = a->non_music[1] > a->non_music[0];

	if (length <= 0 || extra < MIN_EXTRA_S ||
	    a->non_music[0] + a->non_music[1] < extra * MIN_IDLE_SHARE)
		return DONE;
	return error_set(error, ITEM_FAILED, "is %.0f s longer than the track, "
	    "with %.1f s without music at its %s: it has an %s", extra,
	    a->non_music[end], end == 0 ? "beginning" : "end", end == 0 ?
	    "announcement" : "outro card");
}

/* Does the tempo differ from the tags', other than by half or double? */
static enum outcome check_tempo(const struct fetch_job *job,
    struct error *error)
{
	const struct analysis *a = &job->decoded.analysis;
	double tag = job->decoded.media.tags.bpm, octaves;

	if (tag < 40 || tag > 260 || a->bpm <= 0 || !a->constant ||
	    a->bpm_confidence < SURE_TEMPO)
		return DONE;
	octaves = fabs(log2(a->bpm / tag));
	/* 3:2 and 3:1 are ways to count one beat, too. */
	for (size_t i = 0; i < sizeof(same_tempo) / sizeof(double); i++)
		if (fabs(octaves - same_tempo[i]) < TEMPO_SLACK)
			return DONE;
	return error_set(error, ITEM_FAILED, "has a tempo of %.1f, but its "
	    "tags say %.1f: it was sped up or slowed down", a->bpm, tag);
}

/* No answer, or no known recording, is not a failure. */
static enum outcome ask_acoustid(const struct fetcher_env *env,
    struct fetch_job *job, struct error *error)
{
	struct match_result *j = &job->match_result, theirs = { .pick = -1 };
	struct candidates names = { .count = 0 };
	struct error silence;
	enum outcome o = acoustid_lookup(env->acoustid,
	    &job->decoded.fingerprint, &names, &silence);

	if (o == SERVICE_FAILED)
		log_info("%s: not checked with AcoustID: %s",
		    job->candidate.ref, silence.text);
	for (size_t i = 0; i < names.count && theirs.pick != 0; i++)
		env->matcher->accept(env->matcher->self, job->track,
		    &names.items[i], &theirs);
	if (o == DONE && names.count > 0 && theirs.pick != 0) {
		o = error_set(error, ITEM_FAILED, "AcoustID identifies it as "
		    "%s - %s", names.items[0].artist, names.items[0].title);
	} else if (theirs.pick == 0) {
		size_t len = strlen(j->reason);

		snprintf(j->reason + len, sizeof(j->reason) - len,
		    "; AcoustID agrees");
	}
	candidates_free(&names);
	return o == SERVICE_FAILED ? DONE : o;
}

/* For `history`. */
static void note_quality(struct fetch_job *job)
{
	const struct media *m = &job->decoded.media;
	const struct analysis *a = &job->decoded.analysis;
	struct match_result *j = &job->match_result;
	size_t len = strlen(j->reason);

	if (quality_is_upscaled(m, a))
		snprintf(j->reason + len, sizeof(j->reason) - len,
		    "; upscaled from about %lld kbit/s",
		    (long long)quality_bitrate(m, a) / 1000);
}

enum outcome verify_delivery(const struct fetcher_env *env, bool remote,
    struct fetch_job *job, struct error *error)
{
	const struct media_service *e = env->media_service;
	int fd = file_open_at(AT_FDCWD, job->delivery.path,
	    O_RDONLY | O_NOFOLLOW);
	struct stat st;
	enum outcome o;

	job->wrong_recording = false;
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0)
		o = error_set(error, ITEM_FAILED, "no file was delivered");
	else
		o = e->decode(e->self, fd, &job->decoded, error);
	if (fd >= 0)
		close(fd);
	if (o == SERVICE_FAILED)
		return RUN_FAILED;
	if (o == DONE && remote)
		job->upscaled += quality_is_upscaled(&job->decoded.media,
		    &job->decoded.analysis);
	if (o == DONE && job->pinned != NULL)
		return check_pinned(job, error);
	if (o == DONE)
		o = check_form(env, remote, job, st.st_size, error);
	if (o != DONE)
		return o;
	o = check_sound(job, error);
	if (o == DONE)
		o = check_name(env, job, error);
	/* Purchases need no further check. */
	if (o == DONE && remote)
		o = check_ends(job, error);
	if (o == DONE && remote)
		o = check_tempo(job, error);
	if (o == DONE && remote && env->acoustid != NULL)
		o = ask_acoustid(env, job, error);
	job->wrong_recording = o == ITEM_FAILED;
	if (o == DONE)
		note_quality(job);
	return o;
}
