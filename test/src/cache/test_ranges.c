/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges (RFC 9110, 14; RFC 9111, 3.3 and 3.4), range_offset_limit, quick_abort. */
#include "cache/byterange.h"
#include "cache/fetchrule.h"
#include "cache/partial.h"
#include "cache/rangereply.h"
#include "given.h"

/* want: "a-b,c-d" for PARTS. */
static const struct range_case {
	const char		*value;
	uint64_t		 size;
	enum byterange_result	 result;
	const char		*want;
} range_cases[] = {
	{ "bytes=0-499", 10000, BYTERANGE_PARTS, "0-499" },
	{ "bytes=500-999", 10000, BYTERANGE_PARTS, "500-999" },
	{ "bytes=-500", 10000, BYTERANGE_PARTS, "9500-9999" },
	{ "bytes=9500-", 10000, BYTERANGE_PARTS, "9500-9999" },
	{ "bytes=0-0,-1", 10000, BYTERANGE_PARTS, "0-0,9999-9999" },
	{ "bytes=0-", 10000, BYTERANGE_PARTS, "0-9999" },
	{ "bytes=0-9999", 10000, BYTERANGE_PARTS, "0-9999" },
	{ "bytes=0-99999", 10000, BYTERANGE_PARTS, "0-9999" },
	{ "bytes=-10000", 10000, BYTERANGE_PARTS, "0-9999" },
	{ "bytes=-20000", 10000, BYTERANGE_PARTS, "0-9999" },
	{ "Bytes=1-2", 10, BYTERANGE_PARTS, "1-2" },
	{ "bytes= 1-2 , 5-6", 10, BYTERANGE_PARTS, "1-2,5-6" },
	{ "bytes=1-2,,5-6,", 10, BYTERANGE_PARTS, "1-2,5-6" },
	{ "bytes=5-6,1-2", 10, BYTERANGE_PARTS, "5-6,1-2" },
	{ "bytes=0-1,2-3", 10, BYTERANGE_PARTS, "0-3" },
	{ "bytes=0-5,3-8", 10, BYTERANGE_PARTS, "0-8" },
	{ "bytes=7-8,0-5,5-7", 10, BYTERANGE_WHOLE, "" },		/* three that overlap */
	{ "bytes=0-,0-,0-,0-,0-", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=0-4,5-9", 10, BYTERANGE_WHOLE, "" },			/* all of it */
	{ "bytes=1-2,20-30", 10, BYTERANGE_PARTS, "1-2" },
	{ "bytes=10-", 10, BYTERANGE_UNSATISFIABLE, "" },
	{ "bytes=10-20,30-", 10, BYTERANGE_UNSATISFIABLE, "" },
	{ "bytes=-0", 10, BYTERANGE_UNSATISFIABLE, "" },
	{ "bytes=0-0,-0", 10, BYTERANGE_PARTS, "0-0" },
	{ "bytes=0-", 0, BYTERANGE_UNSATISFIABLE, "" },
	{ "bytes=-5", 0, BYTERANGE_WHOLE, "" },
	{ "bytes=99999999999999999999999-", 10, BYTERANGE_UNSATISFIABLE, "" },
	{ "bytes=0-99999999999999999999999", 10, BYTERANGE_PARTS, "0-9" },
	{ "bytes=-99999999999999999999999", 10, BYTERANGE_PARTS, "0-9" },
	{ "bytes=2-1", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=0-1,2-1", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=,", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=-", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=a-b", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=1", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=1-2-3", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=1 -2", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=+1-2", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=--1", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=0x1-2", 10, BYTERANGE_WHOLE, "" },
	{ "bytes 1-2", 10, BYTERANGE_WHOLE, "" },
	{ "bytes =1-2", 10, BYTERANGE_WHOLE, "" },
	{ "seconds=1-2", 10, BYTERANGE_WHOLE, "" },
	{ "1-2", 10, BYTERANGE_WHOLE, "" },
	{ "", 10, BYTERANGE_WHOLE, "" },
	{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,32-32,34-34,36-36,38-38,"
	    "40-40,42-42,44-44,46-46,48-48,50-50,52-52,54-54,56-56,58-58,60-60,62-62,64-64", 100,
	    BYTERANGE_WHOLE, "" },
};

START_TEST(rfc9110_14_1_2_byte_ranges)
{
	const struct range_case	*c = &range_cases[_i];
	struct byteranges	 b;
	enum byterange_result	 r = byterange_parse(span_of(c->value), c->size, &b);
	char			 text[256];
	struct sb		 s;

	ck_assert_msg(r == c->result, "%s: %d", c->value, (int)r);
	if (r != BYTERANGE_PARTS)
		return;
	sb_fixed(&s, text, sizeof text);
	for (unsigned i = 0; i < b.n; i++)
		sb_printf(&s, "%s%llu-%llu", i > 0 ? "," : "", (unsigned long long)b.r[i].first,
		    (unsigned long long)b.r[i].last);
	ck_assert_msg(span_is(sb_done(&s), c->want), "%s: %.*s", c->value, SPAN_ARG(sb_done(&s)));
}
END_TEST

static const struct if_case { const char *clause, *request, *stored; bool parts; } if_cases[] = {
	{ "no If-Range", "Range: bytes=0-1", "ETag: \"a\"", true },
	{ "strong", "Range: bytes=0-1\nIf-Range: \"a\"", "ETag: \"a\"", true },
	{ "another", "Range: bytes=0-1\nIf-Range: \"b\"", "ETag: \"a\"", false },
	{ "weak asked", "Range: bytes=0-1\nIf-Range: W/\"a\"", "ETag: \"a\"", false },
	{ "weak stored", "Range: bytes=0-1\nIf-Range: \"a\"", "ETag: W/\"a\"", false },
	{ "both weak", "Range: bytes=0-1\nIf-Range: W/\"a\"", "ETag: W/\"a\"", false },
	{ "no tag stored", "Range: bytes=0-1\nIf-Range: \"a\"", "Last-Modified: @-5", false },
	{ "date", "Range: bytes=0-1\nIf-Range: @-5", "Date: @0\nLast-Modified: @-5", true },
	{ "date, not exactly", "Range: bytes=0-1\nIf-Range: @0", "Date: @0\nLast-Modified: @-5",
	    false },
	{ "date, weak", "Range: bytes=0-1\nIf-Range: @0", "Date: @0\nLast-Modified: @0", false },
	{ "date, no Date", "Range: bytes=0-1\nIf-Range: @-5", "Last-Modified: @-5", false },
	{ "malformed", "Range: bytes=0-1\nIf-Range: a", "ETag: \"a\"", false },
	{ "list", "Range: bytes=0-1\nIf-Range: \"a\", \"b\"", "ETag: \"a\"", false },
	{ "twice", "Range: bytes=0-1\nIf-Range: \"a\"\nIf-Range: \"a\"", "ETag: \"a\"", false },
	{ "two Ranges", "Range: bytes=0-1\nRange: bytes=3-4", "ETag: \"a\"", false },
	{ "no Range", "If-Range: \"a\"", "ETag: \"a\"", false },
};

START_TEST(rfc9110_13_1_5_if_range)
{
	const struct if_case	*c = &if_cases[_i];
	struct given		 g;
	struct byteranges	 b;

	given_start(&g);
	given_request(&g, "GET", c->request);
	given_reply(&g, 200, c->stored, T0);
	ck_assert_msg((byterange_request(&g.req, &g.at, 10, &b) == BYTERANGE_PARTS) == c->parts,
	    "%s", c->clause);
	given_request(&g, "HEAD", c->request);		/* 14.2: GET only */
	ck_assert_int_eq(byterange_request(&g.req, &g.at, 10, &b), BYTERANGE_WHOLE);
	given_request(&g, "GET", c->request);
	given_reply(&g, 404, c->stored, T0);
	ck_assert_int_eq(byterange_request(&g.req, &g.at, 10, &b), BYTERANGE_WHOLE);
	given_end(&g);
}
END_TEST

static const uint8_t	 dice[12] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 0, 0,
    0xff };

