/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_rewrite_program's answers in all their forms, and what a request is after its target was
 * replaced. The step itself, with a helper, is in test/scenario/rewrite*.vtc.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../acl/made.h"
#include "access/newtarget.h"
#include "access/rewrite.h"
#include "access/rewriteanswer.h"

static const struct {
	const char		*line;
	enum rewriteanswer_kind	 kind;
	const char		*url;		/* NULL: does not matter */
	unsigned		 status;
} answers[] = {
	{ "", REWRITEANSWER_SAME, NULL, 0 },
	{ "   ", REWRITEANSWER_SAME, NULL, 0 },
	{ "OK", REWRITEANSWER_SAME, NULL, 0 },
	{ "ERR", REWRITEANSWER_SAME, NULL, 0 },
	{ "ERR rewrite-url=http://a/", REWRITEANSWER_SAME, NULL, 0 },
	{ "OK status=302", REWRITEANSWER_SAME, NULL, 0 },
	{ "OK tag=x", REWRITEANSWER_SAME, NULL, 0 },
	{ "BH", REWRITEANSWER_BROKEN, "", 0 },
	{ "BH message=\"a b\"", REWRITEANSWER_BROKEN, "a b", 0 },
	{ "BH what is it", REWRITEANSWER_BROKEN, "what is it", 0 },
	{ "OK rewrite-url=http://a/%2541", REWRITEANSWER_OTHER, "http://a/%41", 0 },
	{ "OK rewrite-url=\"http://a/%2541\"", REWRITEANSWER_OTHER, "http://a/%2541", 0 },
	{ "OK rewrite-url=a:443", REWRITEANSWER_OTHER, "a:443", 0 },
	{ "OK a=b rewrite-url=http://a/ rewrite-url=http://b/", REWRITEANSWER_OTHER, "http://a/",
	    0 },
	{ "OK rewrite-url=\"\"", REWRITEANSWER_BAD, NULL, 0 },
	{ "OK url=http://a/", REWRITEANSWER_REDIRECT, "http://a/", 302 },
	{ "OK rewrite-url=http://b/ url=http://a/", REWRITEANSWER_REDIRECT, "http://a/", 302 },
	{ "OK status=301 url=http://a/", REWRITEANSWER_REDIRECT, "http://a/", 301 },
	{ "OK url=http://a/ status=303", REWRITEANSWER_REDIRECT, "http://a/", 303 },
	{ "OK url=http://a/ status=307", REWRITEANSWER_REDIRECT, "http://a/", 307 },
	{ "OK url=http://a/ status=308", REWRITEANSWER_REDIRECT, "http://a/", 308 },
	{ "OK url=http://a/ status=300", REWRITEANSWER_BAD, NULL, 0 },
	{ "OK url=http://a/ status=304", REWRITEANSWER_BAD, NULL, 0 },
	{ "OK url=http://a/ status=", REWRITEANSWER_BAD, NULL, 0 },
	{ "OK url=http://a/ status=3021", REWRITEANSWER_BAD, NULL, 0 },
	{ "OK url=\"\"", REWRITEANSWER_BAD, NULL, 0 },
	/* the form before */
	{ "http://a/b", REWRITEANSWER_OTHER, "http://a/b", 0 },
	{ "http://a/b 10.0.0.1/- joe GET", REWRITEANSWER_OTHER, "http://a/b", 0 },
	{ "  http://a/b  ", REWRITEANSWER_OTHER, "http://a/b", 0 },
	{ "http://a/b=c d=e", REWRITEANSWER_OTHER, "http://a/b=c", 0 },
	{ "301:http://a/", REWRITEANSWER_REDIRECT, "http://a/", 301 },
	{ "302:http://a/ 10.0.0.1/- - GET", REWRITEANSWER_REDIRECT, "http://a/", 302 },
	{ "308: http://a/", REWRITEANSWER_REDIRECT, "http://a/", 308 },
	{ "302:", REWRITEANSWER_BAD, NULL, 0 },
	{ "200:http://a/", REWRITEANSWER_OTHER, "200:http://a/", 0 },
	{ "!group!http://a/", REWRITEANSWER_OTHER, "http://a/", 0 },
	{ "!group!302:http://a/", REWRITEANSWER_REDIRECT, "http://a/", 302 },
	{ "!group!", REWRITEANSWER_SAME, NULL, 0 },
	{ "!http://a/", REWRITEANSWER_OTHER, "!http://a/", 0 },
	{ "ok", REWRITEANSWER_UNKNOWN, "ok", 0 },
	{ "OKAY", REWRITEANSWER_UNKNOWN, "OKAY", 0 },
	{ "what do you mean", REWRITEANSWER_UNKNOWN, "what", 0 },
	{ "/path", REWRITEANSWER_UNKNOWN, "/path", 0 },
	{ "a.example:80/", REWRITEANSWER_UNKNOWN, "a.example:80/", 0 },
};

