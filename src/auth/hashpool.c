/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashing threads of a worker. Two lists under one mutex, an eventfd to wake the loop. The threads touch nothing but the
 * job they have and these lists: no loop, no arena, no messages.
 */
#include "auth/hashpool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "auth/passhash.h"
#include "base/msg.h"
#include "base/must.h"
#include "net/io.h"

enum { THREADS_MAX = 4, NICER = 5, STOP_MS = 50 };

static struct {
	pthread_mutex_t	 lock;
	pthread_cond_t	 work;
	struct list	 todo, done;	/* under the lock */
	unsigned	 n_todo, idle;	/* under the lock */
	bool		 stop;		/* under the lock */
	int		 wake_fd;	/* written by the threads */
	bool		 started;
	pthread_t	 threads[THREADS_MAX];
	unsigned	 n_threads, most_threads, most;
	struct io	 wake;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

/* The next job, under the lock; NULL: stop. */
static struct hashpool_job *
next_job(void)
{
	struct list	*n;

	while (!pool.stop && list_empty(&pool.todo)) {
		pool.idle++;
		pthread_cond_wait(&pool.work, &pool.lock);
		pool.idle--;
	}
	if (pool.stop)
		return NULL;
	n = list_first(&pool.todo);
	list_remove(n);
	pool.n_todo--;
	return CONTAINER_OF(n, struct hashpool_job, node);
}

static void *
work(void *unused)
{
	const uint64_t		 one = 1;
	struct hashpool_job	*j;

	(void)unused;
	/* Guessing of passwords by a stranger must not take the processor from the loop. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICER);
	pthread_mutex_lock(&pool.lock);
	while ((j = next_job()) != NULL) {
		pthread_mutex_unlock(&pool.lock);
		j->fits = passhash_fits(j->hash, j->password);
		j->checked = true;
		pthread_mutex_lock(&pool.lock);
		list_add(&pool.done, &j->node);
		if (write(pool.wake_fd, &one, sizeof one) < 0) {
			/* full: the loop has been woken already */
		}
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

static void
collect(struct io *io, unsigned events)
{
	uint64_t	 count;
	size_t		 got;
	struct list	*n;

	(void)events;
	while (io_read(io, &count, sizeof count, &got) == IO_OK)
		;
	for (;;) {
		pthread_mutex_lock(&pool.lock);
		n = list_first(&pool.done);
		if (n != NULL)
			list_remove(n);
		pthread_mutex_unlock(&pool.lock);
		if (n == NULL)
			return;
		CONTAINER_OF(n, struct hashpool_job, node)->done(CONTAINER_OF(n, struct hashpool_job, node));
		if (!pool.started)
			return;
	}
}

void
hashpool_start(unsigned threads, unsigned most)
{
	MUST(!pool.started);
	list_init(&pool.todo);
	list_init(&pool.done);
	pool.n_todo = pool.idle = pool.n_threads = 0;
	pool.stop = false;
	pool.most_threads = threads < THREADS_MAX ? threads : THREADS_MAX;
	pool.most = most;
	pool.wake.fd = pool.wake_fd = -1;
	pool.started = true;
}

static bool
open_wake(void)
{
	if (pool.wake_fd >= 0)
		return true;
	pool.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (pool.wake_fd < 0)
		return false;
	io_open(&pool.wake, pool.wake_fd, 0, collect);
	return true;
}

/* One thread more if jobs wait and none is idle. False: there is none at all. */
static bool
more_threads(void)
{
	sigset_t	 all, old;
	int		 e;

	if (pool.n_threads < pool.most_threads) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);	/* signals are the loop's */
		e = pthread_create(&pool.threads[pool.n_threads], NULL, work, NULL);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		if (e == 0)
			pool.n_threads++;
		else if (pool.n_threads == 0)
			msg(MSG_ERROR, "cannot start a thread for checking passwords: %s", strerror(e));
	}
	return pool.n_threads > 0;
}

bool
hashpool_put(struct hashpool_job *j)
{
	bool	 busy;

	MUST(pool.started);
	pthread_mutex_lock(&pool.lock);
	busy = pool.n_todo >= pool.idle;
	if (pool.n_todo >= pool.most) {
		pthread_mutex_unlock(&pool.lock);
		return false;
	}
	pthread_mutex_unlock(&pool.lock);
	if (!open_wake() || (busy && !more_threads()))
		return false;
	j->fits = j->checked = false;
	pthread_mutex_lock(&pool.lock);
	list_add(&pool.todo, &j->node);
	pool.n_todo++;
	pthread_cond_signal(&pool.work);
	pthread_mutex_unlock(&pool.lock);
	return true;
}

unsigned
hashpool_waiting(void)
{
	unsigned	 n;

	pthread_mutex_lock(&pool.lock);
	n = pool.n_todo;
	pthread_mutex_unlock(&pool.lock);
	return n;
}

/* True: all have ended. A thread in the middle of a long check is not waited for: the process is about to end. */
static bool
join_threads(void)
{
	struct timespec	 until;
	bool		 all = true;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STOP_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	for (unsigned i = 0; i < pool.n_threads; i++)
		if (pthread_timedjoin_np(pool.threads[i], NULL, &until) != 0) {
			pthread_detach(pool.threads[i]);
			all = false;
		}
	return all;
}

bool
hashpool_stop(void)
{
	bool	 all;

	if (!pool.started)
		return true;
	pthread_mutex_lock(&pool.lock);
	pool.stop = true;
	pthread_cond_broadcast(&pool.work);
	pthread_mutex_unlock(&pool.lock);
	all = join_threads();
	pool.started = false;
	for (;;) {
		struct list	*n;

		pthread_mutex_lock(&pool.lock);
		n = list_first(&pool.done);
		if (n == NULL)
			n = list_first(&pool.todo);
		if (n != NULL)
			list_remove(n);
		pthread_mutex_unlock(&pool.lock);
		if (n == NULL)
			break;
		CONTAINER_OF(n, struct hashpool_job, node)->done(CONTAINER_OF(n, struct hashpool_job, node));
	}
	if (pool.wake_fd >= 0 && all) {
		io_close(&pool.wake);
		pool.wake_fd = -1;
	}
	return all;
}
