/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domain names with dstdomain's meaning. The names stand one after the other in one block
 * (namepack's short form, each with its mark as the distance from its page's first); a hash table
 * refers into it. A look-up hashes the host's parents from the right, one label at a time, and
 * compares bytes before it says yes. The master builds it; workers only read it. Longer than most:
 * its parts share the layout of a record.
 */
#include "match/domset.h"

#include <stdlib.h>

#include "base/breath.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/must.h"
#include "match/bigmem.h"
#include "match/domname.h"
#include "match/domtable.h"
#include "match/namepack.h"

enum {
	PAGE_SHIFT = 9,			/* marks are kept relative to one per 512 bytes of names */
	RECORD_MOST = 5 + 1 + NAMEPACK_MOST,
	LABELS_MOST = 127,		/* of a name of 253 bytes */
	AHEAD = 16			/* buckets fetched ahead while the table is filled */
};

#define DOMSET_TAG	TAG4('D', 'O', 'M', 'S')

struct domset {
	uint32_t	 tag;
	bool		 sealed;
	size_t		 count;
	uint8_t		*names;		/* records: head, packed length, packed name */
	size_t		 names_n, names_cap;
	uint32_t	*bases;		/* mark of the first record that begins in a page */
	size_t		 bases_n, bases_cap;
	uint64_t	 seed;
	/* bit n: an entry of n labels is there (63: that or more) */
	uint64_t	 wide_depths;
	uint64_t	 exact_depths;
	struct domtable	 table;
};

/* One entry, taken apart or about to be stored. */
struct record {
	uint32_t	 mark;
	bool		 wide;		/* written with a leading dot */
	uint8_t		 n;		/* packed */
	const uint8_t	*packed;
	size_t		 end;		/* where the next one begins */
};

static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128	 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Up to eight bytes as a number; of lengths that differ the numbers may be equal. */
static inline uint64_t
few(const char *p, size_t n)
{
	uint32_t	 a, b;

	if (n >= 4) {
		memcpy(&a, p, 4);
		memcpy(&b, p + n - 4, 4);
		return (uint64_t)a << 32 | b;
	}
	if (n == 0)
		return 0;
	return (uint64_t)(uint8_t)p[0] << 16 | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint8_t)p[n - 1];
}

/* The hash of label.parent from that of parent. */
static inline uint64_t
hash_label(uint64_t parent, const char *p, size_t n)
{
	uint64_t	 h = parent ^ n, w;

	if (n <= 8)
		return mix(h ^ few(p, n), 0xd6e8feb86659fd93u);
	for (; n > 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = mix(h ^ w, 0x9e3779b97f4a7c15u);
	}
	memcpy(&w, p + n - 8, 8);
	return mix(h ^ w, 0xd6e8feb86659fd93u);
}

static size_t
last_label(const char *p, size_t n)
{
	while (n > 0 && p[n - 1] != '.')
		n--;
	return n;
}

static uint64_t
hash_name(uint64_t seed, const char *p, size_t n)
{
	uint64_t	 h = seed;

	for (;;) {
		size_t	 at = last_label(p, n);

		h = hash_label(h, p + at, n - at);
		if (at == 0)
			return h;
		n = at - 1;
	}
}

static uint64_t
depth_bit(unsigned labels)
{
	return (uint64_t)1 << (labels < 63 ? labels : 63);
}

static struct record
record_at(const struct domset *s, size_t at)
{
	uint32_t	 base = s->bases[at >> PAGE_SHIFT];
	uint64_t	 head = 0;
	struct record	 r;

	for (unsigned shift = 0;; shift += 7) {
		head |= (uint64_t)(s->names[at] & 0x7f) << shift;
		if (s->names[at++] < 0x80)
			break;
	}
	r.wide = (head & 1) != 0;
	r.mark = base + (uint32_t)(head >> 1);
	r.n = s->names[at++];
	r.packed = s->names + at;
	r.end = at + r.n;
	return r;
}

static void
make_room(struct domset *s)
{
	if (s->names_cap - s->names_n < RECORD_MOST) {
		size_t	 cap = (s->names_cap == 0) ? 4096 : s->names_cap * 2;

		s->names = bigmem_resize(s->names, s->names_cap, cap);
		s->names_cap = cap;
	}
	if (s->names_n >> PAGE_SHIFT >= s->bases_cap) {
		size_t	 cap = (s->bases_cap == 0) ? 1024 : s->bases_cap * 2;

		s->bases = bigmem_resize(s->bases, s->bases_cap * sizeof(*s->bases),
		    cap * sizeof(*s->bases));
		s->bases_cap = cap;
	}
}

