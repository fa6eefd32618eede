/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * standing: how it stands, for the commands that say so: what is held, what
 * the last run did, and whether any of it concerns a person.
 */
#ifndef COMMANDS_STATUS_SUMMARY_H
#define COMMANDS_STATUS_SUMMARY_H

#include "config/config.h"
#include "base/outcome.h"
#include "commands/state_reader.h"
#include "records/runs.h"

struct json;

#define MAX_CONCERNS 8

struct status_summary {
	struct state_reader state_reader;
	size_t in_library, missing;
	size_t ready;		/* missing, and tried by the next run */
	size_t waiting;		/* missing, and tried again later */
	int64_t next_attempt;	/* when the first of those is; 0: none */
	size_t files;
	struct counters counters;
	struct health health;	/* of the files, as last counted */
	double disk_percent;	/* -1: unknown */
	uint64_t disk_free;
	bool needs_grant;
	int64_t authorization_ends;	/* 0: none */
	int64_t not_before;	/* Spotify's; 0: none */
	bool is_running;	/* a run is at work now */
	struct running running;
	struct json *last_run;	/* its summary; NULL: there was none */
	/* What is not as it should be, each a sentence with its mend. */
	char concerns[MAX_CONCERNS][WHY_MAX];
	size_t n_concerns;
};

/* RUN_FAILED with why: the index is there and can't be read. To be closed in
 * any case. */
enum outcome status_summary_open(const struct config *cfg,
    struct status_summary *s, struct error *error);
void status_summary_close(struct status_summary *s);

#endif
