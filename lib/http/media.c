/* SPDX-License-Identifier: Apache-2.0 */
/* Media types and Accept (RFC 9110, 8.3.1, 12.4.2 and 12.5.1). */
#include "http/media.h"

#include "http/charclass.h"
#include "http/tokens.h"

/* Splits "type/subtype". */
static bool
split(struct span s, struct span *type, struct span *subtype)
{
	return span_cut(&s, '/', type) && s.p != NULL && (*subtype = s, tokens_is_token(*type)) &&
	    tokens_is_token(*subtype);
}

/* The first byte from i on that is no tchar, or s.n. */
static size_t
skip_token(struct span s, size_t i)
{
	while (i < s.n && charclass_is((unsigned char)s.p[i], CHAR_TOKEN))
		i++;
	return i;
}

/* In one pass, as it is asked of every answer. */
struct span
media_type(struct span content_type)
{
	struct span	 s = span_trim(content_type);
	size_t		 slash = skip_token(s, 0), end, i;

	if (slash == 0 || slash == s.n || s.p[slash] != '/')
		return SPAN_NONE;
	i = end = skip_token(s, slash + 1);
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	return end > slash + 1 && (i == s.n || s.p[i] == ';') ? span_at(s.p, end) : SPAN_NONE;
}

/*
 * A weight (RFC 9110, 12.4.2): "0" or "1" with up to three decimals, in thousandths. Malformed
 * ones are 0.
 */
static unsigned
read_weight(struct span s)
{
	unsigned	 q, scale = 100;

	if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
		return 0;
	q = s.p[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < s.n; i++, scale /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		q += (unsigned)(s.p[i] - '0') * scale;
	}
	return q > 1000 ? 0 : q;
}

/*
 * How closely a media range names the type: 0 not at all, 1 by "*" "/" "*", 2 by its first half,
 * 3 wholly.
 */
static unsigned
closeness(struct span range, struct span type)
{
	struct span	 r1, r2, t1, t2;

	if (!split(range, &r1, &r2) || !split(type, &t1, &t2))
		return 0;
	if (span_is(r1, "*"))
		return span_is(r2, "*") ? 1 : 0;
	if (!span_ieq(r1, t1))
		return 0;
	if (span_is(r2, "*"))
		return 2;
	return span_ieq(r2, t2) ? 3 : 0;
}

/*
 * One element of Accept: its closeness, and its weight in *q. A range with parameters before its
 * weight names something narrower than the bare type that is asked about.
 */
static unsigned
judge(struct span element, struct span type, unsigned *q)
{
	struct span	 part, name, value;
	unsigned	 close = 0;
	bool		 quoted;

	*q = 1000;
	if (tokens_parameter(&element, &part))
		close = closeness(part, type);
	while (close > 0 && tokens_parameter(&element, &part)) {
		if (part.n == 0)
			continue;
		if (!tokens_directive(part, &name, &value, &quoted) || !span_iis(name, "q"))
			return 0;
		*q = read_weight(value);
		break;		/* what follows are extensions */
	}
	return close;
}

unsigned
media_quality(struct span accept, struct span type)
{
	struct span	 element;
	unsigned	 best = 0, quality = 0, q;

	if (accept.p == NULL)
		return 1000;
	while (tokens_next(&accept, &element)) {
		unsigned	 close = judge(element, type, &q);

		if (close > best || (close == best && close > 0 && q > quality)) {
			best = close;
			quality = q;
		}
	}
	return quality;
}
