/* SPDX-License-Identifier: Apache-2.0 */
/* The table behind domset: filled once by the master, then only read, by every process. */
#include "match/domtable.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/must.h"
#include "match/bigmem.h"

_Static_assert(sizeof(struct domtable_bucket) == 64, "one cache line");

static size_t
home(const struct domtable *t, uint64_t hash)
{
	return (size_t)(((hash >> 32) * t->n) >> 32);
}

static uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(1 + (hash & 0xffff) % 255);
}

static uint32_t
spill_bit(uint8_t tag)
{
	return (uint32_t)1 << tag % 32;
}

/* A bit for each way that has this tag. */
static unsigned
ways(const struct domtable_bucket *b, uint8_t tag)
{
#ifdef __SSE2__
	__m128i	 tags = _mm_load_si128((const __m128i *)(const void *)b);
	__m128i	 same = _mm_cmpeq_epi8(tags, _mm_set1_epi8((char)tag));

	return (unsigned)_mm_movemask_epi8(same) & ((1u << DOMTABLE_WAYS) - 1);
#else
	unsigned	 bits = 0;

	for (unsigned i = 0; i < DOMTABLE_WAYS; i++)
		bits |= (unsigned)(b->tag[i] == tag) << i;
	return bits;
#endif
}

void
domtable_make(struct domtable *t, size_t entries)
{
	MUST(entries > 0 && entries < UINT32_MAX);
	/* 10 of 12 ways taken: one bucket in three spills, one probe in thirty has to go on. */
	t->n = entries / 10 + 1;
	t->buckets = bigmem_get(t->n * sizeof(*t->buckets));
}

void
domtable_free(struct domtable *t)
{
	bigmem_free(t->buckets, t->n * sizeof(*t->buckets));
	*t = (struct domtable){ NULL, 0 };
}

size_t
domtable_bytes(const struct domtable *t)
{
	return t->n * sizeof(*t->buckets);
}

void
domtable_seal(struct domtable *t)
{
	bigmem_seal(t->buckets, t->n * sizeof(*t->buckets));
}

void
domtable_prefetch(const struct domtable *t, uint64_t hash)
{
	__builtin_prefetch(&t->buckets[home(t, hash)]);
}

static void
look(const struct domtable *t, struct domtable_probe *p)
{
	const struct domtable_bucket	*b = &t->buckets[p->bucket];

	p->hits = ways(b, p->tag);
	p->last = (b->spilt & spill_bit(p->tag)) == 0;
}

uint32_t *
domtable_first(const struct domtable *t, struct domtable_probe *p, uint64_t hash)
{
	p->bucket = home(t, hash);
	p->tag = tag_of(hash);
	look(t, p);
	return (p->hits == 0 && p->last) ? NULL : domtable_next(t, p);
}

uint32_t *
domtable_next(const struct domtable *t, struct domtable_probe *p)
{
	unsigned	 way;

	while (p->hits == 0) {
		if (p->last)
			return NULL;
		p->bucket = (p->bucket + 1 == t->n) ? 0 : p->bucket + 1;
		look(t, p);
	}
	way = (unsigned)__builtin_ctz(p->hits);
	p->hits &= p->hits - 1;
	return &t->buckets[p->bucket].ref[way];
}

void
domtable_put(struct domtable *t, uint64_t hash, uint32_t ref)
{
	size_t		 at = home(t, hash);
	unsigned	 way, vacant;
	uint8_t		 tag = tag_of(hash);

	/* Ends: there are more ways than entries. */
	while ((vacant = ways(&t->buckets[at], 0)) == 0) {
		t->buckets[at].spilt |= spill_bit(tag);
		at = (at + 1 == t->n) ? 0 : at + 1;
	}
	way = (unsigned)__builtin_ctz(vacant);
	t->buckets[at].tag[way] = tag;
	t->buckets[at].ref[way] = ref;
}
