/* SPDX-License-Identifier: Apache-2.0 */
/* Words and what they point to. Runs in every process. */
#include "store/catalog.h"

#include "store/diskio.h"

enum { TRIES = 16 };

bool
catalog_pin(struct volume *v, uint32_t slot, uint64_t word, uint32_t *segment, uint64_t *nonce,
    uint64_t *room)
{
	return volume_segment_of(v, bucket_place(word), segment, room) &&
	    segtab_pin(v->segs, slot, *segment, nonce);
}

enum catalog_got
catalog_peek(struct volume *v, uint32_t slot, uint64_t word, bool nowait, struct record *r)
{
	enum diskio_got	 how;
	uint64_t	 nonce, room;
	uint32_t	 segment;
	size_t		 got;

	if (!catalog_pin(v, slot, word, &segment, &nonce, &room))
		return CATALOG_STALE;
	how = (room >= sizeof *r) ? diskio_read(v->fd, r, sizeof *r, bucket_place(word), nowait,
	    &got) : DISKIO_SHORT;
	segtab_unpin(v->segs, slot, segment);
	if (how == DISKIO_WOULD_BLOCK)
		return CATALOG_WOULD_BLOCK;
	return (how == DISKIO_OK && record_plausible(r, nonce, room)) ? CATALOG_RECORD :
	    CATALOG_STALE;
}

unsigned
catalog_age_most(const struct volume *v)
{
	uint32_t n = v->segs->n;

	return (n < BUCKET_AGES / 2) ? n : BUCKET_AGES / 2;
}

unsigned
catalog_age(const struct volume *v)
{
	uint64_t unit = v->segs->n / (BUCKET_AGES / 2);

	return (unsigned)(v->shared->reclaimed / (unit > 0 ? unit : 1) % BUCKET_AGES);
}

void
catalog_segment_reclaimed(struct volume *v)
{
	v->shared->reclaimed++;
}

/* Which object's word a crowded bucket can spare: one not asked for, in the oldest segment. */
static uint64_t
worth(void *arg, uint64_t word)
{
	const struct volume	*v = arg;
	uint64_t		 room, seq;
	uint32_t		 segment;

	if (!volume_segment_of(v, bucket_place(word), &segment, &room) ||
	    segtab_state(v->segs, segment) == SEGTAB_FREE)
		return 0;
	seq = v->segs->entry[segment].seq & ((1ULL << 48) - 1);
	return (uint64_t)bucket_use(word) << 48 | seq;
}

bool
catalog_find(const struct volume *v, struct store_key key, uint64_t place, struct bucket_match *one)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 n = bucket_find(&v->index, key, m);

	for (unsigned i = 0; i < n; i++) {
		if (bucket_place(m[i].word) == place) {
			*one = m[i];
			return true;
		}
	}
	return false;
}

enum relation { OTHER, OLDER, NEWER, SELF };

static enum relation
compare(struct volume *v, uint32_t slot, const struct catalog_new *n, uint64_t word)
{
	struct record	 r;

	if (bucket_place(word) == n->place)
		return SELF;
	switch (catalog_peek(v, slot, word, n->nowait, &r)) {
	case CATALOG_STALE:
	case CATALOG_WOULD_BLOCK:
		return OLDER;
	case CATALOG_RECORD:
		break;
	}
	if (!record_key_eq(record_index_key(&r), n->key))
		return OTHER;
	return (r.stamp > n->stamp) ? NEWER : OLDER;
}

enum entered { ENTERED, ABSENT, OUTDATED, AGAIN };

/*
 * Over what the key has already. AGAIN: a word changed under our hands (the keeper moved its
 * record): what it says now must go too.
 */
static enum entered
enter_over(struct volume *v, uint32_t slot, const struct catalog_new *n, uint64_t word)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 found = bucket_find(&v->index, n->key, m);
	enum entered		 how = ABSENT;

	for (unsigned i = 0; i < found; i++) {
		switch (compare(v, slot, n, m[i].word)) {
		case NEWER:
			return OUTDATED;
		case SELF:
			how = ENTERED;
			break;
		case OTHER:
			break;
		case OLDER:
			/* what was asked for will be again: its uses count on */
			if (!bucket_change(m[i].at, m[i].word, (how == ENTERED) ? 0 :
			    bucket_with_use(word, bucket_use(m[i].word))))
				return AGAIN;
			how = ENTERED;
			break;
		}
	}
	return how;
}

/*
 * Somebody may have entered the same key at the same moment: each sees the other's word here, as it
 * entered its own first, and the older one goes.
 */
static void
settle(struct volume *v, uint32_t slot, const struct catalog_new *n)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 found = bucket_find(&v->index, n->key, m);
	struct bucket_match	*self = NULL;
	bool			 outdated = false;

	for (unsigned i = 0; i < found; i++) {
		switch (compare(v, slot, n, m[i].word)) {
		case NEWER:
			outdated = true;
			break;
		case SELF:
			self = &m[i];
			break;
		case OTHER:
			break;
		case OLDER:
			bucket_change(m[i].at, m[i].word, 0);
			break;
		}
	}
	if (outdated && self != NULL)
		bucket_change(self->at, self->word, 0);
}

bool
catalog_enter(struct volume *v, uint32_t slot, const struct catalog_new *n)
{
	uint64_t	 word = bucket_word(n->key, n->place, n->length, 0);
	enum entered	 how = AGAIN;
	struct bucket_match self;

	for (int try = 0; try < TRIES && how == AGAIN; try++)
		how = enter_over(v, slot, n, word);
	if (how == OUTDATED && catalog_find(v, n->key, n->place, &self))
		bucket_change(self.at, self.word, 0);	/* left by a process that was killed before
							 * it could do this */
	if (how == ENTERED || how == OUTDATED)
		return how == ENTERED;
	if (bucket_take_ghost(&v->index, n->key, catalog_age(v), catalog_age_most(v)))
		word = bucket_with_use(word, BUCKET_USE_MAX);
	if (bucket_enter(&v->index, n->key, word, catalog_age(v), worth, v))
		volume_count(v, VOLUME_INDEX_FULL);
	settle(v, slot, n);
	return true;
}

void
catalog_put_back(struct volume *v, struct store_key key, uint64_t word)
{
	if (bucket_enter(&v->index, key, word, catalog_age(v), worth, v))
		volume_count(v, VOLUME_INDEX_FULL);
}

void
catalog_forget_older(struct volume *v, uint32_t slot, const struct catalog_new *n)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 found = bucket_find(&v->index, n->key, m);

	/* its place is in another cache_dir: none here is its own */
	for (unsigned i = 0; i < found; i++)
		if (compare(v, slot, n, m[i].word) == OLDER)
			bucket_change(m[i].at, m[i].word, 0);
}

bool
catalog_forget(struct volume *v, struct store_key key)
{
	struct bucket_match	 m[BUCKET_MATCHES];
	unsigned		 n;
	bool			 any = false, again = true;

	/*
	 * a record that the keeper moves meanwhile has another word when it comes to it: look again
	 * until there is none
	 */
	for (int try = 0; try < TRIES && again; try++) {
		n = bucket_find(&v->index, key, m);
		again = false;
		for (unsigned i = 0; i < n; i++)
			again |= !bucket_change(m[i].at, m[i].word, 0);
		any |= n > 0;
	}
	return any;
}
