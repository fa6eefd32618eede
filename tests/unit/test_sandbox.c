/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs in places where people put them are started in a sandbox, and each
 * tries what is its own and what is not. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "sources/ytdlp/sandbox.h"

static const char *top;		/* a fresh folder */

static char *path(const char *name)
{
	return path_join(top, name);
}

static void make_file(const char *name, const char *text, mode_t mode)
{
	char *p = path(name), *folder = path_dir(p);

	assert_int_equal(file_make_dirs(folder, 0700), 0);
	assert_int_equal(file_write(p, text, strlen(text), mode), 0);
	free(folder);
	free(p);
}

/* Runs program within l, which it frees: does it end well? */
static bool works(struct landlock *l, const char *program)
{
	const char *argv[] = { program, top, NULL };
	struct process p = { .argv = argv, .sandbox = l, .max_output = 4096,
		.timeout_ms = 30000 };
	struct process_result r;
	struct error error;
	bool well = process_run(&p, &r, &error) == DONE && r.exit_code == 0;

	process_result_free(&r);
	landlock_free(l);
	return well;
}

static bool reads(const char *program, const char *file, const char *closed)
{
	char *script = xasprintf("#!/bin/sh\nexec cat %s/%s\n", top, file);
	char *full = path(program), *shut = path(closed != NULL ? closed : "x");
	const char *list[] = { shut, NULL };
	bool well;

	make_file(program, script, 0700);
	well = works(sandbox_new(full, list), full);
	free(script);
	free(full);
	free(shut);
	return well;
}

static void needs_landlock(void)
{
	if (landlock_version() == 0)
		skip();
}

static void a_program_reads_itself_and_the_system_alone(void **state)
{
	(void)state;
	needs_landlock();
	make_file("bin/other", "x", 0600);
	assert_true(reads("bin/tool", "bin/tool", NULL));
	assert_false(reads("bin/tool", "bin/other", NULL));
	assert_false(reads("tool", "bin/other", NULL));
}

static void a_virtual_environment_is_the_programs_own(void **state)
{
	(void)state;
	needs_landlock();
	make_file("venv/lib/module", "x", 0600);
	assert_false(reads("venv/bin/tool", "venv/lib/module", NULL));
	make_file("venv/pyvenv.cfg", "", 0600);
	assert_true(reads("venv/bin/tool", "venv/lib/module", NULL));
	assert_false(reads("venv/bin/tool", "bin/other", NULL));
}

static void what_holds_something_closed_is_not_opened(void **state)
{
	(void)state;
	needs_landlock();
	make_file("venv/pyvenv.cfg", "", 0600);
	make_file("venv/lib/module", "x", 0600);
	make_file("venv/music/song", "x", 0600);
	assert_true(reads("venv/bin/tool", "venv/lib/module", "venv2"));
	assert_false(reads("venv/bin/tool", "venv/lib/module", "venv"));
	assert_false(reads("venv/bin/tool", "venv/lib/module", "venv/music"));
	assert_true(reads("venv/bin/tool", "venv/lib/module", "venv/none"));
}

static void a_bundle_lies_beside_its_program(void **state)
{
	(void)state;
	needs_landlock();
	make_file("app/_internal/library", "x", 0600);
	make_file("app/private", "x", 0600);
	assert_true(reads("app/tool", "app/_internal/library", NULL));
	assert_false(reads("app/tool", "app/private", NULL));
}

/* As pyenv and uv have it: the link in the environment leads to a python with
 * a library of its own. */
static void an_interpreter_brings_its_library(void **state)
{
	const char *none[] = { NULL };
	char *script, *python, *link, *tool;

	(void)state;
	needs_landlock();
	script = xasprintf("#!%s/env/bin/python\ncat $1/python/lib/os "
	    "&& cat $1/env/lib/it\n", top);
	python = path("python/bin/python3");
	make_file("python/lib/os", "x", 0600);
	make_file("env/lib/it", "x", 0600);
	make_file("env/bin/tool", script, 0700);
	make_file("env/pyvenv.cfg", "", 0600);
	make_file("python/bin/x", "", 0600);
	link = path("env/bin/python");
	tool = path("env/bin/tool");
	/* A shell plays python: a copy, for its place to count. */
	free(script);
	script = xasprintf("cp /bin/sh %s && ln -s %s %s", python, python,
	    link);
	assert_int_equal(system(script), 0);
	assert_true(works(sandbox_new(tool, none), tool));
	free(script);
	free(python);
	free(link);
	free(tool);
}

/* ytdlp: what [source] args names. */
static bool args_open(const char *args, const char *file, bool to_write)
{
	struct source_config sc = { .args = (char *)(uintptr_t)args };
	struct config cfg = { .state = { .dir = path("state") },
		.library = { .path = path("library") } };
	char *tool = path("tool"), *home = path("home"), *script;
	bool well;

	script = xasprintf("#!/bin/sh\nexec %s %s/%s\n", to_write ?
	    "echo x >>" : "cat", top, file);
	make_file("tool", script, 0700);
	well = works(ytdlp_sandbox(&cfg, &sc, tool, home, home), tool);
	free(script);
	free(tool);
	free(home);
	free(cfg.state.dir);
	free(cfg.library.path);
	return well;
}

static void what_args_name_by_its_whole_path_can_be_read(void **state)
{
	static const char *const forms[] = { "--netrc-location %s/named",
		"--netrc-location=%s/named -4", "-4  --js-runtimes deno:%s/named",
		"--extractor-args youtubepot:home=%s/named;other=1" };
	static const char *const others[] = { "--proxy http://%s/named",
		"-o x%s/named", "--netrc-location %s/named2", "" };

	(void)state;
	needs_landlock();
	make_file("named", "x", 0600);
	make_file("home/x", "x", 0600);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		char args[512];

		snprintf(args, sizeof(args), forms[i], top);
		if (!args_open(args, "named", false))
			fail_msg("%s: closed", args);
		assert_false(args_open(args, "named", true));
		snprintf(args, sizeof(args), others[i], top);
		if (args_open(args, "named", false))
			fail_msg("%s: open", args);
	}
	assert_true(args_open("", "home/x", true));
}

static void cookies_are_kept_up_to_date(void **state)
{
	char args[512];

	(void)state;
	needs_landlock();
	make_file("jar", "x", 0600);
	make_file("next", "x", 0600);
	snprintf(args, sizeof(args), "--cookies %s/jar %s/next", top, top);
	assert_true(args_open(args, "jar", true));
	assert_false(args_open(args, "next", true));
	snprintf(args, sizeof(args), "--cookies=%s/jar", top);
	assert_true(args_open(args, "jar", true));
}

static int make_top(void **state)
{
	int failed = make_folder(state);

	top = *state;
	return failed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_reads_itself_and_the_system_alone),
		cmocka_unit_test(a_virtual_environment_is_the_programs_own),
		cmocka_unit_test(what_holds_something_closed_is_not_opened),
		cmocka_unit_test(a_bundle_lies_beside_its_program),
		cmocka_unit_test(an_interpreter_brings_its_library),
		cmocka_unit_test(what_args_name_by_its_whole_path_can_be_read),
		cmocka_unit_test(cookies_are_kept_up_to_date),
	};

	return cmocka_run_group_tests(tests, make_top, remove_folder);
}
