/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/stop.h"
#include "index/index.h"
#include "library/scan.h"

/* A library, its index, and a media service that takes a hash of the bytes for
 * the identity; bytes that begin with "bad" are no audio. */
struct shelf {
	char *root;
	struct index *index;
	atomic_int opened;
	int stop_after;			/* probes; 0: never */
	enum outcome service;		/* what every probe says, if not DONE */
	bool accept_removals;
	bool disk_fails;		/* at every probe */
};

static enum outcome probe(void *self, int fd, struct media *out,
    struct error *error)
{
	struct shelf *s = self;
	uint8_t digest[SHA256_LEN];
	char bytes[64] = "";
	ssize_t n = pread(fd, bytes, sizeof(bytes) - 1, 0);
	int nth = atomic_fetch_add(&s->opened, 1) + 1;

	memset(out, 0, sizeof(*out));
	if (s->stop_after > 0 && nth >= s->stop_after)
		stop_now(SIGTERM);
	if (s->service != DONE)
		return error_set(error, s->service, "worker: can't be run");
	if (s->disk_fails)
		return reason_set(error, REASON_UNREADABLE, "can't be read");
	if (n < 0 || strncmp(bytes, "bad", 3) == 0)
		return error_set(error, ITEM_FAILED, "no audio stream");
	sha256_of(bytes, (size_t)n, digest);
	hex_encode(digest, IDENTITY_LEN / 2, out->identity);
	out->tags.title = xstrndup(bytes, (size_t)n);
	return DONE;
}

static int set_up(void **state)
{
	struct shelf *s = xcalloc(1, sizeof(*s));
	void *folder;
	char *dir;
	struct error error;

	if (make_folder(&folder) != 0)
		return -1;
	s->root = path_join(folder, "music");
	dir = path_join(folder, "index");
	if (mkdir(s->root, 0755) != 0 ||
	    index_open(dir, false, &s->index, &error) != DONE)
		return -1;
	free(dir);
	free(folder);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct shelf *s = *state;
	void *folder = path_dir(s->root);

	index_close(s->index);
	free(s->root);
	free(s);
	return remove_folder(&folder);
}

static enum outcome scan_with(struct shelf *s, struct scan_report *r,
    struct error *error)
{
	const struct media_service e = { .self = s, .probe = probe };
	const struct scan scan = { .root = s->root, .index = s->index,
		.media_service = &e, .threads = 2,
		.accept_removals = s->accept_removals };

	return scan_folder(&scan, r, error);
}

/* Scans, and tells how many files were opened for it. */
static int scan(struct shelf *s, struct scan_report *r)
{
	int before = s->opened;
	struct error error = { .text = "" };

	if (scan_with(s, r, &error) != DONE)
		fail_msg("%s", error.text);
	assert_false(index_in_transaction(s->index));
	return s->opened - before;
}

