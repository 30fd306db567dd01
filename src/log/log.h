/* SPDX-License-Identifier: Apache-2.0 */
/* The log step: one record a request to each place whose ACLs hold, put into this worker's ring for the logger. */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "core/txn.h"

/* STEP_LOG: fills f.ended and f.duration, formats and puts; WAITs while the ring is full (unless the place may drop). Answers STEP_NEXT. */
enum step	 log_request(struct txn *t);
/*
 * The request will be over with the next write: its lines go to the ring now, hidden; log_request shows them, log_forget takes them
 * back. If this process dies in between the master shows them. Nothing where there is no room: log_request waits for that then.
 */
void		 log_ahead(struct txn *t);
void		 log_forget(struct txn *t);
/* A record while a tunnel is still open (f.interim > 0), or its final one, from unpacked facts. False: ring full; try again later. */
bool		 log_tunnel(struct txn *t);
/* The txn goes away while log_request has it waiting. */
void		 log_cancel(struct txn *t);
/* Worker start: prepares; to be called after the settings are in force, shared.ring is set and the loop is there. */
void		 log_start(const struct settings *s);
/* Lines that places with on-error=drop have lost in this process. */
uint64_t	 log_dropped(void);

#endif
