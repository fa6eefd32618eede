/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the environment of a CGI program: each line is a variable. What
 * is accepted is printable and within its limits, and nobody has a right. */
#include "fuzz.h"

#include <unistd.h>

#include "base/utf8.h"
#include "web/answer.h"
#include "web/endpoints.h"

#define MAX_VARIABLES 64

static const struct web_access access_rules = {
	.origin = "https://music.example.org/likesync",
	.token = "0123456789abcdef0123456789abcdef",
	.read_token = "fedcba9876543210fedcba9876543210",
};

static void check_line(const char *text)
{
	size_t len = strlen(text);

	must(len <= REQUEST_MAX_VALUE);
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_printable(text + i, len - i);
		must(n > 0);
	}
}

static void check_request(struct web_request *r)
{
	struct answer answer = { .status = 0 };
	struct web web = { .access = access_rules, .request = r,
		.answer = &answer, .body_fd = -1 };
	bool is_login = strcmp(r->path, "/login") == 0 ||
	    strcmp(r->path, "/logout") == 0;

	check_line(r->path);
	check_line(r->cookie);
	must(r->length <= REQUEST_MAX_BODY);
	if (rights_of_request(&access_rules, r, 0) != RIGHT_NONE || is_login)
		return;
	endpoints_answer(&web);
	must(answer.status == 401 || answer.status == 421);
	answer_free(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), *save = NULL;
	char *env[MAX_VARIABLES + 1] = { NULL };
	struct error error = { .text = "" };
	struct web_request r;
	size_t n = 0;

	for (char *line = strtok_r(text, "\n", &save); line != NULL &&
	    n < MAX_VARIABLES; line = strtok_r(NULL, "\n", &save))
		env[n++] = line;
	if (request_parse(env, &r, &error) == 0)
		check_request(&r);
	else
		must(error.text[0] != '\0');
	request_free(&r);
	free(text);
	return 0;
}
