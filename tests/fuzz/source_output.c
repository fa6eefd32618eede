/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what yt-dlp prints, found or failed, and as what Bandcamp's search
 * answers: candidates with a title and a link of the web, no more than asked
 * for; a message with a meaning. */
#include "fuzz.h"

#include "base/process.h"
#include "sources/source.h"
#include "sources/ytdlp/bandcamp.h"
#include "sources/ytdlp/entries.h"
#include "sources/ytdlp/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct candidates found = { .count = 0 };
	struct ytdlp_message m;
	struct buf text = BUF_INIT;
	char *line;

	buf_append(&text, (const char *)data, size);
	ytdlp_take_entries(&text, &found);
	if (found.count == 0)
		bandcamp_take_results(&text, &found);
	must(found.count <= SOURCE_MAX_CANDIDATES);
	for (size_t i = 0; i < found.count; i++) {
		must(found.items[i].title != NULL);
		must(strncmp(found.items[i].ref, "http", 4) == 0);
	}
	for (int searching = 0; searching < 2; searching++) {
		m = ytdlp_classify(buf_str(&text), searching == 1 ? "a query" :
		    NULL);
		must(m.reach == YTDLP_OUTAGE || m.meaning != NULL);
		must(searching == 0 || (m.reach != YTDLP_GONE &&
		    m.reach != YTDLP_UNCLEAR));
		must(m.retry_after >= 0);
	}
	line = process_last_line(&text);
	must(line != NULL && strchr(line, '\n') == NULL);
	free(line);
	candidates_free(&found);
	buf_free(&text);
	return 0;
}
