/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "records/jobs.h"
#include "records/requests.h"
#include "report/job_eta.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

/* Tracks named 1 to n; caller frees. */
static struct tracks some_tracks(int n)
{
	struct tracks list = { .items = NULL };

	for (int i = 1; i <= n; i++) {
		struct track *t = tracks_add(&list);
		char *title = xasprintf("Title %d", i);

		track_add_artist(t, "Artist");
		str_replace(&t->title, title);
		track_set_key(t);
		free(title);
	}
	return list;
}

/* The job of these tracks, with its id; its tracks are borrowed. */
static struct job new_job(const struct jobs *jobs, const struct tracks *list)
{
	struct job job = { .name = TEXT("Set"), .link = TEXT("https://x"),
		.by = TEXT("terminal"), .created_at = 100,
		.count = list->count };

	job.tracks = xcalloc(list->count + 1, sizeof(*job.tracks));
	for (size_t i = 0; i < list->count; i++)
		job.tracks[i].track = list->items[i];
	jobs_id_for(jobs, list, job.id);
	return job;
}

static struct jobs *open_jobs(void **state)
{
	char *path = path_join(*state, "jobs.jsonl");
	struct jobs *jobs;

	assert_int_equal(jobs_open(path, &jobs, NULL), DONE);
	free(path);
	return jobs;
}

static struct jobs *read_jobs(void **state)
{
	char *path = path_join(*state, "jobs.jsonl");
	struct jobs *jobs;

	assert_int_equal(jobs_read(path, &jobs, NULL), DONE);
	free(path);
	return jobs;
}

static void add(struct jobs *jobs, const struct tracks *list,
    char id[JOB_ID_LEN + 1])
{
	struct job job = new_job(jobs, list);

	memcpy(id, job.id, sizeof(job.id));
	assert_int_equal(jobs_add(jobs, &job, NULL), DONE);
	free(job.tracks);
}

static enum job_status status_of(const struct jobs *jobs, const char *id)
{
	const struct job *job = jobs_find(jobs, id);

	assert_non_null(job);
	return job_status(job);
}

static void a_job_goes_from_pending_to_complete(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(2);
	char id[JOB_ID_LEN + 1];

	add(jobs, &list, id);
	assert_int_equal(status_of(jobs, id), JOB_PENDING);
	assert_int_equal(jobs_start(jobs, list.items[0].key, NULL), DONE);
	assert_int_equal(status_of(jobs, id), JOB_PROCESSING);
	assert_int_equal(jobs_end_track(jobs, list.items[0].key, NULL, NULL),
	    DONE);
	assert_int_equal(status_of(jobs, id), JOB_PROCESSING);
	assert_int_equal(jobs_end_track(jobs, list.items[1].key,
	    "no candidates", NULL), DONE);
	jobs_close(jobs);
	jobs = read_jobs(state);
	assert_int_equal(status_of(jobs, id), JOB_COMPLETE);
	assert_int_equal(jobs_find(jobs, id)->completed, 1);
	assert_int_equal(jobs_find(jobs, id)->failed, 1);
	assert_string_equal(jobs_find(jobs, id)->tracks[1].reason,
	    "no candidates");
	assert_true(jobs_find(jobs, id)->completed_at > 0);
	jobs_close(jobs);
	tracks_free(&list);
}

static void a_job_has_failed_if_all_its_tracks_did(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(1);
	char id[JOB_ID_LEN + 1];

	add(jobs, &list, id);
	assert_int_equal(jobs_end_track(jobs, list.items[0].key, "gone", NULL),
	    DONE);
	assert_int_equal(status_of(jobs, id), JOB_FAILED);
	jobs_close(jobs);
	tracks_free(&list);
}

static void the_same_unfinished_tracks_are_the_same_job(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(2), turned = some_tracks(2);
	struct track first = turned.items[0];
	char id[JOB_ID_LEN + 1], again[JOB_ID_LEN + 1];

	turned.items[0] = turned.items[1];
	turned.items[1] = first;
	add(jobs, &list, id);
	add(jobs, &turned, again);
	assert_string_equal(id, again);
	assert_int_equal(jobs_count(jobs), 1);
	assert_int_equal(jobs_cancel(jobs, id, NULL), DONE);
	add(jobs, &list, again);
	assert_string_not_equal(id, again);
	assert_int_equal(jobs_count(jobs), 2);
	assert_int_equal(status_of(jobs, again), JOB_PENDING);
	jobs_close(jobs);
	tracks_free(&list);
	tracks_free(&turned);
}

