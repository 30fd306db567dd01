/* SPDX-License-Identifier: Apache-2.0 */
/* Error pages: kinds, contents, escaping, deny_info in all its forms. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/admin.h"
#include "admin/builtinpage.h"
#include "admin/errorpage.h"
#include "admin/webtext.h"
#include "base/clock.h"
#include "test_admin.h"

static struct settings	 s;
static struct txn	*t;
static struct diag	 d;
static char		*head;
static char		 dir[] = "/tmp/sepia-pages-XXXXXX";

static void
request(const char *method, const char *url, const char *fields)
{
	static const struct head_limits	 lim = { 65536, 8192, 100 };

	t = txn_new(&s);
	if (asprintf(&head, "%s %s HTTP/1.1\r\nHost: x\r\nX-Probe: probe-value\r\n%s\r\n", method,
	    url, fields) < 0)
		abort();
	ck_assert_int_eq(head_parse_request(&t->req, head, strlen(head), 0, &lim, &t->arena),
	    HEAD_DONE);
	ck_assert_int_eq(target_parse(&t->target, t->req.target, t->req.method == METHOD_CONNECT,
	    &t->arena), TARGET_OK);
	t->f.url = t->req.target;
	t->f.method = t->req.method_text;
	t->f.host = t->target.host;
	t->f.target_port = t->target.port;
	t->f.number = 0xabc123;
	ck_assert(addr_parse(&t->f.indirect, SPAN("192.0.2.7")));
	t->f.rule = SPAN("http_access deny <ads>");
	t->f.rule_file = SPAN("/etc/sepia/sepia.conf");
	t->f.rule_line = 42;
	t->f.rule_acl = SPAN("ads");
}

static void
done(void)
{
	txn_free(&t);
	free(head);
}

static const char *
body(void)
{
	return t->reply_body == NULL ? "" : t->page.span.p;
}

static const char *
value(enum field_id id)
{
	struct span	 v = head_value(&t->reply, id);

	return v.p == NULL ? "" : arena_span(&t->arena, v).p;
}

static void
refuse(enum why w)
{
	txn_fail(t, w, "because <b>&\"it\"");
	ck_assert_int_eq(admin_error(t), STEP_REPLY);
}

static void
begin(void)
{
	clock_fake(1000000, 784111777ULL * 1000000);
	memset(&s, 0, sizeof s);
	s.path = "sepia.conf";
	s.txn_memory_max = 1 << 20;
	s.request_header_max_size = 65536;
	s.visible_hostname = "proxy.test";
	s.cache_mgr = "admin@proxy.test";
	s.basic.on = true;
	diag_init(&d);
}

static void
end(void)
{
	if (s.extra[EXTRA_ERROR_PAGES] != NULL)
		errorpage_free(&s);
	diag_free(&d);
}

#define BROWSER	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"

START_TEST(kinds)
{
	static const struct { const char *fields; enum builtinpage_kind kind; bool asked;
	    } cases[] = {
		{ BROWSER, BUILTINPAGE_HTML, false },
		{ "Accept: */*\r\nUser-Agent: curl/7.88.1\r\n", BUILTINPAGE_JSON, false },
		{ "", BUILTINPAGE_JSON, false },
		{ "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n", BUILTINPAGE_HTML, false },
		{ "Accept: */*\r\nUser-Agent: Mozilla/5.0\r\n", BUILTINPAGE_HTML, false },
		{ "Accept: application/json\r\nUser-Agent: Mozilla/5.0\r\n", BUILTINPAGE_JSON,
		    true },
		{ "Accept: application/json, text/plain, */*\r\nUser-Agent: Mozilla/5.0\r\n",
		    BUILTINPAGE_JSON, true },
		{ "Accept: text/html, application/json;q=0.9\r\n", BUILTINPAGE_HTML, false },
		{ "Accept: text/html;q=0.5, application/json\r\n", BUILTINPAGE_JSON, true },
		{ "Accept: text/plain\r\n", BUILTINPAGE_TEXT, true },
		{ "Accept: text/html;q=0, application/json;q=0\r\n", BUILTINPAGE_JSON, false },
	};
	bool	 asked;

	begin();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		request("GET", "http://x.example/", cases[i].fields);
		ck_assert_msg(builtinpage_kind(t, &asked) == cases[i].kind, "%s", cases[i].fields);
		ck_assert_int_eq(asked, cases[i].asked);
		done();
	}
	end();
}
END_TEST

