/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels: CONNECT, and connections that a 101 turned into something else. Once open, a tunnel is a
 * few hundred bytes: the transaction and the client are gone, their facts packed until the record
 * at the end.
 */
#ifndef ORIGIN_TUNNEL_H
#define ORIGIN_TUNNEL_H

#include "core/txn.h"

/*
 * STEP_TUNNEL: connects (directly or through a parent), answers 200 and hands the sockets to a
 * tunnel; or hands over those of an upgraded exchange. Answers NEXT (t->handed_over), ROUTE, ERROR,
 * RULES (a parent refused: its answer) or WAIT.
 */
enum step	 tunnel_open(struct txn *t);
void		 tunnel_cancel(struct txn *t);

/*
 * Logs the facts of a tunnel: set from above. False: there is no room now; w->room is called when
 * there is, to ask again.
 */
extern bool	 (*tunnel_record)(struct txn *t, struct logwait *w);

/* Ends every tunnel; their records are written. */
void		 tunnel_abort_all(void);
unsigned	 tunnel_count(void);

#endif
