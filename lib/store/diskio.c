/* SPDX-License-Identifier: Apache-2.0 */
/* System calls of the store. */
#include "store/diskio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int
grow(int fd, off_t at, off_t len)
{
	if (fallocate(fd, 0, at, len) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	/* a file system that cannot promise blocks: a full disk is then met when writing */
	return ftruncate(fd, at + len);
}

/*
 * Both ways take the pages out of the page cache, as they are: whoever still holds them (a socket)
 * sees no zeros.
 */
static int
zero_range(int fd, off_t at, off_t len)
{
	if (fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, at, len) == 0)
		return 0;
	if (errno != EOPNOTSUPP)
		return -1;
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len) != 0)
		return -1;
	return fallocate(fd, FALLOC_FL_KEEP_SIZE, at, len);
}

static int
start_writing(int fd, off_t at, off_t len)
{
	return sync_file_range(fd, at, len, SYNC_FILE_RANGE_WRITE);
}

static int
free_space(const char *path, uint64_t *bytes)
{
	struct statvfs	 fs;

	/* what some network file systems tell is more than there can be */
	if (statvfs(path, &fs) != 0 || fs.f_blocks == 0 ||
	    __builtin_mul_overflow((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, bytes))
		return -1;
	return 0;
}

const struct diskio	 diskio_system = {
	.readv = preadv2, .writev = pwritev, .sync = fdatasync, .start = start_writing,
	.allocate = grow, .zero = zero_range, .resize = ftruncate, .incore = mincore,
	.room = free_space,
};
const struct diskio	*diskio = &diskio_system;

/* by a file system that does not know RWF_NOWAIT: from then on reads wait */
static bool	 nowait_refused;

enum diskio_got
diskio_read_some(int fd, void *p, size_t n, uint64_t at, bool nowait, size_t *got)
{
	struct iovec	 v = { p, n };
	ssize_t		 r;

	*got = 0;
	for (;;) {
		r = diskio->readv(fd, &v, 1, (off_t)at, 
		    (nowait && !nowait_refused) ? RWF_NOWAIT : 0);
		if (r > 0) {
			*got = (size_t)r;
			return DISKIO_OK;
		}
		if (r == 0)
			return DISKIO_SHORT;
		if (errno == EAGAIN)
			return DISKIO_WOULD_BLOCK;
		if (errno == EOPNOTSUPP && nowait && !nowait_refused)
			nowait_refused = true;
		else if (errno != EINTR)
			return DISKIO_ERROR;
	}
}

enum diskio_got
diskio_read(int fd, void *p, size_t n, uint64_t at, bool nowait, size_t *got)
{
	enum diskio_got	 how = DISKIO_OK;
	size_t		 some;

	for (*got = 0; *got < n && how == DISKIO_OK; *got += some)
		how = diskio_read_some(fd, (char *)p + *got, n - *got, at + *got, nowait, &some);
	return how;
}

bool
diskio_write_all(int fd, struct iovec *v, int n, uint64_t at)
{
	ssize_t	 w;

	while (n > 0) {
		if (v->iov_len == 0) {
			v++;
			n--;
			continue;
		}
		w = diskio->writev(fd, v, n, (off_t)at);
		if (w == 0)
			errno = ENOSPC;
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		at += (uint64_t)w;
		for (; n > 0 && (size_t)w >= v->iov_len; v++, n--)
			w -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + w;
			v->iov_len -= (size_t)w;
		}
	}
	return true;
}

bool
diskio_write(int fd, const void *p, size_t n, uint64_t at)
{
	struct iovec	 v = { (void *)(uintptr_t)p, n };

	return diskio_write_all(fd, &v, 1, at);
}