START_TEST(html)
{
	char	 length[16];

	begin();
	request("GET", "http://x.example/?<script>'\"&", BROWSER);
	refuse(WHY_ACL_DENIED);
	ck_assert_uint_eq(t->reply.status, 403);
	ck_assert(t->has_reply && t->reply_is_ours && !t->no_reply);
	ck_assert_str_eq(value(FIELD_CONTENT_TYPE), "text/html;charset=utf-8");
	ck_assert_str_eq(value(FIELD_X_SQUID_ERROR), "ERR_ACCESS_DENIED 0");
	ck_assert_str_eq(value(FIELD_CACHE_CONTROL), "no-store");
	ck_assert_str_eq(value(FIELD_DATE), "Sun, 06 Nov 1994 08:49:37 GMT");
	snprintf(length, sizeof length, "%zu", t->page.span.n);
	ck_assert_str_eq(value(FIELD_CONTENT_LENGTH), length);
	ck_assert(span_is(t->f.mime, "text/html"));
	ck_assert_ptr_nonnull(strstr(body(), "http://x.example/?&lt;script&gt;&#39;&quot;&amp;"));
	ck_assert_ptr_null(strstr(body(), "<script"));
	ck_assert_ptr_nonnull(strstr(body(), "http_access deny &lt;ads&gt;"));
	ck_assert_ptr_nonnull(strstr(body(), "/etc/sepia/sepia.conf, line 42"));
	ck_assert_ptr_nonnull(strstr(body(), "abc123"));
	ck_assert_ptr_nonnull(strstr(body(), "because &lt;b&gt;&amp;&quot;it&quot;"));
	ck_assert_ptr_nonnull(strstr(body(), "mailto:admin@proxy.test"));
	ck_assert_ptr_null(strstr(body(), "probe-value"));
	done();
	end();
}
END_TEST

START_TEST(other_kinds)
{
	begin();
	request("GET", "http://x.example/\\\"", "Accept: application/json\r\n");
	refuse(WHY_NAME_UNKNOWN);
	ck_assert_uint_eq(t->reply.status, 503);
	ck_assert_str_eq(value(FIELD_CONTENT_TYPE), "application/json");
	ck_assert_ptr_nonnull(strstr(body(), "\"error\": \"name-unknown\""));
	ck_assert_ptr_nonnull(strstr(body(), "\"url\": \"http://x.example/\\\\\\\"\""));
	ck_assert_ptr_nonnull(strstr(body(), "\"line\": 42"));
	ck_assert_ptr_nonnull(strstr(body(), "\"request\": \"abc123\""));
	done();
	request("GET", "http://x.example/", "Accept: text/plain\r\n");
	refuse(WHY_ACL_DENIED);
	ck_assert_str_eq(value(FIELD_CONTENT_TYPE), "text/plain;charset=utf-8");
	ck_assert_ptr_nonnull(strstr(body(), "(/etc/sepia/sepia.conf:42)"));
	done();
	request("HEAD", "http://x.example/", BROWSER);
	refuse(WHY_ACL_DENIED);
	ck_assert_ptr_null(t->reply_body);
	ck_assert_int_gt(atoi(value(FIELD_CONTENT_LENGTH)), 500);
	done();
	request("CONNECT", "x.example:443", "User-Agent: Mozilla/5.0\r\n");
	refuse(WHY_ACL_DENIED);
	ck_assert_ptr_nonnull(strstr(body(), "x.example:443"));
	done();
	request("GET", "http://x.example/", BROWSER);
	t->f.why = WHY_CLIENT_GONE;
	ck_assert_int_eq(admin_error(t), STEP_REPLY);
	ck_assert(t->no_reply && !t->reset);
	done();
	end();
}
END_TEST

static void
challenge(struct txn *x)
{
	head_add(&x->reply, field_name(FIELD_PROXY_AUTHENTICATE), SPAN("Basic realm=\"x\""),
	    &x->arena);
}

