/* SPDX-License-Identifier: Apache-2.0 */
/* Helper pools with small shell programs behind them, child processes, and the lines. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/child.h"
#include "net/helper.h"
#include "test_net.h"

struct seen {
	int			 calls;
	enum helper_result	 result;
	char			 line[128];
};

static const char		*argv[4] = { "/bin/sh", "-c", NULL, NULL };
static struct helper_settings	 set;
static struct helper_pool	*pool;

static const char	 echo[] = "while read -r l; do echo \"OK $l\"; done";
static const char	 echo_numbered[] = "while read -r id l; do echo \"$id OK $l\"; done";

static void
on_done(void *arg, enum helper_result r, struct span line)
{
	struct seen	*s = arg;

	s->calls++;
	s->result = r;
	span_copy(line, s->line, sizeof s->line);
}

static void
use(const char *program)
{
	argv[2] = program;
	pool = helper_pool_new(&set);
}

static void
begin(void)
{
	net_begin();
	set = (struct helper_settings){ .name = "test", .argv = argv, .children = 2, .queue = 10,
	    .timeout_ms = 60000 };
	pool = NULL;
}

static void
end(void)
{
	helper_pool_free(&pool);
	net_spend(30);
	net_end();
}

static struct seen
ask(const char *line)
{
	struct seen	 s = { 0 };

	ck_assert_ptr_nonnull(helper_ask(pool, span_of(line), on_done, &s));
	ck_assert_int_eq(s.calls, 0);
	net_until(&s.calls, 1);
	return s;
}

START_TEST(answers_come_back)
{
	struct helper_stats	 st;
	struct seen		 s;

	set.concurrency = _i == 0 ? 0 : 10;
	use(_i == 0 ? echo : echo_numbered);
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.running, 0);
	for (int i = 0; i < 20; i++) {
		s = ask("user secret");
		ck_assert_int_eq(s.result, HELPER_ANSWER);
		ck_assert_str_eq(s.line, "OK user secret");
	}
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.running, 1);
	ck_assert_uint_eq(st.busy, 0);
	ck_assert_uint_eq(st.asked, 20);
	ck_assert_uint_eq(st.answered, 20);
	ck_assert_uint_eq(st.died, 0);
}
END_TEST

START_TEST(many_at_once)
{
	struct seen	 s[12] = { 0 };
	char		 line[16], want[20];
	int		 n = 0;

	/* The second program answers in another order than it was asked. */
	set.concurrency = _i == 0 ? 0 : 12;
	set.children = _i == 0 ? 2 : 1;
	use(_i == 0 ? echo :
	    "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do read -r id l; r=\"$id OK $l\n$r\"; done; printf \"$r\"; cat >/dev/null");
	for (int i = 0; i < 12; i++) {
		snprintf(line, sizeof line, "nr %d", i);
		ck_assert_ptr_nonnull(helper_ask(pool, span_of(line), on_done, &s[i]));
	}
	for (int i = 0; i < 12; i++) {
		net_until(&s[i].calls, 1);
		snprintf(want, sizeof want, "OK nr %d", i);
		ck_assert_str_eq(s[i].line, want);
		n += s[i].calls;
	}
	ck_assert_int_eq(n, 12);
}
END_TEST

START_TEST(queue_is_bounded)
{
	struct seen	 s = { 0 };

	set.children = 2;
	set.queue = 3;
	use(echo);
	for (int i = 0; i < 5; i++)
		ck_assert_ptr_nonnull(helper_ask(pool, SPAN("x"), on_done, &s));
	ck_assert_ptr_null(helper_ask(pool, SPAN("x"), on_done, &s));
	net_until(&s.calls, 5);
	ck_assert_ptr_nonnull(helper_ask(pool, SPAN("x"), on_done, &s));
	net_until(&s.calls, 6);
}
END_TEST

START_TEST(queue_is_exceeded_for_a_while)
{
	struct seen	 s = { 0 };

	set.children = 1;
	set.queue = 2;
	set.tolerant = true;
	use("read -r l; sleep 0.3; echo OK; while read -r l; do echo OK; done");
	for (int i = 0; i < 10; i++)
		ck_assert_ptr_nonnull(helper_ask(pool, SPAN("x"), on_done, &s));
	/* till the loop's next round */
	clock_us_ += (HELPER_OVERLOAD_MS - 1000) * UINT64_C(1000);
	ck_assert_ptr_nonnull(helper_ask(pool, SPAN("x"), on_done, &s));
	clock_us_ += 2000000;
	ck_assert_ptr_null(helper_ask(pool, SPAN("x"), on_done, &s));
	clock_tick();
	net_until(&s.calls, 11);
	ck_assert_ptr_nonnull(helper_ask(pool, SPAN("x"), on_done, &s));
	for (int i = 0; i < 9; i++)
		ck_assert_ptr_nonnull(helper_ask(pool, SPAN("x"), on_done, &s));
	net_until(&s.calls, 21);
}
END_TEST

