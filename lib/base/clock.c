/* SPDX-License-Identifier: Apache-2.0 */
/* Cached clocks. */
#include "base/clock.h"

#include <stdbool.h>
#include <time.h>

uint64_t	 clock_us_, clock_wall_us_;
static bool	 held;

static uint64_t
read_us(clockid_t id)
{
	struct timespec	 t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void
clock_tick(void)
{
	if (held)
		return;
	clock_us_ = read_us(CLOCK_MONOTONIC);
	clock_wall_us_ = read_us(CLOCK_REALTIME);
}

uint64_t
clock_exact_us(void)
{
	return held ? clock_us_ : read_us(CLOCK_MONOTONIC);
}

void
clock_fake(uint64_t mono_us, uint64_t wall_us)
{
	held = true;
	clock_us_ = mono_us;
	clock_wall_us_ = wall_us;
}
