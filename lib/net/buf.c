/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers from a pool of the process: three sizes, a bounded number of spares each. */
#include "net/buf.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

enum { CLASSES = 3 };

static const uint32_t	 sizes[CLASSES] = { BUF_SMALL, BUF_NORMAL, BUF_LARGE };
static const unsigned	 keep[CLASSES] = { 64, 64, 16 };

static struct spare {
	struct spare	*next;
}			*spares[CLASSES];
static unsigned		 count[CLASSES];

static int
class_of(uint32_t cap)
{
	for (int i = 0; i < CLASSES; i++)
		if (sizes[i] == cap)
			return i;
	return -1;
}

static char *
take(uint32_t cap)
{
	int	 c = class_of(cap);

	if (c >= 0 && spares[c] != NULL) {
		struct spare *s = spares[c];

		spares[c] = s->next;
		count[c]--;
		return (char *)s;
	}
	return mem_alloc(cap);
}

static void
give(char *p, uint32_t cap)
{
	int		 c = class_of(cap);
	struct spare	*s = (struct spare *)(void *)p;

	if (c < 0 || count[c] >= keep[c]) {
		free(p);
		return;
	}
	s->next = spares[c];
	spares[c] = s;
	count[c]++;
}

void
buf_need(struct buf *b, uint32_t cap)
{
	char	*p;

	MUST(cap > 0 && cap <= 1 << 20);
	if (b->p != NULL && b->cap >= cap)
		return;
	MUST(b->floor == 0);
	p = take(cap);
	if (b->p != NULL) {
		memcpy(p, b->p + b->from, b->to - b->from);
		/* a request's credentials are overwritten in one place only */
		mem_wipe(b->p + b->from, b->to - b->from);
		give(b->p, b->cap);
	}
	b->to -= b->from;
	b->from = 0;
	b->p = p;
	b->cap = cap;
}

void
buf_give(struct buf *b)
{
	give(b->p, b->cap);
	*b = (struct buf){ 0 };
}

void
buf_tidy(struct buf *b)
{
	if (b->p != NULL && b->from == b->to && b->floor == 0)
		buf_drop(b);
}

uint32_t
buf_space(struct buf *b)
{
	if (b->from == b->to)
		b->from = b->to = b->floor;
	if (b->to == b->cap && b->from > b->floor) {
		memmove(b->p + b->floor, b->p + b->from, b->to - b->from);
		b->to -= b->from - b->floor;
		b->from = b->floor;
	}
	return b->cap - b->to;
}
