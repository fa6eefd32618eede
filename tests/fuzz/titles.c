/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a title, a name and a file's path: folding twice is folding
 * once, and no name folds to nothing. */
#include "fuzz.h"

#include "match/filename.h"
#include "match/text.h"
#include "match/title.h"

/* The words with single blanks between them, and bars between segments. */
static char *spell(const struct words *w)
{
	size_t size = 1;
	char *text, *end;

	for (size_t i = 0; i < w->count; i++)
		size += strlen(w->word[i].text) + 3;
	text = calloc(1, size);
	must(text != NULL);
	end = text;
	for (size_t i = 0; i < w->count; i++) {
		if (i > 0)
			end = stpcpy(end, w->word[i].segment !=
			    w->word[i - 1].segment ? " | " : " ");
		end = stpcpy(end, w->word[i].text);
	}
	return text;
}

static void folds_once_and_for_all(const char *name)
{
	struct words once, twice;
	char *first, *second;

	words_fold(&once, name);
	must(once.count <= MAX_WORDS);
	first = spell(&once);
	words_fold(&twice, first);
	second = spell(&twice);
	must(strcmp(first, second) == 0);
	free(first);
	free(second);
	words_free(&once);
	words_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = fuzz_string(data, size);
	char *plain = filename_title(name);
	struct title t;

	folds_once_and_for_all(name);
	title_parse(&t, name);
	title_free(&t);
	title_parse(&t, plain);
	title_free(&t);
	free(plain);
	free(name);
	return 0;
}
