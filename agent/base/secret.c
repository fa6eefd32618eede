/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/outcome.h"

#define MAX_SECRET 4096
#define MARK_LEN 3		/* "***" */
#define MIN_KEY 8		/* what looks like one */
#define MIN_CUT 4		/* of a secret, where the text is cut off */
#define MAX_ENCODINGS 4		/* %41, %2541, %252541 ... */
#define MAX_READINGS (MAX_ENCODINGS + 1)
#define MAX_ENTITY 10		/* bytes of &#x0000041; */

/* What a text is searched for: a secret, its hex, or the digits of its base64
 * that do not depend on what stands before and after it. */
struct pattern {
	char *text;		/* base64: in the alphabet of URLs */
	size_t len;
	bool is_base64;
	bool shares_first, shares_last;	/* a digit with its neighbour */
	struct pattern *next;
};

/* By the first byte, as key_of spells it. */
static struct {
	pthread_rwlock_t lock;
	struct pattern *by_first[256];
	size_t count;
} known = { .lock = PTHREAD_RWLOCK_INITIALIZER };

/* ---- registering ---- */

/* Both alphabets of base64 as one. */
static unsigned char key_of(unsigned char c)
{
	return c == '+' ? '-' : c == '/' ? '_' : c;
}

static void add_pattern(const char *text, size_t len, struct pattern p)
{
	struct pattern *copy = xmalloc(sizeof(*copy));
	struct pattern **list;

	*copy = p;
	copy->text = xstrndup(text, len);
	copy->len = len;
	list = &known.by_first[key_of((unsigned char)text[0])];
	copy->next = *list;
	*list = copy;
	known.count++;
}

