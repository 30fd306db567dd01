/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May a stored answer be sent (RFC 9111, 4 and 4.2.4), at once, after validation, or when
 * validation failed. The variant has been selected (varykey.h); the client's conditions are another
 * question (precond.h).
 */
#ifndef CACHE_REUSE_H
#define CACHE_REUSE_H

#include "cache/freshness.h"
#include "core/cachestatus.h"

enum reuse {
	REUSE_FRESH,
	REUSE_STALE,		/* stale, and sent: max-stale, offline_mode */
	/* stale, sent at once; validate in the background (stale-while-revalidate) */
	REUSE_REVALIDATE_BEHIND,
	REUSE_VALIDATE,		/* ask the origin with a conditional request */
	/*
	 * ask the origin for all of it: the client wants no stored answer, or there is no validator
	 */
	REUSE_RELOAD,
	REUSE_BYPASS,		/* the request has nothing to do with the store (no-store) */
	REUSE_ONLY_CACHED,	/* 504: only-if-cached, and what is stored is not good enough */
};

enum reuse_why {	/* what decided, for Cache-Status and the log */
	REUSE_BY_FRESHNESS, REUSE_BY_OFFLINE, REUSE_BY_MAX_STALE, REUSE_BY_SWR, REUSE_BY_EXPIRED,
	REUSE_BY_REQUEST, REUSE_BY_NO_CACHE, REUSE_BY_IMS,
};

struct reuse_in {
	const struct head	*req;
	const struct cachectl	*req_cc;
	const struct storedattr	*at;
	const struct refresh_rule *rule;
	const struct cachepolicy *policy;
	int64_t			 now_s;
};

struct reuse_verdict {
	enum reuse		 what;
	enum reuse_why		 why;
	struct freshness	 fresh;
};

struct reuse_verdict reuse_judge(const struct reuse_in *in);

/*
 * Why a request goes to the origin by such a verdict (RFC 9211, 2.2). Stored with no-cache counts
 * as stale: no request's doing.
 */
enum cachestatus_fwd reuse_forward(enum reuse_why why);

/* What a cache does without anything stored for the request. RELOAD, BYPASS or ONLY_CACHED. */
enum reuse	 reuse_miss(const struct cachectl *req_cc);

enum reuse_failure {
	/* no answer: connecting failed, timed out, the answer broke off before its head's end */
	REUSE_UNREACHABLE,
	REUSE_ERROR_STATUS,	/* 500, 502, 503, 504 (RFC 5861, 4) */
};
enum reuse_instead {
	REUSE_SEND_STALE,	/* the stored answer */
	REUSE_PASS_ERROR,	/* what the origin said, or the proxy's own page */
	REUSE_GATEWAY_TIMEOUT,	/* 504: must-revalidate (RFC 9111, 5.2.2.2) */
};

/*
 * Whether this status of an answer to a validation counts as a failure of the server rather than as
 * a new answer.
 */
bool		 reuse_is_failure(unsigned status);

/* After validation failed. */
enum reuse_instead reuse_failed(const struct reuse_in *in, enum reuse_failure how);

#endif
