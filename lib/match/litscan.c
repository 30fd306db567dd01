/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each literal is filed under one of its windows, the one that is least common in URLs and least
 * used by others. All windows are lower case; the whole literal is compared before it counts.
 * Filled by the master, read by workers.
 */
#include "match/litscan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "match/bigmem.h"

#define LITSCAN_TAG	TAG4('L', 'I', 'T', 'S')

enum {
	KINDS = 2,			/* windows of four and of three bytes */
	USE_BITS = 14,			/* table of how often a window is taken, while filling */
	COMMON = 50,			/* what being common counts, in uses */
	MAP_BITS_LEAST = 10,
	MAP_BITS_MOST = 18,		/* 32 KB: stays in the processor's first cache */
	MAP_PER_LITERAL = 16		/* bits: one window in sixteen is looked up for nothing */
};

struct literal {
	uint32_t	 text;		/* into texts */
	uint32_t	 id;
	uint32_t	 window;	/* lower case, the last byte lowest */
	uint16_t	 n;
	uint16_t	 at;		/* of the window in the literal */
	bool		 fold;
};

/* The literals of one window size, in order of their buckets. */
struct shelf {
	unsigned	 map_shift;	/* 32 - bits of the map's index */
	unsigned	 bucket_shift;
	/* in the block below, as are the next two; NULL: no literals */
	uint64_t	*map;
	uint32_t	*first;		/* literals of bucket b: first[b] .. first[b+1]-1 */
	struct literal	*literals;
	void		*block;
	size_t		 block_n;
};

struct litscan {
	uint32_t	 tag;
	bool		 sealed;
	char		*texts;
	size_t		 texts_n, texts_cap;
	struct literal	*added;		/* until sealed */
	size_t		 n, cap;
	uint16_t	*used;		/* until sealed */
	struct shelf	 shelf[KINDS];	/* windows of 4, windows of 3 */
};

static const uint8_t	 lower[256] = {
#define ROW(x)	x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7
#define ROW4(x)	ROW(x), ROW((x) + 8), ROW((x) + 16), ROW((x) + 24)
	ROW4(0), ROW4(32),
	64, ROW(97), ROW(105), ROW(113), 121, 122, 91, 92, 93, 94, 95,
	ROW4(96), ROW4(128), ROW4(160), ROW4(192), ROW4(224)
#undef ROW4
#undef ROW
};

static uint32_t
hash(uint32_t window)
{
	return window * 0x9e3779b1u;
}

static unsigned
width_of(unsigned kind)
{
	return 4 - kind;
}

struct litscan *
litscan_new(void)
{
	struct litscan	*s = mem_zero(sizeof(*s));

	s->tag = LITSCAN_TAG;
	s->used = mem_zero(sizeof(*s->used) << USE_BITS);
	return s;
}

void
litscan_free(struct litscan **sp)
{
	struct litscan	*s = *sp;

	if (s == NULL)
		return;
	OBJ_OK(s, LITSCAN_TAG);
	for (unsigned k = 0; k < KINDS; k++)
		bigmem_free(s->shelf[k].block, s->shelf[k].block_n);
	bigmem_free(s->texts, s->texts_cap);
	free(s->added);
	free(s->used);
	OBJ_GONE(s);
	free(s);
	*sp = NULL;
}

static uint32_t
window_at(const char *p, unsigned width)
{
	uint32_t	 w = 0;

	for (unsigned i = 0; i < width; i++)
		w = w << 8 | lower[(uint8_t)p[i]];
	return w;
}

static bool
is_common(uint32_t window, unsigned width)
{
	static const char	 everywhere[] =
	    "https://www. http://www. .com/ .com: .net/ .org/ .html .php? index. /images/ google mozilla/5.0 (windows nt";

	for (size_t i = 0; i + width < sizeof(everywhere); i++) {
		if (window_at(everywhere + i, width) == window)
			return true;
	}
	return false;
}

