/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of regular expressions as one list of an ACL has them: PCRE2 with JIT, each pattern run only
 * where a literal that it must contain occurs (one pass of a multi-string search for all of them),
 * so that 5,000 patterns cost a few microseconds a URL. Patterns are POSIX extended as Squid has
 * them; those where PCRE2 and POSIX differ ([[:<:]], leftmost-longest is irrelevant for matching)
 * are translated. Matching is bounded (match limit); a pattern that hits the limit counts as no
 * match and is counted.
 */
#ifndef MATCH_REGSET_H
#define MATCH_REGSET_H

#include "base/span.h"

struct regset;

struct regset	*regset_new(void);
void		 regset_free(struct regset **s);
/* False with a message in err (offset included) if it does not compile. mark as for domset. */
bool		 regset_add(struct regset *s, struct span pattern, bool fold, uint32_t mark,
		    char *err, size_t errcap);
void		 regset_seal(struct regset *s);
bool		 regset_has(const struct regset *s, struct span subject, uint32_t *mark);
size_t		 regset_count(const struct regset *s);
/* how often a match limit was reached in this process */
uint64_t	 regset_limit_hits(void);

#endif
