/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flag byte ('i': fold), patterns one a line, an empty line, a subject. The set's answer must be
 * that of the patterns one by one, and what the literal filter lets through that of a pattern which
 * it cannot filter.
 */
#include <stdint.h>
#include <string.h>

#include "base/must.h"
#include "match/regset.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* An empty alternative that cannot match takes all literals away. */
static bool
unfiltered(struct span pattern, bool fold, struct span subject, bool *ok)
{
	struct regset	*s = regset_new();
	char		 text[1010], err[200];
	bool		 has;

	if (pattern.n > 0)
		memcpy(text, pattern.p, pattern.n);
	memcpy(text + pattern.n, "|x^y", 4);
	*ok = regset_add(s, span_at(text, pattern.n + 4), fold, 1, err, sizeof(err));
	regset_seal(s);
	has = *ok && regset_has(s, subject, NULL);
	regset_free(&s);
	return has;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span	 text, line, subject = SPAN_NONE;
	struct regset	*s;
	bool		 fold, ok, any = false, sure = true;
	uint64_t	 limited = regset_limit_hits();
	const char	*gap;
	char		 err[200];

	if (n < 2 || n > 1000)
		return 0;
	fold = data[0] == 'i';
	text = span_at((const char *)data + 1, n - 1);
	gap = memmem(text.p, text.n, "\n\n", 2);
	if (gap != NULL) {
		subject = span_at(gap + 2, text.n - (size_t)(gap - text.p) - 2);
		text.n = (size_t)(gap - text.p);
	}
	s = regset_new();
	while (span_cut(&text, '\n', &line)) {
		if (!regset_add(s, line, fold, 1, err, sizeof(err))) {
			MUST(err[0] != '\0');
			continue;
		}
		any = unfiltered(line, fold, subject, &ok) || any;
		sure = sure && ok;
	}
	regset_seal(s);
	ok = regset_has(s, subject, NULL);
	if (sure && limited == regset_limit_hits())
		MUST(ok == any);
	regset_free(&s);
	return 0;
}
