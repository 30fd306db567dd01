/* SPDX-License-Identifier: Apache-2.0 */
/* Conditional requests and what comes of them (RFC 9111, 4.3; RFC 9110, 13). */
#include "cache/condreq.h"
#include "cache/freshen.h"
#include "cache/precond.h"
#include "given.h"

static const struct tag_case { const char *text; bool valid, weak; } tag_cases[] = {
	{ "\"a\"", true, false }, { "W/\"a\"", true, true }, { "\"\"", true, false },
	{ "\"a,b\"", true, false },
	{ "\"a\\\"", true, false }, { "\"abcdef\xfc\"", true, false },
	{ "a", false, false }, { "w/\"a\"", false, false }, { "W\\\"a\"", false, false },
	{ "W\"a\"", false, false },
	{ "\"a", false, false }, { "\"a\"b", false, false }, { "\"a b\"", false, false },
	{ "*", false, false },
	{ "", false, false }, { "W/", false, false }, { "\"", false, false },
	{ "\"a\", \"b\"", false, false },
};

START_TEST(rfc9110_8_8_3_entity_tags)
{
	struct entitytag	 t;

	ck_assert_msg(entitytag_parse(span_of(tag_cases[_i].text), &t) == tag_cases[_i].valid, "%s",
	    tag_cases[_i].text);
	ck_assert(!tag_cases[_i].valid || t.weak == tag_cases[_i].weak);
}
END_TEST

START_TEST(rfc9110_8_8_3_2_comparison)
{
	static const struct { const char *a, *b; bool strong, weak; } cases[] = {
		{ "W/\"1\"", "W/\"1\"", false, true }, { "W/\"1\"", "W/\"2\"", false, false },
		{ "W/\"1\"", "\"1\"", false, true }, { "\"1\"", "\"1\"", true, true },
		{ "\"1\"", "\"2\"", false, false },
	};
	struct entitytag	 a, b;

	ck_assert(entitytag_parse(span_of(cases[_i].a), &a) &&
	    entitytag_parse(span_of(cases[_i].b), &b));
	ck_assert_int_eq(entitytag_strong_eq(&a, &b), cases[_i].strong);
	ck_assert_int_eq(entitytag_weak_eq(&a, &b), cases[_i].weak);
}
END_TEST

#define TAGGED	"ETag: \"abcdef\"\nDate: @0"
#define WEAK	"ETag: W/\"abcdef\"\nDate: @0"
#define DATED	"Last-Modified: @-3000\nDate: @0"