static void put(struct shelf *s, const char *rel, const char *text)
{
	char *path = path_join(s->root, rel), *folder = path_dir(path);
	int fd;

	assert_int_equal(file_make_dirs(folder, 0755), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
	free(folder);
	free(path);
}

static void put_many(struct shelf *s, const char *folder, int from, int to)
{
	for (int i = from; i < to; i++) {
		char rel[64], text[32];

		snprintf(rel, sizeof(rel), "%s/%d.mp3", folder, i);
		snprintf(text, sizeof(text), "song %d", i);
		put(s, rel, text);
	}
}

static void take_away(struct shelf *s, const char *rel)
{
	char *path = path_join(s->root, rel);

	assert_int_equal(unlink(path), 0);
	free(path);
}

static void move(struct shelf *s, const char *from, const char *to)
{
	char *a = path_join(s->root, from), *b = path_join(s->root, to);

	assert_int_equal(rename(a, b), 0);
	free(a);
	free(b);
}

static void assert_known(struct shelf *s, const char *rel, const char *text)
{
	struct file f;

	assert_int_equal(index_get_file(s->index, rel, &f), DONE);
	assert_string_equal(f.path, rel);
	assert_string_equal(f.media.tags.title, text);
	assert_int_equal(f.size, strlen(text));
	assert_true(f.added_at > 0);
	file_free(&f);
}

static void assert_unknown(struct shelf *s, const char *rel)
{
	struct file f;

	assert_int_equal(index_get_file(s->index, rel, &f), ITEM_FAILED);
}

static void set_doc_id(struct shelf *s, const char *rel, const char *id)
{
	struct file f;

	assert_int_equal(index_get_file(s->index, rel, &f), DONE);
	str_replace(&f.doc_id, id);
	f.added_at = 12345;
	assert_int_equal(index_put_file(s->index, &f, NULL), DONE);
	file_free(&f);
}

static void assert_doc_id(struct shelf *s, const char *rel, const char *id)
{
	struct file f;

	assert_int_equal(index_get_file(s->index, rel, &f), DONE);
	if (id == NULL) {
		assert_null(f.doc_id);
	} else {
		assert_non_null(f.doc_id);
		assert_string_equal(f.doc_id, id);
		assert_int_equal(f.added_at, 12345);
	}
	file_free(&f);
}

static void files_are_opened_once(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	put(s, "a.mp3", "one");
	put(s, "x/y/b.FLAC", "two");
	assert_int_equal(scan(s, &r), 2);
	assert_int_equal(r.seen, 2);
	assert_int_equal(r.added, 2);
	assert_int_equal(r.bytes, 6);
	assert_known(s, "a.mp3", "one");
	assert_known(s, "x/y/b.FLAC", "two");
	assert_int_equal(scan(s, &r), 0);
	assert_int_equal(r.seen, 2);
	assert_int_equal(r.added + r.changed + r.moved + r.removed, 0);
}

static void what_is_no_audio_file_is_passed_over(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	char *pipe_path = path_join(s->root, "pipe.mp3");
	char *folder = path_join(s->root, "folder.mp3");

	put(s, "cover.jpg", "x");
	put(s, ".hidden.mp3", "x");
	put(s, "._fork.mp3", "x");
	put(s, ".dot/inside.mp3", "x");
	put(s, "half.mp3.part", "x");
	put(s, "good.mp3", "x");
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	put(s, "folder.mp3/b.ogg", "y");
	assert_int_equal(scan(s, &r), 2);
	assert_int_equal(r.seen, 2);
	assert_known(s, "folder.mp3/b.ogg", "y");
	free(folder);
	free(pipe_path);
}

static void a_linked_file_counts_and_a_linked_folder_does_not(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	char *path = path_join(s->root, "link.mp3");
	char *broken = path_join(s->root, "broken.mp3");
	char *loop = path_join(s->root, "real/loop");

	put(s, "real/a.mp3", "one");
	assert_int_equal(symlink("real/a.mp3", path), 0);
	assert_int_equal(symlink("nowhere.mp3", broken), 0);
	assert_int_equal(symlink("../real", loop), 0);
	assert_int_equal(scan(s, &r), 2);
	assert_int_equal(r.seen, 2);
	assert_known(s, "link.mp3", "one");
	assert_known(s, "real/a.mp3", "one");
	assert_int_equal(scan(s, &r), 0);
	free(loop);
	free(broken);
	free(path);
}

static void names_are_bytes(void **state)
{
	static const char *const names[] = { "a\nb.mp3", "\xff\xfe.mp3",
		"%41\\\".mp3", " .mp3", "\xc3(/\x80/\x01.mp3" };
	struct shelf *s = *state;
	struct scan_report r;

	for (size_t i = 0; i < 5; i++)
		put(s, names[i], names[i]);
	assert_int_equal(scan(s, &r), 5);
	for (size_t i = 0; i < 5; i++) {
		struct file f;

		assert_int_equal(index_get_file(s->index, names[i], &f),
		    DONE);
		assert_string_equal(f.path, names[i]);
		file_free(&f);
	}
	assert_int_equal(scan(s, &r), 0);
	take_away(s, "\xff\xfe.mp3");
	scan(s, &r);
	assert_int_equal(r.removed, 1);
	assert_unknown(s, "\xff\xfe.mp3");
}

/* Makes folders in each other, from the inside: no path is that long. */
static void dig(struct shelf *s, const char *name, int depth)
{
	int at = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	for (int i = 0; i < depth; i++) {
		assert_int_equal(mkdirat(at, name, 0755), 0);
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(fd >= 0);
		close(at);
		at = fd;
	}
	fd = openat(at, "deep.mp3", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, "deep", 4), 4);
	close(fd);
	close(at);
}

static int keep_path(void *ctx, const struct file *f)
{
	str_replace(ctx, f->path);
	return 0;
}

static void folders_may_be_nested_by_thousands(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	char *path = NULL;

	dig(s, "d", 3000);
	assert_int_equal(scan(s, &r), 1);
	index_each_file(s->index, keep_path, &path);
	assert_int_equal(strlen(path), 3000 * 2 + strlen("deep.mp3"));
	assert_known(s, path, "deep");
	assert_int_equal(scan(s, &r), 0);
	free(path);
}

