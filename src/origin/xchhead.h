/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an answer on an exchange's connection: reading it, and what in it an origin may not
 * say.
 */
#ifndef ORIGIN_XCHHEAD_H
#define ORIGIN_XCHHEAD_H

#include "origin/xch.h"

/*
 * Reads until the head is whole in t->reply. HEAD_MORE: *io says why no more came; errno is of
 * that.
 */
enum head_result xchhead_read(struct xch *x, enum io_result *io);

/*
 * What is wrong with a final head, for people; NULL: nothing, and t->reply_framing says what
 * follows it. sent_all: the request is out completely.
 */
const char	*xchhead_wrong(struct txn *t, bool sent_all);

#endif
