/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "match/keys.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MAX_LETTERS 64	/* of a word; a longer one is cut in two */
#define MAX_DEPTH 8	/* of brackets in brackets */
#define MAX_SIGNS 16	/* of a segment without words */
#define NO_SEGMENT UINT8_MAX

#define FIRST_SYMBOL 0x2190	/* arrows; pictures follow */

/* The state while a name is read. Strings are offsets until the buffer is
 * complete. */
struct folder {
	struct words *w;
	struct buf strings;
	size_t text_at[MAX_WORDS], key_at[MAX_WORDS];
	int32_t letters[MAX_LETTERS];	/* of the word so far */
	size_t n_letters, since_dot;
	int32_t signs[MAX_SIGNS];	/* of the segment so far */
	size_t n_signs;
	char sign, word_sign;		/* before the next word, this word */
	bool blank, word_glued;
	bool has_words;			/* this segment */
	bool joint;
	uint8_t segment, outer[MAX_DEPTH];
	size_t depth;
	bool after_number;		/* of a part: "Pt. I" */
};

/* ---- words ---- */

/* Replaces letters of another script that look like those of the word's own:
 * by Latin ones if all others look Latin, else by Cyrillic ones. */
static enum script unify_script(int32_t *letters, size_t n)
{
	size_t latin = 0, other = 0, alike = 0;
	enum script script = SCRIPT_NONE;

	for (size_t i = 0; i < n; i++) {
		enum script s = letter_script(letters[i]);

		latin += s == SCRIPT_LATIN;
		other += s == SCRIPT_GREEK || s == SCRIPT_CYRILLIC;
		if (s != SCRIPT_NONE && (script == SCRIPT_NONE ||
		    script == SCRIPT_LATIN))
			script = s;
	}
	if (latin == 0 || other == 0)
		return script;
	for (size_t i = 0; i < n; i++)
		alike += letter_alike(letters[i], SCRIPT_LATIN) != 0;
	for (size_t i = 0; i < n; i++) {
		int32_t c = letter_alike(letters[i], alike == other ?
		    SCRIPT_LATIN : SCRIPT_CYRILLIC);

		if (c != 0)
			letters[i] = c;
	}
	return alike == other ? SCRIPT_LATIN : script;
}

/* Ends a word and appends it with its key. */
static void end_word(struct folder *f, enum script script)
{
	char text[MAX_LETTERS * 4 + 1];
	struct words *w = f->w;
	size_t len = 0;

	while (script == SCRIPT_NONE && f->n_letters > 0 &&
	    f->letters[f->n_letters - 1] == '*')
		f->n_letters--;
	if (f->n_letters == 0)
		return;
	if (w->count < MAX_WORDS) {
		if (script == SCRIPT_NONE)
			script = unify_script(f->letters, f->n_letters);
		for (size_t i = 0; i < f->n_letters; i++)
			len += (size_t)utf8proc_encode_char(f->letters[i],
			    (utf8proc_uint8_t *)text + len);
		text[len++] = '\0';
		f->text_at[w->count] = f->strings.len;
		buf_append(&f->strings, text, len);
		f->key_at[w->count] = f->strings.len;
		word_key(text, &f->after_number, &f->strings);
		buf_putc(&f->strings, '\0');
		w->word[w->count++] = (struct word){ .segment = f->segment,
			.joint = f->joint, .script = script,
			.sign = f->word_sign, .glued = f->word_glued };
	}
	f->n_letters = f->since_dot = 0;
	f->joint = false;
	f->has_words = true;
}

static void add_letter(struct folder *f, int32_t c)
{
	const char *plain = letter_plain(c);

	if (f->n_letters == 0) {
		f->word_sign = f->sign;
		f->word_glued = !f->blank;
	}
	f->sign = 0;
	f->blank = false;
	if (letter_script(c) == SCRIPT_CJK) {	/* a word of its own */
		end_word(f, SCRIPT_NONE);
		f->letters[f->n_letters++] = c;
		end_word(f, SCRIPT_CJK);
		return;
	}
	do {
		if (f->n_letters == MAX_LETTERS)
			end_word(f, SCRIPT_NONE);
		f->letters[f->n_letters++] = plain != NULL ? *plain++ : c;
		f->since_dot++;
	} while (plain != NULL && *plain != '\0');
}

