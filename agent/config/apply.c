/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "config/reading.h"
#include "config/values.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"

static const struct setting *find_setting(const struct reading *r,
    const char *section, const char *key)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->settings[i].section, section) == 0 &&
		    strcmp(r->settings[i].key, key) == 0)
			return &r->settings[i];
	return NULL;
}

static int line_of(const struct reading *r, const char *section,
    const char *key)
{
	const struct setting *s = find_setting(r, section, key);

	return s != NULL ? s->line : 0;
}

static void add_source(struct config *c, const char *name, int type)
{
	size_t n = c->n_source + 1;

	c->source = xrealloc(c->source, n * sizeof(*c->source));
	c->source[c->n_source] = (struct source_config){
		.name = xstrdup(name), .type = type,
	};
	c->n_source = n;
}

/* The keys of a source whose type is wrong can't be checked. The type itself is
 * checked against the folder's table. */
static int type_of_source(const struct reading *r, const char *name)
{
	char *section = xasprintf(SOURCE_PREFIX "%s", name);
	const struct setting *s = find_setting(r, section, "type");
	struct source_config probe = {
		.type = strcmp(name, "ytdlp") == 0 ? SOURCE_YTDLP :
		    strcmp(name, "telegram") == 0 ? SOURCE_TELEGRAM :
		    SOURCE_FOLDER,
	};

	if (s != NULL && (s->bad || !value_parse(section_key(
	    section_of_source(SOURCE_FOLDER), "type"), s->value, &probe)))
		probe.type = NOT_A_SOURCE;
	free(section);
	return probe.type;
}

static bool is_source(const struct setting *s)
{
	return strncmp(s->section, SOURCE_PREFIX, strlen(SOURCE_PREFIX)) == 0;
}

static struct playlist_config *find_playlist(const struct config *c,
    const char *name)
{
	for (size_t i = 0; i < c->n_playlist; i++)
		if (strcmp(c->playlist[i].name, name) == 0)
			return &c->playlist[i];
	return NULL;
}

static bool is_playlist(const struct setting *s)
{
	return strncmp(s->section, PLAYLIST_PREFIX,
	    strlen(PLAYLIST_PREFIX)) == 0;
}

static void make_playlists(struct reading *r)
{
	struct config *c = r->config;

	for (size_t i = 0; i < r->n; i++) {
		const struct setting *s = &r->settings[i];
		const char *name = s->section + strlen(PLAYLIST_PREFIX);

		if (!is_playlist(s) || find_playlist(c, name) != NULL)
			continue;
		c->playlist = xrealloc(c->playlist,
		    (c->n_playlist + 1) * sizeof(*c->playlist));
		c->playlist[c->n_playlist++] = (struct playlist_config){
			.name = xstrdup(name) };
	}
}

/* Made before any is filled: the keys of a source depend on its type, which may
 * be written last. */
static void make_sources(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct setting *s = &r->settings[i];
		const char *name;

		if (!is_source(s))
			continue;
		name = s->section + strlen(SOURCE_PREFIX);
		if (config_source(r->config, name) == NULL)
			add_source(r->config, name, type_of_source(r, name));
	}
}

/* The table and the struct that a setting belongs to. Of a source of unknown
 * type, only the type has one. */
static const struct section *target_of(const struct reading *r,
    const struct setting *s, void **base)
{
	struct source_config *source;

	*base = r->config;
	if (is_playlist(s)) {
		*base = find_playlist(r->config, s->section +
		    strlen(PLAYLIST_PREFIX));
		return section_of_source(A_PLAYLIST);
	}
	if (!is_source(s))
		return section_by_name(s->section);
	source = config_source(r->config, s->section + strlen(SOURCE_PREFIX));
	*base = source;
	if (source->type != NOT_A_SOURCE)
		return section_of_source(source->type);
	return strcmp(s->key, "type") == 0 ? section_of_source(SOURCE_FOLDER) :
	    NULL;
}

/* The section that key belongs in; NULL. */
static const struct section *section_that_has(const char *key)
{
	for (size_t i = 0; i < config_n_sections; i++)
		if (section_key(&config_sections[i], key) != NULL)
			return &config_sections[i];
	return NULL;
}

