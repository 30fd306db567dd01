/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upkeep, one bounded piece at a call: cache_dirs that are off are tried again, full segments are
 * sealed, room is made, a lost index is filled again, everything is synced now and then. Runs in
 * the keeper, which may wait for disks; if it dies, its successor finds all it needs in shared
 * memory.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/msg.h"
#include "store/catalog.h"
#include "store/diskio.h"
#include "store/reclaim.h"
#include "store/seal.h"
#include "store/store_inner.h"

enum {
	IDLE_MS = 200, OFF_MS = 1000,
	/* what fails again and again is tried less and less often, and said as seldom */
	RETRY_S = 10, FLAPS_MOST = 6,
	STEADY_S = 600, SYNC_S = 30,
	WARM_STEP = 16 << 20, WARM_PIECE = 65536,
	START_STEP = 8 << 20,
};

static bool
try_again(struct store *s, struct volume *v, struct store_upkeep *k, uint64_t now_s)
{
	uint64_t stamp = s->shared->stamp;
	bool ok;

	if (!k->off) {
		if (v->shared->cut)		/* found in a signal handler, which cannot say it */
			msg(MSG_WARNING, "cache_dir %s is off: somebody cut off its index",
			    v->path);
		k->off = true;
		k->flaps = (k->on_s != 0 && now_s - k->on_s < STEADY_S) ? k->flaps + 1 : 0;
		k->tried_s = (k->flaps > 0) ? k->tried_s : 0;
	}
	if (k->tried_s != 0 && now_s - k->tried_s <
	    (uint64_t)RETRY_S << (k->flaps < FLAPS_MOST ? k->flaps : FLAPS_MOST))
		return false;
	k->tried_s = now_s;
	ok = (v->shared->life == 0) ? volume_start(v, &stamp) : volume_try_again(v);
	if (ok && stamp > s->shared->stamp)
		s->shared->stamp = stamp;
	if (ok)
		k->on_s = now_s;
	return ok;
}

/*
 * A piece of an index that was there before is read in, so that a lookup does not wait for it page
 * by page; a new one has nothing on the disk that could be waited for.
 */
static bool
warm_some(struct volume *v, struct store_upkeep *k)
{
	char	*piece;
	uint64_t end;
	size_t	 got;

	if (k->warm_life != v->life) {
		k->warm_life = v->life;
		k->warm_at =
		    (segtab_count(v->segs, SEGTAB_FREE) == v->segs->n) ? v->index_bytes : 0;
	}
	if (k->warm_at >= v->index_bytes)
		return false;
	piece = mem_alloc(WARM_PIECE);
	end = k->warm_at + WARM_STEP;
	for (; k->warm_at < end && k->warm_at < v->index_bytes; k->warm_at += WARM_PIECE)
		if (diskio_read(v->index_fd, piece, WARM_PIECE, k->warm_at, false,
		    &got) != DISKIO_OK)
			/* its end, or damage: a lookup will meet it */
			k->warm_at = v->index_bytes;
	free(piece);
	return true;
}

/*
 * So that sealing finds most of a segment on the disk already, and the kernel never finds too much
 * dirty.
 */
static void
start_writing(struct volume *v)
{
	for (uint32_t i = 0; i < v->segs->n; i++) {
		struct segtab_entry *e = &v->segs->entry[i];
		uint32_t used = e->used, from = e->started;

		if (segtab_state(v->segs, i) != SEGTAB_OPEN || used > v->super.segment_bytes ||
		    used < from + START_STEP)
			continue;
		e->started = used;
		if (diskio->start(v->fd, (off_t)(volume_segment_at(v, i) + from),
		    (off_t)(used - from)) != 0)
			return;			/* it goes without: sealing syncs all */
	}
}

/*
 * Tombs are gathered in a first pass over all segments and held in memory, so that nothing deleted
 * shows itself at any moment: a word of a tomb in the index would give way to one of a later
 * version, and that may go (its record is damaged, its bucket full) before what the tomb buries is
 * met.
 */
static void
gather_tombs(struct store_upkeep *k, const struct toc *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (toc_kind(&t->entries[i]) == RECORD_TOMB)
			toc_add(&k->tombs, &t->entries[i]);
}

static void
enter_one(struct store *s, struct volume *v, const struct toc *tombs, const struct toc_entry *e,
    uint64_t place)
{
	struct bucket_match	 m;

	if (!toc_has_newer(tombs, e))
		catalog_enter(v, s->slot,
		    &(struct catalog_new){ .key = e->key, .stamp = e->stamp, .place = place,
		    .length = toc_length(e) });
	else if (catalog_find(v, e->key, place, &m))
		bucket_change(m.at, m.word, 0);		/* of a keeper that was killed while
							 * somebody deleted it */
}

static void
enter_all(struct store *s, struct volume *v, const struct toc *tombs, uint32_t i,
    const struct toc *t)
{
	for (size_t k = 0; k < t->n; k++)
		if (toc_kind(&t->entries[k]) != RECORD_TOMB)
			enter_one(s, v, tombs, &t->entries[k],
			    volume_segment_at(v, i) + toc_offset(&t->entries[k]));
}

