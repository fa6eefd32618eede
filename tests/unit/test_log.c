/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stderr goes into a file here, and syslog into a buffer. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"

/* ---- in place of syslog and the clock; the linker wraps these ---- */

void __wrap_openlog(const char *name, int options, int facility);
void __wrap_syslog(int level, const char *fmt, ...);
void __wrap___syslog_chk(int level, int flag, const char *fmt, ...);
int64_t __wrap_clock_mono_ms(void);

static struct buf to_syslog = BUF_INIT;	/* "level text\n" for each line */
static int opened_facility;
static int64_t now_ms = 1000000;

void __wrap_openlog(const char *name, int options, int facility)
{
	(void)options;
	assert_string_equal(name, "likesync");
	opened_facility = facility;
}

static void take_syslog(int level, const char *fmt, va_list ap)
{
	char line[4096];

	vsnprintf(line, sizeof(line), fmt, ap);
	buf_printf(&to_syslog, "%d %s\n", level, line);
}

void __wrap_syslog(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	take_syslog(level, fmt, ap);
	va_end(ap);
}

/* What a fortified build calls. */
void __wrap___syslog_chk(int level, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	take_syslog(level, fmt, ap);
	va_end(ap);
}

int64_t __wrap_clock_mono_ms(void)
{
	return now_ms;
}

/* ---- the stage ---- */

static int real_stderr, captured;
static char *captured_path;

static int begin(void **state)
{
	if (make_folder(state) != 0)
		return -1;
	captured_path = path_join(*state, "stderr");
	captured = open(captured_path, O_RDWR | O_CREAT | O_APPEND, 0600);
	real_stderr = dup(STDERR_FILENO);
	log_set_run("");
	return captured < 0;
}

static int end(void **state)
{
	close(captured);
	close(real_stderr);
	free(captured_path);
	buf_free(&to_syslog);
	log_set_run("");
	log_open(LOG_TO_STDERR, LOG_USER, LOG_INFO, false);
	return remove_folder(state);
}

/* Between these two, stderr is the file; assertions are made outside. */
static void capture(void)
{
	dup2(captured, STDERR_FILENO);
}

static void release(void)
{
	dup2(real_stderr, STDERR_FILENO);
}

/* What was written to stderr since it was asked last. */
static const char *on_stderr(void)
{
	static char text[8192];
	ssize_t n = pread(captured, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	assert_int_equal(ftruncate(captured, 0), 0);
	return text;
}

static void open_stderr(int level, bool quiet)
{
	capture();
	log_open(LOG_TO_STDERR, LOG_USER, level, quiet);
	release();
}

#define SAY(...) do { \
		capture(); \
		__VA_ARGS__; \
		release(); \
	} while (0)

/* ---- levels ---- */

static void before_it_is_opened_it_speaks_on_stderr(void **state)
{
	(void)state;
	SAY(log_info("one"); log_debug("two"));
	assert_string_equal(on_stderr(), "likesync: one\n");
}

static void a_line_says_how_bad_it_is(void **state)
{
	(void)state;
	open_stderr(LOG_DEBUG, false);
	SAY(log_error("a"); log_warning("b"); log_info("c"); log_debug("d"));
	assert_string_equal(on_stderr(), "likesync: error: a\n"
	    "likesync: warning: b\nlikesync: c\nlikesync: d\n");
}

static void what_is_below_the_level_is_not_said(void **state)
{
	(void)state;
	open_stderr(LOG_WARNING, false);
	SAY(log_info("no"); log_warning("yes"));
	assert_string_equal(on_stderr(), "likesync: warning: yes\n");
	open_stderr(LOG_ERR, false);
	SAY(log_warning("no"); log_error("yes"));
	assert_string_equal(on_stderr(), "likesync: error: yes\n");
}

static void a_quiet_stderr_has_errors_only(void **state)
{
	(void)state;
	open_stderr(LOG_DEBUG, true);
	SAY(log_warning("no"); log_error("yes"));
	assert_string_equal(on_stderr(), "likesync: error: yes\n");
}

/* ---- what a line may hold ---- */

static void assert_line(const char *text, const char *expected)
{
	char line[4096];

	SAY(log_info("%s", text));
	snprintf(line, sizeof(line), "likesync: %s\n", expected);
	assert_string_equal(on_stderr(), line);
}

static void nothing_moves_the_cursor_or_fakes_a_line(void **state)
{
	(void)state;
	open_stderr(LOG_INFO, false);
	assert_line("Björk – Jóga 爱 🎵", "Björk – Jóga 爱 🎵");
	assert_line("a\nlikesync: error: b", "a\\x0alikesync: error: b");
	assert_line("\033[2J\r\t\x7f", "\\x1b[2J\\x0d\\x09\\x7f");
	/* What is a control character in UTF-8, and what is no UTF-8. */
	assert_line("a\xc2\x9b" "2J", "a\\xc2\\x9b2J");
	assert_line("a\xff\xc3", "a\\xff\\xc3");
	assert_line("\xc2\xa0", "\xc2\xa0");
}

