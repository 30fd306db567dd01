/* SPDX-License-Identifier: Apache-2.0 */
/* Which literal texts must occur in whatever a regular expression matches. */
#ifndef MATCH_REGLIT_H
#define MATCH_REGLIT_H

#include "match/regtree.h"

enum {
	REGLIT_MOST = 256,		/* literals of one expression */
	REGLIT_LONGEST = 200,		/* bytes of one */
	REGLIT_SHORTEST = 3		/* anything shorter says nothing */
};

struct reglit {
	/* in the arena; lower case where the expression is folded */
	struct span	*v;
	unsigned	 n;		/* 0: no such literals are known */
	/* one of them in the subject is a match, nothing else is asked */
	bool		 whole;
};

/*
 * At least one of the literals is in every subject that the tree matches. False: the arena is full.
 */
bool	 reglit_find(struct arena *a, const struct regtree *t, bool fold, struct reglit *out);

#endif
