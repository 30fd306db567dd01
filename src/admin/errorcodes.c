/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One switch over Squid's letters (its errorpage.cc), each giving the value of the request's facts.
 * Runs in a worker.
 */
#include "admin/errorcodes.h"

#include <inttypes.h>
#include <time.h>

#include "admin/errorpage.h"
#include "admin/webtext.h"
#include "base/clock.h"
#include "core/settings.h"
#include "http/date.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifdef PACKAGE_VERSION
#define SOFTWARE "sepia/" PACKAGE_VERSION
#else
#define SOFTWARE "sepia"
#endif

enum { VALUE_MAX = 8192, SHOWN = 2000 };

struct expansion {
	const struct txn	*t;
	const char		*page;
	bool			 url;
	bool			 raw;		/* the value is markup already */
	struct sb		 value;
};

/* HTTPS addresses show no more than their host, as in Squid: https://host/ and a star. */
static void
put_canonical(struct expansion *e)
{
	const struct txn	*t = e->t;

	if (t->req.method == METHOD_CONNECT && t->f.host.n > 0) {
		SB_LIT(&e->value, "https://");
		if (t->f.target_port == 443)
			sb_span(&e->value, t->f.host);
		else
			sb_span(&e->value, t->f.url);
		SB_LIT(&e->value, "/*");
		return;
	}
	sb_span(&e->value, t->f.url);
}

static void
put_addr(struct sb *b, const struct addr *a)
{
	static const struct addr	 none;
	char				 text[ADDR_TEXT];

	sb_str(b, memcmp(a->ip, none.ip, sizeof a->ip) == 0 ? "[unknown]" : addr_print(a, text));
}

static void
put_local_time(struct sb *b)
{
	time_t		 now = (time_t)clock_wall_s();
	struct tm	 tm;
	char		 text[64];

	localtime_r(&now, &tm);
	strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S %z", &tm);
	sb_str(b, text);
}

static void
put_utc(struct sb *b)
{
	char	 text[DATE_TEXT];

	sb_str(b, date_print(clock_wall_s(), text));
}

/* The tail of a mailto: address with what the administrator will ask for. */
static void
put_mail_data(struct expansion *e)
{
	struct sb	 body;

	e->raw = true;
	if (!e->t->s->email_err_data)
		return;
	sb_heap(&body, VALUE_MAX);
	sb_printf(&body, "CacheHost: %s\r\nErrPage: %s\r\nRequest: %" PRIx64 "\r\nTimeStamp: ",
	    e->t->s->visible_hostname, e->page, e->t->f.number);
	put_utc(&body);
	SB_LIT(&body, "\r\nClientIP: ");
	put_addr(&body, txn_client(e->t));
	SB_LIT(&body, "\r\nURL: ");
	sb_span(&body, span_at(e->t->f.url.p, e->t->f.url.n < SHOWN ? e->t->f.url.n : SHOWN));
	SB_LIT(&body, "\r\n");
	SB_LIT(&e->value, "?subject=CacheErrorInfo%20-%20");
	webtext_url(&e->value, span_of(e->page));
	SB_LIT(&e->value, "&amp;body=");
	webtext_url(&e->value, sb_done(&body));
	sb_free(&body);
}

/* The end of a page: Squid's ERR_SIGNATURE. */
static void
put_signature(struct expansion *e)
{
	e->raw = true;
	SB_LIT(&e->value, "</div>\n<hr>\n<div id=\"footer\">\n<p>Generated ");
	put_utc(&e->value);
	SB_LIT(&e->value, " by ");
	webtext_html(&e->value, span_of(e->t->s->visible_hostname), SHOWN);
	SB_LIT(&e->value, " (" SOFTWARE ")</p>\n</div>\n</body></html>\n");
}

static void
put_stylesheet(struct expansion *e)
{
	const char	*name = e->t->s->err_page_stylesheet;

	e->raw = true;
	if (name != NULL)
		sb_span(&e->value, errorpage_find(e->t->s, name));
}

static struct span
path_of(const struct txn *t)
{
	return t->target.path.n > 0 ? t->target.path : SPAN("/");
}

