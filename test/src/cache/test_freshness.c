/* SPDX-License-Identifier: Apache-2.0 */
/* Lifetimes, ages, dates (RFC 9111, 4.2). */
#include "cache/cachedate.h"
#include "cache/freshness.h"
#include "given.h"

static const struct life_case {
	const char	*clause, *reply;
	int64_t		 lifetime;	/* -1: no explicit one */
} life_cases[] = {
	{ "none", "Date: @0", -1 },
	{ "max-age", "Cache-Control: max-age=3600", 3600 },
	{ "max-age=0", "Cache-Control: max-age=0", 0 },
	{ "max-age any case", "Cache-Control: MaX-aGe=3600", 3600 },
	{ "max-age with an extension", "Cache-Control: foobar, max-age=3600", 3600 },
	{ "max-age quoted", "Cache-Control: max-age=\"3600\"", 3600 },
	{ "max-age single-quoted", "Cache-Control: max-age='3600'", 0 },
	{ "max-age leading zeros", "Cache-Control: max-age=003600", 3600 },
	{ "max-age a100", "Cache-Control: max-age=a3600", 0 },
	{ "max-age 100a", "Cache-Control: max-age=3600a", 0 },
	{ "max-age negative", "Cache-Control: max-age=-3600", 0 },
	{ "max-age decimal", "Cache-Control: max-age=3600.5", 0 },
	{ "max-age without value", "Cache-Control: max-age", 0 },
	{ "max-age space before =", "Cache-Control: max-age =3600", 0 },
	{ "max-age space after =", "Cache-Control: max-age= 3600", 0 },
	{ "1.2.2 2^31", "Cache-Control: max-age=2147483648", 2147483647 },
	{ "1.2.2 beyond", "Cache-Control: max-age=99999999999", 2147483647 },
	{ "1.2.2 far beyond", "Cache-Control: max-age=99999999999999999999999999999", 2147483647 },
	{ "twice, fresh first", "Cache-Control: max-age=1800, max-age=1", 1 },
	{ "twice, stale first", "Cache-Control: max-age=1, max-age=1800", 1 },
	{ "twice, lines", "Cache-Control: max-age=1800\nCache-Control: max-age=1", 1 },
	{ "in a string before", "Cache-Control: extension=\"max-age=3600\", max-age=1", 1 },
	{ "in a string after", "Cache-Control: max-age=1, extension=\"max-age=3600\"", 1 },
	{ "s-maxage", "Cache-Control: s-maxage=3600", 3600 },
	{ "s-maxage over longer", "Cache-Control: max-age=3600, s-maxage=1", 1 },
	{ "s-maxage over longer, reversed", "Cache-Control: s-maxage=1, max-age=3600", 1 },
	{ "s-maxage over longer, lines", "Cache-Control: max-age=3600\nCache-Control: s-maxage=1",
	    1 },
	{ "s-maxage over shorter", "Cache-Control: max-age=1, s-maxage=3600", 3600 },
	{ "5.3 future", "Expires: @100\nDate: @0", 100 },
	{ "5.3 past", "Expires: @-100\nDate: @0", -100 },
	{ "5.3 just past", "Expires: @-1\nDate: @0", -2 },
	{ "5.3 long past",
	    "Expires: Thu, 01 Jan 1970 00:00:00 GMT\nDate: Thu, 01 Jan 2026 00:00:00 GMT",
	    -1767225600 },
	{ "5.3 present", "Expires: @0\nDate: @0", 0 },
	{ "5.3 older than Date, both fast", "Expires: @300\nDate: @400", -100 },
	{ "5.3 both slow", "Expires: @-100\nDate: @-200", 100 },
	{ "5.3 no Date", "Expires: @100", 100 },
	{ "5.3 bad Date", "Date: foo\nExpires: @10", 10 },
	{ "5.3 zero", "Expires: 0\nDate: @0", 0 },
	{ "5.3 minus one", "Expires: -1\nDate: @0", 0 },
	{ "5.3 empty", "Expires: \nDate: @0", 0 },
	{ "5.3 max-age over past", "Cache-Control: max-age=3600\nExpires: @-10000\nDate: @0",
	    3600 },
	{ "5.3 max-age over invalid", "Cache-Control: max-age=3600\nExpires: 0\nDate: @0", 3600 },
	{ "5.3 max-age=0 over future", "Cache-Control: max-age=0\nExpires: @10000\nDate: @0", 0 },
	{ "4.2.1 two, differing", "Expires: @100\nExpires: @200\nDate: @0", 0 },
	{ "4.2.1 two, equal", "Expires: @100\nExpires: @100\nDate: @0", 100 },
	{ "4.2.1 two, malformed",
	    "Expires: Thu, 18 Aug 2050 2:01:18 GMT\nExpires: Thu, 18 Aug 2050 2:01:19 GMT", 0 },
	{ "9213 not a CDN", "CDN-Cache-Control: max-age=3600", -1 },
	{ "9213 not a CDN, no-store", "CDN-Cache-Control: no-store\nCache-Control: max-age=60",
	    60 },
	{ "surrogate", "Surrogate-Control: max-age=3600\nCache-Control: max-age=1", 1 },
	{ "Pragma", "Pragma: no-cache\nCache-Control: max-age=60", 60 },
};

