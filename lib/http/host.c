/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names and addresses to their canonical form (RFC 3986, 3.2.2 and 6.2.2; UTS 46 by libidn2;
 * RFC 5952). What one reader takes for a name and another for an address is settled here, before
 * any rule is asked.
 */
#include "http/host.h"

#include <idn2.h>

#include "http/charclass.h"

/* percent-encoded UTF-8 of a name of HOST_MAX bytes may be longer than the name */
enum { RAW_MAX = 1024 };

static enum host_result
give(struct host *h, struct span text, struct arena *a)
{
	h->text = arena_span(a, text);
	return h->text.p == NULL ? HOST_NO_MEMORY : HOST_OK;
}

static enum host_result
give_addr(struct host *h, struct arena *a)
{
	char	 text[ADDR_TEXT];

	h->is_addr = true;
	return give(h, span_of(addr_print(&h->addr, text)), a);
}

enum host_result
host_canonical_v6(struct host *h, struct span raw, struct arena *a)
{
	*h = (struct host){ 0 };
	if (span_find(raw, ':') < 0 || !addr_parse(&h->addr, raw))
		return HOST_BAD;	/* zone identifiers and IPvFuture too */
	return give_addr(h, a);
}

/* A part of an IPv4 address: decimal, octal behind 0, hexadecimal behind 0x. */
static bool
read_part(struct span s, uint64_t *out)
{
	unsigned	 base = 10;

	if (s.n > 2 && s.p[0] == '0' && s.p[1] == 'x') {
		base = 16;
		s = span_at(s.p + 2, s.n - 2);
	} else if (s.n > 1 && s.p[0] == '0') {
		base = 8;
	}
	*out = 0;
	for (size_t i = 0; i < s.n; i++) {
		int	 digit = charclass_hex[(unsigned char)s.p[i]];

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		*out = *out * base + (unsigned)digit;
		if (*out > UINT32_MAX)
			return false;
	}
	return s.n > 0;
}

/* Lower-case text with one to four parts. */
static bool
read_v4(struct span text, struct addr *out)
{
	uint64_t	 parts[4], v4 = 0;
	struct span	 part;
	unsigned	 n = 0, i;

	while (span_cut(&text, '.', &part))
		if (n == 4 || !read_part(part, &parts[n++]))
			return false;
	for (i = 0; i + 1 < n; i++) {
		if (parts[i] > 255)
			return false;
		v4 |= parts[i] << (24 - 8 * i);
	}
	if (n == 0 || parts[n - 1] >> (8 * (5 - n)) != 0)
		return false;
	*out = addr_from_v4((uint32_t)(v4 | parts[n - 1]), 0);
	return true;
}

/* "123", "0x7f" or "0x": what makes the whole text an address or nothing. */
static bool
is_number(struct span label)
{
	size_t	 i = 0;

	if (label.n >= 2 && label.p[0] == '0' && label.p[1] == 'x') {
		for (i = 2; i < label.n; i++)
			if (charclass_hex[(unsigned char)label.p[i]] < 0)
				return false;
		return true;
	}
	for (; i < label.n; i++)
		if (!charclass_is((unsigned char)label.p[i], CHAR_DIGIT))
			return false;
	return true;
}

/*
 * Lower-cases ASCII text of n bytes in place, judges labels. *n is less one final dot afterwards;
 * *last is where the last label begins.
 */
static bool
judge_name(char *text, size_t *n, size_t *last)
{
	size_t	 i, label = 0;

	if (*n > 0 && text[*n - 1] == '.')
		(*n)--;
	if (*n == 0 || *n > HOST_MAX)
		return false;
	for (i = 0; i < *n; i++) {
		if (!charclass_is((unsigned char)text[i], CHAR_HOST))
			return false;
		if (text[i] != '.') {
			text[i] = ascii_lower(text[i]);
			continue;
		}
		if (i == label || i - label > HOST_LABEL_MAX)
			return false;
		label = i + 1;
	}
	*last = label;
	return i > label && i - label <= HOST_LABEL_MAX;
}

static enum host_result
canonical_ascii(struct host *h, char *text, size_t n, struct arena *a)
{
	size_t	 last;

	if (!judge_name(text, &n, &last))
		return HOST_BAD;
	if (!charclass_is((unsigned char)text[last], CHAR_DIGIT) ||
	    !is_number(span_at(text + last, n - last)))
		return give(h, span_at(text, n), a);
	if (!read_v4(span_at(text, n), &h->addr))
		return HOST_BAD;
	return give_addr(h, a);
}

/* text is NUL-terminated UTF-8. */
static enum host_result
canonical_idn(struct host *h, const char *text, struct arena *a)
{
	uint8_t			*ascii = NULL;
	enum host_result	 r;

	if (idn2_lookup_u8((const uint8_t *)text, &ascii,
	    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK)
		return HOST_BAD;
	r = canonical_ascii(h, (char *)ascii, strlen((char *)ascii), a);
	idn2_free(ascii);
	return r;
}

/* Undoes percent-encoding into to (room for raw.n). False: a '%' without two digits, or a NUL. */
static bool
decode(struct span raw, char *to, size_t *n, bool *ascii)
{
	size_t	 i;

	*n = 0;
	*ascii = true;
	for (i = 0; i < raw.n; i++) {
		unsigned char	 c = (unsigned char)raw.p[i];

		if (c == '%') {
			int	 hi, lo;

			if (raw.n - i < 3)
				return false;
			hi = charclass_hex[(unsigned char)raw.p[i + 1]];
			lo = charclass_hex[(unsigned char)raw.p[i + 2]];
			if (hi < 0 || lo < 0)
				return false;
			c = (unsigned char)(hi << 4 | lo);
			i += 2;
		}
		if (c == '\0')
			return false;
		*ascii &= c < 0x80;
		to[(*n)++] = (char)c;
	}
	return true;
}

/* Four decimal numbers as everybody writes them: canonical as they stand. */
static bool
is_plain_v4(struct span raw, struct addr *out)
{
	uint32_t	 v4 = 0, part = 0, digit;
	unsigned	 dots = 0, digits = 0;

	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '.') {
			if (digits == 0 || ++dots > 3)
				return false;
			v4 = v4 << 8 | part;
			part = digits = 0;
			continue;
		}
		digit = (uint32_t)(unsigned char)raw.p[i] - '0';
		if (digit > 9 || (digits > 0 && part == 0))
			return false;
		part = part * 10 + digit;
		if (++digits > 3 || part > 255)
			return false;
	}
	if (dots != 3 || digits == 0)
		return false;
	*out = addr_from_v4(v4 << 8 | part, 0);
	return true;
}

enum host_result
host_canonical(struct host *h, struct span raw, struct arena *a)
{
	char	 text[RAW_MAX + 1];
	size_t	 n;
	bool	 ascii;

	*h = (struct host){ 0 };
	if (is_plain_v4(raw, &h->addr)) {
		h->is_addr = true;
		return give(h, raw, a);
	}
	if (raw.n > 0 && raw.p[0] == '[') {
		if (raw.n < 3 || raw.p[raw.n - 1] != ']')
			return HOST_BAD;
		return host_canonical_v6(h, span_at(raw.p + 1, raw.n - 2), a);
	}
	if (raw.n > RAW_MAX || !decode(raw, text, &n, &ascii))
		return HOST_BAD;
	text[n] = '\0';
	return ascii ? canonical_ascii(h, text, n, a) : canonical_idn(h, text, a);
}
