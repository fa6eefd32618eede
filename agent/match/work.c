/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/work.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "match/keys.h"
#include "match/title.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* ---- tables: words as folded, without accents ---- */

/* Catalogues of works. Those of one composer have one system, whatever their
 * abbreviation. */
static const struct {
	const char *word, *system;
} catalogues[] = {
	{ "op", "op" }, { "opus", "op" }, { "bwv", "bwv" }, { "k", "k" },
	{ "kv", "k" }, { "rv", "rv" }, { "r", "rv" }, { "hwv", "hwv" },
	{ "d", "d" }, { "hob", "hob" }, { "woo", "woo" }, { "s", "s" },
	{ "l", "l" }, { "fwv", "fwv" }, { "twv", "twv" }, { "wq", "wq" },
	{ "buxwv", "buxwv" }, { "sz", "sz" }, { "bb", "bb" }, { "b", "b" },
	{ "trv", "trv" }, { "m", "m" }, { "h", "h" }, { "wwv", "wwv" },
	{ "jw", "jw" }, { "act", "act" },
};

static const char *const forms[] = { "symphony", "symphonie", "sinfonie",
	"sinfonia", "concerto", "konzert", "concert", "sonata", "sonate",
	"sonatina", "suite", "partita", "quartet", "quartett", "quartetto",
	"quintet", "quintett", "sextet", "septet", "octet", "oktett", "trio",
	"nocturne", "prelude", "praludium", "prludium", "etude", "study",
	"waltz", "valse", "walzer", "mazurka", "polonaise", "ballade",
	"scherzo", "impromptu", "fugue", "fuge", "toccata", "variation", "var",
	"rhapsody", "dance", "danse", "tanz", "serenade", "divertimento",
	"requiem", "mass", "missa", "cantata", "kantate", "overture",
	"ouverture", "gymnopedie", "gnossienne", "fantasia", "fantasie",
	"bagatelle", "caprice", "intermezzo", "rondo", "march", "invention",
	"chaconne", "passacaglia", "romance", "barcarolle", "humoresque",
	"arabesque", "moment", "song", "lied" };

static const char *const instruments[] = { "piano", "klavier", "violin",
	"violine", "violino", "viola", "cello", "violoncello", "flute",
	"flote", "oboe", "clarinet", "klarinette", "bassoon", "horn",
	"trumpet", "guitar", "organ", "orgel", "harp", "harpsichord",
	"strings", "string", "orchestra", "orchester", "keyboard", "solo",
	"winds", "continuo", "bass" };

/* Names of movements and what is added to them. */
static const char *const tempi[] = { "allegro", "allegretto", "andante",
	"andantino", "adagio", "presto", "prestissimo", "largo", "larghetto",
	"lento", "grave", "vivace", "vivo", "moderato", "maestoso", "con",
	"brio", "moto", "fuoco", "spirito", "molto", "non", "troppo", "ma",
	"assai", "poco", "un", "piu", "mosso", "sostenuto", "cantabile",
	"agitato", "scherzando", "espressivo", "tempo", "di", "quasi", "e",
	"et", "menuetto", "minuet", "menuett", "minuetto", "finale", "rondo",
	"scherzo", "sehr", "langsam", "schnell", "lebhaft", "bewegt", "und",
	"nicht", "zu", "movement", "mov", "satz", "no", "mvt" };

/* Words between the others. */
static const char *const fillers[] = { "in", "for", "fur", "pour", "per", "a",
	"the", "and", "und", "et", "e", "with", "of", "no", "nr", "from",
	"js", "cpe", "wa", "lv", "ii", "op" };

