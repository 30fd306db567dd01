/* SPDX-License-Identifier: Apache-2.0 */
/* Objects with holes (RFC 9111, 3.3 and 3.4): parts come in any order and size, are joined, become whole; nothing that did not come is ever read. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/must.h"
#include "storetest.h"

enum { INLINE = 4096, EACH = 16384, TOTAL = INLINE + 3 * EACH + 1000 };	/* storetest_options */

static struct store	*s;

static void
begin(void)
{
	s = storetest_open(4);
}

static void
end(void)
{
	if (s != NULL)
		store_close(&s);
	storetest_clean();
}

static char		 head[64];

static struct store_meta
meta_of(uint64_t n, uint64_t v, uint64_t len)
{
	struct store_meta	 m = { .attr = SPAN("attributes"), .expires = v, .stored = n, .flags = 7 };

	m.head = span_at(head, (size_t)snprintf(head, sizeof head, "%" PRIu64 " %" PRIu64 " %" PRIu64, n, v, len));
	return m;
}

static bool
get(uint64_t n, struct store_hit *h)
{
	_Alignas(8) static char	 buf[STORETEST_BUF];
	struct store_key	 k = storetest_key(n);

	return store_get(s, &k, STORE_BLOCK, buf, sizeof buf, h) == STORE_HIT;
}

/* Bytes [from, to) of version v in pieces of step. */
static enum store_put
put_part(uint64_t n, uint64_t v, uint64_t total, uint64_t from, uint64_t to, size_t step, const struct store_hit *old)
{
	struct store_key	 k = storetest_key(n);
	struct store_meta	 m = meta_of(n, v, total);
	enum store_put		 how;
	struct store_object	*o = store_begin_part(s, &k, &m, total, from, old, &how);
	char			*piece = malloc(step);

	for (uint64_t at = from; o != NULL && at < to && how == STORE_STORED; at += step) {
		size_t some = (to - at < step) ? to - at : step;

		storetest_fill(piece, n, v, at, some);
		how = store_append(o, span_at(piece, some));
	}
	free(piece);
	if (o == NULL)
		return how;
	if (how == STORE_STORED)
		return store_commit(&o);
	store_abort(&o);
	return how;
}

/* What is there, and that it is right: 'x' or '.' for the inline part and each chunk. */
static const char *
map_of(uint64_t n, uint64_t v, uint64_t total)
{
	static char		 map[64];
	struct store_hit	 h;
	struct store_extent	 e;
	uint64_t		 end, run;
	size_t			 i = 0, got;
	char			*p = malloc(EACH);

	ck_assert(get(n, &h) && h.total == total);
	for (uint64_t pos = 0; pos < total; pos = end, i++) {
		bool there = store_extent(s, &h, pos, STORE_BLOCK, &e) == STORE_HIT;

		end = (pos < INLINE) ? INLINE : (total - pos < EACH) ? total : pos + EACH;
		ck_assert_int_eq(there, store_maybe_range(s, &h, pos, end));
		ck_assert_int_eq(there, store_run(s, &h, pos, &run));
		ck_assert(run >= end && (run == total || !store_run(s, &h, run, &run) == there));
		map[i] = there ? 'x' : '.';
		if (!there)
			continue;
		ck_assert(e.pos == pos && e.len == end - pos && store_check(s, &e, STORE_BLOCK) == STORE_HIT);
		ck_assert(store_read(s, &e, pos, p, e.len, STORE_BLOCK, &got) == STORE_HIT && got == e.len);
		for (size_t k = 0; k < got; k++)
			MUST((uint8_t)p[k] == storetest_byte(n, v, pos + k));	/* ck_assert would write to a file each time */
		store_extent_done(s, &e);
	}
	map[i] = '\0';
	ck_assert_int_eq(h.part, strchr(map, '.') != NULL);
	ck_assert_uint_eq(h.body.n, (map[0] == 'x') ? h.extent.len : 0);
	store_release(s, &h);
	free(p);
	return map;
}

static const struct {
	uint64_t	 from, to;
	const char	*map;		/* NULL: nothing whole */
} parts[] = {
	{ 0, TOTAL, "xxxxx" },
	{ 0, INLINE, "x...." },
	{ 0, INLINE - 1, NULL },
	{ 0, INLINE + EACH, "xx..." },
	{ 0, INLINE + EACH + 100, "xx..." },
	{ 1, INLINE + EACH, ".x..." },
	{ 1, INLINE + EACH - 1, NULL },
	{ INLINE, INLINE + EACH, ".x..." },
	{ INLINE + 1, INLINE + EACH, NULL },
	{ INLINE + 1, INLINE + 2 * EACH, "..x.." },
	{ INLINE + EACH, TOTAL, "..xxx" },
	{ TOTAL - 1000, TOTAL, "....x" },
	{ TOTAL - 999, TOTAL, NULL },
	{ TOTAL, TOTAL, NULL },
	{ 0, 0, NULL },
};