START_TEST(who_are_you)
{
	static struct port	 port;

	begin();
	admin_challenge = challenge;
	request("GET", "http://x.example/", BROWSER);
	refuse(WHY_AUTH_NEEDED);
	ck_assert_uint_eq(t->reply.status, 407);
	ck_assert_str_eq(value(FIELD_PROXY_AUTHENTICATE), "Basic realm=\"x\"");
	ck_assert_str_eq(value(FIELD_X_SQUID_ERROR), "ERR_CACHE_ACCESS_DENIED 0");
	done();
	request("GET", "http://x.example/", BROWSER);
	port.intercept = true;
	t->port = &port;
	refuse(WHY_AUTH_NEEDED);
	ck_assert_uint_eq(t->reply.status, 403);
	ck_assert_str_eq(value(FIELD_PROXY_AUTHENTICATE), "");
	done();
	s.basic.on = false;
	request("GET", "http://x.example/", BROWSER);
	refuse(WHY_AUTH_NEEDED);
	ck_assert_uint_eq(t->reply.status, 403);
	done();
	admin_challenge = NULL;
	end();
}
END_TEST

static const char	*ads[] = { "other", "ads", NULL };

static void
deny_with(const char *what, unsigned status)
{
	static struct deny_info	 di;

	di = (struct deny_info){ .what = what, .status = status, .acls = ads,
	    .at = { "sepia.conf", 3, 1 } };
	s.deny_info = &di;
	s.n_deny_info = 1;
}

START_TEST(redirects)
{
	begin();
	deny_with("http://block.test/?u=%u&a=%a&i=%i&p=%%&m=%M&r=%R&q=%q", 0);
	ck_assert(errorpage_load(&s, &d));
	ck_assert_uint_eq(d.warnings, 1);	/* %q */
	request("GET", "http://x.example/p?q=1&z", BROWSER);
	refuse(WHY_ACL_DENIED);
	ck_assert_uint_eq(t->reply.status, 302);
	ck_assert_str_eq(value(FIELD_LOCATION),
	    "http://block.test/?u=http%3A%2F%2Fx.example%2Fp%3Fq%3D1%26z&a=-&i=192.0.2.7&p=%&m=GET&r=/p?q=1&z&q=%q");
	ck_assert_str_eq(value(FIELD_CONTENT_LENGTH), "0");
	done();
	deny_with("https://block.test/", 307);
	request("POST", "http://x.example/", BROWSER);
	refuse(WHY_ACL_DENIED);
	ck_assert_uint_eq(t->reply.status, 307);
	done();
	request("GET", "http://x.example/", BROWSER);
	refuse(WHY_NAME_UNKNOWN);		/* no rule refused it */
	ck_assert_uint_eq(t->reply.status, 503);
	done();
	deny_with("TCP_RESET", 0);
	request("GET", "http://x.example/", BROWSER);
	refuse(WHY_ACL_DENIED);
	ck_assert(t->no_reply && t->reset && t->close_client);
	done();
	end();
}
END_TEST

