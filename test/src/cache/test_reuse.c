/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a stored answer may be sent (RFC 9111, 4, 4.2.4, 5.2.1; RFC 5861; RFC 8246). */
#include "cache/reuse.h"
#include "given.h"

#define R100	"Cache-Control: max-age=100\nETag: \"a\"\nDate: @0"

/* The reply came at T0; the request comes at T0 + now. */
static const struct reuse_case {
	const char	*clause, *request, *reply;
	int64_t		 now;
	enum reuse	 want;
} reuse_cases[] = {
	{ "4 fresh", NULL, R100, 99, REUSE_FRESH },
	{ "4 stale", NULL, R100, 100, REUSE_VALIDATE },
	{ "4 stale, no validator", NULL, "Cache-Control: max-age=100\nDate: @0", 100,
	    REUSE_RELOAD },
	{ "4 Age", NULL, "Cache-Control: max-age=100\nAge: 50\nETag: \"a\"\nDate: @0", 50,
	    REUSE_VALIDATE },

	{ "5.2.1.1 max-age=0", "Cache-Control: max-age=0", R100, 0, REUSE_VALIDATE },
	{ "5.2.1.1 max-age=1", "Cache-Control: max-age=1", R100, 1, REUSE_FRESH },
	{ "5.2.1.1 max-age=1, older", "Cache-Control: max-age=1", R100, 2, REUSE_VALIDATE },
	{ "5.2.1.1 Age counts", "Cache-Control: max-age=600",
	    "Cache-Control: max-age=3600\nAge: 1800\nETag: \"a\"", 0, REUSE_VALIDATE },
	{ "5.2.1.1 longer does not freshen", "Cache-Control: max-age=1000", R100, 100,
	    REUSE_VALIDATE },
	{ "5.2.1.1 malformed is 0", "Cache-Control: max-age=x", R100, 0, REUSE_VALIDATE },
	{ "5.2.1.2 max-stale any", "Cache-Control: max-stale", R100, 100000, REUSE_STALE },
	{ "5.2.1.2 max-stale", "Cache-Control: max-stale=1000", "Cache-Control: max-age=1", 1001,
	    REUSE_STALE },
	{ "5.2.1.2 max-stale exceeded", "Cache-Control: max-stale=1000", "Cache-Control: max-age=1",
	    1002, REUSE_RELOAD },
	{ "5.2.1.2 max-stale and Age", "Cache-Control: max-stale=1000",
	    "Cache-Control: max-age=1500\nAge: 2000", 0, REUSE_STALE },
	{ "5.2.1.2 must-revalidate", "Cache-Control: max-stale",
	    "Cache-Control: max-age=1, must-revalidate\nETag: \"a\"", 5, REUSE_VALIDATE },
	{ "5.2.1.2 proxy-revalidate", "Cache-Control: max-stale",
	    "Cache-Control: max-age=1, proxy-revalidate\nETag: \"a\"", 5, REUSE_VALIDATE },
	{ "5.2.1.2 s-maxage", "Cache-Control: max-stale", "Cache-Control: s-maxage=1\nETag: \"a\"",
	    5, REUSE_VALIDATE },
	{ "5.2.1.2 no-cache", "Cache-Control: max-stale", "Cache-Control: no-cache\nETag: \"a\"", 5,
	    REUSE_VALIDATE },
	{ "5.2.1.2 with max-age", "Cache-Control: max-stale=50, max-age=120", R100, 110,
	    REUSE_STALE },
	{ "5.2.1.2 with max-age exceeded", "Cache-Control: max-stale=50, max-age=105", R100, 110,
	    REUSE_VALIDATE },
	{ "5.2.1.3 min-fresh", "Cache-Control: min-fresh=50", R100, 50, REUSE_FRESH },
	{ "5.2.1.3 min-fresh short", "Cache-Control: min-fresh=50", R100, 51, REUSE_VALIDATE },
	{ "5.2.1.3 min-fresh too long", "Cache-Control: min-fresh=2000",
	    "Cache-Control: max-age=1500\nETag: \"a\"", 0, REUSE_VALIDATE },
	{ "5.2.1.3 min-fresh and Age", "Cache-Control: min-fresh=1000",
	    "Cache-Control: max-age=1500\nAge: 1000\nETag: \"a\"", 0, REUSE_VALIDATE },
	{ "5.2.1.3 min-fresh against max-stale", "Cache-Control: min-fresh=1, max-stale", R100, 100,
	    REUSE_VALIDATE },
	{ "5.2.1.4 no-cache", "Cache-Control: no-cache", R100, 0, REUSE_RELOAD },
	{ "5.2.1.5 no-store", "Cache-Control: no-store", R100, 0, REUSE_BYPASS },
	{ "5.2.1.6 no-transform", "Cache-Control: no-transform", R100, 0, REUSE_FRESH },
	{ "5.2.1.7 fresh", "Cache-Control: only-if-cached", R100, 0, REUSE_FRESH },
	{ "5.2.1.7 stale", "Cache-Control: only-if-cached", R100, 100, REUSE_ONLY_CACHED },
	{ "5.2.1.7 and max-stale", "Cache-Control: only-if-cached, max-stale", R100, 100,
	    REUSE_STALE },
	{ "5.2.1.7 and no-cache", "Cache-Control: only-if-cached, no-cache", R100, 0,
	    REUSE_ONLY_CACHED },
	{ "5.2.1.7 and no-store", "Cache-Control: only-if-cached, no-store", R100, 0,
	    REUSE_ONLY_CACHED },
	{ "5.2.1.7 and SWR", "Cache-Control: only-if-cached",
	    "Cache-Control: max-age=1, stale-while-revalidate=99", 5, REUSE_ONLY_CACHED },
	{ "5.4 Pragma", "Pragma: no-cache", R100, 0, REUSE_RELOAD },
	{ "5.4 Pragma unknown", "Pragma: unrecognised-extension", R100, 0, REUSE_FRESH },
	{ "5.4 Cache-Control is there", "Pragma: no-cache\nCache-Control: max-age=50", R100, 0,
	    REUSE_FRESH },

	{ "5.2.2.4 no-cache", NULL, "Cache-Control: max-age=100, no-cache\nETag: \"a\"", 0,
	    REUSE_VALIDATE },
	{ "5.2.2.4 any case", NULL, "Cache-Control: max-age=100, No-CaChE\nETag: \"a\"", 0,
	    REUSE_VALIDATE },
	{ "5.2.2.4 with fields", NULL, "Cache-Control: max-age=100, no-cache=\"x\"\nETag: \"a\"", 0,
	    REUSE_FRESH },
	{ "5.2.2.4 with no list", NULL, "Cache-Control: max-age=100, no-cache=\"x y\"\nETag: \"a\"",
	    0, REUSE_VALIDATE },
	{ "5.2.2.4 with an empty list", NULL,
	    "Cache-Control: max-age=100, no-cache=\"\"\nETag: \"a\"", 0, REUSE_VALIDATE },
	{ "5.2.2.4 two lists", NULL,
	    "Cache-Control: max-age=100, no-cache=\"x\", no-cache=\"y\"\nETag: \"a\"", 0,
	    REUSE_VALIDATE },
	{ "5.2.2.4 takes the tag", NULL,
	    "Cache-Control: max-age=100, no-cache=\"etag\"\nETag: \"a\"", 100, REUSE_RELOAD },
	{ "5.2.2.7 takes the date", NULL,
	    "Cache-Control: max-age=100, private=\"x, Last-Modified\"\nLast-Modified: @-5", 100,
	    REUSE_RELOAD },
	{ "5.2.2.2 fresh", NULL, "Cache-Control: max-age=100, must-revalidate", 0, REUSE_FRESH },
	{ "5.2.2.2 stale", NULL, "Cache-Control: max-age=100, must-revalidate\nETag: \"a\"", 100,
	    REUSE_VALIDATE },

	{ "5861 3 within", NULL,
	    "Cache-Control: max-age=100, stale-while-revalidate=60\nETag: \"a\"", 160,
	    REUSE_REVALIDATE_BEHIND },
	{ "5861 3 at once", NULL,
	    "Cache-Control: max-age=100, stale-while-revalidate=60\nETag: \"a\"", 100,
	    REUSE_REVALIDATE_BEHIND },
	{ "5861 3 beyond", NULL,
	    "Cache-Control: max-age=100, stale-while-revalidate=60\nETag: \"a\"", 161,
	    REUSE_VALIDATE },
	{ "5861 3 fresh", NULL, "Cache-Control: max-age=100, stale-while-revalidate=60", 99,
	    REUSE_FRESH },
	{ "5861 3 no validator", NULL, "Cache-Control: max-age=100, stale-while-revalidate=60", 130,
	    REUSE_REVALIDATE_BEHIND },
	{ "5861 3 must-revalidate", NULL,
	    "Cache-Control: max-age=100, stale-while-revalidate=60, must-revalidate\nETag: \"a\"",
	    130, REUSE_VALIDATE },
	{ "5861 3 request's no-cache", "Cache-Control: no-cache",
	    "Cache-Control: max-age=100, stale-while-revalidate=60", 130, REUSE_RELOAD },
	{ "5861 3 request's max-age", "Cache-Control: max-age=50",
	    "Cache-Control: max-age=100, stale-while-revalidate=60\nETag: \"a\"", 130,
	    REUSE_VALIDATE },
	{ "5861 3 request's min-fresh", "Cache-Control: min-fresh=5",
	    "Cache-Control: max-age=100, stale-while-revalidate=60\nETag: \"a\"", 130,
	    REUSE_VALIDATE },

	{ "8246 fresh, max-age=0", "Cache-Control: max-age=0",
	    "Cache-Control: max-age=100, immutable\nETag: \"a\"", 10, REUSE_FRESH },
	{ "8246 fresh, no-cache", "Cache-Control: no-cache",
	    "Cache-Control: max-age=100, immutable\nETag: \"a\"", 10, REUSE_RELOAD },
	{ "8246 stale", "Cache-Control: max-age=0",
	    "Cache-Control: max-age=100, immutable\nETag: \"a\"", 100, REUSE_VALIDATE },
	{ "8246 max-age=5", "Cache-Control: max-age=5",
	    "Cache-Control: max-age=100, immutable\nETag: \"a\"", 10, REUSE_VALIDATE },
};