START_TEST(whole_pieces_of_a_part_are_kept)
{
	static const size_t steps[] = { 333, 4096, 70000 };
	struct store_key k = storetest_key(1);
	enum store_put how;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		how = put_part(1, i + 1, TOTAL, parts[_i].from, parts[_i].to, steps[i], NULL);
		ck_assert_int_eq(how, (parts[_i].map != NULL) ? STORE_STORED : STORE_GONE);
		if (parts[_i].map == NULL)
			ck_assert(!store_maybe(s, &k) && store_count(s, 0) == 0);
		else
			ck_assert_str_eq(map_of(1, i + 1, TOTAL), parts[_i].map);
	}
	if (parts[_i].map == NULL)
		return;
	store_leave(s);
	storetest_keep(s, 1);
	store_close(&s);
	unlink(storetest_path("sepia-index"));
	s = storetest_open(4);
	storetest_keep(s, 1);
	ck_assert_str_eq(map_of(1, COUNT_OF(steps), TOTAL), parts[_i].map);
}
END_TEST

START_TEST(parts_are_joined)
{
	struct store_hit	 h;

	ck_assert_int_eq(put_part(1, 1, TOTAL, INLINE + EACH, INLINE + 2 * EACH, 5000, NULL), STORE_STORED);
	ck_assert_str_eq(map_of(1, 1, TOTAL), "..x..");
	ck_assert(get(1, &h));
	store_release(s, &h);
	ck_assert_int_eq(put_part(1, 1, TOTAL, INLINE + 3 * EACH, TOTAL, 5000, &h), STORE_STORED);
	ck_assert_str_eq(map_of(1, 1, TOTAL), "..x.x");
	ck_assert_int_eq(put_part(1, 1, TOTAL, 0, INLINE, 5000, &h), STORE_GONE);	/* h is of the version before */
	ck_assert(get(1, &h));
	store_release(s, &h);
	ck_assert_int_eq(put_part(1, 1, TOTAL, 0, INLINE + 100, 5000, &h), STORE_STORED);
	ck_assert_str_eq(map_of(1, 1, TOTAL), "x.x.x");
	ck_assert(get(1, &h));
	store_release(s, &h);
	ck_assert_int_eq(put_part(1, 1, TOTAL, 100, TOTAL - 1, 5000, &h), STORE_STORED);
	ck_assert_str_eq(map_of(1, 1, TOTAL), "xxxxx");
	ck_assert_int_eq(storetest_get(s, 1), 1);
	ck_assert_int_eq(put_part(1, 2, TOTAL, INLINE, INLINE + EACH, 5000, NULL), STORE_STORED);	/* another body */
	ck_assert_str_eq(map_of(1, 2, TOTAL), ".x...");
}
END_TEST

/* Another head, reclaiming and carrying forward leave parts what they are. */
START_TEST(parts_live_on)
{
	struct store_hit	 h;
	struct store_meta	 m = meta_of(1, 1, TOTAL);

	ck_assert_int_eq(put_part(1, 1, TOTAL, INLINE, INLINE + 2 * EACH, 5000, NULL), STORE_STORED);
	ck_assert(get(1, &h));
	store_release(s, &h);
	ck_assert_int_eq(store_update(s, &h, &m, STORE_BLOCK), STORE_STORED);
	for (uint64_t n = 10; n < 2000; n++) {
		ck_assert_int_eq(storetest_put(s, n, 1, 3000), STORE_STORED);
		if (n % 10 == 0)
			ck_assert_str_eq(map_of(1, 1, TOTAL), ".xx..");
		storetest_keep(s, 1);
	}
	store_delete(s, &h.key);
	ck_assert_int_eq(put_part(1, 1, TOTAL, 0, INLINE, 5000, &h), STORE_GONE);
	ck_assert(!get(1, &h));
}
END_TEST

START_TEST(small_and_empty_bodies)
{
	ck_assert_int_eq(put_part(1, 1, 1000, 0, 1000, 300, NULL), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 1), 1);
	ck_assert_int_eq(put_part(2, 1, 1000, 1, 1000, 300, NULL), STORE_GONE);
	ck_assert_int_eq(put_part(3, 1, 0, 0, 0, 300, NULL), STORE_STORED);
	ck_assert_int_eq(storetest_get(s, 3), 1);
	ck_assert_int_eq(put_part(1, 1, 1000, 0, 1001, 300, NULL), STORE_TOO_LARGE);
	ck_assert_int_eq(storetest_get(s, 1), 1);	/* what was there is not touched */
}
END_TEST

