/* SPDX-License-Identifier: Apache-2.0 */
/* Stored heads and attributes, and the fields of an answer from the store. */
#include "cache/cacheresult.h"
#include "core/cachestatus.h"
#include "cache/storedhead.h"
#include "given.h"

static const struct strip_case { const char *clause, *fields, *want; } strip_cases[] = {
	{ "3.1 kept",
	    "Test-Header: 1\nContent-Type: a/b\nX-Frame-Options: deny\nWWW-Authenticate: x",
	    "Test-Header: 1\r\nContent-Type: a/b\r\nX-Frame-Options: deny\r\nWWW-Authenticate: x\r\n" },
	{ "3.1 Connection", "Connection: a, b\na: 1\nb: 2\nc: 3", "c: 3\r\n" },
	{ "3.1 hop-by-hop",
	    "Keep-Alive: 5\nProxy-Connection: x\nTE: x\nTransfer-Encoding: chunked\nUpgrade: x\nTrailer: X\nc: 3",
	    "c: 3\r\n" },
	{ "3.1 proxy fields",
	    "Proxy-Authenticate: x\nProxy-Authentication-Info: y\nProxy-Authorization: z\nc: 3",
	    "c: 3\r\n" },
	{ "5.2.2.4 one field", "Cache-Control: no-cache=\"a\"\na: 1\nb: 2",
	    "Cache-Control: no-cache=\"a\"\r\nb: 2\r\n" },
	{ "5.2.2.4 fields", "Cache-Control: no-cache=\"a, B\"\na: 1\nb: 2\nB: 4\nc: 3",
	    "Cache-Control: no-cache=\"a, B\"\r\nc: 3\r\n" },
	{ "5.2.2.7 fields", "Cache-Control: private=\"ETag\"\nETag: \"x\"\nc: 3",
	    "Cache-Control: private=\"ETag\"\r\nc: 3\r\n" },
	{ "5.1 Age", "Age: 5\nc: 3", "c: 3\r\n" },
	{ "3.1 Warning", "Warning: 110 a \"b\"\nc: 3", "Warning: 110 a \"b\"\r\nc: 3\r\n" },
	{ "Set-Cookie", "Set-Cookie: a=b\nset-cookie: c=d\nSet-Cookie2: e\nc: 3", "c: 3\r\n" },
	{ "X-Cache", "X-Cache: HIT from x\nX-Cache-Lookup: y\nc: 3", "c: 3\r\n" },
	{ "9211 upstream members stay", "Cache-Status: up; hit\nVia: 1.1 up",
	    "Cache-Status: up; hit\r\nVia: 1.1 up\r\n" },
	{ "9213 targeted fields pass", "CDN-Cache-Control: max-age=5",
	    "CDN-Cache-Control: max-age=5\r\n" },
};

START_TEST(rfc9111_3_1_stored_fields)
{
	const struct strip_case	*c = &strip_cases[_i];
	struct given		 g;
	char			 bytes[2000];
	struct sb		 b;
	struct span		 want;

	given_start(&g);
	given_reply(&g, 200, c->fields, T0);
	storedhead_strip(&g.reply, &g.reply_cc);
	sb_fixed(&b, bytes, sizeof bytes);
	ck_assert(storedhead_write(&b, &g.reply, UINT64_MAX));
	want = arena_printf(&g.a, "HTTP/1.1 200 OK\r\n%s\r\n", c->want);
	ck_assert_msg(span_eq(sb_done(&b), want), "%s: %.*s", c->clause, SPAN_ARG(sb_done(&b)));
	given_end(&g);
}
END_TEST

START_TEST(rfc9110_8_6_length_of_a_stored_head)
{
	struct given	 g;
	char		 bytes[200];
	struct sb	 b;

	given_start(&g);
	given_reply(&g, 200, "Content-Length: 7, 7\nX: y", T0);
	sb_fixed(&b, bytes, sizeof bytes);
	ck_assert(storedhead_write(&b, &g.reply, 7));
	ck_assert(span_is(sb_done(&b), "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 7\r\n\r\n"));
	given_end(&g);
}
END_TEST

