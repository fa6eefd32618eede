/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * placing: places a downloaded file in the library. A kill at any moment is
 * harmless because of the order: provenance records what will be placed; the
 * file gets its name; the index is updated; provenance records that it is
 * placed; with action = move the original is removed (original.c).
 */
#include "run/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "library/place.h"
#include "run/layouts.h"

#define MAX_COVER (10u << 20)		/* the largest cover that is embedded */
#define MAX_NAME_TRIES 100		/* other programs create files too */

/* The tags to write. A purchase keeps its own: only absent ones are added. */
static void fill_tags(const struct fetch_job *job, struct tags *t)
{
	const struct track *track = job->track;
	const struct tags *own = &job->decoded.media.tags;
	bool keep = job->delivery.keep_tags;
	char *artists = track_artists_text(track);

	memset(t, 0, sizeof(*t));
#define FILL(member, value) \
	if (!keep || own->member == NULL) \
		t->member = xstrdup(value)
	FILL(artist, artists);
	FILL(title, track->title);
	FILL(album, track->album);
	FILL(date, track->release_date);
	FILL(isrc, track->isrc);
#undef FILL
	t->spotify_id = xstrdup(track->id);
	t->source = xasprintf("%s %s", job->source, job->candidate.ref);
	if (!keep || own->track_number == 0)
		t->track_number = track->track_number;
	if (!keep || own->disc_number == 0)
		t->disc_number = track->disc_number;
	free(artists);
}

/* ITEM_FAILED: the file can't hold tags, and may be damaged now. */
static enum outcome write_tags(struct run_context *run,
    const struct fetch_job *job, int fd, struct error *error)
{
	struct buf cover = BUF_INIT;
	struct tags tags;
	enum outcome o;

	if (job->delivery.cover != NULL &&
	    file_read(job->delivery.cover, MAX_COVER, &cover) != 0)
		buf_clear(&cover);
	fill_tags(job, &tags);
	o = run->media_service.tag(run->media_service.self, fd, &tags,
	    cover.len > 0 ? cover.data : NULL, cover.len, error);
	tags_free(&tags);
	buf_free(&cover);
	return o;
}

/* Replaces what the place holds. */
static enum outcome copy_delivery(struct run_context *run, int from,
    struct place *p, struct error *error)
{
	if (lseek(from, 0, SEEK_SET) == 0 && ftruncate(p->fd, 0) == 0 &&
	    lseek(p->fd, 0, SEEK_SET) == 0 &&
	    file_copy(from, p->fd, -1, NULL) == 0)
		return DONE;
	return file_cant_write(run->cfg->library.path, errno, RUN_LATER, error);
}

/* DONE, with media filled: the file has all audio packets of the verified
 * file. */
static enum outcome prove_file(struct run_context *run,
    const struct fetch_job *job, int fd, struct media *media,
    struct error *error)
{
	const struct decoded_media *e = &job->decoded;
	char stream[STREAM_LEN + 1];
	enum outcome o = run->media_service.prove(run->media_service.self, fd,
	    media, stream, error);

	if (o == DONE && strcmp(media->identity, e->media.identity) == 0 &&
	    strcmp(stream, e->stream) == 0)
		return DONE;
	media_free(media);
	return o != DONE ? o : error_set(error, ITEM_FAILED, "tags would "
	    "change its audio");
}

/* Copies to the unnamed file, tags it and proves its audio complete. A file
 * that can't be tagged without loss is placed untagged. */
static enum outcome fill_place(struct run_context *run,
    const struct fetch_job *job, int from, struct place *p, struct media *media,
    struct error *error)
{
	enum outcome o = copy_delivery(run, from, p, error);
	struct error untagged;

	if (o == DONE)
		o = write_tags(run, job, p->fd, error);
	if (o == DONE)
		o = prove_file(run, job, p->fd, media, error);
	if (o != ITEM_FAILED)
		return o;
	untagged = *error;
	o = copy_delivery(run, from, p, error);
	if (o == DONE)
		o = prove_file(run, job, p->fd, media, error);
	if (o == DONE)
		log_warning("%s: placed without tags: %s", job->delivery.path,
		    untagged.text);
	else if (o == ITEM_FAILED)
		error_set(error, o, "%s: changed after it was verified: not "
		    "placed", job->delivery.path);
	return o;
}

static void fill_origin(struct run_context *run, const struct fetch_job *job,
    struct origin *o)
{
	const struct job *asked = jobs_first_of(run->jobs, job->track->key);

