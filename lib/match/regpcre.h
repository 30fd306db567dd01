/* SPDX-License-Identifier: Apache-2.0 */
/* A regtree as compiled PCRE2 code. */
#ifndef MATCH_REGPCRE_H
#define MATCH_REGPCRE_H

#include "match/regtree.h"

struct pcre2_real_code_8;

/*
 * Compiles (JIT code where the system allows it, else the interpreter runs it). `counted`: the
 * groups are referred to. NULL and a message otherwise.
 */
struct pcre2_real_code_8	*regpcre_make(const struct regtree *t, bool fold, bool counted,
		    char *err, size_t errcap);
void				 regpcre_free(struct pcre2_real_code_8 *code);

/*
 * Whether it matches somewhere in the subject. Bounded: what takes too long is no match, and
 * counted. The working memory belongs to the process.
 */
bool				 regpcre_has(const struct pcre2_real_code_8 *code,
		    struct span subject);
uint64_t			 regpcre_limit_hits(void);

/* Makes the working memory, so that no allocation is left for the way of a request. */
void				 regpcre_init(void);

#endif
