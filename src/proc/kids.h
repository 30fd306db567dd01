/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The master's children: one a process slot, from fork to reaping. A child that is told to leave
 * and does not is told more firmly when its time is up, and killed in the end.
 */
#ifndef PROC_KIDS_H
#define PROC_KIDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/settings.h"
#include "shm/board.h"

enum kid_state {
	KID_NONE,
	KID_STARTING,		/* forked, has not said that it serves */
	KID_SERVING,
	KID_DRAINING,		/* told to finish */
	KID_QUITTING,		/* told to leave at once */
	KID_KILLED,		/* SIGKILL was sent */
	KID_STATES
};

struct kid {
	enum kid_state	 state;
	enum board_role	 role;
	pid_t		 pid;
	int		 leash;
	unsigned	 slot, worker;		/* worker: index from 1; 0: none */
	uint64_t	 generation;
	unsigned	 silent;		/* rounds without a sign of life (pulse.h) */
	uint64_t	 due_ms;		/* when it is told more firmly; UINT64_MAX: never */
};

/*
 * ready(k): k serves now. died(k, status): k is reaped and swept, its slot is free; status as of
 * waitpid.
 */
void		 kids_init(unsigned slots, void (*ready)(const struct kid *k),
		    void (*died)(const struct kid *k, int status));

/*
 * Forks a worker (or the logger or keeper, worker 0) with these settings. NULL: no slot free, or
 * fork failed (said in a message).
 */
struct kid	*kids_spawn(enum board_role role, unsigned worker, const struct settings *s);

/* Ready words and the end of lines come by watch; the dead by this, called on SIGCHLD. */
void		 kids_reap(void);
/* Escalates what is due. */
void		 kids_tick(uint64_t now_ms);

/*
 * within_ms 0: forever. for_good: nobody serves in its place, so it need not keep idle connections.
 */
void		 kids_drain(struct kid *k, uint64_t within_ms, bool for_good);
/* SIGKILL follows after grace_ms. */
void		 kids_quit(struct kid *k, uint64_t grace_ms);
/* It gave a sign of life. */
void		 kids_alive(struct kid *k);
/* To all that live: reopen the logs; fd is the new message descriptor. */
void		 kids_rotate(int fd);

/*
 * The living one (starting or serving) with this role, index and generation (0: any); NULL: there
 * is none.
 */
struct kid	*kids_find(enum board_role role, unsigned worker, uint64_t generation);
/* Iterates over all that are not NONE: start with NULL. */
struct kid	*kids_next(const struct kid *k);
unsigned	 kids_count(enum board_role role);
/* The draining one of the oldest settings; NULL: none drains. */
struct kid	*kids_oldest_draining(void);

#endif
