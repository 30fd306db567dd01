/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How soon a process that died is replaced: at once, unless it has died PACING_DEATHS times within
 * PACING_WINDOW_MS; then later and later up to PACING_MOST_MS, never not at all. Pure; the time is
 * the caller's.
 */
#ifndef PROC_PACING_H
#define PROC_PACING_H

#include <stdbool.h>
#include <stdint.h>

enum { PACING_DEATHS = 5, PACING_WINDOW_MS = 10000, PACING_FIRST_MS = 100, PACING_MOST_MS = 5000 };

struct pacing {
	uint64_t	 deaths[PACING_DEATHS];	/* when; a ring */
	unsigned	 n;			/* deaths noted, ever */
	uint64_t	 delay_ms;		/* 0: at once */
	uint64_t	 not_before_ms;
};

/* Notes a death now; answers the delay that follows from it (0: none). */
uint64_t	 pacing_died(struct pacing *p, uint64_t now_ms);
/* When the next one may start. */
uint64_t	 pacing_due(const struct pacing *p);

#endif
