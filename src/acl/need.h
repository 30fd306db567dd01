/* SPDX-License-Identifier: Apache-2.0 */
/* What a step does when a rule lacks a fact. */
#ifndef ACL_NEED_H
#define ACL_NEED_H

#include "acl/acl.h"

/*
 * Fetches the fact. Answers STEP_GONE when it is there (or failed for good): judge again; else what the step answers: STEP_WAIT, or
 * STEP_AUTH (which comes back to the step that asked), or STEP_ERROR when the user was asked for before and there is none: 407.
 */
enum step	 need_fetch(struct txn *t, enum acl_need need);

#endif