START_TEST(rfc9110_6_6_1_date)
{
	static const char *const	 received[] = { "X: y", "Date: foo", "Date: @-9\nDate: @-8",
	    "Date: @0" };
	struct given			 g;

	given_start(&g);
	given_reply(&g, 200, received[_i], T0);
	ck_assert(storedhead_date(&g.reply, &g.at, &g.a));
	ck_assert(span_is(head_value(&g.reply, FIELD_DATE), given_date(0)));
	ck_assert_ptr_null(head_next(&g.reply, head_get(&g.reply, FIELD_DATE)));
	given_end(&g);
}
END_TEST

START_TEST(rfc9110_6_6_1_a_date_that_is_there_stays)
{
	static const char *const	 received[] = { "@50", "@-50" };
	struct given			 g;
	int64_t				 from = _i == 0 ? 50 : -50;

	given_start(&g);
	given_reply(&g, 200, arena_printf(&g.a, "Date: %s\nExpires: @100", received[_i]).p, T0);
	ck_assert(storedhead_date(&g.reply, &g.at, &g.a));
	ck_assert(span_is(head_value(&g.reply, FIELD_DATE), given_date(from)));
	ck_assert_int_eq(g.at.date_s, _i == 0 ? T0 : T0 - 50);	/* not the latest for ever */
	ck_assert_int_eq(g.at.lifetime, 100 - from);
	given_end(&g);
}
END_TEST

