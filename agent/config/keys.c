/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <syslog.h>

#include "config/config.h"
#include "config/keys.h"
#include "types/written_tags.h"

#define KiB INT64_C(1024)
#define MiB (1024 * KiB)
#define GiB (1024 * MiB)
#define TiB (1024 * GiB)
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

#define AT(field) offsetof(struct config, field)
#define SOURCE_AT(field) offsetof(struct source_config, field)
#define PLAYLIST_AT(field) offsetof(struct playlist_config, field)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct word api_word[] = { { "api", 0 }, { NULL, 0 } };

static const struct word source_types[] = {
	{ "folder", SOURCE_FOLDER }, { "ytdlp", SOURCE_YTDLP },
	{ "exec", SOURCE_EXEC }, { "telegram", SOURCE_TELEGRAM }, { NULL, 0 },
};

static const struct word actions[] = {
	{ "copy", FOLDER_COPY }, { "move", FOLDER_MOVE },
	{ "link", FOLDER_LINK }, { NULL, 0 },
};

static const struct word preferences[] = {
	{ "order", PREFER_ORDER }, { "lossless", PREFER_LOSSLESS },
	{ NULL, 0 },
};

static const struct word unlikes[] = {
	{ "keep", UNLIKE_KEEP }, { "cold", UNLIKE_COLD }, { NULL, 0 },
};

static const struct word exported[] = {
	{ "library", EXPORT_LIBRARY }, { "liked", EXPORT_LIKED }, { NULL, 0 },
};

static const struct word notations[] = {
	{ "no", KEY_NOT_WRITTEN }, { "camelot", KEY_CAMELOT },
	{ "open_key", KEY_OPEN }, { "musical", KEY_MUSICAL }, { NULL, 0 },
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
	  .help = "The Client ID of your app at "
	      "https://developer.spotify.com/dashboard. The app needs the "
	      "redirect URI http://127.0.0.1/callback. Required unless "
	      "liked is a file." },
	{ "client_secret_file", VALUE_PATH, AT(spotify.client_secret_file),
	  .example = "/etc/likesync/client_secret",
	  .help = "A file of mode 0600 with the app's client secret. "
	      "Optional: without it likesync logs in with PKCE." },
	{ "token_file", VALUE_PATH, AT(spotify.token_file),
	  .initial = "token.json", .below = "state.dir",
	  .help = "Where the authorization from 'likesync auth login' is "
	      "stored." },
	{ "accounts_url", VALUE_URL, AT(spotify.accounts_url),
	  .initial = "https://accounts.spotify.com",
	  .help = "Spotify's login service. Only tests change it." },
	{ "api_url", VALUE_URL, AT(spotify.api_url),
	  .initial = "https://api.spotify.com/v1",
	  .help = "Spotify's Web API. Only tests change it." },
	{ "liked", VALUE_PATH, AT(spotify.liked), .initial = "api",
	  .words = api_word,
	  .help = "Where Liked Songs are read from: api (Spotify), or the "
	      "path of a file, which needs no account: YourLibrary.json "
	      "from Spotify's account export, a CSV from Exportify, an "
	      "M3U playlist, Library.xml from Apple Music (File > Library > "
	      "Export Library), or the archive of Apple's privacy export. The file may be UTF-8, UTF-16 or "
	      "Windows-1252, and a CSV may be separated by commas, "
	      "semicolons or tabs." },
	{ "liked_list", VALUE_TEXT, AT(spotify.liked_list),
	  .initial = "loved",
	  .help = "Which tracks of Apple Music's library are wanted: loved "
	      "(also those marked as favorites), all, or the name of a "
	      "playlist. Other files are read completely." },
	{ "playlists", VALUE_TEXT, AT(spotify.playlists),
	  .example = "own, https://open.spotify.com/album/ID",
	  .help = "Playlists, albums and tracks whose tracks are fetched like "
	      "Liked Songs: links, separated by commas. own stands for all "
	      "playlists that you made or may edit. Spotify gives an app no "
	      "tracks of other people's playlists, nor of its own." },
	{ "full_walk", VALUE_DURATION, AT(spotify.full_walk), .initial = "7d",
	  .min = 60, .max = 365 * DAY, .or_zero = true,
	  .help = "How often the complete list of Liked Songs is read. "
	      "Otherwise only the newest pages are read. 0 reads the "
	      "complete list every time." },
};

