/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, parameters, quoted strings and tokens of field values (RFC 9110, 5.6). Bytes in, spans
 * out; what a directive or a parameter means is decided by the callers.
 */
#include "http/tokens.h"

#include "http/charclass.h"

bool
tokens_is_tchar(unsigned char c)
{
	return charclass_is(c, CHAR_TOKEN);
}

bool
tokens_is_token(struct span s)
{
	size_t	 i;

	for (i = 0; i < s.n; i++)
		if (!charclass_is((unsigned char)s.p[i], CHAR_TOKEN))
			return false;
	return s.n > 0;
}

/*
 * Position of the first `sep` outside of quoted strings, or s.n. An unterminated quote reaches to
 * the end.
 */
static size_t
find_outside(struct span s, char sep)
{
	bool	 quoted = false;
	size_t	 i;

	for (i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\') {
			i++;
			continue;
		}
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == sep && !quoted)
			return i;
	}
	return s.n;
}

/* Takes what stands before `sep` off *rest, trimmed. *rest becomes {NULL,0} with the last one. */
static struct span
take(struct span *rest, char sep)
{
	size_t		 at = find_outside(*rest, sep);
	struct span	 item = span_trim(span_at(rest->p, at));

	if (at == rest->n)
		*rest = SPAN_NONE;
	else
		*rest = span_at(rest->p + at + 1, rest->n - at - 1);
	return item;
}

bool
tokens_next(struct span *rest, struct span *item)
{
	while (rest->p != NULL) {
		*item = take(rest, ',');
		if (item->n > 0)
			return true;
	}
	return false;
}

bool
tokens_parameter(struct span *rest, struct span *item)
{
	if (rest->p == NULL)
		return false;
	*item = take(rest, ';');
	return true;
}

/*
 * A whole quoted-string: a closing quote at the end and nowhere before it, only qdtext and
 * quoted-pairs between.
 */
static bool
is_quoted(struct span s)
{
	size_t	 i;

	if (s.n < 2 || s.p[0] != '"')
		return false;
	for (i = 1; i < s.n && s.p[i] != '"'; i++) {
		if (s.p[i] == '\\')
			i++;
		if (i < s.n && !charclass_is((unsigned char)s.p[i], CHAR_VALUE))
			return false;
	}
	return i + 1 == s.n;
}

bool
tokens_directive(struct span item, struct span *name, struct span *value, bool *quoted)
{
	ptrdiff_t	 eq = span_find(item, '=');

	*value = SPAN_NONE;
	*quoted = false;
	if (eq < 0) {
		*name = item;
		return tokens_is_token(item);
	}
	*name = span_at(item.p, (size_t)eq);
	*value = span_at(item.p + eq + 1, item.n - (size_t)eq - 1);
	if (is_quoted(*value)) {
		*quoted = true;
		*value = span_at(value->p + 1, value->n - 2);
		return tokens_is_token(*name);
	}
	return tokens_is_token(*name) && tokens_is_token(*value);
}

struct span
tokens_unescape(struct span inside, struct arena *a)
{
	size_t	 i, n = 0;
	char	*to;

	if (span_find(inside, '\\') < 0)
		return inside;
	to = arena_get(a, inside.n);
	if (to == NULL)
		return SPAN_NONE;
	for (i = 0; i < inside.n; i++) {
		if (inside.p[i] == '\\' && i + 1 < inside.n)
			i++;
		to[n++] = inside.p[i];
	}
	return span_at(to, n);
}
