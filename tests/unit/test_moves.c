/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/map.h"
#include "base/mem.h"
#include "library/moves.h"

/* A library of paths, each with what the file there is: "NAME WANTED AGE". */
struct files {
	struct map *at;		/* path -> text, owned */
};

static bool is_taken(void *ctx, const char *path, const char *by)
{
	const struct files *f = ctx;

	(void)by;
	return map_has_str(f->at, path);
}

static void put(struct files *f, const char *path, const char *what)
{
	free(map_put_str(f->at, path, xstrdup(what)));
}

static int add_file(void *ctx, const void *path, size_t len, void *value)
{
	char name[32], wanted[64];
	int age;

	(void)len;
	if (sscanf(value, "%31s %63s %d", name, wanted, &age) == 3)
		moves_add(ctx, path, wanted, name, age);
	return 0;
}

/* Makes at most `limit` of the steps; returns how many the plan has. */
static size_t apply(struct files *f, size_t limit)
{
	struct moves m = { .count = 0 };
	size_t n;

	map_each(f->at, add_file, &m);
	moves_plan(&m, is_taken, f);
	n = m.n_steps;
	for (size_t i = 0; i < n && i < limit; i++) {
		char *file = map_remove(f->at, m.steps[i].from,
		    strlen(m.steps[i].from));

		assert_non_null(file);
		/* Nothing is overwritten. */
		assert_false(map_has_str(f->at, m.steps[i].to));
		map_put_str(f->at, m.steps[i].to, file);
	}
	moves_free(&m);
	return n;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct listing {
	char *lines[64];
	size_t count;
};

static int list_one(void *ctx, const void *path, size_t len, void *value)
{
	struct listing *l = ctx;

	l->lines[l->count++] = xasprintf("%.*s=%.*s", (int)len,
	    (const char *)path, (int)strcspn(value, " "), (char *)value);
	return 0;
}

/* "path=name path=name", sorted. */
static char *list(const struct files *f)
{
	struct listing l = { .count = 0 };
	char *text = xstrdup("");

	map_each(f->at, list_one, &l);
	qsort(l.lines, l.count, sizeof(char *), compare_lines);
	for (size_t i = 0; i < l.count; i++) {
		char *more = xasprintf("%s%s%s", text, i > 0 ? " " : "",
		    l.lines[i]);

		free(text);
		free(l.lines[i]);
		text = more;
	}
	return text;
}

static void fill(struct files *f, const char *const *files)
{
	f->at = map_new();
	for (; *files != NULL; files += 2)
		put(f, files[0], files[1]);
}

/* After any number of steps a new plan ends in the same state, and then there is
 * nothing to do. */
static void assert_ends(const char *const *files, const char *expected)
{
	struct files f;
	size_t steps = SIZE_MAX;
	char *end;

	for (size_t n = 0; n < steps; n++) {
		fill(&f, files);
		steps = apply(&f, n);
		apply(&f, SIZE_MAX);
		end = list(&f);
		assert_string_equal(end, expected);
		free(end);
		assert_int_equal(apply(&f, SIZE_MAX), 0);
		map_free(f.at, free);
	}
	fill(&f, files);
	apply(&f, SIZE_MAX);
	end = list(&f);
	assert_string_equal(end, expected);
	free(end);
	map_free(f.at, free);
}

#define ENDS(expected, ...) do { \
	static const char *const files[] = { __VA_ARGS__, NULL }; \
	assert_ends(files, expected); \
} while (0)

static void files_go_where_they_should_be(void **state)
{
	(void)state;
	ENDS("x/1.m=a x/2.m=b", "1.m", "a x/1.m 1", "y/2.m", "b x/2.m 1");
	ENDS("1.m=a", "1.m", "a 1.m 1");
}

static void nothing_is_overwritten(void **state)
{
	(void)state;
	/* What is no file of ours keeps its name. */
	ENDS("x.m=other x_(2).m=t y.m=b", "x.m", "other", "1.m", "b y.m 1",
	    "x_(2).m", "t");
	ENDS("x (2).m=a x.m=other", "x.m", "other", "1.m", "a x.m 1");
	ENDS("x (2).m=o x (3).m=a x.m=other", "x.m", "other", "x (2).m", "o",
	    "1.m", "a x.m 1");
}

static void files_for_one_path_are_numbered_the_oldest_first(void **state)
{
	(void)state;
	ENDS("x (2).m=b x (3).m=c x.m=a", "1.m", "c x.m 3", "2.m", "a x.m 1",
	    "3.m", "b x.m 2");
	/* One that is there stays, whatever its age. */
	ENDS("x (2).m=a x.m=b", "x.m", "b x.m 9", "1.m", "a x.m 1");
	ENDS("x (2).m=b x.m=a", "x (2).m", "b x.m 9", "1.m", "a x.m 1");
	ENDS("x (2).m=b", "x (2).m", "b x.m 1");
}

static void a_name_that_becomes_free_is_used(void **state)
{
	(void)state;
	ENDS("x.m=a y.m=b z.m=c", "1.m", "a x.m 1", "x.m", "b y.m 1", "y.m",
	    "c z.m 1");
	ENDS("x (2).m=d x.m=a y.m=b", "1.m", "a x.m 1", "x.m", "b y.m 1",
	    "3.m", "d x.m 2");
}

static void files_that_change_places_do_so(void **state)
{
	(void)state;
	ENDS("x.m=b y.m=a", "x.m", "a y.m 1", "y.m", "b x.m 1");
	ENDS("x.m=c y.m=a z.m=b", "x.m", "a y.m 1", "y.m", "b z.m 1", "z.m",
	    "c x.m 1");
	ENDS("x (2).m=c x.m=b y.m=a", "x.m", "a y.m 1", "y.m", "b x.m 1",
	    "1.m", "c x.m 2");
	ENDS("u.m=d v.m=c x.m=b y.m=a", "x.m", "a y.m 1", "y.m", "b x.m 1",
	    "u.m", "c v.m 1", "v.m", "d u.m 1");
}

static void copies_of_one_recording_are_left_where_they_are(void **state)
{
	(void)state;
	ENDS("2.m=a x.m=a", "1.m", "a x.m 1", "2.m", "a x.m 1");
	ENDS("1.m=a x.m=a", "1.m", "a x.m 1", "x.m", "a x.m 9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_go_where_they_should_be),
		cmocka_unit_test(nothing_is_overwritten),
		cmocka_unit_test(
		    files_for_one_path_are_numbered_the_oldest_first),
		cmocka_unit_test(a_name_that_becomes_free_is_used),
		cmocka_unit_test(files_that_change_places_do_so),
		cmocka_unit_test(
		    copies_of_one_recording_are_left_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
