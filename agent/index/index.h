/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * index: the LMDB environment: tracks, files, analyses, and notes of the last
 * run. All of it can be rebuilt from the library, the document and Spotify.
 * For one thread; its map has room for several million files.
 *
 * Every function that changes something is a transaction of its own, unless
 * it stands between index_begin and index_commit. RUN_FAILED with error: the
 * disk is full or broken; nothing of that transaction is there then.
 */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "types/candidate.h"
#include "types/file.h"
#include "types/fingerprint.h"
#include "types/media.h"
#include "types/plan.h"
#include "types/search.h"
#include "types/track.h"

struct index;

/* Creates it where it is missing. RUN_FAILED with error: it is of a newer
 * schema or damaged (the text says how to have it rebuilt). read_only: for
 * commands that look, beside a run; then a missing index is ITEM_FAILED. */
enum outcome index_open(const char *dir, bool read_only, struct index **out,
    struct error *error);
void index_close(struct index *x);	/* NULL allowed; aborts what is open */

/* Writes a copy of it, as it was last committed, to the descriptor of an empty
 * file: what a data.mdb holds. Also beside a run. RUN_FAILED with error. */
enum outcome index_copy(struct index *x, int fd, struct error *error);

enum outcome index_begin(struct index *x, struct error *error);
enum outcome index_commit(struct index *x, struct error *error);
void index_abort(struct index *x);
bool index_in_transaction(const struct index *x);
/* The number of the last transaction that was committed, or of the one under
 * way: as long as it stays, nothing has changed. 0: unknown. */
int64_t index_version(struct index *x);

/* A track, its file, and past attempts to get it. */
struct song {
	struct track track;
	bool liked;
	bool listed;		/* in a followed playlist */
	int64_t rank;		/* place in the likes, newest highest */
	char identity[IDENTITY_LEN + 1]; /* of its file; "" */
	enum evidence how;	/* EVIDENCE_NONE when identity is "" */
	int attempts;		/* failed ones since the last success */
	int64_t last_try, next_attempt;	/* Unix time; 0 */
	char reason[256];	/* of the last failure; "" */
	int64_t unwanted_since;	/* Unix time; 0: it is wanted, or not noted */
	int64_t asked;		/* index_files_state() in which it was last
				   searched in vain; 0: none */
	struct best_rejected best_rejected;	/* of sources; owned */
	struct best_rejected nearest_file;	/* of the library; owned */
};

void song_init(struct song *s);
void song_free(struct song *s);
enum outcome index_put_song(struct index *x, const struct song *s,
    struct error *error);
/* DONE, or ITEM_FAILED if there is none. s is initialized by this. */
enum outcome index_get_song(struct index *x, const char *key, struct song *s);
bool index_has_liked(struct index *x, const char *key);
/* The first of the songs that are linked to that file; ITEM_FAILED if there is
 * none. s is initialized by this. */
enum outcome index_find_song_of(struct index *x, const char *identity,
    struct song *s);
/* All of them, until each returns non-zero, which is returned. */
int index_each_song_of(struct index *x, const char *identity,
    int (*each)(void *ctx, const struct song *s), void *ctx);
/* Calls each for every song until it returns non-zero, which is returned.
 * In no order. Nothing may be changed meanwhile. */
int index_each_song(struct index *x, int (*each)(void *ctx,
    const struct song *s), void *ctx);

/* The same for those that are not wanted. */
int index_each_other_song(struct index *x, int (*each)(void *ctx,
    const struct song *s), void *ctx);

/* Of a wanted song, liked or listed, as much as can be told without reading its record. */
struct liked_song {
	const char *key;	/* the track's; borrowed */
	char identity[IDENTITY_LEN + 1];
	enum evidence how;
	int64_t next_attempt;	/* Unix time; 0 */
	int64_t liked_at;	/* likewise */
	bool is_liked, is_local, has_name;
};

/* Newest first, until each returns non-zero, which is returned. Nothing may be
 * changed meanwhile. */
int index_each_liked(struct index *x, int (*each)(void *ctx,
    const struct liked_song *s), void *ctx);

/* The wanted ones, liked or listed, newest first, as a run fetches them. */
struct songs {
	struct song *items;
	size_t count, cap;
};
void index_liked_songs(struct index *x, struct songs *out);
void songs_free(struct songs *list);

/* Files have a number, by which their words name them. */
enum outcome index_put_file(struct index *x, const struct file *f,
    struct error *error);
enum outcome index_get_file(struct index *x, const char *path,
    struct file *f);	/* ITEM_FAILED if there is none */
enum outcome index_get_numbered(struct index *x, uint32_t number,
    struct file *f);	/* likewise */
enum outcome index_remove_file(struct index *x, const char *path,
    struct error *error);
/* Folder by folder. */
int index_each_file(struct index *x, int (*each)(void *ctx,
    const struct file *f), void *ctx);

/*
 * Comparing the library with the index: index_compare_begin; for each folder
 * index_compare_enter, then index_compare_file for each file in it;
 * index_compare_end. Nothing may be changed before the end.
 */
struct index_comparison;
/* FILE_CHANGED: also if the record is damaged. */
enum index_difference { FILE_NEW, FILE_CHANGED, FILE_SAME };

struct index_comparison *index_compare_begin(struct index *x);
void index_compare_end(struct index_comparison *c);	/* NULL allowed */
/* folder: relative to the library, "" for itself. */
void index_compare_enter(struct index_comparison *c, const char *folder);
enum index_difference index_compare_file(struct index_comparison *c,
    const char *name, int64_t size, int64_t mtime_ns, uint64_t inode);
