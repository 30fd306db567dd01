/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting to one of several addresses, raced as RFC 8305 (Happy Eyeballs) says: the families are
 * interleaved, the next attempt starts when one fails or after a delay. The list is what the rules
 * allow; nothing else is tried.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/addr.h"
#include "net/io.h"

struct dial;

struct dial_options {
	const struct addr	*bind4, *bind6;		/* outgoing addresses, or NULL */
	uint64_t		 timeout_ms;		/* for everything */
	uint64_t		 each_ms;		/* for one attempt */
	uint32_t		 delay_ms;		/* between attempts (RFC 8305: 250) */
	/*
	 * at least, between two attempts of this process that begin beside one under way; 0: no
	 * rule
	 */
	uint64_t		 gap_ms;
	int			 tos;			/* 0: as it is */
	uint32_t		 mark;			/* SO_MARK; 0: none */
};

/*
 * done(arg, io, which, error): io is connected (take it with io_move before returning) and `which`
 * its address; or io is NULL, `which` the address that was tried last (NULL: none), and error the
 * errno of the last failure (ETIMEDOUT when time ran out). Called once, never before dial_start
 * returns; the dial is gone then. The list is copied.
 */
struct dial	*dial_start(const struct addr *list, size_t n, const struct dial_options *o,
		    void (*done)(void *arg, struct io *io, const struct addr *which, int error),
		    void *arg);
void		 dial_cancel(struct dial **d);

#endif
