/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing, who is who, which cache_dir a key belongs to, counts. */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "shm/segment.h"
#include "store/diskroom.h"
#include "store/store_inner.h"

enum { UNDERWAY_EACH = 1024, UNDERWAY_MOST = 16384, READERS_EACH = 16384, SLOT_MASTER = 0 };

static bool
within_bounds(const struct store_options *o)
{
	return o->dirs_n <= STORE_DIRS_MAX && o->slots >= 1 && o->slots <= STORE_SLOTS_MAX &&
	    o->underway <= UNDERWAY_MOST;
}

static uint64_t
spread(uint64_t v)
{
	v = (v ^ v >> 31) * 0x7fb5d329728ea185;
	v = (v ^ v >> 27) * 0x81dadef4bc2dd44d;
	return v ^ v >> 33;
}

static uint64_t
path_hash(const char *p)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3;
	return h;
}

/*
 * Rendezvous hashing: each order ranks the cache_dirs by a hash of its number and their path,
 * weighted by size, so that adding or removing one moves only the keys that have to move. The
 * weight's logarithm is approximated: -1/ln(u) grows like 1/(1-u).
 */
static void
rank(struct store *s, unsigned order)
{
	double	 score[STORE_DIRS_MAX];

	for (unsigned i = 0; i < s->dirs_n; i++) {
		double u =
		    (double)(spread(path_hash(s->dirs[i].path) +
		    order * 0x9e3779b97f4a7c15) >> 11) / 9007199254740992.0;
		uint8_t at = (uint8_t)i;

		score[i] = (double)s->dirs[i].want.bytes / (1.0 - u);
		for (; at > 0 && score[s->order[order][at - 1]] < score[i]; at--)
			s->order[order][at] = s->order[order][at - 1];
		s->order[order][at] = (uint8_t)i;
	}
}

static bool
make_shared(struct store *s, unsigned each)
{
	s->shared_bytes = sizeof *s->shared;
	s->shared = segment_make(s->shared_bytes, false);
	s->underway_bytes = underway_size(s->slots, each);
	s->underway_memory = segment_make(s->underway_bytes, false);
	s->readers_bytes = readers_size(s->slots, READERS_EACH);
	s->readers_memory = segment_make(s->readers_bytes, false);
	if (s->shared == NULL || s->underway_memory == NULL || s->readers_memory == NULL ||
	    !readers_make(s->readers, s->readers_memory, s->slots, READERS_EACH))
		return false;
	s->shared->stamp = 1;
	underway_make(s->underway, s->underway_memory, s->slots, each);
	return true;
}

struct store *
store_open(const struct store_options *o)
{
	struct store_dir dirs[STORE_DIRS_MAX];
	struct store	*s;
	uint64_t	 stamp = 1;

	if (!within_bounds(o)) {
		errno = EINVAL;
		return NULL;
	}
	s = mem_zero(sizeof *s);
	s->tag = STORE_TAG;
	s->slots = o->slots;
	s->slot = STORE_NO_SLOT;
	if (!make_shared(s, (o->underway != 0) ? o->underway : UNDERWAY_EACH)) {
		store_close(&s);
		return NULL;
	}
	memcpy(dirs, o->dirs, o->dirs_n * sizeof *dirs);
	diskroom_fit(dirs, o->dirs_n);
	for (; s->dirs_n < o->dirs_n; s->dirs_n++) {
		if (!volume_init(&s->dirs[s->dirs_n], s->dirs_n, &dirs[s->dirs_n], s->slots)) {
			store_close(&s);
			return NULL;
		}
		if (!o->make_later || volume_is_made(&s->dirs[s->dirs_n]))
			volume_start(&s->dirs[s->dirs_n], &stamp);
	}
	s->shared->stamp = stamp;
	for (unsigned i = 0; i < STORE_ORDERS; i++)
		rank(s, i);
	store_join(s, SLOT_MASTER);
	return s;
}

void
store_close(struct store **sp)
{
	struct store	*s = *sp;
	int		 error = errno;

	*sp = NULL;
	if (s == NULL)
		return;
	OBJ_OK(s, STORE_TAG);
	for (unsigned i = 0; i < s->dirs_n; i++) {
		toc_free(&s->upkeep[i].tombs);
		volume_free(&s->dirs[i]);
	}
	segment_free(s->shared, s->shared_bytes);
	segment_free(s->underway_memory, s->underway_bytes);
	segment_free(s->readers_memory, s->readers_bytes);
	readers_free(s->readers);
	OBJ_GONE(s);
	free(s);
	errno = error;
}

unsigned
store_descriptors(const struct store *s, int fds[STORE_FDS_MAX])
{
	unsigned n = 0;

	OBJ_OK(s, STORE_TAG);
	for (unsigned i = 0; i < s->dirs_n; i++) {
		if (s->dirs[i].fd >= 0)
			fds[n++] = s->dirs[i].fd;
		if (s->dirs[i].index_fd >= 0)
			fds[n++] = s->dirs[i].index_fd;
	}
	return n;
}