static const struct cond_case {
	const char	*clause;
	unsigned	 status;
	const char	*request, *reply;
	enum precond	 want;
} cond_cases[] = {
	{ "no condition", 200, NULL, TAGGED, PRECOND_SEND },
	{ "13.1.2", 200, "If-None-Match: \"abcdef\"", TAGGED, PRECOND_NOT_MODIFIED },
	{ "13.1.2 other", 200, "If-None-Match: \"abc\"", TAGGED, PRECOND_SEND },
	{ "13.1.2 weak against strong", 200, "If-None-Match: W/\"abcdef\"", TAGGED,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 strong against weak", 200, "If-None-Match: \"abcdef\"", WEAK,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 weak", 200, "If-None-Match: W/\"abcdef\"", WEAK, PRECOND_NOT_MODIFIED },
	{ "13.1.2 first", 200, "If-None-Match: \"abcdef\", \"1234\", \"5678\"", TAGGED,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 middle", 200, "If-None-Match: \"1234\", \"abcdef\", \"5678\"", TAGGED,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 last", 200, "If-None-Match: \"1234\", \"5678\", \"abcdef\"", TAGGED,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 no spaces", 200, "If-None-Match: \"1234\",\"abcdef\"", TAGGED,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 empty elements", 200, "If-None-Match: , ,\"abcdef\",", TAGGED,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 two lines", 200, "If-None-Match: \"1\"\nIf-None-Match: \"abcdef\"", TAGGED,
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 comma in a tag", 200, "If-None-Match: \"1,\"", "ETag: \"1,\"",
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 part of a tag", 200, "If-None-Match: \"x,\"abcdef\"\"", TAGGED, PRECOND_SEND },
	{ "13.1.2 any", 200, "If-None-Match: *", TAGGED, PRECOND_NOT_MODIFIED },
	{ "13.1.2 any, no tag", 200, "If-None-Match: *", "Date: @0", PRECOND_NOT_MODIFIED },
	{ "13.1.2 any among others", 200, "If-None-Match: *, \"abcdef\"", TAGGED, PRECOND_SEND },
	{ "13.1.2 obs-text", 200, "If-None-Match: \"abcdef\xfc\"", "ETag: \"abcdef\xfc\"",
	    PRECOND_NOT_MODIFIED },
	{ "13.1.2 unquoted", 200, "If-None-Match: abcdef", TAGGED, PRECOND_SEND },
	{ "13.1.2 unquoted stored", 200, "If-None-Match: \"abcdef\"", "ETag: abcdef",
	    PRECOND_SEND },
	{ "13.1.2 lower case w", 200, "If-None-Match: w/\"abcdef\"", WEAK, PRECOND_SEND },
	{ "13.1.2 no separator", 200, "If-None-Match: \"1\"\"abcdef\"", TAGGED, PRECOND_SEND },
	{ "13.2.2 precedence", 200, "If-None-Match: \"x\"\nIf-Modified-Since: @0",
	    "ETag: \"a\"\nLast-Modified: @-5000", PRECOND_SEND },
	{ "13.2.2 precedence, match", 200, "If-None-Match: \"a\"\nIf-Modified-Since: @-9000",
	    "ETag: \"a\"\nLast-Modified: @-5000", PRECOND_NOT_MODIFIED },
	{ "13.1.3", 200, "If-Modified-Since: @-3000", DATED, PRECOND_NOT_MODIFIED },
	{ "13.1.3 earlier", 200, "If-Modified-Since: @-2000", DATED, PRECOND_NOT_MODIFIED },
	{ "13.1.3 later", 200, "If-Modified-Since: @-3001", DATED, PRECOND_SEND },
	{ "13.1.3 bad date", 200, "If-Modified-Since: yesterday", DATED, PRECOND_SEND },
	{ "13.1.3 two dates", 200, "If-Modified-Since: @-1\nIf-Modified-Since: @-2", DATED,
	    PRECOND_SEND },
	{ "13.1.3 rfc850", 200, "If-Modified-Since: Sunday, 16-Jan-28 08:00:00 GMT", DATED,
	    PRECOND_NOT_MODIFIED },
	{ "4.3.2 Date for Last-Modified", 200, "If-Modified-Since: @0", "Date: @0",
	    PRECOND_NOT_MODIFIED },
	{ "4.3.2 Date for Last-Modified, newer", 200, "If-Modified-Since: @-3000", "Date: @0",
	    PRECOND_SEND },
	{ "13.1.1 is the origin's", 200, "If-Match: \"abcdef\"", TAGGED, PRECOND_FORWARD },
	{ "13.1.4 is the origin's", 200, "If-Unmodified-Since: @0", DATED, PRECOND_FORWARD },
	{ "13.2.1 301", 301, "If-None-Match: \"abcdef\"", TAGGED, PRECOND_SEND },
	{ "13.2.1 404", 404, "If-Modified-Since: @0", DATED, PRECOND_SEND },
	{ "13.2.1 203", 203, "If-None-Match: \"abcdef\"", TAGGED, PRECOND_NOT_MODIFIED },
};

START_TEST(rfc9111_4_3_2_clients_conditions)
{
	const struct cond_case	*c = &cond_cases[_i];
	struct given		 g;

	given_start(&g);
	given_request(&g, "GET", c->request);
	given_reply(&g, c->status, c->reply, T0);
	ck_assert_msg(precond_judge(&g.req, &g.at) == c->want, "%s", c->clause);
	given_end(&g);
}
END_TEST

/* What is there of the fields, in order, as "Name: value|". */
static struct span
fields_of(const struct head *h, struct arena *a)
{
	struct span	 all = SPAN("");

	for (uint16_t i = 0; i < h->n; i++)
		if (!h->fields[i].gone)
			all = arena_printf(a, "%.*s%.*s: %.*s|", SPAN_ARG(all),
			    SPAN_ARG(h->fields[i].name), SPAN_ARG(h->fields[i].value));
	return all;
}

