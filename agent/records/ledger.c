/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger is a journal that several processes may append to. A reservation
 * takes the lock beside it, reads what others appended, counts, appends, and
 * releases the lock.
 */
#include "records/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/integer.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define LOCK_WAIT_MS 10000	/* a reservation takes milliseconds */
#define CLOCK_STEP_MS 60000	/* of the wall clock: more than drift */
#define MAX_TIME_MS 1000000000000000LL	/* the year 33,658: later times are
					   damage */

/* A download that was started; or, if lost, the time at which the ledger was
 * found incomplete. */
struct ledger_entry {
	struct instant at;
	bool ahead;		/* of a later boot's future, found so at: */
	struct instant found;
	bool lost;
	char *source, *track;	/* owned; informative */
};

struct ledger {
	pthread_mutex_t lock;
	char *path, *lock_path, *size_path;
	int per_hour, per_day;
	struct ledger_entry *items;
	size_t count, cap;
	size_t damaged;		/* lines that are not ours as we write them */
	void (*now)(struct instant *out);
};

static bool is_same_boot(const struct instant *at,
    const struct instant *now)
{
	return at->boot_id[0] != '\0' &&
	    strcmp(at->boot_id, now->boot_id) == 0;
}

static bool is_in_future(const struct instant *at,
    const struct instant *now)
{
	return !is_same_boot(at, now) && at->wall_ms > now->wall_ms;
}

/* Within a boot by the boot clock, across boots by the wall clock. */
static int64_t left_since(const struct instant *at, const struct instant *now,
    int64_t window_ms)
{
	int64_t age = is_same_boot(at, now) ?
	    now->boot_ms - at->boot_ms : now->wall_ms - at->wall_ms;

	return age < window_ms ? window_ms - age : 0;
}

/* How long the entry still counts in the window; 0: no longer. An entry from
 * the future was made no later than it was found. */
static int64_t remaining_ms(const struct ledger_entry *s,
    const struct instant *now, int64_t window_ms)
{
	bool ahead = s->ahead && is_in_future(&s->at, now);

	return left_since(ahead ? &s->found : &s->at, now, window_ms);
}

/* ---- the ledger's lines ---- */

static struct ledger_entry *add_entry(struct ledger *ledger)
{
	struct ledger_entry *s;

	ledger->items = grow(ledger->items, &ledger->cap, ledger->count,
	    sizeof(*ledger->items));
	s = &ledger->items[ledger->count++];
	memset(s, 0, sizeof(*s));
	return s;
}

static void free_entry(struct ledger_entry *s)
{
	free(s->source);
	free(s->track);
}

static void free_entries(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->count; i++)
		free_entry(&ledger->items[i]);
	ledger->count = 0;
}

static bool is_time(const struct json *v)
{
	int64_t ms = json_int(v, -1);

	return json_type(v) == JSON_NUMBER && ms >= 0 && ms <= MAX_TIME_MS;
}

/* -1: not an instant as we write it. */
static int instant_from_json(struct instant *at, const struct json *v)
{
	const char *boot = json_get_string(v, "boot");

	if (boot == NULL || strlen(boot) > BOOT_ID_LEN ||
	    !is_time(json_get(v, "boot_ms")) ||
	    !is_time(json_get(v, "wall_ms")))
		return -1;
	memcpy(at->boot_id, boot, strlen(boot) + 1);
	at->boot_ms = json_get_int(v, "boot_ms", 0);
	at->wall_ms = json_get_int(v, "wall_ms", 0);
	return 0;
}

static void add_line(void *ctx, const struct json *v)
{
	const struct json *found = json_get(v, "found");
	struct instant at, ahead = { .wall_ms = 0 };
	struct ledger *ledger = ctx;
	struct ledger_entry *s;

	if (instant_from_json(&at, v) != 0 ||
	    (found != NULL && instant_from_json(&ahead, found) != 0)) {
		ledger->damaged++;
		return;
	}
	s = add_entry(ledger);
	s->at = at;
	s->ahead = found != NULL;
	s->found = ahead;
	s->lost = json_get_bool(v, "lost", false);
	s->source = xstrdup(json_get_string(v, "source"));
	s->track = xstrdup(json_get_string(v, "track"));
}

static void put_instant(struct json_writer *w, const struct instant *at)
{
	json_put_string(w, "boot", at->boot_id);
	json_put_int(w, "boot_ms", at->boot_ms);
	json_put_int(w, "wall_ms", at->wall_ms);
}

