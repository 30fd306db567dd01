/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools of threads. Two lists under one mutex, an eventfd to wake the loop: written once for all
 * jobs that end before the loop looks, and never read, because an edge-triggered eventfd tells of
 * each write. The threads touch nothing but the job they have and these lists. In a worker, or any
 * process that runs the loop.
 */
#include "net/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "net/io.h"

enum { WORK_TAG = TAG4('W', 'O', 'R', 'K'), THREADS_MAX = 64, NAME_MAX_BYTES = 16, STOP_MS = 50 };

struct work {
	uint32_t	 tag;
	pthread_mutex_t	 lock;
	pthread_cond_t	 more;
	struct list	 todo, done;	/* under the lock, as are the next four */
	unsigned	 n_todo, idle;
	/* the eventfd has been written since the loop took `done` */
	bool		 told;
	bool		 stop;
	int		 wake_fd;	/* of `wake`; for the threads */
	struct io	 wake;
	bool		 collecting;
	pthread_t	 threads[THREADS_MAX];
	unsigned	 n_threads, most_threads, most;
	int		 nicer;
	char		 name[NAME_MAX_BYTES];
};

struct work *
work_start(const char *name, unsigned threads, unsigned most, int nicer)
{
	struct work	*w = mem_zero(sizeof *w);

	MUST(threads > 0 && most > 0 && strlen(name) < sizeof w->name);
	w->tag = WORK_TAG;
	MUST(pthread_mutex_init(&w->lock, NULL) == 0 && pthread_cond_init(&w->more, NULL) == 0);
	list_init(&w->todo);
	list_init(&w->done);
	w->most_threads = threads < THREADS_MAX ? threads : THREADS_MAX;
	w->most = most;
	w->nicer = nicer;
	w->wake.fd = w->wake_fd = -1;
	strcpy(w->name, name);
	return w;
}

static struct work_job *
first_of(struct list *l)
{
	struct list	*n = list_first(l);

	if (n == NULL)
		return NULL;
	list_remove(n);
	return CONTAINER_OF(n, struct work_job, node);
}

/* Under the lock; NULL: stop. */
static struct work_job *
next_job(struct work *w)
{
	while (!w->stop && list_empty(&w->todo)) {
		w->idle++;
		pthread_cond_wait(&w->more, &w->lock);
		w->idle--;
	}
	if (w->stop)
		return NULL;
	w->n_todo--;
	return first_of(&w->todo);
}

static void
tell_loop(int fd)
{
	const uint64_t	 one = 1;

	/* what nobody reads is full after 2^64 times */
	MUST(write(fd, &one, sizeof one) == sizeof one);
}

static void *
labour(void *arg)
{
	struct work	*w = arg;
	struct work_job	*j;
	bool		 tell;

	pthread_setname_np(pthread_self(), w->name);
	if (w->nicer > 0)
		setpriority(PRIO_PROCESS, (id_t)gettid(), w->nicer);
	pthread_mutex_lock(&w->lock);
	while ((j = next_job(w)) != NULL) {
		pthread_mutex_unlock(&w->lock);
		j->run(j);
		pthread_mutex_lock(&w->lock);
		j->ran = true;
		list_add(&w->done, &j->node);
		tell = !w->told;
		w->told = true;
		if (!tell)
			continue;
		/* else the loop wakes only to wait for it */
		pthread_mutex_unlock(&w->lock);
		tell_loop(w->wake_fd);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* All that are done now; one that ends meanwhile writes the eventfd anew. */
static void
collect(struct io *io, unsigned events)
{
	struct work	*w = CONTAINER_OF(io, struct work, wake);
	struct work_job	*j;
	struct list	 ended;

	(void)events;
	OBJ_OK(w, WORK_TAG);
	list_init(&ended);
	pthread_mutex_lock(&w->lock);
	w->told = false;
	if (!list_empty(&w->done)) {
		list_add(&w->done, &ended);
		list_remove(&w->done);		/* the jobs hang on `ended` now */
	}
	pthread_mutex_unlock(&w->lock);
	w->collecting = true;
	while ((j = first_of(&ended)) != NULL)
		j->done(j);
	w->collecting = false;
}

static bool
open_wake(struct work *w)
{
	if (w->wake_fd >= 0)
		return true;
	w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->wake_fd >= 0 && !io_open(&w->wake, w->wake_fd, 0, collect)) {
		close(w->wake_fd);
		w->wake_fd = -1;
	}
	return w->wake_fd >= 0;
}

static void
more_threads(struct work *w)
{
	sigset_t	 all, old;
	int		 e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);	/* signals are the loop's */
	e = pthread_create(&w->threads[w->n_threads], NULL, labour, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (e == 0)
		w->n_threads++;
	else if (w->n_threads == 0)
		msg(MSG_ERROR, "cannot start a thread (%s): %s", w->name, strerror(e));
}

/* There is no thread at all: the job is nobody else's. */
static bool
take_back(struct work *w, struct work_job *j)
{
	list_remove(&j->node);
	w->n_todo--;
	return false;
}

bool
work_put(struct work *w, struct work_job *j)
{
	bool	 busy, someone;

	if (w == NULL)
		return false;
	OBJ_OK(w, WORK_TAG);
	MUST(!w->stop && j->run != NULL && j->done != NULL);
	if (!open_wake(w))
		return false;
	j->ran = false;
	list_init(&j->node);
	pthread_mutex_lock(&w->lock);
	if (w->n_todo >= w->most) {
		pthread_mutex_unlock(&w->lock);
		return false;
	}
	list_add(&w->todo, &j->node);
	busy = ++w->n_todo > w->idle;
	someone = w->idle > 0;
	pthread_mutex_unlock(&w->lock);
	if (someone)
		pthread_cond_signal(&w->more);
	if (busy && w->n_threads < w->most_threads)
		more_threads(w);
	return w->n_threads > 0 || take_back(w, j);
}

unsigned
work_waiting(struct work *w)
{
	unsigned	 n;

	if (w == NULL)
		return 0;
	OBJ_OK(w, WORK_TAG);
	pthread_mutex_lock(&w->lock);
	n = w->n_todo;
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* True: all have ended. */
static bool
join_threads(struct work *w)
{
	struct timespec	 until;
	bool		 all = true;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STOP_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	for (unsigned i = 0; i < w->n_threads; i++)
		if (pthread_timedjoin_np(w->threads[i], NULL, &until) != 0) {
			pthread_detach(w->threads[i]);
			all = false;
		}
	return all;
}

/* The next that waits or has run. */
static struct work_job *
left_over(struct work *w)
{
	struct work_job	*j;

	pthread_mutex_lock(&w->lock);
	j = first_of(&w->done);
	if (j == NULL)
		j = first_of(&w->todo);
	pthread_mutex_unlock(&w->lock);
	return j;
}

bool
work_stop(struct work **wp)
{
	struct work	*w = *wp;
	struct work_job	*j;
	bool		 all;

	if (w == NULL)
		return true;
	OBJ_OK(w, WORK_TAG);
	MUST(!w->collecting && !w->stop);
	*wp = NULL;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	all = join_threads(w);
	while ((j = left_over(w)) != NULL)
		j->done(j);
	if (!all)
		return false;		/* a thread still looks at w */
	if (w->wake_fd >= 0)
		io_close(&w->wake);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	OBJ_GONE(w);
	free(w);
	return true;
}