START_TEST(rfc9110_15_4_5_not_modified)
{
	struct given	 g;

	given_start(&g);
	given_reply(&g, 200,
	    "Content-Type: a/b\nETag: \"a\"\nLast-Modified: @-1\nContent-Length: 5\nVary: Foo\nExpires: @9\n"
	    "Cache-Control: max-age=9\nContent-Location: /x\nContent-Encoding: gzip\nX: y", T0);
	precond_not_modified(&g.reply, &g.at);
	ck_assert_uint_eq(g.reply.status, 304);
	ck_assert(head_get(&g.reply, FIELD_ETAG) != NULL &&
	    head_get(&g.reply, FIELD_VARY) != NULL && head_get(&g.reply, FIELD_EXPIRES) != NULL &&
	    head_get(&g.reply, FIELD_CACHE_CONTROL) != NULL &&
	    head_get(&g.reply, FIELD_CONTENT_LOCATION) != NULL);
	ck_assert(head_get(&g.reply, FIELD_CONTENT_TYPE) == NULL &&
	    head_get(&g.reply, FIELD_CONTENT_LENGTH) == NULL &&
	    head_get(&g.reply, FIELD_CONTENT_ENCODING) == NULL &&
	    head_get(&g.reply, FIELD_LAST_MODIFIED) == NULL);
	given_reply(&g, 200, "Last-Modified: @-1", T0);
	precond_not_modified(&g.reply, &g.at);
	ck_assert(head_get(&g.reply, FIELD_LAST_MODIFIED) != NULL);
	given_reply(&g, 200, "Content-Digest: x\nContent-MD5: y\nRepr-Digest: z", T0);
	precond_not_modified(&g.reply, &g.at);
	ck_assert(span_is(fields_of(&g.reply, &g.a), "Repr-Digest: z|"));
	given_end(&g);
}
END_TEST

/* Up to two candidates; the request's own fields; what goes to the origin. */
static const struct ask_case {
	const char	*clause, *request, *one, *two, *sent;
	bool		 conditional;
} ask_cases[] = {
	{ "strong", NULL, "ETag: \"a\"", NULL, "If-None-Match: \"a\"|", true },
	{ "weak", NULL, "ETag: W/\"a\"", NULL, "If-None-Match: W/\"a\"|", true },
	{ "date", NULL, "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT", NULL,
	    "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT|", true },
	{ "date in an old form", NULL, "Last-Modified: Wed Jan  1 00:00:00 2020", NULL,
	    "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT|", true },
	{ "both", NULL, "ETag: \"a\"\nLast-Modified: Wed, 01 Jan 2020 00:00:00 GMT", NULL,
	    "If-None-Match: \"a\"|If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT|", true },
	{ "none", NULL, "X: y", NULL, "", false },
	{ "unquoted tag is none", NULL, "ETag: a", NULL, "", false },
	{ "variants", "Foo: 1", "ETag: \"a\"", "ETag: W/\"b\"",
	    "Foo: 1|If-None-Match: \"a\", W/\"b\"|", true },
	{ "variants with one tag", NULL, "ETag: \"a\"", "ETag: \"a\"", "If-None-Match: \"a\"|",
	    true },
	{ "second without", NULL, "ETag: \"a\"", "X: y", "If-None-Match: \"a\"|", true },
	{ "the client's own are replaced", "If-None-Match: \"z\"\nIf-Modified-Since: @0\nX: y",
	    "ETag: \"a\"", NULL, "X: y|If-None-Match: \"a\"|", true },
	{ "ranges are for later", "Range: bytes=0-1\nIf-Range: \"a\"", "ETag: \"a\"", NULL,
	    "If-None-Match: \"a\"|", true },
};