static const char *const composers[] = { "Johann Sebastian Bach",
	"Carl Philipp Emanuel Bach", "Ludwig van Beethoven",
	"Wolfgang Amadeus Mozart", "Joseph Haydn", "Franz Joseph Haydn",
	"Franz Schubert", "Robert Schumann", "Clara Schumann",
	"Felix Mendelssohn", "Frédéric Chopin", "Franz Liszt",
	"Johannes Brahms", "Anton Bruckner", "Gustav Mahler", "Richard Wagner",
	"Richard Strauss", "Johann Strauss II", "Pyotr Ilyich Tchaikovsky",
	"Modest Mussorgsky", "Nikolai Rimsky-Korsakov", "Alexander Borodin",
	"Sergei Rachmaninoff", "Sergei Prokofiev", "Dmitri Shostakovich",
	"Igor Stravinsky", "Alexander Scriabin", "Antonín Dvořák",
	"Bedřich Smetana", "Leoš Janáček", "Béla Bartók", "Zoltán Kodály",
	"Edvard Grieg", "Jean Sibelius", "Carl Nielsen", "Claude Debussy",
	"Maurice Ravel", "Erik Satie", "Gabriel Fauré", "Camille Saint-Saëns",
	"Georges Bizet", "Charles Gounod", "Jules Massenet", "Hector Berlioz",
	"César Franck", "Francis Poulenc", "Olivier Messiaen",
	"Antonio Vivaldi", "Arcangelo Corelli", "Domenico Scarlatti",
	"Tomaso Albinoni", "Claudio Monteverdi", "Luigi Boccherini",
	"Giuseppe Verdi", "Giacomo Puccini", "Gioachino Rossini",
	"Gaetano Donizetti", "Vincenzo Bellini", "Niccolò Paganini",
	"Pietro Mascagni", "Ruggero Leoncavallo", "Ottorino Respighi",
	"George Frideric Handel", "Georg Friedrich Händel", "Handel",
	"Georg Philipp Telemann", "Dieterich Buxtehude", "Johann Pachelbel",
	"Henry Purcell", "Edward Elgar", "Gustav Holst",
	"Ralph Vaughan Williams", "Benjamin Britten", "Samuel Barber",
	"Aaron Copland", "George Gershwin", "Jean-Philippe Rameau",
	"François Couperin", "Jean-Baptiste Lully", "Christoph Willibald Gluck",
	"Carl Maria von Weber", "Max Bruch", "Isaac Albéniz",
	"Enrique Granados", "Manuel de Falla", "Joaquín Rodrigo",
	"Heitor Villa-Lobos", "Arnold Schoenberg", "Alban Berg",
	"Anton Webern", "Carl Orff", "Anton Reicha", "Muzio Clementi",
	"Carl Czerny", "Philip Glass", "Arvo Pärt" };

static bool is_in(const char *word, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, table[i]) == 0)
			return true;
	return false;
}

/* "sonata", "sonatas" */
bool is_form(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < COUNT(forms); i++) {
		size_t m = strlen(forms[i]);

		if (strncmp(word, forms[i], m) == 0 && (n == m ||
		    (n == m + 1 && word[m] == 's')))
			return true;
	}
	return false;
}

/* ---- reading ---- */

static int number_at(const struct words *w, size_t i)
{
	return i < w->count && word_is_number(w->word[i].key) &&
	    strlen(w->word[i].key) < 5 ? atoi(w->word[i].key) : 0;
}

/* The value of a Roman numeral of I, V and X; 0: none. */
static int roman(const char *text)
{
	int value = 0, last = 0;

	if (*text == '\0' || text[strspn(text, "ivx")] != '\0' ||
	    strlen(text) > 6)
		return 0;
	for (size_t i = strlen(text); i > 0; i--) {
		int v = text[i - 1] == 'i' ? 1 : text[i - 1] == 'v' ? 5 : 10;

		value += v < last ? -v : v;
		last = v;
	}
	return value;
}

static size_t take(struct work *work, size_t i, size_t count)
{
	memset(work->token + i, 1, count);
	return count;
}

static bool is_no(const struct words *w, size_t i)
{
	return i < w->count && strcmp(w->word[i].key, "no") == 0;
}

/* "Op. 27 No. 2", "Op. 27/2", "K467", "Hob. XVI:52" */
static size_t read_catalogue(struct work *work, const struct words *w,
    size_t i)
{
	const char *key = w->word[i].key;
	size_t letters = strcspn(key, "0123456789"), n = 1;
	struct catalogue_number c = { .number = atoi(key + letters) };

	if (work->catalogues == MAX_CATALOGUES || letters == 0)
		return 0;
	for (size_t k = 0; k < COUNT(catalogues); k++)
		if (strlen(catalogues[k].word) == letters &&
		    strncmp(catalogues[k].word, key, letters) == 0)
			c.system = catalogues[k].system;
	if (c.system == NULL)
		return 0;
	if (c.number == 0 && i + 2 < w->count &&
	    roman(w->word[i + 1].text) > 0 && number_at(w, i + 2) > 0) {
		c.number = roman(w->word[i + 1].text) * 1000 +
		    number_at(w, i + 2);
		n = 3;
	} else if (c.number == 0) {
		c.number = number_at(w, i + n++);
	}
	if (c.number == 0)
		return 0;
	if (i + n < w->count && w->word[i + n].sign == '/' &&
	    number_at(w, i + n) > 0) {
		c.sub = number_at(w, i + n++);
	} else if (is_no(w, i + n) && number_at(w, i + n + 1) > 0 &&
	    w->word[i + n].sign != ':' &&
	    w->word[i + n].segment == w->word[i].segment) {
		c.sub = number_at(w, i + n + 1);
		n += 2;
	}
	work->catalogue[work->catalogues++] = c;
	return take(work, i, n);
}

