/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of addresses as sorted, disjoint ranges of 128-bit numbers below a radix tree. A node tells
 * 256 slices of the interval that its ranges span apart (the bits that all of them share are
 * skipped); at most LEAF_MOST ranges touch a slice that has no node of its own. What the tree finds
 * is a hint: the range itself decides. Built by the master, read by workers.
 */
#include "match/addrset.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "match/bigmem.h"

#define ADDRSET_TAG	TAG4('A', 'D', 'R', 'S')

enum {
	SLICE_BITS = 8,
	SLICES = 1 << SLICE_BITS,
	LEAF_MOST = 8
};

#define IS_NODE		0x80000000u	/* else: the first range to look at */

/* a number, not a struct: the standard has no name for it */
typedef unsigned __int128 u128;

struct range {
	u128		 lo, hi;	/* both inside */
};

struct node {
	uint32_t	 shift;		/* the slice is eight bits from here up */
	uint32_t	 slice[SLICES];
};

struct addrset {
	uint32_t	 tag;
	bool		 sealed;
	struct range	*ranges;
	size_t		 n, cap;
	struct node	*nodes;
	size_t		 nodes_n, nodes_cap;
	uint32_t	 root;
};

static u128
number(const struct addr *a)
{
	u128	 v = 0;

	for (unsigned i = 0; i < 16; i++)
		v = v << 8 | a->ip[i];
	return v;
}

