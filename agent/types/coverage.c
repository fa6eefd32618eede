/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/coverage.h"

#include <stdlib.h>
#include <string.h>

void coverage_free(struct coverage *c)
{
	for (size_t i = 0; i < c->list.tracks.count && c->entries != NULL;
	    i++) {
		struct coverage_entry *e = &c->entries[i];

		free(e->file);
		free(e->reason);
		best_rejected_free(&e->best_rejected);
		best_rejected_free(&e->nearest_file);
	}
	free(c->entries);
	track_list_free(&c->list);
	memset(c, 0, sizeof(*c));
}

const char *coverage_state_name(enum coverage_state s)
{
	static const char *const names[] = {
		[COVERAGE_IN_LIBRARY] = "in-library",
		[COVERAGE_WAITING] = "waiting",
		[COVERAGE_MISSING] = "missing",
	};

	return names[s];
}
