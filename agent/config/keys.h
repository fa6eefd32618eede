/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keys: the table from which the configuration is read, checked, documented and
 * printed. Private to config/; others use struct config.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The types of one char * come first. */
enum value_type {
	VALUE_TEXT,		/* char * */
	VALUE_PATH,		/* char *; one of words is kept as is */
	VALUE_PROGRAM,		/* char *: a name for the PATH, or a path */
	VALUE_URL,		/* char * */
	VALUE_NAMES,		/* char **, NULL-ended */
	VALUE_BOOL,		/* bool */
	VALUE_WORD,		/* int: a word's value */
	VALUE_INT,		/* int */
	VALUE_PERCENT,		/* int */
	VALUE_DURATION,		/* int64_t: seconds */
	VALUE_BITRATE,		/* int64_t: bit/s */
	VALUE_SIZE		/* uint64_t: bytes */
};

struct word {
	const char *name;	/* NULL ends a list */
	int value;
};

struct key {
	const char *name;
	enum value_type type;
	size_t at;		/* in struct config, source_config or
				   playlist_config */
	const char *initial;	/* the default as text; NULL: none */
	const char *users;	/* the default for a user, if different;
				   NULL: the same */
	const char *below;	/* "section.key" of the path that the default
				   is below; NULL: none */
	const char *example;	/* for the sample, where there is no default */
	bool required;
	int64_t min, max;	/* of numbers, both included */
	bool or_zero;		/* 0 is allowed too: switches it off */
	const struct word *words;
	const char *help;	/* whole sentences */
};

/* Below $XDG_STATE_HOME if that is set. */
#define USERS_STATE "~/.local/state/likesync"

#define NOT_A_SOURCE (-1)
#define A_PLAYLIST (-2)

struct section {
	const char *name;	/* a source's: its name in the sample */
	const char *title;	/* in the manual and in errors */
	int source_type;	/* enum source_type, NOT_A_SOURCE, or
				   A_PLAYLIST for [playlist.NAME] */
	const char *help;
	const struct key *keys;
	size_t n_keys;
};

extern const struct section config_sections[];
extern const size_t config_n_sections;

/* A source that only needs a section in the file: printed in the sample. */
struct preset {
	const char *name;	/* of the section */
	const char *help;
	/* Names and values in turn; NULL-ended. */
	const char *const *settings;
};

extern const struct preset config_presets[];
extern const size_t config_n_presets;

/* The names of sources' and playlists' sections begin so. */
#define SOURCE_PREFIX "source."
#define PLAYLIST_PREFIX "playlist."

/* NULL if there is none. Sources are found by type, as is A_PLAYLIST. */
const struct section *section_by_name(const char *name);
const struct section *section_of_source(int type);
const struct key *section_key(const struct section *s, const char *name);
/* The key that k->below names. */
const struct key *key_below(const struct key *k);

#endif
