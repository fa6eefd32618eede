/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source: a place that files are fetched from. Each kind of source fills a
 * struct source; the fetcher knows nothing else of it. search and get may be
 * called from several threads at once.
 */
#ifndef SOURCES_SOURCE_H
#define SOURCES_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "config/config.h"
#include "base/outcome.h"
#include "base/stamp.h"
#include "types/candidate.h"
#include "types/services.h"
#include "types/track.h"

/* What get delivers: a file in the folder that it was given. */
struct delivery {
	char *path;		/* absolute; owned */
	char *cover;		/* path of a JPEG or PNG beside it, or NULL */
	char *original;		/* the user's own file that it is a copy of,
				   to be removed once placed; or NULL */
	struct stamp stamp;	/* of the original, as it was copied */
	bool keep_tags;		/* a purchase: its own tags are kept, only
				   absent ones are added */
	bool as_is;		/* path is to be linked, not copied or tagged */
};
void delivery_free(struct delivery *d);

/* error->reason of a source's failure. */
enum source_reason {
	/* With ITEM_FAILED. */
	SOURCE_GONE = 0,	/* can't be downloaded: skip it for some days */
	SOURCE_NOT_NOW,		/* not now, but the next run may try */
	SOURCE_UNCLEAR,		/* as SOURCE_GONE; an outage of the source if it
				   repeats over several tracks */
	/* With SERVICE_FAILED. */
	SOURCE_OUTAGE = 0,	/* no network, or the service fails */
	SOURCE_STALE,		/* the program can't parse the service's pages:
				   start again, else update it */
	SOURCE_UNUSABLE,	/* it can't work until a person acts */
	SOURCE_REFUSED,		/* the service refuses us, whatever we ask */
	SOURCE_CAPPED		/* a cap of its own is used up: no outage */
};

struct source {
	const char *name;	/* [source.NAME] */
	bool remote;		/* its downloads count against the caps */
	void *self;
	bool by_isrc;		/* its search knows ISRCs */
	bool lossless;		/* its candidates say whether they are */
	bool links;		/* gets any web link, also one that its search
				   did not return */
	bool counted_search;	/* its search starts a transfer: it is reserved
				   as a download, which the first get after it
				   belongs to; one query only, again as long as
				   candidates.more */
	/* Adds candidates for t, best first as the source sees it. query: see
	 * queries.h; a source that is not remote adds all that it has. DONE
	 * with none is a normal answer. SERVICE_FAILED: an outage, which says
	 * nothing about the track; error->retry_after is set if the service
	 * names a time. RUN_ACT: the disk is full. STOPPED. */
	enum outcome (*search)(void *self, const struct track *t,
	    const char *query, struct candidates *out, struct error *error);
	/* Downloads one into folder, which is empty, by one start of the
	 * transfer. ITEM_FAILED: this candidate can't be downloaded.
	 * SERVICE_FAILED, RUN_ACT, STOPPED as above. */
	enum outcome (*get)(void *self, const struct track *t,
	    const struct candidate *c, const char *folder,
	    struct delivery *out, struct error *error);
	/* For doctor: name and version, "" if there is nothing to say; DONE,
	 * or SERVICE_FAILED with error. */
	enum outcome (*check)(void *self, char *version, size_t size,
	    struct error *error);
	void (*free)(void *self);
};

#define SOURCE_MAX_CANDIDATES 100	/* no search of ours asks for more */

/* Shared by all sources, which borrow it. */
struct source_env {
	const struct config *cfg;
	const struct media_service *media_service;
	const char *state_dir;	/* for a folder's cache of what it held */
};

/* DONE with *s filled; the folder is read here (STOPPED, SERVICE_FAILED). */
enum outcome folder_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error);
/* Calls each for every file and archive, or member of one, that could not be
 * read when the folder was last read, unless it changed since. error is a
 * sentence that begins with the path. */
typedef void folder_unreadable(void *ctx, const char *source,
    const char *path, const char *text);
void folder_each_unreadable(const struct source_config *sc,
    const char *state_dir, folder_unreadable *each, void *ctx);
enum outcome ytdlp_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error);
enum outcome exec_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error);
enum outcome telegram_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error);
/* The one of these for sc's type. */
enum outcome source_open(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error);

#endif
