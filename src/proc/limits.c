/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and inheritance of descriptors. In the master before it forks, in its children after. */
#include "proc/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/msg.h"

uint64_t
limits_descriptors(uint64_t wanted)
{
	struct rlimit	 l, now;
	rlim_t		 aim;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0)
		return 0;
	aim = wanted != 0 ? wanted : now.rlim_max;
	if (aim > LIMITS_MOST)
		aim = LIMITS_MOST;
	l = now;
	l.rlim_cur = aim;
	if (aim > l.rlim_max)
		l.rlim_max = aim;
	if (setrlimit(RLIMIT_NOFILE, &l) == 0)
		return aim;
	/* Without the right to raise the hard limit. */
	l = now;
	l.rlim_cur = aim < now.rlim_max ? aim : now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) != 0)
		l = now;
	if (wanted > l.rlim_cur)
		msg(MSG_WARNING, "max_filedescriptors %llu: the limit of this process is %llu",
		    (unsigned long long)wanted, (unsigned long long)l.rlim_cur);
	return l.rlim_cur;
}

static int
by_number(const void *a, const void *b)
{
	int	 x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void
close_from_to(unsigned from, unsigned to)
{
	if (from > to || close_range(from, to, 0) == 0 || errno != ENOSYS)
		return;
	/* Linux before 5.9: no higher number can be open than the limit allows now. */
	for (unsigned fd = from; fd <= to && fd < (unsigned)sysconf(_SC_OPEN_MAX); fd++)
		close((int)fd);
}

void
limits_close_others(int *keep, size_t n)
{
	unsigned	 from = STDERR_FILENO + 1;

	qsort(keep, n, sizeof *keep, by_number);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)from)
			continue;
		close_from_to(from, (unsigned)keep[i] - 1);
		from = (unsigned)keep[i] + 1;
	}
	close_from_to(from, ~0U);
}