static const struct key library_keys[] = {
	{ "path", VALUE_PATH, AT(library.path), .required = true,
	  .example = "/srv/music",
	  .help = "The folder with your music. Required." },
	{ "document", VALUE_PATH, AT(library.document),
	  .initial = "audio-library-analysis.json", .below = "library.path",
	  .help = "The analysis document for your mixing software: tempo, "
	      "key, mix points and more for every file." },
	{ "layout", VALUE_TEXT, AT(library.layout),
	  .initial = "{artist} - {title}",
	  .help = "The path of a new file below the library folder, "
	      "without extension. Fields: {artist}, {artists}, "
	      "{albumartist}, {title}, {album}, {year}, {track}, {disc}, "
	      "{playlist}. A slash starts a folder. An unknown year, track or "
	      "disc number and a playlist that the track is not in are left "
	      "out, with the punctuation beside them; other unknown values "
	      "are called so, such as Unknown Album. An unknown {albumartist} "
	      "is the artist. {field?text|other} is the first text if the "
	      "field is known, else the other, which may be absent: "
	      "{albumartist}/{album?{year} {album}/|Singles/}{track} {title}. "
	      "{playlist} is the followed playlist that the track is in, the "
	      "first of [spotify] playlists if there are several. 'likesync "
	      "place' moves files to a new layout. If a folder in the path is a "
	      "symbolic link, the file goes into a new folder beside it "
	      "whose name ends in (2). The extension follows the actual "
	      "audio format." },
	{ "max_disk_usage", VALUE_PERCENT, AT(library.max_disk_usage),
	  .initial = "85%", .min = 1, .max = 100, .or_zero = true,
	  .help = "Fetch nothing if the library's file system is fuller "
	      "than this. 0 disables the check." },
	{ "min_free", VALUE_SIZE, AT(library.min_free), .initial = "2G",
	  .min = 0, .max = 1024 * TiB,
	  .help = "Fetch nothing if less than this is free on the "
	      "library's file system." },
	{ "on_unlike", VALUE_WORD, AT(library.on_unlike), .initial = "keep",
	  .words = unlikes,
	  .help = "What happens to the file of a track that is no longer "
	      "liked, nor in a followed playlist or a waiting job: keep, or "
	      "cold, which moves it to the folder cold. Its entry in the "
	      "analysis document goes, unless another program wrote it. If "
	      "the track is liked again, the file is moved back. Only files "
	      "that likesync placed and tagged are moved, never pinned ones. "
	      "Nothing is moved in a run that could not read all lists, or "
	      "while the lists are short: if no track is wanted any more, or "
	      "more than 10 tracks and 10% fewer than before. 'likesync sync "
	      "--accept-unlikes' accepts that." },
	{ "cold", VALUE_PATH, AT(library.cold), .example = "/srv/cold",
	  .help = "The folder for these files, outside the library. It must "
	      "exist. Required for on_unlike = cold." },
	{ "unlike_grace", VALUE_DURATION, AT(library.unlike_grace),
	  .initial = "30d", .min = 1, .max = 3650 * DAY, .or_zero = true,
	  .help = "How long a track must be unwanted before its file moves. It "
	      "starts with the first run that finds it unwanted, and again "
	      "if the index was deleted." },
	{ "unlike_limit", VALUE_INT, AT(library.unlike_limit),
	  .initial = "25", .min = 1, .max = 100000,
	  .help = "The most files that one run moves to the cold folder." },
};

