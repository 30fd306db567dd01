/* SPDX-License-Identifier: Apache-2.0 */
/* The access steps: what follows, why not, who the client is, how large the answer may be. */
#include <check.h>
#include <stdlib.h>

#include "../acl/made.h"
#include "access/access.h"

#define BASE \
	"acl lan src 10.0.0.0/8\n" \
	"acl users proxy_auth REQUIRED\n" \
	"acl alice proxy_auth alice\n" \
	"acl big rep_header X-Size big\n" \
	"acl js rep_mime_type javascript\n" \
	"acl in dst 192.0.2.0/24\n"

static const struct check_case {
	const char	*rules, *request;
	enum step	 step;
	enum why	 why;
} checks[] = {
	{ "http_access allow lan", "GET http://a/ src=10.0.0.1", STEP_LOOKUP, WHY_NOTHING },
	{ "http_access allow lan", "CONNECT a:443 src=10.0.0.1", STEP_LOOKUP, WHY_NOTHING },
	{ "http_access allow lan", "GET http://a/", STEP_ERROR, WHY_ACL_DENIED },
	{ "http_access allow users", "GET http://a/", STEP_AUTH, WHY_NOTHING },
	{ "http_access allow users", "GET http://a/ auth=missing", STEP_ERROR, WHY_AUTH_NEEDED },
	{ "http_access allow users", "GET http://a/ auth=refused", STEP_ERROR, WHY_AUTH_REFUSED },
	{ "http_access allow users", "GET http://a/ auth=broken", STEP_ERROR, WHY_AUTH_BROKEN },
	{ "http_access allow users", "GET http://a/ user=bob", STEP_LOOKUP, WHY_NOTHING },
	{ "http_access allow lan\nhttp_access allow users", "GET http://a/ src=10.0.0.1",
	    STEP_LOOKUP, WHY_NOTHING },
	/* denied by an ACL about the user: another one may try */
	{ "http_access allow alice", "GET http://a/ user=bob", STEP_ERROR, WHY_AUTH_NEEDED },
	{ "http_access deny !alice\nhttp_access allow all", "GET http://a/ user=bob", STEP_ERROR,
	    WHY_AUTH_NEEDED },
	{ "http_access allow alice\nhttp_access deny all", "GET http://a/ user=bob", STEP_ERROR,
	    WHY_ACL_DENIED },
	{ "http_access deny in\nhttp_access allow all", "GET http://192.0.2.7/", STEP_ERROR,
	    WHY_ACL_DENIED },
	{ "http_access deny in\nhttp_access allow all", "GET http://198.51.100.1/", STEP_LOOKUP,
	    WHY_NOTHING },
};

START_TEST(check)
{
	const struct check_case *c = &checks[_i];
	struct made m;

	made_start(&m);
	made_conf(&m, BASE);
	made_conf(&m, c->rules);
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, c->request);
	m.t->step = STEP_ACCESS;
	ck_assert_msg(access_check(m.t) == c->step, "%s | %s", c->rules, c->request);
	ck_assert_uint_eq(m.t->f.why, c->why);
	if (c->step == STEP_AUTH)
		ck_assert_int_eq(m.t->after_auth, STEP_ACCESS);
	if (c->step == STEP_ERROR)
		ck_assert(m.t->f.rule.n > 0);
	made_end(&m);
}
END_TEST

START_TEST(no_scheme)
{
	struct made m;

	made_start(&m);
	m.s.basic.on = false;
	made_conf(&m, BASE "http_access allow users");
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://a/ auth=missing");
	ck_assert_int_eq(access_check(m.t), STEP_ERROR);
	ck_assert_uint_eq(m.t->f.why, WHY_ACL_DENIED);
	made_end(&m);
}
END_TEST

START_TEST(ours)
{
	struct made m;

	made_start(&m);
	made_conf(&m, "http_access allow all");
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://a/");
	m.t->for_us = true;
	ck_assert_int_eq(access_check(m.t), STEP_LOCAL);
	made_request(&m, "TRACE http://a/");
	m.t->max_forwards = 0;
	ck_assert_int_eq(access_check(m.t), STEP_LOCAL);
	made_request(&m, "TRACE http://a/");
	m.t->max_forwards = 1;
	ck_assert_int_eq(access_check(m.t), STEP_LOOKUP);
	made_request(&m, "GET http://a/");
	m.t->max_forwards = 0;
	ck_assert_int_eq(access_check(m.t), STEP_LOOKUP);
	made_end(&m);
}
END_TEST

static const struct follow_case {
	const char	*request, *want;
	bool		 indirect;	/* acl_uses_indirect_client */
} follows[] = {
	{ "GET http://a/ src=10.0.0.1", "10.0.0.1", true },
	{ "GET http://a/ src=10.0.0.1 h:X-Forwarded-For=198.51.100.7", "198.51.100.7", true },
	{ "GET http://a/ src=192.0.2.1 h:X-Forwarded-For=198.51.100.7", "192.0.2.1", true },
	{ "GET http://a/ src=10.0.0.1 h:X-Forwarded-For=1.1.1.1,_198.51.100.7", "198.51.100.7",
	    true },
	{ "GET http://a/ src=10.0.0.1 h:X-Forwarded-For=198.51.100.7,10.0.0.2", "198.51.100.7",
	    true },
	{ "GET http://a/ src=10.0.0.1 h:X-Forwarded-For=198.51.100.7 h:X-Forwarded-For=10.0.0.2",
	    "198.51.100.7", true },
	{ "GET http://a/ src=10.0.0.1 h:X-Forwarded-For=198.51.100.7,unknown", "10.0.0.1", true },
	{ "GET http://a/ src=10.0.0.1 h:X-Forwarded-For=[2001:db8::1]", "2001:db8::1", true },
	{ "GET http://a/ src=10.0.0.1 h:X-Forwarded-For=198.51.100.7,10.0.0.2", "10.0.0.2", false },
};

