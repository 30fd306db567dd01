/* SPDX-License-Identifier: Apache-2.0 */
/* The run directory. In the master at its start, and in `sepia -z`. */
#include "proc/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proc/privilege.h"

enum { WAIT_TRIES = 60, WAIT_MS = 50 };

static bool
fail(const char *what, const char *path, char *why, size_t cap)
{
	snprintf(why, cap, "run_dir: %s %s: %s", what, path, strerror(errno));
	return false;
}

static bool
make_own(const char *path)
{
	mode_t	 mask = umask(0);
	bool	 ok = mkdir(path, 0750) == 0;

	umask(mask);
	if (!ok)
		return errno == EEXIST;
	return !privilege_have_root() || chown(path, privilege_uid(), privilege_gid()) == 0;
}

bool
rundir_make(const char *path, char *why, size_t cap)
{
	struct stat	 st;
	bool		 ok;

	privilege_raise("making the run directory");
	ok = make_own(path);
	privilege_lower();
	if (!ok)
		return fail("cannot make", path, why, cap);
	if (stat(path, &st) != 0)
		return fail("cannot look at", path, why, cap);
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return fail("cannot use", path, why, cap);
	}
	if (eaccess(path, R_OK | W_OK | X_OK) != 0)
		return fail("cannot write in", path, why, cap);
	return true;
}

int
rundir_lock(const char *path, char *why, size_t cap)
{
	const struct timespec	 pause = { 0, WAIT_MS * 1000000L };
	char			 file[4096];
	int			 fd;

	snprintf(file, sizeof file, "%s/lock", path);
	fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0640);
	if (fd < 0) {
		fail("cannot open", file, why, cap);
		return -1;
	}
	for (int i = 0; i < WAIT_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		if (errno != EWOULDBLOCK) {
			fail("cannot lock", file, why, cap);
			close(fd);
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	close(fd);
	snprintf(why, cap, "run_dir: %s is in use by another running sepia", path);
	return -1;
}