START_TEST(pieces_and_line_ends)
{
	use("while read -r l; do printf 'OK par'; sleep 0.03; printf 'tial\\r\\n'; done");
	ck_assert_str_eq(ask("x").line, "OK partial");
	ck_assert_str_eq(ask("x").line, "OK partial");
}
END_TEST

START_TEST(unasked_lines_are_ignored)
{
	char	 flag[] = "/tmp/sepia-flag-XXXXXX", program[200];

	set.concurrency = _i == 0 ? 0 : 5;
	if (_i == 0) {
		close(mkstemp(flag));
		snprintf(program, sizeof program,
		    "echo hello; echo again; rm %s; read -r l; sleep 0.02; echo OK; cat >/dev/null",
		    flag);
		use(program);
	} else
		use("read -r id l; echo hello; echo '7 OK'; echo '99999999999999999999 OK'; echo '-1 OK'; echo '3 OK'; echo '0x OK'; echo; "
		    "echo \"$id OK right\"; cat >/dev/null");
	if (_i == 0) {
		set.startup = 1;
		helper_pool_free(&pool);
		use(argv[2]);
		for (int i = 0; i < 3000 && access(flag, F_OK) == 0; i++)
			net_spend(10);
		net_spend(50);
	}
	ck_assert_str_eq(ask("x").line, _i == 0 ? "OK" : "OK right");
}
END_TEST

START_TEST(death_is_tried_again_once)
{
	char		 flag[] = "/tmp/sepia-flag-XXXXXX", program[200];
	struct helper_stats st;
	struct seen	 s;

	close(mkstemp(flag));
	snprintf(program, sizeof program, "if [ -e %s ]; then rm %s; read -r l; exit 3; fi; %s",
	    flag, flag, echo);
	use(program);
	s = ask("x");
	ck_assert_int_eq(s.result, HELPER_ANSWER);
	ck_assert_str_eq(s.line, "OK x");
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.died, 1);
}
END_TEST

START_TEST(death_every_time)
{
	uint64_t	 from = clock_exact_us();
	struct seen	 s;

	use(_i == 0 ? "read -r l; exit 1" : _i == 1 ? "exit 1" : "read -r l; kill -9 $$");
	s = ask("x");
	ck_assert_int_eq(s.result, HELPER_DIED);
	for (int i = 0; i < 50; i++) {
		s = ask("x");
		ck_assert_int_eq(s.result, HELPER_DIED);
	}
	ck_assert_uint_lt(clock_exact_us() - from, 900000 * net_slow());
}
END_TEST

START_TEST(no_such_program)
{
	static const char *const	 nothing[] = { "/nonexistent/helper", NULL };

	set.argv = nothing;
	set.startup = 2;
	pool = helper_pool_new(&set);
	ck_assert_int_eq(ask("x").result, HELPER_DIED);
	ck_assert_int_eq(ask("x").result, HELPER_DIED);
}
END_TEST

START_TEST(recovers_after_the_delay)
{
	char		 flag[] = "/tmp/sepia-flag-XXXXXX", program[200];

	close(mkstemp(flag));
	snprintf(program, sizeof program, "if [ -e %s ]; then exit 3; fi; %s", flag, echo);
	use(program);
	while (ask("x").result != HELPER_DIED)
		;
	ask("x");
	unlink(flag);
	net_spend(1300);
	for (int i = 0; i < 20 && ask("x").result != HELPER_ANSWER; i++)
		net_spend(1300);		/* the one before had not ended yet */
	ck_assert_int_eq(ask("x").result, HELPER_ANSWER);
}
END_TEST

START_TEST(hanging_helper_is_replaced)
{
	char			 flag[] = "/tmp/sepia-flag-XXXXXX", program[300];
	struct helper_stats	 st;

	close(mkstemp(flag));
	snprintf(program, sizeof program,
	    "if [ -e %s ]; then rm %s; read -r l; exec sleep 60; fi; %s", flag, flag,
	    _i == 0 ? echo : echo_numbered);
	set.timeout_ms = 3000;
	set.concurrency = _i == 0 ? 0 : 2;
	use(program);
	ck_assert_int_eq(ask("x").result, HELPER_TIMEOUT);
	net_spend(20);
	ck_assert_int_eq(ask("x").result, HELPER_ANSWER);
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.timeouts, 1);
	ck_assert_uint_eq(st.running, 1);
}
END_TEST