/* The value is not printed: it may be a secret with a misspelt key. */
static void fail_unknown_key(struct reading *r, const struct setting *s,
    const struct section *section)
{
	const struct section *other = section_that_has(s->key);
	const char *near = NULL;

	for (size_t i = 0; i < section->n_keys; i++)
		near = closer_word(s->key, near, section->keys[i].name);
	if (other != NULL)
		reading_fail(r, s->line, "%s.%s: unknown key here, it belongs "
		    "in %s", s->section, s->key, other->title);
	else if (near != NULL)
		reading_fail(r, s->line, "%s.%s: unknown key, did you mean %s?",
		    s->section, s->key, near);
	else
		reading_fail(r, s->line, "%s.%s: unknown key", s->section,
		    s->key);
}

static void fail_value(struct reading *r, const struct setting *s,
    const struct key *k)
{
	struct buf expected = BUF_INIT;

	value_describe(k, &expected);
	if (s->value[0] == '\0')
		reading_fail(r, s->line, "%s.%s: expected %s, got nothing",
		    s->section, s->key, buf_str(&expected));
	else
		reading_fail(r, s->line, "%s.%s: expected %s, got \"%s\"",
		    s->section, s->key, buf_str(&expected), s->value);
	buf_free(&expected);
}

static void apply_setting(struct reading *r, const struct setting *s)
{
	const struct setting *first = find_setting(r, s->section, s->key);
	const struct section *section;
	const struct key *k;
	void *base;

	section = target_of(r, s, &base);
	if (section == NULL)
		return;
	k = section_key(section, s->key);
	if (k == NULL)
		fail_unknown_key(r, s, section);
	else if (first != s)
		reading_fail(r, s->line, "%s.%s: expected once, it is already "
		    "set on line %d", s->section, s->key, first->line);
	else if (!s->bad && !value_parse(k, s->value, base))
		fail_value(r, s, k);
}

/*
 * Defaults, and checks across keys.
 */

/* NULL if the default is below a path that is wrong; that error is noted. */
static char *default_text(const struct config *c, const struct key *k)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	struct buf folder = BUF_INIT;
	char *text;

	/* The XDG specification says to ignore relative paths. */
	if (k->users != NULL && !config_is_system())
		return xdg != NULL && *xdg == '/' ?
		    path_join(xdg, "likesync") : xstrdup(k->users);
	if (k->below == NULL)
		return xstrdup(k->initial);
	text = value_print(key_below(k), c, &folder) ?
	    path_join(buf_str(&folder), k->initial) : NULL;
	buf_free(&folder);
	return text;
}

/* Sets the defaults of keys that are not set; those below another key's path in
 * a second pass. */
static void fill_section(const struct reading *r, const struct section *table,
    const char *name, void *base, bool second)
{
	for (size_t i = 0; i < table->n_keys; i++) {
		const struct key *k = &table->keys[i];
		char *text;

		if (k->initial == NULL || (k->below != NULL) != second ||
		    find_setting(r, name, k->name) != NULL)
			continue;
		text = default_text(r->config, k);
		if (text != NULL)
			value_parse(k, text, base);
		free(text);
	}
}

static void require_keys(struct reading *r, const struct section *table,
    const char *name)
{
	for (size_t i = 0; i < table->n_keys; i++) {
		const struct key *k = &table->keys[i];
		const struct setting *s = find_setting(r, name, k->name);
		struct buf expected = BUF_INIT;

		if (!k->required ||
		    (s != NULL && (s->bad || s->value[0] != '\0')))
			continue;
		value_describe(k, &expected);
		reading_fail(r, s != NULL ? s->line : 0, "%s.%s: expected %s, "
		    "it is not set", name, k->name, buf_str(&expected));
		buf_free(&expected);
	}
}

static void complete_source(struct reading *r, struct source_config *source)
{
	char *name = xasprintf(SOURCE_PREFIX "%s", source->name);
	const struct section *table = section_of_source(source->type);

	if (table != NULL) {
		fill_section(r, table, name, source, false);
		require_keys(r, table, name);
	}
	free(name);
}

/* Drops names[i], keeping the order of the rest. */
static void drop_name(char **names, size_t i)
{
	free(names[i]);
	for (; names[i] != NULL; i++)
		names[i] = names[i + 1];
}

