/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See volfile.h. At a start by one process; later by any that has to open them again, and by the
 * keeper.
 */
#include "store/volfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "store/dirfile.h"
#include "store/diskio.h"

#define SEGMENTS_NEW	"sepia-segments.new"

bool
volfile_refuse(struct volume *v, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(v->why, sizeof v->why, fmt, ap);
	va_end(ap);
	return false;
}

void
volfile_plan(const struct store_dir *d, struct superblock *b)
{
	struct superblock	 found;
	int			 fd = dirfile_open(d->path, VOLFILE_SEGMENTS, O_RDONLY);

	superblock_make(b, d);
	if (fd < 0)
		return;
	if (superblock_find(fd, &found) == SUPERBLOCK_OURS) {
		superblock_measure(&found, d);
		*b = found;
	}
	close(fd);
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

/* A whole new segment file: first what shows whose it is, then its blocks, at last its name. */
static bool
make_segments(struct volume *v)
{
	struct superblock	 found;
	uint64_t		 size;
	int			 fd = dirfile_open(v->path, SEGMENTS_NEW, O_RDWR | O_CREAT);
	bool			 ok;

	if (fd < 0)
		return volfile_refuse(v, "cannot make %s in it: %s", VOLFILE_SEGMENTS, reason());
	if (!dirfile_is_plain(fd, &size) ||
	    (size != 0 && superblock_read(fd, 0, &found) != SUPERBLOCK_OURS)) {
		close(fd);
		return volfile_refuse(v, "%s in it was not made by this program; it is left alone",
		    SEGMENTS_NEW);
	}
	superblock_make(&v->super, &v->want);
	dirfile_hand_over(v->path, fd);
	ok = diskio->resize(fd, 0) == 0 && superblock_write(fd, &v->super) &&
	    diskio->allocate(fd, 0, (off_t)superblock_file_bytes(&v->super)) == 0 &&
	    diskio->sync(fd) == 0 && dirfile_rename(v->path, SEGMENTS_NEW, VOLFILE_SEGMENTS);
	if (!ok)
		volfile_refuse(v, "cannot make %s of %llu MB in it: %s", VOLFILE_SEGMENTS,
		    (unsigned long long)(superblock_file_bytes(&v->super) >> 20), strerror(errno));
	if (!ok)
		dirfile_remove(v->path, SEGMENTS_NEW);
	v->fd = ok ? fd : -1;
	if (!ok)
		close(fd);
	return ok;
}

/*
 * The superblock is damaged in the segment file; the index has a copy that says what store it
 * belongs to.
 */
static bool
super_from_index(struct volume *v, struct superblock *b)
{
	int	 fd = dirfile_open(v->path, VOLFILE_INDEX, O_RDONLY);
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
		return volfile_refuse(v, "cannot read %s: %s", VOLFILE_SEGMENTS, strerror(errno));
	case SUPERBLOCK_VERSION:
		return volfile_refuse(v,
		    "%s is of another version of this program; it is left alone", VOLFILE_SEGMENTS);
	case SUPERBLOCK_EMPTY:
	case SUPERBLOCK_DAMAGED:
	case SUPERBLOCK_FOREIGN:
		if (!super_from_index(v, &b))
			return volfile_refuse(v, (got == SUPERBLOCK_DAMAGED) ?
			    "%s is damaged at its front and so is the index; remove both" :
			    "%s was not made by this program; it is left alone", VOLFILE_SEGMENTS);
		msg(MSG_WARNING,
		    "cache_dir %s: the front of %s is damaged; put right from the index", v->path,
		    VOLFILE_SEGMENTS);
		break;
	}
	superblock_measure(&b, &v->want);
	if (b.segments != v->segs->n)
		return volfile_refuse(v,
		    "%s has another segment size than was expected at the start; restart to use it",
		    VOLFILE_SEGMENTS);
	v->super = b;
	return true;
}

/* Cut off or made for another size: the file gets its length (and its blocks) back. */
static bool
fit_segments(struct volume *v)
{
	uint64_t size, want = superblock_file_bytes(&v->super);

	if (!dirfile_is_plain(v->fd, &size))
		return volfile_refuse(v, "%s is no plain file; it is left alone", VOLFILE_SEGMENTS);
	if (size > want && diskio->resize(v->fd, (off_t)want) != 0)
		return volfile_refuse(v, "cannot shorten %s: %s", VOLFILE_SEGMENTS,
		    strerror(errno));
	if (size < want && diskio->allocate(v->fd, 0, (off_t)want) != 0)
		return volfile_refuse(v, "no room for %s of %llu MB: %s", VOLFILE_SEGMENTS,
		    (unsigned long long)(want >> 20), strerror(errno));
	return true;
}

