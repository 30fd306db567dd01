/* SPDX-License-Identifier: Apache-2.0 */
/*
 * External ACLs without a helper: the lines that would be asked, and that what is not answered
 * fails closed. The scenarios have helpers.
 */
#include <check.h>
#include <stdlib.h>

#include "acl/acltype.h"
#include "acl/external.h"
#include "made.h"

enum { WORDS = 6 };

static const struct line_case {
	const char	*words[WORDS];		/* of the format */
	const char	*args[WORDS];		/* of the ACL */
	const char	*request, *want;
	bool		 plain, user;
} lines[] = {
	{ { "%>a", "%METHOD", "%DATA" }, { "a", "b" }, "GET http://h/", "192.0.2.1 GET a b", false,
	    false },
	{ { "%SRC", "%DST", "%PORT", "%PATH", "%DATA" }, { NULL }, "GET http://H.example:81/x?y",
	    "192.0.2.1 h.example 81 /x?y -", false, false },
	{ { "%ACL", "%DATA" }, { "two words", "50%", "\xe4" }, "GET http://h/",
	    "x two%20words 50%25 %E4", false, false },
	{ { "%#DATA" }, { "a", "b" }, "GET http://h/", "a%20b", false, false },
	{ { "%LOGIN" }, { NULL }, "GET http://h/ user=joe%doe", "joe%25doe", false, true },
	{ { "%ul" }, { NULL }, "GET http://h/", "-", false, true },
	{ { "%un" }, { NULL }, "GET http://h/ user=joe", "joe", false, false },
	{ { "%>{X-A}", "%{X-A}>h", "%{X-A}" }, { NULL }, "GET http://h/ h:X-A=a_b",
	    "a%20b a%20b a%20b", false, false },
	{ { "%>{X-B}" }, { NULL }, "GET http://h/ h:X-A=a_b", "-", false, false },
	{ { "%>{X-A:m}" }, { NULL }, "GET http://h/ h:X-A=l=1,m=2", "2", false, false },
	{ { "%'>{X-A}" }, { NULL }, "GET http://h/ h:X-A=a_b", "a b", false, false },
	{ { "%>{X-A}", "%DATA" }, { "a b" }, "GET http://h/ h:X-A=a_b", "\"a b\" a b", true,
	    false },
	{ { "%URI" }, { NULL }, "GET http://h/%41?a=\"", "http://h/%2541?a=%22", false, false },
	{ { "%%" }, { NULL }, "GET http://h/", "%", false, false },
};

static void
make_type(struct external_type *type, struct external_item *items, const char *const *words,
    bool plain, struct diag *d)
{
	*type = (struct external_type){ .name = "who", .items = items, .plain = plain,
	    .children = 1, .ttl_s = 60, .entries = 10 };
	for (; type->n_items < WORDS && words[type->n_items] != NULL; type->n_items++)
		ck_assert(external_item(type, span_of(words[type->n_items]),
		    (struct diag_place){ "made.conf", 1, 1 }, d, &items[type->n_items]));
}

static void
free_type(struct external_type *type)
{
	for (size_t i = 0; i < type->n_items; i++)
		format_free(&type->items[i].format);
}

START_TEST(line)
{
	const struct line_case *c = &lines[_i];
	struct external_item items[WORDS];
	struct span args[WORDS];
	struct external_type type;
	struct external_args x = { .type = &type, .acl = SPAN("x"), .list = args };
	char room[512];
	struct made m;
	struct sb b;

	made_start(&m);
	make_type(&type, items, c->words, c->plain, &m.d);
	for (; x.n < WORDS && c->args[x.n] != NULL; x.n++)
		args[x.n] = span_of(c->args[x.n]);
	made_request(&m, c->request);
	sb_fixed(&b, room, sizeof(room));
	ck_assert(external_line(m.t, &x, &b));
	ck_assert_str_eq(sb_cstr(&b), c->want);
	ck_assert_int_eq(type.needs_user, c->user);
	sb_fixed(&b, room, 1);
	ck_assert(strlen(c->want) < 2 || !external_line(m.t, &x, &b));
	free_type(&type);
	made_end(&m);
}
END_TEST