static const struct key fetch_keys[] = {
	{ "sources", VALUE_NAMES, AT(fetch.sources), .initial = "inbox, ytdlp",
	  .help = "The sources to search, in this order, separated by "
	      "commas. Each name refers to a [source.NAME] section. The "
	      "default inbox is skipped if it has no section. An empty "
	      "list fetches nothing." },
	{ "prefer", VALUE_WORD, AT(fetch.prefer), .initial = "order",
	  .words = preferences,
	  .help = "order fetches a track from the first source that has it. "
	      "lossless first searches all sources that can tell lossless "
	      "files, which are folders and some programs, and fetches such "
	      "a file before any other, also from a later source." },
	{ "per_hour", VALUE_INT, AT(fetch.per_hour), .initial = "50",
	  .min = 0, .max = 10000,
	  .help = "The most downloads in any 60 minutes. Downloads that "
	      "prove to be the wrong recording count; files from your own "
	      "folders do not." },
	{ "per_day", VALUE_INT, AT(fetch.per_day), .initial = "200",
	  .min = 0, .max = 100000,
	  .help = "The most downloads in any 24 hours." },
	{ "parallel", VALUE_INT, AT(fetch.parallel), .initial = "3",
	  .min = 1, .max = 16,
	  .help = "How many tracks are fetched in parallel." },
	{ "max_size", VALUE_SIZE, AT(fetch.max_size), .initial = "200M",
	  .min = KiB, .max = TiB,
	  .help = "Larger files are not fetched." },
	{ "min_bitrate", VALUE_BITRATE, AT(fetch.min_bitrate),
	  .initial = "112k", .min = 8000, .max = 20000000, .or_zero = true,
	  .help = "Files with a lower bit rate are refused. The default "
	      "accepts a nominal 128k, which varies. A file that was "
	      "converted from a lower bit rate, as its spectrum shows, "
	      "counts with that rate. 0 accepts every file." },
	{ "reject_upscaled", VALUE_BOOL, AT(fetch.reject_upscaled),
	  .initial = "no",
	  .help = "Refuse every download that was converted from a lower "
	      "bit rate, regardless of min_bitrate." },
	{ "timeout", VALUE_DURATION, AT(fetch.timeout), .initial = "5m",
	  .min = 1, .max = DAY,
	  .help = "Abort a download after this time." },
	{ "delay", VALUE_DURATION, AT(fetch.delay), .initial = "3s",
	  .min = 0, .max = HOUR,
	  .help = "The pause between two downloads from the same source." },
	{ "search_expiry", VALUE_DURATION, AT(fetch.search_expiry),
	  .initial = "1d", .min = 60, .max = 365 * DAY, .or_zero = true,
	  .help = "How long search results are cached. Within this time a "
	      "retry does not search again. 0 disables the cache." },
	{ "require_premium", VALUE_BOOL, AT(fetch.require_premium),
	  .initial = "yes",
	  .help = "Fetch nothing if Spotify reports that the account is "
	      "not Premium. An account of unknown type is accepted." },
};

#define TYPE_HELP "The type of source: folder, ytdlp, exec or telegram. The " \
	"default is ytdlp or telegram for a source of that name, and folder " \
	"for any other."

static const struct key folder_keys[] = {
	{ "type", VALUE_WORD, SOURCE_AT(type), .initial = "folder",
	  .words = source_types, .help = TYPE_HELP },
	{ "path", VALUE_PATH, SOURCE_AT(path), .required = true,
	  .example = "/srv/inbox",
	  .help = "The folder to search, with its subfolders." },
	{ "archives", VALUE_BOOL, SOURCE_AT(archives), .initial = "yes",
	  .help = "Also search inside zip, tar, 7z and rar archives, as "
	      "shops deliver them." },
	{ "action", VALUE_WORD, SOURCE_AT(action), .initial = "copy",
	  .words = actions,
	  .help = "How a matching file is added to the library: copy "
	      "leaves the original, move deletes it after the copy is "
	      "verified, link makes a hard link, which takes no space. A "
	      "file that another program is still writing is left for a "
	      "later run. An original that changed since it was copied is "
	      "not deleted." },
};

/* What sources have that count against the caps. */
#define PACE_KEYS \
	{ "delay", VALUE_DURATION, SOURCE_AT(delay), .initial = "0", \
	  .min = 0, .max = HOUR, \
	  .help = "The pause between two downloads from this source, if it " \
	      "is longer than [fetch] delay." }, \
	{ "per_hour", VALUE_INT, SOURCE_AT(per_hour), .initial = "0", \
	  .min = 0, .max = 10000, \
	  .help = "The most downloads from this source in any 60 minutes, " \
	      "within those of [fetch]. Further tracks are fetched from " \
	      "other sources, or later. 0 sets no cap of its own." }, \
	{ "per_day", VALUE_INT, SOURCE_AT(per_day), .initial = "0", \
	  .min = 0, .max = 100000, \
	  .help = "The same in any 24 hours." }

