/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See volume.h: a cache_dir's beginning, going off and on, end. What its files are like is
 * volfile.c's.
 */
#include "store/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "shm/segment.h"
#include "store/dirfile.h"
#include "store/diskio.h"
#include "store/diskroom.h"
#include "store/sendable.h"
#include "store/volfile.h"

#define VOLUME_TAG	TAG4('v', 'o', 'l', 'm')
/* More stamps than can be given between two writes of the superblock. */
#define STAMP_MARGIN	(1ULL << 32)

enum { BEHIND_MOST = 256 << 20, BEHIND_SHARE = 16, BEHIND_SEGMENTS = 2 };

static uint64_t
behind_by_memory(void)
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	return (memory / BEHIND_SHARE < BEHIND_MOST) ? memory / BEHIND_SHARE : BEHIND_MOST;
}

bool
volume_init(struct volume *v, uint32_t number, const struct store_dir *d, uint32_t slots)
{
	size_t	 table;
	char	*shared;

	*v = (struct volume){ .tag = VOLUME_TAG, .number = number, .slots = slots, .want = *d,
	    .fd = -1, .index_fd = -1, .inherited_fd = -1 };
	v->path = mem_str(d->path);
	if (v->want.behind_bytes == 0)
		v->want.behind_bytes = behind_by_memory();
	volfile_plan(&v->want, &v->super);
	table = segtab_size((uint32_t)v->super.segments, slots);
	v->shared_bytes = sizeof *v->shared + table;
	shared = segment_make(v->shared_bytes, false);
	if (shared == NULL)
		return false;
	v->shared = (struct volume_shared *)(void *)shared;
	v->counts = &v->shared->counts[0];
	segtab_make(v->segs, shared + sizeof *v->shared, (uint32_t)v->super.segments, slots);
	return true;
}

void
volume_slot_died(struct volume *v, unsigned slot)
{
	v->shared->counts[slot].writing = 0;
	segtab_slot_died(v->segs, slot);
}

uint64_t
volume_counted(const struct volume *v, enum volume_counter c)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < STORE_SLOTS_MAX; i++)
		n += v->shared->counts[i].n[c];
	return n;
}

void
volume_free(struct volume *v)
{
	OBJ_OK(v, VOLUME_TAG);
	volfile_close(v);
	segment_free(v->shared, v->shared_bytes);
	free(v->path);
	OBJ_GONE(v);
}

bool
volume_lock(struct volume *v)
{
	struct flock	 l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!v->locked && v->fd >= 0)
		v->locked = fcntl((v->inherited_fd >= 0) ? v->inherited_fd : v->fd, F_OFD_SETLK,
		    &l) == 0;
	return v->locked;
}

static bool
others_write(const struct volume *v)
{
	for (unsigned i = 0; i < v->slots; i++)
		if (&v->shared->counts[i] != v->counts && v->shared->counts[i].writing)
			return true;
	return false;
}

/*
 * Another of us who is just writing, or was killed in it, is not told from somebody else at that
 * moment. Once in a round: a file that was asked for its time gets another one with the next write,
 * which makes that cost a microsecond more.
 */
static void
look_for_strangers(struct volume *v)
{
	struct verified	*known = &v->shared->verified;

	if (v->write_us == clock_us())
		return;
	v->write_us = clock_us();
	if (verified_stranger(known, v->fd) && !others_write(v) && verified_stranger(known, v->fd))
		verified_forget(known);
}

void
volume_write_begins(struct volume *v)
{
	look_for_strangers(v);
	v->counts->writing = 1;
}

void
volume_write_ends(struct volume *v)
{
	verified_wrote(&v->shared->verified);
	v->counts->writing = 0;
}

bool
volume_write_all(struct volume *v, struct iovec *parts, int n, uint64_t at)
{
	bool	 ok;

	volume_write_begins(v);
	ok = diskio_write_all(v->fd, parts, n, at);
	volume_write_ends(v);
	return ok;
}

