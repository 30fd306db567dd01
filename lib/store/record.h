/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: what the segments consist of. A record is a struct record, attributes, head bytes and
 * body bytes, in this order, beginning at a multiple of RECORD_ALIGN. It is believed only with the
 * nonce of its segment's present life (random, so that neither remains of an earlier life nor a
 * body that imitates a record can pass) and a checksum over everything before the body. Bytes are
 * judged here, never asserted.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "store/store.h"

enum { RECORD_ALIGN = 64 };

enum record_kind {
	RECORD_OBJECT = 1,	/* attributes, head, beginning of the body */
	RECORD_CHUNK,		/* a further part of the body */
	RECORD_TOMB,		/* the key was deleted: nothing older counts */
	/* an object's place while it grows: for followers only; a copy not yet confirmed */
	RECORD_GROWING,
};

struct record {
	/*
	 * of everything from nonce on, up to the body; RECORD_GROWING counts as RECORD_OBJECT, so
	 * that one byte confirms a copy
	 */
	uint32_t	 magic, head_crc;
	uint64_t	 nonce;
	struct store_key key;			/* the object's, in chunks too */
	uint64_t	 stamp;			/* of two records with one key the greater counts */
	uint64_t	 body_id;		/* joins object and chunks */
	uint64_t	 total;			/* bytes of the object's body */
	uint64_t	 expires, stored;	/* the caller's */
	uint32_t	 number;		/* of the chunk, from 1; 0 otherwise */
	uint32_t	 body_len, body_crc;	/* of this record's part of the body */
	uint32_t	 head_len;
	uint16_t	 attr_len;
	uint8_t		 kind;
	uint8_t		 spare;			/* 0 */
	uint32_t	 flags;			/* the caller's */
};
_Static_assert(sizeof(struct record) == 96, "part of the file format");

/* How many bytes it takes in the segment, padding included. */
uint64_t	 record_room(uint64_t attr_len, uint64_t head_len, uint64_t body_len);
/* From the record's beginning to its body. */
static inline uint32_t
record_body_at(const struct record *r)
{
	return (uint32_t)sizeof *r + r->attr_len + r->head_len;
}

/* Fills in magic and head_crc; all else is set. */
void		 record_seal(struct record *r, struct span attr, struct span head);
/*
 * These bytes (>= sizeof *r) may be a record of this life whose lengths fit into room. The checksum
 * is not looked at.
 */
bool		 record_plausible(const struct record *r, uint64_t nonce, uint64_t room);
/* The checksum fits: r is followed by its attributes and head. */
bool		 record_intact(const struct record *r);

/*
 * What the index and the tables of contents know the record by: the object's key, or for a chunk a
 * hash of key, body_id and number.
 */
struct store_key record_index_key(const struct record *r);
struct store_key record_chunk_key(struct store_key k, uint64_t body_id, uint32_t number);

static inline bool
record_key_eq(struct store_key a, struct store_key b)
{
	return a.w[0] == b.w[0] && a.w[1] == b.w[1];
}

#endif
