/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of regular expressions. Those that ask for a literal are tried only where it occurs; of
 * those that are nothing but literals, the occurrence is the match and no code is made. The master
 * compiles; workers match, with scratch memory of their own process.
 */
#include "match/regset.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/must.h"
#include "match/litscan.h"
#include "match/reglit.h"
#include "match/regpcre.h"
#include "match/regtree.h"

#define REGSET_TAG	TAG4('R', 'E', 'G', 'S')

enum { TREE_MOST = 64 << 20 };		/* bytes that one expression may take while it is read */

struct pattern {
	struct pcre2_real_code_8	*code;	/* NULL: its literals say all */
	uint32_t			 mark;
};

struct regset {
	uint32_t	 tag;
	bool		 sealed;
	struct pattern	*patterns;
	size_t		 n, cap;
	uint32_t	*always;	/* numbers of those without a literal */
	size_t		 always_n, always_cap;
	struct litscan	*literals;
};

/*
 * The patterns that were tried on the present subject, so that a literal that comes a thousand
 * times costs one trial.
 */
static struct {
	uint32_t	*turn;		/* of the last subject it was tried on */
	size_t		 n;
	uint32_t	 now;
} tried;

struct search {
	const struct regset	*set;
	struct span		 subject;
	uint32_t		 found;	/* pattern */
};

struct regset *
regset_new(void)
{
	struct regset	*s = mem_zero(sizeof(*s));

	s->tag = REGSET_TAG;
	s->literals = litscan_new();
	regpcre_init();
	return s;
}

void
regset_free(struct regset **sp)
{
	struct regset	*s = *sp;

	if (s == NULL)
		return;
	OBJ_OK(s, REGSET_TAG);
	for (size_t i = 0; i < s->n; i++)
		regpcre_free(s->patterns[i].code);
	free(s->patterns);
	free(s->always);
	litscan_free(&s->literals);
	OBJ_GONE(s);
	free(s);
	*sp = NULL;
}

/* Files the pattern under its literals, or among those that are always tried. */
static void
file(struct regset *s, uint32_t number, const struct reglit *lits, bool fold)
{
	for (unsigned i = 0; i < lits->n; i++)
		litscan_add(s->literals, lits->v[i], fold, number);
	if (lits->n > 0)
		return;
	s->always = mem_room(s->always, s->always_n, &s->always_cap, sizeof(*s->always));
	s->always[s->always_n++] = number;
}

static bool
take(struct regset *s, struct arena *a, struct span text, bool fold, uint32_t mark, char *err,
    size_t errcap)
{
	struct regtree_error	 e;
	struct reglit		 lits;
	struct pattern		 p = { NULL, mark };
	bool			 counted;
	struct regtree		*t = regtree_parse(a, text, fold, &counted, &e);

	if (t == NULL) {
		snprintf(err, errcap, "%s, at character %zu", e.text, e.offset + 1);
		return false;
	}
	regtree_trim(t);
	if (!reglit_find(a, t, fold, &lits)) {
		snprintf(err, errcap, "the expression is too large");
		return false;
	}
	if (!lits.whole && (p.code = regpcre_make(t, fold, counted, err, errcap)) == NULL)
		return false;
	s->patterns = mem_room(s->patterns, s->n, &s->cap, sizeof(*s->patterns));
	file(s, (uint32_t)s->n, &lits, fold);
	s->patterns[s->n++] = p;
	return true;
}

bool
regset_add(struct regset *s, struct span pattern, bool fold, uint32_t mark, char *err,
    size_t errcap)
{
	struct arena	 a;
	bool		 ok;

	OBJ_OK(s, REGSET_TAG);
	MUST(!s->sealed && s->n < UINT32_MAX && errcap > 0);
	arena_init(&a, TREE_MOST);
	ok = take(s, &a, pattern, fold, mark, err, errcap);
	arena_reset(&a);
	return ok;
}

void
regset_seal(struct regset *s)
{
	OBJ_OK(s, REGSET_TAG);
	MUST(!s->sealed);
	s->sealed = true;
	litscan_seal(s->literals);
	if (s->n <= tried.n)
		return;
	tried.turn = mem_grow(tried.turn, s->n * sizeof(*tried.turn));
	memset(tried.turn + tried.n, 0, (s->n - tried.n) * sizeof(*tried.turn));
	tried.n = s->n;
}

static bool
try(struct search *x, uint32_t number)
{
	const struct pattern	*p = &x->set->patterns[number];

	if (p->code != NULL && !regpcre_has(p->code, x->subject))
		return false;
	x->found = number;
	return true;
}

static bool
on_literal(void *arg, uint32_t number)
{
	struct search	*x = arg;

	if (tried.turn[number] == tried.now)
		return false;
	tried.turn[number] = tried.now;
	return try(x, number);
}

static bool
search(struct search *x)
{
	/* After four billion subjects the old turns would look new. */
	if (++tried.now == 0) {
		memset(tried.turn, 0, tried.n * sizeof(*tried.turn));
		tried.now = 1;
	}
	if (litscan_run(x->set->literals, x->subject, on_literal, x))
		return true;
	for (size_t i = 0; i < x->set->always_n; i++) {
		if (try(x, x->set->always[i]))
			return true;
	}
	return false;
}

bool
regset_has(const struct regset *s, struct span subject, uint32_t *mark)
{
	struct search	 x = { s, subject, 0 };

	OBJ_OK(s, REGSET_TAG);
	MUST(s->sealed);
	if (s->n == 0 || !search(&x))
		return false;
	if (mark != NULL)
		*mark = s->patterns[x.found].mark;
	return true;
}

size_t
regset_count(const struct regset *s)
{
	OBJ_OK(s, REGSET_TAG);
	return s->n;
}

uint64_t
regset_limit_hits(void)
{
	return regpcre_limit_hits();
}
