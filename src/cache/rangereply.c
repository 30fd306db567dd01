/* SPDX-License-Identifier: Apache-2.0 */
/* 206 and 416 from stored responses, and multipart/byteranges (RFC 9110, 14.6). Pure; worker. */
#include "cache/rangereply.h"

#include <inttypes.h>

#include "base/must.h"
#include "cache/storedhead.h"

static void
put_part_head(struct sb *out, const struct rangereply *g, const struct byterange *r, bool first)
{
	if (!first)
		SB_LIT(out, "\r\n");
	SB_LIT(out, "--");
	sb_add(out, g->boundary, sizeof g->boundary);
	SB_LIT(out, "\r\n");
	if (g->type.n > 0) {
		SB_LIT(out, "Content-Type: ");
		sb_span(out, g->type);
		SB_LIT(out, "\r\n");
	}
	sb_printf(out, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n\r\n", r->first,
	    r->last, g->size);
}

static void
put_end(struct sb *out, const struct rangereply *g)
{
	SB_LIT(out, "\r\n--");
	sb_add(out, g->boundary, sizeof g->boundary);
	SB_LIT(out, "--\r\n");
}

/* Framing and all parts; measured by writing it, as its numbers differ in length. */
static uint64_t
body_length(const struct rangereply *g)
{
	uint64_t	 n = byterange_total(&g->ranges);
	struct sb	 b;

	if (g->ranges.n == 1)
		return n;
	sb_heap(&b, 1 << 20);
	for (unsigned i = 0; i < g->ranges.n; i++)
		put_part_head(&b, g, &g->ranges.r[i], i == 0);
	put_end(&b, g);
	MUST(sb_ok(&b));
	n += b.n;
	sb_free(&b);
	return n;
}

static bool
set(struct head *h, enum field_id id, struct span value, struct arena *a)
{
	head_remove(h, id);
	return value.p != NULL && head_add(h, field_name(id), value, a);
}

static bool
describe(struct head *reply, const struct rangereply *g, uint64_t length, struct arena *a)
{
	const struct byterange	*r = &g->ranges.r[0];
	struct span		 text;

	if (g->ranges.n == 1) {
		text = arena_printf(a, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, r->first, r->last,
		    g->size);
		if (!set(reply, FIELD_CONTENT_RANGE, text, a))
			return false;
	} else {
		text = arena_printf(a, "multipart/byteranges; boundary=%.*s", RANGEREPLY_BOUNDARY,
		    g->boundary);
		head_remove(reply, FIELD_CONTENT_RANGE);
		if (!set(reply, FIELD_CONTENT_TYPE, text, a))
			return false;
	}
	return set(reply, FIELD_CONTENT_LENGTH, arena_printf(a, "%" PRIu64, length), a);
}

bool
rangereply_head(struct head *reply, const struct byteranges *ranges, uint64_t size,
    const uint8_t random[12], struct arena *a, struct rangereply *g, uint64_t *length)
{
	MUST(ranges->n > 0 && ranges->n <= BYTERANGE_MAX);
	*g = (struct rangereply){ .ranges = *ranges, .size = size,
	    .type = head_value(reply, FIELD_CONTENT_TYPE) };
	for (unsigned i = 0; i < RANGEREPLY_BOUNDARY; i++)
		g->boundary[i] = "0123456789abcdef"[random[i / 2] >> (i % 2 * 4) & 15];
	storedhead_drop_digests(reply);
	if (g->type.n > 4096)
		g->type = SPAN_NONE;
	*length = body_length(g);
	reply->status = 206;
	reply->reason = SPAN("Partial Content");
	return describe(reply, g, *length, a);
}

bool
rangereply_next(struct rangereply *g, struct sb *out, struct byterange *part)
{
	if (g->at == g->ranges.n) {
		if (g->ranges.n > 1 && !g->closed)
			put_end(out, g);
		g->closed = true;
		return false;
	}
	*part = g->ranges.r[g->at];
	if (g->ranges.n > 1)
		put_part_head(out, g, part, g->at == 0);
	g->at++;
	if (g->there != NULL) {
		part->last = extents_place(g->there, part->first) + (part->last - part->first);
		part->first = extents_place(g->there, part->first);
	}
	return true;
}

bool
rangereply_unsatisfiable(struct head *reply, uint64_t size, struct arena *a)
{
	static const enum field_id	 of_content[] = { FIELD_CONTENT_TYPE,
	    FIELD_CONTENT_ENCODING, FIELD_CONTENT_LANGUAGE, FIELD_CONTENT_DISPOSITION,
	    FIELD_CONTENT_LOCATION, FIELD_ETAG, FIELD_LAST_MODIFIED, FIELD_CACHE_CONTROL,
	    FIELD_EXPIRES };

	reply->status = 416;
	reply->reason = SPAN("Range Not Satisfiable");
	for (size_t i = 0; i < COUNT_OF(of_content); i++)
		head_remove(reply, of_content[i]);
	storedhead_drop_digests(reply);
	head_remove_name(reply, SPAN("Repr-Digest"));
	return set(reply, FIELD_CONTENT_RANGE, arena_printf(a, "bytes */%" PRIu64, size), a) &&
	    set(reply, FIELD_CONTENT_LENGTH, SPAN("0"), a);
}