	memset(o, 0, sizeof(*o));
	o->key = xstrdup(job->track->key);
	o->identity = xstrdup(job->decoded.media.identity);
	o->source = xstrdup(job->source);
	o->ref = xstrdup(job->candidate.ref);
	o->error = xstrdup(job->match_result.reason);
	o->run = xstrdup(run->sum->run);
	o->job = asked != NULL ? xasprintf("%s%s%s", asked->id,
	    asked->by != NULL ? " by " : "",
	    asked->by != NULL ? asked->by : "") : NULL;
	o->at = clock_wall();
	o->leftover.path = xstrdup(job->delivery.original);
	o->leftover.stamp = job->delivery.stamp;
}

/* Records in provenance what will be placed, then gives the file its name, or
 * the next free one if another program took it. */
static enum outcome commit_place(struct run_context *run, struct place *p,
    struct origin *origin, struct error *error)
{
	enum outcome o = ITEM_FAILED;

	for (int i = 0; i < MAX_NAME_TRIES && o == ITEM_FAILED; i++) {
		char *name = place_free_name(p);

		str_replace(&origin->path, name);
		free(name);
		o = provenance_placing(run->provenance, origin, error);
		if (o == DONE)
			o = place_commit(p, origin->path, error);
	}
	return o;
}

/* Reasons why a hard link is impossible but a copy may work. */
static bool can_copy_instead(int errnum)
{
	return errnum == EXDEV || errnum == EPERM || errnum == EMLINK ||
	    errnum == EEXIST || errnum == EOPNOTSUPP || errnum == EACCES ||
	    errnum == ENOENT;
}

/* action = link: a hard link shares the original's bytes, so it is not
 * tagged. */
static enum outcome link_into_place(struct run_context *run,
    const struct fetch_job *job, int from, const char *wanted,
    struct origin *origin, struct media *media, struct error *error)
{
	struct place p;
	enum outcome o = place_enter(&p, run->cfg->library.path, wanted, error);

	if (o != DONE)
		return o;
	str_replace(&origin->path, p.wanted);
	o = prove_file(run, job, from, media, error);
	if (o == DONE)
		o = provenance_placing(run->provenance, origin, error);
	if (o == DONE && place_link(&p, from) != 0)
		o = error_set(error, can_copy_instead(errno) ? ITEM_FAILED :
		    RUN_FAILED, "%s: a hard link to it can't be created: %s",
		    job->delivery.path, strerror(errno));
	if (o != DONE)
		media_free(media);
	place_close(&p);
	return o;
}

static enum outcome copy_into_place(struct run_context *run,
    const struct fetch_job *job, int from, const char *wanted,
    struct origin *origin, struct media *media, struct error *error)
{
	struct place p;
	enum outcome o = place_open(&p, run->cfg->library.path, wanted, error);

	if (o != DONE)
		return o;
	o = fill_place(run, job, from, &p, media, error);
	if (o == DONE)
		o = commit_place(run, &p, origin, error);
	place_close(&p);
	return o;
}

enum outcome run_layouts(struct run_context *run, struct layouts **out,
    struct error *error)
{
	enum outcome o = run->layouts != NULL ? DONE : layouts_open(run->cfg,
	    run->index, &run->layouts, error);

	*out = run->layouts;
	return o;
}

/* Sets origin->path to the file's path in the library. */
static enum outcome place_delivery(struct run_context *run,
    const struct fetch_job *job, struct origin *origin, struct media *media,
    struct error *error)
{
	const char *extension = media_extension(&job->decoded.media);
	enum outcome o = ITEM_FAILED;
	int from;
	struct layouts *layouts;
	char *wanted;

	if (run_layouts(run, &layouts, error) != DONE)
		return RUN_CONFIG;
	from = file_open_at(AT_FDCWD, job->delivery.path,
	    O_RDONLY | O_NOFOLLOW);
	if (from < 0)
		return error_set(error, o, "%s: %s", job->delivery.path,
		    file_strerror(errno));
	wanted = layouts_path(layouts, job->track, extension != NULL ?
	    extension : "");
	if (extension == NULL)
		error_set(error, o, "%s: unsupported audio format",
		    job->delivery.path);
	else if (job->delivery.as_is)
		o = link_into_place(run, job, from, wanted, origin, media,
		    error);
	if (extension != NULL && o == ITEM_FAILED)
		o = copy_into_place(run, job, from, wanted, origin, media,
		    error);
	free(wanted);
	close(from);
	return o;
}

/* The song's record, linked to the origin's file. */
static void get_linked_song(struct run_context *run,
    const struct origin *origin, enum evidence how, struct song *s)
{
	index_get_song(run->index, origin->key, s);
	snprintf(s->identity, sizeof(s->identity), "%s", origin->identity);
	s->how = how;
	s->attempts = 0;
	s->next_attempt = 0;
	s->reason[0] = '\0';
	best_rejected_free(&s->best_rejected);
	best_rejected_free(&s->nearest_file);
}

