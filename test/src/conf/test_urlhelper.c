/* SPDX-License-Identifier: Apache-2.0 */
/* url_rewrite_program and what belongs to it, adapted_http_access, in all their spellings. */
#include <stdlib.h>

#include "acl/rules.h"
#include "core/settings.h"
#include "test_conf.h"

static const struct {
	const char	*text;
	enum diag_level	 level;
	unsigned	 line, col;
	const char	*part;
} complaints[] = {
	{ "url_rewrite_program\n", DIAG_ERROR, 1, 20, "needs a program" },
	{ "url_rewrite_program /nowhere/squidGuard -c /x\n", DIAG_ERROR, 1, 21,
	    "cannot run /nowhere/squidGuard" },
	{ "redirect_program /nowhere/jesred\n", DIAG_ERROR, 1, 18, "cannot run /nowhere/jesred" },
	{ "url_rewrite_children none\n", DIAG_ERROR, 1, 22, "1 to 4096" },
	{ "url_rewrite_children 5 on-persistent-overload=live\n", DIAG_ERROR, 1, 24,
	    "no option of children" },
	{ "url_rewrite_concurrency many\n", DIAG_ERROR, 1, 0, "" },
	{ "url_rewrite_access allow nobody\n", DIAG_ERROR, 1, 26, "nobody" },
	{ "url_rewrite_access maybe all\n", DIAG_ERROR, 1, 20, "neither 'allow' nor 'deny'" },
	{ "acl ok http_status 200\nurl_rewrite_access deny ok\n", DIAG_ERROR, 2, 25,
	    "reads the answer" },
	{ "acl ok http_status 200\nadapted_http_access deny ok\n", DIAG_ERROR, 2, 26,
	    "reads the answer" },
	{ "url_rewrite_bypass maybe\n", DIAG_ERROR, 1, 20, "" },
	{ "url_rewrite_extras %nosuch\n", DIAG_ERROR, 1, 0, "" },
	{ "url_rewrite_timeout\n", DIAG_ERROR, 1, 0, "" },
	{ "url_rewrite_timeout soon\n", DIAG_ERROR, 1, 0, "" },
	{ "url_rewrite_timeout 2 seconds on_timeout=cry\n", DIAG_ERROR, 1, 31,
	    "bypass, fail, retry or use_configured_response" },
	{ "url_rewrite_timeout 2 seconds colour=red\n", DIAG_ERROR, 1, 31, "no option" },
	{ "url_rewrite_timeout 2 seconds response=OK\n", DIAG_ERROR, 1, 0,
	    "is for on_timeout=use_configured_response" },
	{ "url_rewrite_timeout 2 seconds on_timeout=use_configured_response\n", DIAG_ERROR, 1, 0,
	    "needs response=" },
	{ "url_rewrite_timeout 2 seconds on_timeout=use_configured_response response=\"OK\n",
	    DIAG_ERROR, 1, 0, "" },
};

START_TEST(complaint)
{
	says(complaints[_i].text, complaints[_i].level, complaints[_i].line, complaints[_i].col,
	    complaints[_i].part);
}
END_TEST

START_TEST(usual)
{
	struct settings	*s = good("");

	ck_assert_ptr_null(s->rewrite.helper.program);
	ck_assert_uint_eq(s->rewrite.helper.children, 20);
	ck_assert_uint_eq(s->rewrite.helper.startup, 0);
	ck_assert_uint_eq(s->rewrite.helper.idle, 1);
	ck_assert_uint_eq(s->rewrite.helper.concurrency, 0);
	ck_assert(!s->rewrite.helper.bypass && !s->rewrite.helper.overload_passes);
	ck_assert(s->rewrite.host_header && !s->rewrite.wanted);
	ck_assert_ptr_nonnull(s->rewrite.helper.extras);
	ck_assert_uint_eq(s->rewrite.timeout_ms, 0);
	ck_assert(s->rewrite.helper.access->if_empty && s->rewrite.adapted->if_empty);
	conf_free(&s);
}
END_TEST

static const char *const	 spellings[] = {
	"url_rewrite_program /bin/cat -u\n"
	"url_rewrite_children 4 startup=9 idle=2 concurrency=10 queue-size=50 "
	"on-persistent-overload=ERR\n"
	"url_rewrite_access deny localhost\nurl_rewrite_bypass on\nurl_rewrite_host_header off\n"
	"url_rewrite_extras \"%>a %rm\"\nadapted_http_access deny localhost\n",
	"redirect_program /bin/cat -u\n"
	"redirect_children 4 startup=4 idle=2 queue-size=50 on-persistent-overload=err\n"
	"redirect_concurrency 10\nredirector_access deny localhost\nredirector_bypass on\n"
	"redirect_rewrites_host_header off\nurl_rewrite_extras \"%>a %rm\"\n"
	"http_access2 deny localhost\n",
};

