/* SPDX-License-Identifier: Apache-2.0 */
/* Normal forms of the request fields that select a variant (RFC 9111, 4.1). Pure; worker. */
#include "cache/varynorm.h"

#include <stdlib.h>

#include "base/must.h"
#include "http/charclass.h"
#include "http/tokens.h"

enum { ELEMENTS = 64 };		/* of a list that is sorted; a longer one stays in its order */

enum form {
	RAW,		/* no list: byte for byte */
	LIST,		/* white space around elements means nothing */
	WEIGHTED,	/* nor does case, nor the order */
	/* as WEIGHTED, with parameters before the weight, whose values keep their case */
	MEDIA,
};

static enum form
form_of(struct span name)
{
	enum field_id	 id = field_lookup(name);

	switch ((int)id) {
	case FIELD_ACCEPT:
		return MEDIA;
	case FIELD_ACCEPT_CHARSET: case FIELD_ACCEPT_ENCODING: case FIELD_ACCEPT_LANGUAGE:
		return WEIGHTED;
	case FIELD_COOKIE: case FIELD_AUTHORIZATION:
		return RAW;
	default:
		return (field_flags(id) & FIELD_SINGLE) ? RAW : LIST;
	}
}

/* "q=0.80" is 800. False: not a weight. */
static bool
weight(struct span s, unsigned *out)
{
	unsigned	 scale = 100;

	if (s.n < 3 || s.n > 7 || ascii_lower(s.p[0]) != 'q' || s.p[1] != '=' ||
	    (s.p[2] != '0' && s.p[2] != '1'))
		return false;
	*out = s.p[2] == '1' ? 1000 : 0;
	if (s.n > 3 && s.p[3] != '.')
		return false;
	for (size_t i = 4; i < s.n; i++, scale /= 10) {
		if (!charclass_is((unsigned char)s.p[i], CHAR_DIGIT))
			return false;
		*out += (unsigned)(s.p[i] - '0') * scale;
	}
	return *out <= 1000;
}

static char *
lower(char *at, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		*at++ = ascii_lower(s.p[i]);
	return at;
}

/* One parameter of an element: its name folded, its value only where case means nothing. */
static char *
put_parameter(char *at, struct span part, enum form form)
{
	ptrdiff_t	 eq = form == MEDIA ? span_find(part, '=') : -1;

	*at++ = ';';
	if (eq < 0)
		return lower(at, part);
	at = lower(at, span_at(part.p, (size_t)eq));
	return mempcpy(at, part.p + eq, part.n - (size_t)eq);
}

/* Writes an element's form: at most its own length and 8 bytes. */
static char *
put_element(char *at, struct span element, enum form form)
{
	struct span	 part;
	unsigned	 q = 1000, w;

	tokens_parameter(&element, &part);
	at = lower(at, part);
	while (tokens_parameter(&element, &part)) {
		if (weight(part, &w))
			q = w;
		else if (part.n > 0)
			at = put_parameter(at, part, form);
	}
	if (q < 1000) {
		at = mempcpy(at, ";q=", 3);
		*at++ = (char)('0' + q / 100);
		*at++ = (char)('0' + q / 10 % 10);
		*at++ = (char)('0' + q % 10);
	}
	return at;
}

static int
by_bytes(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Elements in normal form, in scratch; sorted where there is room to. Returns their number. */
static size_t
split(struct span joined, enum form form, char *scratch, struct span *elements, size_t cap)
{
	struct span	 item;
	size_t		 n = 0;

	while (n < cap && tokens_next(&joined, &item)) {
		char	*end = form == LIST ? mempcpy(scratch, item.p, item.n) :
		    put_element(scratch, item, form);

		if (end != scratch)	/* ";" says nothing */
			elements[n++] = span_at(scratch, (size_t)(end - scratch));
		scratch = end;
	}
	if (form != LIST)
		qsort(elements, n, sizeof *elements, by_bytes);
	return n;
}

static size_t
count(struct span joined)
{
	struct span	 item;
	size_t		 n = 0;

	while (tokens_next(&joined, &item))
		n++;
	return n;
}

static bool
normalise(struct span joined, enum form form, struct arena *a, struct span *out)
{
	size_t		 n = count(joined), most = joined.n + n * 8 + 1;
	struct span	*elements;
	char		*scratch = arena_get(a, most), *text = arena_get(a, most), *at = text;

	if (n > ELEMENTS)
		form = LIST;
	elements = arena_get(a, (n + 1) * sizeof *elements);
	if (scratch == NULL || text == NULL || elements == NULL)
		return false;
	n = split(joined, form, scratch, elements, n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*at++ = ',';
		at = mempcpy(at, elements[i].p, elements[i].n);
	}
	*out = span_at(text, (size_t)(at - text));
	return true;
}

bool
varynorm_value(const struct head *req, struct span name, struct arena *a, struct span *out)
{
	struct head_field	*first = head_find(req, name, NULL);
	enum form		 form = form_of(name);
	struct span		 joined;

	*out = SPAN_NONE;
	if (first == NULL)
		return true;
	joined = head_joined(req, name, a);
	if (joined.p == NULL)
		return false;
	/* quotes may be malformed: then no reading of it is the right one */
	if (form == RAW || joined.n == 0 || span_find(joined, '"') >= 0) {
		*out = span_trim(joined);
		return true;
	}
	return normalise(joined, form, a, out);
}
