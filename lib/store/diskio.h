/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls by which the store changes and reads its files, in one table, so that tests can
 * record them, make them fail or cut them short. The helpers finish what a short count left.
 */
#ifndef STORE_DISKIO_H
#define STORE_DISKIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct diskio {
	ssize_t	 (*readv)(int fd, const struct iovec *v, int n, off_t at, int flags);
	ssize_t	 (*writev)(int fd, const struct iovec *v, int n, off_t at);
	int	 (*sync)(int fd);				/* the data of everything written */
	/* begins to bring it to the disk; may be refused */
	int	 (*start)(int fd, off_t at, off_t len);
	/* blocks for later writes; the file grows */
	int	 (*allocate)(int fd, off_t at, off_t len);
	/* reads as zeros, blocks kept, pages given up; EOPNOTSUPP: cannot */
	int	 (*zero)(int fd, off_t at, off_t len);
	int	 (*resize)(int fd, off_t len);
	int	 (*incore)(void *at, size_t len, unsigned char *there);	/* mincore(2) */
	/* what this process may still write on the file system of path; -1: nobody knows */
	int	 (*room)(const char *path, uint64_t *bytes);
};

extern const struct diskio	 diskio_system;
extern const struct diskio	*diskio;		/* in use; &diskio_system */

enum diskio_got { DISKIO_OK, DISKIO_SHORT, DISKIO_WOULD_BLOCK, DISKIO_ERROR };

/*
 * Reads up to n bytes; *got. SHORT: the file ends before; WOULD_BLOCK (only if nowait): the rest is
 * not in memory.
 */
enum diskio_got	 diskio_read(int fd, void *p, size_t n, uint64_t at, bool nowait, size_t *got);
/* The same in one call: OK with as much as came at once (*got >= 1). */
enum diskio_got	 diskio_read_some(int fd, void *p, size_t n, uint64_t at, bool nowait, size_t *got);
/* All of it or false with errno (a device that takes nothing: ENOSPC). Changes v. */
bool		 diskio_write_all(int fd, struct iovec *v, int n, uint64_t at);
bool		 diskio_write(int fd, const void *p, size_t n, uint64_t at);

#endif
