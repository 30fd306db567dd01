/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for tests of the cache's rules. */
#include "given.h"

#include <stdlib.h>

#include "base/sb.h"
#include "http/date.h"

static const struct head_limits	 limits = { 65536, 8192, 500 };

void
given_start(struct given *g)
{
	*g = (struct given){ .policy = CACHEPOLICY_DEFAULT, .rule = REFRESH_RULE_DEFAULT };
	arena_init(&g->a, 1 << 20);
	given_request(g, "GET", NULL);
}

void
given_end(struct given *g)
{
	arena_reset(&g->a);
}

const char *
given_date(int64_t from_t0)
{
	static char	 text[DATE_TEXT];

	return date_print(T0 + from_t0, text);
}

static void
put_fields(struct sb *b, const char *fields)
{
	struct span	 rest = span_of(fields), line;

	while (span_cut(&rest, '\n', &line)) {
		ptrdiff_t	 at = span_find(line, '@');

		if (at > 1 && line.p[at - 1] == ' ' && line.p[at - 2] == ':' &&
		    (size_t)at + 1 < line.n) {
			sb_add(b, line.p, (size_t)at);
			sb_str(b, given_date(strtoll(line.p + at + 1, NULL, 10)));
		} else {
			sb_span(b, line);
		}
		SB_LIT(b, "\r\n");
	}
	SB_LIT(b, "\r\n");
}

void
given_head(struct given *g, struct head *h, const char *start, const char *fields)
{
	struct sb	 b;
	struct span	 text;
	enum head_result r;

	sb_heap(&b, 1 << 18);
	sb_printf(&b, "%s\r\n", start);
	put_fields(&b, fields);
	text = arena_span(&g->a, sb_done(&b));
	sb_free(&b);
	if (start[0] == 'H' && start[4] == '/')
		r = head_parse_reply(h, text.p, text.n, 0, &limits, &g->a);
	else
		r = head_parse_request(h, text.p, text.n, 0, &limits, &g->a);
	ck_assert_msg(r == HEAD_DONE, "%s: %s", fields, head_text(r));
}

void
given_request(struct given *g, const char *method, const char *fields)
{
	struct span	 start = arena_printf(&g->a, "%s http://a.example/ HTTP/1.1", method);

	given_head(g, &g->req, start.p, fields);
	cachectl_parse(&g->req_cc, &g->req);
}

void
given_reply(struct given *g, unsigned status, const char *fields, int64_t now_s)
{
	struct span	 start = arena_printf(&g->a, "HTTP/1.1 %u OK", status);

	given_head(g, &g->reply, start.p, fields);
	cachectl_parse(&g->reply_cc, &g->reply);
	storedattr_fill(&g->at, &g->reply, &g->reply_cc, &g->policy, now_s, now_s);
}

enum storable
given_storable(struct given *g)
{
	struct storable_in	 in = { &g->req, &g->reply, &g->req_cc, &g->reply_cc, &g->at,
	    &g->rule, &g->policy, false, false };

	return storable_head(&in);
}
