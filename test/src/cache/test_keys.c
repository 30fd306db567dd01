/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, Vary and refresh_pattern. */
#include <stdio.h>

#include "cache/cachekey.h"
#include "cache/refreshpat.h"
#include "cache/varykey.h"
#include "cache/varynorm.h"
#include "given.h"

START_TEST(rfc9111_2_primary_key)
{
	static const uint8_t	 known[16] = { 0x7f, 0xaf, 0x66, 0x30, 0x2e, 0xfe, 0x7e, 0x04, 0x62,
	    0xd2, 0x13, 0xfe, 0xba, 0x1c, 0x99, 0x54 };
	struct cachekey	 a, b, c;

	cachekey_primary(SPAN("http://a.example/?x=1"), &a);
	cachekey_primary(SPAN("http://a.example/?x=1"), &b);
	cachekey_primary(SPAN("http://a.example/?x=2"), &c);
	ck_assert(cachekey_eq(&a, &b));
	ck_assert(!cachekey_eq(&a, &c));
	ck_assert(cachekey_method(METHOD_GET) && cachekey_method(METHOD_HEAD));
	ck_assert(!cachekey_method(METHOD_POST) && !cachekey_method(METHOD_OTHER) &&
	    !cachekey_method(METHOD_PURGE));
	/*
	 * SHA-256 of 00, the length in four bytes and the URL, cut: a key must not change from
	 * release to release, or a store is lost
	 */
	ck_assert_mem_eq(a.b, known, sizeof known);
}
END_TEST

/*
 * URLs of all lengths, many of which meet in what is remembered of the last ones: each gets its own
 * key, each time.
 */
START_TEST(keys_asked_for_again)
{
	char	 text[200];

	for (int round = 0; round < 3; round++)
		for (unsigned i = 0; i < 3000; i++) {
			unsigned	 n = i % 130, which = i / 130 % 12;
			struct span	 url = span_at(text, n);
			struct cachekey	 k, want;

			memset(text, 'a', sizeof text);
			if (n > 0)
				text[which * 7 % n] = (char)('a' + which);
			cachekey_primary(url, &k);
			cachekey_hash(CACHEKEY_PRIMARY, &url, 1, &want);
			ck_assert(cachekey_eq(&k, &want));
		}
}
END_TEST

START_TEST(keys_do_not_run_together)
{
	struct span	 one[2] = { SPAN("ab"), SPAN("c") }, two[2] = { SPAN("a"), SPAN("bc") };
	struct cachekey	 a, b, c;

	cachekey_hash(CACHEKEY_VARIANT, one, 2, &a);
	cachekey_hash(CACHEKEY_VARIANT, two, 2, &b);
	cachekey_hash(CACHEKEY_PRIMARY, one, 2, &c);
	ck_assert(!cachekey_eq(&a, &b) && !cachekey_eq(&a, &c));
}
END_TEST

static const struct names_case {
	const char		*fields;
	enum varykey_kind	 kind;
	const char		*names;
} names_cases[] = {
	{ "A: b", VARYKEY_NONE, "" },
	{ "Vary: ", VARYKEY_NONE, "" },
	{ "Vary: ,", VARYKEY_NONE, "" },
	{ "Vary: Foo", VARYKEY_FIELDS, "foo" },
	{ "Vary: Foo, Bar", VARYKEY_FIELDS, "bar,foo" },
	{ "Vary: Bar, fOO, Foo", VARYKEY_FIELDS, "bar,foo" },
	{ "Vary: Foo\nVary: Accept-Encoding", VARYKEY_FIELDS, "accept-encoding,foo" },
	{ "Vary: *", VARYKEY_STAR, "" },
	{ "Vary: *, *", VARYKEY_STAR, "" },
	{ "Vary: *\nVary: *", VARYKEY_STAR, "" },
	{ "Vary: , *", VARYKEY_STAR, "" },
	{ "Vary: \nVary: *", VARYKEY_STAR, "" },
	{ "Vary: *, Foo", VARYKEY_STAR, "" },
	{ "Vary: Foo, *", VARYKEY_STAR, "" },
	{ "Vary: Foo bar", VARYKEY_MALFORMED, "" },
	{ "Vary: \"Foo\"", VARYKEY_MALFORMED, "" },
	{ "Vary: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,1,2,3,4,5,6,7",
	    VARYKEY_MALFORMED, "" },
};

