/* SPDX-License-Identifier: Apache-2.0 */
/* Bump allocation in chunks. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"

struct arena_chunk {
	struct arena_chunk	*next;
	size_t			 size;		/* of the bytes that follow */
	_Alignas(16) char	 bytes[];
};

enum { KEEP = 64 };	/* chunks kept for the next transaction */

static struct arena_chunk	*spare;
static unsigned			 spares;

static struct arena_chunk *
take_chunk(size_t size)
{
	struct arena_chunk	*c;

	if (size == ARENA_CHUNK - sizeof *c && spare != NULL) {
		c = spare;
		spare = c->next;
		spares--;
		return c;
	}
	c = mem_alloc(sizeof *c + size);
	c->size = size;
	return c;
}

static void
give_chunk(struct arena_chunk *c)
{
	if (c->size != ARENA_CHUNK - sizeof *c || spares >= KEEP) {
		free(c);
		return;
	}
	c->next = spare;
	spare = c;
	spares++;
}

void
arena_init(struct arena *a, size_t cap)
{
	*a = (struct arena){ .cap = cap };
}

void
arena_reset(struct arena *a)
{
	while (a->chunks != NULL) {
		struct arena_chunk *c = a->chunks;

		a->chunks = c->next;
		give_chunk(c);
	}
	a->at = a->end = NULL;
	a->used = 0;
}

void *
arena_more(struct arena *a, size_t n)
{
	size_t			 size = ARENA_CHUNK - sizeof(struct arena_chunk);
	struct arena_chunk	*c;
	bool			 alone = n > size / 2;

	if (alone)
		size = n;
	if (size > a->cap - a->used)
		return NULL;
	c = take_chunk(size);
	a->used += size;
	if (alone && a->chunks != NULL) {	/* keep filling the newest ordinary chunk */
		c->next = a->chunks->next;
		a->chunks->next = c;
		return c->bytes;
	}
	c->next = a->chunks;
	a->chunks = c;
	a->at = c->bytes + n;
	a->end = c->bytes + size;
	return c->bytes;
}

void *
arena_zero(struct arena *a, size_t n)
{
	void	*p = arena_get(a, n);

	return p == NULL ? NULL : memset(p, 0, n);
}

struct span
arena_span(struct arena *a, struct span s)
{
	char	*p = arena_get(a, s.n + 1);

	if (p == NULL)
		return SPAN_NONE;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return span_at(p, s.n);
}

struct span
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list	 ap;
	char	*p;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	MUST(n >= 0);
	p = arena_get(a, (size_t)n + 1);
	if (p == NULL)
		return SPAN_NONE;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return span_at(p, (size_t)n);
}
