/* SPDX-License-Identifier: Apache-2.0 */
/* Characters, field names, lists, dates, media types. */
#include "test_http.h"

#include <ctype.h>
#include <stdio.h>

#include "base/must.h"
#include "http/authscheme.h"
#include "http/charclass.h"
#include "http/date.h"
#include "http/media.h"
#include "http/tokens.h"

START_TEST(r9110_5_6_2_characters)
{
	int	 c = _i;
	bool	 alnum = c < 128 && isalnum(c), visible = c > 0x20 && c < 0x7f;

	ck_assert_int_eq(tokens_is_tchar((unsigned char)c), alnum ||
	    (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL));
	ck_assert_int_eq(charclass_is((unsigned char)c, CHAR_VALUE), visible || c == ' ' ||
	    c == '\t' || c >= 0x80);
	ck_assert_int_eq(charclass_is((unsigned char)c, CHAR_TARGET), visible);
	ck_assert_int_eq(charclass_is((unsigned char)c, CHAR_HOST),
	    alnum || (c != 0 && strchr("-_.", c) != NULL));
	ck_assert_int_eq(charclass_is((unsigned char)c, CHAR_SCHEME),
	    alnum || (c != 0 && strchr("+-.", c) != NULL));
	ck_assert_int_eq(charclass_is((unsigned char)c, CHAR_USERINFO),
	    alnum || (c != 0 && strchr("-._~!$&'()*+,;=:%", c) != NULL));
	ck_assert_int_eq(charclass_is((unsigned char)c, CHAR_ALPHA), c < 128 && isalpha(c));
	ck_assert_int_eq(charclass_is((unsigned char)c, CHAR_DIGIT), c < 128 && isdigit(c));
	ck_assert_int_eq(charclass_hex[c] >= 0, c < 128 && isxdigit(c));
	if (c < 128 && isxdigit(c)) {
		char	 text[2] = { (char)c, '\0' };

		ck_assert_int_eq(charclass_hex[c], strtol(text, NULL, 16));
	}
}
END_TEST

START_TEST(r9110_5_1_field_names)
{
	for (unsigned id = 1; id < FIELD_COUNT; id++) {
		struct span	 name = field_name((enum field_id)id);
		char		 text[64];

		ck_assert_uint_eq(field_lookup(name), id);
		for (size_t i = 0; i < name.n; i++)
			text[i] = (char)toupper(name.p[i]);
		ck_assert_uint_eq(field_lookup(span_at(text, name.n)), id);
		for (size_t i = 0; i < name.n; i++)
			text[i] = (char)tolower(name.p[i]);
		ck_assert_uint_eq(field_lookup(span_at(text, name.n)), id);
		/* no single byte changed gives the same name */
		for (size_t i = 0; i < name.n; i++)
			for (unsigned c = 0; c < 256; c++) {
				struct span	 other = span_at(text, name.n);
				char		 was = text[i];

				text[i] = (char)c;
				ck_assert_int_eq(field_lookup(other) == id, span_ieq(other, name));
				text[i] = was;
			}
		ck_assert_uint_ne(field_lookup(span_at(text, name.n - 1)), id);
	}
	ck_assert_uint_eq(field_lookup(SPAN("")), FIELD_OTHER);
	ck_assert_uint_eq(field_lookup(SPAN("x")), FIELD_OTHER);
	ck_assert_uint_eq(field_lookup(SPAN("Content_Length")), FIELD_OTHER);
	ck_assert_uint_eq(field_lookup(SPAN("Sec-Fetch-Mode")), FIELD_OTHER);
	ck_assert_uint_eq(field_lookup(SPAN("0123456789012345678901234567890123456789")),
	    FIELD_OTHER);
	ck_assert_ptr_null(field_name(FIELD_OTHER).p);
	ck_assert_uint_eq(field_flags(FIELD_OTHER), 0);
	ck_assert_uint_eq(field_flags(FIELD_TE), FIELD_HOP | FIELD_FRAMING);
}
END_TEST

static const struct {
	const char	*list, *want;	/* elements, each with '|' behind it */
} lists[] = {
	{ "a, b,c", "a|b|c|" },
	{ "", "" },
	{ " , ,\t,", "" },
	{ ",a,,b,", "a|b|" },
	{ "a=\"x,y\", b", "a=\"x,y\"|b|" },
	{ "a=\"x\\\",y\", b", "a=\"x\\\",y\"|b|" },
	{ "a=\"x, b", "a=\"x, b|" },
	{ "a=\"x\\", "a=\"x\\|" },
};

START_TEST(r9110_5_6_1_lists)
{
	struct span	 rest = span_of(lists[_i].list), item;
	char		 got[64];
	size_t		 n = 0;

	got[0] = '\0';
	while (tokens_next(&rest, &item))
		n += (size_t)snprintf(got + n, sizeof got - n, "%.*s|", SPAN_ARG(item));
	ck_assert_str_eq(got, lists[_i].want);
}
END_TEST

