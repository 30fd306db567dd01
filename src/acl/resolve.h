/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names among the values of src and dst: looked up while the settings are compiled, within a
 * few seconds for all.
 */
#ifndef ACL_RESOLVE_H
#define ACL_RESOLVE_H

#include "base/addr.h"
#include "base/diag.h"

struct resolve_name;

struct resolve {
	struct resolve_name	*list;
	size_t			 n, cap;
};

/* Copies the name. */
void	 resolve_add(struct resolve *r, struct span name, struct diag_place at);
/*
 * Calls found() for every address of every name; a name without one is a warning. Blocks for
 * RESOLVE_MOST_MS at most over all calls of the process within a minute; child processes do the
 * asking, so that a stuck resolver cannot hold this one. Frees.
 */
enum { RESOLVE_MOST_MS = 4000 };
void	 resolve_all(struct resolve *r, const char *acl,
		    void (*found)(void *arg, const struct addr *a), void *arg, struct diag *d);
/* True: nothing is asked, no name resolves (fuzzing). */
extern bool	 resolve_never;
void	 resolve_free(struct resolve *r);

#endif
