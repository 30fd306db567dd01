/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_id_program: the lines that the helper gets, what becomes of each of its answers, rules,
 * bypass, giving up. With the helper of the scenarios.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "cache/storeid.h"
#include "conf/conf.h"
#include "net/loop.h"

static char		 asked[] = "/tmp/sepia-storeid-XXXXXX";
static char		 helper[4096];
static struct settings	*s;
static int		 woken;

static void
count(struct txn *t)
{
	(void)t;
	woken++;
}

static void
begin(void)
{
	const char	*src = getenv("srcdir");
	int		 fd;

	snprintf(helper, sizeof helper, "%s/test/scenario/storeid_helper", src == NULL ? "." : src);
	strcpy(asked + strlen(asked) - 6, "XXXXXX");
	fd = mkstemp(asked);
	ck_assert(fd >= 0);
	close(fd);
	hash_seed();
	loop_init();
	txn_wake = count;
	woken = 0;
}

static void
end(void)
{
	storeid_stop();
	loop_round(0);		/* the helpers' end is told to them */
	conf_free(&s);
	loop_free();
	unlink(asked);
}

/* Settings with the helper; more: further lines; concurrent: "" or " concurrent". */
static void
configure(const char *concurrent, const char *more)
{
	char		 text[8192];
	struct diag	 d;

	snprintf(text, sizeof text,
	    "cache_dir sepia /c 100\nstore_id_program %s %s%s\nhttp_access deny all\n%s", helper,
	    asked, concurrent, more);
	diag_init(&d);
	s = conf_load_text("t.conf", span_of(text), 1, &d);
	if (s == NULL)
		diag_print(&d, stderr);
	ck_assert_ptr_nonnull(s);
	diag_free(&d);
	storeid_start(s);
}

static struct txn *
request(const char *url)
{
	struct txn	*t = txn_new(s);

	t->f.url = span_of(url);
	t->f.method = SPAN("GET");
	ck_assert(addr_parse(&t->f.indirect, SPAN("192.0.2.1")));
	return t;
}

/* Until the answer is there. */
static struct span
answer(struct txn *t)
{
	uint64_t	 until = clock_exact_us() + 60000000;
	struct span	 id;

	while (storeid_fetch(t, &id) == STEP_WAIT) {
		ck_assert_msg(clock_exact_us() < until, "no answer");
		loop_round(20);
	}
	ck_assert(span_eq(storeid_of(t), id));
	return id;
}

