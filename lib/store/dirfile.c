/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a cache_dir by their names; what is in them is volume.c's. In whatever process has the
 * store.
 */
#include "store/dirfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"

enum { PATH_LONGEST = 4096 };

/* False with errno: too long. */
static bool
path_of(char path[PATH_LONGEST], const char *dir, const char *name)
{
	if (snprintf(path, PATH_LONGEST, "%s/%s", dir, name) < PATH_LONGEST)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

int
dirfile_open(const char *dir, const char *name, int flags)
{
	char	 path[PATH_LONGEST];
	int	 fd;

	if (!path_of(path, dir, name))
		return -1;
	flags |= O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
	/* a read after a write would note its time, in the file system's journal */
	fd = open(path, flags | O_NOATIME, 0640);
	return (fd < 0 && errno == EPERM) ? open(path, flags, 0640) : fd;
}

void
dirfile_hand_over(const char *dir, int fd)
{
	struct stat	 st;

	if (geteuid() == 0 && stat(dir, &st) == 0 && st.st_uid != 0 &&
	    fchown(fd, st.st_uid, st.st_gid) != 0)
		msg(MSG_WARNING, "cache_dir %s: cannot give its files to the directory's owner: %s",
		    dir, strerror(errno));
}

bool
dirfile_rename(const char *dir, const char *from, const char *to)
{
	int	 fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool	 ok = fd >= 0 && renameat(fd, from, fd, to) == 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

void
dirfile_remove(const char *dir, const char *name)
{
	char	 path[PATH_LONGEST];

	if (path_of(path, dir, name))
		unlink(path);
}

bool
dirfile_is_plain(int fd, uint64_t *size)
{
	struct stat	 st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

bool
dirfile_is_still(const char *dir, int fd, const char *name)
{
	struct stat	 there, open_one;
	char		 path[PATH_LONGEST];

	return fd >= 0 && path_of(path, dir, name) && lstat(path, &there) == 0 &&
	    fstat(fd, &open_one) == 0 && there.st_dev == open_one.st_dev &&
	    there.st_ino == open_one.st_ino;
}

void
dirfile_measure(const char *dir, const char *name, uint64_t *length, uint64_t *taken)
{
	struct stat	 st;
	char		 path[PATH_LONGEST];
	bool		 is = path_of(path, dir, name) && lstat(path, &st) == 0 &&
	    S_ISREG(st.st_mode);

	*length = is ? (uint64_t)st.st_size : 0;
	*taken = is ? (uint64_t)st.st_blocks * 512 : 0;
}

bool
dirfile_has_length(const char *dir, const char *name, uint64_t bytes)
{
	struct stat	 st;
	char		 path[PATH_LONGEST];

	if (!path_of(path, dir, name))
		return true;
	if (lstat(path, &st) != 0)
		return errno != ENOENT;
	return !S_ISREG(st.st_mode) || (uint64_t)st.st_size >= bytes;
}
