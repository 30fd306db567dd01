/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of a few places each; in a set the one that was put in last stands first, and the last one
 * goes. A key has two sets, as the store's index does it: with one, some sets would be full while
 * others are empty, and of 200 objects that are asked for in turn one in fourteen would be pushed
 * out each time. Knows nothing of what is stored. Worker.
 */
#include "cache/kept.h"

#include <string.h>

enum {
	SETS = 128, WAYS = 4, SIDES = 2,	/* 9 MB at most: an object's buffer has 16 KB */
	LATELY = 1024, LATELY_WAYS = 4,
};

static struct set {
	struct object	*o[WAYS];
	uint16_t	 mark[WAYS];	/* a part of its key: most others need not be looked at */
}			 kept[SETS];
/* parts of keys that were looked up, the last one first, where another part of them says */
static uint16_t		 lately[LATELY][LATELY_WAYS];

static uint16_t
mark_of(const struct cachekey *k)
{
	return (uint16_t)(k->b[4] << 8 | k->b[5]);
}

bool
kept_comes_again(const struct cachekey *k)
{
	uint16_t	*at = lately[(k->b[2] << 8 | k->b[3]) % LATELY], mark = mark_of(k);
	unsigned	 i = 0;
	bool		 comes;

	while (i < LATELY_WAYS - 1 && at[i] != mark)
		i++;
	comes = at[i] == mark;
	memmove(at + 1, at, i * sizeof *at);
	at[0] = mark;
	return comes;
}

static struct set *
set_of(const struct cachekey *k, unsigned side)
{
	return &kept[k->b[side] % SETS];
}

struct object *
kept_take(const struct cachekey *k)
{
	uint16_t	 mark = mark_of(k);

	for (unsigned side = 0; side < SIDES; side++) {
		struct set	*set = set_of(k, side);

		for (unsigned i = 0; i < WAYS; i++) {
			struct object	*o = set->o[i];

			if (set->mark[i] != mark || o == NULL || !cachekey_eq(&o->key, k))
				continue;
			set->o[i] = NULL;
			return o;
		}
	}
	return NULL;
}

static bool
has_gap(const struct set *set)
{
	for (unsigned i = 0; i < WAYS; i++)
		if (set->o[i] == NULL)
			return true;
	return false;
}

/* The others move on, into the first gap, or to where the same key stands. */
struct object *
kept_put(struct object *o)
{
	const struct cachekey	*k = &o->key;
	struct set		*set = set_of(k, 0);
	uint16_t		 first = mark_of(k), mark = first;

	if (!has_gap(set))
		set = set_of(k, 1);
	for (unsigned i = 0; i < WAYS && o != NULL; i++) {
		struct object	*was = set->o[i];
		uint16_t	 was_mark = set->mark[i];

		set->o[i] = o;
		set->mark[i] = mark;
		o = was;
		mark = was_mark;
		if (o != NULL && mark == first && cachekey_eq(&o->key, k))
			break;
	}
	return o;
}

struct object *
kept_take_any(void)
{
	for (unsigned s = 0; s < SETS; s++)
		for (unsigned i = 0; i < WAYS; i++)
			if (kept[s].o[i] != NULL)
				return kept_take(&kept[s].o[i]->key);
	return NULL;
}