START_TEST(rfc9111_4_3_1_own_conditional_requests)
{
	const struct ask_case	*c = &ask_cases[_i];
	struct given		 g;
	struct storedattr	 at[2];
	const struct storedattr	*candidates[2] = { &at[0], &at[1] };
	struct span		 sent;

	given_start(&g);
	given_request(&g, "GET", c->request);
	given_reply(&g, 200, c->one, T0);
	at[0] = g.at;
	if (c->two != NULL)
		given_reply(&g, 200, c->two, T0);
	at[1] = g.at;
	ck_assert_msg(condreq_make(&g.req, candidates, c->two == NULL ? 1 : 2,
	    &g.a) == c->conditional, "%s", c->clause);
	sent = fields_of(&g.req, &g.a);
	ck_assert_msg(span_is(sent, c->sent), "%s: %.*s", c->clause, SPAN_ARG(sent));
	given_end(&g);
}
END_TEST

/* Candidates A and B (dates -20 and -10), and a 304: which is meant. */
static const struct select_case {
	const char	*clause, *a, *b, *update;
	int		 want;
} select_cases[] = {
	{ "strong", "ETag: \"a\"", "ETag: \"b\"", "ETag: \"b\"", 1 },
	{ "strong, none", "ETag: \"a\"", "ETag: \"b\"", "ETag: \"c\"", -1 },
	{ "strong is not weak", "ETag: W/\"a\"\nCache-Control: max-age=9", NULL, "ETag: \"a\"",
	    -1 },
	{ "strong is not weak, asked each time",
	    "ETag: W/\"a\"\nCache-Control: max-age=9, no-cache", NULL, "ETag: \"a\"", 0 },
	{ "strong is not weak, stale at once", "ETag: W/\"a\"\nCache-Control: max-age=0", NULL,
	    "ETag: \"a\"", 0 },
	{ "strong is not weak, asked each time, two", "ETag: W/\"a\"", "ETag: W/\"b\"",
	    "ETag: \"a\"", -1 },
	{ "strong is not weak, asked each time, another", "ETag: W/\"a\"", NULL, "ETag: \"b\"",
	    -1 },
	{ "strong is not weak, another date",
	    "ETag: W/\"a\"\nCache-Control: max-age=9\nLast-Modified: @-500", NULL,
	    "ETag: \"a\"\nLast-Modified: @-400", -1 },
	{ "strong is not weak, but the date is strong", "ETag: W/\"a\"\nLast-Modified: @-500", NULL,
	    "ETag: \"a\"\nLast-Modified: @-500", 0 },
	{ "strong is not weak, nor is the date strong",
	    "ETag: W/\"a\"\nCache-Control: max-age=9\nLast-Modified: @-20", NULL,
	    "ETag: \"a\"\nLast-Modified: @-20", -1 },
	{ "the date is strong, another tag",
	    "ETag: W/\"a\"\nCache-Control: max-age=9\nLast-Modified: @-500", NULL,
	    "ETag: \"b\"\nLast-Modified: @-500", -1 },
	{ "weak", "ETag: W/\"a\"", NULL, "ETag: W/\"a\"", 0 },
	{ "weak, the latest", "ETag: W/\"a\"", "ETag: W/\"a\"", "ETag: W/\"a\"", 1 },
	{ "weak against strong", "ETag: \"a\"", NULL, "ETag: W/\"a\"", 0 },
	{ "date", "Last-Modified: @-500", "Last-Modified: @-400", "Last-Modified: @-500", 0 },
	{ "date, none", "Last-Modified: @-500", NULL, "Last-Modified: @-400", -1 },
	{ "tag over date", "ETag: \"a\"\nLast-Modified: @-500", NULL,
	    "ETag: \"b\"\nLast-Modified: @-500", -1 },
	{ "tag over another date", "ETag: \"a\"\nLast-Modified: @-500", NULL,
	    "ETag: \"a\"\nLast-Modified: @-400", 0 },
	{ "tag where there was none", "Last-Modified: @-500", NULL, "ETag: \"b\"", -1 },
	{ "tag where there was none, and date", "Last-Modified: @-500", NULL,
	    "ETag: \"b\"\nLast-Modified: @-500", 0 },
	{ "no validator, one", "ETag: \"a\"", NULL, "X: y", 0 },
	{ "no validator, two", "ETag: \"a\"", "ETag: \"b\"", "X: y", -1 },
	{ "malformed tag, one", "ETag: \"a\"", NULL, "ETag: a", 0 },
};

