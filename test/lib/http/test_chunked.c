/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked decoder (RFC 9112, 7.1): each case in one piece and in pieces of every small size. */
#include "test_http.h"

#include <stdio.h>

#include "base/must.h"
#include "http/chunked.h"

struct outcome {
	char		 data[65536];
	size_t		 n;
	char		 trailer[65536];
	size_t		 trailer_n;
	size_t		 used;		/* bytes of the input up to the end */
	bool		 ended, bad;
	struct chunked	 c;
};

static struct outcome	 out;

/* Feeds text, `step` bytes more at a time, as a connection's buffer would. */
static void
decode(struct span text, size_t step)
{
	size_t	 have = 0, from = 0;

	memset(&out, 0, sizeof out);
	chunked_init(&out.c);
	while (have < text.n && !out.ended && !out.bad) {
		enum chunked_event	 e = CHUNKED_DATA;

		have = have + step < text.n ? have + step : text.n;
		while (e == CHUNKED_DATA) {
			struct span	 data;
			size_t		 used;

			e = chunked_next(&out.c, text.p + from, have - from, &used, &data);
			ck_assert_uint_le(used, have - from);
			from += used;
			if (e == CHUNKED_DATA) {
				ck_assert_uint_gt(data.n, 0);
				memcpy(out.data + out.n, data.p, data.n);
				out.n += data.n;
			} else if (e == CHUNKED_END) {
				memcpy(out.trailer, data.p, data.n);
				out.trailer_n = data.n;
			}
		}
		out.ended = e == CHUNKED_END;
		out.bad = e == CHUNKED_BAD;
	}
	out.used = from;
}

