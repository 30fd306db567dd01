/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread beside the test looks at the clock every two milliseconds (a stopped process, a stopped
 * machine) and at how long the kernel says that the test waited in a run queue. What it finds
 * stands in memory that is shared with the parent, a number for each test.
 */
#include "chances.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	TESTS_MOST = 1000, ROUNDS = 20,
	TICK_US = 2000,
	/* no test is so sensitive that less of it matters */
	AWAY_US = 8000,
};

struct shared {
	atomic_uint		 n;		/* tests that have begun */
	_Atomic uint64_t	 away_us[TESTS_MOST];
};

static struct shared	*shared;
static int		 schedstat = -1;

static uint64_t
now_us(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* In run queues, ever. */
static uint64_t
queued_us(void)
{
	char			 text[128] = "";
	unsigned long long	 waited = 0;

	if (schedstat < 0 || pread(schedstat, text, sizeof text - 1, 0) <= 0 ||
	    sscanf(text, "%*u %llu", &waited) != 1)
		return 0;
	return waited / 1000;
}

static void *
watch(void *arg)
{
	_Atomic uint64_t	*away = arg;
	uint64_t		 before = now_us(), queued = queued_us(), stopped = 0;

	for (;;) {
		uint64_t	 now;

		usleep(TICK_US);
		now = now_us();
		if (now - before > 2 * TICK_US)
			stopped += now - before - TICK_US;
		before = now;
		atomic_store(away, stopped + queued_us() - queued);
	}
	return NULL;
}

void
chances_begin(void)
{
	static pthread_t	 t;
	char			 path[64];
	unsigned		 n;

	if (shared == NULL)
		return;
	n = atomic_fetch_add(&shared->n, 1);
	if (n >= TESTS_MOST)
		return;
	snprintf(path, sizeof path, "/proc/self/task/%ld/schedstat", (long)syscall(SYS_gettid));
	schedstat = open(path, O_RDONLY | O_CLOEXEC);
	pthread_create(&t, NULL, watch, &shared->away_us[n]);
}

/* Passed tests are noted; how many failed in peace. */
static int
judge(SRunner *r, bool *passed, int round)
{
	TestResult	**all = srunner_results(r);
	int		  n = srunner_ntests_run(r), bad = 0;
	bool		  measured = shared != NULL && atomic_load(&shared->n) == (unsigned)n;

	for (int i = 0; i < n && i < TESTS_MOST; i++) {
		uint64_t	 away = measured ? atomic_load(&shared->away_us[i]) : 0;

		if (tr_rtype(all[i]) == CK_PASS) {
			passed[i] = true;
			continue;
		}
		printf("%s:%d: %s: %s%s\n", tr_lfile(all[i]), tr_lno(all[i]), tr_tcname(all[i]),
		    tr_msg(all[i]), (away >= AWAY_US && round < ROUNDS) ?
		    " (kept from its processor: once more)" : "");
		bad += away < AWAY_US;
	}
	free(all);
	return bad;
}

bool
chances_run(Suite *(*suite)(void))
{
	bool	 passed[TESTS_MOST] = { false };
	int	 n = 0, missing = 1, bad = 0;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	    0);
	if (shared == MAP_FAILED)
		shared = NULL;
	for (int round = 1; round <= ROUNDS && missing > 0 && bad == 0; round++) {
		SRunner	*r = srunner_create(suite());

		if (srunner_fork_status(r) == CK_NOFORK && shared != NULL) {
			munmap(shared, sizeof *shared);
			shared = NULL;
		}
		if (shared != NULL)
			memset(shared, 0, sizeof *shared);
		srunner_run_all(r, CK_SILENT);
		n = srunner_ntests_run(r);
		bad = judge(r, passed, round);
		srunner_free(r);
		missing = 0;
		for (int i = 0; i < n && i < TESTS_MOST; i++)
			missing += !passed[i];
	}
	if (shared != NULL)
		munmap(shared, sizeof *shared);
	shared = NULL;
	if (missing < bad)
		missing = bad;
	printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n",
	    n > 0 ? (n - missing) * 100 / n : 100, n, missing);
	fflush(stdout);
	return missing == 0;
}
