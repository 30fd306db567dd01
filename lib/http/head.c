/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at a parsed head and changing it: fields by number or name, lists, hop-by-hop removal
 * (RFC 9110, 7.6.1). head_parse.c makes heads from bytes.
 */
#include "http/head.h"

#include "base/hash.h"
#include "base/must.h"
#include "http/tokens.h"

static const struct {
	unsigned	 status;
	const char	*text;
} results[] = {
	[HEAD_DONE]		= { 0, "nothing is wrong" },
	[HEAD_MORE]		= { 0, "the head is not complete" },
	[HEAD_BAD_START]	= { 400, "the first line is malformed" },
	[HEAD_BAD_METHOD]	= { 400, "the method is malformed" },
	[HEAD_BAD_TARGET]	= { 400, "white space in the request target, or no target" },
	[HEAD_BAD_VERSION]	= { 400, "the HTTP version is malformed" },
	[HEAD_VERSION_UNKNOWN]	= { 505, "an HTTP version that is not 1.x" },
	[HEAD_BARE_CR]		= { 400, "a bare CR in the head" },
	[HEAD_BARE_LF]		= { 400, "a bare LF in the head" },
	[HEAD_CONTROL]		= { 400, "a control character in the head" },
	[HEAD_NAME_SPACE]	= { 400, "white space between a field name and its colon" },
	[HEAD_BAD_NAME]		= { 400, "a field name is malformed" },
	[HEAD_FOLDED]		= { 400, "a folded field line" },
	[HEAD_START_LONG]	= { 414, "the first line is too long" },
	[HEAD_LONG]		= { 431, "the head is too long" },
	[HEAD_MANY_FIELDS]	= { 431, "too many fields" },
	[HEAD_NO_MEMORY]	= { 431, "the head needs more memory than one request may use" },
};

unsigned
head_status(enum head_result r)
{
	MUST(r < COUNT_OF(results));
	return results[r].status;
}

const char *
head_text(enum head_result r)
{
	MUST(r < COUNT_OF(results));
	return results[r].text;
}

#define METHOD_IS(lit, which)	(memcmp(s.p, lit, sizeof(lit) - 1) == 0 ? (which) : METHOD_OTHER)

enum method
method_lookup(struct span s)
{
	switch (s.n) {
	case 3:
		if (s.p[0] == 'G')
			return METHOD_IS("GET", METHOD_GET);
		return s.p[1] == 'U' ? METHOD_IS("PUT", METHOD_PUT) : METHOD_IS("PRI", METHOD_PRI);
	case 4:
		return s.p[0] == 'P' ? METHOD_IS("POST", METHOD_POST) :
		    METHOD_IS("HEAD", METHOD_HEAD);
	case 5:
		if (s.p[0] == 'T')
			return METHOD_IS("TRACE", METHOD_TRACE);
		return s.p[1] == 'A' ? METHOD_IS("PATCH", METHOD_PATCH) :
		    METHOD_IS("PURGE", METHOD_PURGE);
	case 6:
		return METHOD_IS("DELETE", METHOD_DELETE);
	case 7:
		return s.p[0] == 'C' ? METHOD_IS("CONNECT", METHOD_CONNECT) :
		    METHOD_IS("OPTIONS", METHOD_OPTIONS);
	default:
		return METHOD_OTHER;
	}
}

bool
method_safe(enum method m)
{
	return m == METHOD_GET || m == METHOD_HEAD || m == METHOD_OPTIONS || m == METHOD_TRACE;
}

bool
method_idempotent(enum method m)
{
	return method_safe(m) || m == METHOD_PUT || m == METHOD_DELETE;
}

struct head_field *
head_next(const struct head *h, const struct head_field *f)
{
	uint16_t	 i = f->next;

	while (i != 0 && h->fields[i - 1].gone)
		i = h->fields[i - 1].next;
	return i == 0 ? NULL : &h->fields[i - 1];
}

struct head_field *
head_find(const struct head *h, struct span name, const struct head_field *from)
{
	enum field_id	 id;
	size_t		 i;

	if (from != NULL && from->id != FIELD_OTHER)
		return head_next(h, from);
	id = from != NULL ? FIELD_OTHER : field_lookup(name);
	if (id != FIELD_OTHER)
		return head_get(h, id);
	for (i = from == NULL ? 0 : (size_t)(from - h->fields) + 1; i < h->n; i++) {
		struct head_field	*f = &h->fields[i];

		if (f->id == FIELD_OTHER && !f->gone && span_ieq(f->name, name))
			return f;
	}
	return NULL;
}

struct span
head_joined(const struct head *h, struct span name, struct arena *a)
{
	const struct head_field	*first = head_find(h, name, NULL), *f;
	size_t			 n = 0;
	char			*to, *at;

	if (first == NULL)
		return SPAN_NONE;
	if (head_find(h, name, first) == NULL)
		return first->value;
	for (f = first; f != NULL; f = head_find(h, name, f))
		n += f->value.n + 2;
	at = to = arena_get(a, n);
	if (to == NULL)
		return SPAN_NONE;
	for (f = first; f != NULL; f = head_find(h, name, f)) {
		if (f != first)
			at = mempcpy(at, ", ", 2);
		at = mempcpy(at, f->value.p, f->value.n);
	}
	return span_at(to, (size_t)(at - to));
}

