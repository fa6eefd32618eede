/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "web/endpoints.h"
#include "web/rights.h"

#define NOW 1000000

static const struct web_access both = {
	.origin = "https://a.example:8443/likesync",
	.token = "the token that allows everything",
	.read_token = "the token that allows to read",
};

static const struct web_request empty = {
	.method = "POST", .script = "", .path = "", .type = "",
	.authorization = "", .cookie = "", .host = "", .origin = "",
	.fetch_site = "", .none_match = "", .user = "",
};

static enum right with_authorization(const struct web_access *a,
    const char *text)
{
	struct web_request r = empty;

	r.authorization = text;
	return rights_of_request(a, &r, NOW);
}

static enum right with_cookie(const struct web_access *a, const char *name,
    const char *value, int64_t now)
{
	struct web_request r = empty;
	char text[512];

	snprintf(text, sizeof(text), "x=y; %s=%s; z", name, value);
	r.cookie = text;
	return rights_of_request(a, &r, now);
}

static void a_token_gives_its_right(void **state)
{
	(void)state;
	assert_int_equal(with_authorization(&both,
	    "Bearer the token that allows everything"), RIGHT_CHANGE);
	assert_int_equal(with_authorization(&both,
	    "bearer the token that allows to read"), RIGHT_READ);
	assert_int_equal(with_authorization(&both,
	    "Bearer the token that allows everything "), RIGHT_NONE);
	assert_int_equal(with_authorization(&both, "Bearer the token"),
	    RIGHT_NONE);
	assert_int_equal(with_authorization(&both, "Bearer "), RIGHT_NONE);
	assert_int_equal(with_authorization(&both, ""), RIGHT_NONE);
	assert_int_equal(with_authorization(&both,
	    "Basic the token that allows everything"), RIGHT_NONE);
}

static void without_a_token_or_an_origin_nobody_may(void **state)
{
	struct web_access a = { .origin = "https://a.example" };

	(void)state;
	assert_int_equal(with_authorization(&a, "Bearer "), RIGHT_NONE);
	assert_null(rights_make_cookie(&a, RIGHT_CHANGE, NOW + 1));
	assert_null(rights_make_cookie(&both, RIGHT_NONE, NOW + 1));
	a = both;
	a.origin = NULL;
	assert_int_equal(with_authorization(&a,
	    "Bearer the token that allows everything"), RIGHT_NONE);
}

static void a_user_of_the_server_counts_if_configured(void **state)
{
	struct web_access a = both;
	struct web_request r = empty;

	(void)state;
	r.user = "ada";
	assert_int_equal(rights_of_request(&a, &r, NOW), RIGHT_NONE);
	a.server_login = true;
	assert_int_equal(rights_of_request(&a, &r, NOW), RIGHT_CHANGE);
	r.user = "";
	assert_int_equal(rights_of_request(&a, &r, NOW), RIGHT_NONE);
	r.user = "ada";
	r.authorization = "Bearer wrong";
	assert_int_equal(rights_of_request(&a, &r, NOW), RIGHT_NONE);
}

static void a_cookie_gives_the_right_of_its_token_until_it_expires(
    void **state)
{
	static const enum right rights[] = { RIGHT_READ, RIGHT_CHANGE };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *value = rights_make_cookie(&both, rights[i], NOW + 10);

		assert_int_equal(with_cookie(&both, WEB_COOKIE, value, NOW),
		    rights[i]);
		assert_int_equal(with_cookie(&both, WEB_COOKIE, value,
		    NOW + 9), rights[i]);
		assert_int_equal(with_cookie(&both, WEB_COOKIE, value,
		    NOW + 10), RIGHT_NONE);
		assert_int_equal(with_cookie(&both, "xlikesync", value, NOW),
		    RIGHT_NONE);
		assert_int_equal(with_cookie(&both, "Likesync", value, NOW),
		    RIGHT_NONE);
		free(value);
	}
}

