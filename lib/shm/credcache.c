/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verified credentials, shared by all workers. A table of sets of eight entries; an entry is one
 * cache line with a check word over all of it. Any worker may write any entry at any time without a
 * lock: two at once, or one killed half-way, leave a line whose check word does not fit, which is a
 * miss. Nothing needs repair after a death.
 */
#include "shm/credcache.h"

#include <string.h>

#include "base/must.h"

enum { WAYS = 8, WORDS = 8, DIGEST_WORDS = 4, UNTIL = 4, EPOCH = 5, USED = 6, CHECK = 7,
    USE_STEP_S = 16 };

struct line {
	/* digest, until, epoch, last use (give or take USE_STEP_S), check */
	uint64_t	 w[WORDS];
};

/*
 * Its lines and nothing else; how many sets there are each process knows by itself, because shared
 * memory may have been written over.
 */
struct credcache {
	struct line	 line;
};

_Static_assert(sizeof(struct line) == 64, "an entry is one cache line");

static uint64_t		 made_sets;	/* a power of two */

static uint64_t
sets_for(unsigned entries)
{
	uint64_t	 sets = 1;

	while (sets * WAYS < entries)
		sets *= 2;
	return sets;
}

size_t
credcache_size(unsigned entries)
{
	return sets_for(entries) * WAYS * sizeof(struct line);
}

struct credcache *
credcache_make(void *zeroed, unsigned entries)
{
	MUST(zeroed != NULL && ((uintptr_t)zeroed & 63) == 0);
	made_sets = sets_for(entries);
	return zeroed;
}

/*
 * Every bit of every word changes about half of the result: a mixture of two entries has a chance
 * of 2^-64 to fit.
 */
static uint64_t
check_of(const struct line *l)
{
	uint64_t	 h = 0x9e3779b97f4a7c15ULL;

	for (unsigned i = 0; i < CHECK; i++) {
		h ^= l->w[i];
		h *= 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	return h | 1;		/* never that of an unused line */
}

static bool
load(const struct line *from, struct line *to)
{
	for (unsigned i = 0; i < WORDS; i++)
		to->w[i] = __atomic_load_n(&from->w[i], __ATOMIC_ACQUIRE);
	return to->w[CHECK] == check_of(to);
}

static void
save(struct line *to, struct line *from)
{
	from->w[CHECK] = check_of(from);
	__atomic_store_n(&to->w[CHECK], 0, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < WORDS; i++)
		__atomic_store_n(&to->w[i], from->w[i], __ATOMIC_RELEASE);
}

static struct line *
set_of(struct credcache *c, const struct line *key)
{
	return &c->line + (size_t)(key->w[0] & (made_sets - 1)) * WAYS;
}

static bool
same_digest(const struct line *a, const struct line *b)
{
	uint64_t	 d = 0;

	for (unsigned i = 0; i < DIGEST_WORDS; i++)
		d |= a->w[i] ^ b->w[i];
	return d == 0;
}

bool
credcache_has(struct credcache *c, const uint8_t digest[32], uint64_t now_s, uint64_t idle_s,
    uint64_t epoch)
{
	struct line		*set;
	struct line		 key = { { 0 } }, l;

	memcpy(key.w, digest, 32);
	set = set_of(c, &key);
	for (unsigned i = 0; i < WAYS; i++) {
		if (__atomic_load_n(&set[i].w[0], __ATOMIC_RELAXED) != key.w[0])
			continue;
		if (!load(&set[i], &l) || !same_digest(&l, &key) || l.w[EPOCH] != epoch ||
		    l.w[UNTIL] <= now_s)
			continue;
		if (now_s > l.w[USED] && now_s - l.w[USED] >= idle_s)
			continue;
		if (now_s > l.w[USED] &&
		    now_s - l.w[USED] >= (idle_s / 4 < USE_STEP_S ? idle_s / 4 : USE_STEP_S)) {
			l.w[USED] = now_s;
			save(&set[i], &l);
		}
		return true;
	}
	return false;
}

void
credcache_put(struct credcache *c, const uint8_t digest[32], uint64_t now_s, uint64_t until_s,
    uint64_t epoch)
{
	struct line	 key = { { 0 } }, l, *set, *victim = NULL;
	uint64_t	 earliest = UINT64_MAX;

	memcpy(key.w, digest, 32);
	key.w[UNTIL] = until_s;
	key.w[EPOCH] = epoch;
	key.w[USED] = now_s;
	set = set_of(c, &key);
	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t	 ends = load(&set[i], &l) ? l.w[UNTIL] : 0;

		if (ends != 0 && same_digest(&l, &key)) {
			victim = &set[i];
			break;
		}
		if (ends < earliest) {
			earliest = ends;
			victim = &set[i];
		}
	}
	save(victim, &key);
}
