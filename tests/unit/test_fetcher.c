/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sources, a media service and a matcher that the test plays; the ledger is
 * a real one. */
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/stop.h"
#include "sources/fetcher.h"

#define INBOX 0		/* a folder of the user's */
#define WEB 1		/* a remote source */
#define MAX_OFFERED 8

/* ---- in place of others; the linker wraps these ---- */

enum outcome __wrap_folder_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error);
enum outcome __wrap_ytdlp_source(const struct source_config *sc,
    const struct source_env *env, struct source *s, struct error *error);
int64_t __wrap_clock_mono_ms(void);
int __wrap_clock_sleep_ms(int64_t ms);

static int64_t longest_sleep;

int64_t __wrap_clock_mono_ms(void)
{
	return 1000000;
}

int __wrap_clock_sleep_ms(int64_t ms)
{
	longest_sleep = ms > longest_sleep ? ms : longest_sleep;
	return 0;
}

/* ---- what the test plays ---- */

struct played {
	/* What is found. views is the matcher's score in percent; a title that
	 * begins with "good" is the track, once it came. */
	struct candidate offered[MAX_OFFERED];
	size_t count;
	enum outcome search_says, get_says;
	int reason;		/* of get_says */
	int searches, gets;
	size_t reserved;	/* entries in the ledger at the last get */
	char got[64];		/* ref of the last get */
	bool opens, no_links, no_lossless;
};

static struct {
	struct config cfg;
	struct source_config sc[2];
	char *names[3];
	struct played source[2];
	struct media_service media_service;
	struct matcher matcher;
	struct fetcher_env env;
	struct fetcher *fetcher;
	struct track track;
	struct fetch_job job;
	char *ledger;
	enum outcome room_says, decoded;
	uint64_t need;		/* bytes that room was asked for last */
	int rooms;
	void (*at_get)(void);
} s;

static enum outcome search(void *self, const struct track *t,
    const char *query, struct candidates *out, struct error *error)
{
	struct played *p = self;

	assert_ptr_equal(t, &s.track);
	assert_true(*query != '\0');
	p->searches++;
	if (p->search_says != DONE)
		return error_set(error, p->search_says, "the search's reason");
	for (size_t i = 0; i < p->count; i++)
		candidate_copy(candidates_add(out), &p->offered[i]);
	return DONE;
}

static size_t lines_in(const char *path)
{
	struct buf b = BUF_INIT;
	size_t n = 0;

	if (file_read(path, 1 << 20, &b) == 0)
		for (size_t i = 0; i < b.len; i++)
			n += b.data[i] == '\n';
	buf_free(&b);
	return n;
}

static enum outcome get(void *self, const struct track *t,
    const struct candidate *c, const char *folder, struct delivery *out,
    struct error *error)
{
	struct played *p = self;

	assert_ptr_equal(t, &s.track);
	p->gets++;
	p->reserved = lines_in(s.ledger);
	snprintf(p->got, sizeof(p->got), "%s", c->ref);
	memset(out, 0, sizeof(*out));
	if (s.at_get != NULL)
		s.at_get();
	if (p->get_says != DONE) {
		error_set(error, p->get_says, "the source's reason");
		error->reason = p->reason;
		return p->get_says;
	}
	out->path = path_join(folder, "song.m4a");
	assert_int_equal(file_write(out->path, "song", 4, 0600), 0);
	return DONE;
}

static void free_source(void *self)
{
	(void)self;
}

static enum outcome open_played(int which, struct source *out,
    struct error *error)
{
	if (!s.source[which].opens)
		return error_set(error, SERVICE_FAILED, "can't be opened");
	*out = (struct source){ .name = s.names[which],
		.remote = which == WEB,
		.lossless = !s.source[which].no_lossless,
		.links = which == WEB && !s.source[which].no_links, .self = &s.source[which],
		.search = search, .get = get, .free = free_source };
	return DONE;
}

enum outcome __wrap_folder_source(const struct source_config *sc,
    const struct source_env *env, struct source *out, struct error *error)
{
	(void)env;
	assert_ptr_equal(sc, &s.sc[INBOX]);
	return open_played(INBOX, out, error);
}

