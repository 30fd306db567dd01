/* SPDX-License-Identifier: Apache-2.0 */
/* Slowing down when a process dies again and again. In the master. */
#include "proc/pacing.h"

uint64_t
pacing_died(struct pacing *p, uint64_t now_ms)
{
	uint64_t	 last = p->n == 0 ? 0 : p->deaths[(p->n - 1) % PACING_DEATHS];
	uint64_t	 oldest;

	p->deaths[p->n % PACING_DEATHS] = now_ms;
	p->n++;
	/* the first of the last PACING_DEATHS, this one included */
	oldest = p->deaths[p->n % PACING_DEATHS];
	if (p->delay_ms != 0 && now_ms - last <= PACING_WINDOW_MS)
		p->delay_ms = p->delay_ms * 2 < PACING_MOST_MS ? p->delay_ms * 2 : PACING_MOST_MS;
	else if (p->n >= PACING_DEATHS && now_ms - oldest <= PACING_WINDOW_MS)
		p->delay_ms = PACING_FIRST_MS;
	else
		p->delay_ms = 0;
	p->not_before_ms = now_ms + p->delay_ms;
	return p->delay_ms;
}

uint64_t
pacing_due(const struct pacing *p)
{
	return p->not_before_ms;
}
