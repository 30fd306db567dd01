/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing segments. In the keeper, which may be killed at any point: then they are FULL still. */
#include "store/seal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/catalog.h"
#include "store/crc32c.h"
#include "store/diskio.h"

enum { TOGETHER = 8 };		/* the others wait for room meanwhile */

/*
 * A copy or another version whose word had moved to it when its writer was killed counts: it is
 * confirmed in his stead. One that nothing leads to never will be. Nobody writes in this segment
 * any more.
 */
static bool
confirm(struct volume *v, uint32_t i, struct toc_entry *e)
{
	uint64_t		 place = volume_segment_at(v, i) + toc_offset(e);
	size_t			 n = (size_t)toc_length(e), got;
	struct bucket_match	 m;
	struct record		*r;
	bool			 ok;

	if (!catalog_find(v, e->key, place, &m))
		return false;
	r = mem_alloc(n);
	ok = diskio_read(v->fd, r, n, place, false, &got) == DISKIO_OK &&
	    record_plausible(r, v->segs->entry[i].nonce, n) && record_intact(r) &&
	    crc32c_more(0, (const char *)r + record_body_at(r), r->body_len) == r->body_crc;
	free(r);
	ok = ok && store_confirm(v, place);
	e->units_kind = (e->units_kind & ~15U) | RECORD_OBJECT;
	return ok;
}

static void
settle(struct volume *v, uint32_t i, struct toc *t)
{
	size_t n = 0;

	for (size_t k = 0; k < t->n; k++)
		if (toc_kind(&t->entries[k]) != RECORD_GROWING || confirm(v, i, &t->entries[k]))
			t->entries[n++] = t->entries[k];
	t->n = n;
}

/* Its table stands behind its records. *holds: anything at all. */
static bool
list(struct volume *v, uint32_t i, bool *holds)
{
	struct toc	 t;
	bool		 ok;

	if (!toc_scan_all(v, i, &t))
		return false;
	settle(v, i, &t);
	*holds = t.n > 0;
	ok = !*holds || toc_write(v, i, &t);
	if (*holds)
		v->segs->entry[i].used = (uint32_t)toc_end(&t);
	toc_free(&t);
	return ok;
}

/*
 * The directory speaks of a segment as sealed, and so of its table, when both are on the disk. That
 * it says so comes to the disk last: without it, records are walked over after a power cut.
 */
static bool
seal(struct store *s, struct volume *v, const uint32_t *listed, unsigned n)
{
	if (diskio->sync(v->fd) != 0)
		return false;
	for (unsigned k = 0; k < n; k++) {
		segtab_set(v->segs, listed[k], SEGTAB_SEALED);
		if (!volume_write_entry(v, listed[k]))
			return false;
	}
	return volume_write_super(v, s->shared->stamp) && diskio->sync(v->fd) == 0;
}

static bool
is_full(const struct volume *v, uint32_t i)
{
	return segtab_state(v->segs, i) == SEGTAB_FULL && v->segs->entry[i].busy == 0;
}

bool
seal_some(struct store *s, struct volume *v)
{
	uint32_t	 listed[TOGETHER];
	unsigned	 n = 0, met = 0;
	bool		 ok = true, holds;

	for (uint32_t i = 0; i < v->segs->n && n < TOGETHER && ok; i++) {
		if (!is_full(v, i))
			continue;
		met++;
		ok = list(v, i, &holds);
		if (ok && holds)
			listed[n++] = i;
		else if (ok)
			segtab_set(v->segs, i, SEGTAB_EMPTYING);
	}
	if (!ok || (n > 0 && !seal(s, v, listed, n)))
		volume_fail(v, "sealing segments");
	return met > 0;
}
