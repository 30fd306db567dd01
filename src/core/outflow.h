/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message on its way out: the bytes of its head, then its body with the framing put on, gathered
 * into as few system calls as can be; long stretches are spliced from the body's connection. The
 * same for requests and replies.
 */
#ifndef CORE_OUTFLOW_H
#define CORE_OUTFLOW_H

#include "core/body.h"
#include "net/io.h"
#include "net/loop.h"
#include "net/pump.h"

enum outflow_result {
	OUTFLOW_WAIT,		/* for room, for the body's wake, or for `last` */
	OUTFLOW_AGAIN,		/* more could go now, but others wait: call again from a task */
	OUTFLOW_DONE,		/* everything was handed to the kernel */
	OUTFLOW_SOURCE_FAILED,	/* the body failed: what was sent is not a complete message */
	OUTFLOW_OVER,		/* the body is longer than `most`: the same */
	OUTFLOW_SINK_FAILED,	/* errno: the receiver is gone */
};

struct head;
struct head_field;

struct outflow {
	struct io	*io;
	struct body	*body;		/* NULL: none */
	bool		 chunked;	/* put the chunked coding on */
	uint8_t		 crlf;		/* bytes of a finished chunk's CRLF still to be sent */
	bool		 tail_made;
	bool		 pumping;
	struct span	 head;		/* not yet sent; borrowed until it is */
	char		 line[32];	/* framing in front of the next data */
	uint8_t		 line_at, line_n;
	uint64_t	 open;		/* data bytes announced and not yet sent (chunked) */
	char		*tail;		/* malloc'd when there are trailers */
	struct span	 tail_left;
	struct pump	 pump;
	uint64_t	 pump_n;	/* what the pump was to move */
	bool		 gathering;	/* its source is told to wake us for much only */
	struct timer	 nudge;		/* ... and this takes what there is after a while */
	bool		 nudged;
	uint64_t	 seen;		/* spliced when that was looked at last */
	/*
	 * all bytes handed to the kernel, but for those of a stretch that is being spliced:
	 * outflow_sent
	 */
	uint64_t	 sent;
	/*
	 * Called before the write that completes the message, if the kernel takes it whole; total:
	 * what `sent` will be. False: not yet; nothing is written, outflow_run answers WAIT, and
	 * whoever said so runs it again. May be NULL.
	 */
	bool		(*last)(void *arg, uint64_t total);
	void		*arg;
	/* trailers that its Connection names do not pass; after outflow_init NULL */
	const struct head *named;
	/*
	 * What else a trailer must be to pass: the configuration's word. After outflow_init NULL:
	 * nothing
	 */
	bool		(*may_trail)(void *trail_arg, const struct head_field *f);
	void		*trail_arg;
	uint64_t	 most;		/* bytes the body may have; after outflow_init UINT64_MAX */
};

void			 outflow_init(struct outflow *o, struct io *io, struct span head,
		    struct body *body, bool chunked);
enum outflow_result	 outflow_run(struct outflow *o);
/*
 * Gives back memory; does not stop the body, which is told what was spliced of it. `sent` is
 * complete then.
 */
void			 outflow_end(struct outflow *o);
/* all bytes handed to the kernel so far */
uint64_t		 outflow_sent(const struct outflow *o);
/* of the body, what its took_raw has not been told of yet */
uint64_t		 outflow_spliced(const struct outflow *o);

#endif