START_TEST(follow)
{
	const struct follow_case *c = &follows[_i];
	char text[ADDR_TEXT];
	struct made m;

	made_start(&m);
	m.s.acl_uses_indirect_client = c->indirect;
	made_conf(&m,
	    "acl near src 10.0.0.0/8\nfollow_x_forwarded_for allow near\nhttp_access allow all");
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, c->request);
	ck_assert_int_eq(access_check(m.t), STEP_LOOKUP);
	ck_assert_str_eq(addr_print(&m.t->f.indirect, text), c->want);
	made_end(&m);
}
END_TEST

START_TEST(connections)
{
	struct made m;

	made_start(&m);
	m.s.client_ip_max_connections = 1;
	made_conf(&m, "http_access allow all");
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://a/");
	ck_assert_int_eq(access_check(m.t), STEP_LOOKUP);
	m.t->crowded = true;
	ck_assert_int_eq(access_check(m.t), STEP_ERROR);
	ck_assert_uint_eq(m.t->f.why, WHY_LIMIT_CONNECTIONS);
	made_end(&m);
}
END_TEST

static const struct reply_case {
	const char	*rules, *request;
	uint64_t	 length;
	enum step	 step;
	enum why	 why;
	uint64_t	 most;
} replies[] = {
	{ "", "GET http://a/ status=200", 5, STEP_REPLY, WHY_NOTHING, 1000 },
	{ "http_reply_access deny js", "GET http://a/ status=200 r:Content-Type=text/javascript", 5,
	    STEP_ERROR, WHY_REPLY_DENIED, 1000 },
	{ "http_reply_access deny js", "GET http://a/ status=200 r:Content-Type=text/html", 5,
	    STEP_REPLY, WHY_NOTHING, 1000 },
	{ "http_reply_access deny js", "GET http://a/ status=304 r:Content-Type=text/javascript", 0,
	    STEP_REPLY, WHY_NOTHING, 1000 },
	{ "http_reply_access deny users\nhttp_reply_access allow all", "GET http://a/ status=200",
	    5, STEP_AUTH, WHY_NOTHING, 1000 },
	{ "http_reply_access deny users\nhttp_reply_access allow all",
	    "GET http://a/ status=200 auth=missing", 5, STEP_ERROR, WHY_REPLY_DENIED, 1000 },
	{ "http_reply_access allow users\nhttp_reply_access deny all",
	    "GET http://a/ status=200 auth=refused", 5, STEP_ERROR, WHY_REPLY_DENIED, 1000 },
	{ "http_reply_access allow users\nhttp_reply_access deny all",
	    "GET http://a/ status=200 user=bob", 5, STEP_REPLY, WHY_NOTHING, 1000 },
	{ "", "GET http://a/ status=200", 1001, STEP_ERROR, WHY_REPLY_LONG, 1000 },
	{ "", "GET http://a/ status=200 r:X-Size=big", 1001, STEP_REPLY, WHY_NOTHING, UINT64_MAX },
};

START_TEST(reply)
{
	const struct reply_case *c = &replies[_i];
	struct acl_word big = { SPAN("big"), { "made.conf", 9, 1 } };
	struct cond_num sizes[2] = { { .value = UINT64_MAX }, { .value = 1000 } };
	struct made m;

	made_start(&m);
	made_conf(&m, BASE);
	made_conf(&m, c->rules);
	sizes[0].when = cond_new(m.s.acls, &big, 1, true, &m.d);
	m.s.reply_body_max_size = sizes;
	m.s.n_reply_body_max_size = 2;
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_uint_eq(m.d.errors, 0);
	made_request(&m, c->request);
	m.t->reply_framing = (struct framing){ FRAMING_LENGTH, c->length };
	ck_assert_msg(access_reply(m.t) == c->step, "%s | %s", c->rules, c->request);
	ck_assert_uint_eq(m.t->f.why, c->why);
	ck_assert_uint_eq(m.t->reply_max, c->most);
	cond_free(&sizes[0].when);
	made_end(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("access");
	TCase *c = tcase_create("steps");
	SRunner *r;
	int failed;

	tcase_add_loop_test(c, check, 0, (int)(sizeof(checks) / sizeof(checks[0])));
	tcase_add_loop_test(c, follow, 0, (int)(sizeof(follows) / sizeof(follows[0])));
	tcase_add_loop_test(c, reply, 0, (int)(sizeof(replies) / sizeof(replies[0])));
	tcase_add_test(c, no_scheme);
	tcase_add_test(c, ours);
	tcase_add_test(c, connections);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
