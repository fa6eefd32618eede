/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tags/tags.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "worker/tags/serato.h"
#include "base/buf.h"
#include "base/integer.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "types/media.h"
#include "types/track.h"
#include "types/written_tags.h"

#define MIN_BPM 20
#define MAX_BPM 400

/* The names of each tag in order of preference. libavformat unifies the common
 * ones; the rest are the names of the formats. */
static const struct text_tag {
	size_t offset;
	const char *names[6];
} texts[] = {
	{ offsetof(struct tags, artist), { "artist" } },
	{ offsetof(struct tags, title), { "title" } },
	{ offsetof(struct tags, album), { "album" } },
	{ offsetof(struct tags, album_artist),
	    { "album_artist", "albumartist", "album artist" } },
	{ offsetof(struct tags, date), { "date", "TDRC", "TYER", "year" } },
	{ offsetof(struct tags, genre), { "genre" } },
	{ offsetof(struct tags, source), { "SOURCE" } },
	{ offsetof(struct tags, analysis), { "LIKESYNC_ANALYSIS" } },
	{ offsetof(struct tags, key),
	    { "TKEY", "initialkey", "initial_key", "key" } },
};

static const char *const isrc_names[] = { "TSRC", "ISRC", NULL };
/* spotDL writes the track's URL to WOAS. */
static const char *const spotify_names[] = { "SPOTIFY_ID", "WOAS", NULL };
static const char *const track_names[] = { "track", "tracknumber", NULL };
static const char *const disc_names[] = { "disc", "discnumber", NULL };
static const char *const bpm_names[] = { "TBPM", "tmpo", "BPM", "tempo",
	"SERATO_BPM", NULL };
static const char *const grid_names[] = { "SERATO_BEATGRID", "beatgrid",
	NULL };
static const char *const energy_names[] = { "EnergyLevel", "energy", NULL };
static const char *const comment_names[] = { "comment", "comment-eng", "COMM",
	"description", NULL };

static const char *find_first(tag_finder find, void *ctx,
    const char *const *names)
{
	for (; *names != NULL; names++) {
		const char *value = find(ctx, *names);

		if (value != NULL && *value != '\0')
			return value;
	}
	return NULL;
}

static bool is_utf8(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n)
		if ((n = utf8_length(s + i, len - i)) == 0)
			return false;
	return true;
}

/* The length without a character that ID3v1 cut at 30 bytes. A single such byte
 * after pure ASCII is rather a Latin-1 letter. */
static size_t without_cut_end(const char *s, size_t len)
{
	bool ascii = true;

	for (size_t i = 0; i + 1 < len; i++)
		ascii = ascii && (unsigned char)s[i] < 0x80;
	for (size_t cut = 1; cut <= 3 && cut < len; cut++)
		if (((unsigned char)s[len - cut] & 0xc0) == 0xc0)
			return cut == 1 && ascii ? len : len - cut;
	return len;
}

/* Windows-1252 in place of the control characters of Latin-1; 0: undefined. */
static const unsigned short windows_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

static void append_8bit(struct buf *out, unsigned char c)
{
	unsigned u = c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c;

	if (u == 0)
		u = '?';
	if (u < 0x80) {
		buf_putc(out, (char)u);
	} else if (u < 0x800) {
		buf_putc(out, (char)(0xc0 | u >> 6));
		buf_putc(out, (char)(0x80 | (u & 0x3f)));
	} else {
		buf_putc(out, (char)(0xe0 | u >> 12));
		buf_putc(out, (char)(0x80 | (u >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (u & 0x3f)));
	}
}

/* Valid UTF-8 stays; anything else is taken for Windows-1252. NULL if nothing
 * is left. Caller frees. */
static char *clean_text(const char *value)
{
	struct buf b = BUF_INIT;
	size_t begin = 0, end, len = strnlen(value, 4 * TAG_MAX);

	if (!is_utf8(value, len) &&
	    is_utf8(value, without_cut_end(value, len)))
		len = without_cut_end(value, len);
	if (is_utf8(value, len))
		buf_append(&b, value, len);
	else
		for (size_t i = 0; i < len; i++)
			append_8bit(&b, (unsigned char)value[i]);
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < 0x20 || b.data[i] == 0x7f)
			b.data[i] = ' ';
	while (begin < b.len && b.data[begin] == ' ')
		begin++;
	end = begin + utf8_cut(buf_str(&b) + begin, b.len - begin, TAG_MAX);
	while (end > begin && b.data[end - 1] == ' ')
		end--;
	char *text = end > begin ? xstrndup(b.data + begin, end - begin) :
	    NULL;
	buf_free(&b);
	return text;
}

