/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of the logger process: drains all rings, batches by destination, writes; formats
 * nothing.
 */
#ifndef LOG_LOGGER_H
#define LOG_LOGGER_H

#include <sys/types.h>

#include "log/logdest.h"

struct ring;

struct logger_setup {
	struct logdest_table	*table;
	/* one a process slot; NULL: none there. New ones: ask the logger to stop, start another */
	struct ring *const	*rings;
	unsigned		 n_rings;	/* at most LOGDEST_RINGS */
	/* whether somebody may be writing into the ring; NULL: always */
	bool			 (*writer_lives)(unsigned ring);
	/* eventfd, non-blocking: workers and the master write to it */
	int			 wake;
	/* when it is gone the logger drains and ends; 0: does not look */
	pid_t			 master;
	const char		*devlog;	/* NULL: /dev/log */
};

/*
 * Returns when it was asked to stop (logdest_ask_stop, SIGTERM from the master, the master's death)
 * and has written what it could. Ignores SIGINT, SIGHUP, SIGUSR1, and SIGTERM from others: they go
 * to whole groups, and the master passes on what is meant for it. May be killed and started again
 * at any moment.
 */
void		 logger_run(const struct logger_setup *s);

#endif
