/* SPDX-License-Identifier: Apache-2.0 */
/* Squid's result code (%Ss) of an answer in whose making the cache took part. */
#ifndef CACHE_CACHERESULT_H
#define CACHE_CACHERESULT_H

#include "cache/freshness.h"
#include "core/facts.h"

enum cacheresult_how {
	/* from the store, unasked (also stale: max-stale, stale-while-revalidate) */
	CACHERESULT_STORED,
	CACHERESULT_CONFIRMED,		/* from the store, the origin said 304 */
	CACHERESULT_REPLACED,		/* the origin answered a validation with something else */
	CACHERESULT_STALE_FOR_ERROR,	/* from the store, validation failed */
	CACHERESULT_ERROR_PASSED,	/* validation failed and the error was sent */
	CACHERESULT_FETCHED,		/* nothing was stored, or nothing that could be used */
	CACHERESULT_FOLLOWED,		/* along with another request's fetch */
};

struct cacheresult {
	enum cacheresult_how	 how;
	enum freshness_basis	 basis;
	bool			 in_memory;	/* the page cache had it */
	bool			 offline;	/* offline_mode and stale */
	bool			 not_modified, by_tag;	/* a 304 was sent; for If-None-Match */
	bool			 reload;	/* fetched because the client said no-cache */
	/* fetched after another's fetch had come to nothing */
	bool			 waited;
	/* fetched because the stored one could not be read */
	bool			 damaged;
};

enum facts_result cacheresult_of(const struct cacheresult *r);

#endif
