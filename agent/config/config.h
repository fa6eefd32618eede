/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config: the configuration as one struct, from a table of keys with type,
 * default and help. The sample file and the manual's list of keys are printed
 * from that table.
 *
 * A file is read to its end and every error is reported as file:line. An
 * unknown section or key is an error that names the closest known one.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"

enum source_type { SOURCE_FOLDER, SOURCE_YTDLP, SOURCE_EXEC, SOURCE_TELEGRAM };
enum export_tracks { EXPORT_LIBRARY, EXPORT_LIKED };
/* Who starts a run after a request over the web. */
enum web_start { WEB_START_SPAWN, WEB_START_UNIT, WEB_START_NONE };
/* Which of several sources' candidates is fetched. */
enum fetch_prefer { PREFER_ORDER, PREFER_LOSSLESS };
enum on_unlike { UNLIKE_KEEP, UNLIKE_COLD };
enum folder_action { FOLDER_COPY, FOLDER_MOVE, FOLDER_LINK };

/* One [source.NAME] section. Keys of other types are errors. */
struct source_config {
	char *name;
	int type;		/* enum source_type */
	char *path;		/* folder: absolute */
	bool archives;		/* folder: look inside zip, tar, 7z, rar */
	int action;		/* folder: enum folder_action */
	char *command;		/* all but folder: program, found by $PATH */
	char *search;		/* ytdlp: prefix such as "ytsearch10:" */
	bool isrc;		/* ytdlp: search by ISRC, too */
	char *format;		/* ytdlp: -f */
	char *args;		/* ytdlp, exec: arguments, split at spaces */
	char *state;		/* exec, telegram: absolute; NULL: below
				   state.dir */
	bool plugins;		/* ytdlp: may load plugins */
	char *site;		/* ytdlp: where "bandcamp:" searches */
	int per_hour, per_day;	/* ytdlp, exec: its own caps; 0: none */
	int64_t delay;		/* ytdlp, exec: seconds, if over fetch.delay */
	char *bots;		/* telegram: names with commas between them */
	char *api_file;		/* telegram: api_id and api_hash; absolute */
	char *nothing;		/* telegram: texts with | between them */
	bool check_account;	/* telegram: when a run starts */
	int retries, max_messages;	/* telegram */
	int64_t response_timeout, pause;	/* telegram: seconds */
};

/* One [playlist.NAME] section. */
struct playlist_config {
	char *name;
	char *link;
	char *layout;
};

/* A key that the file sets. */
struct config_line {
	char *section, *key;
	int line;
};

struct config {
	char *file;		/* that was read; NULL: defaults */
	struct config_line *set;	/* the keys that it sets */
	size_t n_set;

	struct {
		char *client_id;
		char *client_secret_file;	/* NULL: PKCE */
		char *token_file;
		char *accounts_url, *api_url;	/* no trailing slash */
		char *liked;			/* "api" or a path */
		char *liked_list;		/* of Apple Music's library */
		char *playlists;		/* links, "own"; or NULL */
		int64_t full_walk;		/* seconds */
	} spotify;
	struct {
		char *path, *document, *layout;
		int on_unlike;			/* enum on_unlike */
		char *cold;			/* folder; NULL: none */
		int64_t unlike_grace;		/* seconds */
		int unlike_limit;		/* files per run */
		int max_disk_usage;		/* percent; 0: no limit */
		uint64_t min_free;		/* bytes */
	} library;
	struct {
		char **sources;		/* names, in order; NULL-ended */
		int per_hour, per_day, parallel;
		uint64_t max_size;		/* bytes */
		int64_t min_bitrate;		/* bit/s; 0: no limit */
		int64_t timeout, delay;		/* seconds */
		int64_t search_expiry;		/* seconds */
		bool reject_upscaled;
		int prefer;			/* enum fetch_prefer */
		bool require_premium;
	} fetch;
	struct source_config *source;		/* sections, as in the file */
	size_t n_source;
	struct playlist_config *playlist;	/* likewise */
	size_t n_playlist;
	struct {
		char *key_file;			/* NULL: not used */
		char *url;			/* no trailing slash */
	} acoustid;
	struct {
		int workers;			/* 0: one per core */
		bool prefer_tags;
		int write_tags;			/* enum key_notation */
		int64_t timeout;		/* seconds */
		uint64_t memory;		/* bytes */
		int reanalyze;			/* files per run */
		int lowest_tempo;		/* BPM; 0: as detected */
	} analysis;
	struct {
		char *m3u8, *rekordbox, *traktor, *matched_tracks, *csv;
						/* files; NULL: not written */
		int tracks;			/* enum export_tracks */
		char *prefix, *volume;		/* of the DJ's machine; NULL */
	} export;
	struct {
		char *dir;
	} state;
	struct {
		char *textfile;			/* NULL: no metrics */
	} metrics;
	struct {
		int target;			/* enum log_target */
		int facility, level;		/* syslog(3)'s */
	} log;
	struct {
		char *user;			/* NULL: stay */
		int64_t max_runtime;		/* seconds */
	} run;
	struct {
		char *on_change, *on_failure, *on_job;	/* NULL: none */
		char *ping_url;			/* NULL: none */
		int64_t timeout;		/* seconds */
	} hooks;
	struct {
		bool enabled;
		char *origin;			/* NULL: not set */
		char *token_file, *read_token_file;	/* NULL: none */
		bool server_login;
		int start;			/* enum web_start */
	} web;
};

#define CONFIG_MIN_WEB_TOKEN 32	/* characters of a token of [web] */

/* The configuration file without -c: $LIKESYNC_CONFIG,
 * else ~/.config/likesync/likesync.conf, or /etc/likesync/likesync.conf for
 * root and for the user likesync. Caller frees. */
char *config_default_path(void);

/* Reads path. NULL with errors filled, one "file:line: key: what was expected"
 * per line. */
struct config *config_load(const char *path, struct buf *errors);
/* The same from memory; name is the file in messages. */
struct config *config_parse(const char *name, const char *text, size_t len,
    struct buf *errors);
void config_free(struct config *c);	/* NULL allowed */

/* "45m", "1h30m" or "90", in seconds; false if it is none, not positive or more
 * than a year. */
#define CONFIG_DURATION_MAX (365 * 86400)
bool config_duration(const char *text, int64_t *seconds);

/* Is it a folder's absolute path, here or on Windows ("D:/Music")? */
bool config_is_folder(const char *text);

/* NULL if no section has that name. */
struct source_config *config_source(const struct config *c, const char *name);

/* True if downloads of that source count against the caps. */
bool config_source_is_remote(const struct config *c, const char *name);

/* True if one of [fetch] sources fetches links. */
bool config_fetches_links(const struct config *c);

enum config_form {
	CONFIG_SAMPLE,		/* every key, its help as a comment, its
				   default commented out */
	CONFIG_MANUAL,		/* the keys as mdoc items, for the manual */
	CONFIG_EFFECTIVE	/* the values, each with a comment that names
				   its line in the file, or says default */
};
/* c is for CONFIG_EFFECTIVE; else NULL. */
void config_print(enum config_form form, const struct config *c,
    struct buf *out);

#endif
