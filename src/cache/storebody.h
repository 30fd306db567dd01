/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reply's body that is read from the store: whole or in parts, of what is complete and of what is
 * still being fetched. Never waits for a disk: bytes go from the object's buffer, or by sendfile
 * from the page cache where they were compared with their checksum, or through buffers that a
 * thread fills. What is damaged or disappears on the way is BODY_FAILED. In the loop's thread.
 */
#ifndef CACHE_STOREBODY_H
#define CACHE_STOREBODY_H

#include "base/sb.h"
#include "cache/follow.h"
#include "cache/object.h"
#include "cache/piece.h"
#include "cache/rangereply.h"
#include "core/body.h"
#include "net/loop.h"

struct storebody_read;

struct storebody {
	/* wake, arg and the like are the consumer's; begins with 0 and NULL */
	struct body		 body;
	/* private from here */
	uint32_t		 tag;
	bool			 failed, ended;	/* ended: no run of bytes comes after this one */
	bool			 held;		/* extent is there, pinned */
	/* ... checked, and was resident when last looked at */
	bool			 ready;
	bool			 asking;	/* timer is set for asking again */
	/* who fetches it is told that somebody else wants it */
	bool			 follows;
	bool			 ordered;	/* nothing in front of pos will be read */
	bool			 only;		/* ... nor anything behind `to` */
	/* `to` is where it ended early: nothing comes there */
	bool			 cut;
	/* it grew, and was given up: nothing of it can be read any more */
	bool			 gone;
	uint8_t			 asked;		/* how often in a row */
	struct object		*o;		/* what is read from */
	/* of the stored body, still to be taken in this run; to may be STORE_UNKNOWN */
	uint64_t		 pos, to;
	struct rangereply	*parts;		/* NULL: the whole */
	struct sb		 text;		/* framing in front of the run */
	size_t			 text_at;
	struct store_extent	 extent;
	/* now: at pos, if any; a body has at most these two */
	struct piece		 now, ahead;
	struct storebody_read	*reading;	/* fills `now`; while that is being sent, `ahead` */
	struct follow_waiter	 waiter;
	struct timer		 timer;
	struct span		 spans[2];
};

/*
 * o is borrowed, and outlives the body. What it is to send is kept for it in the store
 * (object_reserve), and costs no memory, no pin, nothing but an entry in a table while its client
 * takes nothing.
 */
void		 storebody_whole(struct storebody *b, struct object *o);
/*
 * The same without its first bytes, for the client of the fetch: does not count as one who follows.
 */
void		 storebody_from(struct storebody *b, struct object *o, uint64_t from);
/*
 * The ranges of g (what g borrows outlives the body too), with their framing if there are several;
 * length: of the body.
 */
void		 storebody_parts(struct storebody *b, struct object *o, const struct rangereply *g,
		    uint64_t length);
/*
 * Nothing else of the object will be read by anybody who has it: what is not in the ranges need not
 * stay. Right after storebody_parts.
 */
void		 storebody_only(struct storebody *b);
/*
 * It has failed, and will for those who read the same and have not come as far: by how many bytes
 * the last of them is behind, not counting who is by more than `most`.
 */
uint64_t	 storebody_lag(const struct storebody *b, uint64_t most);
/* Gives everything back. Twice is harmless. */
void		 storebody_end(struct storebody *b);

/*
 * Bytes up to this one of the stored body are there (and are reserved), or will be when the object
 * has grown. False is certain for this moment.
 */
bool		 storebody_there(struct object *o, uint64_t to);

#endif
