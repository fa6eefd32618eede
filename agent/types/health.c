/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types/health.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"

const char *tagged_name(enum tagged t)
{
	static const char *const names[] = {
		[TAGGED_TEMPO] = "tempo", [TAGGED_KEY] = "key",
		[TAGGED_ENERGY] = "energy",
	};

	return names[t];
}

size_t health_problems(const struct health *h)
{
	size_t n = 0;

	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
		n += h->problems[r];
	return n;
}

char *health_text(const struct health *h)
{
	struct buf b = BUF_INIT;

	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
		if (h->problems[r] > 0)
			buf_printf(&b, "%s%zu %s", b.len > 0 ? ", " : "",
			    h->problems[r], reason_name((enum reason)r));
	return buf_take(&b);
}

void health_to_json(const struct health *h, struct json_writer *w,
    const char *key)
{
	if (!h->known)
		return;
	json_open_object(w, key);
	json_open_object(w, "problems");
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
		if (h->problems[r] > 0)
			json_put_int(w, reason_name((enum reason)r),
			    (int64_t)h->problems[r]);
	json_close(w);
	json_put_int(w, "outdated", (int64_t)h->outdated);
	json_open_object(w, "tags");
	for (int t = 0; t < TAGGED_COUNT; t++) {
		json_open_object(w, tagged_name((enum tagged)t));
		json_put_int(w, "compared", (int64_t)h->tagged[t]);
		json_put_int(w, "differ", (int64_t)h->disagree[t]);
		json_close(w);
	}
	json_close(w);
	json_close(w);
}

static size_t count_of(const struct json *v, const char *key)
{
	int64_t n = json_get_int(v, key, 0);

	return n > 0 ? (size_t)n : 0;
}

void health_from_json(struct health *h, const struct json *v)
{
	const struct json *problems = json_get(v, "problems");
	const struct json *tags = json_get(v, "tags");

	memset(h, 0, sizeof(*h));
	h->known = json_type(v) == JSON_OBJECT;
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
		h->problems[r] = count_of(problems,
		    reason_name((enum reason)r));
	h->outdated = count_of(v, "outdated");
	for (int t = 0; t < TAGGED_COUNT; t++) {
		const struct json *both = json_get(tags,
		    tagged_name((enum tagged)t));

		h->tagged[t] = count_of(both, "compared");
		h->disagree[t] = count_of(both, "differ");
	}
}
