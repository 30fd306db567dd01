/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects under way, in shared memory: who fetches what, how far it has come, who wants to be
 * woken. Each process slot has entries of its own that only it writes (after its death, who clears
 * it); a table of words, one for each hash value, says which entry speaks for a key, so that of two
 * processes that want to fetch the same key one compare-and-swap decides. A second key of the same
 * hash value is not announced. What is read here is judged: an entry is what it was only while its
 * life number stays the same.
 */
#ifndef STORE_UNDERWAY_H
#define STORE_UNDERWAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum underway_state { UNDERWAY_FREE, UNDERWAY_ASKED, UNDERWAY_GROWING };
enum underway_along { UNDERWAY_UNREAD, UNDERWAY_READ, UNDERWAY_CLOSED };

struct underway_entry {
	_Atomic uint64_t	 life;		/* grows; its lowest two bits are the state */
	_Atomic uint64_t	 key[2];
	_Atomic uint64_t	 length;	/* body bytes that are there */
	/* the one that grows: number << 36 | its body's record's place / 64 */
	_Atomic uint64_t	 chunk;
	_Atomic uint64_t	 waiters[STORE_SLOTS_MAX / 64];
	_Atomic uint64_t	 place, nonce;	/* of the head's record */
	_Atomic uint64_t	 chunk_nonce;
	_Atomic uint32_t	 dir, home;
	/* when the last one began to follow: monotonic seconds; 0: nobody did */
	_Atomic uint64_t	 joined_s;
	_Atomic uint32_t	 stopped;	/* it grows no more */
	_Atomic uint32_t	 read_along;	/* enum underway_along */
	uint32_t		 spare[2];
};
_Static_assert(sizeof(struct underway_entry) == 128, "two cache lines");

/* This process's own view (as in segtab.h). */
struct underway {
	uint32_t		 slots, each, homes;
	_Atomic uint64_t	*home;		/* tag << 32 | slot << 16 | entry */
	struct underway_entry	*entry;
};

struct underway_ref {
	uint32_t	 slot, entry;
	uint64_t	 life;
};

size_t		 underway_size(uint32_t slots, uint32_t each);
void		 underway_make(struct underway *u, void *zeroed, uint32_t slots, uint32_t each);

enum store_claimed underway_claim(struct underway *u, uint32_t slot, struct store_key k,
    struct underway_ref *ref);
/* Who speaks for k now; false: nobody. */
bool		 underway_find(const struct underway *u, struct store_key k,
		    struct underway_ref *ref);
/* NULL: it is over (or never was). state: at this look. */
struct underway_entry *underway_get(const struct underway *u, const struct underway_ref *ref,
    enum underway_state *state);
/*
 * From ASKED to GROWING, after the entry was filled in. The life number in ref changes with it:
 * followers know both as one.
 */
void		 underway_grows(struct underway *u, struct underway_ref *ref);
/* It is not found any more, and grows no more. Bits of the slots to wake go into wake. */
void		 underway_hide(struct underway *u, const struct underway_ref *ref,
		    uint64_t wake[STORE_SLOTS_MAX / 64]);
/* It is over. Bits of the slots to wake go into wake. Harmless when it is over already. */
void		 underway_end(struct underway *u, const struct underway_ref *ref,
		    uint64_t wake[STORE_SLOTS_MAX / 64]);
/* Takes the bits of those who wait. False: nobody. */
bool		 underway_waiters(struct underway_entry *e, uint64_t wake[STORE_SLOTS_MAX / 64]);
void		 underway_wait(struct underway_entry *e, uint32_t slot);
/* Somebody begins to follow; did anybody in the last seconds? */
void		 underway_join(struct underway_entry *e);
bool		 underway_joined(const struct underway_entry *e, unsigned within_s);
/*
 * Who is in the table of readers reads along from now on. False: too late, its end is being told,
 * or was. underway_close: nobody does from now on; true: somebody did, and is to be told before
 * underway_end.
 */
bool		 underway_read_along(const struct underway *u, const struct underway_ref *ref);
bool		 underway_close(const struct underway *u, const struct underway_ref *ref);
/*
 * The first entry of a slot from *from on that is not free; false: no more. For clearing after a
 * death.
 */
bool		 underway_next(const struct underway *u, uint32_t slot, uint32_t *from,
		    struct underway_ref *ref);

#endif