START_TEST(answer)
{
	char			 line[256];
	struct helper_reply	 r;
	struct rewriteanswer	 a;

	strcpy(line, answers[_i].line);
	helper_parse(line, strlen(line), &r);
	rewriteanswer_judge(&r, false, &a);
	ck_assert_msg(a.kind == answers[_i].kind, "%s: %d", answers[_i].line, a.kind);
	if (answers[_i].url != NULL)
		ck_assert_msg(span_is(a.url, answers[_i].url), "%s: %.*s", answers[_i].line,
		    SPAN_ARG(a.url));
	ck_assert_uint_eq(a.kind == REWRITEANSWER_REDIRECT ? a.status : 0, answers[_i].status);
	ck_assert((a.kind == REWRITEANSWER_BAD) == (a.fault != NULL));
}
END_TEST

static const struct { const char *line, *value; } noted[] = {
	{ "OK rewrite-url=http://joe:pw@a/x@y", "http://a/x@y" },
	{ "OK rewrite-url=\"http://joe@b:p@[::1]:80?@\"", "http://[::1]:80?@" },
	{ "OK url=h://@a", "h://a" },
	{ "OK url=http://u@", "http://" },
	{ "http://joe:pw@a/ b", "http://a/" },
	{ "OK rewrite-url=http://a/@", "http://a/@" },
	{ "OK rewrite-url=joe@a:443", "joe@a:443" },
	{ "OK rewrite-url=\"\"", "" },
	{ "OK user=http://joe@a/", "http://joe@a/" },
};

START_TEST(logins_are_not_noted)
{
	char			 line[256];
	struct helper_reply	 r;
	struct rewriteanswer	 a;

	strcpy(line, noted[_i].line);
	helper_parse(line, strlen(line), &r);
	rewriteanswer_judge(&r, false, &a);
	rewriteanswer_hide_logins(&r);
	ck_assert_uint_eq(r.n, 1);
	ck_assert_msg(span_is(r.pairs[0].value, noted[_i].value), "%s: %.*s", noted[_i].line,
	    SPAN_ARG(r.pairs[0].value));
}
END_TEST

/* The old form's parts are noted as if they had been said in the new one. */
START_TEST(pairs)
{
	char			 line[] = "!g!302:http://a/ b";
	struct helper_reply	 r;
	struct rewriteanswer	 a;

	helper_parse(line, strlen(line), &r);
	rewriteanswer_judge(&r, false, &a);
	ck_assert_uint_eq(r.n, 3);
	ck_assert(span_is(r.pairs[0].key, "urlgroup") && span_is(r.pairs[0].value, "g"));
	ck_assert(span_is(r.pairs[1].key, "status") && span_is(r.pairs[1].value, "302"));
	ck_assert(span_is(r.pairs[2].key, "url") && span_is(r.pairs[2].value, "http://a/"));
	strcpy(line, "a:443");
	helper_parse(line, strlen(line), &r);
	rewriteanswer_judge(&r, true, &a);
	ck_assert_int_eq(a.kind, REWRITEANSWER_OTHER);
	ck_assert(span_is(r.pairs[0].key, "rewrite-url") && span_is(r.pairs[0].value, "a:443"));
}
END_TEST

