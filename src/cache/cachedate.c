/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates of cached messages. RFC 9110 makes dates case-sensitive, RFC 9111, 4.2 asks caches to read
 * them in any case: the letters are put into the case date_parse wants. Pure; worker.
 */
#include "cache/cachedate.h"

#include "http/date.h"

enum { LONGEST = 40 };		/* "Wednesday, 09-Nov-94 08:49:37 GMT" has 33 bytes */

static bool
letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

bool
cachedate_parse(struct span text, int64_t now_s, int64_t *out)
{
	char	 fixed[LONGEST];
	bool	 inside = false;

	if (date_parse(text, now_s, out))
		return true;
	if (text.n == 0 || text.n > sizeof fixed)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char	 c = text.p[i];

		if (letter(c))
			c = inside ? ascii_lower(c) : (char)(c & ~0x20);
		inside = letter(c);
		fixed[i] = c;
	}
	if (text.n > 3 && span_ieq(span_at(text.p + text.n - 4, 4), SPAN(" GMT")))
		memcpy(fixed + text.n - 3, "GMT", 3);
	return date_parse(span_at(fixed, text.n), now_s, out);
}

enum cachedate
cachedate_field(const struct head *h, enum field_id id, int64_t now_s, int64_t *out)
{
	const struct head_field	*first = head_get(h, id), *f;
	int64_t			 v;

	if (first == NULL)
		return CACHEDATE_ABSENT;
	for (f = head_next(h, first); f != NULL; f = head_next(h, f))
		if (!span_eq(f->value, first->value))
			return CACHEDATE_INVALID;
	if (!cachedate_parse(first->value, now_s, &v))
		return CACHEDATE_INVALID;
	*out = v;
	return CACHEDATE_VALID;
}