/* What an origin cut short: whole pieces remain if the caller says so. */
START_TEST(cut_short_may_be_kept)
{
	static const struct {
		uint64_t	 n;
		const char	*map;
	} cuts[] = { { 100, NULL }, { INLINE, "x...." }, { INLINE + EACH - 1, "x...." }, { INLINE + 2 * EACH + 5, "xxx.." }, { TOTAL, "xxxxx" } };
	struct store_key	 k = storetest_key(1);
	struct store_meta	 m = meta_of(1, 1, TOTAL);
	struct store_claim	 c;
	struct store_follow	 f;
	struct store_hit	 h;
	enum store_put		 how;
	struct store_object	*o;
	char			*body = malloc(TOTAL);

	storetest_fill(body, 1, 1, 0, TOTAL);
	ck_assert_int_eq(store_claim(s, &k, &c, &f), STORE_CLAIMED);
	o = store_begin(s, &k, &m, TOTAL, &c, &how);
	ck_assert_int_eq(store_append(o, span_at(body, cuts[_i].n)), STORE_STORED);
	ck_assert_int_eq(store_commit_cut(&o), (cuts[_i].map != NULL) ? STORE_STORED : STORE_GONE);
	ck_assert(o == NULL && !store_growing(s, &k, &f));
	free(body);
	if (cuts[_i].map == NULL) {
		ck_assert(!store_maybe(s, &k));
		return;
	}
	ck_assert_str_eq(map_of(1, 1, TOTAL), cuts[_i].map);
	ck_assert(get(1, &h));
	store_release(s, &h);
	ck_assert_int_eq(put_part(1, 1, TOTAL, cuts[_i].n - cuts[_i].n % 5000, TOTAL, 5000, &h), STORE_STORED);
	ck_assert_int_eq(map_of(1, 1, TOTAL)[0], 'x');
}
END_TEST

/* Parts at random against a plain array, with reclaiming and reopening in between. */
START_TEST(parts_at_random)
{
	bool		 there[5] = { false };
	struct store_hit h;
	uint64_t	 seed = 77 + (uint64_t)_i;

	for (int round = 0; round < 100; round++) {
		uint64_t from, to;
		bool had;

		seed = seed * 6364136223846793005 + 1442695040888963407;
		from = (seed >> 33) % TOTAL;
		to = from + (seed >> 20) % (TOTAL - from + 1);
		from = (round % 4 == 0) ? 0 : from;
		had = get(1, &h);
		if (had)
			store_release(s, &h);
		if (put_part(1, 1, TOTAL, from, to, 3000, had ? &h : NULL) == STORE_STORED)
			for (int i = 0; i < 5; i++) {
				uint64_t a = (i == 0) ? 0 : INLINE + (uint64_t)(i - 1) * EACH, b = (i == 0) ? INLINE : a + EACH;

				there[i] |= from <= a && (b < TOTAL ? b : TOTAL) <= to;
			}
		if (round % 50 == 49) {
			store_close(&s);
			s = storetest_open(4);
		}
		if (round % 10 == 9)
			storetest_keep(s, 1);
		for (int i = 0; get(1, &h) && i < 5; i++) {
			store_release(s, &h);
			ck_assert_int_eq(map_of(1, 1, TOTAL)[i] == 'x', there[i]);
		}
		if (there[0] && there[1] && there[2] && there[3] && there[4]) {
			ck_assert_int_eq(storetest_get(s, 1), 1);
			store_delete(s, &(struct store_key){ { storetest_key(1).w[0], storetest_key(1).w[1] } });
			memset(there, 0, sizeof there);
		}
	}
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("store, parts");
	TCase	*t = tcase_create("parts");
	SRunner	*r;
	int	 failed;

	msg_init(STDERR_FILENO, "test", MSG_ERROR);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, whole_pieces_of_a_part_are_kept, 0, (int)COUNT_OF(parts));
	tcase_add_test(t, parts_are_joined);
	tcase_add_test(t, parts_live_on);
	tcase_add_test(t, small_and_empty_bodies);
	tcase_add_loop_test(t, cut_short_may_be_kept, 0, 5);
	tcase_add_loop_test(t, parts_at_random, 0, 3);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0) ? 0 : 1;
}