static const char *
first_line(void)
{
	static char	 line[1024];
	FILE		*f = fopen(asked, "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
	fclose(f);
	return line;
}

static const struct {
	const char	*url, *id, *notes;
} answers[] = {
	{ "http://a.mirror/x", "http://all.mirrors.internal/x", "tag=one" },
	{ "http://b.mirror/x", "http://all.mirrors.internal/x",
	    "store-id=http://all.mirrors.internal/x" },
	{ "http://h/quoted", "http://quoted.internal/a \"b\"", "" },
	{ "http://h/slow", "http://slow.internal/", "" },
	{ "http://h/none", "", "" },
	{ "http://h/broken", "", "message=out of order" },
	{ "http://h/odd", "", "" },
	{ "http://h/empty", "", "" },
	{ "http://h/twolines", "", "" },
	{ "http://h/mute", "", "" },
};

static void
take_one(int i, const char *concurrent, const char *more)
{
	struct txn	*t;
	struct span	 id;

	configure(concurrent, more);
	t = request(answers[i].url);
	ck_assert(storeid_wanted(t));
	ck_assert_int_eq(storeid_of(t).n, 0);
	id = answer(t);
	ck_assert_msg(span_is(id, answers[i].id), "%s: '%.*s'", answers[i].url, SPAN_ARG(id));
	ck_assert(id.n == 0 || id.p != NULL);
	ck_assert_msg(t->f.notes.n >= strlen(answers[i].notes) &&
	    (answers[i].notes[0] == '\0' || memmem(t->f.notes.p, t->f.notes.n,
	    answers[i].notes, strlen(answers[i].notes)) != NULL), "%.*s", SPAN_ARG(t->f.notes));
	ck_assert_int_eq(woken, 1);
	storeid_cancel(t);
	txn_free(&t);
}

START_TEST(one_answer)
{
	take_one(_i, "", "");
}
END_TEST

START_TEST(one_answer_by_channel)
{
	take_one(_i, " concurrent", "store_id_children 2 concurrency=5\n");
}
END_TEST

START_TEST(line_with_extras)
{
	struct txn	*t;

	configure("", "");
	t = request("http://h/none?a=1");
	answer(t);
	ck_assert_str_eq(first_line(),
	    "http://h/none?a=1 192.0.2.1/192.0.2.1 - GET myip=- myport=0\n");
	txn_free(&t);
}
END_TEST

START_TEST(line_with_own_extras)
{
	struct txn	*t;

	configure("", "store_id_extras \"[%rm]\"\n");
	t = request("http://h/none");
	answer(t);
	ck_assert_str_eq(first_line(), "http://h/none [GET]\n");
	txn_free(&t);
}
END_TEST

static const struct {
	const char	*rules;
	bool		 asks;
} access_cases[] = {
	{ "", true },
	{ "store_id_access allow all\n", true },
	{ "store_id_access deny all\n", false },
	{ "acl m method POST\nstore_id_access allow m\nstore_id_access deny all\n", false },
	{ "acl m method POST\nstore_id_access deny m\n", true },
};

START_TEST(access_rules)
{
	struct txn	*t;
	struct span	 id;

	configure("", access_cases[_i].rules);
	t = request("http://a.mirror/x");
	t->req.method = METHOD_GET;
	ck_assert_int_eq(storeid_fetch(t, &id), access_cases[_i].asks ? STEP_WAIT : STEP_GONE);
	id = answer(t);
	ck_assert_int_eq(id.n > 0, access_cases[_i].asks);
	storeid_cancel(t);
	txn_free(&t);
}
END_TEST

/* One helper, one question under way: another goes on without it under bypass, and waits else. */
START_TEST(bypass)
{
	bool		 on = _i == 1;
	struct txn	*one, *two;
	struct span	 id;

	configure("", on ? "store_id_children 1\n" : "store_id_children 1\nstore_id_bypass off\n");
	one = request("http://h/slow");
	two = request("http://a.mirror/x");
	ck_assert_int_eq(storeid_fetch(one, &id), STEP_WAIT);
	ck_assert_int_eq(storeid_fetch(two, &id), on ? STEP_GONE : STEP_WAIT);
	ck_assert(span_is(answer(two), on ? "" : "http://all.mirrors.internal/x"));
	ck_assert(span_is(answer(one), "http://slow.internal/"));
	txn_free(&one);
	txn_free(&two);
}
END_TEST

/* queue-size= is stronger than bypass; more than that do without. */
START_TEST(queue)
{
	struct txn	*t[3];
	struct span	 id;

	configure("", "store_id_children 1 queue-size=1\n");
	for (int i = 0; i < 3; i++) {
		t[i] = request("http://h/slow");
		ck_assert_int_eq(storeid_fetch(t[i], &id), i < 2 ? STEP_WAIT : STEP_GONE);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(answer(t[i]).n > 0, i < 2);
		txn_free(&t[i]);
	}
}
END_TEST

START_TEST(cancelled)
{
	struct txn	*t, *u;
	struct span	 id;

	configure("", "");
	t = request("http://h/slow");
	u = request("http://h/slow");
	ck_assert_int_eq(storeid_fetch(t, &id), STEP_WAIT);
	ck_assert_int_eq(storeid_fetch(u, &id), STEP_WAIT);
	storeid_cancel(t);
	storeid_cancel(t);
	txn_free(&t);
	answer(u);
	ck_assert_int_eq(woken, 1);
	txn_free(&u);
}
END_TEST

/* The process ends in the middle of a question. */
START_TEST(stopped)
{
	struct txn	*t;
	struct span	 id;

	configure("", "");
	t = request("http://h/slow");
	ck_assert_int_eq(storeid_fetch(t, &id), STEP_WAIT);
	storeid_stop();
	ck_assert(!storeid_wanted(t));
	loop_round(0);
	ck_assert_int_eq(woken, 0);
	txn_free(&t);
}
END_TEST

START_TEST(not_wanted)
{
	struct txn	*t;

	s = conf_load_text("t.conf", SPAN("http_access deny all\n"), 1, &(struct diag){ 0 });
	storeid_start(s);
	t = request("http://h/");
	ck_assert(!storeid_wanted(t));
	storeid_cancel(t);
	ck_assert_int_eq(storeid_of(t).n, 0);
	txn_free(&t);
	conf_free(&s);
	configure("", "");
	t = request("http://h/");
	t->dry = true;
	ck_assert(!storeid_wanted(t));
	txn_free(&t);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("storeid");
	TCase	*c = tcase_create("storeid");
	SRunner	*r;
	int	 failed;

	tcase_add_checked_fixture(c, begin, end);
	tcase_set_timeout(c, 15);
	tcase_add_loop_test(c, one_answer, 0, sizeof answers / sizeof *answers);
	tcase_add_loop_test(c, one_answer_by_channel, 0, sizeof answers / sizeof *answers);
	tcase_add_test(c, line_with_extras);
	tcase_add_test(c, line_with_own_extras);
	tcase_add_loop_test(c, access_rules, 0, sizeof access_cases / sizeof *access_cases);
	tcase_add_loop_test(c, bypass, 0, 2);
	tcase_add_test(c, queue);
	tcase_add_test(c, cancelled);
	tcase_add_test(c, stopped);
	tcase_add_test(c, not_wanted);
	suite_add_tcase(suite, c);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
