/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX extended regular expressions as trees: what glibc's regcomp(REG_EXTENDED) takes and what it
 * means by it, which is what Squid's configurations were tested with. Different on purpose: \d and
 * \D are digits (glibc: the letters), and (?:...) is a group (glibc refuses it). glibc's extensions
 * \w \W \s \S \b \B \< \> \` \' and back-references are taken. No locale. Two faults of glibc are
 * not copied: an escaped letter never matches with REG_ICASE, and an anchor in a group with an
 * interval, as in (a$){2}, is lost in the copies.
 */
#ifndef MATCH_REGTREE_H
#define MATCH_REGTREE_H

#include "base/arena.h"

enum regtree_kind {
	REGTREE_EMPTY,			/* matches the empty string */
	REGTREE_BYTE,
	REGTREE_SET,			/* one byte of a set */
	REGTREE_ANY,			/* one byte, whichever */
	REGTREE_BEGIN,			/* of the subject */
	REGTREE_END,
	REGTREE_EDGE,			/* \b */
	REGTREE_NO_EDGE,		/* \B */
	REGTREE_WORD_BEGIN,		/* \< */
	REGTREE_WORD_END,		/* \> */
	REGTREE_BACK,			/* what group `number` matched */
	REGTREE_GROUP,			/* child; number from 1 or 0 (not counted) */
	REGTREE_REPEAT,			/* child, min..max times */
	REGTREE_CAT,			/* children one after the other; may have none */
	REGTREE_ALT			/* one of the children */
};

enum { REGTREE_NO_MAX = -1 };

struct regtree_set {
	uint64_t	 bits[4];
};

struct regtree {
	enum regtree_kind	 kind;
	uint8_t			 byte;
	int			 min, max;	/* max may be REGTREE_NO_MAX */
	unsigned		 number;
	struct regtree_set	*set;		/* closed under case where the pattern is folded */
	struct regtree		*child;		/* the first one */
	struct regtree		*next;		/* its sibling */
};

struct regtree_error {
	const char	*text;		/* static */
	size_t		 offset;	/* into the pattern, from 0 */
};

static inline bool
regtree_in(const struct regtree_set *s, uint8_t c)
{
	return (s->bits[c >> 6] >> (c & 63) & 1) != 0;
}

/*
 * The tree lives in the arena. NULL and *e filled for a mistake. *backs: there are back-references,
 * groups must be counted.
 */
struct regtree	*regtree_parse(struct arena *a, struct span pattern, bool fold, bool *backs,
		    struct regtree_error *e);

/* Takes .* off both ends, where it changes nothing for a search that only asks whether. */
void		 regtree_trim(struct regtree *t);

#endif
