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

const char *evidence_name(enum evidence e)
{
	static const char *const names[] = {
		[EVIDENCE_NONE] = "", [EVIDENCE_ID] = "id",
		[EVIDENCE_ISRC] = "isrc", [EVIDENCE_NAME] = "name",
		[EVIDENCE_PLACED] = "fetched",
		[EVIDENCE_PINNED] = "pinned", [EVIDENCE_FINGERPRINT] = "sound",
	};

	return names[e];
}

const char *evidence_text(enum evidence e)
{
	static const char *const texts[] = {
		[EVIDENCE_NONE] = "no evidence",
		[EVIDENCE_ID] = "its tags have the track's Spotify id",
		[EVIDENCE_ISRC] = "its tags have the track's ISRC",
		[EVIDENCE_NAME] = "its name or tags, and its length, agree",
		[EVIDENCE_PLACED] = "placed by likesync",
		[EVIDENCE_PINNED] = "pinned by you",
		[EVIDENCE_FINGERPRINT] = "its audio fingerprint is the same",
	};

	return texts[e];
}

void plan_free(struct plan *p)
{
	free(p->items);
	memset(p, 0, sizeof(*p));
}
