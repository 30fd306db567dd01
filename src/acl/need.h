/* SPDX-License-Identifier: Apache-2.0 */
/* What a step does when a rule lacks a fact. */
#ifndef ACL_NEED_H
#define ACL_NEED_H

#include "acl/acl.h"
#include "acl/rules.h"

/*
 * Fetches the fact. Answers STEP_GONE when it is there (or failed for good): judge again; else what
 * the step answers: STEP_WAIT, or STEP_AUTH (which comes back to the step that asked), or
 * STEP_ERROR when the user was asked for before and there is none: 407.
 */
enum step	 need_fetch(struct txn *t, enum acl_need need);

/*
 * Judges a list where it is too late to ask the client to log in: facts are fetched, but a user
 * that is not there, or a fact that cannot be had, fails closed. STEP_GONE: *r is the ruling; else
 * what the step answers, and it is called again.
 */
enum step	 need_judge(const struct rules *rules, struct txn *t, struct ruling *r);

#endif
