/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that grow, and their ends. Worker. */
#include "cache/filing.h"

#include <string.h>

#include "base/must.h"
#include "cache/fill.h"
#include "cache/partial.h"
#include "cache/parts.h"
#include "cache/storable.h"
#include "core/shared.h"

enum {
	FOLLOWED_S = 60,
	/* chunks that are smaller, together, are copied: each write costs more than that */
	GATHERED = 16384,
};

bool
filing_begin(struct filing *k, const struct fill_what *w)
{
	struct store_claim	 claim = w->claim;
	struct store_key	 key = object_store_key(&w->key);
	enum store_put		 why;

	*k = (struct filing){ .claimed = w->claimed, .follow = w->follow, .key = w->key,
	    .primary = object_store_key(&w->primary), .began = w->began, .least = w->least,
	    .most = w->most };
	k->cut_least = w->claimed ? w->cut_least : 0;	/* else somebody may be storing all of it */
	k->object = store_begin(shared.store, &key, &w->meta, w->total, w->claimed ? &claim : NULL,
	    &why);
	if (k->object == NULL && w->claimed)
		store_claim_end(shared.store, &claim);
	k->opened = store_moment(shared.store);
	return k->object != NULL;
}

bool
filing_append(struct filing *k, const struct span *v, unsigned n, uint64_t came)
{
	char	 all[GATHERED];
	size_t	 bytes = 0;

	if (came > k->most)
		return false;
	for (unsigned i = 0; i < n; i++)
		bytes += v[i].n;
	if (n > 1 && bytes <= sizeof all) {
		char	*to = all;

		for (unsigned i = 0; i < n; i++)
			to = mempcpy(to, v[i].p, v[i].n);
		return store_append(k->object, span_at(all, bytes)) == STORE_STORED;
	}
	for (unsigned i = 0; i < n; i++)
		if (store_append(k->object, v[i]) != STORE_STORED)
			return false;
	return true;
}

bool
filing_followed(const struct filing *k)
{
	return k->object != NULL && k->claimed && store_followed(k->object, FOLLOWED_S);
}

/* Its URL was made invalid since it was asked for. */
static bool
is_barred(const struct filing *k)
{
	return store_barred(shared.store, &k->primary, k->began);
}

/* Somebody has stored something younger under its key. */
static bool
is_overtaken(const struct filing *k)
{
	struct object	*o;
	bool		 younger;

	if (object_get(&k->key, &o) != STORE_HIT)
		return false;
	younger = o->hit.body_id >= k->opened;
	object_free(&o);
	return younger;
}

/*
 * ... and that is as recent by its Date: this one came late, and would set back who asks next (RFC
 * 9111, 4). Not so a part of the same.
 */
static bool
is_outdated(const struct filing *k)
{
	struct storedattr	 at;
	struct object		*o;
	size_t			 n, used;
	char			*attr = store_attr(k->object, &n);
	struct store_key	 key = object_store_key(&k->key);
	bool			 old;

	if (!store_maybe(shared.store, &key) || !storedattr_read(&at, span_at(attr, n), &used) ||
	    object_get(&k->key, &o) != STORE_HIT)
		return false;
	old = o->hit.body_id >= k->opened && !object_is_marker(o) &&
	    storable_newer(&at, &o->at) == STORABLE_YES &&
	    !(object_is_parts(o) && partial_combine(&o->at, STORE_UNKNOWN, &at, STORE_UNKNOWN));
	object_free(&o);
	return old;
}

/*
 * What was made invalid while it came is whole, and those who follow are to have it; whoever asks
 * from now on gets it only if the origin says that it is still good (RFC 9111, 4.4). False: it
 * cannot be marked, or nobody follows and there is a younger one.
 */
static bool
mark_invalid(struct filing *k)
{
	uint8_t			 text[STOREDATTR_MAX];
	struct storedattr	 at;
	size_t			 n, used;
	char			*attr = store_attr(k->object, &n);

	if ((is_overtaken(k) && !filing_followed(k)) ||
	    !storedattr_read(&at, span_at(attr, n), &used))
		return false;
	at.flags |= STORED_NO_CACHE;
	MUST(storedattr_write(&at, text) == used);
	memcpy(attr, text, used);
	return true;
}

bool
filing_complete(struct filing *k, uint64_t came)
{
	struct store_key	 key = object_store_key(&k->key);
	bool			 barred = is_barred(k) || is_outdated(k);

	if (came < k->least || (barred && !mark_invalid(k)))
		return false;
	store_commit(&k->object);
	if (!barred && is_barred(k))	/* between the question and the answer */
		store_delete(shared.store, &key);
	return true;
}

void
filing_hide(struct filing *k)
{
	k->hidden = true;
	store_hide(k->object);
}

/*
 * What came is worth being kept as parts (RFC 9111, 3.3), unless others have stored something while
 * a client still read behind.
 */
static bool
is_worth(const struct filing *k)
{
	if (k->cut_least == 0 || store_length(k->object) < k->cut_least || is_barred(k) ||
	    is_outdated(k))
		return false;
	return !k->hidden || !store_maybe(shared.store, &k->follow.key);
}

void
filing_end(struct filing *k)
{
	if (k->object == NULL)
		return;
	if (is_worth(k))
		store_commit_short(&k->object, OBJECT_PARTS);
	else
		store_abort(&k->object);
}
