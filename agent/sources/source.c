/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/source.h"

#include <stdlib.h>
#include <string.h>

void delivery_free(struct delivery *d)
{
	free(d->path);
	free(d->cover);
	free(d->original);
	memset(d, 0, sizeof(*d));
}

enum outcome source_open(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error)
{
	switch ((enum source_type)sc->type) {
	case SOURCE_FOLDER:
		return folder_source(sc, env, s, error);
	case SOURCE_YTDLP:
		return ytdlp_source(sc, env, s, error);
	case SOURCE_EXEC:
		return exec_source(sc, env, s, error);
	case SOURCE_TELEGRAM:
		return telegram_source(sc, env, s, error);
	}
	return error_set(error, SERVICE_FAILED, "%s: unknown type", sc->name);
}
