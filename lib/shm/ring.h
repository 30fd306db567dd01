/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of records from one writer (a worker) to one reader (the logger), in a mapped file, so
 * that what was put in survives the death of either. A record is there completely or not at all.
 * Positions are 64-bit and only grow.
 */
#ifndef SHM_RING_H
#define SHM_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ring;		/* this process's view; its bytes are mapped, the same in every process */

enum { RING_RECORD_MAX = 65536, RING_SIZE_MIN = 262144 };

/*
 * Creates or reopens the file; its blocks are allocated at once (no SIGBUS on a full disk later).
 * An existing one of the same format keeps its unread records (and its size while there are any);
 * another's is refused (errno EINVAL). size: bytes of data, a power of two, at least RING_SIZE_MIN.
 * NULL: errno. The mapping is inherited over fork. Whoever can write the file can cut it off, which
 * ends those who touch the mapping then. ring_open, ring_id, ring_size, ring_waiting, ring_mend and
 * ring_close do not touch it: a process that calls nothing else is safe.
 */
struct ring	*ring_open(const char *path, size_t size, mode_t mode);
/* The same without a file (tests; a read-only run directory): nobody can cut it off. */
struct ring	*ring_anonymous(size_t size);
/* These three only in the process that opened it. */
void		 ring_close(struct ring **r);
bool		 ring_waiting(const struct ring *r);	/* there are records that were not read */
enum ring_health {
	RING_WHOLE,
	/*
	 * the file had been cut off or written over: it is a ring again, for all who have it
	 * mapped; records are lost
	 */
	RING_MENDED,
	RING_LOST,	/* it was, and cannot be mended (errno) */
};
enum ring_health ring_mend(struct ring *r);
/* Drawn when the bytes were made: positions of one id belong together. */
uint64_t	 ring_id(const struct ring *r);
/*
 * For a new writer in the slot of one that is gone, at its start: what was committed stays for the
 * reader, what was held is shown (ring_settle), what was only reserved is forgotten, positions that
 * make no sense (a writer that ran wild) are put right; false: they had to be.
 */
bool		 ring_reset_writer(struct ring *r);

/*
 * Writer. False: full (or n > RING_RECORD_MAX). dest: the log place's number, kind: what the record
 * is.
 */
bool		 ring_put(struct ring *r, uint16_t dest, uint16_t kind, const void *p, size_t n);
/* Writer in two steps without a copy: room for n bytes (NULL: full), then commit of n' <= n. */
void		*ring_reserve(struct ring *r, size_t n);
void		 ring_commit(struct ring *r, uint16_t dest, uint16_t kind, size_t n);
/* Writer: the reader sleeps (or naps, and half of the ring is used): wake it; true once a sleep. */
bool		 ring_wants_wake(struct ring *r);
/* writer: the largest n that ring_reserve would take, were there no RING_RECORD_MAX */
size_t		 ring_room(struct ring *r);
/* What one record of n bytes takes of that room. */
static inline size_t ring_cost(size_t n) { return 16 + ((n + 7) & ~(size_t)7); }

/*
 * Writer: what is put after ring_hold stays hidden until ring_show, or is forgotten by ring_drop.
 * For a record of something that is about to happen: if the writer dies in between, its successor
 * (ring_reset_writer) or the reader (ring_settle) shows it, so that nothing that happened goes
 * unrecorded.
 */
void		 ring_hold(struct ring *r);
void		 ring_show(struct ring *r);
void		 ring_drop(struct ring *r);
/* The writer is dead: shows what it held. True: something was shown. */
bool		 ring_settle(struct ring *r);
/*
 * The same for a reader that may meet a successor of the dead writer at work: it takes the
 * position, then makes sure that the slot has no writer (so the position is a dead one's), then
 * settles at it.
 */
struct ring_position { uint64_t head, held; };
struct ring_position ring_position(const struct ring *r);
bool		 ring_settle_at(struct ring *r, struct ring_position p);

/*
 * Reader. The record at *at (start with ring_tail); false: none. *at moves on; nothing is freed
 * until ring_free_to. Damaged bytes (judged by length and check word) skip to the head and count.
 */
uint64_t	 ring_tail(const struct ring *r);
bool		 ring_next(struct ring *r, uint64_t *at, uint16_t *dest, uint16_t *kind,
		    const void **p, size_t *n);
void		 ring_free_to(struct ring *r, uint64_t at);
/*
 * Reader: SLEEPING means that any record must wake it, NAPPING that it will look again soon by
 * itself. After SLEEPING it has to look at the ring once more before it sleeps.
 */
enum ring_reader { RING_AWAKE, RING_SLEEPING, RING_NAPPING };
void		 ring_sleep(struct ring *r, enum ring_reader how);
uint64_t	 ring_head(const struct ring *r);
size_t		 ring_size(const struct ring *r);	/* bytes of data it has room for */
uint64_t	 ring_used(const struct ring *r);	/* bytes waiting */
uint64_t	 ring_damaged(const struct ring *r);	/* how often the reader had to skip */

#endif
