/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segments of one cache_dir: what each is doing now (shared memory), which processes read from
 * it (pins), and what the file's directory says of it (64 bytes each at the file's front, so that
 * opening reads one run of them however large the file is).
 *
 *	FREE -> OPEN (a process appends) -> FULL (nobody appends any more) -> SEALED (on the disk
 *	with its table of contents) -> EMPTYING -> FREE
 *
 * A reader pins first and then looks whether the segment may be read; the keeper makes it EMPTYING
 * first and then looks for pins. Each sees the other.
 */
#ifndef STORE_SEGTAB_H
#define STORE_SEGTAB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum segtab_state { SEGTAB_FREE, SEGTAB_OPEN, SEGTAB_FULL, SEGTAB_SEALED, SEGTAB_EMPTYING,
    SEGTAB_STATES };
enum segtab_kind { SEGTAB_FRESH, SEGTAB_MAIN };		/* MAIN: what was carried forward once */

struct segtab_entry {
	_Atomic uint64_t	 word;		/* state, kind << 8, slot << 16 */
	_Atomic uint64_t	 nonce;		/* of this life; 0: none */
	_Atomic uint64_t	 seq;		/* grows with each segment taken */
	_Atomic uint64_t	 opened;	/* stamp when it was taken */
	_Atomic uint32_t	 busy;		/* places given out and not finished; its owner's */
	_Atomic uint32_t	 used;		/* bytes given out */
	_Atomic uint32_t	 records;	/* places given out */
	_Atomic uint32_t	 toc_n, toc_at, toc_crc;	/* SEALED */
	/* bytes that the keeper has begun to bring to the disk */
	_Atomic uint32_t	 started;
	/* not 0: its process may have died in the middle of a record */
	_Atomic uint32_t	 torn;
};
_Static_assert(sizeof(struct segtab_entry) == 64, "a cache line");

struct segtab_shared {
	_Atomic uint64_t	 next_seq;
	_Atomic uint32_t	 hint;			/* where a free one may be */
} __attribute__((aligned(64)));

/*
 * This process's own: nobody who writes wildly in shared memory makes another one, least of all the
 * master, look outside of it.
 */
struct segtab {
	uint32_t		 n, slots, row;		/* row: pins of one slot, rounded up */
	struct segtab_shared	*shared;
	struct segtab_entry	*entry;
	_Atomic uint32_t	*pins;
};

/* As the file's directory has it. */
struct segtab_disk {
	uint32_t	 magic, crc;
	uint64_t	 nonce, seq, opened;
	uint32_t	 number;
	uint8_t		 sealed, kind;
	uint16_t	 spare;
	uint32_t	 used, toc_n, toc_at, toc_crc;
};
_Static_assert(sizeof(struct segtab_disk) == 56, "part of the file format; padded to 64 there");

size_t		 segtab_size(uint32_t n, uint32_t slots);
void		 segtab_make(struct segtab *t, void *zeroed, uint32_t n, uint32_t slots);

enum segtab_state segtab_state(const struct segtab *t, uint32_t i);
enum segtab_kind segtab_kind(const struct segtab *t, uint32_t i);
uint32_t	 segtab_slot(const struct segtab *t, uint32_t i);
uint32_t	 segtab_count(const struct segtab *t, enum segtab_state s);

/*
 * A free one becomes slot's, unless fewer than 1 + spare are free; -1: none. Its nonce is new and
 * its counts are 0.
 */
int64_t		 segtab_take(struct segtab *t, uint32_t slot, enum segtab_kind kind, uint32_t spare,
		    uint64_t stamp);
/* What the keeper has sealed is open again, at its end, as slot's and as if it were taken now. */
void		 segtab_reopen(struct segtab *t, uint32_t i, uint32_t slot, enum segtab_kind kind);
/* Only who may: the owner OPEN -> FULL, the keeper all others. */
void		 segtab_set(struct segtab *t, uint32_t i, enum segtab_state s);
/* The process of slot is gone: its OPEN segments are FULL, its pins are gone. */
void		 segtab_slot_died(struct segtab *t, uint32_t slot);

/*
 * False (and not pinned): it may not be read from. *nonce: of the life it is in; only records with
 * it are there.
 */
bool		 segtab_pin(struct segtab *t, uint32_t slot, uint32_t i, uint64_t *nonce);
/* Once more what this slot has pinned: it may be on its way out and stays nevertheless. */
void		 segtab_pin_more(struct segtab *t, uint32_t slot, uint32_t i);
void		 segtab_unpin(struct segtab *t, uint32_t slot, uint32_t i);
bool		 segtab_pinned(const struct segtab *t, uint32_t i);

/* The oldest sealed segment of a kind; -1: none. */
int64_t		 segtab_oldest(const struct segtab *t, enum segtab_kind kind);
uint32_t	 segtab_count_sealed(const struct segtab *t, enum segtab_kind kind);

/* Between memory and the file's directory at `at` (superblock.h). */
bool		 segtab_write(const struct segtab *t, uint32_t i, int fd);
bool		 segtab_write_free(uint32_t i, int fd);
/*
 * All of them; an entry that is not intact makes its segment FREE. *stamp: raised above all they
 * know. False: errno.
 */
bool		 segtab_load(struct segtab *t, int fd, uint32_t segment_bytes, uint64_t *stamp);

#endif
