/* SPDX-License-Identifier: Apache-2.0 */
/* What may be stored (RFC 9111, 3). */
#include "cache/statusclass.h"
#include "given.h"

#define FRESH	"Cache-Control: max-age=3600\nDate: @0"

static const struct store_case {
	const char	*clause, *method, *request;
	unsigned	 status;
	const char	*reply;
	enum storable	 want;
} store_cases[] = {
	/* 3: the method */
	{ "3 GET", "GET", NULL, 200, FRESH, STORABLE_YES },
	{ "3 HEAD", "HEAD", NULL, 200, FRESH, STORABLE_METHOD },
	{ "3 POST", "POST", NULL, 200, FRESH, STORABLE_METHOD },
	{ "3 PUT", "PUT", NULL, 200, FRESH, STORABLE_METHOD },
	{ "3 DELETE", "DELETE", NULL, 204, FRESH, STORABLE_METHOD },
	{ "3 OPTIONS", "OPTIONS", NULL, 200, FRESH, STORABLE_METHOD },
	{ "3 unknown", "M-SEARCH", NULL, 200, FRESH, STORABLE_METHOD },
	{ "3 get", "get", NULL, 200, FRESH, STORABLE_METHOD },

	/* 3: the status */
	{ "3 200", "GET", NULL, 200, FRESH, STORABLE_YES },
	{ "3 201", "GET", NULL, 201, FRESH, STORABLE_YES },
	{ "3 203", "GET", NULL, 203, FRESH, STORABLE_YES },
	{ "3 204", "GET", NULL, 204, FRESH, STORABLE_YES },
	{ "3 206 unasked", "GET", NULL, 206, FRESH "\nETag: \"a\"\nContent-Range: bytes 0-1/4",
	    STORABLE_RANGE_UNASKED },
	{ "3 226", "GET", NULL, 226, FRESH, STORABLE_STATUS },
	{ "3 299", "GET", NULL, 299, FRESH, STORABLE_YES },
	{ "3 301", "GET", NULL, 301, FRESH, STORABLE_YES },
	{ "3 302", "GET", NULL, 302, FRESH, STORABLE_YES },
	{ "3 303", "GET", NULL, 303, FRESH, STORABLE_YES },
	{ "3 304", "GET", NULL, 304, FRESH, STORABLE_STATUS },
	{ "3 307", "GET", NULL, 307, FRESH, STORABLE_YES },
	{ "3 308", "GET", NULL, 308, FRESH, STORABLE_YES },
	{ "3 400", "GET", NULL, 400, FRESH, STORABLE_YES },
	{ "3 401", "GET", NULL, 401, FRESH, STORABLE_STATUS },
	{ "3 404", "GET", NULL, 404, FRESH, STORABLE_YES },
	{ "3 407", "GET", NULL, 407, FRESH, STORABLE_STATUS },
	{ "3 410", "GET", NULL, 410, FRESH, STORABLE_YES },
	{ "3 412", "GET", "If-Match: \"x\"", 412, FRESH, STORABLE_STATUS },
	{ "3 416", "GET", "Range: bytes=9-", 416, FRESH, STORABLE_STATUS },
	{ "3 417", "GET", NULL, 417, FRESH, STORABLE_STATUS },
	{ "3 426", "GET", NULL, 426, FRESH, STORABLE_STATUS },
	{ "RFC 6585 3 428", "GET", NULL, 428, FRESH, STORABLE_STATUS },
	{ "RFC 6585 4 429", "GET", NULL, 429, FRESH, STORABLE_STATUS },
	{ "RFC 6585 5 431", "GET", NULL, 431, FRESH, STORABLE_STATUS },
	{ "RFC 6585 6 511", "GET", NULL, 511, FRESH, STORABLE_STATUS },
	{ "3 499", "GET", NULL, 499, FRESH, STORABLE_YES },
	{ "3 500", "GET", NULL, 500, FRESH, STORABLE_YES },
	{ "3 502", "GET", NULL, 502, FRESH, STORABLE_YES },
	{ "3 503", "GET", NULL, 503, FRESH, STORABLE_YES },
	{ "3 504", "GET", NULL, 504, FRESH, STORABLE_YES },
	{ "3 599", "GET", NULL, 599, FRESH, STORABLE_YES },
	{ "3 302 without freshness", "GET", NULL, 302, "Date: @0\nETag: \"a\"",
	    STORABLE_NOT_EXPLICIT },
	{ "3 302 expired", "GET", NULL, 302, "Date: @0\nExpires: @0\nETag: \"a\"",
	    STORABLE_NOT_REUSABLE },
	{ "3 302 public", "GET", NULL, 302, "Date: @0\nETag: \"a\"\nCache-Control: public",
	    STORABLE_NOT_REUSABLE },
	{ "4.3.1 404 expired: no 304 says that it is still so", "GET", NULL, 404,
	    "Date: @0\nExpires: @0\nETag: \"a\"\nLast-Modified: @-5", STORABLE_NOT_REUSABLE },
	{ "4.3.1 500 expired", "GET", NULL, 500, "Date: @0\nExpires: @0\nLast-Modified: @-5",
	    STORABLE_NOT_REUSABLE },
	{ "4.3.1 203 expired", "GET", NULL, 203, "Date: @0\nExpires: @0\nETag: \"a\"",
	    STORABLE_YES },
	{ "3 500 without freshness", "GET", NULL, 500, "Date: @0\nETag: \"a\"",
	    STORABLE_NOT_EXPLICIT },
	{ "3 403 without freshness", "GET", NULL, 403, "Date: @0\nLast-Modified: @-1000",
	    STORABLE_NOT_EXPLICIT },
	{ "4.2.2 404 by Last-Modified", "GET", NULL, 404, "Date: @0\nLast-Modified: @-86400",
	    STORABLE_YES },
	{ "4.2.2 404 by nothing", "GET", NULL, 404, "Date: @0", STORABLE_NOT_REUSABLE },
	{ "4.2.2 599 public", "GET", NULL, 599,
	    "Date: @0\nLast-Modified: @-86400\nCache-Control: public", STORABLE_YES },

	/* 5.2.1.5: the request's no-store */
	{ "5.2.1.5", "GET", "Cache-Control: no-store", 200, FRESH, STORABLE_REQUEST_NO_STORE },
	{ "5.2.1.4 stores", "GET", "Cache-Control: no-cache", 200, FRESH, STORABLE_YES },
	{ "5.4 stores", "GET", "Pragma: no-cache", 200, FRESH, STORABLE_YES },

	/* 5.2.2.5 */
	{ "5.2.2.5", "GET", NULL, 200, "Cache-Control: no-store", STORABLE_NO_STORE },
	{ "5.2.2.5 any case", "GET", NULL, 200, "Cache-Control: No-StOrE", STORABLE_NO_STORE },
	{ "5.2.2.5 beats freshness", "GET", NULL, 200,
	    "Cache-Control: max-age=10000, no-store\nExpires: @10000\nDate: @0",
	    STORABLE_NO_STORE },
	{ "5.2.2.5 two lines", "GET", NULL, 200,
	    "Cache-Control: max-age=10000\nCache-Control: no-store", STORABLE_NO_STORE },
	{ "5.2.2.5 inside a string", "GET", NULL, 200,
	    "Cache-Control: max-age=3600, x=\"no-store\"", STORABLE_YES },
	{ "5.2.2.5 argument", "GET", NULL, 200, "Cache-Control: max-age=3600, no-store=1",
	    STORABLE_NO_STORE },

	/* 5.2.2.3 */
	{ "5.2.2.3 understood", "GET", NULL, 200,
	    "Cache-Control: max-age=3600, no-store, must-understand", STORABLE_YES },
	{ "5.2.2.3 alone", "GET", NULL, 200, "Cache-Control: max-age=3600, must-understand",
	    STORABLE_YES },
	{ "5.2.2.3 not understood", "GET", NULL, 299,
	    "Cache-Control: max-age=3600, no-store, must-understand", STORABLE_STATUS_UNKNOWN },
	{ "5.2.2.3 not understood, alone", "GET", NULL, 599,
	    "Cache-Control: max-age=3600, must-understand", STORABLE_STATUS_UNKNOWN },

	/* 5.2.2.7 */
	{ "5.2.2.7", "GET", NULL, 200, "Cache-Control: private, max-age=3600", STORABLE_PRIVATE },
	{ "5.2.2.7 fields", "GET", NULL, 200, "Cache-Control: private=\"set-cookie\", max-age=3600",
	    STORABLE_YES },
	{ "5.2.2.7 both", "GET", NULL, 200,
	    "Cache-Control: private=\"set-cookie\", private, max-age=3600", STORABLE_PRIVATE },
	{ "5.2.2.7 empty list", "GET", NULL, 200, "Cache-Control: private=\"\", max-age=3600",
	    STORABLE_PRIVATE },
	{ "5.2.2.7 no list", "GET", NULL, 200, "Cache-Control: private=\"a b\", max-age=3600",
	    STORABLE_PRIVATE },
	{ "5.2.2.7 unquoted", "GET", NULL, 200, "Cache-Control: private=a, max-age=3600",
	    STORABLE_PRIVATE },

	/* 5.2.2.4 */
	{ "5.2.2.4 with validator", "GET", NULL, 200, "Cache-Control: no-cache\nETag: \"a\"",
	    STORABLE_YES },
	{ "5.2.2.4 without", "GET", NULL, 200, "Cache-Control: no-cache, max-age=10000",
	    STORABLE_NOT_REUSABLE },
	{ "5.2.2.4 fields", "GET", NULL, 200, "Cache-Control: no-cache=\"a\", max-age=10000",
	    STORABLE_YES },

	/* 3.5 */
	{ "3.5", "GET", "Authorization: FOO", 200, "Expires: @2592000\nDate: @0",
	    STORABLE_AUTHORIZATION },
	{ "3.5 max-age", "GET", "Authorization: FOO", 200, FRESH, STORABLE_AUTHORIZATION },
	{ "3.5 public", "GET", "Authorization: FOO", 200, "Cache-Control: max-age=3600, public",
	    STORABLE_YES },
	{ "3.5 must-revalidate", "GET", "Authorization: FOO", 200,
	    "Cache-Control: max-age=3600, must-revalidate", STORABLE_YES },
	{ "3.5 s-maxage", "GET", "Authorization: FOO", 200, "Cache-Control: s-maxage=3600",
	    STORABLE_YES },
	{ "3.5 proxy-revalidate", "GET", "Authorization: FOO", 200,
	    "Cache-Control: max-age=3600, proxy-revalidate", STORABLE_AUTHORIZATION },
	{ "3.5 no-cache", "GET", "Authorization: FOO", 200, "Cache-Control: no-cache\nETag: \"a\"",
	    STORABLE_AUTHORIZATION },
	{ "3.5 Cookie is none", "GET", "Cookie: a=b", 200, FRESH, STORABLE_YES },
	{ "3.5 for the proxy", "GET", "Proxy-Authorization: FOO", 200, FRESH, STORABLE_YES },

	/* 4.1 */
	{ "4.1", "GET", NULL, 200, FRESH "\nVary: Foo", STORABLE_YES },
	{ "4.1 star", "GET", NULL, 200, FRESH "\nVary: *", STORABLE_VARY_STAR },
	{ "4.1 star among others", "GET", NULL, 200, FRESH "\nVary: Foo\nVary: Bar, *",
	    STORABLE_VARY_STAR },
	{ "4.1 malformed", "GET", NULL, 200, FRESH "\nVary: Foo Bar", STORABLE_VARY_MALFORMED },

	/* 4.2: worth it */
	{ "4.2 nothing", "GET", NULL, 200, "Date: @0", STORABLE_NOT_REUSABLE },
	{ "6455 4.1 a WebSocket", "GET", "Upgrade: h2c, WebSocket\nConnection: keep-alive, Upgrade",
	    200, FRESH, STORABLE_REQUEST_SOCKET },
	{ "6455 4.1 Upgrade of another hop", "GET", "Upgrade: websocket", 200, FRESH,
	    STORABLE_YES },
	{ "9110 7.8 another protocol", "GET", "Upgrade: h2c\nConnection: Upgrade", 200, FRESH,
	    STORABLE_YES },
	{ "4.2 soon stale", "GET", NULL, 200, "Cache-Control: max-age=1", STORABLE_YES },
	{ "4.2 minimum", "GET", NULL, 200, "Cache-Control: max-age=60", STORABLE_YES },
	{ "5.2.1.2 aged", "GET", NULL, 200, "Cache-Control: max-age=3600\nAge: 3600",
	    STORABLE_YES },
	{ "5.2.1.2 aged, by Date", "GET", NULL, 200, "Date: @-20\nExpires: @-10", STORABLE_YES },
	{ "5.2.1.2 aged, without a lifetime", "GET", NULL, 200, "Cache-Control: max-age=0\nAge: 5",
	    STORABLE_NOT_REUSABLE },
	{ "5.2.1.2 aged, by nothing explicit", "GET", NULL, 200, "Date: @-20\nAge: 50",
	    STORABLE_NOT_REUSABLE },
	{ "5.2.2.2 aged", "GET", NULL, 200,
	    "Cache-Control: max-age=3600, must-revalidate\nAge: 3600", STORABLE_NOT_REUSABLE },
	{ "5.2.2.10 aged", "GET", NULL, 200, "Cache-Control: s-maxage=3600\nAge: 3600",
	    STORABLE_NOT_REUSABLE },
	{ "4.2 stale, ETag", "GET", NULL, 200, "Cache-Control: max-age=0\nETag: \"a\"",
	    STORABLE_YES },
	{ "4.2 stale, weak ETag", "GET", NULL, 200, "Cache-Control: max-age=0\nETag: W/\"a\"",
	    STORABLE_YES },
	{ "4.2 stale, bad ETag", "GET", NULL, 200, "Cache-Control: max-age=0\nETag: a",
	    STORABLE_NOT_REUSABLE },
	{ "4.2 stale, Last-Modified", "GET", NULL, 200,
	    "Cache-Control: max-age=0\nLast-Modified: @-5", STORABLE_YES },
	{ "4.2 stale, bad Last-Modified", "GET", NULL, 200,
	    "Cache-Control: max-age=0\nLast-Modified: 5", STORABLE_NOT_REUSABLE },
	{ "5861 3", "GET", NULL, 200, "Cache-Control: max-age=2, stale-while-revalidate=60",
	    STORABLE_YES },
	{ "5861 4", "GET", NULL, 200, "Cache-Control: max-age=2, stale-if-error=60", STORABLE_YES },
	{ "5861 4 forbidden", "GET", NULL, 200,
	    "Cache-Control: max-age=0, stale-if-error=60, must-revalidate", STORABLE_NOT_REUSABLE },
	{ "Set-Cookie", "GET", NULL, 200, FRESH "\nSet-Cookie: a=b", STORABLE_YES },
	{ "push", "GET", NULL, 200, FRESH "\nContent-Type: multipart/x-mixed-replace; boundary=a",
	    STORABLE_PUSHED },
	{ "disposition", "GET", NULL, 200,
	    "Last-Modified: @-100000\nDate: @0\nContent-Disposition: attachment", STORABLE_YES },

	/* 3.3, 3.4 */
	{ "3.3", "GET", "Range: bytes=0-1", 206, FRESH "\nETag: \"a\"\nContent-Range: bytes 0-1/4",
	    STORABLE_YES },
	{ "3.3 weak", "GET", "Range: bytes=0-1", 206,
	    FRESH "\nETag: W/\"a\"\nContent-Range: bytes 0-1/4", STORABLE_PARTIAL },
	{ "3.3 no validator", "GET", "Range: bytes=0-1", 206, FRESH "\nContent-Range: bytes 0-1/4",
	    STORABLE_PARTIAL },
	{ "3.3 no place", "GET", "Range: bytes=0-1", 206, FRESH "\nETag: \"a\"", STORABLE_PARTIAL },
	{ "3.3 unknown size", "GET", "Range: bytes=0-1", 206,
	    FRESH "\nETag: \"a\"\nContent-Range: bytes 0-1/*", STORABLE_PARTIAL },
	{ "3.3 wrong length", "GET", "Range: bytes=-5", 206,
	    FRESH "\nETag: \"a\"\nContent-Range: bytes 4-9/10\nContent-Length: 5",
	    STORABLE_PARTIAL },
	{ "3.3 multipart", "GET", "Range: bytes=0-1,3-", 206,
	    FRESH "\nETag: \"a\"\nContent-Type: multipart/byteranges; boundary=x",
	    STORABLE_PARTIAL },
	{ "3.3 by date", "GET", "Range: bytes=0-1", 206,
	    FRESH "\nLast-Modified: @-9\nContent-Range: bytes 0-1/4", STORABLE_YES },
	{ "3.3 by a date too near", "GET", "Range: bytes=0-1", 206,
	    FRESH "\nLast-Modified: @0\nContent-Range: bytes 0-1/4", STORABLE_PARTIAL },
};

