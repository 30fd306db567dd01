/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, making, mapping and giving up the files of a cache_dir. Files are PATH/sepia-segments and PATH/sepia-index; the first is made under
 * another name and renamed when it is whole, so that what bears the name is a store or somebody else's. Nothing that is not ours is changed. Longer than
 * most files, as opening is one sequence of judgements whose order matters, and going on with what is open repeats some of them.
 */
#include "store/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/must.h"
#include "shm/segment.h"
#include "store/dirfile.h"
#include "store/diskio.h"
#include "store/sendable.h"

#define VOLUME_TAG	TAG4('v', 'o', 'l', 'm')
#define SEGMENTS	"sepia-segments"
#define SEGMENTS_NEW	"sepia-segments.new"
#define INDEX		"sepia-index"
/* More stamps than can be given between two writes of the superblock. */
#define STAMP_MARGIN	(1ULL << 32)

enum { BEHIND_MOST = 256 << 20, BEHIND_SHARE = 16, BEHIND_SEGMENTS = 2 };

__attribute__((format(printf, 2, 3))) static bool
refuse(struct volume *v, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(v->why, sizeof v->why, fmt, ap);
	va_end(ap);
	return false;
}

/* errno in words; of who was not permitted, the name. Not in a worker: looking it up may wait. */
static const char *
reason(void)
{
	static char		 text[128];
	int			 error = errno;
	const struct passwd	*pw = error == EACCES ? getpwuid(geteuid()) : NULL;

	if (error != EACCES)
		return strerror(error);
	if (pw != NULL)
		snprintf(text, sizeof text, "%s for user %s", strerror(error), pw->pw_name);
	else
		snprintf(text, sizeof text, "%s for user %u", strerror(error), (unsigned)geteuid());
	return text;
}

static void
plan_geometry(struct volume *v)
{
	struct superblock	 b;
	int			 fd = dirfile_open(v->path, SEGMENTS, O_RDONLY);

	superblock_make(&v->super, &v->want);
	if (fd < 0)
		return;
	if (superblock_find(fd, &b) == SUPERBLOCK_OURS) {
		superblock_measure(&b, &v->want);
		v->super = b;
	}
	close(fd);
}

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

	*v = (struct volume){ .tag = VOLUME_TAG, .number = number, .slots = slots, .want = *d, .fd = -1, .index_fd = -1, .inherited_fd = -1 };
	v->path = mem_str(d->path);
	if (v->want.behind_bytes == 0)
		v->want.behind_bytes = behind_by_memory();
	plan_geometry(v);
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

uint64_t
volume_counted(const struct volume *v, enum volume_counter c)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < STORE_SLOTS_MAX; i++)
		n += v->shared->counts[i].n[c];
	return n;
}

static void
close_files(struct volume *v)
{
	volume_unwatch(v);
	if (v->index_map != NULL)
		munmap(v->index_map, v->index_bytes);
	pagemap_close(&v->pages);
	if (v->fd >= 0)
		close(v->fd);
	if (v->inherited_fd >= 0)
		close(v->inherited_fd);
	if (v->index_fd >= 0)
		close(v->index_fd);
	v->index_map = NULL;
	v->fd = v->inherited_fd = v->index_fd = -1;
	v->locked = false;
	v->life = 0;
}

void
volume_free(struct volume *v)
{
	OBJ_OK(v, VOLUME_TAG);
	close_files(v);
	segment_free(v->shared, v->shared_bytes);
	free(v->path);
	OBJ_GONE(v);
}

bool
volume_lock(struct volume *v)
{
	struct flock	 l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!v->locked && v->fd >= 0)
		v->locked = fcntl((v->inherited_fd >= 0) ? v->inherited_fd : v->fd, F_OFD_SETLK, &l) == 0;
	return v->locked;
}

