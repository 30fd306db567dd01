/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One helper process: lines out, lines in, and which request each channel number stands for. It
 * knows nothing of queues, retries and other processes; the pool (helper.c) hears through the two
 * functions given to it.
 */
#ifndef NET_HELPERPROC_H
#define NET_HELPERPROC_H

#include "base/list.h"
#include "base/sb.h"
#include "net/buf.h"
#include "net/child.h"
#include "net/io.h"

/* an answer that is longer ends the process; a request may not be longer either */
enum { HELPERPROC_LINE = 65536 };

struct helperproc;

struct helperproc_owner {
	const char	*name;		/* for messages */
	/*
	 * The answer to what was sent with this token (NULL: to a forgotten one); the line is valid
	 * during the call.
	 */
	void		(*answer)(struct helperproc *h, void *token, struct span line);
	/*
	 * It died or misbehaved and takes nothing any more; the tokens without an answer are still
	 * there (helperproc_next).
	 */
	void		(*lost)(struct helperproc *h);
};

struct helperproc {
	uint32_t	 tag;
	struct list	 node;		/* the owner's */
	void		*pool;		/* the owner's */
	const struct helperproc_owner *owner;
	struct child	 child;
	struct io	 io;
	struct buf	 in;
	struct sb	 out;		/* from out_at on: what the socket has not taken */
	size_t		 out_at;
	bool		 numbered;	/* channel numbers are spoken */
	bool		 gone;		/* lost or ended; only helperproc_free is left */
	bool		 eof;		/* it closed its output, which is how a death shows first */
	/* for the message when it is freed: by then the status may be known */
	char		 why[96];
	pid_t		 was;		/* its number, when it is reaped */
	unsigned	 slots, busy;
	unsigned	 dead;		/* busy slots whose request was given up */
	uint64_t	 started_ms, answers;
	struct slot	{ void *token; bool busy; } *slot;
};

/* concurrency 0: one request at a time without numbers. NULL with errno and nothing said. */
struct helperproc *helperproc_start(const char *const *argv, unsigned concurrency,
    const struct helperproc_owner *owner);
/*
 * Ends the process if it is there (orderly: by the end of its input) and frees the memory. Not
 * inside answer() or lost().
 */
void		 helperproc_free(struct helperproc **h, unsigned grace_ms);

static inline bool
helperproc_has_room(const struct helperproc *h)
{
	return !h->gone && h->busy < h->slots;
}

/* There is room. token is not NULL. Neither answer() nor lost() is called from here. */
void		 helperproc_send(struct helperproc *h, struct span line, void *token);
/* Its answer will be dropped; the channel is not used again before that has come. */
void		 helperproc_forget(struct helperproc *h, const void *token);
/* The process is of no use any more: closes it and calls lost(). */
void		 helperproc_give_up(struct helperproc *h, const char *why);
/* Takes out a token that has no answer, in the order of the channels; NULL when there is none. */
void		*helperproc_next(struct helperproc *h);

#endif