/* A segment without words consists of its signs: "+++", "?". Not the last one
 * possible, because words may still be added to it. */
static void keep_signs(struct folder *f)
{
	end_word(f, SCRIPT_NONE);
	if (!f->has_words && f->n_signs > 0 &&
	    f->segment + 1 < MAX_SEGMENTS) {
		memcpy(f->letters, f->signs, f->n_signs * sizeof(*f->signs));
		f->n_letters = f->n_signs;
		end_word(f, SCRIPT_OTHER);
	}
	f->n_signs = 0;
	f->after_number = false;
}

static void begin_segment(struct folder *f, bool bracket, bool square)
{
	struct words *w = f->w;

	if (w->segments == MAX_SEGMENTS) {	/* continue in the last one */
		end_word(f, SCRIPT_NONE);
		f->joint = true;
		return;
	}
	keep_signs(f);
	f->has_words = false;
	f->sign = 0;
	w->segment[w->segments++] =
	    (struct name_segment){ .bracket = bracket, .square = square };
	f->segment = (uint8_t)(w->segments - 1);
}

/* ---- signs ---- */

enum sign {
	SIGN_BLANK,	/* between words */
	SIGN_GLUE,	/* inside words, dropped: don't */
	SIGN_DOT,	/* likewise between single letters: R.E.M. */
	SIGN_JOINT,	/* between names */
	SIGN_AND,
	SIGN_OPEN, SIGN_OPEN_SQUARE, SIGN_CLOSE,
	SIGN_DASH,	/* between segments, with a blank at a side */
	SIGN_BAR,	/* between segments */
	SIGN_SHARP, SIGN_FLAT,	/* words after the name of a tone */
	SIGN_DOLLAR, SIGN_BANG, SIGN_STAR	/* letters in some words */
};

static const struct {
	int32_t c;
	enum sign sign;
} signs[] = {
	{ '\'', SIGN_GLUE }, { 0x2019, SIGN_GLUE }, { 0x2018, SIGN_GLUE },
	{ 0x00b4, SIGN_GLUE }, { '`', SIGN_GLUE }, { 0x02bc, SIGN_GLUE },
	{ 0x2032, SIGN_GLUE }, { 0x0301, SIGN_GLUE },
	{ '.', SIGN_DOT }, { ',', SIGN_JOINT }, { ';', SIGN_JOINT },
	{ '/', SIGN_JOINT },
	{ '\\', SIGN_JOINT }, { '+', SIGN_JOINT }, { ':', SIGN_JOINT },
	{ '"', SIGN_JOINT }, { 0x201c, SIGN_JOINT }, { 0x201d, SIGN_JOINT },
	{ 0x201e, SIGN_JOINT }, { 0x00ab, SIGN_JOINT }, { 0x00bb, SIGN_JOINT },
	{ 0x29f8, SIGN_JOINT }, { 0x2215, SIGN_JOINT }, { 0x2044, SIGN_JOINT },
	{ 0x3001, SIGN_JOINT }, { 0x30fb, SIGN_JOINT }, { 0x00b7, SIGN_JOINT },
	{ '~', SIGN_JOINT }, { '@', SIGN_JOINT }, { 0x00d7, SIGN_JOINT },
	{ '&', SIGN_AND }, { '-', SIGN_DASH }, { 0x2010, SIGN_DASH },
	{ 0x2012, SIGN_DASH }, { 0x2013, SIGN_DASH }, { 0x2014, SIGN_BAR },
	{ 0x2015, SIGN_BAR }, { 0x2212, SIGN_DASH }, { '|', SIGN_BAR },
	{ 0x2022, SIGN_BAR }, { 0x01c0, SIGN_BAR }, { 0x2502, SIGN_BAR },
	{ '(', SIGN_OPEN }, { '[', SIGN_OPEN_SQUARE }, { '{', SIGN_OPEN },
	{ ')', SIGN_CLOSE }, { ']', SIGN_CLOSE }, { '}', SIGN_CLOSE },
	{ 0x300c, SIGN_OPEN }, { 0x300e, SIGN_OPEN }, { 0x3010, SIGN_OPEN },
	{ 0x3008, SIGN_OPEN }, { 0x300a, SIGN_OPEN }, { 0x3014, SIGN_OPEN },
	{ 0x300d, SIGN_CLOSE }, { 0x300f, SIGN_CLOSE }, { 0x3011, SIGN_CLOSE },
	{ 0x3009, SIGN_CLOSE }, { 0x300b, SIGN_CLOSE }, { 0x3015, SIGN_CLOSE },
	{ '#', SIGN_SHARP }, { 0x266f, SIGN_SHARP }, { 0x266d, SIGN_FLAT },
	{ '$', SIGN_DOLLAR }, { '!', SIGN_BANG }, { '*', SIGN_STAR },
};

