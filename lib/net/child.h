/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes with a pipe each way (helpers): started without copying this process's memory
 * (posix_spawn), no descriptors leaked.
 */
#ifndef NET_CHILD_H
#define NET_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "net/io.h"

struct child {
	pid_t	 pid;		/* 0: none */
	/* its stdin and stdout: one non-blocking socket pair end; -1: none */
	int	 fd;
};

/* argv[0] is the path. stderr stays the caller's message descriptor. False with errno. */
bool	 child_start(struct child *c, const char *const *argv);
/*
 * died(arg, status as of waitpid) comes once from the loop when the child is dead and reaped;
 * nothing when it has been already. Not called after child_end.
 */
void	 child_watch(struct child *c, void (*died)(void *arg, int status), void *arg);
/*
 * Closes its input (unless the caller took the descriptor and set fd to -1), and after grace_ms
 * sends SIGTERM, then SIGKILL; reaped by the loop. Never blocks.
 */
void	 child_end(struct child *c, unsigned grace_ms);

#endif