static void a_path_may_be_longer_than_the_kernel_takes(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	char name[201], *path = NULL;

	memset(name, 'n', 200);
	name[200] = '\0';
	dig(s, name, 100);
	assert_int_equal(scan(s, &r), 1);
	index_each_file(s->index, keep_path, &path);
	assert_int_equal(strlen(path), 100 * 201 + strlen("deep.mp3"));
	assert_int_equal(scan(s, &r), 0);
	free(path);
}

static void a_changed_file_is_opened_again(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	char *path = path_join(s->root, "a.mp3");
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = 1000000000, .tv_nsec = 5 } };

	put(s, "a.mp3", "one");
	put(s, "b.mp3", "two");
	scan(s, &r);
	set_doc_id(s, "a.mp3", "doc");
	put(s, "a.mp3", "longer");
	assert_int_equal(scan(s, &r), 1);
	assert_int_equal(r.changed, 1);
	assert_int_equal(r.added, 0);
	assert_known(s, "a.mp3", "longer");
	assert_doc_id(s, "a.mp3", "doc");
	/* Only its time. */
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(scan(s, &r), 1);
	assert_int_equal(r.changed, 1);
	times[1].tv_nsec = 6;
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(scan(s, &r), 1);
	assert_int_equal(scan(s, &r), 0);
	/* Only its inode: another file of that size and time. */
	put(s, "new.tmp", "longer");
	move(s, "new.tmp", "a.mp3");
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(scan(s, &r), 1);
	free(path);
}

static void a_moved_file_keeps_its_place_in_the_document(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	put(s, "a.mp3", "one");
	put(s, "b.mp3", "two");
	scan(s, &r);
	set_doc_id(s, "a.mp3", "doc");
	put(s, "x/dummy", "");
	move(s, "a.mp3", "x/renamed.mp3");
	assert_int_equal(scan(s, &r), 1);
	assert_int_equal(r.moved, 1);
	assert_int_equal(r.added + r.changed + r.removed, 0);
	assert_doc_id(s, "x/renamed.mp3", "doc");
	assert_unknown(s, "a.mp3");
	assert_int_equal(index_count_files(s->index), 2);
}

static void a_copy_is_no_move(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	put(s, "a.mp3", "one");
	scan(s, &r);
	set_doc_id(s, "a.mp3", "doc");
	put(s, "b.mp3", "one");
	scan(s, &r);
	assert_int_equal(r.added, 1);
	assert_int_equal(r.moved, 0);
	assert_doc_id(s, "b.mp3", NULL);
	assert_doc_id(s, "a.mp3", "doc");
}

/* Of several copies, the one that is gone is the one that moved; and one that
 * is gone moves once. */
static void each_copy_moves_for_itself(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	put(s, "a.mp3", "one");
	put(s, "b.mp3", "one");
	put(s, "c.mp3", "one");
	scan(s, &r);
	for (char name[] = "a.mp3"; name[0] <= 'c'; name[0]++) {
		char id[2] = { name[0], '\0' };

		set_doc_id(s, name, id);
	}
	move(s, "b.mp3", "b2.mp3");
	put(s, "d.mp3", "one");
	scan(s, &r);
	assert_int_equal(r.moved, 1);
	assert_int_equal(r.added, 1);
	assert_int_equal(r.removed, 0);
	assert_doc_id(s, "a.mp3", "a");
	assert_doc_id(s, "c.mp3", "c");
	assert_unknown(s, "b.mp3");
	assert_int_equal(index_count_files(s->index), 4);
}

static void what_is_no_audio_inside_is_remembered(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	struct file f;

	put(s, "a.mp3", "bad bytes");
	assert_int_equal(scan(s, &r), 1);
	assert_int_equal(r.unreadable, 1);
	assert_int_equal(r.added, 1);
	assert_int_equal(index_get_file(s->index, "a.mp3", &f), DONE);
	assert_string_equal(f.media.identity, "");
	assert_string_equal(f.fault, "no audio stream");
	assert_int_equal(f.reason, REASON_DAMAGED);
	file_free(&f);
	assert_int_equal(scan(s, &r), 0);
	put(s, "a.mp3", "mended");
	assert_int_equal(scan(s, &r), 1);
	assert_known(s, "a.mp3", "mended");
	assert_int_equal(index_get_file(s->index, "a.mp3", &f), DONE);
	assert_string_equal(f.fault, "");
	file_free(&f);
}

