/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fetcher: gets one track from the first source that has it: search, choose,
 * reserve, download, verify. A candidate that fails is discarded and the next
 * one tried. A pinned file or link is fetched without search and match.
 * fetcher_get is thread-safe; its results are in the job, for the run to place
 * and record.
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
	/* DONE if the library has room for need bytes; with download, the
	 * state folder too. Called before every download; thread-safe. */
	enum outcome (*disk_room)(void *ctx, uint64_t need, bool download,
	    struct error *error);
	void *ctx;
};

/* Opens the sources in the configured order. One that can't be opened is
 * unavailable for this run. env is borrowed. */
struct fetcher *fetcher_new(const struct fetcher_env *env);
void fetcher_free(struct fetcher *f);	/* NULL allowed */
/* Did an earlier run download this track without placing it? Then fetcher_get
 * uses that download, regardless of caps and sources, if it verifies. */
bool fetcher_has_finished(const struct fetcher *f, const char *track_key);
/* When all jobs are done: removes finished downloads that no job used. */
void fetcher_discard_finished(struct fetcher *f);

enum fetch_end {
	FETCH_GOT,		/* delivery and decoded are filled */
	FETCH_NOT_FOUND,	/* no source has it: a failed attempt */
	FETCH_FAILED,		/* no candidate could be downloaded and
				   verified: a failed attempt */
	FETCH_DEFERRED		/* cap, stop, disk, outage of a source: not an
				   attempt; error says which */
};

/* A candidate that was decoded and is another recording. */
struct rejection {
	char *source, *ref, *error;	/* owned */
	char identity[IDENTITY_LEN + 1];
	struct fingerprint sound;	/* owned */
};

struct takedowns;

struct fetch_job {
	/* in; borrowed */
	const struct track *track;
	bool remote;			/* may remote sources be used? */
	bool upgrade;			/* the track has a file: of remote
					   sources only lossless candidates */
	const char *const *rejected;	/* links as link_plain returns them,
					   paths, identities; NULL-ended */
	const struct fingerprint *rejected_prints; /* of rejected files */
	size_t n_rejected_prints;
	const struct takedowns *takedowns;	/* recordings that the user
					   forgot; NULL: none */
	const char *pinned;		/* the only link or absolute path to
					   fetch; or NULL */
	const char *pinned_identity;	/* of that file; NULL: it is a link */
	/* in and out; fetch_job_free */
	struct searches known;		/* answers of searches, and candidates
					   that failed */
	/* the fetcher's own */
	bool reserved;			/* by a counted search: the next
					   download is in the ledger */
	/* out; fetch_job_free */
	enum fetch_end end;
	enum outcome outcome;		/* RUN_ACT (disk), RUN_FAILED or
					   STOPPED if deferred for that */
	struct error error;
	const char *source;		/* its name; borrowed of the config */
	struct candidate candidate;	/* what was got */
	struct match_result match_result;
	struct delivery delivery;
	char *folder;			/* its own; remove it when done */
	bool finished;			/* it is marked: see finished.h */
	struct decoded_media decoded;
	bool wrong_recording;			/* see sources/verify.h */
	bool outage;			/* a source failed; error says how */
	bool retry_soon;		/* a candidate may work next time */
	struct rejection *rejections;	/* for provenance */
	size_t n_rejections;
	struct best_rejected best_rejected;	/* of all candidates */
	unsigned downloads;		/* remote ones that were started */
	unsigned searches;		/* remote ones that were made */
	unsigned upscaled;		/* downloads that were; see quality.h */
	int64_t ms;			/* it took */
};

void fetcher_get(struct fetcher *f, struct fetch_job *job);
/* Frees what job holds and removes its folder, unless that has a finished
 * download and the job is deferred: the next run uses it. */
void fetch_job_free(struct fetch_job *job);

size_t fetcher_source_count(const struct fetcher *f);
const char *fetcher_source_name(const struct fetcher *f, size_t i);
/* Why the source is unavailable in this run; NULL: it is available. */
const char *fetcher_source_fault(const struct fetcher *f, size_t i);
/* NULL: no failures are known. Not while jobs run. */
const struct availability *fetcher_availability(const struct fetcher *f,
    size_t i);

#endif
