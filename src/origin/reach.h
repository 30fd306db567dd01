/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a decision to a connected socket: addresses of the target (or the peer), the destination
 * guard on each of them, connecting. An address that the rules refuse is never tried.
 */
#ifndef ORIGIN_REACH_H
#define ORIGIN_REACH_H

#include "core/settings.h"
#include "core/txn.h"
#include "net/dial.h"
#include "net/dns.h"
#include "net/loop.h"

enum reach_state { REACH_START, REACH_NAME, REACH_DIAL, REACH_CONNECTED, REACH_LOST };

struct reach {
	uint8_t			 state;		/* enum reach_state */
	/* descriptors had run out, and idle connections were given up at once */
	bool			 pressed;
	struct dial		*dial;
	struct dns_query	*query;		/* of a peer's name */
	struct addr		*addrs;		/* that may be tried; in the txn's arena */
	uint16_t		 n;
	struct io		 io;		/* REACH_CONNECTED */
	struct addr		 addr;		/* to where */
	uint64_t		 began_us;
	int			 error;
	uint32_t		 retries;	/* connect_retries, so far */
	/* until the next of them, or until there may be a descriptor */
	struct timer		 again;
	struct txn		*t;
	/* counted (core/peerload.h) while connecting to it; NULL: not */
	const struct peer	*opening;
};

enum reach_answer {
	REACH_WAIT,		/* txn_wake comes: call again */
	REACH_DONE,		/* io and addr: take them */
	REACH_FAILED,		/* txn_fail was called with the reason */
};

/* Start with a zeroed struct. */
enum reach_answer	 reach_run(struct reach *r, struct txn *t);
/* Ends what is under way and closes what nobody took. The struct may be used again. */
void			 reach_cancel(struct reach *r);
/* The destination guard: may t connect to this address? */
bool			 reach_allowed(struct txn *t, const struct addr *a);

#endif