static struct reuse_in
in_of(struct given *g, int64_t now)
{
	return (struct reuse_in){ &g->req, &g->req_cc, &g->at, &g->rule, &g->policy, T0 + now };
}

START_TEST(rfc9111_4_reuse)
{
	const struct reuse_case	*c = &reuse_cases[_i];
	struct given		 g;
	struct reuse_in		 in;
	struct reuse_verdict	 v;

	given_start(&g);
	given_request(&g, "GET", c->request);
	given_reply(&g, 200, c->reply, T0);
	in = in_of(&g, c->now);
	v = reuse_judge(&in);
	ck_assert_msg(v.what == c->want, "%s: %d", c->clause, (int)v.what);
	given_end(&g);
}
END_TEST

static const struct squid_case {
	const char	*what, *request, *reply;
	int64_t		 now;
	uint32_t	 flags;
	struct cachepolicy policy;
	enum reuse	 want;
} squid_cases[] = {
	{ "ignore-reload", "Cache-Control: no-cache", R100, 1, REFRESH_IGNORE_RELOAD, { 0 },
	    REUSE_FRESH },
	{ "ignore-reload, Pragma", "Pragma: no-cache", R100, 1, REFRESH_IGNORE_RELOAD, { 0 },
	    REUSE_FRESH },
	{ "ignore-reload, max-age=0", "Cache-Control: max-age=0", R100, 1, REFRESH_IGNORE_RELOAD,
	    { 0 }, REUSE_FRESH },
	{ "ignore-reload, max-age=1", "Cache-Control: max-age=1", R100, 2, REFRESH_IGNORE_RELOAD,
	    { 0 }, REUSE_VALIDATE },
	{ "ignore-reload, stale", "Cache-Control: no-cache", R100, 100, REFRESH_IGNORE_RELOAD,
	    { 0 }, REUSE_VALIDATE },
	{ "reload-into-ims", "Cache-Control: no-cache", R100, 1, REFRESH_RELOAD_INTO_IMS, { 0 },
	    REUSE_VALIDATE },
	{ "reload_into_ims", "Cache-Control: no-cache", R100, 1, 0, { .reload_into_ims = true },
	    REUSE_VALIDATE },
	{ "reload_into_ims without validator", "Cache-Control: no-cache",
	    "Cache-Control: max-age=100", 1, 0, { .reload_into_ims = true }, REUSE_RELOAD },
	{ "refresh-ims", "If-Modified-Since: @0", R100, 1, REFRESH_REFRESH_IMS, { 0 },
	    REUSE_VALIDATE },
	{ "refresh-ims, no IMS", NULL, R100, 1, REFRESH_REFRESH_IMS, { 0 }, REUSE_FRESH },
	{ "refresh_all_ims", "If-Modified-Since: @0", R100, 1, 0, { .refresh_all_ims = true },
	    REUSE_VALIDATE },
	{ "refresh_all_ims off", "If-Modified-Since: @0", R100, 1, 0, { 0 }, REUSE_FRESH },
	{ "offline_mode, fresh", NULL, R100, 1, 0, { .offline = true }, REUSE_FRESH },
	{ "offline_mode, stale", NULL, R100, 1000, 0, { .offline = true }, REUSE_STALE },
	{ "offline_mode, must-revalidate", NULL, "Cache-Control: max-age=1, must-revalidate", 1000,
	    0, { .offline = true }, REUSE_STALE },
	{ "offline_mode, no-cache", "Cache-Control: no-cache", R100, 1000, 0, { .offline = true },
	    REUSE_STALE },
	{ "offline_mode, only-if-cached", "Cache-Control: only-if-cached", R100, 1000, 0,
	    { .offline = true }, REUSE_STALE },
	{ "ignore-no-store, request", "Cache-Control: no-store", R100, 1, REFRESH_IGNORE_NO_STORE,
	    { 0 }, REUSE_BYPASS },
};

