/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration says about caching, as the pure rules of this folder take it: one struct
 * of the global directives and one row per refresh_pattern. Times in seconds. The wiring fills it
 * from the settings; tests fill it by hand.
 */
#ifndef CACHE_CACHEPOLICY_H
#define CACHE_CACHEPOLICY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	REFRESH_OVERRIDE_EXPIRE	= 1 << 0,	/* min holds even against an explicit lifetime */
	/* min holds even against the last-modified factor */
	REFRESH_OVERRIDE_LASTMOD = 1 << 1,
	REFRESH_RELOAD_INTO_IMS	= 1 << 2,	/* a client's no-cache becomes a validation */
	/* a client's no-cache and max-age=0 count for nothing */
	REFRESH_IGNORE_RELOAD	= 1 << 3,
	REFRESH_IGNORE_NO_STORE	= 1 << 4,
	REFRESH_IGNORE_PRIVATE	= 1 << 5,
	/* a client's If-Modified-Since is answered by the origin only */
	REFRESH_REFRESH_IMS	= 1 << 6,
	REFRESH_STORE_STALE	= 1 << 7,	/* keep what can hardly be used again */
};

/* One refresh_pattern. */
struct refresh_rule {
	int64_t		 min_s, max_s;
	int64_t		 max_stale_s;	/* -1: the global one */
	uint32_t	 percent;
	uint32_t	 flags;
};

struct cachepolicy {
	/* 0: failures without explicit freshness are not kept */
	int64_t		 negative_ttl_s;
	/* what cannot be validated must be fresh for so long to be kept */
	int64_t		 minimum_expiry_s;
	/* staleness served when validation fails; -1: any */
	int64_t		 max_stale_s;
	bool		 offline;		/* offline_mode: never validate */
	bool		 reload_into_ims, refresh_all_ims, vary_ignore_expire;
};

/*
 * Squid's defaults: max_stale 1 week, the rest off; of minimum_expiry_time its effect, not its
 * number (directives.c).
 */
#define CACHEPOLICY_DEFAULT	((struct cachepolicy){ .max_stale_s = 7 * 86400 })
/* What Squid uses where no refresh_pattern matches: 0 20% 4320. */
#define REFRESH_RULE_DEFAULT	((struct refresh_rule){ .max_s = 4320 * 60, .max_stale_s = -1, .percent = 20 })

#endif