START_TEST(rfc9111_4_3_4_selection)
{
	const struct select_case	*c = &select_cases[_i];
	struct given			 g;
	struct storedattr		 at[2];
	const struct storedattr		*candidates[2] = { &at[0], &at[1] };

	given_start(&g);
	given_reply(&g, 200, arena_printf(&g.a, "Date: @-20\n%s", c->a).p, T0);
	at[0] = g.at;
	if (c->b != NULL)
		given_reply(&g, 200, arena_printf(&g.a, "Date: @-10\n%s", c->b).p, T0);
	at[1] = g.at;
	given_reply(&g, 304, c->update, T0);
	ck_assert_msg(freshen_select(candidates, c->b == NULL ? 1 : 2, &g.reply, T0) == c->want,
	    "%s", c->clause);
	given_end(&g);
}
END_TEST

/* The stored head came at T0 - 1000, the update at T0. */
static const struct merge_case {
	const char	*clause, *stored, *update, *merged;
	enum freshen	 want;
	int64_t		 lifetime, age;
} merge_cases[] = {
	{ "3.2 kept", "X: 1\nETag: \"a\"", "ETag: \"a\"\nDate: @0", "X: 1|ETag: \"a\"|Date: NOW|",
	    FRESHEN_KEPT, -1, 0 },
	{ "3.2 replaced", "X: 1\nETag: \"a\"", "X: 2\nDate: @0", "ETag: \"a\"|X: 2|Date: NOW|",
	    FRESHEN_KEPT, -1, 0 },
	{ "3.2 all of a name", "X: 1\nETag: \"a\"\nx: 2", "X: 3\nX: 4\nDate: @0",
	    "ETag: \"a\"|X: 3|X: 4|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "3.2 Cache-Control", "Cache-Control: max-age=1\nETag: \"a\"",
	    "Cache-Control: max-age=3600\nDate: @0",
	    "ETag: \"a\"|Cache-Control: max-age=3600|Date: NOW|", FRESHEN_KEPT, 3600, 0 },
	{ "3.2 not Content-Length", "Content-Length: 5\nETag: \"a\"",
	    "Content-Length: 10\nDate: @0", "Content-Length: 5|ETag: \"a\"|Date: NOW|",
	    FRESHEN_KEPT, -1, 0 },
	{ "3.2 not Content-Length 0", "ETag: \"a\"", "Content-Length: 0\nDate: @0",
	    "ETag: \"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "3.2 not the coding", "Content-Encoding: gzip\nETag: \"a\"",
	    "Content-Encoding: br\nDate: @0", "Content-Encoding: gzip|ETag: \"a\"|Date: NOW|",
	    FRESHEN_KEPT, -1, 0 },
	{ "3.2 not Content-Range", "ETag: \"a\"", "Content-Range: bytes 0-1/2\nDate: @0",
	    "ETag: \"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "3.2 Content-Type", "Content-Type: text/plain\nETag: \"a\"",
	    "Content-Type: text/plain;charset=utf-8\nDate: @0",
	    "ETag: \"a\"|Content-Type: text/plain;charset=utf-8|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "3.2 not Content-Digest", "Content-Digest: a\nETag: \"a\"", "content-digest: b\nDate: @0",
	    "Content-Digest: a|ETag: \"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "3.2 ETag", "ETag: W/\"a\"", "ETag: W/\"a\"\nDate: @0", "ETag: W/\"a\"|Date: NOW|",
	    FRESHEN_KEPT, -1, 0 },
	{ "4.3.4 not meant by a strong validator", "ETag: W/\"a\"", "ETag: \"a\"\nDate: @0",
	    "ETag: W/\"a\"|Date: NOW|", FRESHEN_APART, -1, 0 },
	{ "3.2 ETag does not become strong", "Date: @-1000\nETag: W/\"a\"\nLast-Modified: @100",
	    "ETag: \"a\"\nDate: @0", "ETag: W/\"a\"|Last-Modified: LATER|Date: NOW|", FRESHEN_APART,
	    -1, 0 },
	{ "3.2 ETag becomes weak", "ETag: \"a\"", "ETag: W/\"a\"\nDate: @0",
	    "ETag: W/\"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "3.2 Expires", "Expires: @-999\nETag: \"a\"", "Expires: @100\nDate: @0",
	    "ETag: \"a\"|Expires: LATER|Date: NOW|", FRESHEN_KEPT, 100, 0 },
	{ "3.1 hop-by-hop", "ETag: \"a\"",
	    "Connection: keep-alive, X\nKeep-Alive: 5\nX: 1\nTransfer-Encoding: chunked\nDate: @0",
	    "ETag: \"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "Set-Cookie", "ETag: \"a\"", "Set-Cookie: a=c\nSet-Cookie2: b\nDate: @0",
	    "ETag: \"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "Age of the update", "ETag: \"a\"", "Age: 50\nDate: @0", "ETag: \"a\"|Date: NOW|",
	    FRESHEN_KEPT, -1, 50 },
	{ "no Date in the update", "Date: @-1000\nETag: \"a\"", "X: 1",
	    "ETag: \"a\"|X: 1|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "bad Date in the update", "Date: @-1000\nETag: \"a\"", "Date: now",
	    "ETag: \"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "no-store now", "ETag: \"a\"", "Cache-Control: no-store\nDate: @0", NULL, FRESHEN_DROP,
	    -1, 0 },
	{ "private now", "ETag: \"a\"", "Cache-Control: private\nDate: @0", NULL, FRESHEN_DROP, -1,
	    0 },
	{ "private fields now", "X: 1\nETag: \"a\"", "Cache-Control: private=\"x\"\nDate: @0",
	    "ETag: \"a\"|Cache-Control: private=\"x\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "another Vary", "Vary: A\nETag: \"a\"", "Vary: B\nDate: @0", NULL, FRESHEN_DROP, -1, 0 },
	{ "the same Vary", "Vary: A, B\nETag: \"a\"", "Vary: b,a\nDate: @0",
	    "Vary: A, B|ETag: \"a\"|Date: NOW|", FRESHEN_KEPT, -1, 0 },
	{ "a first Vary", "ETag: \"a\"", "Vary: B\nDate: @0", NULL, FRESHEN_DROP, -1, 0 },
	{ "Vary star", "ETag: \"a\"", "Vary: *\nDate: @0", NULL, FRESHEN_DROP, -1, 0 },
	{ "stale, no validator any more", "X: 1", "Date: @0", "X: 1|Date: NOW|", FRESHEN_KEPT, -1,
	    0 },
};

