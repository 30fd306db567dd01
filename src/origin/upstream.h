/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request as it goes upstream: built anew from the parsed message (RFC 9110, 7.6; RFC 9112, 3).
 */
#ifndef ORIGIN_UPSTREAM_H
#define ORIGIN_UPSTREAM_H

#include "core/settings.h"
#include "core/txn.h"
#include "net/buf.h"

/*
 * Writes the head of t's request for the way that was chosen (t->peer or direct) into *b. False: it
 * does not fit a transaction's memory.
 */
bool	 upstream_head(struct txn *t, struct buf *b);
/* The head of a CONNECT to a parent for t's target. */
bool	 upstream_connect(struct txn *t, struct buf *b);
/*
 * The request tells the server who the client is without an Authorization from the client: a peer
 * with originserver gets it from login=.
 */
bool	 upstream_names_client(const struct txn *t);
/* How the request's body goes upstream. */
bool	 upstream_chunked(const struct txn *t);

#endif
