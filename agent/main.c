/* SPDX-License-Identifier: GPL-3.0-or-later */
/* likesync: options, command table, configuration, log, exit status. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/stop.h"
#include "commands/commands.h"
#include "commands/terminal.h"

static const struct command commands[] = {
	{ "sync", "fetch, analyze and publish newly liked tracks", cmd_sync,
	    true },
	{ "scan", "bring index and analysis document up to date with the "
	    "library", cmd_scan, true },
	{ "merge", "bring parts that other machines analyzed into index and "
	    "document", cmd_merge, true },
	{ "queue", "jobs: list, show, cancel and run them", cmd_queue, true },
	{ "auth", "authorization: login, import, status, logout, telegram",
	    cmd_auth, true },
	{ "status", "health, recent runs, pending work", cmd_status, true },
	{ "playlist", "what the library has of a playlist, album or track",
	    cmd_playlist, true },
	{ "export", "a file for DJ software: M3U8, rekordbox, Traktor, CSV",
	    cmd_export, true },
	{ "missing", "liked tracks that are not in the library, and why",
	    cmd_missing, true },
	{ "history", "what happened to a track, or where a file came from",
	    cmd_history, true },
	{ "place", "move the library's files to where the layouts put them",
	    cmd_place, true },
	{ "upgrade", "replace fetched files by better ones, or list doubtful ones",
	    cmd_upgrade, true },
	{ "pin", "choose the file or link for a track; list and forget pins",
	    cmd_pin, true },
	{ "reject", "exclude a file or link from a track",
	    cmd_reject, true },
	{ "forget", "remove a track's file and never fetch it again",
	    cmd_forget, true },
	{ "report", "write an HTML page about the library and the runs",
	    cmd_report, true },
	{ "backup", "write index, records, document and configuration to one "
	    "file", cmd_backup, true },
	{ "restore", "check a backup, then replace the current state with it",
	    cmd_restore, true },
	{ "doctor", "check everything that a run needs and say how to fix it",
	    cmd_doctor, true },
	{ "reset", "forget failed attempts and the queue", cmd_reset, true },
	{ "config", "print the effective configuration", cmd_config, false },
	{ "dump", "print the index as JSON lines", cmd_dump, true },
	{ "analyze", "analyze files and print tempo, key and loudness",
	    cmd_analyze, false },
	{ "match", "compare candidates with tracks: JSON lines in, JSON lines "
	    "out", cmd_match, false },
	{ "source-test", "hold a source program against the protocol",
	    cmd_source_test, false },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *to)
{
	fputs("usage: likesync [-c FILE] [-q | -v] COMMAND ...\n\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-11s %s\n", commands[i].name,
		    commands[i].summary);
	fputs("\n  -c FILE   configuration file\n"
	    "  -q        only messages that need action\n"
	    "  -v        more detail\n"
	    "  --version --help\n\n"
	    "`likesync COMMAND --help` lists the options of a command.\n", to);
}

static struct config *load(const char *path)
{
	char *found = path != NULL ? NULL : config_default_path();
	struct buf errors = BUF_INIT;
	struct config *cfg = config_load(path != NULL ? path : found,
	    &errors);

	if (cfg == NULL)
		print_text(stderr, buf_str(&errors));
	buf_free(&errors);
	free(found);
	return cfg;
}

/* Root becomes [run] user as soon as the configuration is read. */
static int drop_privileges(const struct config *cfg)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	if (cfg->run.user == NULL) {
		log_warning("running as root: set [run] user to the account "
		    "that owns the library");
		return 0;
	}
	pw = getpwnam(cfg->run.user);
	if (pw == NULL) {
		log_act("[run] user: no such user: %s", cfg->run.user);
		return -1;
	}
	if (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0) {
		log_act("[run] user: can't switch to %s: %s", cfg->run.user,
		    strerror(errno));
		return -1;
	}
	setenv("HOME", pw->pw_dir, 1);
	return 0;
}

/* What command_options() starts a command with. */
struct start {
	bool needs_config;
	const char *config_path;	/* NULL: the default */
	struct config *cfg;		/* owned; NULL: not needed */
};

static int start(struct invocation *v)
{
	struct start *s = v->start_ctx;

	if (v->for_desktop == NULL || !*v->for_desktop)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!s->needs_config && s->config_path == NULL) {
		log_open(LOG_TO_STDERR, LOG_USER, v->verbose ? LOG_DEBUG :
		    LOG_INFO, v->quiet);
		return -1;
	}
	s->cfg = load(s->config_path);
	if (s->cfg == NULL)
		return EX_CONFIG;
	log_open((enum log_target)s->cfg->log.target, s->cfg->log.facility,
	    v->verbose ? LOG_DEBUG : s->cfg->log.level, v->quiet);
	v->cfg = s->cfg;
	return drop_privileges(s->cfg) == 0 ? -1 : EX_CONFIG;
}

/* The command that v->argv begins with. */
static int run_command(struct invocation v, const char *config_path)
{
	const struct command *c = commands;
	struct start s = { .config_path = config_path };
	const struct rlimit none = { 0, 0 };
	int status;

	while (c < commands + N_COMMANDS && strcmp(c->name, v.argv[0]) != 0)
		c++;
	if (c == commands + N_COMMANDS) {
		print_error("likesync: %s: unknown command; see likesync "
		    "--help", v.argv[0]);
		return EX_USAGE;
	}
	/* No core files: they would hold tokens. */
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	stop_install();
	s.needs_config = c->needs_config;
	v.start = start;
	v.start_ctx = &s;
	status = c->run(&v);
	secret_forget_all();
	config_free(s.cfg);
	return status;
}

/* word as it was typed, or letter if it is one of several. */
static int refuse_option(const char *word, int letter, bool lacks_value)
{
	const char *what = lacks_value ? "needs a value" : "unknown option";

	if (letter == 0)
		print_error("likesync: %s: %s; see likesync --help", word,
		    what);
	else
		print_error("likesync: -%c: %s; see likesync --help", letter,
		    what);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", 0, NULL, 'h' }, { "version", 0, NULL, 'V' }, { 0 },
	};
	struct invocation v = { .cfg = NULL };
	const char *config_path = NULL;
	int o;

	file_open_standard();
	/* Names are UTF-8, also under cron, which sets no locale: libarchive
	 * returns no name that does not fit the locale. */
	setlocale(LC_CTYPE, "C.UTF-8");
	while ((o = getopt_long(argc, argv, "+:c:qvhV", options, NULL)) != -1) {
		switch (o) {
		case 'c':
			config_path = optarg;
			break;
		case 'q':
			v.quiet = true;
			break;
		case 'v':
			v.verbose = true;
			break;
		case 'h':
			print_usage(stdout);
			return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
		case 'V':
			puts("likesync " LIKESYNC_VERSION);
			return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
		default:
			return refuse_option(argv[optind - 1], optopt,
			    o == ':');
		}
	}
	if (optind == argc) {
		print_usage(stderr);
		return EX_USAGE;
	}
	v.argc = argc - optind;
	v.argv = argv + optind;
	return run_command(v, config_path);
}
