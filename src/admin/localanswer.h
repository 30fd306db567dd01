/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that end at this proxy: its PAC file, TRACE and OPTIONS (RFC 9110, 7.6.2, 9.3.7, 9.3.8).
 * Each makes t->reply.
 */
#ifndef ADMIN_LOCALANSWER_H
#define ADMIN_LOCALANSWER_H

#include "core/txn.h"

/* its path is that of the PAC file, and there is one */
bool	 localanswer_is_pac(const struct txn *t);
void	 localanswer_pac(struct txn *t);		/* 200, 304, or 405 */
void	 localanswer_options(struct txn *t);
/* The request as it came, without fields that are or may be secret. */
void	 localanswer_trace(struct txn *t);

/* PURGE, as Squid answers it: 200 where something was stored, else 404. */
void	 localanswer_purged(struct txn *t);
/* The client is sent to t->redirect. */
void	 localanswer_redirect(struct txn *t);

#endif
