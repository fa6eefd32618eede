/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entries: what is known of a file of the library, from index, records and
 * tags together: for the analysis document, and for exports, which therefore
 * agree with it.
 */
#ifndef RUN_ENTRIES_H
#define RUN_ENTRIES_H

#include "config/config.h"
#include "index/index.h"
#include "records/pins.h"
#include "records/provenance.h"
#include "types/entry.h"

/* All are borrowed. */
struct entry_input {
	const struct config *cfg;
	const struct pins *pins;
	const struct provenance *provenance;
	int64_t now;		/* a file that is newer has a wrong date */
};

/* t: the file's track, or NULL. r: its analysis, handed over to out; all zero
 * if there is none. The caller frees out by entry_free. */
void entry_fill(const struct entry_input *in, const struct file *f,
    const struct track *t, struct analysis_record *r, struct entry *out);

#endif