static int mode_of(const char *text)
{
	if (strcmp(text, "minor") == 0 || strcmp(text, "moll") == 0 ||
	    strcmp(text, "min") == 0)
		return 12;
	return strcmp(text, "major") == 0 || strcmp(text, "dur") == 0 ||
	    strcmp(text, "maj") == 0 ? 0 : -1;
}

/* "in C sharp minor", "in E flat", "C Minor" */
static size_t read_key(struct work *work, const struct words *w, size_t i)
{
	static const int semitones[] = { 9, 11, 0, 2, 4, 5, 7 };	/* a.. */
	bool after_in = strcmp(w->word[i].text, "in") == 0;
	size_t n = after_in;
	const char *text = i + n < w->count ? w->word[i + n].text : "";
	int tone, mode;

	if (work->key != 0 || text[0] < 'a' || text[0] > 'g' ||
	    (text[1] != '\0' && strcmp(text + 1, "b") != 0))
		return 0;
	tone = semitones[text[0] - 'a'] - (text[1] == 'b');
	n++;
	text = i + n < w->count ? w->word[i + n].text : "";
	if (strcmp(text, "sharp") == 0 || strcmp(text, "flat") == 0) {
		tone += text[0] == 's' ? 1 : -1;
		n++;
		text = i + n < w->count ? w->word[i + n].text : "";
	}
	mode = mode_of(text);
	if (mode < 0 && !after_in)
		return 0;
	n += mode >= 0;
	work->key = 1 + (tone + 12) % 12 + (mode > 0 ? 12 : 0);
	return take(work, i, n);
}

/* Whether a part of the title may begin at word i. */
static bool begins_part(const struct words *w, size_t i)
{
	return i > 0 && i < w->count &&
	    (w->word[i].segment != w->word[i - 1].segment ||
	    w->word[i].sign == ':' || w->word[i].sign == '/');
}

/* "I. Allegro", "1. Allegro", "1st Movement", ": No. 3" */
static size_t read_movement(struct work *work, const struct words *w, size_t i)
{
	const char *text = w->word[i].text;
	const struct word *next = i + 1 < w->count ? &w->word[i + 1] : NULL;
	bool dot = next != NULL && next->sign == '.' &&
	    next->segment == w->word[i].segment;
	int ordinal = isdigit((unsigned char)text[0]) ? atoi(text) : 0;

	if (work->movement != 0 || (work->catalogues == 0 &&
	    work->number == 0 && !work->form))
		return 0;
	if (next != NULL && (strncmp(next->key, "mov", 3) == 0 ||
	    strcmp(next->text, "mvt") == 0 ||
	    strcmp(next->text, "satz") == 0) && (ordinal > 0 ||
	    isdigit((unsigned char)w->word[i].key[0]))) {
		work->movement = ordinal > 0 ? ordinal : atoi(w->word[i].key);
		return take(work, i, 2);
	}
	if (begins_part(w, i) && is_no(w, i) && number_at(w, i + 1) > 0) {
		work->movement = number_at(w, i + 1);
		return take(work, i, 2);
	}
	if (roman(text) > 0 && (dot || (begins_part(w, i) && next != NULL &&
	    strlen(text) > 1)))
		work->movement = roman(text);
	else if (begins_part(w, i) && dot && number_at(w, i) > 0)
		work->movement = number_at(w, i);
	return work->movement != 0 ? take(work, i, 1) : 0;
}

static size_t read_number(struct work *work, const struct words *w, size_t i)
{
	if (work->number != 0 || !work->form || !is_no(w, i) ||
	    number_at(w, i + 1) == 0)
		return 0;
	work->number = number_at(w, i + 1);
	return take(work, i, 2);
}

