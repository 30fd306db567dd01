/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to log files so that a killed logger's successor can go on in the middle. */
#include "log/logfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/must.h"
#include "log/logdest.h"

/* Sockets cannot be opened by name: our own standard output may be one (a supervisor's journal). */
static int
standard(const char *path)
{
	if (strcmp(path, "/dev/stdout") == 0)
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (strcmp(path, "/dev/stderr") == 0)
		return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return -1;
}

bool
logfile_open(struct logfile *f, const char *path)
{
	struct stat	 st;
	int		 e;

	f->path = NULL;
	f->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
	if (f->fd < 0 && (f->fd = standard(path)) < 0)
		return false;
	if (fstat(f->fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		e = errno != 0 ? errno : EISDIR;
		close(f->fd);
		errno = e;
		return false;
	}
	f->regular = S_ISREG(st.st_mode);
	f->path = mem_str(path);
	return true;
}

void
logfile_close(struct logfile *f)
{
	if (f->path == NULL)
		return;
	close(f->fd);
	free(f->path);
	f->path = NULL;
}

/* Drops the first `skip` bytes. */
static void
skip_bytes(struct iovec **iov, unsigned *n, uint64_t skip)
{
	while (*n > 0 && skip >= (*iov)->iov_len) {
		skip -= (*iov)->iov_len;
		(*iov)++;
		(*n)--;
	}
	if (*n > 0 && skip > 0) {
		(*iov)->iov_base = (char *)(*iov)->iov_base + skip;
		(*iov)->iov_len -= skip;
	}
}

/* Notes the file's state before the first write of a unit. */
static bool
begin(struct logfile *f, struct logdest *j)
{
	struct stat	 st;
	uint64_t	 progress = atomic_load(&j->progress);

	if ((progress & 1) != 0)
		return true;
	if (fstat(f->fd, &st) != 0)
		return false;
	j->dev = st.st_dev;
	j->ino = st.st_ino;
	j->size = (uint64_t)st.st_size;
	atomic_store(&j->sent, 0);
	atomic_store(&j->progress, progress | 1);
	return true;
}

/* Bytes of the unit that are in the file. */
static bool
written(struct logfile *f, const struct logdest *j, uint64_t *n)
{
	struct stat	 st;

	*n = atomic_load(&j->sent);
	if (!f->regular)
		return true;
	if (fstat(f->fd, &st) != 0)
		return false;
	*n = (uint64_t)st.st_size > j->size ? (uint64_t)st.st_size - j->size : 0;
	return true;
}

enum logfile_result
logfile_put(struct logfile *f, struct logdest *j, struct iovec *iov, unsigned n)
{
	bool		 again = (atomic_load(&j->progress) & 1) != 0;
	uint64_t	 have = 0;
	ssize_t		 k;

	if (!begin(f, j) || (again && !written(f, j, &have)))
		return LOGFILE_FAIL;
	skip_bytes(&iov, &n, have);
	while (n > 0) {
		k = writev(f->fd, iov, n < IOV_MAX ? (int)n : IOV_MAX);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return LOGFILE_WAIT;
		if (k <= 0) {
			errno = k == 0 ? ENOSPC : errno;
			return LOGFILE_FAIL;
		}
		if (!f->regular)
			atomic_fetch_add(&j->sent, (uint64_t)k);
		skip_bytes(&iov, &n, (uint64_t)k);
	}
	return LOGFILE_DONE;
}

void
logfile_undo(struct logfile *f, struct logdest *j)
{
	uint64_t	 progress = atomic_load(&j->progress);

	if ((progress & 1) == 0 || !f->regular)
		return;
	if (ftruncate(f->fd, (off_t)j->size) == 0)
		atomic_store(&j->progress, progress & ~(uint64_t)1);
}

static bool
is_same(const struct stat *st, const struct logdest *j)
{
	return st->st_dev == j->dev && st->st_ino == j->ino;
}

/* The open file of that identity in a directory, or -1. */
static int
search(const char *directory, const struct logdest *j)
{
	DIR		*d = opendir(directory);
	struct dirent	*e;
	struct stat	 st;
	int		 fd = -1;

	if (d == NULL)
		return -1;
	while (fd < 0 && (e = readdir(d)) != NULL) {
		if (e->d_ino != j->ino)
			continue;
		fd = openat(dirfd(d), e->d_name,
		    O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd >= 0 && (fstat(fd, &st) != 0 || !is_same(&st, j))) {
			close(fd);
			fd = -1;
		}
	}
	closedir(d);
	return fd;
}

bool
logfile_find(struct logfile *f, struct logdest *j)
{
	char		 directory[PATH_MAX];
	struct stat	 st;
	char		*slash;
	int		 fd;

	if (!f->regular || (fstat(f->fd, &st) == 0 && is_same(&st, j)))
		return true;
	snprintf(directory, sizeof directory, "%s", f->path);
	slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	fd = search(slash == NULL ? "." : slash == directory ? "/" : directory, j);
	if (fd < 0) {
		atomic_fetch_and(&j->progress, ~(uint64_t)1);
		return false;
	}
	close(f->fd);
	f->fd = fd;
	return true;
}

bool
logfile_gone(const struct logfile *f)
{
	struct stat	 st;

	return f->regular && fstat(f->fd, &st) == 0 && st.st_nlink == 0;
}

bool
logfile_shift(const char *path, unsigned keep)
{
	char		 from[PATH_MAX + 16], to[PATH_MAX + 16];
	struct stat	 st;

	if (keep == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return true;
	for (unsigned i = keep - 1; i > 0; i--) {
		snprintf(from, sizeof from, "%s.%u", path, i - 1);
		snprintf(to, sizeof to, "%s.%u", path, i);
		if (rename(from, to) != 0 && errno != ENOENT)
			return false;
	}
	snprintf(to, sizeof to, "%s.0", path);
	return rename(path, to) == 0;
}
