/* SPDX-License-Identifier: Apache-2.0 */
/* Message framing: every way to say a length twice. */
#include "test_http.h"

#include "base/must.h"
#include "http/framing.h"

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

static const struct {
	const char		*name, *lines;
	enum framing_result	 want;
	enum framing_kind	 kind;
	uint64_t		 length;
} cases[] = {
	{ "r9112_6_3_none", "", FRAMING_OK, FRAMING_NONE, 0 },
	{ "r9110_8_6_length", "Content-Length: 42\n", FRAMING_OK, FRAMING_LENGTH, 42 },
	{ "r9110_8_6_zero", "Content-Length: 0\n", FRAMING_OK, FRAMING_LENGTH, 0 },
	{ "r9110_8_6_leading_zeros", "Content-Length: 0042\n", FRAMING_OK, FRAMING_LENGTH, 42 },
	{ "r9110_8_6_largest", "Content-Length: 9223372036854775807\n", FRAMING_OK, FRAMING_LENGTH,
	    INT64_MAX },
	{ "r9110_8_6_too_large", "Content-Length: 9223372036854775808\n", FRAMING_BAD_LENGTH, 0,
	    0 },
	{ "r9110_8_6_wraps", "Content-Length: 18446744073709551617\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_wraps_far", "Content-Length: 340282366920938463463374607431768211457\n",
	    FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_equal_list", "Content-Length: 42, 42\n", FRAMING_OK, FRAMING_LENGTH, 42 },
	{ "r9110_8_6_equal_fields", "Content-Length: 42\nContent-Length: 42\n", FRAMING_OK,
	    FRAMING_LENGTH, 42 },
	{ "r9110_8_6_unequal_list", "Content-Length: 42, 43\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_unequal_fields", "Content-Length: 42\nContent-Length: 43\n",
	    FRAMING_LENGTHS_DIFFER, 0, 0 },
	{ "r9110_8_6_second_bad", "Content-Length: 42\nContent-Length: x\n", FRAMING_BAD_LENGTH, 0,
	    0 },
	{ "r9110_8_6_second_empty", "Content-Length: 42\nContent-Length:\n", FRAMING_BAD_LENGTH, 0,
	    0 },
	{ "r9110_8_6_empty", "Content-Length:\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_blank", "Content-Length: \t \n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_empty_element", "Content-Length: 42,\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_empty_first", "Content-Length: ,42\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_plus", "Content-Length: +42\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_minus", "Content-Length: -1\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_hex", "Content-Length: 0x2a\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_fraction", "Content-Length: 42.0\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_exponent", "Content-Length: 4e1\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_inner_space", "Content-Length: 4 2\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_quoted", "Content-Length: \"42\"\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_underscore", "Content-Length: 4_2\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_non_ascii_digit", "Content-Length: \xd9\xa4\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_semicolon", "Content-Length: 42;q=1\n", FRAMING_BAD_LENGTH, 0, 0 },
	{ "r9110_8_6_other_name", "Content_Length: 42\n", FRAMING_OK, FRAMING_NONE, 0 },
	{ "r9112_6_1_chunked", "Transfer-Encoding: chunked\n", FRAMING_OK, FRAMING_CHUNKED, 0 },
	{ "r9112_6_1_case", "transfer-encoding: CHUNKed\n", FRAMING_OK, FRAMING_CHUNKED, 0 },
	{ "r9112_6_1_white_space", "Transfer-Encoding: \t chunked \t\n", FRAMING_OK,
	    FRAMING_CHUNKED, 0 },
	{ "r9112_6_1_twice", "Transfer-Encoding: chunked, chunked\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_twice_fields", "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n",
	    FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_not_last", "Transfer-Encoding: chunked, gzip\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_not_last_fields", "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n",
	    FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_gzip_chunked", "Transfer-Encoding: gzip, chunked\n", FRAMING_UNKNOWN_CODING, 0,
	    0 },
	{ "r9112_6_1_gzip_then_chunked", "Transfer-Encoding: gzip\nTransfer-Encoding: chunked\n",
	    FRAMING_UNKNOWN_CODING, 0, 0 },
	{ "r9112_6_1_identity", "Transfer-Encoding: identity\n", FRAMING_UNKNOWN_CODING, 0, 0 },
	{ "r9112_6_1_xchunked", "Transfer-Encoding: xchunked\n", FRAMING_UNKNOWN_CODING, 0, 0 },
	{ "r9112_6_1_chunkedx", "Transfer-Encoding: chunkedx\n", FRAMING_UNKNOWN_CODING, 0, 0 },
	{ "r9112_6_1_cow", "Transfer-Encoding: cow\n", FRAMING_UNKNOWN_CODING, 0, 0 },
	{ "r9112_6_1_empty", "Transfer-Encoding:\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_empty_then_chunked", "Transfer-Encoding:\nTransfer-Encoding: chunked\n",
	    FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_chunked_then_empty", "Transfer-Encoding: chunked\nTransfer-Encoding:\n",
	    FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_empty_element", "Transfer-Encoding: ,chunked\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_empty_last", "Transfer-Encoding: chunked,\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_quoted", "Transfer-Encoding: \"chunked\"\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_single_quoted", "Transfer-Encoding: 'chunked'\n", FRAMING_UNKNOWN_CODING, 0,
	    0 },
	{ "r9112_6_1_two_words", "Transfer-Encoding: chunked chunked\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_colon", "Transfer-Encoding: : chunked\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_non_ascii", "Transfer-Encoding: chunked\xa0\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_1_inner_tab", "Transfer-Encoding: chun\tked\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_7_1_parameter", "Transfer-Encoding: chunked;q=1\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_7_empty_parameter", "Transfer-Encoding: chunked;\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_7_hidden", "Transfer-Encoding: x;a=\"b, chunked\"\n", FRAMING_NOT_LAST, 0, 0 },
	{ "r9112_6_3_both", "Content-Length: 5\nTransfer-Encoding: chunked\n", FRAMING_BOTH, 0, 0 },
	{ "r9112_6_3_both_other_order", "Transfer-Encoding: chunked\nContent-Length: 5\n",
	    FRAMING_BOTH, 0, 0 },
	{ "r9112_6_3_both_unknown", "Transfer-Encoding: xchunked\nContent-Length: 5\n",
	    FRAMING_BOTH, 0, 0 },
	{ "r9112_6_3_both_bad_length", "Transfer-Encoding: chunked\nContent-Length: x\n",
	    FRAMING_BOTH, 0, 0 },
	{ "r9112_6_3_both_empty", "Transfer-Encoding:\nContent-Length: 5\n", FRAMING_BOTH, 0, 0 },
};

START_TEST(request)
{
	struct head		 h;
	struct framing		 f;
	enum framing_result	 r;

	test_make(&h, "POST / HTTP/1.1", cases[_i].lines, &arena);
	r = framing_request(&h, &f);
	ck_assert_msg(r == cases[_i].want, "%s: %s", cases[_i].name, framing_text(r));
	ck_assert_int_eq(framing_status(r) == 0, r == FRAMING_OK);
	if (r != FRAMING_OK)
		return;
	ck_assert_msg(f.kind == cases[_i].kind, "%s: kind %d", cases[_i].name, (int)f.kind);
	ck_assert_uint_eq(f.length, cases[_i].length);
}
END_TEST

START_TEST(reply)
{
	struct head		 h;
	struct framing		 f;
	enum framing_result	 r;

	test_make(&h, "HTTP/1.1 200 OK", cases[_i].lines, &arena);
	r = framing_reply(&h, METHOD_GET, &f);
	ck_assert_msg(r == cases[_i].want, "%s: %s", cases[_i].name, framing_text(r));
	if (r == FRAMING_OK)
		ck_assert_int_eq(f.kind, cases[_i].kind == FRAMING_NONE ? FRAMING_CLOSE :
		    cases[_i].kind);
}
END_TEST

START_TEST(r9112_6_1_http_1_0)
{
	struct head	 h;
	struct framing	 f;

	test_make(&h, "POST / HTTP/1.0", "Transfer-Encoding: chunked\n", &arena);
	ck_assert_int_eq(framing_request(&h, &f), FRAMING_OLD_CODING);
	test_make(&h, "HTTP/1.0 200 OK", "Transfer-Encoding: chunked\n", &arena);
	ck_assert_int_eq(framing_reply(&h, METHOD_GET, &f), FRAMING_OLD_CODING);
	test_make(&h, "POST / HTTP/1.0", "Transfer-Encoding: chunked\nContent-Length: 3\n", &arena);
	ck_assert_int_eq(framing_request(&h, &f), FRAMING_BOTH);
	ck_assert_uint_eq(framing_status(FRAMING_OLD_CODING), 400);
	ck_assert_uint_eq(framing_status(FRAMING_UNKNOWN_CODING), 501);
}
END_TEST

static const struct {
	const char		*start, *lines;
	enum method		 method;
	enum framing_kind	 kind;
} bodies[] = {
	{ "HTTP/1.1 100 Continue", "Content-Length: 5\n", METHOD_GET, FRAMING_NONE },
	{ "HTTP/1.1 103 Early Hints", "", METHOD_GET, FRAMING_NONE },
	{ "HTTP/1.1 101 Switching Protocols", "", METHOD_GET, FRAMING_UPGRADED },
	{ "HTTP/1.1 204 No Content", "Content-Length: 5\n", METHOD_GET, FRAMING_NONE },
	{ "HTTP/1.1 204 No Content", "Transfer-Encoding: chunked\n", METHOD_GET, FRAMING_NONE },
	{ "HTTP/1.1 304 Not Modified", "Content-Length: 500\n", METHOD_GET, FRAMING_NONE },
	{ "HTTP/1.1 200 OK", "Content-Length: 500\n", METHOD_HEAD, FRAMING_NONE },
	{ "HTTP/1.1 200 OK", "Transfer-Encoding: chunked\n", METHOD_HEAD, FRAMING_NONE },
	{ "HTTP/1.1 200 OK", "", METHOD_HEAD, FRAMING_NONE },
	{ "HTTP/1.1 200 OK", "Content-Length: 5\n", METHOD_CONNECT, FRAMING_UPGRADED },
	{ "HTTP/1.1 299 OK", "Transfer-Encoding: chunked\n", METHOD_CONNECT, FRAMING_UPGRADED },
	{ "HTTP/1.1 407 No", "Content-Length: 5\n", METHOD_CONNECT, FRAMING_LENGTH },
	{ "HTTP/1.1 205 Reset Content", "Content-Length: 0\n", METHOD_GET, FRAMING_LENGTH },
	{ "HTTP/1.0 200 OK", "", METHOD_GET, FRAMING_CLOSE },
	{ "HTTP/1.1 404 No", "", METHOD_POST, FRAMING_CLOSE },
};

START_TEST(r9112_6_3_bodies)
{
	struct head	 h;
	struct framing	 f;

	test_make(&h, bodies[_i].start, bodies[_i].lines, &arena);
	ck_assert_int_eq(framing_reply(&h, bodies[_i].method, &f), FRAMING_OK);
	ck_assert_msg(f.kind == bodies[_i].kind, "%s %s: %d", bodies[_i].start, bodies[_i].lines,
	    (int)f.kind);
}
END_TEST

static const struct {
	const char	*start, *lines;
	bool		 want;
} persistence[] = {
	{ "GET / HTTP/1.1", "", true },
	{ "GET / HTTP/1.1", "Connection: close\n", false },
	{ "GET / HTTP/1.1", "Connection: keep-alive, close\n", false },
	{ "GET / HTTP/1.1", "Connection: keep-alive\n", true },
	{ "GET / HTTP/1.1", "Proxy-Connection: close\n", false },
	{ "GET / HTTP/1.1", "Proxy-Connection: keep-alive\n", true },
	{ "GET / HTTP/1.1", "Connection: keep-alive\nProxy-Connection: close\n", true },
	{ "GET / HTTP/1.0", "", false },
	{ "GET / HTTP/1.0", "Connection: Keep-Alive\n", true },
	{ "GET / HTTP/1.0", "Connection: keep-alive, close\n", false },
	{ "GET / HTTP/1.0", "Proxy-Connection: keep-alive\n", true },
	{ "GET / HTTP/1.0", "Connection: close\nProxy-Connection: keep-alive\n", false },
	{ "HTTP/1.0 200 OK", "Proxy-Connection: keep-alive\n", false },
	{ "HTTP/1.0 200 OK", "Connection: keep-alive\n", true },
	{ "HTTP/1.1 200 OK", "", true },
	{ "HTTP/1.1 200 OK", "Proxy-Connection: close\n", true },
	{ "HTTP/1.1 200 OK", "Connection: upgrade\nConnection: close\n", false },
};

START_TEST(r9112_9_3_persistence)
{
	struct head	 h;

	test_make(&h, persistence[_i].start, persistence[_i].lines, &arena);
	ck_assert_msg(framing_persistent(&h) == persistence[_i].want, "%s %s",
	    persistence[_i].start, persistence[_i].lines);
}
END_TEST

static const struct {
	const char	*lines;
	bool		 told;
	uint64_t	 want;
} lengths[] = {
	{ "", false, 0 },
	{ "Content-Length: 5\n", true, 5 },
	{ "Content-Length: 5, 5\nContent-Length: 05\n", true, 5 },
	{ "Content-Length: 5\nContent-Length: 6\n", false, 0 },
	{ "Content-Length: five\n", false, 0 },
	{ "Content-Length: 9223372036854775808\n", false, 0 },
};

START_TEST(r9110_8_6_told_length)
{
	struct head	 h;
	uint64_t	 n = 0;

	test_make(&h, "HTTP/1.1 200 OK", lengths[_i].lines, &arena);
	ck_assert_msg(framing_length(&h, &n) == lengths[_i].told, "%s", lengths[_i].lines);
	ck_assert_uint_eq(n, lengths[_i].want);
}
END_TEST

TCase *
test_framing(void)
{
	TCase	*t = tcase_create("framing");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, request, 0, COUNT_OF(cases));
	tcase_add_loop_test(t, reply, 0, COUNT_OF(cases));
	tcase_add_test(t, r9112_6_1_http_1_0);
	tcase_add_loop_test(t, r9112_6_3_bodies, 0, COUNT_OF(bodies));
	tcase_add_loop_test(t, r9112_9_3_persistence, 0, COUNT_OF(persistence));
	tcase_add_loop_test(t, r9110_8_6_told_length, 0, COUNT_OF(lengths));
	return t;
}
