/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expectations of the public cache-tests project (github.com/http-tests/cache-tests) for shared
 * caches, by its test names, as two requests for one URL: the first is answered and perhaps stored,
 * the second comes some seconds later. Written anew as tables; a cache of one object stands for the
 * store.
 */
#include "cache/cachekey.h"
#include "cache/precond.h"
#include "cache/reuse.h"
#include "cache/storedhead.h"
#include "cache/varykey.h"
#include "given.h"

enum outcome { CACHED, NOT_CACHED, VALIDATED, NOT_MODIFIED };

static const struct play {
	const char	*name, *first;
	unsigned	 status;
	const char	*reply;
	int64_t		 wait;
	const char	*second;
	enum outcome	 want;
} plays[] = {
	{ "freshness-none", NULL, 200, "Date: @0", 3, NULL, NOT_CACHED },
	{ "freshness-max-age", NULL, 200, "Cache-Control: max-age=3600", 3, NULL, CACHED },
	{ "freshness-max-age-stale", NULL, 200, "Cache-Control: max-age=2", 3, NULL, NOT_CACHED },
	{ "freshness-max-age-0", NULL, 200, "Cache-Control: max-age=0", 3, NULL, NOT_CACHED },
	{ "freshness-max-age-max", NULL, 200, "Cache-Control: max-age=2147483648", 3, NULL,
	    CACHED },
	{ "freshness-max-age-max-plus", NULL, 200, "Cache-Control: max-age=99999999999", 3, NULL,
	    CACHED },
	{ "freshness-max-age-age", NULL, 200, "Date: @0\nCache-Control: max-age=3600\nAge: 12000",
	    3, NULL, NOT_CACHED },
	{ "freshness-max-age-date", NULL, 200, "Date: @-7200\nCache-Control: max-age=3600", 3, NULL,
	    NOT_CACHED },
	{ "freshness-max-age-expires", NULL, 200,
	    "Cache-Control: max-age=3600\nExpires: @-7200\nDate: @0", 3, NULL, CACHED },
	{ "freshness-max-age-0-expires", NULL, 200,
	    "Expires: @7200\nCache-Control: max-age=0\nDate: @0", 3, NULL, NOT_CACHED },
	{ "freshness-max-age-quoted", NULL, 200, "Cache-Control: max-age=\"3600\"", 3, NULL,
	    CACHED },
	{ "freshness-max-age-negative", NULL, 200, "Cache-Control: max-age=-3600", 3, NULL,
	    NOT_CACHED },
	{ "freshness-s-maxage-shared", NULL, 200, "Cache-Control: s-maxage=3600", 3, NULL, CACHED },
	{ "freshness-max-age-s-maxage-shared-longer", NULL, 200,
	    "Cache-Control: max-age=3600, s-maxage=1", 3, NULL, NOT_CACHED },
	{ "freshness-max-age-s-maxage-shared-shorter", NULL, 200,
	    "Cache-Control: max-age=1, s-maxage=3600", 3, NULL, CACHED },
	{ "freshness-max-age-s-maxage-shared-shorter-expires", NULL, 200,
	    "Cache-Control: max-age=1, s-maxage=3600\nExpires: @10\nDate: @0", 3, NULL, CACHED },
	{ "freshness-expires-future", NULL, 200, "Expires: @2592000\nDate: @0", 3, NULL, CACHED },
	{ "freshness-expires-past", NULL, 200, "Expires: @-2592000\nDate: @0", 3, NULL,
	    NOT_CACHED },
	{ "freshness-expires-present", NULL, 200, "Expires: @0\nDate: @0", 3, NULL, NOT_CACHED },
	{ "freshness-expires-old-date", NULL, 200, "Expires: @300\nDate: @400", 3, NULL,
	    NOT_CACHED },
	{ "freshness-expires-invalid", NULL, 200, "Expires: 0\nDate: @0", 3, NULL, NOT_CACHED },
	{ "freshness-expires-invalid-date", NULL, 200, "Date: foo\nExpires: @100", 3, NULL,
	    CACHED },
	{ "freshness-expires-age-slow-date", NULL, 200, "Date: @-10\nExpires: @10\nAge: 25", 0,
	    NULL, NOT_CACHED },
	{ "freshness-expires-age-fast-date", NULL, 200, "Date: @10\nExpires: @20\nAge: 15", 0, NULL,
	    NOT_CACHED },
	{ "freshness-expires-ansi-c", NULL, 200, "Expires: Thu Aug  8 02:01:18 2050\nDate: @0", 3,
	    NULL, CACHED },
	{ "freshness-expires-rfc850", NULL, 200,
	    "Expires: Thursday, 18-Aug-50 02:01:18 GMT\nDate: @0", 3, NULL, CACHED },
	{ "freshness-expires-far-future", NULL, 200,
	    "Expires: Sun, 21 Nov 2286 04:46:39 GMT\nDate: @0", 3, NULL, CACHED },
	{ "freshness-expires-wrong-case-weekday", NULL, 200,
	    "Expires: THU, 18 Aug 2050 02:01:18 GMT\nDate: @0", 3, NULL, CACHED },
	{ "freshness-expires-wrong-case-month", NULL, 200,
	    "Expires: Thu, 18 AUG 2050 02:01:18 GMT\nDate: @0", 3, NULL, CACHED },
	{ "freshness-expires-wrong-case-tz", NULL, 200,
	    "Expires: Thu, 18 Aug 2050 02:01:18 gMT\nDate: @0", 3, NULL, CACHED },
	{ "freshness-expires-invalid-utc", NULL, 200,
	    "Expires: Thu, 18 Aug 2050 02:01:18 UTC\nDate: @0", 3, NULL, NOT_CACHED },
	{ "freshness-expires-invalid-2-digit-year", NULL, 200,
	    "Expires: Thu, 18 Aug 50 02:01:18 GMT\nDate: @0", 3, NULL, NOT_CACHED },
	{ "freshness-expires-invalid-1-digit-hour", NULL, 200,
	    "Expires: Thu, 18 Aug 2050 2:01:18 GMT\nDate: @0", 3, NULL, NOT_CACHED },

	{ "cc-resp-private-shared", NULL, 200, "Cache-Control: private, max-age=3600", 0, NULL,
	    NOT_CACHED },
	{ "cc-resp-no-store", NULL, 200, "Cache-Control: no-store", 0, NULL, NOT_CACHED },
	{ "cc-resp-no-store-fresh", NULL, 200,
	    "Cache-Control: max-age=10000, no-store\nExpires: @10000\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "cc-resp-no-cache", NULL, 200,
	    "Cache-Control: max-age=10000, no-cache\nExpires: @10000\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "cc-resp-no-cache-revalidate", NULL, 200, "Cache-Control: no-cache\nETag: \"abcd\"", 0,
	    NULL, VALIDATED },
	{ "cc-resp-no-cache-revalidate-fresh", NULL, 200,
	    "Cache-Control: max-age=10000, no-cache\nExpires: @10000\nDate: @0\nETag: \"abcd\"", 0,
	    NULL, VALIDATED },
	{ "cc-resp-must-revalidate-fresh", NULL, 200,
	    "Cache-Control: max-age=10000, must-revalidate\nETag: \"abcd\"", 0, NULL, CACHED },
	{ "cc-resp-must-revalidate-stale", NULL, 200,
	    "Cache-Control: max-age=2, must-revalidate\nETag: \"abcd\"", 3, NULL, VALIDATED },

	{ "heuristic-200-cached", NULL, 200, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-201-not_cached", NULL, 201, "Last-Modified: @-86400\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "heuristic-202-not_cached", NULL, 202, "Last-Modified: @-86400\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "heuristic-203-cached", NULL, 203, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-204-cached", NULL, 204, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-403-not_cached", NULL, 403, "Last-Modified: @-86400\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "heuristic-404-cached", NULL, 404, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-405-cached", NULL, 405, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-410-cached", NULL, 410, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-414-cached", NULL, 414, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-501-cached", NULL, 501, "Last-Modified: @-86400\nDate: @0", 0, NULL, CACHED },
	{ "heuristic-502-not_cached", NULL, 502, "Last-Modified: @-86400\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "heuristic-503-not_cached", NULL, 503, "Last-Modified: @-86400\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "heuristic-504-not_cached", NULL, 504, "Last-Modified: @-86400\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "heuristic-599-not_cached", NULL, 599, "Last-Modified: @-86400\nDate: @0", 0, NULL,
	    NOT_CACHED },
	{ "heuristic-599-cached", NULL, 599,
	    "Last-Modified: @-86400\nDate: @0\nCache-Control: public", 0, NULL, CACHED },
	{ "heuristic-delta-3600", NULL, 200, "Last-Modified: @-3600\nDate: @0", 3, NULL, CACHED },
	{ "heuristic-delta-5", NULL, 200, "Last-Modified: @-5\nDate: @0", 3, NULL, VALIDATED },

	{ "status-302-fresh", NULL, 302, "Cache-Control: max-age=3600", 3, NULL, CACHED },
	{ "status-302-stale", NULL, 302, "Cache-Control: max-age=2", 3, NULL, NOT_CACHED },
	{ "status-400-fresh", NULL, 400, "Cache-Control: max-age=3600", 3, NULL, CACHED },
	{ "status-499-fresh", NULL, 499, "Cache-Control: max-age=3600", 3, NULL, CACHED },
	{ "status-503-fresh", NULL, 503, "Cache-Control: max-age=3600", 3, NULL, CACHED },
	{ "status-599-fresh", NULL, 599, "Cache-Control: max-age=3600", 3, NULL, CACHED },
	{ "status-599-must-understand", NULL, 599,
	    "Cache-Control: max-age=3600, no-store, must-understand", 3, NULL, NOT_CACHED },
	{ "status-200-must-understand", NULL, 200,
	    "Cache-Control: max-age=3600, no-store, must-understand", 3, NULL, CACHED },

	{ "ccreq-ma0", NULL, 200, "Cache-Control: max-age=3600", 3, "Cache-Control: max-age=0",
	    NOT_CACHED },
	{ "ccreq-ma1", NULL, 200, "Cache-Control: max-age=3600", 3, "Cache-Control: max-age=1",
	    NOT_CACHED },
	{ "ccreq-magreaterage", NULL, 200, "Cache-Control: max-age=3600\nAge: 1800", 0,
	    "Cache-Control: max-age=600", NOT_CACHED },
	{ "ccreq-max-stale", NULL, 200, "Cache-Control: max-age=1\nETag: \"a\"", 3,
	    "Cache-Control: max-stale=1000", CACHED },
	{ "ccreq-max-stale-age", NULL, 200, "Cache-Control: max-age=1500\nAge: 2000\nETag: \"a\"",
	    0, "Cache-Control: max-stale=1000", CACHED },
	{ "ccreq-min-fresh", NULL, 200, "Cache-Control: max-age=1500", 0,
	    "Cache-Control: min-fresh=2000", NOT_CACHED },
	{ "ccreq-min-fresh-age", NULL, 200, "Cache-Control: max-age=1500\nAge: 1000", 0,
	    "Cache-Control: min-fresh=1000", NOT_CACHED },
	{ "ccreq-no-cache", NULL, 200, "Cache-Control: max-age=3600", 0, "Cache-Control: no-cache",
	    NOT_CACHED },
	{ "ccreq-no-store", NULL, 200, "Cache-Control: max-age=3600", 0, "Cache-Control: no-store",
	    NOT_CACHED },
	{ "pragma-request-no-cache", NULL, 200, "Cache-Control: max-age=3600", 0,
	    "Pragma: no-cache", NOT_CACHED },
	{ "pragma-request-extension", NULL, 200, "Cache-Control: max-age=3600", 0,
	    "Pragma: unrecognised-extension", CACHED },
	{ "pragma-response-no-cache", NULL, 200, "Cache-Control: max-age=3600\nPragma: no-cache", 0,
	    NULL, CACHED },
	{ "pragma-response-no-cache-heuristic", NULL, 200,
	    "Last-Modified: @-10000\nPragma: no-cache", 0, NULL, VALIDATED },

	{ "other-authorization", "Authorization: FOO", 200, "Expires: @2592000\nDate: @0", 3, NULL,
	    NOT_CACHED },
	{ "other-authorization-public", "Authorization: FOO", 200,
	    "Cache-Control: max-age=3600, public\nDate: @0", 3, NULL, CACHED },
	{ "other-authorization-must-revalidate", "Authorization: FOO", 200,
	    "Cache-Control: max-age=3600, must-revalidate", 3, NULL, CACHED },
	{ "other-authorization-smaxage", "Authorization: FOO", 200, "Cache-Control: s-maxage=3600",
	    3, NULL, CACHED },
	{ "other-set-cookie", NULL, 200, "Cache-Control: max-age=3600\nSet-Cookie: a=b", 3, NULL,
	    CACHED },
	{ "other-cookie", NULL, 200, "Cache-Control: max-age=3600", 3, "Cookie: a=b", CACHED },
	{ "other-fresh-content-disposition-attachment", NULL, 200,
	    "Cache-Control: max-age=3600\nContent-Disposition: attachment", 3, NULL, CACHED },

	{ "vary-match", "Foo: 1", 200, "Expires: @5000\nDate: @0\nVary: Foo", 0, "Foo: 1", CACHED },
	{ "vary-no-match", "Foo: 1", 200, "Expires: @5000\nDate: @0\nVary: Foo", 0, "Foo: 2",
	    NOT_CACHED },
	{ "vary-omit", "Foo: 1", 200, "Expires: @5000\nDate: @0\nVary: Foo", 0, NULL, NOT_CACHED },
	{ "vary-cache-key", "Foo: 1\nOther: 2", 200, "Expires: @5000\nDate: @0\nVary: Foo", 0,
	    "Foo: 1\nOther: 3", CACHED },
	{ "vary-3-omit", "Foo: 1\nBaz: 789", 200, "Expires: @5000\nDate: @0\nVary: Foo, Bar, Baz",
	    0, "Foo: 1\nBaz: 789", CACHED },
	{ "vary-star", "Foo: 1", 200, "Expires: @5000\nDate: @0\nVary: *", 0, "*: 1\nFoo: 1",
	    NOT_CACHED },
	{ "vary-normalise-lang-order", "Accept-Language: en, de", 200,
	    "Cache-Control: max-age=5000\nVary: Accept-Language", 0, "Accept-Language: de, en",
	    CACHED },
	{ "vary-normalise-lang-case", "Accept-Language: en, de", 200,
	    "Cache-Control: max-age=5000\nVary: Accept-Language", 0, "Accept-Language: eN, De",
	    CACHED },
	{ "vary-normalise-lang-space", "Accept-Language: en, de", 200,
	    "Cache-Control: max-age=5000\nVary: Accept-Language", 0, "Accept-Language:  en ,   de",
	    CACHED },
	{ "vary-normalise-space", "Foo: 1,2", 200, "Cache-Control: max-age=5000\nVary: Foo", 0,
	    "Foo:  1, 2 ", CACHED },
	{ "vary-normalise-combine", "Foo: 1, 2", 200, "Cache-Control: max-age=5000\nVary: Foo", 0,
	    "Foo: 1\nFoo: 2", CACHED },

	{ "conditional-etag-strong-respond", NULL, 200,
	    "Cache-Control: max-age=3600\nETag: \"abcdef\"", 3, "If-None-Match: \"abcdef\"",
	    NOT_MODIFIED },
	{ "conditional-etag-weak-respond", NULL, 200,
	    "Cache-Control: max-age=3600\nETag: W/\"abcdef\"", 3, "If-None-Match: W/\"abcdef\"",
	    NOT_MODIFIED },
	{ "conditional-etag-precedence", NULL, 200,
	    "Cache-Control: max-age=3600\nETag: \"abcdef\"\nLast-Modified: @-5000", 3,
	    "If-None-Match: \"abcdef\"\nIf-Modified-Since: @-1", NOT_MODIFIED },
	{ "conditional-etag-strong-respond-multiple-second", NULL, 200,
	    "Cache-Control: max-age=3600\nETag: \"abcdef\"", 3,
	    "If-None-Match: \"1234\", \"abcdef\", \"5678\"", NOT_MODIFIED },
	{ "conditional-etag-strong-generate", NULL, 200,
	    "Cache-Control: max-age=2\nETag: \"abcdef\"", 3, NULL, VALIDATED },
	{ "conditional-etag-weak-generate-weak", NULL, 200,
	    "Cache-Control: max-age=2\nETag: W/\"abcdef\"", 3, NULL, VALIDATED },
	{ "conditional-etag-vary-headers", "Abc: 123", 200,
	    "Expires: @1\nETag: \"abcdef\"\nDate: @0\nVary: Abc", 3, "Abc: 123", VALIDATED },
	{ "conditional-etag-vary-headers-mismatch", "Abc: 123", 200,
	    "Expires: @10000\nETag: \"abcdef\"\nDate: @0\nVary: Abc", 3, "Abc: 456", NOT_CACHED },
	{ "conditional-lm-fresh", NULL, 200,
	    "Cache-Control: max-age=100000\nLast-Modified: @-3000\nDate: @0", 3,
	    "If-Modified-Since: @-3000", NOT_MODIFIED },
	{ "conditional-lm-fresh-earlier", NULL, 200,
	    "Cache-Control: max-age=100000\nLast-Modified: @-3000\nDate: @0", 3,
	    "If-Modified-Since: @-2000", NOT_MODIFIED },
	{ "conditional-lm-stale", NULL, 200,
	    "Cache-Control: max-age=2\nLast-Modified: @-3000\nDate: @0", 3,
	    "If-Modified-Since: @-3000", VALIDATED },

	{ "surrogate-max-age-short-cc-max-age (not a surrogate)", NULL, 200,
	    "Cache-Control: max-age=1\nSurrogate-Control: max-age=3600", 3, NULL, NOT_CACHED },
	{ "cdn-max-age (not a CDN)", NULL, 200, "CDN-Cache-Control: max-age=3600", 3, NULL,
	    NOT_CACHED },
	{ "age-parse-prefix", NULL, 200, "Date: @0\nCache-Control: max-age=3600\nAge: 0,7200", 3,
	    NULL, CACHED },
	{ "age-parse-suffix", NULL, 200, "Date: @0\nCache-Control: max-age=3600\nAge: 7200,0", 3,
	    NULL, NOT_CACHED },
	{ "age-parse-nonnumeric", NULL, 200, "Date: @0\nCache-Control: max-age=3600\nAge: abc", 3,
	    NULL, CACHED },
};

