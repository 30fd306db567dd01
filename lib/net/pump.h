/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves bytes from one socket to another in one direction: through the process's scratch buffer
 * while there is little, by splice(2) once there is much. Holds memory or a pipe only while bytes
 * are stuck between the two.
 */
#ifndef NET_PUMP_H
#define NET_PUMP_H

#include "net/buf.h"
#include "net/io.h"

struct pump {
	struct io	*from, *to;
	uint64_t	 left;		/* bytes still to move; UINT64_MAX: until the end */
	uint64_t	 moved;		/* bytes that `to` has taken */
	uint32_t	 stuck;		/* bytes read and not yet written */
	uint8_t		 full;		/* reads in a row that filled the scratch buffer */
	int		 pipe[2];	/* -1: none */
	struct buf	 rest;		/* stuck bytes when there is no pipe */
};

enum pump_result {
	PUMP_WAIT,		/* until `from` has more or `to` has room */
	/* more could be moved now, but others wait: call again from a task */
	PUMP_AGAIN,
	PUMP_EOF,		/* the source ended and everything is written */
	PUMP_DONE,		/* `left` bytes moved */
	PUMP_READ_FAIL, PUMP_WRITE_FAIL,	/* errno */
};

void		 pump_init(struct pump *p, struct io *from, struct io *to, uint64_t left);
enum { PUMP_FIRST_MOST = 1 << 20 };
/* Puts bytes that were read already in front; at most PUMP_FIRST_MOST. */
void		 pump_first(struct pump *p, struct span bytes);
/* Moves what can be moved now, within bounds: one fast pair does not starve the others. */
enum pump_result pump_run(struct pump *p);
/* Gives back what it holds. */
void		 pump_free(struct pump *p);

#endif
