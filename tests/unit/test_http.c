/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <signal.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/http.h"
#include "base/stop.h"
#include "server.h"

#define LONG_MS 20000

/* Asks a server that answers so; the response is freed by the caller. */
static enum outcome ask(void (*answer)(void *ctx, int fd, int n,
    const char *request), void *ctx, struct http_request q,
    struct http_response *r, struct error *error, struct server *s)
{
	struct http *h = http_new();
	enum outcome o;
	char url[128];

	server_start(s, answer, ctx);
	snprintf(url, sizeof(url), "%s/path?code=secret", s->url);
	q.url = url;
	if (q.max_body == 0)
		q.max_body = 1 << 20;
	if (q.timeout_ms == 0)
		q.timeout_ms = LONG_MS;
	o = http_perform(h, &q, r, error);
	http_free(h);
	server_stop(s);
	return o;
}

/* ---- what is asked ---- */

static void only_https_and_this_machine_are_asked(void **state)
{
	static const char *const allowed[] = { "https://example.com/",
		"HTTPS://example.com", "http://127.0.0.1/", "http://127.0.0.1",
		"http://127.0.0.1:8080/x", "http://127.1.2.3:1",
		"http://[::1]/", "http://[::1]:80", "http://localhost",
		"http://localhost:1/x", "HTTP://LOCALHOST/",
		"https://u:p@example.com/x?y#z", "https://example.com:65535",
		"https://example.com:1", "http://u@127.0.0.1/" };
	static const char *const refused[] = { "http://example.com/",
		"http://127.0.0.1.example.com/", "http://127.example.com/",
		"http://128.0.0.1/", "http://126.0.0.1", "http://12.0.0.1",
		"http://localhost.example.com/", "http://localhostess",
		"http://127.0.0.1@example.com/", "http://localhost@example.com",
		"http://127.0.0.1:80@example.com/", "http://[::1]@example.com",
		"http://[::2]/", "http://10.0.0.1/", "ftp://127.0.0.1/",
		"file:///etc/passwd", "127.0.0.1", "http:/127.0.0.1/",
		"", "h", "http:/", "http://", "https://", "https:///",
		"https://example.com:0", "https://example.com:65536",
		"https://example.com:x", "https://[::1/", "https://a b/",
		"https://example.com/\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if (!url_is_allowed(allowed[i]))
			fail_msg("%s", allowed[i]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (url_is_allowed(refused[i]))
			fail_msg("%s", refused[i]);
}

static void what_may_not_be_asked_is_not(void **state)
{
	struct http_request q = { .max_body = 10, .timeout_ms = LONG_MS,
		.url = "http://127.0.0.1.invalid/x?code=secret" };
	struct http *h = http_new();
	struct http_response r;
	struct error error;

	(void)state;
	assert_int_equal(http_perform(h, &q, &r, &error), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "https"));
	assert_null(strstr(error.text, "secret"));
	assert_int_equal(r.status, 0);
	http_response_free(&r);
	http_free(h);
}

static void say_hello(void *ctx, int fd, int n, const char *request)
{
	(void)ctx, (void)n, (void)request;
	server_reply(fd, 200, "", "hello");
}

static void a_whole_answer_comes_back(void **state)
{
	struct http_response r;
	struct server s;

	(void)state;
	assert_int_equal(ask(say_hello, NULL, (struct http_request){ 0 }, &r,
	    NULL, &s), DONE);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.retry_after, -1);
	assert_string_equal(buf_str(&r.body), "hello");
	assert_int_equal(s.count, 1);
	assert_memory_equal(s.seen[0], "GET /path?code=secret HTTP/1.1\r\n",
	    32);
	assert_null(strcasestr(s.seen[0], "Authorization"));
	assert_non_null(strstr(s.seen[0], "User-Agent: likesync/"));
	http_response_free(&r);
	server_free(&s);
}

static void a_form_is_posted_and_secrets_go_into_the_head(void **state)
{
	struct http_response r;
	struct server s;

	(void)state;
	ask(say_hello, NULL, (struct http_request){ .form = "a=b&c=d",
	    .basic = "id:secret" }, &r, NULL, &s);
	assert_memory_equal(s.seen[0], "POST ", 5);
	assert_non_null(strstr(s.seen[0],
	    "Authorization: Basic aWQ6c2VjcmV0\r\n"));
	assert_non_null(strstr(s.seen[0], "\r\n\r\na=b&c=d"));
	http_response_free(&r);
	server_free(&s);
	ask(say_hello, NULL, (struct http_request){ .bearer = "token" }, &r,
	    NULL, &s);
	assert_non_null(strstr(s.seen[0], "Authorization: Bearer token\r\n"));
	http_response_free(&r);
	server_free(&s);
}

