/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of extents. Pure; worker. */
#include "cache/extents.h"

#include "base/must.h"

bool
extents_add(struct extents *x, uint64_t from, uint64_t to)
{
	struct extents	 out = { .n = 0 };
	struct extent	 mine = { from, to };
	bool		 placed = false;

	if (from >= to)
		return false;
	for (unsigned i = 0; i < x->n; i++) {
		const struct extent	*e = &x->e[i];

		if (e->to >= mine.from && e->from <= mine.to) {		/* overlaps or touches */
			mine.from = e->from < mine.from ? e->from : mine.from;
			mine.to = e->to > mine.to ? e->to : mine.to;
			continue;
		}
		if (e->from > mine.to && !placed) {
			if (out.n == EXTENTS_MAX)
				return false;
			out.e[out.n++] = mine;
			placed = true;
		}
		if (out.n == EXTENTS_MAX)
			return false;
		out.e[out.n++] = *e;
	}
	if (!placed) {
		if (out.n == EXTENTS_MAX)
			return false;
		out.e[out.n++] = mine;
	}
	*x = out;
	return true;
}

bool
extents_has(const struct extents *x, uint64_t from, uint64_t to)
{
	struct extent	 gap;

	return !extents_gap(x, from, to, &gap);
}

bool
extents_gap(const struct extents *x, uint64_t from, uint64_t to, struct extent *gap)
{
	for (unsigned i = 0; i < x->n && from < to; i++) {
		const struct extent	*e = &x->e[i];

		if (e->to <= from)
			continue;
		if (e->from > from) {
			*gap = (struct extent){ from, e->from < to ? e->from : to };
			return true;
		}
		from = e->to;
	}
	*gap = (struct extent){ from, to };
	return from < to;
}

uint64_t
extents_place(const struct extents *x, uint64_t pos)
{
	uint64_t	 before = 0;

	for (unsigned i = 0; i < x->n; i++) {
		const struct extent	*e = &x->e[i];

		if (pos >= e->from && pos < e->to)
			return before + (pos - e->from);
		before += e->to - e->from;
	}
	NEVER("a byte that is not there");
}

uint64_t
extents_total(const struct extents *x)
{
	uint64_t	 n = 0;

	for (unsigned i = 0; i < x->n; i++)
		n += x->e[i].to - x->e[i].from;
	return n;
}

void
extents_clip(struct extents *x, uint64_t n)
{
	for (unsigned i = 0; i < x->n; i++) {
		struct extent	*e = &x->e[i];

		if (e->to - e->from >= n) {
			e->to = e->from + n;
			x->n = n > 0 ? i + 1 : i;
			return;
		}
		n -= e->to - e->from;
	}
}

size_t
extents_write(const struct extents *x, uint8_t *to)
{
	uint64_t	 n = x->n;

	memcpy(to, &n, sizeof n);
	memcpy(to + sizeof n, x->e, x->n * sizeof x->e[0]);
	return sizeof n + x->n * sizeof x->e[0];
}

bool
extents_read(struct extents *x, struct span bytes, uint64_t size)
{
	uint64_t	 n;

	if (bytes.n < sizeof n)
		return false;
	memcpy(&n, bytes.p, sizeof n);
	if (n > EXTENTS_MAX || bytes.n != sizeof n + n * sizeof x->e[0])
		return false;
	x->n = (unsigned)n;
	memcpy(x->e, bytes.p + sizeof n, n * sizeof x->e[0]);
	return extents_sane(x, size);
}

bool
extents_sane(const struct extents *x, uint64_t size)
{
	if (x->n > EXTENTS_MAX)
		return false;
	for (unsigned i = 0; i < x->n; i++)
		if (x->e[i].from >= x->e[i].to || x->e[i].to > size ||
		    (i > 0 && x->e[i].from <= x->e[i - 1].to))
			return false;
	return true;
}