START_TEST(rfc9110_12_5_5_vary_names)
{
	const struct names_case	*c = &names_cases[_i];
	struct given		 g;
	struct span		 names;

	given_start(&g);
	given_reply(&g, 200, c->fields, T0);
	ck_assert_msg(varykey_names(&g.reply, &g.a, &names) == c->kind, "%s", c->fields);
	ck_assert_msg(span_is(names, c->names), "%s: %.*s", c->fields, SPAN_ARG(names));
	given_end(&g);
}
END_TEST

/* Same variant or not, for an answer with this Vary. */
static const struct match_case {
	const char	*vary, *one, *other;
	bool		 same;
} match_cases[] = {
	{ "Foo", "Foo: 1", "Foo: 1", true },
	{ "Foo", "Foo: 1", "Foo: 2", false },
	{ "Foo", "Foo: 1", "A: b", false },
	{ "Foo", "Foo: ", "A: b", false },
	{ "Foo", "Foo: 1\nOther: 2", "Foo: 1\nOther: 3", true },
	{ "Foo, Bar", "Foo: 1\nBar: abc", "Bar: abc\nFoo: 1", true },
	{ "Foo, Bar", "Foo: 1\nBar: abc", "Foo: 2\nBar: abc", false },
	{ "Foo, Bar", "Foo: 1", "A: b", false },
	{ "Foo, Bar, Baz", "Foo: 1\nBaz: 789", "Foo: 1\nBaz: 789", true },
	{ "Foo, Bar, Baz", "Foo: 1\nBar: abc4\nBaz: 789", "Foo: 1\nBar: abc\nBaz: 789", false },
	{ "Foo, Bar", "Foo: 1", "Bar: 1", false },
	{ "Foo", "Foo: 1,2", "Foo:  1, 2 ", true },
	{ "Foo", "Foo: 1, 2", "Foo: 1\nFoo: 2", true },
	{ "Foo", "Foo: 1, 2", "Foo: 2, 1", false },
	{ "Foo", "Foo: a", "Foo: A", false },
	{ "Foo", "Foo: \"1,2\"", "Foo: \"1, 2\"", false },
	{ "fOO", "Foo: 1", "foo: 1", true },
	{ "Accept-Language", "Accept-Language: en, de", "Accept-Language: de, en", true },
	{ "Accept-Language", "Accept-Language: en, de", "Accept-Language: eN, De", true },
	{ "Accept-Language", "Accept-Language: en, de", "Accept-Language:  en ,   de", true },
	{ "Accept-Language", "Accept-Language: en, de;q=0.5",
	    "Accept-Language: de;q=0.50, en;q=1.0", true },
	{ "Accept-Language", "Accept-Language: en, de;q=0.5", "Accept-Language: en;q=0.5, de",
	    false },
	{ "Accept-Encoding", "Accept-Encoding: gzip, br", "Accept-Encoding: BR,gzip", true },
	{ "Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip;q=0", false },
	{ "Accept-Encoding", "Accept-Encoding: gzip;q=0", "Accept-Encoding: gzip;q=0.000", true },
	{ "Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip, br", false },
	{ "Accept-Encoding", "Accept-Encoding: ", "A: b", false },
	{ "Accept", "Accept: text/html;level=1, */*;q=0.1", "Accept: */*;q=0.1,TEXT/html;Level=1",
	    true },
	{ "Accept", "Accept: text/html;v=a", "Accept: text/html;v=A", false },
	{ "User-Agent", "User-Agent: a (b, c)", "User-Agent: a (b,c)", false },
	{ "Cookie", "Cookie: a=1, b=2", "Cookie: a=1,b=2", false },
	{ "Cookie", "Cookie: a=1", "Cookie: a=1", true },
	{ "Origin", "Origin: http://x", "Origin: http://y", false },
};

