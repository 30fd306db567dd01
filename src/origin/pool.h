/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to origins and peers, and the idle ones among them, kept for the next request that
 * goes the same way (RFC 9112, 9.3). Per worker. An idle connection holds no buffer; anything that
 * happens on it ends it.
 */
#ifndef ORIGIN_POOL_H
#define ORIGIN_POOL_H

#include "base/list.h"
#include "core/conn.h"
#include "core/settings.h"
#include "core/txn.h"
#include "net/loop.h"

enum { OCONN_TAG = TAG4('O', 'C', 'N', '1') };

struct pool_bucket;

struct oconn {
	uint32_t		 tag;
	uint32_t		 uses;		/* requests sent on it */
	struct conn		 conn;
	struct addr		 addr;		/* where it is connected to */
	struct addr		 local;		/* our end */
	uint64_t		 opened_ms;
	/* in use for it: counted (core/peerload.h); NULL: none, or idle */
	const struct peer	*peer;
	struct xch		*x;		/* who uses it; NULL: idle */
	/*
	 * the number of the client's connection that logged in on it (http/authscheme.h); 0:
	 * nobody's
	 */
	uint64_t		 owner;
	/* where it is kept between requests; NULL: it never was */
	struct pool_bucket	*bucket;
	struct list		 node;		/* idle: in its bucket, the newest first */
	struct list		 age;		/* idle: of all, the oldest first */
	struct timer		 timer;		/* idle: server_idle_pconn_timeout */
};

/* Our end of a connected socket; *a stays as it is where it cannot be told. */
void		 pool_local(int fd, struct addr *a);
/* Takes over a socket that was connected for t. */
struct oconn	*pool_new(struct txn *t, struct io *io, const struct addr *addr,
		    void (*cb)(struct io *, unsigned));
/* Closes it, with all it holds. */
void		 pool_close(struct oconn **c);

/*
 * An idle connection for t's way (host and port or peer, outgoing address, marks), or NULL.
 * `allowed` judges its address for this request. One on which t's client logged in comes first;
 * those of other clients are never given. own: no other than such a one.
 */
struct oconn	*pool_take(struct txn *t, bool own,
		    bool (*allowed)(struct txn *t, const struct addr *a),
		    void (*cb)(struct io *, unsigned));
/* From now on it is for t's client alone: until he is gone, and it with its idle time. */
void		 pool_own(const struct txn *t, struct oconn *c);
/* Where c belongs between requests, by t's way: before the first pool_keep. */
void		 pool_place(const struct txn *t, struct oconn *c);
/*
 * Keeps a connection that is between requests; closes it instead where limits say so, or it has no
 * place. Its buffer is empty.
 */
void		 pool_keep(const struct settings *s, struct oconn **c);
/* Ends all idle ones. */
void		 pool_flush(void);

#endif