static const struct {
	const char	*item;
	bool		 want;
	const char	*name, *value;
	bool		 quoted;
} directives[] = {
	{ "no-store", true, "no-store", NULL, false },
	{ "max-age=5", true, "max-age", "5", false },
	{ "a=\"b c\"", true, "a", "b c", true },
	{ "a=\"\"", true, "a", "", true },
	{ "a=\"b\\\"c\"", true, "a", "b\\\"c", true },
	{ "a=", false, "", NULL, false },
	{ "=a", false, "", NULL, false },
	{ "", false, "", NULL, false },
	{ "a b", false, "", NULL, false },
	{ "a =b", false, "", NULL, false },
	{ "a= b", false, "", NULL, false },
	{ "a=\"b", false, "", NULL, false },
	{ "a=\"", false, "", NULL, false },
	{ "a=\"b\"c", false, "", NULL, false },
	{ "a=\"b\\\"", false, "", NULL, false },
	{ "a=b=c", false, "", NULL, false },
};

START_TEST(r9110_5_6_6_directives)
{
	struct span	 name, value;
	bool		 quoted, r = tokens_directive(span_of(directives[_i].item), &name, &value,
	    &quoted);

	ck_assert_msg(r == directives[_i].want, "%s", directives[_i].item);
	if (!r)
		return;
	ASSERT_SPAN(name, directives[_i].name);
	ck_assert_int_eq(quoted, directives[_i].quoted);
	if (directives[_i].value == NULL)
		ck_assert_ptr_null(value.p);
	else
		ASSERT_SPAN(value, directives[_i].value);
}
END_TEST

START_TEST(r9110_5_6_4_parameters)
{
	struct span	 rest = SPAN("text/html ; a=\"x;y\" ;; b=1"), item;
	struct arena	 a;

	ck_assert(tokens_parameter(&rest, &item));
	ASSERT_SPAN(item, "text/html");
	ck_assert(tokens_parameter(&rest, &item));
	ASSERT_SPAN(item, "a=\"x;y\"");
	ck_assert(tokens_parameter(&rest, &item));
	ASSERT_SPAN(item, "");
	ck_assert(tokens_parameter(&rest, &item));
	ASSERT_SPAN(item, "b=1");
	ck_assert(!tokens_parameter(&rest, &item));
	arena_init(&a, 8192);
	ASSERT_SPAN(tokens_unescape(SPAN("plain"), &a), "plain");
	ASSERT_SPAN(tokens_unescape(SPAN("a\\\"b\\\\c"), &a), "a\"b\\c");
	ASSERT_SPAN(tokens_unescape(SPAN("a\\"), &a), "a\\");
	arena_reset(&a);
}
END_TEST

enum { NOW = 1700000000 };	/* 14 November 2023 */

