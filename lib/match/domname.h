/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a domain list in canonical form. */
#ifndef MATCH_DOMNAME_H
#define MATCH_DOMNAME_H

#include "base/span.h"
#include "match/namepack.h"

struct domname {
	char		 text[NAMEPACK_ROOM];	/* lower case, no dot at either end */
	size_t		 n;
	unsigned	 labels;
	bool		 wide;			/* written with a leading dot: all below it too */
};

/* NULL, or what is wrong with the entry (static text). namepack_init has run. */
const char	*domname_take(struct domname *e, struct span text);

#endif