bool
store_prepare(const struct store_dir *d, char *why, size_t cap)
{
	return volume_prepare(d, why, cap);
}

void
store_join(struct store *s, unsigned slot)
{
	OBJ_OK(s, STORE_TAG);
	MUST(slot < s->slots);
	s->slot = slot;
	readers_join(s->readers, slot);
	for (unsigned i = 0; i < s->dirs_n; i++) {
		s->dirs[i].counts = &s->dirs[i].shared->counts[slot];
		volume_own_file(&s->dirs[i]);
		appender_init(&s->fresh[i], &s->dirs[i], slot, SEGTAB_FRESH, STORE_SPARE,
		    &s->shared->stamp);
		toc_free(&s->upkeep[i].tombs);
		s->upkeep[i] = (struct store_upkeep){ 0 };
		appender_init(&s->upkeep[i].main, &s->dirs[i], slot, SEGTAB_MAIN, 0,
		    &s->shared->stamp);
	}
}

void
store_leave(struct store *s)
{
	OBJ_OK(s, STORE_TAG);
	for (unsigned i = 0; i < s->dirs_n; i++) {
		appender_close(&s->fresh[i]);
		appender_close(&s->upkeep[i].main);
	}
}

void
store_set_wake(struct store *s, void (*wake)(void *arg, unsigned slot), void *arg)
{
	OBJ_OK(s, STORE_TAG);
	s->wake = wake;
	s->wake_arg = arg;
}

void
store_wake_all(struct store *s, const uint64_t wake[STORE_SLOTS_MAX / 64])
{
	for (unsigned i = 0; i < STORE_SLOTS_MAX / 64; i++)
		for (uint64_t bits = wake[i]; bits != 0 && s->wake != NULL; bits &= bits - 1)
			s->wake(s->wake_arg, i * 64 + (unsigned)__builtin_ctzll(bits));
}

void
store_slot_died(struct store *s, unsigned slot)
{
	struct underway_ref	 ref;
	uint64_t		 wake[STORE_SLOTS_MAX / 64];

	OBJ_OK(s, STORE_TAG);
	MUST(slot < s->slots);
	for (uint32_t from = 0; underway_next(s->underway, slot, &from, &ref); from++) {
		underway_end(s->underway, &ref, wake);
		store_wake_all(s, wake);
	}
	readers_slot_died(s->readers, slot);
	for (unsigned i = 0; i < s->dirs_n; i++)
		volume_slot_died(&s->dirs[i], slot);
}

unsigned
store_dirs(const struct store *s)
{
	OBJ_OK(s, STORE_TAG);
	return s->dirs_n;
}

void
store_stat(struct store *s, unsigned dir, struct store_stats *st)
{
	struct volume	*v;

	OBJ_OK(s, STORE_TAG);
	MUST(dir < s->dirs_n);
	v = &s->dirs[dir];
	*st = (struct store_stats){
		.on = v->shared->on, .rebuilding = v->shared->rebuild,
		.bytes = superblock_file_bytes(&v->super), .segment_bytes = v->super.segment_bytes,
		.index_bytes = superblock_index_bytes(&v->super), .segments = v->segs->n,
		.free = segtab_count(v->segs, SEGTAB_FREE),
		.open = segtab_count(v->segs, SEGTAB_OPEN),
		.full = segtab_count(v->segs, SEGTAB_FULL),
		.sealed = segtab_count(v->segs, SEGTAB_SEALED),
		.fresh = segtab_count_sealed(v->segs, SEGTAB_FRESH),
		.hits = volume_counted(v, VOLUME_HITS), .misses = volume_counted(v, VOLUME_MISSES),
		.stored = volume_counted(v, VOLUME_STORED),
		.deleted = volume_counted(v, VOLUME_DELETED),
		.no_room = volume_counted(v, VOLUME_NO_ROOM),
		.damaged = volume_counted(v, VOLUME_DAMAGED),
		.dropped = volume_counted(v, VOLUME_DROPPED),
		.carried = volume_counted(v, VOLUME_CARRIED),
		.index_full = volume_counted(v, VOLUME_INDEX_FULL),
		.unburied = volume_counted(v, VOLUME_UNBURIED),
		.behind = volume_counted(v, VOLUME_BEHIND),
	};
}

uint64_t
store_count(struct store *s, unsigned dir)
{
	struct volume	*v;
	uint64_t	 n = 0;

	OBJ_OK(s, STORE_TAG);
	MUST(dir < s->dirs_n);
	v = &s->dirs[dir];
	if (!volume_on(v))
		return 0;
	for (uint64_t i = 0; i < v->index.buckets * BUCKET_WORDS; i++)
		n += bucket_is_object(atomic_load_explicit(&v->index.words[i],
		    memory_order_relaxed));
	return n;
}
