/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds many literals in one pass: a window of four bytes (three, for literals no longer) slides
 * over the text, a bit map says whether any literal is filed under it. Thousands of literals cost
 * about what one costs, as long as they are not in the text.
 */
#ifndef MATCH_LITSCAN_H
#define MATCH_LITSCAN_H

#include "base/span.h"

struct litscan;

enum { LITSCAN_SHORTEST = 3, LITSCAN_LONGEST = 65535 };

struct litscan	*litscan_new(void);
void		 litscan_free(struct litscan **s);
/* Copied. fold: whatever its ASCII case. Length between the two limits. */
void		 litscan_add(struct litscan *s, struct span literal, bool fold, uint32_t id);
void		 litscan_seal(struct litscan *s);
/*
 * Calls hit() for every occurrence of every literal, in the order of their ends or nearly; stops
 * and returns true as soon as hit() does. hit() may be called often with the same id.
 */
bool		 litscan_run(const struct litscan *s, struct span text,
		    bool (*hit)(void *arg, uint32_t id), void *arg);

#endif
