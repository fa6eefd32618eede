/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/plan.h"

#include <stdlib.h>
#include <string.h>

const char *plan_action_name(enum plan_action a)
{
	static const char *const names[] = {
		[PLAN_IN_LIBRARY] = "in library", [PLAN_FETCH] = "fetch",
		[PLAN_PLACE] = "place",
		[PLAN_WAIT] = "wait", [PLAN_SKIP] = "skip",
	};

	return names[a];
}

static const struct {
	const char *name, *text;
} evidences[EVIDENCES] = {
	[EVIDENCE_NONE] = { "", "no evidence" },
	[EVIDENCE_ID] = { "id", "its tags have the track's Spotify id" },
	[EVIDENCE_ISRC] = { "isrc", "its tags have the track's ISRC" },
	[EVIDENCE_NAME] = { "name", "its name or tags, and its length, agree" },
	[EVIDENCE_PLACED] = { "fetched", "placed by likesync" },
	[EVIDENCE_PINNED] = { "pinned", "pinned by you" },
	[EVIDENCE_FINGERPRINT] = { "sound",
	    "its audio fingerprint is the same" },
};

const char *evidence_name(enum evidence e)
{
	return evidences[e].name;
}

const char *evidence_text(enum evidence e)
{
	return evidences[e].text;
}

void plan_free(struct plan *p)
{
	free(p->items);
	free(p->order);
	memset(p, 0, sizeof(*p));
}
