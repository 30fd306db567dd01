/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are in memory already: pages the proxy makes itself. */
#include "core/body.h"

#include <stddef.h>

#include "base/must.h"

static enum body_state
peek(struct body *b, const struct span **v, unsigned *n)
{
	struct body_memory	*m = CONTAINER_OF(b, struct body_memory, body);

	*v = &m->span;
	*n = m->span.n > 0;
	return BODY_LAST;
}

static void
took(struct body *b, size_t bytes)
{
	struct body_memory	*m = CONTAINER_OF(b, struct body_memory, body);

	MUST(bytes <= m->span.n);
	m->span.p += bytes;
	m->span.n -= bytes;
	b->taken += bytes;
}

static struct io *
raw(struct body *b, uint64_t *n)
{
	(void)b;
	*n = 0;
	return NULL;
}

static void
took_raw(struct body *b, uint64_t bytes, bool ended, bool failed)
{
	(void)b, (void)bytes, (void)ended, (void)failed;
	NEVER("a page is not spliced");
}

static void
stop(struct body *b)
{
	(void)b;
}

static const struct body_ops	 memory_ops = { peek, took, raw, took_raw, stop };

void
body_memory(struct body_memory *m, struct span bytes)
{
	*m = (struct body_memory){ .body = { .ops = &memory_ops, .length = bytes.n },
	    .span = bytes };
}