START_TEST(rfc9111_3_storing)
{
	const struct store_case	*c = &store_cases[_i];
	struct given		 g;
	enum storable		 s;

	given_start(&g);
	given_request(&g, c->method, c->request);
	given_reply(&g, c->status, c->reply, T0);
	s = given_storable(&g);
	ck_assert_msg(s == c->want, "%s: %s", c->clause, storable_text(s));
	given_end(&g);
}
END_TEST

/* Directives of squid.conf that store more. */
static const struct squid_case {
	const char	*what, *request;
	unsigned	 status;
	const char	*reply;
	uint32_t	 flags;
	int64_t		 negative_ttl, minimum;
	enum storable	 want;
} squid_cases[] = {
	{ "ignore-no-store", NULL, 200, "Cache-Control: no-store, max-age=3600",
	    REFRESH_IGNORE_NO_STORE, 0, 60, STORABLE_YES },
	{ "ignore-no-store, request", "Cache-Control: no-store", 200, FRESH,
	    REFRESH_IGNORE_NO_STORE, 0, 60, STORABLE_REQUEST_NO_STORE },
	{ "ignore-private", NULL, 200, "Cache-Control: private, max-age=3600",
	    REFRESH_IGNORE_PRIVATE, 0, 60, STORABLE_YES },
	{ "ignore-private is not no-store", NULL, 200, "Cache-Control: private, no-store",
	    REFRESH_IGNORE_PRIVATE, 0, 60, STORABLE_NO_STORE },
	{ "store-stale", NULL, 200, "Date: @0", REFRESH_STORE_STALE, 0, 60, STORABLE_YES },
	{ "store-stale is not no-store", NULL, 200, "Cache-Control: no-store", REFRESH_STORE_STALE,
	    0, 60, STORABLE_NO_STORE },
	{ "negative_ttl 404", NULL, 404, "Date: @0", 0, 10, 60, STORABLE_YES },
	{ "negative_ttl 503", NULL, 503, "Date: @0", 0, 10, 60, STORABLE_YES },
	{ "negative_ttl 400", NULL, 400, "Date: @0", 0, 10, 60, STORABLE_NOT_EXPLICIT },
	{ "negative_ttl 200", NULL, 200, "Date: @0", 0, 10, 60, STORABLE_NOT_REUSABLE },
	{ "negative_ttl yields to max-age", NULL, 404, "Cache-Control: max-age=0", 0, 10, 60,
	    STORABLE_NOT_REUSABLE },
	{ "negative_ttl, no-store", NULL, 404, "Cache-Control: no-store", 0, 10, 60,
	    STORABLE_NO_STORE },
	{ "minimum_expiry_time 60", NULL, 200, "Cache-Control: max-age=59", 0, 0, 60,
	    STORABLE_NOT_REUSABLE },
	{ "minimum_expiry_time 60, validator", NULL, 200, "Cache-Control: max-age=59\nETag: \"a\"",
	    0, 0, 60, STORABLE_YES },
	{ "minimum_expiry_time 60, error", NULL, 404, "Cache-Control: max-age=59\nETag: \"a\"", 0,
	    0, 60, STORABLE_NOT_REUSABLE },
	{ "minimum_expiry_time 60, aged", NULL, 200, "Cache-Control: max-age=600\nAge: 600", 0,
	    0, 60, STORABLE_NOT_REUSABLE },
	{ "minimum_expiry_time 0", NULL, 200, "Cache-Control: max-age=1", 0, 0, 0, STORABLE_YES },
	{ "minimum_expiry_time 0, stale", NULL, 200, "Cache-Control: max-age=0", 0, 0, 0,
	    STORABLE_NOT_REUSABLE },
};

