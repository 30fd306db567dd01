/* SPDX-License-Identifier: Apache-2.0 */
/* lib/base: tables of cases for spans, addresses, arenas, builders, maps, lists, diagnostics. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/sb.h"
#include "base/span.h"

START_TEST(test_span_numbers)
{
	static const struct { const char *text; uint64_t max; bool ok; uint64_t value; } cases[] = {
		{ "0", 10, true, 0 }, { "10", 10, true, 10 }, { "11", 10, false, 0 },
		{ "", 10, false, 0 }, { "+1", 10, false, 0 }, { "-1", 10, false, 0 },
		{ " 1", 10, false, 0 }, { "1 ", 10, false, 0 }, { "0x1", 10, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "99999999999999999999999", UINT64_MAX, false, 0 }, { "007", 10, true, 7 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint64_t	 v = 0;

		ck_assert_int_eq(span_u64(span_of(cases[i].text), cases[i].max, &v), cases[i].ok);
		if (cases[i].ok)
			ck_assert_uint_eq(v, cases[i].value);
	}
}
END_TEST

START_TEST(test_span_words)
{
	struct span	 rest = SPAN("a,,b, c"), item;
	const char	*want[] = { "a", "", "b", " c" };
	unsigned	 n = 0;

	while (span_cut(&rest, ',', &item))
		ck_assert(n < 4 && span_is(item, want[n++]));
	ck_assert_uint_eq(n, 4);
	ck_assert(span_is(span_trim(SPAN(" \t x y\t ")), "x y"));
	ck_assert(span_trim(SPAN(" \t ")).n == 0);
	ck_assert(span_ieq(SPAN("ConTent"), SPAN("cONtENT")));
	ck_assert(!span_ieq(SPAN("a\xc3"), SPAN("a\xe3")));	/* ASCII letters only */
	ck_assert(!span_ieq(SPAN("[a"), SPAN("{a")));
	ck_assert(span_ends(SPAN("www.example.com"), SPAN(".com")) &&
	    !span_ends(SPAN("om"), SPAN(".com")));
	ck_assert_int_lt(span_cmp(SPAN("ab"), SPAN("abc")), 0);
	ck_assert_int_gt(span_cmp(SPAN("b"), SPAN("abc")), 0);
}
END_TEST

static const struct { const char *text; bool ok; const char *print; bool v4; } addresses[] = {
	{ "127.0.0.1", true, "127.0.0.1", true }, { "::1", true, "::1", false },
	{ "::ffff:1.2.3.4", true, "1.2.3.4", true },
	{ "2001:DB8:0:0:0:0:0:1", true, "2001:db8::1", false }, { "1.2.3", false, NULL, false },
	{ "0x7f.1", false, NULL, false }, { "256.1.1.1", false, NULL, false },
	{ "01.2.3.4", false, NULL, false }, { "1.2.3.4 ", false, NULL, false },
	{ "[::1]", false, NULL, false }, { "::1%lo", false, NULL, false },
	{ "", false, NULL, false }, { "fe80::1", true, "fe80::1", false },
};

START_TEST(test_addr_parse)
{
	struct addr	 a, back;
	char		 text[ADDR_TEXT];

	ck_assert_int_eq(addr_parse(&a, span_of(addresses[_i].text)), addresses[_i].ok);
	if (!addresses[_i].ok)
		return;
	ck_assert_str_eq(addr_print(&a, text), addresses[_i].print);
	ck_assert_int_eq(addr_is_v4(&a), addresses[_i].v4);
	ck_assert(addr_parse(&back, span_of(text)) && addr_same(&a, &back));
}
END_TEST

static const struct { const char *text, *inside; } embedded[] = {
	{ "64:ff9b::7f00:1", "127.0.0.1" }, { "64:ff9b:1::7f00:1", "127.0.0.1" },
	{ "2002:7f00:1::", "127.0.0.1" }, { "2001:0:1:2:3:4:80ff:fffe", "127.0.0.1" },
	{ "::127.0.0.1", "127.0.0.1" }, { "::1", NULL }, { "::", NULL },
	{ "::ffff:0:7f00:1", "127.0.0.1" }, { "2001:db8::7f00:1", NULL }, { "127.0.0.1", NULL },
};

START_TEST(test_addr_embedded)
{
	struct addr	 a, v4;
	char		 text[ADDR_TEXT];

	ck_assert(addr_parse(&a, span_of(embedded[_i].text)));
	ck_assert_int_eq(addr_embedded_v4(&a, &v4), embedded[_i].inside != NULL);
	if (embedded[_i].inside != NULL)
		ck_assert_str_eq(addr_print(&v4, text), embedded[_i].inside);
}
END_TEST

