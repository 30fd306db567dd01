/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of 32-bit references. It knows eight bits of each hash; the caller compares what a
 * candidate refers to. A bucket is one cache line; a probe that finds nothing reads one line nearly
 * always.
 */
#ifndef MATCH_DOMTABLE_H
#define MATCH_DOMTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DOMTABLE_WAYS = 12 };

struct domtable_bucket {
	uint8_t		 tag[DOMTABLE_WAYS];	/* 0: free */
	uint32_t	 spilt;			/* bit tag % 32: go on in the next one for it */
	uint32_t	 ref[DOMTABLE_WAYS];
};

struct domtable {
	struct domtable_bucket	*buckets;	/* NULL: empty */
	size_t			 n;
};

/* One search. The fields are domtable_next's own. */
struct domtable_probe {
	size_t		 bucket;
	unsigned	 hits;			/* ways of this bucket still to be shown */
	bool		 last;
	uint8_t		 tag;
};

/* Room for this many entries (at least one). */
void		 domtable_make(struct domtable *t, size_t entries);
void		 domtable_free(struct domtable *t);
size_t		 domtable_bytes(const struct domtable *t);
/* No changes from now on. */
void		 domtable_seal(struct domtable *t);

/* Asks the processor to fetch what a probe for this hash will read. */
void		 domtable_prefetch(const struct domtable *t, uint64_t hash);

/* t->n > 0. The references that may belong to the hash, one after the other; NULL at the end. */
uint32_t	*domtable_first(const struct domtable *t, struct domtable_probe *p, uint64_t hash);
uint32_t	*domtable_next(const struct domtable *t, struct domtable_probe *p);

/* Adds; the caller has seen that it is not there. No more often than domtable_make was told. */
void		 domtable_put(struct domtable *t, uint64_t hash, uint32_t ref);

#endif