static void
store(struct domset *s, const struct domname *e, uint32_t mark)
{
	size_t		 at;
	uint64_t	 head;
	uint8_t		*p;

	make_room(s);
	at = s->names_n;
	if (at >> PAGE_SHIFT >= s->bases_n) {
		s->bases_n = (at >> PAGE_SHIFT) + 1;
		s->bases[s->bases_n - 1] = mark;
	}
	head = (uint64_t)(uint32_t)(mark - s->bases[at >> PAGE_SHIFT]) << 1 | e->wide;
	p = s->names + at;
	for (; head >= 0x80; head >>= 7)
		*p++ = (uint8_t)(head | 0x80);
	*p++ = (uint8_t)head;
	*p = (uint8_t)namepack_close(p + 1, e->text, e->n);
	s->names_n = (size_t)(p - s->names) + 1 + *p;
	s->count++;
	if (e->wide)
		s->wide_depths |= depth_bit(e->labels);
	else
		s->exact_depths |= depth_bit(e->labels);
}

struct domset *
domset_new(void)
{
	struct domset	*s = mem_zero(sizeof(*s));

	namepack_init();
	s->tag = DOMSET_TAG;
	s->seed = hash_bytes("domset", 6) | 1;
	return s;
}

void
domset_free(struct domset **sp)
{
	struct domset	*s = *sp;

	if (s == NULL)
		return;
	OBJ_OK(s, DOMSET_TAG);
	bigmem_free(s->names, s->names_cap);
	bigmem_free(s->bases, s->bases_cap * sizeof(*s->bases));
	domtable_free(&s->table);
	OBJ_GONE(s);
	free(s);
	*sp = NULL;
}

