/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <syslog.h>

#include "config/config.h"
#include "config/keys.h"

#define KiB INT64_C(1024)
#define MiB (1024 * KiB)
#define GiB (1024 * MiB)
#define TiB (1024 * GiB)
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

#define AT(field) offsetof(struct config, field)
#define SOURCE_AT(field) offsetof(struct source_config, field)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct word api_word[] = { { "api", 0 }, { NULL, 0 } };

static const struct word source_types[] = {
	{ "folder", SOURCE_FOLDER }, { "ytdlp", SOURCE_YTDLP }, { NULL, 0 },
};

static const struct word actions[] = {
	{ "copy", FOLDER_COPY }, { "move", FOLDER_MOVE },
	{ "link", FOLDER_LINK }, { NULL, 0 },
};

static const struct word targets[] = {
	{ "auto", LOG_TO_AUTO }, { "syslog", LOG_TO_SYSLOG },
	{ "stderr", LOG_TO_STDERR }, { NULL, 0 },
};

static const struct word facilities[] = {
	{ "daemon", LOG_DAEMON }, { "user", LOG_USER }, { "cron", LOG_CRON },
	{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 }, { NULL, 0 },
};

static const struct word levels[] = {
	{ "error", LOG_ERR }, { "warning", LOG_WARNING },
	{ "notice", LOG_NOTICE }, { "info", LOG_INFO },
	{ "debug", LOG_DEBUG }, { NULL, 0 },
};

static const struct key spotify_keys[] = {
	{ "client_id", VALUE_TEXT, AT(spotify.client_id),
	  .example = "0123456789abcdef0123456789abcdef",
	  .help = "The Client ID of your own app at "
	      "https://developer.spotify.com/dashboard. Needed unless liked "
	      "names a file. Give the app the redirect URI "
	      "http://127.0.0.1/callback." },
	{ "client_secret_file", VALUE_PATH, AT(spotify.client_secret_file),
	  .example = "/etc/likesync/client_secret",
	  .help = "A file of mode 0600 that holds the app's client secret. "
	      "Most people need none: without it likesync logs in by PKCE." },
	{ "token_file", VALUE_PATH, AT(spotify.token_file),
	  .initial = "token.json", .below = "state.dir",
	  .help = "Where the permission that you gave with 'likesync auth "
	      "login' is kept." },
	{ "accounts_url", VALUE_URL, AT(spotify.accounts_url),
	  .initial = "https://accounts.spotify.com",
	  .help = "Spotify's login service. Changed for tests only." },
	{ "api_url", VALUE_URL, AT(spotify.api_url),
	  .initial = "https://api.spotify.com/v1",
	  .help = "Spotify's Web API. Changed for tests only." },
	{ "liked", VALUE_PATH, AT(spotify.liked), .initial = "api",
	  .words = api_word,
	  .help = "Where your Liked Songs come from: api asks Spotify. A "
	      "file's path reads that file instead, with no account at all: "
	      "YourLibrary.json out of Spotify's account export, a CSV of "
	      "Exportify, or an M3U playlist. UTF-8, UTF-16 and "
	      "Windows-1252 are read, and commas, semicolons or tabs." },
	{ "full_walk", VALUE_DURATION, AT(spotify.full_walk), .initial = "7d",
	  .min = 60, .max = 365 * DAY, .or_zero = true,
	  .help = "How often the whole list of Liked Songs is read. In "
	      "between only what was added last is. 0 reads all of it every "
	      "time." },
};

static const struct key library_keys[] = {
	{ "path", VALUE_PATH, AT(library.path), .required = true,
	  .example = "/srv/music",
	  .help = "The folder that holds your music. This is the one key that "
	      "has to be set." },
	{ "document", VALUE_PATH, AT(library.document),
	  .initial = "audio-library-analysis.json", .below = "library.path",
	  .help = "The analysis document: tempo, key, mix points and the rest "
	      "for every file, as your mixing tools read it." },
	{ "layout", VALUE_TEXT, AT(library.layout),
	  .initial = "{artist} - {title}",
	  .help = "How a new file is named below the library's folder, "
	      "without its extension. Words in braces stand for the track's "
	      "own: artist, artists, title, album, year, track, disc. A slash "
	      "makes a folder. A track or disc number that is not known is "
	      "left out, with the signs beside it. Links to folders are not followed: the song "
	      "goes to a folder beside the link, with (2) behind its name. "
	      "The extension is that of the format that the file has." },
	{ "max_disk_usage", VALUE_PERCENT, AT(library.max_disk_usage),
	  .initial = "85%", .min = 1, .max = 100, .or_zero = true,
	  .help = "Nothing is fetched while the library's disk is fuller than "
	      "this. 0 switches the check off." },
	{ "min_free", VALUE_SIZE, AT(library.min_free), .initial = "2G",
	  .min = 0, .max = 1024 * TiB,
	  .help = "Nothing is fetched while less than this is free on the "
	      "library's disk." },
};