START_TEST(rfc9111_4_1_variants)
{
	const struct match_case	*c = &match_cases[_i];
	struct given		 g;
	struct cachekey		 primary, one, other, elsewhere;
	struct span		 names;

	given_start(&g);
	cachekey_primary(SPAN("http://a.example/"), &primary);
	given_reply(&g, 200, arena_printf(&g.a, "Vary: %s", c->vary).p, T0);
	ck_assert_int_eq(varykey_names(&g.reply, &g.a, &names), VARYKEY_FIELDS);
	given_request(&g, "GET", c->one);
	ck_assert(varykey_make(&primary, 1, names, &g.req, &g.a, &one));
	given_request(&g, "GET", c->other);
	ck_assert(varykey_make(&primary, 1, names, &g.req, &g.a, &other));
	ck_assert_msg(cachekey_eq(&one, &other) == c->same, "%s | %s | %s", c->vary, c->one,
	    c->other);
	cachekey_primary(SPAN("http://b.example/"), &primary);
	ck_assert(varykey_make(&primary, 1, names, &g.req, &g.a, &elsewhere));
	ck_assert(!cachekey_eq(&elsewhere, &other));
	given_end(&g);
}
END_TEST

static const struct norm_case { const char *fields, *name, *want; } norm_cases[] = {
	{ "Accept-Encoding: gzip;q=1.0, identity; q=0.5, *;q=0", "accept-encoding",
	    "*;q=000,gzip,identity;q=500" },
	{ "Accept-Encoding: gzip;q=2", "accept-encoding", "gzip;q=2" },
	{ "Accept-Encoding: gzip;q=1.001", "accept-encoding", "gzip;q=1.001" },
	{ "Accept-Encoding: ,, a ,,", "accept-encoding", "a" },
	{ "Accept-Language: ;, de", "accept-language", "de" },
	{ "X: a ,\tb", "x", "a,b" },
	{ "X: a\nX: b", "X", "a,b" },
};

START_TEST(normal_forms)
{
	const struct norm_case	*c = &norm_cases[_i];
	struct given		 g;
	struct span		 out;

	given_start(&g);
	given_request(&g, "GET", c->fields);
	ck_assert(varynorm_value(&g.req, span_of(c->name), &g.a, &out));
	ck_assert_msg(span_is(out, c->want), "%s: %.*s", c->fields, SPAN_ARG(out));
	given_end(&g);
}
END_TEST

#define NONCE	"00000000000000ab\n"

START_TEST(markers)
{
	char		 first[256], second[256];
	struct sb	 b;
	struct span	 rest, names;
	uint64_t	 nonce;

	sb_fixed(&b, first, sizeof first);
	ck_assert(varykey_marker_add(&b, SPAN_NONE, SPAN("accept,foo"), 0xab));
	ck_assert(span_is(sb_done(&b), NONCE "accept,foo\n"));
	rest = sb_done(&b);
	sb_fixed(&b, second, sizeof second);
	ck_assert(varykey_marker_add(&b, rest, SPAN(""), 0xcd));
	ck_assert(span_is(sb_done(&b), NONCE "\naccept,foo\n"));
	rest = sb_done(&b);
	sb_fixed(&b, first, sizeof first);
	ck_assert(varykey_marker_add(&b, rest, SPAN("accept,foo"), 0xef));
	ck_assert(span_is(sb_done(&b), NONCE "accept,foo\n\n"));
	ck_assert(varykey_marker_open(sb_done(&b), &nonce, &rest));
	ck_assert_uint_eq(nonce, 0xab);
	ck_assert(varykey_marker_next(&rest, &names) && span_is(names, "accept,foo"));
	ck_assert(varykey_marker_next(&rest, &names) && names.n == 0);
	ck_assert(!varykey_marker_next(&rest, &names));
}
END_TEST

