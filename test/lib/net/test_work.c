/* SPDX-License-Identifier: Apache-2.0 */
/* The pools of threads: where run and done are called, bounds, stopping. */
#include "test_net.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "net/loop.h"
#include "net/work.h"

struct probe {
	struct work_job	 job;
	pthread_t	 ran_on;
	sigset_t	 blocked;
	int		 number;
	struct work	*again;		/* where done() puts it once more */
};

static pthread_t	 loop_thread;
static int		 n_done, order[64];
static atomic_int	 n_running, most_running;
static atomic_bool	 gate;		/* closed jobs run until it opens */

static void
note_run(struct work_job *j)
{
	struct probe	*p = CONTAINER_OF(j, struct probe, job);
	int		 now = ++n_running;

	if (now > most_running)
		most_running = now;
	p->ran_on = pthread_self();
	pthread_sigmask(SIG_BLOCK, NULL, &p->blocked);
	while (!gate)
		usleep(500);
	n_running--;
}

static void
note_done(struct work_job *j)
{
	struct probe	*p = CONTAINER_OF(j, struct probe, job);
	struct work	*again = p->again;

	ck_assert(pthread_equal(pthread_self(), loop_thread));
	if (n_done < 64)
		order[n_done] = p->number;
	n_done++;
	p->again = NULL;
	if (again != NULL)
		ck_assert(work_put(again, j));
}

static void
begin(void)
{
	net_begin();
	loop_thread = pthread_self();
	n_done = 0;
	n_running = most_running = 0;
	gate = true;
}

static struct probe *
probes(int n)
{
	struct probe	*p = calloc((size_t)n, sizeof *p);

	for (int i = 0; i < n; i++) {
		p[i].job.run = note_run;
		p[i].job.done = note_done;
		p[i].number = i;
	}
	return p;
}

START_TEST(run_on_a_thread_done_on_the_loop)
{
	struct work	*w = work_start("test", 1, 8, 0);
	struct probe	*p = probes(3);

	for (int i = 0; i < 3; i++)
		ck_assert(work_put(w, &p[i].job));
	usleep(20000);
	ck_assert_int_eq(n_done, 0);		/* only the loop calls it */
	net_until(&n_done, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(order[i], i);
		ck_assert(p[i].job.ran);
		ck_assert(!pthread_equal(p[i].ran_on, loop_thread));
		ck_assert(sigismember(&p[i].blocked, SIGTERM) == 1 &&
		    sigismember(&p[i].blocked, SIGCHLD) == 1);
	}
	ck_assert(work_stop(&w));
	ck_assert_ptr_null(w);
	free(p);
}
END_TEST

START_TEST(many_in_many_rounds)
{
	enum { N = 64, ROUNDS = 50 };
	struct work	*w = work_start("test", 4, N, 0);
	struct probe	*p = probes(N);

	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < N; i++)
			ck_assert(work_put(w, &p[i].job));
		net_until(&n_done, round * N);
		ck_assert_int_eq(n_done, round * N);
		ck_assert_uint_eq(work_waiting(w), 0);
	}
	ck_assert(work_stop(&w));
	free(p);
}
END_TEST

START_TEST(bounds)
{
	struct work	*w = work_start("test", 2, 3, 0);
	struct probe	*p = probes(6);

	gate = false;
	for (int i = 0; i < 2; i++) {
		ck_assert(work_put(w, &p[i].job));
		while (n_running <= i)
			usleep(500);
	}
	for (int i = 2; i < 5; i++)
		ck_assert(work_put(w, &p[i].job));
	ck_assert_uint_eq(work_waiting(w), 3);
	ck_assert(!work_put(w, &p[5].job));
	gate = true;
	net_until(&n_done, 5);
	ck_assert_int_eq(most_running, 2);
	ck_assert(work_put(w, &p[5].job));
	net_until(&n_done, 6);
	ck_assert(work_stop(&w));
	free(p);
}
END_TEST

START_TEST(put_from_done)
{
	struct work	*w = work_start("test", 1, 1, 0);
	struct probe	*p = probes(1);

	p->again = w;
	ck_assert(work_put(w, &p->job));
	net_until(&n_done, 2);
	ck_assert(work_stop(&w));
	ck_assert_int_eq(n_done, 2);
	free(p);
}
END_TEST

/* One runs, one waits: the first is joined, the second ends without having run. */
START_TEST(stop_ends_all)
{
	static struct work	*kept;		/* what a thread still looks at */
	static struct probe	*p;
	struct work		*w = kept = work_start("test", 1, 4, 5);

	p = probes(2);
	gate = false;
	ck_assert(work_put(w, &p[0].job));
	while (n_running == 0)
		usleep(500);
	ck_assert(work_put(w, &p[1].job));
	ck_assert(!work_stop(&w));		/* it does not end in 50 ms */
	ck_assert_ptr_null(w);
	ck_assert_int_eq(n_done, 1);
	ck_assert_int_eq(order[0], 1);
	ck_assert(!p[1].job.ran);
	ck_assert_ptr_nonnull(kept);
	gate = true;				/* the process would end now */
	usleep(20000);
}
END_TEST

START_TEST(stop_gives_results)
{
	struct work	*w = work_start("test", 1, 4, 0);
	struct probe	*p = probes(1);

	ck_assert(work_put(w, &p->job));
	while (work_waiting(w) > 0 || n_running > 0)
		usleep(500);
	/* a thread that ends late is left behind */
	ck_assert(work_stop(&w) || net_slow() > 1);
	ck_assert_int_eq(n_done, 1);
	ck_assert(p->job.ran);
	free(p);
}
END_TEST

START_TEST(no_pool)
{
	struct work	*w = NULL;
	struct probe	*p = probes(1);

	ck_assert(!work_put(NULL, &p->job));
	ck_assert_uint_eq(work_waiting(NULL), 0);
	ck_assert(work_stop(&w));
	w = work_start("unused", 1, 1, 0);
	ck_assert(work_stop(&w));
	free(p);
}
END_TEST

Suite *
work_suite(void)
{
	Suite	*s = suite_create("work");
	TCase	*c = tcase_create("work");

	tcase_add_checked_fixture(c, begin, net_end);
	tcase_add_test(c, run_on_a_thread_done_on_the_loop);
	tcase_add_test(c, many_in_many_rounds);
	tcase_add_test(c, bounds);
	tcase_add_test(c, put_from_done);
	tcase_add_test(c, stop_ends_all);
	tcase_add_test(c, stop_gives_results);
	tcase_add_test(c, no_pool);
	suite_add_tcase(s, c);
	return s;
}
