/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers with parts of a stored response: heads of 206 and 416, and the framing of
 * multipart/byteranges, generated part by part so that bodies go straight from the store (RFC 9110,
 * 14.4, 14.6, 15.3.7, 15.5.17).
 */
#ifndef CACHE_RANGEREPLY_H
#define CACHE_RANGEREPLY_H

#include "base/arena.h"
#include "base/sb.h"
#include "cache/byterange.h"
#include "cache/extents.h"

enum { RANGEREPLY_BOUNDARY = 24 };	/* hexadecimal digits of a random number make one */

struct rangereply {
	struct byteranges	 ranges;
	uint64_t		 size;		/* of the whole */
	struct span		 type;		/* Content-Type of the whole; empty: none */
	char			 boundary[RANGEREPLY_BOUNDARY];
	/* what is stored is not the whole but these, end to end; NULL: the whole */
	const struct extents	*there;
	unsigned		 at;		/* next part */
	bool			 closed;
};

/*
 * Makes the head of a 206 from the whole response's; *g yields the body. random: 12 unguessable
 * bytes, so that no stored body can hold the boundary on purpose. *length is the length of the
 * body. False: the arena's cap.
 */
bool		 rangereply_head(struct head *reply, const struct byteranges *ranges, uint64_t size,
		    const uint8_t random[12], struct arena *a, struct rangereply *g,
		    uint64_t *length);

/*
 * Next piece of the body: framing bytes are appended to out (none for a single range), then *part
 * of the stored body is to be sent. False: this was the end; what was appended to out (the closing
 * boundary) is still to be sent.
 */
bool		 rangereply_next(struct rangereply *g, struct sb *out, struct byterange *part);

/* Makes the head of a 416 (RFC 9110, 15.5.17), without content. */
bool		 rangereply_unsatisfiable(struct head *reply, uint64_t size, struct arena *a);

#endif
