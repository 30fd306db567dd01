/* SPDX-License-Identifier: Apache-2.0 */
/* The PID file. In the master, and in `sepia -k`. */
#include "proc/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/span.h"

/*
 * A file that nobody but root or the caller could have put there or can write to through another
 * name.
 */
static bool
is_safe(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink <= 1 &&
	    (st->st_uid == 0 || st->st_uid == geteuid() || st->st_uid == getuid());
}

static pid_t
number_in(int fd)
{
	char		 text[32] = "";
	uint64_t	 pid;

	if (pread(fd, text, sizeof text - 1, 0) <= 0)
		return 0;
	return span_u64(span_at(text, strspn(text, "0123456789")), INT32_MAX, &pid) ?
	    (pid_t)pid : 0;
}

/* Opened, locked and still the file that the path names. */
static enum pidfile_result
open_locked(const char *path, int *out)
{
	struct stat	 here, there;
	int		 fd;

	for (int tries = 0; tries < 16; tries++) {
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		    0644);
		if (fd < 0)
			return errno == ELOOP ? PIDFILE_UNSAFE : PIDFILE_FAILED;
		*out = fd;
		if (fstat(fd, &here) != 0)
			return PIDFILE_FAILED;
		if (!is_safe(&here) && here.st_nlink != 0)
			return PIDFILE_UNSAFE;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0)
			return errno == EWOULDBLOCK ? PIDFILE_RUNNING : PIDFILE_FAILED;
		/* Its former owner may have removed it between the opening and the locking. */
		if (stat(path, &there) == 0 && there.st_ino == here.st_ino &&
		    there.st_dev == here.st_dev)
			return PIDFILE_OK;
		close(fd);
		*out = -1;
	}
	errno = EAGAIN;
	return PIDFILE_FAILED;
}

void
pidfile_rewrite(struct pidfile *f)
{
	char	 text[32];
	int	 n = snprintf(text, sizeof text, "%d\n", (int)getpid());

	if (f->fd < 0)
		return;
	if (ftruncate(f->fd, 0) != 0 || pwrite(f->fd, text, (size_t)n, 0) != n) {
		/* its lock still says that somebody runs */
		msg(MSG_WARNING, "cannot write the PID file %s: %s", f->path, strerror(errno));
	}
}

enum pidfile_result
pidfile_take(struct pidfile *f, const char *path, pid_t *other)
{
	enum pidfile_result	 r;
	int			 fd = -1, error;

	*f = (struct pidfile){ .fd = -1 };
	*other = 0;
	r = open_locked(path, &fd);
	if (r == PIDFILE_RUNNING)
		*other = number_in(fd);
	if (r != PIDFILE_OK) {
		error = errno;
		if (fd >= 0)
			close(fd);
		errno = error;
		return r;
	}
	f->fd = fd;
	f->path = mem_str(path);
	if (fchmod(fd, 0644) != 0) {
		/* readable for fewer people */
	}
	pidfile_rewrite(f);
	return PIDFILE_OK;
}

void
pidfile_drop(struct pidfile *f)
{
	struct stat	 here, there;

	/* While the lock is held nobody else can have put another file there and believe in it. */
	if (f->fd >= 0 && fstat(f->fd, &here) == 0 && lstat(f->path, &there) == 0 &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev && unlink(f->path) != 0 &&
	    ftruncate(f->fd, 0) != 0) {
		/* neither: the number stays, unlocked, and means nothing */
	}
	pidfile_forget(f);
}

void
pidfile_forget(struct pidfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	*f = (struct pidfile){ .fd = -1 };
}

enum pidfile_result
pidfile_look(const char *path, pid_t *pid, uid_t *owner)
{
	enum pidfile_result	 r = PIDFILE_OK;
	struct stat		 st;
	int			 fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	*pid = 0;
	if (fd < 0)
		return errno == ENOENT ? PIDFILE_OK : errno == ELOOP ? PIDFILE_UNSAFE :
		    PIDFILE_FAILED;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		r = PIDFILE_UNSAFE;
	} else if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		r = PIDFILE_RUNNING;
		*pid = number_in(fd);
		*owner = st.st_uid;
	}
	close(fd);
	return r;
}
