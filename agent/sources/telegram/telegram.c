/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sources/telegram/telegram.h"

#include "base/file.h"
#include "base/mem.h"
#include "sources/exec/exec.h"
#include "sources/program.h"
#include "sources/source.h"

static void add_number(struct arguments *words, const char *option,
    long long value)
{
	arguments_add(words, option);
	arguments_add_owned(words, xasprintf("%lld", value));
}

void telegram_arguments(const struct source_config *sc, const char *action,
    struct arguments *w)
{
	arguments_add(w, action);
	arguments_add(w, "--api");
	arguments_add_owned(w, path_of_secret(sc->api_file));
	arguments_add(w, "--bots");
	arguments_add(w, sc->bots);
	add_number(w, "--response-timeout", sc->response_timeout);
	add_number(w, "--retries", sc->retries);
	add_number(w, "--pause", sc->pause);
	add_number(w, "--per-day", sc->max_messages);
	if (sc->nothing != NULL && *sc->nothing != '\0')
		arguments_add_owned(w, xasprintf("--nothing=%s", sc->nothing));
	if (!sc->check_account)
		arguments_add(w, "--no-check");
}

enum outcome telegram_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error)
{
	struct arguments words = { .n = 0 };

	telegram_arguments(sc, "serve", &words);
	return exec_source_of(sc, env, &words, s, error);
}