enum outcome __wrap_ytdlp_source(const struct source_config *sc,
    const struct source_env *env, struct source *out, struct error *error)
{
	(void)env;
	assert_ptr_equal(sc, &s.sc[WEB]);
	return open_played(WEB, out, error);
}

static void choose(void *self, const struct track *t,
    const struct candidate *list, size_t count, struct match_result *j)
{
	(void)self, (void)t;
	memset(j, 0, sizeof(*j));
	j->pick = j->best = -1;
	for (size_t i = 0; i < count; i++)
		if (list[i].views > 0 && (double)list[i].views > 100 *
		    j->score) {
			j->pick = j->best = (int)i;
			j->score = (double)list[i].views / 100;
		}
	snprintf(j->reason, sizeof(j->reason), "the matcher's reason");
}

static void accept_it(void *self, const struct track *t,
    const struct candidate *c, struct match_result *j)
{
	(void)self, (void)t;
	memset(j, 0, sizeof(*j));
	j->pick = strncmp(c->title, "good", 4) == 0 ? 0 : -1;
	snprintf(j->reason, sizeof(j->reason), "the matcher's reason");
}

/* Each file has an identity of its own. */
static enum outcome decode(void *self, int fd, struct decoded_media *out,
    struct error *error)
{
	static int count;

	(void)self, (void)fd;
	memset(out, 0, sizeof(*out));
	if (s.decoded != DONE)
		return error_set(error, s.decoded, "the worker's reason");
	out->complete = true;
	snprintf(out->media.identity, sizeof(out->media.identity), "%032d",
	    ++count);
	return DONE;
}

static enum outcome ask_room(void *ctx, uint64_t need, bool download,
    struct error *error)
{
	(void)ctx, (void)download;
	s.need = need;
	s.rooms++;
	return s.room_says == DONE ? DONE : error_set(error, s.room_says,
	    "the disk's reason");
}

static void offer(int which, const char *ref, const char *title,
    int64_t score)
{
	struct played *p = &s.source[which];

	p->offered[p->count++] = (struct candidate){ .ref = (char *)ref,
		.title = (char *)title, .views = score };
}

static int begin(void **state)
{
	char *tmp;

	memset(&s, 0, sizeof(s));
	longest_sleep = 0;
	if (make_folder(state) != 0)
		return -1;
	tmp = path_join(*state, STATE_TMP);
	assert_int_equal(file_make_dirs(tmp, 0700), 0);
	free(tmp);
	s.ledger = path_join(*state, "ledger.jsonl");
	s.names[INBOX] = (char *)"inbox";
	s.names[WEB] = (char *)"web";
	s.sc[INBOX] = (struct source_config){ .name = s.names[INBOX],
		.type = SOURCE_FOLDER };
	s.sc[WEB] = (struct source_config){ .name = s.names[WEB],
		.type = SOURCE_YTDLP };
	s.source[INBOX].opens = s.source[WEB].opens = true;
	s.cfg.fetch.sources = s.names;
	s.cfg.fetch.max_size = 1u << 30;
	s.cfg.source = s.sc;
	s.cfg.n_source = 2;
	s.matcher = (struct matcher){ .choose = choose, .accept = accept_it };
	s.media_service.decode = decode;
	s.env = (struct fetcher_env){ .cfg = &s.cfg, .matcher = &s.matcher,
		.media_service = &s.media_service, .state_dir = *state,
		.disk_room = ask_room };
	track_init(&s.track);
	track_add_artist(&s.track, "Ada");
	s.track.title = xstrdup("Light (feat. Bo)");
	s.track.duration_ms = 200000;
	track_set_key(&s.track);
	return 0;
}

static int end(void **state)
{
	fetch_job_free(&s.job);
	fetcher_free(s.fetcher);
	ledger_close(s.env.ledger);
	track_free(&s.track);
	free(s.ledger);
	return remove_folder(state);
}

static void open_all(int per_hour)
{
	assert_int_equal(ledger_open(s.ledger, LEDGER_NEW, per_hour, 100,
	    &s.env.ledger, NULL), DONE);
	s.fetcher = fetcher_new(&s.env);
}

