/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PID file: locked (flock) for as long as its master lives, so that a second one is refused
 * without a race, a file left behind by a dead one is taken over, and a number in it is trusted
 * only while the lock is held. Symbolic links and other people's files are not touched.
 */
#ifndef PROC_PIDFILE_H
#define PROC_PIDFILE_H

#include <sys/types.h>

enum pidfile_result {
	PIDFILE_OK,
	PIDFILE_RUNNING,	/* another process holds it */
	PIDFILE_FAILED,		/* errno */
	PIDFILE_UNSAFE,		/* no regular file, several links, or somebody else's */
};

struct pidfile {
	int	 fd;		/* -1: none */
	char	*path;
};

/*
 * Creates or takes over the file, locks it and writes the caller's pid. *other: the pid of the one
 * that runs (0: not known yet).
 */
enum pidfile_result	 pidfile_take(struct pidfile *f, const char *path, pid_t *other);
/*
 * After a fork the lock belongs to the child as well (the parent lets go by closing); writes the
 * new number.
 */
void			 pidfile_rewrite(struct pidfile *f);
/* Removes the file if it is still ours, and lets go. */
void			 pidfile_drop(struct pidfile *f);
/* Closes without removing (in a process that is not the master). */
void			 pidfile_forget(struct pidfile *f);

/*
 * Who runs with this file: PIDFILE_RUNNING and *pid; PIDFILE_OK: nobody (no file, or one left
 * behind). *owner is the file's: whoever signals the process does it in that name, so that nobody's
 * file makes root signal a process that is not theirs.
 */
enum pidfile_result	 pidfile_look(const char *path, pid_t *pid, uid_t *owner);

#endif
