/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time. The loop refreshes the cached clocks once per round (clock_tick); code that runs in a
 * process with a loop reads those. Tests set the time with clock_fake.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Refreshes the cached clocks from the kernel's (nothing while a test holds them). */
void		 clock_tick(void);

/* Reads the monotonic clock now, microseconds; does not change the cached values. */
uint64_t	 clock_exact_us(void);

extern uint64_t	 clock_us_;	/* monotonic, microseconds since an arbitrary start */
extern uint64_t	 clock_wall_us_;	/* since 1970 */

static inline uint64_t clock_us(void) { return clock_us_; }
static inline uint64_t clock_ms(void) { return clock_us_ / 1000; }
static inline uint64_t clock_wall_us(void) { return clock_wall_us_; }
static inline int64_t clock_wall_s(void) { return (int64_t)(clock_wall_us_ / 1000000); }

/* From now on clock_tick leaves these values alone (tests only). */
void		 clock_fake(uint64_t mono_us, uint64_t wall_us);

#endif
