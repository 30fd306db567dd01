/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches the facts that ACLs may need from DNS, for any step: ask, WAIT, judge again. */
#ifndef CORE_LOOKUP_H
#define CORE_LOOKUP_H

#include "core/txn.h"

enum lookup_what { LOOKUP_HOST_ADDRS, LOOKUP_HOST_NAME, LOOKUP_CLIENT_NAME };

/*
 * True: the fact is there now (or failed for good): go on. False: started; the step answers
 * STEP_WAIT and is called again. A literal target's addresses are there at once.
 */
bool	 lookup_fetch(struct txn *t, enum lookup_what what);
/* Ends whatever is under way (the txn is going away). */
void	 lookup_cancel(struct txn *t);

#endif
