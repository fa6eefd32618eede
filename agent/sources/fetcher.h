/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fetcher: gets one track from the first source that has it: search, choose,
 * reserve, get, verify; a candidate that is not what it promised is thrown
 * away and the next one tried. What the user pinned is got without a search,
 * and nobody judges it. fetcher_get is thread-safe; what it finds is
 * handed back in the job for the run to place and remember.
 */
#ifndef SOURCES_FETCHER_H
#define SOURCES_FETCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "base/outcome.h"
#include "records/ledger.h"
#include "sources/source.h"
#include "types/availability.h"
#include "types/services.h"
#include "types/search.h"

struct acoustid;
struct fetcher;

struct fetcher_env {
	const struct config *cfg;
	const struct media_service *media_service;
	const struct matcher *matcher;
	struct ledger *ledger;
	struct acoustid *acoustid;	/* the fetcher's own, by the
					   configuration; or NULL */
	const char *state_dir;		/* downloads go below its tmp */
	/* May so many more bytes be placed in the library; download: and be in
	 * the state folder before? Asked before every download and before what
	 * is there is taken; thread-safe. */
	enum outcome (*disk_room)(void *ctx, uint64_t need, bool download,
	    struct error *error);
	void *ctx;
};

/* Opens the sources in the configured order. One that can't be opened is
 * logged and out of order for this run. env is borrowed. */
struct fetcher *fetcher_new(const struct fetcher_env *env);
void fetcher_free(struct fetcher *f);	/* NULL allowed */
/* Did an earlier run download this track and not place it? Then fetcher_get
 * downloads nothing, whatever caps and sources say, unless it is not the
 * track. */
bool fetcher_has_finished(const struct fetcher *f, const char *track_key);
/* When all jobs are done: removes those that no job asked for. */
void fetcher_discard_finished(struct fetcher *f);

enum fetch_end {
	FETCH_GOT,		/* delivery and examination are filled */
	FETCH_NOT_FOUND,	/* no source has it: a failed attempt */
	FETCH_FAILED,		/* found, but no candidate could be had or
				   stood the examination: a failed attempt */
	FETCH_DEFERRED		/* cap, stop, disk, an outage of a source: no
				   attempt of the track's; why says which */
};

/* What came was decoded, and is another recording. */
struct rejection {
	char *source, *ref, *error;	/* owned */
	char identity[IDENTITY_LEN + 1];
	struct fingerprint sound;	/* owned */
};

struct fetch_job {
	/* in; borrowed */
	const struct track *track;
	bool remote;			/* may remote sources be asked? */
	const char *const *rejected;	/* not to be tried: links as link_plain
					   spells them, paths, identities;
					   NULL-ended */
	const struct fingerprint *rejected_prints;	/* how rejected files sound */
	size_t n_rejected_prints;
	const char *pinned;		/* what the user says that it is, a
					   link or an absolute path: this and
					   nothing else; or NULL */
	const char *pinned_identity;	/* of that file; NULL: it is a link */
	/* in and out; fetch_job_free */
	struct searches known;		/* what was searched, and which candidates
					   could not be had, now or before */
	/* out; fetch_job_free */
	enum fetch_end end;
	enum outcome outcome;		/* RUN_ACT (disk), RUN_FAILED or
					   STOPPED when put back for that */
	struct error error;
	const char *source;		/* its name; borrowed of the config */
	struct candidate candidate;	/* what was got */
	struct match_result match_result;
	struct delivery delivery;
	char *folder;			/* its own; remove it when done */
	bool finished;			/* it is marked: see finished.h */
	struct examination examination;
	bool wrong_recording;			/* see sources/verify.h */
	bool outage;			/* it met one itself: why says which */
	bool retry_soon;			/* a candidate may be had another time */
	struct rejection *rejections;	/* to be remembered */
	size_t n_rejections;
	struct best_rejected best_rejected;		/* of those, and of what the judge
					   left where it was */
	unsigned downloads;		/* remote ones that were started */
	unsigned searches;		/* remote ones that were made */
	unsigned upscaled;		/* downloads that were; see quality.h */
	int64_t ms;			/* it took */
};

void fetcher_get(struct fetcher *f, struct fetch_job *job);
/* Frees what job holds and removes its folder; but a finished download that was
 * put back is left to the next run. */
void fetch_job_free(struct fetch_job *job);

/* Sources that went out of order: how many of how many were asked at all.
 * For the exit status and the metrics. */
size_t fetcher_source_count(const struct fetcher *f);
const char *fetcher_source_name(const struct fetcher *f, size_t i);
/* NULL while it can be asked, else why not. */
const char *fetcher_source_fault(const struct fetcher *f, size_t i);
/* NULL: nothing is known of it. Not while jobs run. */
const struct availability *fetcher_availability(const struct fetcher *f,
    size_t i);

#endif