START_TEST(squid_storing)
{
	const struct squid_case	*c = &squid_cases[_i];
	struct given		 g;
	enum storable		 s;

	given_start(&g);
	g.rule.flags = c->flags;
	g.policy.negative_ttl_s = c->negative_ttl;
	g.policy.minimum_expiry_s = c->minimum;
	given_request(&g, "GET", c->request);
	given_reply(&g, c->status, c->reply, T0);
	s = given_storable(&g);
	ck_assert_msg(s == c->want, "%s: %s", c->what, storable_text(s));
	given_end(&g);
}
END_TEST

START_TEST(refresh_pattern_min_makes_storable)
{
	struct given	 g;

	given_start(&g);
	g.rule.min_s = 3600;
	given_reply(&g, 200, "Date: @0", T0);
	ck_assert_int_eq(given_storable(&g), STORABLE_YES);
	given_reply(&g, 404, "Date: @0", T0);
	ck_assert_int_eq(given_storable(&g), STORABLE_NOT_REUSABLE);
	given_reply(&g, 200, "Date: @0\nPragma: no-cache", T0);
	ck_assert_int_eq(given_storable(&g), STORABLE_NOT_REUSABLE);
	given_end(&g);
}
END_TEST

START_TEST(a_request_with_a_body)
{
	struct given	 g;

	given_start(&g);
	ck_assert_int_eq(storable_request(&g.req, &g.req_cc, true), STORABLE_REQUEST_BODY);
	ck_assert_int_eq(storable_request(&g.req, &g.req_cc, false), STORABLE_YES);
	given_request(&g, "POST", NULL);
	ck_assert_int_eq(storable_request(&g.req, &g.req_cc, false), STORABLE_METHOD);
	given_request(&g, "HEAD", NULL);
	ck_assert_int_eq(storable_request(&g.req, &g.req_cc, false), STORABLE_YES);
	given_end(&g);
}
END_TEST

