/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored objects as this process has them: a look-up's result with its attributes read, in a buffer
 * of its own. Objects come from a small spare list, because a hit is to cost one read and little
 * else. In the loop's thread of a process that has joined the store (shared.store).
 */
#ifndef CACHE_OBJECT_H
#define CACHE_OBJECT_H

#include "cache/cachekey.h"
#include "cache/piece.h"
#include "cache/storedattr.h"
#include "store/store.h"

/* hit.flags */
enum {
	/* what leads to the variants of a URL (varykey.h); its hit.attr is no storedattr */
	OBJECT_MARKER = 1,
	OBJECT_PARTS = 2,	/* not all of the body (parts.h) */
};

enum { OBJECT_FIELDS = 16 };	/* heads with more are parsed each time they are sent */

struct object {
	uint32_t		 tag;
	bool			 growing;	/* it is being fetched: follow says where */
	bool			 cold;		/* the disk had to be waited for */
	bool			 pinned;	/* the record stays where it is: object_unpin */
	bool			 checked;	/* hit.body is what was stored */
	/* destination_access allows where it came from, and always will: need not be asked again */
	bool			 allowed;
	/* nobody changed what the record says: cleared by who does */
	bool			 as_read;
	struct cachekey		 key;
	/* attr, head and body stand in the object's buffer */
	struct store_hit	 hit;
	struct storedattr	 at;		/* borrows from the buffer; not of a marker */
	struct span		 head;		/* the stored head's text */
	/* bytes of the body in the head's record: they need the pin */
	uint64_t		 inlined;
	struct store_follow	 follow;	/* growing */
	struct store_reader	 reader;	/* whose body is not dropped: object_reserve */
	/* of the part in the head's record what is not in hit.body: object_detach */
	struct piece		 rest;
	/* object_keep_head; parsed.fields NULL: not yet, or too many of them */
	struct head		 parsed;
	/* private */
	struct head_field	 fields[OBJECT_FIELDS];
	bool			 wanted;	/* to be kept when nobody has it in hand (kept.h) */
	bool			 served;	/* ... and it was, and is served once more */
	size_t			 cap;
	struct object		*spare;
};

static inline bool
object_is_marker(const struct object *o)
{
	return (o->hit.flags & OBJECT_MARKER) != 0;
}

static inline bool
object_is_parts(const struct object *o)
{
	return (o->hit.flags & OBJECT_PARTS) != 0;
}

/*
 * Looks the key up without waiting for a disk. STORE_MISS also for what is not intelligible;
 * STORE_WOULD_BLOCK: object_read. *o is the caller's on STORE_HIT, else NULL.
 */
enum store_got	 object_get(const struct cachekey *k, struct object **o);

/*
 * The same on a thread that may wait; done comes from the loop, once, never from inside. o NULL: it
 * is not there (any more). o is the callee's. Answers NULL when too many wait already: a miss then.
 */
struct object_wait;
struct object_wait *object_read(const struct cachekey *k, void (*done)(void *arg, struct object *o),
    void *arg);
/*
 * done will not come; the read ends by itself. Harmless with NULL; *w is NULL then. Not after done.
 */
void		 object_cancel(struct object_wait **w);

/*
 * The head of what is being fetched, as store_follow_head. Its body is read with storebody, from
 * this byte on, which are reserved. STORE_MISS: not (any more). STORE_WOULD_BLOCK: fetch it alone.
 */
enum store_got	 object_follow_from(const struct store_follow *f, uint64_t from, struct object **o);
static inline enum store_got
object_follow(const struct store_follow *f, struct object **o)
{
	return object_follow_from(f, 0, o);
}

/*
 * Of one that is served again and again, its head's parse is kept: h is of o->head, and nobody has
 * changed it yet.
 */
void		 object_keep_head(struct object *o, const struct head *h);

/*
 * All of its body is there, and stays there for this object however slowly it is read. False: some
 * is not.
 */
bool		 object_reserve(struct object *o);
/* It does not grow any more, but is complete (store_reader_total). */
void		 object_grown(struct object *o, uint64_t total);
/*
 * The record need not stay where it is: what of the body's part in it, from this byte on, is in no
 * memory is copied. Nothing happens where that cannot be done without waiting for the disk.
 */
void		 object_detach(struct object *o, uint64_t from);
/* The body is not read any more: the record and the rest may be reclaimed. */
void		 object_let_go(struct object *o);
static inline void
object_unpin(struct object *o)
{
	/* seldom: what is served is mostly in the buffer */
	if (o->pinned || o->rest.p != NULL || o->reader.entry != 0)
		object_let_go(o);
}
void		 object_give(struct object *o);
static inline void
object_free(struct object **op)				/* harmless with NULL */
{
	struct object	*o = *op;

	*op = NULL;
	if (o != NULL)
		object_give(o);
}

/*
 * Puts a job to the threads that read (lib/net/work.h), which start as they are needed. False: too
 * many wait.
 */
struct work_job;
bool		 object_work(struct work_job *j);
/*
 * The process ends, or a test does: no more reading; memory is given back. What waits is told that
 * nothing is there.
 */
void		 object_stop(void);

static inline struct store_key
object_store_key(const struct cachekey *k)
{
	struct store_key	 s;

	_Static_assert(sizeof s == sizeof *k, "both are 128 bits");
	memcpy(&s, k, sizeof s);
	return s;
}

#endif
