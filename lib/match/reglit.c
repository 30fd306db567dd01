/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each node of the tree, from below: all the strings it can match, while they are few
 * ("exact"); and the best set of literals of which one must occur in whatever it matches ("must").
 * What is not understood gives neither, which is always right. Used by the master while it reads
 * the settings.
 */
#include "match/reglit.h"

enum {
	CROSS_MOST = 16,		/* strings that a sequence may multiply to */
	SET_MOST = 16,			/* characters of a set that are spelt out */
	POWER_MOST = 16			/* x{n} that is spelt out */
};

struct strings {
	struct span	*v;
	unsigned	 n;		/* 0: unknown */
};

struct info {
	struct strings	 exact, must;
	bool		 plain;		/* exact holds without looking at what stands around */
};

struct work {
	struct arena	*arena;
	bool		 fold;
	bool		 full;
};

static struct info	 analyse(struct work *w, const struct regtree *t);

static const struct info	 nothing = { .plain = false };

static struct strings
make(struct work *w, unsigned n)
{
	struct strings	 s = { arena_zero(w->arena, n * sizeof(struct span)), n };

	if (s.v == NULL) {
		w->full = true;
		s.n = 0;
	}
	return s;
}

static struct strings
one(struct work *w, struct span text)
{
	struct strings	 s = make(w, 1);

	if (s.n == 1)
		s.v[0] = text;
	return s;
}

static struct span
join(struct work *w, struct span a, struct span b)
{
	char	*p;

	if (a.n == 0)
		return b;
	if (b.n == 0)
		return a;
	p = arena_get(w->arena, a.n + b.n);
	if (p == NULL) {
		w->full = true;
		return SPAN_NONE;
	}
	memcpy(p, a.p, a.n);
	memcpy(p + a.n, b.p, b.n);
	return span_at(p, a.n + b.n);
}

static size_t
shortest(const struct strings *s)
{
	size_t	 n = SIZE_MAX;

	for (unsigned i = 0; i < s->n; i++)
		n = (s->v[i].n < n) ? s->v[i].n : n;
	return (s->n == 0) ? 0 : n;
}

static size_t
longest(const struct strings *s)
{
	size_t	 n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n = (s->v[i].n > n) ? s->v[i].n : n;
	return n;
}

/* In nearly every URL: a literal inside one of these selects little. */
static bool
is_common(struct span s)
{
	static const char *const	 everywhere[] = {
		"https://www.", "http://www.", ".com/", ".com:443", ".net/", ".org/", ".html",
		    ".php?",
		"index.", "/images/", "mozilla/5.0", "windows nt"
	};

	for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++) {
		struct span	 all = span_of(everywhere[i]);

		for (size_t at = 0; at + s.n <= all.n; at++) {
			if (span_ieq(span_at(all.p + at, s.n), s))
				return true;
		}
	}
	return false;
}

/* How much a set selects; 0: it is of no use. Long is better than short, few better than many. */
static int
worth(const struct strings *s)
{
	size_t	 n = shortest(s);
	int	 score;

	if (n < REGLIT_SHORTEST || s->n > REGLIT_MOST)
		return 0;
	score = 1000 + 4 * (int)(n < 12 ? n : 12);
	for (unsigned left = s->n; left > 1; left /= 2)
		score -= 3;
	for (unsigned i = 0; i < s->n; i++) {
		if (is_common(s->v[i]))
			return score - 500;
	}
	return score;
}

static struct strings
better(struct strings a, struct strings b)
{
	return (worth(&b) > worth(&a)) ? b : a;
}

/* The literals that a node asks for, from either of its sets. */
static struct strings
required(const struct info *x)
{
	struct strings	 best = better(x->exact, x->must);

	return (worth(&best) > 0) ? best : (struct strings){ NULL, 0 };
}

static struct info
of_byte(struct work *w, uint8_t byte)
{
	char	*p = arena_get(w->arena, 1);

	if (p == NULL) {
		w->full = true;
		return nothing;
	}
	*p = w->fold ? ascii_lower((char)byte) : (char)byte;
	return (struct info){ .exact = one(w, span_at(p, 1)), .plain = true };
}

static struct info
of_set(struct work *w, const struct regtree_set *set)
{
	struct info	 x = { .plain = true };
	uint8_t		 members[SET_MOST];
	unsigned	 n = 0;

	for (unsigned c = 0; c < 256; c++) {
		if (!regtree_in(set, (uint8_t)c) || (w->fold && c >= 'A' && c <= 'Z'))
			continue;
		if (n == SET_MOST)
			return nothing;
		members[n++] = (uint8_t)c;
	}
	if (n == 0)
		return nothing;
	x.exact = make(w, n);
	for (unsigned i = 0; i < x.exact.n; i++) {
		struct info	 m = of_byte(w, members[i]);

		if (m.exact.n == 0)
			return nothing;
		x.exact.v[i] = m.exact.v[0];
	}
	return x;
}