static const struct key fetch_keys[] = {
	{ "sources", VALUE_NAMES, AT(fetch.sources), .initial = "inbox, ytdlp",
	  .help = "Where missing songs are looked for, in this order, "
	      "separated by commas. Each name stands for a [source.NAME] "
	      "section below. As long as you do not set this, an inbox that "
	      "has no section is left out. An empty list fetches nothing." },
	{ "per_hour", VALUE_INT, AT(fetch.per_hour), .initial = "50",
	  .min = 0, .max = 10000,
	  .help = "The most downloads in any 60 minutes. Downloads that turn "
	      "out to be the wrong song count, files out of your own folders "
	      "do not." },
	{ "per_day", VALUE_INT, AT(fetch.per_day), .initial = "200",
	  .min = 0, .max = 100000,
	  .help = "The most downloads in any 24 hours." },
	{ "parallel", VALUE_INT, AT(fetch.parallel), .initial = "3",
	  .min = 1, .max = 16,
	  .help = "How many songs are fetched at the same time." },
	{ "max_size", VALUE_SIZE, AT(fetch.max_size), .initial = "200M",
	  .min = KiB, .max = TiB,
	  .help = "A larger file is not fetched." },
	{ "min_bitrate", VALUE_BITRATE, AT(fetch.min_bitrate),
	  .initial = "112k", .min = 8000, .max = 20000000, .or_zero = true,
	  .help = "A file of a lower bit rate is not taken. The default "
	      "lets a nominal 128k pass, which varies. What counts is the "
	      "sound: a file that was made of one of a lower bit rate, as its "
	      "spectrum shows, counts as that. 0 takes every file." },
	{ "reject_upscaled", VALUE_BOOL, AT(fetch.reject_upscaled),
	  .initial = "no",
	  .help = "Don't take a download that was made of one of a lower bit "
	      "rate, whatever min_bitrate says." },
	{ "timeout", VALUE_DURATION, AT(fetch.timeout), .initial = "5m",
	  .min = 1, .max = DAY,
	  .help = "A download that takes longer is given up." },
	{ "delay", VALUE_DURATION, AT(fetch.delay), .initial = "3s",
	  .min = 0, .max = HOUR,
	  .help = "The pause between two downloads from the same source." },
	{ "search_expiry", VALUE_DURATION, AT(fetch.search_expiry),
	  .initial = "1d", .min = 60, .max = 365 * DAY, .or_zero = true,
	  .help = "How long the results of a search are remembered. A song "
	      "that is tried again in the meantime is not searched for again. "
	      "0 searches every time." },
	{ "require_premium", VALUE_BOOL, AT(fetch.require_premium),
	  .initial = "yes",
	  .help = "Fetch nothing if Spotify says that the account is not a "
	      "Premium one. If it does not say, likesync goes on." },
};

#define TYPE_HELP "What kind of source this is: folder or ytdlp. Without " \
	"this key a source named ytdlp is of type ytdlp, any other is a folder."

static const struct key folder_keys[] = {
	{ "type", VALUE_WORD, SOURCE_AT(type), .initial = "folder",
	  .words = source_types, .help = TYPE_HELP },
	{ "path", VALUE_PATH, SOURCE_AT(path), .required = true,
	  .example = "/srv/inbox",
	  .help = "The folder to look in, with the folders in it." },
	{ "archives", VALUE_BOOL, SOURCE_AT(archives), .initial = "yes",
	  .help = "Look inside zip, tar, 7z and rar files too, as shops "
	      "deliver them." },
	{ "action", VALUE_WORD, SOURCE_AT(action), .initial = "copy",
	  .words = actions,
	  .help = "What is done with a file that is wanted: copy leaves it "
	      "where it is, move removes it from there once it is safe in the "
	      "library, link makes a hard link and so takes no room. A file "
	      "that another program is still writing waits for a later run, "
	      "and one that changed since it was copied is not removed." },
};

