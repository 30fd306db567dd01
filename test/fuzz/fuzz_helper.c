/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of helpers: whatever they write, what is taken out lies inside of the line; what is sent
 * to them is one line of one word.
 */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "net/helper.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct span s, const char *line, size_t n)
{
	MUST(s.n == 0 || (s.p >= line && s.p + s.n <= line + n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct helper_reply	 r;
	char			*line = malloc(size + 1), *escaped = malloc(size * 3 + 1);
	size_t			 n;

	if (size > 0)
		memcpy(line, data, size);
	helper_parse(line, size, &r);
	MUST(r.n <= COUNT_OF(r.pairs));
	for (unsigned i = 0; i < r.n; i++) {
		inside(r.pairs[i].key, line, size);
		inside(r.pairs[i].value, line, size);
		MUST(r.pairs[i].key.n > 0);
	}
	inside(r.rest, line, size);
	MUST(helper_escape(span_at((const char *)data, size), escaped, size * 3, &n));
	MUST(n >= size && n <= size * 3);
	for (size_t i = 0; i < n; i++)
		MUST(escaped[i] > ' ' && escaped[i] < 0x7f);
	MUST(n == 0 || !helper_escape(span_at((const char *)data, size), escaped, n - 1, &n));
	free(line);
	free(escaped);
	return 0;
}
