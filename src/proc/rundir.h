/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run directory: the ring files, the control socket, and a lock that says whose it is. Children
 * hold the lock with the master, so a new master waits for the last of a dead one's.
 */
#ifndef PROC_RUNDIR_H
#define PROC_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes it if it is missing (its parent must be there), 0750, the workers' own; checks that the
 * workers can write there. False with the reason in why[cap].
 */
bool	 rundir_make(const char *path, char *why, size_t cap);

/*
 * Locks it; waits a little for processes of a dead master to end. The descriptor, or -1 with the
 * reason.
 */
int	 rundir_lock(const char *path, char *why, size_t cap);

#endif