/* No helper runs here: nobody answers. */
static const struct closed_case {
	const char		*conf, *request;
	enum ruling_kind	 want;
	enum acl_need		 need;
	const char		*word;		/* of the format */
} closed[] = {
	{ "acl x external who\nhttp_access allow x\nhttp_access deny all", "GET http://h/",
	    RULING_DENY, NEED_NOTHING, "%>a" },
	{ "acl x external who a b\nhttp_access allow !x\nhttp_access deny all", "GET http://h/",
	    RULING_DENY, NEED_NOTHING, "%>a" },
	{ "acl x external who\nhttp_access deny x\nhttp_access allow all", "GET http://h/",
	    RULING_DENY, NEED_NOTHING, "%>a" },
	{ "acl x external who\nhttp_access deny !x\nhttp_access allow all", "GET http://h/",
	    RULING_DENY, NEED_NOTHING, "%>a" },
	{ "acl x external who\nacl p method PUT\nhttp_access deny p x\nhttp_access allow all",
	    "GET http://h/", RULING_ALLOW, NEED_NOTHING, "%>a" },
	{ "acl x external who\nhttp_access allow x", "GET http://h/ auth=unasked", RULING_NEED,
	    NEED_USER, "%LOGIN" },
	{ "acl x external who\nhttp_access allow x", "GET http://h/ user=joe", RULING_DENY,
	    NEED_NOTHING, "%LOGIN" },
	{ "acl x ext_user joe\nhttp_access deny !x\nhttp_access allow all",
	    "GET http://h/ user=joe", RULING_DENY, NEED_NOTHING, "%>a" },
	{ "acl x ext_user REQUIRED\nhttp_access allow x", "GET http://h/ user=joe", RULING_DENY,
	    NEED_NOTHING, "%>a" },
};

START_TEST(fails_closed)
{
	const struct closed_case *c = &closed[_i];
	const char *words[WORDS] = { c->word };
	struct external_item items[WORDS];
	struct external_type type;
	struct ruling r;
	struct made m;

	made_start(&m);
	make_type(&type, items, words, false, &m.d);
	acl_external_add(m.s.acls, &type);
	made_conf(&m, c->conf);
	acl_set_seal(m.s.acls, &m.d);
	ck_assert_msg(m.d.errors == 0, "%s: %s", c->conf, m.d.n > 0 ? m.d.entries[0].text : "");
	made_request(&m, c->request);
	rules_judge(m.s.http_access, m.t, true, &r);
	ck_assert_msg(r.kind == c->want && r.need == c->need, "%s: %d %d", c->conf, r.kind, r.need);
	ck_assert_int_eq(acl_needs_user(acl_find(m.s.acls, SPAN("x"))), type.needs_user);
	if (c->want != RULING_NEED) {
		rules_judge(m.s.http_access, m.t, false, &r);
		ck_assert_int_eq(r.kind, c->want);
	}
	made_end(&m);
	free_type(&type);
}
END_TEST

static const struct { const char *conf, *part; } mistakes[] = {
	{ "acl x external nobody", "no external_acl_type nobody" },
	{ "acl x external who a\nacl x external other b", "it cannot ask other as well" },
};

START_TEST(mistake)
{
	const char *words[WORDS] = { "%>a" };
	struct external_item items[2][WORDS];
	struct external_type type, other;
	struct made m;

	made_start(&m);
	make_type(&type, items[0], words, false, &m.d);
	make_type(&other, items[1], words, false, &m.d);
	other.name = "other";
	acl_external_add(m.s.acls, &type);
	acl_external_add(m.s.acls, &other);
	made_conf(&m, mistakes[_i].conf);
	ck_assert_uint_eq(made_told(&m, mistakes[_i].part), 1);
	made_end(&m);
	free_type(&type);
	free_type(&other);
}
END_TEST

START_TEST(bad_code)
{
	struct external_type type = { .name = "who" };
	struct external_item item;
	struct diag d;

	diag_init(&d);
	ck_assert(!external_item(&type, SPAN("%nonsense"), (struct diag_place){ "made.conf", 1, 1 },
	    &d, &item));
	ck_assert_uint_eq(d.errors, 1);
	diag_free(&d);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("external");
	TCase *tc = tcase_create("external");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, line, 0, COUNT_OF(lines));
	tcase_add_loop_test(tc, fails_closed, 0, COUNT_OF(closed));
	tcase_add_loop_test(tc, mistake, 0, COUNT_OF(mistakes));
	tcase_add_test(tc, bad_code);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
