/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/walk.h"
#include "library/place.h"
#include "syncs.h"

static char *under(void **state, const char *rel)
{
	return path_join(*state, rel);
}

static void make_file(void **state, const char *rel, const char *text)
{
	char *path = under(state, rel), *folder = path_dir(path);
	int fd;

	assert_int_equal(file_make_dirs(folder, 0755), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
	free(folder);
	free(path);
}

static void assert_file(void **state, const char *rel, const char *text)
{
	char *path = under(state, rel);
	struct buf b = BUF_INIT;

	assert_int_equal(file_read(path, 1000, &b), 0);
	assert_string_equal(buf_str(&b), text);
	buf_free(&b);
	free(path);
}

static bool exists(void **state, const char *rel)
{
	char *path = under(state, rel);
	struct stat st;
	bool is = lstat(path, &st) == 0;

	free(path);
	return is;
}

/* How many names a folder holds, hidden ones too. */
static int names_in(void **state, const char *rel)
{
	char *path = under(state, rel);
	DIR *d = opendir(path);
	int n = -2;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	free(path);
	return n;
}

static void open_place(void **state, struct place *p, const char *wanted,
    const char *text)
{
	struct error error = { .text = "" };

	if (place_open(p, *state, wanted, &error) != DONE)
		fail_msg("%s", error.text);
	assert_int_equal(file_write_all(p->fd, text, strlen(text)), 0);
}

/* As on a file system that can't hold unnamed files. */
static void give_it_a_dotfile(void **state, struct place *p,
    const char *name)
{
	char *path = under(state, name);

	close(p->fd);
	p->temporary = strdup(path_base(name));
	p->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	free(path);
	assert_true(p->fd >= 0);
	assert_int_equal(file_write_all(p->fd, "dot", 3), 0);
}

/* wanted with the names that its folders have. Caller frees. */
static char *folders(const char *root, const char *wanted)
{
	struct place p;
	char *path;

	assert_int_equal(place_enter(&p, root, wanted, NULL), DONE);
	path = strdup(p.wanted);
	place_close(&p);
	return path;
}

static void assert_free_name(struct place *p, const char *expected)
{
	char *name = place_free_name(p);

	assert_string_equal(name, expected);
	free(name);
}

static void nothing_is_seen_before_the_commit(void **state)
{
	struct place p;
	struct stat st;
	char *path = under(state, "a/b/c.m4a");

	open_place(state, &p, "a/b/c.m4a", "music");
	assert_int_equal(names_in(state, "a/b"), 0);
	assert_int_equal(place_commit(&p, "a/b/c.m4a", NULL), DONE);
	assert_file(state, "a/b/c.m4a", "music");
	place_close(&p);
	assert_int_equal(names_in(state, "a/b"), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_mode & 07111, 0);
	free(path);
}

static void a_file_is_whole_on_the_disk_before_it_has_its_name(void **state)
{
	struct place p;

	open_place(state, &p, "c.m4a", "music");
	syncs_clear();
	assert_int_equal(place_commit(&p, "c.m4a", NULL), DONE);
	assert_string_equal(syncs, "fld");
	place_close(&p);
}

/* A song on the disk is lost all the same if its folder's name is not. A
 * folder that a killed run made may not be on it yet either. */
static void new_folders_are_on_the_disk_before_a_file_is_in_them(void **state)
{
	struct place p;

	for (int i = 0; i < 2; i++) {
		syncs_clear();
		open_place(state, &p, "new/er/c.m4a", "music");
		assert_string_equal(syncs, "dd");
		place_close(&p);
	}
}

/* Others may give the folder's name to something else at any moment. */
static void a_folder_that_becomes_a_link_is_not_left(void **state)
{
	char *folder = under(state, "a/b"), *away = under(state, "a/was");
	char *outside = under(state, "out");
	struct place p;

	assert_int_equal(mkdir(outside, 0755), 0);
	open_place(state, &p, "a/b/c.m4a", "music");
	assert_int_equal(rename(folder, away), 0);
	assert_int_equal(symlink(outside, folder), 0);
	assert_free_name(&p, "a/b/c.m4a");
	assert_int_equal(place_commit(&p, "a/b/c.m4a", NULL), DONE);
	place_close(&p);
	assert_file(state, "a/was/c.m4a", "music");
	assert_int_equal(names_in(state, "out"), 0);
	assert_int_equal(place_enter(&p, *state, "a/b/d.m4a", NULL), DONE);
	assert_string_equal(p.wanted, "a/b (2)/d.m4a");
	place_close(&p);
	free(folder);
	free(away);
	free(outside);
}

static void what_is_not_committed_leaves_nothing_behind(void **state)
{
	struct place p;

	open_place(state, &p, "a/c.m4a", "music");
	place_close(&p);
	assert_int_equal(names_in(state, "a"), 0);
	open_place(state, &p, "a/c.m4a", "music");
	give_it_a_dotfile(state, &p, "a/.likesync-abcdef.tmp");
	place_close(&p);
	assert_int_equal(names_in(state, "a"), 0);
}

static void nothing_is_overwritten(void **state)
{
	struct place p;
	struct error error;

	open_place(state, &p, "c.m4a", "new");
	assert_free_name(&p, "c.m4a");
	make_file(state, "c.m4a", "old");
	assert_int_equal(place_commit(&p, "c.m4a", &error), ITEM_FAILED);
	assert_file(state, "c.m4a", "old");
	assert_free_name(&p, "c (2).m4a");
	assert_int_equal(place_commit(&p, "c (2).m4a", &error), DONE);
	assert_file(state, "c (2).m4a", "new");
	place_close(&p);
	open_place(state, &p, "c.m4a", "third");
	assert_free_name(&p, "c (3).m4a");
	place_close(&p);
}

/* A link that leads nowhere is still somebody's name. */
static void a_broken_link_counts_as_taken(void **state)
{
	char *path = under(state, "c.m4a");
	struct place p;

	assert_int_equal(symlink("/nowhere/at/all", path), 0);
	open_place(state, &p, "c.m4a", "x");
	assert_free_name(&p, "c (2).m4a");
	assert_int_equal(place_commit(&p, "c.m4a", NULL), ITEM_FAILED);
	place_close(&p);
	free(path);
}

static void a_dotfile_is_linked_and_removed(void **state)
{
	struct place p;

	open_place(state, &p, "c.m4a", "");
	give_it_a_dotfile(state, &p, ".likesync-abcdef.tmp");
	make_file(state, "c.m4a", "old");
	assert_int_equal(place_commit(&p, "c.m4a", NULL), ITEM_FAILED);
	assert_int_equal(place_commit(&p, "c (2).m4a", NULL), DONE);
	place_close(&p);
	assert_file(state, "c.m4a", "old");
	assert_file(state, "c (2).m4a", "dot");
	assert_int_equal(names_in(state, ""), 2);
}

static void without_hard_links_nothing_is_overwritten_either(void **state)
{
	struct place p;

	open_place(state, &p, "c.m4a", "");
	give_it_a_dotfile(state, &p, ".likesync-abcdef.tmp");
	make_file(state, "c.m4a", "old");
	syncs_refuse_links = 1;
	assert_int_equal(place_commit(&p, "c.m4a", NULL), ITEM_FAILED);
	assert_int_equal(place_commit(&p, "c (2).m4a", NULL), DONE);
	syncs_refuse_links = 0;
	place_close(&p);
	assert_file(state, "c.m4a", "old");
	assert_file(state, "c (2).m4a", "dot");
}

/* The name is 255 bytes long, and so is its second. */
static void a_second_name_is_as_long_as_a_name_may_be(void **state)
{
	char name[256], *second;
	struct place p;

	memset(name, 'x', 251);
	memcpy(name + 251, ".m4a", 5);
	make_file(state, name, "");
	open_place(state, &p, name, "");
	second = place_free_name(&p);
	assert_int_equal(strlen(second), 255);
	place_close(&p);
	free(second);
}

static void a_number_goes_before_the_extension_and_fits(void **state)
{
	char name[256], *second;
	struct place p;

	memset(name, 'x', 251);
	memcpy(name + 245, "\xc3\xa4\xc3\xa4\xc3\xa4", 6);
	memcpy(name + 251, ".m4a", 5);
	make_file(state, name, "");
	open_place(state, &p, name, "");
	second = place_free_name(&p);
	assert_in_range(strlen(second), 254, 255);
	assert_string_equal(second + strlen(second) - 8, " (2).m4a");
	assert_int_equal(place_commit(&p, second, NULL), DONE);
	place_close(&p);
	free(second);
	make_file(state, "a.b/no extension", "");
	open_place(state, &p, "a.b/no extension", "");
	assert_free_name(&p, "a.b/no extension (2)");
	place_close(&p);
}

static void a_library_that_is_not_there_is_not_made(void **state)
{
	char *root = under(state, "mnt/music");
	struct place p;
	struct error error;

	assert_int_equal(place_open(&p, root, "a/b.m4a", &error), RUN_FAILED);
	assert_int_equal(p.fd, -1);
	assert_non_null(strstr(error.text, root));
	assert_non_null(strstr(error.text, "mounted"));
	assert_false(exists(state, "mnt"));
	place_close(&p);	/* allowed after */
	free(root);
}

static void what_is_no_folder_has_a_folder_beside_it(void **state)
{
	char *outside = under(state, "outside"), *root = under(state, "root");
	char *out = under(state, "root/link"), *in = under(state, "root/in");
	char *nowhere = under(state, "root/nowhere"), *path;
	static const char *const wanted[][2] = {
		{ "file/x/s.m4a", "file (2)/x/s.m4a" },
		{ "link/x/s.m4a", "link (2)/x/s.m4a" },
		{ "in/x/s.m4a", "in (2)/x/s.m4a" },
		{ "nowhere/x/s.m4a", "nowhere (2)/x/s.m4a" },
		{ "a. b/s.m4a", "a. b (3)/s.m4a" },
		{ "folder/x/s.m4a", "folder/x/s.m4a" },
		{ "s.m4a", "s.m4a" },
	};

	assert_int_equal(mkdir(outside, 0755), 0);
	make_file(state, "root/file", "");
	make_file(state, "root/folder/mine", "");
	make_file(state, "root/a. b", "");
	make_file(state, "root/a. b (2)", "");
	assert_int_equal(symlink(outside, out), 0);
	assert_int_equal(symlink("folder", in), 0);
	assert_int_equal(symlink("/no/such/folder", nowhere), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		path = folders(root, wanted[i][0]);
		assert_string_equal(path, wanted[i][1]);
		free(path);
		path = folders(root, wanted[i][0]);
		assert_string_equal(path, wanted[i][1]);
		free(path);
	}
	assert_int_equal(names_in(state, "outside"), 0);
	assert_int_equal(names_in(state, "root/folder"), 2);
	free(outside);
	free(root);
	free(out);
	free(in);
	free(nowhere);
}

/* One that is as long as a name may be has its end cut off for the number. */
static void a_number_fits_into_a_folders_name(void **state)
{
	char name[256], *path, *wanted;

	memset(name, 'x', 255);
	memcpy(name + 249, "\xc3\xa4\xc3\xa4\xc3\xa4", 6);
	name[255] = '\0';
	make_file(state, name, "");
	wanted = path_join(name, "s.m4a");
	path = folders(*state, wanted);
	assert_non_null(path);
	assert_in_range(strlen(path), 254 + 6, 255 + 6);
	assert_string_equal(path + strlen(path) - 10, " (2)/s.m4a");
	free(path);
	free(wanted);
}

static void a_path_behind_a_link_is_told(void **state)
{
	char *link = under(state, "link"), *file = under(state, "a/file");

	make_file(state, "a/s.m4a", "");
	assert_int_equal(symlink("/no/such/folder", link), 0);
	assert_int_equal(symlink("s.m4a", file), 0);
	assert_true(place_is_behind_link(*state, "link/s.m4a"));
	assert_true(place_is_behind_link(*state, "link/x/s.m4a"));
	assert_false(place_is_behind_link(*state, "a/s.m4a"));
	assert_false(place_is_behind_link(*state, "a/file"));
	assert_false(place_is_behind_link(*state, "a/none"));
	assert_false(place_is_behind_link(*state, "none/x/s.m4a"));
	assert_false(place_is_behind_link(*state, "link"));
	free(link);
	free(file);
}

static int try_without_rights(void **state)
{
	struct place p;
	struct error error;

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 1;
	if (place_open(&p, *state, "a/b.m4a", &error) != RUN_FAILED)
		return 2;
	return strstr(error.text, "give the user") != NULL ? 0 : 3;
}

static void missing_rights_are_told(void **state)
{
	int status;
	pid_t child;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(*state, 0755), 0);
	child = fork();
	if (child == 0)
		_exit(try_without_rights(state));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void clean_name(void *ctx, const struct walk_name *n)
{
	(void)ctx;
	if (n->type == DT_REG)
		place_clean(n->folder, n->name, n->path);
}

static void only_our_own_leftovers_are_cleaned_away(void **state)
{
	static const char *const ours[] = { ".likesync-abc123.tmp",
		"a/.likesync-zzzzzz.tmp", "a/b/c d\n/.likesync-000000.tmp" };
	static const char *const theirs[] = { ".likesync-abc.tmp",
		".likesync-abc1234.tmp", "likesync-abc123.tmp",
		".likesync-abc123.tmp.m4a", "a/x.tmp",
		".hidden/.likesync-abc123.tmp", "a/b/song.m4a" };
	char *dir = under(state, "d/.likesync-abcdef.tmp");
	char *link_to = under(state, ".likesync-linked.tmp");
	char *elsewhere = under(state, "way");
	const struct walk w = { .root = *state, .on_name = clean_name };

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		make_file(state, ours[i], "x");
	for (size_t i = 0; i < sizeof(theirs) / sizeof(*theirs); i++)
		make_file(state, theirs[i], "x");
	assert_int_equal(file_make_dirs(dir, 0755), 0);
	assert_int_equal(symlink(".hidden", elsewhere), 0);
	assert_int_equal(symlink("a", link_to), 0);
	assert_int_equal(walk_folders(&w), 0);
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		assert_false(exists(state, ours[i]));
	for (size_t i = 0; i < sizeof(theirs) / sizeof(*theirs); i++)
		assert_true(exists(state, theirs[i]));
	assert_true(exists(state, "d/.likesync-abcdef.tmp"));
	assert_true(exists(state, ".likesync-linked.tmp"));
	free(elsewhere);
	free(link_to);
	free(dir);
}

static void room_is_counted_with_what_is_to_come(void **state)
{
	uint64_t free_bytes;
	double used = disk_usage(*state, &free_bytes);
	struct error error;

	assert_true(used >= 0 && used <= 100);
	assert_true(free_bytes > 0);
	assert_int_equal(disk_room(*state, 0, 0, 1, &error), DONE);
	assert_int_equal(disk_room(*state, 100, 0, 1, &error), DONE);
	assert_int_equal(disk_room(*state, 100, 0, 2 * free_bytes, &error),
	    RUN_ACT);
	assert_non_null(strstr(error.text, "with the next file"));
	assert_int_equal(disk_room(*state, 0, 2 * free_bytes, 0, &error),
	    RUN_ACT);
	assert_non_null(strstr(error.text, "min_free is"));
	assert_int_equal(disk_room(*state, 0, 0, UINT64_MAX, &error),
	    RUN_ACT);
	assert_int_equal(disk_room(*state, 0, UINT64_MAX, 0, &error),
	    RUN_ACT);
	if (used > 1) {
		assert_int_equal(disk_room(*state, 1, 0, 0, &error),
		    RUN_ACT);
		assert_non_null(strstr(error.text, "max_disk_usage is 1%"));
	}
}

static void a_disk_that_is_not_there_has_no_room(void **state)
{
	uint64_t free_bytes = 7;
	struct error error;

	(void)state;
	assert_true(disk_usage("/no/such/library", &free_bytes) < 0);
	assert_true(free_bytes == 0);
	assert_int_equal(disk_room("/no/such/library", 85, 0, 1, &error),
	    RUN_LATER);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_seen_before_the_commit),
		TEST(a_file_is_whole_on_the_disk_before_it_has_its_name),
		TEST(new_folders_are_on_the_disk_before_a_file_is_in_them),
		TEST(a_folder_that_becomes_a_link_is_not_left),
		TEST(what_is_not_committed_leaves_nothing_behind),
		TEST(nothing_is_overwritten),
		TEST(a_broken_link_counts_as_taken),
		TEST(a_dotfile_is_linked_and_removed),
		TEST(without_hard_links_nothing_is_overwritten_either),
		TEST(a_second_name_is_as_long_as_a_name_may_be),
		TEST(a_number_goes_before_the_extension_and_fits),
		TEST(a_library_that_is_not_there_is_not_made),
		TEST(what_is_no_folder_has_a_folder_beside_it),
		TEST(a_number_fits_into_a_folders_name),
		TEST(a_path_behind_a_link_is_told),
		TEST(missing_rights_are_told),
		TEST(only_our_own_leftovers_are_cleaned_away),
		TEST(room_is_counted_with_what_is_to_come),
		TEST(a_disk_that_is_not_there_has_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
