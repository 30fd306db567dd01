/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving a request another target: everything that rules, cache, connection and log know of it is
 * made anew. Worker.
 */
#ifndef ACCESS_NEWTARGET_H
#define ACCESS_NEWTARGET_H

#include "core/txn.h"

/*
 * `url` is a helper's word: blanks in it do not count, bytes beyond ASCII are percent-encoded, a
 * fragment is cut off, a CONNECT without a port means 443 (Squid). STEP_GONE: the target is the
 * new one (or was it before), f.url_asked the old; t->host_kept is set where
 * url_rewrite_host_header is off. STEP_ERROR: it is no target for a request; nothing was changed.
 */
enum step	 newtarget_set(struct txn *t, struct span url);

#endif