/* Sends a range reply of a body in full. */
static struct span
send_all(struct rangereply *g, struct span body, char *to, size_t cap)
{
	struct sb	 out;
	struct byterange part;

	sb_fixed(&out, to, cap);
	while (rangereply_next(g, &out, &part))
		sb_add(&out, body.p + part.first, part.last - part.first + 1);
	ck_assert(!rangereply_next(g, &out, &part));	/* the end stays the end */
	ck_assert(sb_ok(&out));
	return sb_done(&out);
}

START_TEST(rfc9110_15_3_7_1_single_part)
{
	struct given		 g;
	struct byteranges	 b;
	struct rangereply	 r;
	uint64_t		 length;
	char			 bytes[100];

	given_start(&g);
	given_reply(&g, 200,
	    "ETag: \"a\"\nContent-Type: text/plain\nContent-Length: 10\nCache-Control: max-age=5\nContent-Digest: x", T0);
	ck_assert_int_eq(byterange_parse(SPAN("bytes=2-4"), 10, &b), BYTERANGE_PARTS);
	ck_assert(rangereply_head(&g.reply, &b, 10, dice, &g.a, &r, &length));
	ck_assert_uint_eq(length, 3);
	ck_assert_ptr_null(head_find(&g.reply, SPAN("Content-Digest"), NULL));
	ck_assert_uint_eq(g.reply.status, 206);
	ck_assert(span_is(head_value(&g.reply, FIELD_CONTENT_RANGE), "bytes 2-4/10"));
	ck_assert(span_is(head_value(&g.reply, FIELD_CONTENT_LENGTH), "3"));
	ck_assert(span_is(head_value(&g.reply, FIELD_CONTENT_TYPE), "text/plain"));
	ck_assert(span_is(head_value(&g.reply, FIELD_ETAG), "\"a\""));
	ck_assert(span_is(send_all(&r, SPAN("0123456789"), bytes, sizeof bytes), "234"));
	given_end(&g);
}
END_TEST

