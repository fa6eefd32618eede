/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/pages.h"

#include <string.h>

#include "report/html.h"
#include "report/page.h"

#define HTML_TYPE "text/html; charset=utf-8"
#define READING "@reading@"	/* its place in page.html */

/* Made of page.css, page.js and page.html by the Makefile. */
static const char style[] =
#include "web/page.css.h"
;
static const char script[] =
#include "web/page.js.h"
;
static const char body[] =
#include "web/page.html.h"
;

/* Bars of a strip, in the colour of the page. */
#define ICON "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' " \
	"viewBox='0 0 16 16'%3E%3Cpath fill='%23b0341a' d='M1 6h2v9H1zM5 " \
	"1h2v14H5zM9 4h2v11H9zM13 9h2v6h-2z'/%3E%3C/svg%3E"

static void put_head(struct buf *out)
{
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<link rel=\"icon\" href=\"" ICON "\">\n"
	    "<title>likesync</title>\n<style>");
	buf_puts(out, style);
	buf_puts(out, "</style></head>\n");
}

static void answer_page(struct web *w, int status, const struct buf *page)
{
	answer_text(w->answer, status, HTML_TYPE, buf_str(page), page->len);
	html_policy(&w->answer->policy, "style-src", style);
	buf_puts(&w->answer->policy, "; img-src data:");
}

void pages_main(struct web *w)
{
	const char *place = strstr(body, READING);
	struct buf reading = BUF_INIT, page = BUF_INIT;
	int status;

	pages_put_reading(w, &reading);
	status = w->answer->status != 0 ? w->answer->status : 200;
	put_head(&page);
	buf_printf(&page, "<body class=\"wide\" data-right=\"%s\">\n",
	    w->right == RIGHT_CHANGE ? "change" : "read");
	buf_append(&page, body, (size_t)(place - body));
	buf_append(&page, buf_str(&reading), reading.len);
	buf_puts(&page, place + strlen(READING));
	buf_puts(&page, "<script>");
	buf_puts(&page, script);
	buf_puts(&page, "</script>\n</body></html>\n");
	answer_page(w, status, &page);
	html_policy(&w->answer->policy, "script-src", script);
	buf_puts(&w->answer->policy, "; connect-src 'self'; media-src 'self'");
	buf_free(&page);
	buf_free(&reading);
}

void pages_login(struct web *w, int status, const char *message)
{
	struct buf page = BUF_INIT;

	put_head(&page);
	buf_puts(&page, "<body><main class=\"login\">\n"
	    "<p class=\"mark\">likesync</p>\n");
	if (w->right == RIGHT_NONE)
		html(&page, "<h1>Log in</h1>\n<p class=\"lead\">The token is in "
		    "the file that <code>[web] token_file</code> names.</p>\n"
		    "<form method=\"post\" action=\"login\">\n"
		    "<label for=\"token\">Token</label>\n<div class=\"field\">"
		    "<input id=\"token\" type=\"password\" name=\"token\" "
		    "required autocomplete=\"current-password\">\n"
		    "<button class=\"strong\">Log in</button></div>\n</form>\n",
		    "");
	else
		html(&page, "<h1>You are logged in</h1>\n"
		    "<form method=\"post\" action=\"logout\"><p "
		    "class=\"actions\"><a class=\"button\" href=\"./\">Open the "
		    "page</a> <button>Log out</button></p></form>\n", "");
	if (message != NULL)
		html(&page, "<p class=\"alarm\" role=\"alert\">", message,
		    "</p>\n");
	else if (w->right == RIGHT_NONE)
		html(&page, "<p class=\"soft\">Came here by a link of another "
		    "page? <a href=\"./\">Open the page again</a>.</p>\n", "");
	buf_puts(&page, "</main></body></html>\n");
	answer_page(w, status, &page);
	buf_free(&page);
}

void pages_report(struct web *w)
{
	static const char *const args[] = { "report", "-o", "-", NULL };

	if (call_pass_on(w, args, HTML_TYPE))
		page_policy(&w->answer->policy);
}