bool
volume_write_entry(struct volume *v, uint32_t segment)
{
	bool	 ok;

	volume_write_begins(v);
	ok = segtab_write(v->segs, segment, v->fd);
	volume_write_ends(v);
	return ok;
}

bool
volume_write_super(struct volume *v, uint64_t stamp)
{
	bool	 ok;

	v->super.stamp = stamp;
	volume_write_begins(v);
	ok = superblock_write(v->fd, &v->super);
	volume_write_ends(v);
	return ok;
}

void
volume_index_complete(struct volume *v, bool complete)
{
	struct superblock	 b = v->super;

	b.index_complete = complete;
	superblock_seal(&b);
	memcpy(v->index_map, &b, sizeof b);
}

/* Everything read; now it counts. */
static bool
enter_run(struct volume *v, bool complete, uint64_t *stamp)
{
	uint64_t now_us = clock_wall_us();

	v->super.run++;
	v->shared->rebuild = !complete;
	v->shared->rebuild_seq = v->segs->shared->next_seq;
	superblock_boot(v->super.boot);
	v->shared->sendable = superblock_is_aligned(&v->super) && sendable_probe(v->path);
	v->shared->verified.fine = verified_probe(v->path);
	*stamp += STAMP_MARGIN;
	if (*stamp < v->super.stamp + STAMP_MARGIN)
		*stamp = v->super.stamp + STAMP_MARGIN;
	if (*stamp < now_us)
		*stamp = now_us;
	volume_index_complete(v, complete);
	return volume_write_super(v, *stamp) ||
	    volfile_refuse(v, "cannot write %s: %s", VOLFILE_SEGMENTS, strerror(errno));
}

static bool
start_files(struct volume *v, uint64_t *stamp)
{
	bool	 known = false, complete = false, same_boot;

	errno = 0;
	if (!volfile_segments(v))
		return false;
	same_boot = superblock_same_boot(&v->super);
	if (!volfile_index(v, &known, &complete))
		return false;
	if (!segtab_load(v->segs, v->fd, v->super.segment_bytes, stamp))
		return volfile_refuse(v, "cannot read %s: %s", VOLFILE_SEGMENTS, strerror(errno));
	if (segtab_count(v->segs, SEGTAB_FREE) == v->segs->n)
		same_boot = complete = true;		/* there is nothing that the index could
							 * lack */
	return enter_run(v, complete && same_boot, stamp);
}

static void
say_off(struct volume *v, const char *before)
{
	if (strcmp(before, v->why) != 0 || !v->complained)
		msg(MSG_WARNING, "cache_dir %s is off: %s", v->path, v->why);
	v->complained = true;
}

bool
volume_start(struct volume *v, uint64_t *stamp)
{
	char	 before[sizeof v->why];

	OBJ_OK(v, VOLUME_TAG);
	memcpy(before, v->why, sizeof before);
	if (!start_files(v, stamp)) {
		volfile_close(v);
		say_off(v, before);
		return false;
	}
	if (v->complained)
		msg(MSG_INFO, "cache_dir %s is on again", v->path);
	if (v->super.segments < v->want.bytes / v->super.segment_bytes)
		msg(MSG_WARNING,
		    "cache_dir %s: uses %llu of %llu MB: a store that was made smaller cannot grow further; remove its files to have it made anew",
		    v->path, (unsigned long long)(superblock_file_bytes(&v->super) >> 20),
		    (unsigned long long)(v->want.bytes >> 20));
	if (v->shared->rebuild)
		msg(MSG_INFO, "cache_dir %s: the index is brought up to date in the background",
		    v->path);
	v->complained = false;
	v->life = v->shared->life + 1;
	v->shared->life = v->life;
	atomic_store_explicit(&v->shared->on, 1, memory_order_release);
	return true;
}

bool
volume_is_made(const struct volume *v)
{
	struct stat	 st;

	OBJ_OK(v, VOLUME_TAG);
	if (stat(v->path, &st) != 0 || !S_ISDIR(st.st_mode))
		return true;
	return dirfile_has_length(v->path, VOLFILE_SEGMENTS, superblock_file_bytes(&v->super)) &&
	    dirfile_has_length(v->path, VOLFILE_INDEX, superblock_index_bytes(&v->super));
}