void work_read(struct work *work, const struct words *w, const uint8_t *skip)
{
	size_t (*const readers[])(struct work *work, const struct words *w,
	    size_t i) = { read_catalogue, read_movement, read_number,
		read_key };

	memset(work, 0, sizeof(*work));
	work->part = w->count;
	for (size_t i = 0, len; i < w->count; i += len > 0 ? len : 1) {
		bool had_movement = work->movement != 0;

		len = 0;
		if (skip != NULL && skip[i])
			continue;
		if (begins_part(w, i) && (work->catalogues > 0 ||
		    work->number > 0 || work->form) && !had_movement)
			work->part = i;
		for (size_t k = 0; k < COUNT(readers) && len == 0; k++)
			len = readers[k](work, w, i);
		if (!had_movement && work->movement != 0)
			work->part = i + len;
		if (len == 0 && is_form(w->word[i].text)) {
			work->form = true;
			take(work, i, 1);
		}
	}
}

bool work_is_known(const struct work *work)
{
	return work->catalogues > 0 ||
	    (work->form && (work->number > 0 || work->key > 0));
}

/* ---- comparing ---- */

static const struct catalogue_number *find_catalogue(const struct work *w,
    const char *system)
{
	for (size_t i = 0; i < w->catalogues; i++)
		if (strcmp(w->catalogue[i].system, system) == 0)
			return &w->catalogue[i];
	return NULL;
}

static bool differ(int a, int b)
{
	return a != 0 && b != 0 && a != b;
}

/* Whether a number or the key of one contradicts the other's; *shared: they have
 * a catalogue number in common. */
static bool contradict(const struct work *a, const struct work *b,
    bool *shared, const char **why)
{
	*shared = false;
	*why = "another work: ";
	for (size_t i = 0; i < a->catalogues; i++) {
		const struct catalogue_number *ours = &a->catalogue[i];
		const struct catalogue_number *theirs = find_catalogue(b,
		    ours->system);

		if (theirs == NULL)
			continue;
		if (theirs->number != ours->number || differ(ours->sub,
		    theirs->sub) || (theirs->sub == 0 &&
		    a->movement == 0 && differ(ours->sub, b->movement)) ||
		    (ours->sub == 0 && b->movement == 0 &&
		    differ(theirs->sub, a->movement)))
			return true;
		*shared = true;
	}
	if (differ(a->number, b->number) || differ(a->key, b->key))
		return true;
	*why = "another movement: ";
	return differ(a->movement, b->movement);
}

/* "Variations" is "Variation", and "Var." too. */
static bool same_word(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	if (strncmp(a, "var", 3) == 0 && strncmp(b, "var", 3) == 0)
		return true;
	return n > m ? same_word(b, a) : strncmp(a, b, n) == 0 && (m == n ||
	    (m == n + 1 && b[n] == 's' && n > 3));
}

static bool has_word(const struct words *w, const char *key)
{
	for (size_t i = 0; i < w->count; i++)
		if (same_word(w->word[i].key, key))
			return true;
	return false;
}

/* Whether all words of a's movement, or of its title if it has none, are in b's
 * title. */
static bool has_part(const struct work *a, const struct words *aw,
    const struct words *bw)
{
	for (size_t i = a->part; i < aw->count; i++) {
		const char *key = aw->word[i].key;

		if ((!a->token[i] || is_form(aw->word[i].text)) &&
		    !is_in(aw->word[i].text, fillers, COUNT(fillers)) && *key != '\0' && !has_word(bw, key))
			return false;
	}
	return true;
}

static bool shares_form(const struct words *aw, const struct words *bw)
{
	for (size_t i = 0; i < bw->count; i++)
		if (is_form(bw->word[i].text) && has_word(aw,
		    bw->word[i].key))
			return true;
	return false;
}

/* An instrument of a that b replaces by another: an arrangement. */
static bool is_arrangement(const struct words *aw, const struct words *bw)
{
	bool lost = false, gained = false;

	for (size_t i = 0; i < aw->count; i++)
		lost = lost || (is_in(aw->word[i].text, instruments,
		    COUNT(instruments)) && !has_word(bw, aw->word[i].key));
	for (size_t i = 0; i < bw->count; i++)
		gained = gained || (is_in(bw->word[i].text, instruments,
		    COUNT(instruments)) && !has_word(aw, bw->word[i].key));
	return lost && gained;
}