START_TEST(rfc9111_4_2_1_lifetime)
{
	const struct life_case	*c = &life_cases[_i];
	struct given		 g;

	given_start(&g);
	given_reply(&g, 200, c->reply, T0);
	ck_assert_msg(g.at.lifetime == c->lifetime, "%s: %lld", c->clause,
	    (long long)g.at.lifetime);
	given_end(&g);
}
END_TEST

static const struct date_case { const char *text; bool valid; } date_cases[] = {
	{ "Thu, 18 Aug 2050 02:01:18 GMT", true },
	{ "Tue, 19 Jan 2038 14:14:08 GMT", true },
	{ "Sun, 21 Nov 2286 04:46:39 GMT", true },
	{ "Thursday, 18-Aug-50 02:01:18 GMT", true },
	{ "Thu Aug  8 02:01:18 2050", true },
	{ "THU, 18 Aug 2050 02:01:18 GMT", true },
	{ "thu, 18 aug 2050 02:01:18 gmt", true },
	{ "Thu, 18 AUG 2050 02:01:18 GMT", true },
	{ "Thu, 18 Aug 2050 02:01:18 gMT", true },
	{ "THURSDAY, 18-aug-50 02:01:18 Gmt", true },
	{ "THU AUG  8 02:01:18 2050", true },
	{ "Thu, 18 Aug 2050 02:01:18 UTC", false },
	{ "Thu, 18 Aug 2050 02:01:18 AEST", false },
	{ "Thu, 18 Aug 2050 02:01:18 +0000", false },
	{ "Thu, 18 Aug 50 02:01:18 GMT", false },
	{ "Thu 18 Aug 2050 02:01:18 GMT", false },
	{ "Thu, 18  Aug  2050 02:01:18 GMT", false },
	{ "Thu, 18-Aug-2050 02:01:18 GMT", false },
	{ "Thu, 18 Aug 2050 02.01.18 GMT", false },
	{ "Thu, 18 Aug 2050 2:01:18 GMT", false },
	{ "Thu, 32 Aug 2050 02:01:18 GMT", false },
	{ "2524608000", false },
	{ "GMT", false },
	{ "", false },
	{ "Thu, 18 Aug 2050 02:01:18 GMT and more text behind it", false },
};

START_TEST(rfc9111_4_2_dates)
{
	int64_t	 v;

	ck_assert_msg(cachedate_parse(span_of(date_cases[_i].text), T0, &v) == date_cases[_i].valid,
	    "%s", date_cases[_i].text);
}
END_TEST

static const struct age_case { const char *fields; int64_t age; } age_cases[] = {
	{ "A: b", 0 }, { "Age: 0", 0 }, { "Age: 7200", 7200 }, { "Age: 007", 7 },
	{ "Age: abc", 0 }, { "Age: -7200", 0 }, { "Age: 7200.0", 0 }, { "Age: ", 0 },
	{ "Age: 7200,0", 7200 }, { "Age: 7200\nAge: 0", 7200 }, { "Age: 0,7200", 0 },
	{ "Age: 0\nAge: 7200", 0 },
	{ "Age: 0, 0", 0 }, { "Age: 7200, 7200", 7200 }, { "Age: 7200\nAge: 7200", 7200 },
	{ "Age: \"7200\"", 0 }, { "Age: 2147483648", 2147483647 },
	{ "Age: 999999999999999999999999", 2147483647 }, { "Age: 7 200", 0 },
};