/* A whole new segment file: first what shows whose it is, then its blocks, at last its name. */
static bool
make_segments(struct volume *v)
{
	struct superblock	 found;
	uint64_t		 size;
	int			 fd = dirfile_open(v->path, SEGMENTS_NEW, O_RDWR | O_CREAT);
	bool			 ok;

	if (fd < 0)
		return refuse(v, "cannot make %s in it: %s", SEGMENTS, reason());
	if (!dirfile_is_plain(fd, &size) || (size != 0 && superblock_read(fd, 0, &found) != SUPERBLOCK_OURS)) {
		close(fd);
		return refuse(v, "%s in it was not made by this program; it is left alone", SEGMENTS_NEW);
	}
	superblock_make(&v->super, &v->want);
	dirfile_hand_over(v->path, fd);
	ok = diskio->resize(fd, 0) == 0 && superblock_write(fd, &v->super) &&
	    diskio->allocate(fd, 0, (off_t)superblock_file_bytes(&v->super)) == 0 && diskio->sync(fd) == 0 &&
	    dirfile_rename(v->path, SEGMENTS_NEW, SEGMENTS);
	if (!ok)
		refuse(v, "cannot make %s of %llu MB in it: %s", SEGMENTS,
		    (unsigned long long)(superblock_file_bytes(&v->super) >> 20), strerror(errno));
	if (!ok)
		dirfile_remove(v->path, SEGMENTS_NEW);
	v->fd = ok ? fd : -1;
	if (!ok)
		close(fd);
	return ok;
}

