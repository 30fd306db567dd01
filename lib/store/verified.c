/* SPDX-License-Identifier: Apache-2.0 */
/* See verified.h. */
#include "store/verified.h"

#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"

enum {
	COARSE_S = 2,		/* of file systems that keep whole seconds, or every other one */
	NS_PER_S = 1000000000,
};

/* Before the file is asked, so that a write between the two questions is not taken for an old one. */
static bool
is_past(const struct timespec *t, const struct timespec *now)
{
	if (t->tv_nsec == 0)
		return t->tv_sec + COARSE_S < now->tv_sec;
	return t->tv_sec < now->tv_sec || (t->tv_sec == now->tv_sec && t->tv_nsec < now->tv_nsec);
}

uint64_t
verified_written(int fd, bool *settled)
{
	struct timespec	 now;
	struct stat	 st;

	*settled = false;
	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0 || fstat(fd, &st) != 0)	/* the clock that files get their times from */
		return 0;
	*settled = is_past(&st.st_mtim, &now);
	return (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
}

static uint64_t
mark(uint64_t written, uint64_t nonce, uint64_t place)
{
	return (nonce ^ place * 0x9e3779b97f4a7c15 ^ written * 0xff51afd7ed558ccd ^ clock_ms() / VERIFIED_MS * 0xd6e8feb86659fd93) | 1;
}

static unsigned
index_of(uint64_t place)
{
	return (unsigned)((place >> 6) * 0x9e3779b97f4a7c15 >> 48);
}

void
verified_set(struct verified *v, uint64_t written, uint64_t nonce, uint64_t place)
{
	atomic_store_explicit(&v->marks[index_of(place)], mark(written, nonce, place), memory_order_relaxed);
}

bool
verified_has(const struct verified *v, uint64_t written, uint64_t nonce, uint64_t place)
{
	return written != 0 && atomic_load_explicit(&v->marks[index_of(place)], memory_order_relaxed) == mark(written, nonce, place);
}
