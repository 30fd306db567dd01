/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache keys (RFC 9111, 2): 128 bits of SHA-256, so that nobody can make two URLs meet, now or
 * after a restart (a keyed fast hash would need its key kept with the store, and whoever reads that
 * could make collisions).
 */
#ifndef CACHE_CACHEKEY_H
#define CACHE_CACHEKEY_H

#include "base/span.h"
#include "http/head.h"

struct cachekey {
	uint8_t	 b[16];
};

enum cachekey_kind {
	CACHEKEY_PRIMARY,	/* a URL or the name a store_id_program gave it */
	CACHEKEY_VARIANT,	/* one of the responses of a URL that varies; made by varykey.h */
};

/* GET and HEAD share a key, as a stored answer to GET answers both; other methods have none. */
bool		 cachekey_method(enum method m);

/* url: canonical (target_url), or a store id. In the loop's thread. */
void		 cachekey_primary(struct span url, struct cachekey *out);

/*
 * For varykey.c: the hash of a kind and some parts, lengths included, so that parts cannot run into
 * one another.
 */
void		 cachekey_hash(enum cachekey_kind kind, const struct span *parts, size_t n,
		    struct cachekey *out);

static inline bool
cachekey_eq(const struct cachekey *a, const struct cachekey *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

#endif