/* One more job for the track. */
static enum fetch_end fetch_again(void)
{
	fetch_job_free(&s.job);
	memset(&s.job, 0, sizeof(s.job));
	s.job.track = &s.track;
	s.job.remote = true;
	fetcher_get(s.fetcher, &s.job);
	return s.job.end;
}

static enum fetch_end fetch(void)
{
	if (s.fetcher == NULL)
		open_all(50);
	return fetch_again();
}

/* ---- the order of sources ---- */

static void no_source_is_searched_after_one_that_has_the_track(void **state)
{
	(void)state;
	offer(INBOX, "/inbox/a", "good", 90);
	offer(WEB, "https://example.com/a", "good", 90);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_string_equal(s.job.source, "inbox");
	assert_int_equal(s.source[WEB].searches, 0);
	/* The user's own cost nothing. */
	assert_int_equal(s.job.downloads, 0);
	assert_int_equal(s.job.searches, 0);
	assert_int_equal(lines_in(s.ledger), 0);
}

static void a_lossless_file_of_a_later_source_comes_first_if_preferred(
    void **state)
{
	(void)state;
	offer(INBOX, "/inbox/a.mp3", "good", 90);
	offer(WEB, "https://example.com/a", "good", 95);
	offer(WEB, "https://example.com/b", "good", 85);
	s.source[WEB].offered[1].lossless = true;
	assert_int_equal(fetch(), FETCH_GOT);
	assert_string_equal(s.job.source, "inbox");
	s.cfg.fetch.prefer = PREFER_LOSSLESS;
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_string_equal(s.job.candidate.ref, "https://example.com/b");
	assert_int_equal(s.source[INBOX].gets, 1);
	assert_int_equal(s.job.downloads, 1);
}

static void without_a_lossless_file_the_order_decides(void **state)
{
	(void)state;
	offer(INBOX, "/inbox/a.mp3", "good", 90);
	offer(WEB, "https://example.com/a", "good", 95);
	s.cfg.fetch.prefer = PREFER_LOSSLESS;
	assert_int_equal(fetch(), FETCH_GOT);
	assert_string_equal(s.job.source, "inbox");
	assert_int_equal(s.source[WEB].gets, 0);
	/* One that can't tell is not even searched before. */
	s.source[WEB].no_lossless = true;
	fetcher_free(s.fetcher);
	s.fetcher = fetcher_new(&s.env);
	s.source[WEB].searches = 0;
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_int_equal(s.source[WEB].searches, 0);
}

static void a_lossless_file_that_fails_leaves_the_others(void **state)
{
	(void)state;
	offer(INBOX, "/inbox/a.mp3", "good", 90);
	offer(WEB, "https://example.com/a", "bad", 95);
	s.source[WEB].offered[0].lossless = true;
	s.cfg.fetch.prefer = PREFER_LOSSLESS;
	assert_int_equal(fetch(), FETCH_GOT);
	assert_string_equal(s.job.source, "inbox");
	assert_int_equal(s.job.n_rejections, 1);
	s.source[WEB].search_says = SERVICE_FAILED;
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_string_equal(s.job.source, "inbox");
}

static void the_next_source_is_searched_if_one_has_no_match(void **state)
{
	(void)state;
	offer(INBOX, "/inbox/a", "no", 0);
	offer(WEB, "https://example.com/a", "good", 90);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_string_equal(s.job.source, "web");
	assert_string_equal(s.job.candidate.ref, "https://example.com/a");
	assert_int_equal(s.job.downloads, 1);
	assert_int_equal(access(s.job.delivery.path, F_OK), 0);
}

static void a_track_that_no_source_has_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(fetch(), FETCH_NOT_FOUND);
	assert_int_equal(s.source[INBOX].searches, 1);
	assert_int_equal(lines_in(s.ledger), 0);
}

static void remote_sources_are_used_only_if_the_job_allows_it(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	open_all(50);
	s.job.track = &s.track;
	fetcher_get(s.fetcher, &s.job);
	assert_int_equal(s.job.end, FETCH_NOT_FOUND);
	assert_int_equal(s.source[WEB].searches, 0);
}

