/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of bytes asked for (RFC 9110, 14.1 and 14.2). Pure; worker. */
#include "cache/byterange.h"

#include "cache/cachedate.h"
#include "http/charclass.h"
#include "http/tokens.h"

/* One range-spec as written; a suffix has its length in last. */
struct spec {
	uint64_t	 first, last;
	bool		 suffix, open;
};

/* Digits off the front, clamped; false if there are none. */
static bool
take_number(struct span *s, uint64_t *out)
{
	size_t	 i;

	*out = 0;
	for (i = 0; i < s->n && charclass_is((unsigned char)s->p[i], CHAR_DIGIT); i++) {
		uint64_t	 digit = (uint64_t)(s->p[i] - '0');

		*out = *out > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *out * 10 + digit;
	}
	*s = span_at(s->p + i, s->n - i);
	return i > 0;
}

static bool
read_spec(struct span s, struct spec *out)
{
	*out = (struct spec){ 0 };
	out->suffix = s.n > 0 && s.p[0] == '-';
	if (!out->suffix && !take_number(&s, &out->first))
		return false;
	if (s.n == 0 || s.p[0] != '-')
		return false;
	s = span_at(s.p + 1, s.n - 1);
	out->open = s.n == 0 && !out->suffix;
	if (out->open)
		return true;
	return take_number(&s, &out->last) && s.n == 0 && (out->suffix || out->first <= out->last);
}

/* What the spec means on size bytes; false: nothing of them. size > 0. */
static bool
resolve(const struct spec *s, uint64_t size, struct byterange *r)
{
	if (s->suffix) {
		r->first = s->last >= size ? 0 : size - s->last;
		r->last = size - 1;
		return s->last > 0;
	}
	r->first = s->first;
	r->last = s->open || s->last >= size ? size - 1 : s->last;
	return s->first < size;
}

/* Joins *r with the ranges it overlaps or touches; counts real overlaps. */
static void
add(struct byteranges *b, struct byterange r, unsigned *overlaps)
{
	unsigned	 at = b->n;

	for (unsigned i = 0; i < b->n;) {
		struct byterange	*o = &b->r[i];

		if (r.first > o->last + 1 || o->first > r.last + 1) {
			i++;
			continue;
		}
		*overlaps += r.first <= o->last && o->first <= r.last;
		r.first = o->first < r.first ? o->first : r.first;
		r.last = o->last > r.last ? o->last : r.last;
		at = i < at ? i : at;
		memmove(o, o + 1, (b->n - i - 1) * sizeof *o);
		b->n--;
		i = 0;
	}
	if (at > b->n)
		at = b->n;
	memmove(&b->r[at + 1], &b->r[at], (b->n - at) * sizeof r);
	b->r[at] = r;
	b->n++;
}

/* What stands behind "bytes=", or {NULL,0}. */
static struct span
specs_of(struct span value)
{
	struct span	 unit = SPAN("bytes=");

	if (!span_istarts(value, unit))
		return SPAN_NONE;
	return span_at(value.p + unit.n, value.n - unit.n);
}

enum byterange_result
byterange_parse(struct span value, uint64_t size, struct byteranges *out)
{
	struct span	 rest = specs_of(value), item;
	struct spec	 s;
	struct byterange r;
	unsigned	 asked = 0, overlaps = 0;

	out->n = 0;
	while (tokens_next(&rest, &item)) {
		if (!read_spec(item, &s) || ++asked > BYTERANGE_MAX)
			return BYTERANGE_WHOLE;
		if (size == 0 && s.suffix && s.last > 0)
			return BYTERANGE_WHOLE;		/* satisfiable, but no Content-Range can say
							 * so */
		if (size > 0 && resolve(&s, size, &r))
			add(out, r, &overlaps);
	}
	if (asked == 0 || overlaps > 1)
		return BYTERANGE_WHOLE;
	if (out->n == 0)
		return BYTERANGE_UNSATISFIABLE;
	return asked > 1 && byterange_total(out) == size ? BYTERANGE_WHOLE : BYTERANGE_PARTS;
}

bool
byterange_if_range(const struct head *req, const struct storedattr *at)
{
	const struct head_field	*f = head_get(req, FIELD_IF_RANGE);
	struct entitytag	 asked, mine = storedattr_tag(at);
	int64_t			 date;

	if (f == NULL)
		return true;
	if (head_next(req, f) != NULL)
		return false;
	if (entitytag_parse(f->value, &asked))
		return entitytag_strong_eq(&asked, &mine);
	return cachedate_parse(f->value, at->response_s, &date) && at->modified_s >= 0 &&
	    date == at->modified_s && (at->flags & STORED_STRONG_DATE);
}

enum byterange_result
byterange_request(const struct head *req, const struct storedattr *at, uint64_t size,
    struct byteranges *out)
{
	const struct head_field	*f = head_get(req, FIELD_RANGE);

	out->n = 0;
	if (f == NULL || req->method != METHOD_GET || head_next(req, f) != NULL ||
	    (at->status != 200 && at->status != 206) || !byterange_if_range(req, at))
		return BYTERANGE_WHOLE;
	return byterange_parse(f->value, size, out);
}

uint64_t
byterange_first(struct span value)
{
	struct span	 rest = specs_of(value), item;
	uint64_t	 first = UINT64_MAX;
	struct spec	 s;

	while (tokens_next(&rest, &item)) {
		if (!read_spec(item, &s) || s.suffix)
			return UINT64_MAX;
		first = s.first < first ? s.first : first;
	}
	return first;
}

uint64_t
byterange_total(const struct byteranges *b)
{
	uint64_t	 total = 0;

	for (unsigned i = 0; i < b->n; i++)
		total += b->r[i].last - b->r[i].first + 1;
	return total;
}
