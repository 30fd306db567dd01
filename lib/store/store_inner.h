/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's own files know of each other; nobody outside lib/store includes it. */
#ifndef STORE_STORE_INNER_H
#define STORE_STORE_INNER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"
#include "store/appender.h"
#include "store/readers.h"
#include "store/record.h"
#include "store/store.h"
#include "store/toc.h"
#include "store/underway.h"
#include "store/volume.h"

#define STORE_TAG		TAG4('s', 't', 'o', 'r')
#define STORE_HIT_TAG		TAG4('s', 'h', 'i', 't')
#define STORE_EXTENT_TAG	TAG4('s', 'e', 'x', 't')
#define STORE_OBJECT_TAG	TAG4('s', 'o', 'b', 'j')

enum {
	STORE_ORDERS	= 256,		/* keys share so many orders of the cache_dirs */
	/* segments that only the keeper may take: it needs room to make room */
	STORE_SPARE	= 1,
	STORE_NO_SLOT	= UINT16_MAX,
};

enum { STORE_BARS = 4096 };

struct store_shared {
	_Atomic uint64_t	 stamp;
	_Atomic uint32_t	 keeper;	/* its slot; 0 before there was one */
	/* by hash of the key: the stamp of the last store_bar */
	_Atomic uint64_t	 barred[STORE_BARS];
};

/* The keeper's own, in its process. */
struct store_upkeep {
	struct appender	 main;
	/* warm_life: of the files whose index is or was read in */
	uint32_t	 rebuild_at, warm_life;
	uint64_t	 warm_at;
	/* tried_s: when it was off; on_s: when that helped */
	uint64_t	 tried_s, on_s, synced_s;
	unsigned	 flaps;				/* how often it went off again soon */
	/* judged_s: when room was; lacked: how often there was none then */
	uint64_t	 judged_s, lacked;
	uint32_t	 more;			/* segments to be kept free beyond the usual */
	/* while an index is made anew: all there are; sorted once tombs_done */
	struct toc	 tombs;
	bool		 off, begun, tombs_done, told_gone;
};

struct store {
	uint32_t		 tag, slot, slots, dirs_n;
	struct volume		 dirs[STORE_DIRS_MAX];
	struct appender		 fresh[STORE_DIRS_MAX];
	struct store_upkeep	 upkeep[STORE_DIRS_MAX];
	uint8_t			 order[STORE_ORDERS][STORE_DIRS_MAX];
	struct store_shared	*shared;
	size_t			 shared_bytes;
	struct underway		 underway[1];
	void			*underway_memory;
	size_t			 underway_bytes;
	struct readers		 readers[1];
	void			*readers_memory;
	size_t			 readers_bytes;
	void			(*wake)(void *arg, unsigned slot);
	void			*wake_arg;
};

static inline const uint8_t *
store_order(const struct store *s, struct store_key k)
{
	return s->order[k.w[1] % STORE_ORDERS];
}

/* Wakes the slots whose bits are set. */
void		 store_wake_all(struct store *s, const uint64_t wake[STORE_SLOTS_MAX / 64]);

/* The first bytes of a record were read: fills in what a hit says. p: the whole head part. */
void		 store_fill_hit(struct store_hit *h, const struct record *r, const char *p);

/*
 * What all ways of storing share (store_put.c): bounds; a record's fields; the next stamp; why
 * there was no place; the cache_dir for a body; the index word.
 */
bool		 store_put_too_large(const struct store_meta *m);
void		 store_put_fill(struct record *r, enum record_kind kind, struct store_key k,
		    const struct store_meta *m);
uint64_t	 store_put_stamp(struct store *s);
enum store_put	 store_put_no_room(struct volume *v);
/*
 * As appender_reserve, on this process's own; the keeper is woken where it will have something to
 * do: a segment is full, or there is no other.
 */
bool		 store_put_reserve(struct store *s, struct appender *a, uint64_t room, bool urgent,
		    struct appender_place *p);
/* NULL: none takes it */
struct appender	*store_put_dir(struct store *s, struct store_key k, uint64_t total);
void		 store_put_enter(struct store *s, struct volume *v, const struct record *r,
		    uint64_t place);

/*
 * A record's bytes and their place in this process's segment; its index word as well unless
 * growing. Sets nonce and stamp.
 */
enum store_put	 store_write_record(struct store *s, struct appender *a, struct record *r,
		    struct span attr, struct span head, struct span body,
		    uint64_t *place);

/*
 * The same for another copy or version of an object that is there: it counts only when it was
 * confirmed, after the index word has moved to it. (Were it valid at once and its writer killed
 * before the word moved, a deletion in between would be undone by the next rebuild.)
 */
enum store_put	 store_write_tentative(struct store *s, struct appender *a, struct record *r,
		    struct span attr, struct span head, struct span body,
		    uint64_t *place);
bool		 store_confirm(struct volume *v, uint64_t place);

#endif
