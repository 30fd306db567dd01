/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's memory of verdicts: a hash map over one list in order of use. Runs on the loop. */
#include "auth/verdicts.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/hmap.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/must.h"

struct entry {
	struct list	 node;
	uint8_t		 digest[VERDICTS_DIGEST];
	struct verdict	 v;		/* extras point into texts */
	char		 texts[];
};

static struct hmap	 map;
static struct list	 used;		/* longest unused first */

static void
drop(struct entry *e)
{
	hmap_take(&map, span_at((const char *)e->digest, VERDICTS_DIGEST));
	list_remove(&e->node);
	mem_wipe(e->digest, sizeof e->digest);
	free(e);
}

bool
verdicts_get(const uint8_t digest[VERDICTS_DIGEST], uint64_t now_s, uint64_t idle_s,
    struct verdict *out)
{
	struct entry	*e;

	if (map.live == 0)
		return false;
	e = hmap_get(&map, span_at((const char *)digest, VERDICTS_DIGEST));
	if (e == NULL)
		return false;
	if (e->v.until_s <= now_s || (now_s > e->v.used_s && now_s - e->v.used_s >= idle_s)) {
		drop(e);
		return false;
	}
	list_remove(&e->node);
	list_add(&used, &e->node);
	e->v.used_s = now_s;
	*out = e->v;
	return true;
}

static struct span
keep(char **at, struct span s)
{
	struct span	 kept = span_at(*at, s.n);

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return kept;
}

void
verdicts_put(const uint8_t digest[VERDICTS_DIGEST], const struct verdict *v)
{
	const struct verdict_extras	*x = &v->extras;
	struct entry			*e, *was;
	char				*at;

	if (used.next == NULL) {
		list_init(&used);
		hmap_init(&map, false);
	}
	e = mem_alloc(sizeof *e + x->user.n + x->tag.n + x->message.n + x->notes.n);
	at = e->texts;
	e->v = (struct verdict){ v->good, v->until_s, v->used_s,
	    { keep(&at, x->user), keep(&at, x->tag), keep(&at, x->message), keep(&at, x->notes) } };
	memcpy(e->digest, digest, VERDICTS_DIGEST);
	list_init(&e->node);
	was = hmap_get(&map, span_at((const char *)digest, VERDICTS_DIGEST));
	if (was != NULL)
		drop(was);
	else if (map.live >= VERDICTS_MAX)
		drop(CONTAINER_OF(list_first(&used), struct entry, node));
	hmap_put(&map, span_at((const char *)e->digest, VERDICTS_DIGEST), e);
	list_add(&used, &e->node);
}

void
verdicts_clear(void)
{
	struct list	*n;

	if (used.next == NULL)
		return;
	while ((n = list_first(&used)) != NULL)
		drop(CONTAINER_OF(n, struct entry, node));
	hmap_free(&map);
	used.next = NULL;
}