static void write_line(struct buf *out, const struct ledger_entry *s)
{
	struct json_writer *w = json_writer_new(false);
	char *text;

	json_open_object(w, NULL);
	put_instant(w, &s->at);
	if (s->ahead) {
		json_open_object(w, "found");
		put_instant(w, &s->found);
		json_close(w);
	}
	if (s->lost)
		json_put_bool(w, "lost", true);
	json_put_string_if(w, "source", s->source);
	json_put_string_if(w, "track", s->track);
	json_close(w);
	text = json_writer_end(w, NULL);
	buf_puts(out, text);
	free(text);
}

/* ---- the note of its size ----
 *
 * Written after the ledger grew and before it shrinks: so after a kill at any
 * moment a ledger that is shorter than noted has lost lines.
 */

#define NOTE_LEN 21	/* 20 digits and a newline: written in one piece */

static int64_t size_of(const struct ledger *ledger)
{
	struct stat st;

	return stat(ledger->path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* -1: there is no note. */
static int64_t noted_size(const struct ledger *ledger)
{
	struct buf text = BUF_INIT;
	const char *digits;
	int64_t size = -1;

	if (file_read(ledger->size_path, NOTE_LEN, &text) == 0 &&
	    text.len == NOTE_LEN) {
		size = 0;
		digits = buf_str(&text);
		int_prefix(&digits, 0, INT64_MAX, &size);
	}
	buf_free(&text);
	return size;
}

/* synced: needed before the ledger shrinks only. */
static int note_size(const struct ledger *ledger, int64_t size, bool synced,
    struct error *error)
{
	int fd = file_open_at(AT_FDCWD, ledger->size_path, O_RDWR | O_CREAT |
	    O_NOFOLLOW);
	char text[NOTE_LEN + 1];
	int failed = fd < 0;

	snprintf(text, sizeof(text), "%020lld\n", (long long)size);
	if (!failed)
		failed = pwrite(fd, text, NOTE_LEN, 0) != NOTE_LEN ||
		    (synced && fdatasync(fd) != 0);
	if (failed)
		error_set(error, RUN_FAILED, "%s: %s", ledger->size_path,
		    file_strerror(errno));
	if (fd >= 0)
		close(fd);
	return failed;
}

static int append_last(struct ledger *ledger, struct journal *j,
    struct error *error)
{
	struct buf line = BUF_INIT;
	int failed;

	write_line(&line, &ledger->items[ledger->count - 1]);
	failed = journal_append(j, line.data, line.len, error);
	/* A failure means only that a loss of this line would go unnoticed. */
	if (!failed)
		note_size(ledger, size_of(ledger), false, NULL);
	buf_free(&line);
	return failed;
}

static int rewrite(struct ledger *ledger, struct journal *j,
    struct error *error)
{
	struct buf text = BUF_INIT;
	int failed = 0;

	for (size_t i = 0; i < ledger->count; i++) {
		write_line(&text, &ledger->items[i]);
		buf_putc(&text, '\n');
	}
	if ((int64_t)text.len < noted_size(ledger))
		failed = note_size(ledger, (int64_t)text.len, true, error);
	if (!failed)
		failed = journal_rewrite(j, buf_str(&text), text.len, error);
	if (!failed)
		note_size(ledger, (int64_t)text.len, false, NULL);
	buf_free(&text);
	return failed;
}

/* If the wall clock was set forward since this instant of the current boot,
 * corrects its wall time, which counts after the next boot. */
static bool follow_clock_step(struct instant *at, const struct instant *now)
{
	int64_t wall_ms = now->wall_ms - (now->boot_ms - at->boot_ms);

	if (!is_same_boot(at, now) || wall_ms <= at->wall_ms + CLOCK_STEP_MS)
		return false;
	at->wall_ms = wall_ms;
	return true;
}

/* An entry of another boot in the future means that one of the clocks was
 * wrong. It was made no later than now: counted from now on, it can't use up
 * the caps for years. */
static bool mark_clock_ahead(struct ledger_entry *s, const struct instant *now)
{
	bool ahead = is_in_future(&s->at, now);

	if (ahead == s->ahead &&
	    (!ahead || !is_in_future(&s->found, now)))
		return false;
	s->ahead = ahead;
	s->found = *now;
	return true;
}

/* Drops entries older than a day. */
static int drop_expired(struct ledger *ledger, struct journal *j,
    struct error *error)
{
	struct instant now;
	size_t kept = 0;
	bool changed = false;

	ledger->now(&now);
	for (size_t i = 0; i < ledger->count; i++) {
		struct ledger_entry *s = &ledger->items[i];

		if (remaining_ms(s, &now, DAY_MS) == 0) {
			free_entry(s);
			changed = true;
			continue;
		}
		changed = follow_clock_step(&s->at, &now) || changed;
		changed = follow_clock_step(&s->found, &now) || changed;
		changed = mark_clock_ahead(s, &now) || changed;
		ledger->items[kept++] = *s;
	}
	ledger->count = kept;
	return changed ? rewrite(ledger, j, error) : 0;
}

static int lock_ledger(struct ledger *ledger, struct error *error)
{
	int fd = file_lock(ledger->lock_path, LOCK_WAIT_MS, NULL);

	if (fd < 0)
		error_set(error, RUN_FAILED, "%s: can't be locked: %s",
		    ledger->lock_path, strerror(errno));
	return fd;
}

/* Why the ledger that was read is incomplete; NULL: it is complete. */
static const char *find_loss(const struct ledger *ledger, bool existed,
    enum ledger_past past)
{
	int64_t size = size_of(ledger), noted = noted_size(ledger);

	if (ledger->damaged > 0)
		return "damaged";
	if (!existed && (past != LEDGER_NEW || noted > 0))
		return "lost";
	if (size < noted)
		return "shorter than it was written";
	if (size == 0 && noted < 0 && past == LEDGER_USED)
		return "empty although downloads were made";
	return NULL;
}

/* Reads the whole ledger; the caller has the lock beside it. Appends an
 * entry if anything was lost. */
static struct journal *read_ledger(struct ledger *ledger, enum ledger_past past,
    struct error *error)
{
	const char *loss;
	struct journal *j;
	struct ledger_entry *lost;
	bool existed;

	free_entries(ledger);
	ledger->damaged = 0;
	j = journal_open(ledger->path, &existed, add_line, ledger, error);
	if (j == NULL)
		return NULL;
	ledger->damaged += journal_damaged(j);
	loss = find_loss(ledger, existed, past);
	if (loss == NULL)
		return j;
	log_warning("%s: the ledger is %s: the caps count as used up for a "
	    "day", ledger->path, loss);
	lost = add_entry(ledger);
	lost->lost = true;
	ledger->now(&lost->at);
	if (rewrite(ledger, j, error) == 0)
		return j;
	journal_close(j);
	return NULL;
}

static enum outcome prepare_ledger(struct ledger *ledger, enum ledger_past past,
    struct error *error)
{
	int failed = 1, fd = lock_ledger(ledger, error);
	struct journal *j = fd >= 0 ? read_ledger(ledger, past, error) : NULL;

	if (j != NULL)
		failed = drop_expired(ledger, j, error);
	if (j != NULL && !failed && noted_size(ledger) < 0)
		note_size(ledger, size_of(ledger), false, NULL);
	journal_close(j);
	if (fd >= 0)
		close(fd);
	return failed ? RUN_FAILED : DONE;
}

enum outcome ledger_open_by_clock(const char *path, enum ledger_past past,
    int per_hour, int per_day, void (*now)(struct instant *out),
    struct ledger **out, struct error *error)
{
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));

	pthread_mutex_init(&ledger->lock, NULL);
	ledger->path = xstrdup(path);
	ledger->lock_path = xasprintf("%s.lock", path);
	ledger->size_path = xasprintf("%s.size", path);
	ledger->per_hour = per_hour;
	ledger->per_day = per_day;
	ledger->now = now;
	*out = ledger;
	if (prepare_ledger(ledger, past, error) == DONE)
		return DONE;
	ledger_close(ledger);
	*out = NULL;
	return RUN_FAILED;
}

