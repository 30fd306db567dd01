/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known field names to numbers: a hash of the length and three letters, then one comparison. The
 * hash table is filled from FIELD_TABLE when the program starts, before main, so every process
 * shares its pages; nothing writes to it later.
 */
#include "http/field.h"

#include "base/must.h"

enum {
	SLOTS	= 512,
	/* bytes a name may have, a multiple of 8; head_parse.c counts on it too */
	LONGEST	= 32,
};

struct name {
	char	 lower[LONGEST];
	/* 0x20 where lower has a letter: or-ing it in folds that byte and no other */
	char	 letter[LONGEST];
};

static const struct span names[FIELD_COUNT] = {
#define FIELD(symbol, name, flags) [FIELD_##symbol] = { name, sizeof(name) - 1 },
	FIELD_TABLE(FIELD)
#undef FIELD
};

static const uint8_t flags_of[FIELD_COUNT] = {
#define FIELD(symbol, name, flags) [FIELD_##symbol] = (flags),
	FIELD_TABLE(FIELD)
#undef FIELD
};

#define FIELD(symbol, name, flags) _Static_assert(sizeof(name) - 1 <= LONGEST && sizeof(name) > 2, name);
FIELD_TABLE(FIELD)
#undef FIELD
_Static_assert(FIELD_COUNT < 256, "slots hold a byte");

static struct slot {
	uint8_t	 id, n;		/* FIELD_OTHER: none; bytes of the name */
} slots[SLOTS];
static struct name	 folded[FIELD_COUNT];

/*
 * n >= 2. Upper and lower case give the same; so do a few other bytes, which the comparison tells
 * apart.
 */
static inline unsigned
hash(const char *p, size_t n)
{
	unsigned	 a = (unsigned char)p[0] | 0x20u, b = (unsigned char)p[n - 1] | 0x20u,
	    c = (unsigned char)p[n / 2] | 0x20u;

	return (unsigned)(n * 37 + a * 5 + b * 71 + c * 131) % SLOTS;
}

__attribute__((constructor)) static void
fill(void)
{
	for (unsigned id = 1; id < FIELD_COUNT; id++) {
		struct span	 s = names[id];
		unsigned	 at = hash(s.p, s.n);

		while (slots[at].id != FIELD_OTHER)
			at = (at + 1) % SLOTS;
		slots[at] = (struct slot){ (uint8_t)id, (uint8_t)s.n };
		for (size_t i = 0; i < s.n; i++) {
			folded[id].lower[i] = ascii_lower(s.p[i]);
			if (folded[id].lower[i] >= 'a' && folded[id].lower[i] <= 'z')
				folded[id].letter[i] = 0x20;
		}
	}
}

static inline uint64_t
word(const char *p)
{
	uint64_t	 w;

	memcpy(&w, p, sizeof w);
	return w;
}

static inline uint32_t
half(const char *p)
{
	uint32_t	 w;

	memcpy(&w, p, sizeof w);
	return w;
}

static inline bool
same(const struct name *f, const char *p, size_t n)
{
	size_t	 i;

	for (i = 0; i + 8 <= n; i += 8)
		if ((word(p + i) | word(f->letter + i)) != word(f->lower + i))
			return false;
	if (i > 0 && i < n) {		/* the last eight bytes, some of them a second time */
		i = n - 8;
		return (word(p + i) | word(f->letter + i)) == word(f->lower + i);
	}
	if (i == 0 && n >= 4)
		return (half(p) | half(f->letter)) == half(f->lower) &&
		    (half(p + n - 4) | half(f->letter + n - 4)) == half(f->lower + n - 4);
	for (; i < n; i++)
		if ((p[i] | f->letter[i]) != f->lower[i])
			return false;
	return true;
}

enum field_id
field_lookup(struct span name)
{
	unsigned	 at;

	if (name.n < 2 || name.n > LONGEST)
		return FIELD_OTHER;
	for (at = hash(name.p, name.n); slots[at].id != FIELD_OTHER; at = (at + 1) % SLOTS)
		if (slots[at].n == name.n && same(&folded[slots[at].id], name.p, name.n))
			return (enum field_id)slots[at].id;
	return FIELD_OTHER;
}

struct span
field_name(enum field_id id)
{
	MUST(id < FIELD_COUNT);
	return names[id];
}

unsigned
field_flags(enum field_id id)
{
	MUST(id < FIELD_COUNT);
	return flags_of[id];
}