/* If the index has more files in the folder than were compared, calls each for
 * the paths of all that it has. */
void index_compare_leave(struct index_comparison *c,
    void (*each)(void *ctx, const char *path), void *ctx);
/* Calls each for the paths of all files in folders that were not entered. */
void index_compare_rest(struct index_comparison *c,
    void (*each)(void *ctx, const char *path), void *ctx);

/* The words that a file of the library is found by, for index_put_file to keep
 * lists of files. */
typedef void index_add_word(void *ctx, const char *word);
typedef void index_words(const struct file *f, index_add_word *add, void *ctx);
/* To be called after index_open if files are changed or searched for. Makes the
 * lists anew if those in the index are by words of another edition, which is
 * above 0. */
enum outcome index_use_words(struct index *x, index_words *words,
    int edition, struct error *error);
/* The files with the word, in rising order, into *numbers, which the caller
 * frees; returns how many. */
size_t index_files_with_word(struct index *x, const char *word,
    uint32_t **numbers);
/* How many these are, and whether the file is among them, without a list. */
size_t index_count_with_word(struct index *x, const char *word);
bool index_file_has_word(struct index *x, const char *word, uint32_t number);

/* The files with that identity: the same recording at several paths. */
int index_each_copy(struct index *x, const char *identity,
    int (*each)(void *ctx, const struct file *f), void *ctx);
/* The first file with that identity; ITEM_FAILED if there is none. */
enum outcome index_find_identity(struct index *x, const char *identity,
    struct file *f);
bool index_has_identity(struct index *x, const char *identity);
/* The path of the same file alone, which costs less; NULL. Caller frees. */
char *index_find_path(struct index *x, const char *identity);
size_t index_count_files(struct index *x);

/* The files that have changed since index_forget_changes, with their analyses
 * and links: in record order of rising weight. */
enum file_change {
	CHANGE_OF_LINK,		/* only the tracks that are linked to it */
	CHANGE_ADDED,		/* it is new */
	CHANGE_OTHER,
	CHANGE_REMOVED		/* also: and added again */
};
/* False: there are too many to be listed. */
bool index_knows_changes(struct index *x);
/* Until each returns non-zero, which is returned. Nothing may be changed
 * meanwhile. */
int index_each_change(struct index *x, int (*each)(void *ctx,
    const char *path, enum file_change change), void *ctx);
/* Within a transaction. */
enum outcome index_forget_changes(struct index *x, struct error *error);

/* A recording's analysis, by identity. */
struct analysis_record {
	bool analyzed;		/* analysis means something */
	struct analysis analysis;
	int64_t analyzed_at;
	bool complete;		/* decoded whole */
	enum reason reason;	/* why not analyzed, or not complete */
	char fault[256];	/* the same in words; "" */
	char version[32];	/* of the analyzer */
};
void analysis_record_free(struct analysis_record *r);	/* what it holds */
enum outcome index_put_analysis(struct index *x, const char *identity,
    const struct analysis_record *r, struct error *error);
/* Only if it is better than what is there: of a higher version; else analyzed,
 * not failed; else complete; else later; else of higher bytes. That is a total
 * order: the best of several stays, in whatever order they come. *taken is set
 * to whether it was put. */
enum outcome index_put_better_analysis(struct index *x, const char *identity,
    const struct analysis_record *r, bool *taken, struct error *error);
enum outcome index_get_analysis(struct index *x, const char *identity,
    struct analysis_record *r);	/* ITEM_FAILED if there is none; then
				   there is nothing to free */
/* Without the analysis itself, which stays empty: nothing to free. */
enum outcome index_get_analysis_head(struct index *x, const char *identity,
    struct analysis_record *r);
/* A hash of the whole record; 0: there is none. */
uint64_t index_analysis_digest(struct index *x, const char *identity);

/* Fingerprints, by identity. An unknown one is not stored. */
enum outcome index_put_fingerprint(struct index *x, const char *identity,
    const struct fingerprint *f, struct error *error);
enum outcome index_get_fingerprint(struct index *x, const char *identity,
    struct fingerprint *f);	/* ITEM_FAILED if there is none; f is
				   initialized by this */
/* Those of about that length, in seconds, until each returns non-zero, which
 * is returned. */
int index_each_alike(struct index *x, double duration,
    int (*each)(void *ctx, const char *identity,
    const struct fingerprint *f), void *ctx);

/* A track's searches; text is from searches_to_text(). NULL removes them. */
enum outcome index_put_searches(struct index *x, const char *key,
    const char *text, size_t len, struct error *error);
/* Empty if there are none; s is initialized by this. */
void index_get_searches(struct index *x, const char *key,
    struct searches *s);

/* A number that changes whenever a file is put or removed. */
int64_t index_files_state(struct index *x);

/* Calls line with each record of the table as a JSON object; of all tables if it
 * is NULL. False: there is no such table. */
bool index_dump(struct index *x, const char *table,
    void (*line)(void *ctx, const char *json), void *ctx);

/* Notes: small texts by name, such as "liked.rows", "document.seen". */
enum outcome index_put_note(struct index *x, const char *name,
    const char *text, struct error *error);
char *index_get_note(struct index *x, const char *name); /* caller frees */
enum outcome index_put_note_int(struct index *x, const char *name, int64_t v,
    struct error *error);
int64_t index_get_note_int(struct index *x, const char *name,
    int64_t fallback);

#endif
