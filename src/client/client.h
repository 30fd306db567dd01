/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client connections: from accept to close, one request after the other. The steps parse
 * (clienthead.c), reply (answer.c) and next (here) belong to this folder.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/list.h"
#include "core/conn.h"
#include "core/inflow.h"
#include "core/outflow.h"
#include "core/settings.h"
#include "core/txn.h"
#include "net/loop.h"

enum { CLIENT_TAG = TAG4('C', 'L', 'I', '1') };

enum client_state {
	CLIENT_IDLE,		/* between requests: nothing read, no txn */
	CLIENT_BUSY,		/* a txn is on its way */
	CLIENT_DRAIN,		/* throws away the rest of a request body, then IDLE */
	/* answered and shut for writing: reads until the peer closes, so that it gets the answer */
	CLIENT_LINGER,
};

struct client {
	uint32_t		 tag;
	uint8_t			 state;		/* enum client_state */
	bool			 crowded;	/* over client_ip_max_connections when it came */
	bool			 half_closed;	/* the peer sent its end */
	bool			 replying;	/* `out` is in use */
	/*
	 * the end of the connection is that of the answer: until it is recorded, no other may look
	 * like it
	 */
	bool			 by_close;
	struct conn		 conn;
	struct txn		*t;		/* CLIENT_BUSY */
	const struct settings	*s;
	const struct port	*port;
	struct addr		 peer, local;
	/* intercept: where it wanted to go; port 0: not known */
	struct addr		 original;
	uint64_t		 number;	/* of the connection */
	uint64_t		 began_ms, began_wall_us;	/* accepted */
	/* since when for the next request, or for the rest of its head */
	uint64_t		 waits_ms;
	uint32_t		 requests;	/* so far */
	uint32_t		 head_seen;	/* bytes an earlier parse attempt had */
	struct target_known	 known;		/* whom it asked last */
	struct inflow		 in;		/* the request's body */
	struct outflow		 out;		/* the answer */
	struct buf		 out_head;	/* its head */
	struct timer		 timer;
	struct task		 again;		/* the next request, or more of the answer */
	struct list		 node;		/* of all clients */
};

/* Worker start: listen_fds[i] belongs to s->ports[i % s->n_ports]. */
void		 client_start(const struct settings *s, const int *listen_fds, size_t n);
void		 client_stop_accepting(void);
/* No keep-alive any more: idle connections are told with their next answer, or time out. */
void		 client_drain(void);
/*
 * Closes the connections that wait for a next request: when no other process goes on serving
 * (shutdown).
 */
void		 client_close_idle(void);
/*
 * Closes every connection now; what was under way is logged. Tunnels are not this folder's:
 * path_abort_all ends both.
 */
void		 client_abort_all(void);
/*
 * Descriptors are short: soon closes some of the connections that wait for a request, the 408 to
 * those that have begun to send one included.
 */
void		 client_spare(void);
/* Connections of this process that are still open, tunnels included. */
unsigned	 client_busy(void);

/* Takes over an accepted, non-blocking socket. */
/* An accepted connection. False: it cannot be watched (errno), fd is still the caller's. */
bool		 client_new(int fd, const struct addr *peer, const struct port *port,
		    const struct settings *s);

/* What the client sent for this request, as facts: before it is logged. */
void		 client_count(struct txn *t);
/* STEP_NEXT: ends the txn; the connection goes on, lingers or is closed. */
enum step	 client_next(struct txn *t);

/* The time the current phase may take, bounded by client_lifetime. */
void		 client_allow(struct client *c, uint64_t ms);

#endif
