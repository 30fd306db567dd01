/* SPDX-License-Identifier: Apache-2.0 */
/* Invalidation (RFC 9111, 4.4) and references (RFC 3986, 5.4). */
#include "cache/invalidate.h"
#include "cache/urlref.h"
#include "given.h"

static const struct ref_case { const char *ref, *want; } ref_cases[] = {
	/* RFC 3986, 5.4.1 and 5.4.2, base http://a/b/c/d;p?q; other schemes are none of ours */
	{ "g:h", NULL }, { "g", "http://a/b/c/g" }, { "./g", "http://a/b/c/g" },
	{ "g/", "http://a/b/c/g/" }, { "/g", "http://a/g" }, { "//g", "http://g/" },
	{ "?y", "http://a/b/c/d;p?y" }, { "g?y", "http://a/b/c/g?y" },
	{ "#s", "http://a/b/c/d;p?q" }, { "g#s", "http://a/b/c/g" },
	{ "g?y#s", "http://a/b/c/g?y" }, { ";x", "http://a/b/c/;x" },
	{ "g;x", "http://a/b/c/g;x" }, { "g;x?y#s", "http://a/b/c/g;x?y" },
	{ "", "http://a/b/c/d;p?q" }, { ".", "http://a/b/c/" }, { "./", "http://a/b/c/" },
	{ "..", "http://a/b/" }, { "../", "http://a/b/" },
	{ "../g", "http://a/b/g" }, { "../..", "http://a/" }, { "../../", "http://a/" },
	{ "../../g", "http://a/g" }, { "../../../g", "http://a/g" },
	{ "../../../../g", "http://a/g" }, { "/./g", "http://a/g" }, { "/../g", "http://a/g" },
	{ "g.", "http://a/b/c/g." }, { ".g", "http://a/b/c/.g" }, { "g..", "http://a/b/c/g.." },
	{ "..g", "http://a/b/c/..g" }, { "./../g", "http://a/b/g" }, { "./g/.", "http://a/b/c/g/" },
	{ "g/./h", "http://a/b/c/g/h" }, { "g/../h", "http://a/b/c/h" },
	{ "g;x=1/./y", "http://a/b/c/g;x=1/y" }, { "g;x=1/../y", "http://a/b/c/y" },
	{ "g?y/./x", "http://a/b/c/g?y/./x" }, { "g?y/../x", "http://a/b/c/g?y/../x" },
	{ "g#s/./x", "http://a/b/c/g" }, { "http:g", NULL },
	{ "http://a/x/../y", "http://a/y" }, { "HTTP://A:80/x", "http://a/x" },
	{ "https://a/x", "https://a/x" }, { "http://b", "http://b/" },
	{ "http://b?x", "http://b/?x" }, { "//a:8080/x", "http://a:8080/x" },
	{ "ftp://a/x", NULL }, { "http://", NULL }, { "http:///x", NULL }, { "a b", NULL },
	{ "/\x7f", NULL }, { "/a//b/../c", "http://a/a//c" },
	{ "javascript:alert(1)", NULL }, { "1:2", "http://a/b/c/1:2" },
};

START_TEST(rfc3986_5_4_references)
{
	const struct ref_case	*c = &ref_cases[_i];
	struct given		 g;
	struct target		 base, out;
	struct span		 url = SPAN("-");

	given_start(&g);
	ck_assert_int_eq(target_parse(&base, SPAN("http://a/b/c/d;p?q"), false, &g.a), TARGET_OK);
	if (urlref_resolve(&base, span_of(c->ref), &g.a, &out))
		url = target_url(&out, &g.a);
	ck_assert_msg(span_is(url, c->want == NULL ? "-" : c->want), "'%s': %.*s", c->ref,
	    SPAN_ARG(url));
	given_end(&g);
}
END_TEST

