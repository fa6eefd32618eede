/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against a server that plays both of Spotify's. Time stands still: what would
 * be waited for is noted, and nobody waits. */
#include "test.h"

#include <signal.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "config/config.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"
#include "server.h"
#include "spotify/authorization.h"
#include "spotify/session.h"
#include "syncs.h"

#define NOW 1800000000
#define DAY 86400
#define HASTE 20	/* a service on this machine is asked so much sooner */

/* ---- in place of the clock; the linker wraps these two ---- */

int64_t __wrap_clock_wall(void);
int __wrap_clock_sleep_ms(int64_t ms);

static int64_t slept[32];
static size_t n_slept;

int64_t __wrap_clock_wall(void)
{
	return NOW;
}

int __wrap_clock_sleep_ms(int64_t ms)
{
	if (n_slept < sizeof(slept) / sizeof(*slept))
		slept[n_slept++] = ms;
	return 0;
}

/* ---- the stage ---- */

struct answer {
	int status;
	const char *headers, *body;
};

struct stage {
	struct server server;
	struct config *cfg;
	struct session *session;
	char *token_file, *service_file;
	/* What the two services say; the last one is said again and again. */
	struct answer api[8], accounts[8];
	int api_asked, accounts_asked;
	/* Called before the accounts service answers. */
	void (*meanwhile)(struct stage *s);
	char at_first_use[64];	/* the refresh token in the file when the API
				   was first asked */
	char body[256];
	int restarts;
	bool refuse;
};

#define TOKENS(access, refresh) { 200, "", "{\"access_token\":\"" access \
	"\",\"refresh_token\":\"" refresh "\"}" }

static void answer(void *ctx, int fd, int n, const char *request)
{
	struct stage *s = ctx;
	bool accounts = strstr(request, " /accounts/api/token ") != NULL;
	const struct answer *list = accounts ? s->accounts : s->api;
	int i = accounts ? s->accounts_asked++ : s->api_asked++;
	struct authorization g;

	(void)n;
	while (i > 0 && (i >= 8 || list[i].status == 0))
		i--;
	if (accounts && s->meanwhile != NULL)
		s->meanwhile(s);
	if (!accounts && s->api_asked == 1 &&
	    authorization_load(s->token_file, &g, NULL) == DONE) {
		snprintf(s->at_first_use, sizeof(s->at_first_use), "%s",
		    g.refresh_token);
		authorization_free(&g);
	}
	server_reply(fd, list[i].status, list[i].headers != NULL ?
	    list[i].headers : "", list[i].body != NULL ? list[i].body : "");
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
}

static void log_in(const struct stage *s, const char *refresh_token)
{
	const struct authorization g = { .refresh_token = (char *)refresh_token,
		.client_id = (char *)"app", .authorized_at = NOW };

	assert_int_equal(authorization_save(s->token_file, &g, NULL), DONE);
}

static void assert_token(const struct stage *s, const char *refresh_token)
{
	struct authorization g;

	assert_int_equal(authorization_load(s->token_file, &g, NULL), DONE);
	assert_string_equal(g.refresh_token, refresh_token);
	authorization_free(&g);
}

/* The folder is the test's; more is added to the configuration's [spotify]. */
static void begin(struct stage *s, const char *folder, const char *more)
{
	struct buf errors = BUF_INIT;
	char *text;

	memset(s, 0, sizeof(*s));
	n_slept = 0;
	s->token_file = path_join(folder, "token/token.json");
	s->service_file = path_join(folder, STATE_SERVICE);
	s->accounts[0] = (struct answer)TOKENS("access", "refresh");
	s->api[0] = (struct answer){ 200, "", "[]" };
	server_start(&s->server, answer, s);
	text = xasprintf("[library]\npath = %s\n[state]\ndir = %s\n"
	    "[spotify]\ntoken_file = %s\naccounts_url = %s/accounts\n"
	    "api_url = %s/v1\n%s\n", folder, folder, s->token_file,
	    s->server.url, s->server.url, more);
	s->cfg = config_parse("test", text, strlen(text), &errors);
	if (s->cfg == NULL)
		fail_msg("%s", buf_str(&errors));
	buf_free(&errors);
	free(text);
	log_in(s, "refresh");
	s->session = session_new(s->cfg);
}

static void end(struct stage *s)
{
	session_free(s->session);
	server_stop(&s->server);
	server_free(&s->server);
	config_free(s->cfg);
	free(s->service_file);
	free(s->token_file);
}

static int on_body(void *ctx, const char *data, size_t len)
{
	struct stage *s = ctx;

	if (s->refuse)
		return -1;
	strncat(s->body, data, len);
	return 0;
}