START_TEST(rfc9111_5_1_age_value)
{
	struct given	 g;

	given_start(&g);
	given_reply(&g, 200, age_cases[_i].fields, T0);
	ck_assert_msg(storedattr_age_value(&g.reply) == age_cases[_i].age, "%s",
	    age_cases[_i].fields);
	given_end(&g);
}
END_TEST

/* Sent at T0 + sent, received at T0 + received, asked for at T0 + now. */
static const struct current_case {
	const char	*clause, *reply;
	int64_t		 sent, received, now, age;
} current_cases[] = {
	{ "resident", "Date: @0", 0, 0, 10, 10 },
	{ "no Date", "A: b", 0, 0, 10, 10 },
	{ "Age", "Date: @0\nAge: 30", 0, 0, 2, 32 },
	{ "apparent_age", "Date: @-100", 0, 0, 0, 100 },
	{ "apparent_age below Age", "Date: @-100\nAge: 150", 0, 0, 0, 150 },
	{ "apparent_age above Age", "Date: @-100\nAge: 50", 0, 0, 0, 100 },
	{ "fast Date", "Date: @100", 0, 0, 0, 0 },
	{ "fast Date, resident", "Date: @100", 0, 0, 7, 7 },
	{ "response_delay", "Date: @5", 0, 5, 5, 5 },
	{ "response_delay and Age", "Date: @5\nAge: 10", 0, 5, 6, 16 },
	{ "bad Date", "Date: yesterday\nAge: 3", 0, 0, 1, 4 },
	{ "two Dates", "Date: @-50\nDate: @-60", 0, 0, 1, 1 },
	{ "clock set back", "Date: @0\nAge: 3", 0, 0, -1000, 3 },
	{ "clock set back between", "Date: @0", 10, 0, 0, 0 },
	{ "overflow", "Age: 99999999999", 0, 0, 1000, 2147483647 },
	{ "epoch Date", "Date: Thu, 01 Jan 1970 00:00:00 GMT", 0, 0, 0, T0 },
};

START_TEST(rfc9111_4_2_3_current_age)
{
	const struct current_case	*c = &current_cases[_i];
	struct given			 g;

	given_start(&g);
	given_reply(&g, 200, c->reply, T0);
	storedattr_fill(&g.at, &g.reply, &g.reply_cc, &g.policy, T0 + c->sent, T0 + c->received);
	ck_assert_msg(freshness_age(&g.at, T0 + c->now) == c->age, "%s: %lld", c->clause,
	    (long long)freshness_age(&g.at, T0 + c->now));
	given_end(&g);
}
END_TEST