START_TEST(rfc9111_4_4_a_new_marker_hides_old_variants)
{
	struct given	 g;
	struct cachekey	 primary, one, two;

	given_start(&g);
	cachekey_primary(SPAN("http://a.example/"), &primary);
	ck_assert(varykey_make(&primary, 1, SPAN("foo"), &g.req, &g.a, &one));
	ck_assert(varykey_make(&primary, 2, SPAN("foo"), &g.req, &g.a, &two));
	ck_assert(!cachekey_eq(&one, &two));
	ck_assert(varykey_make(&primary, 1, SPAN(""), &g.req, &g.a, &two));
	ck_assert(!cachekey_eq(&one, &two) && !cachekey_eq(&primary, &two));
	ck_assert(varykey_make(&primary, 1, SPAN_NONE, &g.req, &g.a, &one) &&
	    cachekey_eq(&one, &two));
	given_end(&g);
}
END_TEST

START_TEST(markers_of_a_bad_disk)
{
	static const char *const	 bad[] = { "a", "b,a\n", "a,,b\n", "A\n", "a,a\n", "a b\n",
	    "\x01\n", ",\n" };
	struct span			 rest = span_of(bad[_i]), names;

	ck_assert_msg(!varykey_marker_next(&rest, &names), "%s", bad[_i]);
}
END_TEST

START_TEST(markers_without_a_number)
{
	static const char *const	 bad[] = { "", "a\n", "0123456789abcdef",
	    "0123456789abcdeF\n", "0123456789abcde \n",
	    "0123456789abcdef0\n", "HTTP/1.1 200 OK\r\n" };
	struct span			 lists;
	uint64_t			 nonce;
	char				 bytes[64];
	struct sb			 b;

	ck_assert_msg(!varykey_marker_open(span_of(bad[_i]), &nonce, &lists), "%s", bad[_i]);
	sb_fixed(&b, bytes, sizeof bytes);
	ck_assert(varykey_marker_add(&b, span_of(bad[_i]), SPAN("x"), 0xab));
	ck_assert(span_is(sb_done(&b), NONCE "x\n"));
}
END_TEST

START_TEST(markers_are_bounded)
{
	char		 one[8192], two[8192], *from = one, *to = two, name[16], *swap;
	struct sb	 b;
	struct span	 rest = SPAN_NONE, names;
	uint64_t	 nonce;
	int		 n = 0;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "f%02d", i);
		sb_fixed(&b, to, sizeof one);
		ck_assert(varykey_marker_add(&b, rest, span_of(name), 0xab));
		rest = sb_done(&b);
		swap = from, from = to, to = swap;
	}
	ck_assert(span_starts(rest, SPAN(NONCE "f19\nf18\n")));
	ck_assert(varykey_marker_open(rest, &nonce, &rest));
	while (varykey_marker_next(&rest, &names))
		n++;
	ck_assert_int_eq(n, VARYKEY_LISTS_MAX);
}
END_TEST

static const struct refresh_case { const char *url; int64_t min; } refresh_cases[] = {
	{ "ftp://a/x", 1440 }, { "http://a/ftp:", 0 }, { "http://a/cgi-bin/x", 1 },
	{ "http://a/CGI-BIN/x", 1 }, { "http://a/x?y", 1 }, { "http://a/x.JPG", 5 },
	{ "http://a/x.jpg?y", 1 }, { "http://a/x.png", 0 },
	{ "http://slow.example/x.jpg", 4 }, { "http://a/plain", 0 },
};