static bool is_word_char(int32_t c)
{
	utf8proc_category_t k;

	if (c < 0x80)
		return isalnum(c);
	if (letter_plain(c) != NULL)
		return true;
	k = utf8proc_category(c);
	return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO) ||
	    (k >= UTF8PROC_CATEGORY_MN && k <= UTF8PROC_CATEGORY_ME) ||
	    (k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO);
}

/* Accents of Latin, Greek and Cyrillic, points of Hebrew, vowels of Arabic. In
 * other scripts marks are treated as letters. */
static bool is_accent(int32_t c)
{
	return (c >= 0x0300 && c <= 0x036f) || (c >= 0x0483 && c <= 0x0487) ||
	    (c >= 0x0591 && c <= 0x05c7) || (c >= 0x064b && c <= 0x065f) ||
	    c == 0x0670 || c == 0x0640 || (c >= 0x1ab0 && c <= 0x1aff) ||
	    (c >= 0x20d0 && c <= 0x20ff);
}

static void open_bracket(struct folder *f, bool square)
{
	end_word(f, SCRIPT_NONE);
	/* A segment of signs only does not continue after it. */
	if (f->depth < MAX_DEPTH)
		f->outer[f->depth++] = f->has_words ? f->segment : NO_SEGMENT;
	begin_segment(f, true, square);
}

static void close_bracket(struct folder *f)
{
	if (f->depth == 0) {
		end_word(f, SCRIPT_NONE);
		f->joint = true;
		return;
	}
	keep_signs(f);
	f->depth--;
	if (f->outer[f->depth] == NO_SEGMENT) {
		begin_segment(f, f->depth > 0, false);
	} else {
		f->segment = f->outer[f->depth];
		f->has_words = true;
	}
	f->joint = true;
}

/* Signs used as letters: Ke$ha, P!nk, F**k. */
static bool is_letter_sign(const struct folder *f, enum sign sign,
    int32_t after)
{
	bool behind = f->n_letters > 0 && f->n_letters < MAX_LETTERS;

	switch (sign) {
	case SIGN_DOLLAR:
		return behind || is_word_char(after);
	case SIGN_BANG:
		return behind && is_word_char(after);
	case SIGN_STAR:
		return behind && (is_word_char(after) || after == '*');
	default:
		return false;
	}
}

static void add_ascii_word(struct folder *f, const char *text)
{
	end_word(f, SCRIPT_NONE);
	while (*text != '\0')
		f->letters[f->n_letters++] = (unsigned char)*text++;
	end_word(f, SCRIPT_LATIN);
}

static void end_at_sign(struct folder *f, enum sign sign, int32_t c)
{
	end_word(f, SCRIPT_NONE);
	if (c != ' ')
		f->sign = c < 0x80 ? (char)c : 0;
	f->blank = c == ' ';
	if (c > ' ' && sign != SIGN_DASH && f->n_signs < MAX_SIGNS)
		f->signs[f->n_signs++] = c;
	f->joint = f->joint || sign == SIGN_JOINT || sign == SIGN_AND ||
	    c >= FIRST_SYMBOL;
	if (sign == SIGN_AND && f->has_words) {
		add_ascii_word(f, "and");
		f->joint = true;
	}
}