/* number() for the way of a request. */
static inline u128
number_fast(const struct addr *a)
{
	uint64_t	 hi, lo;

	memcpy(&hi, a->ip, 8);
	memcpy(&lo, a->ip + 8, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	hi = __builtin_bswap64(hi);
	lo = __builtin_bswap64(lo);
#endif
	return (u128)hi << 64 | lo;
}

struct addrset *
addrset_new(void)
{
	struct addrset	*s = mem_zero(sizeof(*s));

	s->tag = ADDRSET_TAG;
	return s;
}

void
addrset_free(struct addrset **sp)
{
	struct addrset	*s = *sp;

	if (s == NULL)
		return;
	OBJ_OK(s, ADDRSET_TAG);
	bigmem_free(s->ranges, s->cap * sizeof(*s->ranges));
	bigmem_free(s->nodes, s->nodes_cap * sizeof(*s->nodes));
	OBJ_GONE(s);
	free(s);
	*sp = NULL;
}

static void
add(struct addrset *s, u128 lo, u128 hi)
{
	OBJ_OK(s, ADDRSET_TAG);
	MUST(!s->sealed && lo <= hi);
	if (s->n == s->cap) {
		size_t	 cap = (s->cap == 0) ? 64 : s->cap * 2;

		s->ranges = bigmem_resize(s->ranges, s->cap * sizeof(*s->ranges),
		    cap * sizeof(*s->ranges));
		s->cap = cap;
	}
	s->ranges[s->n++] = (struct range){ lo, hi };
}

void
addrset_add(struct addrset *s, const struct addr *net, unsigned bits)
{
	u128	 host;

	MUST(bits <= 128);
	host = (bits == 0) ? ~(u128)0 : ((u128)1 << (128 - bits)) - 1;
	add(s, number(net) & ~host, number(net) | host);
}

void
addrset_add_range(struct addrset *s, const struct addr *lo, const struct addr *hi)
{
	add(s, number(lo), number(hi));
}

void
addrset_add_all(struct addrset *s)
{
	add(s, 0, ~(u128)0);
}

static int
by_start(const void *a, const void *b)
{
	const struct range	*x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

/* Joins what overlaps or touches. */
static void
unite(struct addrset *s)
{
	size_t	 n = 0;

	qsort(s->ranges, s->n, sizeof(*s->ranges), by_start);
	for (size_t i = 1; i < s->n; i++) {
		struct range	*last = &s->ranges[n], *r = &s->ranges[i];

		if (last->hi == ~(u128)0 || r->lo <= last->hi + 1) {
			if (r->hi > last->hi)
				last->hi = r->hi;
		} else
			s->ranges[++n] = *r;
	}
	s->n = n + 1;
	MUST(s->n < IS_NODE);
	s->ranges = bigmem_resize(s->ranges, s->cap * sizeof(*s->ranges),
	    s->n * sizeof(*s->ranges));
	s->cap = s->n;
}

static size_t
new_node(struct addrset *s)
{
	if (s->nodes_n == s->nodes_cap) {
		size_t	 cap = (s->nodes_cap == 0) ? 4 : s->nodes_cap * 2;

		s->nodes = bigmem_resize(s->nodes, s->nodes_cap * sizeof(*s->nodes),
		    cap * sizeof(*s->nodes));
		s->nodes_cap = cap;
	}
	MUST(s->nodes_n < IS_NODE);
	return s->nodes_n++;
}

/* The lowest bit of a slice that is the first in which the two differ. */
static unsigned
shift_for(u128 a, u128 b)
{
	u128		 d = a ^ b;
	uint64_t	 high = (uint64_t)(d >> 64);
	unsigned	 top;		/* highest bit that differs */

	MUST(d != 0);
	top = (high != 0) ? 127 - (unsigned)__builtin_clzll(high) :
	    63 - (unsigned)__builtin_clzll((uint64_t)d);
	return (top + 1 > SLICE_BITS) ? top + 1 - SLICE_BITS : 0;
}

/*
 * Describes the interval lo..hi, which ranges first..end-1 (and no others) touch. Each step down
 * leaves fewer bits that differ, so it ends at sixteen levels; interval and ranges halve and
 * quarter much sooner.
 */
static uint32_t
build(struct addrset *s, u128 lo, u128 hi, size_t first, size_t end)
{
	size_t		 me;
	unsigned	 shift;
	u128		 start;

	if (end - first <= LEAF_MOST)
		return (uint32_t)first;
	if (s->ranges[first].lo > lo)
		lo = s->ranges[first].lo;
	if (s->ranges[end - 1].hi < hi)
		hi = s->ranges[end - 1].hi;
	shift = shift_for(lo, hi);
	me = new_node(s);
	s->nodes[me].shift = shift;
	start = lo >> shift >> SLICE_BITS << SLICE_BITS << shift;
	for (unsigned i = 0; i < SLICES; i++) {
		u128		 a = start | (u128)i << shift, b = a + (((u128)1 << shift) - 1);
		size_t		 to;
		uint32_t	 made;

		while (first < end && s->ranges[first].hi < a)
			first++;
		for (to = first; to < end && s->ranges[to].lo <= b; to++)
			;
		made = build(s, a, b, first, to);
		s->nodes[me].slice[i] = made;
	}
	return (uint32_t)me | IS_NODE;
}

void
addrset_seal(struct addrset *s)
{
	OBJ_OK(s, ADDRSET_TAG);
	MUST(!s->sealed);
	s->sealed = true;
	if (s->n == 0)
		return;
	unite(s);
	s->root = build(s, 0, ~(u128)0, 0, s->n);
	bigmem_seal(s->ranges, s->cap * sizeof(*s->ranges));
	bigmem_seal(s->nodes, s->nodes_cap * sizeof(*s->nodes));
}

bool
addrset_has(const struct addrset *s, const struct addr *a)
{
	u128		 x = number_fast(a);
	uint32_t	 at;

	OBJ_OK(s, ADDRSET_TAG);
	MUST(s->sealed);
	at = s->root;
	while (at & IS_NODE) {
		const struct node	*node = &s->nodes[at & ~IS_NODE];

		at = node->slice[(size_t)(x >> node->shift) & (SLICES - 1)];
	}
	/* An address that shares none of the skipped bits ends anywhere: hence the bound. */
	for (size_t i = at, end = i + LEAF_MOST; i < s->n && i < end; i++) {
		if (x <= s->ranges[i].hi)
			return x >= s->ranges[i].lo;
	}
	return false;
}

size_t
addrset_count(const struct addrset *s)
{
	OBJ_OK(s, ADDRSET_TAG);
	return s->n;
}