enum outcome ledger_open(const char *path, enum ledger_past past,
    int per_hour, int per_day, struct ledger **out, struct error *error)
{
	return ledger_open_by_clock(path, past, per_hour, per_day,
	    clock_now, out, error);
}

void ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	pthread_mutex_destroy(&ledger->lock);
	free_entries(ledger);
	free(ledger->items);
	free(ledger->path);
	free(ledger->lock_path);
	free(ledger->size_path);
	free(ledger);
}

/* ---- counting ---- */

struct window {
	int64_t ms;
	int cap;
	const char *source;	/* only its downloads; NULL: all */
};

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The remaining downloads in the window; if 0, *wait_ms grows to the time until
 * one is available. After a loss there are none for a day. */
static int left_in(const struct ledger *ledger, const struct instant *now,
    const struct window *w, int64_t *wait_ms)
{
	int64_t *waits = xcalloc(ledger->count + 1, sizeof(*waits)), wait = 0;
	int used = 0, left;

	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *s = &ledger->items[i];
		int64_t ms = remaining_ms(s, now, s->lost ? DAY_MS : w->ms);

		if (s->lost && ms > wait)
			wait = ms;
		else if (!s->lost && ms > 0 && (w->source == NULL ||
		    s->source == NULL || strcmp(s->source, w->source) == 0))
			waits[used++] = ms;
	}
	left = wait == 0 && used < w->cap ? w->cap - used : 0;
	qsort(waits, (size_t)used, sizeof(*waits), by_size);
	if (used >= w->cap && w->cap > 0 && waits[used - w->cap] > wait)
		wait = waits[used - w->cap];
	if (left == 0 && wait > *wait_ms)
		*wait_ms = wait;
	free(waits);
	return left;
}

