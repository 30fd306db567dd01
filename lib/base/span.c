/* SPDX-License-Identifier: Apache-2.0 */
/* Spans: borrowed bytes with a length. */
#include "base/span.h"

#include <stdlib.h>

#include "base/mem.h"

bool
span_ieq(struct span a, struct span b)
{
	size_t	 i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
span_iis(struct span a, const char *cstr)
{
	return span_ieq(a, span_of(cstr));
}

bool
span_istarts(struct span a, struct span prefix)
{
	return a.n >= prefix.n && span_ieq(span_at(a.p, prefix.n), prefix);
}

bool
span_starts(struct span a, struct span prefix)
{
	return a.n >= prefix.n && span_eq(span_at(a.p, prefix.n), prefix);
}

bool
span_ends(struct span a, struct span suffix)
{
	return a.n >= suffix.n && span_eq(span_at(a.p + (a.n - suffix.n), suffix.n), suffix);
}

int
span_cmp(struct span a, struct span b)
{
	size_t	 n = a.n < b.n ? a.n : b.n;
	int	 c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0)
		return c;
	return (a.n > b.n) - (a.n < b.n);
}

struct span
span_trim(struct span a)
{
	while (a.n > 0 && (a.p[0] == ' ' || a.p[0] == '\t')) {
		a.p++;
		a.n--;
	}
	while (a.n > 0 && (a.p[a.n - 1] == ' ' || a.p[a.n - 1] == '\t'))
		a.n--;
	return a;
}

bool
span_cut(struct span *rest, char sep, struct span *head)
{
	const char	*at;

	if (rest->p == NULL)
		return false;
	at = rest->n == 0 ? NULL : memchr(rest->p, sep, rest->n);
	if (at == NULL) {
		*head = *rest;
		*rest = SPAN_NONE;
		return true;
	}
	*head = span_at(rest->p, (size_t)(at - rest->p));
	rest->n -= head->n + 1;
	rest->p = at + 1;
	return true;
}

ptrdiff_t
span_find(struct span a, char c)
{
	const char	*at = a.n == 0 ? NULL : memchr(a.p, c, a.n);

	return at == NULL ? -1 : at - a.p;
}

bool
span_u64(struct span a, uint64_t max, uint64_t *out)
{
	uint64_t	 v = 0;
	size_t		 i;

	if (a.n == 0)
		return false;
	for (i = 0; i < a.n; i++) {
		uint64_t	 d = (uint64_t)(unsigned char)a.p[i] - '0';

		if (d > 9 || (i >= 19 && v > (UINT64_MAX - d) / 10))	/* 19 digits always fit */
			return false;
		v = v * 10 + d;
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

char *
span_copy(struct span a, char *dst, size_t cap)
{
	size_t	 n = a.n < cap - 1 ? a.n : cap - 1;

	if (n > 0)
		memcpy(dst, a.p, n);
	dst[n] = '\0';
	return dst;
}

char *
span_dup(struct span a)
{
	char	*s = mem_alloc(a.n + 1);

	if (a.n > 0)
		memcpy(s, a.p, a.n);
	s[a.n] = '\0';
	return s;
}
