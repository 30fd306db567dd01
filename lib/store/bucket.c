/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words and buckets of the index. Runs in every process at once; nothing here trusts what a word
 * says.
 */
#include "store/bucket.h"

#include <stddef.h>

enum { TAG_AT = 43, GHOST_AGE_AT = 36 };
#define TAG_MASK	(~0ULL << TAG_AT)
#define PLACE_MASK	0xfffffffffULL
/* What makes a word the same one: not its use bits. */
#define IDENTITY	(TAG_MASK | PLACE_MASK | 31ULL << 36)

static uint64_t
spread(uint64_t v)
{
	v ^= v >> 32;
	v *= 0xd6e8feb86659fd93;
	v ^= v >> 29;
	v *= 0xa0761d6478bd642f;
	return v ^ v >> 32;
}

static _Atomic uint64_t *
bucket_of(const struct bucket_index *ix, uint64_t hash)
{
	return ix->words + BUCKET_WORDS * (uint64_t)((unsigned __int128)hash * ix->buckets >> 64);
}

static uint64_t
tag_of(struct store_key k)
{
	uint64_t tag = spread(k.w[0] + (k.w[1] << 1 | 1)) & TAG_MASK;

	return (tag != 0) ? tag : 1ULL << TAG_AT;
}

static void
buckets_of(const struct bucket_index *ix, struct store_key k, _Atomic uint64_t *b[2])
{
	b[0] = bucket_of(ix, spread(k.w[0]));
	b[1] = bucket_of(ix, spread(k.w[1] ^ 0x517cc1b727220a95));
}

uint64_t
bucket_class_bytes(unsigned class)
{
	uint64_t n = 128ULL << class / 2;

	return (class % 2 == 0) ? n : n + n / 2;
}

static unsigned
class_for(uint64_t bytes)
{
	unsigned class = 0;

	while (class < 31 && bucket_class_bytes(class) < bytes)
		class++;
	return class;
}

uint64_t
bucket_word(struct store_key k, uint64_t place, uint64_t bytes, unsigned use)
{
	uint64_t w = tag_of(k) | (place >> 6 & PLACE_MASK) | (uint64_t)class_for(bytes) << 36;

	return bucket_with_use(w, use);
}

unsigned
bucket_find(const struct bucket_index *ix, struct store_key k,
    struct bucket_match m[BUCKET_MATCHES])
{
	_Atomic uint64_t	*b[2];
	uint64_t		 tag = tag_of(k), w;
	unsigned		 n = 0;

	buckets_of(ix, k, b);
	__builtin_prefetch((const void *)(uintptr_t)b[1]);
	for (int side = 0; side < 2 && (side == 0 || b[1] != b[0]); side++) {
#pragma GCC unroll 8
		for (int i = 0; i < BUCKET_WORDS; i++) {
			w = atomic_load_explicit(&b[side][i], memory_order_acquire);
			if ((w & TAG_MASK) == tag && bucket_is_object(w))
				m[n++] = (struct bucket_match){ &b[side][i], w };
		}
	}
	return n;
}

bool
bucket_has(const struct bucket_index *ix, struct store_key k)
{
	struct bucket_match	 m[BUCKET_MATCHES];

	return bucket_find(ix, k, m) > 0;
}

void
bucket_fetch(const struct bucket_index *ix, struct store_key k)
{
	_Atomic uint64_t	*b[2];

	buckets_of(ix, k, b);
	__builtin_prefetch((const void *)(uintptr_t)b[0]);
	__builtin_prefetch((const void *)(uintptr_t)b[1]);
}

static unsigned
ghost_age(uint64_t w, unsigned now)
{
	return (now - (unsigned)(w >> GHOST_AGE_AT & (BUCKET_AGES - 1))) % BUCKET_AGES;
}

/*
 * How willingly a word is given up: free, ghosts by age, then objects by what they are worth.
 * Smaller goes first.
 */
static uint64_t
value_of(uint64_t w, unsigned age, uint64_t (*worth)(void *arg, uint64_t word), void *arg)
{
	uint64_t v;

	if (w == 0)
		return 0;
	if (!bucket_is_object(w))
		return BUCKET_AGES - ghost_age(w, age);
	v = worth(arg, w);
	return (v < UINT64_MAX - BUCKET_AGES - 1) ? v + BUCKET_AGES + 1 : UINT64_MAX;
}

static unsigned
objects_in(_Atomic uint64_t *b)
{
	unsigned n = 0;

	for (int i = 0; i < BUCKET_WORDS; i++)
		n += bucket_is_object(atomic_load_explicit(&b[i], memory_order_relaxed));
	return n;
}

bool
bucket_enter(const struct bucket_index *ix, struct store_key k, uint64_t word, unsigned age,
    uint64_t (*worth)(void *arg, uint64_t word), void *arg)
{
	_Atomic uint64_t	*b[2], *best;
	uint64_t		 least, was, w, v;

	buckets_of(ix, k, b);
	if (objects_in(b[1]) < objects_in(b[0])) {	/* the emptier one first: it wins ties */
		best = b[0];
		b[0] = b[1];
		b[1] = best;
	}
	do {
		best = NULL;
		least = was = 0;
		for (int i = 0; i < 2 * BUCKET_WORDS; i++) {
			w = atomic_load_explicit(&b[i / BUCKET_WORDS][i % BUCKET_WORDS],
			    memory_order_relaxed);
			/*
			 * a ghost in the emptier bucket is as good as a free word in the fuller one
			 */
			if (i == BUCKET_WORDS && best != NULL && !bucket_is_object(was))
				break;
			v = value_of(w, age, worth, arg);
			if (best == NULL || v < least) {
				best = &b[i / BUCKET_WORDS][i % BUCKET_WORDS];
				least = v;
				was = w;
			}
		}
	} while (!atomic_compare_exchange_strong(best, &was, word));
	return bucket_is_object(was);
}

bool
bucket_same(uint64_t a, uint64_t b)
{
	return (a & IDENTITY) == (b & IDENTITY);
}

bool
bucket_change(_Atomic uint64_t *at, uint64_t was, uint64_t to)
{
	uint64_t now = was;

	while (!atomic_compare_exchange_strong(at, &now, to))
		if (!bucket_same(now, was))
			return false;
	return true;
}

void
bucket_touch(_Atomic uint64_t *at, uint64_t was)
{
	unsigned use = bucket_use(was);

	if (use < BUCKET_USE_MAX)	/* lost to somebody else's change: no harm */
		atomic_compare_exchange_strong(at, &was, bucket_with_use(was, use + 1));
}

void
bucket_leave_ghost(_Atomic uint64_t *at, uint64_t was, unsigned age)
{
	bucket_change(at, was, (was & TAG_MASK) | (uint64_t)(age % BUCKET_AGES) << GHOST_AGE_AT);
}

bool
bucket_take_ghost(const struct bucket_index *ix, struct store_key k, unsigned age, unsigned most)
{
	_Atomic uint64_t	*b[2];
	uint64_t		 tag = tag_of(k), w;
	bool			 found = false;

	buckets_of(ix, k, b);
	for (int i = 0; i < 2 * BUCKET_WORDS; i++) {
		_Atomic uint64_t *at = &b[i / BUCKET_WORDS][i % BUCKET_WORDS];

		w = atomic_load_explicit(at, memory_order_relaxed);
		if ((w & TAG_MASK) != tag || bucket_is_object(w))
			continue;
		found |= ghost_age(w, age) <= most;
		atomic_compare_exchange_strong(at, &w, 0);
	}
	return found;
}