static void on_restart(void *ctx)
{
	struct stage *s = ctx;

	s->restarts++;
	s->body[0] = '\0';
}

static enum outcome get(struct stage *s, struct error *error)
{
	const struct session_sink sink = { .on_body = on_body,
		.on_restart = on_restart, .ctx = s };

	return session_get(s->session, "me/tracks", &sink, error);
}

#define APP "client_id = app"

/* ---- asking ---- */

static void what_is_asked_for_is_given_with_the_token(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0].body = "{\"total\":0}";
	assert_int_equal(session_refresh(s.session, NULL), DONE);
	assert_int_equal(get(&s, NULL), DONE);
	assert_string_equal(s.body, "{\"total\":0}");
	assert_non_null(strstr(s.server.seen[0],
	    "grant_type=refresh_token&refresh_token=refresh&client_id=app"));
	assert_null(strstr(s.server.seen[0], "Authorization"));
	assert_memory_equal(s.server.seen[1], "GET /v1/me/tracks ", 18);
	assert_non_null(strstr(s.server.seen[1],
	    "Authorization: Bearer access\r\n"));
	assert_int_equal(session_requests(s.session), 2);
	assert_int_equal(n_slept, 0);
	end(&s);
}

static void an_app_with_a_secret_names_itself_in_the_head(void **state)
{
	char *file = path_join(*state, "secret");
	char *more = xasprintf(APP "\nclient_secret_file = %s", file);
	struct stage s;

	put(file, "hush\n");
	begin(&s, *state, more);
	assert_int_equal(session_refresh(s.session, NULL), DONE);
	/* app:hush */
	assert_non_null(strstr(s.server.seen[0],
	    "Authorization: Basic YXBwOmh1c2g=\r\n"));
	assert_null(strstr(s.server.seen[0], "client_id"));
	end(&s);
	free(more);
	free(file);
}

static void after_four_failures_it_is_left_for_a_later_run(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0] = (struct answer){ .status = 503 };
	assert_int_equal(get(&s, NULL), RUN_LATER);
	assert_int_equal(s.api_asked, 4);
	/* Each time as long again, and up to as much by chance. */
	assert_int_equal(n_slept, 3);
	for (size_t i = 0; i < 3; i++)
		assert_in_range(slept[i] * HASTE, (1000 << i) - HASTE,
		    2 * (1000 << i));
	end(&s);
}

static void a_service_that_recovers_is_asked_again(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	for (int i = 0; i < 3; i++)
		s.api[i] = (struct answer){ 500, "", "no" };
	s.api[3] = (struct answer){ 200, "", "yes" };
	assert_int_equal(get(&s, NULL), DONE);
	assert_string_equal(s.body, "yes");
	assert_int_equal(s.restarts, 4);
	end(&s);
}

static void what_the_reader_refuses_is_not_asked_for_again(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.refuse = true;
	assert_int_equal(get(&s, NULL), ITEM_FAILED);
	assert_int_equal(s.api_asked, 1);
	end(&s);
}

/* ---- waiting ---- */

static void assert_not_before(struct stage *s, int64_t seconds)
{
	assert_int_equal(session_not_before(s->cfg), NOW + seconds);
}

static void a_minute_is_waited_for(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0] = (struct answer){ 429, "Retry-After: 60\r\n", "" };
	s.api[1] = (struct answer){ .status = 200 };
	assert_int_equal(get(&s, NULL), DONE);
	assert_int_equal(n_slept, 1);
	assert_int_equal(slept[0] * HASTE, 60000);
	assert_int_equal(session_not_before(s.cfg), 0);
	end(&s);
}

static void more_than_a_minute_is_left_for_a_later_run(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0] = (struct answer){ 429, "Retry-After: 61\r\n", "" };
	assert_int_equal(get(&s, NULL), RUN_LATER);
	assert_int_equal(n_slept, 0);
	/* A minute later than told. */
	assert_not_before(&s, 61 + 60);
	/* And until then nobody asks. */
	assert_int_equal(get(&s, NULL), RUN_LATER);
	assert_int_equal(session_refresh(s.session, NULL), RUN_LATER);
	assert_int_equal(s.server.count, 1);
	end(&s);
}

static void a_session_waits_twice(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0] = (struct answer){ 429, "Retry-After: 5\r\n", "" };
	assert_int_equal(get(&s, NULL), RUN_LATER);
	assert_int_equal(n_slept, 2);
	assert_int_equal(s.api_asked, 3);
	assert_not_before(&s, 5 + 60);
	end(&s);
}

