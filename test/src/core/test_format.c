/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logformat: Squid's built-in formats byte for byte, encodings, widths, codes, errors with columns;
 * JSON; packed facts.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "core/facts.h"
#include "core/format.h"
#include "core/formatjson.h"
#include "core/formatquote.h"
#include "core/settings.h"

static struct settings	 s;
static struct txn	 t;
static char		 line[70000];

static struct addr
ip(const char *text, uint16_t port)
{
	struct addr	 a;

	ck_assert(addr_parse(&a, span_of(text)));
	a.port = port;
	return a;
}

static void
add(struct head *h, const char *name, const char *value)
{
	ck_assert(head_add(h, span_of(name), span_of(value), &t.arena));
}

/* A GET that went well. */
static void
setup(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	clock_fake(1000000, 1700000100123456);
	memset(&s, 0, sizeof s);
	s.log_uses_indirect_client = true;
	memset(&t, 0, sizeof t);
	t.tag = TXN_TAG;
	t.s = &s;
	arena_init(&t.arena, 1 << 20);
	t.f.number = 0x1a2b;
	t.f.started = 1700000000000000;
	t.f.ended = 1700000000123456;
	t.f.duration = 123456;
	t.f.client = ip("10.0.0.9", 50123);
	t.f.indirect = ip("192.168.1.7", 0);
	t.f.local = ip("10.0.0.1", 3128);
	t.f.method = SPAN("GET");
	t.f.url = SPAN("http://example.com/a/b?q=1&r=2");
	t.f.host = SPAN("example.com");
	t.f.target_port = 80;
	t.f.version = 11;
	t.f.user = SPAN("alice [x]");
	t.f.tag_result = RESULT_MISS;
	t.f.route = ROUTE_DIRECT;
	t.f.origin = ip("93.184.216.34", 80);
	t.f.outgoing = ip("10.0.0.1", 40000);
	t.f.status = 200;
	t.f.origin_status = 200;
	t.f.mime = SPAN("text/html");
	t.f.req_head = 150;
	t.f.in = 150;
	t.f.out_head = 250;
	t.f.out = 5250;
	t.f.origin_in = 5200;
	t.f.dns_time = 4200;
	t.f.connect_time = 10000;
	t.f.first_time = 20500;
	t.f.rule = SPAN("http_access allow staff");
	t.f.rule_file = SPAN("/etc/sepia.conf");
	t.f.rule_line = 12;
	t.f.notes = SPAN("colour=red\ncolour=blue\nsize=9\n");
	add(&t.req, "User-Agent", "Mozilla/5.0 \"x\" \\ [y]");
	add(&t.req, "Referer", "http://r.example/\t1");
	add(&t.req, "Accept", "a");
	add(&t.req, "Accept", "b;c=1,  sess=77, d");
	add(&t.req, "Proxy-Authorization", "Basic c2VjcmV0");
	add(&t.req, "Cookie", "sid=topsecret");
	add(&t.reply, "Content-Type", "text/html; charset=x");
	add(&t.reply, "Set-Cookie", "sid=topsecret");
}

static void
teardown(void)
{
	arena_reset(&t.arena);
}

static const char *
run(struct logformat *f)
{
	struct sb	 b;

	ck_assert_ptr_nonnull(f);
	sb_fixed(&b, line, sizeof line);
	format_write(f, &t, &b);
	ck_assert(sb_ok(&b));
	line[b.n] = '\0';
	format_free(&f);
	return line;
}

static struct logformat *
compile(const char *text)
{
	struct diag		 d;
	struct logformat	*f;

	diag_init(&d);
	f = format_compile("t", span_of(text), (struct diag_place){ "f", 1, 10 }, &d);
	ck_assert_msg((f != NULL) == (d.errors == 0), "%s", text);
	diag_free(&d);
	return f;
}