static void a_server_on_this_machine_is_asked_without_a_proxy(void **state)
{
	struct http_response r;
	struct server s;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	assert_int_equal(ask(say_hello, NULL, (struct http_request){ 0 }, &r,
	    NULL, &s), DONE);
	unsetenv("http_proxy");
	http_response_free(&r);
	server_free(&s);
}

/* ---- bounds ---- */

/* Until the other side has had enough. */
static void say_nothing(void *ctx, int fd, int n, const char *request)
{
	char byte;

	(void)ctx, (void)n, (void)request;
	while (read(fd, &byte, 1) > 0)
		continue;
}

static void who_does_not_answer_is_not_waited_for(void **state)
{
	struct http_response r;
	struct server s;
	struct error error;

	(void)state;
	assert_int_equal(ask(say_nothing, NULL, (struct http_request){
	    .timeout_ms = 200 }, &r, &error, &s), SERVICE_FAILED);
	assert_non_null(strstr(error.text, "/path: "));
	assert_null(strstr(error.text, "secret"));
	http_response_free(&r);
	server_free(&s);
}

/* Fast enough to be no stall, until the other side has had enough. */
static void never_end(void *ctx, int fd, int n, const char *request)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
	    "Connection: close\r\n\r\n";
	char block[1000];

	(void)ctx, (void)n, (void)request;
	memset(block, 'x', sizeof(block));
	server_write(fd, head, sizeof(head) - 1);
	while (send(fd, block, sizeof(block), MSG_NOSIGNAL) > 0)
		usleep(20000);
}

static void who_never_ends_is_not_heard_out(void **state)
{
	struct http_response r;
	struct server s;
	struct error error;

	(void)state;
	assert_int_equal(ask(never_end, NULL, (struct http_request){
	    .timeout_ms = 200, .max_body = 100000 }, &r, &error, &s),
	    SERVICE_FAILED);
	assert_null(strstr(error.text, "100000"));
	http_response_free(&r);
	server_free(&s);
}

static void a_label_stands_for_an_address_that_is_secret(void **state)
{
	struct http_response r;
	struct server s;
	struct error error;

	(void)state;
	assert_int_equal(ask(say_nothing, NULL, (struct http_request){
	    .timeout_ms = 100, .label = "ping_url" }, &r, &error, &s),
	    SERVICE_FAILED);
	assert_memory_equal(error.text, "ping_url: ", 10);
	assert_null(strstr(error.text, "127.0.0.1"));
	http_response_free(&r);
	server_free(&s);
}

/* No length is told: the body ends with the connection. */
static void say_without_length(void *ctx, int fd, int n, const char *request)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
	    "Connection: close\r\n\r\n";

	(void)n, (void)request;
	server_write(fd, head, sizeof(head) - 1);
	server_write(fd, ctx, strlen(ctx));
}

static int count_bytes(void *ctx, const char *data, size_t len)
{
	(void)data;
	*(size_t *)ctx += len;
	return 0;
}

static void an_answer_ends_at_its_limit(void **state)
{
	struct http_response r;
	struct server s;
	struct error error;
	size_t count;

	(void)state;
	for (size_t body = 5; body <= 6; body++) {
		char *text = (char *)(body == 5 ? "12345" : "123456");
		enum outcome expected = body == 5 ? DONE : SERVICE_FAILED;
		struct http_request q = { .max_body = 5 };

		assert_int_equal(ask(say_without_length, text, q, &r, &error,
		    &s), expected);
		if (expected != DONE)
			assert_non_null(strstr(error.text, "5 bytes"));
		http_response_free(&r);
		server_free(&s);
		q.on_body = count_bytes;
		q.ctx = &count;
		count = 0;
		assert_int_equal(ask(say_without_length, text, q, &r, &error,
		    &s), expected);
		assert_int_equal(count, expected == DONE ? 5 : 0);
		http_response_free(&r);
		server_free(&s);
	}
}

/* A body of as many zeros, packed. */
struct packed {
	char data[65536];
	size_t len;
};

