/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of Squid's helper protocol: answers taken apart (declared in helper.h), requests
 * escaped. The rules are those that Squid applies (its documentation of auth_param and
 * external_acl_type): a value in double quotes is a quoted string with backslash escapes (\r and \n
 * being CR and LF), any other is a token with URL escapes.
 */
#include <string.h>

#include "base/must.h"
#include "net/helper.h"

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; "%%" is a percent sign and %00 stays as it is, as in Squid. */
static size_t
url_decode(char *p, size_t n)
{
	size_t	 to = 0;

	for (size_t i = 0; i < n; i++) {
		int	 h = i + 2 < n ? hex(p[i + 1]) : -1, l = i + 2 < n ? hex(p[i + 2]) : -1;

		if (p[i] == '%' && i + 1 < n && p[i + 1] == '%') {
			p[to++] = '%';
			i++;
		} else if (p[i] == '%' && h >= 0 && l >= 0 && (h | l) != 0) {
			p[to++] = (char)(h << 4 | l);
			i += 2;
		} else
			p[to++] = p[i];
	}
	return to;
}

/* A value at *at, which moves behind it; quotes may begin and end inside of it. In place. */
static struct span
value(char *line, size_t n, size_t *at)
{
	size_t	 i = *at, from = i, to = i;
	bool	 url = i < n && line[i] != '"', quoted = false;

	for (; i < n && (quoted || !is_space(line[i])); i++) {
		if (line[i] == '"') {
			quoted = !quoted;
			continue;
		}
		if (line[i] == '\\' && quoted) {
			if (++i == n)
				break;
			line[to++] = line[i] == 'n' ? '\n' : line[i] == 'r' ? '\r' : line[i];
			continue;
		}
		line[to++] = line[i];
	}
	*at = i;
	if (url)
		to = from + url_decode(line + from, to - from);
	return span_at(line + from, to - from);
}

static size_t
skip_spaces(const char *line, size_t n, size_t at)
{
	while (at < n && is_space(line[at]))
		at++;
	return at;
}

/* Pairs for as long as there are any: "key=value" without a space after the sign. */
static size_t
pairs(char *line, size_t n, size_t at, struct helper_reply *out)
{
	while (at < n) {
		size_t		 i = at;
		struct span	 key, v;

		while (i < n && line[i] != '=' && line[i] != ' ')
			i++;
		if (i >= n || line[i] != '=' || i == at || (i + 1 < n && is_space(line[i + 1])))
			break;
		key = span_at(line + at, i - at);
		at = i + 1;
		v = value(line, n, &at);
		at = skip_spaces(line, n, at);
		if (out->n < COUNT_OF(out->pairs))
			out->pairs[out->n++] = (struct helper_pair){ key, v };
	}
	return at;
}

void
helper_parse(char *line, size_t n, struct helper_reply *out)
{
	static const struct { const char *word; enum helper_word code; } words[] = {
		{ "OK", HELPER_OK }, { "ERR", HELPER_ERR }, { "BH", HELPER_BH },
	};
	size_t	 at = 0;

	*out = (struct helper_reply){ .word = HELPER_OTHER };
	while (n > 0 && is_space(line[n - 1]))
		n--;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t	 len = strlen(words[i].word);

		if (n < len || memcmp(line, words[i].word, len) != 0 ||
		    (n > len && line[len] != ' '))
			continue;
		out->word = words[i].code;
		at = pairs(line, n, skip_spaces(line, n, len), out);
		break;
	}
	out->rest = span_at(line + at, n - at);
}

/* What RFC 1738 calls unsafe, and everything that would end or split a line. */
static bool
is_safe(unsigned char c)
{
	return c > ' ' && c < 0x7f && strchr("<>\"#%{}|\\^~[]`'", c) == NULL;
}

bool
helper_escape(struct span s, char *dst, size_t cap, size_t *n)
{
	static const char	 digits[] = "0123456789ABCDEF";

	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char	 c = (unsigned char)s.p[i];

		if (cap - *n < (is_safe(c) ? 1 : 3))
			return false;
		if (is_safe(c)) {
			dst[(*n)++] = (char)c;
			continue;
		}
		dst[(*n)++] = '%';
		dst[(*n)++] = digits[c >> 4];
		dst[(*n)++] = digits[c & 15];
	}
	return true;
}
