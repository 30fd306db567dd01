/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few threads beside the loop, for calls that may wait (reads of cold files) or compute for long
 * (password hashes). One pool for each kind of work, so that one kind never waits for another.
 * Everything here is called from the loop's thread; only run() is not. Threads are started one by
 * one, as jobs find none idle, and take no signals.
 */
#ifndef NET_WORK_H
#define NET_WORK_H

#include <stdbool.h>

#include "base/list.h"

struct work;

/*
 * Part of the caller's object, whose memory stays until done(). Who loses interest meanwhile marks
 * the object as abandoned and frees it in done(): a job cannot be taken back.
 */
struct work_job {
	struct list	 node;		/* the pool's */
	/* on a thread: touches what belongs to the job alone; no loop, no arena, no messages */
	void		(*run)(struct work_job *j);
	/*
	 * on the loop, never from inside work_put; may free the job, put others, not stop the pool
	 */
	void		(*done)(struct work_job *j);
	bool		 ran;		/* set for done(): false when the pool stopped before */
};

/*
 * threads: the most there will be (up to 64); most: jobs that may wait; nicer: how much less urgent
 * than the loop they are, 0 to 19.
 */
struct work	*work_start(const char *name, unsigned threads, unsigned most, int nicer);
/*
 * Jobs that wait, and those that ran, get their done() from inside this call. One that is running
 * is waited for for 50 ms, then left alone: then false, its done() never comes and its memory must
 * stay (the process is about to end). NULL is harmless.
 */
bool		 work_stop(struct work **w);
/*
 * Run, then done. False: too many wait, no thread could be started, or there is no pool (NULL); the
 * job stays the caller's.
 */
bool		 work_put(struct work *w, struct work_job *j);
/* Jobs that no thread has taken yet. */
unsigned	 work_waiting(struct work *w);

#endif
