/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/sandbox.h"

void arguments_add(struct arguments *w, const char *word)
{
	if (w->n + 1 < PROGRAM_MAX_ARGS)
		w->argv[w->n++] = word;
}

void arguments_add_all(struct arguments *w, const char *const *words)
{
	for (; *words != NULL; words++)
		arguments_add(w, *words);
}

void arguments_add_owned(struct arguments *w, char *word)
{
	if (w->n + 1 >= PROGRAM_MAX_ARGS) {
		free(word);
		return;
	}
	w->owned[w->n_owned++] = word;
	w->argv[w->n++] = word;
}

void arguments_add_split(struct arguments *w, const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *word;

	while ((word = strsep(&rest, " \t")) != NULL)
		if (*word != '\0')
			arguments_add_owned(w, xstrdup(word));
	free(copy);
}

void arguments_free(struct arguments *w)
{
	for (size_t i = 0; i < w->n_owned; i++)
		free(w->owned[i]);
}

char *program_find(const char *name)
{
	char *found = process_find(name), *places[3] = { NULL };

	if (found != NULL || errno != ENOENT || strchr(name, '/') != NULL)
		return found;
	places[0] = path_join("../libexec", name);
	places[1] = xstrdup(name);
	found = process_find_beside((const char *const *)places);
	free(places[0]);
	free(places[1]);
	if (found == NULL) {
		found = path_join(LIKESYNC_LIBEXEC, name);
		if (access(found, X_OK) != 0) {
			free(found);
			found = NULL;
			errno = ENOENT;
		}
	}
	return found;
}

void program_env(struct arguments *env, const char *home, const char *tmp)
{
	static const char *const passed[] = { "http_proxy", "https_proxy",
		"no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
		"SSL_CERT_FILE", "SSL_CERT_DIR" };
	const char *path = getenv("PATH");

	arguments_add_owned(env, xasprintf("PATH=%s", path != NULL ? path :
	    "/usr/local/bin:/usr/bin:/bin"));
	arguments_add_owned(env, xasprintf("HOME=%s", home));
	arguments_add_owned(env, xasprintf("TMPDIR=%s", tmp));
	arguments_add(env, "LANG=C.UTF-8");
	arguments_add(env, "PYTHONDONTWRITEBYTECODE=1");
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		if (getenv(passed[i]) != NULL)
			arguments_add_owned(env, xasprintf("%s=%s", passed[i],
			    getenv(passed[i])));
}

/* The absolute path in a word of a command line: all of it, or what follows
 * "=" or ":", as in --cookies=/path and deno:/path; not that of a link. */
static char *path_in(const char *word)
{
	const char *slash = strchr(word, '/');

	if (slash == NULL || slash[1] == '/' ||
	    (slash > word && strchr("=:", slash[-1]) == NULL))
		return NULL;
	return xstrndup(slash, strcspn(slash, ";,"));
}

/* Is word the option, and its value in the same word? */
static bool has_value_of(const char *word, const char *option)
{
	size_t len = option != NULL ? strlen(option) : 0;

	return len > 0 && strncmp(word, option, len) == 0 && word[len] == '=';
}

static void allow_named(struct landlock *l, const char *args,
    const char *updates)
{
	char *copy = xstrdup(args), *rest = copy, *word;
	bool updated = false;

	while ((word = strsep(&rest, " \t")) != NULL) {
		char *path = path_in(word);

		if (*word == '\0')
			continue;
		landlock_allow(l, path, LANDLOCK_RUN);
		if (updated || has_value_of(word, updates))
			landlock_allow(l, path, LANDLOCK_UPDATE);
		updated = updates != NULL && strcmp(word, updates) == 0;
		free(path);
	}
	free(copy);
}

struct landlock *program_sandbox(const struct config *cfg, const char *program,
    const char *args, const char *updates)
{
	char *home = path_expand("~");
	/* Folders of the program are left out if they hold one of these. */
	const char *all[] = { home, cfg != NULL ? cfg->state.dir : NULL,
		cfg != NULL ? cfg->library.path : NULL,
		cfg != NULL ? cfg->library.document : NULL,
		cfg != NULL ? cfg->spotify.token_file : NULL,
		cfg != NULL ? cfg->file : NULL };
	const char *closed[sizeof(all) / sizeof(*all) + 1] = { NULL };
	struct landlock *l;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i] != NULL)
			closed[n++] = all[i];
	l = sandbox_new(program, closed);
	if (l != NULL)
		allow_named(l, args, updates);
	free(home);
	return l;
}
