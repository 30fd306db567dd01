/* SPDX-License-Identifier: Apache-2.0 */
/* See verified.h. */
#include "store/verified.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	COARSE_S = 2,		/* of file systems that keep whole seconds, or every other one */
	NS_PER_S = 1000000000,
	TICK_US = 1000,		/* the shortest that there is */
	TRIES = 5,
};

static uint64_t
ns_of(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * NS_PER_S + (uint64_t)t->tv_nsec;
}

static bool
is_past(const struct timespec *t, const struct timespec *now)
{
	if (t->tv_nsec == 0)
		return t->tv_sec + COARSE_S < now->tv_sec;
	return t->tv_sec < now->tv_sec || (t->tv_sec == now->tv_sec && t->tv_nsec < now->tv_nsec);
}

static uint64_t
write_and_ask(int fd)
{
	struct stat	 st;

	return (pwrite(fd, "", 1, 0) == 1 && fstat(fd, &st) == 0) ? ns_of(&st.st_mtim) : 0;
}

bool
verified_probe(const char *dir)
{
	int		 fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	uint64_t	 begin, a, b, c;
	bool		 fine = false;

	if (fd < 0)
		return false;
	for (int try = 0; try < TRIES && !fine; try++) {
		begin = clock_exact_us();
		a = write_and_ask(fd);
		b = write_and_ask(fd);
		c = write_and_ask(fd);
		/* not by two ticks of the clock */
		fine = a != 0 && a < b && b < c && clock_exact_us() - begin < TICK_US;
	}
	close(fd);
	return fine;
}

bool
verified_stranger(const struct verified *v, int fd)
{
	struct stat	 st;

	return fstat(fd, &st) == 0 && ns_of(&st.st_mtim) > atomic_load_explicit(&v->wrote,
	    memory_order_acquire);
}

void
verified_forget(struct verified *v)
{
	atomic_fetch_add_explicit(&v->strangers, 1, memory_order_release);
}

void
verified_wrote(struct verified *v)
{
	struct timespec	 now;

	/* not before the file's, which may be finer than the coarse clock */
	if (clock_gettime(CLOCK_REALTIME, &now) == 0)
		atomic_store_explicit(&v->wrote, ns_of(&now), memory_order_release);
}

uint64_t
verified_state(const struct verified *v, int fd, bool *settled)
{
	struct timespec	 now;
	struct stat	 st;
	uint64_t	 strangers = atomic_load_explicit(&v->strangers, memory_order_acquire) *
	    0x9e3779b97f4a7c15, written, wrote;

	*settled = false;
	/*
	 * the clock that files get their times from; before the file is asked: a write between the
	 * two questions is not taken for an old one
	 */
	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0 || fstat(fd, &st) != 0)
		return strangers;
	written = ns_of(&st.st_mtim);
	wrote = atomic_load_explicit(&v->wrote, memory_order_acquire);
	if (!is_past(&st.st_mtim, &now))
		*settled = v->fine && written >= ns_of(&now);
	else	/* the next write gets this tick's time: `wrote` is exact, and may lie after it */
		*settled = written > wrote || ns_of(&now) > wrote;
	return written > wrote ? strangers ^ written : strangers;
}

static uint64_t
mark(uint64_t state, uint64_t nonce, uint64_t place)
{
	return (nonce ^ place * 0x9e3779b97f4a7c15 ^ state * 0xff51afd7ed558ccd ^
	    clock_ms() / VERIFIED_MS * 0xd6e8feb86659fd93) | 1;
}

static unsigned
index_of(uint64_t place)
{
	return (unsigned)((place >> 6) * 0x9e3779b97f4a7c15 >> 48);
}

void
verified_set(struct verified *v, uint64_t state, uint64_t nonce, uint64_t place)
{
	atomic_store_explicit(&v->marks[index_of(place)], mark(state, nonce, place),
	    memory_order_relaxed);
}

bool
verified_has(const struct verified *v, uint64_t state, uint64_t nonce, uint64_t place)
{
	return atomic_load_explicit(&v->marks[index_of(place)], memory_order_relaxed) == mark(state,
	    nonce, place);
}
