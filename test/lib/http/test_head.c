/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head parser and what looks at heads. Test names begin with the clause of RFC 9112 (r9112)
 * or 9110 (r9110) they check.
 */
#include "test_http.h"

#include <stdio.h>

#include "base/must.h"

static struct arena	 arena;

static void
set_up(void)
{
	arena_init(&arena, 1 << 20);
}

static void
tear_down(void)
{
	arena_reset(&arena);
}

struct head_case {
	const char		*name;
	struct span		 text;
	enum head_result	 want;
};

#define L "GET / HTTP/1.1\r\n"		/* a good start-line */
#define H "Host: h\r\n"

static const struct head_case requests[] = {
	{ "r9112_3_plain", SPAN(L H "\r\n"), HEAD_DONE },
	{ "r9112_3_absolute", SPAN("GET http://h/ HTTP/1.1\r\n" H "\r\n"), HEAD_DONE },
	{ "r9112_3_connect", SPAN("CONNECT h:443 HTTP/1.1\r\n" H "\r\n"), HEAD_DONE },
	{ "r9112_3_asterisk", SPAN("OPTIONS * HTTP/1.1\r\n" H "\r\n"), HEAD_DONE },
	{ "r9112_3_1_odd_method", SPAN("M!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n\r\n"), HEAD_DONE },
	{ "r9112_3_1_method_separator", SPAN("GE(T / HTTP/1.1\r\n\r\n"), HEAD_BAD_METHOD },
	{ "r9112_3_1_method_non_ascii", SPAN("G\xc3\x89T / HTTP/1.1\r\n\r\n"), HEAD_BAD_METHOD },
	{ "r9112_3_1_no_method", SPAN(" / HTTP/1.1\r\n\r\n"), HEAD_BAD_METHOD },
	{ "r9112_3_tab_for_space", SPAN("GET\t/ HTTP/1.1\r\n\r\n"), HEAD_BAD_METHOD },
	{ "r9112_3_tab_for_space_2", SPAN("GET /\tHTTP/1.1\r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9112_3_vt_for_space", SPAN("GET\v/ HTTP/1.1\r\n\r\n"), HEAD_CONTROL },
	{ "r9112_3_two_spaces", SPAN("GET  / HTTP/1.1\r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9112_3_two_spaces_2", SPAN("GET /  HTTP/1.1\r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9112_3_2_space_in_target", SPAN("GET /a b HTTP/1.1\r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9112_3_2_second_version", SPAN("GET / HTTP/1.1 HTTP/1.1\r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9112_3_2_non_ascii_target", SPAN("GET /\xc3\xa9 HTTP/1.1\r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9112_3_2_non_ascii_late", SPAN("GET /0123456789abcdef0123\xff HTTP/1.1\r\n\r\n"),
	    HEAD_BAD_TARGET },
	{ "r9112_3_2_nul_in_target", SPAN("GET /\0 HTTP/1.1\r\n\r\n"), HEAD_CONTROL },
	{ "r9112_3_2_del_in_target", SPAN("GET /\x7f HTTP/1.1\r\n\r\n"), HEAD_CONTROL },
	{ "r9112_3_2_pipe_and_braces", SPAN("GET /a|b{c}?\"<>\\^` HTTP/1.1\r\n\r\n"), HEAD_DONE },
	{ "r9112_3_simple_request", SPAN("GET /\r\n"), HEAD_BAD_START },
	{ "r9112_3_method_only", SPAN("GET\r\n"), HEAD_BAD_START },
	{ "r9112_3_method_and_space", SPAN("GET \r\n"), HEAD_BAD_START },
	{ "r9112_3_no_version", SPAN("GET / \r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_lower_case", SPAN("GET / http/1.1\r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_other_protocol", SPAN("GET / HTTQ/1.1\r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_two_digits", SPAN("GET / HTTP/1.10\r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_two_digits_major", SPAN("GET / HTTP/11.1\r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_no_minor", SPAN("GET / HTTP/1\r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_comma", SPAN("GET / HTTP/1,1\r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_signed", SPAN("GET / HTTP/+1.1\r\n\r\n"), HEAD_BAD_VERSION },
	{ "r9112_2_3_trailing_space", SPAN("GET / HTTP/1.1 \r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9112_2_3_trailing_tab", SPAN("GET / HTTP/1.1\t\r\n\r\n"), HEAD_BAD_TARGET },
	{ "r9110_2_5_minor_0", SPAN("GET / HTTP/1.0\r\n\r\n"), HEAD_DONE },
	{ "r9110_2_5_minor_2", SPAN("GET / HTTP/1.2\r\n\r\n"), HEAD_DONE },
	{ "r9110_2_5_minor_9", SPAN("GET / HTTP/1.9\r\n\r\n"), HEAD_DONE },
	{ "r9110_15_6_6_version_2", SPAN("GET / HTTP/2.0\r\n\r\n"), HEAD_VERSION_UNKNOWN },
	{ "r9110_15_6_6_version_0_9", SPAN("GET / HTTP/0.9\r\n\r\n"), HEAD_VERSION_UNKNOWN },
	{ "r9113_3_4_preface", SPAN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HEAD_VERSION_UNKNOWN },
	{ "r9112_2_2_empty_lines_before", SPAN("\r\n\r\n" L H "\r\n"), HEAD_DONE },
	{ "r9112_2_2_too_many_before", SPAN("\r\n\r\n\r\n\r\n\r\n" L H "\r\n"), HEAD_BAD_START },
	{ "r9112_2_2_lf_before", SPAN("\n" L H "\r\n"), HEAD_BARE_LF },
	{ "r9112_2_2_cr_before", SPAN("\r" L H "\r\n"), HEAD_BARE_CR },
	{ "r9112_2_2_space_before", SPAN(" " L H "\r\n"), HEAD_BAD_METHOD },
	{ "r9112_2_2_lf_ends_start", SPAN("GET / HTTP/1.1\n" H "\r\n"), HEAD_BARE_LF },
	{ "r9112_2_2_cr_ends_start", SPAN("GET / HTTP/1.1\r" H "\r\n"), HEAD_BARE_CR },
	{ "r9112_2_2_cr_cr_lf", SPAN("GET / HTTP/1.1\r\r\n" H "\r\n"), HEAD_BARE_CR },
	{ "r9112_2_2_lf_ends_field", SPAN(L "Host: h\n\r\n"), HEAD_BARE_LF },
	{ "r9112_2_2_cr_in_value", SPAN(L "Host: h\rX: y\r\n\r\n"), HEAD_BARE_CR },
	{ "r9112_2_2_cr_late_in_value",
	    SPAN(L "Host: 0123456789abcdefghijklmnopqrst\rX: y\r\n\r\n"), HEAD_BARE_CR },
	{ "r9112_2_2_lf_in_value", SPAN(L "Host: h\nX: y\r\n\r\n"), HEAD_BARE_LF },
	{ "r9112_2_2_lf_empty_line", SPAN(L H "\n"), HEAD_BARE_LF },
	{ "r9112_2_2_cr_empty_line", SPAN(L H "\rX"), HEAD_BARE_CR },
	{ "r9112_2_2_cr_cr_lf_end", SPAN(L "Host: h\r\r\n\r\n"), HEAD_BARE_CR },
	{ "r9110_5_5_nul_in_value", SPAN(L "Host: h\0\r\n\r\n"), HEAD_CONTROL },
	{ "r9110_5_5_nul_late_in_value", SPAN(L "Host: 0123456789abcdefghijklmnop\0qrst\r\n\r\n"),
	    HEAD_CONTROL },
	{ "r9110_5_5_vt_in_value", SPAN(L "Transfer-Encoding: \vchunked\r\n\r\n"), HEAD_CONTROL },
	{ "r9110_5_5_ff_in_value", SPAN(L "Transfer-Encoding: chunked\f\r\n\r\n"), HEAD_CONTROL },
	{ "r9110_5_5_del_in_value", SPAN(L "Host: h\x7f\r\n\r\n"), HEAD_CONTROL },
	{ "r9110_5_5_tab_in_value", SPAN(L "X: a\tb\r\n\r\n"), HEAD_DONE },
	{ "r9110_5_5_obs_text", SPAN(L "X: caf\xe9\r\n\r\n"), HEAD_DONE },
	{ "r9110_5_5_empty_value", SPAN(L "X:\r\n\r\n"), HEAD_DONE },
	{ "r9112_5_1_space_before_colon", SPAN(L "Host : h\r\n\r\n"), HEAD_NAME_SPACE },
	{ "r9112_5_1_tab_before_colon", SPAN(L "Content-Length\t: 5\r\n\r\n"), HEAD_NAME_SPACE },
	{ "r9112_5_1_space_in_name", SPAN(L "Content Length: 5\r\n\r\n"), HEAD_BAD_NAME },
	{ "r9112_5_1_vt_before_colon", SPAN(L "Host\v: 5\r\n\r\n"), HEAD_CONTROL },
	{ "r9112_5_1_nul_in_name", SPAN(L "Ho\0st: 5\r\n\r\n"), HEAD_CONTROL },
	{ "r9112_5_1_non_ascii_name", SPAN(L "H\xc3\xb6st: 5\r\n\r\n"), HEAD_BAD_NAME },
	{ "r9112_5_1_empty_name", SPAN(L ": v\r\n\r\n"), HEAD_BAD_NAME },
	{ "r9112_5_1_no_colon", SPAN(L "Host\r\n\r\n"), HEAD_BAD_NAME },
	{ "r9112_5_1_colon_in_the_next_line", SPAN(L "Ho\r\nst: h\r\n\r\n"), HEAD_BAD_NAME },
	{ "r9112_5_1_known_name_behind_other_bytes", SPAN(L " Host: h\r\n\r\n"), HEAD_FOLDED },
	{ "r9112_5_1_cr_in_name", SPAN(L "Ho\rst: h\r\n\r\n"), HEAD_BARE_CR },
	{ "r9112_5_1_lf_in_name", SPAN(L "Ho\nst: h\r\n\r\n"), HEAD_BARE_LF },
	{ "r9112_5_1_quoted_name", SPAN(L "\"Host\": h\r\n\r\n"), HEAD_BAD_NAME },
	{ "r9112_5_2_folded", SPAN(L "X: a\r\n b\r\n\r\n"), HEAD_FOLDED },
	{ "r9112_5_2_folded_tab", SPAN(L "X: a\r\n\tb\r\n\r\n"), HEAD_FOLDED },
	{ "r9112_5_2_folded_end", SPAN(L "X: a\r\n \r\n\r\n"), HEAD_FOLDED },
	{ "r9112_2_2_space_before_first_field", SPAN(L " Host: h\r\n\r\n"), HEAD_FOLDED },
	{ "more_nothing", SPAN(""), HEAD_MORE },
	{ "more_cr", SPAN("\r"), HEAD_MORE },
	{ "more_method", SPAN("GE"), HEAD_MORE },
	{ "more_target", SPAN("GET http://h"), HEAD_MORE },
	{ "more_version", SPAN("GET / HTT"), HEAD_MORE },
	{ "more_version_end", SPAN("GET / HTTP/1.1"), HEAD_MORE },
	{ "more_start_cr", SPAN("GET / HTTP/1.1\r"), HEAD_MORE },
	{ "more_start", SPAN(L), HEAD_MORE },
	{ "more_name", SPAN(L "Hos"), HEAD_MORE },
	{ "more_colon", SPAN(L "Host:"), HEAD_MORE },
	{ "more_value", SPAN(L "Host: h"), HEAD_MORE },
	{ "more_value_cr", SPAN(L "Host: h\r"), HEAD_MORE },
	{ "more_line", SPAN(L H), HEAD_MORE },
	{ "more_last_cr", SPAN(L H "\r"), HEAD_MORE },
	{ "early_tls_hello", SPAN("\x16\x03\x01"), HEAD_CONTROL },
	{ "early_nul", SPAN(L "Host: \0"), HEAD_CONTROL },
};

START_TEST(parse_request)
{
	const struct head_case	*c = &requests[_i];
	struct head		 h;
	enum head_result	 r = head_parse_request(&h, c->text.p, c->text.n, 0, &test_limits,
	    &arena);

	ck_assert_msg(r == c->want, "%s: %s", c->name, head_text(r));
	if (r == HEAD_DONE)
		ck_assert_uint_eq(h.length, c->text.n);
}
END_TEST

/*
 * However the bytes are cut, the verdict is that of the whole: DONE at the last byte, or an error
 * of some kind.
 */
START_TEST(parse_request_in_pieces)
{
	const struct head_case	*c = &requests[_i];
	struct head		 h;
	enum head_result	 r;
	size_t			 n, step;

	for (step = 1; step < 9; step++) {
		size_t	 seen = 0;

		r = HEAD_MORE;
		for (n = step; r == HEAD_MORE && seen < c->text.n; n += step) {
			size_t	 have = n < c->text.n ? n : c->text.n;

			r = head_parse_request(&h, c->text.p, have, seen, &test_limits, &arena);
			seen = have;
		}
		ck_assert_msg((r > HEAD_MORE) == (c->want > HEAD_MORE), "%s in steps of %zu: %s",
		    c->name, step, head_text(r));
		if (r == HEAD_DONE)
			ck_assert_uint_eq(h.length, c->text.n);
	}
}
END_TEST

static const struct {
	struct span		 text;
	enum head_result	 want;
	unsigned		 status;
	const char		*reason;
} replies[] = {
	{ SPAN("HTTP/1.1 200 OK\r\n\r\n"), HEAD_DONE, 200, "OK" },
	{ SPAN("HTTP/1.0 404 Not Found\r\n\r\n"), HEAD_DONE, 404, "Not Found" },
	{ SPAN("HTTP/1.1 200 \r\n\r\n"), HEAD_DONE, 200, "" },
	{ SPAN("HTTP/1.1 200\r\n\r\n"), HEAD_DONE, 200, "" },
	{ SPAN("HTTP/1.1 999 caf\xe9\tx\r\n\r\n"), HEAD_DONE, 999, "caf\xe9\tx" },
	{ SPAN("HTTP/1.1 099 x\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("HTTP/1.1 20 OK\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("HTTP/1.1 2000 OK\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("HTTP/1.1 2x0 OK\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("HTTP/1.1 +20 OK\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("HTTP/1.1  200 OK\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("HTTP/1.1\t200 OK\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("HTTP/1.1\r\n\r\n"), HEAD_BAD_START, 0, "" },
	{ SPAN("\r\nHTTP/1.1 200 OK\r\n\r\n"), HEAD_BAD_VERSION, 0, "" },
	{ SPAN("ICY 200 OK\r\n\r\n"), HEAD_BAD_VERSION, 0, "" },
	{ SPAN("http/1.1 200 OK\r\n\r\n"), HEAD_BAD_VERSION, 0, "" },
	{ SPAN("HTTP/2.0 200 OK\r\n\r\n"), HEAD_VERSION_UNKNOWN, 0, "" },
	{ SPAN("HTTP/1.1 200 OK\n\r\n"), HEAD_BARE_LF, 0, "" },
	{ SPAN("HTTP/1.1 200 O\rK\r\n\r\n"), HEAD_BARE_CR, 0, "" },
	{ SPAN("HTTP/1.1 200 O\0K\r\n\r\n"), HEAD_CONTROL, 0, "" },
	{ SPAN("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"), HEAD_FOLDED, 0, "" },
	{ SPAN("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"), HEAD_DONE, 200, "OK" },
	{ SPAN("HTTP/1.1 200 OK\r\nA b: c\r\n\r\n"), HEAD_BAD_NAME, 0, "" },
	{ SPAN("HTTP/1.1 200 OK\r\nA \r\n\r\n"), HEAD_BAD_NAME, 0, "" },
	{ SPAN("HTTP/1.1 200 OK\r\n : b\r\n\r\n"), HEAD_FOLDED, 0, "" },
	{ SPAN("HTTP/1.1 20"), HEAD_MORE, 0, "" },
	{ SPAN("HTTP/1.1 200"), HEAD_MORE, 0, "" },
	{ SPAN("HTTP/1.1 200 "), HEAD_MORE, 0, "" },
	{ SPAN("HTTP/1"), HEAD_MORE, 0, "" },
};

START_TEST(r9112_4_status_line)
{
	struct head		 h;
	enum head_result	 r = head_parse_reply(&h, replies[_i].text.p, replies[_i].text.n, 0,
	    &test_limits, &arena);

	ck_assert_msg(r == replies[_i].want, "%s: %s", replies[_i].text.p, head_text(r));
	if (r != HEAD_DONE)
		return;
	ck_assert_uint_eq(h.status, replies[_i].status);
	ASSERT_SPAN(h.reason, replies[_i].reason);
}
END_TEST

/*
 * What a proxy removes; known names are known without it, and bytes that come one at a time change
 * nothing.
 */
START_TEST(r9112_5_1_reply_name_space)
{
	static const struct span text =
	    SPAN("HTTP/1.1 200 OK\r\nContent-Length : 2\r\nX-A\t \t:b\r\nVia: c\r\n\r\nok");
	struct head	 h;

	for (size_t seen = 0, n = 1; n < text.n; seen = n++) {
		enum head_result r = head_parse_reply(&h, text.p, n, seen, &test_limits, &arena);

		ck_assert_msg(r == (n < text.n - 2 ? HEAD_MORE : HEAD_DONE), "%zu bytes: %s", n,
		    head_text(r));
		if (r == HEAD_DONE)
			break;
	}
	ck_assert_uint_eq(h.n, 3);
	ASSERT_SPAN(h.fields[0].name, "Content-Length");
	ASSERT_SPAN(head_value(&h, FIELD_CONTENT_LENGTH), "2");
	ASSERT_SPAN(h.fields[1].name, "X-A");
	ASSERT_SPAN(h.fields[1].value, "b");
}
END_TEST

START_TEST(head_members)
{
	static const struct span text =
	    SPAN("\r\nPOST http://h/p?q HTTP/1.7\r\nHost:  h \t\r\nX-A:\r\nhOST: i\r\nX-B: 1\t2 3\r\n\r\nbody");
	struct head	 h;

	ck_assert_int_eq(head_parse_request(&h, text.p, text.n, 0, &test_limits, &arena),
	    HEAD_DONE);
	ck_assert_uint_eq(h.length, text.n - 4);
	ck_assert(h.request);
	ck_assert_int_eq(h.method, METHOD_POST);
	ASSERT_SPAN(h.method_text, "POST");
	ASSERT_SPAN(h.target, "http://h/p?q");
	ck_assert_uint_eq(h.major, 1);
	ck_assert_uint_eq(h.minor, 1);
	ck_assert_uint_eq(h.n, 4);
	ASSERT_SPAN(h.fields[0].value, "h");
	ASSERT_SPAN(h.fields[1].value, "");
	ck_assert_ptr_nonnull(h.fields[1].value.p);
	ASSERT_SPAN(h.fields[2].name, "hOST");
	ASSERT_SPAN(h.fields[3].value, "1\t2 3");
	ck_assert_ptr_eq(head_get(&h, FIELD_HOST), &h.fields[0]);
	ck_assert_ptr_eq(head_next(&h, &h.fields[0]), &h.fields[2]);
	ck_assert_ptr_null(head_next(&h, &h.fields[2]));
	ck_assert_ptr_null(head_get(&h, FIELD_DATE));
	ASSERT_SPAN(head_value(&h, FIELD_HOST), "h");
	ck_assert_ptr_null(head_value(&h, FIELD_DATE).p);
}
END_TEST

static const struct {
	size_t			 target, fields, value;		/* sizes of what is sent */
	struct head_limits	 limits;
	enum head_result	 want;
} limit_cases[] = {
	{ 100, 10, 10, { 65536, 8192, 100 }, HEAD_DONE },
	/* "GET " + 86 + " HTTP/1.1" are 99 */
	{ 86, 0, 0, { 65536, 99, 100 }, HEAD_DONE },
	{ 87, 0, 0, { 65536, 99, 100 }, HEAD_START_LONG },
	{ 9000, 0, 0, { 4096, 8192, 100 }, HEAD_START_LONG },
	{ 1, 100, 10, { 65536, 8192, 100 }, HEAD_DONE },
	{ 1, 101, 10, { 65536, 8192, 100 }, HEAD_MANY_FIELDS },
	{ 1, 200, 10, { 65536, 8192, 100 }, HEAD_MANY_FIELDS },
	{ 1, 1, 9000, { 8192, 8192, 100 }, HEAD_LONG },
	{ 1, 0, 0, { 16, 8192, 100 }, HEAD_LONG },
	{ 1, 0, 0, { 18, 8192, 100 }, HEAD_DONE },
	{ 1, 0, 0, { 17, 8192, 100 }, HEAD_LONG },
	{ 1, 500, 10, { 65536, 8192, 1000 }, HEAD_DONE },
};

START_TEST(r9112_3_limits)
{
	static char		 text[65536];
	struct head		 h;
	enum head_result	 r = HEAD_MORE;
	size_t			 n = 0, seen;

	n += (size_t)sprintf(text, "GET /");
	memset(text + n, 'a', limit_cases[_i].target - 1);
	n += limit_cases[_i].target - 1;
	n += (size_t)sprintf(text + n, " HTTP/1.1\r\n");
	for (size_t i = 0; i < limit_cases[_i].fields; i++) {
		n += (size_t)sprintf(text + n, "X-%zu: ", i);
		memset(text + n, 'v', limit_cases[_i].value);
		n += limit_cases[_i].value;
		n += (size_t)sprintf(text + n, "\r\n");
	}
	n += (size_t)sprintf(text + n, "\r\n");
	ck_assert_int_eq(head_parse_request(&h, text, n, 0, &limit_cases[_i].limits, &arena),
	    limit_cases[_i].want);
	for (seen = 0; r == HEAD_MORE && seen < n; seen++)
		r = head_parse_request(&h, text, seen + 1, seen, &limit_cases[_i].limits, &arena);
	ck_assert_msg(r == limit_cases[_i].want, "byte by byte: %s", head_text(r));
	ck_assert(r != HEAD_DONE || h.n == limit_cases[_i].fields);
}
END_TEST

START_TEST(head_no_memory)
{
	struct arena	 small;
	struct head	 h;

	arena_init(&small, 512);
	ck_assert_int_eq(head_parse_request(&h, L H "\r\n", 27, 0, &test_limits, &small),
	    HEAD_NO_MEMORY);
	ck_assert_uint_eq(head_status(HEAD_NO_MEMORY), 431);
	arena_reset(&small);
}
END_TEST

static const struct {
	struct span		 text;
	enum head_result	 want;
	unsigned		 n;
	size_t			 length;
} sections[] = {
	{ SPAN(""), HEAD_DONE, 0, 0 },
	{ SPAN("\r\n"), HEAD_DONE, 0, 2 },
	{ SPAN("A: b\r\n\r\nrest"), HEAD_DONE, 1, 8 },
	{ SPAN("A: b\r\nC: d\r\n"), HEAD_DONE, 2, 12 },
	{ SPAN("A: b\r\nC: d"), HEAD_MORE, 1, 0 },
	{ SPAN("A: b\r\nC"), HEAD_MORE, 1, 0 },
	{ SPAN("A: b\r\n\r"), HEAD_MORE, 1, 0 },
	{ SPAN("A: b\n"), HEAD_BARE_LF, 0, 0 },
	{ SPAN("A: b\r\n c\r\n"), HEAD_FOLDED, 1, 0 },
	{ SPAN("A b\r\n"), HEAD_BAD_NAME, 0, 0 },
};

START_TEST(r9112_7_1_2_sections)
{
	struct head		 h;
	enum head_result	 r = head_parse_fields(&h, sections[_i].text.p, sections[_i].text.n,
	    &test_limits, &arena);

	ck_assert_msg(r == sections[_i].want, "\"%s\": %s", sections[_i].text.p, head_text(r));
	ck_assert_uint_eq(h.n, sections[_i].n);
	ck_assert_uint_eq(h.length, sections[_i].length);
}
END_TEST

START_TEST(head_editing)
{
	struct head	 h;

	test_make(&h, "GET / HTTP/1.1", "Via: 1.1 a\nX-One: 1\nVia: 1.1 b\nx-one: 2\nAccept: x\n",
	    &arena);
	ASSERT_SPAN(head_joined(&h, SPAN("via"), &arena), "1.1 a, 1.1 b");
	ASSERT_SPAN(head_joined(&h, SPAN("X-ONE"), &arena), "1, 2");
	ASSERT_SPAN(head_joined(&h, SPAN("accept"), &arena), "x");
	ck_assert_ptr_null(head_joined(&h, SPAN("nothing"), &arena).p);
	ck_assert(head_add(&h, SPAN("Via"), SPAN("1.1 c"), &arena));
	ASSERT_SPAN(head_joined(&h, SPAN("Via"), &arena), "1.1 a, 1.1 b, 1.1 c");
	head_remove(&h, FIELD_VIA);
	ck_assert_ptr_null(head_get(&h, FIELD_VIA));
	ck_assert_ptr_null(head_find(&h, SPAN("Via"), NULL));
	ck_assert(head_add(&h, SPAN("via"), SPAN("1.1 d"), &arena));
	ASSERT_SPAN(head_joined(&h, SPAN("Via"), &arena), "1.1 d");
	head_remove_name(&h, SPAN("x-One"));
	ck_assert_ptr_null(head_find(&h, SPAN("X-One"), NULL));
	head_remove_name(&h, SPAN("ACCEPT"));
	ck_assert_ptr_null(head_get(&h, FIELD_ACCEPT));
	for (int i = 0; i < 100; i++)
		ck_assert(head_add(&h, SPAN("X-Many"), SPAN("v"), &arena));
	ck_assert_uint_eq(h.n, 107);
	ASSERT_SPAN(head_value(&h, FIELD_VIA), "1.1 d");
}
END_TEST

/*
 * Whatever stands together in the message: what goes out is what head_put would write, field by
 * field.
 */
START_TEST(head_put_fields_as_one_by_one)
{
	static const char	*const texts[] = {
	    "HTTP/1.1 200 OK\r\nA: 1\r\nServer: s\r\nAge: 5\r\nB: 2\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nA:1\r\nB: 2\r\nC:  3\r\nD: 4 \r\nE:\t5\r\nF: 6\r\nG: \r\nH:\r\nI: 9\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nServer :x\r\nServer : x\r\nB: 2\r\nAge: 1\r\nAge: 2\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nAge: 1\r\nAge: 2\r\n\r\n",
	    "HTTP/1.1 200 OK\r\n\r\n" };
	static const uint8_t	 skip[FIELD_COUNT] = { [FIELD_AGE] = 1, [FIELD_SERVER] = 2 };
	struct head_limits	 lim = { 1000, 1000, 100 };
	struct head		 h;
	struct sb		 want, got;

	for (unsigned i = 0; i < COUNT_OF(texts); i++)
		for (unsigned which = 0; which < 4; which++)
			for (unsigned change = 0; change < 12; change++) {
				ck_assert_int_eq(head_parse_reply(&h, texts[i], strlen(texts[i]), 0,
				    &lim, &arena), HEAD_DONE);
				if (change < h.n)
					h.fields[change].gone = true;
				else if (change == 10 && h.n > 0) {
					h.fields[0].value = SPAN("other");
					h.fields[0].line = false;
				} else if (change == 11) {
					ck_assert(head_add(&h, SPAN("X-New"), SPAN("y"), &arena));
				}
				sb_heap(&want, 4096);
				sb_heap(&got, 4096);
				for (unsigned n = 0; n < h.n; n++)
					if (!h.fields[n].gone && !(skip[h.fields[n].id] & which))
						head_put(&want, h.fields[n].name,
						    h.fields[n].value);
				head_put_fields(&got, &h, skip, which);
				ck_assert_uint_eq(want.n, got.n);
				ck_assert(span_eq(sb_done(&want), sb_done(&got)));
				sb_free(&want);
				sb_free(&got);
			}
}
END_TEST

static const struct {
	const char	*lines, *token;
	bool		 want;
} token_cases[] = {
	{ "Connection: close\n", "close", true },
	{ "Connection: CLOSE\n", "close", true },
	{ "Connection: keep-alive, Close\n", "close", true },
	{ "Connection: keep-alive\nConnection: close\n", "close", true },
	{ "Connection: close;x=1\n", "close", true },
	{ "Connection: ,,close,,\n", "close", true },
	{ "Connection: \"close\"\n", "close", false },
	{ "Connection: \"a, close\"\n", "close", false },
	{ "Connection: closed\n", "close", false },
	{ "Connection: xclose, clos\n", "close", false },
	{ "Connection:\n", "close", false },
	{ "X-Connection: close\n", "close", false },
};

START_TEST(r9110_7_6_1_tokens)
{
	struct head	 h;

	test_make(&h, "GET / HTTP/1.1", token_cases[_i].lines, &arena);
	ck_assert_msg(head_has_token(&h, FIELD_CONNECTION,
	    span_of(token_cases[_i].token)) == token_cases[_i].want, "%s", token_cases[_i].lines);
}
END_TEST

static const struct {
	const char	*lines, *left;		/* names, each with a blank behind it */
} hop_cases[] = {
	{ "Host: h\nConnection: close\n", "Host " },
	{ "Host: h\nConnection: x-a, X-B\nX-A: 1\nX-B: 2\nX-C: 3\nx-a: 4\n", "Host X-C " },
	{ "Connection: keep-alive\nKeep-Alive: 5\nProxy-Connection: x\nTE: trailers\nUpgrade: h2c\nA: b\n", "A " },
	{ "Transfer-Encoding: chunked\nTrailer: X\n", "Trailer " },
	{ "Connection: Host, Content-Length, Cache-Control, Authorization, Via, Date, Age\nHost: h\nContent-Length: 1\n"
	    "Cache-Control: no-store\nAuthorization: x\nVia: v\nDate: d\nAge: 1\n",
	    "Host Content-Length Cache-Control Authorization Via Date Age " },
	{ "Connection: Cookie\nCookie: a\nReferer: b\n", "Referer " },
	{ "Connection: Connection\nConnection: X-A\nX-A: 1\nX-B: 2\n", "X-B " },
	{ "Connection: X-A\nConnection: close\nConnection: X-B\nX-A: 1\nX-B: 2\nA: 3\n", "A " },
	{ "X-A: 1\n", "X-A " },
};

START_TEST(r9110_7_6_1_hop_by_hop)
{
	char		 left[256];
	struct head	 h;
	size_t		 n = 0;

	test_make(&h, "GET / HTTP/1.1", hop_cases[_i].lines, &arena);
	head_remove_hop(&h);
	left[0] = '\0';
	for (unsigned i = 0; i < h.n; i++)
		if (!h.fields[i].gone)
			n += (size_t)snprintf(left + n, sizeof left - n, "%.*s ",
			    SPAN_ARG(h.fields[i].name));
	ck_assert_str_eq(left, hop_cases[_i].left);
}
END_TEST

START_TEST(r9110_7_6_1_trailers_of_this_hop)
{
	struct head	 h;

	test_make(&h, "GET / HTTP/1.1", "Connection: a, X-Hop\nX: y\nconnection: B\n", &arena);
	for (int i = 0; i < 2; i++) {
		ck_assert(head_connection_names(&h, SPAN("x-hop")) &&
		    head_connection_names(&h, SPAN("b")));
		ck_assert(!head_connection_names(&h, SPAN("X")) &&
		    !head_connection_names(&h, SPAN("X-Ho")));
		head_remove_hop(&h);
	}
}
END_TEST

static const struct {
	const char	*name;
	enum method	 method;
	bool		 safe, idempotent;
} methods[] = {
	{ "GET", METHOD_GET, true, true }, { "HEAD", METHOD_HEAD, true, true },
	{ "POST", METHOD_POST, false, false }, { "PUT", METHOD_PUT, false, true },
	{ "DELETE", METHOD_DELETE, false, true }, { "CONNECT", METHOD_CONNECT, false, false },
	{ "OPTIONS", METHOD_OPTIONS, true, true }, { "TRACE", METHOD_TRACE, true, true },
	{ "PATCH", METHOD_PATCH, false, false }, { "PURGE", METHOD_PURGE, false, false },
	{ "PRI", METHOD_PRI, false, false }, { "get", METHOD_OTHER, false, false },
	{ "Get", METHOD_OTHER, false, false }, { "GETS", METHOD_OTHER, false, false },
	{ "", METHOD_OTHER, false, false }, { "PROPFIND", METHOD_OTHER, false, false },
	{ "CONNECTX", METHOD_OTHER, false, false }, { "PXT", METHOD_OTHER, false, false },
	{ "TRAC3", METHOD_OTHER, false, false }, { "PUTSH", METHOD_OTHER, false, false },
};

START_TEST(r9110_9_1_methods)
{
	enum method	 m = method_lookup(span_of(methods[_i].name));

	ck_assert_int_eq(m, methods[_i].method);
	ck_assert_int_eq(method_safe(m), methods[_i].safe);
	ck_assert_int_eq(method_idempotent(m), methods[_i].idempotent);
}
END_TEST

START_TEST(head_texts)
{
	for (int r = HEAD_DONE; r <= HEAD_NO_MEMORY; r++) {
		ck_assert_ptr_nonnull(head_text((enum head_result)r));
		ck_assert_int_eq(head_status((enum head_result)r) >= 400, r >= HEAD_BAD_START);
	}
	ck_assert_uint_eq(head_status(HEAD_VERSION_UNKNOWN), 505);
	ck_assert_uint_eq(head_status(HEAD_START_LONG), 414);
}
END_TEST

TCase *
test_head(void)
{
	TCase	*t = tcase_create("head");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, parse_request, 0, COUNT_OF(requests));
	tcase_add_loop_test(t, parse_request_in_pieces, 0, COUNT_OF(requests));
	tcase_add_loop_test(t, r9112_4_status_line, 0, COUNT_OF(replies));
	tcase_add_test(t, r9112_5_1_reply_name_space);
	tcase_add_test(t, head_members);
	tcase_add_loop_test(t, r9112_3_limits, 0, COUNT_OF(limit_cases));
	tcase_add_test(t, head_no_memory);
	tcase_add_loop_test(t, r9112_7_1_2_sections, 0, COUNT_OF(sections));
	tcase_add_test(t, head_editing);
	tcase_add_test(t, head_put_fields_as_one_by_one);
	tcase_add_loop_test(t, r9110_7_6_1_tokens, 0, COUNT_OF(token_cases));
	tcase_add_loop_test(t, r9110_7_6_1_hop_by_hop, 0, COUNT_OF(hop_cases));
	tcase_add_test(t, r9110_7_6_1_trailers_of_this_hop);
	tcase_add_loop_test(t, r9110_9_1_methods, 0, COUNT_OF(methods));
	tcase_add_test(t, head_texts);
	return t;
}
