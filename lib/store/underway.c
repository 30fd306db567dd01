/* SPDX-License-Identifier: Apache-2.0 */
/* The table of objects under way. */
#include "store/underway.h"

#include <time.h>

#include "base/must.h"

enum { TRIES = 4, STATE_BITS = 3, LIFE_STEP = 4, HOMES = 2 };

static uint32_t
homes_for(uint32_t slots, uint32_t each)
{
	uint64_t want = 8ULL * slots * each;
	uint32_t n = 1024;

	while (n < want && n < 1U << 18)
		n *= 2;
	return n;
}

size_t
underway_size(uint32_t slots, uint32_t each)
{
	return homes_for(slots, each) * sizeof(uint64_t) + 64 + (size_t)slots * each *
	    sizeof(struct underway_entry);
}

void
underway_make(struct underway *u, void *zeroed, uint32_t slots, uint32_t each)
{
	MUST(slots > 0 && slots <= STORE_SLOTS_MAX && each > 0 && each <= 65535);
	u->slots = slots;
	u->each = each;
	u->homes = homes_for(slots, each);
	u->home = zeroed;
	u->entry = (struct underway_entry *)(((uintptr_t)&u->home[u->homes] + 63) & ~(uintptr_t)63);
}

static struct underway_entry *
entry_at(const struct underway *u, uint32_t slot, uint32_t entry)
{
	return u->entry + (size_t)slot * u->each + entry;
}

static enum underway_state
state_of(uint64_t life)
{
	uint64_t s = life & STATE_BITS;

	return (s == UNDERWAY_ASKED || s == UNDERWAY_GROWING) ? (enum underway_state)s :
	    UNDERWAY_FREE;
}

static uint64_t
life_of(uint64_t life)
{
	return life & ~(uint64_t)STATE_BITS;
}

static uint64_t
home_word(struct store_key k, uint32_t slot, uint32_t entry)
{
	return (k.w[1] | 1) << 32 | (uint64_t)slot << 16 | entry;
}

/* Who speaks for the home is what it says, if it is one at all and of this key. */
static bool
is_about(const struct underway *u, uint64_t word, uint32_t home, struct store_key k,
    struct underway_ref *ref, bool *stale)
{
	const struct underway_entry	*e;
	uint64_t			 life;
	bool				 same;

	ref->slot = (uint32_t)(word >> 16 & 0xffff);
	ref->entry = (uint32_t)(word & 0xffff);
	*stale = true;
	if (ref->slot >= u->slots || ref->entry >= u->each)
		return false;
	e = entry_at(u, ref->slot, ref->entry);
	life = e->life;
	if (state_of(life) == UNDERWAY_FREE || e->home != home)
		return false;
	same = e->key[0] == k.w[0] && e->key[1] == k.w[1];
	*stale = false;
	ref->life = life_of(life);
	return same && life_of(e->life) == ref->life;
}

static struct underway_entry *
free_entry(const struct underway *u, uint32_t slot, struct store_key k, uint32_t *entry)
{
	/* anywhere: the first few are seldom the free ones */
	uint32_t from = (uint32_t)(k.w[1] >> 32);

	for (uint32_t i = 0; i < u->each; i++) {
		uint32_t at = (from + i) % u->each;
		struct underway_entry *e = entry_at(u, slot, at);

		if (state_of(e->life) == UNDERWAY_FREE) {
			*entry = at;
			return e;
		}
	}
	return NULL;
}

static void
fill(struct underway_entry *e, struct store_key k, uint32_t home)
{
	e->key[0] = k.w[0];
	e->key[1] = k.w[1];
	e->length = e->chunk = e->place = e->nonce = e->chunk_nonce = e->joined_s = 0;
	e->stopped = 0;
	e->read_along = 0;
	for (unsigned i = 0; i < COUNT_OF(e->waiters); i++)
		e->waiters[i] = 0;
	e->home = home;
}

/*
 * A key has HOMES of them, beside each other: two keys that are under way at once and share the
 * first are no reason that one of them is fetched again and again.
 */
static uint32_t
home_of(const struct underway *u, struct store_key k, unsigned which)
{
	return ((uint32_t)(k.w[0] ^ k.w[0] >> 32) & (u->homes - 1)) ^ which;
}

bool
underway_find(const struct underway *u, struct store_key k, struct underway_ref *ref)
{
	bool	 stale;

	for (unsigned i = 0; i < HOMES; i++) {
		uint32_t	 home = home_of(u, k, i);
		uint64_t	 word = u->home[home];

		/* the word tells most other keys of this home already */
		if (word != 0 && word >> 32 == home_word(k, 0, 0) >> 32 &&
		    is_about(u, word, home, k, ref, &stale))
			return true;
	}
	return false;
}

/* A home of which nobody speaks. HOMES: there is none. */
static unsigned
free_home(const struct underway *u, struct store_key k, uint64_t *was)
{
	struct underway_ref	 other;
	unsigned		 i;
	bool			 stale = true;

	for (i = 0; i < HOMES; i++) {
		uint32_t	 home = home_of(u, k, i);

		*was = u->home[home];
		if (*was == 0 || (!is_about(u, *was, home, k, &other, &stale) && stale))
			break;
	}
	return i;
}

