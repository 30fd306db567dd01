/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reclaiming segments. Runs in the keeper and waits for the disk; workers go on reading and writing
 * meanwhile.
 */
#include "store/reclaim.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/carry.h"
#include "store/catalog.h"
#include "store/diskio.h"

enum {
	FRESH_SHARE	= 10,		/* a tenth of the segments that hold something */
	FREE_TRIES = 100, FREE_US = 100,
	ROOM_SHARE	= 8,		/* of a segment: with less room it is as good as full */
};

/* Processes that were killed leave segments that were hardly begun. */
static bool
is_littered(const struct volume *v)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->segs->n; i++)
		n += segtab_state(v->segs, i) == SEGTAB_SEALED && carry_holds_little(v, i) &&
		    !segtab_pinned(v->segs, i);
	return n > 1;
}

static uint32_t
count_emptying(const struct volume *v, bool pinned)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->segs->n; i++)
		n += segtab_state(v->segs, i) == SEGTAB_EMPTYING &&
		    segtab_pinned(v->segs, i) == pinned;
	return n;
}

uint32_t
reclaim_ready(const struct volume *v)
{
	return count_emptying(v, false);
}

/*
 * What waits for its readers comes back; while that is a quarter of all, the rest is of more use as
 * it is.
 */
bool
reclaim_needed(const struct volume *v, uint32_t more)
{
	uint32_t open = segtab_count(v->segs, SEGTAB_OPEN), large = v->segs->n / 32;
	uint32_t free = segtab_count(v->segs, SEGTAB_FREE) + reclaim_ready(v);

	return count_emptying(v, true) * 4 <= v->segs->n &&
	    (free < STORE_SPARE + 2 + (open < large ? open : large) + more || is_littered(v));
}

static bool
may_go(const struct volume *v, const bool *skip, uint32_t i)
{
	return !skip[i] && segtab_state(v->segs, i) == SEGTAB_SEALED;
}

/* The oldest of its kind, rather one that nobody is reading from. */
static int64_t
oldest(const struct volume *v, const bool *skip, enum segtab_kind kind)
{
	uint64_t least[2] = { UINT64_MAX, UINT64_MAX };
	int64_t found[2] = { -1, -1 };

	for (uint32_t i = 0; i < v->segs->n; i++) {
		uint64_t seq = v->segs->entry[i].seq;
		int pinned;

		if (!may_go(v, skip, i) || segtab_kind(v->segs, i) != kind || seq >= least[0])
			continue;
		pinned = segtab_pinned(v->segs, i);
		if (seq < least[pinned]) {
			least[pinned] = seq;
			found[pinned] = i;
		}
	}
	return (found[0] >= 0) ? found[0] : found[1];
}

static int64_t
choose(const struct volume *v, const bool *skip)
{
	uint32_t fresh = 0, all = 0;
	int64_t i;

	for (uint32_t k = 0; k < v->segs->n; k++) {
		if (segtab_state(v->segs, k) == SEGTAB_FREE)
			continue;
		if (may_go(v, skip, k) && carry_holds_little(v, k) && !segtab_pinned(v->segs, k))
			return k;
		all++;
		fresh += segtab_kind(v->segs, k) == SEGTAB_FRESH;
	}
	i = oldest(v, skip, (fresh * FRESH_SHARE > all) ? SEGTAB_FRESH : SEGTAB_MAIN);
	return (i >= 0) ? i : oldest(v, skip, (fresh * FRESH_SHARE > all) ? SEGTAB_MAIN :
	    SEGTAB_FRESH);
}

/* ---- one segment ---- */

enum which { ANY, UNPINNED, UNREAD, TOMBLESS };	/* each has what the ones before it need */

/* The next that can go, with its table. False: none. */
static bool
take_up(struct carry *j, enum which which)
{
	bool	*skip = mem_zero(j->v->segs->n);
	bool	 found = false, little;
	int64_t	 i;

	while (!found && (i = choose(j->v, skip)) >= 0) {
		skip[i] = true;
		if (which >= UNPINNED && segtab_pinned(j->v->segs, (uint32_t)i))
			continue;
		little = carry_holds_little(j->v, (uint32_t)i);
		/* how much one holds that a crash closed is known only now */
		found = carry_look(j, (uint32_t)i) && little == j->all;
		found = found && (which < UNREAD || !carry_is_read(j)) &&
		    (which < TOMBLESS || !carry_has_tombs(j));
		if (!found)
			carry_leave(j);
	}
	free(skip);
	return found;
}

static uint32_t
room_in(const struct volume *v, uint32_t i)
{
	uint32_t used = v->segs->entry[i].used;

	return (used < v->super.segment_bytes) ? v->super.segment_bytes - used : 0;
}

/*
 * A keeper that begins goes on in what one who was killed has left hardly begun, so that not each
 * of them takes another one. Where none is free (any) it may be any that is hardly begun, or else
 * the last one of its predecessor.
 */