/* NOW and LATER in the wanted text are T0 and T0 + 100. */
static bool
fields_are(struct span got, const char *want, struct arena *a)
{
	const char	*now = strstr(want, "NOW"), *later = strstr(want, "LATER");
	struct span	 text = span_of(want);

	if (later != NULL)
		text = arena_printf(a, "%.*s%s%s", (int)(later - want), want, given_date(100),
		    later + 5);
	now = strstr(text.p, "NOW");
	if (now != NULL)
		text = arena_printf(a, "%.*s%s%s", (int)(now - text.p), text.p, given_date(0),
		    now + 3);
	return span_eq(got, text);
}

START_TEST(rfc9111_3_2_updating)
{
	const struct merge_case	*c = &merge_cases[_i];
	struct given		 g;
	struct head		 update;
	struct storedattr	 at;
	struct freshen_in	 in;
	struct span		 got;

	given_start(&g);
	given_reply(&g, 200, c->stored, T0 - 1000);
	given_head(&g, &update, "HTTP/1.1 304 Not Modified", c->update);
	in = (struct freshen_in){ &g.reply, &update, &g.at, &g.req, &g.rule, &g.policy, T0, T0,
	    false };
	ck_assert_msg(freshen_merge(&in, &g.a, &at) == c->want, "%s", c->clause);
	if (c->merged != NULL) {
		got = fields_of(&g.reply, &g.a);
		ck_assert_msg(fields_are(got, c->merged, &g.a), "%s: %.*s", c->clause,
		    SPAN_ARG(got));
		ck_assert_msg(at.lifetime == c->lifetime && at.initial_age == c->age &&
		    at.status == 200, "%s: %lld %lld", c->clause, (long long)at.lifetime,
		    (long long)at.initial_age);
	}
	given_end(&g);
}
END_TEST