static void a_wait_without_a_time_is_half_a_minute_then_half_an_hour(
    void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0] = (struct answer){ .status = 429 };
	assert_int_equal(get(&s, NULL), RUN_LATER);
	assert_int_equal(n_slept, 1);
	assert_int_equal(slept[0] * HASTE, 30000);
	assert_not_before(&s, 30 * 60 + 60);
	end(&s);
}

static void nobody_waits_longer_than_two_days(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0] = (struct answer){ 429, "Retry-After: 600000\r\n", "" };
	assert_int_equal(get(&s, NULL), RUN_LATER);
	assert_not_before(&s, 2 * DAY);
	end(&s);
}

static int64_t not_before_of(struct stage *s, int64_t seconds)
{
	char *text = xasprintf("{\"not_before\":%lld}",
	    (long long)(NOW + seconds));

	put(s->service_file, text);
	free(text);
	return session_not_before(s->cfg);
}

static void a_time_that_passed_or_can_not_be_is_none(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	assert_int_equal(session_not_before(s.cfg), 0);
	assert_int_equal(not_before_of(&s, 1), NOW + 1);
	assert_int_equal(not_before_of(&s, 0), 0);
	assert_int_equal(not_before_of(&s, 4 * DAY), NOW + 4 * DAY);
	assert_int_equal(not_before_of(&s, 4 * DAY + 1), 0);
	put(s.service_file, "{\"not_before\":\"soon\"}");
	assert_int_equal(session_not_before(s.cfg), 0);
	end(&s);
}

/* ---- the token ---- */

static void a_rotated_token_is_kept_before_the_new_one_is_used(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.accounts[0] = (struct answer)TOKENS("access", "rotated");
	syncs_clear();
	assert_int_equal(session_refresh(s.session, NULL), DONE);
	assert_token(&s, "rotated");
	/* Written, renamed, and both synced. */
	assert_string_equal(syncs, "frd");
	assert_int_equal(get(&s, NULL), DONE);
	assert_string_equal(s.at_first_use, "rotated");
	end(&s);
}

static void lose_the_folder(struct stage *s)
{
	char *folder = path_dir(s->token_file);

	unlink(s->token_file);
	rmdir(folder);
	put(folder, "");
	free(folder);
}

static void a_rotated_token_that_can_not_be_kept_is_not_used(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.accounts[0] = (struct answer)TOKENS("access", "rotated");
	s.meanwhile = lose_the_folder;
	assert_int_equal(session_refresh(s.session, NULL), RUN_FAILED);
	get(&s, NULL);
	for (int i = 0; i < s.server.count; i++)
		assert_null(strstr(s.server.seen[i], "Bearer access"));
	end(&s);
}

static void a_token_that_stays_is_not_written_again(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	syncs_clear();
	assert_int_equal(session_refresh(s.session, NULL), DONE);
	assert_string_equal(syncs, "");
	end(&s);
}

static void log_in_anew(struct stage *s)
{
	log_in(s, "anew");
}

static void a_login_that_came_meanwhile_stays(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.accounts[0] = (struct answer)TOKENS("access", "rotated");
	s.meanwhile = log_in_anew;
	assert_int_equal(session_refresh(s.session, NULL), DONE);
	assert_token(&s, "anew");
	log_in(&s, "refresh");
	s.accounts[0] = (struct answer){ 400, "",
	    "{\"error\":\"invalid_grant\"}" };
	assert_int_equal(session_refresh(s.session, NULL), RUN_LATER);
	assert_token(&s, "anew");
	end(&s);
}

static void an_authorization_that_ended_is_set_aside(void **state)
{
	struct stage s;
	struct error error;

	begin(&s, *state, APP);
	s.accounts[0] = (struct answer){ 400, "", "{\"error\":"
	    "\"invalid_grant\",\"error_description\":\"revoked refresh\"}" };
	assert_int_equal(session_refresh(s.session, &error), RUN_AUTH);
	assert_non_null(strstr(error.text, "revoked"));
	/* Which repeats the token. */
	assert_null(strstr(error.text, "refresh"));
	assert_int_equal(access(s.token_file, F_OK), -1);
	assert_int_equal(session_refresh(s.session, &error), RUN_AUTH);
	assert_int_equal(s.accounts_asked, 1);
	end(&s);
}