START_TEST(rfc9110_14_6_multipart)
{
	struct given		 g;
	struct byteranges	 b;
	struct rangereply	 r;
	uint64_t		 length;
	char			 bytes[1000];
	struct span		 got;

	given_start(&g);
	given_reply(&g, 200, "Content-Type: text/plain\nContent-Length: 10", T0);
	ck_assert_int_eq(byterange_parse(SPAN("bytes=8-9, 0-1"), 10, &b), BYTERANGE_PARTS);
	ck_assert(rangereply_head(&g.reply, &b, 10, dice, &g.a, &r, &length));
	ck_assert_ptr_null(head_get(&g.reply, FIELD_CONTENT_RANGE));
	ck_assert(span_is(head_value(&g.reply, FIELD_CONTENT_TYPE),
	    "multipart/byteranges; boundary=1032547698badcfe000000ff"));
	got = send_all(&r, SPAN("0123456789"), bytes, sizeof bytes);
	ck_assert(span_is(got,
	    "--1032547698badcfe000000ff\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89"
	    "\r\n--1032547698badcfe000000ff\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
	    "\r\n--1032547698badcfe000000ff--\r\n"));
	ck_assert_uint_eq(got.n, length);
	ck_assert(span_is(head_value(&g.reply, FIELD_CONTENT_LENGTH),
	    arena_printf(&g.a, "%zu", got.n).p));
	given_end(&g);
}
END_TEST