/* The role of a word of b that is no token; certain: work and movement are known
 * to be the same. */
static enum role role_of_word(const struct words *aw, const struct words *bw,
    size_t i, bool certain)
{
	const char *text = bw->word[i].text;

	if (has_word(aw, bw->word[i].key))
		return ROLE_TITLE;
	if (*bw->word[i].key == '\0' || is_composer_word(text) ||
	    is_in(text, fillers, COUNT(fillers)))
		return ROLE_NEUTRAL;
	if (certain && (is_in(text, tempi, COUNT(tempi)) || is_form(text) ||
	    is_in(text, instruments, COUNT(instruments))))
		return ROLE_NEUTRAL;
	return ROLE_OPEN;
}

/* Whether the words from to to - 1 of b belong to the work's title. */
static bool is_of_work(const struct work *b, const struct words *aw,
    const struct words *bw, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (b->token[i] || (strlen(bw->word[i].key) > 2 &&
		    has_word(aw, bw->word[i].key)))
			return true;
	return false;
}

/* In quotation marks: another name of the work. */
static void skip_nickname(const struct words *w, uint8_t *role, size_t from,
    size_t to)
{
	bool quoted = false;

	for (size_t i = from; i < to; i++) {
		if (w->word[i].sign == '"' || w->word[i].sign == ':' ||
		    w->word[i].sign == ',')
			quoted = w->word[i].sign == '"' && !quoted;
		if (quoted && role[i] == ROLE_OPEN)
			role[i] = ROLE_NEUTRAL;
	}
}

bool work_same(const struct work *a, const struct words *aw,
    const struct work *b, const struct words *bw, uint8_t *role,
    const char **why)
{
	bool shared, certain;

	memset(role, ROLE_OPEN, bw->count);
	if (contradict(a, b, &shared, why))
		return false;
	*why = "another work: ";
	if (!shared && (!shares_form(aw, bw) ||
	    ((a->number == 0 || b->number == 0) &&
	    (a->key == 0 || b->key == 0))))
		return false;
	if (is_arrangement(aw, bw))
		return false;
	*why = "another movement: ";
	if ((a->movement == 0 || b->movement == 0) && (!has_part(a, aw, bw) ||
	    (b->movement != 0 && a->part == aw->count &&
	    b->movement != a->number)))
		return false;
	certain = shared && a->movement == b->movement;
	for (size_t from = 0, to; from < bw->count; from = to) {
		to = words_segment_end(bw, from);
		if (!is_of_work(b, aw, bw, from, to)) {
			for (size_t i = from; i < to; i++)
				if (is_composer_word(bw->word[i].text))
					role[i] = ROLE_NEUTRAL;
			continue;
		}
		for (size_t i = from; i < to; i++)
			role[i] = (uint8_t)(b->token[i] ? ROLE_TITLE :
			    role_of_word(aw, bw, i, certain));
		if (certain)
			skip_nickname(bw, role, from, to);
	}
	return true;
}

/* ---- composers ---- */

static struct piece composer_names[COUNT(composers)];
static char composer_words[COUNT(composers)][24];

static void read_composers(void)
{
	for (size_t i = 0; i < COUNT(composers); i++) {
		struct words w;

		words_fold(&w, composers[i]);
		piece_make(&composer_names[i], &w, 0, w.count);
		for (size_t k = w.count; k > 0; k--)
			if (roman(w.word[k - 1].text) == 0) {
				strncat(composer_words[i],
				    w.word[k - 1].text,
				    sizeof(composer_words[i]) - 1);
				break;
			}
		words_free(&w);
	}
}

static pthread_once_t composers_read = PTHREAD_ONCE_INIT;

bool is_composer(const struct words *name)
{
	struct piece p;

	pthread_once(&composers_read, read_composers);
	piece_make(&p, name, 0, name->count);
	for (size_t i = 0; i < COUNT(composers); i++)
		if (piece_same(&p, &composer_names[i]) || (name->count == 1 &&
		    strcmp(name->word[0].text, composer_words[i]) == 0))
			return true;
	return false;
}

bool is_composer_word(const char *text)
{
	pthread_once(&composers_read, read_composers);
	for (size_t i = 0; i < COUNT(composers); i++)
		if (strcmp(text, composer_words[i]) == 0)
			return true;
	return false;
}
