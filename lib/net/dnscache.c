/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of DNS answers of one process. */
#include "net/dnscache.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"

static void
evict(struct dnscache *c, struct dnscache_entry *e)
{
	MUST(hmap_take(&c->map, e->key) == e);
	list_remove(&e->lru);
	free(e);
}

void
dnscache_init(struct dnscache *c, bool fold, size_t most)
{
	hmap_init(&c->map, fold);
	list_init(&c->lru);
	c->most = most;
}

void
dnscache_free(struct dnscache *c)
{
	while (!list_empty(&c->lru))
		evict(c, CONTAINER_OF(c->lru.next, struct dnscache_entry, lru));
	hmap_free(&c->map);
}

struct dnscache_entry *
dnscache_get(struct dnscache *c, struct span key)
{
	struct dnscache_entry	*e = hmap_get(&c->map, key);

	if (e == NULL || e->until_ms <= clock_ms())
		return NULL;
	list_remove(&e->lru);
	list_add(&c->lru, &e->lru);
	return e;
}

void
dnscache_put(struct dnscache *c, struct span key, const struct dns_answer *a, uint64_t ttl_ms)
{
	struct dnscache_entry	*e = hmap_get(&c->map, key);
	char			*p;

	if (e != NULL)
		evict(c, e);
	if (c->map.live >= c->most)
		evict(c, CONTAINER_OF(c->lru.next, struct dnscache_entry, lru));
	e = mem_alloc(sizeof *e + a->n * sizeof e->addrs[0] + key.n + a->name.n);
	e->until_ms = clock_ms() + ttl_ms;
	e->result = a->result;
	e->n = a->n;
	if (a->n > 0)
		memcpy(e->addrs, a->addrs, a->n * sizeof e->addrs[0]);
	p = (char *)(e->addrs + a->n);
	memcpy(p, key.p, key.n);
	e->key = span_at(p, key.n);
	p += key.n;
	if (a->name.n > 0)
		memcpy(p, a->name.p, a->name.n);
	e->name = span_at(p, a->name.n);
	list_init(&e->lru);
	list_add(&c->lru, &e->lru);
	MUST(hmap_put(&c->map, e->key, e) == NULL);
}