static const struct key ytdlp_keys[] = {
	{ "type", VALUE_WORD, SOURCE_AT(type), .initial = "ytdlp",
	  .words = source_types, .help = TYPE_HELP },
	{ "command", VALUE_PROGRAM, SOURCE_AT(command), .initial = "yt-dlp",
	  .help = "The yt-dlp program: a name or an absolute path." },
	{ "search", VALUE_TEXT, SOURCE_AT(search), .initial = "ytsearch10:",
	  .help = "The prefix that makes artist and title a search. The "
	      "number is how many results are considered. ytsearch10: is "
	      "YouTube, scsearch10: SoundCloud. bandcamp: searches Bandcamp "
	      "as its own pages do, since yt-dlp can't." },
	{ "site", VALUE_URL, SOURCE_AT(site),
	  .initial = "https://bandcamp.com",
	  .help = "Where bandcamp: searches. Only tests change it." },
	{ "isrc", VALUE_BOOL, SOURCE_AT(isrc), .initial = "yes",
	  .help = "Search by ISRC if searches by artist and title find no "
	      "match. Set to no if the site does not support this." },
	{ "format", VALUE_TEXT, SOURCE_AT(format),
	  .initial = "bestaudio[ext=m4a][protocol^=http]/"
	      "bestaudio[protocol^=http]/bestaudio[protocol^=m3u8]",
	  .help = "The format to download, in the syntax of yt-dlp's "
	      "option -f. It must be audio only: nothing is converted and "
	      "ffmpeg is not used. WebM and fragmented MP4 are repackaged "
	      "as Ogg and MP4 without loss. A cover in JPEG or PNG is "
	      "embedded." },
	{ "args", VALUE_TEXT, SOURCE_AT(args), .initial = "",
	  .help = "More options for yt-dlp, separated by spaces. On "
	      "kernels with Landlock, yt-dlp can read only system files, "
	      "its own files, and files given here by absolute path, such "
	      "as --cookies /path or --js-runtimes deno:/path." },
	{ "plugins", VALUE_BOOL, SOURCE_AT(plugins), .initial = "no",
	  .help = "Load installed yt-dlp plugins." },
	PACE_KEYS,
};

static const struct key exec_keys[] = {
	{ "type", VALUE_WORD, SOURCE_AT(type), .initial = "exec",
	  .words = source_types, .help = TYPE_HELP },
	{ "command", VALUE_PROGRAM, SOURCE_AT(command), .required = true,
	  .example = "/usr/local/bin/likesync-slskd",
	  .help = "The program: a name or an absolute path. Required. It is "
	      "started once in each run that downloads." },
	{ "args", VALUE_TEXT, SOURCE_AT(args), .initial = "",
	  .help = "Arguments for the program, separated by spaces. On kernels "
	      "with Landlock, the program can read only system files, its "
	      "own file, its state folder, and files and folders given here "
	      "by absolute path, such as --key-file /etc/likesync/key. It can "
	      "write only to its state folder and to the folder that each "
	      "run gives it." },
	{ "state", VALUE_PATH, SOURCE_AT(state),
	  .example = "/var/lib/likesync/sources/example",
	  .help = "A folder that the program can keep files in from one run "
	      "to the next. It is created if it does not exist. The default "
	      "is sources/NAME in the state folder." },
	PACE_KEYS,
};

