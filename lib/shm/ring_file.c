/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of rings. In the master, which maps them for its children and never touches what it
 * mapped: the files belong to the workers' user, who may cut them off, and that ends whoever
 * touches the bytes that are gone (SIGBUS). It reads and writes by descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "shm/ring.h"
#include "shm/ring_inner.h"

static struct ring *
map(int fd, size_t size, uint64_t id)
{
	struct ring	*r;
	char		*p;
	int		 how = MAP_SHARED | MAP_FIXED, prot = PROT_READ | PROT_WRITE;

	p = mmap(NULL, RING_PAGE + 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mmap(p, RING_PAGE + size, prot, how, fd, 0) == MAP_FAILED ||
	    mmap(p + RING_PAGE + size, size, prot, how, fd, RING_PAGE) == MAP_FAILED) {
		munmap(p, RING_PAGE + 2 * size);
		return NULL;
	}
	r = mem_alloc(sizeof *r);
	*r = (struct ring){ (struct ring_head *)(void *)p, p + RING_PAGE, size, id, fd };
	return r;
}

/*
 * Blocks for the whole file now, without changing what is there; on file systems that cannot do
 * that, by writing what is missing.
 */
static bool
allocate(int fd, size_t size)
{
	static const char	 zeros[RING_PAGE];
	struct stat		 st;
	int			 e = posix_fallocate(fd, 0, (off_t)(RING_PAGE + size));

	if (e == 0)
		return true;
	errno = e;
	if ((e != EOPNOTSUPP && e != EINVAL) || fstat(fd, &st) != 0)
		return false;
	for (size_t at = (size_t)st.st_size / sizeof zeros * sizeof zeros; at < RING_PAGE + size;
	    at += sizeof zeros)
		if (pwrite(fd, zeros, sizeof zeros, (off_t)at) != (ssize_t)sizeof zeros)
			return false;
	return true;
}

/* An empty ring in the file; its magic comes last. */
static bool
begin(int fd, size_t size, uint64_t *id)
{
	static const char	 zeros[RING_PAGE];
	struct ring_head	 h = { .version = RING_VERSION, .header = sizeof h, .size = size };
	uint64_t		 magic = RING_MAGIC;

	if (getrandom(&h.id, sizeof h.id, 0) != (ssize_t)sizeof h.id)
		h.id = (uint64_t)(uintptr_t)id ^ (uint64_t)getpid() << 32;
	*id = h.id;
	return pwrite(fd, zeros, sizeof zeros, 0) == (ssize_t)sizeof zeros && allocate(fd, size) &&
	    pwrite(fd, &h, sizeof h, 0) == (ssize_t)sizeof h &&
	    pwrite(fd, &magic, sizeof magic, 0) == (ssize_t)sizeof magic;
}

static struct ring *
make(int fd, size_t size)
{
	uint64_t	 id;

	return ftruncate(fd, 0) == 0 && begin(fd, size, &id) ? map(fd, size, id) : NULL;
}

static bool
good_head(const struct ring_head *h)
{
	return h->magic == RING_MAGIC && h->version == RING_VERSION && h->header == sizeof *h &&
	    h->size >= RING_SIZE_MIN && (h->size & (h->size - 1)) == 0;
}

static bool
has_records(const struct ring_head *h)
{
	return h->head != h->tail || h->held != h->tail;
}

/*
 * False: neither a ring of this version nor an unfinished one (no magic), which counts as empty:
 * h->size is 0.
 */
static bool
recognise(int fd, off_t length, struct ring_head *h)
{
	memset(h, 0, sizeof *h);
	if (length == 0)
		return true;
	if (pread(fd, h, sizeof *h, 0) != (ssize_t)sizeof *h)
		return false;
	if (h->magic == 0 && h->size == 0)
		return true;
	return good_head(h) && (uint64_t)length == RING_PAGE + h->size;
}

static struct ring *
open_fd(int fd, size_t size)
{
	struct stat		 st;
	struct ring_head	 h;

	if (fstat(fd, &st) != 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || !recognise(fd, st.st_size, &h)) {
		errno = EINVAL;
		return NULL;
	}
	if (h.size == 0 || (h.size != size && !has_records(&h)))
		return make(fd, size);
	/* Already there, but perhaps with holes. */
	return allocate(fd, h.size) ? map(fd, h.size, h.id) : NULL;
}

struct ring *
ring_open(const char *path, size_t size, mode_t mode)
{
	struct ring	*r;
	int		 fd, e;

	MUST(size >= RING_SIZE_MIN && (size & (size - 1)) == 0);
	/* O_NONBLOCK: another's lease on the file would make it wait. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, mode);
	if (fd < 0)
		return NULL;
	r = open_fd(fd, size);
	e = errno;
	if (r == NULL)
		close(fd);
	errno = e;
	return r;
}

struct ring *
ring_anonymous(size_t size)
{
	struct ring	*r;
	int		 fd, e;

	MUST(size >= RING_SIZE_MIN && (size & (size - 1)) == 0);
	fd = memfd_create("sepia-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return NULL;
	r = make(fd, size);
	e = errno;
	if (r == NULL)
		close(fd);
	else
		MUST(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
	errno = e;
	return r;
}

void
ring_close(struct ring **r)
{
	if (*r != NULL) {
		munmap((*r)->m, RING_PAGE + 2 * (*r)->size);
		close((*r)->fd);
	}
	free(*r);
	*r = NULL;
}

bool
ring_waiting(const struct ring *r)
{
	struct ring_head	 h;

	return pread(r->fd, &h, sizeof h, 0) == (ssize_t)sizeof h && has_records(&h);
}

enum ring_health
ring_mend(struct ring *r)
{
	struct stat		 st;
	struct ring_head	 h;

	if (fstat(r->fd, &st) != 0)
		return RING_LOST;
	if (pread(r->fd, &h, sizeof h, 0) == (ssize_t)sizeof h && good_head(&h) &&
	    h.size == r->size && h.id == r->id) {
		if ((uint64_t)st.st_size == RING_PAGE + r->size)
			return RING_WHOLE;
		/* Records that were cut off are zeros now: the reader will skip them. */
		return allocate(r->fd, r->size) ? RING_MENDED : RING_LOST;
	}
	return begin(r->fd, r->size, &r->id) ? RING_MENDED : RING_LOST;
}
