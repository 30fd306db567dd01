/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_rewrite_program: a helper in Squid's protocol that lets a request go on, sends it to another
 * address, or its client; then adapted_http_access. Once for each request, behind http_access and
 * before the cache, so that all that follows knows the new address only. A helper that gives no
 * answer, or one that cannot be followed, ends the request (url_rewrite_bypass and
 * url_rewrite_timeout say otherwise); BH, and what nobody can understand, changes nothing (Squid).
 */
#ifndef ACCESS_REWRITE_H
#define ACCESS_REWRITE_H

#include "core/txn.h"

void		 rewrite_start(const struct settings *s);	/* worker */
void		 rewrite_stop(void);
/*
 * STEP_REWRITE. Answers STEP_LOOKUP, STEP_LOCAL (a redirect, or the proxy itself is asked for),
 * STEP_AUTH, STEP_ERROR or WAIT.
 */
enum step	 rewrite_request(struct txn *t);
/* The txn is going away. */
void		 rewrite_cancel(struct txn *t);

#endif