static const struct key telegram_keys[] = {
	{ "type", VALUE_WORD, SOURCE_AT(type), .initial = "telegram",
	  .words = source_types, .help = TYPE_HELP },
	{ "bots", VALUE_TEXT, SOURCE_AT(bots), .required = true,
	  .example = "first_bot, second_bot",
	  .help = "The bots to ask, in this order, separated by commas. "
	      "Required: likesync knows and recommends none. Each message to "
	      "a bot counts as one download." },
	{ "api_file", VALUE_PATH, SOURCE_AT(api_file), .required = true,
	  .example = "/etc/likesync/telegram",
	  .help = "A file with two lines, the api_id and the api_hash that "
	      "https://my.telegram.org gave you. Required; mode 0600." },
	{ "response_timeout", VALUE_DURATION, SOURCE_AT(response_timeout),
	  .initial = "60s", .min = 5, .max = 100,
	  .help = "How long a bot may be silent before it counts as not "
	      "answering." },
	{ "retries", VALUE_INT, SOURCE_AT(retries), .initial = "1",
	  .min = 0, .max = 10,
	  .help = "How often a bot that does not answer is asked again for "
	      "the same track, before the next bot is." },
	{ "check_account", VALUE_BOOL, SOURCE_AT(check_account),
	  .initial = "yes",
	  .help = "Check the account when a run starts. Without this it is "
	      "connected when the first bot is asked." },
	{ "pause", VALUE_DURATION, SOURCE_AT(pause), .initial = "3s",
	  .min = 3, .max = HOUR,
	  .help = "The shortest time between two messages, pressed buttons "
	      "included." },
	{ "max_messages", VALUE_INT, SOURCE_AT(max_messages),
	  .initial = "200", .min = 1, .max = 10000,
	  .help = "The most messages in any 24 hours, pressed buttons "
	      "included." },
	{ "nothing", VALUE_TEXT, SOURCE_AT(nothing), .initial = "",
	  .help = "Texts by which your bots say that they do not have a "
	      "track, separated by |, in addition to those in many languages "
	      "that likesync knows." },
	{ "state", VALUE_PATH, SOURCE_AT(state),
	  .example = "/var/lib/likesync/sources/telegram",
	  .help = "The folder of the session, which gives access to the whole "
	      "account. The default is sources/NAME in the state folder." },
	{ "command", VALUE_PROGRAM, SOURCE_AT(command),
	  .initial = "likesync-telegram",
	  .help = "The program, which is installed with likesync." },
	PACE_KEYS,
};

static const struct key acoustid_keys[] = {
	{ "key_file", VALUE_PATH, AT(acoustid.key_file),
	  .example = "/etc/likesync/acoustid",
	  .help = "A file with the key of your application at "
	      "https://acoustid.org/new-application. If AcoustID knows a "
	      "downloaded recording, it must agree with the match. Without "
	      "this key AcoustID is not used." },
	{ "url", VALUE_URL, AT(acoustid.url),
	  .initial = "https://api.acoustid.org/v2",
	  .help = "AcoustID's web service. Only tests change it." },
};

static const struct key analysis_keys[] = {
	{ "workers", VALUE_INT, AT(analysis.workers), .initial = "0",
	  .min = 0, .max = 64,
	  .help = "How many files are analyzed in parallel. 0 uses one "
	      "worker for each core." },
	{ "prefer_tags", VALUE_BOOL, AT(analysis.prefer_tags),
	  .initial = "yes",
	  .help = "Use tempo and key from a file's tags, as Mixed In Key "
	      "and DJ software write them, instead of the analysis." },
	{ "write_tags", VALUE_WORD, AT(analysis.write_tags), .initial = "no",
	  .words = notations,
	  .help = "Write tempo, key and energy as tags into files that "
	      "likesync fetched itself, where they have none, with the key as "
	      "8A (camelot), 1m (open_key) or Am (musical). Other files are "
	      "never changed." },
	{ "lowest_tempo", VALUE_INT, AT(analysis.lowest_tempo),
	  .initial = "0", .min = 0, .max = 150,
	  .help = "The lower end, in BPM, of the octave that all tempos "
	      "are halved or doubled into: 85 gives 85 to 170. 0 keeps the "
	      "detected octave." },
	{ "timeout", VALUE_DURATION, AT(analysis.timeout), .initial = "120s",
	  .min = 1, .max = DAY,
	  .help = "Abort the analysis of a file after this time." },
	{ "memory", VALUE_SIZE, AT(analysis.memory), .initial = "1G",
	  .min = 64 * MiB, .max = TiB,
	  .help = "The most memory for the analysis of one file." },
	{ "reanalyze", VALUE_INT, AT(analysis.reanalyze), .initial = "200",
	  .min = 0, .max = 1000000,
	  .help = "How many files that an older version analyzed are "
	      "analyzed again in each run, liked tracks first. 0 keeps the "
	      "old results." },
};

