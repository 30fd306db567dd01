/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule lists: verdicts, what is missing, what is recorded, what is warned about, what is explained;
 * header rules.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "acl/explain.h"
#include "acl/mangle.h"
#include "acl/rules.h"
#include "core/format.h"
#include "made.h"

#define BASE \
	"acl lan src 10.0.0.0/8\n" \
	"acl bad dstdomain .bad.example\n" \
	"acl in dst 192.0.2.0/24\n" \
	"acl put method PUT\n" \
	"acl users proxy_auth REQUIRED\n" \
	"acl alice proxy_auth alice\n" \
	"acl mac arp 00:11:22:33:44:55\n"

static const struct verdict_case {
	const char	*rules, *request;
	bool		 fetch;		/* facts can be fetched */
	enum ruling_kind kind;
	enum acl_need	 need;
	uint32_t	 line;		/* of the rule, from 1 behind BASE; 0: none */
	const char	*last;
} verdicts[] = {
	{ "", "GET http://a/", true, RULING_DENY, 0, 0, NULL },
	{ "http_access allow lan", "GET http://a/ src=10.0.0.1", true, RULING_ALLOW, 0, 1, "lan" },
	{ "http_access allow lan", "GET http://a/", true, RULING_DENY, 0, 0, "lan" },
	{ "http_access deny bad", "GET http://a/", true, RULING_ALLOW, 0, 0, "bad" },
	{ "http_access deny bad\nhttp_access allow lan\nhttp_access deny all",
	    "GET http://x.bad.example/ src=10.0.0.1", true, RULING_DENY, 0, 1, "bad" },
	{ "http_access deny bad\nhttp_access allow lan\nhttp_access deny all", "GET http://a/",
	    true, RULING_DENY, 0, 3, "all" },
	{ "http_access deny put !lan\nhttp_access allow all", "PUT http://a/", true, RULING_DENY, 0,
	    1, "lan" },
	{ "http_access deny put !lan\nhttp_access allow all", "PUT http://a/ src=10.0.0.1", true,
	    RULING_ALLOW, 0, 2, "all" },
	{ "http_access deny in\nhttp_access allow all", "GET http://a/", true, RULING_NEED,
	    NEED_HOST_ADDRS, 1, "in" },
	{ "http_access deny in\nhttp_access allow all", "GET http://a/", false, RULING_DENY, 0, 1,
	    "in" },
	{ "http_access allow in\nhttp_access deny all", "GET http://a/", false, RULING_DENY, 0, 2,
	    "all" },
	{ "http_access deny !in\nhttp_access allow all", "GET http://a/", false, RULING_DENY, 0, 1,
	    "in" },
	{ "http_access allow !in\nhttp_access deny all", "GET http://a/", false, RULING_DENY, 0, 2,
	    "all" },
	{ "http_access deny put in\nhttp_access allow all", "GET http://a/", true, RULING_ALLOW, 0,
	    2, "all" },
	{ "http_access deny !users\nhttp_access allow all", "GET http://a/", true, RULING_NEED,
	    NEED_USER, 1, "users" },
	{ "http_access deny !users\nhttp_access allow all", "GET http://a/ auth=missing", true,
	    RULING_NEED, NEED_USER, 1, "users" },
	{ "http_access deny !users\nhttp_access allow all", "GET http://a/ user=x", true,
	    RULING_ALLOW, 0, 2, "all" },
	{ "http_access allow alice", "GET http://a/ user=x", true, RULING_DENY, 0, 0, "alice" },
	{ "http_access deny !alice\nhttp_access allow all", "GET http://a/ user=x", true,
	    RULING_DENY, 0, 1, "alice" },
	/*
	 * never known: allow never matches, deny does unless another ACL says no; "!" makes no
	 * difference
	 */
	{ "http_access allow mac\nhttp_access deny all", "GET http://a/", true, RULING_DENY, 0, 2,
	    "all" },
	{ "http_access allow !mac\nhttp_access deny all", "GET http://a/", true, RULING_DENY, 0, 2,
	    "all" },
	{ "http_access deny mac\nhttp_access allow all", "GET http://a/", true, RULING_DENY, 0, 1,
	    "mac" },
	{ "http_access deny !mac\nhttp_access allow all", "GET http://a/", true, RULING_DENY, 0, 1,
	    "mac" },
	{ "http_access deny mac put\nhttp_access allow all", "GET http://a/", true, RULING_ALLOW, 0,
	    2, "all" },
	{ "http_access deny mac put\nhttp_access allow all", "PUT http://a/", true, RULING_DENY, 0,
	    1, "put" },
	{ "http_access deny mac in\nhttp_access allow all", "GET http://a/", true, RULING_NEED,
	    NEED_HOST_ADDRS, 1, "in" },
	/* decided when they are read */
	{ "http_access allow all\nhttp_access deny lan", "GET http://a/ src=10.0.0.1", true,
	    RULING_ALLOW, 0, 1, "all" },
	{ "http_access deny all\nhttp_access allow lan", "GET http://a/ src=10.0.0.1", true,
	    RULING_DENY, 0, 1, "all" },
	{ "acl any dst all\nhttp_access allow all any\nhttp_access deny lan",
	    "GET http://a/ src=10.0.0.1", true, RULING_ALLOW, 0, 2, "any" },
	/* not decided: the first one does not hold always */
	{ "http_access deny !all\nhttp_access allow all", "GET http://a/", true, RULING_ALLOW, 0, 2,
	    "all" },
	{ "http_access deny all lan\nhttp_access allow all", "GET http://a/", true, RULING_ALLOW, 0,
	    2, "all" },
	{ "http_access deny lan all\nhttp_access allow all", "GET http://a/ src=10.0.0.1", true,
	    RULING_DENY, 0, 1, "all" },
	{ "http_access deny mac all\nhttp_access allow all", "GET http://a/", true, RULING_DENY, 0,
	    1, "all" },
	{ "http_access allow mac\nhttp_access allow all", "GET http://a/", true, RULING_ALLOW, 0, 2,
	    "all" },
};