/* The superblock is damaged in the segment file; the index has a copy that says what store it belongs to. */
static bool
super_from_index(struct volume *v, struct superblock *b)
{
	int	 fd = dirfile_open(v->path, INDEX, O_RDONLY);
	bool	 ok = fd >= 0 && superblock_read(fd, 0, b) == SUPERBLOCK_OURS;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
judge_super(struct volume *v)
{
	struct superblock	 b;
	enum superblock_got	 got = superblock_find(v->fd, &b);

	switch (got) {
	case SUPERBLOCK_OURS:
		break;
	case SUPERBLOCK_UNREADABLE:
		return refuse(v, "cannot read %s: %s", SEGMENTS, strerror(errno));
	case SUPERBLOCK_VERSION:
		return refuse(v, "%s is of another version of this program; it is left alone", SEGMENTS);
	case SUPERBLOCK_EMPTY:
	case SUPERBLOCK_DAMAGED:
	case SUPERBLOCK_FOREIGN:
		if (!super_from_index(v, &b))
			return refuse(v, (got == SUPERBLOCK_DAMAGED) ? "%s is damaged at its front and so is the index; remove both" :
			    "%s was not made by this program; it is left alone", SEGMENTS);
		msg(MSG_WARNING, "cache_dir %s: the front of %s is damaged; put right from the index", v->path, SEGMENTS);
		break;
	}
	superblock_measure(&b, &v->want);
	if (b.segments != v->segs->n)
		return refuse(v, "%s has another segment size than was expected at the start; restart to use it", SEGMENTS);
	v->super = b;
	return true;
}

/* Cut off or made for another size: the file gets its length (and its blocks) back. */
static bool
fit_segments(struct volume *v)
{
	uint64_t size, want = superblock_file_bytes(&v->super);

	if (!dirfile_is_plain(v->fd, &size))
		return refuse(v, "%s is no plain file; it is left alone", SEGMENTS);
	if (size > want && diskio->resize(v->fd, (off_t)want) != 0)
		return refuse(v, "cannot shorten %s: %s", SEGMENTS, strerror(errno));
	if (size < want && diskio->allocate(v->fd, 0, (off_t)want) != 0)
		return refuse(v, "no room for %s of %llu MB: %s", SEGMENTS, (unsigned long long)(want >> 20), strerror(errno));
	return true;
}

static bool
open_segments(struct volume *v)
{
	struct stat	 st;
	uint64_t	 size;

	errno = ENOTDIR;
	if (stat(v->path, &st) != 0 || !S_ISDIR(st.st_mode))
		return refuse(v, "not a directory that can be used: %s", reason());
	v->opener = getpid();
	v->fd = dirfile_open(v->path, SEGMENTS, O_RDWR);
	if (v->fd < 0 && errno != ENOENT)
		return refuse(v, "cannot open %s: %s", SEGMENTS, reason());
	if (v->fd < 0 && !make_segments(v))
		return false;
	if (!dirfile_is_plain(v->fd, &size))
		return refuse(v, "%s is no plain file; it is left alone", SEGMENTS);
	if (!volume_lock(v))
		return refuse(v, "%s is in use by another program", SEGMENTS);
	return judge_super(v) && fit_segments(v);
}

/* Where one is mapped already the new one takes its place in one step: another thread may be reading. */
static bool
map_index(struct volume *v)
{
	size_t	 n = superblock_index_bytes(&v->super);
	bool	 again = v->index_map != NULL && n == v->index_bytes;
	void	*p;

	p = mmap(again ? v->index_map : NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | (again ? MAP_FIXED : 0), v->index_fd, 0);
	if (p == MAP_FAILED)
		return refuse(v, "cannot map %s: %s", INDEX, strerror(errno));
	madvise(p, n, MADV_RANDOM);
	v->index_map = p;
	v->index_bytes = n;
	v->index.words = (_Atomic uint64_t *)(void *)((char *)p + SUPERBLOCK_INDEX);
	v->index.buckets = v->super.buckets;
	volume_watch(v);
	return true;
}

/* A file whose front was zeroed, or hardly begun: nothing of anybody's is lost with it. */
static bool
is_blank(const struct superblock *b, uint64_t size)
{
	static const uint8_t	 none[sizeof b->magic];

	return size < sizeof b->magic || memcmp(b->magic, none, sizeof none) == 0;
}

/* *known: what is in it belongs to these segments, though it may be out of date. */
static bool
open_index(struct volume *v, bool *known, bool *complete)
{
	struct superblock	 b;
	enum superblock_got	 got;
	uint64_t		 size, want = superblock_index_bytes(&v->super);

	v->index_fd = dirfile_open(v->path, INDEX, O_RDWR | O_CREAT);
	if (v->index_fd < 0 || !dirfile_is_plain(v->index_fd, &size))
		return refuse(v, "cannot open %s: %s", INDEX, reason());
	got = superblock_read(v->index_fd, 0, &b);
	if (got == SUPERBLOCK_UNREADABLE)
		return refuse(v, "cannot read %s: %s", INDEX, strerror(errno));
	if (got == SUPERBLOCK_FOREIGN && size != want && !is_blank(&b, size))
		return refuse(v, "%s was not made by this program; it is left alone", INDEX);
	*known = got == SUPERBLOCK_OURS && memcmp(b.store_id, v->super.store_id, sizeof b.store_id) == 0 &&
	    b.buckets == v->super.buckets && size <= want;
	*complete = *known && b.index_complete == 1 && size == want;
	if (size == 0)
		dirfile_hand_over(v->path, v->index_fd);
	if (!*known && diskio->resize(v->index_fd, 0) != 0)
		return refuse(v, "cannot empty %s: %s", INDEX, strerror(errno));
	if ((!*known || size != want) && diskio->allocate(v->index_fd, 0, (off_t)want) != 0)
		return refuse(v, "no room for %s of %llu MB: %s", INDEX, (unsigned long long)(want >> 20), strerror(errno));
	return map_index(v);
}

bool
volume_write_super(struct volume *v, uint64_t stamp)
{
	v->super.stamp = stamp;
	return superblock_write(v->fd, &v->super);
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
	return volume_write_super(v, *stamp) || refuse(v, "cannot write %s: %s", SEGMENTS, strerror(errno));
}

static bool
start_files(struct volume *v, uint64_t *stamp)
{
	bool	 known = false, complete = false, same_boot;

	errno = 0;
	if (!open_segments(v))
		return false;
	same_boot = superblock_same_boot(&v->super);
	if (!open_index(v, &known, &complete))
		return false;
	if (!segtab_load(v->segs, v->fd, v->super.segment_bytes, stamp))
		return refuse(v, "cannot read %s: %s", SEGMENTS, strerror(errno));
	if (segtab_count(v->segs, SEGTAB_FREE) == v->segs->n)
		same_boot = complete = true;		/* there is nothing that the index could lack */
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
		close_files(v);
		say_off(v, before);
		return false;
	}
	if (v->complained)
		msg(MSG_INFO, "cache_dir %s is on again", v->path);
	if (v->super.segments < v->want.bytes / v->super.segment_bytes)
		msg(MSG_WARNING, "cache_dir %s: uses %llu of %llu MB: a store that was made smaller cannot grow further; remove its files to have it made anew",
		    v->path, (unsigned long long)(superblock_file_bytes(&v->super) >> 20), (unsigned long long)(v->want.bytes >> 20));
	if (v->shared->rebuild)
		msg(MSG_INFO, "cache_dir %s: the index is brought up to date in the background", v->path);
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
	return dirfile_has_length(v->path, SEGMENTS, superblock_file_bytes(&v->super)) && dirfile_has_length(v->path, INDEX, superblock_index_bytes(&v->super));
}