/* What the index may lack stands in segments taken before it was lost; tombs anywhere. */
static bool
is_to_be_walked(const struct volume *v, const struct store_upkeep *k, uint32_t i)
{
	enum segtab_state st = segtab_state(v->segs, i);

	return (st == SEGTAB_OPEN || st == SEGTAB_FULL || st == SEGTAB_SEALED) &&
	    (!k->tombs_done || v->segs->entry[i].seq < v->shared->rebuild_seq);
}

/* One segment's records into the index. */
static bool
rebuild_some(struct store *s, struct volume *v, struct store_upkeep *k)
{
	struct toc	 t;

	if (!v->shared->rebuild)
		return false;
	while (k->rebuild_at < v->segs->n && !is_to_be_walked(v, k, k->rebuild_at))
		k->rebuild_at++;
	if (k->rebuild_at < v->segs->n) {
		if (toc_load(v, k->rebuild_at, &t)) {
			if (k->tombs_done)
				enter_all(s, v, &k->tombs, k->rebuild_at, &t);
			else
				gather_tombs(k, &t);
			toc_free(&t);
		}
		k->rebuild_at++;
		return true;
	}
	k->rebuild_at = 0;
	k->tombs_done = !k->tombs_done;
	if (k->tombs_done) {
		toc_sort(&k->tombs);
		return true;
	}
	toc_free(&k->tombs);
	v->shared->rebuild = 0;
	volume_index_complete(v, true);
	msg(MSG_INFO, "cache_dir %s: the index is complete", v->path);
	return true;
}

static bool
sync_one(struct store *s, struct volume *v)
{
	return volume_write_super(v, s->shared->stamp) && diskio->sync(v->fd) == 0 &&
	    msync(v->index_map, v->index_bytes, MS_ASYNC) == 0;
}

static bool
sync_sometimes(struct store *s, struct volume *v, struct store_upkeep *k, uint64_t now_s)
{
	if (k->begun && now_s - k->synced_s < SYNC_S)
		return false;
	k->begun = true;
	k->synced_s = now_s;
	if (!sync_one(s, v))
		volume_fail(v, "syncing");
	if (!k->told_gone && !volume_is_in_place(v)) {
		k->told_gone = true;
		msg(MSG_WARNING,
		    "cache_dir %s: its file was removed or replaced; the cache goes on in the old one until the next start", v->path);
	}
	return true;
}

/*
 * Where somebody met no free segment, more of them are kept free: twice as many each second, a
 * quarter of all at most; one less after a second in which nobody did.
 */
static void
judge_room(struct volume *v, struct store_upkeep *k, uint64_t now_s)
{
	uint64_t lacked = volume_counted(v, VOLUME_NO_ROOM) + volume_counted(v, VOLUME_BEHIND);

	if (now_s == k->judged_s)
		return;
	if (k->judged_s == 0)
		k->more = 0;		/* before this process's time */
	else if (lacked > k->lacked)
		k->more = (k->more == 0) ? 1 : k->more * 2;
	else if (k->more > 0)
		k->more--;
	if (k->more > v->segs->n / 4)
		k->more = v->segs->n / 4;
	k->judged_s = now_s;
	k->lacked = lacked;
}

/*
 * Where room is lacking several become free together, as that waits for the disk twice. Segments
 * that have no place to go forward to wait for those, or for readers; nothing else is lost by
 * trying the next ones.
 */
static bool
make_room(struct store *s, struct volume *v, struct store_upkeep *k)
{
	if (reclaim_ready(v) <= k->more && reclaim_needed(v, k->more) &&
	    reclaim_one(s, v, &k->main))
		return true;
	return reclaim_free(v);
}

static unsigned
keep_one(struct store *s, unsigned dir, uint64_t now_s)
{
	struct volume		*v = &s->dirs[dir];
	struct store_upkeep	*k = &s->upkeep[dir];

	if (!volume_on(v) && !try_again(s, v, k, now_s))
		return OFF_MS;
	k->off = false;
	judge_room(v, k, now_s);
	volume_lock(v);
	start_writing(v);
	/*
	 * first what a lost index lacks (it would count as dead), then sealing (only what is sealed
	 * can be chosen), then room
	 */
	if (warm_some(v, k) || rebuild_some(s, v, k) || seal_some(s, v) || make_room(s, v, k) ||
	    sync_sometimes(s, v, k, now_s))
		return 0;
	return IDLE_MS;
}

unsigned
store_keep(struct store *s, uint64_t now_s)
{
	unsigned least = OFF_MS;

	OBJ_OK(s, STORE_TAG);
	s->shared->keeper = s->slot;
	for (unsigned i = 0; i < s->dirs_n; i++) {
		unsigned ms = keep_one(s, i, now_s);

		if (ms < least)
			least = ms;
	}
	return least;
}

bool
store_sync(struct store *s)
{
	bool	 ok = true;

	OBJ_OK(s, STORE_TAG);
	for (unsigned i = 0; i < s->dirs_n; i++)
		ok &= !volume_on(&s->dirs[i]) || sync_one(s, &s->dirs[i]);
	return ok;
}