START_TEST(verdict)
{
	const struct verdict_case *c = &verdicts[_i];
	struct ruling r;
	struct made m;

	made_start(&m);
	made_conf(&m, BASE);
	made_conf(&m, c->rules);
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_uint_eq(m.d.errors, 0);
	made_request(&m, c->request);
	rules_judge(m.s.http_access, m.t, c->fetch, &r);
	ck_assert_msg(r.kind == c->kind, "%s | %s: %d", c->rules, c->request, r.kind);
	ck_assert_int_eq(r.need, c->need);
	ck_assert_uint_eq((r.by != NULL) ? r.by->at.line : 0, c->line);
	ck_assert_str_eq((r.last != NULL) ? acl_name(r.last) : "",
	    (c->last != NULL) ? c->last : "");
	rules_record(m.s.http_access, &r, m.t);
	ck_assert_uint_eq(m.t->f.rule_line, c->line);
	ck_assert(span_is(m.t->f.rule_file, (c->line != 0) ? "made.conf" : NULL));
	ck_assert(span_is(m.t->f.rule_acl, c->last));
	ck_assert(span_starts(m.t->f.rule, SPAN("http_access ")));
	made_end(&m);
}
END_TEST

static const struct lint_case {
	const char	*rules, *text;
	unsigned	 warnings;
} lints[] = {
	{ "http_access allow all\nhttp_access deny bad",
	    "\"http_access deny bad\" is never reached: line 1", 1 },
	{ "http_access allow lan\nhttp_access deny lan bad",
	    "\"http_access deny lan bad\" is never reached", 1 },
	{ "http_access deny bad\nhttp_access deny bad", "is never reached", 1 },
	{ "http_access deny bad\nhttp_access allow lan\nhttp_access deny all", NULL, 0 },
	{ "http_access deny bad !lan\nhttp_access allow bad lan", NULL, 0 },
	{ "http_access deny lan !lan", "can never match", 1 },
	{ "http_access deny !all", "can never match", 1 },
	{ "http_access allow all lan\nhttp_access deny lan put", "is never reached", 1 },
};

