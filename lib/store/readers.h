/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is reading which bodies, in shared memory, so that what somebody has still to read is not
 * dropped. Each process slot has entries of its own; only its process makes, moves and clears them
 * (after its death, who clears it), and who completes a body writes into the entries of those who
 * read along. All processes read them. What is found here decides what is kept, nothing else:
 * whatever it says, no wrong byte comes of it.
 */
#ifndef STORE_READERS_H
#define STORE_READERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct readers_entry {
	_Atomic uint64_t	 body_id;	/* 0: free */
	_Atomic uint64_t	 from, to;	/* bytes of the body still wanted */
	/* stamp when it began << 8 | cache_dir << 1 | it is being stored */
	_Atomic uint64_t	 since;
	/* of a body that grew: its length, once it is complete; STORE_UNKNOWN before */
	_Atomic uint64_t	 total;
};

struct readers_row {
	_Atomic uint32_t	 high;		/* entries from here on were never used */
	_Atomic uint32_t	 used;
} __attribute__((aligned(128)));		/* lines are fetched in pairs */

/*
 * This process's own view (as in segtab.h), and the entries of its slot that are free below high.
 */
struct readers {
	uint32_t		 slots, each, slot;
	struct readers_row	*row;
	struct readers_entry	*entry;
	uint32_t		*spare, spare_n;
};

struct readers_new {
	uint64_t	 body_id, from, to, stamp;
	uint32_t	 dir;
	/* this process is storing it: all of it so far is to stay */
	bool		 stores;
};

size_t		 readers_size(uint32_t slots, uint32_t each);
/* False: no memory. */
bool		 readers_make(struct readers *r, void *zeroed, uint32_t slots, uint32_t each);
void		 readers_free(struct readers *r);
/* This process is slot. */
void		 readers_join(struct readers *r, uint32_t slot);
void		 readers_slot_died(struct readers *r, uint32_t slot);

/*
 * One more; 0: there is no entry left. Who looks after this sees it; whom it is too late for, what
 * he did before he looked is seen here.
 */
uint32_t	 readers_begin(struct readers *r, const struct readers_new *n);
/* id: what readers_begin answered. */
struct readers_entry *readers_entry(const struct readers *r, uint32_t id);
void		 readers_end(struct readers *r, uint32_t id);
/* The body is complete: those who read along are told its length. */
void		 readers_complete(struct readers *r, uint64_t body_id, uint64_t total);

/* Nobody reads anything. */
bool		 readers_none(const struct readers *r);
/* Somebody who began at this stamp or later wants some of these bytes. */
bool		 readers_want(const struct readers *r, uint64_t body_id, uint64_t from, uint64_t to,
		    uint64_t stamp);

/*
 * By how many bytes, at most `most`, the last of those who read the body is behind pos. Looks at
 * READERS_LOOK entries of each slot.
 */
enum { READERS_LOOK = 1024 };
uint64_t	 readers_lag(const struct readers *r, uint64_t body_id, uint64_t pos,
		    uint64_t most);

struct readers_body {
	uint64_t	 body_id, from, to;
};
struct readers_list {
	struct readers_body	*body;		/* by body_id; free() */
	size_t			 n;
};
/*
 * What is wanted of one cache_dir's bodies, but no more than `most` bytes of it: who began first
 * comes first. Those of one body count once. Of a body that is being stored only what is there
 * counts.
 */
void		 readers_list(const struct readers *r, uint32_t dir, uint64_t most,
		    struct readers_list *l);
bool		 readers_listed(const struct readers_list *l, uint64_t body_id, uint64_t from,
		    uint64_t to);

#endif