static const struct head_case {
	const char		*clause;
	unsigned		 status;
	const char		*stored, *update;
	uint64_t		 length;
	enum freshen_head	 want;
} head_cases[] = {
	{ "4.3.5 same tag", 200, "ETag: \"a\"", "ETag: \"a\"", 5, FRESHEN_HEAD_UPDATES },
	{ "4.3.5 another tag", 200, "ETag: \"a\"", "ETag: \"b\"", 5, FRESHEN_HEAD_INVALIDATES },
	{ "4.3.5 a first tag", 200, "X: y", "ETag: \"b\"", 5, FRESHEN_HEAD_INVALIDATES },
	{ "4.3.5 same date", 200, "Last-Modified: @-5", "Last-Modified: @-5", 5,
	    FRESHEN_HEAD_UPDATES },
	{ "4.3.5 another date", 200, "Last-Modified: @-5", "Last-Modified: @-4", 5,
	    FRESHEN_HEAD_INVALIDATES },
	{ "4.3.5 same length", 200, "ETag: \"a\"", "ETag: \"a\"\nContent-Length: 5", 5,
	    FRESHEN_HEAD_UPDATES },
	{ "4.3.5 another length", 200, "ETag: \"a\"", "ETag: \"a\"\nContent-Length: 6", 5,
	    FRESHEN_HEAD_INVALIDATES },
	{ "4.3.5 no validators", 200, "X: y", "X: z", 5, FRESHEN_HEAD_UPDATES },
	{ "4.3.5 410", 410, "X: y", "X: z", 5, FRESHEN_HEAD_INVALIDATES },
	{ "4.3.5 404", 404, "X: y", "X: z", 5, FRESHEN_HEAD_INVALIDATES },
	{ "4.3.5 304", 304, "X: y", "X: z", 5, FRESHEN_HEAD_IGNORED },
	{ "4.3.5 500", 500, "X: y", "X: z", 5, FRESHEN_HEAD_IGNORED },
	{ "4.3.5 302", 302, "X: y", "X: z", 5, FRESHEN_HEAD_IGNORED },
};

START_TEST(rfc9111_4_3_5_head)
{
	const struct head_case	*c = &head_cases[_i];
	struct given		 g;
	struct storedattr	 at;

	given_start(&g);
	given_reply(&g, 200, c->stored, T0);
	at = g.at;
	given_reply(&g, c->status, c->update, T0);
	ck_assert_msg(freshen_by_head(&at, c->length, &g.reply, T0) == c->want, "%s", c->clause);
	given_end(&g);
}
END_TEST

Suite *
suite_validation(void)
{
	Suite	*s = suite_create("validation");
	TCase	*c = tcase_create("validation");

	tcase_add_loop_test(c, rfc9110_8_8_3_entity_tags, 0, sizeof tag_cases / sizeof *tag_cases);
	tcase_add_loop_test(c, rfc9110_8_8_3_2_comparison, 0, 5);
	tcase_add_loop_test(c, rfc9111_4_3_2_clients_conditions, 0,
	    sizeof cond_cases / sizeof *cond_cases);
	tcase_add_test(c, rfc9110_15_4_5_not_modified);
	tcase_add_loop_test(c, rfc9111_4_3_1_own_conditional_requests, 0,
	    sizeof ask_cases / sizeof *ask_cases);
	tcase_add_loop_test(c, rfc9111_4_3_4_selection, 0,
	    sizeof select_cases / sizeof *select_cases);
	tcase_add_loop_test(c, rfc9111_3_2_updating, 0, sizeof merge_cases / sizeof *merge_cases);
	tcase_add_loop_test(c, rfc9111_4_3_5_head, 0, sizeof head_cases / sizeof *head_cases);
	suite_add_tcase(s, c);
	return s;
}
