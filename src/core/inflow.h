/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body as it arrives on a connection: undoes the framing (RFC 9112, 6 and 7) and offers the bytes
 * as a struct body. The same for requests and replies. Reads only when its consumer peeks, so a
 * slow consumer slows the sender.
 */
#ifndef CORE_INFLOW_H
#define CORE_INFLOW_H

#include "core/body.h"
#include "core/conn.h"
#include "http/chunked.h"
#include "http/framing.h"

/* Why a body failed. */
enum inflow_fault { INFLOW_FINE, INFLOW_SHORT, INFLOW_BROKEN, INFLOW_BAD_CHUNK };

struct inflow {
	struct body		 body;
	struct conn		*c;
	/* for bulk, when the connection's own buffer is small or pinned */
	struct buf		 big;
	enum framing_kind	 kind;
	enum inflow_fault	 fault;
	bool			 ended;		/* all framing was seen; spans may be left */
	uint64_t		 left;		/* FRAMING_LENGTH: bytes not yet in spans */
	/* raw bytes taken from the connection for this body */
	uint64_t		 received;
	struct chunked		 chunked;
	struct span		 spans[BODY_SPANS];
	unsigned		 first, n;	/* spans[first .. first + n) are not taken yet */
	bool			 bulk;		/* the last read filled the buffer */
};

/* The bytes after the head stand in c->in. */
void		 inflow_init(struct inflow *f, struct conn *c, const struct framing *framing);
/* Gives back memory; bytes read beyond the body go back to c->in. */
void		 inflow_end(struct inflow *f);

/*
 * What was read and not decoded moves out of c->in, which holds nothing of this body then. All
 * spans were taken.
 */
void		 inflow_leave(struct inflow *f);

/* The whole body, with the end of its framing, was read. */
static inline bool
inflow_complete(const struct inflow *f)
{
	return f->ended && f->fault == INFLOW_FINE;
}

/* Throws away what is there; true when the body has ended (or failed: f->fault). */
bool		 inflow_discard(struct inflow *f);

const char	*inflow_text(const struct inflow *f);	/* what is wrong, for people */

#endif