static const struct key export_keys[] = {
	{ "rekordbox", VALUE_PATH, AT(export.rekordbox),
	  .example = "/srv/music/rekordbox.xml",
	  .help = "A file for rekordbox XML: collection, Liked Songs as a "
	      "playlist, beat grids, keys, hot cues at the mix points and "
	      "memory cues where sections begin. Written after every run "
	      "that changes it, as are the other files of this section." },
	{ "traktor", VALUE_PATH, AT(export.traktor),
	  .example = "/srv/music/collection.nml",
	  .help = "The same as a collection of Traktor (NML)." },
	{ "m3u8", VALUE_PATH, AT(export.m3u8),
	  .example = "/srv/music/library.m3u8",
	  .help = "A file for an M3U8 playlist. Its paths are relative to it "
	      "unless prefix is set." },
	{ "csv", VALUE_PATH, AT(export.csv),
	  .example = "/srv/music/library.csv",
	  .help = "A file for a table in CSV, one row for each file." },
	{ "matched_tracks", VALUE_PATH, AT(export.matched_tracks),
	  .example = "/srv/music/matched-tracks.json",
	  .help = "A file that lists Spotify's tracks with the key, tempo and "
	      "energy of the file that each one is, for playlist generators." },
	{ "tracks", VALUE_WORD, AT(export.tracks), .initial = "library",
	  .words = exported,
	  .help = "What is exported: the whole library, or liked tracks." },
	{ "prefix", VALUE_TEXT, AT(export.prefix),
	  .example = "/Users/dj/Music",
	  .help = "The library's folder on the machine where the exports are "
	      "read, such as /Users/dj/Music or D:/Music. Without it the "
	      "exports name the folder on this machine." },
	{ "volume", VALUE_TEXT, AT(export.volume),
	  .example = "Macintosh HD",
	  .help = "The name of the disk that prefix is on, for Traktor on "
	      "macOS. On Windows it is the drive letter of prefix." },
};

static const struct key state_keys[] = {
	{ "dir", VALUE_PATH, AT(state.dir), .initial = "/var/lib/likesync",
	  .users = USERS_STATE,
	  .help = "The state folder. The default applies to root and the "
	      "user likesync; for other users it is likesync below "
	      "$XDG_STATE_HOME, or ~/.local/state/likesync. Other users "
	      "must not be able to read or write it (mode 0700). Its "
	      "subfolder keep cannot be recreated: back it up." },
};

static const struct key metrics_keys[] = {
	{ "textfile", VALUE_PATH, AT(metrics.textfile),
	  .example = "/var/lib/prometheus/node-exporter/likesync.prom",
	  .help = "A file for the textfile collector of Prometheus' node "
	      "exporter; its name must end in .prom. Written after every "
	      "run. Without this key no metrics are written." },
};

static const struct key log_keys[] = {
	{ "target", VALUE_WORD, AT(log.target), .initial = "auto",
	  .words = targets,
	  .help = "Where messages go: syslog, stderr or auto. auto uses "
	      "standard error in a terminal session or if there is no "
	      "system log, as in a container, and otherwise the system log." },
	{ "facility", VALUE_WORD, AT(log.facility), .initial = "daemon",
	  .words = facilities,
	  .help = "The syslog facility: daemon, user, cron, or local0 to "
	      "local7." },
	{ "level", VALUE_WORD, AT(log.level), .initial = "info",
	  .words = levels,
	  .help = "The least severe messages to log: error, warning, "
	      "notice, info or debug." },
};

static const struct key run_keys[] = {
	{ "user", VALUE_TEXT, AT(run.user), .example = "likesync",
	  .help = "Switch to this user when started as root. Without it "
	      "the run stays root and logs a warning." },
	{ "max_runtime", VALUE_DURATION, AT(run.max_runtime), .initial = "5h",
	  .min = 1, .max = 30 * DAY, .or_zero = true,
	  .help = "Stop a run cleanly after this time; the next one "
	      "continues. 0 sets no limit." },
};

