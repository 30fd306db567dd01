/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of bodies, for whom the keeper carries along what they have not read yet (reclaim.c). Who
 * says that he reads and then finds a chunk in the index keeps it: a keeper who dropped it before
 * he could see him looks again and puts it back. In the loop's thread of a process.
 */
#include "store/store_inner.h"

/* The chunks of what grows that have come in [from, length). */
static bool
has_come(struct store *s, const struct store_hit *h, uint64_t from, const struct underway_entry *e)
{
	uint64_t length = e->length, each = s->dirs[h->extent.dir].super.chunk_bytes, full;

	if (length <= h->base)
		return true;
	full = h->base + (length - h->base) / each * each;
	return from >= full || store_maybe_range(s, h, from, full);
}

static bool
reads_along(struct store *s, const struct store_hit *h, uint64_t from, const struct store_follow *f)
{
	struct underway_ref	 ref = { f->slot, f->entry, f->life };
	enum underway_state	 state;
	struct underway_entry	*e;

	if (!underway_read_along(s->underway, &ref))
		return false;
	e = underway_get(s->underway, &ref, &state);
	return e != NULL && has_come(s, h, from, e);
}

bool
store_reader_begin(struct store *s, struct store_reader *r, const struct store_hit *h,
    uint64_t from, uint64_t to, const struct store_follow *f)
{
	OBJ_OK(s, STORE_TAG);
	OBJ_OK(h, STORE_HIT_TAG);
	r->entry = 0;
	if (f == NULL && to <= h->base)
		return store_maybe_range(s, h, from, to);
	r->entry = readers_begin(s->readers,
	    &(struct readers_new){ .body_id = h->body_id, .from = from, .to = to,
	    .stamp = store_moment(s), .dir = h->extent.dir });
	if (r->entry == 0)		/* more than anybody should have: these may be cut */
		return f == NULL && store_maybe_range(s, h, from, to);
	if (f == NULL ? store_maybe_range(s, h, from, to) : reads_along(s, h, from, f))
		return true;
	store_reader_end(s, r);
	return false;
}

void
store_reader_at(struct store *s, const struct store_reader *r, uint64_t pos)
{
	if (r->entry != 0)
		atomic_store_explicit(&readers_entry(s->readers, r->entry)->from, pos,
		    memory_order_relaxed);
}

void
store_reader_narrow(struct store *s, const struct store_reader *r, uint64_t from, uint64_t to)
{
	store_reader_at(s, r, from);
	if (r->entry != 0)
		atomic_store_explicit(&readers_entry(s->readers, r->entry)->to, to,
		    memory_order_relaxed);
}

bool
store_reader_total(struct store *s, const struct store_reader *r, uint64_t *total)
{
	*total = (r->entry != 0) ? readers_entry(s->readers, r->entry)->total : STORE_UNKNOWN;
	return *total != STORE_UNKNOWN;
}

uint64_t
store_reader_lag(struct store *s, const struct store_reader *r, uint64_t pos, uint64_t most)
{
	return (r->entry != 0) ?
	    readers_lag(s->readers, readers_entry(s->readers, r->entry)->body_id, pos, most) : 0;
}

void
store_reader_end(struct store *s, struct store_reader *r)
{
	if (r->entry != 0)
		readers_end(s->readers, r->entry);
	r->entry = 0;
}
