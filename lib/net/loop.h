/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of a process: edge-triggered epoll, timers, deferred calls. There is one loop a
 * process; nothing here is for threads. Callbacks run one at a time from loop_run, never from
 * inside the call that asked for them.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

void		 loop_init(void);	/* after fork, in the process that will run it */
void		 loop_free(void);
void		 loop_run(void);	/* until loop_stop */
void		 loop_stop(void);
/*
 * One round: waits at most max_ms (-1: as long as it takes), calls what is due. For tests and
 * special processes.
 */
void		 loop_round(int max_ms);

int		 loop_fd(void);	/* the epoll descriptor, for io.c */

/* Timers. A timer that is set again to a later time costs a store. Resolution 4 ms; never early. */
struct timer {
	struct list	 node;
	uint64_t	 due_ms;	/* 0: not set */
	uint64_t	 filed_ms;	/* where the wheel has it */
	void		(*cb)(struct timer *);
};

void		 timer_init(struct timer *t, void (*cb)(struct timer *));
void		 timer_set(struct timer *t, uint64_t in_ms);
void		 timer_stop(struct timer *t);

static inline bool
timer_is_set(const struct timer *t)
{
	return t->due_ms != 0;
}

/* A call after the current round of events. Asking twice is once. */
struct task {
	struct list	 node;
	void		(*cb)(struct task *);
};

void		 task_init(struct task *t, void (*cb)(struct task *));
void		 task_later(struct task *t);
void		 task_drop(struct task *t);

#endif
