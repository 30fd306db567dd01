/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks password hashes in one or two threads beside the loop, since one check costs tens of milliseconds. Threads are started with
 * the first job. Everything here is called from the loop's thread; done() is too, from the loop.
 */
#ifndef AUTH_HASHPOOL_H
#define AUTH_HASHPOOL_H

#include <stdbool.h>

#include "base/list.h"

struct hashpool_job {
	struct list	 node;		/* the pool's */
	const char	*hash;		/* as passhash_fits takes it; lives until done */
	const char	*password;
	bool		 fits;		/* the answer; false as well when done is called at hashpool_stop */
	bool		 checked;	/* false: the pool stopped before */
	void		(*done)(struct hashpool_job *);
};

void	 hashpool_start(unsigned threads, unsigned most);	/* most waiting jobs */
/* Jobs that wait end unchecked, from inside this call. One being checked is waited for for 50 ms, then left alone: false, its memory must stay. */
bool	 hashpool_stop(void);
/* False: too many wait, or no thread could be started. */
bool	 hashpool_put(struct hashpool_job *j);
unsigned hashpool_waiting(void);

#endif