static void a_long_line_ends_with_a_whole_character(void **state)
{
	char text[5000] = "";
	const char *said;
	size_t len;

	(void)state;
	open_stderr(LOG_INFO, false);
	for (int i = 0; i < 2000; i++)
		strcat(text, "ü");
	SAY(log_info("%s", text));
	said = on_stderr();
	len = strlen(said);
	/* Of 2048 bytes with its end. */
	assert_in_range(len, 2000, 2048 + 11);
	assert_string_equal(said + len - 3, "ü\n");
	assert_null(strstr(said, "\\x"));
}

static void a_secret_is_not_said(void **state)
{
	(void)state;
	open_stderr(LOG_INFO, false);
	secret_add("correct-horse-7");
	assert_line("it said correct-horse-7 to me", "it said *** to me");
	secret_forget_all();
}

static void a_disk_that_is_full_changes_no_errno(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), error;

	(void)state;
	open_stderr(LOG_INFO, false);
	dup2(full, STDERR_FILENO);
	errno = EXDEV;
	log_info("x");
	error = errno;
	release();
	close(full);
	assert_int_equal(error, EXDEV);
}

/* ---- runs and syslog ---- */

static void each_line_of_a_run_has_its_id(void **state)
{
	(void)state;
	open_stderr(LOG_INFO, false);
	log_set_run("abc");
	SAY(log_info("one"); log_error("two"));
	assert_string_equal(on_stderr(), "likesync: run=abc one\n"
	    "likesync: run=abc error: two\n");
}

static void in_syslog_it_is_nowhere_else(void **state)
{
	(void)state;
	log_open(LOG_TO_SYSLOG, LOG_LOCAL3, LOG_INFO, true);
	assert_int_equal(opened_facility, LOG_LOCAL3);
	SAY(log_info("one"); log_debug("no"));
	log_set_run("abc");
	SAY(log_warning("100%% two"));
	assert_string_equal(buf_str(&to_syslog),
	    "6 one\n4 run=abc 100% two\n");
	assert_string_equal(on_stderr(), "");
}

static void what_a_person_must_do_is_on_stderr_too(void **state)
{
	(void)state;
	log_open(LOG_TO_SYSLOG, LOG_USER, LOG_ERR, true);
	SAY(log_act("log in"));
	assert_string_equal(buf_str(&to_syslog), "3 log in\n");
	assert_string_equal(on_stderr(), "likesync: error: log in\n");
	open_stderr(LOG_INFO, true);
	SAY(log_act("log in"));
	assert_string_equal(on_stderr(), "likesync: error: log in\n");
}

/* ---- progress, where nothing can be drawn ---- */

static void step(unsigned long done, int64_t later_ms)
{
	now_ms += later_ms;
	SAY(progress_step(done));
}

static void progress_is_a_line_every_thirty_seconds(void **state)
{
	(void)state;
	open_stderr(LOG_INFO, false);
	progress_begin("analyzing", 120);
	step(1, 0);
	step(60, 29999);
	assert_string_equal(on_stderr(), "");
	step(60, 1);
	assert_string_equal(on_stderr(),
	    "likesync: analyzing 60 of 120, 2.0 a second, about 30 s\n");
	step(61, 29999);
	assert_string_equal(on_stderr(), "");
	step(90, 30001);
	assert_string_equal(on_stderr(),
	    "likesync: analyzing 90 of 120, 1.0 a second, about 30 s\n");
	progress_end();
	step(91, 60000);
	assert_string_equal(on_stderr(), "");
}

static void what_goes_slowly_is_told_by_the_minute(void **state)
{
	(void)state;
	open_stderr(LOG_INFO, false);
	progress_begin("fetching", 0);
	step(0, 30000);
	assert_string_equal(on_stderr(), "likesync: fetching 0\n");
	step(29, 30000);
	assert_string_equal(on_stderr(),
	    "likesync: fetching 29, 29.0 a minute\n");
	progress_end();
}

static void progress_is_for_people(void **state)
{
	(void)state;
	log_open(LOG_TO_SYSLOG, LOG_USER, LOG_DEBUG, false);
	progress_begin("analyzing", 120);
	step(60, 60000);
	progress_end();
	open_stderr(LOG_DEBUG, true);
	progress_begin("analyzing", 120);
	step(60, 60000);
	progress_end();
	assert_string_equal(on_stderr(), "");
	assert_int_equal(to_syslog.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(before_it_is_opened_it_speaks_on_stderr),
		TEST(a_line_says_how_bad_it_is),
		TEST(what_is_below_the_level_is_not_said),
		TEST(a_quiet_stderr_has_errors_only),
		TEST(nothing_moves_the_cursor_or_fakes_a_line),
		TEST(a_long_line_ends_with_a_whole_character),
		TEST(a_secret_is_not_said),
		TEST(a_disk_that_is_full_changes_no_errno),
		TEST(each_line_of_a_run_has_its_id),
		TEST(in_syslog_it_is_nowhere_else),
		TEST(what_a_person_must_do_is_on_stderr_too),
		TEST(progress_is_a_line_every_thirty_seconds),
		TEST(what_goes_slowly_is_told_by_the_minute),
		TEST(progress_is_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
