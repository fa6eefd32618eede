/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/title.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum mark {
	REMIX, EDIT, RADIO, EXTENDED, CLUB, DUB, LIVE, ACOUSTIC, INSTRUMENTAL,
	KARAOKE, COVER, SPED_UP, SLOWED, EIGHT_D, BOOTLEG, MASHUP, DEMO,
	RERECORDED, VIP, REACTION, LOOP, REPRISE, ORCHESTRAL, ACAPELLA, MEDLEY
};

static const char *const mark_names[] = {
	[REMIX] = "remix", [EDIT] = "edit", [RADIO] = "radio",
	[EXTENDED] = "extended", [CLUB] = "club", [DUB] = "dub",
	[LIVE] = "live", [ACOUSTIC] = "acoustic",
	[INSTRUMENTAL] = "instrumental", [KARAOKE] = "karaoke",
	[COVER] = "cover", [SPED_UP] = "sped up", [SLOWED] = "slowed",
	[EIGHT_D] = "8D", [BOOTLEG] = "bootleg", [MASHUP] = "mashup",
	[DEMO] = "demo", [RERECORDED] = "re-recorded", [VIP] = "VIP",
	[REACTION] = "not music", [LOOP] = "loop", [REPRISE] = "reprise",
	[ORCHESTRAL] = "orchestral", [ACAPELLA] = "a cappella",
	[MEDLEY] = "medley",
};

/* Words, folded, of several languages; longer phrases first. */
static const struct {
	const char *phrase;
	enum mark mark;
} versions[] = {
	{ "made famous by", KARAOKE }, { "in the style of", KARAOKE },
	{ "originally performed by", KARAOKE }, { "tribute to", COVER },
	{ "backing track", KARAOKE }, { "sing along", KARAOKE },
	{ "sped up", SPED_UP }, { "speed up", SPED_UP },
	{ "spedup", SPED_UP }, { "nightcore", SPED_UP },
	{ "slowed", SLOWED }, { "slow reverb", SLOWED },
	{ "chopped and screwed", SLOWED }, { "8d", EIGHT_D },
	{ "16d", EIGHT_D }, { "bass boosted", EIGHT_D },
	{ "en vivo", LIVE }, { "ao vivo", LIVE }, { "en directo", LIVE },
	{ "live", LIVE }, { "unplugged", ACOUSTIC }, { "concert", LIVE },
	{ "session", LIVE }, { "sessions", LIVE },
	{ "acoustic", ACOUSTIC }, { "acustico", ACOUSTIC },
	{ "acustica", ACOUSTIC }, { "akustik", ACOUSTIC },
	{ "acoustique", ACOUSTIC }, { "piano version", ACOUSTIC },
	{ "instrumental", INSTRUMENTAL }, { "karaoke", KARAOKE },
	{ "караоке", KARAOKE }, { "минус", KARAOKE }, { "минусовка", KARAOKE },
	{ "кавер", COVER }, { "קריוקי", KARAOKE }, { "カラオケ", KARAOKE },
	{ "カバー", COVER }, { "cover", COVER }, { "tribute", COVER },
	{ "remix", REMIX }, { "rmx", REMIX }, { "ремикс", REMIX },
	{ "リミックス", REMIX }, { "mix", REMIX }, { "rework", REMIX },
	{ "refix", REMIX }, { "flip", REMIX }, { "remixed", REMIX },
	{ "dub", DUB }, { "edit", EDIT }, { "re edit", EDIT },
	{ "radio", RADIO }, { "extended", EXTENDED }, { "club", CLUB },
	{ "bootleg", BOOTLEG }, { "mashup", MASHUP }, { "demo", DEMO },
	{ "rerecorded", RERECORDED }, { "re recorded", RERECORDED },
	{ "taylors version", RERECORDED }, { "vip", VIP },
	{ "reaction", REACTION }, { "tutorial", REACTION },
	{ "type beat", REACTION }, { "lesson", REACTION },
	{ "how to play", REACTION }, { "1 hour", LOOP }, { "one hour", LOOP },
	{ "10 hours", LOOP }, { "loop", LOOP }, { "reprise", REPRISE },
	{ "orchestral", ORCHESTRAL }, { "orchestra version", ORCHESTRAL },
	{ "string quartet", ORCHESTRAL }, { "acapella", ACAPELLA },
	{ "a cappella", ACAPELLA }, { "medley", MEDLEY },
	{ "megamix", MASHUP },
};

/* What says nothing about which recording it is. */
static const char *const neutral[] = {
	"official", "audio", "video", "videoclip", "clip", "music", "lyric",
	"lyrics", "lyrical", "letra", "hd", "hq", "4k", "uhd", "visualizer",
	"visualiser", "remaster", "remastered", "remasterizado", "version",
	"original", "explicit", "clean", "stereo", "mono", "album", "single",
	"full", "song", "new", "mv", "m", "v", "oficial", "with", "from", "the",
	"topic", "vevo", "prod", "by", "and", "x", "feat", "ft", "featuring",
	"deluxe", "bonus", "track", "soundtrack", "ost", "edition",
	"anniversary", "1080p", "720p", "high", "quality", "cd", "vinyl",
	"kbps", "free", "download", "out", "now", "records", "premiere", "a",
	"of", "in", "on", "no", "copyright",
};

uint32_t version_mark(const char *const *words, size_t count, size_t *len)
{
	for (size_t v = 0; v < sizeof(versions) / sizeof(versions[0]); v++) {
		const char *p = versions[v].phrase;
		size_t i = 0;

		while (i < count) {
			size_t n = strlen(words[i]);

			if (strncmp(p, words[i], n) != 0 ||
			    (p[n] != ' ' && p[n] != '\0'))
				break;
			i++;
			if (p[n] == '\0') {
				*len = i;
				return 1u << versions[v].mark;
			}
			p += n + 1;
		}
	}
	return 0;
}

