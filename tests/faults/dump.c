/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dump: what the index in the folder argv[1] holds, a JSON object a line, but
 * for what differs from run to run: times, inodes, ids by chance. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "index/index.h"

static void end_line(struct json_writer *w)
{
	char *text;

	json_close(w);
	text = json_writer_end(w, NULL);
	puts(text);
	free(text);
}

static struct json_writer *begin_line(const char *table, const char *key)
{
	struct json_writer *w = json_writer_new(false);

	json_open_object(w, NULL);
	json_put_string(w, "table", table);
	json_put_string(w, "key", key);
	return w;
}

static int dump_song(void *ctx, const struct song *s)
{
	struct json_writer *w = begin_line("song", s->track.key);

	(void)ctx;
	json_put_bool(w, "liked", s->liked);
	json_put_int(w, "how", (int)s->how);
	json_put_string(w, "identity", s->identity);
	json_put_int(w, "attempts", s->attempts);
	json_put_string(w, "reason", s->reason);
	end_line(w);
	return 0;
}

static int dump_file(void *ctx, const struct file *f)
{
	struct json_writer *w = begin_line("file", f->path);
	struct analysis_record r;

	json_put_int(w, "size", f->size);
	json_put_string(w, "identity", f->media.identity);
	json_put_string(w, "fault", f->fault);
	json_put_bool(w, "in_document", f->doc_id != NULL);
	if (index_get_analysis(ctx, f->media.identity, &r) == DONE) {
		json_put_bool(w, "analyzed", r.analyzed);
		json_put_bool(w, "complete", r.complete);
		analysis_to_json(&r.analysis, w, "analysis");
		analysis_record_free(&r);
	}
	end_line(w);
	return 0;
}

int main(int argc, char **argv)
{
	struct index *x;
	struct error error;

	if (argc != 2 || index_open(argv[1], true, &x, &error) != DONE) {
		fprintf(stderr, "dump: %s\n", argc == 2 ? error.text :
		    "name the index's folder");
		return 1;
	}
	index_each_song(x, dump_song, NULL);
	index_each_file(x, dump_file, x);
	index_close(x);
	return 0;
}