START_TEST(test_addr_mask)
{
	static const struct { const char *text; unsigned bits; const char *want; } cases[] = {
		{ "10.1.2.3", 96 + 8, "10.0.0.0" }, { "10.1.2.3", 128, "10.1.2.3" },
		{ "10.1.2.3", 96 + 31, "10.1.2.2" }, { "2001:db8:ffff::1", 33, "2001:db8:8000::" },
		{ "ffff::", 0, "::" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct addr	 a;
		char		 text[ADDR_TEXT];

		ck_assert(addr_parse(&a, span_of(cases[i].text)));
		addr_mask(&a, cases[i].bits);
		ck_assert_str_eq(addr_print(&a, text), cases[i].want);
	}
}
END_TEST

START_TEST(test_arena_keeps_its_cap)
{
	struct arena	 a;
	size_t		 total = 0;
	char		*p;

	arena_init(&a, 3 * ARENA_CHUNK);
	for (unsigned i = 0; (p = arena_get(&a, 100)) != NULL; i++) {
		ck_assert_uint_eq((uintptr_t)p % 16, 0);
		memset(p, (int)i, 100);
		total += 100;
		ck_assert_uint_lt(total, 3 * ARENA_CHUNK);
	}
	ck_assert_uint_gt(total, 2 * ARENA_CHUNK);
	arena_reset(&a);
	p = arena_get(&a, 8000);		/* a chunk of its own, and small ones go on */
	ck_assert(p != NULL && arena_get(&a, 100) != NULL && arena_get(&a, 5000) == NULL);
	ck_assert(span_is(arena_printf(&a, "%s-%d", "x", 7), "x-7"));
	arena_reset(&a);
}
END_TEST

START_TEST(test_sb_is_sticky)
{
	char		 small[8];
	struct sb	 b;

	sb_fixed(&b, small, sizeof small);
	sb_str(&b, "1234567");
	ck_assert(sb_ok(&b));
	sb_str(&b, "89");
	ck_assert(!sb_ok(&b));
	sb_str(&b, "x");
	ck_assert(!sb_ok(&b));		/* whatever came after the first failure */
	sb_heap(&b, 1000);
	for (unsigned i = 0; i < 100; i++)
		sb_printf(&b, "%u,", i);
	sb_u64(&b, UINT64_MAX);
	sb_hex(&b, 0xdeadbeef);
	ck_assert(sb_ok(&b) && span_ends(sb_done(&b), SPAN("99,18446744073709551615deadbeef")));
	for (unsigned i = 0; i < 100; i++)
		sb_str(&b, "0123456789");
	ck_assert(!sb_ok(&b));
	sb_free(&b);
}
END_TEST

START_TEST(test_hmap_agrees_with_an_array)
{
	enum { KEYS = 500 };
	static char	 keys[KEYS][8];
	static int	 values[KEYS];
	bool		 in[KEYS] = { false };
	struct hmap	 m;
	unsigned	 x = 1;

	hmap_init(&m, true);
	for (unsigned i = 0; i < KEYS; i++)
		snprintf(keys[i], sizeof keys[i], "Key%u", i);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned	 k;
		char		 upper[8];

		x = x * 1103515245 + 12345;
		k = (x >> 16) % KEYS;
		snprintf(upper, sizeof upper, "KEY%u", k);
		switch (x >> 8 & 3) {
		case 0:
			ck_assert_ptr_eq(hmap_take(&m, span_of(upper)), in[k] ? &values[k] : NULL);
			in[k] = false;
			break;
		case 1:
			ck_assert_ptr_eq(hmap_put(&m, span_of(keys[k]), &values[k]),
			    in[k] ? &values[k] : NULL);
			in[k] = true;
			break;
		default:
			ck_assert_ptr_eq(hmap_get(&m, span_of(upper)), in[k] ? &values[k] : NULL);
		}
	}
	{
		size_t		 i = 0, n = 0, want = 0;
		struct span	 key;

		while (hmap_next(&m, &i, &key) != NULL)
			n++;
		for (unsigned k = 0; k < KEYS; k++)
			want += in[k];
		ck_assert_uint_eq(n, want);
	}
	hmap_free(&m);
}
END_TEST

