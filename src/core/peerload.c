/* SPDX-License-Identifier: Apache-2.0 */
/* Connections in use by peer. Runs in a worker. */
#include "core/peerload.h"

#include "base/mem.h"
#include "base/must.h"

static uint32_t	*loads;		/* by peer index */
static size_t	 known, cap;

void
peerload_take(const struct peer *p)
{
	if (p == NULL)
		return;
	while (known <= p->index) {
		loads = mem_room(loads, known, &cap, sizeof *loads);
		loads[known++] = 0;
	}
	loads[p->index]++;
}

void
peerload_leave(const struct peer *p)
{
	if (p == NULL)
		return;
	MUST(p->index < known && loads[p->index] > 0);
	loads[p->index]--;
}

uint32_t
peerload_of(const struct peer *p)
{
	return p->index < known ? loads[p->index] : 0;
}
