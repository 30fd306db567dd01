/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long computations (lists of a million lines, thousands of patterns) take a breath between their
 * pieces, so that a process that has others to look after can do that meanwhile. Upward call: the
 * master sets it while it compiles settings.
 */
#ifndef BASE_BREATH_H
#define BASE_BREATH_H

#include <stddef.h>

enum { BREATH_PIECES = 4096 };	/* of small pieces (lines, entries): one breath in so many */

/* May fork, and may change nothing that the computation uses. NULL: nobody wants to. */
extern void	(*breath)(void);

static inline void
breath_take(void)
{
	if (breath != NULL)
		breath();
}

#endif
