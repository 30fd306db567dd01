/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's timers and tasks under a clock that the test holds; io and pump on socket pairs. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "net/io.h"
#include "net/loop.h"
#include "net/pump.h"

static uint64_t	 now_us = 1000000000;

static void
pass(uint64_t ms)
{
	now_us += ms * 1000;
	clock_fake(now_us, now_us);
	loop_round(0);
}

static void
setup(void)
{
	clock_fake(now_us, now_us);
	loop_init();
}

static void
teardown(void)
{
	loop_free();
}

struct bell {
	struct timer	 t;
	unsigned	 rung;
	uint64_t	 at_ms;
};

static void
ring(struct timer *t)
{
	struct bell	*b = CONTAINER_OF(t, struct bell, t);

	b->rung++;
	b->at_ms = clock_ms();
}

/* Never early, at most one tick late, over every level of the wheel. */
START_TEST(test_timers_are_punctual)
{
	static const uint64_t	 waits[] = { 1, 3, 4, 5, 100, 255, 256, 257, 1000, 16383, 16384,
	    16385, 60000, 1048576, 3600000, 86400000, 200000000 };
	struct bell		 b[COUNT_OF(waits)];
	uint64_t		 start = clock_ms();

	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		b[i].rung = 0;
		timer_init(&b[i].t, ring);
		timer_set(&b[i].t, waits[i]);
	}
	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		uint64_t	 due = start + waits[i];

		if (due > clock_ms() + 1) {
			pass(due - 1 - clock_ms());
			ck_assert_msg(b[i].rung == 0, "%lu ms rang early", (unsigned long)waits[i]);
		}
		if (due + 5 > clock_ms())
			pass(due + 5 - clock_ms());
		ck_assert_msg(b[i].rung == 1, "%lu ms did not ring", (unsigned long)waits[i]);
	}
}
END_TEST

START_TEST(test_timers_move_and_stop)
{
	struct bell	 b = { .rung = 0 };

	timer_init(&b.t, ring);
	timer_set(&b.t, 100);
	for (unsigned i = 0; i < 50; i++) {	/* put off again and again */
		pass(50);
		timer_set(&b.t, 100);
	}
	ck_assert_uint_eq(b.rung, 0);
	timer_set(&b.t, 10);			/* and sooner */
	pass(15);
	ck_assert_uint_eq(b.rung, 1);
	ck_assert(!timer_is_set(&b.t));
	timer_set(&b.t, 10);
	timer_stop(&b.t);
	pass(1000);
	ck_assert_uint_eq(b.rung, 1);
}
END_TEST

/* Many timers with random times, moved at random, against the plain truth. */
START_TEST(test_timers_agree_with_a_model)
{
	enum { N = 300 };
	static struct bell	 b[N];
	uint64_t		 due[N] = { 0 };
	unsigned		 want[N] = { 0 }, x = 7;

	for (unsigned i = 0; i < N; i++) {
		b[i].rung = 0;
		timer_init(&b[i].t, ring);
	}
	for (unsigned round = 0; round < 20000; round++) {
		unsigned	 i;

		x = x * 1103515245 + 12345;
		i = (x >> 16) % N;
		if ((x >> 8 & 7) == 0) {
			timer_stop(&b[i].t);
			due[i] = 0;
		} else {
			uint64_t	 wait = (x >> 4 & 3) == 0 ? (x >> 10) % 100000 :
			    (x >> 10) % 300;

			timer_set(&b[i].t, wait);
			due[i] = clock_ms() + wait;
		}
		pass(x >> 28);
		for (unsigned k = 0; k < N; k++) {
			if (due[k] == 0)
				continue;
			if (b[k].rung > want[k]) {
				/* not ck_assert: six million of them cost more than the rest */
				if (b[k].at_ms < due[k])
					ck_abort_msg("timer %u rang early", k);
				want[k]++;
				due[k] = 0;
			} else if (clock_ms() >= due[k] + 5) {
				ck_abort_msg("timer %u did not ring", k);
			}
		}
	}
	for (unsigned i = 0; i < N; i++)
		timer_stop(&b[i].t);
}
END_TEST

static unsigned		 steps;
static struct task	 again;

static void
step(struct task *t)
{
	if (++steps < 3)
		task_later(t);
}

START_TEST(test_tasks_run_once_a_round)
{
	steps = 0;
	task_init(&again, step);
	task_later(&again);
	task_later(&again);
	ck_assert_uint_eq(steps, 0);
	pass(0);
	ck_assert_uint_eq(steps, 1);
	pass(0);
	pass(0);
	pass(0);
	ck_assert_uint_eq(steps, 3);
}
END_TEST

static unsigned	 calls, last_events;
static struct io *victim;

static void
count(struct io *io, unsigned events)
{
	(void)io;
	calls++;
	last_events |= events;
	/* both have events in this batch: the other must not be called any more */
	if (victim != NULL) {
		io_close(victim);
		victim = NULL;
	}
}

