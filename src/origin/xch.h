/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange with an origin or a peer: a connection, a request going out on it, the head of the
 * answer coming in. Serves the fetch step and the tunnel step (CONNECT to a parent). Both
 * directions run at the same time: an origin may answer before it has the whole request.
 */
#ifndef ORIGIN_XCH_H
#define ORIGIN_XCH_H

#include "core/inflow.h"
#include "core/outflow.h"
#include "core/source.h"
#include "origin/pool.h"
#include "origin/reach.h"

enum { XCH_TAG = TAG4('X', 'C', 'H', '1') };

enum xch_state {
	XCH_NEW,
	XCH_REACH,		/* connecting */
	XCH_HEAD,		/* request going out, waiting for the head of the answer */
	XCH_BODY,		/* the head is in t->reply; the body is t->reply_body */
};

struct xch {
	uint32_t	 tag;
	uint8_t		 state;		/* enum xch_state */
	bool		 fresh_only;	/* a pooled connection failed: no second one */
	bool		 sending;	/* `out` is under way */
	bool		 sent_all;	/* the request is out completely */
	bool		 sink_failed;	/* the origin takes no more of it */
	bool		 receiving;	/* `in` is set up */
	bool		 keep;		/* the origin keeps the connection open after this answer */
	bool		 heard;		/* bytes of an answer came */
	/* no length, yet the connection is to stay: silence is its end (detect_broken_pconn) */
	bool		 endless;
	/* enum why, found outside of a step: told by the next call */
	uint8_t		 fault;
	struct txn	*t;		/* NULL: it is over, and the source has another owner */
	const struct settings *s;
	/* the answer's body, for who wants to have it longer than t */
	struct source	 source;
	struct oconn	*c;		/* NULL until connected */
	struct reach	 reach;
	struct outflow	 out;
	struct inflow	 in;
	struct buf	 head;		/* of the request */
	uint32_t	 head_seen;
	uint32_t	 interims;	/* 1xx answers so far */
	uint64_t	 sent_us;
	uint64_t	 before_in, before_out;	/* bytes of earlier exchanges of the same request */
	/* bytes read as heads; sent on connections that were given up */
	uint64_t	 head_in, gone_out;
	struct timer	 timer;
	struct task	 again;
};

enum xch_answer {
	XCH_WAIT,
	/*
	 * t->reply holds a head; for a final one t->reply_framing, in and t->reply_body are set up
	 */
	XCH_REPLY,
	XCH_FAILED,		/* txn_fail was called */
};

struct xch	*xch_new(struct txn *t);
/*
 * Goes on: connects, sends (make_head writes the request's head), reads a head. Retries on a fresh
 * connection where RFC 9110, 9.2.2 allows it.
 */
enum xch_answer	 xch_run(struct xch *x, bool (*make_head)(struct txn *t, struct buf *b));
/* After an interim answer: the next head. */
void		 xch_next_head(struct xch *x);
/* Leaves in the facts what went over the origin's connection so far. */
void		 xch_count(const struct xch *x);
/*
 * Ends the exchange: its connection goes back to the pool if both directions ended where they
 * should, else it is closed. The received head stays valid (t->reply_buf).
 */
void		 xch_end(struct xch **x);
/*
 * The same for the transaction only, which ends: an answer whose source was taken goes on coming.
 */
void		 xch_part(struct xch **x);

#endif
