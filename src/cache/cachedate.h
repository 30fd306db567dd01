/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates as a cache reads them (RFC 9111, 4.2: letters in any case), and fields that hold one date.
 */
#ifndef CACHE_CACHEDATE_H
#define CACHE_CACHEDATE_H

#include "http/head.h"

enum cachedate { CACHEDATE_ABSENT, CACHEDATE_VALID, CACHEDATE_INVALID };

/* One HTTP-date in any of its three forms, letters in any case; now_s for two-digit years. */
bool		 cachedate_parse(struct span text, int64_t now_s, int64_t *out);

/*
 * The date in the fields `id`. Several fields with one and the same value are one; with different
 * values they are INVALID, as nobody knows which counts (RFC 9111, 4.2.1). *out is set only when
 * VALID.
 */
enum cachedate	 cachedate_field(const struct head *h, enum field_id id, int64_t now_s,
		    int64_t *out);

#endif