static void a_track_ends_in_every_job_that_waits_for_it(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks two = some_tracks(2), one = some_tracks(1);
	const char *key = one.items[0].key;
	char a[JOB_ID_LEN + 1], b[JOB_ID_LEN + 1];

	add(jobs, &two, a);
	add(jobs, &one, b);
	assert_true(jobs_want(jobs, key));
	assert_int_equal(jobs_end_track(jobs, key, NULL, NULL), DONE);
	assert_false(jobs_want(jobs, key));
	assert_int_equal(status_of(jobs, b), JOB_COMPLETE);
	assert_int_equal(jobs_waiting(jobs_find(jobs, a)), 1);
	jobs_close(jobs);
	tracks_free(&one);
	tracks_free(&two);
}

static void a_cancelled_job_wants_nothing_and_stays_cancelled(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(1);
	struct error error;
	char id[JOB_ID_LEN + 1];

	add(jobs, &list, id);
	assert_int_equal(jobs_cancel(jobs, id, NULL), DONE);
	assert_false(jobs_want(jobs, list.items[0].key));
	assert_int_equal(jobs_cancel(jobs, id, &error), ITEM_FAILED);
	assert_non_null(strstr(error.text, "cancelled already"));
	jobs_close(jobs);
	jobs = read_jobs(state);
	assert_int_equal(status_of(jobs, id), JOB_CANCELLED);
	jobs_close(jobs);
	tracks_free(&list);
}

/* Before its "queued" line a job was not acknowledged to anybody. */
static void tracks_without_their_job_are_no_job(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(3);
	char *path = path_join(*state, "jobs.jsonl");
	struct buf text = BUF_INIT;
	char id[JOB_ID_LEN + 1];

	add(jobs, &list, id);
	jobs_close(jobs);
	assert_int_equal(file_read(path, 1 << 20, &text), 0);
	buf_cut(&text, (size_t)(strchr(text.data, '\n') - text.data) + 1);
	assert_int_equal(file_write(path, text.data, text.len, 0600), 0);
	jobs = open_jobs(state);
	assert_int_equal(jobs_count(jobs), 0);
	assert_false(jobs_want(jobs, list.items[0].key));
	add(jobs, &list, id);
	assert_int_equal(jobs_find(jobs, id)->count, 3);
	jobs_close(jobs);
	buf_free(&text);
	free(path);
	tracks_free(&list);
}

static void no_jobs_and_too_many_tracks_are_refused(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks none = { .items = NULL };
	struct job job = new_job(jobs, &none);

	assert_int_equal(jobs_add(jobs, &job, NULL), ITEM_FAILED);
	job.count = JOB_MAX_TRACKS + 1;
	assert_int_equal(jobs_add(jobs, &job, NULL), ITEM_FAILED);
	assert_int_equal(jobs_count(jobs), 0);
	free(job.tracks);
	jobs_close(jobs);
}

/* A line of the journal that is too long would be skipped when it is read. */
static void a_job_with_endless_names_is_refused(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(60);
	struct job job = new_job(jobs, &list);
	char *name = xcalloc(1, JOB_MAX_TEXT + 1);

	memset(name, 'x', JOB_MAX_TEXT);
	job.name = name;
	assert_int_equal(job_check(&job, NULL), ITEM_FAILED);
	job.name = NULL;
	str_replace(&list.items[59].album, name);
	job.tracks[59].track = list.items[59];
	assert_int_equal(jobs_add(jobs, &job, NULL), ITEM_FAILED);
	assert_int_equal(jobs_count(jobs), 0);
	/* The longest that are allowed are read again. */
	name[JOB_MAX_TEXT - 300] = '\0';
	for (size_t i = 0; i < 60; i++) {
		str_replace(&list.items[i].album, name);
		job.tracks[i].track = list.items[i];
	}
	assert_int_equal(jobs_add(jobs, &job, NULL), DONE);
	jobs_close(jobs);
	jobs = read_jobs(state);
	assert_int_equal(jobs_find(jobs, job.id)->count, 60);
	jobs_close(jobs);
	free(job.tracks);
	free(name);
	tracks_free(&list);
}

static size_t count_lines(void **state)
{
	char *path = path_join(*state, "jobs.jsonl");
	struct buf text = BUF_INIT;
	size_t n = 0;

	assert_int_equal(file_read(path, 64 << 20, &text), 0);
	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	buf_free(&text);
	free(path);
	return n;
}

/* "started" lines without effect stand for the history of years. */
static void write_history(void **state, const char *id, int lines)
{
	char *path = path_join(*state, "jobs.jsonl");
	struct buf text = BUF_INIT;

	assert_int_equal(file_read(path, 1 << 20, &text), 0);
	for (int i = 0; i < lines; i++)
		buf_printf(&text, "{\"kind\":\"started\",\"job\":\"%s\","
		    "\"at\":%d}\n", id, i + 5);
	assert_int_equal(file_write(path, text.data, text.len, 0600), 0);
	buf_free(&text);
	free(path);
}