START_TEST(rfc9110_15_5_17_unsatisfiable)
{
	struct given	 g;

	given_start(&g);
	given_reply(&g, 200,
	    "Content-Type: text/plain\nContent-Length: 10\nETag: \"a\"\nCache-Control: max-age=5\nX: y", T0);
	ck_assert(rangereply_unsatisfiable(&g.reply, 10, &g.a));
	ck_assert_uint_eq(g.reply.status, 416);
	ck_assert(span_is(head_value(&g.reply, FIELD_CONTENT_RANGE), "bytes */10"));
	ck_assert(span_is(head_value(&g.reply, FIELD_CONTENT_LENGTH), "0"));
	ck_assert(head_get(&g.reply, FIELD_CACHE_CONTROL) == NULL &&
	    head_get(&g.reply, FIELD_CONTENT_TYPE) == NULL);
	given_end(&g);
}
END_TEST

static const struct place_case { const char *value; bool valid; } place_cases[] = {
	{ "bytes 0-4/10", true }, { "bytes 9-9/10", true }, { "Bytes 0-4/10", true },
	{ "bytes 0-0/1", true },
	{ "bytes 0-10/10", false }, { "bytes 4-0/10", false }, { "bytes 0-4/*", false },
	{ "bytes */10", false }, { "bytes 0-4", false }, { "bytes=0-4/10", false },
	{ "bytes 0-4/10 ", false }, { "bytes 0 -4/10", false },
	{ "bytes -4/10", false }, { "bytes 0-/10", false }, { "bytes 0-4/", false },
	{ "items 0-4/10", false }, { "bytes 0-4/99999999999999999999999", false }, { "", false },
	{ "bytes 0-4/10/2", false }, { "bytes 0-4-5/10", false },
};

START_TEST(rfc9110_14_4_content_range)
{
	struct partial	 p;

	ck_assert_msg(partial_content_range(span_of(place_cases[_i].value),
	    &p) == place_cases[_i].valid, "%s", place_cases[_i].value);
}
END_TEST

static const struct combine_case { const char *clause, *one, *other; uint64_t size; bool together;
    } combine_cases[] = {
	{ "same strong tag", "ETag: \"a\"", "ETag: \"a\"", 10, true },
	{ "another tag", "ETag: \"a\"", "ETag: \"b\"", 10, false },
	{ "weak", "ETag: W/\"a\"", "ETag: W/\"a\"", 10, false },
	{ "one without", "ETag: \"a\"\nLast-Modified: @-9\nDate: @0",
	    "Last-Modified: @-9\nDate: @0", 10, false },
	{ "same strong date", "Last-Modified: @-9\nDate: @0", "Last-Modified: @-9\nDate: @5", 10,
	    true },
	{ "another date", "Last-Modified: @-9\nDate: @0", "Last-Modified: @-8\nDate: @5", 10,
	    false },
	{ "weak date", "Last-Modified: @0\nDate: @0", "Last-Modified: @0\nDate: @5", 10, false },
	{ "no validators", "X: y", "X: y", 10, false },
	{ "another size", "ETag: \"a\"", "ETag: \"a\"", 11, false },
	{ "size unknown", "ETag: \"a\"", "ETag: \"a\"", UINT64_MAX, true },
};

START_TEST(rfc9111_3_4_combining)
{
	const struct combine_case	*c = &combine_cases[_i];
	struct given			 g;
	struct storedattr		 one;

	given_start(&g);
	given_reply(&g, 206, c->one, T0);
	one = g.at;
	given_reply(&g, 206, c->other, T0);
	ck_assert_msg(partial_combine(&one, 10, &g.at, c->size) == c->together, "%s", c->clause);
	given_end(&g);
}
END_TEST