bool
volume_is_in_place(const struct volume *v)
{
	return dirfile_is_still(v->path, v->fd, VOLFILE_SEGMENTS);
}

void
volume_own_file(struct volume *v)
{
	int	 fd;

	OBJ_OK(v, VOLUME_TAG);
	if (v->fd < 0 || v->opener == getpid())
		return;
	fd = dirfile_open(v->path, VOLFILE_SEGMENTS, O_RDWR);
	if (dirfile_is_still(v->path, fd, VOLFILE_SEGMENTS) && volume_is_in_place(v)) {
		v->inherited_fd = v->fd;
		v->fd = fd;
		v->opener = getpid();
	} else if (fd >= 0) {
		close(fd);
	}
}

bool
volume_attach(struct volume *v)
{
	static pthread_mutex_t	 one = PTHREAD_MUTEX_INITIALIZER;
	uint32_t		 life = v->shared->life;
	bool			 ok;

	if (v->refused_life == life)	/* tried before: not again and again */
		return false;
	pthread_mutex_lock(&one);
	ok = v->life == life || volfile_attach(v);
	if (ok) {
		v->life = life;
	} else {
		v->refused_life = life;
		msg(MSG_WARNING, "cache_dir %s cannot be used by this process: %s", v->path,
		    v->why);
	}
	pthread_mutex_unlock(&one);
	return ok;
}

bool
volume_prepare(const struct store_dir *d, char *why, size_t cap)
{
	struct store_dir fitted = *d;
	struct volume	 v;
	uint64_t	 stamp = 0;
	bool		 ok;

	diskroom_fit(&fitted, 1);
	if (!volume_init(&v, 0, &fitted, 1)) {
		snprintf(why, cap, "%s", strerror(errno));
		return false;
	}
	ok = start_files(&v, &stamp);
	snprintf(why, cap, "%s", v.why);
	volume_free(&v);
	return ok;
}

void
volume_fail(struct volume *v, const char *what)
{
	const char	*error = strerror(errno);
	uint32_t	 one = 1;

	if (!atomic_compare_exchange_strong(&v->shared->on, &one, 0))
		return;
	snprintf(v->why, sizeof v->why, "%s: %s", what, error);
	msg(MSG_WARNING, "cache_dir %s is off: %s; it will be tried again", v->path, v->why);
}

bool
volume_is_behind(const struct volume *v)
{
	uint64_t most = v->want.behind_bytes;

	if (most < BEHIND_SEGMENTS * (uint64_t)v->super.segment_bytes)
		most = BEHIND_SEGMENTS * (uint64_t)v->super.segment_bytes;
	return segtab_count(v->segs, SEGTAB_FULL) * (uint64_t)v->super.segment_bytes > most;
}

/* The index was cut off: it gets its length back and is filled again from the segments. */
static bool
mend_index(struct volume *v)
{
	uint64_t n = superblock_index_bytes(&v->super);

	if (diskio->allocate(v->index_fd, 0, (off_t)n) != 0 || !volfile_map_index(v))
		return false;
	volume_index_complete(v, false);
	v->shared->rebuild_seq = v->segs->shared->next_seq;
	v->shared->rebuild = 1;
	v->shared->cut = 0;
	v->life = v->shared->life + 1;
	v->shared->life = v->life;
	return true;
}

bool
volume_try_again(struct volume *v)
{
	if (v->life != v->shared->life && !volume_attach(v))
		return false;
	if (!volume_write_super(v, v->super.stamp + STAMP_MARGIN) || diskio->sync(v->fd) != 0 ||
	    (v->shared->cut && !mend_index(v)))
		return false;
	msg(MSG_INFO, "cache_dir %s is on again", v->path);
	atomic_store_explicit(&v->shared->on, 1, memory_order_release);
	return true;
}