static void a_disk_that_fails_costs_no_file(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	struct file f;

	put(s, "a.mp3", "one");
	scan(s, &r);
	put(s, "a.mp3", "one, tagged");
	put(s, "b.mp3", "two");
	s->disk_fails = true;
	assert_int_equal(scan(s, &r), 2);
	assert_int_equal(r.unreadable, 2);
	assert_known(s, "a.mp3", "one");
	assert_int_equal(index_get_file(s->index, "b.mp3", &f), DONE);
	assert_string_equal(f.media.identity, "");
	assert_int_equal(f.reason, REASON_UNREADABLE);
	file_free(&f);
	s->disk_fails = false;
	assert_int_equal(scan(s, &r), 2);
	assert_known(s, "a.mp3", "one, tagged");
	assert_known(s, "b.mp3", "two");
	assert_int_equal(scan(s, &r), 0);
}

static void a_removed_file_leaves_the_index(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	put(s, "a.mp3", "one");
	put(s, "b.mp3", "two");
	scan(s, &r);
	take_away(s, "a.mp3");
	assert_int_equal(scan(s, &r), 0);
	assert_int_equal(r.removed, 1);
	assert_false(r.removal_refused);
	assert_unknown(s, "a.mp3");
	assert_known(s, "b.mp3", "two");
}

static void an_empty_library_is_a_disk_that_is_not_there(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	scan(s, &r);		/* empty, but nothing was known either */
	assert_false(r.removal_refused);
	put(s, "a.mp3", "one");
	scan(s, &r);
	take_away(s, "a.mp3");
	scan(s, &r);
	assert_true(r.removal_refused);
	assert_int_equal(r.vanished, 1);
	assert_int_equal(r.removed, 0);
	assert_known(s, "a.mp3", "one");
	s->accept_removals = true;
	scan(s, &r);
	assert_false(r.removal_refused);
	assert_int_equal(r.removed, 1);
	assert_int_equal(index_count_files(s->index), 0);
}

static void fifty_files_or_a_fifth_may_vanish_and_no_more(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	put_many(s, "a", 0, 100);
	scan(s, &r);
	for (int i = 0; i < 51; i++) {
		char rel[32];

		snprintf(rel, sizeof(rel), "a/%d.mp3", i);
		take_away(s, rel);
	}
	scan(s, &r);
	assert_true(r.removal_refused);
	assert_int_equal(r.vanished, 51);
	assert_int_equal(index_count_files(s->index), 100);
	put(s, "a/0.mp3", "song 0");
	scan(s, &r);
	assert_false(r.removal_refused);
	assert_int_equal(r.removed, 50);
	put_many(s, "b", 100, 400);	/* 350 now: a fifth is 70 */
	scan(s, &r);
	for (int i = 100; i < 171; i++) {
		char rel[32];

		snprintf(rel, sizeof(rel), "b/%d.mp3", i);
		take_away(s, rel);
	}
	scan(s, &r);
	assert_true(r.removal_refused);
	put(s, "b/100.mp3", "song 100");
	scan(s, &r);
	assert_int_equal(r.removed, 70);
}

static void a_renamed_folder_is_no_loss(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;

	put_many(s, "a", 0, 300);
	scan(s, &r);
	move(s, "a", "renamed");
	scan(s, &r);
	assert_false(r.removal_refused);
	assert_int_equal(r.moved, 300);
	assert_int_equal(r.added + r.removed, 0);
	assert_int_equal(index_count_files(s->index), 300);
	assert_unknown(s, "a/7.mp3");
	assert_known(s, "renamed/7.mp3", "song 7");
}

/* In a process of its own, which gives up the right to read everything. */
static int scan_as_nobody(struct shelf *s, const char *dir)
{
	struct scan_report r;
	struct error error;
	struct file f;

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 1;
	if (index_open(dir, false, &s->index, &error) != DONE)
		return 2;
	if (scan_with(s, &r, &error) != DONE || r.removed != 1)
		return 3;
	if (index_get_file(s->index, "locked/sub/a.mp3", &f) != DONE)
		return 4;
	file_free(&f);
	/* Known, changed since, and not to be opened now. */
	if (index_get_file(s->index, "shut.mp3", &f) != DONE || f.size != 5)
		return 5;
	file_free(&f);
	index_close(s->index);
	return 0;
}

static void give_to_nobody(const char *folder, const char *name)
{
	char *path = path_join(folder, name);

	assert_int_equal(chown(path, 65534, 65534), 0);
	free(path);
}