START_TEST(refresh_pattern_first_match)
{
	static const struct { const char *pattern; bool fold; int64_t min; } lines[] = {
		{ "^ftp:", false, 1440 }, { "(/cgi-bin/|\\?)", true, 1 },
		{ "slow\\.example", false, 4 },
		{ "\\.(jpg|gif)$", true, 5 }, { ".", false, 0 }, { "plain", false, 7 },
	};
	struct refreshpat	*p = refreshpat_new();
	char			 err[200];

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct refresh_rule	 r = REFRESH_RULE_DEFAULT;

		r.min_s = lines[i].min;
		ck_assert(refreshpat_add(p, span_of(lines[i].pattern), lines[i].fold, &r, err,
		    sizeof err));
	}
	ck_assert(!refreshpat_add(p, SPAN("("), false, &REFRESH_RULE_DEFAULT, err, sizeof err));
	refreshpat_seal(p);
	ck_assert_int_eq(refreshpat_match(p, span_of(refresh_cases[_i].url))->min_s,
	    refresh_cases[_i].min);
	refreshpat_free(&p);
	ck_assert_ptr_null(p);
}
END_TEST

START_TEST(refresh_pattern_default)
{
	struct refreshpat	*p = refreshpat_new();
	const struct refresh_rule *r;

	refreshpat_seal(p);
	r = refreshpat_match(p, SPAN("http://a/"));
	ck_assert(r->min_s == 0 && r->percent == 20 && r->max_s == 259200 && r->max_stale_s == -1 &&
	    r->flags == 0);
	refreshpat_free(&p);
}
END_TEST

START_TEST(refresh_pattern_options)
{
	struct refresh_rule	 r = REFRESH_RULE_DEFAULT;

	ck_assert_int_eq(refreshpat_option(&r, SPAN("override-expire")), REFRESHPAT_OK);
	ck_assert_int_eq(refreshpat_option(&r, SPAN("store-stale")), REFRESHPAT_OK);
	ck_assert_int_eq(refreshpat_option(&r, SPAN("ignore-no-cache")), REFRESHPAT_OBSOLETE);
	ck_assert_int_eq(refreshpat_option(&r, SPAN("max-stale=90")), REFRESHPAT_OK);
	ck_assert_int_eq(refreshpat_option(&r, SPAN("max-stale=x")), REFRESHPAT_UNKNOWN);
	ck_assert_int_eq(refreshpat_option(&r, SPAN("override")), REFRESHPAT_UNKNOWN);
	ck_assert_uint_eq(r.flags, REFRESH_OVERRIDE_EXPIRE | REFRESH_STORE_STALE);
	ck_assert_int_eq(r.max_stale_s, 90);
}
END_TEST

Suite *
suite_keys(void)
{
	Suite	*s = suite_create("keys");
	TCase	*c = tcase_create("keys");

	tcase_add_test(c, rfc9111_2_primary_key);
	tcase_add_test(c, keys_asked_for_again);
	tcase_add_test(c, keys_do_not_run_together);
	tcase_add_loop_test(c, rfc9110_12_5_5_vary_names, 0,
	    sizeof names_cases / sizeof *names_cases);
	tcase_add_loop_test(c, rfc9111_4_1_variants, 0, sizeof match_cases / sizeof *match_cases);
	tcase_add_loop_test(c, normal_forms, 0, sizeof norm_cases / sizeof *norm_cases);
	tcase_add_test(c, markers);
	tcase_add_loop_test(c, markers_of_a_bad_disk, 0, 8);
	tcase_add_test(c, rfc9111_4_4_a_new_marker_hides_old_variants);
	tcase_add_loop_test(c, markers_without_a_number, 0, 7);
	tcase_add_test(c, markers_are_bounded);
	tcase_add_loop_test(c, refresh_pattern_first_match, 0,
	    sizeof refresh_cases / sizeof *refresh_cases);
	tcase_add_test(c, refresh_pattern_default);
	tcase_add_test(c, refresh_pattern_options);
	suite_add_tcase(s, c);
	return s;
}
