/* SPDX-License-Identifier: Apache-2.0 */
/* Vary and the keys of variants (RFC 9111, 4.1). Pure; worker. */
#include "cache/varykey.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/must.h"
#include "cache/varynorm.h"
#include "http/tokens.h"

enum { NONCE = 16 };		/* hexadecimal digits */

enum collected { ALL_NAMES, STAR, BROKEN };

/*
 * X-Forwarded-For is made by this proxy, of the client's address: another client's request is
 * another one, whatever it says.
 */
static bool
means_all(struct span item)
{
	return span_is(item, "*") || span_iis(item, "X-Forwarded-For");
}

static enum collected
collect(const struct head *reply, struct span *names, size_t *n)
{
	const struct head_field	*f;
	struct span		 rest, item;
	enum collected		 result = ALL_NAMES;

	*n = 0;
	for (f = head_get(reply, FIELD_VARY); f != NULL; f = head_next(reply, f)) {
		for (rest = f->value; tokens_next(&rest, &item);) {
			if (means_all(item))
				return STAR;
			if (!tokens_is_token(item) || *n == VARYKEY_FIELDS_MAX)
				result = BROKEN;
			else
				names[(*n)++] = item;
		}
	}
	return result;
}

static int
by_bytes(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static bool
fold(struct span *s, struct arena *a)
{
	char	*copy = arena_get(a, s->n);

	if (copy == NULL)
		return false;
	for (size_t i = 0; i < s->n; i++)
		copy[i] = ascii_lower(s->p[i]);
	s->p = copy;
	return true;
}

static struct span
join(const struct span *names, size_t n, struct arena *a)
{
	size_t	 length = 0;
	char	*text, *at;

	for (size_t i = 0; i < n; i++)
		length += names[i].n + 1;
	text = at = arena_get(a, length);
	if (text == NULL)
		return SPAN_NONE;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && span_eq(names[i], names[i - 1]))
			continue;
		if (at != text)
			*at++ = ',';
		at = mempcpy(at, names[i].p, names[i].n);
	}
	return span_at(text, (size_t)(at - text));
}

enum varykey_kind
varykey_names(const struct head *reply, struct arena *a, struct span *out)
{
	struct span	 names[VARYKEY_FIELDS_MAX];
	size_t		 n;

	*out = SPAN_NONE;
	switch (collect(reply, names, &n)) {
	case STAR:
		return VARYKEY_STAR;
	case BROKEN:
		return VARYKEY_MALFORMED;
	case ALL_NAMES:
		break;
	}
	if (n == 0)
		return VARYKEY_NONE;
	for (size_t i = 0; i < n; i++)
		if (!fold(&names[i], a))
			return VARYKEY_NO_MEMORY;
	qsort(names, n, sizeof *names, by_bytes);
	*out = join(names, n, a);
	return out->p == NULL ? VARYKEY_NO_MEMORY : VARYKEY_FIELDS;
}

bool
varykey_make(const struct cachekey *primary, uint64_t nonce, struct span names,
    const struct head *req, struct arena *a, struct cachekey *out)
{
	struct span	 parts[2 + 3 * VARYKEY_FIELDS_MAX], name;
	size_t		 n = 0;

	parts[n++] = span_at((const char *)primary->b, sizeof primary->b);
	parts[n++] = span_at((const char *)&nonce, sizeof nonce);
	while (names.n > 0 && span_cut(&names, ',', &name)) {
		struct span	 value;

		if (n + 3 > COUNT_OF(parts) || !varynorm_value(req, name, a, &value))
			return false;
		parts[n++] = name;
		parts[n++] = value.p == NULL ? SPAN("absent") : SPAN("present");
		parts[n++] = value;
	}
	cachekey_hash(CACHEKEY_VARIANT, parts, n, out);
	return true;
}

/* Lower case tokens, rising, with commas between; or nothing. */
static bool
is_names(struct span s)
{
	struct span	 name, last = SPAN_NONE;
	size_t		 n = 0;

	if (s.n == 0)
		return true;
	while (span_cut(&s, ',', &name)) {
		if (!tokens_is_token(name) || ++n > VARYKEY_FIELDS_MAX ||
		    (last.p != NULL && span_cmp(last, name) >= 0))
			return false;
		for (size_t i = 0; i < name.n; i++)
			if (name.p[i] != ascii_lower(name.p[i]))
				return false;
		last = name;
	}
	return true;
}

bool
varykey_marker_next(struct span *lists, struct span *names)
{
	const char	*end = lists->n == 0 ? NULL : memchr(lists->p, '\n', lists->n);

	if (end == NULL)
		return false;
	*names = span_at(lists->p, (size_t)(end - lists->p));
	*lists = span_at(end + 1, lists->n - names->n - 1);
	return is_names(*names);
}

bool
varykey_marker_open(struct span text, uint64_t *nonce, struct span *lists)
{
	*nonce = 0;
	if (text.n <= NONCE || text.n > VARYKEY_MARKER_MAX || text.p[NONCE] != '\n')
		return false;
	for (size_t i = 0; i < NONCE; i++) {
		char	 c = text.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		*nonce = *nonce << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*lists = span_at(text.p + NONCE + 1, text.n - NONCE - 1);
	return true;
}

bool
varykey_marker_add(struct sb *out, struct span old, struct span names, uint64_t fresh)
{
	uint64_t	 nonce;
	struct span	 lists = SPAN_NONE, each;
	size_t		 n = 1;

	if (NONCE + names.n + 2 > VARYKEY_MARKER_MAX)
		return false;
	if (!varykey_marker_open(old, &nonce, &lists))
		nonce = fresh;
	sb_printf(out, "%016" PRIx64 "\n%.*s\n", nonce, SPAN_ARG(names));
	while (n < VARYKEY_LISTS_MAX && varykey_marker_next(&lists, &each)) {
		if (span_eq(each, names))
			continue;
		if (out->n + each.n + 1 > VARYKEY_MARKER_MAX)
			break;
		sb_span(out, each);
		sb_char(out, '\n');
		n++;
	}
	return sb_ok(out);
}
