/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The access steps: http_access before anything is fetched, http_reply_access and size limits when
 * the answer's head is there.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "core/txn.h"

/*
 * STEP_ACCESS: follow_x_forwarded_for, client_ip_max_connections, http_access. Answers
 * STEP_LOCAL/STEP_REWRITE/STEP_LOOKUP, STEP_AUTH, STEP_ERROR or WAIT.
 */
enum step	 access_check(struct txn *t);
struct rules;
struct ruling;
/*
 * Judges a list as http_access is: a user it lacks is asked for. STEP_GONE: *r allows; else what
 * the step answers, and *r is recorded.
 */
enum step	 access_judge(struct txn *t, const struct rules *list, struct ruling *r);
/*
 * STEP_RULES: http_reply_access, reply_body_max_size, reply_header_access/replace/add on t->reply.
 * Answers STEP_STORE, STEP_ERROR, STEP_AUTH or WAIT.
 */
enum step	 access_reply(struct txn *t);

#endif