/* Adds file, analysis, fingerprint and song in one transaction. */
static enum outcome index_placed(struct run_context *run,
    const struct fetch_job *job, const struct origin *origin,
    struct media *media, struct error *error)
{
	char *path = path_join(run->cfg->library.path, origin->path);
	struct analysis_record r = { .analyzed = true,
		.analysis = job->decoded.analysis,
		.analyzed_at = clock_wall(), .complete = true,
		.version = ANALYZER_VERSION };
	struct file f = { .path = origin->path, .media = *media,
		.added_at = r.analyzed_at };
	struct song s;
	struct stat st;
	enum outcome o;

	if (stat(path, &st) != 0)
		memset(&st, 0, sizeof(st));
	free(path);
	f.size = st.st_size;
	f.mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	f.inode = st.st_ino;
	get_linked_song(run, origin, job->pinned != NULL ? EVIDENCE_PINNED :
	    EVIDENCE_PLACED, &s);
	o = index_begin(run->index, error);
	if (o == DONE)
		o = index_put_file(run->index, &f, error);
	if (o == DONE)
		o = index_put_analysis(run->index, media->identity, &r, error);
	if (o == DONE)
		o = index_put_fingerprint(run->index, media->identity,
		    &job->decoded.fingerprint, error);
	if (o == DONE)
		o = index_put_song(run->index, &s, error);
	if (o == DONE)
		o = index_commit(run->index, error);
	else
		index_abort(run->index);
	song_free(&s);
	run->sum->library_files++;
	run->sum->library_bytes += (uint64_t)st.st_size;
	return o;
}

static enum outcome place_song(struct run_context *run,
    const struct fetch_job *job, struct error *error)
{
	struct media media = { .identity = "" };
	struct origin origin;
	enum outcome o;

	fill_origin(run, job, &origin);
	o = place_delivery(run, job, &origin, &media, error);
	if (o == DONE)
		o = index_placed(run, job, &origin, &media, error);
	if (o == DONE)
		o = provenance_placed(run->provenance, origin.key,
		    origin.identity, error);
	if (o == DONE && origin.leftover.path != NULL)
		o = finish_move(run, &origin, origin.path, error);
	if (o == DONE)
		log_info("placed %s source=%s why=\"%s\"", origin.path,
		    job->source, job->match_result.reason);
	media_free(&media);
	origin_free(&origin);
	return o;
}

/* Links the song to a file with the same audio. Provenance records it, so that
 * the song is not fetched again after the index is lost. */
static enum outcome link_duplicate(struct run_context *run,
    const struct fetch_job *job, const struct file *duplicate,
    struct error *error)
{
	struct origin origin;
	struct song s;
	enum outcome o;

	fill_origin(run, job, &origin);
	str_replace(&origin.identity, duplicate->media.identity);
	str_replace(&origin.path, duplicate->path);
	str_replace(&origin.leftover.path, NULL);
	free(origin.error);
	origin.error = xasprintf("has the same audio as a file in the library; "
	    "%s", job->match_result.reason);
	o = provenance_placing(run->provenance, &origin, error);
	get_linked_song(run, &origin, EVIDENCE_FINGERPRINT, &s);
	if (o == DONE)
		o = index_put_song(run->index, &s, error);
	if (o == DONE)
		o = provenance_placed(run->provenance, origin.key,
		    origin.identity, error);
	if (o == DONE)
		log_info("not placed: %s has the same audio as %s", origin.ref,
		    duplicate->path);
	song_free(&s);
	origin_free(&origin);
	return o;
}

/* A pinned file or link is placed even if it is a duplicate. */
enum outcome place_download(struct run_context *run,
    const struct fetch_job *job, struct error *error)
{
	struct file duplicate;
	enum outcome o;

	file_init(&duplicate);
	if (job->pinned == NULL && find_duplicate(run, job->track,
	    &job->decoded.fingerprint, &duplicate))
		o = link_duplicate(run, job, &duplicate, error);
	else
		o = place_song(run, job, error);
	file_free(&duplicate);
	return o;
}

enum outcome replace_file(struct run_context *run,
    const struct fetch_job *job, const struct file *old, char **path,
    struct error *error)
{
	struct media media = { .identity = "" };
	struct origin origin;
	enum outcome o;

	fill_origin(run, job, &origin);
	origin.replaces = xstrdup(old->media.identity);
	origin.replaces_path = xstrdup(old->path);
	o = place_delivery(run, job, &origin, &media, error);
	if (o == DONE)
		o = index_placed(run, job, &origin, &media, error);
	if (o == DONE)
		o = finish_replacing(run, &origin, error);
	if (o == DONE && origin.leftover.path != NULL)
		o = finish_move(run, &origin, origin.path, error);
	*path = xstrdup(origin.path);
	media_free(&media);
	origin_free(&origin);
	return o;
}
