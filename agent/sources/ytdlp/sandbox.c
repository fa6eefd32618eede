/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/ytdlp/sandbox.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "base/sandbox.h"

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

/* yt-dlp writes its cookies back when it ends. */
static void allow_named(struct landlock *l, const char *args)
{
	static const char cookies[] = "--cookies";
	char *copy = xstrdup(args), *rest = copy, *word;
	bool updates = false;

	while ((word = strsep(&rest, " \t")) != NULL) {
		char *path = path_in(word);

		if (*word == '\0')
			continue;
		updates |= strncmp(word, "--cookies=", 10) == 0;
		landlock_allow(l, path, LANDLOCK_RUN);
		if (updates)
			landlock_allow(l, path, LANDLOCK_UPDATE);
		updates = strcmp(word, cookies) == 0;
		free(path);
	}
	free(copy);
}

static void allow_python_path(struct landlock *l, const char *folders)
{
	char *copy = xstrdup(folders != NULL ? folders : "");
	char *rest = copy, *folder;

	while ((folder = strsep(&rest, ":")) != NULL)
		if (*folder == '/')
			landlock_allow(l, folder, LANDLOCK_READ);
	free(copy);
}

/* yt-dlp's own checkout has its modules beside the program. */
static void allow_checkout(struct landlock *l, const char *command)
{
	char *folder = path_dir(command);
	char *modules = path_join(folder, "yt_dlp");

	landlock_allow(l, modules, LANDLOCK_READ);
	free(folder);
	free(modules);
}

/* The program's own folders, unless one of them holds files of the user. */
static struct landlock *system_only(const struct config *cfg,
    const char *command)
{
	char *home = path_expand("~");
	const char *all[] = { home, cfg->state.dir, cfg->library.path,
		cfg->library.document, cfg->spotify.token_file, cfg->file };
	const char *closed[sizeof(all) / sizeof(*all) + 1] = { NULL };
	struct landlock *l;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i] != NULL)
			closed[n++] = all[i];
	l = sandbox_new(command, closed);
	free(home);
	return l;
}

struct landlock *ytdlp_sandbox(const struct config *cfg,
    const struct source_config *sc, const char *command, const char *home,
    const char *folder)
{
	struct landlock *l = system_only(cfg, command);

	if (l == NULL)
		return NULL;
	allow_checkout(l, command);
	if (sc->plugins)
		allow_python_path(l, getenv("PYTHONPATH"));
	allow_named(l, sc->args != NULL ? sc->args : "");
	landlock_allow(l, home, LANDLOCK_WORK);
	landlock_allow(l, folder, LANDLOCK_WORK);
	return l;
}
