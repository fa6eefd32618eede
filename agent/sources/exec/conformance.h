/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conformance: holds a source program against docs/sources.md, by what a run
 * asks it and by what a run would not: requests at once, references that it
 * never gave, a cancelled search.
 */
#ifndef SOURCES_EXEC_CONFORMANCE_H
#define SOURCES_EXEC_CONFORMANCE_H

#include <stdbool.h>

#include "base/outcome.h"

struct source_config;
struct source_env;
struct track;

/* One result: check is a word; text a sentence, without secrets. */
typedef void exec_report(void *ctx, bool well, const char *check,
    const char *text);

struct exec_conformance {
	const struct source_config *sc;
	const struct source_env *env;
	const struct track *track;	/* to search for */
	bool fetch;			/* download the first candidate; the
					   caller has reserved it */
	const char *folder;		/* empty; for that download */
	exec_report *report;
	void *ctx;
};

/* Starts the program, twice if it is to fetch, and reports each check. DONE if
 * all are well, else SERVICE_FAILED; STOPPED. */
enum outcome exec_conformance_test(const struct exec_conformance *t);

#endif