static const struct key ytdlp_keys[] = {
	{ "type", VALUE_WORD, SOURCE_AT(type), .initial = "ytdlp",
	  .words = source_types, .help = TYPE_HELP },
	{ "command", VALUE_PROGRAM, SOURCE_AT(command), .initial = "yt-dlp",
	  .help = "The yt-dlp program: its name, or its whole path." },
	{ "search", VALUE_TEXT, SOURCE_AT(search), .initial = "ytsearch10:",
	  .help = "What is put before artist and title to make a search. The "
	      "number is how many results are looked at." },
	{ "isrc", VALUE_BOOL, SOURCE_AT(isrc), .initial = "yes",
	  .help = "If no search by artist and title finds the song, search by "
	      "its ISRC. Switch this off for a search that knows nothing of "
	      "ISRCs." },
	{ "format", VALUE_TEXT, SOURCE_AT(format),
	  .initial = "bestaudio[ext=m4a][protocol^=http]/"
	      "bestaudio[protocol^=http]/bestaudio[protocol^=m3u8]",
	  .help = "Which of the offered formats is taken, in the words of "
	      "yt-dlp's option -f. It must be one of audio alone: nothing is "
	      "converted, and ffmpeg is not used. WebM and fragmented MP4 are "
	      "moved into Ogg and MP4 without loss; a cover is embedded if it "
	      "comes as JPEG or PNG." },
	{ "args", VALUE_TEXT, SOURCE_AT(args), .initial = "",
	  .help = "More options for yt-dlp, separated by spaces. Where the "
	      "kernel has Landlock, yt-dlp can read the system's files and "
	      "its own, and what is named here by its whole path, such as "
	      "--cookies /path or --js-runtimes deno:/path." },
	{ "plugins", VALUE_BOOL, SOURCE_AT(plugins), .initial = "no",
	  .help = "Let yt-dlp load plugins that are installed." },
};

static const struct key acoustid_keys[] = {
	{ "key_file", VALUE_PATH, AT(acoustid.key_file),
	  .example = "/etc/likesync/acoustid",
	  .help = "A file that holds the key of an application that you "
	      "registered at https://acoustid.org/new-application. With it, "
	      "AcoustID is asked which recording a download is, and has to "
	      "agree if it knows. Without it nothing is asked." },
	{ "url", VALUE_URL, AT(acoustid.url),
	  .initial = "https://api.acoustid.org/v2",
	  .help = "AcoustID's web service. Changed for tests only." },
};

static const struct key analysis_keys[] = {
	{ "workers", VALUE_INT, AT(analysis.workers), .initial = "0",
	  .min = 0, .max = 64,
	  .help = "How many files are analyzed at the same time. 0 is one for "
	      "each core of the machine." },
	{ "prefer_tags", VALUE_BOOL, AT(analysis.prefer_tags),
	  .initial = "yes",
	  .help = "Where a file's tags give tempo and key, as Mixed In Key "
	      "and DJ programs write them, believe these rather than our own "
	      "analysis." },
	{ "lowest_tempo", VALUE_INT, AT(analysis.lowest_tempo),
	  .initial = "0", .min = 0, .max = 150,
	  .help = "Count every tempo in one octave from this, in BPM, by "
	      "halves or doubles: 85 gives 85 to 170. 0 leaves it as the "
	      "music is heard to be counted." },
	{ "timeout", VALUE_DURATION, AT(analysis.timeout), .initial = "120s",
	  .min = 1, .max = DAY,
	  .help = "A file whose analysis takes longer is given up." },
	{ "memory", VALUE_SIZE, AT(analysis.memory), .initial = "1G",
	  .min = 64 * MiB, .max = TiB,
	  .help = "The most memory that the analysis of one file may take." },
	{ "reanalyze", VALUE_INT, AT(analysis.reanalyze), .initial = "200",
	  .min = 0, .max = 1000000,
	  .help = "How many files a run analyzes anew because an older "
	      "likesync did it before, liked songs first. 0 leaves them as "
	      "they are." },
};

static const struct key state_keys[] = {
	{ "dir", VALUE_PATH, AT(state.dir), .initial = "/var/lib/likesync",
	  .users = USERS_STATE,
	  .help = "Where likesync keeps what it remembers. This is the "
	      "default for root and for the user likesync; for any other it "
	      "is ~/.local/state/likesync, or likesync below "
	      "$XDG_STATE_HOME. Nobody else may "
	      "read or write it (mode 0700). Its folder keep can't be made "
	      "again: back it up." },
};

static const struct key metrics_keys[] = {
	{ "textfile", VALUE_PATH, AT(metrics.textfile),
	  .example = "/var/lib/prometheus/node-exporter/likesync.prom",
	  .help = "A file for Prometheus' node exporter, whose textfile "
	      "collector reads names that end in .prom. Written after every "
	      "run. Without this key there are no metrics." },
};

static const struct key log_keys[] = {
	{ "target", VALUE_WORD, AT(log.target), .initial = "auto",
	  .words = targets,
	  .help = "Where messages go: auto is standard error for a person "
	      "at a terminal and where no system log answers, as in a "
	      "container; else the system's log." },
	{ "facility", VALUE_WORD, AT(log.facility), .initial = "daemon",
	  .words = facilities,
	  .help = "The facility in the system's log: daemon, user, cron, or "
	      "local0 to local7." },
	{ "level", VALUE_WORD, AT(log.level), .initial = "info",
	  .words = levels,
	  .help = "How much is said: error, warning, notice, info or debug." },
};

