/* SPDX-License-Identifier: Apache-2.0 */
/* The note directive. */
#ifndef ACL_NOTES_H
#define ACL_NOTES_H

#include "core/txn.h"

/*
 * Adds to t->f.notes the first line of each key whose ACLs hold (Squid: when the request is logged,
 * so that everything about it is known; ACLs of access_log and log_access see them). Once for each
 * transaction: further calls do nothing.
 */
void	 notes_add(struct txn *t);
/* One "key=value" line in t->f.notes; control characters become blanks. */
void	 notes_put(struct txn *t, struct span key, struct span value);
/* The one line of this key; and a further member of its list ("a,b"), unless it is one already. */
void	 notes_set(struct txn *t, struct span key, struct span value);
void	 notes_append(struct txn *t, struct span key, struct span value);
struct helper_reply;
/*
 * What a helper answered: its keys in the place of notes that have them; those without a value and
 * password= are left out. clt_conn_tag= is noted of all later requests on the connection, too.
 */
void	 notes_take(struct txn *t, const struct helper_reply *r);
/* A request begins: the tag that its connection was given before. */
void	 notes_recall(struct txn *t);
/* The client's connection is given a tag. */
void	 notes_tag_connection(struct txn *t, struct span tag);

#endif
