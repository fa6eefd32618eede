/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auth: login, import, status, logout; telegram. */
#include "commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/state.h"
#include "commands/auth_telegram.h"
#include "commands/terminal.h"
#include "spotify/authorization.h"
#include "spotify/login.h"

static int fail(enum outcome o, const struct error *error)
{
	log_act("%s", error->text);
	return outcome_exit_status(o == STOPPED ? RUN_FAILED : o);
}

static void show_url(void *ctx, const char *url, bool listening)
{
	(void)ctx;
	print_line("Open this address in a browser and agree:");
	print_text(stdout, "\n");
	print_line("%s", url);
	print_text(stdout, "\n");
	if (listening)
		print_text(stdout, "If the browser is on another machine, the "
		    "last page does not load: paste its address here.\n");
	else
		print_line("The last page does not load: paste its address "
		    "here.");
	fflush(stdout);
}

static int auth_login(struct invocation *v)
{
	bool paste_only = false;
	const char *port = NULL;
	const struct command_option options[] = {
		{ "paste", NULL, "open no port; paste the redirected "
		    "address instead", &paste_only, NULL },
		{ "port", "N", "listen on this port of 127.0.0.1", NULL,
		    &port },
		{ 0 },
	};
	int status = command_options(v,
	    "likesync auth login [--paste | --port N]", options, 1);
	struct login l = { .cfg = v->cfg, .paste_fd = STDIN_FILENO,
		.on_url = show_url };
	struct error error;
	enum outcome o;
	long n = 0;

	if (status >= 0)
		return status;
	if (command_number(v, "--port", port, 1, 65535, &n) != 0)
		return EX_USAGE;
	l.listen = !paste_only;
	l.port = (int)n;
	o = state_prepare(v->cfg->state.dir, &error);
	if (o == DONE)
		o = login_run(&l, &error);
	if (o != DONE)
		return fail(o, &error);
	print_line("Authorized for six months; `likesync status` warns "
	    "before this ends.");
	return EX_OK;
}

/* Reads the token from stdin, so that it is in no command line. */
static int auth_import(struct invocation *v)
{
	const char *since = NULL;
	const struct command_option options[] = {
		{ "authorized", "DATE", "day of the authorization, "
		    "YYYY-MM-DD; default: today", NULL, &since },
		{ 0 },
	};
	int status = command_options(v, "likesync auth import "
	    "[--authorized DATE] < TOKEN", options, 1);
	struct authorization g = { .authorized_at = clock_wall(),
		.is_estimate = true };
	char line[4096];
	struct error error;
	enum outcome o;

	if (status >= 0)
		return status;
	if (since != NULL && time_from_iso(since, &g.authorized_at) != 0)
		return command_usage(v, "--authorized: %s is not a date",
		    since);
	g.is_estimate = since == NULL;
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	line[strcspn(line, " \t\r\n")] = '\0';
	if (line[0] == '\0')
		return command_usage(v, "no refresh token on stdin");
	g.refresh_token = xstrdup(line);
	g.client_id = xstrdup(v->cfg->spotify.client_id);
	explicit_bzero(line, sizeof(line));
	o = state_prepare(v->cfg->state.dir, &error);
	if (o == DONE)
		o = authorization_save(v->cfg->spotify.token_file, &g, &error);
	authorization_free(&g);
	if (o != DONE)
		return fail(o, &error);
	print_line("Imported.%s", since == NULL ? " It is assumed to expire "
	    "in six months; --authorized DATE names the day it began." : "");
	return EX_OK;
}

/* Liked Songs from a file need no account. */
static bool is_needed(const struct config *cfg)
{
	return strcmp(cfg->spotify.liked, "api") == 0;
}

/* DONE or RUN_AUTH, both with error set. */
static enum outcome check_end(const struct authorization *g,
    struct error *error)
{
	int64_t left = authorization_expires_at(g) - clock_wall();
	const char *doubt = g->is_estimate ? " (estimated)" : "";
	char when[ISO_TIME_LEN], span[32];

	time_to_iso(authorization_expires_at(g), when);
	when[strcspn(when, "T")] = '\0';
	if (left <= 0)
		return error_set(error, RUN_AUTH, "the authorization ended on "
		    "%s%s: run `likesync auth login`", when, doubt);
	duration_to_text(left, span, sizeof(span));
	return error_set(error, DONE, "authorized until %s%s, for %s%s", when,
	    doubt, span, left < AUTHORIZATION_WARN_DAYS * 86400LL ?
	    ": run `likesync auth login` before then" : "");
}

static int print_status_json(const struct config *cfg,
    const struct authorization *g, bool *must_act)
{
	struct json_writer *w = command_json(NULL);

	json_put_bool(w, "needed", is_needed(cfg));
	json_put_bool(w, "authorized", g->refresh_token != NULL);
	if (g->refresh_token != NULL) {
		json_put_time(w, "authorized_at", g->authorized_at);
		json_put_bool(w, "estimated", g->is_estimate);
		json_put_time(w, "expires_at", authorization_expires_at(g));
	}
	*must_act = auth_telegram_status(cfg, w);
	return command_print_json(w);
}

static int auth_status(struct invocation *v)
{
	bool json = false;
	const struct command_option options[] = {
		OPTION_JSON(&json), { 0 },
	};
	int status = command_options(v, "likesync auth status [--json]",
	    options, 1);
	struct authorization g;
	bool must_act = false;
	struct error error;
	enum outcome o;

	if (status >= 0)
		return status;
	o = authorization_load(v->cfg->spotify.token_file, &g, &error);
	if (o == DONE)
		o = check_end(&g, &error);
	if (json)
		status = print_status_json(v->cfg, &g, &must_act);
	else if (!is_needed(v->cfg))
		print_line("not needed: Liked Songs are read from %s",
		    v->cfg->spotify.liked);
	else
		print_line("%s", error.text);
	if (!json)
		must_act = auth_telegram_status(v->cfg, NULL);
	authorization_free(&g);
	if (status > 0)
		return status;
	if (o == DONE || !is_needed(v->cfg))
		o = must_act ? RUN_AUTH : DONE;
	return outcome_exit_status(o);
}

static int auth_logout(struct invocation *v)
{
	int status = command_options(v, "likesync auth logout", NULL, 1);
	struct error error;
	enum outcome o;
	bool was_there;

	if (status >= 0)
		return status;
	was_there = access(v->cfg->spotify.token_file, F_OK) == 0;
	o = authorization_remove(v->cfg->spotify.token_file, &error);
	if (o != DONE)
		return fail(o, &error);
	print_line("%s To withdraw the authorization too, remove the app "
	    "on Spotify's account page.", was_there ? "Token removed." :
	    "There was no token.");
	return EX_OK;
}

int cmd_auth(struct invocation *v)
{
	static const struct {
		const char *name;
		int (*run)(struct invocation *v);
	} verbs[] = {
		{ "login", auth_login }, { "import", auth_import },
		{ "status", auth_status }, { "logout", auth_logout },
		{ "telegram", auth_telegram },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (v->argc > 1 && strcmp(v->argv[1], verbs[i].name) == 0)
			return verbs[i].run(v);
	if (v->argc > 1 && strcmp(v->argv[1], "--help") == 0) {
		print_line("usage: likesync auth login | import | status | "
		    "logout | telegram");
		return EX_OK;
	}
	return command_usage(v, "expected login, import, status, logout or "
	    "telegram");
}
