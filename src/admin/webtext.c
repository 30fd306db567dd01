/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping for pages. Pure. */
#include "admin/webtext.h"

/* Length of the well-formed UTF-8 sequence at p (RFC 3629), 0: none. */
static size_t
utf8(const unsigned char *p, size_t n)
{
	size_t	 k;

	if (p[0] < 0x80)
		return 1;
	k = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : p[0] >= 0xe0 && p[0] <= 0xef ? 3 :
	    p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
	if (k == 0 || n < k)
		return 0;
	for (size_t i = 1; i < k; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return k;
}

/* Controls, C1 among them: invisible, or worse in a terminal. */
static bool
is_control(const unsigned char *p, size_t k)
{
	return (k == 1 && (p[0] < ' ' || p[0] == 0x7f)) || (k == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

static void
each(struct sb *b, struct span s, size_t most, void (*one)(struct sb *, char))
{
	const unsigned char	*p = (const unsigned char *)s.p;
	size_t			 k;

	for (size_t i = 0; i < s.n; i += k) {
		k = utf8(p + i, s.n - i);
		if (i + k > most) {
			SB_LIT(b, "...");
			return;
		}
		if (k == 0 || is_control(p + i, k)) {
			SB_LIT(b, "\xef\xbf\xbd");
			k = k == 0 ? 1 : k;
		} else if (k == 1)
			one(b, s.p[i]);
		else
			sb_add(b, s.p + i, k);
	}
}

static void
one_html(struct sb *b, char c)
{
	switch (c) {
	case '&':
		SB_LIT(b, "&amp;");
		break;
	case '<':
		SB_LIT(b, "&lt;");
		break;
	case '>':
		SB_LIT(b, "&gt;");
		break;
	case '"':
		SB_LIT(b, "&quot;");
		break;
	case '\'':
		SB_LIT(b, "&#39;");
		break;
	default:
		sb_char(b, c);
	}
}

static void
one_json(struct sb *b, char c)
{
	if (c == '"' || c == '\\')
		sb_char(b, '\\');
	sb_char(b, c);
}

void
webtext_html(struct sb *b, struct span s, size_t most)
{
	each(b, s, most, one_html);
}

void
webtext_json(struct sb *b, struct span s, size_t most)
{
	sb_char(b, '"');
	each(b, s, most, one_json);
	sb_char(b, '"');
}

void
webtext_plain(struct sb *b, struct span s, size_t most)
{
	each(b, s, most, sb_char);
}

void
webtext_url(struct sb *b, struct span s)
{
	static const char	 hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char	 c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.' || c == '_' || c == '~') {
			sb_char(b, s.p[i]);
			continue;
		}
		sb_char(b, '%');
		sb_char(b, hex[c >> 4]);
		sb_char(b, hex[c & 15]);
	}
}

void
webtext_why(struct sb *b, const char *name)
{
	for (; *name != '\0'; name++)
		sb_char(b, *name == '_' ? '-' : ascii_lower(*name));
}
