/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What later decisions need of a stored response, worked out once when it comes and kept beside its
 * head, so that a hit does arithmetic and parses nothing (RFC 9111, 4.2).
 */
#ifndef CACHE_STOREDATTR_H
#define CACHE_STOREDATTR_H

#include "cache/cachepolicy.h"
#include "cache/entitytag.h"
#include "http/cachectl.h"

enum {
	STORED_NO_CACHE		= 1 << 0,	/* never without validation */
	/* never stale: must-revalidate, proxy-revalidate, s-maxage */
	STORED_MUST_REVALIDATE	= 1 << 1,
	STORED_IMMUTABLE	= 1 << 2,
	STORED_PUBLIC		= 1 << 3,
	STORED_WEAK_TAG		= 1 << 4,
	/* Last-Modified is a strong validator (RFC 9110, 8.8.2.2) */
	STORED_STRONG_DATE	= 1 << 5,
	/* Pragma: no-cache and no Cache-Control: old servers mean it */
	STORED_NO_HEURISTIC	= 1 << 6,
	STORED_FLAGS		= (1 << 7) - 1,
};

enum {
	/* bytes of an entity-tag that is kept; a longer one is no validator */
	STOREDATTR_TAG_MAX	= 512,
	STOREDATTR_NO_LIFETIME	= -1,	/* nothing explicit was said */
};

struct storedattr {
	/* Date, or when it came if that is earlier or Date is absent or invalid */
	int64_t		 date_s;
	int64_t		 response_s;	/* when it came, or was last validated */
	int64_t		 initial_age;	/* corrected_initial_age (RFC 9111, 4.2.3) */
	/*
	 * explicit freshness lifetime, below -1 if Expires is before Date; or
	 * STOREDATTR_NO_LIFETIME
	 */
	int64_t		 lifetime;
	int64_t		 modified_s;	/* Last-Modified; -1: none */
	/* stale-while-revalidate, stale-if-error (RFC 5861); -1: none */
	int64_t		 swr, sie;
	uint32_t	 flags;
	uint16_t	 status;
	/*
	 * the address it came from, as struct addr has it; all-zero: by a peer. Not in the head:
	 * its caller fills it in
	 */
	uint8_t		 from_ip[16];
	struct span	 etag;		/* opaque part with its quotes; empty: none */
};

/*
 * From a received final reply and its Cache-Control. request_s and response_s: when the request was
 * sent and the head received. The entity-tag borrows from the head. Call it before
 * storedhead_strip, which takes Age away; validators that no-cache="" or private="" list are none.
 */
void		 storedattr_fill(struct storedattr *at, const struct head *reply,
		    const struct cachectl *cc, const struct cachepolicy *p, int64_t request_s,
		    int64_t response_s);

/*
 * The value of Age as received (RFC 9111, 5.1): the first member; 0 if there is none or it is no
 * number; at most 2^31.
 */
int64_t		 storedattr_age_value(const struct head *reply);

/*
 * A validator that a 304 can be asked for with. Conditions are judged on what a 2xx would carry
 * (RFC 9110, 13.2.1): a 304 would not say that a stored error or redirection is still good, but
 * that it is over.
 */
static inline bool
storedattr_validator(const struct storedattr *at)
{
	return at->status >= 200 && at->status < 300 && (at->etag.n > 0 || at->modified_s >= 0);
}

/* ... and one that tells bytes apart. */
static inline bool
storedattr_strong(const struct storedattr *at)
{
	return at->etag.n > 0 ? !(at->flags & STORED_WEAK_TAG) :
	    (at->flags & STORED_STRONG_DATE) != 0;
}

/* Not by a peer: from_ip is an address. */
static inline bool
storedattr_came_directly(const struct storedattr *at)
{
	static const uint8_t	 none[sizeof at->from_ip];

	return memcmp(at->from_ip, none, sizeof none) != 0;
}

static inline struct entitytag
storedattr_tag(const struct storedattr *at)
{
	return (struct entitytag){ at->etag, (at->flags & STORED_WEAK_TAG) != 0 };
}

enum { STOREDATTR_FIXED = 88, STOREDATTR_MAX = STOREDATTR_FIXED + STOREDATTR_TAG_MAX };

/*
 * Writes at most STOREDATTR_MAX bytes; returns how many. The format is of this machine and this
 * version.
 */
size_t		 storedattr_write(const struct storedattr *at, uint8_t *to);

/*
 * From bytes of a disk: false unless they are what storedattr_write could have written. *used is
 * how many they were; the entity-tag borrows from them.
 */
bool		 storedattr_read(struct storedattr *at, struct span bytes, size_t *used);

#endif