static void a_source_that_cannot_be_opened_leaves_the_others(void **state)
{
	(void)state;
	s.source[INBOX].opens = false;
	offer(WEB, "https://example.com/a", "good", 90);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_int_equal(fetcher_source_count(s.fetcher), 2);
	assert_string_equal(fetcher_source_name(s.fetcher, 0), "inbox");
	assert_non_null(strstr(fetcher_source_fault(s.fetcher, 0),
	    "can't be opened"));
	assert_null(fetcher_source_fault(s.fetcher, 1));
	/* It may have what the others have not: no attempt of the track's. */
	s.source[WEB].count = 0;
	assert_int_equal(fetch_again(), FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, DONE);
}

/* ---- searching ---- */

static void a_certain_match_ends_the_search(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 80);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_int_equal(s.source[WEB].searches, 1);
	assert_int_equal(s.job.searches, 1);
}

static void an_uncertain_match_does_not_end_the_search(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 79);
	assert_int_equal(fetch(), FETCH_GOT);
	/* By all names, by the song's alone and its main artist, by title. */
	assert_int_equal(s.source[WEB].searches, 3);
	assert_int_equal(s.source[INBOX].searches, 1);
	assert_int_equal(s.source[WEB].gets, 1);
}

static void recent_answers_of_a_search_are_reused(void **state)
{
	struct searches known;

	(void)state;
	s.cfg.fetch.search_expiry = 3600;
	offer(WEB, "https://example.com/a", "no", 79);
	assert_int_equal(fetch(), FETCH_FAILED);
	assert_int_equal(s.source[WEB].searches, 3);
	known = s.job.known;
	memset(&s.job.known, 0, sizeof(s.job.known));
	fetch_job_free(&s.job);
	memset(&s.job, 0, sizeof(s.job));
	s.job.known = known;
	s.job.track = &s.track;
	s.job.remote = true;
	fetcher_get(s.fetcher, &s.job);
	assert_int_equal(s.source[WEB].searches, 3);
	assert_int_equal(s.job.searches, 0);
	assert_int_equal(s.job.downloads, 1);
}

static void a_rejected_candidate_is_not_tried(void **state)
{
	const char *const rejected[] = { "/inbox/a", NULL };

	(void)state;
	offer(INBOX, "/inbox/a", "good", 95);
	offer(INBOX, "/inbox/b", "good", 90);
	open_all(50);
	s.job.track = &s.track;
	s.job.rejected = rejected;
	fetcher_get(s.fetcher, &s.job);
	assert_int_equal(s.job.end, FETCH_GOT);
	assert_string_equal(s.source[INBOX].got, "/inbox/b");
	assert_int_equal(s.source[INBOX].gets, 1);
}

/* ---- trying ---- */

static void the_best_candidate_is_tried_first_and_then_the_next(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 85);
	offer(WEB, "https://example.com/b", "another", 95);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_string_equal(s.job.candidate.ref, "https://example.com/a");
	assert_int_equal(s.job.downloads, 2);
	/* What turned out to be another recording is remembered. */
	assert_int_equal(s.job.n_rejections, 1);
	assert_string_equal(s.job.rejections[0].ref, "https://example.com/b");
	assert_string_equal(s.job.rejections[0].source, "web");
	assert_int_equal(strlen(s.job.rejections[0].identity), 32);
	assert_string_equal(s.job.best_rejected.ref, "https://example.com/b");
}

static void four_candidates_are_tried_and_no_more(void **state)
{
	static const char *const refs[] = { "https://example.com/1",
		"https://example.com/2", "https://example.com/3",
		"https://example.com/4", "https://example.com/5" };

	(void)state;
	for (int i = 0; i < 5; i++)
		offer(WEB, refs[i], i == 4 ? "good" : "another", 95 - i);
	assert_int_equal(fetch(), FETCH_FAILED);
	assert_int_equal(s.source[WEB].gets, 4);
	assert_int_equal(s.job.n_rejections, 4);
}

static void the_fourth_candidate_may_be_the_track(void **state)
{
	static const char *const refs[] = { "https://example.com/1",
		"https://example.com/2", "https://example.com/3",
		"https://example.com/4" };

	(void)state;
	for (int i = 0; i < 4; i++)
		offer(WEB, refs[i], i == 3 ? "good" : "another", 95 - i);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_int_equal(s.source[WEB].gets, 4);
}

