/* SPDX-License-Identifier: Apache-2.0 */
/* Parts from origins: Content-Range and combining (RFC 9110, 14.4; RFC 9111, 3.4). Pure; worker. */
#include "cache/partial.h"

#include <inttypes.h>

#include "cache/storedhead.h"
#include "http/date.h"
#include "http/media.h"

bool
partial_content_range(struct span value, struct partial *out)
{
	struct span	 unit = SPAN("bytes "), first, last;

	if (!span_istarts(value, unit))
		return false;
	value = span_at(value.p + unit.n, value.n - unit.n);
	if (span_find(value, '-') < 0 || !span_cut(&value, '-', &first) ||
	    span_find(value, '/') < 0 || !span_cut(&value, '/', &last))
		return false;
	return span_u64(first, INT64_MAX, &out->first) && span_u64(last, INT64_MAX, &out->last) &&
	    span_u64(value, INT64_MAX, &out->size) && out->first <= out->last &&
	    out->last < out->size;
}

bool
partial_of(const struct head *reply, struct partial *out)
{
	const struct head_field	*f = head_get(reply, FIELD_CONTENT_RANGE),
	    *length = head_get(reply, FIELD_CONTENT_LENGTH);
	uint64_t		 n;

	if (reply->status != 206 || f == NULL || head_next(reply, f) != NULL ||
	    !partial_content_range(f->value, out) ||
	    span_ieq(media_type(head_value(reply, FIELD_CONTENT_TYPE)),
	    SPAN("multipart/byteranges")))
		return false;
	return length == NULL || (span_u64(length->value, UINT64_MAX, &n) &&
	    n == out->last - out->first + 1);
}

bool
partial_storable(const struct head *reply, const struct storedattr *at)
{
	struct partial	 p;

	return partial_of(reply, &p) && storedattr_strong(at);
}

void
partial_whole_head(struct head *reply)
{
	reply->status = 200;
	reply->reason = SPAN("OK");
	head_remove(reply, FIELD_CONTENT_RANGE);
	head_remove(reply, FIELD_CONTENT_LENGTH);
	storedhead_drop_digests(reply);
}

bool
partial_combine(const struct storedattr *stored, uint64_t stored_size, const struct storedattr *at,
    uint64_t size)
{
	struct entitytag	 a = storedattr_tag(stored), b = storedattr_tag(at);

	if (stored_size != UINT64_MAX && size != UINT64_MAX && stored_size != size)
		return false;
	if (a.opaque.n > 0 || b.opaque.n > 0)
		return entitytag_strong_eq(&a, &b);
	return (stored->flags & at->flags & STORED_STRONG_DATE) &&
	    stored->modified_s == at->modified_s;
}

static struct span
validator(const struct storedattr *at, struct arena *a)
{
	char	*text;

	if (at->etag.n > 0)
		return at->etag;
	text = arena_get(a, DATE_TEXT);
	return text == NULL ? SPAN_NONE : span_at(date_print(at->modified_s, text), DATE_TEXT - 1);
}

bool
partial_ask(struct head *req, const struct storedattr *stored, const struct extent *gap,
    uint64_t size, struct arena *a)
{
	struct span	 range, valid;

	if (!storedattr_strong(stored))
		return false;
	if (gap->to == size)
		range = arena_printf(a, "bytes=%" PRIu64 "-", gap->from);
	else
		range = arena_printf(a, "bytes=%" PRIu64 "-%" PRIu64, gap->from, gap->to - 1);
	valid = validator(stored, a);
	return range.p != NULL && valid.p != NULL &&
	    head_add(req, field_name(FIELD_RANGE), range, a) &&
	    head_add(req, field_name(FIELD_IF_RANGE), valid, a);
}