static const struct {
	const char	*text;
	bool		 want;
	int64_t		 time;
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", true, 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", true, 784111777 },
	{ "Sun Nov  6 08:49:37 1994", true, 784111777 },
	{ "Sun Nov 16 08:49:37 1994", true, 784975777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", true, -1 },
	{ "Tue, 29 Feb 2000 12:00:00 GMT", true, 951825600 },
	{ "Thu, 29 Feb 1900 12:00:00 GMT", false, 0 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", true, 253402300799 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", true, 1483228800 },
	{ "Tue, 14-Nov-73 00:00:00 GMT", false, 0 },
	/* not quite 50 years ahead: 2073 */
	{ "Tuesday, 14-Nov-73 00:00:00 GMT", true, 3277843200 },
	{ "Tuesday, 15-Nov-73 00:00:00 GMT", true, 122169600 },		/* a little more: 1973 */
	{ "Friday, 01-Jan-74 00:00:00 GMT", true, 126230400 },
	{ "Friday, 01-Jan-00 00:00:00 GMT", true, 946684800 },
	{ "Sun, 31 Feb 1994 08:49:37 GMT", false, 0 },
	{ "Sun, 00 Nov 1994 08:49:37 GMT", false, 0 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", false, 0 },
	{ "Sun, 06 Nov 1994 08:60:37 GMT", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:61 GMT", false, 0 },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:37", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT ", false, 0 },
	{ "Sun, 06 nov 1994 08:49:37 GMT", false, 0 },
	{ "Sun, 06 Nov 94 08:49:37 GMT", false, 0 },
	{ "Xyz, 06 Nov 1994 08:49:37 GMT", false, 0 },
	{ "Sun, 06 Nov 1994 08:49:3a GMT", false, 0 },
	{ "Sun", false, 0 },
	{ "0", false, 0 },
	{ "-1", false, 0 },
	{ "", false, 0 },
};

START_TEST(r9110_5_6_7_parse)
{
	int64_t	 t = 42;
	bool	 r = date_parse(span_of(dates[_i].text), NOW, &t);

	ck_assert_msg(r == dates[_i].want, "%s", dates[_i].text);
	if (r)
		ck_assert_msg(t == dates[_i].time, "%s: %lld", dates[_i].text, (long long)t);
}
END_TEST

START_TEST(r9110_5_6_7_print)
{
	char	 text[DATE_TEXT];
	int64_t	 back;

	ck_assert_str_eq(date_print(784111777, text), "Sun, 06 Nov 1994 08:49:37 GMT");
	ck_assert_str_eq(date_print(784111777, text), "Sun, 06 Nov 1994 08:49:37 GMT");
	ck_assert_str_eq(date_print(0, text), "Thu, 01 Jan 1970 00:00:00 GMT");
	ck_assert_str_eq(date_print(-5, text), "Thu, 01 Jan 1970 00:00:00 GMT");
	ck_assert_str_eq(date_print(INT64_MAX, text), "Fri, 31 Dec 9999 23:59:59 GMT");
	for (int64_t t = 1; t < 253402300799; t += 86400 * 97 + 12345) {
		ck_assert(date_parse(span_of(date_print(t, text)), NOW, &back));
		ck_assert_int_eq(back, t);
	}
}
END_TEST

static const struct {
	const char	*value, *want;
} types[] = {
	{ "text/html", "text/html" },
	{ "text/html; charset=utf-8", "text/html" },
	{ " text/html ;x", "text/html" },
	{ "text", NULL },
	{ "text/", NULL },
	{ "/html", NULL },
	{ "text/ht ml", NULL },
	{ "text / html", NULL },
	{ "a/b/c", NULL },
	{ "", NULL },
};

START_TEST(r9110_8_3_1_media_type)
{
	struct span	 s = media_type(span_of(types[_i].value));

	if (types[_i].want == NULL)
		ck_assert_ptr_null(s.p);
	else
		ASSERT_SPAN(s, types[_i].want);
}
END_TEST

static const struct {
	const char	*accept;
	unsigned	 want;		/* for application/json */
} accepts[] = {
	{ NULL, 1000 },
	{ "*/*", 1000 },
	{ "text/html", 0 },
	{ "application/json", 1000 },
	{ "APPLICATION/Json;q=0.5", 500 },
	{ "application/*;q=0.25, */*;q=0.1", 250 },
	{ "*/*, application/json;q=0", 0 },
	{ "application/json;q=0.1, application/*", 100 },
	{ "application/json;v=1, */*;q=0.3", 300 },
	{ "application/json;q=0.75;ext=1", 750 },
	{ "application/json; q=1.000", 1000 },
	{ "application/json;q=1.001", 0 },
	{ "application/json;q=2", 0 },
	{ "application/json;q=", 0 },
	{ "application/json;q=0.1234", 0 },
	{ "application/json;q=.5", 0 },
	{ "*/json", 0 },
	{ "", 0 },
};

START_TEST(r9110_12_5_1_accept)
{
	ck_assert_msg(media_quality(span_of(accepts[_i].accept),
	    SPAN("application/json")) == accepts[_i].want, "%s", accepts[_i].accept);
}
END_TEST

static const struct {
	const char	*value;
	bool		 of_connection;
} credentials[] = {
	{ "", false }, { "NTLM", true }, { "NTLM TlRMTVNTUAABAAAA", true }, { "ntlm x", true },
	{ "Negotiate YII=", true }, { "NEGOTIATE", true },
	{ "Kerberos x", true }, { "Basic TlRMTQ==", false }, { "Bearer NTLM", false },
	{ "NTLMv2 x", false }, { "Nego", false }, { " NTLM", false },
};

START_TEST(r4559_6_schemes_of_connections)
{
	ck_assert_int_eq(authscheme_of_connection(span_of(credentials[_i].value)),
	    credentials[_i].of_connection);
}
END_TEST

TCase *
test_values(void)
{
	TCase	*t = tcase_create("values");

	tcase_add_loop_test(t, r9110_5_6_2_characters, 0, 256);
	tcase_add_test(t, r9110_5_1_field_names);
	tcase_add_loop_test(t, r9110_5_6_1_lists, 0, COUNT_OF(lists));
	tcase_add_loop_test(t, r9110_5_6_6_directives, 0, COUNT_OF(directives));
	tcase_add_test(t, r9110_5_6_4_parameters);
	tcase_add_loop_test(t, r9110_5_6_7_parse, 0, COUNT_OF(dates));
	tcase_add_test(t, r9110_5_6_7_print);
	tcase_add_loop_test(t, r9110_8_3_1_media_type, 0, COUNT_OF(types));
	tcase_add_loop_test(t, r4559_6_schemes_of_connections, 0, COUNT_OF(credentials));
	tcase_add_loop_test(t, r9110_12_5_1_accept, 0, COUNT_OF(accepts));
	return t;
}