static void set_mode(struct shelf *s, const char *rel, mode_t mode)
{
	char *path = path_join(s->root, rel);

	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void what_cant_be_read_is_not_taken_for_gone(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	char dir[600];
	int status;
	pid_t child;

	if (geteuid() != 0)
		skip();
	snprintf(dir, sizeof(dir), "%s/../index", s->root);
	put(s, "locked/sub/a.mp3", "one");
	put(s, "gone.mp3", "two");
	put(s, "stays.mp3", "three");
	put(s, "shut.mp3", "four!");
	scan(s, &r);
	index_close(s->index);
	s->index = NULL;
	take_away(s, "gone.mp3");
	put(s, "shut.mp3", "four changed");
	set_mode(s, "locked", 0);
	set_mode(s, "shut.mp3", 0);
	set_mode(s, "..", 0755);
	give_to_nobody(dir, "");
	give_to_nobody(dir, "data.mdb");
	give_to_nobody(dir, "lock.mdb");
	child = fork();
	if (child == 0)
		_exit(scan_as_nobody(s, dir));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	set_mode(s, "locked", 0755);
}

static void a_library_that_is_not_there_is_told(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	struct error error;

	put(s, "a.mp3", "one");
	scan(s, &r);
	move(s, "", "../elsewhere");
	assert_int_equal(scan_with(s, &r, &error), RUN_CONFIG);
	assert_non_null(strstr(error.text, s->root));
	assert_int_equal(index_count_files(s->index), 1);
}

static void without_the_worker_the_scan_fails(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	struct error error;

	put_many(s, "a", 0, 10);
	s->service = SERVICE_FAILED;
	assert_int_equal(scan_with(s, &r, &error), RUN_FAILED);
	assert_string_equal(error.text, "worker: can't be run");
	assert_false(index_in_transaction(s->index));
	assert_int_equal(index_count_files(s->index), 0);
	s->service = DONE;
	assert_int_equal(scan(s, &r), 10);
}

/* In a process of its own: a stop stays set. */
static int stop_within(struct shelf *s, const char *dir)
{
	struct scan_report r;
	struct error error;
	size_t kept;

	if (index_open(dir, false, &s->index, &error) != DONE)
		return 1;
	s->stop_after = 100;
	if (scan_with(s, &r, &error) != STOPPED || r.removed != 0)
		return 2;
	if (index_in_transaction(s->index))
		return 3;
	kept = index_count_files(s->index);
	index_close(s->index);
	return kept >= 100 && kept <= 104 ? 0 : 4;
}

static void a_stop_keeps_what_was_done(void **state)
{
	struct shelf *s = *state;
	struct scan_report r;
	char dir[600];
	int status, done;
	pid_t child;

	snprintf(dir, sizeof(dir), "%s/../index", s->root);
	put(s, "gone.mp3", "gone");
	scan(s, &r);
	take_away(s, "gone.mp3");
	put_many(s, "a", 0, 300);
	index_close(s->index);
	s->index = NULL;
	child = fork();
	if (child == 0)
		_exit(stop_within(s, dir));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(index_open(dir, false, &s->index, NULL), DONE);
	done = (int)index_count_files(s->index) - 1;
	assert_int_equal(scan(s, &r), 300 - done);
	assert_int_equal(r.removed, 1);
	assert_int_equal(index_count_files(s->index), 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_opened_once),
		TEST(what_is_no_audio_file_is_passed_over),
		TEST(a_linked_file_counts_and_a_linked_folder_does_not),
		TEST(names_are_bytes),
		TEST(folders_may_be_nested_by_thousands),
		TEST(a_path_may_be_longer_than_the_kernel_takes),
		TEST(a_changed_file_is_opened_again),
		TEST(a_moved_file_keeps_its_place_in_the_document),
		TEST(a_copy_is_no_move),
		TEST(each_copy_moves_for_itself),
		TEST(what_is_no_audio_inside_is_remembered),
		TEST(a_disk_that_fails_costs_no_file),
		TEST(a_removed_file_leaves_the_index),
		TEST(an_empty_library_is_a_disk_that_is_not_there),
		TEST(fifty_files_or_a_fifth_may_vanish_and_no_more),
		TEST(a_renamed_folder_is_no_loss),
		TEST(what_cant_be_read_is_not_taken_for_gone),
		TEST(a_library_that_is_not_there_is_told),
		TEST(without_the_worker_the_scan_fails),
		TEST(a_stop_keeps_what_was_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