static void add_sign(struct folder *f, int32_t before, int32_t c,
    int32_t after)
{
	enum sign sign = SIGN_BLANK;

	for (size_t i = 0; c != ' ' && i < COUNT(signs); i++)
		if (signs[i].c == c)
			sign = signs[i].sign;
	if (is_letter_sign(f, sign, after)) {
		add_letter(f, sign == SIGN_DOLLAR ? 's' :
		    sign == SIGN_BANG ? 'i' : c);
		return;
	}
	switch (sign) {
	case SIGN_GLUE:
		return;
	case SIGN_DOT:
		if (f->n_letters == 0 || f->since_dot != 1)
			break;
		f->since_dot = 0;
		f->sign = '.';
		return;
	case SIGN_SHARP:
	case SIGN_FLAT:
		if (f->n_letters != 1 || f->letters[0] < 'a' ||
		    f->letters[0] > 'g')
			break;
		add_ascii_word(f, sign == SIGN_SHARP ? "sharp" : "flat");
		return;
	case SIGN_OPEN:
	case SIGN_OPEN_SQUARE:
		open_bracket(f, sign == SIGN_OPEN_SQUARE);
		return;
	case SIGN_CLOSE:
		close_bracket(f);
		return;
	case SIGN_DASH:
		if (before != ' ' && after != ' ')
			break;
		/* fall through */
	case SIGN_BAR:
		begin_segment(f, f->depth > 0, false);
		return;
	default:
		break;
	}
	end_at_sign(f, sign, c);
}

/* ---- folding ---- */

/* Trademark signs decompose to letters, which are not wanted. */
static utf8proc_int32_t drop_trade_marks(utf8proc_int32_t c, void *ctx)
{
	(void)ctx;
	return c == 0x2122 || c == 0x2120 || c == 0x00a9 || c == 0x00ae ||
	    c == 0x2117 ? ' ' : c;
}

/* In lower case; NULL if it is not plain ASCII. */
static char *fold_ascii(const char *name)
{
	size_t len = strlen(name);
	char *out = xmalloc(len + 1);

	for (size_t i = 0; i <= len; i++) {
		if ((unsigned char)name[i] >= 0x80) {
			free(out);
			return NULL;
		}
		out[i] = (char)tolower((unsigned char)name[i]);
	}
	return out;
}

/* Decomposed and case-folded; bytes that are not UTF-8 end words. */
static char *normalize_text(const char *name)
{
	char *plain = fold_ascii(name);
	struct buf valid = BUF_INIT;
	size_t len = strlen(name);
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n;
	bool ascii = true;

	if (plain != NULL)
		return plain;
	for (size_t i = 0; i < len;) {
		size_t step = utf8_length(name + i, len - i);

		if (step == 1)
			buf_putc(&valid, (char)tolower((unsigned char)name[i]));
		else if (step > 1)
			buf_append(&valid, name + i, step);
		else
			buf_putc(&valid, ' ');
		ascii = ascii && step <= 1;
		i += step > 0 ? step : 1;
	}
	if (ascii)
		return buf_take(&valid);
	n = utf8proc_map_custom((const utf8proc_uint8_t *)buf_str(&valid),
	    (utf8proc_ssize_t)valid.len, &out, UTF8PROC_STABLE |
	    UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
	    UTF8PROC_IGNORE, drop_trade_marks, NULL);
	if (n < 0 || out == NULL)
		return buf_take(&valid);
	buf_free(&valid);
	return (char *)out;
}

/* A kana with its (semi-)voiced sound mark: the code points follow the plain
 * kana. */
static int32_t compose_kana(int32_t kana, int32_t mark)
{
	int32_t row = kana >= 0x30a0 ? kana - 0x60 : kana;
	bool k_to_t = row >= 0x304b && row <= 0x3068;
	bool h = row >= 0x306f && row <= 0x307b;

	if (mark == 0x309a)
		return h ? kana + 2 : kana;
	return k_to_t || h ? kana + 1 : kana;
}