/* Codes about the request. Long, because it is the list of them. */
static bool
request_code(struct expansion *e, char code)
{
	const struct txn	*t = e->t;
	struct sb		*v = &e->value;

	switch (code) {
	case 'a':
		sb_span(v, t->f.user.n > 0 ? t->f.user : SPAN("-"));
		return true;
	case 'H':
		sb_span(v, t->f.host.n > 0 ? t->f.host : SPAN("[unknown host]"));
		return true;
	case 'M':
		sb_span(v, t->f.method.n > 0 ? t->f.method : SPAN("[unknown method]"));
		return true;
	case 'p':
		sb_u64(v, t->f.target_port);
		return true;
	case 'P':
		sb_span(v, t->req.method == METHOD_CONNECT ? SPAN("HTTPS") :
		    t->target.scheme_text.n > 0 ? t->target.scheme_text :
		    SPAN("[unknown protocol]"));
		return true;
	case 'u':
		sb_span(v, t->f.url);
		return true;
	case 'U':
		put_canonical(e);
		return true;
	case 'R':		/* in a page it would be the whole head: never */
		if (e->url)
			sb_span(v, path_of(t));
		e->raw = e->url;
		return true;
	case 'i':
		put_addr(v, txn_client(t));
		return true;
	case 'I':
		put_addr(v, &t->f.origin);
		return true;
	case 'A':
		put_addr(v, &t->f.local);
		return true;
	case 'b':
		sb_u64(v, t->f.local.port);
		return true;
	case 'd':
		sb_u64(v, t->f.started == 0 || clock_wall_us() < t->f.started ? 0 :
		    (clock_wall_us() - t->f.started) / 1000000);
		return true;
	default:
		return false;
	}
}

/* Codes about the failure and about this proxy. Long for the same reason. */
static bool
error_code(struct expansion *e, char code)
{
	const struct txn	*t = e->t;
	struct sb		*v = &e->value;

	switch (code) {
	case 'c':
	case 'X':
		sb_str(v, e->page);
		return true;
	case 'x':
		webtext_why(v, why_row((enum why)t->f.why)->name);
		return true;
	case 'e':
		sb_char(v, '0');
		return true;
	case 'n':
		sb_hex(v, t->f.number);
		return true;
	case 'r':
		sb_span(v, t->f.rule);
		if (t->f.rule.n > 0 && t->f.rule_file.n > 0)
			sb_printf(v, " (%.*s:%" PRIu64 ")", SPAN_ARG(t->f.rule_file),
			    t->f.rule_line);
		return true;
	case 'E':
		sb_span(v, t->f.why_detail.n > 0 ? t->f.why_detail : SPAN("[No Error]"));
		return true;
	case 'D':
	case 'z':
	case 'Z':
		sb_span(v, t->f.why_detail);
		return true;
	case 'm':
	case 'o':
	case 'O':
		sb_span(v, t->auth_message);
		return true;
	case 'B':
	case 'f':
	case 'F':
	case 'g':
	case 'G':		/* of FTP, which is not spoken */
	case 'L':
		return true;
	case 'h':
		sb_str(v, t->s->visible_hostname == NULL ? "" : t->s->visible_hostname);
		return true;
	case 'w':
		sb_str(v, t->s->cache_mgr == NULL ? "" : t->s->cache_mgr);
		return true;
	case 's':
		if (e->url)	/* the older spelling of %u there, as in Squid */
			sb_span(v, t->f.url);
		else
			sb_str(v, SOFTWARE);
		return true;
	case 't':
		put_local_time(v);
		return true;
	case 'T':
		put_utc(v);
		return true;
	default:
		return false;
	}
}

static bool
markup_code(struct expansion *e, char code)
{
	switch (code) {
	case 'W':
		put_mail_data(e);
		return true;
	case 'S':
		put_signature(e);
		return true;
	case 'l':
		put_stylesheet(e);
		return true;
	default:
		return false;
	}
}

static void
put_value(struct expansion *e, struct sb *out)
{
	struct span	 v = sb_done(&e->value);

	if (e->raw)
		sb_span(out, v);
	else if (e->url)
		webtext_url(out, v);
	else
		webtext_html(out, v, SHOWN);
}

static void
expand(struct expansion *e, struct span text, struct sb *out)
{
	const char	*at;

	while (text.n > 0) {
		at = memchr(text.p, '%', text.n);
		if (at == NULL || at + 1 == text.p + text.n) {
			sb_span(out, text);
			return;
		}
		sb_add(out, text.p, (size_t)(at - text.p));
		text = span_at(at + 2, text.n - (size_t)(at + 2 - text.p));
		sb_clear(&e->value);
		e->raw = false;
		if (at[1] == '%')
			sb_char(out, '%');
		else if (request_code(e, at[1]) || error_code(e, at[1]) ||
		    (!e->url && markup_code(e, at[1])))
			put_value(e, out);
		else
			sb_add(out, at, 2);
	}
}

void
errorcodes_page(const struct txn *t, struct span text, const char *page, struct sb *out)
{
	struct expansion	 e = { .t = t, .page = page };

	sb_heap(&e.value, ERRORPAGE_FILE_MAX + VALUE_MAX);
	expand(&e, text, out);
	sb_free(&e.value);
}

void
errorcodes_url(const struct txn *t, struct span text, const char *page, struct sb *out)
{
	struct expansion	 e = { .t = t, .page = page, .url = true };

	sb_heap(&e.value, 1 << 20);
	expand(&e, text, out);
	sb_free(&e.value);
}
