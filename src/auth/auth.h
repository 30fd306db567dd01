/* SPDX-License-Identifier: Apache-2.0 */
/* The auth step: proxy authentication when a rule needs a user (RFC 9110, 11.7; RFC 7617). */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "core/txn.h"

struct auth_basic;

/* STEP_AUTH: judges Proxy-Authorization; sets t->auth, f.user...; answers t->after_auth or WAIT. */
enum step	 auth_check(struct txn *t);
/*
 * Adds Proxy-Authenticate to t->reply for a 407 (WWW-Authenticate on accelerator ports). path.c
 * gives it to src/admin as admin_challenge.
 */
void		 auth_challenge(struct txn *t);
/* Ends what is under way (the txn is going away). */
void		 auth_cancel(struct txn *t);
/*
 * What holds before any auth_param line (Squid's defaults). For src/conf, before it reads the file.
 */
void		 auth_defaults(struct auth_basic *b);
/* Worker start and end: helper pools. */
void		 auth_start(const struct settings *s);
void		 auth_stop(void);

#endif
