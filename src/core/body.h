/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body: a source of decoded bytes that one consumer pulls. The consumer peeks (no copy), takes
 * what it used, and is woken when more may be there. Sources: inflow (a connection), memory (a
 * page), later the store.
 */
#ifndef CORE_BODY_H
#define CORE_BODY_H

#include <stdbool.h>

#include "base/span.h"

struct io;
struct body;

enum body_state {
	BODY_MORE,	/* the spans (maybe none: then wake comes) are not all */
	/* the spans are all that is left (maybe none): the body is complete with them */
	BODY_LAST,
	BODY_FAILED,	/* cut short or malformed: never complete */
};

enum { BODY_SPANS = 8 };

struct body_ops {
	/*
	 * Bytes at the front in at most BODY_SPANS spans, valid until the next call for this body.
	 */
	enum body_state	 (*peek)(struct body *b, const struct span **v, unsigned *n);
	void		 (*took)(struct body *b, size_t bytes);
	/*
	 * Where the next *n bytes can be moved from directly (splice), when none are buffered and
	 * there are many; NULL: not now. took_raw says how many were, ended that the source met its
	 * end. Asked again while they are moved, NULL means that the source has failed and that
	 * moving has to stop.
	 */
	struct io	*(*raw)(struct body *b, uint64_t *n);
	void		 (*took_raw)(struct body *b, uint64_t bytes, bool ended, bool failed);
	/* The consumer wants no more. The source may be gone afterwards. */
	void		 (*stop)(struct body *b);
	/*
	 * The descriptor of a file that holds the next *n bytes (>= 1) from *at on, in memory, for
	 * sendfile; took says how many went. -1: not now. NULL: never.
	 */
	int		 (*file)(struct body *b, uint64_t *at, uint64_t *n);
};

struct body {
	const struct body_ops	*ops;
	/*
	 * Set by the consumer; never called from inside ops. For a request's body it ends no
	 * transaction and no connection: the caller goes on. For a reply's it may.
	 */
	void			(*wake)(void *arg);
	void			*arg;
	uint64_t		 length;	/* of the whole body; UINT64_MAX: unknown */
	uint64_t		 taken;		/* so far */
	/* field lines, after BODY_LAST of a chunked source; else empty */
	struct span		 trailers;
	/* set by peek: behind the spans `file` has more at once, so that they need not go alone */
	bool			 follows;
};

/* A body of bytes that live as long as it does (an arena). */
struct body_memory {
	struct body	 body;
	struct span	 span;
};

void		 body_memory(struct body_memory *m, struct span bytes);

#endif