static const struct {
	const char	*request, *url;
	enum step	 step;
	enum why	 why;
	const char	*now;		/* f.url; NULL: as it was */
	uint16_t	 port;
} targets[] = {
	{ "GET http://a/b", "http://c/d", STEP_GONE, WHY_NOTHING, "http://c/d", 80 },
	{ "GET http://a/b", "HTTP://C.Example:080/D", STEP_GONE, WHY_NOTHING,
	    "http://c.example/D", 80 },
	{ "GET http://a/b", "http://c:8080", STEP_GONE, WHY_NOTHING, "http://c:8080/", 8080 },
	{ "GET http://a/b", "http://c?d", STEP_GONE, WHY_NOTHING, "http://c/?d", 80 },
	{ "GET http://a/b", "http://c/d#e", STEP_GONE, WHY_NOTHING, "http://c/d", 80 },
	{ "GET http://a/b", "http://c/ d\te ", STEP_GONE, WHY_NOTHING, "http://c/de", 80 },
	{ "GET http://a/b", "http://c/\xfc", STEP_GONE, WHY_NOTHING, "http://c/%FC", 80 },
	{ "GET http://a/b", "http://u:p@c/", STEP_GONE, WHY_NOTHING, "http://c/", 80 },
	{ "GET http://a/b", "http://[2001:DB8::1]:81/", STEP_GONE, WHY_NOTHING,
	    "http://[2001:db8::1]:81/", 81 },
	{ "GET http://a/b", "http://a/b", STEP_GONE, WHY_NOTHING, NULL, 80 },
	{ "GET http://a/b", "HTTP://A:80/b", STEP_GONE, WHY_NOTHING, NULL, 80 },
	{ "GET http://a/b", "https://c/", STEP_ERROR, WHY_SCHEME_UNKNOWN, NULL, 80 },
	{ "GET http://a/b", "ftp://c/", STEP_ERROR, WHY_SCHEME_UNKNOWN, NULL, 80 },
	{ "GET http://a/b", "/d", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", "*", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", "c:80", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", "http://", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", " ", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", "http://c:0/", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", "http://c/\x01", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", "http://c/\x7f", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "GET http://a/b", "http://a_b/", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 80 },
	{ "CONNECT a:443", "c:8443", STEP_GONE, WHY_NOTHING, "c:8443", 8443 },
	{ "CONNECT a:443", "c", STEP_GONE, WHY_NOTHING, "c:443", 443 },
	{ "CONNECT a:443", "[::1]", STEP_GONE, WHY_NOTHING, "[::1]:443", 443 },
	{ "CONNECT a:443", "a:443", STEP_GONE, WHY_NOTHING, NULL, 443 },
	{ "CONNECT a:443", "c:", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 443 },
	{ "CONNECT a:443", "http://c/", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 443 },
	{ "CONNECT a:443", "u@c:443", STEP_ERROR, WHY_REWRITE_FAILED, NULL, 443 },
};

START_TEST(target)
{
	struct made	 m;
	const char	*was = strchr(targets[_i].request, ' ') + 1;
	bool		 changed = targets[_i].now != NULL;

	made_start(&m);
	m.s.rewrite.host_header = true;
	m.s.request_line_max = 100;
	m.s.check_hostnames = true;
	made_request(&m, targets[_i].request);
	m.t->redirected = true;
	m.t->host_addrs.state = LOOKUP_DONE;
	ck_assert_int_eq(newtarget_set(m.t, span_of(targets[_i].url)), targets[_i].step);
	ck_assert_uint_eq(m.t->f.why, targets[_i].why);
	ck_assert_msg(span_is(m.t->f.url, changed ? targets[_i].now : was), "%.*s",
	    SPAN_ARG(m.t->f.url));
	ck_assert(changed ? span_is(m.t->f.url_asked, was) : m.t->f.url_asked.n == 0);
	ck_assert_uint_eq(m.t->target.port, targets[_i].port);
	ck_assert_uint_eq(m.t->f.target_port, targets[_i].port);
	ck_assert(span_eq(m.t->target.host, m.t->f.host));
	/* whom it was meant for, and where that is, is nothing to another target */
	ck_assert(m.t->redirected == !changed);
	ck_assert_int_eq(m.t->host_addrs.state, changed ? LOOKUP_UNASKED : LOOKUP_DONE);
	ck_assert_uint_eq(m.t->host_kept.n, 0);
	made_end(&m);
}
END_TEST

START_TEST(too_long)
{
	struct made	 m;
	char		 url[200] = "http://c/";

	memset(url + 9, 'x', sizeof url - 10);
	made_start(&m);
	m.s.request_line_max = 100;
	made_request(&m, "GET http://a/b");
	ck_assert_int_eq(newtarget_set(m.t, span_of(url)), STEP_ERROR);
	ck_assert_uint_eq(m.t->f.why, WHY_REWRITE_FAILED);
	made_end(&m);
}
END_TEST

static const struct {
	const char	*request, *url, *kept;
	bool		 accel;
} hosts[] = {
	{ "GET http://a/b h:Host=forged", "http://c/", "a", false },
	{ "GET http://a:81/b", "http://c/", "a:81", false },
	{ "GET http://a/b", "http://a/c", "", false },
	{ "GET http://a/b", "http://a:81/", "a", false },
	{ "CONNECT a:443", "c:443", "", false },
	{ "GET http://site/b h:Host=Shop.example:80", "http://c/", "shop.example", true },
	{ "GET http://site/b h:Host=c", "http://c/", "", true },
	{ "GET http://site/b", "http://c/", "site", true },
};

START_TEST(host_header)
{
	struct made	 m;

	made_start(&m);
	m.s.request_line_max = 100;
	made_request(&m, hosts[_i].request);
	m.port.accel = hosts[_i].accel;
	m.t->port = &m.port;
	ck_assert_int_eq(newtarget_set(m.t, span_of(hosts[_i].url)), STEP_GONE);
	ck_assert_msg(span_is(m.t->host_kept, hosts[_i].kept), "%.*s", SPAN_ARG(m.t->host_kept));
	made_end(&m);
}
END_TEST

static const struct {
	const char	*request, *url, *login;
} logins[] = {
	{ "GET http://a/", "http://joe:a%20b@c/", "Basic am9lOmEgYg==" },
	{ "GET http://a/", "http://joe@c/", "Basic am9l" },
	{ "GET http://a/", "http://joe:%4@c/", "Basic am9lOiU0" },
	{ "GET http://a/ h:Authorization=own", "http://joe:x@c/", "own" },
	{ "GET http://a/", "http://c/", NULL },
};

START_TEST(login)
{
	struct made	 m;
	struct span	 v;

	made_start(&m);
	m.s.rewrite.host_header = true;
	m.s.request_line_max = 100;
	made_request(&m, logins[_i].request);
	ck_assert_int_eq(newtarget_set(m.t, span_of(logins[_i].url)), STEP_GONE);
	v = head_value(&m.t->req, FIELD_AUTHORIZATION);
	ck_assert_msg(logins[_i].login == NULL ? v.p == NULL : span_is(v, logins[_i].login),
	    "%.*s", SPAN_ARG(v));
	made_end(&m);
}
END_TEST

/* Without a helper: adapted_http_access alone. */
static const struct {
	const char	*rule, *request;
	enum step	 step;
	enum why	 why;
} adapted[] = {
	{ "allow lan", "GET http://a/ src=10.0.0.1", STEP_LOOKUP, WHY_NOTHING },
	{ "deny lan", "GET http://a/ src=10.0.0.1", STEP_ERROR, WHY_ACL_DENIED },
	{ "allow users", "GET http://a/", STEP_AUTH, WHY_NOTHING },
	{ "allow users", "GET http://a/ auth=missing", STEP_ERROR, WHY_AUTH_NEEDED },
	{ "allow users", "GET http://a/ user=joe", STEP_LOOKUP, WHY_NOTHING },
};

START_TEST(rules)
{
	struct made	 m;
	struct acl_word	 word = { SPAN_NONE, { "made.conf", 1, 1 } };
	struct span	 rule = span_of(adapted[_i].rule), verb;

	made_start(&m);
	made_conf(&m, "acl lan src 10.0.0.0/8\nacl users proxy_auth REQUIRED\n");
	m.s.rewrite.adapted = rules_new("adapted_http_access", false, true);
	span_cut(&rule, ' ', &verb);
	word.text = rule;
	rules_add(m.s.rewrite.adapted, m.s.acls, span_is(verb, "allow"), &word, 1, word.at, &m.d);
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, adapted[_i].request);
	m.t->step = STEP_REWRITE;
	ck_assert_int_eq(rewrite_request(m.t), adapted[_i].step);
	ck_assert_uint_eq(m.t->f.why, adapted[_i].why);
	if (adapted[_i].step == STEP_AUTH)
		ck_assert_int_eq(m.t->after_auth, STEP_REWRITE);
	if (adapted[_i].step == STEP_ERROR)
		ck_assert(span_starts(m.t->f.rule, SPAN("adapted_http_access ")));
	rewrite_cancel(m.t);
	rules_free(&m.s.rewrite.adapted);
	made_end(&m);
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("rewrite");
	TCase	*tc = tcase_create("rewrite");
	SRunner	*r;
	int	 failed;

	tcase_add_loop_test(tc, answer, 0, COUNT_OF(answers));
	tcase_add_test(tc, pairs);
	tcase_add_loop_test(tc, logins_are_not_noted, 0, COUNT_OF(noted));
	tcase_add_loop_test(tc, target, 0, COUNT_OF(targets));
	tcase_add_test(tc, too_long);
	tcase_add_loop_test(tc, host_header, 0, COUNT_OF(hosts));
	tcase_add_loop_test(tc, login, 0, COUNT_OF(logins));
	tcase_add_loop_test(tc, rules, 0, COUNT_OF(adapted));
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
