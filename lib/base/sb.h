/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String builder with a sticky error: append without testing, test sb_ok once at the end.
 * Either grows on the heap up to a limit (sb_heap) or writes into the caller's bytes (sb_fixed).
 */
#ifndef BASE_SB_H
#define BASE_SB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct sb {
	char	*p;
	size_t	 n, cap, max;
	bool	 heap, failed;
};

void		 sb_heap(struct sb *b, size_t max);
static inline void
sb_fixed(struct sb *b, char *bytes, size_t cap)
{
	*b = (struct sb){ .p = bytes, .cap = cap, .max = cap };
}

void		 sb_free(struct sb *b);		/* frees what sb_heap took; harmless otherwise */
void		 sb_clear(struct sb *b);	/* empty, keeps the memory, forgets the error */

/* true: n more bytes fit (grows); else sets the error */
bool		 sb_room(struct sb *b, size_t n);

/*
 * n more bytes, which the caller writes at once: for several pieces one question for room. NULL:
 * they do not fit.
 */
static inline char *
sb_more(struct sb *b, size_t n)
{
	if (n > b->cap - b->n && !sb_room(b, n))
		return NULL;
	b->n += n;
	return b->p + (b->n - n);
}

static inline void
sb_add(struct sb *b, const char *p, size_t n)
{
	char	*to = n > 0 ? sb_more(b, n) : NULL;

	if (to != NULL)
		memcpy(to, p, n);
}

static inline void
sb_char(struct sb *b, char c)
{
	if (b->n == b->cap && !sb_room(b, 1))
		return;
	b->p[b->n++] = c;
}

static inline void
sb_span(struct sb *b, struct span s)
{
	sb_add(b, s.p, s.n);
}

#define SB_LIT(b, lit)	sb_add((b), "" lit, sizeof(lit) - 1)

/* Inline: the length of a literal is known then. */
static inline void
sb_str(struct sb *b, const char *cstr)
{
	sb_add(b, cstr, strlen(cstr));
}

void		 sb_u64(struct sb *b, uint64_t v);
void		 sb_hex(struct sb *b, uint64_t v);
void		 sb_printf(struct sb *b, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

static inline bool
sb_ok(const struct sb *b)
{
	return !b->failed;
}

static inline struct span
sb_done(const struct sb *b)
{
	return span_at(b->p, b->n);
}

/* NUL-terminated view; "" on error. */
const char	*sb_cstr(struct sb *b);

#endif
