/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading a record; what store_get.c and store_body.c share. */
#ifndef STORE_STORE_GET_H
#define STORE_STORE_GET_H

#include "store/store_inner.h"

/* What is known of a record that is being looked at; pinned. */
struct store_found {
	struct volume	*v;
	_Atomic uint64_t *at;		/* its word */
	uint64_t	 word, nonce, room;
	uint32_t	 segment;
	struct record	 r;
	size_t		 have;		/* bytes of it in the caller's buffer */
};

/*
 * The record that the index has for k: pinned and its head in buf, its checksum right. Not pinned
 * unless STORE_HIT.
 */
enum store_got	 store_get_find(struct store *s, struct volume *v, struct store_key k,
		    enum store_how how, char *buf, size_t cap, struct store_found *f);
/*
 * Its body as an extent that takes over the pin; pos: where its first byte stands in the whole
 * body.
 */
void		 store_get_extent(struct store_extent *e, const struct store_found *f,
		    struct store_key index_key, uint64_t pos);
/* The body does not come along: was it compared since the file was written to? */
void		 store_get_recall(struct store *s, struct store_extent *e, enum store_how how);
/* Forgets a record that is not what it should be, and says so now and then. */
void		 store_get_drop(struct store_found *f, const char *what);

#endif