/* Every source in the list has a section; ytdlp needs none. */
static void resolve_sources(struct reading *r)
{
	struct config *c = r->config;
	int line = line_of(r, "fetch", "sources");
	size_t i = 0;

	while (c->fetch.sources != NULL && c->fetch.sources[i] != NULL) {
		const char *name = c->fetch.sources[i++];

		if (config_source(c, name) != NULL)
			continue;
		if (strcmp(name, "ytdlp") == 0)
			add_source(c, name, SOURCE_YTDLP);
		else if (line == 0)
			drop_name(c->fetch.sources, --i);
		else
			reading_fail(r, line, "fetch.sources: expected a "
			    "section [" SOURCE_PREFIX "%s] too, it is missing "
			    "or empty", name);
	}
}

static void complete(struct reading *r)
{
	struct config *c = r->config;

	for (size_t i = 0; i < 2 * config_n_sections; i++) {
		const struct section *s =
		    &config_sections[i % config_n_sections];
		bool second = i >= config_n_sections;

		if (s->source_type != NOT_A_SOURCE)
			continue;
		fill_section(r, s, s->name, c, second);
		if (second)
			require_keys(r, s, s->name);
	}
	resolve_sources(r);
	for (size_t i = 0; i < c->n_source; i++)
		complete_source(r, &c->source[i]);
	for (size_t i = 0; i < c->n_playlist; i++) {
		char *name = xasprintf(PLAYLIST_PREFIX "%s",
		    c->playlist[i].name);

		require_keys(r, section_of_source(A_PLAYLIST), name);
		free(name);
	}
}

/* A library that is its own source would be copied, or moved, into itself. */
static void compare_folders(struct reading *r)
{
	struct config *c = r->config;

	for (size_t i = 0; i < c->n_source; i++) {
		const struct source_config *source = &c->source[i];
		char *section = xasprintf(SOURCE_PREFIX "%s", source->name);

		if (source->path != NULL && c->library.path != NULL &&
		    strcmp(source->path, c->library.path) == 0)
			reading_fail(r, line_of(r, section, "path"), "%s.path: "
			    "expected another folder than library.path, got "
			    "the same", section);
		free(section);
	}
}

/* Is path the folder, or below it? */
static bool is_within(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/');
}

/* In the library, the cold files would be found by every scan. */
static void check_cold(struct reading *r)
{
	const char *cold = r->config->library.cold;
	const char *path = r->config->library.path;

	if (cold == NULL && r->config->library.on_unlike == UNLIKE_COLD)
		reading_fail(r, line_of(r, "library", "on_unlike"),
		    "library.on_unlike: expected library.cold too, it is not "
		    "set");
	if (cold != NULL && path != NULL && (is_within(cold, path) ||
	    is_within(path, cold)))
		reading_fail(r, line_of(r, "library", "cold"), "library.cold: "
		    "expected a folder outside the library, got \"%s\"", cold);
}

bool config_is_folder(const char *text)
{
	return text[0] == '/' || (isalpha((unsigned char)text[0]) &&
	    text[1] == ':' && (text[2] == '/' || text[2] == '\\'));
}

static void check_prefix(struct reading *r)
{
	const char *prefix = r->config->export.prefix;

	if (prefix != NULL && !config_is_folder(prefix))
		reading_fail(r, line_of(r, "export", "prefix"), "export.prefix:"
		    " expected a folder such as /Users/dj/Music or D:/Music, "
		    "got \"%s\"", prefix);
}

/* For `likesync config`, which prints where values come from. */
static void note_lines(struct reading *r)
{
	struct config *c = r->config;

	c->set = xcalloc(r->n + 1, sizeof(*c->set));
	for (size_t i = 0; i < r->n; i++)
		c->set[c->n_set++] = (struct config_line){
			.section = xstrdup(r->settings[i].section),
			.key = xstrdup(r->settings[i].key),
			.line = r->settings[i].line,
		};
}

/* Errors of a watchdog or proxy may repeat these. */
static void register_secrets(const struct config *c)
{
	static const char *const proxies[] = { "http_proxy", "https_proxy",
		"all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY" };

	secret_add_url(c->hooks.ping_url);
	for (size_t i = 0; i < sizeof(proxies) / sizeof(*proxies); i++)
		secret_add_url(getenv(proxies[i]));
}

void config_apply(struct reading *r)
{
	note_lines(r);
	make_sources(r);
	make_playlists(r);
	for (size_t i = 0; i < r->n; i++)
		apply_setting(r, &r->settings[i]);
	complete(r);
	compare_folders(r);
	check_prefix(r);
	check_cold(r);
	register_secrets(r->config);
}
