/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * status_summary: what `status` and `report` show: the library, the last run,
 * and warnings, each of which needs action.
 */
#ifndef COMMANDS_STATUS_SUMMARY_H
#define COMMANDS_STATUS_SUMMARY_H

#include "config/config.h"
#include "base/outcome.h"
#include "commands/state_reader.h"
#include "records/runs.h"

struct json;

#define MAX_WARNINGS 8

struct status_summary {
	struct state_reader state_reader;
	size_t in_library, missing;
	size_t ready;		/* missing, tried by the next run */
	size_t waiting;		/* missing, tried by a later run */
	int64_t next_attempt;	/* the first of the waiting ones; 0: none */
	size_t jobs, job_tracks;	/* that have not ended; that wait */
	size_t files;
	struct counters counters;
	struct health health;	/* of the files, as last counted */
	double disk_percent;	/* -1: unknown */
	uint64_t disk_free;
	bool needs_authorization;	/* likes are read from the Web API */
	int64_t authorization_ends;	/* 0: none */
	int64_t not_before;	/* Spotify's rate limit ends; 0: none */
	bool is_running;	/* now */
	struct running running;
	struct json *last_run;	/* its summary; NULL: no run yet */
	char warnings[MAX_WARNINGS][ERROR_MAX];	/* what is wrong, what to do */
	size_t n_warnings;
};

/* As state_reader_open. */
int status_summary_open(const struct config *cfg, struct status_summary *s);
void status_summary_close(struct status_summary *s);

#endif