enum store_claimed
underway_claim(struct underway *u, uint32_t slot, struct store_key k, struct underway_ref *ref)
{
	uint32_t		 home, entry;
	uint64_t		 was, life;
	struct underway_entry	*e;
	unsigned		 which;

	for (int try = 0; try < TRIES; try++) {
		if (underway_find(u, k, ref))
			return STORE_FOLLOW;
		which = free_home(u, k, &was);
		e = which < HOMES ? free_entry(u, slot, k, &entry) : NULL;
		if (e == NULL)
			return STORE_ALONE;
		home = home_of(u, k, which);
		fill(e, k, home);
		life = life_of(e->life) + LIFE_STEP;
		e->life = life | UNDERWAY_ASKED;
		*ref = (struct underway_ref){ slot, entry, life };
		if (atomic_compare_exchange_strong(&u->home[home], &was, home_word(k, slot, entry)))
			return STORE_CLAIMED;
		e->life = life | UNDERWAY_FREE;		/* somebody was quicker: look who */
	}
	return STORE_ALONE;
}

struct underway_entry *
underway_get(const struct underway *u, const struct underway_ref *ref, enum underway_state *state)
{
	struct underway_entry	*e;
	uint64_t		 life;

	if (ref->slot >= u->slots || ref->entry >= u->each)
		return NULL;
	e = entry_at(u, ref->slot, ref->entry);
	life = e->life;
	*state = state_of(life);
	return (life_of(life) == ref->life && *state != UNDERWAY_FREE) ? e : NULL;
}

void
underway_grows(struct underway *u, struct underway_ref *ref)
{
	enum underway_state	 state;
	struct underway_entry	*e = underway_get(u, ref, &state);

	if (e != NULL)
		e->life = ref->life | UNDERWAY_GROWING;
}

bool
underway_waiters(struct underway_entry *e, uint64_t wake[STORE_SLOTS_MAX / 64])
{
	bool	 any = false;

	for (unsigned i = 0; i < STORE_SLOTS_MAX / 64; i++) {
		wake[i] = (e->waiters[i] != 0) ? atomic_exchange(&e->waiters[i], 0) : 0;
		any |= wake[i] != 0;
	}
	return any;
}

void
underway_wait(struct underway_entry *e, uint32_t slot)
{
	atomic_fetch_or(&e->waiters[slot / 64], 1ULL << slot % 64);
}

static uint64_t
now_s(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec + 1;
}

void
underway_join(struct underway_entry *e)
{
	e->joined_s = now_s();
}

bool
underway_joined(const struct underway_entry *e, unsigned within_s)
{
	uint64_t	 at = e->joined_s;

	return at != 0 && now_s() - at <= within_s;
}

/* The table speaks of it no more, if it did. */
static void
unlist(struct underway *u, struct underway_entry *e, const struct underway_ref *ref)
{
	uint64_t	 word = home_word((struct store_key){ { e->key[0], e->key[1] } }, ref->slot,
	    ref->entry);
	uint32_t	 home = e->home;

	if (home < u->homes)
		atomic_compare_exchange_strong(&u->home[home], &word, 0);
}

/* NULL: it is over. */
static struct underway_entry *
unlisted(struct underway *u, const struct underway_ref *ref, uint64_t wake[STORE_SLOTS_MAX / 64])
{
	enum underway_state	 state;
	struct underway_entry	*e = underway_get(u, ref, &state);

	for (unsigned i = 0; i < STORE_SLOTS_MAX / 64; i++)
		wake[i] = 0;
	if (e != NULL)
		unlist(u, e, ref);
	return e;
}

void
underway_hide(struct underway *u, const struct underway_ref *ref,
    uint64_t wake[STORE_SLOTS_MAX / 64])
{
	struct underway_entry	*e = unlisted(u, ref, wake);

	if (e == NULL)
		return;
	e->stopped = 1;
	underway_waiters(e, wake);
}

void
underway_end(struct underway *u, const struct underway_ref *ref,
    uint64_t wake[STORE_SLOTS_MAX / 64])
{
	struct underway_entry	*e = unlisted(u, ref, wake);

	if (e == NULL)
		return;
	e->life = ref->life | UNDERWAY_FREE;
	underway_waiters(e, wake);
}

bool
underway_read_along(const struct underway *u, const struct underway_ref *ref)
{
	enum underway_state	 state;
	struct underway_entry	*e = underway_get(u, ref, &state);
	uint32_t		 was = UNDERWAY_UNREAD;

	if (e == NULL)
		return false;
	/* changed even if it was so: who closes it then sees what was written before this */
	while (was != UNDERWAY_CLOSED && !atomic_compare_exchange_weak(&e->read_along, &was,
	    UNDERWAY_READ))
		continue;
	return was != UNDERWAY_CLOSED && underway_get(u, ref, &state) != NULL;
}

bool
underway_close(const struct underway *u, const struct underway_ref *ref)
{
	enum underway_state	 state;
	struct underway_entry	*e = underway_get(u, ref, &state);

	return e != NULL && atomic_exchange(&e->read_along, UNDERWAY_CLOSED) != UNDERWAY_UNREAD;
}

bool
underway_next(const struct underway *u, uint32_t slot, uint32_t *from, struct underway_ref *ref)
{
	for (; *from < u->each; ++*from) {
		uint64_t life = entry_at(u, slot, *from)->life;

		if (state_of(life) != UNDERWAY_FREE) {
			*ref = (struct underway_ref){ slot, *from, life_of(life) };
			return true;
		}
	}
	return false;
}
