/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache-Control (RFC 9111, 5.2) from all its fields. What is malformed is read as the more
 * cautious thing: a lifetime that is no number is 0, a restriction with a strange argument still
 * restricts.
 */
#include "http/cachectl.h"

#include <stddef.h>

#include "base/must.h"
#include "http/charclass.h"
#include "http/tokens.h"

enum kind {
	PLAIN,
	SECONDS,	/* a number that allows: malformed is 0 */
	DEMAND,		/* a request's min-fresh: the larger demands more; malformed is ignored */
	STALE,		/* max-stale: the number may be absent */
	FIELDS,		/* may have a quoted list of fields */
};

static const struct directive {
	struct span	 name;
	uint32_t	 bit, list_bit;
	enum kind	 kind;
	size_t		 at;		/* offset of the number or the list */
} directives[] = {
#define AT(member) offsetof(struct cachectl, member)
	{ { "max-age", 7 }, CC_MAX_AGE, 0, SECONDS, AT(max_age) },
	{ { "no-cache", 8 }, CC_NO_CACHE, CC_NO_CACHE_FIELDS, FIELDS, AT(no_cache_fields) },
	{ { "no-store", 8 }, CC_NO_STORE, 0, PLAIN, 0 },
	{ { "private", 7 }, CC_PRIVATE, CC_PRIVATE_FIELDS, FIELDS, AT(private_fields) },
	{ { "public", 6 }, CC_PUBLIC, 0, PLAIN, 0 },
	{ { "must-revalidate", 15 }, CC_MUST_REVALIDATE, 0, PLAIN, 0 },
	{ { "proxy-revalidate", 16 }, CC_PROXY_REVALIDATE, 0, PLAIN, 0 },
	{ { "s-maxage", 8 }, CC_S_MAXAGE, 0, SECONDS, AT(s_maxage) },
	{ { "immutable", 9 }, CC_IMMUTABLE, 0, PLAIN, 0 },
	{ { "must-understand", 15 }, CC_MUST_UNDERSTAND, 0, PLAIN, 0 },
	{ { "no-transform", 12 }, CC_NO_TRANSFORM, 0, PLAIN, 0 },
	{ { "only-if-cached", 14 }, CC_ONLY_IF_CACHED, 0, PLAIN, 0 },
	{ { "max-stale", 9 }, CC_MAX_STALE, 0, STALE, AT(max_stale) },
	{ { "min-fresh", 9 }, CC_MIN_FRESH, 0, DEMAND, AT(min_fresh) },
	{ { "stale-while-revalidate", 22 }, CC_SWR, 0, SECONDS, AT(swr) },
	{ { "stale-if-error", 14 }, CC_SIE, 0, SECONDS, AT(sie) },
#undef AT
};

/* Seconds; beyond the largest that all caches know is that one. False: not a number. */
static bool
read_seconds(struct span s, int64_t *out)
{
	const int64_t	 most = INT32_MAX;

	*out = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (!charclass_is((unsigned char)s.p[i], CHAR_DIGIT))
			return false;
		*out = *out * 10 + (s.p[i] - '0');
		if (*out > most)
			*out = most;
	}
	return s.n > 0;
}

static void
set_number(struct cachectl *cc, const struct directive *d, int64_t v)
{
	int64_t	*to = (int64_t *)(void *)((char *)cc + d->at);
	bool	 again = (cc->has & d->bit) != 0;

	if (!again || (d->kind == DEMAND ? v > *to : v < *to))
		*to = v;
	cc->has |= d->bit;
}

/*
 * A list of fields. Two lists, or a list and the directive alone, make the directive hold for the
 * whole response: a struct keeps one list, and the whole is the cautious reading.
 */
static void
set_fields(struct cachectl *cc, const struct directive *d, struct span list, bool quoted)
{
	struct span	*to = (struct span *)(void *)((char *)cc + d->at);

	if (!quoted || (cc->has & (d->bit | d->list_bit))) {
		cc->has = (cc->has & ~d->list_bit) | d->bit;
		*to = SPAN_NONE;
		return;
	}
	cc->has |= d->list_bit;
	*to = list;
}

static void
apply(struct cachectl *cc, const struct directive *d, struct span value, bool has_value,
    bool quoted)
{
	int64_t	 v;

	switch (d->kind) {
	case PLAIN:
		cc->has |= d->bit;
		break;
	case SECONDS:
		set_number(cc, d, read_seconds(value, &v) ? v : 0);
		break;
	case DEMAND:
		if (read_seconds(value, &v))
			set_number(cc, d, v);
		break;
	case STALE:
		if (!has_value)
			set_number(cc, d, INT64_MAX);
		else
			set_number(cc, d, read_seconds(value, &v) ? v : 0);
		break;
	case FIELDS:
		set_fields(cc, d, value, quoted && value.n > 0);
		break;
	}
}

static const struct directive *
find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(directives); i++)
		if (span_ieq(name, directives[i].name))
			return &directives[i];
	return NULL;
}

static struct span
leading_token(struct span s)
{
	size_t	 n = 0;

	while (n < s.n && charclass_is((unsigned char)s.p[n], CHAR_TOKEN))
		n++;
	return span_at(s.p, n);
}

/*
 * A quote that does not end, or is followed by something, hides no restriction behind its commas:
 * who split there, as many do, would see it.
 */
static void
take_hidden(struct cachectl *cc, struct span item)
{
	const uint32_t		 restrict_it = CC_NO_STORE | CC_NO_CACHE | CC_PRIVATE |
	    CC_MUST_REVALIDATE | CC_PROXY_REVALIDATE;
	const struct directive	*d;
	struct span		 part;

	(void)span_cut(&item, ',', &part);
	while (span_cut(&item, ',', &part)) {
		d = find(leading_token(span_trim(part)));
		if (d != NULL && (d->bit & restrict_it) != 0)
			apply(cc, d, SPAN_NONE, false, false);
	}
}

static void
take(struct cachectl *cc, struct span item)
{
	struct span		 name = item, value;
	const struct directive	*d;
	bool			 quoted;

	if (!tokens_directive(item, &name, &value, &quoted)) {
		name = leading_token(item);	/* malformed: its name counts, its value is none */
		value = span_at(item.p, 0);
		quoted = false;
		take_hidden(cc, item);
	}
	d = find(name);
	if (d != NULL)
		apply(cc, d, value, value.p != NULL, quoted);
}

void
cachectl_parse(struct cachectl *cc, const struct head *h)
{
	const struct head_field	*f = head_get(h, FIELD_CACHE_CONTROL);
	struct span		 rest, item;

	*cc = (struct cachectl){ 0 };
	if (f == NULL && h->request && head_has_token(h, FIELD_PRAGMA, SPAN("no-cache")))
		cc->has = CC_NO_CACHE;		/* RFC 9111, 5.4 */
	for (; f != NULL; f = head_next(h, f)) {
		rest = f->value;
		while (tokens_next(&rest, &item))
			take(cc, item);
	}
}