START_TEST(rfc9111_3_4_completing)
{
	struct given	 g;
	struct extents	 x = { .n = 0 };
	struct extent	 gap;

	given_start(&g);
	given_reply(&g, 206, "ETag: \"a\"\nContent-Range: bytes 0-4/10\nDate: @0", T0);
	ck_assert(extents_add(&x, 0, 5));
	ck_assert(extents_gap(&x, 0, 10, &gap));
	ck_assert(partial_ask(&g.req, &g.at, &gap, 10, &g.a));
	ck_assert(span_is(head_value(&g.req, FIELD_RANGE), "bytes=5-"));
	ck_assert(span_is(head_value(&g.req, FIELD_IF_RANGE), "\"a\""));
	ck_assert(extents_add(&x, 8, 10));
	ck_assert(extents_gap(&x, 0, 10, &gap));
	given_request(&g, "GET", NULL);
	given_reply(&g, 206, "Last-Modified: @-7\nDate: @0", T0);
	ck_assert(partial_ask(&g.req, &g.at, &gap, 10, &g.a));
	ck_assert(span_is(head_value(&g.req, FIELD_RANGE), "bytes=5-7"));
	ck_assert(span_is(head_value(&g.req, FIELD_IF_RANGE), given_date(-7)));
	given_reply(&g, 206, "ETag: W/\"a\"", T0);
	ck_assert(!partial_ask(&g.req, &g.at, &gap, 10, &g.a));
	given_end(&g);
}
END_TEST

START_TEST(extents_against_a_model)
{
	struct extents	 x = { .n = 0 };
	bool		 model[200] = { false };
	unsigned	 seed = (unsigned)_i * 7919 + 1;
	struct extent	 gap;

	for (int step = 0; step < 300; step++) {
		unsigned	 from, to, at;
		bool		 all = true;

		seed = seed * 1103515245 + 12345;
		from = (seed >> 16) % 200;
		seed = seed * 1103515245 + 12345;
		to = from + (seed >> 16) % (step % 3 == 0 ? 40 : 5);
		to = to > 200 ? 200 : to;
		if (step % 2 == 0 && extents_add(&x, from, to))
			for (at = from; at < to; at++)
				model[at] = true;
		ck_assert(extents_sane(&x, 200));
		for (at = from; at < to && all; at++)
			all = model[at];
		ck_assert_int_eq(extents_has(&x, from, to), all);
		if (extents_gap(&x, 0, 200, &gap)) {
			ck_assert(gap.from < gap.to && !model[gap.from] &&
			    (gap.to == 200 || model[gap.to]));
			for (at = 0; at < gap.from; at++)
				ck_assert(model[at]);
		}
	}
	ck_assert(!extents_add(&x, 5, 5));
}
END_TEST

START_TEST(extents_are_bounded)
{
	struct extents	 x = { .n = 0 };

	for (uint64_t i = 0; i < EXTENTS_MAX; i++)
		ck_assert(extents_add(&x, i * 10, i * 10 + 5));
	ck_assert(!extents_add(&x, 1000, 1001));
	ck_assert(!extents_add(&x, 6, 7));
	ck_assert(extents_add(&x, 5, 10));
	ck_assert(extents_add(&x, 1000, 1001));
	x.e[0].to = x.e[1].from;
	ck_assert(!extents_sane(&x, 2000));
	x.n = EXTENTS_MAX + 1;
	ck_assert(!extents_sane(&x, 2000));
}
END_TEST

START_TEST(extents_there_and_back)
{
	struct extents	 x = { .n = 0 }, y;
	uint8_t		 bytes[EXTENTS_BYTES];
	size_t		 n;

	for (uint64_t i = 0; i < EXTENTS_MAX; i++) {
		n = extents_write(&x, bytes);
		ck_assert(extents_read(&y, span_at((char *)bytes, n), 1000) && y.n == x.n);
		ck_assert(x.n == 0 || memcmp(x.e, y.e, x.n * sizeof x.e[0]) == 0);
		ck_assert(!extents_read(&y, span_at((char *)bytes, n - 1), 1000));
		ck_assert(extents_add(&x, i * 10, i * 10 + 5));
	}
	n = extents_write(&x, bytes);
	ck_assert(!extents_read(&y, span_at((char *)bytes, n), 100));
	bytes[0] = EXTENTS_MAX + 1;
	ck_assert(!extents_read(&y, span_at((char *)bytes, n), 1000));
}
END_TEST

