/* SPDX-License-Identifier: Apache-2.0 */
/* What the proxy answers by itself: error pages, the PAC file, TRACE and OPTIONS that end here. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "core/txn.h"

/*
 * STEP_LOCAL: t->for_us, or Max-Forwards is 0. Makes the reply; answers STEP_REPLY or STEP_ERROR.
 */
enum step	 admin_local(struct txn *t);
/*
 * STEP_ERROR: makes t->reply and its body for t->f.why by deny_info and error_directory; sets
 * no_reply/reset where no answer is sent. Answers STEP_REPLY (always).
 */
enum step	 admin_error(struct txn *t);

/*
 * Adds the challenges to a 401 or 407 in t->reply; set by path.c (auth_challenge). NULL: there are
 * none.
 */
extern void	 (*admin_challenge)(struct txn *t);

#endif
