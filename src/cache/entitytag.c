/* SPDX-License-Identifier: Apache-2.0 */
/* Entity tags and lists of them (RFC 9110, 8.8.3, 13.1.1, 13.1.2). Pure; worker. */
#include "cache/entitytag.h"

/*
 * Takes one entity-tag off the front. Commas may stand inside the quotes and a backslash means
 * nothing there.
 */
static bool
take(struct span *s, struct entitytag *out)
{
	size_t	 i;

	out->weak = s->n >= 2 && s->p[0] == 'W' && s->p[1] == '/';
	if (out->weak)
		*s = span_at(s->p + 2, s->n - 2);
	if (s->n < 2 || s->p[0] != '"')
		return false;
	for (i = 1; i < s->n && s->p[i] != '"'; i++)
		if ((unsigned char)s->p[i] < 0x21 || s->p[i] == 0x7f)
			return false;
	if (i == s->n)
		return false;
	out->opaque = span_at(s->p, i + 1);
	*s = span_at(s->p + i + 1, s->n - i - 1);
	return true;
}

bool
entitytag_parse(struct span text, struct entitytag *out)
{
	if (take(&text, out) && text.n == 0)
		return true;
	*out = (struct entitytag){ SPAN_NONE, false };
	return false;
}

bool
entitytag_of(const struct head *h, struct entitytag *out)
{
	const struct head_field	*first = head_get(h, FIELD_ETAG), *f;

	*out = (struct entitytag){ SPAN_NONE, false };
	if (first == NULL)
		return false;
	for (f = head_next(h, first); f != NULL; f = head_next(h, f))
		if (!span_eq(f->value, first->value))
			return false;
	return entitytag_parse(first->value, out);
}

bool
entitytag_weak_eq(const struct entitytag *a, const struct entitytag *b)
{
	return a->opaque.n > 0 && span_eq(a->opaque, b->opaque);
}

bool
entitytag_strong_eq(const struct entitytag *a, const struct entitytag *b)
{
	return !a->weak && !b->weak && entitytag_weak_eq(a, b);
}

static void
skip_commas(struct span *s)
{
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == ','))
		*s = span_at(s->p + 1, s->n - 1);
}

/* One field's list. Tags must have a comma between them. */
static enum entitytag_list
search(struct span list, const struct entitytag *tag)
{
	struct entitytag	 each;
	bool			 comma = true;

	for (skip_commas(&list); list.n > 0;) {
		const char	*end;

		if (!comma || !take(&list, &each))
			return ENTITYTAG_MALFORMED;
		if (tag != NULL && entitytag_weak_eq(&each, tag))
			return ENTITYTAG_MATCH;
		end = list.p;
		skip_commas(&list);
		comma = memchr(end, ',', (size_t)(list.p - end)) != NULL;
	}
	return ENTITYTAG_NO_MATCH;
}

enum entitytag_list
entitytag_in(const struct head *h, enum field_id id, const struct entitytag *tag)
{
	const struct head_field	*first = head_get(h, id), *f;
	enum entitytag_list	 found;

	if (first != NULL && span_is(first->value, "*") && head_next(h, first) == NULL)
		return ENTITYTAG_ANY;
	for (f = first; f != NULL; f = head_next(h, f)) {
		found = search(f->value, tag);
		if (found != ENTITYTAG_NO_MATCH)
			return found;
	}
	return ENTITYTAG_NO_MATCH;
}
