/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger is a journal that several processes may append to: whoever
 * reserves takes the lock beside it, reads what others wrote since, counts,
 * and appends, before he lets go.
 */
#include "fetch/budget.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define LOCK_WAIT_MS 10000	/* a reservation takes milliseconds */

/* One fetch that was started, or, lost, the moment from which on a day of
 * fetches must be assumed. */
struct spent {
	struct instant at;
	bool lost;
};

struct budget {
	pthread_mutex_t lock;
	char *path, *lock_path;
	int per_hour, per_day;
	struct spent *items;
	size_t count, cap;
	size_t damaged;
	void (*now)(struct instant *out);
};

void budget_set_clock(struct budget *b, void (*now)(struct instant *out))
{
	b->now = now != NULL ? now : clock_now;
}

/* Does the entry lie within the window? In the same boot the boot clock
 * decides; across boots the wall clock, of which one that is ahead counts. */
static bool is_within(const struct spent *s, const struct instant *now,
    int64_t window_ms)
{
	if (s->at.boot_id[0] != '\0' &&
	    strcmp(s->at.boot_id, now->boot_id) == 0)
		return now->boot_ms - s->at.boot_ms < window_ms;
	return now->wall_ms - s->at.wall_ms < window_ms;
}

/* ---- the ledger's lines ---- */

static void take_line(void *ctx, const struct json *v)
{
	struct budget *b = ctx;
	const char *boot = json_get_string(v, "boot");
	struct spent *s;

	b->items = grow(b->items, &b->cap, b->count, sizeof(*b->items));
	s = &b->items[b->count++];
	memset(s, 0, sizeof(*s));
	if (boot != NULL && strlen(boot) <= BOOT_ID_LEN)
		memcpy(s->at.boot_id, boot, strlen(boot) + 1);
	s->at.boot_ms = json_get_int(v, "boot_ms", INT64_MAX / 2);
	s->at.wall_ms = json_get_int(v, "wall_ms", INT64_MAX / 2);
	s->lost = json_get_bool(v, "lost", false);
}

static void put_line(struct buf *out, const struct spent *s,
    const char *source, const char *key)
{
	struct json_writer *w = json_writer_new(false);
	char *text;

	json_open_object(w, NULL);
	json_put_string(w, "boot", s->at.boot_id);
	json_put_int(w, "boot_ms", s->at.boot_ms);
	json_put_int(w, "wall_ms", s->at.wall_ms);
	if (s->lost)
		json_put_bool(w, "lost", true);
	json_put_string_if(w, "source", source);
	json_put_string_if(w, "track", key);
	json_close(w);
	text = json_writer_end(w, NULL);
	buf_puts(out, text);
	free(text);
}

/* Reads the ledger anew; the caller holds the lock beside it. */
static struct journal *read_ledger(struct budget *b, bool *existed,
    struct why *why)
{
	struct journal *j;

	b->count = 0;
	j = journal_open(b->path, existed, take_line, b, why);
	b->damaged = j != NULL ? journal_damaged(j) : 0;
	return j;
}

static int append_entry(struct journal *j, const struct spent *s,
    const char *source, const char *key, struct why *why)
{
	struct buf line = BUF_INIT;
	int failed;

	put_line(&line, s, source, key);
	failed = journal_append(j, line.data, line.len, why);
	buf_free(&line);
	return failed;
}

/* Entries that no window reaches any more only cost reading. */
static int drop_old(struct budget *b, struct journal *j,
    const struct instant *now, struct why *why)
{
	struct buf text = BUF_INIT;
	size_t kept = 0;
	int failed = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (!is_within(&b->items[i], now, DAY_MS))
			continue;
		put_line(&text, &b->items[i], NULL, NULL);
		buf_putc(&text, '\n');
		b->items[kept++] = b->items[i];
	}
	if (kept < b->count || b->damaged > 0)
		failed = journal_rewrite(j, buf_str(&text), text.len, why);
	b->count = kept;
	buf_free(&text);
	return failed;
}

static int lock_ledger(struct budget *b, struct why *why)
{
	int fd = file_lock(b->lock_path, LOCK_WAIT_MS, NULL);

	if (fd < 0)
		why_set(why, RUN_FAILED, "%s: can't be locked: %s",
		    b->lock_path, strerror(errno));
	return fd;
}

/* Reads it for the first time, drops what is old, and notes a loss. */
static enum outcome begin(struct budget *b, bool expected, struct why *why)
{
	struct instant now;
	struct spent lost = { .lost = true };
	bool existed = false;
	int failed = 0, fd = lock_ledger(b, why);
	struct journal *j = fd >= 0 ? read_ledger(b, &existed, why) : NULL;

