/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A failing disk for the cache's tests, preloaded into the proxy (LD_PRELOAD): positioned reads and
 * writes, syncs and sendfile give the error that the file $TESTDISK names, which the test changes
 * as it likes; 0: none. Only what lib/store uses is here: logs, sockets and the proxy's own files
 * are read and written by other calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sendfile.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* The file, native byte order. */
struct testdisk {
	_Atomic int64_t	 write_errno, read_errno, sync_errno;
};

static const struct testdisk	*file;

__attribute__((constructor)) static void
begin(void)
{
	const char	*path = getenv("TESTDISK");
	int		 fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void		*p;

	if (fd < 0)
		return;
	p = mmap(NULL, sizeof *file, PROT_READ, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		file = p;
	close(fd);
}

/* True: the call fails so. */
static int
fails(const _Atomic int64_t *what)
{
	int	 e = (int)atomic_load(what);

	if (e != 0)
		errno = e;
	return e != 0;
}

/* The kernel's positions have two halves; on 64-bit machines the first holds all of it. */
ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	if (file != NULL && fails(&file->write_errno))
		return -1;
	return syscall(SYS_pwritev, fd, v, n, at, 0);
}

ssize_t
preadv2(int fd, const struct iovec *v, int n, off_t at, int flags)
{
	if (file != NULL && fails(&file->read_errno))
		return -1;
	return syscall(SYS_preadv2, fd, v, n, at, 0, flags);
}

ssize_t
sendfile(int to, int from, off_t *at, size_t n)
{
	if (file != NULL && fails(&file->read_errno))
		return -1;
	return syscall(SYS_sendfile, to, from, at, n);
}

int
fdatasync(int fd)
{
	if (file != NULL && fails(&file->sync_errno))
		return -1;
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	if (file != NULL && fails(&file->sync_errno))
		return -1;
	return (int)syscall(SYS_fsync, fd);
}
