/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a line of `likesync match`: an answer that is JSON and picks
 * one of what was offered, or a reason. */
#include "fuzz.h"

#include "base/json.h"
#include "commands/match_line.h"

static void answer_is_sound(const char *answer)
{
	struct json *v = json_parse(answer, strlen(answer), NULL);
	const struct json *pick = json_get(v, "pick");
	double score = json_get_double(v, "score", -1);

	must(v != NULL);
	must(score >= 0 && score <= 1);
	must(json_get_string(v, "why") != NULL);
	if (json_type(pick) != JSON_NULL)
		must(json_int(pick, -1) >= 0 && json_int(pick, -1) <
		    (int64_t)json_count(json_get(v, "scores")));
	json_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = { .text = "" };
	char *answer = match_line((const char *)data, size, &error);

	if (answer == NULL)
		must(error.text[0] != '\0');
	else
		answer_is_sound(answer);
	free(answer);
	return 0;
}
