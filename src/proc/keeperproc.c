/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the keeper: one piece of upkeep after the other, the line to the master in between. It is the only process that waits for disks on
 * purpose. Whatever kills it, its successor finds all that it needs in shared memory and in the files.
 */
#include "proc/keeperproc.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "core/shared.h"
#include "proc/leash.h"
#include "proc/storage.h"
#include "shm/board.h"
#include "store/store.h"

/* Behind the workers where both want the same; never so far behind that they run out of room. */
enum { NICE = 5, IO_LEVEL = 6, PAUSE_MOST_MS = 60000 };

static void
step_back(void)
{
	errno = 0;
	if ((nice(NICE) == -1 && errno != 0) ||
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IO_LEVEL)) != 0)
		msg(MSG_DEBUG, "the priority stays as it is");
}

/* What was written goes to the disk now; the master does not wait longer than it wants to, and nothing is lost if it does not. */
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

_Noreturn void
keeperproc_run(int leash)
{
	bool	 ready;

	/* A new master may open the same files at once; nothing is lost by a sudden end. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	step_back();
	clock_tick();
	storage_join(shared.slot);
	ready = storage_is_on();
	if (ready)
		tell_ready(leash);
	for (;;) {
		unsigned	 ms = store_keep(shared.store, clock_wall_us() / 1000000);
		struct pollfd	 p = { .fd = leash, .events = POLLIN };

		if (!ready)		/* what had to be made is made, or cannot be */
			tell_ready(leash);
		ready = true;
		poll(&p, 1, (int)(ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS));
		clock_tick();
		listen_to(leash);
	}
}