/* Where the best window of a literal is. */
static uint16_t
choose(const struct litscan *s, struct span literal, unsigned width)
{
	unsigned	 best = 0, least = UINT32_MAX;

	for (unsigned i = 0; i + width <= literal.n; i++) {
		uint32_t	 w = window_at(literal.p + i, width);
		unsigned	 cost = s->used[hash(w) >> (32 - USE_BITS)] +
		    (is_common(w, width) ? COMMON : 0u);

		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	return (uint16_t)best;
}

void
litscan_add(struct litscan *s, struct span literal, bool fold, uint32_t id)
{
	unsigned	 width = (literal.n >= 4) ? 4 : 3;
	struct literal	 l = { .id = id, .n = (uint16_t)literal.n, .fold = fold };
	uint16_t	*used;

	OBJ_OK(s, LITSCAN_TAG);
	MUST(!s->sealed && literal.n >= LITSCAN_SHORTEST && literal.n <= LITSCAN_LONGEST);
	MUST(s->texts_n <= UINT32_MAX - literal.n);
	while (s->texts_cap - s->texts_n < literal.n) {
		size_t	 cap = (s->texts_cap == 0) ? 4096 : s->texts_cap * 2;

		s->texts = bigmem_resize(s->texts, s->texts_cap, cap);
		s->texts_cap = cap;
	}
	l.text = (uint32_t)s->texts_n;
	l.at = choose(s, literal, width);
	l.window = window_at(literal.p + l.at, width);
	used = &s->used[hash(l.window) >> (32 - USE_BITS)];
	if (*used < UINT16_MAX)
		++*used;
	for (size_t i = 0; i < literal.n; i++)
		s->texts[s->texts_n++] = fold ? ascii_lower(literal.p[i]) : literal.p[i];
	s->added = mem_room(s->added, s->n, &s->cap, sizeof(*s->added));
	s->added[s->n++] = l;
}

static unsigned
bits_for(size_t n, unsigned least, unsigned most)
{
	unsigned	 bits = least;

	while (bits < most && ((size_t)1 << bits) < n)
		bits++;
	return bits;
}

static bool
is_of(const struct literal *l, unsigned kind)
{
	return (l->n >= 4) == (kind == 0);
}

/* Counting sort by bucket. */
static void
file_literals(struct litscan *s, unsigned kind, struct shelf *h)
{
	size_t	 buckets = (size_t)1 << (32 - h->bucket_shift);

	for (size_t i = 0; i < s->n; i++) {
		if (is_of(&s->added[i], kind))
			h->first[hash(s->added[i].window) >> h->bucket_shift]++;
	}
	for (size_t b = 0, sum = 0; b <= buckets; b++) {
		sum += h->first[b];
		h->first[b] = (uint32_t)sum;
	}
	for (size_t i = s->n; i-- > 0; ) {
		uint32_t	 x = hash(s->added[i].window);

		if (!is_of(&s->added[i], kind))
			continue;
		h->literals[--h->first[x >> h->bucket_shift]] = s->added[i];
		h->map[x >> h->map_shift >> 6] |= (uint64_t)1 << (x >> h->map_shift & 63);
	}
}

static void
build(struct litscan *s, unsigned kind)
{
	struct shelf	*h = &s->shelf[kind];
	size_t		 n = 0, map_n, first_n;
	unsigned	 map_bits, bucket_bits;

	for (size_t i = 0; i < s->n; i++)
		n += is_of(&s->added[i], kind);
	if (n == 0)
		return;
	map_bits = bits_for(n * MAP_PER_LITERAL, MAP_BITS_LEAST, MAP_BITS_MOST);
	bucket_bits = bits_for(n * 2, 1, 24);
	map_n = ((size_t)1 << map_bits) / 8;
	first_n = (((size_t)1 << bucket_bits) + 2) * sizeof(*h->first);
	h->block_n = map_n + first_n + n * sizeof(*h->literals);
	h->block = bigmem_get(h->block_n);
	h->map_shift = 32 - map_bits;
	h->bucket_shift = 32 - bucket_bits;
	h->map = h->block;
	h->first = (uint32_t *)(void *)((char *)h->block + map_n);
	h->literals = (struct literal *)(void *)((char *)h->block + map_n + first_n);
	file_literals(s, kind, h);
	bigmem_seal(h->block, h->block_n);
}

void
litscan_seal(struct litscan *s)
{
	OBJ_OK(s, LITSCAN_TAG);
	MUST(!s->sealed);
	s->sealed = true;
	for (unsigned k = 0; k < KINDS; k++)
		build(s, k);
	free(s->added);
	free(s->used);
	s->added = NULL;
	s->used = NULL;
	if (s->texts_n > 0) {
		s->texts = bigmem_resize(s->texts, s->texts_cap, s->texts_n);
		s->texts_cap = s->texts_n;
		bigmem_seal(s->texts, s->texts_cap);
	}
}

static bool
same(const char *literal, const char *text, size_t n, bool fold)
{
	if (!fold)
		return memcmp(literal, text, n) == 0;
	for (size_t i = 0; i < n; i++) {
		if ((uint8_t)literal[i] != lower[(uint8_t)text[i]])
			return false;
	}
	return true;
}

/* The literals filed under a window that begins at text.p[at]. */
static bool
check(const struct litscan *s, const struct shelf *h, uint32_t window, struct span text, size_t at,
    bool (*hit)(void *arg, uint32_t id), void *arg)
{
	uint32_t	 bucket = hash(window) >> h->bucket_shift;

	for (uint32_t i = h->first[bucket]; i < h->first[bucket + 1]; i++) {
		const struct literal	*l = &h->literals[i];

		if (l->window != window || l->at > at || l->n > text.n - (at - l->at))
			continue;
		if (same(s->texts + l->text, text.p + at - l->at, l->n, l->fold) && hit(arg, l->id))
			return true;
	}
	return false;
}

static inline bool
marked(const struct shelf *h, uint32_t window)
{
	uint32_t	 x = hash(window) >> h->map_shift;

	return (h->map[x >> 6] >> (x & 63) & 1) != 0;
}

static bool
scan(const struct litscan *s, unsigned kind, struct span text, bool (*hit)(void *arg, uint32_t id),
    void *arg)
{
	const struct shelf	*h = &s->shelf[kind];
	const unsigned		 width = width_of(kind);
	const uint32_t		 mask = UINT32_MAX >> 8 * (4 - width);
	uint32_t		 window;

	if (h->map == NULL || text.n < width)
		return false;
	window = window_at(text.p, width - 1);
	for (size_t i = width - 1; i < text.n; i++) {
		window = (window << 8 | lower[(uint8_t)text.p[i]]) & mask;
		if (__builtin_expect(marked(h, window), 0) &&
		    check(s, h, window, text, i + 1 - width, hit, arg))
			return true;
	}
	return false;
}

bool
litscan_run(const struct litscan *s, struct span text, bool (*hit)(void *arg, uint32_t id),
    void *arg)
{
	OBJ_OK(s, LITSCAN_TAG);
	MUST(s->sealed);
	return scan(s, 0, text, hit, arg) || scan(s, 1, text, hit, arg);
}
