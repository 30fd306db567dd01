/* SPDX-License-Identifier: Apache-2.0 */
/* Entity tags (RFC 9110, 8.8.3) and lists of them. */
#ifndef CACHE_ENTITYTAG_H
#define CACHE_ENTITYTAG_H

#include "http/head.h"

struct entitytag {
	struct span	 opaque;	/* with its quotes; {NULL,0}: none */
	bool		 weak;
};

/* One entity-tag and nothing else. W is case-sensitive; without quotes it is none. */
bool		 entitytag_parse(struct span text, struct entitytag *out);

/* From ETag; false where it is absent, malformed, or there are two that differ. */
bool		 entitytag_of(const struct head *h, struct entitytag *out);

/* RFC 9110, 8.8.3.2: strong: both strong and equal; weak: equal apart from W/. */
bool		 entitytag_strong_eq(const struct entitytag *a, const struct entitytag *b);
bool		 entitytag_weak_eq(const struct entitytag *a, const struct entitytag *b);

enum entitytag_list {
	ENTITYTAG_NO_MATCH,
	ENTITYTAG_MATCH,
	ENTITYTAG_ANY,		/* "*" alone */
	ENTITYTAG_MALFORMED,	/* an element that is no entity-tag, "*" beside others */
};

/*
 * Looks for a tag (weak comparison; NULL: there is none to find) in all fields `id` (If-None-Match,
 * If-Match). A malformed element makes the whole list malformed only if nothing before it matches.
 */
enum entitytag_list entitytag_in(const struct head *h, enum field_id id,
    const struct entitytag *tag);

#endif
