/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/ytdlp/sandbox.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/mem.h"
#include "sources/program.h"

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

struct landlock *ytdlp_sandbox(const struct config *cfg,
    const struct source_config *sc, const char *command, const char *home,
    const char *folder)
{
	/* yt-dlp writes its cookies back when it ends. */
	struct landlock *l = program_sandbox(cfg, command, sc->args,
	    "--cookies");

	if (l == NULL)
		return NULL;
	allow_checkout(l, command);
	if (sc->plugins)
		allow_python_path(l, getenv("PYTHONPATH"));
	landlock_allow(l, home, LANDLOCK_WORK);
	landlock_allow(l, folder, LANDLOCK_WORK);
	return l;
}