bool
domset_add(struct domset *s, struct span entry, uint32_t mark, const char **why)
{
	struct domname	 e;

	OBJ_OK(s, DOMSET_TAG);
	MUST(!s->sealed);
	*why = domname_take(&e, entry);
	if (*why == NULL && s->names_n > UINT32_MAX - RECORD_MOST)
		*why = "too many names in one list";
	if (*why != NULL)
		return false;
	store(s, &e, mark);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The next word of a line; false at its end or at a comment. */
static bool
next_word(struct span *line, struct span *word)
{
	size_t	 i = 0, end;

	while (i < line->n && is_blank(line->p[i]))
		i++;
	if (i == line->n || line->p[i] == '#')
		return false;
	for (end = i; end < line->n && !is_blank(line->p[end]); end++)
		;
	*word = span_at(line->p + i, end - i);
	*line = span_at(line->p + end, line->n - end);
	return true;
}

size_t
domset_add_lines(struct domset *s, struct span text,
    void (*bad)(void *arg, uint32_t line, struct span entry, const char *why), void *arg)
{
	size_t		 before;
	struct span	 line, word;
	const char	*why;

	OBJ_OK(s, DOMSET_TAG);
	before = s->count;
	for (uint32_t number = 1; span_cut(&text, '\n', &line); number++) {
		if (number % BREATH_PIECES == 0)
			breath_take();
		while (next_word(&line, &word)) {
			if (!domset_add(s, word, number, &why) && bad != NULL)
				bad(arg, number, word, why);
		}
	}
	return s->count - before;
}

static uint32_t *
find(const struct domset *s, uint64_t hash, const char *p, size_t n)
{
	struct domtable_probe	 probe;
	uint32_t		*ref;

	for (ref = domtable_first(&s->table, &probe, hash); ref != NULL;
	    ref = domtable_next(&s->table, &probe)) {
		struct record	 r = record_at(s, *ref);

		if (namepack_is(r.packed, r.n, p, n))
			return ref;
	}
	return NULL;
}

struct pending {
	uint64_t	 hash;
	size_t		 at;
	size_t		 n;
	bool		 wide;
	char		 text[NAMEPACK_ROOM];
};

/* Of equal names the first stays, but one with a dot says more than one without. */
static void
index_one(struct domset *s, const struct pending *w)
{
	uint32_t	*ref = find(s, w->hash, w->text, w->n);

	if (ref == NULL)
		domtable_put(&s->table, w->hash, (uint32_t)w->at);
	else if (w->wide && !record_at(s, *ref).wide)
		*ref = (uint32_t)w->at;
}

static void
index_all(struct domset *s)
{
	struct pending	 wait[AHEAD];
	size_t		 n = 0, done = 0;

	for (size_t at = 0; at < s->names_n; ) {
		struct record	 r = record_at(s, at);
		struct pending	*w = &wait[n++];

		if (++done % BREATH_PIECES == 0)
			breath_take();
		w->at = at;
		w->wide = r.wide;
		w->n = namepack_open(w->text, r.packed, r.n);
		w->hash = hash_name(s->seed, w->text, w->n);
		domtable_prefetch(&s->table, w->hash);
		at = r.end;
		if (n < AHEAD && at < s->names_n)
			continue;
		for (size_t i = 0; i < n; i++)
			index_one(s, &wait[i]);
		n = 0;
	}
}

void
domset_seal(struct domset *s)
{
	OBJ_OK(s, DOMSET_TAG);
	MUST(!s->sealed);
	s->sealed = true;
	if (s->count == 0)
		return;
	s->names = bigmem_resize(s->names, s->names_cap, s->names_n);
	s->names_cap = s->names_n;
	s->bases = bigmem_resize(s->bases, s->bases_cap * sizeof(*s->bases),
	    s->bases_n * sizeof(*s->bases));
	s->bases_cap = s->bases_n;
	domtable_make(&s->table, s->count);
	index_all(s);
	domtable_seal(&s->table);
	bigmem_seal(s->names, s->names_cap);
	bigmem_seal(s->bases, s->bases_cap * sizeof(*s->bases));
}

/* A host's parents that may be entries, longest last. */
struct parents {
	uint64_t	 hash[LABELS_MOST + 1];
	const char	*at[LABELS_MOST + 1];
	size_t		 n;
};

/* Nothing longer than LABELS_MOST labels is an entry. */
static void
list_parents(const struct domset *s, struct span host, struct parents *out)
{
	uint64_t	 h = s->seed;
	size_t		 n = host.n;

	out->n = 0;
	for (unsigned labels = 1; labels <= LABELS_MOST; labels++) {
		size_t		 at = last_label(host.p, n);
		uint64_t	 depths = s->wide_depths | (at == 0 ? s->exact_depths : 0);

		h = hash_label(h, host.p + at, n - at);
		if (depths & depth_bit(labels)) {
			domtable_prefetch(&s->table, h);
			out->hash[out->n] = h;
			out->at[out->n++] = host.p + at;
		}
		if (at == 0)
			return;
		n = at - 1;
	}
}

/* The longest entry that covers the host. With `but`, not that record itself. */
static bool
cover(const struct domset *s, struct span host, const size_t *but, struct record *r)
{
	struct parents	 up;

	list_parents(s, host, &up);
	while (up.n-- > 0) {
		const char	*p = up.at[up.n];
		uint32_t	*ref = find(s, up.hash[up.n], p, (size_t)(host.p + host.n - p));

		if (ref == NULL || (but != NULL && *ref == *but))
			continue;
		*r = record_at(s, *ref);
		if (r->wide || p == host.p)
			return true;
	}
	return false;
}

bool
domset_has(const struct domset *s, struct span host, uint32_t *mark)
{
	struct record	 r;

	OBJ_OK(s, DOMSET_TAG);
	MUST(s->sealed);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = span_at(host.p + 1, host.n - 2);
	if (s->count == 0 || host.n == 0 || !cover(s, host, NULL, &r))
		return false;
	if (mark != NULL)
		*mark = r.mark;
	return true;
}

size_t
domset_count(const struct domset *s)
{
	OBJ_OK(s, DOMSET_TAG);
	return s->count;
}

size_t
domset_bytes(const struct domset *s)
{
	OBJ_OK(s, DOMSET_TAG);
	return sizeof(*s) + s->names_cap + s->bases_cap * sizeof(*s->bases) +
	    domtable_bytes(&s->table);
}

/* As it was written: with its dot. */
static struct span
spell(const struct record *r, char *dst)
{
	dst[0] = '.';
	return span_at(dst + !r->wide, namepack_open(dst + 1, r->packed, r->n) + r->wide);
}

size_t
domset_covered(const struct domset *s, size_t most,
    void (*told)(void *arg, struct span entry, uint32_t mark, struct span by, uint32_t by_mark),
    void *arg)
{
	char		 a[NAMEPACK_ROOM + 1], b[NAMEPACK_ROOM + 1];
	size_t		 found = 0, done = 0;
	struct record	 r, by;

	OBJ_OK(s, DOMSET_TAG);
	MUST(s->sealed);
	for (size_t at = 0; at < s->names_n; at = r.end) {
		struct span	 entry;

		if (++done % BREATH_PIECES == 0)
			breath_take();
		r = record_at(s, at);
		entry = spell(&r, a);
		if (!cover(s, span_at(a + 1, entry.n - r.wide), &at, &by))
			continue;
		if (found++ < most && told != NULL)
			told(arg, entry, r.mark, spell(&by, b), by.mark);
	}
	return found;
}