static void an_outage_rejects_no_candidate(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.source[WEB].get_says = ITEM_FAILED;
	assert_int_equal(fetch(), FETCH_FAILED);
	assert_int_equal(s.source[WEB].gets, 1);
	for (size_t i = 0; i < s.job.n_rejections; i++)
		assert_string_equal(s.job.rejections[i].identity, "");
	assert_non_null(strstr(s.job.error.text, "the source's reason"));
}

/* Fetches another track, whose title it becomes. */
static enum fetch_end fetch_titled(const char *title)
{
	free(s.track.title);
	s.track.title = xstrdup(title);
	track_set_key(&s.track);
	return fetch_again();
}

static void bytes_that_are_no_audio_are_an_outage_if_they_repeat(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.decoded = ITEM_FAILED;
	assert_int_equal(fetch(), FETCH_FAILED);
	assert_int_equal(fetch_titled("Two"), FETCH_FAILED);
	assert_null(fetcher_source_fault(s.fetcher, WEB));
	assert_int_equal(fetch_titled("Three"), FETCH_DEFERRED);
	assert_true(s.job.outage);
	assert_non_null(strstr(fetcher_source_fault(s.fetcher, WEB),
	    "the worker's reason"));
	assert_int_equal(fetch_titled("Four"), FETCH_DEFERRED);
	assert_int_equal(s.source[WEB].gets, 3);
}

static void downloads_without_a_file_are_an_outage_if_they_repeat(
    void **state)
{
	static const char *const titles[] = { "One", "Two", "Three", "Four" };

	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	offer(WEB, "https://example.com/b", "good", 85);
	s.source[WEB].get_says = ITEM_FAILED;
	s.source[WEB].reason = SOURCE_UNCLEAR;
	open_all(50);
	for (int i = 0; i < 4; i++)
		assert_int_equal(fetch_titled(titles[i]), FETCH_FAILED);
	assert_null(fetcher_source_fault(s.fetcher, WEB));
	assert_int_equal(fetch_titled("Five"), FETCH_DEFERRED);
	assert_true(s.job.outage);
	assert_non_null(strstr(fetcher_source_fault(s.fetcher, WEB),
	    "the source's reason"));
	assert_int_equal(fetch_titled("Six"), FETCH_DEFERRED);
	assert_int_equal(s.source[WEB].gets, 10);
}

static void a_candidate_that_failed_for_itself_ends_no_source(void **state)
{
	static const char *const titles[] = { "One", "Two", "Three", "Four",
		"Five", "Six" };

	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.source[WEB].get_says = ITEM_FAILED;
	s.source[WEB].reason = SOURCE_GONE;
	open_all(50);
	for (int i = 0; i < 6; i++)
		assert_int_equal(fetch_titled(titles[i]), FETCH_FAILED);
	assert_null(fetcher_source_fault(s.fetcher, WEB));
}

static void audio_between_them_ends_the_count(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.decoded = ITEM_FAILED;
	assert_int_equal(fetch(), FETCH_FAILED);
	assert_int_equal(fetch_titled("Two"), FETCH_FAILED);
	s.decoded = DONE;
	assert_int_equal(fetch_titled("Three"), FETCH_GOT);
	s.decoded = ITEM_FAILED;
	assert_int_equal(fetch_titled("Four"), FETCH_FAILED);
	assert_int_equal(fetch_titled("Five"), FETCH_FAILED);
	assert_null(fetcher_source_fault(s.fetcher, WEB));
}

static void bytes_that_are_no_audio_do_not_end_an_outage(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.source[WEB].get_says = SERVICE_FAILED;
	assert_int_equal(fetch(), FETCH_DEFERRED);
	assert_int_equal(fetch_titled("Two"), FETCH_DEFERRED);
	s.source[WEB].get_says = DONE;
	s.decoded = ITEM_FAILED;
	assert_int_equal(fetch_titled("Three"), FETCH_DEFERRED);
	assert_non_null(fetcher_source_fault(s.fetcher, WEB));
}

static void an_outage_is_no_failed_attempt_of_the_track(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.source[WEB].get_says = SERVICE_FAILED;
	assert_int_equal(fetch(), FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, DONE);
	assert_int_equal(s.job.n_rejections, 0);
	s.source[WEB].get_says = DONE;
	s.source[WEB].search_says = SERVICE_FAILED;
	assert_int_equal(fetch_again(), FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, DONE);
}

