/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/program.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* The first coverage reads names and tags of the whole library. */
#define TIMEOUT_MS (5 * 60 * 1000)
/* The coverage of 10,000 tracks has 8 MB. */
#define MAX_OUTPUT (32 * 1024 * 1024)

struct program {
	char *path;
	char *env[10];		/* NULL-ended */
};

/* A client chooses the variables that begin with HTTP_, so the proxies of that
 * spelling are not among these. */
static void make_env(struct program *p, const char *config)
{
	static const char *const kept[] = { "XDG_STATE_HOME", "https_proxy",
		"no_proxy", "CREDENTIALS_DIRECTORY" };
	const struct passwd *pw = getpwuid(geteuid());
	const char *home = pw != NULL ? pw->pw_dir : getenv("HOME");
	size_t n = 0;

	p->env[n++] = xstrdup("PATH=/usr/local/bin:/usr/bin:/bin");
	p->env[n++] = xstrdup("LANG=C.UTF-8");
	p->env[n++] = xasprintf("LIKESYNC_CONFIG=%s", config);
	p->env[n++] = xasprintf("HOME=%s", home != NULL ? home : "/");
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (getenv(kept[i]) != NULL)
			p->env[n++] = xasprintf("%s=%s", kept[i],
			    getenv(kept[i]));
}

struct program *program_find(const char *config, struct error *error)
{
	static const char *const places[] = { "likesync", "../bin/likesync",
		"../../bin/likesync", LIKESYNC_PROGRAM, NULL };
	char *path = process_find_beside(places);
	struct program *p;

	if (path == NULL) {
		error_set(error, RUN_ACT, "likesync: not found beside "
		    "likesync-web: install it again");
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->path = path;
	make_env(p, config);
	return p;
}

void program_free(struct program *p)
{
	if (p == NULL)
		return;
	for (char **e = p->env; *e != NULL; e++)
		free(*e);
	free(p->path);
	free(p);
}

/* `likesync -q` and the arguments. */
static void make_argv(const struct program *p, const char *const *args,
    const char *argv[PROGRAM_MAX_ARGS + 3])
{
	size_t n = 0;

	argv[n++] = p->path;
	argv[n++] = "-q";
	while (*args != NULL && n < PROGRAM_MAX_ARGS + 2)
		argv[n++] = *args++;
	argv[n] = NULL;
}

enum outcome program_run(const struct program *p, const char *const *args,
    const char *input, struct process_result *r, struct error *error)
{
	const char *argv[PROGRAM_MAX_ARGS + 3];
	const struct process process = { .argv = argv,
		.env = (const char *const *)p->env, .input = input,
		.input_len = input != NULL ? strlen(input) : 0,
		.timeout_ms = TIMEOUT_MS, .max_output = MAX_OUTPUT };

	make_argv(p, args, argv);
	return process_run(&process, r, error);
}

bool program_detach(const struct program *p, const char *const *args)
{
	const char *argv[PROGRAM_MAX_ARGS + 3];

	make_argv(p, args, argv);
	return process_detach(argv, (const char *const *)p->env) == 0;
}