START_TEST(lint)
{
	const struct lint_case *c = &lints[_i];
	struct made m;

	made_start(&m);
	made_conf(&m, BASE);
	made_conf(&m, c->rules);
	rules_lint(m.s.http_access, &m.d);
	ck_assert_msg(m.d.warnings == c->warnings, "%s: %u", c->rules, m.d.warnings);
	if (c->text != NULL)
		ck_assert_msg(made_told(&m, c->text) == 1, "%s", c->rules);
	made_end(&m);
}
END_TEST

START_TEST(explain)
{
	static const char want[] =
	    "  made.conf:1: http_access deny bad\n"
	    "    acl bad (dstdomain): no  [a.example]\n"
	    "  made.conf:2: http_access allow lan put\n"
	    "    acl lan (src): yes  [10.1.1.1]\n"
	    "    acl put (method): no  [GET]\n"
	    "  made.conf:3: http_access deny mac\n"
	    "    acl mac (arp): cannot be known: hardware addresses of clients are not known\n"
	    "  http_access: deny\n";
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);
	struct ruling r;
	struct made m;

	made_start(&m);
	made_conf(&m, BASE);
	made_conf(&m,
	    "http_access deny bad\nhttp_access allow lan put\nhttp_access deny mac\nhttp_access allow all");
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://a.example/ src=10.1.1.1");
	explain_prepare(m.t);
	explain_rules(m.s.http_access, m.t, to, &r);
	fclose(to);
	ck_assert_int_eq(r.kind, RULING_DENY);
	ck_assert_str_eq(text, want);
	free(text);
	made_end(&m);
}
END_TEST

/* The entry that matched is named, facts come from DNS, and a rule that needs a user says so. */
START_TEST(explain_facts)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);
	struct ruling r;
	struct made m;

	made_start(&m);
	made_conf(&m,
	    "acl bad dstdomain .x.example\nacl bad dstdomain .bad.example\nacl loop dst 127.0.0.0/8 ::1\nacl u proxy_auth REQUIRED");
	made_conf(&m, "http_access deny !loop\nhttp_access allow u\nhttp_access deny bad");
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://localhost/");
	explain_prepare(m.t);
	explain_rules(m.s.http_access, m.t, to, &r);
	ck_assert_int_eq(r.kind, RULING_NEED);
	made_request(&m, "GET http://www.bad.example/");
	m.t->dry = true;
	explain_rules(m.s.http_access, m.t, to, &r);
	fclose(to);
	ck_assert_ptr_nonnull(strstr(text, "acl !loop (dst): yes, so \"!\" is no  [localhost"));
	ck_assert_ptr_nonnull(strstr(text, "acl u (proxy_auth): needs a user"));
	ck_assert_ptr_nonnull(strstr(text, "http_access: login"));
	ck_assert_ptr_nonnull(strstr(text, "which does not resolve"));
	free(text);
	made_end(&m);
}
END_TEST

START_TEST(conditions)
{
	struct diag_place at = { "made.conf", 9, 1 };
	struct acl_word words[] = { { SPAN("lan"), at }, { SPAN("!in"), at }, { SPAN("mac"), at } };
	enum acl_need need = NEED_NOTHING;
	const struct acl *last = NULL;
	struct cond *c, *blind;
	struct made m;

	made_start(&m);
	made_conf(&m, BASE);
	c = cond_new(m.s.acls, words, 2, false, &m.d);
	blind = cond_new(m.s.acls, words + 2, 1, false, &m.d);
	acl_set_seal(m.s.acls, &m.d);
	made_request(&m, "GET http://a/ src=10.0.0.1");
	ck_assert_int_eq(cond_holds(c, m.t, &need, &last), ACL_NEED);
	ck_assert_int_eq(need, NEED_HOST_ADDRS);
	ck_assert_str_eq(acl_name(last), "in");
	ck_assert(!cond_holds_now(c, m.t));
	ck_assert_int_eq(cond_holds(blind, m.t, &need, NULL), ACL_NO);
	ck_assert(cond_holds_now(NULL, m.t));
	ck_assert(!cond_needs_user(c));
	made_request(&m, "GET http://a/ src=10.0.0.1 addrs=198.51.100.1");
	ck_assert(cond_holds_now(c, m.t));
	cond_free(&c);
	cond_free(&blind);
	made_end(&m);
}
END_TEST

