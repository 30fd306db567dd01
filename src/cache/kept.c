/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of a few places each; in a set the one that was put in last stands first, and the last one
 * goes. Knows nothing of what is stored. Worker.
 */
#include "cache/kept.h"

enum {
	SETS = 128, WAYS = 4,		/* 9 MB at most: an object's buffer has 16 KB */
	LATELY = 4096,
};

static struct object	*kept[SETS][WAYS];
/* a part of a key that was looked up, where another part of it says */
static uint16_t		 lately[LATELY];

bool
kept_comes_again(const struct cachekey *k)
{
	uint16_t	*at = &lately[(k->b[2] << 8 | k->b[3]) % LATELY],
	    mark = (uint16_t)(k->b[4] << 8 | k->b[5]);
	bool		 comes = *at == mark;

	*at = mark;
	return comes;
}

static struct object **
set_of(const struct cachekey *k)
{
	return kept[k->b[0] % SETS];
}

struct object *
kept_take(const struct cachekey *k)
{
	struct object	**set = set_of(k), *o;

	for (unsigned i = 0; i < WAYS; i++) {
		o = set[i];
		if (o != NULL && cachekey_eq(&o->key, k)) {
			set[i] = NULL;
			return o;
		}
	}
	return NULL;
}

struct object *
kept_put(struct object *o)
{
	struct object	**set = set_of(&o->key), *was;

	for (unsigned i = 0; i < WAYS; i++) {	/* the others move on, into the first gap */
		was = set[i];
		set[i] = o;
		o = was;
		if (o == NULL || cachekey_eq(&o->key, &set[0]->key))
			break;
	}
	return o;
}

struct object *
kept_take_any(void)
{
	for (unsigned s = 0; s < SETS; s++)
		for (unsigned i = 0; i < WAYS; i++)
			if (kept[s][i] != NULL)
				return kept_take(&kept[s][i]->key);
	return NULL;
}