static void what_else_the_service_says_does_not_end_it(void **state)
{
	static const struct {
		struct answer says;
		enum outcome outcome;
	} cases[] = {
		{ { 400, "", "{\"error\":\"invalid_client\"}" }, RUN_CONFIG },
		{ { 400, "", "{\"error\":\"server_error\"}" }, RUN_LATER },
		{ { 400, "", "<html>" }, RUN_LATER },
		{ { 200, "", "{\"access_token\":\"\"}" }, RUN_LATER },
		{ { 200, "", "{}" }, RUN_LATER },
		{ { 503, "", "{\"error\":\"invalid_grant\"}" }, RUN_LATER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct stage s;

		begin(&s, *state, APP);
		s.accounts[0] = cases[i].says;
		assert_int_equal(session_refresh(s.session, NULL),
		    cases[i].outcome);
		assert_token(&s, "refresh");
		end(&s);
	}
}

static void without_an_app_or_a_login_nobody_is_asked(void **state)
{
	struct stage s;
	struct error error;

	begin(&s, *state, "");
	assert_int_equal(session_refresh(s.session, &error), RUN_CONFIG);
	assert_non_null(strstr(error.text, "client_id"));
	assert_int_equal(s.server.count, 0);
	end(&s);
	begin(&s, *state, APP);
	unlink(s.token_file);
	assert_int_equal(session_refresh(s.session, &error), RUN_AUTH);
	assert_int_equal(s.server.count, 0);
	end(&s);
}

/* ---- refusals ---- */

static void a_token_that_expired_is_refreshed_once(void **state)
{
	struct stage s;

	begin(&s, *state, APP);
	s.api[0] = (struct answer){ .status = 401 };
	s.api[1] = (struct answer){ 200, "", "yes" };
	s.accounts[0] = (struct answer)TOKENS("first", "refresh");
	s.accounts[1] = (struct answer)TOKENS("second", "refresh");
	assert_int_equal(session_refresh(s.session, NULL), DONE);
	assert_int_equal(get(&s, NULL), DONE);
	assert_string_equal(s.body, "yes");
	assert_non_null(strstr(s.server.seen[1], "Bearer first\r\n"));
	assert_non_null(strstr(s.server.seen[3], "Bearer second\r\n"));
	end(&s);
	begin(&s, *state, APP);
	s.api[0] = (struct answer){ .status = 401 };
	assert_int_equal(get(&s, NULL), RUN_LATER);
	assert_int_equal(s.api_asked, 2);
	assert_int_equal(s.accounts_asked, 1);
	end(&s);
}

static void a_refusal_is_told_in_the_words_of_the_service(void **state)
{
	static const struct {
		struct answer says;
		enum outcome outcome;
		const char *text;
	} cases[] = {
		{ { 403, "", "{\"error\":{\"message\":\"Needs Premium\"}}" },
		    RUN_AUTH, "Needs Premium" },
		{ { 403, "", "not in the list of users" }, RUN_LATER,
		    "not in the list of users" },
		{ { 403, "", "User not registered in the Developer Dashboard" },
		    RUN_ACT, "add the account to the app's users" },
		{ { 404, "", "{\"error\":{\"message\":\"gone access\"}}" },
		    SERVICE_FAILED, "404: gone" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct stage s;
		struct error error;

		begin(&s, *state, APP);
		s.api[0] = cases[i].says;
		session_refresh(s.session, NULL);
		assert_int_equal(get(&s, &error), cases[i].outcome);
		assert_non_null(strstr(error.text, cases[i].text));
		assert_null(strstr(error.text, "access"));
		assert_int_equal(s.api_asked, 1);
		end(&s);
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_asked_for_is_given_with_the_token),
		TEST(an_app_with_a_secret_names_itself_in_the_head),
		TEST(after_four_failures_it_is_left_for_a_later_run),
		TEST(a_service_that_recovers_is_asked_again),
		TEST(what_the_reader_refuses_is_not_asked_for_again),
		TEST(a_minute_is_waited_for),
		TEST(more_than_a_minute_is_left_for_a_later_run),
		TEST(a_session_waits_twice),
		TEST(a_wait_without_a_time_is_half_a_minute_then_half_an_hour),
		TEST(nobody_waits_longer_than_two_days),
		TEST(a_time_that_passed_or_can_not_be_is_none),
		TEST(a_rotated_token_is_kept_before_the_new_one_is_used),
		TEST(a_rotated_token_that_can_not_be_kept_is_not_used),
		TEST(a_token_that_stays_is_not_written_again),
		TEST(a_login_that_came_meanwhile_stays),
		TEST(an_authorization_that_ended_is_set_aside),
		TEST(what_else_the_service_says_does_not_end_it),
		TEST(without_an_app_or_a_login_nobody_is_asked),
		TEST(a_token_that_expired_is_refreshed_once),
		TEST(a_refusal_is_told_in_the_words_of_the_service),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
