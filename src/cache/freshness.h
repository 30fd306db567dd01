/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it fresh (RFC 9111, 4.2): age and lifetime of a stored response now, heuristics and
 * refresh_pattern included.
 */
#ifndef CACHE_FRESHNESS_H
#define CACHE_FRESHNESS_H

#include "cache/storedattr.h"

enum freshness_basis {
	FRESHNESS_EXPLICIT,	/* s-maxage, max-age, Expires */
	FRESHNESS_OVERRIDE,	/* refresh_pattern's min over what the server said */
	FRESHNESS_FACTOR,	/* a share of the time since Last-Modified */
	FRESHNESS_MIN,		/* refresh_pattern's min */
	FRESHNESS_NEGATIVE,	/* negative_ttl */
	FRESHNESS_NONE,		/* no lifetime can be given: stale at once */
};

/*
 * What came more than so many seconds after now came before the clock was set back: its age is
 * unknown, it is stale.
 */
enum { FRESHNESS_AHEAD_S = 60 };

static inline bool
freshness_ahead(const struct storedattr *at, int64_t now_s)
{
	return at->response_s - now_s > FRESHNESS_AHEAD_S;
}

struct freshness {
	int64_t			 age;		/* current_age, seconds; also the value of Age */
	/* freshness_lifetime; below 0: stale when it was made */
	int64_t			 lifetime;
	enum freshness_basis	 basis;
};

/*
 * current_age (RFC 9111, 4.2.3); 0..2^31. A clock set back does not make it younger than it was
 * when it came.
 */
int64_t		 freshness_age(const struct storedattr *at, int64_t now_s);

struct freshness freshness_of(const struct storedattr *at, const struct refresh_rule *rule,
    const struct cachepolicy *p,
		    int64_t now_s);

/* Fresh: the lifetime is longer than the age. */
static inline bool
freshness_fresh(const struct freshness *f)
{
	return f->lifetime > f->age;
}

/* Seconds since it became stale; negative while fresh. */
static inline int64_t
freshness_staleness(const struct freshness *f)
{
	return f->lifetime > f->age ? -1 : f->age - f->lifetime;
}

#endif
