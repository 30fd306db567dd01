/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map with linear probing. */
#include "base/hmap.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/must.h"

static char	 tomb;

void
hmap_init(struct hmap *m, bool fold)
{
	*m = (struct hmap){ .fold = fold };
}

void
hmap_free(struct hmap *m)
{
	free(m->slots);
	hmap_init(m, m->fold);
}

static uint64_t
hash_key(const struct hmap *m, struct span key)
{
	return m->fold ? hash_ibytes(key.p, key.n) : hash_bytes(key.p, key.n);
}

static struct hmap_slot *
find(const struct hmap *m, struct span key, uint64_t hash)
{
	size_t	 i;

	if (m->cap == 0)
		return NULL;
	for (i = hash & (m->cap - 1); m->slots[i].value != NULL; i = (i + 1) & (m->cap - 1)) {
		struct hmap_slot *s = &m->slots[i];

		if (s->value == &tomb || s->hash != hash)
			continue;
		if (m->fold ? span_ieq(s->key, key) : span_eq(s->key, key))
			return s;
	}
	return NULL;
}

static void
place(struct hmap *m, struct span key, uint64_t hash, void *value)
{
	size_t	 i = hash & (m->cap - 1);

	while (m->slots[i].value != NULL)
		i = (i + 1) & (m->cap - 1);
	m->slots[i] = (struct hmap_slot){ key, hash, value };
	m->used++;
	m->live++;
}

static void
resize(struct hmap *m)
{
	struct hmap_slot	*old = m->slots;
	size_t			 n = m->cap, i;

	m->cap = 16;
	while (m->cap < m->live * 2 + 2)
		m->cap *= 2;
	m->slots = mem_zero(m->cap * sizeof *m->slots);
	m->used = m->live = 0;
	for (i = 0; i < n; i++)
		if (old[i].value != NULL && old[i].value != &tomb)
			place(m, old[i].key, old[i].hash, old[i].value);
	free(old);
}

void *
hmap_get(const struct hmap *m, struct span key)
{
	struct hmap_slot	*s = find(m, key, hash_key(m, key));

	return s == NULL ? NULL : s->value;
}

void *
hmap_put(struct hmap *m, struct span key, void *value)
{
	uint64_t		 hash = hash_key(m, key);
	struct hmap_slot	*s = find(m, key, hash);

	MUST(value != NULL);
	if (s != NULL) {
		void *was = s->value;

		s->key = key;
		s->value = value;
		return was;
	}
	if (m->used * 4 >= m->cap * 3)
		resize(m);
	place(m, key, hash, value);
	return NULL;
}

void *
hmap_take(struct hmap *m, struct span key)
{
	struct hmap_slot	*s = find(m, key, hash_key(m, key));
	void			*was;

	if (s == NULL)
		return NULL;
	was = s->value;
	s->value = &tomb;
	m->live--;
	return was;
}

void *
hmap_next(const struct hmap *m, size_t *i, struct span *key)
{
	for (; *i < m->cap; (*i)++) {
		struct hmap_slot *s = &m->slots[*i];

		if (s->value == NULL || s->value == &tomb)
			continue;
		(*i)++;
		if (key != NULL)
			*key = s->key;
		return s->value;
	}
	return NULL;
}
