/* SPDX-License-Identifier: Apache-2.0 */
/* Basic credentials taken apart; the worker's memory of verdicts. */
#include <stdio.h>
#include <stdlib.h>

#include "auth/credentials.h"
#include "auth/verdicts.h"
#include "base/must.h"
#include "test_auth.h"

static const struct {
	const char			*value;
	bool				 utf8, fold;
	enum credentials_result		 result;
	const char			*user, *password;
} cases[] = {
	{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true, false, CREDENTIALS_OK, "Aladdin",
	    "open sesame" },
	{ "basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==  ", true, false, CREDENTIALS_OK, "Aladdin",
	    "open sesame" },
	{ "BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true, true, CREDENTIALS_OK, "aladdin",
	    "open sesame" },
	/* RFC 7617, 2.1 */
	{ "Basic dGVzdDoxMjPCow==", true, false, CREDENTIALS_OK, "test", "123\xc2\xa3" },
	/* the same in ISO-8859-1 */
	{ "Basic dGVzdDoxMjOj", true, false, CREDENTIALS_OK, "test", "123\xc2\xa3" },
	{ "Basic dGVzdDoxMjOj", false, false, CREDENTIALS_OK, "test", "123\xa3" },
	{ "Basic YTpiOmM6", true, false, CREDENTIALS_OK, "a", "b:c:" },
	{ "Digest username=\"x\"", true, false, CREDENTIALS_OTHER, NULL, NULL },
	{ "Basicly QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true, false, CREDENTIALS_OTHER, NULL, NULL },
	{ "", true, false, CREDENTIALS_OTHER, NULL, NULL },
	{ "Bas", true, false, CREDENTIALS_OTHER, NULL, NULL },
	{ "Basic\tYTpi", true, false, CREDENTIALS_OTHER, NULL, NULL },
	{ "Basic", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic ", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic YTpi YTpi", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic YTpi,", true, false, CREDENTIALS_BAD, NULL, NULL },
	/* padding short */
	{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", true, false, CREDENTIALS_BAD, NULL, NULL },
	/* stray bits */
	{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZR==", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic YTp=", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic ====", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic YT=p", true, false, CREDENTIALS_BAD, NULL, NULL },
	/* the URL alphabet */
	{ "Basic YTpi_-==", true, false, CREDENTIALS_BAD, NULL, NULL },
	{ "Basic YWJj", true, false, CREDENTIALS_BAD, NULL, NULL },		/* abc: no colon */
	{ "Basic OnBhc3M=", true, false, CREDENTIALS_BAD, NULL, NULL },		/* no user */
	{ "Basic dXNlcjo=", true, false, CREDENTIALS_BAD, NULL, NULL },		/* no password */
	{ "Basic dXNlcjpwYQpzcw==", true, false, CREDENTIALS_BAD, NULL, NULL },	/* LF */
	{ "Basic dXNlcjpwYQBzcw==", true, false, CREDENTIALS_BAD, NULL, NULL },	/* NUL */
	{ "Basic dXMJZXI6cA==", true, false, CREDENTIALS_BAD, NULL, NULL },	/* HT */
	{ "Basic dXM6fw==", true, false, CREDENTIALS_BAD, NULL, NULL },		/* DEL */
};

START_TEST(parsing)
{
	struct credentials	 c;
	const char		*text;
	enum credentials_result	 r;

	r = credentials_parse(&c, span_of(cases[_i].value), cases[_i].utf8, cases[_i].fold, &text);
	ck_assert_msg(r == cases[_i].result, "%s: %d", cases[_i].value, (int)r);
	ck_assert_int_eq(text != NULL, r == CREDENTIALS_BAD);
	if (r == CREDENTIALS_OK) {
		ck_assert_str_eq(c.user, cases[_i].user);
		ck_assert_str_eq(c.password, cases[_i].password);
		ck_assert_uint_eq(c.n_user, strlen(c.user));
		ck_assert_uint_eq(c.n_password, strlen(c.password));
		return;
	}
	for (size_t i = 0; i < sizeof c; i++)
		ck_assert_int_eq(((const char *)&c)[i], 0);
}
END_TEST

static void
encode(const char *s, size_t n, char *dst)
{
	static const char	 digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	strcpy(dst, "Basic ");
	dst += 6;
	for (size_t i = 0; i < n; i += 3) {
		unsigned	 v = (unsigned)(unsigned char)s[i] << 16;

		v |= i + 1 < n ? (unsigned)(unsigned char)s[i + 1] << 8 : 0;
		v |= i + 2 < n ? (unsigned char)s[i + 2] : 0;
		*dst++ = digits[v >> 18];
		*dst++ = digits[v >> 12 & 63];
		*dst++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*dst++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*dst = '\0';
}

START_TEST(lengths)
{
	static const struct { size_t user, password; bool ok; } sizes[] = {
		{ 1, 1, true }, { 255, 511, true }, { 256, 1, false }, { 1, 512, false },
		{ 255, 512, false }, { 4000, 4000, false },
	};
	struct credentials	 c;
	const char		*text;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		size_t	 n = sizes[i].user + 1 + sizes[i].password;
		char	*raw = malloc(n), *value = malloc(n * 2 + 16);

		memset(raw, 'x', n);
		raw[sizes[i].user] = ':';
		encode(raw, n, value);
		ck_assert_int_eq(credentials_parse(&c, span_of(value), true, false,
		    &text) == CREDENTIALS_OK, sizes[i].ok);
		free(raw);
		free(value);
	}
	/* Conversion makes two bytes of one: what fits as it came may not fit then. */
	{
		char	 raw[300], value[500];

		memset(raw, 0xe4, 200);
		strcpy(raw + 200, ":p");
		encode(raw, 202, value);
		ck_assert_int_eq(credentials_parse(&c, span_of(value), true, false, &text),
		    CREDENTIALS_BAD);
		ck_assert_int_eq(credentials_parse(&c, span_of(value), false, false, &text),
		    CREDENTIALS_OK);
	}
}
END_TEST

START_TEST(memory)
{
	uint8_t		 d[VERDICTS_DIGEST] = { 1 };
	struct verdict	 v = { true, 100, 0,
	    { SPAN("canonical"), SPAN("tag"), SPAN_NONE, SPAN("a=b\n") } }, got;

	ck_assert(!verdicts_get(d, 0, UINT64_MAX, &got));
	verdicts_put(d, &v);
	ck_assert(verdicts_get(d, 99, UINT64_MAX, &got) && got.good);
	ck_assert(span_is(got.extras.user, "canonical") && span_is(got.extras.tag, "tag") &&
	    span_is(got.extras.notes, "a=b\n"));
	v.good = false;
	v.extras = got.extras;		/* replaced from the entry itself */
	verdicts_put(d, &v);
	ck_assert(verdicts_get(d, 99, UINT64_MAX, &got) && !got.good &&
	    span_is(got.extras.user, "canonical"));
	ck_assert(!verdicts_get(d, 100, UINT64_MAX, &got));
	ck_assert(!verdicts_get(d, 99, UINT64_MAX, &got));	/* it was dropped */
	v.until_s = 1000;
	v.extras = (struct verdict_extras){ .user = SPAN_NONE };
	verdicts_put(d, &v);
	ck_assert(verdicts_get(d, 59, 60, &got));		/* a use */
	ck_assert(verdicts_get(d, 118, 60, &got));
	ck_assert(!verdicts_get(d, 178, 60, &got));	/* not used for too long */
	v.until_s = 100;
	for (unsigned i = 0; i < VERDICTS_MAX + 10; i++) {
		memcpy(d, &i, sizeof i);
		verdicts_put(d, &v);
	}
	for (unsigned i = 0; i < VERDICTS_MAX + 10; i++) {
		memcpy(d, &i, sizeof i);
		ck_assert_int_eq(verdicts_get(d, 1, UINT64_MAX, &got), i >= 10);
	}
	verdicts_clear();
	ck_assert(!verdicts_get(d, 1, UINT64_MAX, &got));
}
END_TEST

TCase *
test_credentials(void)
{
	TCase	*c = tcase_create("credentials");

	tcase_add_loop_test(c, parsing, 0, (int)COUNT_OF(cases));
	tcase_add_test(c, lengths);
	tcase_add_test(c, memory);
	return c;
}
