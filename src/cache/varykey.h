/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vary (RFC 9111, 4.1; RFC 9110, 12.5.5): the list of names in one form, the key of a variant, and
 * the marker that stands under a URL's primary key and says which lists its answers were selected
 * by.
 */
#ifndef CACHE_VARYKEY_H
#define CACHE_VARYKEY_H

#include "base/arena.h"
#include "base/sb.h"
#include "cache/cachekey.h"

enum varykey_kind {
	VARYKEY_NONE,		/* no Vary: the primary key is the key */
	VARYKEY_FIELDS,		/* *names: lower case, sorted, each once, "a,b" */
	/* never matches a later request: "*", or what a proxy adds for each client */
	VARYKEY_STAR,
	VARYKEY_MALFORMED,	/* not names, or more than VARYKEY_FIELDS_MAX */
	VARYKEY_NO_MEMORY,
};

enum { VARYKEY_FIELDS_MAX = 32, VARYKEY_LISTS_MAX = 8, VARYKEY_MARKER_MAX = 4096 };

enum varykey_kind varykey_names(const struct head *reply, struct arena *a, struct span *names);

/*
 * The key of the variant that this request selects among those whose Vary had these names. nonce:
 * of the marker. False at the arena's cap.
 */
bool		 varykey_make(const struct cachekey *primary, uint64_t nonce, struct span names,
		    const struct head *req, struct arena *a, struct cachekey *out);

/*
 * A marker: a random number and the lists seen under a URL, latest first. The number is part of the
 * key of every variant: when the marker goes (PURGE, invalidation), all variants are out of reach
 * at once, though nobody could name them, and the next marker has another one. Its text is sixteen
 * hexadecimal digits and lines: "0123456789abcdef\na,b\nc\n"; an empty line stands for an answer
 * without Vary.
 */

/*
 * Writes a marker with names in front of the lists of an old one (the oldest is dropped where there
 * are too many). old: empty, or what the store gave; if that is no marker a new one begins, with
 * the number `fresh`, which must be unguessable. False: names are too long.
 */
bool		 varykey_marker_add(struct sb *out, struct span old, struct span names,
		    uint64_t fresh);

/* False: the text is no marker. Else *lists is to be walked with varykey_marker_next. */
bool		 varykey_marker_open(struct span text, uint64_t *nonce, struct span *lists);
/* Next list; false at the end, or when what is left is no marker (it came from a disk). */
bool		 varykey_marker_next(struct span *lists, struct span *names);

#endif
