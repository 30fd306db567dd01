/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places for records in the segment that this process has open in a cache_dir. A place is given out
 * before its bytes are there and finished with as many bytes as came; what it did not need is used
 * for later records while the segment is open. Appends only: nothing is written twice but an
 * object's head when it is complete.
 */
#ifndef STORE_APPENDER_H
#define STORE_APPENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "store/volume.h"

enum { APPENDER_HOLES = 32 };

struct appender {
	struct volume	*v;
	uint32_t	 slot, spare;		/* free segments it must leave to others */
	enum segtab_kind kind;
	int64_t		 segment;		/* -1: none open */
	uint32_t	 pos, holes_n;
	struct appender_hole {
		uint32_t	 at, len;
	} holes[APPENDER_HOLES];
	const _Atomic uint64_t *stamp;		/* the store's */
};

struct appender_place {
	uint32_t	 segment, offset, room;
	uint64_t	 at;		/* in the file */
	uint64_t	 nonce;
};

void	 appender_init(struct appender *a, struct volume *v, uint32_t slot, enum segtab_kind kind,
		    uint32_t spare, const _Atomic uint64_t *stamp);
/*
 * room: a multiple of RECORD_ALIGN. False: no free segment (or the directory cannot be written:
 * then the cache_dir is off). urgent: for tombs, which may use the last bytes of a segment: what is
 * deleted must stay deleted when everything is full.
 */
bool	 appender_reserve(struct appender *a, uint64_t room, bool urgent, struct appender_place *p);
/*
 * Goes on behind what a sealed segment holds: so many records. What was open is closed. False: the
 * directory cannot be written.
 */
bool	 appender_resume(struct appender *a, uint32_t segment, uint32_t records);
/* used: of the room, a multiple of RECORD_ALIGN; 0 gives it back whole. */
void	 appender_finish(struct appender *a, const struct appender_place *p, uint64_t used);
/* The segment is closed as it is; one that nothing was put into stays open. */
void	 appender_close(struct appender *a);

#endif