START_TEST(rfc9111_4_latest_counts)
{
	struct storedattr	 old = { .date_s = 100, .response_s = 110 },
	    new = { .date_s = 100, .response_s = 120 };

	ck_assert_int_eq(storable_newer(&old, &new), STORABLE_YES);
	ck_assert_int_eq(storable_newer(&new, &old), STORABLE_OLDER);
	new.date_s = 99;
	ck_assert_int_eq(storable_newer(&old, &new), STORABLE_OLDER);
	new.date_s = 101;
	new.response_s = 1;
	ck_assert_int_eq(storable_newer(&old, &new), STORABLE_YES);
}
END_TEST

START_TEST(rfc9110_15_1_heuristically_cacheable)
{
	static const unsigned	 yes[] = { 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414,
	    501 };
	unsigned		 n = 0;

	for (unsigned status = 100; status < 1000; status++)
		n += statusclass_heuristic(status);
	ck_assert_uint_eq(n, sizeof yes / sizeof *yes);
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		ck_assert_uint_eq(statusclass_heuristic(yes[i]), true);
}
END_TEST

START_TEST(every_reason_has_words)
{
	for (unsigned s = STORABLE_YES; s <= STORABLE_OLDER; s++)
		ck_assert_uint_gt(strlen(storable_text((enum storable)s)), 5);
}
END_TEST

Suite *
suite_storing(void)
{
	Suite	*s = suite_create("storing");
	TCase	*c = tcase_create("storing");

	tcase_add_loop_test(c, rfc9111_3_storing, 0, sizeof store_cases / sizeof *store_cases);
	tcase_add_loop_test(c, squid_storing, 0, sizeof squid_cases / sizeof *squid_cases);
	tcase_add_test(c, refresh_pattern_min_makes_storable);
	tcase_add_test(c, a_request_with_a_body);
	tcase_add_test(c, rfc9111_4_latest_counts);
	tcase_add_test(c, rfc9110_15_1_heuristically_cacheable);
	tcase_add_test(c, every_reason_has_words);
	suite_add_tcase(s, c);
	return s;
}
