/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was seen from where. A pair is one word (a tag of the user, a tag of the address) with a time
 * beside it. The pairs of a user stand within WINDOW entries of the user's home, so a user counts
 * at most WINDOW addresses. A pair whose time is old is as good as absent, so a process killed
 * between the two stores harms nothing.
 */
#include "shm/sightings.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "base/must.h"

enum { WINDOW = 64, TRIES = 8 };

struct pair {
	/* 0: free; upper half the user's, lower half the address's tag */
	_Atomic uint64_t	 who;
	_Atomic uint64_t	 seen_s;
};
_Static_assert(sizeof(struct pair) == 16, "four pairs a cache line");

/*
 * Its pairs and nothing else; how many there are each process knows by itself, because shared
 * memory may have been written over.
 */
struct sightings {
	struct pair	 pair;
};

static uint32_t	 made_entries;

size_t
sightings_size(unsigned entries)
{
	return (size_t)entries * sizeof(struct pair);
}

struct sightings *
sightings_make(void *zeroed, unsigned entries)
{
	MUST(zeroed != NULL && entries > 0);
	made_entries = entries;
	return zeroed;
}

static uint32_t
user_tag(uint64_t user)
{
	return (uint32_t)(user >> 32) | 1;
}

static uint64_t
pair_word(uint64_t user, uint64_t addr)
{
	return (uint64_t)user_tag(user) << 32 | (uint32_t)(addr ^ addr >> 32);
}

static struct pair *
at(struct sightings *s, uint64_t user, unsigned i)
{
	return &s->pair + ((user & UINT32_MAX) + i) % made_entries;
}

static unsigned
window(void)
{
	return (made_entries < WINDOW) ? made_entries : WINDOW;
}

static bool
is_fresh(uint64_t seen_s, uint64_t now_s, uint64_t ttl_s)
{
	return seen_s >= now_s || now_s - seen_s <= ttl_s;
}

/*
 * One pass: counts the user's fresh pairs; *same is this pair, *room the entry to take for it,
 * which holds *was.
 */
static unsigned
scan(struct sightings *s, uint64_t user, uint64_t word, uint64_t now_s, uint64_t ttl_s,
    struct pair **same, struct pair **room, uint64_t *was)
{
	uint64_t oldest = UINT64_MAX;
	unsigned n = 0;

	*same = *room = NULL;
	for (unsigned i = 0; i < window(); i++) {
		struct pair *p = at(s, user, i);
		uint64_t who = p->who, seen = (who == 0) ? 0 : p->seen_s;

		if (who == word)
			*same = p;
		else if (who >> 32 == user_tag(user) && is_fresh(seen, now_s, ttl_s))
			n++;
		if (*room == NULL || seen < oldest) {
			oldest = seen;
			*room = p;
			*was = who;
		}
	}
	return n;
}

unsigned
sightings_note(struct sightings *s, uint64_t user, uint64_t addr, uint64_t now_s, uint64_t ttl_s)
{
	uint64_t word = pair_word(user, addr), was = 0;
	struct pair *same, *room;
	unsigned n = 0;

	for (int try = 0; try < TRIES; try++) {
		n = scan(s, user, word, now_s, ttl_s, &same, &room, &was);
		if (same != NULL) {
			same->seen_s = now_s;
			return n + 1;
		}
		if (!atomic_compare_exchange_strong(&room->who, &was, word))
			continue;
		room->seen_s = now_s;
		break;
	}
	return n + 1;
}

void
sightings_forget(struct sightings *s, uint64_t user, uint64_t addr)
{
	uint64_t word = pair_word(user, addr);

	for (unsigned i = 0; i < window(); i++) {
		struct pair *p = at(s, user, i);
		uint64_t was = word;

		atomic_compare_exchange_strong(&p->who, &was, 0);
	}
}

void
sightings_forget_user(struct sightings *s, uint64_t user)
{
	for (unsigned i = 0; i < window(); i++) {
		struct pair *p = at(s, user, i);
		uint64_t was = p->who;

		if (was >> 32 == user_tag(user))
			atomic_compare_exchange_strong(&p->who, &was, 0);
	}
}
