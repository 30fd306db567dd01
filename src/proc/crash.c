/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said about a crash. In every child; async-signal-safe but for must_context, after which
 * the process ends in any case.
 */
#include "proc/crash.h"

#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "store/store.h"

enum { STACK = 65536, FRAMES = 48 };

static const int	 fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };

static void
report(int sig, siginfo_t *info, void *context)
{
	void	*frames[FRAMES];
	char	 line[160];
	int	 n;

	(void)context;
	if (sig == SIGBUS && store_fault(info->si_addr))
		return;
	signal(sig, SIG_DFL);		/* a crash in here is the last one */
	n = snprintf(line, sizeof line, "crash: process %d: signal %d (%s) at address %p\n",
	    (int)getpid(), sig, sigabbrev_np(sig), sig == SIGABRT ? NULL : info->si_addr);
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0) {
		/* nobody to tell */
	}
	/* A failed assertion has told it already. */
	if (must_context != NULL && sig != SIGABRT)
		must_context(STDERR_FILENO);
	backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
	raise(sig);
}

void
crash_catch(void)
{
	struct sigaction	 sa = { .sa_sigaction = report,
	    .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t			 stack = { .ss_size = STACK };
	void			*frames[4];

	stack.ss_sp = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) != 0)
		sa.sa_flags &= ~SA_ONSTACK;
	/* The first call loads libgcc; the next ones allocate nothing. */
	backtrace(frames, COUNT_OF(frames));
	for (size_t i = 0; i < COUNT_OF(fatal); i++)
		sigaction(fatal[i], &sa, NULL);
}