START_TEST(waiting_too_long_is_overload)
{
	struct seen	 s[3] = { 0 };
	char		 program[100];

	snprintf(program, sizeof program, "while read -r l; do sleep %.2f; echo OK; done",
	    1.6 * net_slow());
	set.children = 1;
	/* the second is asked after 1,600, the third would be after 3,200 */
	set.timeout_ms = 3000 * net_slow();
	use(program);
	for (int i = 0; i < 3; i++)
		helper_ask(pool, SPAN("x"), on_done, &s[i]);
	for (int i = 0; i < 3; i++)
		net_until(&s[i].calls, 1);
	ck_assert_int_eq(s[0].result, HELPER_ANSWER);
	ck_assert_int_eq(s[1].result, HELPER_ANSWER);
	ck_assert_int_eq(s[2].result, HELPER_OVERLOAD);
}
END_TEST

START_TEST(endless_line_ends_the_process)
{
	struct helper_stats	 st;
	static char		 big[70000];
	struct seen		 s = { 0 };

	use("read -r l; head -c 200000 /dev/zero | tr '\\0' x; cat >/dev/null");
	ck_assert_int_eq(ask("x").result, HELPER_DIED);
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.died, 2);
	memset(big, 'y', sizeof big);
	ck_assert_ptr_null(helper_ask(pool, span_at(big, sizeof big), on_done, &s));
}
END_TEST

START_TEST(long_lines_that_are_allowed)
{
	static char	 big[60000];

	memset(big, 'y', sizeof big - 1);
	use("while read -r l; do echo \"OK $l\"; done");
	ck_assert_int_eq(ask(big).result, HELPER_ANSWER);
	ck_assert_int_eq(ask(big).result, HELPER_ANSWER);
}
END_TEST

START_TEST(cancelled_calls)
{
	struct seen		 s = { 0 }, other = { 0 };
	struct helper_call	*c[3];
	struct helper_stats	 st;

	set.children = 1;
	set.concurrency = _i == 0 ? 0 : 2;
	use(_i == 0 ? echo : echo_numbered);
	for (int i = 0; i < 3; i++)
		c[i] = helper_ask(pool, i == 0 ? SPAN("first") : SPAN("more"), on_done, &s);
	helper_ask(pool, SPAN("last"), on_done, &other);
	for (int i = 0; i < 3; i++)
		helper_cancel(&c[i]);
	net_until(&other.calls, 1);
	ck_assert_int_eq(s.calls, 0);
	ck_assert_str_eq(other.line, "OK last");
	net_spend(20);
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.busy, 0);
	ck_assert_uint_eq(st.queued, 0);
}
END_TEST

static pid_t
pid_in(const char *path)
{
	FILE	*f = fopen(path, "r");
	int	 pid = 0;

	if (f != NULL && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f != NULL)
		fclose(f);
	return pid;
}

/* A worker that ends leaves none behind that hangs: its loop does not turn any more. */
START_TEST(freed_while_one_hangs)
{
	char		 path[] = "/tmp/sepia-helper-XXXXXX", program[128];
	struct seen	 s = { 0 };
	siginfo_t	 dead = { 0 };
	pid_t		 pid = 0;

	close(mkstemp(path));
	snprintf(program, sizeof program, "read -r l; echo $$ >%s; exec sleep 100", path);
	use(program);
	ck_assert_ptr_nonnull(helper_ask(pool, SPAN("x"), on_done, &s));
	for (int i = 0; i < 3000 && (pid = pid_in(path)) == 0; i++)
		net_spend(10);
	ck_assert_int_gt(pid, 0);
	helper_pool_free(&pool);
	for (int i = 0; i < 3000 && dead.si_pid == 0; i++) {
		usleep(10000);
		ck_assert_int_eq(waitid(P_PID, (id_t)pid, &dead, WEXITED | WNOWAIT | WNOHANG), 0);
	}
	ck_assert_int_eq(dead.si_pid, pid);
	net_until(&s.calls, 1);
	ck_assert_int_eq(s.result, HELPER_DIED);
	unlink(path);
}
END_TEST

