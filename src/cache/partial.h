/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 206 answers from origins (RFC 9110, 14.4 and 15.3.7; RFC 9111, 3.3 and 3.4): where a part
 * belongs, whether it may be stored, put to others of the same representation, and how the missing
 * rest is asked for.
 */
#ifndef CACHE_PARTIAL_H
#define CACHE_PARTIAL_H

#include "base/arena.h"
#include "cache/extents.h"
#include "cache/storedattr.h"

struct partial {
	uint64_t	 first, last, size;
};

/* "bytes 0-4/10": all three numbers known and in order. */
bool		 partial_content_range(struct span value, struct partial *out);

/* The part a head describes: one Content-Range, not multipart, a Content-Length that agrees. */
bool		 partial_of(const struct head *reply, struct partial *out);

/*
 * A 206 that may be stored: with its place, and with a strong validator, without which it could
 * never become whole.
 */
bool		 partial_storable(const struct head *reply, const struct storedattr *at);

/*
 * Makes the head of a stored 206 that of the whole it belongs to: a 200 without Content-Range,
 * whose length is the whole's. Its attributes keep status 206 until all parts are there.
 */
void		 partial_whole_head(struct head *reply);

/*
 * RFC 9111, 3.4: both have the same strong validator, and speak of the same size (UINT64_MAX: not
 * known).
 */
bool		 partial_combine(const struct storedattr *stored, uint64_t stored_size,
		    const struct storedattr *at, uint64_t size);

/*
 * Adds Range and If-Range for a missing extent to a request whose conditions were removed
 * (condreq_plain). False: there is no strong validator, or the arena's cap.
 */
bool		 partial_ask(struct head *req, const struct storedattr *stored,
		    const struct extent *gap, uint64_t size, struct arena *a);

#endif
