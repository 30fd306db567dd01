/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index together with the records it points to: which of several words is the key's, which of
 * two records counts.
 */
#ifndef STORE_CATALOG_H
#define STORE_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "store/record.h"
#include "store/volume.h"

enum catalog_got {
	CATALOG_RECORD,		/* *r is the fixed part of a record of the segment's present life */
	CATALOG_STALE,		/* nothing (any more) to point to */
	CATALOG_WOULD_BLOCK,
};

/*
 * Pins what the word points to: *nonce and *room (bytes up to the segment's end) say what to expect
 * there. False: not to be read.
 */
bool		 catalog_pin(struct volume *v, uint32_t slot, uint64_t word, uint32_t *segment,
		    uint64_t *nonce, uint64_t *room);
/* Reads the fixed part only; its checksum is not looked at. */
enum catalog_got catalog_peek(struct volume *v, uint32_t slot, uint64_t word, bool nowait,
    struct record *r);

struct catalog_new {
	struct store_key key;		/* as the index knows it */
	uint64_t	 stamp, place, length;
	/* rather replace a word than wait to see whether it is the key's */
	bool		 nowait;
};
/*
 * Enters a record, over an older one of the same key if there is one. False: a newer one was there.
 */
bool		 catalog_enter(struct volume *v, uint32_t slot, const struct catalog_new *n);
/* The word that leads to this place. */
bool		 catalog_find(const struct volume *v, struct store_key key, uint64_t place,
		    struct bucket_match *one);
/* A word that was taken away a moment ago: what it leads to is still there. */
void		 catalog_put_back(struct volume *v, struct store_key key, uint64_t word);
/*
 * Removes the words of records of the same key that are older than n, whose own record is in
 * another volume (n->place 0).
 */
void		 catalog_forget_older(struct volume *v, uint32_t slot, const struct catalog_new *n);
/* Removes every word that may be key's. True: there was one. */
bool		 catalog_forget(struct volume *v, struct store_key key);

/* The ghosts' clock, and how old one may be to count. */
unsigned	 catalog_age(const struct volume *v);
unsigned	 catalog_age_most(const struct volume *v);
void		 catalog_segment_reclaimed(struct volume *v);

#endif
