/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation behind a stale answer that is already on its way (stale-while-revalidate, RFC 5861,
 * 3): a transaction without a client, which goes the ordinary way from the route step to the store
 * step. One at a time for an object, across all workers. Worker.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "cache/caching.h"
#include "cache/stored.h"
#include "core/settings.h"
#include "core/shared.h"

enum { BEHIND_MOST = 256 };	/* of a worker */

struct behind {
	struct list	 node;
	struct task	 start;
	struct txn	*t;
};

static struct list	 all = { &all, &all };
static unsigned		 count;

static void
on_start(struct task *task)
{
	struct behind	*b = CONTAINER_OF(task, struct behind, start);

	txn_begin(b->t, STEP_ROUTE);
}

static struct span
keep(struct txn *t, struct span s)
{
	return s.n == 0 ? s : arena_span(&t->arena, s);
}

/* The request's head with texts of its own. */
static bool
copy_texts(struct txn *t, const struct head *from)
{
	struct head	*h = &t->req;

	if (!head_copy(h, from, &t->arena))
		return false;
	h->method_text = keep(t, from->method_text);
	h->target = keep(t, from->target);
	for (unsigned i = 0; i < h->n; i++) {
		h->fields[i].line = false;
		h->fields[i].name = keep(t, from->fields[i].name);
		h->fields[i].value = keep(t, from->fields[i].value);
		if (h->fields[i].value.p == NULL || h->fields[i].name.p == NULL)
			return false;
	}
	return true;
}

bool
behind_request(struct txn *t, const struct txn *from)
{
	t->target = from->target;
	t->target.host = keep(t, from->target.host);
	t->target.path = keep(t, from->target.path);
	t->target.scheme_text = keep(t, from->target.scheme_text);
	t->target.userinfo = keep(t, from->target.userinfo);
	t->path_only = keep(t, from->path_only);
	t->f.number = from->f.number;
	t->f.worker = from->f.worker;
	t->f.started = from->f.started;
	t->f.client = from->f.client;
	t->f.indirect = from->f.indirect;
	t->f.local = from->f.local;
	t->f.port_name = from->f.port_name;
	t->f.method = keep(t, from->f.method);
	t->f.url = keep(t, from->f.url);
	t->f.host = keep(t, from->f.host);
	t->f.target_port = from->f.target_port;
	t->f.version = from->f.version;
	t->f.user = keep(t, from->f.user);
	t->f.tag = keep(t, from->f.tag);
	t->f.notes = keep(t, from->f.notes);
	t->ext_user = keep(t, from->ext_user);
	t->auth = from->auth == AUTH_GOOD ? AUTH_GOOD : AUTH_MISSING;
	t->port = from->port;
	return t->f.url.p != NULL && copy_texts(t, &from->req);
}

/* The new transaction's own view of the object. */
static bool
copy_caching(struct txn *t, const struct caching *from)
{
	struct caching	*c = caching_new(t);
	struct object	*o = NULL;

	if (c == NULL)
		return false;
	t->cache = c;
	c->t = t;
	c->stores = true;
	c->alone = true;
	c->url = from->url.p == from->t->f.url.p ? t->f.url : keep(t, from->url);
	c->primary = from->primary;
	c->key = from->key;
	c->nonce = from->nonce;
	c->began = store_moment(shared.store);
	cachectl_parse(&c->req_cc, &t->req);
	c->rule = from->rule;
	c->verdict = from->verdict;
	if (from->marker != NULL && object_get(&c->primary, &o) == STORE_HIT)
		c->marker = o;
	if (object_get(&c->key, &o) != STORE_HIT)
		return false;
	c->found[0] = o;
	c->n_found = 1;
	return !object_is_marker(o) && o->hit.body_id == caching_object(from)->hit.body_id;
}

/* Announced, so that others leave it to us: the claim is the new transaction's. */
static bool
announce(struct caching *c)
{
	struct store_key	 k = object_store_key(&c->key);

	c->claimed = store_claim(shared.store, &k, &c->claim, &c->ours) == STORE_CLAIMED;
	c->claim_key = c->key;
	return c->claimed;
}

void
behind_start(struct caching *c)
{
	struct store_key	 k = object_store_key(&c->key);
	struct store_follow	 other;
	struct behind		*b;
	struct txn		*t;

	if (count >= BEHIND_MOST || shared.draining || caching_object(c)->growing ||
	    store_growing(shared.store, &k, &other))
		return;
	t = txn_new(c->t->s);
	t->behind = true;
	b = mem_zero(sizeof *b);
	b->t = t;
	task_init(&b->start, on_start);
	list_push(&all, &b->node);
	count++;
	if (!behind_request(t, c->t) || !copy_caching(t, c) || !announce(t->cache) ||
	    refresh_ask(t->cache) != STEP_ROUTE) {
		behind_end(b);
		return;
	}
	t->cache->behind = b;
	task_later(&b->start);
}

void
behind_end(struct behind *b)
{
	stored_release(b->t);
	stored_forget(b->t);
	txn_free(&b->t);
	task_drop(&b->start);
	list_remove(&b->node);
	count--;
	free(b);
}

void
behind_abort_all(void)
{
	while (!list_empty(&all)) {
		struct behind *b = CONTAINER_OF(all.next, struct behind, node);

		if (b->t->step == STEP_WAIT)
			behind_end(b);
		else
			txn_abort(b->t, WHY_SHUTTING_DOWN);
	}
}

unsigned
behind_count(void)
{
	return count;
}