START_TEST(spelling)
{
	struct settings	*s = good(spellings[_i]);
	struct url_helper *x = &s->rewrite.helper;

	ck_assert_str_eq(x->program[0], "/bin/cat");
	ck_assert_str_eq(x->program[1], "-u");
	ck_assert_ptr_null(x->program[2]);
	ck_assert_uint_eq(x->children, 4);
	ck_assert_uint_eq(x->startup, 4);
	ck_assert_uint_eq(x->idle, 2);
	ck_assert_uint_eq(x->concurrency, 10);
	ck_assert_uint_eq(x->queue, 50);
	ck_assert(x->overload_passes && x->bypass && !s->rewrite.host_header);
	ck_assert_uint_eq(x->access->n, 1);
	ck_assert_uint_eq(s->rewrite.adapted->n, 1);
	ck_assert(s->rewrite.wanted);
	ck_assert_ptr_null(s->store_id.program);
	ck_assert_uint_eq(s->store_id.children, 20);
	conf_free(&s);
}
END_TEST

START_TEST(wanted)
{
	struct settings	*s = good("url_rewrite_program /bin/cat\n");

	ck_assert(s->rewrite.wanted);
	conf_free(&s);
	s = good("url_rewrite_program /bin/cat\nurl_rewrite_program none\n");
	ck_assert(!s->rewrite.wanted);
	conf_free(&s);
	s = good("adapted_http_access deny localhost\n");
	ck_assert(s->rewrite.wanted);
	conf_free(&s);
	s = good("url_rewrite_children 3\nurl_rewrite_access allow all\n");
	ck_assert(!s->rewrite.wanted);
	conf_free(&s);
}
END_TEST

static const struct {
	const char		*text;
	uint64_t		 ms;
	enum rewrite_late	 late;
	const char		*response;
} timeouts[] = {
	{ "2 seconds", 2000, REWRITE_LATE_BYPASS, NULL },
	{ "3", 3000, REWRITE_LATE_BYPASS, NULL },
	{ "1 minute on_timeout=fail", 60000, REWRITE_LATE_FAIL, NULL },
	{ "500 milliseconds on_timeout=retry", 500, REWRITE_LATE_RETRY, NULL },
	{ "2 seconds on_timeout=bypass", 2000, REWRITE_LATE_BYPASS, NULL },
	{ "2 seconds on_timeout=use_configured_response response=ERR", 2000,
	    REWRITE_LATE_RESPONSE, "ERR" },
	{ "2 seconds response=\"OK url=\\\"http://x/ y\\\"\"  on_timeout=use_configured_response",
	    2000, REWRITE_LATE_RESPONSE, "OK url=\"http://x/ y\"" },
	{ "2 seconds on_timeout=use_configured_response response='OK  a=b'", 2000,
	    REWRITE_LATE_RESPONSE, "OK  a=b" },
};

START_TEST(timeout)
{
	char		 text[256];
	struct settings	*s;

	snprintf(text, sizeof text, "url_rewrite_timeout %s\n", timeouts[_i].text);
	s = good(text);
	ck_assert_uint_eq(s->rewrite.timeout_ms, timeouts[_i].ms);
	ck_assert_int_eq(s->rewrite.late, timeouts[_i].late);
	if (timeouts[_i].response == NULL)
		ck_assert_ptr_null(s->rewrite.late_response);
	else
		ck_assert_str_eq(s->rewrite.late_response, timeouts[_i].response);
	conf_free(&s);
}
END_TEST

/* What is dumped loads, and means the same. */
START_TEST(dump)
{
	struct settings	*s = good("redirect_program /bin/cat -u\nredirect_children 3\n"
	    "url_rewrite_timeout 2 seconds response=\"OK url=x\" on_timeout=use_configured_response\n"
	    "url_rewrite_extras \"%>a \\\"%un\\\"\"\nhttp_access2 deny localhost\n"
	    "http_access deny all\n");
	char		*text = NULL;
	size_t		 n;
	FILE		*f = open_memstream(&text, &n);

	conf_dump(s, f);
	fclose(f);
	conf_free(&s);
	ck_assert_ptr_nonnull(strstr(text, "url_rewrite_program /bin/cat -u\n"));
	s = good(text);
	ck_assert_str_eq(s->rewrite.helper.program[1], "-u");
	ck_assert_uint_eq(s->rewrite.helper.children, 3);
	ck_assert_str_eq(s->rewrite.late_response, "OK url=x");
	ck_assert_uint_eq(s->rewrite.adapted->n, 1);
	conf_free(&s);
	free(text);
}
END_TEST

TCase *
test_urlhelper(void)
{
	TCase	*tc = tcase_create("urlhelper");

	tcase_add_loop_test(tc, complaint, 0, COUNT_OF(complaints));
	tcase_add_test(tc, usual);
	tcase_add_loop_test(tc, spelling, 0, COUNT_OF(spellings));
	tcase_add_test(tc, wanted);
	tcase_add_loop_test(tc, timeout, 0, COUNT_OF(timeouts));
	tcase_add_test(tc, dump);
	return tc;
}