static void
put(const char *name, const char *text)
{
	char	 path[256];
	FILE	*f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(own_pages)
{
	char	 path[256];

	begin();
	ck_assert_ptr_nonnull(mkdtemp(dir));
	put("ERR_ACCESS_DENIED",
	    "<style>%l</style>denied %U for %i by %h <%w%W> %c %T %R|%%|%E|%k %s%S");
	put("ERR_ADS", "<p>no ads: %u %a %m %M %x %n %r");
	put("style.css", "p { color: red }");
	s.error_directory = dir;
	snprintf(path, sizeof path, "%s/style.css", dir);
	s.err_page_stylesheet = path;
	s.email_err_data = true;
	ck_assert(errorpage_load(&s, &d));
	request("GET", "http://x.example/<x>", BROWSER);
	refuse(WHY_ACL_DENIED);
	ck_assert_ptr_nonnull(strstr(body(),
	    "<style>p { color: red }</style>denied http://x.example/&lt;x&gt; for 192.0.2.7 by proxy.test <admin@proxy.test?subject="));
	ck_assert_ptr_nonnull(strstr(body(),
	    "ERR_ACCESS_DENIED Sun, 06 Nov 1994 08:49:37 GMT |%|because &lt;b&gt;&amp;&quot;it&quot;|%k sepia"));
	ck_assert_ptr_null(strstr(body(), "probe-value"));
	done();
	request("GET", "http://x.example/", "Accept: application/json\r\n");
	refuse(WHY_ACL_DENIED);
	ck_assert_str_eq(value(FIELD_CONTENT_TYPE), "application/json");
	done();
	errorpage_free(&s);
	deny_with("ERR_ADS", 451);
	ck_assert(errorpage_load(&s, &d));
	request("GET", "http://x.example/", "Accept: */*\r\n");
	refuse(WHY_ACL_DENIED);
	ck_assert_uint_eq(t->reply.status, 451);
	ck_assert_str_eq(body(),
	    "<p>no ads: http://x.example/ -  GET acl-denied abc123 http_access deny &lt;ads&gt; (/etc/sepia/sepia.conf:42)");
	ck_assert_str_eq(value(FIELD_X_SQUID_ERROR), "ERR_ADS 0");
	done();
	for (const char *const *f = (const char *const[]){ "ERR_ACCESS_DENIED", "ERR_ADS",
	    "style.css", NULL }; *f != NULL; f++) {
		snprintf(path, sizeof path, "%s/%s", dir, *f);
		unlink(path);
	}
	rmdir(dir);
	end();
}
END_TEST

START_TEST(mistakes)
{
	static const struct { const char *what; unsigned status; bool ok; unsigned warnings;
	    } cases[] = {
		{ "http://x.test/", 200, false, 0 }, { "http://x.test/", 404, false, 0 },
		{ "http://x.test/a b", 0, false, 0 }, { "ERR_ACCESS_DENIED", 302, false, 0 },
		{ "ERR_ACCESS_DENIED", 404, true, 0 }, { "ERR_MINE", 0, true, 1 },
		{ "/nonexistent/page.html", 0, true, 1 }, { "TCP_RESET", 0, true, 0 },
		{ "TCP_RESET", 404, true, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin();
		deny_with(cases[i].what, cases[i].status);
		ck_assert_msg(errorpage_load(&s, &d) == cases[i].ok, "%s", cases[i].what);
		ck_assert_uint_eq(d.warnings, cases[i].warnings);
		ck_assert_uint_eq(d.errors, !cases[i].ok);
		if (cases[i].ok) {		/* and there is an answer in any case */
			request("GET", "http://x.example/", BROWSER);
			refuse(WHY_ACL_DENIED);
			ck_assert(t->no_reply || t->page.span.n > 0);
			done();
		}
		end();
	}
}
END_TEST

/* An arena that is nearly full: a short page or none, never half a one. */
START_TEST(little_memory)
{
	begin();
	for (size_t left = 0; left < 12288; left += 256) {
		request("GET", "http://x.example/", BROWSER);
		t->arena.cap = t->arena.used + left;
		while (left < 4096 && arena_get(&t->arena, 64) != NULL &&
		    t->arena.cap - t->arena.used > left)
			;
		refuse(WHY_NO_MEMORY);
		ck_assert(t->no_reply || t->page.span.n > 0);
		done();
	}
	end();
}
END_TEST

START_TEST(escapes)
{
	struct sb	 b;

	sb_heap(&b, 1000);
	webtext_html(&b, SPAN("a\xc3\xa4\xff\xc3<\n\xc2\x85>\xed\xa0\x80"), 100);
	ck_assert_str_eq(sb_cstr(&b),
	    "a\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd&lt;\xef\xbf\xbd\xef\xbf\xbd&gt;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	sb_clear(&b);
	webtext_json(&b, SPAN("a\"\\\x01\xc3\xa4"), 4);
	ck_assert_str_eq(sb_cstr(&b), "\"a\\\"\\\\\xef\xbf\xbd...\"");
	sb_clear(&b);
	webtext_plain(&b, SPAN("\xc3\xa4\xc3\xa4"), 3);	/* never half a character */
	ck_assert_str_eq(sb_cstr(&b), "\xc3\xa4...");
	sb_clear(&b);
	webtext_url(&b, SPAN("a-._~/ %\xc3\xa4"));
	ck_assert_str_eq(sb_cstr(&b), "a-._~%2F%20%25%C3%A4");
	sb_free(&b);
}
END_TEST

TCase *
test_pages(void)
{
	TCase	*c = tcase_create("pages");

	tcase_add_test(c, kinds);
	tcase_add_test(c, html);
	tcase_add_test(c, other_kinds);
	tcase_add_test(c, who_are_you);
	tcase_add_test(c, redirects);
	tcase_add_test(c, own_pages);
	tcase_add_test(c, mistakes);
	tcase_add_test(c, little_memory);
	tcase_add_test(c, escapes);
	return c;
}
