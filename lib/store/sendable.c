/* SPDX-License-Identifier: Apache-2.0 */
/* Tries out what sendfile from a segment rests on. Runs once when a cache_dir is opened. */
#include "store/sendable.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/diskio.h"

enum { AREA = 65536, PART = 4096, PAGE = 4096 };

static bool
fill(int fd, char byte)
{
	static char	 area[AREA];

	memset(area, byte, sizeof area);
	return diskio_write(fd, area, sizeof area, 0);
}

static bool
held_back(int from)
{
	char	 part[PART];
	ssize_t	 n = read(from, part, sizeof part);

	if (n != (ssize_t)sizeof part)
		return false;
	for (size_t i = 0; i < sizeof part; i++)
		if (part[i] != 'a')
			return false;
	return true;
}

/* A pipe holds pages of the old bytes while the file is wiped and written to. */
static bool
try_with(int fd, const int pipe_ends[2])
{
	loff_t	 at = 0;

	return fill(fd, 'a') &&
	    splice(fd, &at, pipe_ends[1], NULL, PART, SPLICE_F_NONBLOCK) == PART &&
	    diskio->zero(fd, 0, AREA) == 0 && fill(fd, 'b') && held_back(pipe_ends[0]);
}

bool
sendable_probe(const char *dir)
{
	int	 fd, ends[2];
	bool	 ok;

	/* where pages are larger, so are the largest: segments may share one */
	if (sysconf(_SC_PAGESIZE) != PAGE)
		return false;
	fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		close(fd);
		return false;
	}
	ok = try_with(fd, ends);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	return ok;
}
