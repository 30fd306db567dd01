/* SPDX-License-Identifier: Apache-2.0 */
/* Finds networks of one list that another value of the list already covers. */
#ifndef ACL_NETLINT_H
#define ACL_NETLINT_H

#include "base/addr.h"
#include "base/diag.h"

struct netlint_item;

struct netlint {
	struct netlint_item	*list;
	size_t			 n, cap;
};

/* Remembers a value if it is an address or a network (ranges and words are left out). */
void	 netlint_add(struct netlint *v, struct span text, struct diag_place at);
/* Warns, ten times at most and then with a count; quiet: says nothing. Frees. */
void	 netlint_tell(struct netlint *v, const char *acl, bool quiet, struct diag *d);
void	 netlint_free(struct netlint *v);

#endif
