/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_id_program: a helper in Squid's protocol that says under which name a request's answer is
 * stored. The name takes the URL's place in keys and for refresh_pattern, nowhere else. Whatever
 * goes wrong (ERR, BH, no answer, all busy under store_id_bypass): the URL.
 */
#ifndef CACHE_STOREID_H
#define CACHE_STOREID_H

#include "core/settings.h"
#include "core/txn.h"

void		 storeid_start(const struct settings *s);	/* worker */
void		 storeid_stop(void);

/* There is a helper, and this is no made-up request (explain). */
bool		 storeid_wanted(const struct txn *t);
/*
 * Asks, if store_id_access lets it. STEP_GONE: the answer is there, *id is it (in t's arena; empty:
 * the URL is the name). STEP_WAIT: the step waits and calls this again when it is woken. Others
 * (AUTH, ERROR): where to go, and AUTH comes back.
 */
enum step	 storeid_fetch(struct txn *t, struct span *id);
/* The answer that storeid_fetch had for t; empty before. */
struct span	 storeid_of(const struct txn *t);
/* The txn is going away. */
void		 storeid_cancel(struct txn *t);

#endif
