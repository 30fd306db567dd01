/* SPDX-License-Identifier: Apache-2.0 */
/* Which stored responses an answer to an unsafe request makes invalid (RFC 9111, 4.4). */
#ifndef CACHE_INVALIDATE_H
#define CACHE_INVALIDATE_H

#include "base/arena.h"
#include "http/target.h"
#include "http/head.h"

enum { INVALIDATE_MAX = 3 };

/*
 * The canonical URLs: the target, and Location and Content-Location of the same origin, each once.
 * 0 when the method is safe (by IANA's registry), CONNECT or PURGE (which has its own step), or the
 * answer is an error. All variants of each are invalid.
 */
size_t		 invalidate_urls(const struct head *req, const struct target *target,
		    const struct head *reply, struct arena *a, struct span urls[INVALIDATE_MAX]);

#endif
