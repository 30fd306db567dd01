/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in page. All that it shows of a request is its method, address, user and what this
 * proxy made of it: never a field the client sent. Nothing is loaded from elsewhere. Runs in a
 * worker.
 */
#include "admin/builtinpage.h"

#include <inttypes.h>
#include <time.h>

#include "admin/ownreply.h"
#include "admin/webtext.h"
#include "base/clock.h"
#include "core/settings.h"
#include "http/media.h"

enum { URL_SHOWN = 1000, TEXT_SHOWN = 500 };

static bool
names_type(struct span accept, const char *type)
{
	struct span	 item, rest, name;

	while (span_cut(&accept, ',', &item)) {
		rest = item;
		if (span_cut(&rest, ';', &name) && span_iis(span_trim(name), type))
			return true;
	}
	return false;
}

enum builtinpage_kind
builtinpage_kind(const struct txn *t, bool *asked)
{
	struct span	 agent = head_value(&t->req, FIELD_USER_AGENT),
	    accept = head_value(&t->req, FIELD_ACCEPT);
	unsigned	 html, json, text;

	*asked = false;
	if (accept.n > 0) {
		html = media_quality(accept, SPAN("text/html"));
		json = media_quality(accept, SPAN("application/json"));
		text = media_quality(accept, SPAN("text/plain"));
		*asked = names_type(accept, "application/json") && json > 0 && json >= text &&
		    (json > html || !names_type(accept, "text/html"));
		if (*asked)
			return BUILTINPAGE_JSON;
		if (names_type(accept, "text/html") && html > 0 && html >= text)
			return BUILTINPAGE_HTML;
		*asked = names_type(accept, "text/plain") && text > 0;
		if (*asked)
			return BUILTINPAGE_TEXT;
	}
	return span_starts(agent, SPAN("Mozilla/")) || span_starts(agent, SPAN("Opera/")) ?
	    BUILTINPAGE_HTML : BUILTINPAGE_JSON;
}

const char *
builtinpage_type(enum builtinpage_kind kind)
{
	switch (kind) {
	case BUILTINPAGE_HTML:
		return "text/html;charset=utf-8";
	case BUILTINPAGE_JSON:
		return "application/json";
	case BUILTINPAGE_TEXT:
		return "text/plain;charset=utf-8";
	}
	NEVER("kind");
}

/* What there is to say, once for all kinds; texts are from anywhere and unescaped. */
struct says {
	const struct txn	*t;
	const struct why_row	*why;
	unsigned		 status;
	const char		*page;
	char			 time[32];
};

