/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-1-3 (Aumasson and Bernstein, 2012), with and without folding ASCII case. */
#include "base/hash.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "base/must.h"

static uint64_t	 key[2] = { 0x736f6d6570736575, 0x646f72616e646f6d };

void
hash_seed(void)
{
	MUST(getrandom(key, sizeof key, 0) == (ssize_t)sizeof key);
}

static inline uint64_t
rotl(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

struct sip {
	uint64_t	 v0, v1, v2, v3;
};

static inline void
round1(struct sip *s)
{
	s->v0 += s->v1; s->v1 = rotl(s->v1, 13); s->v1 ^= s->v0; s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3; s->v3 = rotl(s->v3, 16); s->v3 ^= s->v2;
	s->v0 += s->v3; s->v3 = rotl(s->v3, 21); s->v3 ^= s->v0;
	s->v2 += s->v1; s->v1 = rotl(s->v1, 17); s->v1 ^= s->v2; s->v2 = rotl(s->v2, 32);
}

/* Sets bit 5 of each byte that is an ASCII capital. */
static inline uint64_t
fold(uint64_t w)
{
	const uint64_t	 ones = 0x0101010101010101, low7 = w & (0x7f * ones);
	uint64_t	 above_at = low7 + (0x80 - 'A') * ones;	/* high bit: >= 'A' */
	uint64_t	 above_z = low7 + (0x80 - 'Z' - 1) * ones;	/* high bit: > 'Z' */

	return w | ((above_at & ~above_z & ~w & (0x80 * ones)) >> 2);
}

/*
 * The n last bytes, less than eight. Behind others a whole word is read and shifted: a copy of n
 * bytes is a call.
 */
static inline uint64_t
read_tail(const unsigned char *p, size_t n, bool behind)
{
	uint64_t	 w = 0;

	if (behind && n > 0) {
		memcpy(&w, p + n - 8, 8);
		return w >> (64 - 8 * n);
	}
	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)p[i] << 8 * i;
	return w;
}

static inline uint64_t
hash_any(const void *data, size_t n, int folded)
{
	const unsigned char	*p = data;
	struct sip		 s = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
	    key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
	uint64_t		 w, last = (uint64_t)n << 56;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		if (folded)
			w = fold(w);
		s.v3 ^= w;
		round1(&s);
		s.v0 ^= w;
	}
	w = read_tail(p, n, p != (const unsigned char *)data);
	last |= folded ? fold(w) : w;
	s.v3 ^= last;
	round1(&s);
	s.v0 ^= last;
	s.v2 ^= 0xff;
	round1(&s);
	round1(&s);
	round1(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t
hash_bytes(const void *p, size_t n)
{
	return hash_any(p, n, 0);
}

uint64_t
hash_ibytes(const void *p, size_t n)
{
	return hash_any(p, n, 1);
}
