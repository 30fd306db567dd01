/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place in the line of records that wait for room in the log ring (src/log). It is part of what
 * the record is about, a transaction or a tunnel, so that nothing has to be looked for; all zero,
 * it does not wait. In a worker.
 */
#ifndef CORE_LOGWAIT_H
#define CORE_LOGWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct logwait {
	struct list	 node;		/* next NULL: does not wait */
	/* there is room, for a moment: to be asked for again now */
	void		(*room)(struct logwait *w);
	uint32_t	 place;		/* the first log place that has not got its line */
	/* ... of this record of a tunnel (0: the final one, or a transaction's) */
	uint32_t	 interim;
};

static inline bool
logwait_is_set(const struct logwait *w)
{
	return w->node.next != NULL;
}

#endif
