/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets, Host fields and the canonical form of hosts (RFC 9112, 3.2; RFC 3986). */
#include "test_http.h"

#include "base/must.h"
#include "http/target.h"

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
	const char		*raw;
	enum target_result	 want;
	const char		*host;
	uint16_t		 port;
	const char		*path, *url;
} absolute[] = {
	{ "http://h/", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "HTTP://WWW.Example.COM/A", TARGET_OK, "www.example.com", 80, "/A",
	    "http://www.example.com/A" },
	{ "http://h", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://h?q=1", TARGET_OK, "h", 80, "/?q=1", "http://h/?q=1" },
	{ "http://h/a?b#c", TARGET_OK, "h", 80, "/a?b", "http://h/a?b" },
	{ "http://h#c", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://h:/", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://h:80/", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://h:8080/", TARGET_OK, "h", 8080, "/", "http://h:8080/" },
	{ "http://h:00080/", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "https://h/", TARGET_OK, "h", 443, "/", "https://h/" },
	{ "https://h:80/", TARGET_OK, "h", 80, "/", "https://h:80/" },
	{ "ftp://h/x", TARGET_OK, "h", 21, "/x", "ftp://h/x" },
	{ "ws://h/", TARGET_OK, "h", 80, "/", "ws://h/" },
	{ "wss://h/", TARGET_OK, "h", 443, "/", "wss://h/" },
	{ "Cache_object://h/", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "Coap+TCP://h/", TARGET_OK, "h", 0, "/", "coap+tcp://h/" },
	{ "http://user:pw@h/", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://@h/", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://a@b@h/", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "http://good.com\\@evil.com/", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "http://evil.com\\.good.com/", TARGET_BAD_HOST, NULL, 0, NULL, NULL },
	{ "http://good.com#@evil.com/", TARGET_OK, "good.com", 80, "/", "http://good.com/" },
	{ "http://good.com?@evil.com/", TARGET_OK, "good.com", 80, "/?@evil.com/",
	    "http://good.com/?@evil.com/" },
	{ "http://h:80:90/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://h:0/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://h:08080/", TARGET_OK, "h", 8080, "/", "http://h:8080/" },
	{ "http://h:65535/", TARGET_OK, "h", 65535, "/", "http://h:65535/" },
	{ "http://h:65536/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://h:4294967376/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://h:-80/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://h:+80/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://h:0x50/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://h:http/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http:///path", TARGET_BAD_HOST, NULL, 0, NULL, NULL },
	{ "http://", TARGET_BAD_HOST, NULL, 0, NULL, NULL },
	{ "http://:80/", TARGET_BAD_HOST, NULL, 0, NULL, NULL },
	{ "http:/h/", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "http:h", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "http:", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "://h/", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "1http://h/", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "h:80", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "h/path", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "**", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "http://h/a b", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "http://h/\xc3\xa9", TARGET_BAD, NULL, 0, NULL, NULL },
	{ "http://[::1]/", TARGET_OK, "::1", 80, "/", "http://[::1]/" },
	{ "http://[2001:DB8:0:0::1]:8080/", TARGET_OK, "2001:db8::1", 8080, "/",
	    "http://[2001:db8::1]:8080/" },
	{ "http://[::1", TARGET_BAD_HOST, NULL, 0, NULL, NULL },
	{ "http://[::1]x/", TARGET_BAD_HOST, NULL, 0, NULL, NULL },
	{ "http://::1/", TARGET_BAD_PORT, NULL, 0, NULL, NULL },
	{ "http://[::1]:/", TARGET_OK, "::1", 80, "/", "http://[::1]/" },
	{ "http://h@h/", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://h./", TARGET_OK, "h", 80, "/", "http://h/" },
	{ "http://127.0.0.1:8080/a?b", TARGET_OK, "127.0.0.1", 8080, "/a?b",
	    "http://127.0.0.1:8080/a?b" },
	{ "coap+tcp://h:80/", TARGET_OK, "h", 80, "/", "coap+tcp://h:80/" },
	{ "http://2130706433/", TARGET_OK, "127.0.0.1", 80, "/", "http://127.0.0.1/" },
};

START_TEST(r9112_3_2_2_absolute)
{
	struct target		 t;
	enum target_result	 r = target_parse(&t, span_of(absolute[_i].raw), false, &arena);

	ck_assert_msg(r == absolute[_i].want, "%s: %s", absolute[_i].raw, target_text(r));
	if (r != TARGET_OK)
		return;
	ck_assert_int_eq(t.form, TARGET_ABSOLUTE);
	ck_assert_int_eq(t.fragment, strchr(absolute[_i].raw, '#') != NULL);
	ASSERT_SPAN(t.host, absolute[_i].host);
	ck_assert_uint_eq(t.port, absolute[_i].port);
	ASSERT_SPAN(t.path, absolute[_i].path);
	ASSERT_SPAN(target_url(&t, &arena), absolute[_i].url);
	ck_assert_int_eq(target_is_canonical(&t, span_of(absolute[_i].raw)),
	    absolute[_i].raw[7] != '[' && strcmp(absolute[_i].raw, absolute[_i].url) == 0);
	ck_assert(!t.is_addr || t.addr.port == t.port);
}
END_TEST

START_TEST(r9112_3_2_4_members)
{
	struct target	 t;

	ck_assert_int_eq(target_parse(&t, SPAN("http://u:p@h:80"), false, &arena), TARGET_OK);
	ASSERT_SPAN(t.userinfo, "u:p");
	ck_assert(t.port_given && t.path_absent);
	ck_assert_int_eq(t.scheme, SCHEME_HTTP);
	ASSERT_SPAN(t.scheme_text, "http");
	ASSERT_SPAN(target_authority(&t, false, &arena), "h");
	ASSERT_SPAN(target_authority(&t, true, &arena), "h:80");
	ck_assert_int_eq(target_parse(&t, SPAN("http://h/"), false, &arena), TARGET_OK);
	ck_assert(t.userinfo.p == NULL && !t.port_given && !t.path_absent);
	ck_assert_int_eq(target_parse(&t, SPAN("http://@h/"), false, &arena), TARGET_OK);
	ck_assert(t.userinfo.p != NULL && t.userinfo.n == 0);
	ck_assert_int_eq(target_parse(&t, SPAN("http://h?"), false, &arena), TARGET_OK);
	ck_assert(!t.path_absent);
	ck_assert_int_eq(target_parse(&t, SPAN("*"), false, &arena), TARGET_OK);
	ck_assert_int_eq(t.form, TARGET_ASTERISK);
	ASSERT_SPAN(t.path, "*");
	ASSERT_SPAN(target_url(&t, &arena), "*");
	ck_assert_int_eq(target_parse(&t, SPAN("gopher+x://h:70/"), false, &arena), TARGET_OK);
	ck_assert_int_eq(t.scheme, SCHEME_OTHER);
	ASSERT_SPAN(target_url(&t, &arena), "gopher+x://h:70/");
}
END_TEST

START_TEST(r9112_3_2_1_origin)
{
	struct target	 t;

	ck_assert_int_eq(target_parse(&t, SPAN("/a?b#c"), false, &arena), TARGET_OK);
	ck_assert_int_eq(t.form, TARGET_ORIGIN);
	ck_assert_int_eq(t.scheme, SCHEME_NONE);
	ck_assert_uint_eq(t.host.n, 0);
	ck_assert_uint_eq(t.port, 0);
	ASSERT_SPAN(t.path, "/a?b");
	ck_assert(t.fragment);
	ASSERT_SPAN(target_url(&t, &arena), "/a?b");
	ck_assert_int_eq(target_parse(&t, SPAN("//evil/x"), false, &arena), TARGET_OK);
	ASSERT_SPAN(t.path, "//evil/x");
	ck_assert_int_eq(target_parse_host(&t, SPAN("H.:8080"), 80, &arena), TARGET_OK);
	ASSERT_SPAN(target_url(&t, &arena), "http://h:8080//evil/x");
	ck_assert_int_eq(target_parse(&t, SPAN("/\x01"), false, &arena), TARGET_BAD);
}
END_TEST

static const struct {
	const char		*raw;
	enum target_result	 want;
	const char		*url;
} authority[] = {
	{ "h:443", TARGET_OK, "h:443" },
	{ "EXAMPLE.com.:443", TARGET_OK, "example.com:443" },
	{ "[::1]:443", TARGET_OK, "[::1]:443" },
	{ "[::ffff:127.0.0.1]:443", TARGET_OK, "127.0.0.1:443" },
	{ "0x7f.1:443", TARGET_OK, "127.0.0.1:443" },
	{ "h", TARGET_NO_PORT, NULL },
	{ "h:", TARGET_NO_PORT, NULL },
	{ "[::1]", TARGET_NO_PORT, NULL },
	{ "h:0", TARGET_BAD_PORT, NULL },
	{ "h:65536", TARGET_BAD_PORT, NULL },
	{ "h:443x", TARGET_BAD_PORT, NULL },
	{ "h: 443", TARGET_BAD_PORT, NULL },
	{ "h:443:444", TARGET_BAD_PORT, NULL },
	{ "::1:443", TARGET_BAD_PORT, NULL },
	{ ":443", TARGET_BAD_HOST, NULL },
	{ "h:443/", TARGET_BAD, NULL },
	{ "http://h:443/", TARGET_BAD, NULL },
	{ "u@h:443", TARGET_BAD, NULL },
	{ "/", TARGET_BAD, NULL },
	{ "*", TARGET_BAD_HOST, NULL },
	{ "h#:443", TARGET_BAD_HOST, NULL },
	{ "h:443?x", TARGET_BAD_PORT, NULL },
	{ "h:443#x", TARGET_BAD_PORT, NULL },
	{ "", TARGET_BAD, NULL },
};

START_TEST(r9112_3_2_3_authority)
{
	struct target		 t;
	enum target_result	 r = target_parse(&t, span_of(authority[_i].raw), true, &arena);

	ck_assert_msg(r == authority[_i].want, "%s: %s", authority[_i].raw, target_text(r));
	if (r != TARGET_OK)
		return;
	ck_assert_int_eq(t.form, TARGET_AUTHORITY);
	ASSERT_SPAN(target_url(&t, &arena), authority[_i].url);
}
END_TEST

static const struct {
	const char		*value;
	enum target_result	 want;
	const char		*host;
	uint16_t		 port;
} fields[] = {
	{ "h", TARGET_OK, "h", 80 },
	{ "h:", TARGET_OK, "h", 80 },
	{ "H.Example.:8080", TARGET_OK, "h.example", 8080 },
	{ "[::1]:81", TARGET_OK, "::1", 81 },
	{ "", TARGET_BAD_HOST, NULL, 0 },
	{ "h, i", TARGET_BAD_HOST, NULL, 0 },
	{ "h i", TARGET_BAD_HOST, NULL, 0 },
	{ "u@h", TARGET_BAD_HOST, NULL, 0 },
	{ "h/", TARGET_BAD_HOST, NULL, 0 },
	{ "http://h/", TARGET_BAD_PORT, NULL, 0 },
	{ "h:80 ", TARGET_BAD_PORT, NULL, 0 },
	{ "h:0", TARGET_BAD_PORT, NULL, 0 },
	{ "h\t", TARGET_BAD_HOST, NULL, 0 },
};

START_TEST(r9110_7_2_host_field)
{
	struct target		 t;
	enum target_result	 r = target_parse_host(&t, span_of(fields[_i].value), 80, &arena);

	ck_assert_msg(r == fields[_i].want, "%s: %s", fields[_i].value, target_text(r));
	if (r != TARGET_OK)
		return;
	ASSERT_SPAN(t.host, fields[_i].host);
	ck_assert_uint_eq(t.port, fields[_i].port);
}
END_TEST

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char	*raw, *want;	/* NULL: refused */
	bool		 is_addr;
} hosts[] = {
	/* RFC 3986, 6.2.2.1 and 3.2.2 */
	{ "Example.COM", "example.com", false },
	{ "example.com.", "example.com", false },
	{ "example.com..", NULL, false },
	{ ".", NULL, false },
	{ "..", NULL, false },
	{ ".example.com", NULL, false },
	{ "a..b", NULL, false },
	{ "", NULL, false },
	{ "under_score.example", "under_score.example", false },
	{ "_dmarc.example", "_dmarc.example", false },
	{ "-a-.example", "-a-.example", false },
	{ "r3---sn-x.example", "r3---sn-x.example", false },
	{ "xn--mnchen-3ya.de", "xn--mnchen-3ya.de", false },
	{ "XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de", false },
	{ "localhost", "localhost", false },
	{ "a b", NULL, false },
	{ "a\tb", NULL, false },
	{ "a,b", NULL, false },
	{ "a;b", NULL, false },
	{ "a*b", NULL, false },
	{ "a~b", NULL, false },
	{ "a$b", NULL, false },
	{ "a\\b", NULL, false },
	{ "a/b", NULL, false },
	{ "a@b", NULL, false },
	{ "a\x01" "b", NULL, false },
	{ "a\x7f" "b", NULL, false },
	{ LABEL63 ".example", LABEL63 ".example", false },
	{ LABEL63 "a.example", NULL, false },
	{ LABEL63 "." LABEL63 "."
	    LABEL63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.",
	    LABEL63 "." LABEL63 "."
	    LABEL63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	{ LABEL63 "." LABEL63 "."
	    LABEL63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL,
	    false },
	/* percent-encoding */
	{ "ex%61mple.com", "example.com", false },
	{ "ex%41mple.com", "example.com", false },
	{ "example%2ecom", "example.com", false },
	{ "example.com%2E", "example.com", false },
	{ "m%C3%BCnchen.de", "xn--mnchen-3ya.de", false },
	{ "%31%32%37.0.0.1", "127.0.0.1", true },
	{ "a%00b", NULL, false },
	{ "a%2fb", NULL, false },
	{ "a%40b", NULL, false },
	{ "a%3a80", NULL, false },
	{ "a%20b", NULL, false },
	{ "a%0d%0ab", NULL, false },
	{ "%5b::1%5d", NULL, false },
	{ "a%2561", NULL, false },
	{ "a%", NULL, false },
	{ "a%6", NULL, false },
	{ "a%zz", NULL, false },
	{ "a%ff", NULL, false },
	/* UTS 46 */
	{ "m\xc3\xbcnchen.de", "xn--mnchen-3ya.de", false },
	{ "M\xc3\x9cNCHEN.de", "xn--mnchen-3ya.de", false },
	/* non-transitional */
	{ "stra\xc3\x9f" "e.de", "xn--strae-oqa.de", false },
	{ "mu\xcc\x88nchen.de", "xn--mnchen-3ya.de", false },			/* normalised */
	{ "\xef\xbc\x85", NULL, false },					/* full-width % */
	{ "a\xef\xbc\x8f" "b", NULL, false },					/* full-width / */
	/* ideographic full stop */
	{ "example\xe3\x80\x82" "com", "example.com", false },
	/* full-width digits */
	{ "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "127.0.0.1", true },
	{ "exa\xc2\xadmple.com", "example.com", false },			/* soft hyphen */
	{ "\xc2\xad", NULL, false },
	/* zero-width space */
	{ "a\xe2\x80\x8b", "a", false },
	{ "\xc3\x28", NULL, false },						/* not UTF-8 */
	{ "\xff", NULL, false },
	{ "\xed\xa0\x80", NULL, false },					/* a surrogate */
	/* IPv4 in all spellings of inet_aton */
	{ "127.0.0.1", "127.0.0.1", true },
	{ "127.0.0.1.", "127.0.0.1", true },
	{ "127.1", "127.0.0.1", true },
	{ "127.0.1", "127.0.0.1", true },
	{ "127.65535", "127.0.255.255", true },
	{ "2130706433", "127.0.0.1", true },
	{ "017700000001", "127.0.0.1", true },
	{ "0x7f000001", "127.0.0.1", true },
	{ "0X7F.1", "127.0.0.1", true },
	{ "0x7f.1", "127.0.0.1", true },
	{ "0177.0.0.01", "127.0.0.1", true },
	{ "0x7f.0.0.0x1", "127.0.0.1", true },
	{ "0", "0.0.0.0", true },
	{ "00.0x0.0", "0.0.0.0", true },
	{ "4294967295", "255.255.255.255", true },
	{ "4294967296", NULL, false },
	{ "0x100000000", NULL, false },
	{ "18446744073709551617", NULL, false },
	{ "256.0.0.1", NULL, false },
	{ "1.256.1", NULL, false },
	{ "1.2.3.256", NULL, false },
	{ "1.2.65536", NULL, false },
	{ "1.16777216", NULL, false },
	{ "1.16777215", "1.255.255.255", true },
	{ "1.2.3.4.5", NULL, false },
	{ "08.0.0.1", NULL, false },
	{ "0x", NULL, false },
	{ "0x.1", NULL, false },
	{ "1.2.3.0xg", "1.2.3.0xg", false },
	{ "1.2.3.4a", "1.2.3.4a", false },
	{ "a.1", NULL, false },
	{ "foo.0x1", NULL, false },
	{ "1.example", "1.example", false },
	{ "1..1", NULL, false },
	/* IPv6: RFC 5952; zones and IPvFuture refused */
	{ "[::1]", "::1", true },
	{ "::1", "::1", true },
	{ "[2001:DB8:0:0:1:0:0:1]", "2001:db8::1:0:0:1", true },
	{ "[0:0:0:0:0:0:0:1]", "::1", true },
	{ "[::ffff:1.2.3.4]", "1.2.3.4", true },
	{ "[::FFFF:7f00:1]", "127.0.0.1", true },
	{ "[fe80::1%25eth0]", NULL, false },
	{ "[fe80::1%eth0]", NULL, false },
	{ "fe80::1%eth0", NULL, false },
	{ "[v1.x]", NULL, false },
	{ "[127.0.0.1]", NULL, false },
	{ "[]", NULL, false },
	{ "[", NULL, false },
	{ "]", NULL, false },
	{ "[::1", NULL, false },
	{ "[::1]]", NULL, false },
	{ "[[::1]]", NULL, false },
	{ "[::1].", NULL, false },
	{ "[1:2:3:4:5:6:7:8:9]", NULL, false },
	{ "[::1::]", NULL, false },
	{ "[12345::]", NULL, false },
	{ "a:b", NULL, false },
	{ "[ ::1]", NULL, false },
};

START_TEST(r3986_3_2_2_host)
{
	struct target		 t;
	enum target_result	 r = target_host(&t, span_of(hosts[_i].raw), &arena);

	if (hosts[_i].want == NULL) {
		ck_assert_msg(r == TARGET_BAD_HOST, "%s: %s", hosts[_i].raw, target_text(r));
		return;
	}
	ck_assert_msg(r == TARGET_OK, "%s: %s", hosts[_i].raw, target_text(r));
	ASSERT_SPAN(t.host, hosts[_i].want);
	ck_assert_int_eq(t.is_addr, hosts[_i].is_addr);
	/* the canonical form is its own canonical form */
	ck_assert_int_eq(target_host(&t, span_of(hosts[_i].want), &arena), TARGET_OK);
	ASSERT_SPAN(t.host, hosts[_i].want);
}
END_TEST

/*
 * What is asked for one after the other on a connection means what it means alone, and is judged as
 * strictly.
 */
static const struct {
	const char	*first, *next;
	bool		 known;		/* the second one was not judged anew */
} following[] = {
	{ "http://h/", "http://h/a?b", true },
	{ "http://h/", "http://h/a?b#c", true },
	{ "http://h/", "http://h//", true },
	{ "http://h:8080/a", "http://h:8080/b", true },
	{ "http://192.0.2.1:81/", "http://192.0.2.1:81/x", true },
	{ "http://h/", "http://h/\x01", true },
	{ "http://h/", "http://h/\x80", true },
	{ "http://h/", "http://h/0123456789abcdef\x7f" "0123456789", true },
	{ "http://h/", "http://h/0123456789abcdef0123\x80", true },
	{ "http://h/", "http://h", false },
	{ "http://h/", "http://h?q", false },
	{ "http://h/", "http://h#x", false },
	{ "http://h/", "http://h:80/", false },
	{ "http://h/", "http://h:81/", false },
	{ "http://h/", "http://h.example/", false },
	{ "http://h/", "http://h@evil/", false },
	{ "http://h/", "http://h\\@evil/", false },
	{ "http://h/", "HTTP://h/", false },
	{ "http://h/", "http://H/", false },
	{ "http://h/", "ws://h/", false },
	{ "http://h/", "/h/", false },
	{ "http://h/", "*", false },
	{ "http://h:8080/", "http://h:8081/", false },
	{ "http://h:8080/", "http://h:808/", false },
	{ "http://h:8080/", "http://h/", false },
	{ "http://h.example/", "http://h/", false },
	{ "http://h:80/", "http://h:80/", false },
	{ "http://H/", "http://H/", false },
	{ "http://h./", "http://h./", false },
	{ "http://u@h/", "http://u@h/", false },
	{ "http://0x7f.1/", "http://0x7f.1/", false },
	{ "http://[::1]/", "http://[::1]/", false },
	{ "http://%68/", "http://%68/", false },
	{ "http://h?q", "http://h?q/", false },
	{ "http://h", "http://h", false },
	{ "https://h/", "https://h/", false },
	{ "/", "http://h/", false },
	{ "http://h:0/", "http://h:0/", false },
	{ "http://a234567890123456789012345678901234567890123456789012345.b/",
	"http://a234567890123456789012345678901234567890123456789012345.b/x",
	  true },	/* 64 bytes */
	{ "http://a2345678901234567890123456789012345678901234567890123456.b/",
	    "http://a2345678901234567890123456789012345678901234567890123456.b/x", false },
};

START_TEST(known_target)
{
	struct span		 next = span_of(following[_i].next);
	struct target_known	 k = { 0 };
	struct target		 t, alone;
	enum target_result	 r, want;

	target_parse_next(&t, span_of(following[_i].first), &k, &arena);
	r = target_parse_next(&t, next, &k, &arena);
	want = target_parse(&alone, next, false, &arena);
	ck_assert_msg(r == want, "%s: %s", following[_i].next, target_text(r));
	ck_assert_int_eq(t.plain > 0, following[_i].known);
	if (r != TARGET_OK)
		return;
	ck_assert(t.form == alone.form && t.scheme == alone.scheme && t.port == alone.port &&
	    t.port_given == alone.port_given);
	ck_assert(t.is_addr == alone.is_addr && memcmp(&t.addr, &alone.addr, sizeof t.addr) == 0);
	ck_assert(span_eq(t.scheme_text, alone.scheme_text) && span_eq(t.host, alone.host) &&
	    span_eq(t.path, alone.path));
	ck_assert(span_eq(t.userinfo, alone.userinfo) && t.path_absent == alone.path_absent &&
	    t.fragment == alone.fragment);
	ck_assert(span_eq(target_url(&t, &arena), target_url(&alone, &arena)));
	ck_assert_int_eq(target_is_canonical(&t, next), target_is_canonical(&alone, next));
}
END_TEST

/*
 * What is wrong is not remembered, and what was right is forgotten for it only if it was judged
 * anew.
 */
START_TEST(known_target_changes)
{
	struct target_known	 k = { 0 };
	struct target		 t;
	char			 raw[] = "http://one/x";

	ck_assert_int_eq(target_parse_next(&t, span_of(raw), &k, &arena), TARGET_OK);
	memset(raw, '?', sizeof raw - 1);	/* its buffer is another's by now */
	ck_assert_int_eq(target_parse_next(&t, SPAN("http://one/y"), &k, &arena), TARGET_OK);
	ck_assert(t.plain > 0);
	ASSERT_SPAN(t.host, "one");
	ck_assert_int_eq(target_parse_next(&t, SPAN("http://two/y"), &k, &arena), TARGET_OK);
	ASSERT_SPAN(t.host, "two");
	ck_assert_int_eq(target_parse_next(&t, SPAN("http://one/y"), &k, &arena), TARGET_OK);
	ck_assert_uint_eq(t.plain, 0);
	ASSERT_SPAN(t.host, "one");
	ck_assert_int_eq(target_parse_next(&t, SPAN("http://bad host/"), &k, &arena),
	    TARGET_BAD_HOST);
	ck_assert_int_eq(target_parse_next(&t, SPAN("http://bad host/"), &k, &arena),
	    TARGET_BAD_HOST);
}
END_TEST

START_TEST(host_nul_byte)
{
	struct target	 t;

	ck_assert_int_eq(target_host(&t, span_at("a\0b", 3), &arena), TARGET_BAD_HOST);
	ck_assert_int_eq(target_host(&t, span_at("\xc3\xbc\0b", 4), &arena), TARGET_BAD_HOST);
	ck_assert_int_eq(target_host(&t, span_at("::1\0", 4), &arena), TARGET_BAD_HOST);
}
END_TEST

START_TEST(host_no_memory)
{
	struct target	 t;
	struct arena	 none;

	arena_init(&none, 0);
	ck_assert_int_eq(target_parse(&t, SPAN("http://h/"), false, &none), TARGET_NO_MEMORY);
	ck_assert_int_eq(target_parse(&t, SPAN("foo://h/"), false, &none), TARGET_NO_MEMORY);
	ck_assert_int_eq(target_parse(&t, SPAN("[::1]:80"), true, &none), TARGET_NO_MEMORY);
}
END_TEST

TCase *
test_target(void)
{
	TCase	*t = tcase_create("target");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, r9112_3_2_2_absolute, 0, COUNT_OF(absolute));
	tcase_add_test(t, r9112_3_2_4_members);
	tcase_add_test(t, r9112_3_2_1_origin);
	tcase_add_loop_test(t, r9112_3_2_3_authority, 0, COUNT_OF(authority));
	tcase_add_loop_test(t, r9110_7_2_host_field, 0, COUNT_OF(fields));
	tcase_add_loop_test(t, r3986_3_2_2_host, 0, COUNT_OF(hosts));
	tcase_add_loop_test(t, known_target, 0, COUNT_OF(following));
	tcase_add_test(t, known_target_changes);
	tcase_add_test(t, host_nul_byte);
	tcase_add_test(t, host_no_memory);
	return t;
}