static const struct key run_keys[] = {
	{ "user", VALUE_TEXT, AT(run.user), .example = "likesync",
	  .help = "The user to become when started as root. Without it a run "
	      "as root stays root, and warns." },
	{ "max_runtime", VALUE_DURATION, AT(run.max_runtime), .initial = "5h",
	  .min = 1, .max = 30 * DAY, .or_zero = true,
	  .help = "A run that is not done by then ends in good order, and the "
	      "next one goes on. 0 sets no end." },
};

static const struct key hooks_keys[] = {
	{ "on_change", VALUE_TEXT, AT(hooks.on_change),
	  .example = "/usr/local/bin/new-songs",
	  .help = "A command for the shell, run after a run that changed "
	      "the library. It gets the run's summary as JSON on its "
	      "standard input." },
	{ "on_failure", VALUE_TEXT, AT(hooks.on_failure),
	  .example = "/usr/local/bin/run-failed",
	  .help = "The same for after a run that failed." },
	{ "timeout", VALUE_DURATION, AT(hooks.timeout), .initial = "10m",
	  .min = 1, .max = DAY,
	  .help = "A command that takes longer is ended, with whatever it "
	      "started. After a run that a signal ended, it has 30 seconds at "
	      "most." },
	{ "ping_url", VALUE_URL, AT(hooks.ping_url),
	  .example = "https://hc-ping.com/your-own-uuid",
	  .help = "An address of a watchdog such as healthchecks, that calls "
	      "you when it does not hear of a run in time. It is asked for "
	      "with /start added when 'likesync sync' begins, as it is when "
	      "the run was good, and with /fail added when it was not." },
};

#define PLAIN(section) #section, "[" #section "]", NOT_A_SOURCE
#define KEYS(table) table, COUNT(table)

const struct section config_sections[] = {
	{ PLAIN(spotify), "What is wanted: your Liked Songs.",
	  KEYS(spotify_keys) },
	{ PLAIN(library), "What you have: your music.", KEYS(library_keys) },
	{ PLAIN(fetch), "How missing songs are got, and how many at most.",
	  KEYS(fetch_keys) },
	{ "source.inbox", "[source.NAME] of type folder", SOURCE_FOLDER,
	  "A folder of your own with music in it, such as the one that you "
	  "put purchases in. There may be several, each in a section with a "
	  "name of its own.", KEYS(folder_keys) },
	{ "source.ytdlp", "[source.NAME] of type ytdlp", SOURCE_YTDLP,
	  "What the program yt-dlp can reach. A source named ytdlp needs no "
	  "section: it then has these defaults.", KEYS(ytdlp_keys) },
	{ PLAIN(acoustid), "A second opinion on what was downloaded.",
	  KEYS(acoustid_keys) },
	{ PLAIN(analysis), "How files are listened to.", KEYS(analysis_keys) },
	{ PLAIN(state), "What likesync remembers between runs.",
	  KEYS(state_keys) },
	{ PLAIN(metrics), "Figures for Prometheus.", KEYS(metrics_keys) },
	{ PLAIN(log), "What is said, and where.", KEYS(log_keys) },
	{ PLAIN(run), "The run as a whole.", KEYS(run_keys) },
	{ PLAIN(hooks), "What follows a run: commands of your own, and a watchdog.",
	  KEYS(hooks_keys) },
};

const size_t config_n_sections = COUNT(config_sections);

const struct section *section_by_name(const char *name)
{
	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		if (s->source_type == NOT_A_SOURCE &&
		    strcmp(s->name, name) == 0)
			return s;
	}
	return NULL;
}

const struct section *section_of_source(int type)
{
	for (size_t i = 0; i < config_n_sections; i++) {
		if (type != NOT_A_SOURCE &&
		    config_sections[i].source_type == type)
			return &config_sections[i];
	}
	return NULL;
}

const struct key *section_key(const struct section *s, const char *name)
{
	for (size_t i = 0; i < s->n_keys; i++) {
		if (strcmp(s->keys[i].name, name) == 0)
			return &s->keys[i];
	}
	return NULL;
}

const struct key *key_below(const struct key *k)
{
	size_t len = strcspn(k->below, ".");

	for (size_t i = 0; i < config_n_sections; i++) {
		const struct section *s = &config_sections[i];

		if (strlen(s->name) == len &&
		    strncmp(s->name, k->below, len) == 0)
			return section_key(s, k->below + len + 1);
	}
	return NULL;
}