static int64_t
choose_to_resume(const struct volume *v, bool any)
{
	uint64_t newest = 0;
	int64_t found = -1, best = -1;

	for (uint32_t i = 0; i < v->segs->n; i++) {
		bool is_main = segtab_kind(v->segs, i) == SEGTAB_MAIN;

		if (segtab_state(v->segs, i) != SEGTAB_SEALED)
			continue;
		if ((is_main || any) && carry_holds_little(v, i) &&
		    (best < 0 || room_in(v, i) > room_in(v, (uint32_t)best)))
			best = i;
		if (is_main && v->segs->entry[i].seq >= newest) {
			newest = v->segs->entry[i].seq;
			found = i;
		}
	}
	return (best < 0 && any && found >= 0 &&
	    room_in(v, (uint32_t)found) > v->super.segment_bytes / ROOM_SHARE) ? found : best;
}

static bool
resume(struct volume *v, struct appender *main, bool any)
{
	int64_t		 i = choose_to_resume(v, any);
	struct toc	 t;
	uint32_t	 n;

	if (i < 0 || !toc_load(v, (uint32_t)i, &t))
		return false;
	v->segs->entry[i].used = (uint32_t)toc_end(&t);
	n = (uint32_t)t.n;
	toc_free(&t);
	return appender_resume(main, (uint32_t)i, n);
}

static bool
carry_forward(struct carry *j)
{
	bool	 done;

	if (!take_up(j, ANY))
		return false;
	catalog_segment_reclaimed(j->v);
	done = carry_all(j);
	carry_leave(j);
	if (done)
		segtab_set(j->v->segs, j->segment, SEGTAB_EMPTYING);
	return done;
}

/* Who tries to read from what is EMPTYING holds it for some nanoseconds. */
static bool
free_now(struct volume *v)
{
	for (int try = 0; try < FREE_TRIES && v->shared->on; try++) {
		if (reclaim_free(v))
			return true;
		usleep(FREE_US);
	}
	return false;
}

/*
 * False: somebody reads from it, or the disk fails. Synced before, as what is EMPTYING when this
 * process is killed is wiped by the next.
 */
static bool
empty_now(struct carry *j)
{
	if (diskio->sync(j->v->fd) != 0)
		return false;
	segtab_set(j->v->segs, j->segment, SEGTAB_EMPTYING);
	if (!segtab_pinned(j->v->segs, j->segment) && free_now(j->v))
		return true;
	if (j->v->shared->on)
		segtab_set(j->v->segs, j->segment, SEGTAB_SEALED);
	return false;
}

/*
 * Nothing is free and nothing has room, though the keeper's last segment is nobody else's: the
 * store became smaller, or keepers were killed again and again. Then what one segment holds goes
 * forward into itself, by memory: should this process be killed just then, that is lost. So it is,
 * if possible, one that nobody reads. Tombs are not lost: it is one that has none that still count,
 * or what they bury is destroyed first.
 */
static bool
carry_in_memory(struct carry *j)
{
	bool	 done;

	if (!take_up(j, TOMBLESS) && !take_up(j, UNREAD) && !take_up(j, UNPINNED))
		return false;
	j->in_memory = true;
	catalog_segment_reclaimed(j->v);
	done = carry_bury(j) && carry_all(j) && empty_now(j);
	carry_leave(j);
	if (done)
		carry_put(j);
	return done;
}

static bool
nothing_free(const struct volume *v)
{
	return segtab_count(v->segs, SEGTAB_FREE) + segtab_count(v->segs, SEGTAB_EMPTYING) == 0;
}

bool
reclaim_one(struct store *s, struct volume *v, struct appender *main)
{
	struct carry	 j = { .s = s, .v = v, .main = main };
	bool		 done = false;

	carry_begin(&j);
	if (main->segment < 0)
		resume(v, main, nothing_free(v));
	if (main->segment >= 0 || !nothing_free(v))
		done = carry_forward(&j);
	if (!done && nothing_free(v) && v->shared->on)
		done = carry_in_memory(&j);
	carry_free(&j);
	return done;
}

/*
 * Nothing of the old life may turn up in the new one, not even after a power cut; zeroed blocks
 * need not be read before they are written to; and what sockets still hold of the old pages stays
 * as it is, as new pages take their place. A file system without this has the nonce alone to tell
 * the lives apart, and was found not to be good for sendfile.
 */
static bool
wipe(struct volume *v, uint32_t i)
{
	bool	 ok;

	volume_write_begins(v);
	ok = diskio->zero(v->fd, (off_t)volume_segment_at(v, i),
	    (off_t)v->super.segment_bytes) == 0 ||
	    (!v->shared->sendable && errno == EOPNOTSUPP);
	ok = ok && segtab_write_free(i, v->fd);
	volume_write_ends(v);
	return ok;
}

bool
reclaim_free(struct volume *v)
{
	uint32_t *list = mem_alloc(v->segs->n * sizeof *list), n = 0;
	bool ok;

	for (uint32_t i = 0; i < v->segs->n; i++)
		if (segtab_state(v->segs, i) == SEGTAB_EMPTYING && !segtab_pinned(v->segs, i))
			list[n++] = i;
	/* what was carried out of them is on the disk before they are gone from it */
	ok = n > 0 && diskio->sync(v->fd) == 0;
	for (uint32_t k = 0; k < n && ok; k++)
		ok = wipe(v, list[k]);
	ok = ok && diskio->sync(v->fd) == 0;
	for (uint32_t k = 0; k < n && ok; k++) {
		v->segs->entry[list[k]].nonce = 0;
		segtab_set(v->segs, list[k], SEGTAB_FREE);
	}
	if (n > 0 && !ok)
		volume_fail(v, "freeing segments");
	free(list);
	return n > 0 && ok;
}