static struct header_rule
header_rule(struct made *m, const char *name, bool allow, const char *replace)
{
	struct diag_place at = { "made.conf", 1, 1 };
	struct acl_word all = { SPAN("all"), at };
	struct header_rule r = { .id = field_lookup(span_of(name)), .name = name,
	    .replace = replace };

	r.rules = rules_new("request_header_access", false, true);
	ck_assert(rules_add(r.rules, m->s.acls, allow, &all, 1, at, &m->d));
	return r;
}

START_TEST(headers)
{
	struct header_rule list[5];
	struct head *h;
	struct made m;

	made_start(&m);
	list[0] = header_rule(&m, "Cookie", false, NULL);
	list[1] = header_rule(&m, "User-Agent", false, "Sepia");
	list[2] = header_rule(&m, "X-Secret", false, NULL);
	list[3] = header_rule(&m, "Other", true, NULL);
	list[4] = header_rule(&m, "All", false, NULL);
	acl_set_seal(m.s.acls, &m.d);
	m.s.request_header_access = (struct header_rules){ list, 5, 5 };
	made_request(&m,
	    "GET http://a/ h:Cookie=a h:User-Agent=b h:X-Secret=c h:X-Any=d h:Accept=e h:Host=a h:Content-Length=0");
	h = &m.t->req;
	mangle_request(m.t, h);
	ck_assert_ptr_null(head_get(h, FIELD_COOKIE));
	ck_assert(span_is(head_value(h, FIELD_USER_AGENT), "Sepia"));
	ck_assert_ptr_null(head_find(h, SPAN("X-Secret"), NULL));
	ck_assert_ptr_nonnull(head_find(h, SPAN("X-Any"), NULL));
	ck_assert_ptr_null(head_get(h, FIELD_ACCEPT));
	ck_assert_ptr_nonnull(head_get(h, FIELD_HOST));
	ck_assert_ptr_nonnull(head_get(h, FIELD_CONTENT_LENGTH));
	for (size_t i = 0; i < 5; i++)
		rules_free(&list[i].rules);
	made_end(&m);
}
END_TEST

START_TEST(added)
{
	struct diag_place at = { "made.conf", 1, 1 };
	struct header_add add = { .name = "X-Who" };
	struct made m;

	made_start(&m);
	add.value = format_compile("x", SPAN("from %>a"), at, &m.d);
	ck_assert_ptr_nonnull(add.value);
	acl_set_seal(m.s.acls, &m.d);
	m.s.request_header_add = &add;
	m.s.n_request_header_add = 1;
	made_request(&m, "GET http://a/ src=10.0.0.9");
	mangle_request(m.t, &m.t->req);
	ck_assert(span_is(head_find(&m.t->req, SPAN("X-Who"), NULL)->value, "from 10.0.0.9"));
	format_free(&add.value);
	made_end(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rules");
	TCase *c = tcase_create("rules");
	SRunner *r;
	int failed;

	tcase_add_loop_test(c, verdict, 0, (int)(sizeof(verdicts) / sizeof(verdicts[0])));
	tcase_add_loop_test(c, lint, 0, (int)(sizeof(lints) / sizeof(lints[0])));
	tcase_add_test(c, explain);
	tcase_add_test(c, explain_facts);
	tcase_add_test(c, conditions);
	tcase_add_test(c, headers);
	tcase_add_test(c, added);
	tcase_set_timeout(c, 30);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