static void pack_zeros(struct packed *p, size_t count)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	char *zeros = calloc(1, count);

	archive_write_add_filter_gzip(a);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_per_block(a, 0);
	assert_int_equal(archive_write_open_memory(a, p->data,
	    sizeof(p->data), &p->len), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_true(archive_write_data(a, zeros, count) == (ssize_t)count);
	archive_entry_free(e);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	free(zeros);
}

static void say_packed(void *ctx, int fd, int n, const char *request)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
	    "Content-Encoding: gzip\r\nConnection: close\r\n\r\n";
	const struct packed *p = ctx;

	(void)n, (void)request;
	server_write(fd, head, sizeof(head) - 1);
	server_write(fd, p->data, p->len);
}

static void a_packed_answer_counts_as_it_is_unpacked(void **state)
{
	struct http_request q = { .max_body = 1000000 };
	struct http_response r;
	struct packed p;
	struct server s;
	struct error error;

	(void)state;
	pack_zeros(&p, 1000000);
	assert_true(p.len < 10000);
	assert_int_equal(ask(say_packed, &p, q, &r, &error, &s), DONE);
	assert_int_equal(r.body.len, 1000000);
	http_response_free(&r);
	server_free(&s);
	q.max_body--;
	assert_int_equal(ask(say_packed, &p, q, &r, &error, &s),
	    SERVICE_FAILED);
	assert_true(r.body.len < 1000000);
	http_response_free(&r);
	server_free(&s);
}

static void refuse_at_length(void *ctx, int fd, int n, const char *request)
{
	char *body = malloc(200001);

	(void)ctx, (void)n, (void)request;
	memset(body, 'x', 200000);
	body[200000] = '\0';
	server_reply(fd, 500, "", body);
	free(body);
}

/* What goes to on_body is what was asked for: a page of an error is not. */
static void of_a_refusal_the_beginning_is_kept(void **state)
{
	struct http_response r;
	struct server s;
	size_t count = 0;

	(void)state;
	assert_int_equal(ask(refuse_at_length, NULL, (struct http_request){
	    .max_body = 100, .on_body = count_bytes, .ctx = &count }, &r,
	    NULL, &s), DONE);
	assert_int_equal(r.status, 500);
	assert_int_equal(count, 0);
	assert_in_range(r.body.len, 1, 65536);
	http_response_free(&r);
	server_free(&s);
}

static void say_half(void *ctx, int fd, int n, const char *request)
{
	static const char half[] = "HTTP/1.1 200 OK\r\n"
	    "Content-Length: 10\r\nConnection: close\r\n\r\n12345";

	(void)ctx, (void)n, (void)request;
	server_write(fd, half, sizeof(half) - 1);
}

static void half_an_answer_is_none(void **state)
{
	struct http_response r;
	struct server s;

	(void)state;
	assert_int_equal(ask(say_half, NULL, (struct http_request){ 0 }, &r,
	    NULL, &s), SERVICE_FAILED);
	http_response_free(&r);
	server_free(&s);
}

static int refuse(void *ctx, const char *data, size_t len)
{
	(void)ctx, (void)data, (void)len;
	return -1;
}

static void who_reads_an_answer_may_end_it(void **state)
{
	struct http_response r;
	struct server s;

	(void)state;
	assert_int_equal(ask(say_hello, NULL, (struct http_request){
	    .on_body = refuse }, &r, NULL, &s), ITEM_FAILED);
	http_response_free(&r);
	server_free(&s);
}

/* ---- redirects ---- */

static void send_on(void *ctx, int fd, int n, const char *request)
{
	const struct server *s = ctx;
	char location[128];

	(void)n, (void)request;
	snprintf(location, sizeof(location), "Location: %s/elsewhere\r\n",
	    s->url);
	server_reply(fd, 302, location, "");
}

static void a_redirect_is_not_followed(void **state)
{
	struct http_response r;
	struct server s;

	(void)state;
	assert_int_equal(ask(send_on, &s, (struct http_request){
	    .bearer = "token" }, &r, NULL, &s), DONE);
	assert_int_equal(r.status, 302);
	assert_int_equal(s.count, 1);
	http_response_free(&r);
	server_free(&s);
}

/* ---- Retry-After ---- */

static void say_wait(void *ctx, int fd, int n, const char *request)
{
	char header[128];

	(void)n, (void)request;
	snprintf(header, sizeof(header), "Retry-After: %s\r\n",
	    (const char *)ctx);
	server_reply(fd, 429, header, "");
}