START_TEST(squid_reuse)
{
	const struct squid_case	*c = &squid_cases[_i];
	struct given		 g;
	struct reuse_in		 in;
	struct reuse_verdict	 v;

	given_start(&g);
	g.policy = c->policy;
	g.rule.flags = c->flags;
	given_request(&g, "GET", c->request);
	given_reply(&g, 200, c->reply, T0);
	in = in_of(&g, c->now);
	v = reuse_judge(&in);
	ck_assert_msg(v.what == c->want, "%s: %d", c->what, (int)v.what);
	given_end(&g);
}
END_TEST

/* Validation failed at T0 + now. */
static const struct failed_case {
	const char		*clause, *request, *reply;
	int64_t			 now, rule_max_stale, max_stale;
	enum reuse_failure	 how;
	enum reuse_instead	 want;
} failed_cases[] = {
	{ "4.2.4 unreachable", NULL, R100, 200, -1, 604800, REUSE_UNREACHABLE, REUSE_SEND_STALE },
	{ "4.3.3 503", NULL, R100, 200, -1, 604800, REUSE_ERROR_STATUS, REUSE_SEND_STALE },
	{ "max_stale", NULL, R100, 100 + 604800, -1, 604800, REUSE_UNREACHABLE, REUSE_SEND_STALE },
	{ "max_stale exceeded", NULL, R100, 101 + 604800, -1, 604800, REUSE_UNREACHABLE,
	    REUSE_PASS_ERROR },
	{ "max_stale 0", NULL, R100, 101, -1, 0, REUSE_UNREACHABLE, REUSE_PASS_ERROR },
	{ "max_stale none", NULL, R100, INT32_MAX, -1, -1, REUSE_UNREACHABLE, REUSE_SEND_STALE },
	{ "max-stale=", NULL, R100, 111, 10, 604800, REUSE_UNREACHABLE, REUSE_PASS_ERROR },
	{ "max-stale= within", NULL, R100, 110, 10, 0, REUSE_UNREACHABLE, REUSE_SEND_STALE },
	{ "5.2.2.2", NULL, "Cache-Control: max-age=2, must-revalidate", 5, -1, 604800,
	    REUSE_UNREACHABLE, REUSE_GATEWAY_TIMEOUT },
	{ "5.2.2.2 503", NULL, "Cache-Control: max-age=2, must-revalidate", 5, -1, 604800,
	    REUSE_ERROR_STATUS, REUSE_PASS_ERROR },
	{ "5.2.2.8", NULL, "Cache-Control: max-age=2, proxy-revalidate", 5, -1, 604800,
	    REUSE_UNREACHABLE, REUSE_GATEWAY_TIMEOUT },
	{ "5.2.2.10", NULL, "Cache-Control: s-maxage=2", 5, -1, 604800, REUSE_UNREACHABLE,
	    REUSE_GATEWAY_TIMEOUT },
	{ "5.2.2.4", NULL, "Cache-Control: no-cache, max-age=100", 5, -1, 604800, REUSE_UNREACHABLE,
	    REUSE_GATEWAY_TIMEOUT },
	{ "5.2.2.2 still fresh", "Cache-Control: max-age=0",
	    "Cache-Control: max-age=9, must-revalidate", 5, -1, 604800, REUSE_UNREACHABLE,
	    REUSE_SEND_STALE },
	{ "5861 4 within", NULL, "Cache-Control: max-age=2, stale-if-error=60", 62, -1, 604800,
	    REUSE_ERROR_STATUS, REUSE_SEND_STALE },
	{ "5861 4 above max_stale", NULL, "Cache-Control: max-age=2, stale-if-error=60", 40, -1, 30,
	    REUSE_ERROR_STATUS, REUSE_PASS_ERROR },
	{ "5861 4 above max-stale=", NULL, "Cache-Control: max-age=2, stale-if-error=60", 40, 30,
	    604800, REUSE_ERROR_STATUS, REUSE_PASS_ERROR },
	{ "5861 4 beyond", NULL, "Cache-Control: max-age=2, stale-if-error=60", 63, -1, 604800,
	    REUSE_ERROR_STATUS, REUSE_PASS_ERROR },
	{ "5861 4 zero", NULL, "Cache-Control: max-age=2, stale-if-error=0", 9, -1, 604800,
	    REUSE_UNREACHABLE, REUSE_PASS_ERROR },
	{ "5861 4 request", "Cache-Control: stale-if-error=60", "Cache-Control: max-age=2", 62, -1,
	    604800, REUSE_UNREACHABLE, REUSE_SEND_STALE },
	{ "5861 4 request, beyond", "Cache-Control: stale-if-error=60", "Cache-Control: max-age=2",
	    63, -1, 604800, REUSE_UNREACHABLE, REUSE_PASS_ERROR },
	{ "5861 4 must-revalidate", NULL,
	    "Cache-Control: max-age=2, stale-if-error=60, must-revalidate", 5, -1, 604800,
	    REUSE_UNREACHABLE, REUSE_GATEWAY_TIMEOUT },
	{ "5.2.1.4 asked for anew", "Cache-Control: no-cache", R100, 5, -1, 604800,
	    REUSE_UNREACHABLE, REUSE_PASS_ERROR },
	{ "5.2.1.1 reload button", "Cache-Control: max-age=0", R100, 5, -1, 604800,
	    REUSE_UNREACHABLE, REUSE_SEND_STALE },
};

