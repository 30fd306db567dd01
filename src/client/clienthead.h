/* SPDX-License-Identifier: Apache-2.0 */
/* The parse step: the head of a request, its target, its framing (RFC 9112, 2 to 7). */
#ifndef CLIENT_CLIENTHEAD_H
#define CLIENT_CLIENTHEAD_H

#include "core/txn.h"

/*
 * STEP_PARSE: reads until the head is whole and judges it. Answers ACCESS, LOCAL (the request is
 * for the proxy itself), ERROR, LOG (the client left without a whole head) or WAIT.
 */
enum step	 clienthead_parse(struct txn *t);
/* The head did not come in time: answers 408 and ends the connection. */
void		 clienthead_late(struct txn *t);

#endif
