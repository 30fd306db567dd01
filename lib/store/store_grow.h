/* SPDX-License-Identifier: Apache-2.0 */
/* An object that this process is storing piece by piece; what store_grow.c and store_part.c share. */
#ifndef STORE_STORE_GROW_H
#define STORE_STORE_GROW_H

#include "store/store_inner.h"

struct store_object {
	uint32_t		 tag;
	struct store		*s;
	struct volume		*v;
	struct appender		*a;
	struct record		 r;		/* the head's, as it will be */
	char			*texts;		/* attributes and head */
	uint64_t		 total, length;	/* said; body bytes up to which it has come */
	struct appender_place	 place;		/* of the head and the inline part */
	uint32_t		 inline_max, inline_n, inline_crc;
	struct appender_place	 chunk;
	uint32_t		 chunk_first, chunk_number, chunk_max, chunk_n, chunk_crc;	/* chunk_max 0: none is open */
	bool			 claimed, failed;
	struct underway_ref	 ref;
	struct store_part	*part;		/* only a part of the body comes (store_part.c) */
};

/* With a copy of what m says; nothing is written yet. */
struct store_object *store_grow_make(struct store *s, struct appender *a, const struct store_key *k, const struct store_meta *m, uint64_t total);
void		 store_grow_free(struct store_object **op);
/* As much of the bytes as the chunk that holds body byte o->length takes; one that is full is closed and found from now on. */
enum store_put	 store_grow_chunk(struct store_object *o, struct span *bytes);
/* The open chunk is given up. */
void		 store_grow_drop_chunk(struct store_object *o);
/* Chunks stored so far are of no use to anybody: without a head nobody finds them. */
void		 store_grow_forget(struct store_object *o);

/* store_part.c: what store_append, store_commit and store_abort do with a part. */
enum store_put	 store_part_append(struct store_object *o, struct span bytes);
enum store_put	 store_part_commit(struct store_object **op);
void		 store_part_abort(struct store_object **op);

#endif
