/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A span borrows n bytes that somebody else owns; it is not NUL-terminated and may hold any byte.
 * The empty span is {NULL, 0} or {anything, 0}.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char	*p;
	size_t		 n;
};

#define SPAN(lit)	((struct span){ "" lit, sizeof(lit) - 1 })
#define SPAN_NONE	((struct span){ NULL, 0 })
/* For printf("%.*s"). */
#define SPAN_ARG(s)	(int)(s).n, (s).p

static inline struct span
span_of(const char *cstr)
{
	return (cstr == NULL) ? SPAN_NONE : (struct span){ cstr, strlen(cstr) };
}

static inline struct span
span_at(const char *p, size_t n)
{
	return (struct span){ p, n };
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Equal to a C string, byte for byte. */
static inline bool
span_is(struct span a, const char *cstr)
{
	return span_eq(a, span_of(cstr));
}

/* ASCII case-insensitive comparisons: never the locale's. */
bool		 span_ieq(struct span a, struct span b);
bool		 span_iis(struct span a, const char *cstr);
bool		 span_istarts(struct span a, struct span prefix);
bool		 span_starts(struct span a, struct span prefix);
bool		 span_ends(struct span a, struct span suffix);

/* Order by bytes, then by length: <0, 0, >0. */
int		 span_cmp(struct span a, struct span b);

/* Without leading and trailing SP and HTAB (the OWS of RFC 9110, 5.6.3). */
struct span	 span_trim(struct span a);

/*
 * Takes what stands before the first `sep` off the front of *rest into *head and drops the
 * separator; without one takes all. False, when *rest is exhausted (its p is NULL).
 */
bool		 span_cut(struct span *rest, char sep, struct span *head);

/* Position of a byte, or -1. */
ptrdiff_t	 span_find(struct span a, char c);

/* Decimal digits only, the whole span, no sign; false when empty, other bytes or above max. */
bool		 span_u64(struct span a, uint64_t max, uint64_t *out);

/* Copies with a NUL, truncating to cap - 1; returns dst. cap > 0. */
char		*span_copy(struct span a, char *dst, size_t cap);

/* malloc'd, NUL-terminated copy; never NULL (out of memory ends the process). */
char		*span_dup(struct span a);

static inline char
ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
}

#endif