START_TEST(rfc9111_4_2_4_stale_when_validation_fails)
{
	const struct failed_case	*c = &failed_cases[_i];
	struct given			 g;
	struct reuse_in			 in;

	given_start(&g);
	g.policy.max_stale_s = c->max_stale;
	g.rule.max_stale_s = c->rule_max_stale;
	given_request(&g, "GET", c->request);
	given_reply(&g, 200, c->reply, T0);
	in = in_of(&g, c->now);
	ck_assert_msg(reuse_failed(&in, c->how) == c->want, "%s: %d", c->clause,
	    (int)reuse_failed(&in, c->how));
	given_end(&g);
}
END_TEST

START_TEST(rfc5861_4_which_errors)
{
	for (unsigned status = 200; status < 1000; status++)
		ck_assert_int_eq(reuse_is_failure(status), status == 500 ||
		    (status >= 502 && status <= 504));
}
END_TEST

START_TEST(nothing_stored)
{
	struct given	 g;

	given_start(&g);
	ck_assert_int_eq(reuse_miss(&g.req_cc), REUSE_RELOAD);
	given_request(&g, "GET", "Cache-Control: only-if-cached");
	ck_assert_int_eq(reuse_miss(&g.req_cc), REUSE_ONLY_CACHED);
	given_request(&g, "GET", "Cache-Control: no-store");
	ck_assert_int_eq(reuse_miss(&g.req_cc), REUSE_BYPASS);
	given_end(&g);
}
END_TEST

Suite *
suite_reuse(void)
{
	Suite	*s = suite_create("reuse");
	TCase	*c = tcase_create("reuse");

	tcase_add_loop_test(c, rfc9111_4_reuse, 0, sizeof reuse_cases / sizeof *reuse_cases);
	tcase_add_loop_test(c, squid_reuse, 0, sizeof squid_cases / sizeof *squid_cases);
	tcase_add_loop_test(c, rfc9111_4_2_4_stale_when_validation_fails, 0,
	    sizeof failed_cases / sizeof *failed_cases);
	tcase_add_test(c, rfc5861_4_which_errors);
	tcase_add_test(c, nothing_stored);
	suite_add_tcase(s, c);
	return s;
}