static void without_the_worker_the_run_fails(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.decoded = SERVICE_FAILED;
	assert_int_equal(fetch(), FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, RUN_FAILED);
	assert_int_equal(s.job.n_rejections, 0);
}

/* ---- caps, disk, pace ---- */

static void a_download_is_in_the_ledger_before_it_starts(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "another", 95);
	offer(WEB, "https://example.com/b", "good", 90);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_int_equal(s.source[WEB].gets, 2);
	assert_int_equal(s.source[WEB].reserved, 2);
	assert_int_equal(lines_in(s.ledger), 2);
}

static void a_cap_ends_downloads_but_not_local_sources(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "another", 95);
	offer(WEB, "https://example.com/b", "good", 90);
	open_all(1);
	assert_int_equal(fetch(), FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, DONE);
	assert_int_equal(s.source[WEB].gets, 1);
	assert_int_equal(s.job.downloads, 1);
	/* No search for what can't be downloaded. */
	s.source[WEB].searches = 0;
	assert_int_equal(fetch_again(), FETCH_DEFERRED);
	assert_int_equal(s.source[WEB].searches, 0);
	/* The user's own are still had. */
	offer(INBOX, "/inbox/a", "good", 90);
	assert_int_equal(fetch_again(), FETCH_GOT);
}

static void a_full_disk_ends_the_fetch_without_a_reservation(
    void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.room_says = RUN_ACT;
	assert_int_equal(fetch(), FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, RUN_ACT);
	assert_string_equal(s.job.error.text, "the disk's reason");
	assert_int_equal(s.source[WEB].gets, 0);
	assert_int_equal(lines_in(s.ledger), 0);
}

/* 20 MiB, or 40,000 bytes for each second if that is more. */
static void a_long_track_needs_more_room(void **state)
{
	(void)state;
	offer(WEB, "https://example.com/a", "good", 90);
	s.track.duration_ms = 524000;
	assert_int_equal(fetch(), FETCH_GOT);
	assert_true(s.need == 20u << 20);
	s.track.duration_ms = 525000;
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_true(s.need == 21000000);
	/* By whoever says that it is longer. */
	s.source[WEB].offered[0].duration_s = 1000;
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_true(s.need == 40000000);
	s.cfg.fetch.max_size = 30000000;
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_true(s.need == 30000000);
}

static void downloads_of_a_source_are_delayed(void **state)
{
	(void)state;
	s.cfg.fetch.delay = 3;
	offer(WEB, "https://example.com/a", "good", 90);
	assert_int_equal(fetch(), FETCH_GOT);
	assert_true(longest_sleep <= 0);
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_int_equal(longest_sleep, 3000);
	assert_int_equal(fetch_again(), FETCH_GOT);
	assert_int_equal(longest_sleep, 6000);
}

static void no_source_is_searched_after_a_stop_request(void **state)
{
	(void)state;
	offer(INBOX, "/inbox/a", "good", 90);
	open_all(50);
	stop_now(SIGTERM);
	fetch_again();
	stop_now(0);
	assert_int_equal(s.job.end, FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, STOPPED);
	assert_int_equal(s.source[INBOX].searches, 0);
}

/* ---- pins ---- */

static enum fetch_end fetch_pinned(const char *what, const char *identity)
{
	if (s.fetcher == NULL)
		open_all(50);
	fetch_job_free(&s.job);
	memset(&s.job, 0, sizeof(s.job));
	s.job.track = &s.track;
	s.job.remote = true;
	s.job.pinned = what;
	s.job.pinned_identity = identity;
	fetcher_get(s.fetcher, &s.job);
	return s.job.end;
}

static void a_pinned_link_is_fetched_without_a_search(void **state)
{
	(void)state;
	/* No matcher would accept it. */
	assert_int_equal(fetch_pinned("https://example.com/p", NULL),
	    FETCH_GOT);
	assert_string_equal(s.source[WEB].got, "https://example.com/p");
	assert_string_equal(s.job.source, "web");
	assert_int_equal(s.source[WEB].searches + s.source[INBOX].searches, 0);
	assert_int_equal(lines_in(s.ledger), 1);
	s.source[WEB].get_says = ITEM_FAILED;
	assert_int_equal(fetch_pinned("https://example.com/p", NULL),
	    FETCH_FAILED);
	/* A pin is not rejected. */
	assert_int_equal(s.job.n_rejections, 0);
}

