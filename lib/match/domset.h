/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of domain names with Squid's dstdomain meaning: ".example.com" matches example.com and
 * everything below it, "example.com" only itself. Built once, then read-only; a million entries in
 * well under half a second, under 40 MB, contiguous memory. Names are compared in canonical form
 * (lower case ASCII, no trailing dot).
 */
#ifndef MATCH_DOMSET_H
#define MATCH_DOMSET_H

#include "base/span.h"

struct domset;

struct domset	*domset_new(void);
void		 domset_free(struct domset **s);
/*
 * One entry as written (case and a trailing dot do not matter, "*." in front is not accepted); IP
 * literals are entries like others. False and *why (static text) if it cannot be a name. `mark` is
 * given back on a match and by the finders (line number or index).
 */
bool		 domset_add(struct domset *s, struct span entry, uint32_t mark, const char **why);
/*
 * A file's worth at once: one entry per line, '#' comments and blank lines skipped, each mark its
 * line number. Calls bad() for each bad line. Fast path for huge lists.
 */
size_t		 domset_add_lines(struct domset *s, struct span text,
		    void (*bad)(void *arg, uint32_t line, struct span entry, const char *why),
		    void *arg);
void		 domset_seal(struct domset *s);
/* host: canonical. *mark (may be NULL) is the mark of the entry that matched. */
bool		 domset_has(const struct domset *s, struct span host, uint32_t *mark);
size_t		 domset_count(const struct domset *s);
size_t		 domset_bytes(const struct domset *s);	/* memory held after sealing */
/*
 * Calls told() for each entry that another one of the set already covers (duplicates, a domain
 * beside its own parent), at most `most` times; returns how many there are.
 */
size_t		 domset_covered(const struct domset *s, size_t most,
		    void (*told)(void *arg, struct span entry, uint32_t mark, struct span by,
		    uint32_t by_mark), void *arg);

#endif
