/* SPDX-License-Identifier: Apache-2.0 */
/* The spare list of buffers for bodies. Worker. */
#include "cache/piece.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

enum { SPARE_MOST = 32 };

static char	*spare[SPARE_MOST];
static unsigned	 spare_n;

void
piece_take(struct piece *p, uint64_t from)
{
	MUST(p->p == NULL);
	p->p = (spare_n > 0) ? spare[--spare_n] : mem_alloc(PIECE_BYTES);
	p->from = from;
	p->n = 0;
}

void
piece_give(struct piece *p)
{
	if (spare_n < SPARE_MOST)
		spare[spare_n++] = p->p;
	else
		free(p->p);
	p->p = NULL;
}

void
piece_trim(void)
{
	while (spare_n > 0)
		free(spare[--spare_n]);
}