/* refresh_pattern MIN PERCENT MAX (minutes) options */
static const struct pattern_case {
	const char		*what;
	unsigned		 status;
	const char		*reply;
	int64_t			 min;
	uint32_t		 percent;
	int64_t			 max;
	uint32_t		 flags;
	int64_t			 lifetime;
	enum freshness_basis	 basis;
} pattern_cases[] = {
	{ "default, nothing", 200, "Date: @0", 0, 20, 4320, 0, 0, FRESHNESS_MIN },
	{ "factor", 200, "Date: @0\nLast-Modified: @-1000", 0, 20, 4320, 0, 200, FRESHNESS_FACTOR },
	{ "factor over min", 200, "Date: @0\nLast-Modified: @-1000", 60, 20, 4320, 0, 200,
	    FRESHNESS_FACTOR },
	{ "override-lastmod", 200, "Date: @0\nLast-Modified: @-1000", 60, 20, 4320,
	    REFRESH_OVERRIDE_LASTMOD, 3600, FRESHNESS_OVERRIDE },
	{ "override-lastmod, factor longer", 200, "Date: @0\nLast-Modified: @-1000", 1, 20, 4320,
	    REFRESH_OVERRIDE_LASTMOD, 200, FRESHNESS_FACTOR },
	{ "max", 200, "Date: @0\nLast-Modified: @-100000000", 0, 20, 60, 0, 3600,
	    FRESHNESS_FACTOR },
	{ "max over min", 200, "Date: @0", 100, 20, 60, 0, 3600, FRESHNESS_MIN },
	{ "min", 200, "Date: @0", 5, 20, 60, 0, 300, FRESHNESS_MIN },
	{ "modified in the future", 200, "Date: @0\nLast-Modified: @50", 5, 20, 60, 0, 300,
	    FRESHNESS_MIN },
	{ "modified now", 200, "Date: @0\nLast-Modified: @0", 0, 20, 60, 0, 0, FRESHNESS_MIN },
	{ "0%", 200, "Date: @0\nLast-Modified: @-1000", 0, 0, 0, 0, 0, FRESHNESS_FACTOR },
	{ "200%", 200, "Date: @0\nLast-Modified: @-1000", 0, 200, 4320, 0, 2000, FRESHNESS_FACTOR },
	{ "explicit over min", 200, "Cache-Control: max-age=10", 5, 20, 60, 0, 10,
	    FRESHNESS_EXPLICIT },
	{ "explicit over max", 200, "Cache-Control: max-age=100000", 5, 20, 60, 0, 100000,
	    FRESHNESS_EXPLICIT },
	{ "override-expire", 200, "Cache-Control: max-age=10", 5, 20, 60, REFRESH_OVERRIDE_EXPIRE,
	    300, FRESHNESS_OVERRIDE },
	{ "override-expire, Expires", 200, "Expires: @-10\nDate: @0", 5, 20, 60,
	    REFRESH_OVERRIDE_EXPIRE, 300, FRESHNESS_OVERRIDE },
	{ "override-expire does not shorten", 200, "Cache-Control: max-age=1000", 5, 20, 60,
	    REFRESH_OVERRIDE_EXPIRE, 1000, FRESHNESS_EXPLICIT },
	{ "override-expire, must-revalidate", 200, "Cache-Control: max-age=10, must-revalidate", 5,
	    20, 60, REFRESH_OVERRIDE_EXPIRE, 10, FRESHNESS_EXPLICIT },
	{ "301", 301, "Date: @0\nLast-Modified: @-1000", 0, 20, 4320, 0, 200, FRESHNESS_FACTOR },
	{ "302", 302, "Date: @0\nLast-Modified: @-1000", 60, 20, 4320, 0, 0, FRESHNESS_NONE },
	{ "404 by factor", 404, "Date: @0\nLast-Modified: @-1000", 60, 20, 4320, 0, 200,
	    FRESHNESS_FACTOR },
	{ "404 not by min", 404, "Date: @0", 60, 20, 4320, 0, 0, FRESHNESS_NONE },
	{ "503", 503, "Date: @0\nLast-Modified: @-1000", 60, 20, 4320, 0, 0, FRESHNESS_NONE },
	{ "599 public", 599, "Date: @0\nLast-Modified: @-1000\nCache-Control: public", 60, 20, 4320,
	    0, 200, FRESHNESS_FACTOR },
	{ "Pragma", 200, "Date: @0\nLast-Modified: @-1000\nPragma: no-cache", 60, 20, 4320, 0, 0,
	    FRESHNESS_NONE },
	{ "Pragma unknown", 200, "Date: @0\nLast-Modified: @-1000\nPragma: x", 60, 20, 4320, 0, 200,
	    FRESHNESS_FACTOR },
	{ "very old", 200, "Date: @0\nLast-Modified: Thu, 01 Jan 1970 00:00:00 GMT", 0, 1000000,
	    525600, 0, 31536000, FRESHNESS_FACTOR },
};

START_TEST(rfc9111_4_2_2_heuristics_by_refresh_pattern)
{
	const struct pattern_case	*c = &pattern_cases[_i];
	struct given			 g;
	struct freshness		 f;

	given_start(&g);
	g.rule = (struct refresh_rule){ c->min * 60, c->max * 60, -1, c->percent, c->flags };
	given_reply(&g, c->status, c->reply, T0);
	f = freshness_of(&g.at, &g.rule, &g.policy, T0);
	ck_assert_msg(f.lifetime == c->lifetime && f.basis == c->basis, "%s: %lld, %d", c->what,
	    (long long)f.lifetime, (int)f.basis);
	given_end(&g);
}
END_TEST