static void read_text(struct folder *f, const char *text)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
	utf8proc_int32_t before = ' ', c = 0, next = 0, after;
	utf8proc_ssize_t n = utf8proc_iterate(p, -1, &c);

	while (n > 0 && c > 0) {
		p += n;
		n = utf8proc_iterate(p, -1, &next);
		while (n > 0 && (next == 0x3099 || next == 0x309a)) {
			c = compose_kana(c, next);
			p += n;
			n = utf8proc_iterate(p, -1, &next);
		}
		after = n > 0 && next > 0 ? next : ' ';
		if (is_accent(c))
			;
		else if (is_word_char(c))
			add_letter(f, c);
		else
			add_sign(f, before, c, after);
		before = c;
		c = next;
	}
}

void words_fold(struct words *w, const char *name)
{
	struct folder f = { .w = w, .strings = BUF_INIT };
	char *text = normalize_text(name != NULL ? name : "");
	bool all_empty = true;

	w->count = 0;
	w->segments = 1;
	w->segment[0] = (struct name_segment){ .bracket = false };
	read_text(&f, text);
	keep_signs(&f);
	free(text);
	w->text = buf_take(&f.strings);
	for (size_t i = 0; i < w->count; i++) {
		w->word[i].text = w->text + f.text_at[i];
		w->word[i].key = w->text + f.key_at[i];
		all_empty = all_empty && *w->word[i].key == '\0';
	}
	for (size_t i = 0; all_empty && i < w->count; i++)
		w->word[i].key = w->word[i].text;
}

void words_free(struct words *w)
{
	free(w->text);
	w->text = NULL;
	w->count = 0;
}

bool words_has(const struct words *w, const char *key)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->word[i].key, key) == 0)
			return true;
	return false;
}

size_t words_segment_end(const struct words *w, size_t from)
{
	size_t to = from + 1;

	while (to < w->count && w->word[to].segment == w->word[from].segment)
		to++;
	return to;
}

enum script words_script(const struct words *w, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (w->word[i].script != SCRIPT_NONE)
			return w->word[i].script;
	return SCRIPT_NONE;
}

/* ---- pieces ---- */

void piece_make(struct piece *p, const struct words *w, size_t from,
    size_t to)
{
	p->key[0] = '\0';
	/* By the texts if there are articles only. */
	for (int by_text = 0; by_text < 2 && p->key[0] == '\0'; by_text++) {
		size_t len = 0;

		for (size_t i = from; i < to; i++) {
			const char *word = by_text ? w->word[i].text :
			    w->word[i].key;
			size_t n = strlen(word);

			if (len + n >= sizeof(p->key))
				break;
			memcpy(p->key + len, word, n + 1);
			len += n;
		}
	}
}

void piece_of(struct piece *p, const char *name)
{
	struct words w;

	words_fold(&w, name);
	piece_make(p, &w, 0, w.count);
	words_free(&w);
}

static bool same_letters(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i] && ((a[i] != '*' && b[i] != '*') ||
		    a[i] == '\0' || b[i] == '\0'))
			return false;
	return true;
}

bool piece_same(const struct piece *a, const struct piece *b)
{
	size_t n = strlen(a->key);

	return n > 0 && n == strlen(b->key) && same_letters(a->key, b->key, n);
}

/* words_run by keys or by texts. */
static size_t run_length(
    const struct words *w, size_t at, const struct piece *p, bool by_text)
{
	size_t done = 0, len = strlen(p->key), i = at;

	while (i < w->count && done < len) {
		const char *word = by_text ? w->word[i].text : w->word[i].key;
		size_t n = strlen(word);

		if (n > len - done || !same_letters(word, p->key + done, n))
			return 0;
		done += n;
		i++;
	}
	return done == len && len > 0 ? i - at : 0;
}

/* A name that is all articles, such as "The The", has them as its key. */
size_t words_run(const struct words *w, size_t at, const struct piece *p)
{
	size_t len = run_length(w, at, p, false);

	return len == 0 && at < w->count && w->word[at].key[0] == '\0' ?
	    run_length(w, at, p, true) : len;
}
