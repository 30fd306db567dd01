/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes forward out of one segment, into the keeper's main segment: tombs that still count,
 * what somebody is reading or storing, what was asked for. In the keeper, for reclaim.c alone.
 */
#ifndef STORE_CARRY_H
#define STORE_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/bucket.h"
#include "store/store_inner.h"

struct carry_stashed;

struct carry {
	/* the caller's, for all segments */
	struct store	*s;
	struct volume	*v;
	struct appender	*main;
	bool		 in_memory;	/* what goes forward is stashed until carry_put */
	/* private */
	struct readers_list wanted;	/* as it was at this stamp */
	uint64_t	 wanted_at;
	/* of the present segment */
	uint32_t	 segment;
	enum segtab_kind kind;
	uint64_t	 carried, nonce;
	struct toc	 toc;
	bool		*read;		/* of the table's entries: somebody wants it */
	bool		 all;		/* everything goes forward */
	bool		 buried;	/* its tombs are not needed any more */
	struct carry_stashed *stash;
	size_t		 stash_n, stash_cap;
	char		*buf;		/* for one record */
	size_t		 cap;
};

/* Looks who is reading; the rest is zero. */
void		 carry_begin(struct carry *j);
/* The segment was hardly begun when its process was killed: all that it holds goes forward. */
bool		 carry_holds_little(const struct volume *v, uint32_t segment);
/* The next segment. False: nearly all of it is being read; it better stays as it is. */
bool		 carry_look(struct carry *j, uint32_t segment);
/* The present segment has tombs that still count. */
bool		 carry_has_tombs(const struct carry *j);
/* Somebody reads some of it. */
bool		 carry_is_read(const struct carry *j);
/*
 * What its tombs bury is destroyed wherever it stands, so that they need not go forward. False: the
 * disk fails.
 */
bool		 carry_bury(struct carry *j);
/*
 * What goes forward does, the rest is dropped. False: something that has to cannot, as there is no
 * room, or the cache_dir is off.
 */
bool		 carry_all(struct carry *j);
/* The segment is free: what was stashed has its place again. */
void		 carry_put(struct carry *j);
/* The present segment is done with; and all. */
void		 carry_leave(struct carry *j);
void		 carry_free(struct carry *j);

#endif
