/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes of a representation a stored object has, and whether they are enough for a request
 * (RFC 9111, 3.3). Pure; worker.
 */
#include "cache/parts.h"

#include "cache/precond.h"

size_t
parts_write(uint64_t size, const struct extents *there, uint8_t *to)
{
	memcpy(to, &size, sizeof size);
	return sizeof size + (there != NULL ? extents_write(there, to + sizeof size) : 0);
}

struct span
parts_text(const struct object *o)
{
	struct storedattr	 at;
	size_t			 used;

	if (object_is_marker(o) || !storedattr_read(&at, o->hit.attr, &used))
		return SPAN_NONE;
	return span_at(o->hit.attr.p + used, o->hit.attr.n - used);
}

bool
parts_read(const struct object *o, struct parts *p)
{
	struct span	 text = parts_text(o);

	if (text.n < sizeof p->size || o->hit.total == STORE_UNKNOWN)
		return false;
	memcpy(&p->size, text.p, sizeof p->size);
	text = span_at(text.p + sizeof p->size, text.n - sizeof p->size);
	if (text.n > 0) {
		if (!extents_read(&p->there, text, p->size))
			return false;
	} else {
		p->there.n = 1;
		p->there.e[0] = (struct extent){ 0, p->size };
	}
	extents_clip(&p->there, o->hit.total);
	return p->there.n > 0 && extents_total(&p->there) == o->hit.total;
}

uint64_t
parts_size(const struct object *o)
{
	struct parts	 p;

	if (!object_is_parts(o))
		return o->hit.total;
	return parts_read(o, &p) ? p.size : STORE_UNKNOWN;
}

/* Of [from, to). */
static enum parts_have
have(const struct parts *p, uint64_t from, uint64_t to, struct extent *gap)
{
	struct extent	 second;

	if (!extents_gap(&p->there, from, to, gap))
		return PARTS_ALL;
	return extents_gap(&p->there, gap->to, to, &second) ? PARTS_FEW : PARTS_REST;
}

static enum parts_have
have_ranges(const struct parts *p, const struct byteranges *asked, struct extent *gap)
{
	if (asked->n == 1)
		return have(p, asked->r[0].first, asked->r[0].last + 1, gap);
	for (unsigned i = 0; i < asked->n; i++)
		if (!extents_has(&p->there, asked->r[i].first, asked->r[i].last + 1))
			return PARTS_FEW;
	return PARTS_ALL;
}

enum parts_have
parts_judge(const struct parts *p, const struct head *req, const struct storedattr *at,
    struct byteranges *asked, struct extent *gap)
{
	enum parts_have	 how = PARTS_FEW;
	bool		 ranges = false;

	asked->n = 0;
	if (req->method != METHOD_GET)
		return PARTS_FEW;
	switch (byterange_request(req, at, p->size, asked)) {
	case BYTERANGE_UNSATISFIABLE:
		return PARTS_ALL;
	case BYTERANGE_PARTS:
		ranges = true;
		how = have_ranges(p, asked, gap);
		break;
	case BYTERANGE_WHOLE:
		asked->n = 0;
		how = have(p, 0, p->size, gap);
		break;
	}
	/* nor does the beginning of an answer say that the rest was not modified */
	if (how == PARTS_REST && precond_judge(req, at) != PRECOND_SEND)
		return PARTS_FEW;
	return how == PARTS_ALL && !ranges ? PARTS_FEW : how;
}