static void
two(int fd[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
}

START_TEST(test_closing_inside_a_batch_is_safe)
{
	struct io	 a, b;
	int		 fa[2], fb[2];

	two(fa);
	two(fb);
	ck_assert(io_open(&a, fa[0], 0, count));
	ck_assert(io_open(&b, fb[0], 0, count));
	pass(0);
	calls = 0;
	ck_assert(write(fa[1], "x", 1) == 1 && write(fb[1], "x", 1) == 1);
	victim = &b;
	pass(0);
	ck_assert_uint_le(calls, 2);		/* one, or the victim was first in the batch */
	victim = NULL;
	io_close(&a);
	io_close(&b);
	close(fa[1]);
	close(fb[1]);
}
END_TEST

START_TEST(test_io_tells_the_end)
{
	struct io	 a;
	int		 fd[2];
	char		 p[16];
	size_t		 got;

	two(fd);
	ck_assert(io_open(&a, fd[0], 0, count));
	ck_assert_int_eq(io_read(&a, p, sizeof p, &got), IO_AGAIN);
	ck_assert(write(fd[1], "hello", 5) == 5);
	shutdown(fd[1], SHUT_WR);
	last_events = 0;
	pass(0);
	ck_assert(last_events & IO_HUP);
	ck_assert_int_eq(io_read(&a, p, sizeof p, &got), IO_OK);
	ck_assert_uint_eq(got, 5);
	ck_assert_int_eq(io_read(&a, p, sizeof p, &got), IO_EOF);
	io_close(&a);
	close(fd[1]);
}
END_TEST

/*
 * Bytes through a pump, in pieces, with a destination that is slow to take them: all arrive, in
 * order, small and large alike.
 */
START_TEST(test_pump_moves_everything)
{
	static const size_t	 sizes[] = { 1, 1000, 32768, 100000, 3000000 };
	size_t			 n = sizes[_i % 5], fed = 0, seen = 0;
	bool			 limited = _i >= 5;
	char			*data = mem_alloc(n + 10), back[50000];
	int			 fa[2], fb[2];
	struct io		 a, b;
	struct pump		 p;
	enum pump_result	 r = PUMP_WAIT;

	for (size_t i = 0; i < n + 10; i++)
		data[i] = (char)(i * 7 + i / 251);
	two(fa);
	two(fb);
	ck_assert(io_open(&a, fa[0], 0, count));
	ck_assert(io_open(&b, fb[0], IO_WRITE, count));
	pump_init(&p, &a, &b, limited ? n + 5 : UINT64_MAX);
	pump_first(&p, SPAN("first"));
	while (r == PUMP_WAIT || r == PUMP_AGAIN || seen < n + 5) {
		ssize_t	 k;

		if (fed < n && (k = write(fa[1], data + fed, n - fed)) > 0)
			fed += (size_t)k;
		if (fed == n && !limited)
			shutdown(fa[1], SHUT_WR);
		pass(1);
		if (r == PUMP_WAIT || r == PUMP_AGAIN)
			r = pump_run(&p);
		k = read(fb[1], back, sizeof back);
		for (ssize_t i = 0; i < k; i++, seen++)
			if (back[i] != (seen < 5 ? "first"[seen] : data[seen - 5]))	/* as above */
				ck_abort_msg("byte %zu is wrong", seen);
	}
	ck_assert_int_eq(r, limited ? PUMP_DONE : PUMP_EOF);
	ck_assert_uint_eq(p.moved, n + 5);
	pump_free(&p);
	io_close(&a);
	io_close(&b);
	close(fa[1]);
	close(fb[1]);
	free(data);
}
END_TEST

START_TEST(test_pump_idle_holds_nothing)
{
	int		 fa[2], fb[2];
	struct io	 a, b;
	struct pump	 p;
	char		*bulk = mem_zero(400000);

	two(fa);
	two(fb);
	ck_assert(io_open(&a, fa[0], 0, count));
	ck_assert(io_open(&b, fb[0], IO_WRITE, count));
	pump_init(&p, &a, &b, UINT64_MAX);
	for (unsigned i = 0; i < 20; i++) {
		ck_assert(write(fa[1], bulk, 400000) > 0);
		pass(1);
		for (unsigned k = 0; k < 20; k++) {
			char	 sink[65536];

			ck_assert_int_le(pump_run(&p), PUMP_AGAIN);
			while (read(fb[1], sink, sizeof sink) > 0)
				;
			pass(1);
		}
	}
	ck_assert(p.rest.p == NULL && p.pipe[0] == -1 && p.stuck == 0);
	pump_free(&p);
	io_close(&a);
	io_close(&b);
	close(fa[1]);
	close(fb[1]);
	free(bulk);
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("loop");
	TCase	*tc = tcase_create("loop");
	SRunner	*r;
	int	 failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_timers_are_punctual);
	tcase_add_test(tc, test_timers_move_and_stop);
	tcase_add_test(tc, test_timers_agree_with_a_model);
	tcase_add_test(tc, test_tasks_run_once_a_round);
	tcase_add_test(tc, test_closing_inside_a_batch_is_safe);
	tcase_add_test(tc, test_io_tells_the_end);
	tcase_add_loop_test(tc, test_pump_moves_everything, 0, 10);
	tcase_add_test(tc, test_pump_idle_holds_nothing);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