static void a_pinned_link_needs_a_source_that_fetches_links(void **state)
{
	(void)state;
	s.source[WEB].no_links = true;
	assert_int_equal(fetch_pinned("https://example.com/p", NULL),
	    FETCH_FAILED);
	assert_int_equal(s.source[WEB].gets, 0);
	fetcher_free(s.fetcher);
	s.fetcher = NULL;
	ledger_close(s.env.ledger);
	s.names[WEB] = NULL;
	assert_int_equal(fetch_pinned("https://example.com/p", NULL),
	    FETCH_FAILED);
}

static void a_pinned_file_is_used_where_it_is(void **state)
{
	char *path = path_join(*state, "mine.m4a");

	assert_int_equal(file_write(path, "song", 4, 0600), 0);
	/* An identity that no decode gives. */
	assert_int_equal(fetch_pinned(path, "x"), FETCH_FAILED);
	assert_int_equal(access(path, F_OK), 0);
	assert_string_equal(s.job.delivery.path, path);
	assert_int_equal(s.source[WEB].gets + s.source[INBOX].gets, 0);
	s.room_says = RUN_ACT;
	assert_int_equal(fetch_pinned(path, "x"), FETCH_DEFERRED);
	assert_int_equal(s.job.outcome, RUN_ACT);
	free(path);
}

/* ---- what is left ---- */

static void a_freed_job_leaves_no_files(void **state)
{
	char *tmp = path_join(*state, STATE_TMP);
	struct dirent *e;
	DIR *d;

	offer(WEB, "https://example.com/a", "another", 95);
	offer(WEB, "https://example.com/b", "good", 90);
	assert_int_equal(fetch(), FETCH_GOT);
	fetch_job_free(&s.job);
	d = opendir(tmp);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			fail_msg("%s", e->d_name);
	closedir(d);
	free(tmp);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_source_is_searched_after_one_that_has_the_track),
		TEST(a_lossless_file_of_a_later_source_comes_first_if_preferred),
		TEST(without_a_lossless_file_the_order_decides),
		TEST(a_lossless_file_that_fails_leaves_the_others),
		TEST(the_next_source_is_searched_if_one_has_no_match),
		TEST(a_track_that_no_source_has_is_not_found),
		TEST(remote_sources_are_used_only_if_the_job_allows_it),
		TEST(a_source_that_cannot_be_opened_leaves_the_others),
		TEST(a_certain_match_ends_the_search),
		TEST(an_uncertain_match_does_not_end_the_search),
		TEST(recent_answers_of_a_search_are_reused),
		TEST(a_rejected_candidate_is_not_tried),
		TEST(the_best_candidate_is_tried_first_and_then_the_next),
		TEST(four_candidates_are_tried_and_no_more),
		TEST(the_fourth_candidate_may_be_the_track),
		TEST(an_outage_rejects_no_candidate),
		TEST(bytes_that_are_no_audio_are_an_outage_if_they_repeat),
		TEST(downloads_without_a_file_are_an_outage_if_they_repeat),
		TEST(a_candidate_that_failed_for_itself_ends_no_source),
		TEST(audio_between_them_ends_the_count),
		TEST(bytes_that_are_no_audio_do_not_end_an_outage),
		TEST(an_outage_is_no_failed_attempt_of_the_track),
		TEST(without_the_worker_the_run_fails),
		TEST(a_download_is_in_the_ledger_before_it_starts),
		TEST(a_cap_ends_downloads_but_not_local_sources),
		TEST(a_full_disk_ends_the_fetch_without_a_reservation),
		TEST(a_long_track_needs_more_room),
		TEST(downloads_of_a_source_are_delayed),
		TEST(no_source_is_searched_after_a_stop_request),
		TEST(a_pinned_link_is_fetched_without_a_search),
		TEST(a_pinned_link_needs_a_source_that_fetches_links),
		TEST(a_pinned_file_is_used_where_it_is),
		TEST(a_freed_job_leaves_no_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
