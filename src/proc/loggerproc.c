/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the logger. Its work comes over the rings and the table of destinations; the line to the
 * master carries only a new cache_log.
 */
#include "proc/loggerproc.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/shared.h"
#include "log/logger.h"
#include "proc/inforce.h"
#include "proc/leash.h"
#include "shm/board.h"

static int	 line = -1;

/* Everything here may be called in a signal handler. */
static void
adopt_descriptor(int sig)
{
	enum leash_word	 w;
	int		 fd, error = errno;

	(void)sig;
	while ((w = leash_hear(line, &fd)) != LEASH_NOTHING && w != LEASH_GONE) {
		if (fd < 0)
			continue;
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
	errno = error;
}

static bool
writer_lives(unsigned slot)
{
	struct board_view	 v;

	return board_read(shared.board, slot, &v) && v.role == BOARD_WORKER;
}

_Noreturn void
loggerproc_run(int leash)
{
	struct sigaction	 sa = { .sa_handler = adopt_descriptor, .sa_flags = SA_RESTART };
	struct logger_setup	 setup = {
		.table = inforce_destinations(),
		.wake = shared.logger_wake,
		.master = getppid(),
		.writer_lives = writer_lives,
	};

	line = leash;
	/*
	 * Its loop does not see the end of the line either. What orphaned workers still write stays
	 * in the rings for the next master.
	 */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR2, &sa, NULL);
	adopt_descriptor(0);		/* one that came before the handler was there */
	clock_tick();
	setup.rings = inforce_rings(&setup.n_rings);
	board_set_state(shared.board, shared.slot, BOARD_SERVING);
	leash_say(leash, LEASH_READY, -1);
	logger_run(&setup);
	_exit(0);
}