static void a_cookie_can_be_neither_changed_nor_made(void **state)
{
	struct web_access other = both;
	char *value = rights_make_cookie(&both, RIGHT_READ, NOW + 10);
	char longer[256];

	(void)state;
	snprintf(longer, sizeof(longer), "9%s", value);
	assert_int_equal(with_cookie(&both, WEB_COOKIE, longer, NOW),
	    RIGHT_NONE);
	for (size_t i = 0; value[i] != '\0'; i++) {
		char before = value[i];

		value[i] = before == '1' ? '2' : '1';
		assert_int_equal(with_cookie(&both, WEB_COOKIE, value, NOW),
		    RIGHT_NONE);
		value[i] = before;
	}
	other.read_token = "another token for those who read";
	assert_int_equal(with_cookie(&other, WEB_COOKIE, value, NOW),
	    RIGHT_NONE);
	other.read_token = NULL;
	assert_int_equal(with_cookie(&other, WEB_COOKIE, value, NOW),
	    RIGHT_NONE);
	assert_int_equal(with_cookie(&both, WEB_COOKIE, "", NOW), RIGHT_NONE);
	free(value);
}

static bool is_ours(const char *origin, const char *host)
{
	const struct web_access a = { .origin = origin };
	struct web_request r = empty;

	r.host = host;
	return rights_host_is_ours(&a, &r);
}

static void only_the_configured_host_is_ours(void **state)
{
	(void)state;
	assert_true(is_ours("https://a.example:8443/x", "A.example:8443"));
	assert_true(is_ours("https://a.example:8443/x", "a.example"));
	assert_false(is_ours("https://a.example:8443/x", "a.example:80"));
	assert_false(is_ours("https://a.example:8443/x", "b.a.example"));
	assert_false(is_ours("https://a.example:8443/x", ""));
	assert_false(is_ours("https://a.example", "a.example/x"));
	assert_true(is_ours("https://a.example", "a.example:443"));
	assert_true(is_ours("https://a.example:443", "a.example"));
	assert_false(is_ours("https://a.example", "a.example:80"));
	assert_true(is_ours("http://127.0.0.1:80", "127.0.0.1"));
	assert_true(is_ours("http://[::1]:8080", "[::1]"));
	assert_true(is_ours("http://[::1]:8080", "[::1]:8080"));
	assert_false(is_ours("http://[::1]:8080", "[::2]"));
	assert_false(is_ours(NULL, "a.example"));
}

static bool passes(const char *origin, const char *site,
    const char *authorization, bool changes)
{
	struct web_request r = empty;

	r.origin = origin;
	r.fetch_site = site;
	r.authorization = authorization;
	return rights_same_origin(&both, &r, changes);
}

static void a_page_of_another_origin_is_refused(void **state)
{
	static const char ours[] = "https://A.example:8443";
	static const char bearer[] = "Bearer x";

	(void)state;
	assert_true(passes(ours, "same-origin", "", true));
	assert_true(passes(ours, "", "", true));
	assert_true(passes("", "none", "", true));
	assert_false(passes("https://a.example", "", bearer, true));
	assert_false(passes("http://a.example:8443", "", bearer, true));
	assert_false(passes("null", "", bearer, true));
	assert_false(passes(ours, "cross-site", bearer, true));
	assert_false(passes(ours, "same-site", bearer, false));
	assert_false(passes("", "Same-Origin", bearer, false));
	assert_false(passes("", "", "", true));
	assert_true(passes("", "", bearer, true));
	assert_true(passes("", "", "", false));
}

static void a_link_is_no_path_and_no_option(void **state)
{
	char longest[2100] = "https://";

	(void)state;
	assert_true(endpoints_is_link("https://open.spotify.com/album/x"));
	assert_true(endpoints_is_link("SPOTIFY:playlist:x"));
	assert_false(endpoints_is_link("open.spotify.com/album/x"));
	assert_false(endpoints_is_link("/etc/passwd"));
	assert_false(endpoints_is_link("file:///etc/passwd"));
	assert_false(endpoints_is_link("--help"));
	assert_false(endpoints_is_link(""));
	assert_false(endpoints_is_link("https://a b"));
	assert_false(endpoints_is_link("https://a\n"));
	memset(longest + 8, 'x', 2048 - 8);
	assert_true(endpoints_is_link(longest));
	longest[2048] = 'x';
	assert_false(endpoints_is_link(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_gives_its_right),
		cmocka_unit_test(without_a_token_or_an_origin_nobody_may),
		cmocka_unit_test(a_user_of_the_server_counts_if_configured),
		cmocka_unit_test(
		    a_cookie_gives_the_right_of_its_token_until_it_expires),
		cmocka_unit_test(a_cookie_can_be_neither_changed_nor_made),
		cmocka_unit_test(only_the_configured_host_is_ours),
		cmocka_unit_test(a_page_of_another_origin_is_refused),
		cmocka_unit_test(a_link_is_no_path_and_no_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