static const struct key hooks_keys[] = {
	{ "on_change", VALUE_TEXT, AT(hooks.on_change),
	  .example = "/usr/local/bin/new-songs",
	  .help = "A shell command to run after a run that changed the "
	      "library or the analysis document. It receives the summary "
	      "of the run as JSON on standard input." },
	{ "on_failure", VALUE_TEXT, AT(hooks.on_failure),
	  .example = "/usr/local/bin/run-failed",
	  .help = "The same after a run that failed." },
	{ "on_job", VALUE_TEXT, AT(hooks.on_job),
	  .example = "/usr/local/bin/playlist-ready",
	  .help = "A shell command to run when a job of the queue is "
	      "complete. It receives the job as 'likesync queue JOB --json' "
	      "prints it on standard input. If it fails, the next run starts "
	      "it again." },
	{ "timeout", VALUE_DURATION, AT(hooks.timeout), .initial = "10m",
	  .min = 1, .max = DAY,
	  .help = "Kill a hook after this time, with every process it "
	      "started. After a run that a signal ended, the limit is at "
	      "most 30 seconds." },
	{ "ping_url", VALUE_URL, AT(hooks.ping_url),
	  .example = "https://hc-ping.com/your-own-uuid",
	  .help = "The URL of a watchdog such as healthchecks, which "
	      "alerts you when runs stop. 'likesync sync' requests "
	      "URL/start at the start, URL after success and URL/fail "
	      "after failure." },
};

static const struct word web_starts[] = {
	{ "spawn", WEB_START_SPAWN }, { "unit", WEB_START_UNIT },
	{ "none", WEB_START_NONE }, { NULL, 0 },
};

static const struct key web_keys[] = {
	{ "enabled", VALUE_BOOL, AT(web.enabled), .initial = "no",
	  .help = "Answer web requests. Without it likesync-web refuses "
	      "everything." },
	{ "origin", VALUE_URL, AT(web.origin),
	  .example = "https://music.example.org/likesync",
	  .help = "The address of likesync-web as browsers see it. Requests "
	      "for another host, and requests that a page of another origin "
	      "sends, are refused. Required if enabled. 'likesync doctor' "
	      "tries to get in there without a token." },
	{ "token_file", VALUE_PATH, AT(web.token_file),
	  .example = "/etc/likesync/web-token",
	  .help = "A file of mode 0600 with the token that allows "
	      "everything: 32 characters or more, such as 'openssl rand -hex "
	      "32' prints." },
	{ "read_token_file", VALUE_PATH, AT(web.read_token_file),
	  .example = "/etc/likesync/web-read-token",
	  .help = "The same with a token that allows only to read: coverage, "
	      "progress, library and runs." },
	{ "server_login", VALUE_BOOL, AT(web.server_login), .initial = "no",
	  .help = "Allow everything to the users whom the web server itself "
	      "has asked for a password (REMOTE_USER). Only set this if it "
	      "does: nginx passes on any name that a client sends if it does "
	      "not." },
	{ "start", VALUE_WORD, AT(web.start), .initial = "spawn",
	  .words = web_starts,
	  .help = "What starts the download of queued tracks: spawn (a "
	      "detached 'likesync queue run'), unit (likesync-queue.path of "
	      "systemd) or none (the next scheduled run)." },
};

static const struct key playlist_keys[] = {
	{ "link", VALUE_TEXT, PLAYLIST_AT(link), .required = true,
	  .example = "https://open.spotify.com/playlist/37i9dQZF1DX4dyzvuaRJ0n",
	  .help = "The link of a playlist that [spotify] playlists follows. "
	      "Required." },
	{ "layout", VALUE_TEXT, PLAYLIST_AT(layout), .required = true,
	  .example = "Sets/{playlist}/{artist} - {title}",
	  .help = "The layout for its tracks, as in [library]. Required." },
};

#define PLAIN(section) #section, "[" #section "]", NOT_A_SOURCE
#define KEYS(table) table, COUNT(table)

