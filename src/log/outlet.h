/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One destination as the logger works on it: the records that wait for it (they stay in the rings
 * until they are written), the batch being written with its journal, and the file or socket.
 */
#ifndef LOG_OUTLET_H
#define LOG_OUTLET_H

#include "base/span.h"
#include "log/logdest.h"

struct outlet;

/* A record in a ring. */
struct logref {
	struct span	 name;		/* per-user: the file's; else empty */
	struct span	 line;
	uint64_t	 from, end;	/* its positions in the ring */
	uint32_t	 unit;		/* outlet.c's */
	uint16_t	 ring;
};

struct outlet	*outlet_new(struct logdest *j, unsigned rings, const char *devlog);
void		 outlet_free(struct outlet **o);
/* False: it was written before the logger was restarted. */
bool		 outlet_add(struct outlet *o, const struct logref *ref);
/* Writes what it can, unless a retry is not due yet. True: nothing waits. */
bool		 outlet_flush(struct outlet *o, uint64_t now_ms);
/* The lowest position of each ring that still waits here: low[r] is made smaller where needed. */
void		 outlet_low(const struct outlet *o, uint64_t *low);
/* Renames and reopens files (after outlet_flush). */
void		 outlet_rotate(struct outlet *o, unsigned keep);
/*
 * When it wants to be called again although nothing new came: 0: not at all. *fd: descriptor to
 * wait for as well (writing), or -1.
 */
uint64_t	 outlet_retry(const struct outlet *o, int *fd);
/* on-error=drop: forgets what waits while nothing can be written; the number of lines. */
uint64_t	 outlet_drop(struct outlet *o);

#endif
