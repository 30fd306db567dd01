/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updating stored responses from a 304 (RFC 9111, 4.3.3, 4.3.4), from an answer to HEAD (4.3.5) and
 * from a 206 (3.4): which one is meant, and what of its head changes (3.2).
 */
#ifndef CACHE_FRESHEN_H
#define CACHE_FRESHEN_H

#include "base/arena.h"
#include "cache/storedattr.h"

/*
 * Which stored response a 304 speaks of: by a strong validator (not against the opaque part of a
 * tag), else the latest with the same weak one; a 304 without validator speaks of the only
 * candidate it was asked about. So does one with its weak tag made strong, where it is asked about
 * each time: it confirms, but updates nothing (4.3.4; otherwise fetching it anew is less than
 * asking each time from now on). -1: none, nothing may be updated (the 304 answers the client's own
 * condition, or the stored response must be fetched anew).
 */
int		 freshen_select(const struct storedattr *const *candidates, size_t n,
		    const struct head *reply, int64_t now_s);

enum freshen {
	FRESHEN_KEPT,		/* head and attributes are the new ones: write them */
	/*
	 * they may answer this one request, but must not stay stored (no-store, private, another
	 * Vary)
	 */
	FRESHEN_DROP,
	/*
	 * they answer this one request; what is stored stays as it was (Authorization; not meant by
	 * a strong validator)
	 */
	FRESHEN_APART,
	FRESHEN_NO_MEMORY,
};

struct freshen_in {
	/* parsed from the record; becomes the merged head */
	struct head		*stored;
	/* of the 304, of the answer to HEAD, of the 206; is stripped */
	struct head		*update;
	const struct storedattr	*at;		/* of the stored response */
	const struct head	*req;		/* that was answered by the update */
	const struct refresh_rule *rule;
	const struct cachepolicy *policy;
	int64_t			 request_s, response_s;
	bool			 logged_in;	/* storable_in's */
};

/* Merges; *out are the attributes of the merged head (its tag borrows from there). */
enum freshen	 freshen_merge(const struct freshen_in *in, struct arena *a,
		    struct storedattr *out);

/*
 * What the update (as it came; is stripped) says to its receiver alone: Set-Cookie, and the fields
 * that its no-cache="" or private="" list. Added to the answer for who caused it, never to what is
 * stored. False: no memory.
 */
bool		 freshen_personal(struct head *answer, struct head *update, struct arena *a);

enum freshen_head {
	FRESHEN_HEAD_UPDATES,		/* merge */
	FRESHEN_HEAD_INVALIDATES,	/* the stored response is stale from now on */
	FRESHEN_HEAD_IGNORED,		/* says nothing about it */
};

/*
 * RFC 9111, 4.3.5: an answer to HEAD and a stored answer to GET of length bytes (UINT64_MAX:
 * unknown).
 */
enum freshen_head freshen_by_head(const struct storedattr *at, uint64_t length,
    const struct head *reply, int64_t now_s);

#endif