static bool
can_cross(const struct strings *a, const struct strings *b)
{
	return a->n > 0 && b->n > 0 && (a->n * b->n <= CROSS_MOST || a->n == 1 || b->n == 1) &&
	    longest(a) + longest(b) <= REGLIT_LONGEST;
}

static struct strings
cross(struct work *w, struct strings a, struct strings b)
{
	struct strings	 s = make(w, a.n * b.n);

	for (unsigned i = 0; i < s.n; i++)
		s.v[i] = join(w, a.v[i / b.n], b.v[i % b.n]);
	return s;
}

static struct strings
unite(struct work *w, struct strings a, struct strings b)
{
	struct strings	 s;

	if (a.n == 0 || b.n == 0 || a.n + b.n > REGLIT_MOST)
		return (struct strings){ NULL, 0 };
	s = make(w, a.n + b.n);
	if (s.n == 0)
		return s;
	memcpy(s.v, a.v, a.n * sizeof(*s.v));
	memcpy(s.v + a.n, b.v, b.n * sizeof(*s.v));
	return s;
}

/*
 * Neighbours that can be spelt out grow together; each such run, and what the others ask for, is a
 * candidate.
 */
static struct info
of_sequence(struct work *w, const struct regtree *t)
{
	struct info	 x = { .plain = true };
	struct strings	 run = one(w, SPAN_NONE);
	bool		 broken = false;

	for (const struct regtree *c = t->child; c != NULL; c = c->next) {
		struct info	 y = analyse(w, c);

		x.plain = x.plain && y.plain;
		if (can_cross(&run, &y.exact)) {
			run = cross(w, run, y.exact);
			continue;
		}
		broken = true;
		x.must = better(better(x.must, run), required(&y));
		run = (y.exact.n > 0 && longest(&y.exact) <= REGLIT_LONGEST) ? y.exact :
		    one(w, SPAN_NONE);
	}
	if (!broken) {
		x.exact = run;
		return x;
	}
	x.must = better(x.must, run);
	x.plain = false;
	return x;
}

static struct info
of_choice(struct work *w, const struct regtree *t)
{
	struct info	 x = analyse(w, t->child);

	x.must = required(&x);
	for (const struct regtree *c = t->child->next; c != NULL; c = c->next) {
		struct info	 y = analyse(w, c);

		x.exact = unite(w, x.exact, y.exact);
		x.must = unite(w, x.must, required(&y));
		x.plain = x.plain && y.plain;
	}
	return x;
}

static struct info
of_repeat(struct work *w, const struct regtree *t)
{
	struct info	 y = analyse(w, t->child), x = nothing;

	x.plain = y.plain;
	if (t->min == 0 && t->max == 1) {
		x.exact = unite(w, y.exact, one(w, SPAN_NONE));
		return x;
	}
	if (t->min == 0)
		return nothing;
	x.must = required(&y);
	if (t->min != t->max || t->min > POWER_MOST)
		return x;
	x.exact = y.exact;
	for (int i = 1; i < t->min && x.exact.n > 0; i++) {
		if (can_cross(&x.exact, &y.exact))
			x.exact = cross(w, x.exact, y.exact);
		else
			x.exact.n = 0;
	}
	return x;
}

static struct info
analyse(struct work *w, const struct regtree *t)
{
	if (w->full)
		return nothing;
	switch (t->kind) {
	case REGTREE_EMPTY:
		return (struct info){ .exact = one(w, SPAN_NONE), .plain = true };
	case REGTREE_BYTE:
		return of_byte(w, t->byte);
	case REGTREE_SET:
		return of_set(w, t->set);
	case REGTREE_BEGIN: case REGTREE_END: case REGTREE_EDGE: case REGTREE_NO_EDGE:
	case REGTREE_WORD_BEGIN: case REGTREE_WORD_END:
		return (struct info){ .exact = one(w, SPAN_NONE), .plain = false };
	case REGTREE_ANY: case REGTREE_BACK:
		return nothing;
	case REGTREE_GROUP:
		return analyse(w, t->child);
	case REGTREE_REPEAT:
		return of_repeat(w, t);
	case REGTREE_CAT:
		return of_sequence(w, t);
	case REGTREE_ALT:
		return of_choice(w, t);
	}
	return nothing;
}

bool
reglit_find(struct arena *a, const struct regtree *t, bool fold, struct reglit *out)
{
	struct work	 w = { .arena = a, .fold = fold };
	struct info	 x = analyse(&w, t);
	bool		 whole = x.plain && worth(&x.exact) > 0;
	struct strings	 best = whole ? x.exact : required(&x);

	*out = (struct reglit){ best.v, best.n, whole };
	return !w.full;
}