/* "3", "3/12", "03": the first number; 0 if there is none within 1..max. */
static int number_of(const char *value, int max)
{
	int64_t n;

	return value != NULL && int_prefix(&value, 1, max, &n) == 0 ? (int)n :
	    0;
}

static double bpm_of(const char *value)
{
	char text[32], *comma, *end;
	double bpm;

	if (value == NULL || strlen(value) >= sizeof(text))
		return 0;
	strcpy(text, value);
	if ((comma = strchr(text, ',')) != NULL)
		*comma = '.';
	bpm = strtod(text, &end);
	return end != text && bpm >= MIN_BPM && bpm <= MAX_BPM ? bpm : 0;
}

/* Mixed In Key writes "Energy 7" or "8A - Energy 7" to the comment if so
 * configured. */
static int energy_of(const char *comment)
{
	const char *at = comment != NULL ? strcasestr(comment, "energy") :
	    NULL;

	if (at == NULL)
		return 0;
	at += strlen("energy");
	if (strncasecmp(at, "level", 5) == 0)
		at += 5;
	return number_of(at + strspn(at, " :="), 10);
}

/* The first plausible one: many programs write 0 for unknown. */
static double find_bpm(tag_finder find, void *ctx)
{
	const char *grid;
	double bpm = 0;

	for (const char *const *n = bpm_names; *n != NULL && bpm == 0; n++)
		bpm = bpm_of(find(ctx, *n));
	if (bpm > 0 || (grid = find_first(find, ctx, grid_names)) == NULL)
		return bpm;
	bpm = serato_base64_bpm(grid);
	return bpm >= MIN_BPM && bpm <= MAX_BPM ? bpm : 0;
}

static bool is_key(const char *text)
{
	char key[12], camelot[4];

	return key_parse(text, key, camelot) == 0;
}

/* The text before any character of end, if that is a key. Caller frees. */
static char *key_before(const char *text, const char *end)
{
	char start[16];
	size_t len = strcspn(text, end);

	if (len == 0 || len >= sizeof(start))
		return NULL;
	memcpy(start, text, len);
	start[len] = '\0';
	return is_key(start) ? xstrdup(start) : NULL;
}

/* The key before " - Energy 7", or a lone Camelot code; other words that could
 * be a key ("A", "12m") mean something else in a comment. */
static char *key_of(const char *comment)
{
	size_t code;

	if (strcasestr(comment, "energy") != NULL)
		return key_before(comment, " -");
	code = strspn(comment, "0123456789");
	if (code == 0 || comment[code] == '\0' ||
	    strchr("ABab", comment[code]) == NULL ||
	    (comment[code + 1] != '\0' &&
	    strncmp(comment + code + 1, " - ", 3) != 0))
		return NULL;
	return key_before(comment, " ");
}

/* Of "8A/9A" the first is taken. An invalid key is replaced by that in the
 * comment, if there is one. */
static void choose_key(struct tags *t, const char *comment)
{
	char *key = NULL;

	if (t->key != NULL && is_key(t->key))
		return;
	if (t->key != NULL)
		key = key_before(t->key, "/");
	if (key == NULL && comment != NULL)
		key = key_of(comment);
	if (key == NULL)
		return;
	free(t->key);
	t->key = key;
}

void tags_read(struct tags *t, tag_finder find, void *ctx)
{
	const char *comment, *value;
	char isrc[ISRC_LEN + 1], id[SPOTIFY_ID_LEN + 1];

	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char **slot = (char **)(void *)((char *)t + texts[i].offset);

		if ((value = find_first(find, ctx, texts[i].names)) != NULL)
			*slot = clean_text(value);
	}
	value = find_first(find, ctx, isrc_names);
	if (value != NULL && isrc_parse(value, isrc) == 0)
		t->isrc = xstrdup(isrc);
	value = find_first(find, ctx, spotify_names);
	if (value != NULL && spotify_id_parse(value, id) == 0)
		t->spotify_id = xstrdup(id);
	t->track_number = number_of(find_first(find, ctx, track_names), 9999);
	t->disc_number = number_of(find_first(find, ctx, disc_names), 999);
	t->bpm = find_bpm(find, ctx);
	t->energy = number_of(find_first(find, ctx, energy_names), 10);
	comment = find_first(find, ctx, comment_names);
	if (t->energy == 0)
		t->energy = energy_of(comment);
	choose_key(t, comment);
	written_tags_remove(t);
}
