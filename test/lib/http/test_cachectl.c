/* SPDX-License-Identifier: Apache-2.0 */
/* Cache-Control (RFC 9111, 5.2). */
#include "test_http.h"

#include "base/must.h"
#include "http/cachectl.h"

static struct arena	 arena;

static void
set_up(void)
{
	arena_init(&arena, 1 << 20);
}

static void
tear_down(void)
{
	arena_reset(&arena);
}

static const struct {
	const char	*lines;
	uint32_t	 has;
	int64_t		 max_age;	/* or the only number there is */
} cases[] = {
	{ "", 0, 0 },
	{ "Cache-Control: no-store\n", CC_NO_STORE, 0 },
	{ "Cache-Control: No-Store, PRIVATE\n", CC_NO_STORE | CC_PRIVATE, 0 },
	{ "Cache-Control: no-store\nCache-Control: max-age=7\n", CC_NO_STORE | CC_MAX_AGE, 7 },
	{ "Cache-Control: max-age=0\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age=\"60\"\n", CC_MAX_AGE, 60 },
	{ "Cache-Control: max-age=060\n", CC_MAX_AGE, 60 },
	{ "Cache-Control: max-age=2147483647\n", CC_MAX_AGE, INT32_MAX },
	{ "Cache-Control: max-age=2147483648\n", CC_MAX_AGE, INT32_MAX },
	{ "Cache-Control: max-age=99999999999999999999999999\n", CC_MAX_AGE, INT32_MAX },
	{ "Cache-Control: max-age=-1\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age=+5\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age=1.5\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age=5s\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age=\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age =5\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age=5 6\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: max-age=9, max-age=5\n", CC_MAX_AGE, 5 },
	{ "Cache-Control: max-age=5\nCache-Control: max-age=9\n", CC_MAX_AGE, 5 },
	{ "Cache-Control: max-age=5, max-age=x\n", CC_MAX_AGE, 0 },
	{ "Cache-Control: xmax-age=5, no-storex\n", 0, 0 },
	{ "Cache-Control: x=\"no-store, max-age=5\"\n", 0, 0 },
	{ "Cache-Control: no-store=x\n", CC_NO_STORE, 0 },
	{ "Cache-Control: no-store x\n", CC_NO_STORE, 0 },
	{ "Cache-Control: ,,no-store,,\n", CC_NO_STORE, 0 },
	{ "Cache-Control: public, must-revalidate, proxy-revalidate, must-understand, no-transform, only-if-cached, immutable\n",
	    CC_PUBLIC | CC_MUST_REVALIDATE | CC_PROXY_REVALIDATE | CC_MUST_UNDERSTAND |
	    CC_NO_TRANSFORM | CC_ONLY_IF_CACHED | CC_IMMUTABLE, 0 },
	{ "Cache-Control: no-cache=\"Set-Cookie\"\n", CC_NO_CACHE_FIELDS, 0 },
	{ "Cache-Control: private=\"a, b\"\n", CC_PRIVATE_FIELDS, 0 },
	{ "Cache-Control: private=a\n", CC_PRIVATE, 0 },
	{ "Cache-Control: private=\"\"\n", CC_PRIVATE, 0 },
	{ "Cache-Control: private=\"a\n", CC_PRIVATE, 0 },
	{ "Cache-Control: x=\"a, no-store\n", CC_NO_STORE, 0 },
	{ "Cache-Control: max-age=5, x=\"a, Private, max-age=1\n", CC_MAX_AGE | CC_PRIVATE, 5 },
	{ "Cache-Control: x=\"a, no-cache\"z\n", CC_NO_CACHE, 0 },
	{ "Cache-Control: x=\"a, no-cache, b\"z\n", CC_NO_CACHE, 0 },
	{ "Cache-Control: x=\"a\nCache-Control: no-store\"\n", CC_NO_STORE, 0 },
	{ "Cache-Control: x=\"a, must-revalidate, proxy-revalidate , public, immutable\n",
	    CC_MUST_REVALIDATE | CC_PROXY_REVALIDATE, 0 },
	{ "Cache-Control: x=\"a\\\", no-store\"\n", 0, 0 },
	{ "Cache-Control: private, private=\"a\"\n", CC_PRIVATE, 0 },
	{ "Cache-Control: private=\"a\", private\n", CC_PRIVATE, 0 },
	{ "Cache-Control: private=\"a\"\nCache-Control: private=\"b\"\n", CC_PRIVATE, 0 },
	{ "Pragma: no-cache\n", CC_NO_CACHE, 0 },
	{ "Pragma: x\n", 0, 0 },
	{ "Pragma: no-cache\nCache-Control: max-age=3\n", CC_MAX_AGE, 3 },
};

START_TEST(r9111_5_2_directives)
{
	struct head	 h;
	struct cachectl	 cc;

	test_make(&h, "GET / HTTP/1.1", cases[_i].lines, &arena);
	cachectl_parse(&cc, &h);
	ck_assert_msg(cc.has == cases[_i].has, "%s: %#x", cases[_i].lines, cc.has);
	ck_assert_msg(cc.max_age == cases[_i].max_age, "%s: %lld", cases[_i].lines,
	    (long long)cc.max_age);
}
END_TEST

START_TEST(r9111_5_2_numbers)
{
	struct head	 h;
	struct cachectl	 cc;

	test_make(&h, "HTTP/1.1 200 OK",
	    "Cache-Control: s-maxage=1, stale-while-revalidate=2, stale-if-error=3, no-cache=\"A,B\"\n"
	    "Pragma: no-cache\n", &arena);
	cachectl_parse(&cc, &h);
	ck_assert_uint_eq(cc.has, CC_S_MAXAGE | CC_SWR | CC_SIE | CC_NO_CACHE_FIELDS);
	ck_assert_int_eq(cc.s_maxage, 1);
	ck_assert_int_eq(cc.swr, 2);
	ck_assert_int_eq(cc.sie, 3);
	ASSERT_SPAN(cc.no_cache_fields, "A,B");
	test_make(&h, "HTTP/1.1 200 OK", "Pragma: no-cache\n", &arena);
	cachectl_parse(&cc, &h);
	ck_assert_uint_eq(cc.has, 0);		/* means nothing in replies */
	test_make(&h, "GET / HTTP/1.1",
	    "Cache-Control: max-stale, min-fresh=4, min-fresh=9, min-fresh=x\n", &arena);
	cachectl_parse(&cc, &h);
	ck_assert_uint_eq(cc.has, CC_MAX_STALE | CC_MIN_FRESH);
	ck_assert(cc.max_stale == INT64_MAX);
	ck_assert_int_eq(cc.min_fresh, 9);
	test_make(&h, "GET / HTTP/1.1", "Cache-Control: max-stale, max-stale=5\n", &arena);
	cachectl_parse(&cc, &h);
	ck_assert_int_eq(cc.max_stale, 5);
	test_make(&h, "GET / HTTP/1.1", "Cache-Control: max-stale=x\n", &arena);
	cachectl_parse(&cc, &h);
	ck_assert_int_eq(cc.max_stale, 0);
}
END_TEST

TCase *
test_cachectl(void)
{
	TCase	*t = tcase_create("cachectl");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, r9111_5_2_directives, 0, COUNT_OF(cases));
	tcase_add_test(t, r9111_5_2_numbers);
	return t;
}
