/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index: buckets of eight 64-bit words, a cache line each, in mapped memory that all processes
 * change by compare-and-swap and that may hold anything at any time: a word is a hint where a
 * record may be. Each key has two buckets. A word without a place is a ghost: the key was here and
 * was dropped unused; one that comes back soon deserves to stay longer.
 *
 *	bits 0-35 place (64-byte units from the file's front), 36-40 size class, 41-42 use, 43-63
 *	tag
 */
#ifndef STORE_BUCKET_H
#define STORE_BUCKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

enum { BUCKET_WORDS = 8, BUCKET_MATCHES = 2 * BUCKET_WORDS, BUCKET_USE_MAX = 3, BUCKET_AGES = 128 };

struct bucket_index {
	_Atomic uint64_t	*words;
	uint64_t		 buckets;
};

struct bucket_match {
	_Atomic uint64_t	*at;
	uint64_t		 word;
};

static inline uint64_t bucket_place(uint64_t w) { return (w & 0xfffffffff) << 6; }	/* bytes from the file's front; 0: none */
static inline unsigned bucket_class(uint64_t w) { return (unsigned)(w >> 36 & 31); }
static inline unsigned bucket_use(uint64_t w) { return (unsigned)(w >> 41 & 3); }
static inline uint64_t bucket_with_use(uint64_t w,
    unsigned use) { return (w & ~(3ULL << 41)) | (uint64_t)use << 41; }
static inline bool bucket_is_object(uint64_t w) { return (w & 0xfffffffff) != 0; }

/* A word for key; place is a multiple of 64; bytes: the record's. */
uint64_t	 bucket_word(struct store_key k, uint64_t place, uint64_t bytes, unsigned use);
/* No record of this class is longer. */
uint64_t	 bucket_class_bytes(unsigned class);

/* The words (not ghosts) that may be key's; at most BUCKET_MATCHES, in no order. */
unsigned	 bucket_find(const struct bucket_index *ix, struct store_key k,
		    struct bucket_match m[BUCKET_MATCHES]);
/* Only whether there is one. */
bool		 bucket_has(const struct bucket_index *ix, struct store_key k);
/* Asks the memory for key's buckets. */
void		 bucket_fetch(const struct bucket_index *ix, struct store_key k);

/*
 * Enters w into a free word of key's buckets, else over the oldest ghost, else over the word that
 * `worth` values least (its answer for a word: higher is better). True: a word with a place had to
 * go.
 */
bool		 bucket_enter(const struct bucket_index *ix, struct store_key k, uint64_t w,
		    unsigned age, uint64_t (*worth)(void *arg, uint64_t word), void *arg);
/*
 * One word, if it still is what it was; its use bits may have changed meanwhile. to 0: removes.
 * False: it is another one's.
 */
bool		 bucket_change(_Atomic uint64_t *at, uint64_t was, uint64_t to);
/* Both say the same, but for how often it was used. */
bool		 bucket_same(uint64_t a, uint64_t b);
/* A hit: one more use, if there is a higher count. */
void		 bucket_touch(_Atomic uint64_t *at, uint64_t was);

/* Ghosts: age is a count modulo BUCKET_AGES that grows as space is reclaimed. */
void		 bucket_leave_ghost(_Atomic uint64_t *at, uint64_t was, unsigned age);
/* There was a ghost of key no older than most; it is taken away. */
bool		 bucket_take_ghost(const struct bucket_index *ix, struct store_key k, unsigned age,
		    unsigned most);

#endif