START_TEST(test_hash_folds_ascii_only)
{
	ck_assert_uint_eq(hash_ibytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 26),
	    hash_ibytes("abcdefghijklmnopqrstuvwxyz", 26));
	ck_assert_uint_ne(hash_ibytes("@[`{@[`{", 8), hash_ibytes("`{@[`{@[", 8));
	ck_assert_uint_ne(hash_ibytes("\xc1", 1), hash_ibytes("\xe1", 1));
	ck_assert_uint_ne(hash_bytes("A", 1), hash_bytes("a", 1));
	ck_assert_uint_ne(hash_bytes("", 0), hash_bytes("\0", 1));
}
END_TEST

/* Only the n bytes count, whatever stands around them: tails are read with what is before them. */
START_TEST(test_hash_of_every_length)
{
	char	 a[64], b[64];

	for (size_t n = 0; n < 33; n++) {
		memset(a, 'x', sizeof a);
		memset(b, 'y', sizeof b);
		memset(a + 16, 'k', n);
		memset(b + 9, 'k', n);
		ck_assert_uint_eq(hash_bytes(a + 16, n), hash_bytes(b + 9, n));
		ck_assert_uint_eq(hash_ibytes(a + 16, n), hash_bytes(b + 9, n));
		for (size_t i = 0; i < n; i++) {
			b[9 + i] = 'j';
			ck_assert_uint_ne(hash_bytes(a + 16, n), hash_bytes(b + 9, n));
			b[9 + i] = 'k';
		}
	}
}
END_TEST

START_TEST(test_sb_numbers)
{
	char		 want[32], got[24];
	struct sb	 b;

	for (uint64_t top = 1;; top *= 10) {
		for (uint64_t v = top - 1; v <= top + 1; v++) {
			sb_fixed(&b, got, (size_t)snprintf(want, sizeof want, "%" PRIu64, v));
			sb_u64(&b, v);
			ck_assert(sb_ok(&b) && span_is(sb_done(&b), want));
			sb_fixed(&b, got, strlen(want) - 1);
			sb_u64(&b, v);
			ck_assert(!sb_ok(&b) && b.n == 0);
		}
		if (top == UINT64_C(10000000000000000000))
			break;
	}
}
END_TEST

START_TEST(test_lists)
{
	struct list	 head, n[5];
	unsigned	 seen = 0;

	list_init(&head);
	for (unsigned i = 0; i < 5; i++) {
		list_init(&n[i]);
		list_add(&head, &n[i]);
	}
	LIST_EACH(&head, at)
		if (at == &n[1] || at == &n[3])
			list_remove(at);
	LIST_EACH(&head, at) {
		ck_assert_ptr_eq(at, &n[seen * 2]);
		seen++;
	}
	ck_assert_uint_eq(seen, 3);
	ck_assert(list_empty(&n[1]));
	list_push(&head, &n[1]);
	ck_assert_ptr_eq(list_first(&head), &n[1]);
}
END_TEST

START_TEST(test_diag_lines)
{
	struct diag	 d;
	char		 line[200];

	diag_init(&d);
	diag_error(&d, (struct diag_place){ "a.conf", 3, 7 }, "no such %s", "thing");
	diag_warn(&d, (struct diag_place){ "a.conf", 4, 0 }, "hm");
	diag_note(&d, (struct diag_place){ "a.conf", 0, 0 }, "so");
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_uint_eq(d.warnings, 1);
	ck_assert_str_eq(diag_line(&d.entries[0], line, sizeof line),
	    "a.conf:3:7: error: no such thing");
	ck_assert_str_eq(diag_line(&d.entries[1], line, sizeof line), "a.conf:4:1: warning: hm");
	ck_assert_str_eq(diag_line(&d.entries[2], line, sizeof line), "a.conf: note: so");
	diag_free(&d);
}
END_TEST

int
main(void)
{
	Suite	*s = suite_create("base");
	TCase	*tc = tcase_create("base");
	SRunner	*r;
	int	 failed;

	tcase_add_test(tc, test_span_numbers);
	tcase_add_test(tc, test_span_words);
	tcase_add_loop_test(tc, test_addr_parse, 0, (int)COUNT_OF(addresses));
	tcase_add_loop_test(tc, test_addr_embedded, 0, (int)COUNT_OF(embedded));
	tcase_add_test(tc, test_addr_mask);
	tcase_add_test(tc, test_arena_keeps_its_cap);
	tcase_add_test(tc, test_sb_is_sticky);
	tcase_add_test(tc, test_hmap_agrees_with_an_array);
	tcase_add_test(tc, test_hash_folds_ascii_only);
	tcase_add_test(tc, test_hash_of_every_length);
	tcase_add_test(tc, test_sb_numbers);
	tcase_add_test(tc, test_lists);
	tcase_add_test(tc, test_diag_lines);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
