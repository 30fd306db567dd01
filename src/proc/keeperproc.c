/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the keeper: one piece of upkeep after the other, the line to the master in between. It is the
 * only process that waits for disks on purpose. Whatever kills it, its successor finds all that it
 * needs in shared memory and in the files.
 */
#include "proc/keeperproc.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/shared.h"
#include "proc/leash.h"
#include "proc/storage.h"
#include "shm/board.h"
#include "store/store.h"

/* Least: between two looks that find nothing to do though workers ask. */
enum { IO_LEVEL = 6, PAUSE_MOST_MS = 60000, PAUSE_LEAST_MS = 5 };

/*
 * Behind the workers where both want the disk. Where both want a processor it takes its share, or
 * they would run out of room just when they store most, but it does not push them aside when it
 * wakes.
 */
static void
step_back(void)
{
	struct sched_param	 none = { 0 };

	if (sched_setscheduler(0, SCHED_BATCH, &none) != 0 ||
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
	    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IO_LEVEL)) != 0)
		msg(MSG_DEBUG, "the priority stays as it is");
}

/*
 * What was written goes to the disk now; the master does not wait longer than it wants to, and
 * nothing is lost if it does not.
 */
static _Noreturn void
leave(void)
{
	board_set_state(shared.board, shared.slot, BOARD_ENDING);
	store_leave(shared.store);
	store_sync(shared.store);
	_exit(0);
}

static void
listen_to(int leash)
{
	enum leash_word	 w;
	int		 passed;

	while ((w = leash_hear(leash, &passed)) != LEASH_NOTHING) {
		if (w == LEASH_GONE)
			_exit(0);
		if (passed >= 0) {
			dup2(passed, STDERR_FILENO);
			close(passed);
		}
		if (w == LEASH_QUIT || w == LEASH_DRAIN || w == LEASH_FINISH)
			leave();
	}
}

static void
tell_ready(int leash)
{
	board_set_state(shared.board, shared.slot, BOARD_SERVING);
	leash_say(leash, LEASH_READY, -1);
}

/* For the line to the master, and the store's wakes, which are edges (storage.h). */
static int
watch(int leash)
{
	struct epoll_event	 line = { .events = EPOLLIN },
	    wake = { .events = EPOLLIN | EPOLLET };
	int			 ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, leash, &line) != 0 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, storage_wake_fd(), &wake) != 0) {
		msg(MSG_ERROR, "cannot watch a descriptor: %s",
		    errno == ENOSPC ? "fs.epoll.max_user_watches is reached" : strerror(errno));
		_exit(1);
	}
	return ep;
}

/* Workers that find no room again and again do not make it run round and round. */
static void
pause_for(int ep, int leash, unsigned ms)
{
	struct epoll_event	 e[2];
	struct timespec		 least = { .tv_nsec = PAUSE_LEAST_MS * 1000000 };

	if (ms > 0)
		nanosleep(&least, NULL);
	epoll_wait(ep, e, COUNT_OF(e), (int)(ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS));
	clock_tick();
	listen_to(leash);
}

_Noreturn void
keeperproc_run(int leash)
{
	bool	 ready;
	int	 ep;

	/* A new master may open the same files at once; nothing is lost by a sudden end. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	step_back();
	clock_tick();
	storage_join(shared.slot);
	ep = watch(leash);
	ready = storage_is_on();
	if (ready)
		tell_ready(leash);
	for (;;) {
		unsigned	 ms = store_keep(shared.store, clock_wall_us() / 1000000);

		if (!ready)		/* what had to be made is made, or cannot be */
			tell_ready(leash);
		ready = true;
		pause_for(ep, leash, ms);
	}
}