static const struct {
	const char	*name;
	struct span	 text;
	const char	*data, *trailer;
	size_t		 rest;		/* bytes behind the end */
} good[] = {
	{ "r9112_7_1_empty", SPAN("0\r\n\r\n"), "", "", 0 },
	{ "r9112_7_1_one", SPAN("5\r\nhello\r\n0\r\n\r\n"), "hello", "", 0 },
	{ "r9112_7_1_two", SPAN("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "hello world", "", 0 },
	{ "r9112_7_1_hex", SPAN("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"),
	    "01234567890123456789", "", 0 },
	{ "r9112_7_1_leading_zeros", SPAN("0005\r\nhello\r\n000\r\n\r\n"), "hello", "", 0 },
	{ "r9112_7_1_most_zeros", SPAN("000000000000005\r\nhello\r\n0\r\n\r\n"), "hello", "", 0 },
	{ "r9112_7_1_crlf_in_data", SPAN("6\r\n\r\n0\r\n\r\r\n0\r\n\r\n"), "\r\n0\r\n\r", "", 0 },
	{ "r9112_7_1_pipelined", SPAN("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n"), "x", "", 16 },
	{ "r9112_7_1_1_extension", SPAN("5;a\r\nhello\r\n0;b=c\r\n\r\n"), "hello", "", 0 },
	{ "r9112_7_1_1_several", SPAN("5;a=b;c=\"d;\\\" e\";f\r\nhello\r\n0\r\n\r\n"), "hello", "",
	    0 },
	{ "r9112_7_1_1_bws", SPAN("5; a = b ; c =\t\"d\" ;e\r\nhello\r\n0\r\n\r\n"), "hello", "",
	    0 },
	{ "r9112_7_1_1_bws_first", SPAN("5 \t; a\r\nhello\r\n0 ;b\r\n\r\n"), "hello", "", 0 },
	{ "r9112_7_1_2_trailer", SPAN("0\r\nA: b\r\nC: d\r\n\r\nrest"), "", "A: b\r\nC: d\r\n", 4 },
	{ "r9112_7_1_2_trailer_empty_value", SPAN("0\r\nA:\r\n\r\n"), "", "A:\r\n", 0 },
};

START_TEST(decode_good)
{
	for (size_t step = 1; step < 40; step++) {
		decode(good[_i].text, step);
		ck_assert_msg(out.ended, "%s, step %zu: %s", good[_i].name, step,
		    chunked_text(&out.c));
		ASSERT_SPAN(span_at(out.data, out.n), good[_i].data);
		ASSERT_SPAN(span_at(out.trailer, out.trailer_n), good[_i].trailer);
		ck_assert_uint_eq(out.used, good[_i].text.n - good[_i].rest);
	}
}
END_TEST

static const struct {
	const char	*name;
	struct span	 text;
} bad[] = {
	{ "r9112_7_1_no_size", SPAN("\r\nhello\r\n") },
	{ "r9112_7_1_hex_prefix", SPAN("0x5\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_plus", SPAN("+5\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_minus", SPAN("-1\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_not_hex", SPAN("g\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_underscore", SPAN("1_0\r\n0123456789abcdef\r\n0\r\n\r\n") },
	{ "r9112_7_1_leading_space", SPAN(" 5\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_leading_tab", SPAN("\t5\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_trailing_space", SPAN("5 \r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_trailing_tab", SPAN("5\t\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_space_behind_name", SPAN("5;a \r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_space_behind_value", SPAN("5;a=b \r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_space_behind_quote", SPAN("5;a=\"b\"\t\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_space_word", SPAN("5 a\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_space_equals", SPAN("5 =a\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_inner_space", SPAN("1 0\r\n0123456789abcdef\r\n0\r\n\r\n") },
	{ "r9112_7_1_nul", SPAN("5\0\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_lf_only", SPAN("5\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_lf_first", SPAN("\n5\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_cr_only", SPAN("5\rhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_cr_cr_lf", SPAN("5\r\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_sixteen_digits", SPAN("1000000000000000\r\n") },
	{ "r9112_7_1_wraps", SPAN("10000000000000005\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_wraps_32", SPAN("ffffffffffffffff\r\n") },
	{ "r9112_7_1_sixteen_zeros", SPAN("0000000000000005\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_data_too_long", SPAN("4\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_data_too_short", SPAN("6\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_data_lf", SPAN("5\r\nhello\n0\r\n\r\n") },
	{ "r9112_7_1_data_cr", SPAN("5\r\nhello\r0\r\n\r\n") },
	{ "r9112_7_1_data_lf_cr", SPAN("5\r\nhello\n\r0\r\n\r\n") },
	{ "r9112_7_1_data_no_end", SPAN("5\r\nhello0\r\n\r\n") },
	{ "r9112_7_1_1_lf", SPAN("5;a\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_cr", SPAN("5;a\rb\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_quoted_lf", SPAN("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_quoted_crlf", SPAN("5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_escaped_lf", SPAN("5;a=\"\\\n\"\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_escaped_cr", SPAN("5;a=\"\\\r\n\"\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_nul", SPAN("5;a\0\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_no_name", SPAN("5;\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_only_value", SPAN("5;=b\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_no_value", SPAN("5;a=\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_two_words", SPAN("5;a b\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_two_values", SPAN("5;a=b c\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_behind_quote", SPAN("5;a=\"b\"c\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_comma", SPAN("5,a\r\nhello\r\n0\r\n\r\n") },
	{ "r9112_7_1_1_lf_behind_zero", SPAN("0;a\n\r\n\r\n") },
	{ "r9112_7_1_2_lf_end", SPAN("0\r\n\n") },
	{ "r9112_7_1_2_cr_end", SPAN("0\r\n\rX") },
	{ "r9112_7_1_2_lf", SPAN("0\r\nA: b\nGET / HTTP/1.1\r\n\r\n") },
	{ "r9112_7_1_2_cr", SPAN("0\r\nA: b\rC: d\r\n\r\n") },
	{ "r9112_7_1_2_folded", SPAN("0\r\nA: b\r\n c\r\n\r\n") },
	{ "r9112_7_1_2_no_colon", SPAN("0\r\nGET / HTTP/1.1\r\n\r\n") },
	{ "r9112_7_1_2_space_before_colon", SPAN("0\r\nA : b\r\n\r\n") },
	{ "r9112_7_1_2_nul", SPAN("0\r\nA: \0\r\n\r\n") },
	{ "r9112_7_1_2_space_first", SPAN("0\r\n \r\n\r\n") },
};

START_TEST(decode_bad)
{
	for (size_t step = 1; step < 40; step++) {
		decode(bad[_i].text, step);
		ck_assert_msg(out.bad, "%s, step %zu", bad[_i].name, step);
		ck_assert_str_ne(chunked_text(&out.c), "nothing is wrong");
	}
}
END_TEST

/* Every proper beginning of a good body asks for more: a body cut short is never complete. */
START_TEST(r9112_8_cut_short)
{
	struct span	 text = good[_i].text;

	for (size_t n = 0; n < text.n - good[_i].rest; n++) {
		decode(span_at(text.p, n), 100);
		ck_assert_msg(!out.ended && !out.bad, "%s at %zu", good[_i].name, n);
	}
}
END_TEST

static size_t
repeat(char *to, const char *what, size_t times)
{
	size_t	 n = strlen(what);

	for (size_t i = 0; i < times; i++)
		memcpy(to + i * n, what, n);
	return n * times;
}

START_TEST(r9112_7_1_1_long_extension)
{
	static char	 text[32768];
	size_t		 n = (size_t)sprintf(text, "1;");

	n += repeat(text + n, "a", CHUNKED_EXT_MAX - 1);
	n += (size_t)sprintf(text + n, "\r\nx\r\n0\r\n\r\n");
	decode(span_at(text, n), 1000);
	ck_assert(out.ended);
	n = (size_t)sprintf(text, "1;");
	n += repeat(text + n, "a", CHUNKED_EXT_MAX);
	n += (size_t)sprintf(text + n, "\r\nx\r\n0\r\n\r\n");
	decode(span_at(text, n), 1000);
	ck_assert(out.bad);
}
END_TEST

START_TEST(r9112_7_1_1_many_extensions)
{
	static char	 text[1 << 20];
	size_t		 n = repeat(text,
	    "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n", 2000);

	decode(span_at(text, n), 5000);
	ck_assert(out.bad);
	ck_assert_uint_lt(out.n, 2000);
	n = repeat(text, "1;aaaaaaaaaa\r\nx\r\n", 10000);
	decode(span_at(text, n), 5000);
	ck_assert(!out.bad);
	ck_assert_uint_eq(out.n, 10000);
}
END_TEST

START_TEST(r9112_7_1_2_long_trailer)
{
	static char	 text[65536];
	size_t		 n = (size_t)sprintf(text, "0\r\n"), fit = (CHUNKED_TRAILER_MAX - 2) / 8;

	n += repeat(text + n, "A: bcd\r\n", fit);
	n += (size_t)sprintf(text + n, "\r\n");
	decode(span_at(text, n), 999);
	ck_assert(out.ended);
	ck_assert_uint_eq(out.trailer_n, fit * 8);
	n = (size_t)sprintf(text, "0\r\n");
	n += repeat(text + n, "A: bcd\r\n", fit + 1);
	n += (size_t)sprintf(text + n, "\r\n");
	decode(span_at(text, n), 999);
	ck_assert(out.bad);
}
END_TEST

START_TEST(splice_past)
{
	struct chunked	 c;
	struct span	 data;
	size_t		 used;

	chunked_init(&c);
	ck_assert_int_eq(chunked_next(&c, "100\r\n", 5, &used, &data), CHUNKED_MORE);
	ck_assert_uint_eq(used, 5);
	ck_assert_uint_eq(c.left, 0x100);
	chunked_skip(&c, 0xff);
	ck_assert_int_eq(chunked_next(&c, "x\r\n0\r\n\r\n", 8, &used, &data), CHUNKED_DATA);
	ASSERT_SPAN(data, "x");
	ck_assert_int_eq(chunked_next(&c, "\r\n0\r\n\r\n", 7, &used, &data), CHUNKED_END);
	ck_assert_uint_eq(used, 7);
	chunked_init(&c);
	ck_assert_int_eq(chunked_next(&c, "1", 1, &used, &data), CHUNKED_MORE);
	ck_assert_uint_eq(c.left, 0);		/* a size half read is nothing to splice */
}
END_TEST

static const struct {
	uint64_t	 n;
	const char	*text;
} lines[] = {
	{ 1, "1\r\n" }, { 15, "f\r\n" }, { 16, "10\r\n" }, { 0x2000, "2000\r\n" },
	{ UINT64_C(0x0fffffffffffffff), "fffffffffffffff\r\n" },
	{ UINT64_MAX, "ffffffffffffffff\r\n" },
};

START_TEST(r9112_7_1_encode)
{
	char	 dst[CHUNKED_LINE];
	size_t	 n = chunked_line(lines[_i].n, dst);

	ASSERT_SPAN(span_at(dst, n), lines[_i].text);
}
END_TEST

TCase *
test_chunked(void)
{
	TCase	*t = tcase_create("chunked");

	tcase_add_loop_test(t, decode_good, 0, COUNT_OF(good));
	tcase_add_loop_test(t, decode_bad, 0, COUNT_OF(bad));
	tcase_add_loop_test(t, r9112_8_cut_short, 0, COUNT_OF(good));
	tcase_add_test(t, r9112_7_1_1_long_extension);
	tcase_add_test(t, r9112_7_1_1_many_extensions);
	tcase_add_test(t, r9112_7_1_2_long_trailer);
	tcase_add_test(t, splice_past);
	tcase_add_loop_test(t, r9112_7_1_encode, 0, COUNT_OF(lines));
	return t;
}