START_TEST(attributes_there_and_back)
{
	static const char *const	 replies[] = {
		"Date: @0",
		    "Cache-Control: max-age=5, stale-while-revalidate=6, stale-if-error=7, immutable, public\nETag: W/\"x\"",
		"Cache-Control: no-cache, must-revalidate\nETag: \"\"\nLast-Modified: @-5\nDate: @0\nAge: 99999999999", "Pragma: no-cache",
	};
	struct given		 g;
	struct storedattr	 out;
	uint8_t			 bytes[STOREDATTR_MAX];
	size_t			 n, used;

	given_start(&g);
	given_reply(&g, 404, replies[_i], T0);
	n = storedattr_write(&g.at, bytes);
	ck_assert_uint_eq(n, STOREDATTR_FIXED + g.at.etag.n);
	ck_assert(storedattr_read(&out, span_at((char *)bytes, n), &used));
	ck_assert_uint_eq(used, n);
	ck_assert(span_eq(out.etag, g.at.etag));
	out.etag = g.at.etag;
	ck_assert_int_eq(out.date_s, g.at.date_s);
	ck_assert_int_eq(out.response_s, g.at.response_s);
	ck_assert_int_eq(out.initial_age, g.at.initial_age);
	ck_assert_int_eq(out.lifetime, g.at.lifetime);
	ck_assert_int_eq(out.modified_s, g.at.modified_s);
	ck_assert_int_eq(out.swr, g.at.swr);
	ck_assert_int_eq(out.sie, g.at.sie);
	ck_assert_uint_eq(out.flags, g.at.flags);
	ck_assert_uint_eq(out.status, g.at.status);
	for (size_t cut = 0; cut < n; cut++)
		ck_assert(!storedattr_read(&out, span_at((char *)bytes, cut), &used));
	for (size_t bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(!storedattr_read(&out, span_at((char *)bytes, n), &used), "bit %zu",
		    bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	given_end(&g);
}
END_TEST

START_TEST(a_long_tag_is_no_validator)
{
	struct given	 g;
	char		 text[700];

	given_start(&g);
	memcpy(text, "ETag: \"", 7);
	memset(text + 7, 'a', 600);
	memcpy(text + 607, "\"", 2);
	given_reply(&g, 200, text, T0);
	ck_assert_uint_eq(g.at.etag.n, 0);
	ck_assert(!storedattr_validator(&g.at));
	given_end(&g);
}
END_TEST

static const struct status_case {
	const char		*name;
	struct cachestatus	 s;
	const char		*want;
} status_cases[] = {
	{ "proxy.example", { .fwd = CACHESTATUS_HIT }, "proxy.example; hit" },
	{ "proxy.example", { .fwd = CACHESTATUS_HIT, .has_ttl = true, .ttl = 376 },
	    "proxy.example; hit; ttl=376" },
	{ "proxy.example", { .fwd = CACHESTATUS_HIT, .has_ttl = true, .ttl = -412 },
	    "proxy.example; hit; ttl=-412" },
	{ "a", { .fwd = CACHESTATUS_STALE, .fwd_status = 304 }, "a; fwd=stale; fwd-status=304" },
	{ "a", { .fwd = CACHESTATUS_URI_MISS, .stored = true }, "a; fwd=uri-miss; stored" },
	{ "a", { .fwd = CACHESTATUS_MISS, .collapsed = true }, "a; fwd=miss; collapsed" },
	{ "a", { .fwd = CACHESTATUS_VARY_MISS }, "a; fwd=vary-miss" },
	{ "a", { .fwd = CACHESTATUS_BYPASS, .detail = "no_store" },
	    "a; fwd=bypass; detail=no_store" },
	{ "a", { .fwd = CACHESTATUS_METHOD }, "a; fwd=method" },
	{ "a", { .fwd = CACHESTATUS_REQUEST }, "a; fwd=request" },
	{ "a", { .fwd = CACHESTATUS_PARTIAL }, "a; fwd=partial" },
	{ "a", { .fwd = CACHESTATUS_BYPASS, .detail = "two words" },
	    "a; fwd=bypass; detail=\"two words\"" },
	{ "127.0.0.1", { .fwd = CACHESTATUS_HIT }, "\"127.0.0.1\"; hit" },
	{ "a\"b\\c\xff", { .fwd = CACHESTATUS_HIT }, "\"a\\\"b\\\\c?\"; hit" },
};

START_TEST(rfc9211_2_cache_status)
{
	const struct status_case	*c = &status_cases[_i];
	char				 bytes[400];
	struct cachestatus_texts	 texts;
	struct arena			 a;
	struct span			 line;
	struct sb			 b;

	sb_fixed(&b, bytes, sizeof bytes);
	arena_init(&a, 4096);
	cachestatus_settle(&texts, span_of(c->name), &a);
	cachestatus_lines(&b, &texts, 1, &c->s, false, -1);
	ck_assert(sb_ok(&b) && span_starts(sb_done(&b), SPAN("Cache-Status: ")));
	line = span_at(b.p + 14, strlen(c->want) + 2);
	ck_assert_msg(span_eq(span_at(line.p, line.n - 2), span_of(c->want)) &&
	    memcmp(line.p + line.n - 2, "\r\n", 2) == 0, "%.*s",
	    SPAN_ARG(sb_done(&b)));
	arena_reset(&a);
}
END_TEST

START_TEST(fields_of_an_answer)
{
	struct cachestatus	 hit = { .fwd = CACHESTATUS_HIT, .has_ttl = true, .ttl = 5 },
	    miss = { .fwd = CACHESTATUS_URI_MISS };
	struct cachestatus_texts texts;
	char			 bytes[400];
	struct arena		 a;
	struct sb		 b;

	arena_init(&a, 4096);
	cachestatus_settle(&texts, SPAN("p.example"), &a);
	sb_fixed(&b, bytes, sizeof bytes);
	cachestatus_lines(&b, &texts, 3128, &hit, true, 7);
	ck_assert(span_is(sb_done(&b),
	    "Age: 7\r\nCache-Status: p.example; hit; ttl=5\r\nX-Cache: HIT from p.example\r\n"
	    "X-Cache-Lookup: HIT from p.example:3128\r\n"));
	sb_fixed(&b, bytes, sizeof bytes);
	cachestatus_lines(&b, &texts, 3128, &miss, true, -1);
	ck_assert(span_is(sb_done(&b),
	    "Cache-Status: p.example; fwd=uri-miss\r\nX-Cache: MISS from p.example\r\n"
	    "X-Cache-Lookup: HIT from p.example:3128\r\n"));
	sb_fixed(&b, bytes, sizeof bytes);
	cachestatus_lines(&b, &texts, 3128, &miss, false, -1);
	ck_assert(span_is(sb_done(&b),
	    "Cache-Status: p.example; fwd=uri-miss\r\nX-Cache: MISS from p.example\r\n"
	    "X-Cache-Lookup: MISS from p.example:3128\r\n"));
	arena_reset(&a);
}
END_TEST

static const struct result_case {
	const char		*want;
	struct cacheresult	 in;
} result_cases[] = {
	{ "TCP_HIT", { .how = CACHERESULT_STORED } },
	{ "TCP_MEM_HIT", { .how = CACHERESULT_STORED, .in_memory = true } },
	{ "TCP_NEGATIVE_HIT",
	    { .how = CACHERESULT_STORED, .basis = FRESHNESS_NEGATIVE, .in_memory = true } },
	{ "TCP_OFFLINE_HIT", { .how = CACHERESULT_STORED, .offline = true } },
	{ "TCP_IMS_HIT", { .how = CACHERESULT_STORED, .not_modified = true, .in_memory = true } },
	{ "TCP_INM_HIT", { .how = CACHERESULT_STORED, .not_modified = true, .by_tag = true } },
	{ "TCP_REFRESH_UNMODIFIED", { .how = CACHERESULT_CONFIRMED, .not_modified = true } },
	{ "TCP_REFRESH_MODIFIED", { .how = CACHERESULT_REPLACED } },
	{ "TCP_REFRESH_FAIL_OLD", { .how = CACHERESULT_STALE_FOR_ERROR } },
	{ "TCP_REFRESH_FAIL_ERR", { .how = CACHERESULT_ERROR_PASSED } },
	{ "TCP_MISS", { .how = CACHERESULT_FETCHED } },
	{ "TCP_CLIENT_REFRESH_MISS", { .how = CACHERESULT_FETCHED, .reload = true } },
	{ "TCP_SWAPFAIL_MISS", { .how = CACHERESULT_FETCHED, .damaged = true } },
	{ "TCP_CF_HIT", { .how = CACHERESULT_FOLLOWED } },
	{ "TCP_CF_MISS", { .how = CACHERESULT_FETCHED, .waited = true } },
};

START_TEST(squid_result_codes)
{
	ck_assert_str_eq(facts_result_name(cacheresult_of(&result_cases[_i].in)),
	    result_cases[_i].want);
}
END_TEST

Suite *
suite_heads(void)
{
	Suite	*s = suite_create("heads");
	TCase	*c = tcase_create("heads");

	tcase_add_loop_test(c, rfc9111_3_1_stored_fields, 0,
	    sizeof strip_cases / sizeof *strip_cases);
	tcase_add_test(c, rfc9110_8_6_length_of_a_stored_head);
	tcase_add_loop_test(c, rfc9110_6_6_1_date, 0, 4);
	tcase_add_loop_test(c, rfc9110_6_6_1_a_date_that_is_there_stays, 0, 2);
	tcase_add_loop_test(c, attributes_there_and_back, 0, 4);
	tcase_add_test(c, a_long_tag_is_no_validator);
	tcase_add_loop_test(c, rfc9211_2_cache_status, 0,
	    sizeof status_cases / sizeof *status_cases);
	tcase_add_test(c, fields_of_an_answer);
	tcase_add_loop_test(c, squid_result_codes, 0, sizeof result_cases / sizeof *result_cases);
	suite_add_tcase(s, c);
	return s;
}
