/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of directives: finding one, and the likely one behind a mistyped one. Runs in the master.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "conf/directives.h"

enum { NAME_MAX_LENGTH = 64 };

/* Both made at the first use, in one order; they live as long as the process. */
static const struct directive	**rows;
static const char		**names;

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(const struct directive *const *)a)->name,
	    (*(const struct directive *const *)b)->name);
}

static void
sort(void)
{
	if (rows != NULL)
		return;
	rows = mem_zero(directives_count * sizeof(*rows));
	names = mem_zero(directives_count * sizeof(*names));
	for (size_t i = 0; i < directives_count; i++)
		rows[i] = &directives[i];
	qsort(rows, directives_count, sizeof(*rows), by_name);
	for (size_t i = 0; i < directives_count; i++)
		names[i] = rows[i]->name;
}

const char *const *
conf_names(size_t *n)
{
	sort();
	*n = directives_count;
	return names;
}

const struct directive *
directives_find(struct span name)
{
	size_t	 lo = 0, hi = directives_count;

	sort();
	while (lo < hi) {
		size_t	 mid = lo + (hi - lo) / 2;
		int	 c = span_cmp(name, span_of(rows[mid]->name));

		if (c == 0)
			return rows[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment). */
static unsigned
distance(struct span a, struct span b)
{
	unsigned	 line[3][NAME_MAX_LENGTH + 1];
	unsigned	*before = line[0], *last = line[1], *now = line[2];

	for (unsigned j = 0; j <= b.n; j++)
		last[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned	*spare = before;

		now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned	 best = last[j - 1] +
			    (ascii_lower(a.p[i - 1]) != ascii_lower(b.p[j - 1]));

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b.n];
}

const char *
conf_likely(struct span name)
{
	const char	*best = NULL;
	unsigned	 least;

	if (name.n < 2 || name.n > NAME_MAX_LENGTH)
		return NULL;
	least = (unsigned)(name.n < 5 ? 1 : name.n < 10 ? 2 : name.n / 4 + 1) + 1;
	for (size_t i = 0; i < directives_count; i++) {
		struct span	 known = span_of(directives[i].name);
		unsigned	 d;

		if (known.n > NAME_MAX_LENGTH)
			continue;
		d = distance(name, known);
		if (d < least) {
			least = d;
			best = directives[i].name;
		}
	}
	return best;
}