bool
head_copy(struct head *to, const struct head *from, struct arena *a)
{
	*to = *from;
	to->cap = from->n;
	if (from->n == 0)
		return true;
	to->fields = arena_get(a, from->n * sizeof *from->fields);
	if (to->fields == NULL)
		return false;
	memcpy(to->fields, from->fields, from->n * sizeof *from->fields);
	return true;
}

void
head_remove(struct head *h, enum field_id id)
{
	struct head_field	*f;

	for (f = head_get(h, id); f != NULL; f = head_next(h, f))
		f->gone = true;
	h->first[id] = h->last[id] = 0;
}

void
head_remove_name(struct head *h, struct span name)
{
	struct head_field	*f = head_find(h, name, NULL);

	if (f != NULL && f->id != FIELD_OTHER) {
		head_remove(h, (enum field_id)f->id);
		return;
	}
	for (; f != NULL; f = head_find(h, name, f))
		f->gone = true;
}

bool
head_list_has(const struct head_field *f, const struct head *h, struct span token)
{
	for (; f != NULL; f = head_next(h, f)) {
		struct span	 rest = f->value, item, part;

		if (span_ieq(rest, token))	/* as nearly always */
			return true;
		while (tokens_next(&rest, &item))
			if (tokens_parameter(&item, &part) && span_ieq(part, token))
				return true;
	}
	return false;
}

bool
head_connection_names(const struct head *h, struct span name)
{
	struct span	 rest, option;

	for (uint16_t i = 0; i < h->n; i++) {
		if (h->fields[i].id != FIELD_CONNECTION)
			continue;
		rest = h->fields[i].value;
		while (tokens_next(&rest, &option))
			if (span_ieq(option, name))
				return true;
	}
	return false;
}

/*
 * Connection cannot take away what frames, routes, authenticates or controls (Host,
 * Content-Length, Cache-Control: RFC 9110, 7.6.1 forbids to list those), nor what lets caches and
 * loops be recognised.
 */
static bool
connection_may_remove(enum field_id id)
{
	return (field_flags(id) & (FIELD_FRAMING | FIELD_HOP)) != FIELD_FRAMING &&
	    id != FIELD_VIA && id != FIELD_AGE && id != FIELD_DATE;
}

/*
 * Which unknown names there are, roughly: a stranger who lists ten thousand options must not make
 * each of them a search through all fields. Built when the first unknown option comes.
 */
struct sieve {
	bool		 built;
	uint64_t	 bits[64];
};

static bool
sieve_passes(struct sieve *s, const struct head *h, struct span name)
{
	uint64_t	 at = hash_ibytes(name.p, name.n) % 4096;
	uint16_t	 i;

	if (!s->built) {
		s->built = true;
		memset(s->bits, 0, sizeof s->bits);
		for (i = 0; i < h->n; i++) {
			const struct head_field	*f = &h->fields[i];
			uint64_t		 bit;

			if (f->id != FIELD_OTHER || f->gone)
				continue;
			bit = hash_ibytes(f->name.p, f->name.n) % 4096;
			s->bits[bit / 64] |= UINT64_C(1) << bit % 64;
		}
	}
	return (s->bits[at / 64] >> at % 64 & 1) != 0;
}

static void
remove_named(struct head *h, struct span list, struct sieve *others)
{
	struct span	 option;

	while (tokens_next(&list, &option)) {
		enum field_id	 id = field_lookup(option);

		if (id == FIELD_CONNECTION || span_iis(option, "close"))
			continue;	/* the first is being walked and goes at the end, the second
					 * is no field */
		if (id != FIELD_OTHER && connection_may_remove(id))
			head_remove(h, id);
		else if (id == FIELD_OTHER && sieve_passes(others, h, option))
			head_remove_name(h, option);
	}
}

void
head_remove_hop(struct head *h)
{
	const struct head_field	*c;
	struct sieve		 others;
	uint16_t		 i;

	others.built = false;
	for (c = head_get(h, FIELD_CONNECTION); c != NULL; c = head_next(h, c))
		remove_named(h, c->value, &others);
	for (i = 0; i < h->n; i++) {
		enum field_id	 id = (enum field_id)h->fields[i].id;

		if ((field_flags(id) & FIELD_HOP) && !h->fields[i].gone)
			head_remove(h, id);
	}
}

void
head_put_fields(struct sb *b, const struct head *h, const uint8_t skip[FIELD_COUNT], unsigned why)
{
	const char	*from = "", *to = from;		/* lines to be copied together */

	if (h->n == 0)
		return;
	for (const struct head_field *f = h->fields, *end = f + h->n; f < end; f++) {
		if (f->gone || (skip[f->id] & why) != 0)
			continue;
		if (f->line && f->name.p == to) {
			to = f->value.p + f->value.n + 2;
			continue;
		}
		sb_add(b, from, (size_t)(to - from));
		from = to;
		if (f->line) {
			from = f->name.p;
			to = f->value.p + f->value.n + 2;
		} else {
			head_put(b, f->name, f->value);
		}
	}
	sb_add(b, from, (size_t)(to - from));
}
