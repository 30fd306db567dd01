/* SPDX-License-Identifier: Apache-2.0 */
/* What ends at the proxy: the PAC file and its validators, TRACE, OPTIONS, everything else. */
#include <stdio.h>
#include <stdlib.h>

#include "admin/admin.h"
#include "base/clock.h"
#include "core/settings.h"
#include "test_admin.h"

static struct settings	 s;
static struct txn	*t;
static char		*head;

static void
ask(const char *method, const char *target, const char *fields)
{
	static const struct head_limits	 lim = { 65536, 8192, 100 };

	if (t != NULL) {
		txn_free(&t);
		free(head);
	}
	clock_fake(1000000, 784111777ULL * 1000000);
	s.txn_memory_max = 1 << 20;
	s.request_header_max_size = 65536;
	s.visible_hostname = "proxy.test";
	s.pac = SPAN("function FindProxyForURL() {}\n");
	s.generation = 1;
	t = txn_new(&s);
	if (asprintf(&head, "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n", method, target, fields) < 0)
		abort();
	ck_assert_int_eq(head_parse_request(&t->req, head, strlen(head), 0, &lim, &t->arena),
	    HEAD_DONE);
	ck_assert_int_eq(target_parse(&t->target, t->req.target, false, &t->arena), TARGET_OK);
	t->for_us = t->target.form != TARGET_ABSOLUTE;
	t->f.url = t->for_us ? t->req.target : target_url(&t->target, &t->arena);
}

static const char *
value(enum field_id id)
{
	struct span	 v = head_value(&t->reply, id);

	return v.p == NULL ? "" : arena_span(&t->arena, v).p;
}

START_TEST(pac)
{
	static const struct { const char *method, *target; unsigned status; size_t body; } cases[] =
	    {
		{ "GET", "/proxy.pac", 200, 30 }, { "GET", "/wpad.dat", 200, 30 },
		{ "GET", "/proxy.pac?x=y", 200, 30 }, { "HEAD", "/wpad.dat", 200, 0 },
	};
	char	 fields[200];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ask(cases[i].method, cases[i].target, "");
		ck_assert_int_eq(admin_local(t), STEP_REPLY);
		ck_assert_uint_eq(t->reply.status, cases[i].status);
		ck_assert_str_eq(value(FIELD_CONTENT_TYPE), "application/x-ns-proxy-autoconfig");
		ck_assert_str_eq(value(FIELD_CONTENT_LENGTH), "30");
		ck_assert_uint_eq(t->reply_body == NULL ? 0 : t->page.span.n, cases[i].body);
		ck_assert_str_eq(value(FIELD_LAST_MODIFIED), "Sun, 06 Nov 1994 08:49:37 GMT");
	}
	for (unsigned i = 0; i < 4; i++) {
		static const char	*forms[] = { "If-None-Match: %s\r\n",
		    "If-None-Match: \"x\", W/%s\r\n", "If-None-Match: \"x\"\r\n%.0s",
		    "If-None-Match: *\r\n%.0s" };

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(fields, sizeof fields, forms[i], value(FIELD_ETAG));
#pragma GCC diagnostic pop
		ask("GET", "/proxy.pac", fields);
		admin_local(t);
		ck_assert_uint_eq(t->reply.status, i == 2 ? 200 : 304);
		ck_assert_int_eq(t->reply_body == NULL, i != 2);
	}
	ask("GET", "/proxy.pac", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
	admin_local(t);
	ck_assert_uint_eq(t->reply.status, 304);
	ask("GET", "/proxy.pac", "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n");
	admin_local(t);
	ck_assert_uint_eq(t->reply.status, 200);
	ask("GET", "/proxy.pac",
	    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nIf-None-Match: \"x\"\r\n");
	admin_local(t);
	ck_assert_uint_eq(t->reply.status, 200);
	ask("POST", "/proxy.pac", "");
	admin_local(t);
	ck_assert_uint_eq(t->reply.status, 405);
	ck_assert_str_eq(value(FIELD_ALLOW), "GET, HEAD, OPTIONS, TRACE");
	ask("GET", "/proxy.pac", "");
	s.pac = SPAN_NONE;
	ck_assert_int_eq(admin_local(t), STEP_ERROR);
	ck_assert_uint_eq(t->f.why, WHY_NOT_FOUND);
}
END_TEST

START_TEST(elsewhere)
{
	ask("GET", "/", "Accept: text/plain\r\n");
	ck_assert_int_eq(admin_local(t), STEP_ERROR);
	ck_assert_uint_eq(t->f.why, WHY_NOT_FOUND);
	ck_assert_int_eq(admin_error(t), STEP_REPLY);
	ck_assert_uint_eq(t->reply.status, 404);
	ck_assert_ptr_nonnull(strstr(t->page.span.p, "This is a proxy, not a web server"));
	ck_assert_ptr_nonnull(strstr(t->page.span.p, "/proxy.pac"));
}
END_TEST

START_TEST(trace)
{
	static const char	 expected[] =
	    "TRACE http://x/path HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\nUser-Agent: a\r\n\r\n";

	ask("TRACE", "http://x/path",
	    "Max-Forwards: 0\r\nCookie: a=b\r\nAuthorization: Basic x\r\nProxy-Authorization: y\r\n"
	    "X-Api-Key: z\r\nX-Auth-Token: z\r\nUser-Agent: a\r\n");
	ck_assert_int_eq(admin_local(t), STEP_REPLY);
	ck_assert_uint_eq(t->reply.status, 200);
	ck_assert_str_eq(value(FIELD_CONTENT_TYPE), "message/http");
	ck_assert(span_is(t->page.span, expected));
	ask("TRACE", "http://user:secret@x/", "");
	admin_local(t);
	ck_assert_ptr_null(strstr(t->page.span.p, "secret"));
}
END_TEST

START_TEST(options)
{
	ask("OPTIONS", "*", "");
	ck_assert_int_eq(admin_local(t), STEP_REPLY);
	ck_assert_uint_eq(t->reply.status, 200);
	ck_assert_ptr_nonnull(strstr(value(FIELD_ALLOW), "CONNECT"));
	ck_assert_str_eq(value(FIELD_CONTENT_LENGTH), "0");
	ask("OPTIONS", "/proxy.pac", "");
	admin_local(t);
	ck_assert_ptr_null(strstr(value(FIELD_ALLOW), "CONNECT"));
}
END_TEST

TCase *
test_local(void)
{
	TCase	*c = tcase_create("local");

	tcase_add_test(c, pac);
	tcase_add_test(c, elsewhere);
	tcase_add_test(c, trace);
	tcase_add_test(c, options);
	return c;
}