/* Target http://a.example/x/y; what is invalid, with spaces between. */
static const struct gone_case {
	const char	*clause;
	enum method	 method;
	unsigned	 status;
	const char	*fields, *want;
} gone_cases[] = {
	{ "POST", METHOD_POST, 200, NULL, "http://a.example/x/y" },
	{ "PUT", METHOD_PUT, 204, NULL, "http://a.example/x/y" },
	{ "DELETE", METHOD_DELETE, 200, NULL, "http://a.example/x/y" },
	{ "PATCH", METHOD_PATCH, 200, NULL, "http://a.example/x/y" },
	{ "M-SEARCH", METHOD_OTHER, 200, NULL, "http://a.example/x/y" },
	{ "3xx", METHOD_POST, 303, NULL, "http://a.example/x/y" },
	{ "399", METHOD_POST, 399, NULL, "http://a.example/x/y" },
	{ "GET", METHOD_GET, 200, "Location: /z", "" },
	{ "HEAD", METHOD_HEAD, 200, "Location: /z", "" },
	{ "OPTIONS", METHOD_OPTIONS, 200, "Location: /z", "" },
	{ "TRACE", METHOD_TRACE, 200, "Location: /z", "" },
	{ "PROPFIND", METHOD_OTHER, 207, NULL, "" },
	{ "REPORT", METHOD_OTHER, 200, "Content-Location: /z", "" },
	{ "SEARCH", METHOD_OTHER, 200, "Location: /z", "" },
	{ "search", METHOD_OTHER, 200, NULL, "http://a.example/x/y" },
	{ "PROPPATCH", METHOD_OTHER, 207, NULL, "http://a.example/x/y" },
	{ "CONNECT", METHOD_CONNECT, 200, NULL, "" },
	{ "4xx", METHOD_POST, 404, "Location: /z", "" },
	{ "5xx", METHOD_POST, 500, "Location: /z", "" },
	{ "1xx", METHOD_POST, 101, NULL, "" },
	{ "Location", METHOD_POST, 201, "Location: /z", "http://a.example/x/y http://a.example/z" },
	{ "Location, absolute", METHOD_POST, 201, "Location: http://a.example/z?q#f",
	    "http://a.example/x/y http://a.example/z?q" },
	{ "Location, relative", METHOD_POST, 201, "Location: z",
	    "http://a.example/x/y http://a.example/x/z" },
	{ "Location, same", METHOD_POST, 201, "Location: http://A.example:80/x/y",
	    "http://a.example/x/y" },
	{ "Location, another host", METHOD_POST, 201, "Location: http://b.example/z",
	    "http://a.example/x/y" },
	{ "Location, another port", METHOD_POST, 201, "Location: http://a.example:81/z",
	    "http://a.example/x/y" },
	{ "Location, another scheme", METHOD_POST, 201, "Location: https://a.example/z",
	    "http://a.example/x/y" },
	{ "Location, malformed", METHOD_POST, 201, "Location: http://a.example:x/z",
	    "http://a.example/x/y" },
	{ "Location, twice", METHOD_POST, 201, "Location: /z\nLocation: /w",
	    "http://a.example/x/y" },
	{ "Content-Location", METHOD_PUT, 200, "Content-Location: /c",
	    "http://a.example/x/y http://a.example/c" },
	{ "both", METHOD_POST, 201, "Location: /l\nContent-Location: /c",
	    "http://a.example/x/y http://a.example/l http://a.example/c" },
	{ "both, the same", METHOD_POST, 201, "Location: /l\nContent-Location: /l",
	    "http://a.example/x/y http://a.example/l" },
};

START_TEST(rfc9111_4_4_invalidation)
{
	const struct gone_case	*c = &gone_cases[_i];
	struct given		 g;
	struct target		 target;
	struct span		 urls[INVALIDATE_MAX], all = SPAN("");
	size_t			 n;
	struct head		 reply,
	    req = { .request = true, .method = c->method, .method_text = span_of(c->clause) };

	given_start(&g);
	ck_assert_int_eq(target_parse(&target, SPAN("http://a.example/x/y"), false, &g.a),
	    TARGET_OK);
	given_head(&g, &reply, arena_printf(&g.a, "HTTP/1.1 %u x", c->status).p, c->fields);
	n = invalidate_urls(&req, &target, &reply, &g.a, urls);
	for (size_t i = 0; i < n; i++)
		all = arena_printf(&g.a, "%.*s%s%.*s", SPAN_ARG(all), i > 0 ? " " : "",
		    SPAN_ARG(urls[i]));
	ck_assert_msg(span_is(all, c->want), "%s: %.*s", c->clause, SPAN_ARG(all));
	given_end(&g);
}
END_TEST

Suite *
suite_invalidation(void)
{
	Suite	*s = suite_create("invalidation");
	TCase	*c = tcase_create("invalidation");

	tcase_add_loop_test(c, rfc3986_5_4_references, 0, sizeof ref_cases / sizeof *ref_cases);
	tcase_add_loop_test(c, rfc9111_4_4_invalidation, 0, sizeof gone_cases / sizeof *gone_cases);
	suite_add_tcase(s, c);
	return s;
}