void secret_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void secret_free_buf(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

/* Three bytes make four digits, so a secret that begins at byte `shift` of
 * such a group has digits of its own between the two that it may share. */
static void add_base64(const char *secret, size_t len, size_t shift)
{
	uint8_t *bytes = xcalloc(1, shift + len);
	size_t from = (shift * 8 + 5) / 6, to = (shift + len) * 8 / 6;
	char *digits;

	memcpy(bytes + shift, secret, len);
	digits = base64url(bytes, shift + len);
	add_pattern(digits + from, to - from, (struct pattern){
	    .is_base64 = true, .shares_first = shift > 0,
	    .shares_last = (shift + len) * 8 % 6 != 0 });
	secret_free(digits);
	explicit_bzero(bytes, shift + len);
	free(bytes);
}

/* In either case, as programs print it. */
static void add_hex(const char *secret, size_t len)
{
	char *digits = xmalloc(2 * len + 1);

	hex_encode((const uint8_t *)secret, len, digits);
	add_pattern(digits, 2 * len, (struct pattern){ .text = NULL });
	for (char *p = digits; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	add_pattern(digits, 2 * len, (struct pattern){ .text = NULL });
	secret_free(digits);
}

static bool is_known(const char *secret)
{
	const struct pattern *p =
	    known.by_first[key_of((unsigned char)secret[0])];

	while (p != NULL && (p->is_base64 || strcmp(p->text, secret) != 0))
		p = p->next;
	return p != NULL;
}

void secret_add(const char *secret)
{
	size_t len = secret != NULL ? strlen(secret) : 0;

	if (len < SECRET_MIN)
		return;
	pthread_rwlock_wrlock(&known.lock);
	if (!is_known(secret)) {
		add_pattern(secret, len, (struct pattern){ .text = NULL });
		for (size_t shift = 0; shift < 3; shift++)
			add_base64(secret, len, shift);
		add_hex(secret, len);
	}
	pthread_rwlock_unlock(&known.lock);
}

/* A word has no digit in it, and no capital but its first. */
static bool looks_like_key(const char *text)
{
	return strlen(text) >= MIN_KEY &&
	    (strpbrk(text, "0123456789") != NULL ||
	    (strpbrk(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL &&
	    strpbrk(text, "abcdefghijklmnopqrstuvwxyz") != NULL));
}

void secret_add_keys(const char *text, const char *separators)
{
	while (text != NULL && *text != '\0') {
		size_t n = strcspn(text, separators);
		char *part = xstrndup(text, n);

		if (looks_like_key(part))
			secret_add(part);
		secret_free(part);
		text += n + (text[n] != '\0');
	}
}

/* Not by libcurl: that refuses some addresses which still hide something, and
 * the worker, which logs through this file, is not linked with it. */
void secret_add_url(const char *url)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	const char *path, *at, *colon;
	char *part;

	if (host == NULL)
		return;
	host += 3;
	path = host + strcspn(host, "/?#");
	part = xstrndup(host, (size_t)(path - host));
	at = strrchr(part, '@');
	colon = at != NULL ? memchr(part, ':', (size_t)(at - part)) : NULL;
	if (colon != NULL) {
		char *password = xstrndup(colon + 1, (size_t)(at - colon - 1));

		secret_add(password);
		secret_free(password);
	}
	secret_free(part);
	secret_add_keys(path, "/?&=#");
}

char *secret_read(const char *path, const char *key, struct error *error)
{
	char *file = path_of_secret(path), *secret = NULL;
	struct buf text = BUF_INIT;
	size_t len;

	if (file_read(file, MAX_SECRET, &text) != 0) {
		error_set(error, RUN_CONFIG, "%s: %s: %s", file, key,
		    strerror(errno));
	} else {
		len = strcspn(buf_str(&text), "\r\n");
		while (len > 0 && strchr(" \t", text.data[len - 1]) != NULL)
			len--;
		if (len > 0)
			secret = xstrndup(text.data, len);
		else
			error_set(error, RUN_CONFIG, "%s: %s: the file is "
			    "empty", file, key);
	}
	secret_add(secret);
	secret_free_buf(&text);
	free(file);
	return secret;
}

void secret_forget_all(void)
{
	pthread_rwlock_wrlock(&known.lock);
	for (size_t i = 0; i < 256; i++) {
		struct pattern *p = known.by_first[i], *next;

		for (; p != NULL; p = next) {
			next = p->next;
			secret_free(p->text);
			free(p);
		}
		known.by_first[i] = NULL;
	}
	known.count = 0;
	pthread_rwlock_unlock(&known.lock);
}

/* ---- finding ---- */

/* The byte that two hex digits at s spell; -1: there are none. */
static int hex_byte(const char *s, size_t len)
{
	int high = len >= 2 ? hex_digit(s[0]) : -1;
	int low = high >= 0 ? hex_digit(s[1]) : -1;

	return low >= 0 ? high << 4 | low : -1;
}

/* One reading of the bytes at some place of a text. */
struct reading {
	unsigned char byte;
	size_t len;		/* of its spelling */
};

/* The bytes that %41, %2541, %252541 ... stand for, shortest first. */
static size_t read_percent(const char *s, size_t len, struct reading *r)
{
	size_t n = 0, at = 1;
	int byte = '%';

	while (n < MAX_ENCODINGS && byte == '%' &&
	    (byte = hex_byte(s + at, len - at)) >= 0) {
		at += 2;
		r[n++] = (struct reading){ (unsigned char)byte, at };
	}
	return n;
}

/* What JSON writes for a byte: \/ or \u002f. */
static size_t read_escape(const char *s, size_t len, struct reading *r)
{
	int byte;

	if (len >= 2 && strchr("/\"\\", s[1]) != NULL) {
		*r = (struct reading){ (unsigned char)s[1], 2 };
		return 1;
	}
	if (len < 6 || memcmp(s + 1, "u00", 3) != 0 ||
	    (byte = hex_byte(s + 4, 2)) < 0)
		return 0;
	*r = (struct reading){ (unsigned char)byte, 6 };
	return 1;
}

/* What HTML and XML write for a byte: &amp;, &#47; or &#x2f;. */
static size_t read_entity(const char *s, size_t len, struct reading *r)
{
	static const struct {
		const char *name;
		unsigned char byte;
	} named[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' } };
	bool is_hex = len > 2 && (s[2] | 0x20) == 'x';
	int base = is_hex ? 16 : 10, value = 0, digit;
	size_t at = is_hex ? 3 : 2, n;

	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		n = strlen(named[i].name);
		if (len >= n && memcmp(s, named[i].name, n) == 0) {
			*r = (struct reading){ named[i].byte, n };
			return 1;
		}
	}
	if (len < 2 || s[1] != '#')
		return 0;
	for (; at < len && at < MAX_ENTITY && value <= UCHAR_MAX &&
	    (digit = hex_digit(s[at])) >= 0 && digit < base; at++)
		value = value * base + digit;
	if (value == 0 || value > UCHAR_MAX || at == len || s[at] != ';')
		return 0;
	*r = (struct reading){ (unsigned char)value, at + 1 };
	return 1;
}

/* All that s can be read as, itself last. */
static size_t read_byte(const char *s, size_t len,
    struct reading r[MAX_READINGS])
{
	size_t n = s[0] == '%' ? read_percent(s, len, r) :
	    s[0] == '\\' ? read_escape(s, len, r) :
	    s[0] == '&' ? read_entity(s, len, r) : 0;

	r[n++] = (struct reading){ (unsigned char)s[0], 1 };
	return n;
}

static bool is_same(const struct pattern *p, unsigned char c, char want)
{
	return (p->is_base64 ? key_of(c) : c) == (unsigned char)want;
}

/* How many bytes at s spell the byte that is wanted; 0: they do not. */
static size_t match_byte(const struct pattern *p, const char *s, size_t len,
    char want)
{
	struct reading r[MAX_READINGS];
	size_t n;

	if (is_same(p, (unsigned char)s[0], want) &&
	    strchr("%\\&", s[0]) == NULL)
		return 1;
	n = read_byte(s, len, r);
	for (size_t i = 0; i < n; i++)
		if (is_same(p, r[i].byte, want))
			return r[i].len;
	return 0;
}

static bool is_digit_of_base64(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_' || c == '+' || c == '/';
}

/* The digit that the secret's last bits share with what follows, and the
 * padding. */
static size_t rest_of_base64(const char *s, size_t len)
{
	struct reading r[MAX_READINGS];
	size_t at = 0;

	for (; at < len; at += r[0].len) {
		read_byte(s + at, len - at, r);
		if (r[0].byte != '=' &&
		    (at > 0 || !is_digit_of_base64(r[0].byte)))
			break;
	}
	return at;
}

/* How long is the digit that text ends with, which the secret's first bits
 * share? */
static size_t last_digit_of_base64(const char *text, size_t len)
{
	int byte = len >= 3 && text[len - 3] == '%' ?
	    hex_byte(text + len - 2, 2) : -1;

	if (byte >= 0)
		return is_digit_of_base64((unsigned char)byte) ? 3 : 0;
	return len > 0 && is_digit_of_base64((unsigned char)text[len - 1]);
}

/* How many bytes at s are the pattern in some spelling; 0: none. */
static size_t match(const struct pattern *p, const char *s, size_t len,
    bool is_cut)
{
	size_t at = 0;

	/* What looks like an encoding may be the secret's own bytes. */
	if (!p->is_base64 && len >= p->len && memcmp(s, p->text, p->len) == 0)
		return p->len;
	for (size_t i = 0; i < p->len; i++) {
		size_t n;

		if (at == len)
			return is_cut && i >= MIN_CUT ? len : 0;
		n = match_byte(p, s + at, len - at, p->text[i]);
		if (n == 0)
			return 0;
		at += n;
	}
	if (p->shares_last)
		at += rest_of_base64(s + at, len - at);
	return at;
}

/* The longest that begins at s. */
static size_t find(const char *s, size_t len, bool is_cut,
    bool *shares_first)
{
	struct reading r[MAX_READINGS];
	size_t n = read_byte(s, len, r), longest = 0;

	for (size_t i = 0; i < n; i++) {
		const struct pattern *p = known.by_first[key_of(r[i].byte)];

		for (; p != NULL; p = p->next) {
			size_t found = match(p, s, len, is_cut);

			if (found > longest) {
				longest = found;
				*shares_first = p->shares_first;
			}
		}
	}
	return longest;
}

/* The mark is written when the end of what it stands for was read: until then
 * another secret may begin within. */
static size_t hide_known(char *text, size_t len, bool is_cut)
{
	size_t out = 0, end = 0;
	bool hiding = false;

	for (size_t i = 0; i <= len; i++) {
		bool shared = false;
		size_t n = i < len ? find(text + i, len - i, is_cut, &shared) :
		    0;

		if (hiding && i >= end && n == 0) {
			memset(text + out, '*', MARK_LEN);
			out += MARK_LEN;
			hiding = false;
		}
		if (n > 0 && !hiding && shared)
			out -= last_digit_of_base64(text, out);
		if (n > 0) {
			hiding = true;
			end = i + n > end ? i + n : end;
		}
		if (!hiding && i < len)
			text[out++] = text[i];
	}
	return out;
}

size_t secret_hide(char *text, size_t len, bool is_cut)
{
	pthread_rwlock_rdlock(&known.lock);
	if (known.count > 0 && len > 0)
		len = hide_known(text, len, is_cut);
	pthread_rwlock_unlock(&known.lock);
	return len;
}

void secret_hide_str(char *text)
{
	text[secret_hide(text, strlen(text), false)] = '\0';
}

char *secret_hide_copy(const char *text)
{
	char *copy = xstrdup(text);

	if (copy != NULL)
		secret_hide_str(copy);
	return copy;
}

void secret_hide_buf(struct buf *b, bool is_cut)
{
	if (b->data == NULL)
		return;
	b->len = secret_hide(b->data, b->len, is_cut);
	b->data[b->len] = '\0';
}