START_TEST(builtin)
{
	static const struct { const char *name, *want; } cases[] = {
		{ "squid",
		    "1700000000.123    123 192.168.1.7 TCP_MISS/200 5250 GET http://example.com/a/b?q=1&r=2 "
		    "alice %5bx%5d HIER_DIRECT/93.184.216.34 text/html" },
		{ "common",
		    "192.168.1.7 - alice %5bx%5d [14/Nov/2023:22:13:20 +0000] \"GET http://example.com/a/b?q=1&r=2 HTTP/1.1\" "
		    "200 5250 TCP_MISS:HIER_DIRECT" },
		{ "combined",
		    "192.168.1.7 - alice %5bx%5d [14/Nov/2023:22:13:20 +0000] \"GET http://example.com/a/b?q=1&r=2 HTTP/1.1\" "
		    "200 5250 \"http://r.example/\\t1\" \"Mozilla/5.0 \\\"x\\\" \\\\ [y]\" TCP_MISS:HIER_DIRECT" },
		{ "referrer",
		    "1700000000.123 192.168.1.7 http://r.example/%091 http://example.com/a/b?q=1&r=2" },
		{ "useragent",
		    "192.168.1.7 [14/Nov/2023:22:13:20 +0000] \"Mozilla/5.0 \\\"x\\\" \\\\ [y]\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(run(format_builtin(cases[i].name)), cases[i].want);
	ck_assert_ptr_null(format_builtin("nosuch"));
}
END_TEST

START_TEST(failures)
{
	t.f = (struct facts){ .number = 1, .started = 1700000000000000, .ended = 1700000000000000,
	    .indirect = ip("::1", 0) };
	ck_assert_str_eq(run(format_builtin("squid")),
	    "1700000000.000      0 ::1 NONE_NONE/000 0 - error:transaction-end-before-headers - HIER_NONE/- -");
	ck_assert_str_eq(run(format_builtin("common")),
	    "::1 - - [14/Nov/2023:22:13:20 +0000] \"- error:transaction-end-before-headers HTTP/0.0\" 0 0 NONE_NONE:HIER_NONE");
	t.f.why = WHY_BAD_REQUEST;
	ck_assert_str_eq(run(compile("%Ss/%03>Hs %ru %err_code")),
	    "NONE_NONE/000 error:invalid-request ERR_INVALID_REQ");
	ck_assert_str_eq(run(compile("%why")), why_row(WHY_BAD_REQUEST)->name);
	t.f.why = WHY_HEAD_LONG;
	ck_assert_str_eq(run(compile("%ru")), "error:request-too-large");
	t.f.why = WHY_ACL_DENIED;
	t.f.status = 403;
	ck_assert_str_eq(run(compile("%Ss/%03>Hs")), "TCP_DENIED/403");
	t.f.tag_result = RESULT_MISS;		/* a refusal counts whatever was found before */
	ck_assert_str_eq(run(compile("%Ss")), "TCP_DENIED");
	t.f.why = WHY_REPLY_DENIED;
	ck_assert_str_eq(run(compile("%Ss")), "TCP_DENIED_REPLY");
	t.f.why = WHY_CLIENT_GONE;
	t.f.aborted = 1;
	ck_assert_str_eq(run(compile("%Ss")), "TCP_MISS_ABORTED");
	t.f.aborted = 2;
	t.f.tag_result = RESULT_TUNNEL;
	ck_assert_str_eq(run(compile("%Ss")), "TCP_TUNNEL_TIMEDOUT");
	t.f.interim = 3;
	ck_assert_str_eq(run(compile("%Ss")), "TCP_TUNNEL_INTERIM");
	t.f.interim = 0;
	t.f.tag_result = 999;
	t.f.route = 999;
	ck_assert_str_eq(run(compile("%Ss %Sh")), "NONE_TIMEDOUT HIER_NONE");
}
END_TEST

START_TEST(codes)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "plain", "plain" }, { "%%", "%" }, { "a%%b", "a%b" },
		{ "%>a %>A %>p %>la %>lp %la %lp",
		    "192.168.1.7 192.168.1.7 50123 10.0.0.1 3128 10.0.0.1 3128" },
		{ "%<a %<A %<p %<la %<lp %oa",
		    "93.184.216.34 example.com 80 10.0.0.1 40000 10.0.0.1" },
		{ "%ts %tu %03tu %.6tu %.1tu", "1700000000 123 123 123456 1" },
		{ "%tr %.3tr %8tr|%-8tr|%08tr", "123 123.456      123|123     |00000123" },
		{ "%tS %.6tS", "1700000000.000 1700000000.000000" },
		{ "%dt %<pt %<tt", "4 20 30" },
		{ "%tl", "14/Nov/2023:22:13:20 +0000" }, { "%{%Y-%m-%d}tl", "2023-11-14" },
		{ "%tg{%H:%M}", "22:13" }, { "%tg", "14/Nov/2023:22:13:20" },
		{ "%un %ul %ui %ue %us", "alice [x] alice [x] - - -" }, { "%[un", "alice %5bx%5d" },
		{ "%#un", "alice%20%5Bx%5D" },
		{ "%rm %>rm %<rm %rv %>rv %<rv %>v", "GET GET GET 1.1 1.1 1.1 1.1" },
		{ "%http::rm %http::>Hs", "GET 200" },
		{ "%ru %>ru %<ru",
		    "http://example.com/a/b?q=1&r=2 http://example.com/a/b?q=1&r=2 http://example.com/a/b?q=1&r=2" },
		{ "%>rs %>rd %>rP %>rp %rp", "http example.com 80 /a/b?q=1&r=2 /a/b?q=1&r=2" },
		{ "%st %>st %<st %>sh %<sh %<sS %<bs", "5400 150 5250 150 250 5000 5200" },
		{ "%>Hs %Hs %<Hs %06>Hs", "200 200 200 000200" }, { "%mt", "text/html" },
		{ "%{User-Agent}>h", "Mozilla/5.0%20%22x%22%20%5C%20%5By%5D" },
		{ "%\"{User-Agent}>h", "Mozilla/5.0 \\\"x\\\" \\\\ [y]" },
		{ "%[{User-Agent}>h", "Mozilla/5.0 \"x\" \\\\ %5by%5d" },
		{ "%/{User-Agent}>h", "\"Mozilla/5.0 \\\"x\\\" \\\\ [y]\"" },
		{ "%'{User-Agent}>h", "Mozilla/5.0 \"x\" \\ [y]" },
		{ "%{Referer}>h", "http://r.example/%091" }, { "%>h{X-None}", "-" },
		{ "%>ha{Accept}", "a,%20b;c=1,%20%20sess=77,%20d" },
		{ "%{Accept:sess}>h", "77" }, { "%{Accept:;c}>h", "1,%20%20sess=77,%20d" },
		{ "%{Accept:none}>h", "-" },
		{ "%{Proxy-Authorization}>h %{cookie}>h %{Cookie:;sid}>h",
		    "%5Bredacted%5D %5Bredacted%5D %5Bredacted%5D" },
		{ "%'<h", "Content-Type: text/html; charset=x%0D%0ASet-Cookie: [redacted]%0D%0A" },
		{ "%[<h",
		    "Content-Type: text/html; charset=x\\r\\nSet-Cookie: %5bredacted%5d\\r\\n" },
		{ "%{colour}note %{colour:+}note %{size}note %{none}note",
		    "red,blue red+blue 9 -" },
		{ "%note", "colour:%20red%0D%0Acolour:%20blue%0D%0Asize:%209%0D%0A" },
		{ "%5>rm|%-5rm|%.2rm|%5.2rm|%-5.2rm|", "  GET|GET  |GE|   GE|GE   |" },
		{ "[%{User-Agent}>h]", "[Mozilla/5.0 \"x\" \\\\ %5by%5d]" },
		{ "\"%rm\" %un", "\"GET\" alice [x]" },
		{ "%ssl::bump_mode %ssl::>sni %tls::<cert %icap::tt %adapt::<last_h %>eui %credentials", "- - - - - - -" },
		{ "%rule|%rule_file|%rule_line|%rule_acl|%request|%master_xaction",
		    "http_access%20allow%20staff|/etc/sepia.conf|12|-|1a2b|6699" },
		{ "%'rule", "http_access allow staff" },
		{ "%{t_dns}fact %{result}fact %{origin}fact %{route}fact %{time}fact %{request}fact %{user}fact %{detail}fact",
		    "4 TCP_MISS 93.184.216.34 HIER_DIRECT 1700000000.000 1a2b alice%20%5Bx%5D -" },
		{ "%err_code %err_detail %et %why", "- - - -" },
		{ "%SRC %METHOD %URI", "192.168.1.7 GET http://example.com/a/b?q=1&r=2" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(run(compile(cases[i].text)), cases[i].want);
}
END_TEST

/* The URL that the client asked for, and the one that url_rewrite_program made of it. */
START_TEST(rewritten)
{
	static const struct { const char *asked, *want; } cases[] = {
		{ "http://first.test/x?y", "http first.test 80 /x?y /x?y" },
		{ "http://first.test:8080/x", "http first.test 8080 /x /x" },
		{ "http://[2001:db8::1]/", "http 2001:db8::1 80 / /" },
		{ "http://[2001:db8::1]:81/", "http 2001:db8::1 81 / /" },
		{ "http://h:1", "http h 1 - -" },
		{ "first.test:443", "- first.test 443 - -" },
		{ "[2001:db8::1]:443", "- 2001:db8::1 443 - -" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		t.f.url_asked = span_of(cases[i].asked);
		ck_assert_str_eq(run(compile("%'>ru")), cases[i].asked);
		ck_assert_str_eq(run(compile("%'>rs %'>rd %>rP %'>rp %'rp")), cases[i].want);
		ck_assert_str_eq(run(compile("%ru %URI %<ru")),
		    "http://example.com/a/b?q=1&r=2 http://example.com/a/b?q=1&r=2 "
		    "http://example.com/a/b?q=1&r=2");
		ck_assert_str_eq(run(compile("%<rs %<rd %<rP %<rp|%PROTO %DST %PORT %PATH")),
		    "http example.com 80 /a/b?q=1&r=2|http example.com 80 /a/b?q=1&r=2");
	}
}
END_TEST

START_TEST(settings_matter)
{
	s.strip_query_terms = true;
	ck_assert_str_eq(run(compile("%ru %>ru")),
	    "http://example.com/a/b? http://example.com/a/b?q=1&r=2");
	s.log_uses_indirect_client = false;
	ck_assert_str_eq(run(compile("%>a")), "10.0.0.9");
	s.client_hidden_v4 = 16;
	t.f.client_name = SPAN("pc9.example");
	ck_assert_str_eq(run(compile("%>a %>A %{client}fact %{client_name}fact")),
	    "10.0.0.0 10.0.0.0 10.0.0.0 -");
	t.f.client_name = SPAN_NONE;
	s.client_hidden_v4 = 0;
	t.reply.major = t.reply.minor = 1;
	t.reply.status = 404;
	t.reply.reason = SPAN("Not Found");
	t.reply.n = 0;
	ck_assert_str_eq(run(compile("%[<h %<sH")), "HTTP/1.1 404 Not Found\\r\\n 5000");
	t.reply.status = 0;
	s.log_mime_hdrs = true;
	t.req.n = 1;
	t.reply.n = 0;
	ck_assert_str_eq(run(format_builtin("squid")),
	    "1700000000.123    123 10.0.0.9 TCP_MISS/200 5250 GET http://example.com/a/b? "
	    "alice %5bx%5d HIER_DIRECT/93.184.216.34 text/html [User-Agent: Mozilla/5.0 \"x\" \\\\ %5by%5d\\r\\n] []");
}
END_TEST

/* Squid's access.log has addresses as they are; only what none can hold is written otherwise. */
START_TEST(addresses)
{
	struct span	 old = t.f.url;

	t.f.url = SPAN("http://[2001:db8::1]/~u/a|b'{c}^`\x01 \xc3");
	ck_assert_str_eq(run(compile("%ru")), "http://[2001:db8::1]/~u/a|b'{c}^`%01%20%C3");
	ck_assert_str_eq(run(compile("%>ru")),
	    "http://%5B2001:db8::1%5D/%7Eu/a%7Cb%27%7Bc%7D%5E%60%01%20%C3");
	ck_assert_str_eq(run(compile("\"%ru\"")), "\"http://[2001:db8::1]/~u/a|b'{c}^`\x01 \xc3\"");
	t.f.url = old;
}
END_TEST

START_TEST(hostile)
{
	char	 bytes[256];

	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	t.f.url = span_at(bytes, 256);
	t.f.user = span_at(bytes, 256);
	t.f.method = span_at(bytes, 256);
	t.f.mime = span_at(bytes, 256);
	for (const char *q = "'\"[#/ "; *q != '\0'; q++) {
		char	 text[64];

		snprintf(text, sizeof text, "%%%.1sun %%%.1sru %%%.1smt", *q == ' ' ? "" : q,
		    *q == ' ' ? "" : q, *q == ' ' ? "" : q);
		run(compile(text));
		ck_assert_ptr_null(strpbrk(line, "\r\n"));
		ck_assert_uint_gt(strlen(line), 700);	/* no NUL either */
	}
	run(format_builtin("squid"));
	ck_assert_ptr_null(strpbrk(line, "\r\n"));
}
END_TEST

START_TEST(errors)
{
	static const struct { const char *text; uint32_t col; } cases[] = {
		{ "%zz", 10 }, { "ab%zz", 12 }, { "%>a %{x>h", 14 }, { "%", 10 },
		{ "%{}nosuch", 10 }, { "%{nosuch}fact", 10 }, { "%http::%", 10 },
		{ "%ssl::nosuch", 10 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct diag	 d;

		diag_init(&d);
		ck_assert_ptr_null(format_compile("t", span_of(cases[i].text),
		    (struct diag_place){ "f", 1, 10 }, &d));
		ck_assert_uint_ge(d.errors, 1);
		ck_assert_uint_eq(d.entries[0].col, cases[i].col);
		diag_free(&d);
	}
}
END_TEST

START_TEST(json)
{
	static const struct { const char *in; size_t n; const char *want; } cases[] = {
		{ "plain", 5, "\"plain\"" }, { "a\"b\\c", 5, "\"a\\\"b\\\\c\"" },
		{ "\x00\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\"" },
		{ "\xc3\xa9", 2, "\"\xc3\xa9\"" }, { "\xc3", 1, "\"\\u00c3\"" },
		{ "\xc0\x80", 2, "\"\\u00c0\\u0080\"" },
		{ "\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\"" },
		{ "\xf0\x9f\x98\x80x", 5, "\"\xf0\x9f\x98\x80x\"" },
		{ "\xf4\x90\x80\x80", 4, "\"\\u00f4\\u0090\\u0080\\u0080\"" },
		{ "\xe2\x82", 2, "\"\\u00e2\\u0082\"" }, { "", 0, "\"\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sb	 b;

		sb_fixed(&b, line, sizeof line);
		formatjson_text(span_at(cases[i].in, cases[i].n), &b);
		line[b.n] = '\0';
		ck_assert_str_eq(line, cases[i].want);
	}
	t.f.aborted = 1;
	ck_assert_str_eq(run(format_builtin("json")),
	    "{\"request\":\"1a2b\",\"time\":1700000000.000000,\"end\":1700000000.123456,\"client\":\"10.0.0.9\",\"client_port\":50123,"
	    "\"client_indirect\":\"192.168.1.7\",\"local\":\"10.0.0.1\",\"local_port\":3128,\"method\":\"GET\","
	    "\"url\":\"http://example.com/a/b?q=1&r=2\",\"host\":\"example.com\",\"target_port\":80,\"version\":11,"
	    "\"user\":\"alice [x]\",\"rule\":\"http_access allow staff\",\"rule_file\":\"/etc/sepia.conf\",\"rule_line\":12,"
	    "\"result\":\"TCP_MISS_ABORTED\",\"route\":\"HIER_DIRECT\",\"origin\":\"93.184.216.34\",\"origin_port\":80,"
	    "\"outgoing\":\"10.0.0.1\",\"outgoing_port\":40000,\"status\":200,\"origin_status\":200,\"type\":\"text/html\","
	    "\"request_head\":150,\"in\":150,\"reply_head\":250,\"out\":5250,\"origin_in\":5200,\"t_dns\":4.200,\"t_connect\":10.000,"
	    "\"t_first_byte\":20.500,\"duration\":123.456,\"aborted\":1,\"notes\":[\"colour=red\",\"colour=blue\",\"size=9\"]}");
}
END_TEST

START_TEST(packed)
{
	struct facts	 back;
	size_t		 size;
	void		*block;

	block = facts_pack(&t.f, &size);
	ck_assert_uint_lt(size, 300);
	facts_unpack(block, size, &back);
	for (unsigned i = 0; i < fact_count; i++) {
		const char	*a = (const char *)&t.f + fact_rows[i].offset,
		    *b = (const char *)&back + fact_rows[i].offset;

		if (fact_rows[i].type == FACT_TEXT)
			ck_assert(span_eq(*(const struct span *)(const void *)a,
			    *(const struct span *)(const void *)b));
		else
			ck_assert_int_eq(memcmp(a, b, fact_rows[i].type == FACT_ADDR ?
			    sizeof(struct addr) : 8), 0);
	}
	for (size_t n = 0; n < size; n++)		/* cut anywhere: no harm */
		facts_unpack(block, n, &back);
	for (size_t n = 0; n < size; n++) {
		((unsigned char *)block)[n] ^= 0xff;
		facts_unpack(block, size, &back);
		((unsigned char *)block)[n] ^= 0xff;
	}
	free(block);
	memset(&t.f, 0, sizeof t.f);
	block = facts_pack(&t.f, &size);
	ck_assert_uint_eq(size, 0);
	facts_unpack(block, size, &back);
	free(block);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("format");
	TCase	*c = tcase_create("format");
	SRunner	*r;
	int	 failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, builtin);
	tcase_add_test(c, failures);
	tcase_add_test(c, codes);
	tcase_add_test(c, rewritten);
	tcase_add_test(c, settings_matter);
	tcase_add_test(c, addresses);
	tcase_add_test(c, hostile);
	tcase_add_test(c, errors);
	tcase_add_test(c, json);
	tcase_add_test(c, packed);
	suite_add_tcase(suite, c);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
