/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which run of the file a body is read from now, pinned, compared with its checksum, in the page
 * cache or not. A pin need last no longer than a call (store_extent.sendable): after one, what the
 * socket still holds stays as it is. Worker.
 */
#include "base/clock.h"
#include "cache/storebody_inner.h"
#include "core/shared.h"

enum {
	CHECK_MOST = 128 * 1024,	/* bytes that are compared in the loop's thread */
	RECENT_BITS = 10, RECENT_MS = 1000,
};

/*
 * Ends of runs that were seen in the page cache less than RECENT_MS ago. What is sent all the time
 * is not asked for each time: it is not what the system evicts.
 */
static struct recent {
	uint64_t	 end, from, ms;
	int		 fd;
}		 recent[1 << RECENT_BITS];

static bool
resident(const struct store_extent *e, uint64_t pos)
{
	uint64_t	 from = e->at + (pos - e->pos), end = e->at + e->len;
	/* ends differ by whole pages */
	struct recent	*r =
	    &recent[(end ^ (uint64_t)e->fd) * 0x9e3779b97f4a7c15 >> (64 - RECENT_BITS)];

	if (r->end == end && r->fd == e->fd && r->from <= from && clock_ms() - r->ms < RECENT_MS)
		return true;
	if (!store_resident(shared.store, e, pos, e->pos + e->len - pos))
		return false;
	*r = (struct recent){ end, from, clock_ms(), e->fd };
	return true;
}

void
storebody_let_go(struct storebody *b)
{
	if (!b->held)
		return;
	b->held = b->ready = false;
	store_extent_done(shared.store, &b->extent);
}

/* The extent that has pos is held on STORE_HIT. */
static enum store_got
hold(struct storebody *b, uint64_t pos)
{
	enum store_got	 got;

	if (b->held && storebody_covers(&b->extent, pos))
		return STORE_HIT;
	storebody_let_go(b);
	if (pos < b->o->inlined && !b->o->pinned)
		return STORE_MISS;
	got = store_extent(shared.store, &b->o->hit, pos, STORE_NOWAIT, &b->extent);
	b->held = (got == STORE_HIT);
	return got;
}

enum store_got
storebody_hold(struct storebody *b, uint64_t pos)
{
	enum store_got	 got = hold(b, pos);

	if (got != STORE_HIT || store_still_checked(shared.store, &b->extent))
		return got;
	if (b->extent.whole_len > CHECK_MOST)
		return STORE_WOULD_BLOCK;
	got = store_check(shared.store, &b->extent, STORE_NOWAIT);
	if (got == STORE_HIT && pos < b->o->inlined)
		b->o->checked = true;
	return got;
}

bool
storebody_sendable(struct storebody *b, uint64_t pos)
{
	if (storebody_hold(b, pos) != STORE_HIT)
		return false;
	if (!b->ready)
		b->ready = b->extent.sendable && resident(&b->extent, pos);
	return b->ready;
}