/*
 * The key under which the answer would stand, or which the request selects, given the names of
 * Vary.
 */
static bool
select_key(struct given *g, struct span names, struct cachekey *out)
{
	struct cachekey	 primary;

	cachekey_primary(SPAN("http://a.example/"), &primary);
	return varykey_make(&primary, 1, names, &g->req, &g->a, out);
}

static enum outcome
second_request(struct given *g, const struct storedattr *at, int64_t now)
{
	struct reuse_in	 in = { &g->req, &g->req_cc, at, &g->rule, &g->policy, T0 + now };

	switch (reuse_judge(&in).what) {
	case REUSE_FRESH: case REUSE_STALE: case REUSE_REVALIDATE_BEHIND:
		return precond_judge(&g->req, at) == PRECOND_NOT_MODIFIED ? NOT_MODIFIED : CACHED;
	case REUSE_VALIDATE:
		return VALIDATED;
	case REUSE_RELOAD: case REUSE_BYPASS: case REUSE_ONLY_CACHED:
		break;
	}
	return NOT_CACHED;
}

START_TEST(cache_tests_for_shared_caches)
{
	const struct play	*c = &plays[_i];
	struct given		 g;
	struct storedattr	 back;
	struct cachekey		 stored, asked;
	struct span		 names;
	uint8_t			 bytes[STOREDATTR_MAX];
	size_t			 n;
	enum outcome		 got = NOT_CACHED;

	given_start(&g);
	g.policy.minimum_expiry_s = 0;
	given_request(&g, "GET", c->first);
	given_reply(&g, c->status, c->reply, T0);
	if (given_storable(&g) == STORABLE_YES) {
		storedhead_strip(&g.reply, &g.reply_cc);
		n = storedattr_write(&g.at, bytes);
		ck_assert(storedattr_read(&back, span_at((char *)bytes, n), &n));
		(void)varykey_names(&g.reply, &g.a, &names);
		ck_assert(select_key(&g, names, &stored));
		given_request(&g, "GET", c->second);
		ck_assert(select_key(&g, names, &asked));
		if (cachekey_eq(&stored, &asked))
			got = second_request(&g, &back, c->wait);
	}
	ck_assert_msg(got == c->want, "%s: %d", c->name, (int)got);
	given_end(&g);
}
END_TEST

Suite *
suite_conformance(void)
{
	Suite	*s = suite_create("conformance");
	TCase	*c = tcase_create("conformance");

	tcase_add_loop_test(c, cache_tests_for_shared_caches, 0, sizeof plays / sizeof *plays);
	suite_add_tcase(s, c);
	return s;
}
