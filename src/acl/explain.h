/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells how a rule list is judged for one (made-up) request: each rule looked at, each ACL's
 * answer, the verdict.
 */
#ifndef ACL_EXPLAIN_H
#define ACL_EXPLAIN_H

#include <stdio.h>

#include "acl/rules.h"

/*
 * Makes a request that was put together by hand ready to be judged: dry, the indirect client is the
 * client where none is given, f.user (if any) counts as authenticated. The head, target, f.method,
 * f.url and f.host must be there.
 */
void	 explain_prepare(struct txn *t);
/*
 * Judges and tells. Facts from DNS are fetched (blocking) where a rule asks for them; a rule that
 * needs a user where there is none ends with the word "login". The ruling is left in *out
 * (RULING_NEED: NEED_USER) and recorded in t's facts.
 */
void	 explain_rules(const struct rules *r, struct txn *t, FILE *to, struct ruling *out);

#endif
