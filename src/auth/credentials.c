/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Basic credentials: token68 (RFC 9110, 11.2), base64 (RFC 4648, 3.5 on stray bits), user-pass (RFC
 * 7617, 2).
 */
#include "auth/credentials.h"

#include "base/mem.h"

enum { DECODED_MAX = CREDENTIALS_USER_MAX + 1 + CREDENTIALS_PASSWORD_MAX,
    ENCODED_MAX = (DECODED_MAX + 2) / 3 * 4 };

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Strict base64 of at most ENCODED_MAX digits; dst has room for DECODED_MAX + 2 bytes. */
static bool
decode(struct span s, char *dst, size_t *n)
{
	size_t		 pad = 0;
	uint32_t	 bits = 0;

	if (s.n == 0 || s.n % 4 != 0 || s.n > ENCODED_MAX)
		return false;
	while (pad < 2 && s.p[s.n - 1 - pad] == '=')
		pad++;
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int	 v = i >= s.n - pad ? 0 : value_of(s.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (i % 4 != 3)
			continue;
		dst[(*n)++] = (char)(bits >> 16 & 0xff);
		dst[(*n)++] = (char)(bits >> 8 & 0xff);
		dst[(*n)++] = (char)(bits & 0xff);
	}
	*n -= pad;
	return (pad < 1 || dst[*n] == '\0') && (pad < 2 || dst[*n + 1] == '\0');
}

/*
 * Length of the well-formed UTF-8 sequence at p, 0: none (RFC 3629: no overlong forms, no
 * surrogates).
 */
static size_t
sequence(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf && n >= 2 && (p[1] & 0xc0) == 0x80)
		return 2;
	if ((p[0] & 0xf0) == 0xe0 && n >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 &&
	    !(p[0] == 0xe0 && p[1] < 0xa0) && !(p[0] == 0xed && p[1] > 0x9f))
		return 3;
	if (p[0] >= 0xf0 && p[0] <= 0xf4 && n >= 4 && (p[1] & 0xc0) == 0x80 &&
	    (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80 && !(p[0] == 0xf0 && p[1] < 0x90) &&
	    !(p[0] == 0xf4 && p[1] > 0x8f))
		return 4;
	return 0;
}

static bool
is_utf8(struct span s)
{
	size_t	 k;

	for (size_t i = 0; i < s.n; i += k) {
		k = sequence((const unsigned char *)s.p + i, s.n - i);
		if (k == 0)
			return false;
	}
	return true;
}

static bool
has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

/* Into dst of max + 1 bytes, from ISO-8859-1 where asked; 0: it does not fit. */
static size_t
store(struct span s, bool convert, char *dst, size_t max)
{
	size_t	 n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char	 c = (unsigned char)s.p[i];
		size_t		 need = convert && c >= 0x80 ? 2 : 1;

		if (n + need > max)
			return 0;
		if (need == 2) {
			dst[n++] = (char)(0xc0 | c >> 6);
			c = 0x80 | (c & 0x3f);
		}
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return n;
}

static const char *
split(struct credentials *c, struct span pair, bool utf8, bool fold)
{
	struct span	 password = pair, user;
	bool		 convert = utf8 && !is_utf8(pair);

	if (has_control(pair))
		return "the credentials have control characters in them";
	if (!span_cut(&password, ':', &user) || password.p == NULL)
		return "the credentials have no colon between user and password";
	if (user.n == 0)
		return "the credentials have no user name";
	if (password.n == 0)
		return "the credentials have no password";
	c->n_user = store(user, convert, c->user, CREDENTIALS_USER_MAX);
	c->n_password = store(password, convert, c->password, CREDENTIALS_PASSWORD_MAX);
	if (c->n_user == 0 || c->n_password == 0)
		return "the user name or the password is too long";
	for (size_t i = 0; fold && i < c->n_user; i++)
		c->user[i] = ascii_lower(c->user[i]);
	return NULL;
}

enum credentials_result
credentials_parse(struct credentials *c, struct span value, bool utf8, bool fold, const char **text)
{
	char	 pair[DECODED_MAX + 3];
	size_t	 n;

	*text = NULL;
	memset(c, 0, sizeof *c);
	value = span_trim(value);
	if (!span_istarts(value, SPAN("Basic")) || (value.n > 5 && value.p[5] != ' '))
		return CREDENTIALS_OTHER;
	value = span_at(value.p + 5, value.n - 5);
	while (value.n > 0 && value.p[0] == ' ')
		value = span_at(value.p + 1, value.n - 1);
	if (!decode(value, pair, &n))
		*text = "the credentials are not base64, or too long";
	else
		*text = split(c, span_at(pair, n), utf8, fold);
	mem_wipe(pair, sizeof pair);
	if (*text == NULL)
		return CREDENTIALS_OK;
	credentials_wipe(c);
	return CREDENTIALS_BAD;
}

void
credentials_wipe(struct credentials *c)
{
	mem_wipe(c, sizeof *c);
}