static void count_left(const struct ledger *ledger,
    struct ledger_remaining *out)
{
	const struct window hour = { HOUR_MS, ledger->per_hour, NULL };
	const struct window day = { DAY_MS, ledger->per_day, NULL };
	struct instant now;
	int64_t wait_ms = 0;
	char wait[32];

	ledger->now(&now);
	memset(out, 0, sizeof(*out));
	out->hour = left_in(ledger, &now, &hour, &wait_ms);
	out->day = left_in(ledger, &now, &day, &wait_ms);
	if (out->hour > 0 && out->day > 0)
		return;
	if (ledger->per_hour == 0 || ledger->per_day == 0) {
		snprintf(out->error, sizeof(out->error), "a cap of 0 allows no "
		    "downloads");
		return;
	}
	out->frees_at = (now.wall_ms + wait_ms) / 1000 + 1;
	duration_to_text(wait_ms / 1000 + 1, wait, sizeof(wait));
	snprintf(out->error, sizeof(out->error), "the %s cap of %d is used up; "
	    "the next download may start in %s", out->day > 0 ? "hourly" :
	    "daily", out->day > 0 ? ledger->per_hour : ledger->per_day, wait);
}

/* The source's own caps: DONE, or SERVICE_FAILED. */
static enum outcome check_source(const struct ledger *ledger,
    const struct ledger_source *source, struct error *error)
{
	const struct window windows[] = {
		{ HOUR_MS, source->per_hour, source->name },
		{ DAY_MS, source->per_day, source->name } };
	struct instant now;
	char wait[32];

	ledger->now(&now);
	for (size_t i = 0; i < 2; i++) {
		const struct window *w = &windows[i];
		int64_t wait_ms = 0;

		if (w->cap == 0 || left_in(ledger, &now, w, &wait_ms) > 0)
			continue;
		duration_to_text(wait_ms / 1000 + 1, wait, sizeof(wait));
		error_set(error, SERVICE_FAILED, "the %s cap of %d of %s is "
		    "used up; its next download may start in %s", i == 0 ?
		    "hourly" : "daily", w->cap, source->name, wait);
		if (error != NULL)
			error->reason = LEDGER_SOURCE;
		return SERVICE_FAILED;
	}
	return DONE;
}

bool ledger_is_used_up(struct ledger *ledger,
    const struct ledger_source *source, struct error *error)
{
	bool used_up;

	pthread_mutex_lock(&ledger->lock);
	used_up = check_source(ledger, source, error) != DONE;
	pthread_mutex_unlock(&ledger->lock);
	return used_up;
}

void ledger_remaining(struct ledger *ledger, struct ledger_remaining *out)
{
	pthread_mutex_lock(&ledger->lock);
	count_left(ledger, out);
	pthread_mutex_unlock(&ledger->lock);
}

void ledger_read(const char *path, int per_hour, int per_day,
    struct ledger_remaining *out)
{
	struct ledger ledger = { .per_hour = per_hour, .per_day = per_day,
		.now = clock_now };

	memset(out, 0, sizeof(*out));
	if (journal_read(path, add_line, &ledger, NULL) == DONE)
		count_left(&ledger, out);
	free_entries(&ledger);
	free(ledger.items);
}

/* The caller has both locks. */
static enum outcome reserve(struct ledger *ledger,
    const struct ledger_source *source, const char *key, struct error *error)
{
	struct journal *j = read_ledger(ledger, LEDGER_MADE, error);
	struct ledger_remaining left;
	struct ledger_entry *s;
	enum outcome o = DONE;

	if (j == NULL)
		return RUN_FAILED;
	count_left(ledger, &left);
	if (left.hour == 0 || left.day == 0)
		o = error_set(error, SERVICE_FAILED, "%s", left.error);
	else
		o = check_source(ledger, source, error);
	if (o == DONE) {
		s = add_entry(ledger);
		ledger->now(&s->at);
		s->source = xstrdup(source->name);
		s->track = xstrdup(key);
		if (append_last(ledger, j, error) != 0)
			o = RUN_FAILED;
	}
	journal_close(j);
	return o;
}

enum outcome ledger_reserve(struct ledger *ledger,
    const struct ledger_source *source, const char *key, struct error *error)
{
	enum outcome o = RUN_FAILED;
	int fd;

	pthread_mutex_lock(&ledger->lock);
	fd = lock_ledger(ledger, error);
	if (fd >= 0) {
		o = reserve(ledger, source, key, error);
		close(fd);
	}
	pthread_mutex_unlock(&ledger->lock);
	return o;
}