START_TEST(negative_ttl)
{
	static const struct { unsigned status; int64_t lifetime; } cases[] = {
		{ 204, 7 }, { 305, 7 }, { 403, 7 }, { 404, 7 }, { 405, 7 }, { 414, 7 }, { 421, 7 },
		{ 500, 7 }, { 501, 7 }, { 502, 7 }, { 503, 7 }, { 504, 7 }, { 400, 0 }, { 302, 0 },
		{ 200, 0 }, { 410, 0 },
	};
	struct given	 g;

	given_start(&g);
	g.policy.negative_ttl_s = 7;
	given_reply(&g, cases[_i].status, "Date: @0", T0);
	ck_assert_msg(freshness_of(&g.at, &g.rule, &g.policy, T0).lifetime == cases[_i].lifetime,
	    "%u", cases[_i].status);
	given_reply(&g, cases[_i].status, "Cache-Control: max-age=99", T0);
	ck_assert_int_eq(freshness_of(&g.at, &g.rule, &g.policy, T0).lifetime, 99);
	given_end(&g);
}
END_TEST

START_TEST(vary_ignore_expire)
{
	struct given	 g;

	given_start(&g);
	g.policy.vary_ignore_expire = true;
	given_reply(&g, 200, "Date: @0\nExpires: @0\nVary: Foo", T0);
	ck_assert_int_eq(g.at.lifetime, -1);
	given_reply(&g, 200, "Date: @0\nExpires: @0", T0);
	ck_assert_int_eq(g.at.lifetime, 0);
	given_reply(&g, 200, "Date: @0\nExpires: @9\nVary: Foo", T0);
	ck_assert_int_eq(g.at.lifetime, 9);
	given_end(&g);
}
END_TEST

/*
 * A clock that was set back makes nothing fresh for longer; a little is only a clock being
 * adjusted.
 */
START_TEST(rfc9111_4_2_3_clock_set_back)
{
	static const struct { int64_t back; bool fresh; } cases[] =
	    { { 0, true }, { 60, true }, { 61, false }, { 3600, false }, { INT32_MAX, false } };
	struct given		 g;
	struct freshness	 f;

	given_start(&g);
	given_reply(&g, 200, "Date: @0\nCache-Control: max-age=600", T0);
	f = freshness_of(&g.at, &g.rule, &g.policy, T0 - cases[_i].back);
	ck_assert_msg(freshness_fresh(&f) == cases[_i].fresh, "%lld back",
	    (long long)cases[_i].back);
	given_reply(&g, 200, "Date: @-9", T0);
	g.rule.min_s = 100;
	g.rule.flags = REFRESH_OVERRIDE_EXPIRE;
	f = freshness_of(&g.at, &g.rule, &g.policy, T0 - cases[_i].back);
	ck_assert_int_eq(freshness_fresh(&f), cases[_i].fresh);
	given_end(&g);
}
END_TEST

START_TEST(fresh_means_longer_than_its_age)
{
	struct freshness	 f = { 10, 11, FRESHNESS_EXPLICIT };

	ck_assert(freshness_fresh(&f) && freshness_staleness(&f) == -1);
	f.age = 11;
	ck_assert(!freshness_fresh(&f) && freshness_staleness(&f) == 0);
	f.age = 15;
	ck_assert_int_eq(freshness_staleness(&f), 4);
}
END_TEST

Suite *
suite_freshness(void)
{
	Suite	*s = suite_create("freshness");
	TCase	*c = tcase_create("freshness");

	tcase_add_loop_test(c, rfc9111_4_2_1_lifetime, 0, sizeof life_cases / sizeof *life_cases);
	tcase_add_loop_test(c, rfc9111_4_2_dates, 0, sizeof date_cases / sizeof *date_cases);
	tcase_add_loop_test(c, rfc9111_5_1_age_value, 0, sizeof age_cases / sizeof *age_cases);
	tcase_add_loop_test(c, rfc9111_4_2_3_current_age, 0,
	    sizeof current_cases / sizeof *current_cases);
	tcase_add_loop_test(c, rfc9111_4_2_2_heuristics_by_refresh_pattern, 0,
	    sizeof pattern_cases / sizeof *pattern_cases);
	tcase_add_loop_test(c, negative_ttl, 0, 16);
	tcase_add_test(c, vary_ignore_expire);
	tcase_add_loop_test(c, rfc9111_4_2_3_clock_set_back, 0, 5);
	tcase_add_test(c, fresh_means_longer_than_its_age);
	suite_add_tcase(s, c);
	return s;
}