static void
free_the_pool(void *arg, enum helper_result r, struct span line)
{
	(void)line;
	(void)r;
	++*(int *)arg;
	helper_pool_free(&pool);
}

START_TEST(freed_with_calls_pending)
{
	struct seen	 s = { 0 };
	int		 calls = 0;

	/* a second one might have answered the rest before the first answers */
	set.children = 1;
	use(echo);
	if (_i == 0) {
		for (int i = 0; i < 5; i++)
			helper_ask(pool, SPAN("x"), on_done, &s);
		helper_pool_free(&pool);
		ck_assert_int_eq(s.calls, 0);
	} else {
		helper_ask(pool, SPAN("x"), free_the_pool, &calls);
		for (int i = 0; i < 5; i++)
			helper_ask(pool, SPAN("x"), on_done, &s);
		net_until(&calls, 1);
	}
	net_until(&s.calls, 5);
	net_spend(20);
	ck_assert_int_eq(s.calls, 5);
	ck_assert_int_eq(s.result, HELPER_DIED);
}
END_TEST

START_TEST(startup_and_idle)
{
	struct helper_stats	 st;

	set.children = 4;
	set.startup = 2;
	set.idle = 2;
	use("while read -r l; do sleep 0.05; echo OK; done");
	net_spend(20);
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.running, 2);
	ask("x");
	helper_stats(pool, &st);
	ck_assert_uint_eq(st.running, 3);
}
END_TEST

static int	 died_calls, died_status;

static void
on_died(void *arg, int status)
{
	(void)arg;
	died_calls++;
	died_status = status;
}

START_TEST(children_are_watched_and_ended)
{
	static const char *const	 exits[] = { "/bin/sh", "-c", "exit 7", NULL };
	static const char *const	 stays[] = { "/bin/sh", "-c",
	    "trap '' TERM; while :; do sleep 1; done", NULL };
	static const char *const	 env[] = { "/bin/sh", "-c",
		"[ \"$(ls /proc/self/fd | wc -l)\" -le 4 ] && grep -q 'SigBlk:.0000000000000000' /proc/self/status && "
		"grep -q 'SigIgn:.*0000000$' /proc/self/status", NULL };
	struct child			 c;
	pid_t				 pid;

	ck_assert_int_ge(dup2(0, 77), 0);	/* a descriptor without O_CLOEXEC */
	died_calls = 0;
	ck_assert(child_start(&c, _i == 0 ? exits : _i == 1 ? env : stays));
	pid = c.pid;
	child_watch(&c, on_died, NULL);
	if (_i < 2) {
		net_until(&died_calls, 1);
		ck_assert(WIFEXITED(died_status));
		ck_assert_int_eq(WEXITSTATUS(died_status), _i == 0 ? 7 : 0);
		child_end(&c, 10);
		return;
	}
	net_spend(50);
	child_end(&c, 10);
	ck_assert_int_eq(c.fd, -1);
	for (int i = 0; i < 600 && kill(pid, 0) == 0; i++)
		net_spend(100);		/* SIGTERM is ignored; SIGKILL follows after two seconds */
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert_int_eq(died_calls, 0);
}
END_TEST

static const struct {
	const char		*line;
	enum helper_word	 word;
	const char		*pairs, *rest;	/* "key:value|" each */
} replies[] = {
	{ "OK", HELPER_OK, "", "" },
	{ "ERR", HELPER_ERR, "", "" },
	{ "BH message=\"it broke\"", HELPER_BH, "message:it broke|", "" },
	{ "", HELPER_OTHER, "", "" },
	{ "OKAY", HELPER_OTHER, "", "OKAY" },
	{ "ok", HELPER_OTHER, "", "ok" },
	{ "OK user=joe", HELPER_OK, "user:joe|", "" },
	{ "OK  user=joe  tag=a ", HELPER_OK, "user:joe|tag:a|", "" },
	{ "OK user=John%20Smith", HELPER_OK, "user:John Smith|", "" },
	{ "OK user=\"John%20Smith\"", HELPER_OK, "user:John%20Smith|", "" },
	{ "OK user=\"J. \\\"Bob\\\" Smith\" a=b", HELPER_OK, "user:J. \"Bob\" Smith|a:b|", "" },
	{ "OK log=\"a\\nb\\rc\\\\d\\xe\"", HELPER_OK, "log:a\nb\rc\\dxe|", "" },
	{ "OK a=x\\n", HELPER_OK, "a:x\\n|", "" },
	{ "OK a=", HELPER_OK, "a:|", "" },
	{ "OK a= b=c", HELPER_OK, "", "a= b=c" },
	{ "OK a=\"\" b=c", HELPER_OK, "a:|b:c|", "" },
	{ "OK a=\"open b=c", HELPER_OK, "a:open b=c|", "" },
	{ "OK a=\"end\\", HELPER_OK, "a:end|", "" },
	{ "OK a=50%% b=%zz c=%4 d=%00 e=%41", HELPER_OK, "a:50%|b:%zz|c:%4|d:%00|e:A|", "" },
	{ "ERR Wrong password", HELPER_ERR, "", "Wrong password" },
	{ "OK user=joe and more", HELPER_OK, "user:joe|", "and more" },
	{ "OK =x", HELPER_OK, "", "=x" },
	{ "http://x.test/?a=b", HELPER_OTHER, "", "http://x.test/?a=b" },
	{ "OK 1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8 9=9 a=a b=b c=c d=d e=e f=f g=g h=h", HELPER_OK,
	    "1:1|2:2|3:3|4:4|5:5|6:6|7:7|8:8|9:9|a:a|b:b|c:c|d:d|e:e|f:f|g:g|", "" },
};