static void a_long_journal_is_shortened_and_says_the_same(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(120);
	char id[JOB_ID_LEN + 1];

	add(jobs, &list, id);
	assert_int_equal(jobs_end_track(jobs, list.items[7].key, NULL, NULL),
	    DONE);
	assert_int_equal(jobs_end_track(jobs, list.items[8].key, "gone", NULL),
	    DONE);
	jobs_close(jobs);
	write_history(state, id, 2500);
	jobs_close(open_jobs(state));
	assert_int_equal(count_lines(state), 4);
	jobs = read_jobs(state);
	assert_int_equal(jobs_find(jobs, id)->count, 120);
	assert_int_equal(jobs_find(jobs, id)->started_at, 5);
	assert_int_equal(jobs_find(jobs, id)->created_at, 100);
	assert_string_equal(jobs_find(jobs, id)->name, "Set");
	assert_int_equal(jobs_find(jobs, id)->tracks[7].state, JOB_COMPLETED);
	assert_string_equal(jobs_find(jobs, id)->tracks[8].reason, "gone");
	assert_int_equal(jobs_waiting(jobs_find(jobs, id)), 118);
	jobs_close(jobs);
	tracks_free(&list);
}

static void a_short_journal_is_left_as_it_is(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(1);
	char id[JOB_ID_LEN + 1];

	add(jobs, &list, id);
	jobs_close(jobs);
	write_history(state, id, 1990);
	jobs_close(open_jobs(state));
	assert_int_equal(count_lines(state), 1992);
	tracks_free(&list);
}

static void reading_creates_no_file(void **state)
{
	char *path = path_join(*state, "jobs.jsonl");

	jobs_close(read_jobs(state));
	assert_int_not_equal(access(path, F_OK), 0);
	free(path);
}

/* ---- the remaining time ---- */

static void the_remaining_time_follows_from_speed_caps_and_others(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks ten = some_tracks(10), four = some_tracks(14);
	struct eta_input in = { .hour_left = 100, .day_left = 100,
		.per_hour = 10, .per_day = 20, .fetch_s = 30, .parallel = 2 };
	char id[JOB_ID_LEN + 1], other[JOB_ID_LEN + 1];

	add(jobs, &ten, id);
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), 150);
	in.likes = 4;
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), 210);
	in.likes = 1000;	/* they take turns: ten of them */
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), 300);
	in.hour_left = 20;
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), 300);
	in.hour_left = 19;
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), 3600);
	in.day_left = 19;
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), 86400);
	in.likes = 0;
	add(jobs, &four, other);
	in.hour_left = in.day_left = 20;
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), 300);
	in.per_day = 0;
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), -1);
	in.per_day = 1;
	assert_int_equal(jobs_cancel(jobs, id, NULL), DONE);
	assert_int_equal(job_eta(jobs, jobs_find(jobs, id), &in), -1);
	jobs_close(jobs);
	tracks_free(&ten);
	tracks_free(&four);
}

/* ---- requests ---- */

static enum outcome apply(void *ctx, const struct json *request,
    struct error *error)
{
	return jobs_apply_request(ctx, request, error);
}

static void preview(void *ctx, const struct json *request)
{
	jobs_apply_request(ctx, request, NULL);
}

static void request(void **state, const struct jobs *jobs,
    const struct tracks *list, char id[JOB_ID_LEN + 1])
{
	struct job job = new_job(jobs, list);
	char *name = xasprintf("queue-%s", job.id);

	memcpy(id, job.id, sizeof(job.id));
	assert_int_equal(request_write(*state, name, job_to_request(&job),
	    NULL), DONE);
	free(name);
	free(job.tracks);
}

static void a_request_is_seen_by_readers_and_taken_once(void **state)
{
	struct jobs *jobs = read_jobs(state);
	struct tracks list = some_tracks(60);
	char id[JOB_ID_LEN + 1];
	size_t taken;

	assert_false(requests_waiting(*state));
	request(state, jobs, &list, id);
	request(state, jobs, &list, id);
	assert_true(requests_waiting(*state));
	requests_each(*state, preview, jobs);
	assert_int_equal(status_of(jobs, id), JOB_PENDING);
	jobs_close(jobs);
	jobs = open_jobs(state);
	assert_int_equal(requests_take(*state, apply, jobs, &taken, NULL),
	    DONE);
	assert_int_equal(taken, 1);
	assert_false(requests_waiting(*state));
	jobs_close(jobs);
	jobs = read_jobs(state);
	assert_int_equal(jobs_find(jobs, id)->count, 60);
	assert_string_equal(jobs_find(jobs, id)->by, "terminal");
	jobs_close(jobs);
	tracks_free(&list);
}

