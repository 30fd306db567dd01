/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building t->reply for an answer that the proxy makes itself. What does not fit the arena any more
 * makes the connection close unanswered.
 */
#ifndef ADMIN_OWNREPLY_H
#define ADMIN_OWNREPLY_H

#include "core/txn.h"

/* A new reply with Server and Date; gives back whatever answer was there before. */
void		 ownreply_start(struct txn *t, unsigned status);
/* value is copied. */
void		 ownreply_add(struct txn *t, enum field_id id, struct span value);
/* The same for a value that lives as long as the txn or longer. */
void		 ownreply_add_static(struct txn *t, enum field_id id, const char *value);
/* Content-Type, Content-Length and the body (none for HEAD); bytes live as long as the txn. */
void		 ownreply_body(struct txn *t, const char *type, struct span bytes);
/* No body at all. */
void		 ownreply_empty(struct txn *t);

struct span	 ownreply_reason(unsigned status);

#endif
