/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings of logformat, by one table of bytes: a bit an encoding says that the byte cannot stay
 * as it is.
 */
#include "core/formatquote.h"

enum {
	B_QUOTES = 1 << QUOTE_QUOTES, B_MIME = 1 << QUOTE_MIME, B_URL = 1 << QUOTE_URL,
	    B_SHELL = 1 << QUOTE_SHELL,
	B_RAW = 1 << QUOTE_RAW, B_PASS = 1 << QUOTE_PASS, B_ADDRESS = 1 << QUOTE_ADDRESS,
	CTL = B_MIME | B_URL | B_PASS | B_ADDRESS,		/* controls, DEL, above ASCII */
	ALL = CTL | B_QUOTES | B_SHELL | B_RAW | 1 << QUOTE_DEFAULT,
	UNSAFE = B_URL | B_PASS,		/* RFC 1738, 2.2 */
};

static const uint8_t	 special[256] = {
	[0x00] = ALL, [0x01 ... 0x08] = CTL, ['\t'] = CTL | B_QUOTES, ['\n'] = ALL, [0x0b ... 0x0c] = CTL, ['\r'] = ALL,
	[0x0e ... 0x1f] = CTL,
	[' '] = UNSAFE | B_ADDRESS, ['"'] = UNSAFE | B_QUOTES | B_SHELL, ['#'] = UNSAFE, ['%'] = B_URL | B_MIME, ['\''] = UNSAFE,
	['<'] = UNSAFE, ['>'] = UNSAFE, ['['] = UNSAFE | B_MIME, [']'] = UNSAFE | B_MIME,
	['\\'] = UNSAFE | B_MIME | B_QUOTES | B_SHELL, ['^'] = UNSAFE, ['`'] = UNSAFE,
	['{'] = UNSAFE, ['|'] = UNSAFE, ['}'] = UNSAFE, ['~'] = UNSAFE,
	[0x7f ... 0xff] = CTL,
};

static void
percent(unsigned char c, const char *digits, struct sb *out)
{
	char	 three[3] = { '%', digits[c >> 4], digits[c & 15] };

	sb_add(out, three, sizeof three);
}

static void
backslash(char c, struct sb *out)
{
	char	 two[2] = { '\\', c };

	sb_add(out, two, sizeof two);
}

/* A byte that the table names for this encoding. */
static void
escape(enum format_quote how, unsigned char c, struct sb *out)
{
	static const char	 upper[] = "0123456789ABCDEF", lower[] = "0123456789abcdef";
	bool			 slashes = how == QUOTE_QUOTES || how == QUOTE_MIME ||
	    how == QUOTE_SHELL;

	if (slashes && c == '\r')
		backslash('r', out);
	else if (slashes && c == '\n')
		backslash('n', out);
	else if (how == QUOTE_QUOTES && c == '\t')
		backslash('t', out);
	else if (slashes && c == '\\')
		backslash('\\', out);
	else if ((how == QUOTE_QUOTES || how == QUOTE_SHELL) && c == '"')
		backslash('"', out);
	else
		percent(c, how == QUOTE_MIME ? lower : upper, out);
}

void
formatquote_put(enum format_quote how, struct span s, struct sb *out)
{
	unsigned	 bit = 1u << how;
	bool		 word = how == QUOTE_SHELL && span_find(s, ' ') >= 0;
	size_t		 from = 0;

	if (word)
		sb_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if ((special[(unsigned char)s.p[i]] & bit) == 0)
			continue;
		sb_add(out, s.p + from, i - from);
		escape(how, (unsigned char)s.p[i], out);
		from = i + 1;
	}
	sb_add(out, s.p + from, s.n - from);
	if (word)
		sb_char(out, '"');
}
