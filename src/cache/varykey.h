/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vary (RFC 9111, 4.1; RFC 9110, 12.5.5): the list of names in one form, the key of a variant, and the marker that stands under a URL's
 * primary key and says which lists its answers were selected by.
 */
#ifndef CACHE_VARYKEY_H
#define CACHE_VARYKEY_H

#include "base/arena.h"
#include "base/sb.h"
#include "cache/cachekey.h"

enum varykey_kind {
	VARYKEY_NONE,		/* no Vary: the primary key is the key */
	VARYKEY_FIELDS,		/* *names: lower case, sorted, each once, "a,b" */
	VARYKEY_STAR,		/* never matches a later request */
	VARYKEY_MALFORMED,	/* not names, or more than VARYKEY_FIELDS_MAX */
	VARYKEY_NO_MEMORY,
};

enum { VARYKEY_FIELDS_MAX = 32, VARYKEY_LISTS_MAX = 8, VARYKEY_MARKER_MAX = 4096 };

enum varykey_kind varykey_names(const struct head *reply, struct arena *a, struct span *names);

/* The key of the variant that this request selects among those whose Vary had these names. False at the arena's cap. */
bool		 varykey_make(const struct cachekey *primary, struct span names, const struct head *req, struct arena *a,
		    struct cachekey *out);

/*
 * A marker: the lists seen under a URL, latest first. varykey_marker_add puts one in front (it may be there already; the oldest is
 * dropped when there are VARYKEY_LISTS_MAX or the text would be too long). The text of a marker is "a,b\nc\n"; an empty line stands for
 * an answer without Vary.
 */
bool		 varykey_marker_add(struct sb *out, struct span marker, struct span names);
/* Next list; false at the end, or when what is left is no marker (it came from a disk). */
bool		 varykey_marker_next(struct span *rest, struct span *names);

#endif
