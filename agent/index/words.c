/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of the library by the words of their names. index_put_file and
 * index_remove_file keep the lists; here they are made anew and asked.
 */
#include "index/kv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define NOTE_WORDS "words.edition"
#define MAX_LISTED (4 << 20)	/* pairs that are sorted in memory at once */

/* A word and a file that has it; text is in one buffer for all. */
struct pair {
	size_t text;
	uint32_t number;
};

struct listing {
	struct index *index;
	struct buf texts;
	struct pair *pairs;
	size_t count, cap;
	uint32_t number;
	enum outcome outcome;
	struct error *error;
};

static void list_word(void *ctx, const char *word)
{
	struct listing *l = ctx;

	l->pairs = grow(l->pairs, &l->cap, l->count, sizeof(*l->pairs));
	l->pairs[l->count++] = (struct pair){ .text = l->texts.len,
		.number = l->number };
	buf_append(&l->texts, word, strlen(word) + 1);
}

static int by_word(const void *a, const void *b, void *texts)
{
	const struct pair *x = a, *y = b;
	int order = strcmp((const char *)texts + x->text,
	    (const char *)texts + y->text);

	return order != 0 ? order : x->number < y->number ? -1 :
	    x->number > y->number;
}

/* Stores the pairs in the order of the table, which takes a fraction of the
 * time of any other. */
static void store_pairs(struct listing *l)
{
	if (l->count > 0)
		qsort_r(l->pairs, l->count, sizeof(*l->pairs), by_word,
		    l->texts.data);
	for (size_t i = 0; i < l->count && l->outcome == DONE; i++) {
		struct kv_key k = kv_key_of(l->texts.data + l->pairs[i].text);
		uint8_t number[KV_NUMBER_LEN];

		kv_number(l->pairs[i].number, number);
		l->outcome = kv_put(l->index, KV_WORDS, k.text, k.len, number,
		    sizeof(number), l->error);
	}
	l->count = 0;
	buf_clear(&l->texts);
}

struct numbers {
	uint32_t *items;
	size_t count, cap;
};

static int collect_number(void *ctx, const MDB_val *key, const MDB_val *value)
{
	struct numbers *n = ctx;

	(void)value;
	if (key->mv_size != KV_NUMBER_LEN)
		return 0;
	n->items = grow(n->items, &n->cap, n->count, sizeof(*n->items));
	n->items[n->count++] = kv_parse_number(key->mv_data);
	return 0;
}

static enum outcome list_all(struct index *x, struct error *error)
{
	struct listing l = { .index = x, .texts = BUF_INIT, .error = error };
	struct numbers n = { .count = 0 };
	enum outcome o = kv_clear(x, KV_WORDS, error);

	kv_each(x, KV_NUMBERS, NULL, collect_number, &n);
	for (size_t i = 0; i < n.count && o == DONE; i++) {
		struct file f;

		l.number = n.items[i];
		if (index_get_numbered(x, l.number, &f) == DONE &&
		    f.media.identity[0] != '\0')
			kv_words(x)(&f, list_word, &l);
		file_free(&f);
		if (l.count >= MAX_LISTED || i + 1 == n.count)
			store_pairs(&l);
		o = l.outcome;
	}
	free(n.items);
	free(l.pairs);
	buf_free(&l.texts);
	return o;
}

enum outcome index_use_words(struct index *x, index_words *words, int edition,
    struct error *error)
{
	enum outcome o;

	kv_set_words(x, words);
	if (index_get_note_int(x, NOTE_WORDS, 0) == edition)
		return DONE;
	o = index_begin(x, error);
	if (o != DONE)
		return o;
	o = list_all(x, error);
	if (o == DONE)
		o = index_put_note_int(x, NOTE_WORDS, edition, error);
	return kv_leave(x, true, o, error);
}

/* ---- asking ---- */

/* Appends the numbers of a page, which LMDB hands over at once. */
static size_t take_page(uint32_t *out, size_t room, const MDB_val *page)
{
	const uint8_t *bytes = page->mv_data;
	size_t count = page->mv_size / KV_NUMBER_LEN;

	for (size_t i = 0; i < count && i < room; i++)
		out[i] = kv_parse_number(bytes + i * KV_NUMBER_LEN);
	return count < room ? count : room;
}

/* A cursor at the word's first file, or at that of number unless 0; NULL: there
 * is none. */
static MDB_cursor *find_word(struct index *x, const char *word, uint32_t number)
{
	struct kv_key k = kv_key_of(word);
	MDB_val key = { .mv_size = k.len, .mv_data = k.text }, v;
	MDB_cursor *c = kv_open_cursor(x, KV_WORDS);
	uint8_t bytes[KV_NUMBER_LEN];

	kv_number(number, bytes);
	v = (MDB_val){ .mv_size = sizeof(bytes), .mv_data = bytes };
	if (c != NULL && mdb_cursor_get(c, &key, &v, number != 0 ?
	    MDB_GET_BOTH : MDB_SET_KEY) == 0)
		return c;
	kv_close_cursor(x, c);
	return NULL;
}

size_t index_files_with_word(struct index *x, const char *word,
    uint32_t **numbers)
{
	MDB_cursor *c = find_word(x, word, 0);
	MDB_val key, v;
	size_t count = 0, total = 0;
	int rc = c == NULL ? MDB_NOTFOUND : mdb_cursor_count(c, &total);

	*numbers = NULL;
	/* Of a single number MDB_GET_MULTIPLE tells nothing. */
	if (rc == 0)
		rc = mdb_cursor_get(c, &key, &v, MDB_GET_CURRENT);
	if (rc == 0) {
		*numbers = xcalloc(total, sizeof(**numbers));
		rc = mdb_cursor_get(c, &key, &v, MDB_GET_MULTIPLE);
	}
	while (rc == 0) {
		count += take_page(*numbers + count, total - count, &v);
		rc = mdb_cursor_get(c, &key, &v, MDB_NEXT_MULTIPLE);
	}
	kv_close_cursor(x, c);
	return count;
}

size_t index_count_with_word(struct index *x, const char *word)
{
	MDB_cursor *c = find_word(x, word, 0);
	size_t count = 0;

	if (c != NULL && mdb_cursor_count(c, &count) != 0)
		count = 0;
	kv_close_cursor(x, c);
	return count;
}

bool index_file_has_word(struct index *x, const char *word, uint32_t number)
{
	MDB_cursor *c = find_word(x, word, number);

	kv_close_cursor(x, c);
	return c != NULL;
}
