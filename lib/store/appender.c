/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving out places in the open segment. Runs in the process that owns it; what others must know
 * after its death stands in the segment table.
 */
#include "store/appender.h"

#include "base/must.h"
#include "store/record.h"
#include "store/toc.h"

void
appender_init(struct appender *a, struct volume *v, uint32_t slot, enum segtab_kind kind,
    uint32_t spare, const _Atomic uint64_t *stamp)
{
	*a = (struct appender){ .v = v, .slot = slot, .kind = kind, .spare = spare, .segment = -1,
	    .stamp = stamp };
}

static struct segtab_entry *
entry(const struct appender *a)
{
	return &a->v->segs->entry[a->segment];
}

enum { URGENT_SHARE = 64 };	/* of a segment */

/*
 * Records may stand up to here: behind it is room for the table of contents, one record more
 * included.
 */
static uint64_t
limit(const struct appender *a, bool urgent)
{
	uint64_t all = a->v->super.segment_bytes,
	    kept = toc_room(entry(a)->records + 1) + (urgent ? 0 : all / URGENT_SHARE);

	return (kept < all) ? all - kept : 0;
}

static bool
take_hole(struct appender *a, uint64_t room, bool urgent, uint32_t *offset)
{
	for (uint32_t i = 0; i < a->holes_n; i++) {
		struct appender_hole *h = &a->holes[i];

		if (h->len < room || h->at + room > limit(a, urgent))
			continue;
		*offset = h->at;
		h->at += (uint32_t)room;
		h->len -= (uint32_t)room;
		if (h->len < sizeof(struct record))
			*h = a->holes[--a->holes_n];
		return true;
	}
	return false;
}

static bool
take_end(struct appender *a, uint64_t room, bool urgent, uint32_t *offset)
{
	if (a->pos + room > limit(a, urgent))
		return false;
	*offset = a->pos;
	a->pos += (uint32_t)room;
	entry(a)->used = a->pos;
	return true;
}

void
appender_close(struct appender *a)
{
	if (a->segment < 0 || (entry(a)->records == 0 && entry(a)->busy == 0))
		return;
	segtab_set(a->v->segs, (uint32_t)a->segment, SEGTAB_FULL);
	a->segment = -1;
	a->pos = a->holes_n = 0;
}

/* While there is no other, the one that is full stays open for what is urgent. */
static bool
open_another(struct appender *a, bool urgent)
{
	int64_t next;

	if (a->segment >= 0 && entry(a)->records == 0 && entry(a)->busy == 0)
		return false;		/* an empty one that is too small */
	if (!urgent && a->kind == SEGTAB_FRESH && volume_is_behind(a->v)) {
		volume_count(a->v, VOLUME_BEHIND);
		return false;
	}
	next = segtab_take(a->v->segs, a->slot, a->kind, a->spare, *a->stamp);
	if (next < 0)
		return false;
	appender_close(a);
	a->segment = next;
	a->pos = a->holes_n = 0;
	if (volume_write_entry(a->v, (uint32_t)a->segment))
		return true;
	volume_fail(a->v, "writing the directory of segments");
	return false;
}

bool
appender_resume(struct appender *a, uint32_t segment, uint32_t records)
{
	appender_close(a);
	if (a->segment >= 0)
		return false;		/* it has an empty one */
	segtab_reopen(a->v->segs, segment, a->slot, a->kind);
	a->segment = segment;
	a->pos = entry(a)->used;
	a->holes_n = 0;
	entry(a)->records = records;
	if (volume_write_entry(a->v, segment))
		return true;
	volume_fail(a->v, "writing the directory of segments");
	return false;
}

bool
appender_reserve(struct appender *a, uint64_t room, bool urgent, struct appender_place *p)
{
	uint32_t offset;

	MUST(room % RECORD_ALIGN == 0 && room > 0);
	if (room > a->v->super.segment_bytes)
		return false;
	if (a->segment < 0 || (!take_hole(a, room, urgent, &offset) &&
	    !take_end(a, room, urgent, &offset))) {
		if (!open_another(a, urgent) || !take_end(a, room, urgent, &offset))
			return false;
	}
	entry(a)->busy++;
	entry(a)->records++;
	p->segment = (uint32_t)a->segment;
	p->offset = offset;
	p->room = (uint32_t)room;
	p->at = volume_segment_at(a->v, p->segment) + offset;
	p->nonce = entry(a)->nonce;
	return true;
}

static void
give_back(struct appender *a, uint32_t at, uint32_t len)
{
	if (at + len == a->pos) {
		a->pos = at;
		entry(a)->used = at;
	} else if (len >= sizeof(struct record) && a->holes_n < APPENDER_HOLES) {
		a->holes[a->holes_n++] = (struct appender_hole){ at, len };
	}
}

void
appender_finish(struct appender *a, const struct appender_place *p, uint64_t used)
{
	struct segtab_entry	*e = &a->v->segs->entry[p->segment];

	MUST(used <= p->room && used % RECORD_ALIGN == 0);
	if (e->nonce != p->nonce || e->busy == 0)
		return;			/* shared memory that somebody ran over */
	if (a->segment == (int64_t)p->segment && used < p->room) {
		give_back(a, p->offset + (uint32_t)used, p->room - (uint32_t)used);
		if (used == 0)
			e->records--;
	}
	atomic_fetch_sub_explicit(&e->busy, 1, memory_order_release);
}
