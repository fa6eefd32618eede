/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>

#include "report/svg.h"

void figure_open(struct buf *out, const struct figure *f)
{
	buf_printf(out, "<figure id=\"%s\"><figcaption><h3>", f->id);
	html_text(out, f->title);
	buf_puts(out, "</h3>");
	if (f->note != NULL) {
		buf_puts(out, "<p>");
		html_text(out, f->note);
		buf_puts(out, "</p>");
	}
	buf_puts(out, "</figcaption>\n");
}

static void add_key(struct buf *out, const char *css, int n, const char *name)
{
	buf_printf(out, "<li><i class=\"key %s%d\"></i>", css, n);
	html_text(out, name);
	buf_puts(out, "</li>");
}

void figure_legend(struct buf *out, const char *const *names,
    const struct limit *limit)
{
	bool limited = limit != NULL && limit->value > 0;
	int n = 0;

	if (names[0] == NULL || (names[1] == NULL && !limited))
		return;
	buf_puts(out, "<ul class=\"legend\">");
	for (; names[n] != NULL; n++)
		add_key(out, "k", n + 1, names[n]);
	if (limited)
		add_key(out, "limit", 0, limit->name);
	buf_puts(out, "</ul>\n");
}

void figure_table(struct buf *out, const char *first,
    const char *const *columns)
{
	buf_puts(out, "<details><summary>As a table</summary>"
	    "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">");
	html_text(out, first);
	buf_puts(out, "</th>");
	for (; *columns != NULL; columns++) {
		buf_puts(out, "<th scope=\"col\" class=\"n\">");
		html_text(out, *columns);
		buf_puts(out, "</th>");
	}
	buf_puts(out, "</tr></thead><tbody>\n");
}

void figure_row(struct buf *out, const char *name)
{
	buf_puts(out, "<tr><th scope=\"row\">");
	html_text(out, name);
	buf_puts(out, "</th>");
}

void figure_cell(struct buf *out, double value, const char *unit)
{
	buf_puts(out, "<td class=\"n\">");
	if (!isnan(value))
		html_number(out, value, unit);
	buf_puts(out, "</td>");
}

void figure_row_end(struct buf *out)
{
	buf_puts(out, "</tr>\n");
}

void figure_close(struct buf *out)
{
	buf_puts(out, "</tbody></table></div></details></figure>\n");
}

void figure_empty(struct buf *out, const char *text)
{
	buf_puts(out, "<p class=\"empty\">");
	html_text(out, text);
	buf_puts(out, "</p></figure>\n");
}
