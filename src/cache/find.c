/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding what answers a request (RFC 9111, 2 and 4.1): under the URL's key stands an answer, or a
 * marker that says which fields select among several. Reads that a disk would make wait are done by
 * a thread; the step is then called again and finds them. Worker.
 */
#include "base/must.h"
#include "cache/caching.h"
#include "cache/storable.h"
#include "cache/varykey.h"
#include "cache/varyreq.h"

enum { READS_MOST = 12 };	/* off the loop, for one request */

static void
on_arrival(void *arg, struct object *o)
{
	struct caching	*c = arg;

	c->wait = NULL;
	c->arrived = o;
	c->has_arrived = true;
	if (c->t->waiting)
		txn_wake(c->t);
}

enum store_got
find_by_key(struct caching *c, const struct cachekey *k, struct object **o)
{
	enum store_got	 got;

	*o = NULL;
	if (c->has_arrived && cachekey_eq(k, &c->wait_key)) {
		*o = c->arrived;
		c->arrived = NULL;
		c->has_arrived = false;
		return *o != NULL ? STORE_HIT : STORE_MISS;
	}
	got = object_get(k, o);
	if (got != STORE_WOULD_BLOCK)
		return got;
	object_free(&c->arrived);
	c->has_arrived = false;
	if (c->reads++ == READS_MOST)
		return STORE_MISS;
	c->wait_key = *k;
	c->wait = object_read(k, on_arrival, c);
	return c->wait != NULL ? STORE_WOULD_BLOCK : STORE_MISS;
}

void
find_forget(struct caching *c)
{
	for (unsigned i = 0; i < c->n_found; i++)
		object_free(&c->found[i]);
	c->n_found = 0;
	object_free(&c->marker);
}

/* The latest stands first (RFC 9111, 4.1). Parts are of use only where nothing whole is. */
static void
add(struct caching *c, struct object *o, const struct cachekey *k)
{
	if (c->n_found == 1 && object_is_parts(c->found[0]))
		object_free(&c->found[--c->n_found]);
	if (c->n_found == CONDREQ_TAGS || (c->n_found > 0 && object_is_parts(o))) {
		object_free(&o);
		return;
	}
	c->found[c->n_found++] = o;
	if (c->n_found > 1 && storable_newer(&c->found[0]->at, &o->at) != STORABLE_YES)
		return;
	c->found[c->n_found - 1] = c->found[0];
	c->found[0] = o;
	c->key = *k;
}

/* Each list of names that answers were selected by has one variant for this request. */
static enum find
find_variants(struct caching *c)
{
	const struct head	*req = varyreq_head(c->t);
	struct span		 lists, names;
	struct cachekey		 k;
	struct object		*o;
	bool			 first = true;

	if (req == NULL || !varykey_marker_open(c->marker->hit.attr, &c->nonce, &lists))
		return FIND_NOTHING;
	while (varykey_marker_next(&lists, &names)) {
		if (!varykey_make(&c->primary, c->nonce, names, req, &c->t->arena, &k))
			return FIND_NOTHING;
		if (first)
			c->key = k;
		first = false;
		switch (find_by_key(c, &k, &o)) {
		case STORE_WOULD_BLOCK:
			return FIND_LATER;
		case STORE_HIT:
			if (object_is_marker(o))
				object_free(&o);
			else
				add(c, o, &k);
			break;
		case STORE_MISS:
			break;
		}
	}
	return c->n_found > 0 ? FIND_OBJECT : FIND_NOTHING;
}

enum find
find_object(struct caching *c)
{
	struct object	*o;

	find_forget(c);
	c->key = c->primary;
	switch (find_by_key(c, &c->primary, &o)) {
	case STORE_MISS:
		return FIND_NOTHING;
	case STORE_WOULD_BLOCK:
		return FIND_LATER;
	case STORE_HIT:
		break;
	}
	if (object_is_marker(o)) {
		c->marker = o;
		return find_variants(c);
	}
	add(c, o, &c->primary);
	return FIND_OBJECT;
}