/* Killed between the journal and the removal of the request. */
static void a_request_that_is_taken_twice_is_one_job(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(2);
	char id[JOB_ID_LEN + 1];
	size_t taken;

	for (int i = 0; i < 2; i++) {
		request(state, jobs, &list, id);
		assert_int_equal(requests_take(*state, apply, jobs, &taken,
		    NULL), DONE);
	}
	assert_int_equal(jobs_count(jobs), 1);
	jobs_close(jobs);
	tracks_free(&list);
}

static void a_cancel_is_a_request_too(void **state)
{
	struct jobs *jobs = open_jobs(state);
	struct tracks list = some_tracks(2);
	char id[JOB_ID_LEN + 1];
	size_t taken;

	add(jobs, &list, id);
	for (int i = 0; i < 2; i++) {	/* again after a kill */
		assert_int_equal(request_write(*state, "cancel-1",
		    job_cancel_request(id), NULL), DONE);
		assert_int_equal(requests_take(*state, apply, jobs, &taken,
		    NULL), DONE);
		assert_int_equal(taken, 1);
		assert_int_equal(status_of(jobs, id), JOB_CANCELLED);
	}
	jobs_close(jobs);
	tracks_free(&list);
}

static void put(void **state, const char *name, const char *text)
{
	char *folder = path_join(*state, "requests");
	char *path = path_join(folder, name);

	assert_int_equal(file_make_dirs(folder, 0700), 0);
	assert_int_equal(file_write(path, text, strlen(text), 0600), 0);
	free(path);
	free(folder);
}

static bool exists(void **state, const char *name)
{
	char *path = path_join(*state, name);
	bool found = access(path, F_OK) == 0;

	free(path);
	return found;
}

static void a_bad_request_is_moved_aside(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "{\"action\":1}",
		"{\"action\":\"queue\",\"job\":\"0123456789abcdef\"}",
		"{\"action\":\"queue\",\"job\":\"../../../etc/pass\","
		    "\"tracks\":[]}",
		"{\"action\":\"cancel\",\"job\":\"0123456789abcdef\"}",
		"{\"action\":\"dance\",\"job\":\"0123456789abcdef\"}" };
	struct jobs *jobs = open_jobs(state);
	size_t taken;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(state, "bad.json", bad[i]);
		assert_int_equal(requests_take(*state, apply, jobs, &taken,
		    &(struct error){ .reason = 0 }), DONE);
		assert_int_equal(taken, 0);
		assert_false(requests_waiting(*state));
		assert_true(exists(state, "requests/refused/bad.json"));
	}
	assert_int_equal(jobs_count(jobs), 0);
	jobs_close(jobs);
}

static void files_under_way_are_no_requests(void **state)
{
	struct jobs *jobs = open_jobs(state);
	size_t taken;

	put(state, ".likesync-abc.tmp", "{}");
	put(state, "note.txt", "{}");
	assert_false(requests_waiting(*state));
	assert_int_equal(requests_take(*state, apply, jobs, &taken, NULL),
	    DONE);
	assert_true(exists(state, "requests/note.txt"));
	jobs_close(jobs);
}

static void a_name_that_is_a_path_is_refused(void **state)
{
	struct error error;

	assert_int_equal(request_write(*state, "../keep/x",
	    job_cancel_request("0123456789abcdef"), &error), RUN_FAILED);
	assert_false(exists(state, "keep"));
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_goes_from_pending_to_complete),
		TEST(a_job_has_failed_if_all_its_tracks_did),
		TEST(the_same_unfinished_tracks_are_the_same_job),
		TEST(a_track_ends_in_every_job_that_waits_for_it),
		TEST(a_cancelled_job_wants_nothing_and_stays_cancelled),
		TEST(tracks_without_their_job_are_no_job),
		TEST(no_jobs_and_too_many_tracks_are_refused),
		TEST(a_job_with_endless_names_is_refused),
		TEST(a_long_journal_is_shortened_and_says_the_same),
		TEST(a_short_journal_is_left_as_it_is),
		TEST(reading_creates_no_file),
		TEST(the_remaining_time_follows_from_speed_caps_and_others),
		TEST(a_request_is_seen_by_readers_and_taken_once),
		TEST(a_request_that_is_taken_twice_is_one_job),
		TEST(a_cancel_is_a_request_too),
		TEST(a_bad_request_is_moved_aside),
		TEST(files_under_way_are_no_requests),
		TEST(a_name_that_is_a_path_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