static struct says
gather(const struct txn *t, unsigned status, const char *page)
{
	struct says	 s = { .t = t, .why = why_row((enum why)t->f.why), .status = status,
	    .page = page };
	time_t		 now = (time_t)clock_wall_s();
	struct tm	 tm;

	gmtime_r(&now, &tm);
	strftime(s.time, sizeof s.time, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return s;
}

static const char	 style[] =
	"<style>\n"
	":root{color-scheme:light dark}\n"
	"body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;"
	"color:#1b1f24;background:#fff}\n"
	"h1{font-size:1.4rem;margin:0 0 .5rem}\n"
	".url{overflow-wrap:anywhere;font-family:ui-monospace,monospace}\n"
	"table{border-collapse:collapse;width:100%;margin-top:1.5rem;font-size:.9rem}\n"
	"th{text-align:left;font-weight:600;padding:.3rem 1rem .3rem 0;vertical-align:top;white-space:nowrap}\n"
	"td{padding:.3rem 0;overflow-wrap:anywhere}\n"
	"tr{border-top:1px solid #d0d7de}\n"
	"code{font-family:ui-monospace,monospace}\n"
	"@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}tr{border-color:#30363d}a{color:#6cb6ff}}\n"
	"</style>\n";

static void
row_start(struct sb *b, const char *name)
{
	SB_LIT(b, "<tr><th scope=\"row\">");
	sb_str(b, name);
	SB_LIT(b, "</th><td>");
}

static void
row_end(struct sb *b)
{
	SB_LIT(b, "</td></tr>\n");
}

static void
row(struct sb *b, const char *name, struct span value)
{
	if (value.n == 0)
		return;
	row_start(b, name);
	webtext_html(b, value, TEXT_SHOWN);
	row_end(b);
}

static void
html_rule(const struct txn *t, struct sb *b)
{
	if (t->f.rule.n == 0)
		return;
	row_start(b, "Rule");
	SB_LIT(b, "<code>");
	webtext_html(b, t->f.rule, TEXT_SHOWN);
	SB_LIT(b, "</code>");
	if (t->f.rule_file.n > 0) {
		SB_LIT(b, "<br>");
		webtext_html(b, t->f.rule_file, TEXT_SHOWN);
		sb_printf(b, ", line %" PRIu64, t->f.rule_line);
	}
	row_end(b);
}

static void
html_contact(const struct settings *s, struct sb *b)
{
	if (s->cache_mgr == NULL || s->cache_mgr[0] == '\0')
		return;
	row_start(b, "Contact");
	SB_LIT(b, "<a href=\"mailto:");
	webtext_html(b, span_of(s->cache_mgr), TEXT_SHOWN);
	SB_LIT(b, "\">");
	webtext_html(b, span_of(s->cache_mgr), TEXT_SHOWN);
	SB_LIT(b, "</a>");
	row_end(b);
}

static void
write_html(const struct says *s, struct sb *b)
{
	const struct txn	*t = s->t;
	struct span		 reason = ownreply_reason(s->status);

	sb_printf(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n"
	    "<title>%u %.*s</title>\n", s->status, SPAN_ARG(reason));
	sb_str(b, style);
	SB_LIT(b, "</head>\n<body id=\"");
	webtext_html(b, span_of(s->page), TEXT_SHOWN);
	SB_LIT(b, "\">\n<h1>");
	webtext_html(b, span_of(s->why->text), TEXT_SHOWN);
	SB_LIT(b, "</h1>\n");
	if (t->f.url.n > 0) {
		SB_LIT(b, "<p class=\"url\">");
		webtext_html(b, t->f.method, 40);
		SB_LIT(b, " ");
		webtext_html(b, t->f.url, URL_SHOWN);
		SB_LIT(b, "</p>\n");
	}
	SB_LIT(b, "<table>\n");
	row(b, "Detail", t->f.why_detail);
	row(b, "Message", t->auth_message);
	html_rule(t, b);
	row(b, "User", t->f.user);
	row_start(b, "Request");
	sb_printf(b, "<code>%" PRIx64 "</code>", t->f.number);
	row_end(b);
	row(b, "Proxy", span_of(t->s->visible_hostname));
	row(b, "Time", span_of(s->time));
	html_contact(t->s, b);
	SB_LIT(b, "</table>\n</body>\n</html>\n");
}

static void
member(struct sb *b, const char *key, struct span value, size_t most)
{
	if (value.n == 0)
		return;
	sb_printf(b, ",\n  \"%s\": ", key);
	webtext_json(b, value, most);
}

static void
write_json(const struct says *s, struct sb *b)
{
	const struct txn	*t = s->t;

	SB_LIT(b, "{\n  \"error\": \"");
	webtext_why(b, s->why->name);
	sb_printf(b, "\",\n  \"status\": %u", s->status);
	member(b, "page", span_of(s->page), TEXT_SHOWN);
	member(b, "message", span_of(s->why->text), TEXT_SHOWN);
	member(b, "detail", t->f.why_detail, TEXT_SHOWN);
	member(b, "helper_message", t->auth_message, TEXT_SHOWN);
	member(b, "method", t->f.method, 40);
	member(b, "url", t->f.url, URL_SHOWN);
	if (t->f.rule.n > 0) {
		SB_LIT(b, ",\n  \"rule\": { \"text\": ");
		webtext_json(b, t->f.rule, TEXT_SHOWN);
		SB_LIT(b, ", \"file\": ");
		webtext_json(b, t->f.rule_file, TEXT_SHOWN);
		sb_printf(b, ", \"line\": %" PRIu64 " }", t->f.rule_line);
	}
	member(b, "user", t->f.user, TEXT_SHOWN);
	sb_printf(b, ",\n  \"request\": \"%" PRIx64 "\"", t->f.number);
	member(b, "proxy", span_of(t->s->visible_hostname), TEXT_SHOWN);
	member(b, "time", span_of(s->time), TEXT_SHOWN);
	member(b, "contact", span_of(t->s->cache_mgr), TEXT_SHOWN);
	SB_LIT(b, "\n}\n");
}

static void
line(struct sb *b, const char *name, struct span value, size_t most)
{
	if (value.n == 0)
		return;
	sb_printf(b, "%-9s", name);
	webtext_plain(b, value, most);
	sb_char(b, '\n');
}

static void
write_text(const struct says *s, struct sb *b)
{
	const struct txn	*t = s->t;

	sb_printf(b, "%u %.*s: ", s->status, SPAN_ARG(ownreply_reason(s->status)));
	webtext_plain(b, span_of(s->why->text), TEXT_SHOWN);
	SB_LIT(b, "\n\n");
	line(b, "URL", t->f.url, URL_SHOWN);
	line(b, "Detail", t->f.why_detail, TEXT_SHOWN);
	line(b, "Message", t->auth_message, TEXT_SHOWN);
	if (t->f.rule.n > 0) {
		SB_LIT(b, "Rule     ");
		webtext_plain(b, t->f.rule, TEXT_SHOWN);
		SB_LIT(b, " (");
		webtext_plain(b, t->f.rule_file, TEXT_SHOWN);
		sb_printf(b, ":%" PRIu64 ")\n", t->f.rule_line);
	}
	line(b, "User", t->f.user, TEXT_SHOWN);
	sb_printf(b, "Request  %" PRIx64 "\n", t->f.number);
	line(b, "Proxy", span_of(t->s->visible_hostname), TEXT_SHOWN);
	line(b, "Time", span_of(s->time), TEXT_SHOWN);
	line(b, "Contact", span_of(t->s->cache_mgr), TEXT_SHOWN);
}

void
builtinpage_write(const struct txn *t, enum builtinpage_kind kind, unsigned status,
    const char *page, struct sb *out)
{
	struct says	 s;

	OBJ_OK(t, TXN_TAG);
	s = gather(t, status, page);
	switch (kind) {
	case BUILTINPAGE_HTML:
		write_html(&s, out);
		break;
	case BUILTINPAGE_JSON:
		write_json(&s, out);
		break;
	case BUILTINPAGE_TEXT:
		write_text(&s, out);
		break;
	}
}
