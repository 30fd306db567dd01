/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From fork to the child's own work: signals back to what a child needs, descriptors closed but for
 * a list, ids given up for good. In every child of the master.
 */
#include "proc/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/breath.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "core/shared.h"
#include "log/logdest.h"
#include "proc/crash.h"
#include "proc/inforce.h"
#include "proc/keeperproc.h"
#include "proc/limits.h"
#include "proc/loggerproc.h"
#include "proc/privilege.h"
#include "proc/reload.h"
#include "proc/setup.h"
#include "proc/sockets.h"
#include "proc/storage.h"
#include "proc/worker.h"

bool	 birth_cores, birth_stdout;

static void
nothing(int sig)
{
	(void)sig;
}

/*
 * A terminal or a service manager signals the whole group; what that means is the master's to say,
 * over the line. Handlers that do nothing rather than SIG_IGN, which helper programs would inherit.
 * (A limit of file sizes is an error of write(2).)
 */
static void
set_signals(void)
{
	static const int	 masters[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT,
	    SIGXFSZ };
	struct sigaction	 sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	sigset_t		 none;

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < COUNT_OF(masters); i++)
		sigaction(masters[i], &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
let_go_of_terminal(void)
{
	int	 fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	if (!birth_stdout)
		dup2(fd, STDOUT_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Sockets the child gets by its role; everything else of the master's is closed. */
static int *
keep_descriptors(const struct kid *k, int leash, const struct settings *s, size_t *n)
{
	int	*listen_fds = NULL, *keep;
	size_t	 kept;

	*n = 0;
	if (k->role == BOARD_WORKER)
		listen_fds = sockets_of(s, k->worker, n);
	keep = mem_alloc((*n + 4 + STORAGE_FDS_MAX) * sizeof *keep);
	for (kept = 0; kept < *n; kept++)
		keep[kept] = listen_fds[kept];
	keep[kept++] = leash;
	/*
	 * The keeper has nothing to do with the run directory, and may hang in a disk for long: the
	 * next master must not wait for it.
	 */
	if (k->role != BOARD_KEEPER) {
		keep[kept++] = shared.logger_wake;
		keep[kept++] = setup_run_lock();
	}
	if (k->role == BOARD_LOGGER)
		keep[kept++] = logdest_descriptor(inforce_destinations());
	if (k->role != BOARD_LOGGER)
		kept += storage_descriptors(keep + kept);
	limits_close_others(keep, kept);
	free(keep);
	return listen_fds;
}

static bool
needs_net_admin(const struct settings *s)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (s->ports[i].tproxy)
			return true;
	return s->n_tcp_outgoing_mark > 0;
}

_Noreturn void
birth(const struct kid *k, int leash, const struct settings *s)
{
	char	 who[32];
	int	*listen_fds;
	size_t	 n;

	if (k->role == BOARD_WORKER)
		snprintf(who, sizeof who, "worker %u", k->worker);
	else
		snprintf(who, sizeof who, "%s", board_role_name(k->role));
	/* born while the master compiles settings, perhaps: the others are not the child's */
	breath = NULL;
	msg_who(who);
	prctl(PR_SET_NAME, who);
	shared.slot = k->slot;
	shared.worker = k->worker;
	board_enter(shared.board, k->slot, (uint64_t)getpid());
	set_signals();
	let_go_of_terminal();
	listen_fds = keep_descriptors(k, leash, s, &n);
	privilege_drop(k->role == BOARD_WORKER && needs_net_admin(s), birth_cores);
	if (!birth_cores)
		crash_catch();
	else if (s->coredump_dir != NULL && chdir(s->coredump_dir) != 0)
		msg(MSG_WARNING, "coredump_dir %s: %s", s->coredump_dir, strerror(errno));
	reload_forget_others(k->role == BOARD_WORKER ? s : NULL);
	if (k->role == BOARD_LOGGER) {
		shared.store = NULL;
		loggerproc_run(leash);
	}
	if (k->role == BOARD_KEEPER)
		keeperproc_run(leash);
	worker_run(s, leash, listen_fds, n);
}