	if (j != NULL) {
		b->now(&now);
		if ((expected && !existed) || b->damaged > 0) {
			log_warning("%s: the ledger is %s: the caps count as "
			    "used up for a day", b->path, existed ?
			    "damaged" : "lost");
			lost.at = now;
			b->items = grow(b->items, &b->cap, b->count,
			    sizeof(*b->items));
			b->items[b->count++] = lost;
			failed = append_entry(j, &lost, NULL, NULL, why);
		}
		if (!failed)
			failed = drop_old(b, j, &now, why);
	}
	journal_close(j);
	if (fd >= 0)
		close(fd);
	return j == NULL || failed ? RUN_FAILED : DONE;
}

enum outcome budget_open(const char *path, bool expected, int per_hour,
    int per_day, struct budget **out, struct why *why)
{
	struct budget *b = xcalloc(1, sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	b->path = xstrdup(path);
	b->lock_path = xasprintf("%s.lock", path);
	b->per_hour = per_hour;
	b->per_day = per_day;
	b->now = clock_now;
	*out = b;
	if (begin(b, expected, why) == DONE)
		return DONE;
	budget_close(b);
	*out = NULL;
	return RUN_FAILED;
}

void budget_close(struct budget *b)
{
	if (b == NULL)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b->items);
	free(b->path);
	free(b->lock_path);
	free(b);
}

/* ---- counting ---- */

static int left_in(const struct budget *b, const struct instant *now,
    int64_t window_ms, int cap)
{
	int used = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (b->items[i].lost && is_within(&b->items[i], now, DAY_MS))
			return 0;
		used += is_within(&b->items[i], now, window_ms);
	}
	return used < cap ? cap - used : 0;
}

/* When the oldest entry of the window leaves it, in wall time. */
static int64_t frees_at(const struct budget *b, const struct instant *now,
    int64_t window_ms)
{
	int64_t soonest = INT64_MAX;

	for (size_t i = 0; i < b->count; i++) {
		const struct spent *s = &b->items[i];
		int64_t window = s->lost ? DAY_MS : window_ms;
		bool same = strcmp(s->at.boot_id, now->boot_id) == 0;
		int64_t age = same ? now->boot_ms - s->at.boot_ms :
		    now->wall_ms - s->at.wall_ms;

		if (age < window && window - age < soonest)
			soonest = window - age;
	}
	return soonest == INT64_MAX ? 0 :
	    (now->wall_ms + soonest) / 1000 + 1;
}

static void count_left(const struct budget *b, struct budget_left *out)
{
	struct instant now;
	char wait[32];

	b->now(&now);
	memset(out, 0, sizeof(*out));
	out->hour = left_in(b, &now, HOUR_MS, b->per_hour);
	out->day = left_in(b, &now, DAY_MS, b->per_day);
	if (out->hour > 0 && out->day > 0)
		return;
	out->frees_at = frees_at(b, &now, out->day > 0 ? HOUR_MS : DAY_MS);
	duration_to_text(out->frees_at - now.wall_ms / 1000, wait,
	    sizeof(wait));
	snprintf(out->why, sizeof(out->why), "the %s cap of %d is used up; "
	    "the next fetch may start in %s", out->day > 0 ? "hourly" :
	    "daily", out->day > 0 ? b->per_hour : b->per_day, wait);
}

void budget_left(struct budget *b, struct budget_left *out)
{
	pthread_mutex_lock(&b->lock);
	count_left(b, out);
	pthread_mutex_unlock(&b->lock);
}

/* Under both locks: counts what is there now, and writes one more. */
static enum outcome reserve(struct budget *b, const char *source,
    const char *key, struct why *why)
{
	struct journal *j = read_ledger(b, NULL, why);
	struct budget_left left;
	struct spent s = { .lost = false };
	enum outcome o = DONE;

	if (j == NULL)
		return RUN_FAILED;
	count_left(b, &left);
	if (left.hour == 0 || left.day == 0) {
		o = why_set(why, SERVICE_FAILED, "%s", left.why);
	} else {
		b->now(&s.at);
		if (append_entry(j, &s, source, key, why) != 0)
			o = RUN_FAILED;
		b->items = grow(b->items, &b->cap, b->count,
		    sizeof(*b->items));
		b->items[b->count++] = s;
	}
	journal_close(j);
	return o;
}

enum outcome budget_reserve(struct budget *b, const char *source,
    const char *key, struct why *why)
{
	enum outcome o = RUN_FAILED;
	int fd;

	pthread_mutex_lock(&b->lock);
	fd = lock_ledger(b, why);
	if (fd >= 0) {
		o = reserve(b, source, key, why);
		close(fd);
	}
	pthread_mutex_unlock(&b->lock);
	return o;
}
