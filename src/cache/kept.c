/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of a few places each; in a set the one that was put in last stands first, and the last one
 * goes. Knows nothing of what is stored. Worker.
 */
#include "cache/kept.h"

enum {
	/*
	 * 9 MB at most: an object's buffer has 16 KB. Of 200 objects asked for in turn 1 in 100
	 * finds no place; with sets of four it was 1 in 13
	 */
	SETS = 64, WAYS = 8,
	LATELY = 4096,
};

static struct set {
	struct object	*o[WAYS];
	uint16_t	 mark[WAYS];	/* a part of its key: most others need not be looked at */
}			 kept[SETS];
/* a part of a key that was looked up, where another part of it says */
static uint16_t		 lately[LATELY];

static uint16_t
mark_of(const struct cachekey *k)
{
	return (uint16_t)(k->b[4] << 8 | k->b[5]);
}

bool
kept_comes_again(const struct cachekey *k)
{
	uint16_t	*at = &lately[(k->b[2] << 8 | k->b[3]) % LATELY], mark = mark_of(k);
	bool		 comes = *at == mark;

	*at = mark;
	return comes;
}

static struct set *
set_of(const struct cachekey *k)
{
	return &kept[k->b[0] % SETS];
}

struct object *
kept_take(const struct cachekey *k)
{
	struct set	*set = set_of(k);
	uint16_t	 mark = mark_of(k);
	struct object	*o;

	for (unsigned i = 0; i < WAYS; i++) {
		o = set->o[i];
		if (set->mark[i] == mark && o != NULL && cachekey_eq(&o->key, k)) {
			set->o[i] = NULL;
			return o;
		}
	}
	return NULL;
}

struct object *
kept_put(struct object *o)
{
	struct set	*set = set_of(&o->key);
	uint16_t	 mark = mark_of(&o->key), first = mark;

	for (unsigned i = 0; i < WAYS; i++) {	/* the others move on, into the first gap */
		struct object	*was = set->o[i];
		uint16_t	 was_mark = set->mark[i];

		set->o[i] = o;
		set->mark[i] = mark;
		o = was;
		mark = was_mark;
		if (o == NULL || (mark == first && cachekey_eq(&o->key, &set->o[0]->key)))
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