START_TEST(replies_are_parsed)
{
	struct helper_reply	 r;
	char			 line[200], got[200] = "";

	strcpy(line, replies[_i].line);
	helper_parse(line, strlen(line), &r);
	ck_assert_int_eq(r.word, replies[_i].word);
	for (unsigned i = 0; i < r.n; i++) {
		size_t	 at = strlen(got);

		snprintf(got + at, sizeof got - at, "%.*s:%.*s|", SPAN_ARG(r.pairs[i].key),
		    SPAN_ARG(r.pairs[i].value));
	}
	ck_assert_str_eq(got, replies[_i].pairs);
	ck_assert(span_is(r.rest, replies[_i].rest));
}
END_TEST

START_TEST(requests_are_escaped)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "joe", "joe" }, { "", "" }, { "a b", "a%20b" }, { "100%", "100%25" },
		{ "a\nb\r\t", "a%0Ab%0D%09" },
		{ "caf\xc3\xa9", "caf%C3%A9" }, { "\"'\\<>", "%22%27%5C%3C%3E" },
		{ "a/b:c@d=e&f", "a/b:c@d=e&f" }, { "\x7f", "%7F" },
	};
	char	 dst[64];
	size_t	 n;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ck_assert(helper_escape(span_of(cases[i].in), dst, sizeof dst, &n));
		ck_assert(span_is(span_at(dst, n), cases[i].out));
		ck_assert(helper_escape(span_of(cases[i].in), dst, n, &n));
		if (n > 0)
			ck_assert(!helper_escape(span_of(cases[i].in), dst, n - 1, &n));
	}
}
END_TEST

Suite *
helper_suite(void)
{
	Suite	*s = suite_create("helper");
	TCase	*t = tcase_create("pool"), *l = tcase_create("lines");

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 20);
	tcase_add_loop_test(t, answers_come_back, 0, 2);
	tcase_add_loop_test(t, many_at_once, 0, 2);
	tcase_add_test(t, queue_is_bounded);
	tcase_add_test(t, queue_is_exceeded_for_a_while);
	tcase_add_test(t, pieces_and_line_ends);
	tcase_add_loop_test(t, unasked_lines_are_ignored, 0, 2);
	tcase_add_test(t, death_is_tried_again_once);
	tcase_add_loop_test(t, death_every_time, 0, 3);
	tcase_add_test(t, no_such_program);
	tcase_add_test(t, recovers_after_the_delay);
	tcase_add_loop_test(t, hanging_helper_is_replaced, 0, 2);
	tcase_add_test(t, waiting_too_long_is_overload);
	tcase_add_test(t, endless_line_ends_the_process);
	tcase_add_test(t, long_lines_that_are_allowed);
	tcase_add_loop_test(t, cancelled_calls, 0, 2);
	tcase_add_loop_test(t, freed_with_calls_pending, 0, 2);
	tcase_add_test(t, freed_while_one_hangs);
	tcase_add_test(t, startup_and_idle);
	tcase_add_loop_test(t, children_are_watched_and_ended, 0, 3);
	suite_add_tcase(s, t);
	tcase_add_loop_test(l, replies_are_parsed, 0, (int)COUNT_OF(replies));
	tcase_add_test(l, requests_are_escaped);
	suite_add_tcase(s, l);
	return s;
}
