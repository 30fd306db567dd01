/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making room, a segment at a time, after S3-FIFO: new objects stand in fresh segments, a tenth of
 * the space; when one of these is reclaimed, what was asked for is appended to the keeper's own
 * main segments and the rest dropped, its keys remembered as ghosts for a while; the oldest main
 * segment gives each object as many further rounds as it was asked for (three at most). So a scan
 * passes through a tenth of the space and disturbs nothing.
 */
#ifndef STORE_RECLAIM_H
#define STORE_RECLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store_inner.h"

/*
 * Fewer segments are free, or about to be, than the writers may need soon (and so many more), or
 * several hold next to nothing.
 */
bool	 reclaim_needed(const struct volume *v, uint32_t more);
/* How many would become free now. */
uint32_t reclaim_ready(const struct volume *v);
/*
 * One segment: carries forward what deserves it; then it is EMPTYING. False: there is none to
 * reclaim.
 */
bool	 reclaim_one(struct store *s, struct volume *v, struct appender *main);
/* Those that nobody reads from any more become free, on the disk first. False: none could. */
bool	 reclaim_free(struct volume *v);

#endif