static bool is_year(const char *word)
{
	return strlen(word) == 4 && strspn(word, "0123456789") == 4 &&
	    (word[0] == '1' || word[0] == '2');
}

bool word_is_neutral(const char *word)
{
	for (size_t i = 0; i < sizeof(neutral) / sizeof(neutral[0]); i++)
		if (strcmp(word, neutral[i]) == 0)
			return true;
	return is_year(word);
}

void marks_text(uint32_t marks, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(mark_names) / sizeof(*mark_names); i++)
		if (marks & (1u << i) && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
			    n > 0 ? ", " : "", mark_names[i]);
	if (n == 0)
		snprintf(out, size, "none");
}

/* A qualifier that names guests, not a version. */
static bool is_featuring(const struct words *w)
{
	static const char *const heads[] = { "feat", "ft", "featuring",
		"with", "con", "avec" };

	for (size_t i = 0; w->count > 0 && i < sizeof(heads) /
	    sizeof(*heads); i++)
		if (strcmp(w->word[0], heads[i]) == 0)
			return true;
	return false;
}

static int part_number(const struct words *w)
{
	static const char *const heads[] = { "pt", "part", "vol", "volume",
		"chapter", "no" };
	static const char *const romans[] = { "", "i", "ii", "iii", "iv", "v",
		"vi" };

	for (size_t i = 0; i + 1 < w->count; i++) {
		for (size_t k = 0; k < sizeof(heads) / sizeof(*heads); k++) {
			if (strcmp(w->word[i], heads[k]) != 0)
				continue;
			for (int r = 1; r <= 6; r++)
				if (strcmp(w->word[i + 1], romans[r]) == 0)
					return r;
			return atoi(w->word[i + 1]);
		}
	}
	return 0;
}

/* What a bracket or a dash sets apart. Its words are a version's, guests', or
 * neutral; a part of the title itself if they are none of these. */
static void take_qualifier(struct title *t, const char *text,
    struct buf *names, struct buf *core)
{
	struct words w;
	uint32_t marks = 0;
	bool all_neutral = true;

	words_fold(&w, text);
	for (size_t i = 0; i < w.count; i++) {
		size_t len = 1;
		uint32_t mark = version_mark(w.word + i, w.count - i, &len);

		marks |= mark;
		all_neutral = all_neutral &&
		    (mark != 0 || word_is_neutral(w.word[i]));
		if (mark != 0)
			i += len - 1;
	}
	/* "Original Mix" and "Album Version" are the thing itself. */
	if (words_has(&w, "original") && marks == 1u << REMIX)
		marks = 0;
	if (marks != 0 && !is_featuring(&w)) {
		t->marks |= marks;
		buf_printf(names, " %s", text);
	} else if (!all_neutral && !is_featuring(&w) &&
	    strncmp(w.count > 0 ? w.word[0] : "", "from", 4) != 0 &&
	    !words_has(&w, "remaster") && !words_has(&w, "remastered")) {
		buf_printf(core, " %s", text);
	}
	words_free(&w);
}

/* The closing sign of the bracket that c opens; 0 if it opens none. */
static char closing(char c)
{
	return c == '(' ? ')' : c == '[' ? ']' : c == '{' ? '}' : 0;
}

/* Words that stand in names only because they mark the version. */
static void drop_marks(struct words *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->count; i++) {
		size_t len = 1;

		if (version_mark(w->word + i, w->count - i, &len) != 0)
			i += len - 1;
		else if (!word_is_neutral(w->word[i]))
			w->word[kept++] = w->word[i];
	}
	w->count = kept;
}

/* "Title feat. X" without brackets: what follows are guests. */
static void cut_guests(struct words *w)
{
	for (size_t i = 1; i < w->count; i++) {
		if (strcmp(w->word[i], "feat") == 0 ||
		    strcmp(w->word[i], "ft") == 0 ||
		    strcmp(w->word[i], "featuring") == 0) {
			w->count = i;
			return;
		}
	}
}

void title_parse(struct title *t, const char *title)
{
	char *text = text_normalize(title), *p = text;
	struct buf core = BUF_INIT, names = BUF_INIT;

	memset(t, 0, sizeof(*t));
	while (*p != '\0') {
		char close = closing(*p);
		char *end = close != 0 ? strchr(p, close) : NULL;

		if (end != NULL && core.len + (size_t)(p - text) > 0) {
			*end = '\0';
			take_qualifier(t, p + 1, &names, &core);
			p = end + 1;
		} else if (strncmp(p, " - ", 3) == 0 && core.len > 0) {
			char *next = strstr(p + 3, " - ");
			char *bracket = strpbrk(p + 3, "([{");
			char saved, *stop = next != NULL ? next :
			    p + strlen(p);

			if (bracket != NULL && bracket < stop)
				stop = bracket;
			saved = *stop;
			*stop = '\0';
			take_qualifier(t, p + 3, &names, &core);
			*stop = saved;
			p = stop;
		} else {
			buf_putc(&core, *p++);
		}
	}
	words_fold(&t->core, core.len > 0 ? buf_str(&core) : title);
	cut_guests(&t->core);
	words_fold(&t->names, buf_str(&names));
	drop_marks(&t->names);
	t->part = part_number(&t->core);
	buf_free(&core);
	buf_free(&names);
	free(text);
}

void title_free(struct title *t)
{
	words_free(&t->core);
	words_free(&t->names);
}
