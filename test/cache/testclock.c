/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of the cache's tests, preloaded into the proxy (LD_PRELOAD): what a process asks for
 * comes from the file that $TESTCLOCK names, which the test changes as it likes. It is mapped
 * before anything forks, so that all processes of a proxy see one time, at once. Without that file,
 * or from other clocks, the kernel's time. Not for measuring anything: a fixed wall clock stands
 * still between two changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The file, native byte order. */
struct testclock {
	_Atomic int64_t	 wall_ns;		/* CLOCK_REALTIME; 0: the kernel's */
	_Atomic int64_t	 monotonic_shift_ns;	/* added to CLOCK_MONOTONIC and CLOCK_BOOTTIME */
};

static const struct testclock	*file;

static void
map(void)
{
	static _Atomic int	 tried;
	const char		*path;
	void			*p;
	int			 fd;

	if (atomic_exchange(&tried, 1) || (path = getenv("TESTCLOCK")) == NULL)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	p = mmap(NULL, sizeof *file, PROT_READ, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		file = p;
	close(fd);
}

__attribute__((constructor)) static void
begin(void)
{
	map();
}

static void
split(int64_t ns, struct timespec *t)
{
	t->tv_sec = ns / 1000000000;
	t->tv_nsec = ns % 1000000000;
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t	 wall, shift;

	map();			/* somebody may ask before our constructor ran */
	if (syscall(SYS_clock_gettime, id, t) != 0)
		return -1;
	if (file == NULL)
		return 0;
	wall = atomic_load(&file->wall_ns);
	shift = atomic_load(&file->monotonic_shift_ns);
	/* the coarse one is what files get their times from */
	if (id == CLOCK_REALTIME && wall != 0)
		split(wall, t);
	else if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME)
		split((int64_t)t->tv_sec * 1000000000 + t->tv_nsec + shift, t);
	return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec	 t;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		return -1;
	tv->tv_sec = t.tv_sec;
	tv->tv_usec = t.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec	 t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		return (time_t)-1;
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}
