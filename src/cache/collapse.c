/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fetch for many, across all workers. With collapsed_forwarding a request announces its fetch
 * before it begins, and others wait for the head of the answer; without, others meet it only once
 * it is being stored. Who followed what came to nothing goes on by itself. Worker.
 */
#include "acl/rules.h"
#include "base/must.h"
#include "cache/caching.h"
#include "core/settings.h"
#include "core/shared.h"

enum {
	ROUNDS_MOST = 4,	/* fetches of others that a request waits for */
	/* for the head of the answer: an origin that is so slow may be meant to be (long polls) */
	PATIENCE_MS = 5000,
	/* so many bytes of parts that are put together, and for so long, are waited for */
	NEAR = 8 << 20, END_MS = 100,
};

static void
on_change(struct follow_waiter *w)
{
	struct caching	*c = CONTAINER_OF(w, struct caching, waiter);

	if (c->t->waiting)
		txn_wake(c->t);
}

static void
on_time(struct timer *timer)
{
	struct caching	*c = CONTAINER_OF(timer, struct caching, patience);

	if (!c->following)
		return;
	c->following = false;
	c->alone = true;
	follow_drop(&c->waiter);
	if (c->t->waiting)
		txn_wake(c->t);
}

static bool
wants_to_announce(const struct caching *c)
{
	const struct settings	*s = c->t->s;
	struct ruling		 r;

	if (!s->collapsed_forwarding || !c->stores || c->t->req.method != METHOD_GET)
		return false;
	if (c->apart && c->rest == NULL && (c->n_found == 0 || c->verdict.what == REUSE_RELOAD))
		return false;
	rules_judge(s->collapsed_forwarding_access, c->t, false, &r);
	return r.kind == RULING_ALLOW;
}

static enum collapse
follows(struct caching *c)
{
	c->following = true;
	store_follow_stay(shared.store, &c->follow);
	return COLLAPSE_LATER;
}

/*
 * Who fetches it? What came to nothing for another one is not waited for again, unless it is the
 * rest of what was being stored (rest.c): then its client left.
 */
static enum collapse
ask(struct caching *c)
{
	struct store_key	 k = object_store_key(&c->key);

	if (c->alone || c->claimed ||
	    (c->rounds > 0 && c->rest == NULL && memcmp(&k, &c->follow.key, sizeof k) == 0))
		return COLLAPSE_FETCH;
	if (!wants_to_announce(c)) {
		return store_growing(shared.store, &k, &c->follow) ? follows(c) : COLLAPSE_FETCH;
	}
	switch (store_claim(shared.store, &k, &c->claim, &c->follow)) {
	case STORE_CLAIMED:
		c->claimed = true;
		c->claim_key = c->key;
		c->ours = c->follow;
		return COLLAPSE_FETCH;
	case STORE_ALONE:
		return COLLAPSE_FETCH;
	case STORE_FOLLOW:
		return follows(c);
	}
	NEVER("who fetches it");
}

static enum collapse
take_head(struct caching *c)
{
	struct store_key	 url = object_store_key(&c->primary);
	struct object		*o;

	c->following = false;
	c->alone = true;		/* if what grows is not for this request */
	if (object_follow(&c->follow, &o) != STORE_HIT)
		return COLLAPSE_FETCH;
	/* it was asked for before the URL was made invalid */
	if (store_barred(shared.store, &url, o->hit.body_id)) {
		object_free(&o);
		return COLLAPSE_FETCH;
	}
	find_forget(c);
	c->found[0] = o;
	c->n_found = 1;
	return COLLAPSE_OBJECT;
}

/* No wait is without it. */
static void
set_patience(struct caching *c, unsigned ms)
{
	if (c->waiter.woken == NULL) {
		follow_waiter(&c->waiter, on_change);
		timer_init(&c->patience, on_time);
	}
	timer_set(&c->patience, ms);
}

enum collapse
collapse_join(struct caching *c)
{
	uint64_t	 length;

	if (!c->following && ask(c) == COLLAPSE_FETCH)
		return COLLAPSE_FETCH;
	if (!timer_is_set(&c->patience))
		set_patience(c, PATIENCE_MS);
	switch (store_follow_look(shared.store, &c->follow, true, &length)) {
	case STORE_ASKED:
		c->collapsed = true;
		follow_wait(&c->waiter);
		return COLLAPSE_LATER;
	case STORE_GROWING:
		if (c->rest == NULL || !rest_too_far(c->rest, length))
			return take_head(c);
		c->following = false;
		c->alone = true;
		return COLLAPSE_FETCH;
	case STORE_STOPPED:
	case STORE_ENDED:
		break;
	}
	c->following = false;
	if (++c->rounds == ROUNDS_MOST)
		c->alone = true;
	return COLLAPSE_AGAIN;
}

enum collapse
collapse_await(struct caching *c)
{
	struct object	*o = caching_object(c);
	uint64_t	 length;

	MUST(o->growing);
	if (c->awaits && !c->following)
		return COLLAPSE_FETCH;
	switch (store_follow_look(shared.store, &o->follow, true, &length)) {
	case STORE_ASKED:
	case STORE_GROWING:
		if (o->hit.total == STORE_UNKNOWN || o->hit.total - length > NEAR)
			return COLLAPSE_FETCH;
		if (!c->awaits)
			set_patience(c, END_MS);
		c->awaits = c->following = true;
		follow_wait(&c->waiter);
		return COLLAPSE_LATER;
	case STORE_STOPPED:
	case STORE_ENDED:
		break;
	}
	c->following = false;
	c->alone = ++c->rounds >= ROUNDS_MOST;
	find_forget(c);
	return COLLAPSE_AGAIN;
}

void
collapse_leave(struct caching *c)
{
	c->following = false;
	if (c->waiter.woken != NULL) {
		follow_drop(&c->waiter);
		timer_stop(&c->patience);
	}
	if (c->claimed)
		store_claim_end(shared.store, &c->claim);
	c->claimed = false;
}
