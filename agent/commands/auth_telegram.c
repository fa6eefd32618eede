/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/auth_telegram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/commands.h"
#include "commands/terminal.h"
#include "config/config.h"
#include "sources/exec/exec.h"
#include "sources/program.h"
#include "sources/source.h"
#include "sources/telegram/telegram.h"

#define MAX_STATE (4u << 20)	/* as the program has it */

/* The next source of type telegram from *i on; NULL. */
static const struct source_config *next_source(const struct config *cfg,
    size_t *i)
{
	while (*i < cfg->n_source)
		if (cfg->source[(*i)++].type == SOURCE_TELEGRAM)
			return &cfg->source[*i - 1];
	return NULL;
}

/* NULL with a message: there is none of that name, or several and no name. */
static const struct source_config *choose_source(const struct invocation *v,
    const char *name)
{
	const struct source_config *sc, *found = NULL;
	size_t i = 0, count = 0;

	while ((sc = next_source(v->cfg, &i)) != NULL) {
		if (name != NULL && strcmp(sc->name, name) != 0)
			continue;
		found = sc;
		count++;
	}
	if (count == 1)
		return found;
	if (count > 1)
		command_usage(v, "name one of your sources of type telegram");
	else
		log_act(name != NULL ? "no source of type telegram has the "
		    "name %s" : "no source has type = telegram: add "
		    "[source.telegram] to the configuration", name);
	return NULL;
}

/* ---- logging in and out ---- */

/* Confined as in a run. The terminal is open; /dev/tty stays closed, since echo
 * can't be switched off there. */
static void become_program(const struct config *cfg,
    const struct source_config *sc, const char *action, const char *state)
{
	struct arguments argv = { .n = 0 }, env = { .n = 0 };
	char *path = program_find(sc->command);
	struct landlock *l;

	if (path == NULL) {
		log_act("%s: %s: install it, or set [source.%s] command",
		    sc->command, strerror(errno), sc->name);
	} else {
		l = program_sandbox(cfg, path, NULL, NULL);
		arguments_add(&argv, path);
		telegram_arguments(sc, action, &argv);
		for (size_t i = 1; l != NULL && i < argv.n; i++)
			if (*argv.argv[i] == '/')
				landlock_allow(l, argv.argv[i], LANDLOCK_READ);
		landlock_allow(l, state, LANDLOCK_WORK);
		program_env(&env, state, state);
		arguments_add(&argv, "--state");
		arguments_add(&argv, state);
		if (l == NULL || landlock_enter(l) == 0)
			execve(path, (char **)(uintptr_t)argv.argv,
			    (char **)(uintptr_t)env.argv);
		log_act("%s: %s", path, strerror(errno));
		landlock_free(l);
	}
	arguments_free(&env);
	arguments_free(&argv);
	free(path);
}

int auth_telegram(struct invocation *v)
{
	bool logout = false;
	const struct command_option options[] = {
		{ "logout", NULL, "end the session, and remove it", &logout,
		    NULL },
		{ 0 },
	};
	int status = command_options(v, "likesync auth telegram [--logout] "
	    "[SOURCE]", options, 2);
	const struct source_config *sc;
	struct source_env env = { .cfg = NULL };
	struct exec_folders folders;
	struct exec_settings settings;
	struct error error;

	if (status >= 0)
		return status;
	sc = choose_source(v, v->argc > 2 ? v->argv[2] : NULL);
	if (sc == NULL)
		return EX_CONFIG;
	if (state_prepare(v->cfg->state.dir, &error) != DONE) {
		log_act("%s", error.text);
		return EX_CONFIG;
	}
	env = (struct source_env){ .cfg = v->cfg,
		.state_dir = v->cfg->state.dir };
	exec_settings_make(sc, &env, &folders, &settings);
	if (file_make_dirs(settings.state, 0700) != 0)
		log_act("%s: %s", settings.state, strerror(errno));
	else
		become_program(v->cfg, sc, logout ? "logout" : "login",
		    settings.state);
	exec_folders_free(&folders);
	return EX_CONFIG;
}

/* ---- status ---- */

/* What the program noted about its account; NULL: not logged in. Caller
 * frees. */
static struct json *read_account(const char *state)
{
	char *session = path_join(state, "account.session");
	char *path = path_join(state, "state.json");
	struct buf text = BUF_INIT;
	struct json *v = NULL;

	if (access(session, F_OK) == 0 && file_read(path, MAX_STATE, &text) ==
	    0)
		v = json_parse(buf_str(&text), text.len, NULL);
	if (json_type(json_get(v, "account")) != JSON_OBJECT) {
		json_free(v);
		v = NULL;
	}
	buf_free(&text);
	free(session);
	free(path);
	return v;
}

static void print_account(const struct source_config *sc,
    const struct json *account, struct json_writer *w)
{
	const char *name = json_get_string(account, "name");
	int64_t checked = json_get_int(account, "checked", 0);
	char when[ISO_TIME_LEN];

	if (w != NULL) {
		json_open_object(w, NULL);
		json_put_string(w, "source", sc->name);
		json_put_bool(w, "logged_in", account != NULL);
		json_put_string_if(w, "account", name);
		if (account != NULL)
			json_put_time(w, "checked_at", checked);
		json_close(w);
	} else if (account == NULL) {
		print_line("%s: not logged in: run `likesync auth telegram`",
		    sc->name);
	} else {
		time_to_iso(checked, when);
		print_line("%s: logged in as %s, last checked %s", sc->name,
		    name != NULL ? name : "?", when);
	}
}

bool auth_telegram_status(const struct config *cfg, struct json_writer *w)
{
	const struct source_env env = { .cfg = cfg,
		.state_dir = cfg->state.dir };
	const struct source_config *sc;
	bool must_act = false;
	size_t i = 0;

	if (w != NULL)
		json_open_array(w, "telegram");
	while ((sc = next_source(cfg, &i)) != NULL) {
		struct exec_folders folders;
		struct exec_settings settings;
		struct json *v;

		exec_settings_make(sc, &env, &folders, &settings);
		v = read_account(settings.state);
		print_account(sc, json_get(v, "account"), w);
		must_act |= v == NULL;
		json_free(v);
		exec_folders_free(&folders);
	}
	if (w != NULL)
		json_close(w);
	return must_act;
}