START_TEST(rfc9111_3_4_head_of_the_whole)
{
	struct given	 g;

	given_start(&g);
	given_reply(&g, 206, "ETag: \"a\"\nContent-Range: bytes 0-4/10\nContent-Length: 5\nX: y",
	    T0);
	partial_whole_head(&g.reply);
	ck_assert_uint_eq(g.reply.status, 200);
	ck_assert(head_get(&g.reply, FIELD_CONTENT_RANGE) == NULL &&
	    head_get(&g.reply, FIELD_CONTENT_LENGTH) == NULL &&
	    head_get(&g.reply, FIELD_ETAG) != NULL);
	given_end(&g);
}
END_TEST

START_TEST(range_offset_limit)
{
	ck_assert(!fetchrule_whole(SPAN("bytes=0-1"), 0));
	ck_assert(fetchrule_whole(SPAN("bytes=9999-"), UINT64_MAX));
	ck_assert(fetchrule_whole(SPAN("bytes=-5"), UINT64_MAX));
	ck_assert(fetchrule_whole(SPAN("bytes=100-"), 100));
	ck_assert(!fetchrule_whole(SPAN("bytes=101-"), 100));
	ck_assert(fetchrule_whole(SPAN("bytes=101-200,5-6"), 100));
	ck_assert(!fetchrule_whole(SPAN("bytes=-5"), 100));
	ck_assert(!fetchrule_whole(SPAN("bytes=5-6,-5"), 100));
	ck_assert(!fetchrule_whole(SPAN("items=5-6"), 100));
}
END_TEST

START_TEST(quick_abort)
{
	struct fetchrule_abort	 q = { 16384, 16384, 95 };

	ck_assert(!fetchrule_go_on(&q, 0, 1000, false, false));
	ck_assert(fetchrule_go_on(&q, 0, 1000, true, false));		/* less than min is left */
	ck_assert(!fetchrule_go_on(&q, 1000000, 1016384, true, false) || 1000000 / 10163 > 95);
	ck_assert(fetchrule_go_on(&q, 1000000, 1016384, true, false));	/* 98 % */
	ck_assert(!fetchrule_go_on(&q, 1000, 100000, true, false));	/* more than max is left */
	ck_assert(!fetchrule_go_on(&q, 1000, UINT64_MAX, true, false));
	ck_assert(fetchrule_go_on(&q, 1000, UINT64_MAX, true, true));
	q.min = -1;
	ck_assert(fetchrule_go_on(&q, 1000, UINT64_MAX, true, false));
	q = (struct fetchrule_abort){ 0, 1000000, 50 };
	ck_assert(!fetchrule_go_on(&q, 50, 100, true, false));
	ck_assert(fetchrule_go_on(&q, 51, 100, true, false));
	ck_assert(!fetchrule_go_on(&q, 101, 100, true, false));
}
END_TEST

Suite *
suite_ranges(void)
{
	Suite	*s = suite_create("ranges");
	TCase	*c = tcase_create("ranges");

	tcase_add_loop_test(c, rfc9110_14_1_2_byte_ranges, 0,
	    sizeof range_cases / sizeof *range_cases);
	tcase_add_loop_test(c, rfc9110_13_1_5_if_range, 0, sizeof if_cases / sizeof *if_cases);
	tcase_add_test(c, rfc9110_15_3_7_1_single_part);
	tcase_add_test(c, rfc9110_14_6_multipart);
	tcase_add_test(c, rfc9110_15_5_17_unsatisfiable);
	tcase_add_loop_test(c, rfc9110_14_4_content_range, 0,
	    sizeof place_cases / sizeof *place_cases);
	tcase_add_loop_test(c, rfc9111_3_4_combining, 0,
	    sizeof combine_cases / sizeof *combine_cases);
	tcase_add_test(c, rfc9111_3_4_completing);
	tcase_add_loop_test(c, extents_against_a_model, 0, 10);
	tcase_add_test(c, extents_are_bounded);
	tcase_add_test(c, extents_there_and_back);
	tcase_add_test(c, rfc9111_3_4_head_of_the_whole);
	tcase_add_test(c, range_offset_limit);
	tcase_add_test(c, quick_abort);
	suite_add_tcase(s, c);
	return s;
}
