/* SPDX-License-Identifier: Apache-2.0 */
/* The reply step: t->reply and t->reply_body to the client, framed for it. */
#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

#include "core/txn.h"

/*
 * STEP_REPLY. Final answers end in LOG; an interim one (1xx) goes back to FETCH, a 101 on to
 * TUNNEL. A body that fails midway ends the connection, so that what arrived cannot be taken for
 * complete.
 */
enum step	 answer_send(struct txn *t);
/* Ends what is being sent (the txn is going away); counts what went out. */
void		 answer_cancel(struct txn *t);

#endif
