/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored objects that have not all of a representation (RFC 9111, 3.3): answers with 206, and
 * answers that were cut short. The bytes that are there are laid end to end in the stored body;
 * behind the attributes stand the whole size and which bytes they are. The head is that of the
 * whole (a 200 with its Content-Length), the validator strong. Such an object is under the key the
 * whole would be, which takes its place (complete.c).
 */
#ifndef CACHE_PARTS_H
#define CACHE_PARTS_H

#include "cache/byterange.h"
#include "cache/extents.h"
#include "cache/object.h"

enum { PARTS_BYTES = 8 + EXTENTS_BYTES };

struct parts {
	uint64_t	 size;		/* of the whole */
	struct extents	 there;		/* at least one */
};

/*
 * What stands behind the attributes, PARTS_BYTES at most. there NULL: the body is the whole; should
 * it be cut short and become parts (fill.h), they are its beginning. Should parts be cut short, the
 * last bytes of `there` are missing: their number is the stored body's length.
 */
size_t		 parts_write(uint64_t size, const struct extents *there, uint8_t *to);
/* Of an object with OBJECT_PARTS; false: not intelligible. */
bool		 parts_read(const struct object *o, struct parts *p);
/*
 * What stands behind the attributes of any object, for attributes that are written anew over the
 * same body.
 */
struct span	 parts_text(const struct object *o);
/* Bytes of the whole, of any object; STORE_UNKNOWN. */
uint64_t	 parts_size(const struct object *o);

enum parts_have {
	PARTS_ALL,	/* what is asked for is there, or cannot be satisfied */
	PARTS_REST,	/* but for one gap */
	PARTS_FEW,	/* more is missing, or this request is none that parts may answer */
};

/*
 * Whether parts with these attributes answer the request; *asked (none: the whole) and *gap as the
 * answer says.
 */
enum parts_have	 parts_judge(const struct parts *p, const struct head *req,
		    const struct storedattr *at, struct byteranges *asked,
		    struct extent *gap);

#endif