static void a_retry_after_is_seconds_or_a_date_and_bounded(void **state)
{
	static const struct {
		const char *value;
		int64_t seconds;
	} cases[] = { { "0", 0 }, { "7", 7 }, { "7 ", 7 }, { "-3", 0 },
		{ "604800", 604800 }, { "604801", 604800 },
		{ "99999999999999999999", 604800 }, { "soon", -1 },
		{ "7 s", -1 },
		{ "Mon, 01 Jan 2001 00:00:00 GMT", 0 },
		{ "Fri, 31 Dec 2100 23:59:59 GMT", 604800 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct http_response r;
		struct server s;

		assert_int_equal(ask(say_wait, (void *)(uintptr_t)
		    cases[i].value, (struct http_request){ 0 }, &r, NULL,
		    &s), DONE);
		if (r.retry_after != cases[i].seconds)
			fail_msg("%s: %lld", cases[i].value,
			    (long long)r.retry_after);
		http_response_free(&r);
		server_free(&s);
	}
}

/* ---- being told to stop ---- */

static void stop_then_say_nothing(void *ctx, int fd, int n,
    const char *request)
{
	stop_now(SIGTERM);
	say_nothing(ctx, fd, n, request);
}

static void stop_then_say_hello(void *ctx, int fd, int n, const char *request)
{
	stop_now(SIGTERM);
	say_hello(ctx, fd, n, request);
}

static void a_stop_ends_it_unless_it_is_to_be_ignored(void **state)
{
	struct http_response r;
	struct server s;

	(void)state;
	assert_int_equal(ask(stop_then_say_nothing, NULL,
	    (struct http_request){ 0 }, &r, NULL, &s), STOPPED);
	http_response_free(&r);
	server_free(&s);
	assert_int_equal(ask(stop_then_say_hello, NULL, (struct http_request){
	    .ignore_stop = true }, &r, NULL, &s), DONE);
	http_response_free(&r);
	server_free(&s);
	stop_now(0);
	assert_false(stop_requested());
}

/* ---- addresses ---- */

static void assert_query(const char *query, const char *name,
    const char *expected)
{
	char *value = url_query_get(query, name);

	if (expected == NULL)
		assert_null(value);
	else
		assert_string_equal(value, expected);
	free(value);
}

static void text_goes_into_an_address_and_comes_out_again(void **state)
{
	char *encoded = url_encode("a b&c=ü/+%");
	char *decoded = url_decode(encoded, strlen(encoded));

	(void)state;
	assert_string_equal(encoded, "a%20b%26c%3D%C3%BC%2F%2B%25");
	assert_string_equal(decoded, "a b&c=ü/+%");
	assert_query("a=1&code=x%20y+z&code=2", "code", "x y z");
	assert_query("xcode=1", "code", NULL);
	assert_query("code", "code", NULL);
	assert_query("code=", "code", "");
	assert_query("", "code", NULL);
	assert_query("code=x%00y", "code", NULL);
	assert_query("code=x%00", "code", NULL);
	free(encoded);
	free(decoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_https_and_this_machine_are_asked),
		cmocka_unit_test(what_may_not_be_asked_is_not),
		cmocka_unit_test(a_whole_answer_comes_back),
		cmocka_unit_test(
		    a_form_is_posted_and_secrets_go_into_the_head),
		cmocka_unit_test(
		    a_server_on_this_machine_is_asked_without_a_proxy),
		cmocka_unit_test(who_does_not_answer_is_not_waited_for),
		cmocka_unit_test(who_never_ends_is_not_heard_out),
		cmocka_unit_test(a_label_stands_for_an_address_that_is_secret),
		cmocka_unit_test(an_answer_ends_at_its_limit),
		cmocka_unit_test(a_packed_answer_counts_as_it_is_unpacked),
		cmocka_unit_test(of_a_refusal_the_beginning_is_kept),
		cmocka_unit_test(half_an_answer_is_none),
		cmocka_unit_test(who_reads_an_answer_may_end_it),
		cmocka_unit_test(a_redirect_is_not_followed),
		cmocka_unit_test(
		    a_retry_after_is_seconds_or_a_date_and_bounded),
		cmocka_unit_test(a_stop_ends_it_unless_it_is_to_be_ignored),
		cmocka_unit_test(
		    text_goes_into_an_address_and_comes_out_again),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