bool
volume_is_in_place(const struct volume *v)
{
	return dirfile_is_still(v->path, v->fd, SEGMENTS);
}

void
volume_own_file(struct volume *v)
{
	int	 fd;

	OBJ_OK(v, VOLUME_TAG);
	if (v->fd < 0 || v->opener == getpid())
		return;
	fd = dirfile_open(v->path, SEGMENTS, O_RDWR);
	if (dirfile_is_still(v->path, fd, SEGMENTS) && volume_is_in_place(v)) {
		v->inherited_fd = v->fd;
		v->fd = fd;
		v->opener = getpid();
	} else if (fd >= 0) {
		close(fd);
	}
}

/* The segment file stays open if it is: replies may be under way from it. So does an index that need not be opened again: this process may not be allowed to. */
static bool
attach_files(struct volume *v)
{
	struct superblock	 b;
	uint64_t		 size;

	if (!dirfile_is_still(v->path, v->index_fd, INDEX)) {
		if (v->index_fd >= 0)
			close(v->index_fd);
		v->index_fd = dirfile_open(v->path, INDEX, O_RDWR);
	}
	if (v->fd < 0) {
		v->fd = dirfile_open(v->path, SEGMENTS, O_RDWR);
		v->opener = getpid();
	}
	if (v->fd < 0 || v->index_fd < 0)
		return refuse(v, "%s", strerror(errno));
	if (superblock_find(v->fd, &b) != SUPERBLOCK_OURS || b.segments != v->segs->n || !dirfile_is_plain(v->index_fd, &size) ||
	    size != superblock_index_bytes(&b))
		return refuse(v, "the files are not those that were opened first");
	v->super = b;
	return map_index(v);
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
	ok = v->life == life || attach_files(v);
	if (ok) {
		v->life = life;
	} else {
		v->refused_life = life;
		msg(MSG_WARNING, "cache_dir %s cannot be used by this process: %s", v->path, v->why);
	}
	pthread_mutex_unlock(&one);
	return ok;
}

bool
volume_prepare(const struct store_dir *d, char *why, size_t cap)
{
	struct volume	 v;
	uint64_t	 stamp = 0;
	bool		 ok;

	if (!volume_init(&v, 0, d, 1)) {
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

	if (diskio->allocate(v->index_fd, 0, (off_t)n) != 0 || !map_index(v))
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
	if (!volume_write_super(v, v->super.stamp + STAMP_MARGIN) || diskio->sync(v->fd) != 0 || (v->shared->cut && !mend_index(v)))
		return false;
	msg(MSG_INFO, "cache_dir %s is on again", v->path);
	atomic_store_explicit(&v->shared->on, 1, memory_order_release);
	return true;
}
