/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log step: one record a request to each place whose ACLs hold, put into this worker's ring for
 * the logger.
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "core/txn.h"

/*
 * STEP_LOG: fills f.ended and f.duration, formats and puts; WAITs while the ring is full (unless
 * the place may drop). Answers STEP_NEXT.
 */
enum step	 log_request(struct txn *t);
/*
 * The request will be over with the next write: its lines go to the ring now, hidden; log_request
 * shows them, log_forget takes them back. If this process dies in between the master shows them.
 * False: there is no room (and a place may not drop), so the write has to wait: t is woken when
 * there is.
 */
bool		 log_ahead(struct txn *t);
void		 log_forget(struct txn *t);
/*
 * A record while a tunnel is still open (f.interim > 0), or its final one, from unpacked facts.
 * False: the ring is full; w->room is called when it is not, to ask again. Places that have got
 * their line of this record do not get another. A final record takes the place of an interim one
 * that waits.
 */
bool		 log_tunnel(struct txn *t, struct logwait *w);
/*
 * Worker start: prepares; to be called after the settings are in force, shared.ring is set and the
 * loop is there.
 */
void		 log_start(const struct settings *s);
/* Lines that places with on-error=drop have lost in this process. */
uint64_t	 log_dropped(void);
/* Requests and tunnels that wait for room. */
unsigned	 log_waiting(void);
/* This process has little time left: looks for room as often as it can. */
void		 log_hurry(void);

#endif