const struct section config_sections[] = {
	{ PLAIN(spotify), "Your Spotify account and Liked Songs.",
	  KEYS(spotify_keys) },
	{ PLAIN(library), "Your music.", KEYS(library_keys) },
	{ "playlist.example", "[playlist.NAME]", A_PLAYLIST,
	  "A playlist whose tracks have a layout of their own. NAME is any "
	  "name.", KEYS(playlist_keys) },
	{ PLAIN(fetch), "How missing tracks are fetched, and how many.",
	  KEYS(fetch_keys) },
	{ "source.inbox", "[source.NAME] of type folder", SOURCE_FOLDER,
	  "A folder with music, such as the one for your purchases. Each "
	  "section with this type and a name of its own adds a folder.",
	  KEYS(folder_keys) },
	{ "source.ytdlp", "[source.NAME] of type ytdlp", SOURCE_YTDLP,
	  "Sites that yt-dlp supports. A source named ytdlp needs no section; "
	  "it then has these defaults.", KEYS(ytdlp_keys) },
	{ "source.example", "[source.NAME] of type exec", SOURCE_EXEC,
	  "A program that searches and downloads, written by you or others. "
	  "It talks with likesync by the protocol in sources.md; examples are "
	  "installed with it.", KEYS(exec_keys) },
	{ "source.telegram", "[source.NAME] of type telegram", SOURCE_TELEGRAM,
	  "Telegram bots that you use with your account. It requires the "
	  "program Telethon (python3-telethon), and 'likesync auth telegram' "
	  "once. See telegram.md.", KEYS(telegram_keys) },
	{ PLAIN(acoustid), "Verification of downloads by AcoustID.",
	  KEYS(acoustid_keys) },
	{ PLAIN(analysis), "How files are analyzed.", KEYS(analysis_keys) },
	{ PLAIN(export), "Files for DJ software.", KEYS(export_keys) },
	{ PLAIN(state), "Data that likesync keeps between runs.",
	  KEYS(state_keys) },
	{ PLAIN(metrics), "Metrics for Prometheus.", KEYS(metrics_keys) },
	{ PLAIN(log), "Messages.", KEYS(log_keys) },
	{ PLAIN(run), "Limits of a run.", KEYS(run_keys) },
	{ PLAIN(hooks), "Commands and a watchdog that are notified of runs.",
	  KEYS(hooks_keys) },
	{ PLAIN(web), "Requests from a web application, over likesync-web.",
	  KEYS(web_keys) },
};

const size_t config_n_sections = COUNT(config_sections);

static const char *const soundcloud_settings[] = {
	"type", "ytdlp", "search", "scsearch10:", "isrc", "no",
	"format", ("bestaudio[format_id!*=preview][protocol^=http]/"
	    "bestaudio[format_id!*=preview][protocol^=m3u8]"),
	"delay", "10s", "per_hour", "20", "per_day", "100", NULL
};

static const char *const bandcamp_settings[] = {
	"type", "ytdlp", "search", "bandcamp:", "isrc", "no",
	"format", "flac/bestaudio", "delay", "20s", "per_hour", "20",
	"per_day", "60", NULL
};

static const char *const archive_settings[] = {
	"type", "exec", "command", "likesync-archive", "delay", "10s",
	"per_hour", "20", "per_day", "100", NULL
};

const struct preset config_presets[] = {
	{ "source.soundcloud", "SoundCloud. Many tracks of labels can't be "
	  "had there: they are protected (DRM), or only 30 seconds of them are "
	  "offered; such tracks are skipped. Use it by adding soundcloud to "
	  "[fetch] sources, after others.", soundcloud_settings },
	{ "source.bandcamp", "Bandcamp. What artists give away comes in its "
	  "original quality, everything else as the MP3 of 128 kbit/s that "
	  "its pages play; what they sell is better bought there and put into "
	  "the inbox.", bandcamp_settings },
	{ "source.archive", "The Internet Archive: concerts, netlabels and old "
	  "recordings, often lossless. The program is installed with "
	  "likesync and needs Python 3.", archive_settings },
};

const size_t config_n_presets = COUNT(config_presets);

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
	for (size_t i = 0; i < config_n_sections; i++)
		if (type != NOT_A_SOURCE &&
		    config_sections[i].source_type == type)
			return &config_sections[i];
	return NULL;
}

const struct key *section_key(const struct section *s, const char *name)
{
	for (size_t i = 0; i < s->n_keys; i++)
		if (strcmp(s->keys[i].name, name) == 0)
			return &s->keys[i];
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
