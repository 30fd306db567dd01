/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of words (user names, methods, port names), each with a mark; asked with or without regard
 * to ASCII case.
 */
#ifndef ACL_WORDSET_H
#define ACL_WORDSET_H

#include "base/hmap.h"
#include "base/span.h"

struct wordset {
	struct hmap	 map;		/* folded key -> chain of spellings */
};

void	 wordset_init(struct wordset *w);
void	 wordset_free(struct wordset *w);	/* what it holds, not *w */
/* Copies the word. */
void	 wordset_add(struct wordset *w, struct span word, uint32_t mark);
/* *mark is that of the word that matched. */
bool	 wordset_has(const struct wordset *w, struct span word, bool fold, uint32_t *mark);

#endif