bool
volfile_segments(struct volume *v)
{
	struct stat	 st;
	uint64_t	 size;

	errno = ENOTDIR;
	if (stat(v->path, &st) != 0 || !S_ISDIR(st.st_mode))
		return volfile_refuse(v, "not a directory that can be used: %s", reason());
	v->opener = getpid();
	v->fd = dirfile_open(v->path, VOLFILE_SEGMENTS, O_RDWR);
	if (v->fd < 0 && errno != ENOENT)
		return volfile_refuse(v, "cannot open %s: %s", VOLFILE_SEGMENTS, reason());
	if (v->fd < 0 && !make_segments(v))
		return false;
	if (!dirfile_is_plain(v->fd, &size))
		return volfile_refuse(v, "%s is no plain file; it is left alone", VOLFILE_SEGMENTS);
	if (!volume_lock(v))
		return volfile_refuse(v, "%s is in use by another program", VOLFILE_SEGMENTS);
	return judge_super(v) && fit_segments(v);
}

bool
volfile_map_index(struct volume *v)
{
	size_t	 n = superblock_index_bytes(&v->super);
	bool	 again = v->index_map != NULL && n == v->index_bytes;
	void	*p;

	p = mmap(again ? v->index_map : NULL, n, PROT_READ | PROT_WRITE,
	    MAP_SHARED | (again ? MAP_FIXED : 0), v->index_fd, 0);
	if (p == MAP_FAILED)
		return volfile_refuse(v, "cannot map %s: %s", VOLFILE_INDEX, strerror(errno));
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

bool
volfile_index(struct volume *v, bool *known, bool *complete)
{
	struct superblock	 b;
	enum superblock_got	 got;
	uint64_t		 size, want = superblock_index_bytes(&v->super);

	v->index_fd = dirfile_open(v->path, VOLFILE_INDEX, O_RDWR | O_CREAT);
	if (v->index_fd < 0 || !dirfile_is_plain(v->index_fd, &size))
		return volfile_refuse(v, "cannot open %s: %s", VOLFILE_INDEX, reason());
	got = superblock_read(v->index_fd, 0, &b);
	if (got == SUPERBLOCK_UNREADABLE)
		return volfile_refuse(v, "cannot read %s: %s", VOLFILE_INDEX, strerror(errno));
	if (got == SUPERBLOCK_FOREIGN && size != want && !is_blank(&b, size))
		return volfile_refuse(v, "%s was not made by this program; it is left alone",
		    VOLFILE_INDEX);
	*known = got == SUPERBLOCK_OURS &&
	    memcmp(b.store_id, v->super.store_id, sizeof b.store_id) == 0 &&
	    b.buckets == v->super.buckets && size <= want;
	*complete = *known && b.index_complete == 1 && size == want;
	if (size == 0)
		dirfile_hand_over(v->path, v->index_fd);
	if (!*known && diskio->resize(v->index_fd, 0) != 0)
		return volfile_refuse(v, "cannot empty %s: %s", VOLFILE_INDEX, strerror(errno));
	if ((!*known || size != want) && diskio->allocate(v->index_fd, 0, (off_t)want) != 0)
		return volfile_refuse(v, "no room for %s of %llu MB: %s", VOLFILE_INDEX,
		    (unsigned long long)(want >> 20), strerror(errno));
	return volfile_map_index(v);
}

bool
volfile_attach(struct volume *v)
{
	struct superblock	 b;
	uint64_t		 size;

	if (!dirfile_is_still(v->path, v->index_fd, VOLFILE_INDEX)) {
		if (v->index_fd >= 0)
			close(v->index_fd);
		v->index_fd = dirfile_open(v->path, VOLFILE_INDEX, O_RDWR);
	}
	if (v->fd < 0) {
		v->fd = dirfile_open(v->path, VOLFILE_SEGMENTS, O_RDWR);
		v->opener = getpid();
	}
	if (v->fd < 0 || v->index_fd < 0)
		return volfile_refuse(v, "%s", strerror(errno));
	if (superblock_find(v->fd, &b) != SUPERBLOCK_OURS || b.segments != v->segs->n ||
	    !dirfile_is_plain(v->index_fd, &size) || size != superblock_index_bytes(&b))
		return volfile_refuse(v, "the files are not those that were opened first");
	v->super = b;
	return volfile_map_index(v);
}

void
volfile_close(struct volume *v)
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
